// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/PastWriter.h"

#include <algorithm>
#include <utility>

namespace viaduct::store {

namespace {

using What = HistoryEntry::What;

constexpr std::size_t mostHolder = 1024; ///< bytes

constexpr const char* append
    = "INSERT INTO history(at, what, address, length, holder_id, detail) VALUES (?, ?, ?, ?, ?, ?)";
constexpr const char* countInPoolStatement
    = "INSERT INTO pool_day(pool, day, granted, released) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (pool, day) DO UPDATE SET granted = pool_day.granted + excluded.granted, "
      "released = pool_day.released + excluded.released";
constexpr const char* addUsage
    = "INSERT INTO usage(day, holder_id, bytes_in, bytes_out, packets_in, packets_out, seconds_up, drops) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, holder_id) DO UPDATE SET "
      "bytes_in = usage.bytes_in + excluded.bytes_in, bytes_out = usage.bytes_out + excluded.bytes_out, "
      "packets_in = usage.packets_in + excluded.packets_in, "
      "packets_out = usage.packets_out + excluded.packets_out, "
      "seconds_up = usage.seconds_up + excluded.seconds_up, drops = usage.drops + excluded.drops";
constexpr const char* isActive = "SELECT 1 WHERE EXISTS (SELECT 1 FROM tunnel WHERE holder = ?) OR EXISTS "
                                 "(SELECT 1 FROM allocation WHERE holder = ? AND quarantined_until IS NULL)";

// Two thousand lines take some 20 ms: set-ups that wait for the same disk notice nothing. The last line of a
// prefix stays while it says that the prefix is held. The oldest go first, so that a release never goes
// before its grant.
constexpr const char* forgetTenures
    = "DELETE FROM history WHERE id IN (SELECT id FROM history AS line WHERE what IN ('G', 'R') AND at < ? "
      "AND (what = 'R' OR EXISTS (SELECT 1 FROM history AS later WHERE later.what IN ('G', 'R') "
      "AND later.length = line.length AND later.address = line.address "
      "AND (later.at, later.id) > (line.at, line.id) AND later.at < ?)) "
      "ORDER BY at, id LIMIT 2000) RETURNING holder_id";
constexpr const char* forgetConnections
    = "DELETE FROM history WHERE id IN (SELECT id FROM history WHERE what IN ('C', 'D') AND at < ? "
      "ORDER BY at, id LIMIT 2000) RETURNING holder_id";
constexpr const char* forgetUsage
    = "DELETE FROM usage WHERE (day, holder_id) IN (SELECT day, holder_id FROM usage WHERE day < ? "
      "ORDER BY day, holder_id LIMIT 2000) RETURNING holder_id";

Day dayOf(TimePoint time) {
    return std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
}

} // namespace

PastWriter::PastWriter(const QSqlDatabase& database, const Dialect& dialect)
    : m_names(database, dialect), m_append(database, dialect, QString::fromLatin1(append)),
      m_countInPool(database, dialect, QString::fromLatin1(countInPoolStatement)),
      m_addUsage(database, dialect, QString::fromLatin1(addUsage)),
      m_isActive(database, dialect, QString::fromLatin1(isActive)),
      m_renameInQuarantine(
          database, dialect, QStringLiteral("UPDATE allocation SET holder = ? WHERE holder = ?")),
      m_keptFrom(
          database, dialect,
          QStringLiteral("UPDATE meta SET value = ? WHERE name = 'history_kept_from' AND value < ?")),
      m_forgetTenures(database, dialect, QString::fromLatin1(forgetTenures)),
      m_forgetConnections(database, dialect, QString::fromLatin1(forgetConnections)),
      m_forgetUsage(database, dialect, QString::fromLatin1(forgetUsage)) { }

Result<void> PastWriter::apply(const change::AppendHistory& change) {
    const HistoryEntry& entry = change.entry;
    const auto holder = m_names.numberOf(entry.holder);
    if (!holder)
        return tl::unexpected(holder.error());
    m_append.bind()
        .time(entry.at)
        .what(entry.what)
        .address(entry.prefix.address())
        .number(entry.prefix.length())
        .number(*holder)
        .text(entry.detail);
    if (auto done = m_append.run(); !done)
        return done;
    return countInPool(entry);
}

Result<void> PastWriter::countInPool(const HistoryEntry& entry) {
    const bool granted = entry.what == What::Granted;
    if (!granted && entry.what != What::Released)
        return {};
    m_countInPool.bind()
        .text(entry.detail)
        .number(dayOf(entry.at))
        .number(granted ? 1 : 0)
        .number(granted ? 0 : 1);
    return m_countInPool.run();
}

Result<void> PastWriter::apply(const change::AddUsage& change) {
    const Usage& usage = change.usage;
    for (const std::int64_t number :
         {usage.bytesIn, usage.bytesOut, usage.packetsIn, usage.packetsOut, usage.secondsUp, usage.drops})
        if (number < 0 || number > Usage::most)
            return failure(
                Error::Code::Invalid,
                "a usage of " + std::to_string(number) + " cannot be added: 0 to "
                    + std::to_string(Usage::most) + " can");
    const auto holder = m_names.numberOf(change.holder);
    if (!holder)
        return tl::unexpected(holder.error());
    m_addUsage.bind()
        .number(change.day)
        .number(*holder)
        .number(usage.bytesIn)
        .number(usage.bytesOut)
        .number(usage.packetsIn)
        .number(usage.packetsOut)
        .number(usage.secondsUp)
        .number(usage.drops);
    return m_addUsage.run();
}

Result<void> PastWriter::apply(const change::EraseHolder& change) {
    if (auto fits = checkText("the pseudonym", change.pseudonym, mostHolder); !fits)
        return fits;
    if (auto idle = refuseActive(change.holder); !idle)
        return idle;
    if (auto renamed = m_names.rename(change.holder, change.pseudonym); !renamed)
        return renamed;
    m_renameInQuarantine.bind().text(change.pseudonym).text(change.holder);
    return m_renameInQuarantine.run();
}

Result<void> PastWriter::refuseActive(const Holder& holder) {
    m_isActive.bind().text(holder).text(holder);
    const auto active = m_isActive.row<bool>("allocation", [](Row&) { return true; });
    if (!active)
        return tl::unexpected(active.error());
    if (*active)
        return failure(
            Error::Code::Denied,
            holder + " still has a block or a tunnel: release them first, then it can be erased");
    return {};
}

Result<void> PastWriter::apply(const change::EndRetention& change) {
    const auto before
        = std::chrono::floor<std::chrono::milliseconds>(change.before.time_since_epoch()).count();
    m_keptFrom.bind().number(before).number(before);
    if (auto noted = m_keptFrom.run(); !noted)
        return noted;
    m_forgetTenures.bind().number(before).number(before);
    m_forgetConnections.bind().number(before);
    m_forgetUsage.bind().number(dayOf(change.before));
    std::vector<std::int64_t> holders;
    for (Statement* deletion : {&m_forgetTenures, &m_forgetConnections, &m_forgetUsage}) {
        const auto found = holdersOf(*deletion);
        if (!found)
            return tl::unexpected(found.error());
        holders.insert(holders.end(), found->begin(), found->end());
    }
    std::sort(holders.begin(), holders.end());
    holders.erase(std::unique(holders.begin(), holders.end()), holders.end());
    return m_names.dropUnused(holders);
}

Result<std::vector<std::int64_t>> PastWriter::holdersOf(Statement& deletion) {
    return deletion.rows<std::int64_t>("history", [](Row& row) { return row.number(); });
}

} // namespace viaduct::store
