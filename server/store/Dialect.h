// SPDX-License-Identifier: GPL-3.0-or-later
// The seam between the store and one kind of database: everything that SQLite and PostgreSQL say differently.
// All other SQL of this room is common to both.
#pragma once

#include "shared/net/Error.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QString>
#include <QStringList>

namespace viaduct::store {

class Dialect {
public:
    virtual ~Dialect() = default;

    /// The name of Qt's driver.
    virtual QString driver() const = 0;
    /// Opens the connection, refuses a database of somebody else, and sets durability: what is committed
    /// survives the loss of power.
    virtual Result<void> open(QSqlDatabase& database) const = 0;
    /// Opens a connection that cannot write, beside the one that does. A database of somebody else, or none,
    /// is refused.
    virtual Result<void> openToRead(QSqlDatabase& database) const = 0;

    /// Begins a transaction that will write.
    virtual QString begin() const = 0;
    /// Begins a transaction that only reads: all of its questions see one moment.
    virtual QString beginToRead() const = 0;
    /// A statement of the schema, in which $bytes, $integer (64 bits), $serial (a primary key that counts by
    /// itself) and $clustered (a table stored in the order of its primary key) become this database's words.
    virtual QString schema(const QString& statement) const = 0;
    /// Statements that make the database refuse UPDATE and DELETE on `table`.
    virtual QStringList appendOnly(const QString& table) const = 0;
    /// The same, but lines whose `at` is before the value of the row `name` in the table meta may be deleted.
    virtual QStringList appendOnlySince(const QString& table, const QString& name) const = 0;
    /// Instead of appendOnly(): lines may be deleted whose `seq` is not greater than that in the only row of
    /// the table `base`.
    virtual QStringList appendOnlyAfter(const QString& table, const QString& base) const = 0;

    /// The sentence for a person. Invalid: the statement broke a rule of the schema and has changed nothing.
    /// Any other code: the transaction may be gone, all of it.
    virtual Error explain(const QSqlError& error) const = 0;
};

} // namespace viaduct::store
