// SPDX-License-Identifier: GPL-3.0-or-later
// How full a pool is, and where: what a console needs to draw it at any zoom. Pure, like PoolAllocator,
// beside which it is kept. A binary trie of the blocks that are not free, path-compressed, with the counts of
// each state in every node: set() and at() take a step for each bit of a block's number at most, and map()
// takes time for the cells that it returns, however large the pool is and however many blocks lie below a
// cell. A block that is not free takes about 80 bytes, a free one none; what becomes free is kept for the
// next.
#pragma once

#include "shared/net/Error.h"
#include "shared/net/Prefix.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace viaduct::addressing {

class OccupancyMap {
public:
    enum class State : std::uint8_t {
        Free,
        Reserved, ///< kept from being given out
        Allocated, ///< held, its tunnel is down
        Active, ///< held, its tunnel is up
        Quarantined, ///< released, not yet for another holder
        Static ///< of a static tunnel, up or not
    };
    static constexpr std::array states{State::Free,   State::Reserved,    State::Allocated,
                                       State::Active, State::Quarantined, State::Static};
    /// Lower-case English, for formats and logs.
    static std::string_view text(State state);

    /// Of each state but Free, Reserved first.
    using Tally = std::array<std::uint32_t, states.size() - 1>;

    /// How many blocks are in each state.
    class Counts {
    public:
        Uint128 of(State state) const;
        /// All that are not free.
        std::uint64_t used() const;
        /// 2^128 - 1 stands for 2^128.
        Uint128 total() const { return m_total; }
        friend bool operator==(const Counts&, const Counts&) = default;

    private:
        friend class OccupancyMap;
        Uint128 m_total = 0;
        Tally m_used{};
    };

    struct Block {
        Prefix prefix;
        State state = State::Free;
        friend bool operator==(const Block&, const Block&) = default;
    };

    struct Cell {
        Prefix prefix;
        Counts counts;
        friend bool operator==(const Cell&, const Cell&) = default;
    };

    /// A prefix cut into cells of one size. Only those with something in them are listed: who draws knows all
    /// others, because they have one size, stand in order and are free. Ten tunnels in a /64 are ten rows on
    /// the wire and not 4096, and a full pool is as many as it would have been anyway.
    struct Grid {
        Prefix prefix;
        int cellLength = 0; ///< of each cell's prefix
        std::size_t cells = 0; ///< in all
        Uint128 blocksPerCell = 0; ///< 2^128 - 1 stands for 2^128
        std::vector<Cell> occupied; ///< by ascending address
    };

    static constexpr int deepest = 12; ///< 4096 cells are more than a console can label

    /// As PoolAllocator's; every block is free.
    OccupancyMap(const Prefix& pool, int blockLength);

    /// Nothing happens when it is no block of this pool.
    void set(const Prefix& block, State state);
    void clear(const Prefix& block) { set(block, State::Free); }

    /// The block around `address`; none when the pool does not contain it.
    std::optional<Block> at(const IpAddress& address) const;
    Counts counts() const { return countsOf(m_root, m_bits); }
    /// `prefix`, a part of the pool, in 2^depth cells, or fewer where those would be smaller than a block.
    /// Invalid when the pool does not contain the prefix, when it is smaller than a block, or when the depth
    /// is not 0..12.
    Result<Grid> map(const Prefix& prefix, int depth) const;

    const Prefix& pool() const { return m_pool; }
    int blockLength() const { return m_blockLength; }

private:
    /// The bits of an address behind those of the pool, the first of them uppermost.
    using Key = Uint128;
    /// The number of a leaf (with leafMark) or of a branch.
    using Ref = std::uint32_t;
    static constexpr Ref leafMark = Ref{1} << 31;
    static constexpr Ref nothing = ~Ref{0};

    /// Two halves: 16 bytes of alignment would make every node a third larger.
    struct SplitKey {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        SplitKey() = default;
        explicit SplitKey(Key key)
            : high(static_cast<std::uint64_t>(key >> 64)), low(static_cast<std::uint64_t>(key)) { }
        Key whole() const { return Key{high} << 64 | low; }
    };
    struct Leaf {
        SplitKey key;
        State state = State::Free;
    };
    /// All blocks below have the first `bits` bits of the key in common and differ in the next.
    struct Branch {
        SplitKey key;
        std::array<Ref, 2> children{nothing, nothing};
        Tally used{};
        std::uint8_t bits = 0;
    };
    /// Nodes by number. They stay where they are while others come, and no growth copies them all.
    template <typename Node>
    class Nodes {
    public:
        Ref add(const Node& node) {
            if (m_unused.empty()) {
                m_nodes.push_back(node);
                return static_cast<Ref>(m_nodes.size() - 1);
            }
            const Ref number = m_unused.back();
            m_unused.pop_back();
            m_nodes[number] = node;
            return number;
        }
        void remove(Ref number) { m_unused.push_back(number); }
        Node& operator[](Ref number) { return m_nodes[number]; }
        const Node& operator[](Ref number) const { return m_nodes[number]; }

    private:
        std::deque<Node> m_nodes;
        std::vector<Ref> m_unused;
    };

    static bool isBranch(Ref ref) { return (ref & leafMark) == 0; }
    static bool isLeaf(Ref ref) { return !isBranch(ref) && ref != nothing; }
    Leaf& leaf(Ref ref) { return m_leaves[ref & ~leafMark]; }
    const Leaf& leaf(Ref ref) const { return m_leaves[ref & ~leafMark]; }

    Key keyOf(const IpAddress& address) const;
    Key keyBelow(Ref ref) const;
    IpAddress addressOf(Key key) const;
    Ref nearest(Key key) const;
    Ref find(Key key) const;
    void insert(Key key, State state);
    void change(Key key, Ref found, State state);
    void remove(Key key, State state);
    void addCounts(Ref ref, Tally& used) const;
    Counts countsOf(Ref ref, int bitsBelow) const;
    void collect(Ref ref, int cellBits, Grid& grid) const;

    Prefix m_pool;
    int m_blockLength;
    int m_bits; ///< of a block's number
    Ref m_root = nothing;
    Nodes<Branch> m_branches;
    Nodes<Leaf> m_leaves;
};

} // namespace viaduct::addressing
