// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Conditions.h"

#include <algorithm>

namespace viaduct::store {

Conditions& Conditions::add(const QString& condition, Bind bind) {
    m_conditions.append(condition);
    if (bind)
        m_binds.push_back(std::move(bind));
    return *this;
}

Conditions& Conditions::time(const QString& column, const TimeRange& range) {
    if (range.from)
        add(column + QStringLiteral(" >= ?"), [from = *range.from](Parameters& to) { to.time(from); });
    if (range.to)
        add(column + QStringLiteral(" <= ?"), [until = *range.to](Parameters& to) { to.time(until); });
    return *this;
}

QString Conditions::text() const {
    return m_conditions.isEmpty() ? QString()
                                  : QStringLiteral(" WHERE ") + m_conditions.join(QStringLiteral(" AND "));
}

void Conditions::bind(Parameters& parameters) const {
    for (const Bind& bind : m_binds)
        bind(parameters);
}

int limitOf(const Page& page) {
    return std::clamp(page.limit, 1, mostRows);
}

QString orderOf(const Page& page) {
    return page.newestFirst ? QStringLiteral("DESC") : QStringLiteral("ASC");
}

Result<void> check(const DayRange& range) {
    if (range.to < range.from)
        return failure(Error::Code::Invalid, "the range of days ends before it begins");
    if (range.to - range.from >= mostDays)
        return failure(
            Error::Code::Invalid,
            "the range of days is too long: ask for at most " + std::to_string(mostDays) + " days at once");
    return {};
}

} // namespace viaduct::store
