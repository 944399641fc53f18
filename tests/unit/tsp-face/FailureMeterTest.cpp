// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/tsp/FailureMeter.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::face;
using namespace std::chrono_literals;

namespace {
using Time = FailureMeter::Clock::time_point;

const IpAddress home = *IpAddress::fromText("198.51.100.7");
const IpAddress office = *IpAddress::fromText("198.51.100.8");
const Time start = Time{} + 1h;

FailureMeter::Limits limits() {
    return {3, 0.5, 3000ms, 10};
}

void fail(FailureMeter& meter, int times, Time now = start, const IpAddress& site = home) {
    for (int i = 0; i < times; ++i)
        meter.failed(site, now);
}
} // namespace

TEST(FailureMeter, aFewFailuresCostNothing) {
    FailureMeter meter(limits());
    EXPECT_EQ(meter.wait(home, start), 0ms);
    fail(meter, 2);
    EXPECT_EQ(meter.wait(home, start), 0ms);
    fail(meter, 1);
    EXPECT_EQ(meter.wait(home, start), 3000ms);
}

TEST(FailureMeter, onlyTheAddressThatFailedWaits) {
    FailureMeter meter(limits());
    fail(meter, 100);
    EXPECT_EQ(meter.wait(home, start), 3000ms);
    EXPECT_EQ(meter.wait(office, start), 0ms);
}

TEST(FailureMeter, recoversHoweverOftenItWasOverdrawn) {
    FailureMeter meter(limits());
    fail(meter, 1000);
    EXPECT_EQ(meter.wait(home, start + 1900ms), 3000ms);
    EXPECT_EQ(meter.wait(home, start + 2s), 0ms) << "half a failure a second";
    fail(meter, 1, start + 2s);
    EXPECT_EQ(meter.wait(home, start + 3s), 3000ms);
    fail(meter, 2, start + 1h);
    EXPECT_EQ(meter.wait(home, start + 1h), 0ms) << "the whole budget is there again";
    fail(meter, 1, start + 1h);
    EXPECT_EQ(meter.wait(home, start + 1h), 3000ms) << "but no more than that";
}

TEST(FailureMeter, successesGiveBackOneFailureASecond) {
    FailureMeter meter(limits());
    fail(meter, 3);
    meter.succeeded(home, start);
    EXPECT_EQ(meter.wait(home, start), 0ms);
    fail(meter, 1);
    for (int i = 0; i < 100; ++i)
        meter.succeeded(home, start + 500ms);
    EXPECT_EQ(meter.wait(home, start + 500ms), 3000ms) << "an account buys no unlimited guesses";
    meter.succeeded(home, start + 1s);
    EXPECT_EQ(meter.wait(home, start + 1s), 0ms);
}

TEST(FailureMeter, remembersOnlySoManyAndForgetsTheRecovered) {
    FailureMeter meter(limits());
    fail(meter, 3);
    for (std::uint32_t i = 0; i < 1000; ++i)
        meter.failed(IpAddress::v4(0xCB007100 + i), start + 1s);
    EXPECT_EQ(meter.sites(), 10U);
    EXPECT_EQ(meter.wait(home, start + 1s), 0ms) << "the one that failed least recently gave way";
    for (int i = 0; i < 10; ++i)
        meter.failed(home, start + 1h);
    EXPECT_EQ(meter.sites(), 1U);
}

TEST(FailureMeter, aSiteIsAnIpv4AddressOrAnIpv6Network) {
    EXPECT_EQ(siteOf(home), home);
    EXPECT_NE(siteOf(home), siteOf(office));
    EXPECT_EQ(
        siteOf(*IpAddress::fromText("2001:db8:1:2:3::4")), siteOf(*IpAddress::fromText("2001:db8:1:2::")));
    EXPECT_NE(
        siteOf(*IpAddress::fromText("2001:db8:1:3:3::4")), siteOf(*IpAddress::fromText("2001:db8:1:2::")));
}
