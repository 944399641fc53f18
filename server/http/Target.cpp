// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Target.h"

#include "server/http/Text.h"

#include <algorithm>

namespace viaduct::http {

namespace {

tl::unexpected<Error> invalid(const char* what) {
    return failure(Error::Code::Invalid, what);
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Nothing when an escape is not two hexadecimal digits.
std::optional<std::string> percentDecoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = text.size() - i > 2 ? hexDigit(text[i + 1]) : -1;
        const int low = text.size() - i > 2 ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

Result<std::string> formField(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    auto decoded = percentDecoded(spaced);
    if (!decoded)
        return invalid("a field has a % that two hexadecimal digits do not follow");
    if (decoded->find('\0') != std::string::npos || !isUtf8(*decoded))
        return invalid("a field is not valid UTF-8 text");
    return std::move(*decoded);
}

Result<std::string> segment(std::string_view text) {
    auto decoded = percentDecoded(text);
    if (!decoded)
        return invalid("the path has a % that two hexadecimal digits do not follow");
    if (!isUtf8(*decoded) || std::ranges::any_of(*decoded, isControl))
        return invalid("the path is not valid UTF-8 text without control characters");
    if (decoded->find('/') != std::string::npos)
        return invalid("the path has an escaped slash within a segment");
    if (*decoded == "." || *decoded == "..")
        return invalid("the path has a segment . or ..: write the path that is meant");
    return std::move(*decoded);
}

Result<std::vector<std::string>> segmentsOf(std::string_view path) {
    std::vector<std::string> segments;
    if (path == "/")
        return segments;
    const auto parts = split(path.substr(1), '/');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].empty() && i + 1 < parts.size())
            return invalid("the path has two slashes side by side");
        auto decoded = segment(parts[i]);
        if (!decoded)
            return tl::unexpected(decoded.error());
        segments.push_back(std::move(*decoded));
    }
    return segments;
}

/// Takes "https://authority" from the front; the authority is empty when there was none.
std::string_view takeAuthority(std::string_view& target) {
    constexpr std::string_view scheme = "https://"; // the one that is spoken here
    if (lowerCase(target.substr(0, scheme.size())) != scheme)
        return {};
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    return authority;
}

} // namespace

Result<Target> parseTarget(std::string_view target) {
    const auto printable = [](char c) { return c > 0x20 && c < 0x7F && c != '#'; };
    if (!std::ranges::all_of(target, printable))
        return invalid("the target has characters that must be escaped");
    Target parsed;
    parsed.authority = takeAuthority(target);
    const std::size_t question = target.find('?');
    parsed.path = target.substr(0, question);
    if (parsed.path.empty() && !parsed.authority.empty())
        parsed.path = "/";
    if (!parsed.path.starts_with('/'))
        return invalid("the target is no path: it must begin with /");
    auto segments = segmentsOf(parsed.path);
    if (!segments)
        return tl::unexpected(segments.error());
    parsed.segments = std::move(*segments);
    auto query = parseForm(question == std::string_view::npos ? "" : target.substr(question + 1));
    if (!query)
        return tl::unexpected(query.error());
    parsed.query = std::move(*query);
    return parsed;
}

Result<Pairs> parseForm(std::string_view text) {
    Pairs pairs;
    for (const std::string_view part : split(text, '&')) {
        if (part.empty())
            continue;
        if (pairs.size() == mostPairs)
            return invalid("there are more than 1000 fields");
        const std::size_t equals = part.find('=');
        auto name = formField(part.substr(0, equals));
        auto value = formField(equals == std::string_view::npos ? "" : part.substr(equals + 1));
        if (!name || !value)
            return tl::unexpected((name ? value : name).error());
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

} // namespace viaduct::http
