// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a list of tunnels that come and go and of packets between few addresses, so that they meet.
#include "server/dataplane/Forwarder.h"
#include "tests/fuzz/dataplane/Require.h"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>

using namespace viaduct;
using namespace viaduct::dataplane;

namespace {

class World {
public:
    explicit World(FuzzedDataProvider& input) : m_input(input) { }

    void step() {
        m_now += m_input.ConsumeIntegral<std::uint8_t>();
        switch (m_input.ConsumeIntegralInRange(0, 4)) {
        case 0:
            return put();
        case 1:
            return m_forwarder.remove(m_input.ConsumeIntegralInRange(0, 7));
        case 2:
            return fromDevice();
        default:
            return fromTunnel();
        }
    }

private:
    struct Held {
        OuterKey key;
        TunnelEntry entry;
    };

    IpAddress inner(bool v4) {
        const auto small = m_input.ConsumeIntegralInRange<std::uint32_t>(0, 15);
        if (v4)
            return IpAddress::v4(0xC6336400 + small);
        return IpAddress::fromNumber(Uint128{0x20010db8} << 96 | Uint128{small >> 2} << 64 | (small & 3));
    }

    OuterKey key() {
        const TunnelMode modes[] = {TunnelMode::V6v4, TunnelMode::V6udpv4, TunnelMode::V4v6};
        OuterKey key;
        key.mode = m_input.PickValueInArray(modes);
        key.local.address = IpAddress::v4(0xC0000201);
        key.remote.address = IpAddress::v4(0xC0000200 + m_input.ConsumeIntegralInRange<std::uint32_t>(2, 4));
        return key;
    }

    void put() {
        const OuterKey outer = key();
        const bool v4 = outer.mode == TunnelMode::V4v6;
        TunnelEntry entry;
        entry.id = m_input.ConsumeIntegralInRange(0, 7);
        entry.mode = outer.mode;
        entry.outerLocal = outer.local;
        entry.outerRemote = outer.remote;
        entry.innerServer = inner(v4);
        entry.innerClient = inner(v4);
        entry.mtu = m_input.ConsumeIntegralInRange(1280, 1500);
        for (int count = m_input.ConsumeIntegralInRange(0, 2); count > 0; --count)
            entry.prefixes.emplace_back(
                inner(v4), m_input.ConsumeIntegralInRange(v4 ? 28 : 60, v4 ? 32 : 128));
        m_forwarder.put(entry);
        std::erase_if(m_held, [&](const Held& held) { return held.key == outer; });
        m_held.push_back({outer, entry});
    }

    /// Raw bytes, or a packet that says what it is; sometimes longer than the smallest MTU.
    std::vector<std::uint8_t> packet() {
        if (m_input.ConsumeIntegralInRange(0, 7) == 0)
            return m_input.ConsumeBytes<std::uint8_t>(m_input.ConsumeIntegralInRange<std::size_t>(0, 100));
        const bool v4 = m_input.ConsumeIntegralInRange(0, 3) == 0;
        const std::size_t payload = m_input.ConsumeIntegralInRange<std::size_t>(0, 1500);
        const IpAddress source = inner(v4);
        auto bytes = tunnel::echoRequest(source, inner(v4), 1, 1, payload);
        if (!v4) {
            bytes[6] = m_input.ConsumeBool() ? 58 : 17;
            bytes[7] = m_input.ConsumeIntegralInRange<std::uint8_t>(0, 3);
        }
        return bytes;
    }

    /// The tunnel last put with that key: if anybody is known by it, it is this one.
    const TunnelEntry& holder(const OuterKey& outer) const {
        const auto found = std::ranges::find(m_held, outer, &Held::key);
        REQUIRE(found != m_held.end());
        return found->entry;
    }

    static bool owns(const TunnelEntry& entry, const IpAddress& address) {
        const auto contains = [&](const Prefix& prefix) { return prefix.contains(address); };
        return address == entry.innerClient || std::ranges::any_of(entry.prefixes, contains);
    }

    void fromDevice() {
        auto bytes = packet();
        const auto before = tunnel::parsePacket(bytes);
        const Verdict verdict = m_forwarder.fromDevice(bytes, m_now);
        check(verdict);
        if (verdict.to == Verdict::To::Device)
            REQUIRE(!verdict.answer.empty()); // nothing goes back where it came from
        if (verdict.to == Verdict::To::Tunnel && verdict.answer.empty()) {
            REQUIRE(owns(holder(*verdict.outer), before->destination));
            REQUIRE(!owns(holder(*verdict.outer), before->source));
        }
    }

    void fromTunnel() {
        auto bytes = packet();
        const OuterKey outer = key();
        const auto before = tunnel::parsePacket(bytes);
        const Verdict verdict = m_forwarder.fromTunnel(outer, bytes, m_now);
        check(verdict);
        if (verdict.to == Verdict::To::Nowhere)
            return;
        REQUIRE(before && owns(holder(outer), before->source));
        if (!verdict.answer.empty()) {
            REQUIRE(verdict.to == Verdict::To::Tunnel && *verdict.outer == outer);
            return;
        }
        if (verdict.to != Verdict::To::Tunnel)
            return;
        REQUIRE(*verdict.outer != outer);
        REQUIRE(owns(holder(*verdict.outer), before->destination));
        REQUIRE(tunnel::parsePacket(verdict.packet)->hopLimit == before->hopLimit - 1);
    }

    void check(const Verdict& verdict) {
        if (verdict.to == Verdict::To::Nowhere)
            return;
        const auto header = tunnel::parsePacket(verdict.packet);
        REQUIRE(header && header->length == verdict.packet.size());
        if (verdict.to != Verdict::To::Tunnel)
            return;
        const TunnelEntry& target = holder(*verdict.outer);
        REQUIRE((header->version == 4) == (target.mode == TunnelMode::V4v6));
        const bool mayFragment = header->version == 4 && (verdict.packet[6] & 0x40) == 0;
        REQUIRE(mayFragment || header->length <= static_cast<std::size_t>(target.mtu));
    }

    FuzzedDataProvider& m_input;
    PathCounters m_counters;
    Forwarder m_forwarder{m_counters};
    std::vector<Held> m_held;
    std::int64_t m_now = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    World world(input);
    for (int steps = 0; steps < 200 && input.remaining_bytes() > 0; ++steps)
        world.step();
    return 0;
}
