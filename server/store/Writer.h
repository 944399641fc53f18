// SPDX-License-Identifier: GPL-3.0-or-later
// Writes lists of changes, many in one transaction. Each list stands or falls alone.
#pragma once

#include "server/store/Dialect.h"
#include "server/store/Records.h"

#include <QSqlQuery>
#include <functional>
#include <span>

namespace viaduct::store {

class Writer {
public:
    using List = std::vector<Change>;

    /// `database` has the current schema; it and `dialect` outlive this object.
    Writer(QSqlDatabase& database, const Dialect& dialect);
    /// Prepares the statements, once; before the first write().
    Result<void> prepare();

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
    Result<void> apply(const change::AppendHistory& change);
    Result<void> noteHighestId();

    Result<void> run(QSqlQuery& query);

    const Dialect& m_dialect;
    QSqlQuery m_begin;
    QSqlQuery m_commit;
    QSqlQuery m_rollback;
    QSqlQuery m_savepoint;
    QSqlQuery m_releaseSavepoint;
    QSqlQuery m_rollbackToSavepoint;
    QSqlQuery m_putAllocation;
    QSqlQuery m_dropAllocation;
    QSqlQuery m_putTunnel;
    QSqlQuery m_dropTunnel;
    QSqlQuery m_appendHistory;
    QSqlQuery m_noteNextTunnelId;
    std::int64_t m_highestId = 0; ///< of all tunnels that were to be put
    std::int64_t m_notedId = 0; ///< the highest that is durable
};

} // namespace viaduct::store
