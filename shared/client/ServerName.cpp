// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ServerName.h"

#include <algorithm>
#include <charconv>

namespace viaduct::client {

namespace {

constexpr std::size_t longestName = 253; // RFC 1035, 2.3.4, as text

bool isDomainName(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
            || c == '.' || c == '_';
    };
    // What looks like a number is a mistyped address, never a name (RFC 1123, 2.1).
    return !text.empty() && text.size() <= longestName && text.front() != '.' && text.front() != '-'
        && std::all_of(text.begin(), text.end(), allowed)
        && text.find_first_not_of("0123456789.") != std::string_view::npos;
}

std::optional<std::uint16_t> portFromText(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0)
        return {};
    return port;
}

} // namespace

std::optional<ServerName> ServerName::fromText(std::string_view text) {
    std::string_view host = text;
    std::string_view port;
    bool bracketed = false;
    if (!text.empty() && text.front() == '[') {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return {};
        bracketed = true;
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        host = text.substr(0, text.find(':'));
        port = text.substr(text.find(':'));
    }
    ServerName name;
    if (!port.empty()) {
        const auto number = port.front() == ':' ? portFromText(port.substr(1)) : std::nullopt;
        if (!number)
            return {};
        name.port = *number;
    }
    const auto address = IpAddress::fromText(host);
    if (address ? (bracketed && host.find(':') == std::string_view::npos)
                : (bracketed || !isDomainName(host)))
        return {};
    name.host = host;
    return name;
}

std::string ServerName::text() const {
    if (port == tspPort)
        return host;
    const std::string suffix = ":" + std::to_string(port);
    return host.find(':') == std::string::npos ? host + suffix : "[" + host + "]" + suffix;
}

} // namespace viaduct::client
