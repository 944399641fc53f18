// SPDX-License-Identifier: GPL-3.0-or-later
// Walks the audit's chain in a database file and tells whether anybody has tampered with it. Needs no broker,
// and reads beside a running one.
#pragma once

#include "server/store/Records.h"
#include "shared/net/Error.h"

namespace viaduct::store {

struct AuditFault {
    enum class Kind {
        Changed, ///< the line is not what was written, or is another's work
        Missing, ///< taken out, at the end too
        Reordered, ///< another line stands in its place, and it elsewhere
        HeadLost, ///< the note of the chain's end is gone, or does not fit
        BaseLost ///< the note of the chain's beginning is gone, or does not fit
    };
    std::int64_t seq = 0; ///< of the first bad line
    Kind kind = Kind::Changed;
    std::string sentence;
};

struct AuditReport {
    std::int64_t entries = 0; ///< sound ones, from the first on that is there
    std::int64_t forgotten = 0; ///< older ones, whose retention has ended
    AuditHead head; ///< the last of them
    std::optional<AuditFault> fault;
    std::string remark; ///< a sentence about what could not be checked, and is no fault; or empty
};

/// `kept`: a head that was noted elsewhere earlier; only that shows a chain whose end, or all of which, was
/// made anew with its hashes. It can be compared as long as retention has not ended for the line after it.
/// Errors: the file cannot be read, or has no audit. Takes some 5 seconds for a million lines.
Result<AuditReport> verifyAudit(const std::string& file, std::optional<AuditHead> kept = {});

} // namespace viaduct::store
