// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Database.h"

#include "server/store/Schema.h"

namespace viaduct::store {

Database::Database(std::unique_ptr<Connection> connection)
    : m_connection(std::move(connection)), m_reader(m_connection->database(), m_connection->dialect()),
      m_writer(m_connection->database(), m_connection->dialect()) { }

Result<std::unique_ptr<Database>> Database::open(std::unique_ptr<Dialect> dialect) {
    auto connection = Connection::open(std::move(dialect), Connection::Use::ReadAndWrite);
    if (!connection)
        return tl::unexpected(connection.error());
    const Dialect& known = (*connection)->dialect();
    if (auto migrated = migrate((*connection)->database(), known, migrations(known)); !migrated)
        return tl::unexpected(migrated.error());
    return std::unique_ptr<Database>(new Database(std::move(*connection)));
}

} // namespace viaduct::store
