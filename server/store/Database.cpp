// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Database.h"

#include "server/store/Schema.h"

#include <atomic>

namespace viaduct::store {

namespace {

QString freshName() {
    static std::atomic<int> next{0};
    return QStringLiteral("viaduct-store-%1").arg(next++);
}

} // namespace

Database::Database(std::unique_ptr<Dialect> dialect)
    : m_dialect(std::move(dialect)), m_name(freshName()),
      m_connection(QSqlDatabase::addDatabase(m_dialect->driver(), m_name)),
      m_reader(std::make_unique<Reader>(m_connection, *m_dialect)),
      m_writer(std::make_unique<Writer>(m_connection, *m_dialect)) { }

Database::~Database() {
    // QtSql wants everything that used the connection gone before its name is given up.
    m_writer.reset();
    m_reader.reset();
    m_connection = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Database>> Database::open(std::unique_ptr<Dialect> dialect) {
    const QString driver = dialect->driver();
    if (!QSqlDatabase::isDriverAvailable(driver))
        return failure(
            Error::Code::System,
            "Qt's database driver " + driver.toStdString() + " is missing: install libqt6sql6-sqlite");
    std::unique_ptr<Database> database(new Database(std::move(dialect)));
    const auto ready
        = database->m_dialect->open(database->m_connection)
              .and_then([&] {
                  return migrate(
                      database->m_connection, *database->m_dialect, migrations(*database->m_dialect));
              })
              .and_then([&] { return database->m_writer->prepare(); });
    if (!ready)
        return tl::unexpected(ready.error());
    return database;
}

} // namespace viaduct::store
