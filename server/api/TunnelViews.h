// SPDX-License-Identifier: GPL-3.0-or-later
// Tunnels of the broker as values of the admin API.
#pragma once

#include "server/api/Holders.h"
#include "server/api/RateMeter.h"

namespace viaduct::face {

api::Tunnel
tunnelView(const broker::Broker::ActiveTunnel& active, const api::Rates& rates, const HolderInfo& info);
/// Absent: it is down.
std::optional<api::Tunnel> tunnelView(
    const broker::Broker& broker, const broker::Registry& registry, const RateMeter& meter, std::int64_t id);

/// Its addresses also while it is down, as far as it holds them.
api::StaticTunnel staticTunnelView(const broker::Broker& broker, const config::StaticTunnel& tunnel);
const config::StaticTunnel* findStaticTunnel(const broker::Broker& broker, const QString& name);

} // namespace viaduct::face
