// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/AuditRow.h"

namespace viaduct::store {

AuditLine auditLineOf(Row& row) {
    AuditLine line;
    line.seq = row.number();
    line.entry.at = row.time();
    line.entry.actor = row.text();
    line.entry.from = row.text();
    line.entry.action = row.text();
    line.entry.target = row.text();
    line.entry.before = row.text();
    line.entry.after = row.text();
    line.hash = row.hash();
    return line;
}

} // namespace viaduct::store
