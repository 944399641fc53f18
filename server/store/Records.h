// SPDX-License-Identifier: GPL-3.0-or-later
// What the store keeps, as plain values, and the changes that can be made to it. The same for every database.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace viaduct::store {

/// Kept as whole milliseconds since the epoch, UTC.
using TimePoint = std::chrono::system_clock::time_point;

/// Who holds a block or a tunnel: "account:NAME", "anonymous:SEEN/CLAIMED" (its outer address as seen here,
/// and as it says itself: many may share a NAT) or "static:NAME".
using Holder = std::string;

/// A block of a pool that is held, or that rests in quarantine until `until`.
struct Allocation {
    std::string pool;
    Prefix block;
    Holder holder;
    TimePoint since;
    std::optional<TimePoint> quarantinedUntil; ///< set: released, not yet to be given to another
    friend bool operator==(const Allocation&, const Allocation&) = default;
};

/// A tunnel that is up: all that is needed to carry its packets again after a restart.
struct Tunnel {
    std::int64_t id = 0;
    Holder holder;
    std::string tunnelServer;
    TunnelMode mode = TunnelMode::V6v4;
    Endpoint outerLocal; ///< port 0 where the mode has none
    Endpoint outerRemote;
    IpAddress innerServer;
    IpAddress innerClient;
    std::optional<Prefix> delegated;
    std::vector<std::string> dnsServers; ///< the client's, for the reverse zone; no line breaks
    int mtu = 1280;
    std::chrono::seconds keepalive{0};
    TimePoint since;
    friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

/// One line of the append-only history. Who had an address at a time: the latest line for a prefix that
/// contains it, at or before that time, is a Granted one, and names the holder.
struct HistoryEntry {
    /// Granted and Released: once each, when a block gets its holder and loses it, however often that holder
    /// connects in between.
    enum class What { Granted, Released, Connected, Disconnected };
    TimePoint at;
    What what = What::Granted;
    Prefix prefix; ///< the block; for (Dis)Connected the client's inner address
    Holder holder;
    std::string detail; ///< the pool, or the mode and the outer address
    friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// Who held a prefix from when to when (to: absent while it is still held).
struct Tenure {
    Prefix prefix;
    Holder holder;
    TimePoint from;
    std::optional<TimePoint> to;
    friend bool operator==(const Tenure&, const Tenure&) = default;
};

/// A document of a room above: an account, a voucher, a token. The store does not look into it.
struct Record {
    static constexpr std::size_t mostKind = 64; ///< bytes
    static constexpr std::size_t mostId = 256;
    static constexpr std::size_t mostBody = 65536;

    std::string kind; ///< not empty
    std::string id; ///< not empty; unique among its kind
    std::int64_t version = 1; ///< 1 when it is made, one more with each put
    std::string body; ///< UTF-8 without NUL
    friend bool operator==(const Record&, const Record&) = default;
};

/// One line of the audit: who did what to what, from where. It can never be taken back, so it must name
/// people by opaque ids and hold no personal data.
struct AuditEntry {
    static constexpr std::size_t mostName = 1024; ///< bytes of each text but before and after
    static constexpr std::size_t mostValue = 65536;

    TimePoint at;
    std::string actor;
    std::string from; ///< address of the actor
    std::string action;
    std::string target;
    std::string before; ///< JSON, or empty; the store does not look into it
    std::string after;
    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// SHA-256, see AuditChain.h.
using AuditHash = std::array<std::uint8_t, 32>;

/// The end of the audit's chain: its last line's number (0: there is none yet) and hash.
struct AuditHead {
    std::int64_t seq = 0;
    AuditHash hash{};
    friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

/// Where the audit's chain begins: after this line, the last that was forgotten (0: none was).
using AuditBase = AuditHead;

/// Days since 1970-01-01, UTC.
using Day = std::int64_t;

/// What a holder's tunnels did. None is negative.
struct Usage {
    static constexpr std::int64_t most = 1'000'000'000'000'000; ///< of each, in one change: a petabyte

    std::int64_t bytesIn = 0; ///< from the holder
    std::int64_t bytesOut = 0; ///< to the holder
    std::int64_t packetsIn = 0;
    std::int64_t packetsOut = 0;
    std::int64_t secondsUp = 0;
    std::int64_t drops = 0; ///< packets
    friend bool operator==(const Usage&, const Usage&) = default;
};

namespace change {
struct PutAllocation {
    Allocation allocation;
};
struct DropAllocation {
    std::string pool;
    Prefix block;
};
struct PutTunnel {
    Tunnel tunnel;
};
struct DropTunnel {
    std::int64_t id = 0;
};
struct AppendHistory {
    HistoryEntry entry;
};
/// Denied unless the stored version is the one before (version 1: unless there is none): somebody else's put
/// came first.
struct PutRecord {
    Record record;
};
struct DropRecord {
    std::string kind;
    std::string id;
};
struct AppendAudit {
    AuditEntry entry;
};
/// Adds to what is there for that day and holder.
struct AddUsage {
    Day day = 0;
    Holder holder;
    Usage usage;
};
/// From now on the history, the usage and blocks in quarantine name `pseudonym` where they named `holder`;
/// who bears that name later is another. Denied while `holder` has a block or a tunnel; Invalid when the
/// pseudonym is taken.
struct EraseHolder {
    Holder holder;
    std::string pseudonym;
};
/// Forgets lines of the history and usage of days that ended before `before`, the oldest first and a bounded
/// number at once: to be repeated, say, each minute. Who held an address at or after `before` stays known.
struct EndRetention {
    TimePoint before;
};
/// Forgets the audit's first lines up to the first that is not older than `before`, a bounded number at once,
/// and notes with which one the chain begins now. The last line always stays, and so does one that is not
/// what was written: what shows tampering must not go.
struct EndAuditRetention {
    TimePoint before;
    /// Appended a day after the last of these at the earliest, if lines were forgotten since. Its `after`
    /// becomes {"forgottenUpTo":SEQ}.
    AuditEntry telling;
};
} // namespace change
using Change = std::variant<
    change::PutAllocation, change::DropAllocation, change::PutTunnel, change::DropTunnel,
    change::AppendHistory, change::PutRecord, change::DropRecord, change::AppendAudit, change::AddUsage,
    change::EraseHolder, change::EndRetention, change::EndAuditRetention>;

/// All that the broker must know to go on where it stopped.
struct Snapshot {
    std::vector<Allocation> allocations;
    std::vector<Tunnel> tunnels;
    std::int64_t nextTunnelId = 1; ///< greater than any id ever used
    std::vector<Record> records; ///< in no order
};

} // namespace viaduct::store
