// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Reader.h"

#include "server/store/Columns.h"

#include <algorithm>

namespace viaduct::store {

namespace {

// Each of these is answered by the index history_tenure: its condition on `what` must be in the statement
// word for word.
constexpr const char* shorterLength = "SELECT length FROM history WHERE what IN ('G', 'R') AND length < ? "
                                      "ORDER BY length DESC LIMIT 1";
constexpr const char* latestLine
    = "SELECT id, at, what, holder FROM history WHERE what IN ('G', 'R') "
      "AND length = ? AND address = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT 1";
constexpr const char* followingLine = "SELECT at FROM history WHERE what IN ('G', 'R') AND length = ? "
                                      "AND address = ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT 1";

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        result.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

} // namespace

Reader::Reader(QSqlDatabase& database, const Dialect& dialect) : m_database(database), m_dialect(dialect) { }

Result<Snapshot> Reader::load() {
    auto blocks = allocations();
    if (!blocks)
        return tl::unexpected(blocks.error());
    auto up = tunnels();
    if (!up)
        return tl::unexpected(up.error());
    const auto next = nextTunnelId();
    if (!next)
        return tl::unexpected(next.error());
    return Snapshot{std::move(*blocks), std::move(*up), *next};
}

Result<std::vector<Allocation>> Reader::allocations() {
    auto query = prepared("SELECT address, length, pool, holder, since, quarantined_until FROM allocation");
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    std::vector<Allocation> result;
    while (query->next()) {
        Row row(*query);
        Allocation allocation;
        allocation.block = row.prefix();
        allocation.pool = row.text();
        allocation.holder = row.text();
        allocation.since = row.time();
        allocation.quarantinedUntil = row.optionalTime();
        if (auto sound = row.check("allocation"); !sound)
            return tl::unexpected(sound.error());
        result.push_back(std::move(allocation));
    }
    if (query->lastError().isValid())
        return tl::unexpected(m_dialect.explain(query->lastError()));
    return result;
}

Result<std::vector<Tunnel>> Reader::tunnels() {
    auto query
        = prepared("SELECT id, holder, tunnel_server, mode, outer_local, outer_local_port, outer_remote, "
                   "outer_remote_port, inner_server, inner_client, delegated, delegated_length, "
                   "dns_servers, mtu, keepalive, since FROM tunnel ORDER BY id");
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    std::vector<Tunnel> result;
    while (query->next()) {
        Row row(*query);
        Tunnel tunnel;
        tunnel.id = row.number();
        tunnel.holder = row.text();
        tunnel.tunnelServer = row.text();
        tunnel.mode = row.mode();
        tunnel.outerLocal = row.endpoint();
        tunnel.outerRemote = row.endpoint();
        tunnel.innerServer = row.address();
        tunnel.innerClient = row.address();
        tunnel.delegated = row.optionalPrefix();
        tunnel.dnsServers = lines(row.text());
        tunnel.mtu = static_cast<int>(row.number());
        tunnel.keepalive = std::chrono::seconds(row.number());
        tunnel.since = row.time();
        if (auto sound = row.check("tunnel"); !sound)
            return tl::unexpected(sound.error());
        result.push_back(std::move(tunnel));
    }
    if (query->lastError().isValid())
        return tl::unexpected(m_dialect.explain(query->lastError()));
    return result;
}

Result<std::int64_t> Reader::nextTunnelId() {
    auto query = prepared("SELECT value FROM meta WHERE name = 'next_tunnel_id'");
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return failure(
            Error::Code::Invalid, "the table meta has lost next_tunnel_id: put the last backup in its place");
    return Row(*query).number();
}

Result<std::vector<Tenure>> Reader::holdersAt(const IpAddress& address, TimePoint at) {
    std::vector<Tenure> tenures;
    int length = address.isV4() ? 33 : 129; // one more than the longest prefix
    for (;;) {
        const auto shorter = nextShorterLength(length);
        if (!shorter)
            return tl::unexpected(shorter.error());
        if (!*shorter)
            return tenures;
        length = **shorter;
        auto tenure = tenureOf(Prefix(address, length), at);
        if (!tenure)
            return tl::unexpected(tenure.error());
        if (*tenure)
            tenures.push_back(std::move(**tenure));
    }
}

Result<std::optional<int>> Reader::nextShorterLength(int length) {
    auto query = prepared(shorterLength);
    if (!query)
        return tl::unexpected(query.error());
    Parameters(*query).number(length);
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return std::nullopt;
    return static_cast<int>(Row(*query).number());
}

Result<std::optional<Tenure>> Reader::tenureOf(const Prefix& prefix, TimePoint at) {
    auto query = prepared(latestLine);
    if (!query)
        return tl::unexpected(query.error());
    Parameters(*query).number(prefix.length()).address(prefix.address()).time(at);
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return std::nullopt;
    Row row(*query);
    const std::int64_t id = row.number();
    const TimePoint from = row.time();
    if (row.text() != "G")
        return std::nullopt;
    std::string holder = row.text();
    const auto to = nextLine(prefix, from, id);
    if (!to)
        return tl::unexpected(to.error());
    return Tenure{prefix, std::move(holder), from, *to};
}

Result<std::optional<TimePoint>> Reader::nextLine(const Prefix& prefix, TimePoint at, std::int64_t id) {
    auto query = prepared(followingLine);
    if (!query)
        return tl::unexpected(query.error());
    Parameters(*query).number(prefix.length()).address(prefix.address()).time(at).number(id);
    if (auto done = run(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return std::nullopt;
    return Row(*query).time();
}

Result<QSqlQuery> Reader::prepared(const char* statement) const {
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(QString::fromLatin1(statement)))
        return tl::unexpected(m_dialect.explain(query.lastError()));
    return query;
}

Result<void> Reader::run(QSqlQuery& query) const {
    if (!query.exec())
        return tl::unexpected(m_dialect.explain(query.lastError()));
    return {};
}

} // namespace viaduct::store
