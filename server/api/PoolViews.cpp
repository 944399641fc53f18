// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/PoolViews.h"

#include "server/api/Forecasts.h"
#include "server/api/PastViews.h"
#include "server/api/RateMeter.h"

#include <algorithm>

namespace viaduct::face {

namespace {
using addressing::OccupancyMap;
using api::BlockCounts;
using api::BlockState;
using api::PoolMap;
using State = OccupancyMap::State;
using Reserved = addressing::ReservedParts;
using addressing::blocksIn;

/// Lines of the history for one map of the past: a few seconds' reading.
constexpr std::size_t mostPastLines = 100'000;
constexpr std::string_view staticScheme = "static:";

BlockCounts plainCounts(const OccupancyMap::Counts& counts) {
    BlockCounts view;
    view.free = counts.of(State::Free);
    view.reserved = counts.of(State::Reserved);
    view.allocated = static_cast<std::int64_t>(counts.of(State::Allocated));
    view.active = static_cast<std::int64_t>(counts.of(State::Active));
    view.quarantined = static_cast<std::int64_t>(counts.of(State::Quarantined));
    view.fixed = static_cast<std::int64_t>(counts.of(State::Static));
    return view;
}

BlockCounts allFree(Uint128 blocks) {
    BlockCounts view;
    view.free = blocks;
    return view;
}

BlockCounts plainCounts(const OccupancyMap& map, const Prefix& part) {
    const auto grid = map.map(part, 0);
    if (!grid || grid->occupied.empty())
        return allFree(blocksIn(part, map.blockLength()));
    return plainCounts(grid->occupied.front().counts);
}

/// Of the free blocks of `counts`, those that are set aside become reserved.
BlockCounts
withReserved(BlockCounts counts, const OccupancyMap& map, const Prefix& part, const Reserved& reserved) {
    const Uint128 aside = addressing::reservedFree(map, part, reserved);
    counts.free -= aside;
    counts.reserved += aside;
    return counts;
}

/// The cells in which something is set aside: those that are free else are not in the grid.
void addReservedCells(const OccupancyMap::Grid& grid, const Reserved& reserved, std::set<Prefix>& cells) {
    const auto add = [&](const Prefix& part) {
        const Prefix first(part.address(), grid.cellLength);
        const Uint128 count = blocksIn(part, grid.cellLength);
        const int shift = first.width() - grid.cellLength;
        for (Uint128 i = 0; i < count; ++i) {
            const Uint128 offset = shift >= 128 ? Uint128{0} : i << shift;
            cells.insert({IpAddress::fromNumber(first.address().number() + offset), grid.cellLength});
        }
    };
    if (addressing::reservedAround(reserved, grid.prefix))
        return add(grid.prefix);
    for (auto each = reserved.upper_bound(grid.prefix); each != reserved.end() && grid.prefix.contains(*each);
         ++each)
        add(*each);
}

Error noPool(const std::string& name) {
    return {Error::Code::NotFound, "There is no pool " + name + ": /pools lists them."};
}
} // namespace

BlockCounts blockCounts(const OccupancyMap& map, const Prefix& part, const Reserved& reserved) {
    return withReserved(plainCounts(map, part), map, part, reserved);
}

std::optional<api::Pool> poolView(broker::Broker& broker, Forecasts& forecasts, const std::string& name) {
    const config::Pool* pool = broker.configuration().pool(name);
    const OccupancyMap* map = pool ? broker.occupancy(name) : nullptr;
    if (!map)
        return std::nullopt;
    api::Pool view;
    view.name = textOf(name);
    view.prefix = map->pool();
    view.blockLength = map->blockLength();
    view.total = map->counts().total();
    view.counts = blockCounts(*map, map->pool(), broker.ledger().reserved());
    view.forecast = forecasts.of(name);
    for (const config::TunnelServer& server : broker.configuration().tunnelServers) {
        const auto& prefixes = server.prefixPools;
        if (server.endpointPool == name || server.anonymousPool == name || server.ipv4EndpointPool == name
            || std::find(prefixes.begin(), prefixes.end(), name) != prefixes.end())
            view.usedBy.push_back(textOf(server.name));
    }
    return view;
}

// --- maps

Result<PoolMap> poolMap(const OccupancyMap& map, const Prefix& part, int depth, const Reserved& reserved) {
    const auto grid = map.map(part, depth);
    if (!grid)
        return tl::unexpected(grid.error());
    PoolMap view;
    view.prefix = part;
    view.blockLength = map.blockLength();
    view.depth = depth;
    view.counts = blockCounts(map, part, reserved);
    std::set<Prefix> aside;
    addReservedCells(*grid, reserved, aside);
    for (const OccupancyMap::Cell& cell : grid->occupied) {
        aside.erase(cell.prefix);
        api::MapCell& made = view.cells.emplace_back();
        made.prefix = cell.prefix;
        made.counts = withReserved(plainCounts(cell.counts), map, cell.prefix, reserved);
    }
    for (const Prefix& prefix : aside) {
        api::MapCell& made = view.cells.emplace_back();
        made.prefix = prefix;
        made.counts = withReserved(allFree(grid->blocksPerCell), map, prefix, reserved);
    }
    std::sort(view.cells.begin(), view.cells.end(), [](const auto& a, const auto& b) {
        return a.prefix < b.prefix;
    });
    return view;
}

Result<PoolMap> poolMap(
    broker::Broker& broker, RateMeter& meter, const std::string& pool, const std::optional<Prefix>& part,
    int depth) {
    const OccupancyMap* map = broker.occupancy(pool);
    if (!map)
        return tl::unexpected(noPool(pool));
    auto view = poolMap(*map, part.value_or(map->pool()), depth, broker.ledger().reserved());
    if (!view)
        return view;
    view->pool = textOf(pool);
    view->at = timeOf(std::chrono::system_clock::now());
    for (api::MapCell& cell : view->cells) {
        cell.rate = cell.counts.active > 0 || cell.counts.fixed > 0 ? meter.rateWithin(cell.prefix) : 0;
        if (cell.prefix.length() != map->blockLength())
            continue;
        const auto held = broker.ledger().at(pool, cell.prefix.address());
        if (!held || held->quarantinedUntil)
            continue;
        cell.holder = textOf(held->holder);
        cell.tunnel = allocationView(broker, *held).tunnel;
    }
    return view;
}

namespace {

/// From what is held now back to a moment, line by line.
class PastMap {
public:
    PastMap(const OccupancyMap& now, const broker::Ledger& ledger, const std::string& pool, api::Time at)
        : m_map(now.pool(), now.blockLength()), m_at(at), m_rest(ledger.restOf(pool)) {
        ledger.forEach([&](const store::Allocation& each) {
            if (each.pool == pool && !each.quarantinedUntil)
                hold(each.block, each.holder);
        });
    }

    /// The newest line first.
    void undo(const store::HistoryEntry& entry) {
        const bool granted = entry.what == store::HistoryEntry::What::Granted;
        if (entry.at > m_at && granted)
            m_map.clear(entry.prefix);
        else if (entry.at > m_at)
            hold(entry.prefix, entry.holder);
        else if (
            m_seen.insert(entry.prefix).second && !granted && entry.at + m_rest > m_at
            && isFree(entry.prefix))
            m_map.set(entry.prefix, State::Quarantined);
    }
    const OccupancyMap& map() const { return m_map; }

private:
    void hold(const Prefix& block, const store::Holder& holder) {
        m_map.set(block, holder.starts_with(staticScheme) ? State::Static : State::Allocated);
    }
    bool isFree(const Prefix& block) const {
        const auto known = m_map.at(block.address());
        return known && known->state == State::Free;
    }

    OccupancyMap m_map;
    store::TimePoint m_at;
    std::chrono::seconds m_rest;
    std::set<Prefix> m_seen; ///< blocks with a line at that moment or before
};

bool isEarlier(const store::HistoryLine& a, const store::HistoryLine& b) {
    return std::pair(a.entry.at, a.id) < std::pair(b.entry.at, b.id);
}

} // namespace

void pastPoolMap(
    broker::Broker& broker, store::Store& store, const std::string& pool, const std::optional<Prefix>& part,
    int depth, api::Time at, QObject* context, const std::function<void(Result<PoolMap>)>& answered) {
    const OccupancyMap* now = broker.occupancy(pool);
    if (!now)
        return answered(tl::unexpected(noPool(pool)));
    const Prefix asked = part.value_or(now->pool());
    if (const auto checked = now->map(asked, depth); !checked)
        return answered(tl::unexpected(checked.error()));
    auto past = std::make_shared<PastMap>(*now, broker.ledger(), pool, at);
    store::HistoryFilter filter;
    filter.prefix = asked;
    filter.time.from = store::TimePoint(at) - broker.ledger().restOf(pool);
    filter.time.to = std::chrono::system_clock::now();
    using What = store::HistoryEntry::What;
    store::HistoryFilter grants = filter;
    grants.what = What::Granted;
    filter.what = What::Released;
    collectHistory(
        store, {{grants}, {filter}}, mostPastLines, "a later time or a smaller part", context,
        [past, asked, depth, pool, at, answered](Result<std::vector<store::HistoryLine>> lines) {
            if (!lines)
                return answered(tl::unexpected(lines.error()));
            std::sort(lines->rbegin(), lines->rend(), isEarlier);
            for (const store::HistoryLine& line : *lines)
                past->undo(line.entry);
            auto view = poolMap(past->map(), asked, depth, {});
            if (view) {
                view->pool = textOf(pool);
                view->at = at;
                view->past = true;
            }
            answered(std::move(view));
        });
}

// --- allocations

namespace {
/// The tunnel that is up over this very block.
const store::Tunnel* tunnelOver(const broker::Broker& broker, const store::Allocation& allocation) {
    if (allocation.quarantinedUntil)
        return nullptr;
    const store::Tunnel* tunnel = broker.tunnelOf(allocation.holder);
    const bool isOver = tunnel
        && (allocation.block.contains(tunnel->innerClient)
            || (tunnel->delegated && allocation.block.contains(*tunnel->delegated)));
    return isOver ? tunnel : nullptr;
}
} // namespace

BlockState stateOf(const broker::Broker& broker, const store::Allocation& allocation, store::TimePoint now) {
    if (allocation.quarantinedUntil)
        return *allocation.quarantinedUntil > now ? BlockState::Quarantined : BlockState::Free;
    if (allocation.holder.starts_with(staticScheme))
        return BlockState::Static;
    const store::Tunnel* tunnel = tunnelOver(broker, allocation);
    const bool isActive = tunnel && !broker.tunnels().at(tunnel->id).isSilent;
    return isActive ? BlockState::Active : BlockState::Allocated;
}

api::Allocation allocationView(const broker::Broker& broker, const store::Allocation& allocation) {
    api::Allocation view;
    view.pool = textOf(allocation.pool);
    view.block = allocation.block;
    view.state = stateOf(broker, allocation, std::chrono::system_clock::now());
    view.holder = textOf(allocation.holder);
    view.since = timeOf(allocation.since);
    if (allocation.quarantinedUntil)
        view.quarantinedUntil = timeOf(*allocation.quarantinedUntil);
    if (const store::Tunnel* tunnel = tunnelOver(broker, allocation))
        view.tunnel = tunnel->id;
    return view;
}

api::Allocation allocationView(
    const broker::Broker& broker, const broker::Registry& registry, const store::Allocation& allocation) {
    api::Allocation view = allocationView(broker, allocation);
    const HolderInfo info = holderInfo(registry, allocation.holder);
    view.account = info.account;
    view.organisation = info.organisation;
    return view;
}

} // namespace viaduct::face
