// SPDX-License-Identifier: GPL-3.0-or-later
// One connection to the database, opened, up to date and ready to read and write. It belongs to the thread
// that opened it, as QtSql wants.
#pragma once

#include "server/store/Reader.h"
#include "server/store/Writer.h"

#include <memory>

namespace viaduct::store {

class Database {
public:
    static Result<std::unique_ptr<Database>> open(std::unique_ptr<Dialect> dialect);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    Reader& reader() { return *m_reader; }
    Writer& writer() { return *m_writer; }

private:
    explicit Database(std::unique_ptr<Dialect> dialect);

    std::unique_ptr<Dialect> m_dialect;
    QString m_name; ///< of the connection, among all of the process
    QSqlDatabase m_connection;
    std::unique_ptr<Reader> m_reader;
    std::unique_ptr<Writer> m_writer;
};

} // namespace viaduct::store
