// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Connection.h"

#include <atomic>

namespace viaduct::store {

namespace {

QString freshName() {
    static std::atomic<int> next{0};
    return QStringLiteral("viaduct-store-%1").arg(next++);
}

} // namespace

Connection::Connection(std::unique_ptr<Dialect> dialect)
    : m_dialect(std::move(dialect)), m_name(freshName()),
      m_database(QSqlDatabase::addDatabase(m_dialect->driver(), m_name)) { }

Connection::~Connection() {
    m_database = QSqlDatabase(); // QtSql wants it gone before its name is given up
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Connection>> Connection::open(std::unique_ptr<Dialect> dialect, Use use) {
    const QString driver = dialect->driver();
    if (!QSqlDatabase::isDriverAvailable(driver))
        return failure(
            Error::Code::System,
            "Qt's database driver " + driver.toStdString() + " is missing: install libqt6sql6-sqlite");
    std::unique_ptr<Connection> connection(new Connection(std::move(dialect)));
    const auto opened = use == Use::Read ? connection->m_dialect->openToRead(connection->m_database)
                                         : connection->m_dialect->open(connection->m_database);
    if (!opened)
        return tl::unexpected(opened.error());
    return connection;
}

} // namespace viaduct::store
