// SPDX-License-Identifier: GPL-3.0-or-later
// What carries packets, whichever way: the seam between the broker and the forwarding paths. The broker fills
// its table; packets never ask the broker.
#pragma once

#include "shared/net/Endpoint.h"
#include "shared/net/Prefix.h"
#include "shared/net/TunnelMode.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace viaduct::dataplane {

/// Written by the path that carries the packet, read by anybody; each value is right by itself. Bytes are
/// inner bytes. What a limit stops is counted as dropped alone: nobody has used it.
struct TunnelCounters {
    std::atomic<std::int64_t> lastSeen{
        0}; ///< any packet from the client; milliseconds of the steady clock, 0: never
    std::atomic<std::uint64_t> packetsIn{0}; ///< from the client
    std::atomic<std::uint64_t> bytesIn{0};
    std::atomic<std::uint64_t> packetsOut{0}; ///< to the client
    std::atomic<std::uint64_t> bytesOut{0};
    std::atomic<std::uint64_t> droppedSource{0}; ///< inner source not of this tunnel
    std::atomic<std::uint64_t> droppedReflected{0}; ///< would have gone back into the tunnel it came from
    std::atomic<std::uint64_t> droppedTooBig{0};
    std::atomic<std::uint64_t> droppedHopLimit{0};
    std::atomic<std::uint64_t> droppedMalformed{0};
    std::atomic<std::uint64_t> droppedSilent{0}; ///< to a client that was not heard for too long
    std::atomic<std::uint64_t> droppedRate{0}; ///< above the limit of its direction
    std::atomic<std::uint64_t> droppedQuota{0}; ///< nothing is left of the quota
};

/// What a tunnel may carry. Pings to the broker, by which a client sees that its tunnel is alive, are free.
struct TunnelLimits {
    std::int64_t rateIn = 0; ///< bit/s of inner packets from the client; 0: no limit
    std::int64_t rateOut = 0; ///< to the client
    bool quotaUsedUp = false; ///< nothing any more
    friend bool operator==(const TunnelLimits&, const TunnelLimits&) = default;
};

/// One row of the table.
struct TunnelEntry {
    std::int64_t id = 0;
    TunnelMode mode = TunnelMode::V6v4; ///< V6v4, V6udpv4 or V4v6
    Endpoint outerLocal; ///< port 0 where the mode has none
    Endpoint outerRemote;
    IpAddress innerServer; ///< answers pings
    IpAddress innerClient;
    std::vector<Prefix> prefixes; ///< delegated to the client
    int mtu = 1280;
    /// When nothing came from the client for so long nothing is sent to it, until it is heard again: another
    /// host may have its outer address. 0: never.
    std::chrono::milliseconds silence{0};
    std::shared_ptr<TunnelCounters> counters;
    TunnelLimits limits{};
};

/// Counters of what belongs to no tunnel.
struct PathCounters {
    std::atomic<std::uint64_t> unknownOuter{0}; ///< from an outer address that has no tunnel
    std::atomic<std::uint64_t> unknownInner{0}; ///< to an inner address that has no tunnel
    std::atomic<std::uint64_t> signallingDropped{
        0}; ///< TSP datagrams shed because signalling could not keep up
    std::atomic<std::uint64_t> discarded{
        0}; ///< nothing to route: link-local chatter (normal), multicast, martians, noise on a UDP port
    std::atomic<std::uint64_t> sendDropped{0}; ///< forwarded, but the kernel did not take it
};

/// Each counter has one writer, the thread that carries the packets: no locked instruction is needed.
inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

class DataPlane {
public:
    virtual ~DataPlane() = default;

    /// Adds the tunnel, or replaces the one with the same id. Takes effect soon, in the order of the calls.
    /// Where its addresses are the same it goes on as it is, by the new MTU, silence and limits.
    /// Two tunnels never have the same outer key (mode, outerLocal, outerRemote) nor overlapping inner client
    /// addresses or prefixes: the newer wins, the older leaves the table as if removed. `innerServer` may be
    /// shared. A static tunnel without an inner pair leaves both addresses unspecified.
    virtual void put(const TunnelEntry& entry) = 0;
    virtual void remove(std::int64_t id) = 0;
    /// "engine" or "fastpath", for people.
    virtual std::string name() const = 0;
};

} // namespace viaduct::dataplane
