// SPDX-License-Identifier: GPL-3.0-or-later
// What stands behind WHERE, put together piece by piece, each with the values of its parameters.
#pragma once

#include "server/store/Questions.h"
#include "server/store/Statement.h"

namespace viaduct::store {

class Conditions {
public:
    using Bind = std::function<void(Parameters&)>;

    /// All of them must hold. What `bind` refers to lives until the statement has run.
    Conditions& add(const QString& condition, Bind bind = {});
    Conditions& time(const QString& column, const TimeRange& range);
    /// " WHERE ...", or nothing.
    QString text() const;
    void bind(Parameters& parameters) const;

private:
    QStringList m_conditions;
    std::vector<Bind> m_binds;
};

/// Of a page: 1..mostRows.
int limitOf(const Page& page);
/// "DESC" or "ASC".
QString orderOf(const Page& page);
/// Invalid when `range` ends before it begins or is longer than mostDays.
Result<void> check(const DayRange& range);

} // namespace viaduct::store
