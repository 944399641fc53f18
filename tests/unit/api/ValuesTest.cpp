// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/Values.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::api;

namespace {
QString q(const char* text) {
    return QString::fromUtf8(text);
}
std::optional<std::int64_t> milliseconds(const char* text) {
    const auto time = timeFromText(q(text));
    return time ? std::optional(std::int64_t{time->time_since_epoch().count()}) : std::nullopt;
}
} // namespace

TEST(Values, timesAreReadInAnyOffset) {
    EXPECT_EQ(milliseconds("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(milliseconds("2026-11-24T09:30:00.123Z"), 1795512600123);
    EXPECT_EQ(milliseconds("2026-11-24t10:30:00.1239999+01:00"), 1795512600123)
        << "cut behind the millisecond";
    EXPECT_EQ(milliseconds("2026-11-24T04:00:00.1-05:30"), 1795512600100);
    EXPECT_EQ(milliseconds("2024-02-29T00:00:00z"), 1709164800000);
    EXPECT_EQ(milliseconds("1969-12-31T23:59:59.999Z"), -1);
}

TEST(Values, noOtherTimeIsRead) {
    for (const char* wrong :
         {"",
          "2026-11-24",
          "2026-11-24T09:30:00",
          "2026-11-24 09:30:00Z",
          "2026-11-24T09:30Z",
          "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z",
          "2026-11-24T24:00:00Z",
          "2026-11-24T09:60:00Z",
          "2026-11-24T09:30:60Z",
          "2026-11-24T09:30:00.Z",
          "2026-11-24T09:30:00.1234567890Z",
          "2026-11-24T09:30:00+24:00",
          "2026-11-24T09:30:00+01:60",
          "2026-11-24T09:30:00+0100",
          "2026-11-24T09:30:00Zx",
          " 2026-11-24T09:30:00Z",
          "26-11-24T09:30:00Z",
          "+2026-11-24T09:30:00Z",
          "2026-11-24T09:30:00,5Z",
          "0000-01-01T00:00:00+00:01",
          "9999-12-31T23:59:59-00:01",
          "２026-11-24T09:30:00Z"})
        EXPECT_EQ(milliseconds(wrong), std::nullopt) << wrong;
}

TEST(Values, timesAreWrittenInUtcWithMilliseconds) {
    EXPECT_EQ(text(Time(std::chrono::milliseconds(1795512600123))), q("2026-11-24T09:30:00.123Z"));
    EXPECT_EQ(text(Time(std::chrono::milliseconds(-1))), q("1969-12-31T23:59:59.999Z"));
    EXPECT_EQ(text(Time::max()), q("9999-12-31T23:59:59.999Z"));
    EXPECT_EQ(text(Time::min()), q("0000-01-01T00:00:00.000Z"));
}

TEST(Values, dates) {
    const auto date = dateFromText(q("2024-02-29"));
    ASSERT_TRUE(date);
    EXPECT_EQ(text(*date), q("2024-02-29"));
    for (const char* wrong : {"", "2023-02-29", "2024-2-29", "2024-02-29T", "2024/02/29", "2024-00-01"})
        EXPECT_FALSE(dateFromText(q(wrong))) << wrong;
}

TEST(Values, countsPass64Bits) {
    EXPECT_EQ(text(Uint128{1} << 64), q("18446744073709551616"));
    EXPECT_EQ(numberFromText(q("18446744073709551616")), Uint128{1} << 64);
    EXPECT_EQ(numberFromText(q("340282366920938463463374607431768211455")), ~Uint128{0});
    EXPECT_EQ(numberFromText(q("0")), Uint128{0});
    for (const char* wrong :
         {"", "340282366920938463463374607431768211456", "-1", "+1", "01", "1.0", "1e3", " 1", "٣"})
        EXPECT_EQ(numberFromText(q(wrong)), std::nullopt) << wrong;
}

TEST(Values, anEndpointWithoutAPortIsAnAddress) {
    const IpAddress v6 = IpAddress::fromText("2001:db8::1").value();
    EXPECT_EQ(text(Endpoint{v6, 0}), q("2001:db8::1"));
    EXPECT_EQ(text(Endpoint{v6, 3653}), q("[2001:db8::1]:3653"));
    EXPECT_EQ(endpointFromText(q("2001:db8::1")), (Endpoint{v6, 0}));
    EXPECT_EQ(endpointFromText(q("[2001:db8::1]:3653")), (Endpoint{v6, 3653}));
    EXPECT_FALSE(endpointFromText(q("[2001:db8::1]:0")));
    EXPECT_FALSE(endpointFromText(q("host:1")));
}
