// SPDX-License-Identifier: GPL-3.0-or-later
// How values become columns and columns values again: addresses as 16 bytes (IPv4 mapped, so that ranges
// compare in one order), times as milliseconds, names as text.
#pragma once

#include "server/store/Records.h"
#include "shared/net/Error.h"

#include <QSqlQuery>
#include <string_view>

namespace viaduct::store {

/// Invalid when `text` (told as `name`) is longer than `most` bytes, no UTF-8, or holds a NUL: it would not
/// come back from the database as it went in.
Result<void> checkText(const std::string& name, std::string_view text, std::size_t most);

/// The bound parameters of a prepared statement, left to right.
class Parameters {
public:
    explicit Parameters(QSqlQuery& query) : m_query(query) { }

    /// Not copied: must live until the statement has run.
    Parameters& address(const IpAddress& address);
    Parameters& number(std::int64_t number);
    /// UTF-8.
    Parameters& text(std::string_view text);
    Parameters& time(TimePoint time);
    /// As hex digits: the same in every database, and legible.
    Parameters& hash(const AuditHash& hash);
    Parameters& what(HistoryEntry::What what);
    Parameters& null();

private:
    QSqlQuery& m_query;
    int m_next = 0;
};

/// The columns of a query's current row, left to right. What cannot be (an address of 15 bytes, an unknown
/// mode) makes the row damaged; its value is then a default.
class Row {
public:
    explicit Row(const QSqlQuery& query) : m_query(query) { }

    IpAddress address();
    std::int64_t number();
    std::string text();
    TimePoint time();
    std::optional<TimePoint> optionalTime();
    /// Two columns: address and length.
    Prefix prefix();
    std::optional<Prefix> optionalPrefix();
    /// Two columns: address and port.
    Endpoint endpoint();
    TunnelMode mode();
    AuditHash hash();
    HistoryEntry::What what();

    /// Invalid when the row of `table` holds what this program never writes.
    Result<void> check(const char* table) const;

private:
    QVariant take() { return m_query.value(m_next++); }

    const QSqlQuery& m_query;
    int m_next = 0;
    bool m_damaged = false;
};

} // namespace viaduct::store
