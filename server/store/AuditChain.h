// SPDX-License-Identifier: GPL-3.0-or-later
// How the audit's lines hang together: each has the hash of itself and of the line before, so that none can
// be changed, moved or taken out unseen. Pure.
#pragma once

#include "server/store/Records.h"

namespace viaduct::store {

/// SHA-256 over: the hash before (32 bytes; zeros before the first), `seq` and the time in milliseconds (8
/// bytes each), then actor, from, action, target, before, after, each as its length in bytes (8 bytes) and
/// its bytes. Numbers in network order.
AuditHash chained(const AuditHash& previous, std::int64_t seq, const AuditEntry& entry);

/// The head after `entry` was appended.
AuditHead appended(const AuditHead& head, const AuditEntry& entry);

/// 64 lower-case hex digits.
std::string text(const AuditHash& hash);
std::optional<AuditHash> auditHashFromText(std::string_view text);

} // namespace viaduct::store
