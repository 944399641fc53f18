// SPDX-License-Identifier: GPL-3.0-or-later
// An address with a port: one end of a UDP or TCP conversation.
#pragma once

#include "shared/net/IpAddress.h"

namespace viaduct {

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0; ///< host order

    /// 192.0.2.1:3653 or [2001:db8::1]:3653.
    std::string text() const;
    /// Reads what text() writes; the port must be there, 1..65535.
    static std::optional<Endpoint> fromText(std::string_view text);

    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

} // namespace viaduct

template <>
struct std::hash<viaduct::Endpoint> {
    std::size_t operator()(const viaduct::Endpoint& endpoint) const noexcept;
};
