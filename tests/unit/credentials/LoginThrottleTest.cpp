// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/LoginThrottle.h"

#include <gtest/gtest.h>

#include <random>

using namespace viaduct;
using namespace viaduct::credentials;
using namespace std::chrono_literals;

namespace {
const Moment start = Moment() + 1000h;
const LoginThrottle::Policy policy;

IpAddress address(const char* text) {
    return IpAddress::fromText(text).value();
}

/// One after the other, each in a /64 of its own.
IpAddress stranger(std::uint64_t number) {
    return IpAddress::fromNumber((Uint128{0x20010db8} << 96) + (Uint128{number + 1} << 64) + 1);
}

const IpAddress home = address("192.0.2.7");
const IpAddress office = address("2001:db8:ffff:1::7");

/// Tries as soon as it may, with whatever account and address `choose` gives; how often it may in `time`.
template <typename Choose>
int greedyGuesses(LoginThrottle& throttle, Moment::duration time, const Choose& choose) {
    int guesses = 0;
    Moment now = start;
    while (now < start + time && guesses < 10'000) {
        const auto [account, from] = choose();
        const Permission permission = throttle.mayTry(account, from, now);
        if (permission.allowed)
            ++guesses;
        else
            now = permission.until;
    }
    return guesses;
}
} // namespace

TEST(Tariff, saysBeforehandHowManyTriesItGives) {
    EXPECT_EQ(policy.knownPlace.most(24h), 112);
    EXPECT_EQ(policy.accountAtPlace.most(24h), 40);
    EXPECT_EQ(policy.place.most(24h), 175);
    EXPECT_EQ(policy.account.most(24h), 90);
}

TEST(Tariff, noWayOfWaitingGivesMore) {
    std::mt19937 random(11);
    for (int round = 0; round < 200; ++round) {
        const milliseconds first(1 + random() % 5000);
        const Tariff tariff{static_cast<int>(random() % 30), first, first * (1 + random() % 2000)};
        const milliseconds time = tariff.longest * (1 + random() % 50);
        Debt debt;
        int tries = 0;
        for (Moment now = start; now < start + time; ++tries) {
            debt = tariff.charged(debt, now);
            // Sometimes greedy, sometimes patient.
            now = std::max(now, debt.waitUntil) + milliseconds(random() % 2 * (random() % 10'000));
        }
        EXPECT_LE(tries, tariff.most(time))
            << tariff.free << " " << first.count() << " " << tariff.longest.count();
    }
}

TEST(LoginThrottle, waitsGrowAndEndWithTheRightPassword) {
    LoginThrottle throttle;
    throttle.remember("alice", home, start - 24h);
    Moment now = start;
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(throttle.mayTry("alice", home, now).allowed)
            << i << ": five are free, the sixth makes wait";
    // The last comes twice: 15 minutes have passed, and one try is forgiven.
    for (const milliseconds wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 512s}) {
        const Permission next = throttle.mayTry("alice", home, now);
        ASSERT_FALSE(next.allowed);
        EXPECT_EQ(next.until - now, wait);
        EXPECT_FALSE(throttle.mayTry("alice", home, next.until - 1ms).allowed);
        now = next.until;
        ASSERT_TRUE(throttle.mayTry("alice", home, now).allowed);
    }
    throttle.succeeded("alice", home, now);
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(throttle.mayTry("alice", home, now).allowed) << "all is forgiven";
}

TEST(LoginThrottle, triesInParallelGainNothing) {
    LoginThrottle throttle;
    int allowed = 0;
    for (int i = 0; i < 1000; ++i)
        allowed += throttle.mayTry("alice", stranger(1), start).allowed ? 1 : 0;
    EXPECT_EQ(allowed, policy.accountAtPlace.free + 1);
}

TEST(LoginThrottle, oneStrangerGuessesFewTimesADay) {
    LoginThrottle throttle;
    EXPECT_LE(
        greedyGuesses(throttle, 24h, [] { return std::pair("alice", stranger(1)); }),
        policy.accountAtPlace.most(24h));
}

TEST(LoginThrottle, onePasswordOnManyAccountsFailsToo) {
    LoginThrottle throttle;
    int number = 0;
    EXPECT_LE(
        greedyGuesses(
            throttle, 24h, [&] { return std::pair("user" + std::to_string(number++), stranger(1)); }),
        policy.place.most(24h));
}

TEST(LoginThrottle, aBotnetGuessesFewTimesADay) {
    LoginThrottle throttle;
    std::uint64_t number = 0;
    EXPECT_LE(
        greedyGuesses(throttle, 24h, [&] { return std::pair("alice", stranger(number++)); }),
        policy.account.most(24h));
}

TEST(LoginThrottle, aNeighbourBehindTheUsersNatGuessesFewTimesADay) {
    LoginThrottle throttle;
    throttle.remember("alice", home, start - 24h);
    EXPECT_LE(
        greedyGuesses(throttle, 24h, [] { return std::pair("alice", home); }), policy.knownPlace.most(24h));
}

TEST(LoginThrottle, aFloodOfNamesAndAddressesDoesNotMakeItForget) {
    LoginThrottle::Policy small;
    small.capacity = 64;
    LoginThrottle throttle(small);
    std::mt19937 random(12);
    std::uint64_t number = 0;
    int guesses = 0;
    // Between two guesses at alice, as many other names as the table holds twice over.
    for (Moment now = start; now < start + 24h; now += 5min) {
        guesses += throttle.mayTry("alice", stranger(number++), now).allowed ? 1 : 0;
        for (int i = 0; i < 128; ++i)
            throttle.mayTry("name" + std::to_string(random() % 1000), stranger(number++), now);
    }
    EXPECT_LE(guesses, small.account.most(24h));
    EXPECT_LE(throttle.size(), 3 * small.capacity);
}

TEST(LoginThrottle, strangersNeverMakeAUserWaitWhereTheyUsuallyAre) {
    LoginThrottle::Policy small;
    small.capacity = 64;
    LoginThrottle throttle(small);
    throttle.remember("alice", home, start - 24h);
    throttle.remember("alice", office, start - 48h);
    std::mt19937 random(13);
    for (Moment now = start; now < start + 12h; now += 1min) {
        for (int i = 0; i < 20; ++i) {
            const IpAddress from = random() % 2 == 0 ? stranger(random() % 100) : stranger(random());
            throttle.mayTry(random() % 2 == 0 ? "alice" : "name" + std::to_string(random() % 500), from, now);
            // Behind the same NAT, at other accounts.
            throttle.mayTry("name" + std::to_string(random() % 500), home, now);
        }
        const IpAddress from = random() % 2 == 0 ? home : office;
        for (int typed = 0; typed < 3; ++typed)
            ASSERT_TRUE(throttle.mayTry("alice", from, now).allowed) << (now - start) / 1min << " min";
        throttle.succeeded("alice", from, now);
    }
}

TEST(LoginThrottle, onePlaceAloneNeverLocksAnAccount) {
    LoginThrottle throttle;
    Moment now = start;
    while (now < start + 30 * 24h) {
        const Permission permission = throttle.mayTry("alice", stranger(1), now);
        // Alice, on a journey, could log in at any time.
        LoginThrottle copy = throttle;
        ASSERT_TRUE(copy.mayTry("alice", stranger(2), now).allowed) << (now - start) / 1h << " h";
        if (!permission.allowed)
            now = permission.until;
    }
}

TEST(LoginThrottle, manyPlacesLockItOnlyWhereItIsUnknown) {
    LoginThrottle throttle;
    throttle.remember("alice", home, start - 24h);
    for (std::uint64_t i = 0; i < 100; ++i)
        throttle.mayTry("alice", stranger(i), start + i * 1min);
    const Moment now = start + 100min;
    EXPECT_FALSE(throttle.mayTry("alice", office, now).allowed);
    EXPECT_TRUE(throttle.mayTry("bob", office, now).allowed) << "others are not concerned";
    EXPECT_TRUE(throttle.mayTry("alice", home, now).allowed);
    throttle.unlock("alice");
    EXPECT_TRUE(throttle.mayTry("alice", office, now).allowed) << "the administrator helped";
}

TEST(LoginThrottle, theMomentItNamesIsTrue) {
    std::mt19937 random(14);
    LoginThrottle throttle;
    throttle.remember("name1", stranger(1), start - 1h);
    Moment now = start;
    for (int i = 0; i < 3000; ++i) {
        const std::string account = "name" + std::to_string(random() % 3);
        const IpAddress from = stranger(random() % 3);
        const Permission permission = throttle.mayTry(account, from, now);
        if (permission.allowed && random() % 50 == 0)
            throttle.succeeded(account, from, now);
        if (!permission.allowed) {
            ASSERT_GT(permission.until, now);
            LoginThrottle before = throttle;
            ASSERT_FALSE(before.mayTry(account, from, permission.until - 1ns).allowed);
            LoginThrottle then = throttle;
            ASSERT_TRUE(then.mayTry(account, from, permission.until).allowed);
        }
        now += milliseconds(random() % 20'000);
    }
}

TEST(LoginThrottle, rightPasswordsNeverCostAnything) {
    LoginThrottle throttle;
    // A lecture room behind one address logs in for the first time; a traveller logs in from everywhere.
    for (std::uint64_t i = 0; i < 2000; ++i) {
        const std::string account = "guest" + std::to_string(i);
        ASSERT_TRUE(throttle.mayTry(account, home, start).allowed) << i;
        throttle.succeeded(account, home, start);
        ASSERT_TRUE(throttle.mayTry("traveller", stranger(i), start).allowed) << i;
        throttle.succeeded("traveller", stranger(i), start);
    }
}

TEST(LoginThrottle, aPlaceIsAnIpv4AddressOrASlash64) {
    LoginThrottle throttle;
    for (int i = 0; i < 1000; ++i)
        throttle.mayTry(
            "alice", IpAddress::fromNumber(stranger(1).number() + Uint128{static_cast<unsigned>(i)} * 1000U),
            start);
    EXPECT_FALSE(throttle.mayTry("alice", IpAddress::fromNumber(stranger(1).number() + 5), start).allowed);
    EXPECT_TRUE(throttle.mayTry("alice", stranger(2), start).allowed) << "the next /64";
    for (int i = 0; i < 10; ++i)
        throttle.mayTry("bob", address("192.0.2.1"), start);
    EXPECT_FALSE(throttle.mayTry("bob", address("192.0.2.1"), start).allowed);
    EXPECT_TRUE(throttle.mayTry("bob", address("192.0.2.2"), start).allowed) << "the next address";
}

TEST(LoginThrottle, knowsEightPlacesForNinetyDays) {
    const auto lockFromElsewhere = [](LoginThrottle& throttle, Moment now) {
        for (std::uint64_t i = 0; i < 200; ++i)
            throttle.mayTry("alice", stranger(1000 + i), now);
    };
    LoginThrottle throttle;
    for (std::uint64_t i = 0; i < 9; ++i)
        throttle.remember("alice", stranger(i), start + i * 24h);
    lockFromElsewhere(throttle, start + 10 * 24h);
    EXPECT_FALSE(throttle.mayTry("alice", stranger(0), start + 10 * 24h).allowed) << "the oldest of nine";
    EXPECT_TRUE(throttle.mayTry("alice", stranger(1), start + 10 * 24h).allowed);

    lockFromElsewhere(throttle, start + 92 * 24h);
    EXPECT_FALSE(throttle.mayTry("alice", stranger(2), start + 92 * 24h).allowed) << "90 days ago";
    EXPECT_TRUE(throttle.mayTry("alice", stranger(3), start + 92 * 24h - 1s).allowed);
}

TEST(LoginThrottle, forgetsAnErasedAccount) {
    LoginThrottle throttle;
    throttle.remember("alice", home, start);
    throttle.mayTry("alice", office, start);
    throttle.forget("alice");
    EXPECT_EQ(throttle.size(), 1U) << "what the place did, whoever it asked for";
}

TEST(LoginThrottle, memoryIsBounded) {
    LoginThrottle::Policy small;
    small.capacity = 100;
    small.known.accounts = 50;
    LoginThrottle throttle(small);
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const std::string account = "name" + std::to_string(i);
        throttle.mayTry(account + std::string(1000, 'x'), stranger(i), start);
        throttle.succeeded(account, stranger(i), start + i * 1s);
    }
    EXPECT_LE(throttle.size(), 3 * small.capacity + small.known.accounts);
    // The latest to log in are the ones that are known.
    for (std::uint64_t i = 0; i < 200; ++i)
        throttle.mayTry("name999", stranger(100'000 + i), start + 1000s);
    EXPECT_TRUE(throttle.mayTry("name999", stranger(999), start + 1000s).allowed);
}
