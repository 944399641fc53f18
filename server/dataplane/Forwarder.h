// SPDX-License-Identifier: GPL-3.0-or-later
// The decisions of the data plane, without any I/O: the table of tunnels, and what becomes of each packet. It
// belongs to one thread, takes no lock and allocates nothing for a packet that it forwards.
#pragma once

#include "server/dataplane/DataPlane.h"
#include "server/dataplane/FlatMap.h"
#include "server/dataplane/PrefixMap.h"
#include "server/dataplane/TokenBucket.h"
#include "shared/tunnel/Packet.h"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace viaduct::dataplane {

/// By what a tunnel is known from outside. Ports are 0 where the mode has none.
struct OuterKey {
    TunnelMode mode = TunnelMode::V6v4;
    Endpoint local;
    Endpoint remote;
    friend bool operator==(const OuterKey&, const OuterKey&) = default;
};

struct OuterKeyHash {
    std::size_t operator()(const OuterKey& key) const noexcept;
};

/// What becomes of a packet.
struct Verdict {
    enum class To { Nowhere, Device, Tunnel };
    To to = To::Nowhere;
    const OuterKey* outer = nullptr; ///< To::Tunnel; valid until the table changes
    tunnel::PacketView packet; ///< part of the packet that came in, or of `answer`
    std::vector<std::uint8_t> answer; ///< what the broker says by itself: an echo reply or an ICMP error
};

class Forwarder {
public:
    /// `counters` must outlive it.
    explicit Forwarder(PathCounters& counters);

    /// As DataPlane::put: an older tunnel with the same outer key or an overlapping inner address or prefix
    /// leaves the table.
    void put(const TunnelEntry& entry);
    void remove(std::int64_t id);
    std::size_t size() const { return m_byId.size(); }

    /// A packet that waits for its verdict.
    struct Arrival {
        const OuterKey* key = nullptr; ///< null: from the device
        tunnel::PacketView packet;
    };
    static constexpr std::size_t warmAtOnce = 64;
    /// A hint before fromTunnel() and fromDevice() for each of these packets (those after the first
    /// `warmAtOnce` get nothing from it): the rows of a large table are fetched from memory side by side
    /// instead of one after the other. Changes nothing.
    void warm(std::span<const Arrival> arrivals) const;

    /// A packet that came out of the tunnel `key`, the outer headers taken off. May change the bytes (hop
    /// limit). `now` in milliseconds of the steady clock.
    Verdict fromTunnel(const OuterKey& key, std::span<std::uint8_t> packet, std::int64_t now);
    /// A packet that the kernel routed to the device.
    Verdict fromDevice(std::span<std::uint8_t> packet, std::int64_t now);

private:
    using Slot = PrefixMap::Value;

    /// Of a tunnel with limits.
    struct Meters {
        bool quotaUsedUp = false;
        std::optional<TokenBucket> in; ///< in bits, from the client
        std::optional<TokenBucket> out;
    };

    /// A row in use. Rows stay where they are, so that a Verdict can point to one. What every packet needs
    /// stands together: with many tunnels each further cache line costs as much as the rest of the work.
    struct alignas(64) Tunnel {
        explicit Tunnel(const TunnelEntry& row);

        OuterKey outer;
        IpAddress innerServer;
        IpAddress innerClient;
        Prefix firstPrefix; ///< of entry.prefixes; the client's own address when there is none
        std::uint32_t mtu;
        std::int64_t silence; ///< milliseconds, 0: never silent
        TunnelCounters* counters; ///< of the entry
        std::unique_ptr<Meters> meters; ///< null: without limits, as most are
        TokenBucket errors;
        TunnelEntry entry;

        /// Whether the inner address is the client's.
        bool owns(const IpAddress& address) const;
        /// Whether `row` is about the same tunnel at the same addresses: adjust() is enough.
        bool isAt(const TunnelEntry& row) const;
        void adjust(const TunnelEntry& row);
    };

    /// One packet on its way.
    struct Passage {
        std::span<std::uint8_t> packet;
        tunnel::PacketHeader header;
        Tunnel* sender = nullptr; ///< null: the device
        std::int64_t now = 0;
    };

    static std::unique_ptr<Meters> metersFor(const TunnelEntry& entry);
    void take(Slot slot, const TunnelEntry& entry);
    void release(Slot slot);
    Tunnel& at(Slot slot) { return *m_tunnels[slot]; }
    Tunnel* owner(const IpAddress& inner);
    const Tunnel* fetch(std::optional<Slot> slot) const;
    void useServer(const IpAddress& address, int users);
    bool isServer(const IpAddress& destination, const Tunnel* owner) const;

    std::optional<Verdict> holdBack(const Passage& passage);
    static bool mayReceive(Tunnel& target, const Passage& passage);
    Verdict route(const Passage& passage);
    Verdict intoTunnel(const Passage& passage, Tunnel& target);
    Verdict toServer(const Passage& passage);
    Verdict error(tunnel::IcmpError error, const Passage& passage, Tunnel* target, std::uint32_t value = 0);
    Verdict answer(const Passage& passage, std::vector<std::uint8_t> bytes);
    std::optional<IpAddress> errorSource(const Passage& passage, Tunnel* target);

    PathCounters& m_counters;
    std::deque<std::optional<Tunnel>> m_tunnels; ///< by slot
    std::vector<Slot> m_free;
    std::unordered_map<std::int64_t, Slot> m_byId;
    FlatMap<OuterKey, OuterKeyHash> m_byOuter;
    PrefixMap m_byInner; ///< inner client addresses and delegated prefixes
    PrefixMap m_servers; ///< the broker's inner addresses, each with the number of tunnels that use it
    TokenBucket m_deviceErrors; ///< about packets from the device to nobody
};

} // namespace viaduct::dataplane
