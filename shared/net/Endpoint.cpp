// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/Endpoint.h"

#include "shared/net/KeyedHash.h"

#include <charconv>

namespace viaduct {

std::string Endpoint::text() const {
    const std::string host = address.isV4() ? address.text() : '[' + address.text() + ']';
    return host + ':' + std::to_string(port);
}

std::optional<Endpoint> Endpoint::fromText(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::fromText(host);
    // Brackets belong to IPv6 text, and IPv6 text with a port needs them.
    const bool ipv6Text = host.find(':') != std::string_view::npos;
    if (!address || bracketed != ipv6Text)
        return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (fault != std::errc{} || end != digits.data() + digits.size() || port == 0)
        return std::nullopt;
    return Endpoint{*address, port};
}

} // namespace viaduct

std::size_t std::hash<viaduct::Endpoint>::operator()(const viaduct::Endpoint& endpoint) const noexcept {
    const auto [high, low] = endpoint.address.words();
    return viaduct::keyedHash(std::array<std::uint64_t, 3>{high, low, endpoint.port});
}
