// SPDX-License-Identifier: GPL-3.0-or-later
// The tables, as an ordered list of steps that lead from an empty database to today's. A step that a release
// has shipped is never changed: a change of the schema is a new step at the end.
#pragma once

#include "server/store/Dialect.h"

#include <vector>

namespace viaduct::store {

/// One version of the schema: the statements that make it out of the version before.
using Migration = QStringList;

/// Today's list; its length is the version that this program needs.
std::vector<Migration> migrations(const Dialect& dialect);

/// Brings the database to the last of `steps`, each in a transaction of its own. Invalid when the database is
/// newer than that; nothing is changed then.
Result<void> migrate(QSqlDatabase& database, const Dialect& dialect, const std::vector<Migration>& steps);

} // namespace viaduct::store
