// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/addressing/OccupancyModel.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <random>

using namespace viaduct;
using namespace viaduct::addressing;
using State = OccupancyMap::State;

namespace {

Prefix prefix(const std::string& text) {
    return Prefix::fromText(text).value();
}

struct Shape {
    const char* pool;
    int blockLength;
};
constexpr Shape shapes[] = {
    {"2001:db8:f001:1::/64", 127}, {"3fff::/20", 48}, {"::/0", 128},         {"0.0.0.0/0", 32},
    {"198.51.100.0/24", 31},       {"::/0", 1},       {"2001:db8::/48", 48}, {"2001:db8:f::/61", 64},
};

} // namespace

TEST(OccupancyMap, agreesWithTheNaiveModel) {
    std::mt19937 random(20260101);
    for (const Shape& shape : shapes)
        for (int round = 0; round < 25; ++round) {
            std::vector<std::uint8_t> bytes(OccupancyRun::bytesEach * 400);
            for (auto& byte : bytes)
                byte = static_cast<std::uint8_t>(random());
            OccupancyRun run(prefix(shape.pool), shape.blockLength);
            ASSERT_EQ(run.run(bytes.data(), bytes.size()), "") << shape.pool << " round " << round;
        }
}

TEST(OccupancyMap, aPoolOfSitesIsDrawnSiteBySite) {
    OccupancyMap sites(prefix("2001:660:f100::/41"), 48);
    sites.set(prefix("2001:660:f100::/48"), State::Active);
    sites.set(prefix("2001:660:f101::/48"), State::Allocated);
    sites.set(prefix("2001:660:f17f::/48"), State::Static);
    const auto halves = sites.map(sites.pool(), 1).value();
    EXPECT_EQ(halves.cells, 2U);
    EXPECT_EQ(halves.cellLength, 42);
    EXPECT_TRUE(halves.blocksPerCell == 64);
    ASSERT_EQ(halves.occupied.size(), 2U);
    EXPECT_EQ(halves.occupied[0].prefix.text(), "2001:660:f100::/42");
    EXPECT_TRUE(halves.occupied[0].counts.of(State::Active) == 1);
    EXPECT_TRUE(halves.occupied[0].counts.of(State::Allocated) == 1);
    EXPECT_TRUE(halves.occupied[0].counts.of(State::Free) == 62);
    EXPECT_EQ(halves.occupied[1].prefix.text(), "2001:660:f140::/42");

    const auto all = sites.map(sites.pool(), 12).value();
    EXPECT_EQ(all.cells, 128U) << "never finer than a block";
    ASSERT_EQ(all.occupied.size(), 3U);
    EXPECT_EQ(all.occupied[2].prefix.text(), "2001:660:f17f::/48");
    EXPECT_TRUE(all.occupied[2].counts.of(State::Static) == 1);
    EXPECT_TRUE(all.occupied[2].counts.of(State::Free) == 0);

    const auto part = sites.map(prefix("2001:660:f140::/43"), 5).value();
    EXPECT_TRUE(part.occupied.empty()) << "f17f lies in the other half of f140::/42";
}

TEST(OccupancyMap, aHugePoolIsZoomedIntoDownToOnePair) {
    OccupancyMap pairs(prefix("2001:db8:f001:1::/64"), 127);
    const Prefix block = prefix("2001:db8:f001:1:8000::1234/127");
    pairs.set(block, State::Active);
    EXPECT_TRUE(pairs.counts().total() == Uint128{1} << 63);
    Prefix area = pairs.pool();
    int zooms = 0;
    while (area.length() < 127) {
        const auto grid = pairs.map(area, 12).value();
        ASSERT_EQ(grid.occupied.size(), 1U);
        EXPECT_EQ(grid.occupied[0].counts.used(), 1U);
        ASSERT_TRUE(grid.occupied[0].prefix.contains(block));
        area = grid.occupied[0].prefix;
        ++zooms;
    }
    EXPECT_EQ(zooms, 6);
    EXPECT_EQ(area, block);
    EXPECT_EQ(pairs.map(area, 12)->cells, 1U);
}

TEST(OccupancyMap, aBlockHasOneStateAtATime) {
    OccupancyMap sites(prefix("2001:db8::/32"), 48);
    const Prefix block = prefix("2001:db8:5::/48");
    for (const State state : OccupancyMap::states) {
        sites.set(block, state);
        EXPECT_EQ(sites.at(*IpAddress::fromText("2001:db8:5::99")), (OccupancyMap::Block{block, state}));
        EXPECT_EQ(sites.counts().used(), state == State::Free ? 0U : 1U);
    }
    sites.clear(block);
    sites.clear(block);
    EXPECT_EQ(sites.counts().used(), 0U);
    EXPECT_EQ(sites.at(*IpAddress::fromText("2001:db9::")), std::nullopt) << "another pool's";
    sites.set(prefix("2001:db9::/48"), State::Active);
    EXPECT_EQ(sites.counts().used(), 0U) << "nor can it be put here";
}

TEST(OccupancyMap, whatCannotBeDrawnIsToldWhy) {
    const OccupancyMap sites(prefix("2001:db8::/41"), 48);
    struct Case {
        const char* prefix;
        int depth;
        const char* sentence;
    };
    for (const Case& wrong :
         {Case{"2001:db8:80::/48", 1, "2001:db8:80::/48 lies outside the pool 2001:db8::/41"},
          Case{"2001:db8::/40", 1, "2001:db8::/40 lies outside"},
          Case{"192.0.2.0/24", 1, "192.0.2.0/24 lies outside"},
          Case{
              "2001:db8:1::/49", 1,
              "is smaller than a block of the pool 2001:db8::/41: ask for a prefix of /48"},
          Case{"2001:db8::/41", -1, "a depth of -1 cannot be drawn: ask for 0 to 12"},
          Case{"2001:db8::/41", 13, "a depth of 13 cannot be drawn"}}) {
        const auto grid = sites.map(prefix(wrong.prefix), wrong.depth);
        ASSERT_FALSE(grid) << wrong.prefix;
        EXPECT_EQ(grid.error().code, Error::Code::Invalid);
        EXPECT_NE(grid.error().message.find(wrong.sentence), std::string::npos) << grid.error().message;
    }
}

TEST(OccupancyMap, aCopyGoesItsOwnWay) {
    OccupancyMap one(prefix("2001:db8::/41"), 48);
    one.set(prefix("2001:db8:1::/48"), State::Active);
    one.set(prefix("2001:db8:2::/48"), State::Active);
    OccupancyMap other = one;
    other.set(prefix("2001:db8:1::/48"), State::Static);
    other.set(prefix("2001:db8:3::/48"), State::Static);
    EXPECT_TRUE(one.counts().of(State::Active) == 2);
    EXPECT_EQ(one.counts().used(), 2U);
    EXPECT_TRUE(other.counts().of(State::Static) == 2);
}

TEST(OccupancyMap, everyStateHasItsWord) {
    std::string words;
    for (const State state : OccupancyMap::states)
        words += std::string(OccupancyMap::text(state)) + ' ';
    EXPECT_EQ(words, "free reserved allocated active quarantined static ");
}

TEST(OccupancyMap, aBlockTakesLittleRoomAndLeavesItToTheNext) {
    constexpr std::uint32_t blocks = 50'000;
    OccupancyMap pairs(prefix("2001:db8:f001:1::/64"), 127);
    std::mt19937_64 random(1);
    const auto fill = [&](State state) {
        for (std::uint32_t i = 0; i < blocks; ++i)
            pairs.set(Prefix(IpAddress::fromNumber(pairs.pool().address().number() + random()), 127), state);
    };
    const std::size_t empty = mallinfo2().uordblks;
    fill(State::Active);
    const std::size_t full = mallinfo2().uordblks;
    const bool counted = full > empty; // the sanitizers' own allocator does not tell
    EXPECT_TRUE(!counted || (full - empty) / blocks < 90) << (full - empty) / blocks << " bytes each";

    for (int round = 0; round < 3; ++round) {
        random.seed(1);
        fill(State::Free);
        EXPECT_EQ(pairs.counts().used(), 0U);
        random.seed(1);
        fill(State::Allocated);
    }
    EXPECT_TRUE(pairs.counts().of(State::Allocated) == blocks);
    // Only the list of what is to be used again has come: a number for each node.
    EXPECT_TRUE(!counted || mallinfo2().uordblks - full < std::size_t{24} * blocks);
}
