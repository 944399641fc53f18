// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/CsrfTokens.h"
#include "server/credentials/TextFields.h"

namespace viaduct::credentials {

namespace {
constexpr std::string_view use = "viaduct csrf 1";
constexpr std::size_t longestToken = 18 + 1 + 43;

std::int64_t secondsOf(CsrfTokens::TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
} // namespace

std::string CsrfTokens::make(std::string_view visitor, std::string_view purpose, TimePoint now) const {
    const std::string time = std::to_string(secondsOf(now));
    return time + "." + toBase64Url(mac(m_key, {use, visitor, purpose, time}));
}

Result<void> CsrfTokens::check(
    std::string_view token, std::string_view visitor, std::string_view purpose, TimePoint now) const {
    const auto parts = token.size() <= longestToken ? fields(token, '.', 2) : std::nullopt;
    const auto issued = parts ? number((*parts)[0]) : std::nullopt;
    Hash given{};
    if (!issued || visitor.empty() || !fromBase64Url((*parts)[1], given)
        || !equal(given, mac(m_key, {use, visitor, purpose, (*parts)[0]})))
        return failure(
            Error::Code::Denied,
            "this form does not come from this site's page, or cookies are switched off: allow cookies for "
            "this site, "
            "load the page again and send it from there");
    const std::chrono::seconds age(secondsOf(now) - *issued);
    if (age > lifetime || age < -clockError)
        return failure(
            Error::Code::Denied,
            "this form has lain open for too long: load the page again and send it from there");
    return {};
}

} // namespace viaduct::credentials
