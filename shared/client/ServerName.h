// SPDX-License-Identifier: GPL-3.0-or-later
// How a person or a redirect names a broker: an address or a domain name, with a port where it is not 3653.
#pragma once

#include "shared/net/IpAddress.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viaduct::client {

/// Registered for TSP, UDP and TCP (RFC 5572, section 8).
inline constexpr std::uint16_t tspPort = 3653;

struct ServerName {
    std::string host; ///< a domain name or the text of an address, without brackets
    std::uint16_t port = tspPort; ///< host order

    /// HOST or HOST:PORT; an IPv6 literal stands in brackets where a port follows, and may do so elsewhere.
    static std::optional<ServerName> fromText(std::string_view text);
    /// What fromText() reads; the port only where it is not 3653.
    std::string text() const;
    /// The address when the host is one: nothing has to be looked up then.
    std::optional<IpAddress> address() const { return IpAddress::fromText(host); }

    friend bool operator==(const ServerName&, const ServerName&) = default;
};

} // namespace viaduct::client
