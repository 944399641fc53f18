// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/TunnelPolicy.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
using config::TunnelServer;
using tsp::Status;

auto ofFamily(bool v4) {
    return [v4](const IpAddress& address) { return address.isV4() == v4; };
}

bool hasAddress(const TunnelServer& tunnelServer, bool v4) {
    return std::any_of(tunnelServer.addresses.begin(), tunnelServer.addresses.end(), ofFamily(v4));
}

bool has(const std::vector<IpAddress>& addresses, const IpAddress& address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// The address that the client spoke to is the one it can reach, if tunnels of that family end there; else the
// server's first one, which carries() has seen to be there.
IpAddress localAddress(const TunnelServer& tunnelServer, const Caller& caller, bool v4) {
    const IpAddress& spokenTo = caller.local.address;
    if (ofFamily(v4)(spokenTo) && has(tunnelServer.addresses, spokenTo))
        return spokenTo;
    return *std::find_if(tunnelServer.addresses.begin(), tunnelServer.addresses.end(), ofFamily(v4));
}

bool carries(const TunnelServer& tunnelServer, TunnelMode mode, bool anonymous) {
    if (mode == TunnelMode::V4v6)
        return !anonymous && !tunnelServer.ipv4EndpointPool.empty() && hasAddress(tunnelServer, false);
    return hasAddress(tunnelServer, true)
        && !(anonymous ? tunnelServer.anonymousPool : tunnelServer.endpointPool).empty();
}

bool delegates(const config::Configuration& configuration, const TunnelServer& tunnelServer, int length) {
    return std::any_of(
        tunnelServer.prefixPools.begin(), tunnelServer.prefixPools.end(), [&](const auto& name) {
            const config::Pool* pool = configuration.pool(name);
            return pool && pool->blockLength == length;
        });
}

bool givesFrom(const TunnelServer& tunnelServer, std::string_view pool) {
    const auto& prefixPools = tunnelServer.prefixPools;
    return tunnelServer.endpointPool == pool || tunnelServer.ipv4EndpointPool == pool
        || std::find(prefixPools.begin(), prefixPools.end(), pool) != prefixPools.end();
}

template <typename Visit>
void forEachTunnelServer(
    const config::Configuration& configuration, const std::string& tspServer, Visit visit) {
    for (const config::TunnelBroker& broker : configuration.tunnelBrokers) {
        const auto& names = broker.tspServers;
        if (std::find(names.begin(), names.end(), tspServer) == names.end())
            continue;
        if (const TunnelServer* tunnelServer = configuration.tunnelServer(broker.tunnelServer))
            visit(*tunnelServer);
    }
}

/// Which outer address a v6v4 tunnel goes to. Only its owner may name it: the datagrams of a tunnel are a
/// weapon against whoever is named wrongly.
tl::expected<IpAddress, Status> verifiedOuter(
    const TunnelServer& tunnelServer, const Caller& caller, const tsp::TunnelRequest& request,
    const std::vector<Prefix>& proxyFor) {
    const IpAddress& claimed = request.clientOuter;
    if (request.proxy) {
        const bool vouchedFor = std::any_of(proxyFor.begin(), proxyFor.end(), [&](const Prefix& network) {
            return network.contains(claimed);
        });
        if (vouchedFor && claimed.isV4() && claimed.isUnicast() && !has(tunnelServer.addresses, claimed))
            return claimed;
        return tl::unexpected(Status::BadIpv4Address);
    }
    const IpAddress& seen = caller.remote.address;
    if (seen.isV4() && (claimed == seen || tunnelServer.trustSource))
        return seen;
    return tl::unexpected(Status::BadIpv4Address);
}

tl::expected<Outer, Status> decideV6v4(
    const TunnelServer& tunnelServer, const Caller& caller, const tsp::TunnelRequest& request,
    const std::vector<Prefix>& proxyFor) {
    const auto remote = verifiedOuter(tunnelServer, caller, request, proxyFor);
    if (!remote)
        return tl::unexpected(remote.error());
    return Outer{TunnelMode::V6v4, {localAddress(tunnelServer, caller, true), 0}, {*remote, 0}};
}

tl::expected<Outer, Status> decideV6udpv4(const Caller& caller, const tsp::TunnelRequest& request) {
    // A proxy's packets would come from elsewhere than its signalling; and the 5-tuple must be IPv4 and UDP.
    if (caller.transport != Transport::Udp || !caller.remote.address.isV4() || request.proxy)
        return tl::unexpected(Status::UnsupportedTunnelType);
    return Outer{TunnelMode::V6udpv4, caller.local, caller.remote};
}

tl::expected<Outer, Status>
decideV4v6(const Caller& caller, const tsp::TunnelRequest& request, const TunnelServer& tunnelServer) {
    const IpAddress& seen = caller.remote.address;
    if (!seen.isV6() || request.proxy)
        return tl::unexpected(Status::UnsupportedTunnelType);
    if (request.clientOuter != seen && !tunnelServer.trustSource)
        return tl::unexpected(Status::BadIpv6Address);
    return Outer{TunnelMode::V4v6, {localAddress(tunnelServer, caller, false), 0}, {seen, 0}};
}
} // namespace

std::vector<TunnelMode>
offeredModes(const config::Configuration& configuration, const config::TspServer& tspServer) {
    bool v6 = false;
    bool v4 = false;
    forEachTunnelServer(configuration, tspServer.name, [&](const TunnelServer& tunnelServer) {
        v6 = v6 || carries(tunnelServer, TunnelMode::V6v4, false)
            || carries(tunnelServer, TunnelMode::V6v4, true);
        v4 = v4 || carries(tunnelServer, TunnelMode::V4v6, false);
    });
    std::vector<TunnelMode> modes;
    if (v6)
        modes.push_back(TunnelMode::V6v4);
    if (v6 && tspServer.udpPort)
        modes.push_back(TunnelMode::V6udpv4);
    if (v4)
        modes.push_back(TunnelMode::V4v6);
    return modes;
}

bool offersAnonymous(const config::Configuration& configuration, const config::TspServer& tspServer) {
    bool offers = false;
    forEachTunnelServer(configuration, tspServer.name, [&](const TunnelServer& tunnelServer) {
        offers = offers || !tunnelServer.anonymousPool.empty();
    });
    return offers;
}

tl::expected<const TunnelServer*, Status> selectTunnelServer(
    const config::Configuration& configuration, const Caller& caller, const tsp::TunnelRequest& request,
    bool anonymous, std::string_view pool) {
    const bool any = pool.empty() || !configuration.pool(pool);
    const TunnelServer* carrier = nullptr;
    const TunnelServer* delegator = nullptr;
    forEachTunnelServer(configuration, caller.tspServer, [&](const TunnelServer& tunnelServer) {
        if (!carries(tunnelServer, request.mode, anonymous) || !(any || givesFrom(tunnelServer, pool)))
            return;
        carrier = carrier ? carrier : &tunnelServer;
        if (!delegator && request.router
            && delegates(configuration, tunnelServer, request.router->prefixLength.value_or(0)))
            delegator = &tunnelServer;
    });
    if (!carrier)
        return tl::unexpected(Status::UnsupportedTunnelType);
    if (!request.router)
        return carrier;
    if (!request.router->prefixLength)
        return tl::unexpected(Status::MissingPrefixLength);
    // Prefixes are IPv6; inside a v4v6 tunnel there is no way for them.
    if (!delegator || request.mode == TunnelMode::V4v6)
        return tl::unexpected(Status::PrefixUnavailable);
    return delegator;
}

tl::expected<Outer, Status> decideOuter(
    const TunnelServer& tunnelServer, const Caller& caller, const tsp::TunnelRequest& request,
    const std::vector<Prefix>& proxyFor) {
    switch (request.mode) {
    case TunnelMode::V6v4:
        return decideV6v4(tunnelServer, caller, request, proxyFor);
    case TunnelMode::V6udpv4:
        return decideV6udpv4(caller, request);
    case TunnelMode::V4v6:
        return decideV4v6(caller, request, tunnelServer);
    case TunnelMode::V6anyv4:
        break;
    }
    const bool direct = request.clientOuter == caller.remote.address && caller.remote.address.isV4();
    const bool udpPossible = caller.transport == Transport::Udp && !request.proxy;
    if (request.proxy || (direct && !(tunnelServer.preferUdp && udpPossible)))
        return decideV6v4(tunnelServer, caller, request, proxyFor);
    return decideV6udpv4(caller, request);
}

std::chrono::seconds decideKeepalive(const TunnelServer& tunnelServer, const tsp::TunnelRequest& request) {
    if (request.proxy) // the box at the other end speaks no TSP
        return std::chrono::seconds{0};
    const std::chrono::seconds asked(request.keepaliveInterval.value_or(0));
    if (asked.count() <= 0)
        return tunnelServer.keepaliveDefault;
    return std::clamp(asked, tunnelServer.keepaliveMinimum, tunnelServer.keepaliveMaximum);
}

} // namespace viaduct::broker
