// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditWriter.h"

#include "server/store/AuditChain.h"
#include "server/store/AuditRow.h"

namespace viaduct::store {

namespace {

/// How often the audit tells of what was forgotten.
constexpr std::chrono::hours tellEvery{24};
/// Lines at once: they cost four indexes each, and set-ups that wait for the same disk notice nothing.
constexpr const char* firstLines
    = "SELECT seq, at, actor, origin, action, target, value_before, value_after, hash FROM audit "
      "WHERE seq < (SELECT max(seq) FROM audit) ORDER BY seq LIMIT 1000";
constexpr const char* append
    = "INSERT INTO audit(seq, at, actor, origin, action, target, value_before, value_after, hash) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

Result<void> check(const AuditEntry& entry) {
    return checkText("the actor of an audit line", entry.actor, AuditEntry::mostName)
        .and_then([&] { return checkText("the origin of an audit line", entry.from, AuditEntry::mostName); })
        .and_then(
            [&] { return checkText("the action of an audit line", entry.action, AuditEntry::mostName); })
        .and_then(
            [&] { return checkText("the target of an audit line", entry.target, AuditEntry::mostName); })
        .and_then([&] {
            return checkText("what an audit line tells of before", entry.before, AuditEntry::mostValue);
        })
        .and_then([&] {
            return checkText("what an audit line tells of after", entry.after, AuditEntry::mostValue);
        });
}

} // namespace

AuditWriter::AuditWriter(const QSqlDatabase& database, const Dialect& dialect)
    : m_readHead(database, dialect, QStringLiteral("SELECT seq, hash FROM audit_head WHERE id = 1")),
      m_append(database, dialect, QString::fromLatin1(append)),
      m_noteHead(database, dialect, QStringLiteral("UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1")),
      m_readBase(
          database, dialect,
          QStringLiteral("SELECT seq, hash, told_seq, told_at FROM audit_base WHERE id = 1")),
      m_first(database, dialect, QString::fromLatin1(firstLines)),
      m_noteBase(database, dialect, QStringLiteral("UPDATE audit_base SET seq = ?, hash = ? WHERE id = 1")),
      m_forget(database, dialect, QStringLiteral("DELETE FROM audit WHERE seq <= ?")),
      m_noteTold(
          database, dialect, QStringLiteral("UPDATE audit_base SET told_seq = ?, told_at = ? WHERE id = 1")) {
}

Result<void> AuditWriter::apply(const change::AppendAudit& change) {
    const AuditEntry& entry = change.entry;
    if (auto fits = check(entry); !fits)
        return fits;
    if (!m_head)
        if (auto read = readHead(); !read)
            return read;
    const AuditHead head = appended(*m_head, entry);
    m_append.bind()
        .number(head.seq)
        .time(entry.at)
        .text(entry.actor)
        .text(entry.from)
        .text(entry.action)
        .text(entry.target)
        .text(entry.before)
        .text(entry.after)
        .hash(head.hash);
    if (auto done = m_append.run(); !done)
        return done;
    m_head = head;
    return {};
}

/// Not kept from one transaction to the next: whether a commit that failed was made after all, only the
/// database knows.
Result<void> AuditWriter::readHead() {
    const auto head = m_readHead.row<AuditHead>("audit_head", [](Row& row) {
        return AuditHead{row.number(), row.hash()};
    });
    if (!head)
        return tl::unexpected(head.error());
    if (!*head)
        return failure(
            Error::Code::Invalid,
            "the table audit_head has lost its row: somebody has tampered with the database; put the last "
            "backup in its place");
    m_head = **head;
    return {};
}

Result<void> AuditWriter::apply(const change::EndAuditRetention& change) {
    auto beginning = readBeginning();
    if (!beginning)
        return tl::unexpected(beginning.error());
    const auto last = lastToForget(beginning->base, change.before);
    if (!last)
        return tl::unexpected(last.error());
    if (last->seq > beginning->base.seq)
        if (auto forgotten = forgetUpTo(*last); !forgotten)
            return forgotten;
    beginning->base = *last;
    return tell(*beginning, change.telling);
}

Result<AuditWriter::Beginning> AuditWriter::readBeginning() {
    const auto beginning = m_readBase.row<Beginning>("audit_base", [](Row& row) {
        Beginning read;
        read.base.seq = row.number();
        read.base.hash = row.hash();
        read.toldSeq = row.number();
        read.toldAt = row.time();
        return read;
    });
    if (!beginning)
        return tl::unexpected(beginning.error());
    if (!*beginning)
        return failure(
            Error::Code::Invalid,
            "the table audit_base has lost its row: somebody has tampered with the database; put the last "
            "backup in its place");
    return **beginning;
}

/// By seq, not by time: clocks step back, and the chain has no gaps.
Result<AuditBase> AuditWriter::lastToForget(AuditBase base, TimePoint before) {
    const auto lines = m_first.rows<AuditLine>("audit", auditLineOf);
    if (!lines)
        return tl::unexpected(lines.error());
    for (const AuditLine& line : *lines) {
        const AuditBase next = appended(base, line.entry);
        const bool isAsWritten = line.seq == next.seq && line.hash == next.hash;
        if (line.entry.at >= before || !isAsWritten)
            break;
        base = next;
    }
    return base;
}

/// The note comes first: what it does not cover the database refuses to delete.
Result<void> AuditWriter::forgetUpTo(const AuditBase& base) {
    m_noteBase.bind().number(base.seq).hash(base.hash);
    if (auto noted = m_noteBase.run(); !noted)
        return noted;
    m_forget.bind().number(base.seq);
    return m_forget.run();
}

Result<void> AuditWriter::tell(const Beginning& beginning, AuditEntry telling) {
    const std::int64_t seq = beginning.base.seq;
    // A clock that was set back must not silence it for years.
    const bool isDue = telling.at >= beginning.toldAt + tellEvery || telling.at < beginning.toldAt;
    if (seq <= beginning.toldSeq || !isDue)
        return {};
    m_noteTold.bind().number(seq).time(telling.at);
    if (auto noted = m_noteTold.run(); !noted)
        return noted;
    telling.after = "{\"forgottenUpTo\":" + std::to_string(seq) + '}';
    return apply(change::AppendAudit{std::move(telling)});
}

Result<void> AuditWriter::noteHead() {
    if (!m_head)
        return {};
    m_noteHead.bind().number(m_head->seq).hash(m_head->hash);
    return m_noteHead.run();
}

} // namespace viaduct::store
