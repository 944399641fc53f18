// SPDX-License-Identifier: GPL-3.0-or-later
// Who holds which block of which pool, as the running configuration cuts them, and the drafts by which that
// changes. Nothing here is durable: a Draft is handed to the store, and undone if the store cannot keep it.
#pragma once

#include "server/addressing/OccupancyMap.h"
#include "server/addressing/PoolAllocator.h"
#include "server/broker/Event.h"
#include "server/config/Configuration.h"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace viaduct::broker {

/// Changes on their way to the disk, what to tell once they are there, and what to undo if they do not get
/// there.
struct Draft {
    std::vector<store::Change> changes;
    std::vector<Event> events;
    std::vector<std::pair<std::string, Prefix>> fresh; ///< pool and block that this draft allocated
    std::vector<store::Allocation> released; ///< by this draft, as they were before it
};

/// The inner addresses of a tunnel (RFC 6164): the even one is the broker's, the odd one the client's.
struct Pair {
    IpAddress server;
    IpAddress client;
};
Pair pairOf(const Prefix& block);

class Ledger {
public:
    Ledger() = default;
    /// The pools of `configuration`, empty, and one of a single block for each range that a static tunnel is
    /// given outside of them. A pool of single addresses is cut into pairs (IPv6 /127, IPv4
    /// /31), the first of which is left out: its even address is the subnet-router anycast address (RFC
    /// 4291, 2.6.1).
    explicit Ledger(const config::Configuration& configuration);

    /// The holder's block of that pool, as PoolAllocator::allocate(); a new one is noted in the draft.
    Result<Prefix>
    allocate(const std::string& pool, const store::Holder& holder, store::TimePoint now, Draft& draft);
    /// A certain block of whichever pool it lies in.
    Result<Prefix>
    allocateBlock(const Prefix& block, const store::Holder& holder, store::TimePoint now, Draft& draft);
    /// Everything that the holder has goes into quarantine; what was never used needs none.
    void release(const store::Holder& holder, store::TimePoint now, Draft& draft, bool wasUsed = true);
    /// As PoolAllocator::rename(), in all pools.
    void rename(const store::Holder& from, const store::Holder& to);
    /// Forgets, a few at a time, blocks whose quarantine ended long ago.
    void forgetReleased(store::TimePoint now, Draft& draft);
    void undo(const Draft& draft);

    /// Sets a part of a pool aside: nothing of it is given out any more but to a static tunnel that the
    /// configuration gives it to by hand. Invalid: it lies in no pool, is less than a block, or overlaps what
    /// is set aside already. Exhausted: some of it is held, and by whom.
    Result<void> reserve(const Prefix& part);
    /// As reserve(), for what was set aside under another configuration: parts of no pool wait for one, and
    /// what is held stays its holder's. They do not overlap.
    void adoptReservations(const std::vector<Prefix>& parts);
    void unreserve(const Prefix& part);
    /// In the order of their addresses; parts of no pool too.
    const std::set<Prefix>& reserved() const { return m_reserved; }

    /// Takes over what was allocated before, under this or another configuration; once, into empty pools.
    /// What `keep` does not want goes into quarantine. A block follows its range into a pool of another name;
    /// one that no pool is cut for any more rests for its quarantine all the same, and nothing that overlaps
    /// it is given out meanwhile.
    void adopt(
        const std::vector<store::Allocation>& allocations,
        const std::function<bool(const store::Allocation&)>& keep, store::TimePoint now, Draft& draft);
    std::vector<store::Allocation> allocations() const;
    /// The same without copies of them all: each is good for the call.
    void forEach(const std::function<void(const store::Allocation&)>& visit) const;

    /// What the holder holds: pool and block, at most one of each pool.
    std::vector<std::pair<std::string, Prefix>> heldBy(const store::Holder& holder) const;
    /// Whether the block around `address` is held by `holder`.
    bool holds(const store::Holder& holder, const IpAddress& address) const;

    /// Whether the tunnel of the block around `inside` is up; told here so that the map shows it. It is
    /// remembered for the block, whoever holds it and even if nobody does.
    void setActive(const IpAddress& inside, bool active);
    /// The map of a pool as it is now; null when there is none of that name. It is good until the ledger is
    /// changed.
    const addressing::OccupancyMap* occupancy(std::string_view pool, store::TimePoint now);
    /// The block of that pool around `address`: held, or released and remembered; none when it is neither.
    std::optional<store::Allocation> at(std::string_view pool, const IpAddress& address) const;
    /// How long a released block of that pool rests.
    std::chrono::seconds restOf(std::string_view pool) const;

private:
    struct Pool {
        addressing::PoolAllocator blocks;
        std::chrono::seconds quarantine{0};
        std::chrono::hours memory{0}; ///< how long after its quarantine a block is remembered
        addressing::OccupancyMap map; ///< what `blocks` and `active` say at `mapTime`
        std::unordered_set<IpAddress> active{}; ///< the first address of each block
        std::unordered_map<IpAddress, store::TimePoint> since{}; ///< of each block that is known, likewise
        store::TimePoint mapTime{};
    };

    Pool* poolAround(const Prefix& block, std::string& name);
    Result<void> checkReservation(const Prefix& part);
    static addressing::OccupancyMap::State stateOf(const Pool& pool, const Prefix& block);
    static void redraw(Pool& pool, const Prefix& block);
    static void redrawAt(Pool& pool, store::TimePoint now);
    void note(
        const std::string& pool, const Prefix& block, const store::Holder& holder, store::TimePoint now,
        Draft& draft);
    void quarantine(
        Pool& pool, store::Allocation allocation, store::TimePoint now, Draft& draft, bool wasUsed = true);
    using Keep = std::function<bool(const store::Allocation&)>;
    /// Whether the pool has taken the block over.
    bool adoptInto(
        const std::string& pool, const store::Allocation& allocation, const Keep& keep, store::TimePoint now,
        Draft& draft);
    void adoptStray(store::Allocation allocation, store::TimePoint now, Draft& draft);

    std::map<std::string, Pool, std::less<>> m_pools;
    std::vector<store::Allocation> m_strays; ///< in quarantine, and blocks of no pool any more
    std::set<Prefix> m_reserved;
};

} // namespace viaduct::broker
