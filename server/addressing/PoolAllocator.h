// SPDX-License-Identifier: GPL-3.0-or-later
// Which block of a pool belongs to whom. Pure: no clock, no randomness, no database; the caller makes durable
// what it decides. Every operation is O(log n) in the number of blocks known, never in the size of the pool;
// a block that is held or remembered takes about 180 bytes.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/Prefix.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace viaduct::addressing {

/// Wall-clock time: it is written to the store and must mean the same after a restart.
using TimePoint = std::chrono::system_clock::time_point;

class PoolAllocator {
public:
    /// Blocks of `blockLength` bits (of the prefix's own family) out of `pool`. `skipFirst` leaves the first
    /// block out: the pair that holds the subnet-router anycast address (RFC 4291, 2.6.1).
    PoolAllocator(const Prefix& pool, int blockLength, bool skipFirst);

    /// The block of `holder`: the one it holds, else the one that it released last and nobody else has got
    /// since, in quarantine or out of it, else the lowest never used, else the one longest out of quarantine.
    /// Exhausted names the pool's size and when the next block comes free.
    Result<Prefix> allocate(const std::string& holder, TimePoint now);
    /// A certain block; a holder may have several in this way. Denied names who holds it; Busy says until
    /// when it rests in quarantine; Invalid when it is no block of this pool.
    Result<Prefix> allocateBlock(const std::string& holder, const Prefix& block, TimePoint now);
    /// Puts the block into quarantine until `until`. Nothing happens when it is not held.
    void release(const Prefix& block, TimePoint until);
    /// Takes back an allocation whose transaction failed: as if it had never been; a block that came out of
    /// quarantine returns to it. Only for a block that was free before the call that gave it: what the holder
    /// already had stays its own. Nothing happens when it is not held.
    void undo(const Prefix& block);
    /// From now on `to` is the holder of whatever `from` held or had released: who bears that name later is
    /// another.
    void rename(const std::string& from, const std::string& to);
    /// Forgets at most `limit` released blocks whose quarantine ended at or before `endedBy`, oldest first:
    /// they count as never used. The caller drops what it has stored of them. Without it, everybody who ever
    /// held a block of a large pool would be remembered for ever.
    std::vector<Prefix> forget(TimePoint endedBy, std::size_t limit);

    /// Keeps every free block that overlaps `range` from everybody until `until`: the range was given out
    /// while the pool was cut in another way, and its quarantine is not over.
    void withhold(const Prefix& range, TimePoint until);

    /// Sets the part of `range` that lies in this pool aside: allocate() gives nothing out of it, neither
    /// what was never used nor what rests there. What is held in it stays its holder's, and allocateBlock()
    /// and what comes from the store still find it. No two such ranges overlap.
    void reserve(const Prefix& range);
    /// Gives it back: as if it had not been reserved.
    void unreserve(const Prefix& range);

    /// From the store, at start. Invalid when it is no block of this pool, Denied when it is taken already.
    Result<void> restoreHeld(const Prefix& block, const std::string& holder);
    Result<void> restoreQuarantined(const Prefix& block, const std::string& holder, TimePoint until);

    /// The block that `holder` holds; the lowest when it has several.
    std::optional<Prefix> blockOf(const std::string& holder) const;
    /// Who holds the block that `address` lies in.
    std::optional<std::string> holderOf(const IpAddress& address) const;
    /// Who held the block that `address` lies in before it was released; none when it is held or not
    /// remembered.
    std::optional<std::string> formerHolderOf(const IpAddress& address) const;
    /// When the quarantine of the block that `address` lies in ends or has ended; none when it is held or not
    /// remembered.
    std::optional<TimePoint> quarantinedUntil(const IpAddress& address) const;

    /// Every block that is held or remembered, in no order; quarantinedUntil is absent while it is held.
    template <typename Visit>
    void forEach(const Visit& visit) const {
        for (const auto& [address, block] : m_blocks)
            visit(
                Prefix(address, m_blockLength), block.holder,
                block.until == whileHeld ? std::nullopt : std::optional(block.until));
    }

    /// The released blocks whose quarantine ends after `after` and at or before `by`, in that order.
    template <typename Visit>
    void forEachEnding(TimePoint after, TimePoint by, const Visit& visit) const {
        for (auto known = m_released.upper_bound(after);
             known != m_released.end() && (*known)->second.until <= by; ++known)
            visit(Prefix((*known)->first, m_blockLength));
    }

    const Prefix& pool() const { return m_pool; }
    int blockLength() const { return m_blockLength; }
    /// Blocks that can be given out, in all; 2^128 - 1 stands for anything larger.
    Uint128 size() const;
    std::size_t held() const { return m_blocks.size() - m_released.size(); }
    /// Released and not given to another since; also those whose quarantine is over.
    std::size_t quarantined() const { return m_released.size(); }

private:
    /// A block's number within the pool: 0 is the first.
    using Index = Uint128;
    /// Who had a block before its holder, for undo().
    struct Former {
        std::string holder;
        TimePoint until;
    };
    struct Block {
        std::string holder; ///< the last one, when released
        TimePoint until = whileHeld; ///< end of quarantine
        std::unique_ptr<Former> former;
    };
    static constexpr TimePoint whileHeld = TimePoint::max();
    static constexpr TimePoint lastUntil = whileHeld - TimePoint::duration(1);
    /// The block's address and what is known of it.
    using Blocks = std::unordered_map<IpAddress, Block>;
    using Known = Blocks::value_type;
    /// The best block of a holder stands last: held before released, released late before early, low before
    /// high.
    struct ByHolder {
        using is_transparent = void;
        bool operator()(const Known* a, const Known* b) const;
        bool operator()(const Known* a, const std::string& holder) const { return a->second.holder < holder; }
        bool operator()(const std::string& holder, const Known* a) const { return holder < a->second.holder; }
    };
    struct ByUntil {
        using is_transparent = void;
        bool operator()(const Known* a, const Known* b) const;
        bool operator()(TimePoint time, const Known* a) const { return time < a->second.until; }
    };

    struct Stretch {
        Index first = 0;
        Index last = 0;
    };

    Index indexOf(const IpAddress& address) const;
    std::optional<Stretch> stretchOf(const Prefix& range) const;
    std::optional<Index> reservedUntil(Index index) const;
    std::optional<Index> lowestFree() const;
    const Known* firstReturned() const;
    Prefix blockAt(Index index) const;
    Result<void> checkBlock(const Prefix& block) const;
    const Known* bestOf(const std::string& holder) const;
    Error exhausted(TimePoint now) const;

    Result<void> restore(const Prefix& block, const std::string& holder, TimePoint until);
    Prefix takeFree(Index index, const std::string& holder, TimePoint until);
    void takeBack(Known& known, const std::string& holder);
    void setState(Known& known, const std::string& holder, TimePoint until);
    void drop(Known& known);
    bool isFree(Index index) const;
    void removeFree(Index index);
    void addFree(Index first, Index last);
    void returnWithheld(TimePoint now);

    Prefix m_pool;
    int m_blockLength;
    int m_shift; ///< bits of an address behind the block's number
    Index m_first;
    Index m_last;
    std::map<Index, Index> m_free; ///< first to last of each stretch nobody has; no two of them touch
    std::multimap<TimePoint, std::pair<Index, Index>> m_withheld; ///< stretches, by the time of their return
    std::map<Index, Index> m_reserved; ///< first to last of each part that is set aside
    Blocks m_blocks; ///< held and released; every other block of the pool is in m_free or m_withheld
    std::set<Known*, ByHolder> m_byHolder;
    std::set<Known*, ByUntil> m_released; ///< the one first out of quarantine stands first
};

} // namespace viaduct::addressing
