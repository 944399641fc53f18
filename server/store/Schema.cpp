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

Migration worded(const Dialect& dialect, std::initializer_list<const char*> statements) {
    Migration step;
    for (const char* statement : statements)
        step.push_back(dialect.schema(QString::fromLatin1(statement)));
    return step;
}

Migration firstStep(const Dialect& dialect) {
    return worded(
               dialect,
               {
                   "CREATE TABLE allocation(address $bytes NOT NULL, length $integer NOT NULL, "
                   "pool TEXT NOT NULL, holder TEXT NOT NULL, since $integer NOT NULL, "
                   "quarantined_until $integer, PRIMARY KEY (address, length)) $clustered",
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
                   "address $bytes NOT NULL, length $integer NOT NULL, "
                   "holder TEXT NOT NULL, detail TEXT NOT NULL)",
                   // Who had an address at a time: one probe for each prefix length in use finds the latest
                   // line.
                   "CREATE INDEX history_tenure ON history(length, address, at) WHERE what IN ('G', 'R')",
                   "CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value $integer NOT NULL)",
                   "INSERT INTO meta(name, value) VALUES ('next_tunnel_id', 1)",
               })
        + dialect.appendOnly(QStringLiteral("history"));
}

/// The history names its holders by number, so that one can be erased although no line ever changes.
Migration holdersByNumber(const Dialect& dialect) {
    return worded(
               dialect,
               {
                   "CREATE TABLE holder(id $serial, name TEXT NOT NULL UNIQUE)",
                   "INSERT INTO holder(name) SELECT holder FROM history GROUP BY holder ORDER BY min(id)",
                   "CREATE TABLE history_by_number(id $serial, at $integer NOT NULL, "
                   "what TEXT NOT NULL CHECK (what IN ('G', 'R', 'C', 'D')), "
                   "address $bytes NOT NULL, length $integer NOT NULL, "
                   "holder_id $integer NOT NULL, detail TEXT NOT NULL)",
                   "INSERT INTO history_by_number(at, what, address, length, holder_id, detail) "
                   "SELECT at, what, address, length, holder.id, detail "
                   "FROM history JOIN holder ON holder.name = history.holder ORDER BY history.id",
                   "DROP TABLE history",
                   "ALTER TABLE history_by_number RENAME TO history",
                   // Two halves, since questions about tenures must not wade through connections. Together
                   // they answer for every line, and each line pays for one of them.
                   "CREATE INDEX history_tenure ON history(length, address, at) WHERE what IN ('G', 'R')",
                   "CREATE INDEX history_connection ON history(length, address, at) "
                   "WHERE what IN ('C', 'D')",
                   "CREATE INDEX history_tenure_at ON history(at) WHERE what IN ('G', 'R')",
                   "CREATE INDEX history_connection_at ON history(at) WHERE what IN ('C', 'D')",
                   "CREATE INDEX history_holder ON history(holder_id, at)",
                   "INSERT INTO meta(name, value) VALUES ('history_kept_from', 0)",
               })
        + dialect.appendOnlySince(QStringLiteral("history"), QStringLiteral("history_kept_from"));
}

Migration auditTables(const Dialect& dialect) {
    return worded(
               dialect,
               {
                   "CREATE TABLE audit(seq $integer NOT NULL PRIMARY KEY, at $integer NOT NULL, "
                   "actor TEXT NOT NULL, origin TEXT NOT NULL, action TEXT NOT NULL, "
                   "target TEXT NOT NULL, value_before TEXT NOT NULL, value_after TEXT NOT NULL, "
                   "hash TEXT NOT NULL)",
                   "CREATE INDEX audit_actor ON audit(actor, seq)",
                   "CREATE INDEX audit_target ON audit(target, seq)",
                   "CREATE INDEX audit_action ON audit(action)",
                   "CREATE INDEX audit_at ON audit(at)",
                   // A chain does not show that its end was cut off; this does.
                   "CREATE TABLE audit_head(id $integer NOT NULL PRIMARY KEY CHECK (id = 1), "
                   "seq $integer NOT NULL, hash TEXT NOT NULL)",
                   "INSERT INTO audit_head(id, seq, hash) VALUES (1, 0, "
                   "'0000000000000000000000000000000000000000000000000000000000000000')",
               })
        + dialect.appendOnly(QStringLiteral("audit"));
}

Migration secondStep(const Dialect& dialect) {
    return holdersByNumber(dialect) + auditTables(dialect)
        + worded(
               dialect,
               {
                   "CREATE TABLE record(kind TEXT NOT NULL, id TEXT NOT NULL, version $integer NOT NULL, "
                   "body TEXT NOT NULL, PRIMARY KEY (kind, id))",
                   "CREATE TABLE usage(day $integer NOT NULL, holder_id $integer NOT NULL, "
                   "bytes_in $integer NOT NULL, bytes_out $integer NOT NULL, "
                   "packets_in $integer NOT NULL, packets_out $integer NOT NULL, "
                   "seconds_up $integer NOT NULL, drops $integer NOT NULL, "
                   "PRIMARY KEY (day, holder_id)) $clustered",
                   "CREATE INDEX usage_holder ON usage(holder_id, day)",
                   // What the lines G and R of a day add up to; it outlives them.
                   "CREATE TABLE pool_day(pool TEXT NOT NULL, day $integer NOT NULL, "
                   "granted $integer NOT NULL, released $integer NOT NULL, "
                   "PRIMARY KEY (pool, day)) $clustered",
                   "INSERT INTO pool_day(pool, day, granted, released) SELECT detail, at / 86400000, "
                   "sum(CASE what WHEN 'G' THEN 1 ELSE 0 END), sum(CASE what WHEN 'R' THEN 1 ELSE 0 END) "
                   "FROM history WHERE what IN ('G', 'R') GROUP BY detail, at / 86400000",
               });
}

/// The audit's first lines may go when their retention has ended; where the chain then begins is noted.
Migration thirdStep(const Dialect& dialect) {
    return worded(
               dialect,
               {
                   // told: of what was forgotten, the last time that the audit itself told of it.
                   "CREATE TABLE audit_base(id $integer NOT NULL PRIMARY KEY CHECK (id = 1), "
                   "seq $integer NOT NULL, hash TEXT NOT NULL, "
                   "told_seq $integer NOT NULL, told_at $integer NOT NULL)",
                   "INSERT INTO audit_base(id, seq, hash, told_seq, told_at) VALUES (1, 0, "
                   "'0000000000000000000000000000000000000000000000000000000000000000', 0, 0)",
               })
        + dialect.appendOnlyAfter(QStringLiteral("audit"), QStringLiteral("audit_base"));
}

} // namespace

std::vector<Migration> migrations(const Dialect& dialect) {
    return {firstStep(dialect), secondStep(dialect), thirdStep(dialect)};
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
