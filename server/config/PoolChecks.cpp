// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"

#include "server/config/Keywords.h"

#include <algorithm>
#include <tuple>

namespace viaduct::config {

namespace {

/// A pool, or what was given to a static tunnel by hand.
struct Range {
    Prefix prefix;
    Place place;
    Kind kind = Kind::Pool;
    std::string_view name;
    int blockLength = 0; ///< of a pool: what it is cut into, pairs being one bit short of an address
};

std::string title(const Range& range) {
    return std::string(text(range.kind)) + ' ' + quote(range.name) + " (" + range.prefix.text() + ')';
}

void addGiven(std::vector<Range>& ranges, const Outline& outline, const StaticTunnel& tunnel) {
    if (const auto* const pair = std::get_if<Prefix>(&tunnel.endpoints))
        ranges.push_back({*pair, outline.lines.at("endpoints"), Kind::StaticTunnel, tunnel.name, 0});
    if (const auto* const prefix = std::get_if<Prefix>(&tunnel.prefix))
        ranges.push_back({*prefix, outline.lines.at("prefix"), Kind::StaticTunnel, tunnel.name, 0});
}

/// In the order of the addresses, an outer range before those inside it.
std::vector<Range> sortedRanges(const Draft& draft) {
    std::vector<Range> ranges;
    const Configuration& configuration = draft.configuration;
    for (std::size_t i = 0; i < draft.pools.size(); ++i) {
        const Pool& pool = configuration.pools[i];
        if (draft.pools[i].isGood)
            ranges.push_back(
                {pool.prefix, draft.pools[i].name, Kind::Pool, pool.name,
                 std::min(pool.blockLength, pool.prefix.width() - 1)});
    }
    for (std::size_t i = 0; i < draft.staticTunnels.size(); ++i)
        addGiven(ranges, draft.staticTunnels[i], configuration.staticTunnels[i]);
    std::stable_sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
        return std::make_tuple(a.prefix, a.kind) < std::make_tuple(b.prefix, b.kind);
    });
    return ranges;
}

/// A static tunnel may be given a block of a pool, which is then reserved for it.
void checkIsBlock(Draft& draft, const Range& pool, const Range& given) {
    const bool pairs = pool.blockLength == pool.prefix.width() - 1;
    const std::string length = std::to_string(pool.blockLength);
    if (given.prefix.length() != pool.blockLength)
        draft.diagnostics.add(
            given.place,
            given.prefix.text() + " is no block of " + title(pool) + ", which is cut into /" + length + "s.",
            "Write a /" + length + " of it, or a range outside of every pool.");
    else if (pairs && given.prefix.address() == pool.prefix.address())
        draft.diagnostics.add(
            given.place,
            given.prefix.text() + " is the first pair of " + title(pool)
                + ", whose even address all routers of the link share (RFC 4291, 2.6.1).",
            "Write another pair of it.");
}

void reportOverlap(Draft& draft, const Range& outer, const Range& inner) {
    if (outer.kind == Kind::Pool && inner.kind == Kind::StaticTunnel)
        return checkIsBlock(draft, outer, inner);
    const bool isOuterLater = std::make_pair(outer.place.line, outer.place.column)
        > std::make_pair(inner.place.line, inner.place.column);
    const Range& later = isOuterLater ? outer : inner;
    const Range& earlier = isOuterLater ? inner : outer;
    const std::string cure = later.kind == earlier.kind
        ? "Give each a range of its own."
        : "Give the tunnel a prefix inside of the pool or outside of it, not one that takes it up whole.";
    draft.diagnostics.add(
        later.place,
        "The range of " + title(later) + " overlaps that of " + title(earlier) + " in line "
            + std::to_string(earlier.place.line) + '.',
        cure);
}

/// Two prefixes are apart or one lies in the other, so those around a range form a stack, and it is enough to
/// look at the innermost.
void checkOverlaps(Draft& draft) {
    std::vector<Range> around;
    for (const Range& range : sortedRanges(draft)) {
        while (!around.empty() && !around.back().prefix.contains(range.prefix))
            around.pop_back();
        if (!around.empty())
            reportOverlap(draft, around.back(), range);
        around.push_back(range);
    }
}

class UseChecker {
public:
    explicit UseChecker(Draft& draft) : m_draft(draft), m_firstUses(draft.pools.size()) { }

    void check(const PoolUse& use) {
        const auto index = m_draft.find(Kind::Pool, use.pool);
        if (!index) {
            complain(
                use, "There is no pool named " + quote(use.pool) + '.',
                std::string("Declare it: ") + (use.role == PoolRole::Ipv4Pairs ? "ip" : "ipv6")
                    + " local pool " + use.pool + " PREFIX LENGTH.");
            return;
        }
        if (!m_draft.pools[*index].isGood || !hasFamily(use, *index) || !hasOneRole(use, *index))
            return;
        if (use.role == PoolRole::Prefixes)
            checkLengthIsNew(use, *index);
        else
            checkGivesPairs(use, *index);
    }

private:
    void complain(const PoolUse& use, std::string cause, std::string cure) {
        m_draft.diagnostics.add(use.place, std::move(cause), std::move(cure));
    }

    const Pool& pool(std::size_t index) const { return m_draft.configuration.pools[index]; }

    std::string line(std::size_t index) const { return std::to_string(m_draft.pools[index].name.line); }

    bool hasFamily(const PoolUse& use, std::size_t index) {
        const bool needsV4 = use.role == PoolRole::Ipv4Pairs;
        if (pool(index).prefix.address().isV4() == needsV4)
            return true;
        complain(
            use, "Pool " + quote(use.pool) + " holds " + (needsV4 ? "IPv6" : "IPv4") + " addresses.",
            std::string("Name a pool that is declared with '") + (needsV4 ? "ip" : "ipv6") + " local pool'.");
        return false;
    }

    bool hasOneRole(const PoolUse& use, std::size_t index) {
        const bool forPrefixes = use.role == PoolRole::Prefixes;
        const PoolUse*& first = m_firstUses[index];
        if (!first)
            first = &use;
        if ((first->role == PoolRole::Prefixes) == forPrefixes)
            return true;
        complain(
            use,
            "Pool " + quote(use.pool) + " is used for " + (forPrefixes ? "pairs of addresses" : "prefixes")
                + " in line " + std::to_string(first->place.line) + ", and cannot serve for both.",
            "Declare another pool for this use.");
        return false;
    }

    void checkLengthIsNew(const PoolUse& use, std::size_t index) {
        if (!use.tunnelServer)
            return;
        const auto [entry, isNew]
            = m_lengths.try_emplace({*use.tunnelServer, pool(index).blockLength}, use.place);
        if (!isNew)
            complain(
                use,
                "This tunnel server already has a pool of /" + std::to_string(pool(index).blockLength)
                    + "s, in line " + std::to_string(entry->second.line) + '.',
                "Keep one pool for each length: a client asks for a length, not for a pool.");
    }

    void checkGivesPairs(const PoolUse& use, std::size_t index) {
        const Pool& found = pool(index);
        const int width = found.prefix.width();
        const std::string pair = std::to_string(width - 1);
        if (found.blockLength < width - 1)
            complain(
                use,
                "Pool " + quote(use.pool) + " is cut into /" + std::to_string(found.blockLength)
                    + "s, and endpoints are pairs of addresses.",
                "Write " + pair + " or " + std::to_string(width) + " as its length in line " + line(index)
                    + '.');
        else if (found.prefix.length() > width - 2)
            // The first pair holds the subnet-router anycast address (RFC 4291, 2.6.1) and is not given out.
            complain(
                use, "Pool " + quote(use.pool) + " has room for no pair of addresses.",
                "Write a prefix of /" + std::to_string(width - 2) + " or larger in line " + line(index)
                    + '.');
    }

    Draft& m_draft;
    std::vector<const PoolUse*> m_firstUses; ///< by the pool's index
    std::map<std::pair<std::size_t, int>, Place> m_lengths; ///< by tunnel server and length
};

} // namespace

void checkPools(Draft& draft) {
    checkOverlaps(draft);
    UseChecker checker(draft);
    for (const PoolUse& use : draft.poolUses)
        checker.check(use);
}

} // namespace viaduct::config
