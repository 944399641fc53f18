// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditReader.h"

#include "server/store/AuditRow.h"

namespace viaduct::store {

namespace {

/// The last character of Unicode: after every text that goes on from a prefix.
constexpr const char* afterAll = "\U0010FFFF";

Conditions conditionsFor(const AuditFilter& filter) {
    Conditions conditions;
    const auto equal = [&](const char* condition, const std::string& value) {
        if (!value.empty())
            conditions.add(QString::fromLatin1(condition), [&value](Parameters& to) { to.text(value); });
    };
    equal("actor = ?", filter.actor);
    equal("target = ?", filter.target);
    if (!filter.actionPrefix.empty())
        conditions.add(QStringLiteral("action >= ? AND action < ?"), [&filter](Parameters& to) {
            to.text(filter.actionPrefix).text(filter.actionPrefix + afterAll);
        });
    return conditions.time(QStringLiteral("at"), filter.time);
}

/// Whether lines that match are found one by one in the order of seq. Where not, they are found by an index
/// of another order and sorted: seq is then hidden, or the database would rather look at every line.
bool comesInOrder(const AuditFilter& filter) {
    const bool ranged = !filter.actionPrefix.empty() || filter.time.from || filter.time.to;
    return !filter.actor.empty() || !filter.target.empty() || !ranged;
}

} // namespace

AuditReader::AuditReader(const QSqlDatabase& database, const Dialect& dialect)
    : m_database(database), m_dialect(dialect) { }

Result<Rows<AuditLine>> AuditReader::lines(const AuditFilter& filter, const Page& page) {
    const QString seq = comesInOrder(filter) ? QStringLiteral("seq") : QStringLiteral("+seq");
    Conditions conditions = conditionsFor(filter);
    if (page.after)
        conditions.add(
            seq + (page.newestFirst ? QStringLiteral(" < ?") : QStringLiteral(" > ?")),
            [after = *page.after](Parameters& to) { to.number(after); });
    Statement search(
        m_database, m_dialect,
        QStringLiteral("SELECT seq, at, actor, origin, action, target, value_before, value_after, hash "
                       "FROM audit")
            + conditions.text() + QStringLiteral(" ORDER BY %1 %2 LIMIT ?").arg(seq, orderOf(page)));
    Parameters parameters = search.bind();
    conditions.bind(parameters);
    parameters.number(limitOf(page));
    auto found = search.rows<AuditLine>("audit", auditLineOf);
    if (!found)
        return tl::unexpected(found.error());
    Rows<AuditLine> result{std::move(*found), {}};
    if (result.rows.size() == static_cast<std::size_t>(limitOf(page)))
        result.next = result.rows.back().seq;
    return result;
}

Result<AuditHead> AuditReader::head() {
    const auto head
        = Statement(m_database, m_dialect, QStringLiteral("SELECT seq, hash FROM audit_head WHERE id = 1"))
              .row<AuditHead>("audit_head", [](Row& row) {
                  AuditHead read;
                  read.seq = row.number();
                  read.hash = row.hash();
                  return read;
              });
    if (!head)
        return tl::unexpected(head.error());
    if (!*head)
        return failure(
            Error::Code::NotFound,
            "the table audit_head has lost its row: somebody has tampered with the database; put the last "
            "backup in its place");
    return **head;
}

} // namespace viaduct::store
