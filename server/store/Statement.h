// SPDX-License-Identifier: GPL-3.0-or-later
// One prepared statement: bind, run, read its rows.
#pragma once

#include "server/store/Columns.h"
#include "server/store/Dialect.h"

#include <QSqlQuery>
#include <functional>

namespace viaduct::store {

class Statement {
public:
    /// The tables must be there. `dialect` outlives this object. What is wrong with `text` is told by run().
    Statement(const QSqlDatabase& database, const Dialect& dialect, const QString& text);

    Parameters bind() { return Parameters(m_query); }
    Result<void> run();
    int rowsAffected() const { return m_query.numRowsAffected(); }

    /// Runs it; each row as `take` reads it. Invalid when a row of `table` holds what this program never
    /// writes.
    template <typename T>
    Result<std::vector<T>> rows(const char* table, const std::function<T(Row&)>& take) {
        std::vector<T> result;
        if (auto done = forEach(table, [&](Row& row) { result.push_back(take(row)); }); !done)
            return tl::unexpected(done.error());
        return result;
    }
    /// Its only row, if there is one.
    template <typename T>
    Result<std::optional<T>> row(const char* table, const std::function<T(Row&)>& take) {
        std::optional<T> result;
        if (auto done = forEach(table, [&](Row& row) { result = take(row); }); !done)
            return tl::unexpected(done.error());
        return result;
    }

private:
    Result<void> forEach(const char* table, const std::function<void(Row&)>& take);

    const Dialect& m_dialect;
    QSqlQuery m_query;
    QSqlError m_wrong; ///< what prepare() said
};

} // namespace viaduct::store
