// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/forward/ForwarderBench.h"

#include "server/dataplane/Forwarder.h"
#include "tests/unit/dataplane/Packets.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <random>

namespace viaduct::bench {

using namespace dataplane;
using dataplane::test::Bytes;
using dataplane::test::ip;

namespace {

constexpr std::size_t packetCount = 8192; // more than a cache would remember by itself
constexpr std::size_t rounds = 100;
constexpr std::size_t batch = Forwarder::warmAtOnce;

using Clock = std::chrono::steady_clock;

/// The tunnel of a site: an inner pair out of one /64, and a /48.
TunnelEntry site(std::uint32_t number) {
    TunnelEntry entry;
    entry.id = number;
    entry.mode = TunnelMode::V6udpv4;
    entry.outerLocal = {ip("192.0.2.1"), 3653};
    entry.outerRemote
        = {IpAddress::v4(0x0b000000 + number * 7), static_cast<std::uint16_t>(1024 + number % 60000)};
    entry.innerServer = IpAddress::fromNumber(ip("2001:db8::").number() + Uint128{number} * 2);
    entry.innerClient = IpAddress::fromNumber(ip("2001:db8::1").number() + Uint128{number} * 2);
    entry.prefixes = {Prefix(IpAddress::fromNumber(Uint128{0x2400} << 112 | Uint128{number} << 80), 48)};
    entry.counters = std::make_shared<TunnelCounters>();
    return entry;
}

IpAddress hostIn(const TunnelEntry& entry) {
    return IpAddress::fromNumber(entry.prefixes[0].address().number() + 1);
}

/// One way through the broker; in million packets a second.
struct Rates {
    double toInternet = 0;
    double fromInternet = 0;
    double betweenClients = 0;
};

/// `forward(packet, sender)` for packets from random tunnels to random others.
template <typename Address, typename Forward>
double rate(
    const Forwarder& forwarder, bool device, const std::vector<TunnelEntry>& sites, Address address,
    Forward forward) {
    std::mt19937 random(42);
    std::vector<Bytes> packets;
    std::vector<OuterKey> senders;
    for (std::size_t i = 0; i < packetCount; ++i) {
        const std::size_t index = random() % sites.size();
        const TunnelEntry& from = sites[index];
        const TunnelEntry& to = sites[(index + 1 + random() % (sites.size() - 1)) % sites.size()]; // another
        packets.push_back(dataplane::test::udpPacket(address(from, to)));
        senders.push_back({from.mode, from.outerLocal, from.outerRemote});
    }
    std::array<Forwarder::Arrival, batch> arrivals;
    Clock::duration best = Clock::duration::max();
    for (std::size_t round = 0; round < rounds; ++round) {
        for (Bytes& packet : packets)
            packet[7] = 64;
        const auto begin = Clock::now();
        for (std::size_t first = 0; first < packetCount; first += batch) {
            for (std::size_t i = 0; i < batch; ++i) // as the engine does
                arrivals[i] = {device ? nullptr : &senders[first + i], packets[first + i]};
            forwarder.warm(arrivals);
            for (std::size_t i = first; i < first + batch; ++i)
                forward(packets[i], senders[i]);
        }
        best = std::min(best, Clock::now() - begin);
    }
    return packetCount / std::chrono::duration<double>(best).count() / 1e6;
}

Rates measure(std::uint32_t tunnels, double& putMicroseconds) {
    PathCounters counters;
    Forwarder forwarder(counters);
    std::vector<TunnelEntry> sites;
    for (std::uint32_t number = 0; number < tunnels; ++number)
        sites.push_back(site(number));
    const auto begin = Clock::now();
    for (const TunnelEntry& entry : sites)
        forwarder.put(entry);
    putMicroseconds = std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / tunnels;

    const IpAddress internet = ip("2606:db8::1");
    std::size_t forwarded = 0;
    const auto outwards = [&](Bytes& packet, const OuterKey& sender) {
        forwarded += forwarder.fromTunnel(sender, packet, 1).to != Verdict::To::Nowhere ? 1U : 0U;
    };
    const auto inwards = [&](Bytes& packet, const OuterKey&) {
        forwarded += forwarder.fromDevice(packet, 1).to != Verdict::To::Nowhere ? 1U : 0U;
    };
    using test::PacketSpec;
    Rates rates;
    rates.toInternet = rate(
        forwarder, false, sites,
        [&](const auto& from, const auto&) {
            return PacketSpec{hostIn(from), internet};
        },
        outwards);
    rates.fromInternet = rate(
        forwarder, true, sites,
        [&](const auto&, const auto& to) {
            return PacketSpec{internet, hostIn(to)};
        },
        inwards);
    if (forwarded != 2 * rounds * packetCount)
        std::printf("forwarder: %zu packets were lost\n", 2 * rounds * packetCount - forwarded);
    rates.betweenClients = rate(
        forwarder, false, sites,
        [&](const auto& from, const auto& to) {
            return PacketSpec{hostIn(from), hostIn(to)};
        },
        outwards);
    return rates;
}

} // namespace

void measureForwarder() {
    std::printf(
        "forwarder alone, one thread, million packets a second (100-byte packets of random tunnels):\n");
    std::printf(
        "%10s %14s %14s %16s %10s\n", "tunnels", "to Internet", "from Internet", "client to client",
        "put, us");
    double few = 0;
    double many = 0;
    for (const std::uint32_t tunnels : {2U, 1'000U, 100'000U}) {
        double put = 0;
        const Rates rates = measure(tunnels, put);
        std::printf(
            "%10u %14.2f %14.2f %16.2f %10.2f\n", tunnels, rates.toInternet, rates.fromInternet,
            rates.betweenClients, put);
        many = 1 / rates.toInternet + 1 / rates.fromInternet;
        if (few == 0)
            few = many;
    }
    std::printf("growth: a packet costs %.1f times as much with 100,000 tunnels as with 2\n", many / few);
}

} // namespace viaduct::bench
