// SPDX-License-Identifier: GPL-3.0-or-later
// What to paste into the router at the other end of a v6v4 tunnel that speaks no TSP. Pure: values in, text
// out.
#pragma once

#include "shared/api/Tunnels.h"
#include "shared/net/Prefix.h"

#include <optional>
#include <string>

namespace viaduct::broker {

/// As the router sees it.
struct RouterTunnel {
    std::string name; ///< for descriptions; what a router may not like in it becomes a hyphen
    IpAddress routerOuter; ///< IPv4
    IpAddress brokerOuter; ///< IPv4
    IpAddress routerInner; ///< IPv6
    IpAddress brokerInner; ///< IPv6
    std::optional<Prefix> prefix; ///< routed to the router
    int mtu = 1280; ///< of the inner packets
};

/// Lines for this system: the tunnel, its address, the default route for IPv6, and a route that drops what of
/// the prefix the router does not use, so that it does not go round in the tunnel. Invalid when the tunnel is
/// not IPv6 in IPv4.
Result<std::string> routerSnippet(api::RouterSystem system, const RouterTunnel& tunnel);

/// "Cisco IOS", for people.
std::string_view routerSystemName(api::RouterSystem system);

} // namespace viaduct::broker
