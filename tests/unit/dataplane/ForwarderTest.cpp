// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dataplane/Forwarder.h"

#include "tests/unit/dataplane/Packets.h"

#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace viaduct;
using namespace viaduct::dataplane;
using namespace viaduct::dataplane::test;

namespace {

constexpr std::int64_t now = 1'800'000'000'000;

/// Three tunnels: Alice's site behind a NAT, Bob's host at the same outer address, and IPv4 for Dora.
/// Claire's static tunnel has no inner pair.
class ForwarderTest : public testing::Test {
protected:
    ForwarderTest() {
        for (const TunnelEntry* entry : {&m_alice, &m_bob, &m_claire, &m_dora})
            m_forwarder.put(*entry);
    }

    static TunnelEntry entry(
        std::int64_t id, TunnelMode mode, Endpoint local, Endpoint remote, const char* server,
        const char* client, std::vector<Prefix> prefixes) {
        return {
            id,
            mode,
            local,
            remote,
            ip(server),
            ip(client),
            std::move(prefixes),
            1280,
            {},
            std::make_shared<TunnelCounters>()};
    }
    static OuterKey keyOf(const TunnelEntry& entry) {
        return {entry.mode, entry.outerLocal, entry.outerRemote};
    }

    /// What becomes of the packet, in words: "device", "tunnel 2", "nothing", "answer 3/0 from A to tunnel
    /// 1".
    std::string outcome(const Verdict& verdict) {
        std::string place = "nothing";
        if (verdict.to == Verdict::To::Device)
            place = "device";
        for (const TunnelEntry* entry : {&m_alice, &m_bob, &m_claire, &m_dora}) {
            if (verdict.to == Verdict::To::Tunnel && *verdict.outer == keyOf(*entry))
                place = "tunnel " + std::to_string(entry->id);
        }
        if (verdict.answer.empty())
            return place;
        const auto header = tunnel::parsePacket(verdict.packet);
        const std::uint8_t* icmp = verdict.packet.data() + header->headerLength;
        return "answer " + std::to_string(icmp[0]) + '/' + std::to_string(icmp[1]) + " from "
            + header->source.text() + " to " + place;
    }

    std::string fromTunnel(const TunnelEntry& entry, Bytes packet) {
        return outcome(m_forwarder.fromTunnel(keyOf(entry), packet, now));
    }
    std::string fromDevice(Bytes packet) { return outcome(m_forwarder.fromDevice(packet, now)); }

    PathCounters m_counters;
    Forwarder m_forwarder{m_counters};
    TunnelEntry m_alice = entry(
        1, TunnelMode::V6udpv4, {ip("192.0.2.1"), 3653}, {ip("198.51.100.1"), 40000}, "2001:db8:8000::2",
        "2001:db8:8000::3", {*Prefix::fromText("2001:db8:f001::/48")});
    TunnelEntry m_bob = entry(
        2, TunnelMode::V6v4, {ip("192.0.2.1"), 0}, {ip("198.51.100.1"), 0}, "2001:db8:8000::4",
        "2001:db8:8000::5", {});
    TunnelEntry m_claire = entry(
        3, TunnelMode::V6v4, {ip("192.0.2.1"), 0}, {ip("198.51.100.9"), 0},
        "::", "::", {*Prefix::fromText("2001:db8:f002::/48")});
    TunnelEntry m_dora = entry(
        4, TunnelMode::V4v6, {ip("2001:db8:b::10"), 0}, {ip("2001:db8:a::2"), 0}, "198.51.100.56",
        "198.51.100.57", {});
};

const char* const internet = "2001:db8:ffff::1";

} // namespace

TEST_F(ForwarderTest, packetsGoWhereTheTableSays) {
    struct Row {
        const char* what;
        const TunnelEntry* from; ///< null: the device
        const char* source;
        const char* destination;
        const char* outcome;
    };
    const TunnelEntry* device = nullptr;
    const Row rows[] = {
        {"host to the Internet", &m_bob, "2001:db8:8000::5", internet, "device"},
        {"site to the Internet", &m_alice, "2001:db8:f001:7::1", internet, "device"},
        {"site's router itself", &m_alice, "2001:db8:8000::3", internet, "device"},
        {"IPv4 to the Internet", &m_dora, "198.51.100.57", "203.0.113.1", "device"},
        {"Internet to host", device, internet, "2001:db8:8000::5", "tunnel 2"},
        {"Internet to site", device, internet, "2001:db8:f001:7::1", "tunnel 1"},
        {"Internet to IPv4", device, "203.0.113.1", "198.51.100.57", "tunnel 4"},
        {"client to client", &m_alice, "2001:db8:f001::1", "2001:db8:8000::5", "tunnel 2"},
        {"client to static site", &m_bob, "2001:db8:8000::5", "2001:db8:f002::1", "tunnel 3"},
        {"static site to client", &m_claire, "2001:db8:f002::1", "2001:db8:f001::1", "tunnel 1"},
        {"forged source", &m_bob, "2001:db8:f001::1", internet, "nothing"},
        {"the broker's own address as source", &m_bob, "2001:db8:8000::4", internet, "nothing"},
        {"router solicitation", &m_bob, "fe80::1", "ff02::2", "nothing"},
        {"MLD report before there is an address", &m_bob, "::", "ff02::16", "nothing"},
        {"multicast", &m_bob, "2001:db8:8000::5", "ff0e::1", "nothing"},
        {"to loopback", &m_bob, "2001:db8:8000::5", "::1", "nothing"},
        {"to a link-local address", &m_bob, "2001:db8:8000::5", "fe80::1", "nothing"},
        {"to an IPv4-compatible address", &m_bob, "2001:db8:8000::5", "::192.0.2.1", "nothing"},
        {"to 6to4", &m_bob, "2001:db8:8000::5", "2002:c000:204::1", "device"},
        {"to 6to4 of a loopback address", &m_bob, "2001:db8:8000::5", "2002:7f00:1::1", "nothing"},
        {"to 6to4 of a private address", &m_bob, "2001:db8:8000::5", "2002:a00:1::1", "nothing"},
        {"IPv4 to class E", &m_dora, "198.51.100.57", "240.0.0.1", "nothing"},
        {"from 6to4 of a private address", device, "2002:c0a8:1::1", "2001:db8:8000::5", "nothing"},
        {"from multicast", device, "ff02::1", "2001:db8:8000::5", "nothing"},
        {"from loopback", device, "::1", "2001:db8:8000::5", "nothing"},
        {"the kernel's own chatter", device, "fe80::1", "ff02::16", "nothing"},
        {"back into its tunnel", &m_alice, "2001:db8:8000::3", "2001:db8:f001::9",
         "answer 1/3 from 2001:db8:8000::2 to tunnel 1"},
        {"a site's unused address, no inner pair", &m_claire, "2001:db8:f002::1", "2001:db8:f002::2",
         "answer 1/3 from 2001:db8:8000::"},
        {"Internet to nobody", device, internet, "2001:db8:f00f::1", "answer 1/0 from 2001:db8:8000::"},
        {"IPv4 to nobody", device, "203.0.113.1", "198.51.100.77", "answer 3/0 from 198.51.100.56 to device"},
        {"forged from outside", device, "2001:db8:f001::1", "2001:db8:f001::2", "nothing"},
        {"something else than a ping to the broker", &m_bob, "2001:db8:8000::5", "2001:db8:8000::4",
         "answer 1/1 from 2001:db8:8000::4 to tunnel 2"},
    };
    for (const Row& row : rows) {
        const Bytes packet = udpPacket({ip(row.source), ip(row.destination)});
        const std::string outcome = row.from == nullptr ? fromDevice(packet) : fromTunnel(*row.from, packet);
        // Without an inner pair the answer comes from whichever address the broker has.
        EXPECT_EQ(outcome.substr(0, std::string_view(row.outcome).size()), row.outcome) << row.what;
    }
}

TEST_F(ForwarderTest, eachDropIsCountedWhereItBelongs) {
    fromTunnel(m_bob, udpPacket({ip("2001:db8:f001::1"), ip(internet)}));
    EXPECT_EQ(m_bob.counters->droppedSource, 1U);
    fromTunnel(m_bob, udpPacket({ip("fe80::1"), ip("ff02::2")}));
    EXPECT_EQ(m_bob.counters->droppedSource, 1U) << "router solicitations are normal";
    EXPECT_EQ(m_counters.discarded, 1U);
    fromTunnel(m_bob, Bytes{0x60, 0, 0});
    fromTunnel(m_bob, udpPacket({ip("198.51.100.57"), ip("203.0.113.1")}));
    EXPECT_EQ(m_bob.counters->droppedMalformed, 2U);
    fromTunnel(m_alice, udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:f001::2")}));
    EXPECT_EQ(m_alice.counters->droppedReflected, 1U);
    fromTunnel(m_alice, udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5"), 1}));
    EXPECT_EQ(m_alice.counters->droppedHopLimit, 1U);
    fromDevice(udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1281}));
    EXPECT_EQ(m_bob.counters->droppedTooBig, 1U);
    fromDevice(udpPacket({ip(internet), ip("2001:db8:f00f::5")}));
    EXPECT_EQ(m_counters.unknownInner, 1U);
    Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip(internet)});
    const OuterKey stranger{TunnelMode::V6v4, {ip("192.0.2.1"), 0}, {ip("198.51.100.2"), 0}};
    EXPECT_EQ(outcome(m_forwarder.fromTunnel(stranger, packet, now)), "nothing");
    EXPECT_EQ(m_counters.unknownOuter, 1U);
}

TEST_F(ForwarderTest, countsPacketsAndSignsOfLife) {
    fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 100}));
    fromDevice(udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 200}));
    EXPECT_EQ(m_bob.counters->packetsIn, 1U);
    EXPECT_EQ(m_bob.counters->bytesIn, 100U);
    EXPECT_EQ(m_bob.counters->packetsOut, 1U);
    EXPECT_EQ(m_bob.counters->bytesOut, 200U);
    EXPECT_EQ(m_bob.counters->lastSeen, now);
    EXPECT_EQ(m_alice.counters->lastSeen, 0);
}

TEST_F(ForwarderTest, fromOutsideNobodySpeaksInTheNameOfAClient) {
    EXPECT_EQ(fromDevice(udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5")})), "nothing");
    EXPECT_EQ(m_bob.counters->droppedReflected, 1U);
    EXPECT_EQ(fromTunnel(m_alice, udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5")})), "tunnel 2");
}

TEST_F(ForwarderTest, whoIsSilentGetsNothingUntilItIsHeardAgain) {
    m_bob.silence = std::chrono::hours(2);
    m_forwarder.put(m_bob);
    m_bob.counters->lastSeen = now - 2 * 3'600'000;
    const Bytes packet = udpPacket({ip(internet), ip("2001:db8:8000::5")});
    EXPECT_EQ(fromDevice(packet), "tunnel 2");
    m_bob.counters->lastSeen = now - 2 * 3'600'000 - 1;
    EXPECT_EQ(fromDevice(packet).substr(0, 11), "answer 1/3 ");
    EXPECT_EQ(m_bob.counters->droppedSilent, 1U);
    fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip(internet)}));
    EXPECT_EQ(fromDevice(packet), "tunnel 2");
}

TEST_F(ForwarderTest, theSameOuterAddressIsAnotherTunnelInAnotherMode) {
    // Alice's and Bob's tunnels differ in mode and port only.
    EXPECT_EQ(fromTunnel(m_alice, udpPacket({ip("2001:db8:8000::5"), ip(internet)})), "nothing");
    EXPECT_EQ(fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::3"), ip(internet)})), "nothing");
}

TEST_F(ForwarderTest, hopLimitGoesDownBetweenClientsOnly) {
    Bytes packet = udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5"), 2});
    m_forwarder.fromTunnel(keyOf(m_alice), packet, now);
    EXPECT_EQ(packet[7], 1);
    EXPECT_EQ(
        outcome(m_forwarder.fromTunnel(keyOf(m_alice), packet, now)),
        "answer 3/0 from 2001:db8:8000::2 to tunnel 1");
    // The kernel counts the hop of what passes the device.
    packet = udpPacket({ip("2001:db8:f001::1"), ip(internet), 1});
    EXPECT_EQ(outcome(m_forwarder.fromTunnel(keyOf(m_alice), packet, now)), "device");
    EXPECT_EQ(packet[7], 1);
    packet = udpPacket({ip(internet), ip("2001:db8:f001::1"), 1});
    EXPECT_EQ(outcome(m_forwarder.fromDevice(packet, now)), "tunnel 1");
    EXPECT_EQ(packet[7], 1);
}

TEST_F(ForwarderTest, whatDoesNotFitIsAnsweredWithTheMtu) {
    const Bytes fits = udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1280});
    EXPECT_EQ(fromDevice(fits), "tunnel 2");
    Bytes large = udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1281});
    const Verdict verdict = m_forwarder.fromDevice(large, now);
    // The sender knows the broker by its end of the tunnel that the packet was for.
    EXPECT_EQ(outcome(verdict), "answer 2/0 from 2001:db8:8000::4 to device");
    EXPECT_EQ(Bytes(verdict.packet.begin() + 44, verdict.packet.begin() + 48), (Bytes{0, 0, 5, 0}));
    // Between clients it is the end of the sender's own tunnel.
    large = udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5"), 64, 1281});
    EXPECT_EQ(fromTunnel(m_alice, large), "answer 2/0 from 2001:db8:8000::2 to tunnel 1");
}

TEST_F(ForwarderTest, ipv4MayBeFragmentedOutsideUnlessItForbidsIt) {
    PacketSpec spec{ip("203.0.113.1"), ip("198.51.100.57"), 64, 1400, true};
    EXPECT_EQ(fromDevice(udpPacket(spec)), "answer 3/4 from 198.51.100.56 to device");
    spec.dontFragment = false;
    EXPECT_EQ(fromDevice(udpPacket(spec)), "tunnel 4");
}

TEST_F(ForwarderTest, pingsToTheBrokerAreAnswered) {
    const auto ping = [](const char* source, const char* destination, std::size_t payload = 8) {
        return tunnel::echoRequest(ip(source), ip(destination), 1, 1, payload);
    };
    EXPECT_EQ(
        fromTunnel(m_bob, ping("2001:db8:8000::5", "2001:db8:8000::4")),
        "answer 129/0 from 2001:db8:8000::4 to tunnel 2");
    EXPECT_EQ(
        fromTunnel(m_alice, ping("2001:db8:f001::1", "2001:db8:8000::4")),
        "answer 129/0 from 2001:db8:8000::4 to tunnel 1");
    EXPECT_EQ(fromDevice(ping(internet, "2001:db8:8000::4")), "answer 129/0 from 2001:db8:8000::4 to device");
    EXPECT_EQ(
        fromTunnel(m_dora, ping("198.51.100.57", "198.51.100.56")),
        "answer 0/0 from 198.51.100.56 to tunnel 4");
    EXPECT_EQ(fromTunnel(m_bob, ping("2001:db8:8000::5", "2001:db8:8000::4", 1300)), "nothing");
}

TEST_F(ForwarderTest, errorsAreRateLimited) {
    const Bytes large = udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1281});
    const auto answers = [&](std::int64_t at) {
        int count = 0;
        for (int i = 0; i < 1000; ++i) {
            Bytes packet = large;
            count += m_forwarder.fromDevice(packet, at).answer.empty() ? 0 : 1;
        }
        return count;
    };
    EXPECT_EQ(answers(now), 100);
    EXPECT_EQ(answers(now), 0);
    EXPECT_EQ(answers(now - 5000), 0) << "a clock set back";
    EXPECT_EQ(answers(now - 4900), 10);
    EXPECT_EQ(answers(now + 3'600'000), 100);
    // Another tunnel has its own limit.
    EXPECT_NE(fromDevice(udpPacket({ip(internet), ip("2001:db8:f001::5"), 64, 1281})), "nothing");
}

TEST_F(ForwarderTest, paddingIsNotForwarded) {
    Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 100});
    packet.resize(1500);
    EXPECT_EQ(m_forwarder.fromTunnel(keyOf(m_bob), packet, now).packet.size(), 100U);
}

TEST_F(ForwarderTest, aTunnelIsReplacedAtItsNewOuterAddress) {
    const TunnelEntry before = m_alice;
    m_alice.outerRemote.port = 50000;
    m_forwarder.put(m_alice);
    EXPECT_EQ(m_forwarder.size(), 4U);
    EXPECT_EQ(fromDevice(udpPacket({ip(internet), ip("2001:db8:f001::1")})), "tunnel 1");
    Bytes packet = udpPacket({ip("2001:db8:f001::1"), ip(internet)});
    EXPECT_EQ(outcome(m_forwarder.fromTunnel(keyOf(before), packet, now)), "nothing");
    EXPECT_EQ(m_counters.unknownOuter, 1U);
    EXPECT_EQ(fromTunnel(m_alice, packet), "device");
}

TEST_F(ForwarderTest, theNewerTunnelWinsAndTheOlderIsGone) {
    // The same NAT mapping now belongs to Eve: nothing for Alice may reach her.
    TunnelEntry eve = entry(
        5, TunnelMode::V6udpv4, m_alice.outerLocal, m_alice.outerRemote, "2001:db8:8000::6",
        "2001:db8:8000::7", {});
    m_forwarder.put(eve);
    EXPECT_EQ(m_forwarder.size(), 4U);
    EXPECT_EQ(fromDevice(udpPacket({ip(internet), ip("2001:db8:f001::1")})).substr(0, 10), "answer 1/0");
    m_forwarder.remove(m_alice.id); // late, and about nobody
    Bytes packet = udpPacket({ip(internet), ip("2001:db8:8000::7")});
    EXPECT_EQ(m_forwarder.fromDevice(packet, now).to, Verdict::To::Tunnel);
    // A larger prefix takes the place of those inside it, and a smaller one that of the one around it.
    TunnelEntry wide = entry(
        6, TunnelMode::V6v4, {ip("192.0.2.1"), 0}, {ip("198.51.100.60"), 0},
        "::", "::", {*Prefix::fromText("2001:db8:f000::/40")});
    m_forwarder.put(wide);
    EXPECT_EQ(m_forwarder.size(), 4U) << "Claire's /48 was inside";
    TunnelEntry narrow = wide;
    narrow.id = 7;
    narrow.outerRemote.address = ip("198.51.100.61");
    narrow.prefixes = {*Prefix::fromText("2001:db8:f0ff:1::/64")};
    m_forwarder.put(narrow);
    EXPECT_EQ(m_forwarder.size(), 4U);
}

TEST_F(ForwarderTest, aServerAddressMayBeShared) {
    TunnelEntry other = entry(
        5, TunnelMode::V6v4, {ip("192.0.2.1"), 0}, {ip("198.51.100.50"), 0}, "2001:db8:8000::4",
        "2001:db8:8000::9", {});
    m_forwarder.put(other);
    m_forwarder.remove(5);
    EXPECT_EQ(
        fromTunnel(m_bob, tunnel::echoRequest(ip("2001:db8:8000::5"), ip("2001:db8:8000::4"), 1, 1)),
        "answer 129/0 from 2001:db8:8000::4 to tunnel 2");
    m_forwarder.remove(2);
    EXPECT_EQ(
        fromDevice(tunnel::echoRequest(ip(internet), ip("2001:db8:8000::4"), 1, 1)).substr(0, 10),
        "answer 1/0");
}

// --- limits

TEST_F(ForwarderTest, eachDirectionHasItsOwnRate) {
    m_bob.limits = {2'000'000, 4'000'000, false};
    m_forwarder.put(m_bob);
    const Bytes out = udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 1000});
    const Bytes in = udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1000});
    const auto carried = [&](std::int64_t at) { // of far more than the limits at one moment
        std::pair<int, int> count;
        for (int i = 0; i < 1000; ++i) {
            Bytes up = out;
            Bytes down = in;
            count.first += m_forwarder.fromTunnel(keyOf(m_bob), up, at).to == Verdict::To::Device ? 1 : 0;
            count.second += m_forwarder.fromDevice(down, at).to == Verdict::To::Tunnel ? 1 : 0;
        }
        return count;
    };
    using Both = std::pair<int, int>;
    EXPECT_EQ(carried(now), Both(62, 125)) << "a quarter of a second at once";
    EXPECT_EQ(carried(now), Both(0, 0));
    EXPECT_EQ(carried(now + 100), Both(25, 50)) << "and the rate from then on";
    EXPECT_EQ(carried(now + 200), Both(25, 50));
    EXPECT_EQ(carried(now + 3'600'000), Both(62, 125)) << "what an hour saved is lost";
    EXPECT_EQ(m_bob.counters->packetsIn, 174U) << "what was dropped did not count";
    EXPECT_EQ(m_bob.counters->bytesOut, 350'000U);
    EXPECT_EQ(m_bob.counters->droppedRate, 10'000U - 174 - 350);
    EXPECT_EQ(fromTunnel(m_alice, udpPacket({ip("2001:db8:8000::3"), ip(internet)})), "device");
}

TEST_F(ForwarderTest, atALowRateTenFullPacketsAndOneLargePacketPass) {
    m_dora.limits = {8'000, 1, false};
    m_forwarder.put(m_dora);
    int carried = 0;
    for (int i = 0; i < 20; ++i)
        carried
            += fromTunnel(m_dora, udpPacket({ip("198.51.100.57"), ip("203.0.113.1"), 64, 1280})) == "device";
    EXPECT_EQ(carried, 10);
    // An IPv4 packet may be larger than all that: it comes through, and what follows waits for it.
    PacketSpec large{ip("203.0.113.1"), ip("198.51.100.57"), 64, 25'600};
    large.dontFragment = false;
    EXPECT_EQ(fromDevice(udpPacket(large)), "tunnel 4");
    Bytes small = udpPacket({ip("203.0.113.1"), ip("198.51.100.57"), 64, 100});
    EXPECT_EQ(m_forwarder.fromDevice(small, now + 100'000'000).to, Verdict::To::Nowhere)
        << "one bit a second";
    EXPECT_EQ(m_forwarder.fromDevice(small, now + 104'000'000).to, Verdict::To::Tunnel);
}

TEST_F(ForwarderTest, betweenClientsTheLimitsOfBothCount) {
    m_alice.limits = {80'000, 0, false};
    m_bob.limits = {0, 40'000, false};
    m_forwarder.put(m_alice);
    m_forwarder.put(m_bob);
    const Bytes packet = udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5"), 64, 1280});
    const auto at = [&](std::int64_t time) {
        Bytes copy = packet;
        return outcome(m_forwarder.fromTunnel(keyOf(m_alice), copy, time));
    };
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(at(now), "tunnel 2");
    EXPECT_EQ(at(now), "nothing");
    EXPECT_EQ(m_alice.counters->droppedRate, 1U);
    EXPECT_EQ(at(now + 128), "nothing") << "Alice may again, Bob may not yet";
    EXPECT_EQ(m_bob.counters->droppedRate, 1U);
    EXPECT_EQ(at(now + 256), "tunnel 2");
}

TEST_F(ForwarderTest, whoseQuotaIsUsedUpIsToldSoAndStaysConnected) {
    m_bob.limits.quotaUsedUp = true;
    m_forwarder.put(m_bob);
    EXPECT_EQ(
        fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip(internet)})),
        "answer 1/1 from 2001:db8:8000::4 to tunnel 2");
    EXPECT_EQ(
        fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip("2001:db8:f001::1")})),
        "answer 1/1 from 2001:db8:8000::4 to tunnel 2")
        << "to another client neither";
    EXPECT_EQ(fromDevice(udpPacket({ip(internet), ip("2001:db8:8000::5")})), "nothing");
    EXPECT_EQ(fromTunnel(m_alice, udpPacket({ip("2001:db8:f001::1"), ip("2001:db8:8000::5")})), "nothing");
    EXPECT_EQ(m_bob.counters->droppedQuota, 4U);
    EXPECT_EQ(m_bob.counters->packetsIn, 0U) << "nothing of it was used";
    EXPECT_EQ(
        fromTunnel(m_bob, tunnel::echoRequest(ip("2001:db8:8000::5"), ip("2001:db8:8000::4"), 1, 1)),
        "answer 129/0 from 2001:db8:8000::4 to tunnel 2")
        << "the keepalive";
    EXPECT_EQ(m_bob.counters->lastSeen, now);
    EXPECT_EQ(fromTunnel(m_bob, udpPacket({ip("2001:db8:f001::1"), ip(internet)})), "nothing");
    EXPECT_EQ(m_bob.counters->droppedSource, 1U) << "forged packets are forged packets";
    int answers = 0;
    for (int i = 0; i < 1000; ++i)
        answers += fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip(internet)})) != "nothing";
    EXPECT_EQ(answers, 98) << "as any ICMP error";
    m_dora.limits.quotaUsedUp = true;
    m_forwarder.put(m_dora);
    EXPECT_EQ(
        fromTunnel(m_dora, udpPacket({ip("198.51.100.57"), ip("203.0.113.1")})),
        "answer 3/13 from 198.51.100.56 to tunnel 4");
    m_bob.limits.quotaUsedUp = false;
    m_forwarder.put(m_bob);
    EXPECT_EQ(fromTunnel(m_bob, udpPacket({ip("2001:db8:8000::5"), ip(internet)})), "device");
}

TEST_F(ForwarderTest, keepalivesPassWhateverTheRate) {
    m_bob.limits.rateIn = 8'000;
    m_forwarder.put(m_bob);
    const Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 1280});
    while (fromTunnel(m_bob, packet) == "device") { }
    EXPECT_EQ(
        fromTunnel(m_bob, tunnel::echoRequest(ip("2001:db8:8000::5"), ip("2001:db8:8000::4"), 1, 1)),
        "answer 129/0 from 2001:db8:8000::4 to tunnel 2");
}

TEST_F(ForwarderTest, newLimitsDoNotStartTheTunnelAnew) {
    m_bob.limits = {80'000, 0, false};
    m_forwarder.put(m_bob);
    const Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 1280});
    while (fromTunnel(m_bob, packet) == "device") { }
    TunnelEntry again = m_bob;
    again.limits.rateOut = 1'000'000;
    again.counters = nullptr;
    m_forwarder.put(again);
    EXPECT_EQ(m_forwarder.size(), 4U);
    EXPECT_EQ(fromTunnel(m_bob, packet), "nothing") << "being put again is worth nothing";
    EXPECT_EQ(m_bob.counters->packetsIn, 10U);
    EXPECT_EQ(m_bob.counters->droppedRate, 2U);
    again.mtu = 1400;
    again.limits = {};
    m_forwarder.put(again);
    EXPECT_EQ(fromTunnel(m_bob, packet), "device") << "without a limit at once";
    EXPECT_EQ(m_bob.counters->packetsIn, 11U);
    EXPECT_EQ(fromDevice(udpPacket({ip(internet), ip("2001:db8:8000::5"), 64, 1400})), "tunnel 2");
}

TEST_F(ForwarderTest, anEnormousRateIsNone) {
    m_bob.limits
        = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max(), false};
    m_forwarder.put(m_bob);
    const Bytes packet = udpPacket({ip("2001:db8:8000::5"), ip(internet), 64, 1280});
    for (int i = 0; i < 10'000; ++i)
        ASSERT_EQ(fromTunnel(m_bob, packet), "device");
}

TEST(Forwarder, alwaysAgreesWithANaiveTable) {
    // Few outer addresses and prefixes, so that random tunnels collide all the time.
    std::mt19937 random(4711);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    const auto inner = [&] {
        return IpAddress::fromNumber(ip("2001:db8::").number() + (Uint128{below(16)} << 64) + below(8));
    };
    PathCounters counters;
    Forwarder forwarder(counters);
    std::vector<TunnelEntry> model;
    const auto claims = [](const TunnelEntry& entry) {
        auto all = entry.prefixes;
        all.push_back(Prefix(entry.innerClient, 128));
        return all;
    };
    const auto collide = [&](const TunnelEntry& a, const TunnelEntry& b) {
        if (a.id == b.id || (a.mode == b.mode && a.outerRemote == b.outerRemote))
            return true;
        for (const Prefix& mine : claims(a))
            for (const Prefix& theirs : claims(b))
                if (mine.overlaps(theirs))
                    return true;
        return false;
    };
    const auto owner = [&](const IpAddress& address) -> const TunnelEntry* {
        for (const TunnelEntry& entry : model)
            for (const Prefix& claim : claims(entry))
                if (claim.contains(address))
                    return &entry;
        return nullptr;
    };
    for (std::int64_t step = 0; step < 20'000; ++step) {
        const std::int64_t id = below(12);
        const unsigned what = below(10);
        if (what < 2) {
            TunnelEntry entry{
                id,
                below(2) != 0 ? TunnelMode::V6v4 : TunnelMode::V6udpv4,
                {ip("192.0.2.1"), 0},
                {IpAddress::v4(0xC6336400 + below(6)), 0},
                ip("2001:db8:1::1"),
                inner(),
                {},
                1280,
                {},
                {}};
            for (unsigned count = below(3); count > 0; --count)
                entry.prefixes.emplace_back(inner(), 60 + static_cast<int>(below(3)) * 4);
            forwarder.put(entry);
            std::erase_if(model, [&](const TunnelEntry& older) { return collide(entry, older); });
            model.push_back(entry);
        } else if (what == 2) {
            forwarder.remove(id);
            std::erase_if(model, [&](const TunnelEntry& entry) { return entry.id == id; });
        } else {
            const PacketSpec spec{inner(), inner()};
            const TunnelEntry* target = owner(spec.destination);
            const TunnelEntry* sender = model.empty() ? nullptr : &model[below(unsigned(model.size()))];
            if (sender != nullptr && owner(spec.source) != sender)
                sender = nullptr; // let it come from outside
            Bytes packet = udpPacket(spec);
            const Verdict verdict = sender == nullptr
                ? forwarder.fromDevice(packet, step * 100)
                : forwarder.fromTunnel(
                    {sender->mode, sender->outerLocal, sender->outerRemote}, packet, step * 100);
            // Back into its own tunnel, or from outside in a client's name.
            const TunnelEntry* named = owner(spec.source);
            const bool refused
                = target != nullptr && (named == target || (sender == nullptr && named != nullptr));
            if (target != nullptr && !refused) {
                ASSERT_EQ(verdict.to, Verdict::To::Tunnel) << step;
                ASSERT_EQ(verdict.outer->remote, target->outerRemote) << step;
                ASSERT_EQ(verdict.outer->mode, target->mode) << step;
                ASSERT_TRUE(verdict.answer.empty());
            } else if (target == nullptr && sender != nullptr) {
                ASSERT_EQ(verdict.to, Verdict::To::Device) << step;
                ASSERT_TRUE(verdict.answer.empty());
            } else {
                ASSERT_TRUE(verdict.to == Verdict::To::Nowhere || !verdict.answer.empty()) << step;
            }
        }
        ASSERT_EQ(forwarder.size(), model.size()) << step;
    }
}
