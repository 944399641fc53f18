// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/Reader.h"

#include <algorithm>

namespace viaduct::store {

namespace {

// Each of these is answered by the index history_tenure: its condition on `what` must be in the statement
// word for word.
constexpr const char* shorterLength = "SELECT length FROM history WHERE what IN ('G', 'R') AND length < ? "
                                      "ORDER BY length DESC LIMIT 1";
constexpr const char* latestLine
    = "SELECT id, at, what, (SELECT name FROM holder WHERE holder.id = history.holder_id) FROM history "
      "WHERE what IN ('G', 'R') AND length = ? AND address = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT 1";
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

Tunnel tunnelOf(Row& row) {
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
    return tunnel;
}

Allocation allocationOf(Row& row) {
    Allocation allocation;
    allocation.block = row.prefix();
    allocation.pool = row.text();
    allocation.holder = row.text();
    allocation.since = row.time();
    allocation.quarantinedUntil = row.optionalTime();
    return allocation;
}

Record recordOf(Row& row) {
    Record record;
    record.kind = row.text();
    record.id = row.text();
    record.version = row.number();
    record.body = row.text();
    return record;
}

struct Line {
    std::int64_t id = 0;
    TimePoint at;
    HistoryEntry::What what = HistoryEntry::What::Granted;
    Holder holder;
};

Line lineOf(Row& row) {
    Line line;
    line.id = row.number();
    line.at = row.time();
    line.what = row.what();
    line.holder = row.text();
    return line;
}

} // namespace

Reader::Reader(const QSqlDatabase& database, const Dialect& dialect)
    : m_database(database), m_dialect(dialect) { }

Result<Snapshot> Reader::load() {
    auto blocks = allocations();
    if (!blocks)
        return tl::unexpected(blocks.error());
    auto up = tunnels();
    if (!up)
        return tl::unexpected(up.error());
    auto documents = records();
    if (!documents)
        return tl::unexpected(documents.error());
    const auto next = nextTunnelId();
    if (!next)
        return tl::unexpected(next.error());
    return Snapshot{std::move(*blocks), std::move(*up), *next, std::move(*documents)};
}

Result<std::vector<Allocation>> Reader::allocations() {
    return statement("SELECT address, length, pool, holder, since, quarantined_until FROM allocation")
        .rows<Allocation>("allocation", allocationOf);
}

Result<std::vector<Tunnel>> Reader::tunnels() {
    return statement("SELECT id, holder, tunnel_server, mode, outer_local, outer_local_port, outer_remote, "
                     "outer_remote_port, inner_server, inner_client, delegated, delegated_length, "
                     "dns_servers, mtu, keepalive, since FROM tunnel ORDER BY id")
        .rows<Tunnel>("tunnel", tunnelOf);
}

Result<std::vector<Record>> Reader::records() {
    return statement("SELECT kind, id, version, body FROM record").rows<Record>("record", recordOf);
}

Result<std::int64_t> Reader::nextTunnelId() {
    const auto next = statement("SELECT value FROM meta WHERE name = 'next_tunnel_id'")
                          .row<std::int64_t>("meta", [](Row& row) { return row.number(); });
    if (!next)
        return tl::unexpected(next.error());
    if (!*next)
        return failure(
            Error::Code::Invalid, "the table meta has lost next_tunnel_id: put the last backup in its place");
    return **next;
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
    Statement shorter = statement(shorterLength);
    shorter.bind().number(length);
    return shorter.row<int>("history", [](Row& row) { return static_cast<int>(row.number()); });
}

Result<std::optional<Tenure>> Reader::tenureOf(const Prefix& prefix, TimePoint at) {
    Statement latest = statement(latestLine);
    latest.bind().number(prefix.length()).address(prefix.address()).time(at);
    const auto line = latest.row<Line>("history", lineOf);
    if (!line)
        return tl::unexpected(line.error());
    if (!*line || (*line)->what != HistoryEntry::What::Granted)
        return std::nullopt;
    const auto to = nextLine(prefix, (*line)->at, (*line)->id);
    if (!to)
        return tl::unexpected(to.error());
    return Tenure{prefix, (*line)->holder, (*line)->at, *to};
}

Result<std::optional<TimePoint>> Reader::nextLine(const Prefix& prefix, TimePoint at, std::int64_t id) {
    Statement following = statement(followingLine);
    following.bind().number(prefix.length()).address(prefix.address()).time(at).number(id);
    return following.row<TimePoint>("history", [](Row& row) { return row.time(); });
}

Statement Reader::statement(const char* text) const {
    return {m_database, m_dialect, QString::fromLatin1(text)};
}

} // namespace viaduct::store
