// SPDX-License-Identifier: GPL-3.0-or-later
// Searches the history. Every search goes along an index; one that matches lines under several indexes asks
// each and merges the answers.
#pragma once

#include "server/store/Conditions.h"

namespace viaduct::store {

class HistoryReader {
public:
    HistoryReader(const QSqlDatabase& database, const Dialect& dialect);

    /// In the order of time. NotFound: the line that the page is to follow is there no more.
    Result<Rows<HistoryLine>> lines(const HistoryFilter& filter, const Page& page);
    /// What `holder` had and has, in the order of its beginning.
    Result<Rows<Tenure>> tenures(const Holder& holder, const Page& page);

private:
    /// Lines that one index leads to.
    struct Branch {
        Conditions conditions;
        QString at; ///< the column, or +at, which no index is used for
    };
    struct Place {
        TimePoint at;
        std::int64_t id = 0;
    };

    Result<std::optional<std::int64_t>> numberOf(const Holder& holder);
    Result<std::optional<Place>> placeAfter(const Page& page);
    Result<std::vector<Branch>>
    branches(const HistoryFilter& filter, const std::optional<std::int64_t>& holder);
    Result<std::vector<int>> lengthsOf(const QString& half);
    Result<std::vector<HistoryLine>>
    follow(Branch branch, const HistoryFilter& filter, const std::optional<Place>& after, const Page& page);
    Result<std::optional<TimePoint>> endOf(const HistoryLine& grant);

    QSqlDatabase m_database;
    const Dialect& m_dialect;
};

} // namespace viaduct::store
