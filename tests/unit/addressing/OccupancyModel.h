// SPDX-License-Identifier: GPL-3.0-or-later
// The occupancy map as one would write it without a thought for speed, and a run of operations read from
// bytes that holds the real one against it. The unit test feeds it random bytes, the fuzzer its own.
#pragma once

#include "server/addressing/OccupancyMap.h"

#include <map>
#include <string>

namespace viaduct::addressing {

class OccupancyModel {
public:
    using State = OccupancyMap::State;
    using Tally = std::map<State, Uint128>;

    void set(const Prefix& block, State state) {
        if (state == State::Free)
            m_blocks.erase(block);
        else
            m_blocks[block] = state;
    }
    State at(const Prefix& block) const {
        const auto found = m_blocks.find(block);
        return found == m_blocks.end() ? State::Free : found->second;
    }
    /// What is not free within `area`, by prefixes of that length.
    std::map<Prefix, Tally> cells(const Prefix& area, int length) const {
        std::map<Prefix, Tally> result;
        for (const auto& [block, state] : m_blocks)
            if (area.contains(block))
                ++result[Prefix(block.address(), length)][state];
        return result;
    }

private:
    std::map<Prefix, State> m_blocks;
};

/// Reads operations from bytes and does each to both. Returns what differed first; empty: nothing did.
class OccupancyRun {
public:
    static constexpr std::size_t bytesEach = 4;

    OccupancyRun(const Prefix& pool, int blockLength)
        : m_pool(pool), m_blockLength(blockLength), m_bits(blockLength - pool.length()),
          m_real(pool, blockLength) { }

    std::string run(const std::uint8_t* bytes, std::size_t size) {
        for (std::size_t at = 0; at + bytesEach <= size; at += bytesEach)
            if (std::string difference = step(bytes + at); !difference.empty())
                return "operation " + std::to_string(at / bytesEach) + ": " + difference;
        return compareMap(m_pool, OccupancyMap::deepest);
    }

private:
    using State = OccupancyMap::State;

    /// Some low blocks, some high ones, and some far from all others; they meet all the same.
    Prefix blockFrom(std::uint8_t number, std::uint8_t where) const {
        const int below = m_pool.width() - m_blockLength; // bits of an address behind the block's number
        if (m_bits == 0)
            return m_pool;
        Uint128 index = Uint128{number} << (where % m_bits);
        index &= ~Uint128{0} >> (128 - m_bits);
        const Uint128 offset = index << below; // below is less than 128: there are bits before it
        return {IpAddress::fromNumber(m_pool.address().number() + offset), m_blockLength};
    }

    std::string step(const std::uint8_t* bytes) {
        const Prefix block = blockFrom(bytes[1], bytes[2]);
        const State state = OccupancyMap::states[bytes[3] % OccupancyMap::states.size()];
        switch (bytes[0] % 8) {
        case 0:
            return compareMap(
                Prefix(block.address(), m_pool.length() + bytes[2] % (m_bits + 1)),
                bytes[3] % (OccupancyMap::deepest + 1));
        case 1:
            return compareMap(Prefix(block.address(), m_pool.length() + bytes[2] % (m_bits + 1)), 1);
        case 2:
        case 3:
            m_real.clear(block);
            m_model.set(block, State::Free);
            break;
        case 4:
            m_real.set(Prefix(block.address(), m_blockLength - 1), state); // no block: nothing happens
            break;
        default:
            m_real.set(block, state);
            m_model.set(block, state);
        }
        return compareAt(block);
    }

    std::string compareAt(const Prefix& block) const {
        const auto real = m_real.at(block.address());
        if (!real || real->prefix != block || real->state != m_model.at(block))
            return "at " + block.text();
        return compareCounts(m_real.counts(), m_model.cells(m_pool, m_pool.length())[m_pool], m_bits)
            ? ""
            : "counts after " + block.text();
    }

    static bool
    compareCounts(const OccupancyMap::Counts& real, const OccupancyModel::Tally& model, int bits) {
        Uint128 total = 1;
        for (int i = 0; i < bits; ++i)
            total = i == 127 ? ~Uint128{0} : total * 2;
        Uint128 used = 0;
        for (const State state : OccupancyMap::states) {
            const auto count = model.find(state);
            if (state == State::Free)
                continue;
            if (real.of(state) != (count == model.end() ? Uint128{0} : count->second))
                return false;
            used += real.of(state);
        }
        return real.used() == used && real.total() == total && real.of(State::Free) == total - used;
    }

    std::string compareMap(const Prefix& area, int depth) const {
        const auto grid = m_real.map(area, depth);
        if (!grid)
            return "map refused: " + grid.error().message;
        const int length = std::min(area.length() + depth, m_blockLength);
        const auto expected = m_model.cells(area, length);
        if (grid->prefix != area || grid->cellLength != length
            || grid->cells != std::size_t{1} << (length - area.length()))
            return "shape of the map of " + area.text();
        if (grid->occupied.size() != expected.size())
            return "cells of the map of " + area.text();
        auto cell = grid->occupied.begin();
        for (const auto& [prefix, tally] : expected) {
            if (cell->prefix != prefix || grid->blocksPerCell != cell->counts.total()
                || !compareCounts(cell->counts, tally, m_blockLength - length))
                return "cell " + prefix.text() + " of the map of " + area.text();
            ++cell;
        }
        return {};
    }

    Prefix m_pool;
    int m_blockLength;
    int m_bits;
    OccupancyMap m_real;
    OccupancyModel m_model;
};

} // namespace viaduct::addressing
