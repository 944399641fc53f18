// SPDX-License-Identifier: GPL-3.0-or-later
// When a pool will be full if it goes on filling as it does. Pure.
//
// The pace is the Theil-Sen estimate: the median of the slopes between all pairs of days. Least squares would
// be bent by a single conference that takes 500 blocks for three days, or by a day on which counting failed;
// the median bears nearly a third of such days. It takes 4005 slopes for 90 days, which is nothing.
#pragma once

#include "shared/net/IpAddress.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace viaduct::addressing {

/// The blocks of a pool that were not free at the end of a day.
struct Usage {
    std::chrono::sys_days day;
    std::uint64_t blocks = 0;
};

struct Forecast {
    double blocksPerDay = 0;
    std::chrono::sys_days full; ///< the day on which the last block goes
    /// Between these with a probability of 90 % if the days are independent of each other; as they never
    /// quite are, the true span is somewhat wider.
    std::chrono::sys_days earliest;
    std::chrono::sys_days latest;
};

constexpr std::chrono::days forecastWindow{90}; ///< days before the latest one that count
constexpr std::size_t fewestDays = 14; ///< two whole weeks: offices fill pools from Monday to Friday
constexpr std::chrono::days forecastHorizon{36525}; ///< a hundred years

/// From one value a day, in any order; of several for a day the last counts. None when there are too few
/// days, when the pool shrinks or its growth cannot be told from chance, or when it would last longer than
/// forecastHorizon. A pool that is full is so on the latest day of `history`, at 0 blocks a day.
std::optional<Forecast> forecast(const std::vector<Usage>& history, Uint128 capacity);

} // namespace viaduct::addressing
