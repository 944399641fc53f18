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

} // namespace viaduct::face
