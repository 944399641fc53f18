// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/StoreFixture.h"

using namespace viaduct;
using namespace viaduct::store;

namespace {

using What = HistoryEntry::What;

constexpr Day today = 20'454; // the first of 2026
constexpr int secondsOfADay = 86'400;

class UsageTest : public StoreFixture {
protected:
    Result<void> add(Day day, const char* holder, std::int64_t in, std::int64_t out) {
        return commit(*m_store, {change::AddUsage{day, holder, {in, out, 1, 2, 60, 3}}});
    }
    /// "HOLDER IN/OUT, ..."
    static std::string told(const std::vector<HolderUsage>& usages) {
        std::string text;
        for (const HolderUsage& one : usages)
            text += (text.empty() ? "" : ", ") + one.holder + ' ' + std::to_string(one.usage.bytesIn) + '/'
                + std::to_string(one.usage.bytesOut);
        return text;
    }
    std::string top(const DayRange& range, int limit) {
        return told(asked<std::vector<HolderUsage>>(*m_store, &Store::usageTop, range, limit).value());
    }
    Rows<HolderUsage> sums(const DayRange& range, const Page& page) {
        return asked<Rows<HolderUsage>>(*m_store, &Store::usageSums, range, page).value();
    }
    PoolTrend trend(const char* pool, const DayRange& range) {
        return asked<PoolTrend>(*m_store, &Store::poolTrend, pool, range).value();
    }
};

} // namespace

TEST_F(UsageTest, isAddedUpByHolderAndDay) {
    ASSERT_TRUE(add(today, "account:a", 10, 1));
    ASSERT_TRUE(add(today, "account:a", 5, 2));
    ASSERT_TRUE(add(today + 2, "account:a", 100, 0));
    ASSERT_TRUE(add(today, "account:b", 7, 0));
    reopen();
    const auto days = [&](const char* holder, const DayRange& range) {
        return asked<std::vector<DayUsage>>(*m_store, &Store::usageDays, holder, range).value();
    };
    EXPECT_EQ(
        days("account:a", {today, today + 9}),
        (std::vector<DayUsage>{{today, {15, 3, 2, 4, 120, 6}}, {today + 2, {100, 0, 1, 2, 60, 3}}}));
    EXPECT_EQ(days("account:a", {today + 1, today + 2}).size(), 1U);
    EXPECT_TRUE(days("account:nobody", {today, today + 9}).empty());
}

TEST_F(UsageTest, topAndSums) {
    ASSERT_TRUE(add(today - 1, "account:a", 1000, 0));
    ASSERT_TRUE(add(today, "account:a", 10, 1));
    ASSERT_TRUE(add(today, "account:b", 7, 20));
    ASSERT_TRUE(add(today + 1, "account:b", 1, 1));
    ASSERT_TRUE(add(today + 1, "account:c", 5, 5));
    ASSERT_TRUE(add(today + 2, "account:d", 9000, 0));
    EXPECT_EQ(top({today, today + 1}, 10), "account:b 8/21, account:a 10/1, account:c 5/5");
    EXPECT_EQ(top({today, today + 1}, 1), "account:b 8/21");
    EXPECT_EQ(top({today + 5, today + 6}, 1), "");
    const auto first = sums({today, today + 1}, {{}, 2, false});
    EXPECT_EQ(told(first.rows), "account:a 10/1, account:b 8/21");
    EXPECT_EQ(told(sums({today, today + 1}, {first.next, 2, false}).rows), "account:c 5/5");
    EXPECT_EQ(told(sums({today, today + 1}, {{}, 2, true}).rows), "account:c 5/5, account:b 8/21");
}

TEST_F(UsageTest, whatCannotBeIsRefused) {
    EXPECT_EQ(add(today, "account:a", -1, 0).error().code, Error::Code::Invalid);
    EXPECT_EQ(add(today, "account:a", 0, Usage::most + 1).error().code, Error::Code::Invalid);
    EXPECT_TRUE(add(today, "account:a", 0, Usage::most));
    for (const DayRange& range : {DayRange{today, today - 1}, DayRange{today, today + mostDays}}) {
        EXPECT_EQ(
            asked<std::vector<HolderUsage>>(*m_store, &Store::usageTop, range, 10).error().code,
            Error::Code::Invalid);
        EXPECT_EQ(
            asked<PoolTrend>(*m_store, &Store::poolTrend, "P", range).error().code, Error::Code::Invalid);
    }
}

TEST_F(UsageTest, howAPoolFillsAndEmpties) {
    const auto day = [](int number, What what, const char* block) {
        return line(number * secondsOfADay + 5, what, block, "account:a");
    };
    ASSERT_TRUE(commit(
        *m_store,
        {day(0, What::Granted, "2001:db8:1::/48"), day(0, What::Connected, "2001:db8:1::/48"),
         day(1, What::Granted, "2001:db8:2::/48"), day(1, What::Released, "2001:db8:1::/48"),
         day(1, What::Granted, "2001:db8:3::/48"), day(4, What::Released, "2001:db8:3::/48")}));
    PoolTrend all = trend("P_Sites48", {today, today + 10});
    EXPECT_EQ(all.heldBefore, 0);
    EXPECT_EQ(
        all.days, (std::vector<PoolTrend::OneDay>{{today, 1, 0}, {today + 1, 2, 1}, {today + 4, 0, 1}}));
    PoolTrend later = trend("P_Sites48", {today + 2, today + 10});
    EXPECT_EQ(later.heldBefore, 2);
    EXPECT_EQ(later.days, (std::vector<PoolTrend::OneDay>{{today + 4, 0, 1}}));
    EXPECT_EQ(trend("P_Other", {today, today + 10}).heldBefore, 0);
}
