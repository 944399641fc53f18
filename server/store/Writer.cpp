// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Writer.h"

#include "server/store/Columns.h"

#include <algorithm>
#include <utility>

namespace viaduct::store {

namespace {

// The last line of defence against a block with two holders: another takes it over only when its quarantine
// has ended.
constexpr const char* putAllocation
    = "INSERT INTO allocation(address, length, pool, holder, since, quarantined_until) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (address, length) DO UPDATE SET pool = excluded.pool, "
      "holder = excluded.holder, since = excluded.since, quarantined_until = excluded.quarantined_until "
      "WHERE allocation.holder = excluded.holder OR allocation.quarantined_until <= excluded.since";

constexpr const char* putTunnel
    = "INSERT INTO tunnel(id, holder, tunnel_server, mode, outer_local, outer_local_port, outer_remote, "
      "outer_remote_port, inner_server, inner_client, delegated, delegated_length, dns_servers, mtu, "
      "keepalive, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, tunnel_server = excluded.tunnel_server, "
      "mode = excluded.mode, outer_local = excluded.outer_local, "
      "outer_local_port = excluded.outer_local_port, outer_remote = excluded.outer_remote, "
      "outer_remote_port = excluded.outer_remote_port, inner_server = excluded.inner_server, "
      "inner_client = excluded.inner_client, delegated = excluded.delegated, "
      "delegated_length = excluded.delegated_length, dns_servers = excluded.dns_servers, "
      "mtu = excluded.mtu, keepalive = excluded.keepalive, since = excluded.since";

// Never a put upon what the writer has not seen: neither a newer version nor a record that is gone.
constexpr const char* makeRecord
    = "INSERT INTO record(kind, id, version, body) VALUES (?, ?, 1, ?) ON CONFLICT (kind, id) DO NOTHING";
constexpr const char* replaceRecord
    = "UPDATE record SET version = version + 1, body = ? WHERE kind = ? AND id = ? AND version = ?";

/// Nothing was changed, and the transaction goes on.
bool isBrokenRule(const Error& error) {
    return error.code == Error::Code::Invalid || error.code == Error::Code::Denied;
}

Result<std::string> joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (name.find('\n') != std::string::npos)
            return failure(
                Error::Code::Invalid, "a name server's name with a line break in it cannot be stored");
        text += text.empty() ? name : '\n' + name;
    }
    return text;
}

} // namespace

Writer::Writer(const QSqlDatabase& database, const Dialect& dialect)
    : m_begin(database, dialect, dialect.begin()), m_commit(database, dialect, QStringLiteral("COMMIT")),
      m_rollback(database, dialect, QStringLiteral("ROLLBACK")),
      m_savepoint(database, dialect, QStringLiteral("SAVEPOINT list")),
      m_releaseSavepoint(database, dialect, QStringLiteral("RELEASE SAVEPOINT list")),
      m_rollbackToSavepoint(database, dialect, QStringLiteral("ROLLBACK TO SAVEPOINT list")),
      m_putAllocation(database, dialect, QString::fromLatin1(putAllocation)),
      m_dropAllocation(
          database, dialect,
          QStringLiteral("DELETE FROM allocation WHERE address = ? AND length = ? AND pool = ?")),
      m_putTunnel(database, dialect, QString::fromLatin1(putTunnel)),
      m_dropTunnel(database, dialect, QStringLiteral("DELETE FROM tunnel WHERE id = ?")),
      m_makeRecord(database, dialect, QString::fromLatin1(makeRecord)),
      m_replaceRecord(database, dialect, QString::fromLatin1(replaceRecord)),
      m_dropRecord(database, dialect, QStringLiteral("DELETE FROM record WHERE kind = ? AND id = ?")),
      m_noteNextTunnelId(
          database, dialect,
          QStringLiteral("UPDATE meta SET value = ? WHERE name = 'next_tunnel_id' AND value < ?")),
      m_past(database, dialect), m_audit(database, dialect) { }

std::vector<Result<void>> Writer::write(std::span<const List> lists) {
    // A savepoint for each list costs a quarter more, and lists that break a rule are rare: only when one
    // has shown up is the transaction done again with savepoints.
    auto written = inTransaction([&] { return applyAll(lists); });
    if (written || !isBrokenRule(written.error()))
        return std::vector<Result<void>>(lists.size(), written);
    std::vector<Result<void>> results;
    results.reserve(lists.size());
    written = inTransaction([&] { return applyEach(lists, results); });
    if (!written)
        results.assign(lists.size(), written);
    return results;
}

Result<void> Writer::inTransaction(const std::function<Result<void>()>& body) {
    if (auto begun = m_begin.run(); !begun)
        return begun;
    m_audit.begin();
    auto done = body()
                    .and_then([&] { return noteHighestId(); })
                    .and_then([&] { return m_audit.noteHead(); })
                    .and_then([&] { return m_commit.run(); });
    if (done) {
        m_notedId = m_highestId;
    } else {
        (void)m_rollback.run(); // fails when the database has rolled back by itself, which is as good
        m_past.rolledBack();
    }
    return done;
}

Result<void> Writer::applyAll(std::span<const List> lists) {
    for (const List& list : lists)
        if (auto applied = applyOne(list); !applied)
            return applied;
    return {};
}

Result<void> Writer::applyEach(std::span<const List> lists, std::vector<Result<void>>& results) {
    for (const List& list : lists) {
        if (auto begun = m_savepoint.run(); !begun)
            return begun;
        const AuditWriter::Mark mark = m_audit.mark();
        auto applied = applyOne(list);
        if (!applied && !isBrokenRule(applied.error()))
            return applied;
        if (!applied) {
            if (auto undone = m_rollbackToSavepoint.run(); !undone)
                return undone;
            m_audit.goBack(mark);
            m_past.rolledBack();
        }
        if (auto released = m_releaseSavepoint.run(); !released)
            return released;
        results.push_back(std::move(applied));
    }
    return {};
}

Result<void> Writer::applyOne(const List& list) {
    for (const Change& change : list)
        if (auto applied = std::visit([this](const auto& what) { return apply(what); }, change); !applied)
            return applied;
    return {};
}

Result<void> Writer::apply(const change::PutAllocation& change) {
    const Allocation& allocation = change.allocation;
    Parameters parameters = m_putAllocation.bind();
    parameters.address(allocation.block.address())
        .number(allocation.block.length())
        .text(allocation.pool)
        .text(allocation.holder)
        .time(allocation.since);
    if (allocation.quarantinedUntil)
        parameters.time(*allocation.quarantinedUntil);
    else
        parameters.null();
    if (auto done = m_putAllocation.run(); !done)
        return done;
    if (m_putAllocation.rowsAffected() == 0)
        return failure(
            Error::Code::Denied,
            "the database has another holder for " + allocation.block.text() + ", which was to go to "
                + allocation.holder + ": release it first");
    return {};
}

Result<void> Writer::apply(const change::DropAllocation& change) {
    m_dropAllocation.bind().address(change.block.address()).number(change.block.length()).text(change.pool);
    return m_dropAllocation.run();
}

Result<void> Writer::apply(const change::PutTunnel& change) {
    const Tunnel& tunnel = change.tunnel;
    const auto dnsServers = joined(tunnel.dnsServers);
    if (!dnsServers)
        return tl::unexpected(dnsServers.error());
    Parameters parameters = m_putTunnel.bind();
    parameters.number(tunnel.id)
        .text(tunnel.holder)
        .text(tunnel.tunnelServer)
        .text(viaduct::text(tunnel.mode))
        .address(tunnel.outerLocal.address)
        .number(tunnel.outerLocal.port)
        .address(tunnel.outerRemote.address)
        .number(tunnel.outerRemote.port)
        .address(tunnel.innerServer)
        .address(tunnel.innerClient);
    if (tunnel.delegated)
        parameters.address(tunnel.delegated->address()).number(tunnel.delegated->length());
    else
        parameters.null().null();
    parameters.text(*dnsServers).number(tunnel.mtu).number(tunnel.keepalive.count()).time(tunnel.since);
    m_highestId = std::max(m_highestId, tunnel.id);
    return m_putTunnel.run();
}

Result<void> Writer::apply(const change::DropTunnel& change) {
    m_dropTunnel.bind().number(change.id);
    return m_dropTunnel.run();
}

Result<void> Writer::apply(const change::PutRecord& change) {
    const Record& record = change.record;
    const std::string name = "the record " + record.kind + ' ' + record.id;
    if (record.kind.empty() || record.id.empty() || record.version < 1)
        return failure(Error::Code::Invalid, name + " cannot be stored: it lacks a kind, an id or a version");
    if (auto fits = checkText("a record's kind", record.kind, Record::mostKind)
                        .and_then([&] { return checkText("a record's id", record.id, Record::mostId); })
                        .and_then([&] { return checkText(name, record.body, Record::mostBody); });
        !fits)
        return fits;
    Statement& put = record.version == 1 ? m_makeRecord : m_replaceRecord;
    if (record.version == 1)
        put.bind().text(record.kind).text(record.id).text(record.body);
    else
        put.bind().text(record.body).text(record.kind).text(record.id).number(record.version - 1);
    if (auto done = put.run(); !done)
        return done;
    if (put.rowsAffected() == 0)
        return failure(
            Error::Code::Denied,
            name + " is no longer as it was when version " + std::to_string(record.version)
                + " was made of it: read it again, then change it");
    return {};
}

Result<void> Writer::apply(const change::DropRecord& change) {
    m_dropRecord.bind().text(change.kind).text(change.id);
    return m_dropRecord.run();
}

/// Once for the transaction: an id must never come again, even when its tunnel is dropped before the next
/// start.
Result<void> Writer::noteHighestId() {
    if (m_highestId == m_notedId)
        return {};
    m_noteNextTunnelId.bind().number(m_highestId + 1).number(m_highestId + 1);
    return m_noteNextTunnelId.run();
}

} // namespace viaduct::store
