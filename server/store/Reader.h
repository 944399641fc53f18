// SPDX-License-Identifier: GPL-3.0-or-later
// What is read back: the state at start, and who held an address at a time.
#pragma once

#include "server/store/Statement.h"

namespace viaduct::store {

class Reader {
public:
    /// `database` has the current schema; it and `dialect` outlive this object.
    Reader(const QSqlDatabase& database, const Dialect& dialect);

    Result<Snapshot> load();

    /// Who held `address` at `at`, the most specific prefix first. The cost is a few index look-ups for each
    /// prefix length that was ever granted, however long the history.
    Result<std::vector<Tenure>> holdersAt(const IpAddress& address, TimePoint at);

private:
    Result<std::vector<Allocation>> allocations();
    Result<std::vector<Tunnel>> tunnels();
    Result<std::vector<Record>> records();
    Result<std::int64_t> nextTunnelId();

    Result<std::optional<int>> nextShorterLength(int length);
    Result<std::optional<Tenure>> tenureOf(const Prefix& prefix, TimePoint at);
    Result<std::optional<TimePoint>> nextLine(const Prefix& prefix, TimePoint at, std::int64_t id);

    Statement statement(const char* text) const;

    QSqlDatabase m_database;
    const Dialect& m_dialect;
};

} // namespace viaduct::store
