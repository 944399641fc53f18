// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditWriter.h"

#include "server/store/AuditChain.h"

namespace viaduct::store {

namespace {

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
      m_noteHead(database, dialect, QStringLiteral("UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1")) {
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

Result<void> AuditWriter::noteHead() {
    if (!m_head)
        return {};
    m_noteHead.bind().number(m_head->seq).hash(m_head->hash);
    return m_noteHead.run();
}

} // namespace viaduct::store
