// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/TunnelViews.h"

#include "server/broker/Registry.h"

#include <algorithm>

namespace viaduct::face {

api::Tunnel
tunnelView(const broker::Broker::ActiveTunnel& active, const api::Rates& rates, const HolderInfo& info) {
    const store::Tunnel& tunnel = active.tunnel;
    api::Tunnel view;
    view.id = tunnel.id;
    view.holder = textOf(tunnel.holder);
    view.account = info.account;
    view.organisation = info.organisation;
    view.tunnelServer = textOf(tunnel.tunnelServer);
    view.mode = tunnel.mode;
    view.outerLocal = tunnel.outerLocal;
    view.outerRemote = tunnel.outerRemote;
    if (!tunnel.innerServer.isUnspecified())
        view.innerServer = tunnel.innerServer;
    if (!tunnel.innerClient.isUnspecified())
        view.innerClient = tunnel.innerClient;
    view.prefix = tunnel.delegated;
    view.mtu = tunnel.mtu;
    view.keepalive = static_cast<int>(tunnel.keepalive.count());
    view.since = timeOf(tunnel.since);
    view.lastSeen = lastSeen(*active.counters);
    view.traffic = trafficView(*active.counters);
    view.rates = rates;
    view.drops = dropsView(*active.counters);
    return view;
}

std::optional<api::Tunnel> tunnelView(
    const broker::Broker& broker, const broker::Registry& registry, const RateMeter& meter, std::int64_t id) {
    const auto found = broker.tunnels().find(id);
    if (found == broker.tunnels().end())
        return std::nullopt;
    return tunnelView(found->second, meter.rates(id), holderInfo(registry, found->second.tunnel.holder));
}

api::StaticTunnel staticTunnelView(const broker::Broker& broker, const config::StaticTunnel& tunnel) {
    api::StaticTunnel view;
    view.name = textOf(tunnel.name);
    view.description = textOf(tunnel.description);
    view.source = tunnel.source;
    view.destination = tunnel.destination;
    view.shutdown = tunnel.shutdown;
    const store::Holder holder = "static:" + tunnel.name;
    for (const auto& [pool, block] : broker.heldBy(holder)) {
        if (block.length() == block.width() - 1) {
            view.innerServer = broker::pairOf(block).server;
            view.innerClient = broker::pairOf(block).client;
        } else {
            view.prefix = block;
        }
    }
    if (const store::Tunnel* up = broker.tunnelOf(holder)) {
        view.innerServer = up->innerServer;
        view.innerClient = up->innerClient;
        view.prefix = up->delegated;
        view.tunnel = up->id;
    }
    return view;
}

const config::StaticTunnel* findStaticTunnel(const broker::Broker& broker, const QString& name) {
    const auto& all = broker.configuration().staticTunnels;
    const std::string plain = name.toStdString();
    const auto found
        = std::find_if(all.begin(), all.end(), [&](const auto& tunnel) { return tunnel.name == plain; });
    return found == all.end() ? nullptr : &*found;
}

namespace {

/// What all systems need, as text, seen from the router at the other end.
struct Peer {
    std::string local; ///< outer
    std::string remote;
    std::string inner;
    std::string gateway; ///< the inner address here
    std::string prefix; ///< empty: none is routed to it
    std::string mtu;
};

std::string ciscoIos(const Peer& peer) {
    std::string text = "ipv6 unicast-routing\n"
                       "interface Tunnel0\n"
                       " description Viaduct\n"
                       " no ip address\n"
                       " ipv6 address "
        + peer.inner + "/127\n ipv6 mtu " + peer.mtu + "\n tunnel source " + peer.local
        + "\n tunnel destination " + peer.remote
        + "\n tunnel mode ipv6ip\n"
          "!\n"
          "ipv6 route ::/0 Tunnel0 "
        + peer.gateway + "\n";
    if (!peer.prefix.empty())
        text += "! Use a part of " + peer.prefix + " on each inner interface; the rest leads nowhere.\n"
            + "ipv6 route " + peer.prefix + " Null0\n";
    return text;
}

std::string juniperJunos(const Peer& peer) {
    std::string text = "set interfaces ip-0/0/0 unit 0 description Viaduct\n"
                       "set interfaces ip-0/0/0 unit 0 tunnel source "
        + peer.local + "\nset interfaces ip-0/0/0 unit 0 tunnel destination " + peer.remote
        + "\nset interfaces ip-0/0/0 unit 0 family inet6 mtu " + peer.mtu
        + "\nset interfaces ip-0/0/0 unit 0 family inet6 address " + peer.inner
        + "/127\nset routing-options rib inet6.0 static route ::/0 next-hop " + peer.gateway + "\n";
    if (!peer.prefix.empty())
        text += "set routing-options rib inet6.0 static route " + peer.prefix + " discard\n";
    return text;
}

std::string mikroTik(const Peer& peer) {
    std::string text = "/interface 6to4 add name=viaduct local-address=" + peer.local
        + " remote-address=" + peer.remote + " mtu=" + peer.mtu + "\n/ipv6 address add address=" + peer.inner
        + "/127 interface=viaduct advertise=no\n/ipv6 route add dst-address=::/0 gateway=" + peer.gateway
        + "%viaduct\n";
    if (!peer.prefix.empty())
        text += "/ipv6 route add dst-address=" + peer.prefix + " blackhole\n";
    return text;
}

std::string linuxRouter(const Peer& peer) {
    std::string text = "ip tunnel add viaduct mode sit local " + peer.local + " remote " + peer.remote
        + " ttl 64\nip link set viaduct mtu " + peer.mtu + " up\nip -6 address add " + peer.inner
        + "/127 dev viaduct\nip -6 route add default via " + peer.gateway
        + " dev viaduct\nsysctl -w net.ipv6.conf.all.forwarding=1\n";
    if (!peer.prefix.empty())
        text += "ip -6 route add unreachable " + peer.prefix + " metric 4294967295\n";
    return text;
}

std::string freeBsd(const Peer& peer) {
    std::string text = "ifconfig gif0 create\nifconfig gif0 tunnel " + peer.local + " " + peer.remote
        + "\nifconfig gif0 inet6 " + peer.inner + " " + peer.gateway + " prefixlen 128\nifconfig gif0 mtu "
        + peer.mtu + " up\nroute -6 add default " + peer.gateway + "\nsysctl net.inet6.ip6.forwarding=1\n";
    if (!peer.prefix.empty())
        text += "route -6 add " + peer.prefix + " ::1 -reject\n";
    return text;
}

} // namespace

QString routerSnippet(const api::StaticTunnel& tunnel, int mtu, api::RouterSystem system) {
    const Peer peer{
        tunnel.destination.text(),
        tunnel.source.text(),
        tunnel.innerClient.value_or(IpAddress()).text(),
        tunnel.innerServer.value_or(IpAddress()).text(),
        tunnel.prefix ? tunnel.prefix->text() : std::string(),
        std::to_string(mtu)};
    switch (system) {
    case api::RouterSystem::CiscoIos:
        return textOf(ciscoIos(peer));
    case api::RouterSystem::JuniperJunos:
        return textOf(juniperJunos(peer));
    case api::RouterSystem::MikroTik:
        return textOf(mikroTik(peer));
    case api::RouterSystem::Linux:
        return textOf(linuxRouter(peer));
    case api::RouterSystem::FreeBsd:
        return textOf(freeBsd(peer));
    }
    return {};
}

} // namespace viaduct::face
