// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/addressing/PoolModel.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <random>
#include <set>

using namespace viaduct;
using namespace viaduct::addressing;
using namespace std::chrono_literals;

namespace {

const TimePoint noon{std::chrono::seconds(1'767'268'800)}; // 2026-01-01T12:00:00Z

Prefix prefix(const char* text) {
    return Prefix::fromText(text).value();
}

struct Shape {
    const char* pool;
    int blockLength;
    bool skipFirst;
};

/// Pairs out of a /64, /48s out of a /20, IPv4 pairs, and small ones in which everything collides.
constexpr Shape shapes[] = {
    {"2001:db8:f001:1::/64", 127, true}, {"3fff::/20", 48, false},      {"0.0.0.0/0", 32, false},
    {"198.51.100.0/24", 31, true},       {"2001:db8:f::/61", 64, true}, {"192.0.2.0/28", 32, false},
};

} // namespace

TEST(PoolAllocator, agreesWithTheNaiveModel) {
    std::mt19937 random(20260101);
    for (const Shape& shape : shapes)
        for (int round = 0; round < 60; ++round) {
            std::vector<std::uint8_t> bytes(1200);
            for (auto& byte : bytes)
                byte = static_cast<std::uint8_t>(random());
            PoolRun run(prefix(shape.pool), shape.blockLength, shape.skipFirst);
            ASSERT_EQ(run.run(bytes.data(), bytes.size()), "") << shape.pool << " round " << round;
        }
}

TEST(PoolAllocator, aRangeThatWasCutInAnotherWayIsKeptFromEverybodyForItsTime) {
    PoolAllocator pool(prefix("2001:db8::/60"), 64, false); // 16 blocks
    ASSERT_TRUE(pool.restoreHeld(prefix("2001:db8:0:3::/64"), "account:old"));
    pool.withhold(prefix("2001:db8:0:2::/63"), noon + 1h);
    pool.withhold(prefix("2001:db8:0:5:ff00::/72"), noon + 2h); // a part of a block
    pool.withhold(prefix("2001:db8:1::/48"), noon + 3h); // elsewhere
    EXPECT_EQ(pool.holderOf(prefix("2001:db8:0:3::/64").address()), "account:old") << "what is held stays";
    std::set<std::string> given;
    for (int i = 0; i < 13; ++i)
        given.insert(pool.allocate("account:" + std::to_string(i), noon).value().text());
    EXPECT_EQ(given.size(), 13U);
    EXPECT_FALSE(given.contains("2001:db8:0:2::/64"));
    EXPECT_FALSE(given.contains("2001:db8:0:5::/64"));
    const auto none = pool.allocate("account:late", noon);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("comes free at 2026-01-01T13:00:00Z"), std::string::npos)
        << none.error().message;
    EXPECT_EQ(
        pool.allocateBlock("account:late", prefix("2001:db8:0:2::/64"), noon).error().code,
        Error::Code::Busy);
    EXPECT_EQ(pool.allocate("account:late", noon + 1h).value().text(), "2001:db8:0:2::/64");
    EXPECT_EQ(pool.allocate("account:later", noon + 2h).value().text(), "2001:db8:0:5::/64");
}

TEST(PoolAllocator, givesTheLowestBlockAndLeavesTheAnycastPairOut) {
    PoolAllocator pairs(prefix("2001:db8:f001:1::/64"), 127, true);
    EXPECT_EQ(pairs.allocate("account:a", noon)->text(), "2001:db8:f001:1::2/127");
    EXPECT_EQ(pairs.allocate("account:b", noon)->text(), "2001:db8:f001:1::4/127");
    EXPECT_EQ(pairs.holderOf(*IpAddress::fromText("2001:db8:f001:1::5")), "account:b");
    EXPECT_EQ(pairs.holderOf(*IpAddress::fromText("2001:db8:f001:1::6")), std::nullopt);
    EXPECT_EQ(pairs.holderOf(*IpAddress::fromText("2001:db8:f001:2::5")), std::nullopt);
    EXPECT_EQ(
        pairs.allocateBlock("account:c", prefix("2001:db8:f001:1::/127"), noon).error().code,
        Error::Code::Invalid);
}

TEST(PoolAllocator, neverGivesOneBlockTwice) {
    PoolAllocator sites(prefix("2001:db8::/36"), 48, false);
    std::set<Prefix> given;
    for (int i = 0; i < 4096; ++i)
        EXPECT_TRUE(given.insert(sites.allocate("account:" + std::to_string(i), noon).value()).second);
    EXPECT_EQ(sites.allocate("account:4096", noon).error().code, Error::Code::Exhausted);
    EXPECT_EQ(sites.held(), 4096U);
}

TEST(PoolAllocator, aHolderGetsItsOwnBlockBack) {
    PoolAllocator sites(prefix("2001:db8::/44"), 48, false);
    const Prefix first = sites.allocate("account:a", noon).value();
    EXPECT_EQ(sites.allocate("account:a", noon), first);
    sites.release(first, noon + 24h);
    EXPECT_NE(sites.allocate("account:b", noon + 1h), first);
    EXPECT_EQ(sites.allocate("account:a", noon + 1h), first);
    sites.release(first, noon + 24h);
    EXPECT_EQ(sites.allocate("account:a", noon + 240h), first) << "after the quarantine, nobody else had it";
}

TEST(PoolAllocator, quarantineKeepsABlockFromOthers) {
    PoolAllocator one(prefix("198.51.100.0/31"), 31, false);
    const Prefix block = one.allocate("account:a", noon).value();
    one.release(block, noon + 1h);
    EXPECT_FALSE(one.allocate("account:b", noon + 59min));
    const auto certain = one.allocateBlock("account:b", block, noon);
    EXPECT_EQ(certain.error().code, Error::Code::Busy);
    EXPECT_EQ(
        certain.error().message,
        "198.51.100.0/31 was held by account:a and rests in quarantine until 2026-01-01T13:00:00Z");
    EXPECT_EQ(one.allocate("account:b", noon + 1h), block);
    EXPECT_EQ(
        one.allocateBlock("account:a", block, noon).error().message,
        "198.51.100.0/31 is held by account:b: release it first");
}

TEST(PoolAllocator, exhaustionSaysWhenTheNextBlockComesFree) {
    PoolAllocator two(prefix("2001:db8::/47"), 48, false);
    const Prefix first = two.allocate("account:a", noon).value();
    (void)two.allocate("account:b", noon);
    EXPECT_EQ(
        two.allocate("account:c", noon).error().message,
        "all blocks of the pool 2001:db8::/47 are taken: 2 held, 0 in quarantine; release one or enlarge "
        "the pool");
    two.release(first, noon + 90s);
    const auto refused = two.allocate("account:c", noon);
    EXPECT_EQ(refused.error().code, Error::Code::Exhausted);
    EXPECT_EQ(
        refused.error().message,
        "all blocks of the pool 2001:db8::/47 are taken: 1 held, 1 in quarantine; the next comes free at "
        "2026-01-01T12:01:30Z, in 90 s");
    EXPECT_EQ(two.allocate("account:c", noon + 90s), first);
}

TEST(PoolAllocator, undoLeavesNoTrace) {
    PoolAllocator one(prefix("2001:db8::/48"), 48, false);
    const Prefix block = one.allocate("account:a", noon).value();
    one.undo(block);
    EXPECT_EQ(one.held() + one.quarantined(), 0U);
    EXPECT_EQ(one.allocate("account:b", noon), block) << "nobody has it";

    one.release(block, noon + 1h);
    EXPECT_EQ(one.allocate("account:c", noon + 2h), block);
    one.undo(block);
    EXPECT_EQ(one.quarantined(), 1U);
    EXPECT_FALSE(one.allocate("account:d", noon)) << "its quarantine is as long as before";
    EXPECT_EQ(one.allocate("account:b", noon), block) << "it is account:b's again";
    one.undo(block);
    EXPECT_FALSE(one.allocate("account:d", noon + 59min));
}

TEST(PoolAllocator, forgettingMakesRoomAndIsBounded) {
    PoolAllocator pairs(prefix("2001:db8:f001:1::/64"), 127, true);
    for (int i = 0; i < 10; ++i)
        pairs.release(pairs.allocate("anonymous:" + std::to_string(i), noon).value(), noon + i * 1h);
    EXPECT_EQ(pairs.forget(noon + 4h, 3).size(), 3U);
    EXPECT_EQ(pairs.forget(noon + 4h, 100).size(), 2U);
    EXPECT_EQ(pairs.quarantined(), 5U);
    EXPECT_EQ(pairs.allocate("account:a", noon)->text(), "2001:db8:f001:1::2/127");
}

TEST(PoolAllocator, restoringRefusesWhatCannotBe) {
    PoolAllocator sites(prefix("2001:db8::/44"), 48, false);
    EXPECT_TRUE(sites.restoreHeld(prefix("2001:db8:5::/48"), "static:router"));
    EXPECT_EQ(
        sites.restoreQuarantined(prefix("2001:db8:5::/48"), "account:a", noon).error().message,
        "2001:db8:5::/48 cannot go to account:a: static:router has it already");
    for (const char* wrong : {"2001:db8:10::/48", "2001:db8:5::/64", "2001:db8::/44", "198.51.100.0/24"})
        EXPECT_EQ(sites.restoreHeld(prefix(wrong), "account:a").error().code, Error::Code::Invalid) << wrong;
}

TEST(PoolAllocator, sizesReachFromNothingToEverything) {
    EXPECT_TRUE(PoolAllocator(prefix("3fff::/20"), 48, false).size() == Uint128{1} << 28);
    EXPECT_TRUE(PoolAllocator(prefix("2001:db8::/64"), 127, true).size() == (Uint128{1} << 63) - 1);
    EXPECT_TRUE(PoolAllocator(prefix("::/0"), 128, false).size() == ~Uint128{0});
    PoolAllocator whole(prefix("::/0"), 0, false);
    EXPECT_EQ(whole.allocate("account:a", noon)->text(), "::/0");
    EXPECT_EQ(whole.holderOf(*IpAddress::fromText("2001:db8::1")), "account:a");
    PoolAllocator none(prefix("2001:db8::/64"), 64, true);
    EXPECT_TRUE(none.size() == 0);
    EXPECT_EQ(none.allocate("account:a", noon).error().code, Error::Code::Exhausted);
    PoolAllocator all(prefix("::/0"), 128, false);
    EXPECT_TRUE(all.allocateBlock(
        "account:a", Prefix(*IpAddress::fromText("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 128), noon));
    all.undo(Prefix(*IpAddress::fromText("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 128));
    EXPECT_EQ(all.held(), 0U);
}

TEST(PoolAllocator, everyBlockIsVisitedOnce) {
    PoolAllocator sites(prefix("2001:db8::/44"), 48, false);
    const Prefix first = sites.allocate("account:a", noon).value();
    const Prefix second = sites.allocate("account:b", noon).value();
    sites.release(second, noon + 1h);
    std::map<Prefix, std::pair<std::string, std::optional<TimePoint>>> seen;
    sites.forEach([&](const Prefix& block, const std::string& holder, std::optional<TimePoint> until) {
        EXPECT_TRUE(seen.emplace(block, std::pair(holder, until)).second);
    });
    EXPECT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen.at(first), std::pair(std::string("account:a"), std::optional<TimePoint>()));
    EXPECT_EQ(seen.at(second), std::pair(std::string("account:b"), std::optional(noon + 1h)));
}

TEST(PoolAllocator, quarantinesAreToldInTheOrderInWhichTheyEnd) {
    PoolAllocator sites(prefix("2001:db8::/44"), 48, false);
    std::vector<Prefix> blocks;
    for (int i = 0; i < 5; ++i)
        blocks.push_back(sites.allocate("account:" + std::to_string(i), noon).value());
    for (const std::size_t hours : {3U, 1U, 2U, 0U}) // the fifth stays held
        sites.release(blocks[hours], noon + static_cast<int>(hours) * 1h);
    std::vector<Prefix> ending;
    sites.forEachEnding(noon, noon + 2h, [&](const Prefix& block) { ending.push_back(block); });
    EXPECT_EQ(ending, (std::vector{blocks[1], blocks[2]})) << "after the one, up to and with the other";
    EXPECT_EQ(sites.quarantinedUntil(blocks[3].address()), noon + 3h);
    EXPECT_EQ(sites.quarantinedUntil(blocks[4].address()), std::nullopt) << "held";
    EXPECT_EQ(sites.quarantinedUntil(*IpAddress::fromText("2001:db8:9::")), std::nullopt) << "never used";
    EXPECT_EQ(sites.quarantinedUntil(*IpAddress::fromText("2001:db9::")), std::nullopt) << "another pool's";
}

TEST(PoolAllocator, whatIsForgottenTakesNoRoom) {
    constexpr std::size_t blocks = 50'000;
    PoolAllocator pairs(prefix("2001:db8:f001:1::/64"), 127, true);
    std::vector<Prefix> given;
    given.reserve(blocks);
    for (std::size_t i = 0; i < blocks; ++i)
        given.push_back(pairs.allocate("anonymous:" + std::to_string(i), noon).value());
    const std::size_t before = mallinfo2().uordblks;
    for (const Prefix& block : given)
        pairs.release(block, noon);
    EXPECT_EQ(pairs.forget(noon, blocks).size(), blocks);
    // Every block took more than 100 bytes; a row of holes in the free space would keep most of them.
    const bool counted = before > 0; // the sanitizers' own allocator does not tell
    EXPECT_TRUE(!counted || mallinfo2().uordblks + 90 * blocks < before);
}

/// Prints what a million blocks cost; asserts only that the last is as right as the first.
TEST(PoolAllocator, aMillionBlocks) {
    using Clock = std::chrono::steady_clock;
    constexpr int blocks = 1'000'000;
    for (const Shape& shape : {shapes[0], shapes[1], shapes[2]}) {
        PoolAllocator allocator(prefix(shape.pool), shape.blockLength, shape.skipFirst);
        const std::size_t before = mallinfo2().uordblks;
        const auto start = Clock::now();
        for (int i = 0; i < blocks; ++i)
            (void)allocator.allocate("account:user" + std::to_string(i), noon);
        const std::chrono::duration<double, std::micro> spent = Clock::now() - start;
        const std::size_t bytes = mallinfo2().uordblks - before;
        std::printf(
            "  %s of /%d: 1000000 blocks in %.2f s (%.2f us each), %zu bytes each\n", shape.pool,
            shape.blockLength, spent.count() / 1e6, spent.count() / blocks, bytes / blocks);
        EXPECT_EQ(allocator.held(), std::size_t{blocks});
        const Prefix last = allocator.blockOf("account:user999999").value();
        EXPECT_EQ(allocator.holderOf(last.address()), "account:user999999");
    }
}

TEST(PoolAllocator, givesNothingOutOfWhatIsReserved) {
    PoolAllocator pool(prefix("2001:db8::/45"), 48, false); // eight blocks
    pool.reserve(prefix("2001:db8::/47"));
    pool.reserve(prefix("2001:db8:4::/48"));
    EXPECT_EQ(pool.allocate("a", noon), prefix("2001:db8:2::/48"));
    EXPECT_EQ(pool.allocate("b", noon), prefix("2001:db8:3::/48"));
    EXPECT_EQ(pool.allocate("c", noon), prefix("2001:db8:5::/48"));
    EXPECT_EQ(pool.allocate("d", noon), prefix("2001:db8:6::/48"));
    EXPECT_EQ(pool.allocate("e", noon), prefix("2001:db8:7::/48"));
    const auto none = pool.allocate("f", noon);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Error::Code::Exhausted);
    EXPECT_NE(none.error().message.find("set aside"), std::string::npos) << none.error().message;
    pool.unreserve(prefix("2001:db8::/47"));
    EXPECT_EQ(pool.allocate("f", noon), prefix("2001:db8::/48"));
    EXPECT_EQ(pool.allocate("g", noon), prefix("2001:db8:1::/48"));
    EXPECT_FALSE(pool.allocate("h", noon));
}

TEST(PoolAllocator, whatIsHeldInAReservedPartStaysUntilItIsReleased) {
    PoolAllocator pool(prefix("2001:db8::/46"), 48, false);
    EXPECT_EQ(pool.allocate("a", noon), prefix("2001:db8::/48"));
    pool.reserve(prefix("2001:db8::/47"));
    EXPECT_EQ(pool.allocate("a", noon), prefix("2001:db8::/48")) << "its own";
    pool.release(prefix("2001:db8::/48"), noon);
    EXPECT_EQ(pool.allocate("a", noon), prefix("2001:db8:2::/48")) << "not back into what is set aside";
    EXPECT_EQ(pool.allocate("b", noon), prefix("2001:db8:3::/48"));
    EXPECT_FALSE(pool.allocate("c", noon)) << "nor to anybody else, though its quarantine is over";
    EXPECT_EQ(pool.allocateBlock("static", prefix("2001:db8:1::/48"), noon), prefix("2001:db8:1::/48"))
        << "by hand it can be given";
    pool.unreserve(prefix("2001:db8::/47"));
    EXPECT_EQ(pool.allocate("c", noon), prefix("2001:db8::/48"));
}
