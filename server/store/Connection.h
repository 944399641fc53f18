// SPDX-License-Identifier: GPL-3.0-or-later
// One connection to a database. It belongs to the thread that opened it, as QtSql wants.
#pragma once

#include "server/store/Dialect.h"

#include <memory>

namespace viaduct::store {

class Connection {
public:
    enum class Use { ReadAndWrite, Read };

    static Result<std::unique_ptr<Connection>> open(std::unique_ptr<Dialect> dialect, Use use);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    /// Every statement made on it must be gone by now.
    ~Connection();

    QSqlDatabase& database() { return m_database; }
    const Dialect& dialect() const { return *m_dialect; }

private:
    explicit Connection(std::unique_ptr<Dialect> dialect);

    std::unique_ptr<Dialect> m_dialect;
    QString m_name; ///< among all of the process
    QSqlDatabase m_database;
};

} // namespace viaduct::store
