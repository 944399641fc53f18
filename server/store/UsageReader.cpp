// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/UsageReader.h"

namespace viaduct::store {

namespace {

const QString sumsOf = QStringLiteral("sum(bytes_in) AS a, sum(bytes_out) AS b, sum(packets_in) AS c, "
                                      "sum(packets_out) AS d, sum(seconds_up) AS e, sum(drops) AS f");

Usage usageOf(Row& row) {
    Usage usage;
    usage.bytesIn = row.number();
    usage.bytesOut = row.number();
    usage.packetsIn = row.number();
    usage.packetsOut = row.number();
    usage.secondsUp = row.number();
    usage.drops = row.number();
    return usage;
}

struct NumberedUsage {
    std::int64_t number = 0;
    HolderUsage of;
};

NumberedUsage numberedUsageOf(Row& row) {
    NumberedUsage usage;
    usage.number = row.number();
    usage.of.holder = row.text();
    usage.of.usage = usageOf(row);
    return usage;
}

/// The names for the numbers of a statement that gives sums.
QString named(const QString& statement) {
    return QStringLiteral(
               "SELECT number, (SELECT name FROM holder WHERE holder.id = number), a, b, c, d, e, f "
               "FROM (%1) AS sums")
        .arg(statement);
}

} // namespace

UsageReader::UsageReader(const QSqlDatabase& database, const Dialect& dialect)
    : m_database(database), m_dialect(dialect) { }

Result<std::vector<HolderUsage>> UsageReader::top(const DayRange& range, int limit) {
    if (auto fits = check(range); !fits)
        return tl::unexpected(fits.error());
    // +holder_id: or the database would go through the index by holder, all days of it, to save sorting.
    Statement search(
        m_database, m_dialect,
        named(QStringLiteral("SELECT +holder_id AS number, %1 FROM usage WHERE day BETWEEN ? AND ? "
                             "GROUP BY number")
                  .arg(sumsOf))
            + QStringLiteral(" ORDER BY a + b DESC, number LIMIT ?"));
    search.bind().number(range.from).number(range.to).number(limitOf({{}, limit, true}));
    return search.rows<HolderUsage>("usage", [](Row& row) { return numberedUsageOf(row).of; });
}

Result<Rows<HolderUsage>> UsageReader::sums(const DayRange& range, const Page& page) {
    if (auto fits = check(range); !fits)
        return tl::unexpected(fits.error());
    Conditions conditions;
    // Along the index by holder: a page then costs only the rows of its holders.
    if (page.after)
        conditions.add(
            page.newestFirst ? QStringLiteral("holder_id < ?") : QStringLiteral("holder_id > ?"),
            [after = *page.after](Parameters& to) { to.number(after); });
    conditions.add(QStringLiteral("+day BETWEEN ? AND ?"), [range](Parameters& to) {
        to.number(range.from).number(range.to);
    });
    Statement search(
        m_database, m_dialect,
        named(QStringLiteral("SELECT holder_id AS number, %1 FROM usage%2 GROUP BY holder_id "
                             "ORDER BY holder_id %3 LIMIT ?")
                  .arg(sumsOf, conditions.text(), orderOf(page)))
            + QStringLiteral(" ORDER BY number ") + orderOf(page));
    Parameters parameters = search.bind();
    conditions.bind(parameters);
    parameters.number(limitOf(page));
    const auto found = search.rows<NumberedUsage>("usage", numberedUsageOf);
    if (!found)
        return tl::unexpected(found.error());
    Rows<HolderUsage> result;
    for (const NumberedUsage& usage : *found)
        result.rows.push_back(usage.of);
    if (found->size() == static_cast<std::size_t>(limitOf(page)))
        result.next = found->back().number;
    return result;
}

Result<std::vector<DayUsage>> UsageReader::days(const Holder& holder, const DayRange& range) {
    if (auto fits = check(range); !fits)
        return tl::unexpected(fits.error());
    Statement search(
        m_database, m_dialect,
        QStringLiteral("SELECT day, bytes_in, bytes_out, packets_in, packets_out, seconds_up, drops "
                       "FROM usage WHERE holder_id = (SELECT id FROM holder WHERE name = ?) "
                       "AND day BETWEEN ? AND ? ORDER BY day"));
    search.bind().text(holder).number(range.from).number(range.to);
    return search.rows<DayUsage>("usage", [](Row& row) {
        const Day day = row.number();
        return DayUsage{day, usageOf(row)};
    });
}

Result<PoolTrend> UsageReader::poolTrend(const std::string& pool, const DayRange& range) {
    if (auto fits = check(range); !fits)
        return tl::unexpected(fits.error());
    Statement before(
        m_database, m_dialect,
        QStringLiteral("SELECT COALESCE(sum(granted - released), 0) FROM pool_day "
                       "WHERE pool = ? AND day < ?"));
    before.bind().text(pool).number(range.from);
    const auto held = before.row<std::int64_t>("pool_day", [](Row& row) { return row.number(); });
    if (!held)
        return tl::unexpected(held.error());
    Statement within(
        m_database, m_dialect,
        QStringLiteral("SELECT day, granted, released FROM pool_day WHERE pool = ? "
                       "AND day BETWEEN ? AND ? ORDER BY day"));
    within.bind().text(pool).number(range.from).number(range.to);
    auto days = within.rows<PoolTrend::OneDay>("pool_day", [](Row& row) {
        PoolTrend::OneDay day;
        day.day = row.number();
        day.granted = row.number();
        day.released = row.number();
        return day;
    });
    if (!days)
        return tl::unexpected(days.error());
    return PoolTrend{held->value_or(0), std::move(*days)};
}

} // namespace viaduct::store
