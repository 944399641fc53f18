// SPDX-License-Identifier: GPL-3.0-or-later
// Searches the audit, along an index for each thing that can be filtered by.
#pragma once

#include "server/store/Conditions.h"

namespace viaduct::store {

class AuditReader {
public:
    AuditReader(const QSqlDatabase& database, const Dialect& dialect);

    Result<Rows<AuditLine>> lines(const AuditFilter& filter, const Page& page);
    Result<AuditHead> head();

private:
    QSqlDatabase m_database;
    const Dialect& m_dialect;
};

} // namespace viaduct::store
