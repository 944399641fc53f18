// SPDX-License-Identifier: GPL-3.0-or-later
// Writes lists of changes, many in one transaction. Each list stands or falls alone.
#pragma once

#include "server/store/AuditWriter.h"
#include "server/store/PastWriter.h"

#include <functional>
#include <span>

namespace viaduct::store {

class Writer {
public:
    using List = std::vector<Change>;

    /// `database` has the current schema; it and `dialect` outlive this object.
    Writer(const QSqlDatabase& database, const Dialect& dialect);

    /// Makes the lists durable in one transaction, each all or none; what came of each, in their order. A
    /// list that breaks a rule (Invalid; Denied: a block that another holds) fails alone. Any other error
    /// fails them all.
    std::vector<Result<void>> write(std::span<const List> lists);

private:
    Result<void> inTransaction(const std::function<Result<void>()>& body);
    Result<void> applyAll(std::span<const List> lists);
    Result<void> applyEach(std::span<const List> lists, std::vector<Result<void>>& results);
    Result<void> applyOne(const List& list);

    Result<void> apply(const change::PutAllocation& change);
    Result<void> apply(const change::DropAllocation& change);
    Result<void> apply(const change::PutTunnel& change);
    Result<void> apply(const change::DropTunnel& change);
    Result<void> apply(const change::PutRecord& change);
    Result<void> apply(const change::DropRecord& change);
    Result<void> apply(const change::AppendAudit& change) { return m_audit.apply(change); }
    Result<void> apply(const change::AppendHistory& change) { return m_past.apply(change); }
    Result<void> apply(const change::AddUsage& change) { return m_past.apply(change); }
    Result<void> apply(const change::EraseHolder& change) { return m_past.apply(change); }
    Result<void> apply(const change::EndRetention& change) { return m_past.apply(change); }
    Result<void> apply(const change::EndAuditRetention& change) { return m_audit.apply(change); }
    Result<void> noteHighestId();

    Statement m_begin;
    Statement m_commit;
    Statement m_rollback;
    Statement m_savepoint;
    Statement m_releaseSavepoint;
    Statement m_rollbackToSavepoint;
    Statement m_putAllocation;
    Statement m_dropAllocation;
    Statement m_putTunnel;
    Statement m_dropTunnel;
    Statement m_makeRecord;
    Statement m_replaceRecord;
    Statement m_dropRecord;
    Statement m_noteNextTunnelId;
    PastWriter m_past;
    AuditWriter m_audit;
    std::int64_t m_highestId = 0; ///< of all tunnels that were to be put
    std::int64_t m_notedId = 0; ///< the highest that is durable
};

} // namespace viaduct::store
