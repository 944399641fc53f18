// SPDX-License-Identifier: GPL-3.0-or-later
// What it costs to draw a /64 of pairs, with few and with many blocks in it. docs/performance.md has the
// figures and says how to read them.
#include "server/addressing/OccupancyMap.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <malloc.h>
#include <random>
#include <unordered_map>

using namespace viaduct;
using namespace viaduct::addressing;

namespace {

using Clock = std::chrono::steady_clock;
using State = OccupancyMap::State;

constexpr std::array<std::size_t, 4> sizes{1, 1'000, 100'000, 1'000'000};
constexpr std::array<int, 6> depths{7, 8, 9, 10, 11, 12};
constexpr int rounds = 200; // the best counts: other programs only ever make it slower
constexpr int pairLength = 127;

const Prefix pool = *Prefix::fromText("2001:db8:f001:1::/64");

struct Filled {
    OccupancyMap map{pool, pairLength};
    std::vector<Prefix> blocks;
    double setMicroseconds = 0;
    std::size_t bytesEach = 0;
};

/// Blocks spread over the whole pool, the worst that there is: taken from the lowest on, as the broker gives
/// them, a million lie in one single cell.
Filled fill(std::size_t size) {
    Filled filled;
    std::mt19937_64 random(42);
    for (std::size_t i = 0; i < size; ++i)
        filled.blocks.emplace_back(IpAddress::fromNumber(pool.address().number() + random()), pairLength);
    const std::size_t before = mallinfo2().uordblks;
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < size; ++i)
        filled.map.set(filled.blocks[i], OccupancyMap::states[1 + i % 5]);
    filled.setMicroseconds
        = std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / static_cast<double>(size);
    filled.bytesEach = (mallinfo2().uordblks - before) / size;
    return filled;
}

struct Drawn {
    double microseconds = 0;
    std::size_t cells = 0;
};

Drawn draw(const OccupancyMap& map, int depth) {
    Drawn drawn;
    Clock::duration best = Clock::duration::max();
    for (int round = 0; round < rounds; ++round) {
        const auto begin = Clock::now();
        const auto grid = map.map(pool, depth);
        best = std::min(best, Clock::now() - begin);
        drawn.cells = grid->occupied.size();
    }
    drawn.microseconds = std::chrono::duration<double, std::micro>(best).count();
    return drawn;
}

/// What one would do without a trie: look at every block.
double countEveryBlock(const std::vector<Prefix>& blocks, int depth) {
    const auto begin = Clock::now();
    std::unordered_map<IpAddress, std::size_t> cells;
    for (const Prefix& block : blocks)
        ++cells[Prefix(block.address(), pool.length() + depth).address()];
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

} // namespace

int main() {
    std::printf("map of a /64 of pairs, blocks spread at random; us a map (cells with something in them):\n");
    std::printf("%10s", "blocks");
    for (const int depth : depths)
        std::printf("        depth %2d", depth);
    std::printf("%10s %12s %14s\n", "set, us", "bytes each", "all blocks, us");
    std::array<double, sizes.size()> deepestCell{};
    double fewCell = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const Filled filled = fill(sizes[i]);
        std::printf("%10zu", sizes[i]);
        for (const int depth : depths) {
            const Drawn drawn = draw(filled.map, depth);
            std::printf(" %8.2f (%4zu)", drawn.microseconds, drawn.cells);
            deepestCell[i] = drawn.microseconds / static_cast<double>(drawn.cells);
        }
        std::printf(
            "%10.2f %12zu %14.0f\n", filled.setMicroseconds, filled.bytesEach,
            countEveryBlock(filled.blocks, depths.back()));
        if (i == 1)
            fewCell = deepestCell[i];
    }
    std::printf(
        "growth at depth %d: a cell costs %.1f times as much with 1,000,000 blocks as with 1000\n",
        depths.back(), deepestCell.back() / fewCell);
    return 0;
}
