// SPDX-License-Identifier: GPL-3.0-or-later
// SQLite: one file, write-ahead log, synchronous=FULL.
#pragma once

#include "server/store/Dialect.h"

namespace viaduct::store {

class SqliteDialect : public Dialect {
public:
    /// "VIAD": marks the file as Viaduct's (PRAGMA application_id).
    static constexpr int applicationId = 0x56494144;

    explicit SqliteDialect(QString file) : m_file(std::move(file)) { }

    QString driver() const override;
    Result<void> open(QSqlDatabase& database) const override;
    Result<void> openToRead(QSqlDatabase& database) const override;
    QString begin() const override;
    QString beginToRead() const override;
    QString schema(const QString& statement) const override;
    QStringList appendOnly(const QString& table) const override;
    QStringList appendOnlySince(const QString& table, const QString& name) const override;
    QStringList appendOnlyAfter(const QString& table, const QString& base) const override;
    Error explain(const QSqlError& error) const override;

private:
    Result<qint64> number(QSqlDatabase& database, const QString& statement) const;
    Result<void> run(QSqlDatabase& database, const QString& statement) const;
    Result<void> claim(QSqlDatabase& database) const;
    Result<void> configure(QSqlDatabase& database) const;

    QString m_file;
};

} // namespace viaduct::store
