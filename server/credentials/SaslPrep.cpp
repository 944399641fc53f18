// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/SaslPrep.h"

#include <gsasl.h>

#include <memory>
#include <optional>

namespace viaduct::credentials {

namespace {
std::optional<std::string> prepare(const std::string& text, Gsasl_saslprep_flags flags) {
    char* out = nullptr;
    const int result = gsasl_saslprep(text.c_str(), flags, &out, nullptr);
    const std::unique_ptr<char, void (*)(void*)> prepared(out, gsasl_free);
    return result == GSASL_OK && prepared ? std::optional<std::string>(prepared.get()) : std::nullopt;
}
} // namespace

Result<std::string> saslPrep(std::string_view password) {
    if (password.empty())
        return failure(Error::Code::Invalid, "the password is empty: choose one");
    if (password.size() > longestPassword)
        return failure(
            Error::Code::Invalid,
            "the password takes more than " + std::to_string(longestPassword)
                + " bytes: choose a shorter one");
    if (password.find('\0') != std::string_view::npos)
        return failure(
            Error::Code::Invalid, "the password holds a control character: use letters, digits and signs");
    // GNU SASL 2.2 takes its flag for unassigned characters the wrong way round: they are to pass neither
    // way.
    const std::string text(password);
    const auto prepared = prepare(text, GSASL_ALLOW_UNASSIGNED);
    if (!prepared || !prepare(text, Gsasl_saslprep_flags{}))
        return failure(
            Error::Code::Invalid,
            "the password holds a character that passwords cannot have (an emoji, a control character, bytes "
            "that "
            "are no UTF-8, or writing from both directions mixed): use letters, digits and signs");
    if (prepared->empty())
        return failure(
            Error::Code::Invalid, "the password has nothing but invisible characters: choose another");
    return *prepared;
}

} // namespace viaduct::credentials
