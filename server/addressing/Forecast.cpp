// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/addressing/Forecast.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace viaduct::addressing {

namespace {
using std::chrono::days;
using std::chrono::sys_days;

/// Both ends of the normal distribution together have 10 % beyond it.
constexpr double deviations90 = 1.645;

/// One value a day, of the days in the window.
std::vector<Usage> recent(const std::vector<Usage>& history) {
    std::map<sys_days, std::uint64_t> byDay;
    for (const Usage& usage : history)
        byDay[usage.day] = usage.blocks;
    std::vector<Usage> result;
    if (byDay.empty())
        return result;
    const sys_days first = byDay.rbegin()->first - forecastWindow;
    for (auto day = byDay.upper_bound(first); day != byDay.end(); ++day)
        result.push_back({day->first, day->second});
    return result;
}

/// Blocks a day between all pairs of days, ascending.
std::vector<double> slopes(const std::vector<Usage>& points) {
    std::vector<double> result;
    result.reserve(points.size() * points.size() / 2);
    for (std::size_t later = 1; later < points.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            const auto apart = static_cast<double>((points[later].day - points[earlier].day).count());
            const double grown
                = static_cast<double>(points[later].blocks) - static_cast<double>(points[earlier].blocks);
            result.push_back(grown / apart);
        }
    }
    std::ranges::sort(result);
    return result;
}

/// How many ranks the ends of the interval stand apart (Sen, 1968). Equal values are not corrected for, which
/// makes it wider, never narrower.
double rankSpread(std::size_t points) {
    const auto n = static_cast<double>(points);
    return deviations90 * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
}

double atRank(const std::vector<double>& sorted, double rank) {
    return sorted[static_cast<std::size_t>(std::clamp(rank, 0.0, static_cast<double>(sorted.size() - 1)))];
}

double median(const std::vector<double>& sorted) {
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/// The horizon stands for anything later.
days daysUntil(double blocks, double perDay) {
    const double wait = std::ceil(blocks / perDay);
    return days(static_cast<days::rep>(std::min(wait, static_cast<double>(forecastHorizon.count()))));
}

} // namespace

std::optional<Forecast> forecast(const std::vector<Usage>& history, Uint128 capacity) {
    const std::vector<Usage> points = recent(history);
    if (points.empty())
        return std::nullopt;
    const Usage& last = points.back();
    if (last.blocks >= capacity)
        return Forecast{0, last.day, last.day, last.day};
    if (points.size() < fewestDays)
        return std::nullopt;

    const std::vector<double> pace = slopes(points);
    const auto count = static_cast<double>(pace.size());
    const double spread = rankSpread(points.size());
    const double slowest = atRank(pace, std::floor((count - spread) / 2) - 1);
    const double fastest = atRank(pace, std::ceil((count + spread) / 2));
    if (slowest <= 0)
        return std::nullopt;

    const auto left = static_cast<double>(capacity - last.blocks);
    const double usual = median(pace);
    const days wait = daysUntil(left, usual);
    if (wait >= forecastHorizon)
        return std::nullopt;
    return Forecast{
        usual, last.day + wait, last.day + daysUntil(left, fastest), last.day + daysUntil(left, slowest)};
}

} // namespace viaduct::addressing
