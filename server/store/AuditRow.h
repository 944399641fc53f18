// SPDX-License-Identifier: GPL-3.0-or-later
// A line of the audit as a row of its table: for who reads it and for who takes it out.
#pragma once

#include "server/store/Columns.h"
#include "server/store/Questions.h"

namespace viaduct::store {

/// The columns seq, at, actor, origin, action, target, value_before, value_after, hash.
AuditLine auditLineOf(Row& row);

} // namespace viaduct::store
