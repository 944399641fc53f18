// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/addressing/Forecast.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace viaduct;
using namespace viaduct::addressing;
using namespace std::chrono;

namespace {

const sys_days first = 2026y / 1 / 1;

/// Usage on so many days from 2026-01-01 on.
std::vector<Usage> history(int length, const std::function<double(int day)>& blocks) {
    std::vector<Usage> result;
    result.reserve(static_cast<std::size_t>(length));
    for (int day = 0; day < length; ++day)
        result.push_back({first + days(day), static_cast<std::uint64_t>(std::llround(blocks(day)))});
    return result;
}

int inDays(const std::vector<Usage>& history, sys_days day) {
    return static_cast<int>((day - history.back().day).count());
}

struct Case {
    const char* name;
    std::vector<Usage> history;
    Uint128 capacity;
    std::optional<int> days; ///< from the last day on
};

} // namespace

TEST(Forecast, tellsTheDayOfExhaustion) {
    std::mt19937 random(1);
    std::uniform_int_distribution<int> noise(-5, 5);
    std::vector<Usage> reversed = history(30, [](int day) { return 10 + day; });
    std::reverse(reversed.begin(), reversed.end());
    std::rotate(reversed.begin(), reversed.begin() + 1, reversed.end()); // the last day is last again
    const std::vector<Case> cases{
        {"two a day", history(60, [](int day) { return 100 + 2 * day; }), 1000, 391},
        {"the least number of days", history(14, [](int day) { return day; }), 113, 100},
        {"too few days", history(13, [](int day) { return day; }), 113, {}},
        {"nothing known", {}, 113, {}},
        {"flat", history(90, [](int) { return 50; }), 113, {}},
        {"empty and stays so", history(90, [](int) { return 0; }), 113, {}},
        {"shrinking", history(90, [](int day) { return 100 - day; }), 113, {}},
        {"noise about a level", history(90, [&](int) { return 50 + noise(random); }), 113, {}},
        {"full", history(90, [](int) { return 113; }), 113, 0},
        {"full since today", history(1, [](int) { return 113; }), 113, 0},
        {"made smaller than what is in use", history(90, [](int) { return 113; }), 100, 0},
        {"in any order", reversed, 139, 100},
        {"a /64 of pairs never", history(90, [](int day) { return 1000 * day; }), Uint128{1} << 63, {}},
        {"beyond a hundred years", history(90, [](int day) { return day; }), 36525 + 90, {}},
        {"within a hundred years", history(90, [](int day) { return day; }), 36524 + 89, 36524},
        // What was long ago tells nothing of the present pace.
        {"only the last 90 days",
         history(365, [](int day) { return day < 275 ? 20 * day : 5500 + (day - 274); }), 5690, 100},
        {"grown once, then flat", history(365, [](int day) { return std::min(day, 200); }), 300, {}},
    };
    for (const Case& one : cases) {
        const auto told = forecast(one.history, one.capacity);
        ASSERT_EQ(told.has_value(), one.days.has_value()) << one.name;
        if (!told)
            continue;
        EXPECT_EQ(inDays(one.history, told->full), *one.days) << one.name;
        EXPECT_LE(told->earliest, told->full) << one.name;
        EXPECT_GE(told->latest, told->full) << one.name;
    }
}

TEST(Forecast, weekendsDoNotMisleadIt) {
    const auto fiveAWeek = [](int day) { return 5 * (day / 7) + std::min(day % 7, 5); };
    for (int length = 70; length < 77; ++length) { // whichever day it is
        const auto points = history(length, fiveAWeek);
        const auto told = forecast(points, Uint128{points.back().blocks} + 100);
        ASSERT_TRUE(told);
        EXPECT_NEAR(inDays(points, told->full), 140, 3);
    }
}

/// A conference takes 500 blocks for three days; on one day counting failed: the date moves by days, where
/// least squares moves it by weeks.
TEST(Forecast, aFewWildDaysDoNotMoveTheDate) {
    std::vector<Usage> wild = history(90, [](int day) { return 100 + day; });
    for (const std::size_t day : {80U, 81U, 82U})
        wild[day].blocks += 500;
    wild[40].blocks = 0;
    const auto told = forecast(wild, 289);
    ASSERT_TRUE(told);
    EXPECT_NEAR(inDays(wild, told->full), 100, 3);
    EXPECT_NEAR(told->blocksPerDay, 1, 0.03);
}

TEST(Forecast, theSpanHoldsTheTruthNineTimesOutOfTen) {
    std::mt19937 random(20260101);
    std::normal_distribution<double> noise(0, 8);
    int held = 0;
    constexpr int rounds = 300;
    for (int round = 0; round < rounds; ++round) {
        const auto points = history(60, [&](int day) { return 200 + day + noise(random); });
        // The pace alone is uncertain: how many are left is known.
        const auto told = forecast(points, Uint128{points.back().blocks} + 100);
        ASSERT_TRUE(told);
        const int earliest = inDays(points, told->earliest);
        const int latest = inDays(points, told->latest);
        held += earliest <= 100 && 100 <= latest ? 1 : 0;
        EXPECT_LT(latest - earliest, 100) << "a span must say something";
    }
    EXPECT_GT(held, rounds * 85 / 100);
    EXPECT_LT(held, rounds * 97 / 100);
}

TEST(Forecast, chanceIsRarelyTakenForGrowth) {
    std::mt19937 random(20260101);
    std::normal_distribution<double> noise(0, 8);
    int told = 0;
    constexpr int rounds = 300;
    for (int round = 0; round < rounds; ++round) {
        const auto points = history(60, [&](int) { return 200 + noise(random); });
        told += forecast(points, 300) ? 1 : 0;
    }
    EXPECT_LT(told, rounds / 10) << "one in twenty is to be expected";
}

TEST(Forecast, ofSeveralValuesForADayTheLastCounts) {
    std::vector<Usage> points = history(30, [](int) { return 500; });
    for (const Usage& right : history(30, [](int day) { return day; }))
        points.push_back(right);
    const auto told = forecast(points, 129);
    ASSERT_TRUE(told);
    EXPECT_EQ(inDays(points, told->full), 100);
}
