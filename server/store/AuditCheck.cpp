// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditCheck.h"

#include "server/store/AuditChain.h"
#include "server/store/Connection.h"
#include "server/store/SqliteDialect.h"
#include "server/store/Statement.h"

#include <limits>

namespace viaduct::store {

namespace {

using Kind = AuditFault::Kind;

/// A line as it stands there, sound or not.
struct StoredLine {
    std::int64_t seq = 0;
    AuditEntry entry;
    std::string hash;
};

StoredLine storedLineOf(Row& row) {
    StoredLine line;
    line.seq = row.number();
    line.entry.at = row.time();
    line.entry.actor = row.text();
    line.entry.from = row.text();
    line.entry.action = row.text();
    line.entry.target = row.text();
    line.entry.before = row.text();
    line.entry.after = row.text();
    line.hash = row.text();
    return line;
}

/// Of the chain's end or beginning, sound or not.
struct StoredNote {
    std::int64_t seq = 0;
    std::string hash;
};

StoredNote storedNoteOf(Row& row) {
    StoredNote note;
    note.seq = row.number();
    note.hash = row.text();
    return note;
}

/// The first version of the schema with an audit, and the first in which its beginning may be forgotten.
constexpr std::int64_t versionWithAudit = 2;
constexpr std::int64_t versionWithBase = 3;

class AuditCheck {
public:
    AuditCheck(const QSqlDatabase& database, const Dialect& dialect, const std::optional<AuditHead>& kept)
        : m_database(database), m_dialect(dialect), m_kept(kept) { }

    Result<AuditReport> run() {
        return refuseWithoutAudit()
            .and_then([this] { return begin(); })
            .and_then([this] { return m_report.fault ? Result<void>{} : walk(); })
            .and_then([this] { return m_report.fault ? Result<void>{} : holdAgainstHead(); })
            .map([this] {
                if (!m_report.fault)
                    holdAgainstKept();
                return m_report;
            });
    }

private:
    Result<void> refuseWithoutAudit();
    Result<void> begin();
    Result<void> walk();
    Result<void> look(const StoredLine& line);
    void faultBefore(std::int64_t seq);
    Result<void> holdAgainstHead();
    void holdAgainstKept();
    Result<std::optional<std::int64_t>> whereItStands(const std::string& hashInItsPlace);
    Result<std::int64_t> count();
    template <typename Visit>
    Result<void> forEach(std::int64_t from, const Visit& visit);

    void fault(std::int64_t seq, Kind kind, std::string sentence) {
        m_report.fault = {seq, kind, std::move(sentence)};
    }
    std::int64_t expected() const { return m_report.head.seq + 1; }

    const QSqlDatabase& m_database;
    const Dialect& m_dialect;
    std::optional<AuditHead> m_kept;
    std::optional<AuditHash> m_hashAtKept;
    std::int64_t m_version = 0; ///< of the schema
    AuditBase m_base;
    AuditReport m_report;
};

Result<void> AuditCheck::refuseWithoutAudit() {
    const auto version
        = Statement(m_database, m_dialect, QStringLiteral("SELECT max(version) FROM schema_version"))
              .row<std::int64_t>("schema_version", [](Row& row) { return row.number(); });
    if (!version)
        return tl::unexpected(version.error());
    m_version = version->value_or(0);
    if (m_version < versionWithAudit)
        return failure(
            Error::Code::NotFound,
            "this database is of a release that kept no audit: start the broker once to bring it up to date");
    return {};
}

/// Where the chain begins: with the first line, or after the last that was forgotten.
Result<void> AuditCheck::begin() {
    if (m_version < versionWithBase)
        return {};
    const auto noted
        = Statement(m_database, m_dialect, QStringLiteral("SELECT seq, hash FROM audit_base WHERE id = 1"))
              .row<StoredNote>("audit_base", storedNoteOf);
    if (!noted)
        return tl::unexpected(noted.error());
    if (!*noted) {
        fault(1, Kind::BaseLost, "the note of the chain's beginning is missing");
        return {};
    }
    const auto hash = auditHashFromText((*noted)->hash);
    const bool isNone = (*noted)->seq == 0 && hash == AuditHash{};
    if (!hash || ((*noted)->seq <= 0 && !isNone)) {
        fault(1, Kind::BaseLost, "the note of the chain's beginning is none that was ever written");
        return {};
    }
    m_base = {(*noted)->seq, *hash};
    m_report.head = m_base;
    m_report.forgotten = m_base.seq;
    if (m_kept && m_kept->seq == m_base.seq)
        m_hashAtKept = m_base.hash;
    return {};
}

/// The lines from seq `from` on, in its order, until `visit` says that it is enough. Some at a time: all of
/// them may not fit into memory.
template <typename Visit>
Result<void> AuditCheck::forEach(std::int64_t from, const Visit& visit) {
    Statement page(
        m_database, m_dialect,
        QStringLiteral("SELECT seq, at, actor, origin, action, target, value_before, value_after, hash "
                       "FROM audit WHERE seq >= ? ORDER BY seq LIMIT 500"));
    for (;;) {
        page.bind().number(from);
        const auto lines = page.rows<StoredLine>("audit", storedLineOf);
        if (!lines)
            return tl::unexpected(lines.error());
        for (const StoredLine& line : *lines)
            if (!visit(line))
                return {};
        if (lines->empty() || lines->back().seq == std::numeric_limits<std::int64_t>::max())
            return {};
        from = lines->back().seq + 1;
    }
}

Result<void> AuditCheck::walk() {
    Result<void> looked;
    auto walked = forEach(std::numeric_limits<std::int64_t>::min(), [&](const StoredLine& line) {
        looked = look(line);
        return looked && !m_report.fault;
    });
    return walked.and_then([&] { return looked; });
}

Result<void> AuditCheck::look(const StoredLine& line) {
    const AuditHead next = appended(m_report.head, line.entry);
    if (line.seq == next.seq && line.hash == text(next.hash)) {
        m_report.head = next;
        m_report.entries = next.seq - m_base.seq;
        if (m_kept && m_kept->seq == next.seq)
            m_hashAtKept = next.hash;
        return {};
    }
    const std::int64_t seq = expected();
    if (line.seq < seq) {
        faultBefore(line.seq);
        return {};
    }
    const auto place = whereItStands(line.seq == seq ? line.hash : std::string());
    if (!place)
        return tl::unexpected(place.error());
    const std::string name = "line " + std::to_string(seq);
    if (*place)
        fault(seq, Kind::Reordered, name + " stands at " + std::to_string(**place));
    else if (line.seq > seq)
        fault(seq, Kind::Missing, name + " is missing; the next one there is " + std::to_string(line.seq));
    else if (m_base.seq > 0 && seq == m_base.seq + 1)
        fault(
            seq, Kind::Changed,
            name
                + ", with which the chain begins, is not what was written, or the note of what was before "
                  "it is not");
    else
        fault(seq, Kind::Changed, name + " is not what was written");
    return {};
}

/// A line stands where none can be.
void AuditCheck::faultBefore(std::int64_t seq) {
    if (seq > 0 && seq <= m_base.seq)
        fault(
            seq, Kind::BaseLost,
            "line " + std::to_string(seq) + " is there, but all up to line " + std::to_string(m_base.seq)
                + " were noted to be forgotten");
    else
        fault(seq, Kind::Changed, "a line " + std::to_string(seq) + " that was never written");
}

/// The seq at which the expected line stands instead of at its own. It took its hash along, or left it
/// behind.
Result<std::optional<std::int64_t>> AuditCheck::whereItStands(const std::string& hashInItsPlace) {
    std::optional<std::int64_t> place;
    auto searched = forEach(expected() + 1, [&](const StoredLine& line) {
        const std::string hash = text(appended(m_report.head, line.entry).hash);
        if (hash == line.hash || hash == hashInItsPlace)
            place = line.seq;
        return !place;
    });
    if (!searched)
        return tl::unexpected(searched.error());
    return place;
}

Result<void> AuditCheck::holdAgainstHead() {
    const auto head = Statement(m_database, m_dialect, QStringLiteral("SELECT seq, hash FROM audit_head"))
                          .row<StoredNote>("audit_head", storedNoteOf);
    if (!head)
        return tl::unexpected(head.error());
    const std::int64_t last = m_report.head.seq;
    if (!*head)
        fault(last, Kind::HeadLost, "the note of the chain's end is missing");
    else if ((*head)->seq > last)
        fault(
            expected(), Kind::Missing,
            "the end is missing, from line " + std::to_string(expected()) + " to "
                + std::to_string((*head)->seq));
    else if ((*head)->seq < last)
        fault(
            (*head)->seq + 1, Kind::HeadLost,
            "the chain was noted to end with line " + std::to_string((*head)->seq) + ", but goes on to "
                + std::to_string(last));
    else if ((*head)->hash != text(m_report.head.hash))
        fault(last, Kind::HeadLost, "the noted hash of the chain's end is not that of its last line");
    else if (m_base.seq > 0 && m_report.entries == 0)
        fault(last, Kind::Missing, "all lines are missing: retention never forgets the last one");
    if (m_report.fault)
        return {};
    const auto lines = count();
    if (!lines)
        return tl::unexpected(lines.error());
    if (*lines != m_report.entries)
        fault(
            expected(), Kind::Changed,
            "the table has " + std::to_string(*lines) + " lines, but the chain is one of "
                + std::to_string(m_report.entries));
    return {};
}

Result<std::int64_t> AuditCheck::count() {
    return Statement(m_database, m_dialect, QStringLiteral("SELECT count(*) FROM audit"))
        .row<std::int64_t>("audit", [](Row& row) { return row.number(); })
        .map([](const auto& number) { return number.value_or(0); });
}

void AuditCheck::holdAgainstKept() {
    if (!m_kept || m_kept->seq == 0)
        return;
    if (m_kept->seq < m_base.seq)
        m_report.remark = "line " + std::to_string(m_kept->seq)
            + ", whose hash was noted, is forgotten since its retention ended: it cannot be compared any "
              "more";
    else if (m_kept->seq > m_report.head.seq)
        fault(
            expected(), Kind::Missing,
            "the end is missing: the chain was known to go on to line " + std::to_string(m_kept->seq));
    else if (m_hashAtKept != m_kept->hash)
        fault(
            m_kept->seq, Kind::Changed,
            "the chain is not the one whose line " + std::to_string(m_kept->seq)
                + " was noted: it was made "
                  "anew from some line on");
}

} // namespace

Result<AuditReport> verifyAudit(const std::string& file, std::optional<AuditHead> kept) {
    auto connection = Connection::open(
        std::make_unique<SqliteDialect>(QString::fromStdString(file)), Connection::Use::Read);
    if (!connection)
        return tl::unexpected(connection.error());
    const QSqlDatabase& database = (*connection)->database();
    const Dialect& dialect = (*connection)->dialect();
    // One moment for the lines and the head, whatever a running broker appends meanwhile. The transaction
    // ends with the connection.
    if (auto begun = Statement(database, dialect, dialect.beginToRead()).run(); !begun)
        return tl::unexpected(begun.error());
    return AuditCheck(database, dialect, kept).run();
}

} // namespace viaduct::store
