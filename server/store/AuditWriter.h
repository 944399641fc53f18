// SPDX-License-Identifier: GPL-3.0-or-later
// Appends to the audit's chain, in the order of commit, and forgets its beginning when retention has ended.
// The chain's end is read once in each transaction that appends and noted once at its end.
#pragma once

#include "server/store/Statement.h"

namespace viaduct::store {

class AuditWriter {
public:
    /// Where the chain stands in a transaction; nothing: not yet read.
    using Mark = std::optional<AuditHead>;

    AuditWriter(const QSqlDatabase& database, const Dialect& dialect);

    /// A transaction begins.
    void begin() { m_head.reset(); }
    /// For the list that may be rolled back alone.
    const Mark& mark() const { return m_head; }
    void goBack(const Mark& mark) { m_head = mark; }
    Result<void> apply(const change::AppendAudit& change);
    Result<void> apply(const change::EndAuditRetention& change);
    /// The transaction is about to commit.
    Result<void> noteHead();

private:
    /// Where the chain begins, and what was told of that last.
    struct Beginning {
        AuditBase base;
        std::int64_t toldSeq = 0;
        TimePoint toldAt;
    };

    Result<void> readHead();
    Result<Beginning> readBeginning();
    Result<AuditBase> lastToForget(AuditBase base, TimePoint before);
    Result<void> forgetUpTo(const AuditBase& base);
    Result<void> tell(const Beginning& beginning, AuditEntry telling);

    Statement m_readHead;
    Statement m_append;
    Statement m_noteHead;
    Statement m_readBase;
    Statement m_first;
    Statement m_noteBase;
    Statement m_forget;
    Statement m_noteTold;
    Mark m_head;
};

} // namespace viaduct::store
