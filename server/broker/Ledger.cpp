// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/Ledger.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
using State = addressing::OccupancyMap::State;
using store::HistoryEntry;
using store::TimePoint;

/// Who comes back this long after the quarantine may still find the old block free; then it is as if never
/// used.
constexpr std::chrono::hours memoryOfReleased{30 * 24};
constexpr std::size_t mostForgottenAtOnce = 5000;

/// Anonymous clients are strangers at every visit, and anybody can make up as many as he likes.
bool isAnonymousPool(const config::Configuration& configuration, const std::string& pool) {
    return std::any_of(
        configuration.tunnelServers.begin(), configuration.tunnelServers.end(),
        [&](const config::TunnelServer& server) { return server.anonymousPool == pool; });
}

std::chrono::seconds quarantineOf(const config::Configuration& configuration, const std::string& pool) {
    for (const config::TunnelServer& server : configuration.tunnelServers) {
        const auto& prefixPools = server.prefixPools;
        const bool prefixes = std::find(prefixPools.begin(), prefixPools.end(), pool) != prefixPools.end();
        if (prefixes || server.endpointPool == pool || server.anonymousPool == pool
            || server.ipv4EndpointPool == pool)
            return server.quarantine;
    }
    return config::TunnelServer{}.quarantine;
}
} // namespace

Pair pairOf(const Prefix& block) {
    return {block.address(), IpAddress::fromNumber(block.address().number() + 1)};
}

Ledger::Ledger(const config::Configuration& configuration) {
    for (const config::Pool& pool : configuration.pools) {
        const int pairLength = pool.prefix.width() - 1;
        const bool pairs = pool.blockLength >= pairLength;
        const int blockLength = pairs ? pairLength : pool.blockLength;
        Pool made{
            addressing::PoolAllocator(pool.prefix, blockLength, pairs),
            quarantineOf(configuration, pool.name),
            isAnonymousPool(configuration, pool.name) ? std::chrono::hours{0} : memoryOfReleased,
            addressing::OccupancyMap(pool.prefix, blockLength)};
        if (pairs)
            made.map.set(Prefix(pool.prefix.address(), made.map.blockLength()), State::Reserved);
        m_pools.emplace(pool.name, std::move(made));
    }
    for (const Prefix& range : configuration.rangesOutsidePools())
        m_pools.emplace(
            range.text(),
            Pool{
                addressing::PoolAllocator(range, range.length(), false), config::TunnelServer{}.quarantine,
                memoryOfReleased, addressing::OccupancyMap(range, range.length())});
}

Result<Prefix>
Ledger::allocate(const std::string& name, const store::Holder& holder, TimePoint now, Draft& draft) {
    const auto pool = m_pools.find(name);
    if (pool == m_pools.end())
        return failure(Error::Code::NotFound, "There is no pool " + name + ".");
    if (const auto block = pool->second.blocks.blockOf(holder))
        return *block;
    auto block = pool->second.blocks.allocate(holder, now);
    if (block)
        note(name, *block, holder, now, draft);
    return block;
}

Result<Prefix>
Ledger::allocateBlock(const Prefix& block, const store::Holder& holder, TimePoint now, Draft& draft) {
    std::string name;
    Pool* pool = poolAround(block, name);
    if (!pool)
        return failure(
            Error::Code::Invalid,
            block.text() + " lies in no pool. Declare one for it: ipv6 local pool NAME PREFIX LENGTH.");
    if (pool->blocks.holderOf(block.address()) == holder && pool->blocks.blockLength() == block.length())
        return block;
    auto allocated = pool->blocks.allocateBlock(holder, block, now);
    if (allocated)
        note(name, block, holder, now, draft);
    return allocated;
}

void Ledger::release(const store::Holder& holder, TimePoint now, Draft& draft, bool wasUsed) {
    for (auto& [name, pool] : m_pools) {
        while (const auto block = pool.blocks.blockOf(holder)) {
            const auto since = pool.since.find(block->address());
            quarantine(
                pool, {name, *block, holder, since == pool.since.end() ? now : since->second, {}}, now, draft,
                wasUsed);
        }
    }
}

void Ledger::rename(const store::Holder& from, const store::Holder& to) {
    for (auto& [name, pool] : m_pools)
        pool.blocks.rename(from, to);
    for (store::Allocation& stray : m_strays) {
        if (stray.holder == from)
            stray.holder = to;
    }
}

std::vector<std::pair<std::string, Prefix>> Ledger::heldBy(const store::Holder& holder) const {
    std::vector<std::pair<std::string, Prefix>> held;
    for (const auto& [name, pool] : m_pools) {
        if (const auto block = pool.blocks.blockOf(holder))
            held.emplace_back(name, *block);
    }
    return held;
}

void Ledger::forgetReleased(TimePoint now, Draft& draft) {
    for (auto& [name, pool] : m_pools) {
        redrawAt(pool, now);
        for (const Prefix& block : pool.blocks.forget(now - pool.memory, mostForgottenAtOnce)) {
            pool.since.erase(block.address());
            draft.changes.push_back(store::change::DropAllocation{name, block});
        }
    }
    std::erase_if(m_strays, [&](const store::Allocation& stray) {
        const bool isOver = *stray.quarantinedUntil <= now;
        if (isOver)
            draft.changes.push_back(store::change::DropAllocation{stray.pool, stray.block});
        return isOver;
    });
}

void Ledger::undo(const Draft& draft) {
    for (const store::Allocation& allocation : draft.released) {
        const auto pool = m_pools.find(allocation.pool);
        // It is the holder's own and nobody else can have got it meanwhile: this cannot fail.
        if (pool == m_pools.end())
            continue;
        (void)pool->second.blocks.allocateBlock(allocation.holder, allocation.block, allocation.since);
        pool->second.since[allocation.block.address()] = allocation.since;
        redraw(pool->second, allocation.block);
    }
    for (const auto& [name, block] : draft.fresh) {
        const auto pool = m_pools.find(name);
        if (pool == m_pools.end())
            continue;
        pool->second.blocks.undo(block);
        // What came out of its quarantine is back in it: it began when that was over, less its length.
        if (const auto until = pool->second.blocks.quarantinedUntil(block.address()))
            pool->second.since[block.address()] = *until - pool->second.quarantine;
        else
            pool->second.since.erase(block.address());
        redraw(pool->second, block);
    }
}

void Ledger::adopt(
    const std::vector<store::Allocation>& allocations,
    const std::function<bool(const store::Allocation&)>& keep, TimePoint now, Draft& draft) {
    std::vector<store::Allocation> strays;
    for (const store::Allocation& allocation : allocations) {
        std::string around;
        const bool taken = adoptInto(allocation.pool, allocation, keep, now, draft)
            || (poolAround(allocation.block, around) && adoptInto(around, allocation, keep, now, draft));
        if (!taken)
            strays.push_back(allocation);
    }
    // Last: what pools hold goes before what may only not be given out.
    for (store::Allocation& stray : strays)
        adoptStray(std::move(stray), now, draft);
}

bool Ledger::adoptInto(
    const std::string& pool, const store::Allocation& allocation, const Keep& keep, TimePoint now,
    Draft& draft) {
    const auto found = m_pools.find(pool);
    if (found == m_pools.end())
        return false;
    auto& blocks = found->second.blocks;
    const auto taken = allocation.quarantinedUntil
        ? blocks.restoreQuarantined(allocation.block, allocation.holder, *allocation.quarantinedUntil)
        : blocks.restoreHeld(allocation.block, allocation.holder);
    if (!taken)
        return false;
    found->second.since[allocation.block.address()] = allocation.since;
    redrawAt(found->second, now);
    redraw(found->second, allocation.block);
    store::Allocation adopted = allocation;
    adopted.pool = pool;
    if (!allocation.quarantinedUntil && !keep(adopted))
        quarantine(found->second, adopted, now, draft);
    else if (adopted.pool != allocation.pool)
        draft.changes.push_back(store::change::PutAllocation{adopted});
    return true;
}

void Ledger::adoptStray(store::Allocation allocation, TimePoint now, Draft& draft) {
    if (!allocation.quarantinedUntil) {
        allocation.since = now;
        allocation.quarantinedUntil = now + config::TunnelServer{}.quarantine;
        draft.changes.push_back(store::change::PutAllocation{allocation});
        draft.changes.push_back(store::change::AppendHistory{
            {now, HistoryEntry::What::Released, allocation.block, allocation.holder, allocation.pool}});
        draft.events.push_back(event::Released{allocation});
    }
    if (*allocation.quarantinedUntil <= now) {
        draft.changes.push_back(store::change::DropAllocation{allocation.pool, allocation.block});
        return;
    }
    for (auto& [name, pool] : m_pools)
        pool.blocks.withhold(allocation.block, *allocation.quarantinedUntil);
    m_strays.push_back(std::move(allocation));
}

std::vector<store::Allocation> Ledger::allocations() const {
    std::vector<store::Allocation> result;
    forEach([&result](const store::Allocation& allocation) { result.push_back(allocation); });
    return result;
}

void Ledger::forEach(const std::function<void(const store::Allocation&)>& visit) const {
    store::Allocation each;
    for (const auto& [name, pool] : m_pools) {
        each.pool = name;
        pool.blocks.forEach([&visit, &each, &pool = pool](
                                const Prefix& block, const store::Holder& holder,
                                const std::optional<TimePoint>& quarantinedUntil) {
            const auto since = pool.since.find(block.address());
            each.block = block;
            each.holder = holder;
            each.since = since == pool.since.end() ? TimePoint{} : since->second;
            each.quarantinedUntil = quarantinedUntil;
            visit(each);
        });
    }
    for (const store::Allocation& stray : m_strays)
        visit(stray);
}

// --- reservations

Result<void> Ledger::checkReservation(const Prefix& part) {
    std::string name;
    Pool* pool = poolAround(part, name);
    if (!pool)
        return failure(
            Error::Code::Invalid, part.text() + " lies in no pool: name a part of one that is configured.");
    if (part.length() > pool->blocks.blockLength())
        return failure(
            Error::Code::Invalid,
            part.text() + " is less than a block of the pool " + name + ": set aside a /"
                + std::to_string(pool->blocks.blockLength()) + " or more.");
    for (const Prefix& other : m_reserved) {
        if (other.overlaps(part))
            return failure(
                Error::Code::Invalid,
                part.text() + " overlaps " + other.text()
                    + ", which is set aside already: delete that reservation first, or choose another part.");
    }
    const auto grid = pool->map.map(part, 0);
    if (!grid)
        return tl::unexpected(grid.error());
    std::uint64_t held = 0;
    for (const addressing::OccupancyMap::Cell& cell : grid->occupied)
        held += static_cast<std::uint64_t>(
            cell.counts.of(State::Allocated) + cell.counts.of(State::Active) + cell.counts.of(State::Static));
    if (held > 0)
        return failure(
            Error::Code::Exhausted,
            std::to_string(held) + (held == 1 ? " block of " : " blocks of ") + part.text()
                + (held == 1 ? " is" : " are") + " held: /allocations?within=" + part.text()
                + " says by whom. Release them first, or set aside a part that is free.");
    return {};
}

Result<void> Ledger::reserve(const Prefix& part) {
    if (auto checked = checkReservation(part); !checked)
        return checked;
    adoptReservations({part});
    return {};
}

void Ledger::adoptReservations(const std::vector<Prefix>& parts) {
    for (const Prefix& part : parts) {
        m_reserved.insert(part);
        for (auto& [name, pool] : m_pools)
            pool.blocks.reserve(part);
    }
}

void Ledger::unreserve(const Prefix& part) {
    if (m_reserved.erase(part) == 0)
        return;
    for (auto& [name, pool] : m_pools)
        pool.blocks.unreserve(part);
}

bool Ledger::holds(const store::Holder& holder, const IpAddress& address) const {
    return std::any_of(m_pools.begin(), m_pools.end(), [&](const auto& pool) {
        return pool.second.blocks.pool().contains(address) && pool.second.blocks.holderOf(address) == holder;
    });
}

void Ledger::setActive(const IpAddress& inside, bool active) {
    std::string name;
    Pool* pool = poolAround(Prefix(inside, inside.isV4() ? 32 : 128), name);
    if (!pool)
        return;
    const Prefix block(inside, pool->blocks.blockLength());
    if (active)
        pool->active.insert(block.address());
    else
        pool->active.erase(block.address());
    if (pool->blocks.holderOf(inside))
        redraw(*pool, block);
}

const addressing::OccupancyMap* Ledger::occupancy(std::string_view pool, TimePoint now) {
    const auto found = m_pools.find(pool);
    if (found == m_pools.end())
        return nullptr;
    redrawAt(found->second, now);
    return &found->second.map;
}

std::optional<store::Allocation> Ledger::at(std::string_view name, const IpAddress& address) const {
    const auto found = m_pools.find(name);
    if (found == m_pools.end()) {
        const auto stray = std::find_if(m_strays.begin(), m_strays.end(), [&](const store::Allocation& each) {
            return each.pool == name && each.block.contains(address);
        });
        return stray == m_strays.end() ? std::nullopt : std::optional(*stray);
    }
    const Pool& pool = found->second;
    const auto until = pool.blocks.quarantinedUntil(address);
    const auto holder = until ? pool.blocks.formerHolderOf(address) : pool.blocks.holderOf(address);
    if (!holder)
        return std::nullopt;
    const Prefix block(address, pool.blocks.blockLength());
    const auto since = pool.since.find(block.address());
    return store::Allocation{
        found->first, block, *holder, since == pool.since.end() ? TimePoint{} : since->second, until};
}

std::chrono::seconds Ledger::restOf(std::string_view name) const {
    const auto found = m_pools.find(name);
    return found == m_pools.end() ? config::TunnelServer{}.quarantine : found->second.quarantine;
}

State Ledger::stateOf(const Pool& pool, const Prefix& block) {
    if (const auto holder = pool.blocks.holderOf(block.address())) {
        if (holder->starts_with("reserved:"))
            return State::Reserved;
        if (holder->starts_with("static:"))
            return State::Static;
        return pool.active.contains(block.address()) ? State::Active : State::Allocated;
    }
    const auto until = pool.blocks.quarantinedUntil(block.address());
    return until && *until > pool.mapTime ? State::Quarantined : State::Free;
}

void Ledger::redraw(Pool& pool, const Prefix& block) {
    pool.map.set(block, stateOf(pool, block));
}

/// A quarantine ends without anybody doing anything. Only those that ended since the map was last looked at
/// are drawn anew, each once; or again, if the clock was put back.
void Ledger::redrawAt(Pool& pool, TimePoint now) {
    const auto [after, by] = std::minmax({pool.mapTime, now});
    pool.mapTime = now;
    pool.blocks.forEachEnding(after, by, [&pool](const Prefix& block) { redraw(pool, block); });
}

Ledger::Pool* Ledger::poolAround(const Prefix& block, std::string& name) {
    const auto found = std::find_if(m_pools.begin(), m_pools.end(), [&](const auto& pool) {
        return pool.second.blocks.pool().contains(block);
    });
    if (found == m_pools.end())
        return nullptr;
    name = found->first;
    return &found->second;
}

void Ledger::note(
    const std::string& pool, const Prefix& block, const store::Holder& holder, TimePoint now, Draft& draft) {
    m_pools.at(pool).since[block.address()] = now;
    redraw(m_pools.at(pool), block);
    const store::Allocation allocation{pool, block, holder, now, {}};
    draft.fresh.emplace_back(pool, block);
    draft.changes.push_back(store::change::PutAllocation{allocation});
    draft.changes.push_back(
        store::change::AppendHistory{{now, HistoryEntry::What::Granted, block, holder, pool}});
    draft.events.push_back(event::Allocated{allocation});
}

void Ledger::quarantine(Pool& pool, store::Allocation allocation, TimePoint now, Draft& draft, bool wasUsed) {
    draft.released.push_back(allocation);
    allocation.since = now;
    allocation.quarantinedUntil = wasUsed ? now + pool.quarantine : now;
    pool.blocks.release(allocation.block, *allocation.quarantinedUntil);
    pool.since[allocation.block.address()] = now;
    redraw(pool, allocation.block);
    draft.changes.push_back(store::change::PutAllocation{allocation});
    draft.changes.push_back(store::change::AppendHistory{
        {now, HistoryEntry::What::Released, allocation.block, allocation.holder, allocation.pool}});
    draft.events.push_back(event::Released{allocation});
}

} // namespace viaduct::broker
