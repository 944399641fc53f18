// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Forecasts.h"

#include "server/addressing/Forecast.h"
#include "server/api/PoolViews.h"

#include <algorithm>

namespace viaduct::face {

namespace {
constexpr std::chrono::hours interval{1};
constexpr int paceDays = 30; ///< of api::Forecast::blocksPerDay

store::Day today() {
    return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The blocks held at the end of each day, from the first on which there was anything.
std::vector<addressing::Usage> daily(const store::PoolTrend& trend, const store::DayRange& range) {
    std::vector<addressing::Usage> days;
    std::int64_t held = trend.heldBefore;
    auto next = trend.days.begin();
    for (store::Day day = range.from; day <= range.to; ++day) {
        if (next != trend.days.end() && next->day == day) {
            held += next->granted - next->released;
            ++next;
        } else if (days.empty() && held == 0) {
            continue;
        }
        days.push_back(
            {std::chrono::sys_days(std::chrono::days(day)),
             static_cast<std::uint64_t>(std::max<std::int64_t>(held, 0))});
    }
    return days;
}

double pace(const std::vector<addressing::Usage>& days) {
    if (days.size() < 2)
        return 0;
    const std::size_t span = std::min<std::size_t>(days.size() - 1, paceDays);
    const auto& before = days[days.size() - 1 - span];
    return (static_cast<double>(days.back().blocks) - static_cast<double>(before.blocks))
        / static_cast<double>(span);
}

QString monthOf(std::chrono::sys_days day) {
    static constexpr std::array names{"January", "February", "March",     "April",   "May",      "June",
                                      "July",    "August",   "September", "October", "November", "December"};
    const std::chrono::year_month_day date(day);
    return QString::fromLatin1(names.at(static_cast<unsigned>(date.month()) - 1))
        + QStringLiteral(" %1").arg(static_cast<int>(date.year()));
}
} // namespace

api::Forecast forecastFrom(const store::PoolTrend& trend, const store::DayRange& range, Uint128 capacity) {
    const std::vector<addressing::Usage> days = daily(trend, range);
    api::Forecast result;
    result.blocksPerDay = pace(days);
    const auto found = addressing::forecast(days, capacity);
    if (!days.empty() && days.back().blocks >= capacity) {
        result.exhausted = api::Date(days.back().day);
        result.sentence = QStringLiteral("The pool is full.");
    } else if (found) {
        result.exhausted = api::Date(found->full);
        result.sentence
            = QStringLiteral("At the present pace the pool lasts until %1.").arg(monthOf(found->full));
    } else if (days.size() < addressing::fewestDays) {
        result.sentence = QStringLiteral("Too little is known for a forecast: it takes %1 days of use.")
                              .arg(addressing::fewestDays);
    } else {
        result.sentence = QStringLiteral("At the present pace the pool does not become full.");
    }
    return result;
}

Forecasts::Forecasts(broker::Broker& broker, store::Store& store, QObject* parent)
    : QObject(parent), m_broker(broker), m_store(store) {
    connect(&m_timer, &QTimer::timeout, this, &Forecasts::refresh);
    m_timer.start(std::chrono::milliseconds(interval));
    refresh();
}

api::Forecast Forecasts::of(const std::string& pool) {
    const auto known = m_known.find(pool);
    if (known != m_known.end())
        return known->second;
    ask(pool);
    return {{}, 0, QStringLiteral("The forecast is being made: ask again in a moment.")};
}

void Forecasts::refresh() {
    std::erase_if(m_known, [this](const auto& known) { return !m_broker.configuration().pool(known.first); });
    for (const config::Pool& pool : m_broker.configuration().pools)
        ask(pool.name);
}

void Forecasts::ask(const std::string& pool) {
    if (!m_broker.configuration().pool(pool) || !m_asked.insert(pool).second)
        return;
    const store::DayRange range{today() - addressing::forecastWindow.count(), today()};
    m_store.poolTrend(pool, range, this, [this, pool, range](const Result<store::PoolTrend>& trend) {
        m_asked.erase(pool);
        const addressing::OccupancyMap* map = m_broker.occupancy(pool);
        if (!trend || !map)
            return;
        const api::BlockCounts counts = blockCounts(*map, map->pool(), m_broker.ledger().reserved());
        const Uint128 total = map->counts().total();
        m_known[pool] = forecastFrom(*trend, range, total - std::min(total, counts.reserved));
        Q_EMIT changed();
    });
}

} // namespace viaduct::face
