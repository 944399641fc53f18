// SPDX-License-Identifier: GPL-3.0-or-later
// What the store keeps, as plain values, and the changes that can be made to it. The same for every database.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <chrono>
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
} // namespace change
using Change = std::variant<
    change::PutAllocation, change::DropAllocation, change::PutTunnel, change::DropTunnel,
    change::AppendHistory>;

/// All that the broker must know to go on where it stopped.
struct Snapshot {
    std::vector<Allocation> allocations;
    std::vector<Tunnel> tunnels;
    std::int64_t nextTunnelId = 1; ///< greater than any id ever used
};

} // namespace viaduct::store
