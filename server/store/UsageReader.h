// SPDX-License-Identifier: GPL-3.0-or-later
// Adds up what holders used and what pools gave out, over ranges of days.
#pragma once

#include "server/store/Conditions.h"

namespace viaduct::store {

class UsageReader {
public:
    UsageReader(const QSqlDatabase& database, const Dialect& dialect);

    /// The holders with the most bytes, both ways together, the greatest first. Looks at every row of the
    /// range.
    Result<std::vector<HolderUsage>> top(const DayRange& range, int limit);
    /// The sum of each holder that has any, in the order in which they were first seen.
    Result<Rows<HolderUsage>> sums(const DayRange& range, const Page& page);
    /// One holder's days that have any, the earliest first.
    Result<std::vector<DayUsage>> days(const Holder& holder, const DayRange& range);
    Result<PoolTrend> poolTrend(const std::string& pool, const DayRange& range);

private:
    QSqlDatabase m_database;
    const Dialect& m_dialect;
};

} // namespace viaduct::store
