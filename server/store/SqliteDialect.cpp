// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/SqliteDialect.h"

#include <QSqlQuery>
#include <QVariant>

namespace viaduct::store {

namespace {

// Primary result codes, https://www.sqlite.org/rescode.html. The room does not include sqlite3.h: QtSql is
// its only way to the database.
enum SqliteCode {
    sqlitePerm = 3,
    sqliteBusy = 5,
    sqliteLocked = 6,
    sqliteReadonly = 8,
    sqliteIoErr = 10,
    sqliteCorrupt = 11,
    sqliteFull = 13,
    sqliteCantOpen = 14,
    sqliteConstraint = 19,
    sqliteNotADb = 26
};

int primaryCode(const QSqlError& error) {
    return error.nativeErrorCode().toInt() & 0xff; // the rest refines it
}

QString refusal(const QString& table, const QString& what, const QString& when) {
    return QStringLiteral("CREATE TRIGGER %1_refuses_%2 BEFORE %2 ON %1 %3"
                          "BEGIN SELECT RAISE(ABORT, '%1 is append-only'); END")
        .arg(table, what, when);
}

} // namespace

QString SqliteDialect::driver() const {
    return QStringLiteral("QSQLITE");
}

QString SqliteDialect::begin() const {
    // Takes the writer's lock at once: found busy later, the whole group would have to be done again.
    return QStringLiteral("BEGIN IMMEDIATE");
}

QString SqliteDialect::beginToRead() const {
    return QStringLiteral("BEGIN");
}

QString SqliteDialect::schema(const QString& statement) const {
    QString text = statement;
    return text.replace(QStringLiteral("$bytes"), QStringLiteral("BLOB"))
        .replace(QStringLiteral("$integer"), QStringLiteral("INTEGER"))
        .replace(QStringLiteral("$serial"), QStringLiteral("INTEGER PRIMARY KEY"))
        .replace(QStringLiteral("$clustered"), QStringLiteral("WITHOUT ROWID"));
}

QStringList SqliteDialect::appendOnly(const QString& table) const {
    return {refusal(table, QStringLiteral("UPDATE"), {}), refusal(table, QStringLiteral("DELETE"), {})};
}

QStringList SqliteDialect::appendOnlySince(const QString& table, const QString& name) const {
    // Without that row nothing may be deleted.
    const QString kept
        = QStringLiteral("WHEN OLD.at >= COALESCE((SELECT value FROM meta WHERE name = '%1'), OLD.at) ")
              .arg(name);
    return {refusal(table, QStringLiteral("UPDATE"), {}), refusal(table, QStringLiteral("DELETE"), kept)};
}

QStringList SqliteDialect::appendOnlyAfter(const QString& table, const QString& base) const {
    // Without that row nothing may be deleted.
    const QString kept
        = QStringLiteral("WHEN OLD.seq > COALESCE((SELECT seq FROM %1), OLD.seq - 1) ").arg(base);
    return {
        QStringLiteral("DROP TRIGGER %1_refuses_DELETE").arg(table),
        refusal(table, QStringLiteral("DELETE"), kept)};
}

Result<void> SqliteDialect::open(QSqlDatabase& database) const {
    database.setDatabaseName(m_file);
    if (!database.open())
        return tl::unexpected(explain(database.lastError()));
    // Whose file it is must be known before anything is changed in it; WAL mode is such a change.
    return claim(database).and_then([&] { return configure(database); });
}

Result<void> SqliteDialect::openToRead(QSqlDatabase& database) const {
    database.setDatabaseName(m_file);
    database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
    if (!database.open())
        return tl::unexpected(explain(database.lastError()));
    const auto id = number(database, QStringLiteral("PRAGMA application_id"));
    if (!id)
        return tl::unexpected(id.error());
    if (*id != applicationId)
        return failure(Error::Code::Invalid, m_file.toStdString() + " is no database of Viaduct");
    for (const char* pragma : {"PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-16384"})
        if (auto done = run(database, QString::fromLatin1(pragma)); !done)
            return done;
    return {};
}

Result<void> SqliteDialect::claim(QSqlDatabase& database) const {
    const auto id = number(database, QStringLiteral("PRAGMA application_id"));
    if (!id)
        return tl::unexpected(id.error());
    if (*id == applicationId)
        return {};
    const auto tables = number(database, QStringLiteral("SELECT count(*) FROM sqlite_schema"));
    if (!tables)
        return tl::unexpected(tables.error());
    if (*id != 0 || *tables != 0)
        return failure(
            Error::Code::Invalid,
            m_file.toStdString() + " is a database of another program: move it away, a new one will be made");
    return run(database, QStringLiteral("PRAGMA application_id=%1").arg(applicationId));
}

Result<void> SqliteDialect::configure(QSqlDatabase& database) const {
    // 32 MiB: the inner pages of the history's index at ten million lines. secure_delete: what is erased is
    // not left in the file's free space.
    for (const char* pragma :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY",
          "PRAGMA secure_delete=ON", "PRAGMA cache_size=-32768"})
        if (auto done = run(database, QString::fromLatin1(pragma)); !done)
            return done;
    return {};
}

Result<qint64> SqliteDialect::number(QSqlDatabase& database, const QString& statement) const {
    QSqlQuery query(database);
    if (!query.exec(statement) || !query.next())
        return tl::unexpected(explain(query.lastError()));
    return query.value(0).toLongLong();
}

Result<void> SqliteDialect::run(QSqlDatabase& database, const QString& statement) const {
    QSqlQuery query(database);
    if (!query.exec(statement))
        return tl::unexpected(explain(query.lastError()));
    return {};
}

Error SqliteDialect::explain(const QSqlError& error) const {
    const std::string file = m_file.toStdString();
    const std::string detail = " (SQLite " + error.nativeErrorCode().toStdString() + ", "
        + error.databaseText().toStdString() + ")";
    switch (primaryCode(error)) {
    case sqliteBusy:
    case sqliteLocked:
        return {Error::Code::Busy, "another program keeps " + file + " locked: end it" + detail};
    case sqliteFull:
        return {Error::Code::System, "the disk that holds " + file + " is full: make room on it" + detail};
    case sqliteIoErr:
        return {
            Error::Code::System,
            "the disk refuses to read or write " + file + ": look into the kernel's log" + detail};
    case sqliteCorrupt:
    case sqliteNotADb:
        return {
            Error::Code::System,
            file + " is damaged or no SQLite database: put the last backup in its place" + detail};
    case sqlitePerm:
    case sqliteReadonly:
    case sqliteCantOpen:
        return {
            Error::Code::System,
            "may not open or write " + file + ": give it and its directory to the broker's user" + detail};
    case sqliteConstraint:
        return {Error::Code::Invalid, "the change breaks a rule of " + file + detail};
    default:
        return {Error::Code::System, "the database " + file + " refuses" + detail};
    }
}

} // namespace viaduct::store
