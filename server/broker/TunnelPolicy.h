// SPDX-License-Identifier: GPL-3.0-or-later
// The rules by which a request becomes a tunnel, as pure functions: which tunnel server, which mode, which
// outer addresses, which keepalive.
#pragma once

#include "server/config/Configuration.h"
#include "shared/tsp/Message.h"

#include <tl/expected.hpp>

namespace viaduct::broker {

/// Where a TSP dialogue takes place.
struct Caller {
    std::string tspServer; ///< name of the `tsp` section that was addressed
    Transport transport = Transport::Udp;
    Endpoint local;
    Endpoint remote; ///< as seen here: behind a NAT, the NAT's
    tsp::Version version;
};

/// What a TSP server may offer in its CAPABILITY line: every mode that a tunnel server behind it can carry.
std::vector<TunnelMode>
offeredModes(const config::Configuration& configuration, const config::TspServer& tspServer);
bool offersAnonymous(const config::Configuration& configuration, const config::TspServer& tspServer);

/// The first tunnel broker, in the order of the file, that speaks for the caller's TSP server and whose
/// tunnel server has what is asked: the mode's pool (the anonymous one if so) and, for a router, prefixes of
/// that length. `pool`, unless it is empty or gone from the configuration, must be one of that server's.
tl::expected<const config::TunnelServer*, tsp::Status> selectTunnelServer(
    const config::Configuration& configuration, const Caller& caller, const tsp::TunnelRequest& request,
    bool anonymous, std::string_view pool = {});

struct Outer {
    TunnelMode mode = TunnelMode::V6v4; ///< never V6anyv4
    Endpoint local; ///< port 0 where the mode has none
    Endpoint remote;
};

/// The mode that is given for the mode that was asked, and between which outer addresses. A client behind a
/// NAT is one whose idea of its address is not what is seen here (RFC 5572, 4.4.2). A request for another box
/// (proxy) is granted when that box lies in one of `proxyFor`: an outer address that nobody has vouched for
/// could be a victim's.
tl::expected<Outer, tsp::Status> decideOuter(
    const config::TunnelServer& tunnelServer, const Caller& caller, const tsp::TunnelRequest& request,
    const std::vector<Prefix>& proxyFor);

/// What the client is told of keepalive: 0 for none. One that names no interval gets the configured default,
/// for without keepalive neither side learns that the other has gone.
std::chrono::seconds
decideKeepalive(const config::TunnelServer& tunnelServer, const tsp::TunnelRequest& request);

} // namespace viaduct::broker
