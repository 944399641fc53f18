// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Schema.h"

#include <QDateTime>
#include <QSqlQuery>
#include <QVariant>

namespace viaduct::store {

namespace {

/// Runs what has no parameters.
Result<void> run(QSqlDatabase& database, const Dialect& dialect, const QString& statement) {
    QSqlQuery query(database);
    if (!query.exec(statement))
        return tl::unexpected(dialect.explain(query.lastError()));
    return {};
}

struct Version {
    std::size_t number = 0;
    QString program;
};

Result<Version> currentVersion(QSqlDatabase& database, const Dialect& dialect) {
    QSqlQuery query(database);
    if (!query.exec(
            QStringLiteral("SELECT version, program FROM schema_version ORDER BY version DESC LIMIT 1")))
        return tl::unexpected(dialect.explain(query.lastError()));
    if (!query.next())
        return Version{};
    return Version{query.value(0).toULongLong(), query.value(1).toString()};
}

Result<void> noteVersion(QSqlDatabase& database, const Dialect& dialect, std::size_t version) {
    QSqlQuery query(database);
    query.prepare(QStringLiteral("INSERT INTO schema_version(version, applied, program) VALUES (?, ?, ?)"));
    query.addBindValue(static_cast<qulonglong>(version));
    query.addBindValue(QDateTime::currentMSecsSinceEpoch());
    query.addBindValue(QStringLiteral(VIADUCT_VERSION));
    if (!query.exec())
        return tl::unexpected(dialect.explain(query.lastError()));
    return {};
}

Result<void>
take(QSqlDatabase& database, const Dialect& dialect, const Migration& step, std::size_t version) {
    if (auto begun = run(database, dialect, dialect.begin()); !begun)
        return begun;
    Result<void> result;
    for (const QString& statement : step)
        if (result = run(database, dialect, statement); !result)
            break;
    result = result.and_then([&] { return noteVersion(database, dialect, version); }).and_then([&] {
        return run(database, dialect, QStringLiteral("COMMIT"));
    });
    if (!result)
        (void)run(database, dialect, QStringLiteral("ROLLBACK")); // the first error is the one to tell
    return result;
}

} // namespace

std::vector<Migration> migrations(const Dialect& dialect) {
    Migration first;
    for (const char* statement : {
             "CREATE TABLE allocation(address $bytes NOT NULL, length $integer NOT NULL, "
             "pool TEXT NOT NULL, holder TEXT NOT NULL, since $integer NOT NULL, quarantined_until $integer, "
             "PRIMARY KEY (address, length)) $clustered",
             "CREATE TABLE tunnel(id $integer NOT NULL PRIMARY KEY, holder TEXT NOT NULL, "
             "tunnel_server TEXT NOT NULL, mode TEXT NOT NULL, "
             "outer_local $bytes NOT NULL, outer_local_port $integer NOT NULL, "
             "outer_remote $bytes NOT NULL, outer_remote_port $integer NOT NULL, "
             "inner_server $bytes NOT NULL, inner_client $bytes NOT NULL, "
             "delegated $bytes, delegated_length $integer, dns_servers TEXT NOT NULL, "
             "mtu $integer NOT NULL, keepalive $integer NOT NULL, since $integer NOT NULL)",
             // What: G granted, R released, C connected, D disconnected.
             "CREATE TABLE history(id $serial, at $integer NOT NULL, "
             "what TEXT NOT NULL CHECK (what IN ('G', 'R', 'C', 'D')), "
             "address $bytes NOT NULL, length $integer NOT NULL, holder TEXT NOT NULL, detail TEXT NOT NULL)",
             // Who had an address at a time: one probe for each prefix length in use finds the latest line.
             "CREATE INDEX history_tenure ON history(length, address, at) WHERE what IN ('G', 'R')",
             "CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value $integer NOT NULL)",
             "INSERT INTO meta(name, value) VALUES ('next_tunnel_id', 1)",
         })
        first.push_back(dialect.schema(QString::fromLatin1(statement)));
    for (const QString& statement : dialect.appendOnly(QStringLiteral("history")))
        first.push_back(statement);
    return {first};
}

Result<void> migrate(QSqlDatabase& database, const Dialect& dialect, const std::vector<Migration>& steps) {
    const QString versions = dialect.schema(QStringLiteral(
        "CREATE TABLE IF NOT EXISTS schema_version("
        "version $integer NOT NULL PRIMARY KEY, applied $integer NOT NULL, program TEXT NOT NULL)"));
    if (auto made = run(database, dialect, versions); !made)
        return made;
    const auto current = currentVersion(database, dialect);
    if (!current)
        return tl::unexpected(current.error());
    if (current->number > steps.size())
        return failure(
            Error::Code::Invalid,
            "the database has schema version " + std::to_string(current->number) + " of Viaduct "
                + current->program.toStdString() + ", but this program (" VIADUCT_VERSION
                + ") knows versions up to " + std::to_string(steps.size())
                + ": install that release again, or put back the backup made before it");
    for (std::size_t version = current->number; version < steps.size(); ++version)
        if (auto taken = take(database, dialect, steps[version], version + 1); !taken)
            return taken;
    return {};
}

} // namespace viaduct::store
