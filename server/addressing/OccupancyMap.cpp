// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/addressing/OccupancyMap.h"

#include <algorithm>
#include <numeric>

namespace viaduct::addressing {

namespace {

constexpr int keyWidth = 128;

/// `bit` from the first on: 0..127.
std::size_t bitAt(Uint128 key, int bit) {
    return static_cast<std::size_t>(key >> ((keyWidth - 1 - bit) & (keyWidth - 1)) & 1);
}

/// How many bits two keys have in common from the first on: 0..128.
int commonBits(Uint128 a, Uint128 b) {
    const Uint128 different = a ^ b;
    const auto high = static_cast<std::uint64_t>(different >> 64);
    const auto low = static_cast<std::uint64_t>(different);
    if (high != 0)
        return __builtin_clzll(high);
    return low != 0 ? 64 + __builtin_clzll(low) : keyWidth;
}

/// 2^bits; 2^128 - 1 for 2^128.
Uint128 powerOfTwo(int bits) {
    return bits >= keyWidth ? ~Uint128{0} : Uint128{1} << bits;
}

/// Where a state is counted: free blocks are what is left.
std::size_t slot(OccupancyMap::State state) {
    return static_cast<std::size_t>(state) - 1;
}

} // namespace

std::string_view OccupancyMap::text(State state) {
    static constexpr std::array<std::string_view, states.size()> names{"free",   "reserved",    "allocated",
                                                                       "active", "quarantined", "static"};
    return names[static_cast<std::size_t>(state)];
}

Uint128 OccupancyMap::Counts::of(State state) const {
    return state == State::Free ? m_total - used() : m_used[slot(state)];
}

std::uint64_t OccupancyMap::Counts::used() const {
    return std::accumulate(m_used.begin(), m_used.end(), std::uint64_t{0});
}

OccupancyMap::OccupancyMap(const Prefix& pool, int blockLength)
    : m_pool(pool), m_blockLength(std::clamp(blockLength, pool.length(), pool.width())),
      m_bits(m_blockLength - pool.length()) { }

void OccupancyMap::set(const Prefix& block, State state) {
    if (block.length() != m_blockLength || !m_pool.contains(block))
        return;
    const Key key = keyOf(block.address());
    const Ref found = find(key);
    if (found == nothing && state != State::Free)
        insert(key, state);
    else if (found != nothing && state == State::Free)
        remove(key, leaf(found).state);
    else if (found != nothing && state != leaf(found).state)
        change(key, found, state);
}

std::optional<OccupancyMap::Block> OccupancyMap::at(const IpAddress& address) const {
    if (!m_pool.contains(address))
        return std::nullopt;
    const Prefix block(address, m_blockLength);
    const Ref found = find(keyOf(block.address()));
    return Block{block, found == nothing ? State::Free : leaf(found).state};
}

Result<OccupancyMap::Grid> OccupancyMap::map(const Prefix& prefix, int depth) const {
    if (!m_pool.contains(prefix))
        return failure(
            Error::Code::Invalid,
            prefix.text() + " lies outside the pool " + m_pool.text() + ": ask for a part of it");
    if (prefix.length() > m_blockLength)
        return failure(
            Error::Code::Invalid,
            prefix.text() + " is smaller than a block of the pool " + m_pool.text()
                + ": ask for a prefix of /" + std::to_string(m_blockLength) + " or shorter");
    if (depth < 0 || depth > deepest)
        return failure(
            Error::Code::Invalid,
            "a depth of " + std::to_string(depth) + " cannot be drawn: ask for 0 to "
                + std::to_string(deepest) + " and for a longer prefix to see more");
    Grid grid;
    grid.prefix = prefix;
    grid.cellLength = std::min(prefix.length() + depth, m_blockLength);
    grid.cells = std::size_t{1} << (grid.cellLength - prefix.length());
    grid.blocksPerCell = powerOfTwo(m_blockLength - grid.cellLength);

    const int prefixBits = prefix.length() - m_pool.length();
    const Key key = keyOf(prefix.address());
    Ref top = m_root;
    while (isBranch(top) && m_branches[top].bits < prefixBits)
        top = m_branches[top].children[bitAt(key, m_branches[top].bits)];
    if (top == nothing || commonBits(keyBelow(top), key) < prefixBits)
        return grid;
    grid.occupied.reserve(std::min<std::uint64_t>(grid.cells, countsOf(top, 0).used()));
    collect(top, grid.cellLength - m_pool.length(), grid);
    return grid;
}

/// Goes no deeper than the cells: two nodes for each that is returned, and twelve calls at a time.
void OccupancyMap::collect(Ref ref, int cellBits, Grid& grid) const {
    if (isBranch(ref) && m_branches[ref].bits < cellBits) {
        for (const Ref child : m_branches[ref].children)
            collect(child, cellBits, grid);
        return;
    }
    grid.occupied.push_back(
        {Prefix(addressOf(keyBelow(ref)), grid.cellLength), countsOf(ref, m_bits - cellBits)});
}

OccupancyMap::Key OccupancyMap::keyOf(const IpAddress& address) const {
    const int fixed = keyWidth - m_pool.width() + m_pool.length();
    return fixed == keyWidth ? Key{0} : address.number() << fixed;
}

/// A key that begins as all below `ref` do.
OccupancyMap::Key OccupancyMap::keyBelow(Ref ref) const {
    return isBranch(ref) ? m_branches[ref].key.whole() : leaf(ref).key.whole();
}

IpAddress OccupancyMap::addressOf(Key key) const {
    const int fixed = keyWidth - m_pool.width() + m_pool.length();
    const Uint128 offset = fixed == keyWidth ? Uint128{0} : key >> fixed;
    return IpAddress::fromNumber(m_pool.address().number() + offset);
}

/// The leaf that has the bits of `key` wherever the trie branches; nothing when it is empty.
OccupancyMap::Ref OccupancyMap::nearest(Key key) const {
    Ref ref = m_root;
    while (isBranch(ref))
        ref = m_branches[ref].children[bitAt(key, m_branches[ref].bits)];
    return ref;
}

OccupancyMap::Ref OccupancyMap::find(Key key) const {
    const Ref found = nearest(key);
    return found != nothing && leaf(found).key.whole() == key ? found : nothing;
}

void OccupancyMap::insert(Key key, State state) {
    const Ref neighbour = nearest(key);
    const Ref added = m_leaves.add({SplitKey(key), state}) | leafMark;
    if (neighbour == nothing) {
        m_root = added;
        return;
    }
    const int common = commonBits(key, leaf(neighbour).key.whole());
    Ref* place = &m_root;
    while (isBranch(*place) && m_branches[*place].bits < common) {
        Branch& above = m_branches[*place];
        ++above.used[slot(state)];
        place = &above.children[bitAt(key, above.bits)];
    }
    Branch branch;
    branch.key = SplitKey(key);
    branch.bits = static_cast<std::uint8_t>(common);
    branch.children[bitAt(key, common)] = added;
    branch.children[1 - bitAt(key, common)] = *place;
    addCounts(added, branch.used);
    addCounts(*place, branch.used);
    *place = m_branches.add(branch);
}

void OccupancyMap::change(Key key, Ref found, State state) {
    const State before = leaf(found).state;
    for (Ref ref = m_root; isBranch(ref);) {
        Branch& branch = m_branches[ref];
        --branch.used[slot(before)];
        ++branch.used[slot(state)];
        ref = branch.children[bitAt(key, branch.bits)];
    }
    leaf(found).state = state;
}

/// Only for a key that is there.
void OccupancyMap::remove(Key key, State state) {
    Ref* above = nullptr; // what refers to the branch over the leaf
    Ref* place = &m_root;
    while (isBranch(*place)) {
        Branch& branch = m_branches[*place];
        --branch.used[slot(state)];
        above = place;
        place = &branch.children[bitAt(key, branch.bits)];
    }
    m_leaves.remove(*place & ~leafMark);
    if (above == nullptr) {
        m_root = nothing;
        return;
    }
    const Ref parent = *above;
    const Branch& branch = m_branches[parent];
    *above = branch.children[1 - bitAt(key, branch.bits)];
    m_branches.remove(parent);
}

void OccupancyMap::addCounts(Ref ref, Tally& used) const {
    if (isLeaf(ref))
        ++used[slot(leaf(ref).state)];
    if (isBranch(ref))
        for (std::size_t i = 0; i < used.size(); ++i)
            used[i] += m_branches[ref].used[i];
}

OccupancyMap::Counts OccupancyMap::countsOf(Ref ref, int bitsBelow) const {
    Counts counts;
    counts.m_total = powerOfTwo(bitsBelow);
    addCounts(ref, counts.m_used);
    return counts;
}

} // namespace viaduct::addressing
