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

constexpr const char* appendHistory
    = "INSERT INTO history(at, what, address, length, holder, detail) VALUES (?, ?, ?, ?, ?, ?)";

/// Nothing was changed, and the transaction goes on.
bool isBrokenRule(const Error& error) {
    return error.code == Error::Code::Invalid || error.code == Error::Code::Denied;
}

std::string_view letter(HistoryEntry::What what) {
    constexpr std::string_view letters = "GRCD";
    return letters.substr(static_cast<std::size_t>(what), 1);
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

Writer::Writer(QSqlDatabase& database, const Dialect& dialect)
    : m_dialect(dialect), m_begin(database), m_commit(database), m_rollback(database), m_savepoint(database),
      m_releaseSavepoint(database), m_rollbackToSavepoint(database), m_putAllocation(database),
      m_dropAllocation(database), m_putTunnel(database), m_dropTunnel(database), m_appendHistory(database),
      m_noteNextTunnelId(database) { }

Result<void> Writer::prepare() {
    const std::pair<QSqlQuery*, QString> statements[] = {
        {&m_begin, m_dialect.begin()},
        {&m_commit, QStringLiteral("COMMIT")},
        {&m_rollback, QStringLiteral("ROLLBACK")},
        {&m_savepoint, QStringLiteral("SAVEPOINT list")},
        {&m_releaseSavepoint, QStringLiteral("RELEASE SAVEPOINT list")},
        {&m_rollbackToSavepoint, QStringLiteral("ROLLBACK TO SAVEPOINT list")},
        {&m_putAllocation, QString::fromLatin1(putAllocation)},
        {&m_dropAllocation,
         QStringLiteral("DELETE FROM allocation WHERE address = ? AND length = ? AND pool = ?")},
        {&m_putTunnel, QString::fromLatin1(putTunnel)},
        {&m_dropTunnel, QStringLiteral("DELETE FROM tunnel WHERE id = ?")},
        {&m_appendHistory, QString::fromLatin1(appendHistory)},
        {&m_noteNextTunnelId,
         QStringLiteral("UPDATE meta SET value = ? WHERE name = 'next_tunnel_id' AND value < ?")},
    };
    for (const auto& [query, statement] : statements)
        if (!query->prepare(statement))
            return tl::unexpected(m_dialect.explain(query->lastError()));
    return {};
}

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
    if (auto begun = run(m_begin); !begun)
        return begun;
    auto done = body().and_then([&] { return noteHighestId(); }).and_then([&] { return run(m_commit); });
    if (done)
        m_notedId = m_highestId;
    else
        (void)run(m_rollback); // fails when the database has rolled back by itself, which is as good
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
        if (auto begun = run(m_savepoint); !begun)
            return begun;
        auto applied = applyOne(list);
        if (!applied && !isBrokenRule(applied.error()))
            return applied;
        if (!applied)
            if (auto undone = run(m_rollbackToSavepoint); !undone)
                return undone;
        if (auto released = run(m_releaseSavepoint); !released)
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
    Parameters parameters(m_putAllocation);
    parameters.address(allocation.block.address())
        .number(allocation.block.length())
        .text(allocation.pool)
        .text(allocation.holder)
        .time(allocation.since);
    if (allocation.quarantinedUntil)
        parameters.time(*allocation.quarantinedUntil);
    else
        parameters.null();
    if (auto done = run(m_putAllocation); !done)
        return done;
    if (m_putAllocation.numRowsAffected() == 0)
        return failure(
            Error::Code::Denied,
            "the database has another holder for " + allocation.block.text() + ", which was to go to "
                + allocation.holder + ": release it first");
    return {};
}

Result<void> Writer::apply(const change::DropAllocation& change) {
    Parameters(m_dropAllocation)
        .address(change.block.address())
        .number(change.block.length())
        .text(change.pool);
    return run(m_dropAllocation);
}

Result<void> Writer::apply(const change::PutTunnel& change) {
    const Tunnel& tunnel = change.tunnel;
    const auto dnsServers = joined(tunnel.dnsServers);
    if (!dnsServers)
        return tl::unexpected(dnsServers.error());
    Parameters parameters(m_putTunnel);
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
    return run(m_putTunnel);
}

Result<void> Writer::apply(const change::DropTunnel& change) {
    Parameters(m_dropTunnel).number(change.id);
    return run(m_dropTunnel);
}

Result<void> Writer::apply(const change::AppendHistory& change) {
    const HistoryEntry& entry = change.entry;
    Parameters(m_appendHistory)
        .time(entry.at)
        .text(letter(entry.what))
        .address(entry.prefix.address())
        .number(entry.prefix.length())
        .text(entry.holder)
        .text(entry.detail);
    return run(m_appendHistory);
}

/// Once for the transaction: an id must never come again, even when its tunnel is dropped before the next
/// start.
Result<void> Writer::noteHighestId() {
    if (m_highestId == m_notedId)
        return {};
    Parameters(m_noteNextTunnelId).number(m_highestId + 1).number(m_highestId + 1);
    return run(m_noteNextTunnelId);
}

Result<void> Writer::run(QSqlQuery& query) {
    if (!query.exec())
        return tl::unexpected(m_dialect.explain(query.lastError()));
    return {};
}

} // namespace viaduct::store
