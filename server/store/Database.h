// SPDX-License-Identifier: GPL-3.0-or-later
// The connection that writes: opened, its tables up to date, ready.
#pragma once

#include "server/store/Connection.h"
#include "server/store/Reader.h"
#include "server/store/Writer.h"

namespace viaduct::store {

class Database {
public:
    static Result<std::unique_ptr<Database>> open(std::unique_ptr<Dialect> dialect);

    Reader& reader() { return m_reader; }
    Writer& writer() { return m_writer; }

private:
    explicit Database(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> m_connection;
    Reader m_reader;
    Writer m_writer;
};

} // namespace viaduct::store
