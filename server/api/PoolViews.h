// SPDX-License-Identifier: GPL-3.0-or-later
// Pools, their maps and what is allocated out of them, as values of the admin API.
#pragma once

#include "server/addressing/Reserved.h"
#include "server/api/Holders.h"
#include "server/broker/Broker.h"
#include "shared/api/Addressing.h"

namespace viaduct::face {

class Forecasts;
class RateMeter;

/// Of `part`, which lies in the pool of the map and is no smaller than a block. Free blocks that are set
/// aside count as reserved: a step for each reservation in it, whatever its size.
api::BlockCounts blockCounts(
    const addressing::OccupancyMap& map, const Prefix& part, const addressing::ReservedParts& reserved);

/// None when there is none of that name.
std::optional<api::Pool> poolView(broker::Broker& broker, Forecasts& forecasts, const std::string& name);

/// What addressing::OccupancyMap::map() gives, with the reserved parts. `reserved` is empty for a map of the
/// past. Invalid as there.
Result<api::PoolMap> poolMap(
    const addressing::OccupancyMap& map, const Prefix& part, int depth,
    const addressing::ReservedParts& reserved);
/// The map of now, with rates, and holders of single blocks. NotFound: no such pool.
Result<api::PoolMap> poolMap(
    broker::Broker& broker, RateMeter& meter, const std::string& pool, const std::optional<Prefix>& part,
    int depth);
/// The map at a moment that is over, made of the history: from what is held now, back. Exhausted: too much
/// has happened since then.
void pastPoolMap(
    broker::Broker& broker, store::Store& store, const std::string& pool, const std::optional<Prefix>& part,
    int depth, api::Time at, QObject* context, const std::function<void(Result<api::PoolMap>)>& answered);

/// What it is now; Free when its quarantine is over.
api::BlockState
stateOf(const broker::Broker& broker, const store::Allocation& allocation, store::TimePoint now);
/// Without what the account says.
api::Allocation allocationView(const broker::Broker& broker, const store::Allocation& allocation);
api::Allocation allocationView(
    const broker::Broker& broker, const broker::Registry& registry, const store::Allocation& allocation);

} // namespace viaduct::face
