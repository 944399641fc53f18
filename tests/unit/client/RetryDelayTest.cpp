// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/RetryDelay.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using viaduct::client::RetryDelay;

TEST(RetryDelay, doublesAfterEveryThirdFailureUpToTheLargest) {
    RetryDelay delay(30s, 100s);
    constexpr double middle = 0.5; // no jitter
    EXPECT_LE(delay.next(middle), 1s);
    for (const auto expected : {30s, 30s, 30s, 60s, 60s, 60s, 100s, 100s})
        EXPECT_EQ(delay.next(middle), expected);
    delay.reset();
    EXPECT_LE(delay.next(middle), 1s);
    EXPECT_EQ(delay.next(middle), 30s);
}

TEST(RetryDelay, spreadsClientsThatFailedTogether) {
    RetryDelay early(30s, 300s);
    RetryDelay late(30s, 300s);
    EXPECT_LT(early.next(0.0), late.next(0.99));
    EXPECT_EQ(early.next(0.0), 24s);
    EXPECT_GT(late.next(0.99), 35s);
}

TEST(RetryDelay, isNeverAStorm) {
    RetryDelay none(0s, 0s);
    (void)none.next(0);
    for (int i = 0; i < 1000; ++i)
        EXPECT_GE(none.next(0), 800ms);
    RetryDelay longest(86400s, 86400s);
    for (int i = 0; i < 1000; ++i)
        EXPECT_LE(longest.next(0.999), 86400s * 6 / 5);
}
