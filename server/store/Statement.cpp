// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Statement.h"

#include <QLoggingCategory>

namespace viaduct::store {

namespace {

/// QT_LOGGING_RULES=viaduct.store.sql=true shows what the database is asked, without values.
const QLoggingCategory& statements() {
    static const QLoggingCategory category("viaduct.store.sql", QtInfoMsg);
    return category;
}

} // namespace

Statement::Statement(const QSqlDatabase& database, const Dialect& dialect, const QString& text)
    : m_dialect(dialect), m_query(database) {
    qCDebug(statements).noquote() << text;
    m_query.setForwardOnly(true);
    if (!m_query.prepare(text))
        m_wrong = m_query.lastError();
}

Result<void> Statement::run() {
    if (m_wrong.isValid())
        return tl::unexpected(m_dialect.explain(m_wrong));
    if (!m_query.exec())
        return tl::unexpected(m_dialect.explain(m_query.lastError()));
    return {};
}

Result<void> Statement::forEach(const char* table, const std::function<void(Row&)>& take) {
    auto done = run();
    while (done && m_query.next()) {
        Row row(m_query);
        take(row);
        done = row.check(table);
    }
    if (done && m_query.lastError().isValid())
        done = tl::unexpected(m_dialect.explain(m_query.lastError()));
    m_query.finish(); // or the transaction around it could not end
    return done;
}

} // namespace viaduct::store
