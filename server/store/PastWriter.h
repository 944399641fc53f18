// SPDX-License-Identifier: GPL-3.0-or-later
// Writes what is kept about the past of holders: history, usage, what pools gave out; and takes out of it
// what must not be kept.
#pragma once

#include "server/store/HolderNames.h"

namespace viaduct::store {

class PastWriter {
public:
    PastWriter(const QSqlDatabase& database, const Dialect& dialect);

    Result<void> apply(const change::AppendHistory& change);
    Result<void> apply(const change::AddUsage& change);
    Result<void> apply(const change::EraseHolder& change);
    Result<void> apply(const change::EndRetention& change);
    /// What was written since the transaction began, or part of it, is rolled back.
    void rolledBack() { m_names.forget(); }

private:
    Result<void> countInPool(const HistoryEntry& entry);
    Result<void> refuseActive(const Holder& holder);
    Result<std::vector<std::int64_t>> holdersOf(Statement& deletion);

    HolderNames m_names;
    Statement m_append;
    Statement m_countInPool;
    Statement m_addUsage;
    Statement m_isActive;
    Statement m_renameInQuarantine;
    Statement m_keptFrom;
    Statement m_forgetTenures;
    Statement m_forgetConnections;
    Statement m_forgetUsage;
};

} // namespace viaduct::store
