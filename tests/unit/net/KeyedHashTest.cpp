// SPDX-License-Identifier: GPL-3.0-or-later
// Tables whose keys strangers choose must not be made slow by chosen keys.
#include "shared/net/KeyedHash.h"
#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <unordered_set>

using namespace viaduct;

namespace {
constexpr std::uint64_t multiplier = 0x9e3779b97f4a7c15U;
constexpr std::size_t keys = 2000;
/// Of some thousand balls in as many bins the fullest holds 7 or 8; a list of 30 would be no accident.
constexpr std::size_t longestChain = 20;

std::uint64_t splitmix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/// Any public hash of an IPv4 end point, as an attacker would know it from the source.
std::uint64_t publicHash(const Endpoint& endpoint) {
    return splitmix(__builtin_bswap64(endpoint.address.words()[1])) ^ endpoint.port * multiplier;
}

template <typename Set>
std::size_t fullestBucket(const Set& set) {
    std::size_t most = 0;
    for (std::size_t bucket = 0; bucket < set.bucket_count(); ++bucket)
        most = std::max(most, set.bucket_size(bucket));
    return most;
}
} // namespace

TEST(KeyedHash, isSipHash13) {
    // As CPython 3.11 with PYTHONHASHSEED=0: hash(struct.pack("<QQQ", 1, 2, 3)) and hash of one word.
    EXPECT_EQ(keyedHash(std::array<std::uint64_t, 3>{1, 2, 3}, HashKey{}), 0x8acb65135d8f2da1U);
    EXPECT_EQ(keyedHash(std::array<std::uint64_t, 1>{0x0706050403020100U}, HashKey{}), 0xead411e67ebe2eeaU);
}

TEST(KeyedHash, dependsOnAllOfTheKey) {
    const std::array<std::uint64_t, 3> words{1, 2, 3};
    std::set<std::uint64_t> hashes;
    for (int bit = 0; bit < 64; ++bit) {
        hashes.insert(keyedHash(words, HashKey{std::uint64_t{1} << bit, 0}));
        hashes.insert(keyedHash(words, HashKey{0, std::uint64_t{1} << bit}));
    }
    EXPECT_EQ(hashes.size(), 128U);
    EXPECT_NE(HashKey::ofProcess().first, HashKey::ofProcess().second);
}

TEST(KeyedHash, endpointsThatWereChosenToShareABucketDoNot) {
    std::unordered_set<Endpoint> table;
    table.reserve(keys);
    const std::size_t buckets = table.bucket_count();
    const std::uint32_t first = IpAddress::fromText("203.0.113.0")->v4Value();
    for (std::uint32_t number = 0; table.size() < keys; ++number) {
        const Endpoint endpoint{IpAddress::v4(first + (number >> 16)), static_cast<std::uint16_t>(number)};
        if (publicHash(endpoint) % buckets == 0)
            table.insert(endpoint);
    }
    ASSERT_EQ(table.bucket_count(), buckets);
    EXPECT_LT(fullestBucket(table), longestChain);
}

TEST(KeyedHash, ipv6SitesThatWereChosenToShareABucketDoNot) {
    std::unordered_set<IpAddress> table;
    table.reserve(keys);
    const std::size_t buckets = table.bucket_count();
    for (std::uint64_t site = 0; table.size() < keys; ++site) {
        const std::uint64_t high = 0x20010db800000000U + site;
        if (splitmix(__builtin_bswap64(high) * multiplier) % buckets == 0)
            table.insert(IpAddress::fromNumber(Uint128{high} << 64));
    }
    ASSERT_EQ(table.bucket_count(), buckets);
    EXPECT_LT(fullestBucket(table), longestChain);
}
