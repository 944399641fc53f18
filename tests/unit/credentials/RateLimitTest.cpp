// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/RateLimit.h"

#include <gtest/gtest.h>

#include <random>

using namespace viaduct;
using namespace viaduct::credentials;
using namespace std::chrono_literals;

namespace {
const Moment start = Moment() + 1000h;
/// Registrations, say: three at once and one a minute; from a whole network ten at once, one every ten
/// seconds.
const RateLimit::Policy policy{{3, 1min}, {10, 10s}, 1000};

IpAddress address(const char* text) {
    return IpAddress::fromText(text).value();
}

/// The n-th /64 of 2001:db8:N::/48.
IpAddress inSite(std::uint64_t site, std::uint64_t subnet) {
    return IpAddress::fromNumber(
        (Uint128{0x20010db8} << 96) + (Uint128{site} << 80) + (Uint128{subnet} << 64) + 9);
}

int takeAll(RateLimit& limit, const IpAddress& from, Moment now) {
    int taken = 0;
    while (taken < 10'000 && limit.take(from, now).allowed)
        ++taken;
    return taken;
}
} // namespace

TEST(RateLimit, givesSoManyAtOnceAndThenOneAfterTheOther) {
    RateLimit limit(policy);
    const IpAddress someone = address("192.0.2.1");
    EXPECT_EQ(takeAll(limit, someone, start), 3);
    EXPECT_EQ(limit.take(someone, start).until, start + 1min);
    EXPECT_FALSE(limit.take(someone, start + 59s).allowed);
    EXPECT_EQ(takeAll(limit, someone, start + 60s), 1);
    EXPECT_EQ(takeAll(limit, someone, start + 180s), 2);
    EXPECT_EQ(takeAll(limit, someone, start + 24h), 3) << "never more at once";
}

TEST(RateLimit, hoppingWithinANetworkDoesNotHelp) {
    RateLimit limit(policy);
    EXPECT_EQ(takeAll(limit, inSite(1, 1), start), 3);
    EXPECT_EQ(takeAll(limit, IpAddress::fromNumber(inSite(1, 1).number() + 77), start), 0) << "the same /64";
    int taken = 3;
    for (std::uint64_t subnet = 2; subnet < 100; ++subnet)
        taken += takeAll(limit, inSite(1, subnet), start);
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(limit.take(inSite(1, 200), start).until, start + 10s);
    EXPECT_EQ(takeAll(limit, inSite(2, 1), start), 3) << "another site";

    int ofIpv4 = 0;
    for (std::uint32_t host = 1; host < 255; ++host)
        ofIpv4 += takeAll(limit, IpAddress::v4(0xC6336400 + host), start);
    EXPECT_EQ(ofIpv4, 10);
    EXPECT_EQ(takeAll(limit, address("198.51.101.1"), start), 3);
}

TEST(RateLimit, whatIsRefusedCostsNothing) {
    RateLimit limit(policy);
    EXPECT_EQ(takeAll(limit, inSite(1, 1), start), 3);
    for (int i = 0; i < 1000; ++i)
        EXPECT_FALSE(limit.take(inSite(1, 1), start).allowed);
    EXPECT_EQ(takeAll(limit, inSite(1, 2), start), 3) << "the network's tokens are still there";
    EXPECT_TRUE(limit.take(inSite(1, 1), start + 60s).allowed);
}

TEST(RateLimit, inTheLongRunNobodyGetsMore) {
    std::mt19937 random(21);
    RateLimit limit(policy);
    int ofOne = 0;
    int ofSite = 0;
    Moment now = start;
    while (now < start + 10h) {
        const bool one = random() % 4 == 0;
        const bool allowed = limit.take(inSite(1, one ? 1 : random() % 500), now).allowed;
        ofSite += allowed ? 1 : 0;
        ofOne += allowed && one ? 1 : 0;
        now += milliseconds(random() % 4000);
    }
    EXPECT_LE(ofOne, 3 + 10 * 60);
    EXPECT_LE(ofSite, 10 + 10 * 360);
    EXPECT_GT(ofSite, 3000) << "and the limit is used";
}

TEST(RateLimit, memoryIsBoundedAndTheGreedyAreRemembered) {
    RateLimit limit(policy);
    const IpAddress greedy = inSite(0, 1);
    EXPECT_EQ(takeAll(limit, greedy, start), 3);
    for (std::uint64_t site = 1; site <= 5000; ++site)
        EXPECT_TRUE(limit.take(inSite(site, 1), start).allowed);
    EXPECT_LE(limit.size(), 2 * policy.capacity);
    EXPECT_FALSE(limit.take(greedy, start).allowed);
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(limit.take(greedy, start + 24h + i * 1min).allowed);
    EXPECT_EQ(limit.size(), 2U) << "what has been paid is dropped";
}
