// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/Packet.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::tunnel;

namespace {

using Bytes = std::vector<std::uint8_t>;

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

/// "60 00 ..." as bytes.
Bytes hex(std::string_view text) {
    Bytes bytes;
    for (std::size_t at = 0; at < text.size(); at += 3)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    return bytes;
}

/// An IPv6 packet of the given next header and payload.
Bytes v6(const char* source, const char* destination, std::uint8_t protocol, const Bytes& payload) {
    Bytes packet{0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(payload.size()), protocol, 64};
    for (const char* text : {source, destination}) {
        const IpAddress end = address(text);
        packet.insert(packet.end(), end.bytes().begin(), end.bytes().end());
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

const Bytes udpPayload{0, 1, 0, 2, 0, 8, 0, 0};

// ping -c 1 -s 2 from 192.0.2.1 to 198.51.100.2, computed by hand.
const Bytes v4Ping
    = hex("45 00 00 1e 00 00 40 00 40 01 4e a8 c0 00 02 01 c6 33 64 02 08 00 f7 fd 00 01 00 01 00 00");

} // namespace

TEST(Packet, readsAnIpv6Header) {
    const Bytes packet = v6("2001:db8::1", "2001:db8::2", 17, udpPayload);
    const auto header = parsePacket(packet);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->version, 6);
    EXPECT_EQ(header->source, address("2001:db8::1"));
    EXPECT_EQ(header->destination, address("2001:db8::2"));
    EXPECT_EQ(header->hopLimit, 64);
    EXPECT_EQ(header->protocol, 17);
    EXPECT_EQ(header->length, 48U);
    EXPECT_EQ(header->headerLength, 40U);
}

TEST(Packet, readsAnIpv4Header) {
    const auto header = parsePacket(v4Ping);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->version, 4);
    EXPECT_EQ(header->source, address("192.0.2.1"));
    EXPECT_EQ(header->destination, address("198.51.100.2"));
    EXPECT_EQ(header->protocol, 1);
    EXPECT_EQ(header->length, 30U);
    EXPECT_EQ(header->headerLength, 20U);
}

TEST(Packet, paddingIsNoPartOfThePacket) {
    Bytes packet = v6("2001:db8::1", "2001:db8::2", 17, udpPayload);
    packet.resize(100);
    EXPECT_EQ(parsePacket(packet)->length, 48U);
}

TEST(Packet, refusesWhatIsNoWholePacket) {
    const Bytes six = v6("2001:db8::1", "2001:db8::2", 17, udpPayload);
    for (std::size_t length = 0; length < six.size(); ++length)
        EXPECT_FALSE(parsePacket(PacketView(six).first(length))) << length;
    for (std::size_t length = 0; length < v4Ping.size(); ++length)
        EXPECT_FALSE(parsePacket(PacketView(v4Ping).first(length))) << length;
    Bytes badVersion = six;
    badVersion[0] = 0x50;
    EXPECT_FALSE(parsePacket(badVersion));
    Bytes badChecksum = v4Ping;
    badChecksum[10] ^= 1;
    EXPECT_FALSE(parsePacket(badChecksum));
    Bytes shortHeader = v4Ping;
    shortHeader[0] = 0x44;
    EXPECT_FALSE(parsePacket(shortHeader));
    EXPECT_FALSE(parsePacket(v6("::ffff:192.0.2.1", "2001:db8::2", 17, udpPayload)));
    EXPECT_FALSE(parsePacket(v6("2001:db8::1", "::ffff:192.0.2.1", 17, udpPayload)));
}

TEST(Packet, hopLimitGoesDownAndTheIpv4ChecksumStaysRight) {
    Bytes six = v6("2001:db8::1", "2001:db8::2", 17, udpPayload);
    decrementHopLimit(six);
    EXPECT_EQ(parsePacket(six)->hopLimit, 63);
    Bytes four = v4Ping;
    for (int hops = 63; hops >= 0; --hops) {
        decrementHopLimit(four);
        ASSERT_TRUE(parsePacket(four)) << hops; // which checks the checksum
        ASSERT_EQ(parsePacket(four)->hopLimit, hops);
    }
    decrementHopLimit(four);
    EXPECT_EQ(parsePacket(four)->hopLimit, 0);
}

TEST(Packet, echoRequestIsAnsweredFromTheAddressAsked) {
    for (const auto& [here, there] :
         {std::pair("2001:db8::1", "2001:db8::2"), std::pair("192.0.2.1", "198.51.100.2")}) {
        const Bytes request = echoRequest(address(here), address(there), 7, 513, 20);
        const auto reply = echoReply(request);
        ASSERT_TRUE(reply) << here;
        const auto header = parsePacket(*reply);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->source, address(there));
        EXPECT_EQ(header->destination, address(here));
        EXPECT_EQ(reply->size(), request.size());
        EXPECT_EQ(echoReplySequence(*reply, 7), 513);
        EXPECT_FALSE(echoReplySequence(*reply, 8));
        EXPECT_FALSE(echoReplySequence(request, 7));
        EXPECT_FALSE(echoReply(*reply));
    }
}

TEST(Packet, echoRequestHasTheKnownBytes) {
    EXPECT_EQ(echoRequest(address("192.0.2.1"), address("198.51.100.2"), 1, 1, 2), v4Ping);
}

TEST(Packet, brokenEchoRequestsAreNotAnswered) {
    const Bytes request = echoRequest(address("2001:db8::1"), address("2001:db8::2"), 7, 1);
    for (std::size_t at = 40; at < request.size(); ++at) {
        Bytes broken = request;
        broken[at] ^= 0x10;
        EXPECT_FALSE(echoReply(broken)) << "byte " << at;
    }
    EXPECT_FALSE(echoReply(echoRequest(address("2001:db8::1"), address("ff02::1"), 7, 1)));
    EXPECT_FALSE(echoReply(echoRequest(address("::"), address("2001:db8::2"), 7, 1)));
}

TEST(Packet, errorsQuoteThePacketAndAreBounded) {
    const Bytes small = v6("2001:db8::1", "2001:db8:f::2", 17, udpPayload);
    const auto tooBig = icmpError(IcmpError::PacketTooBig, small, address("2001:db8::ff"), 1280);
    ASSERT_TRUE(tooBig);
    const auto header = parsePacket(*tooBig);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->source, address("2001:db8::ff"));
    EXPECT_EQ(header->destination, address("2001:db8::1"));
    EXPECT_EQ(Bytes(tooBig->begin() + 40, tooBig->begin() + 42), (Bytes{2, 0}));
    EXPECT_EQ(Bytes(tooBig->begin() + 44, tooBig->begin() + 48), (Bytes{0, 0, 5, 0}));
    EXPECT_EQ(Bytes(tooBig->begin() + 48, tooBig->end()), small);
    EXPECT_EQ(transportChecksum(header->source, header->destination, 58, PacketView(*tooBig).subspan(40)), 0);

    Bytes large = echoRequest(address("2001:db8::1"), address("2001:db8:f::2"), 1, 1, 1400);
    EXPECT_EQ(icmpError(IcmpError::PacketTooBig, large, address("2001:db8::ff"), 1280)->size(), 1280U);
    large = echoRequest(address("192.0.2.1"), address("198.51.100.2"), 1, 1, 1400);
    const auto fragmentationNeeded = icmpError(IcmpError::PacketTooBig, large, address("192.0.2.9"), 1280);
    ASSERT_TRUE(fragmentationNeeded);
    EXPECT_EQ(fragmentationNeeded->size(), 576U);
    EXPECT_EQ(Bytes(fragmentationNeeded->begin() + 20, fragmentationNeeded->begin() + 22), (Bytes{3, 4}));
    EXPECT_EQ(
        Bytes(fragmentationNeeded->begin() + 24, fragmentationNeeded->begin() + 28), (Bytes{0, 0, 5, 0}));
}

TEST(Packet, errorsHaveTheirTypeAndCode) {
    struct Row {
        IcmpError error;
        Bytes v6;
        Bytes v4;
    };
    const Bytes six = v6("2001:db8::1", "2001:db8:f::2", 17, udpPayload);
    for (const Row& row :
         {Row{IcmpError::HopLimitExceeded, {3, 0}, {11, 0}}, Row{IcmpError::NoRoute, {1, 0}, {3, 0}},
          Row{IcmpError::AdministrativelyProhibited, {1, 1}, {3, 13}},
          Row{IcmpError::AddressUnreachable, {1, 3}, {3, 1}},
          Row{IcmpError::SourceAddressFailedPolicy, {1, 5}, {3, 13}}}) {
        const auto error6 = icmpError(row.error, six, address("2001:db8::ff"));
        const auto error4 = icmpError(row.error, v4Ping, address("192.0.2.9"));
        ASSERT_TRUE(error6 && error4);
        EXPECT_EQ(Bytes(error6->begin() + 40, error6->begin() + 42), row.v6);
        EXPECT_EQ(Bytes(error4->begin() + 20, error4->begin() + 22), row.v4);
    }
}

TEST(Packet, noErrorWhereTheRfcForbidsOne) {
    const IpAddress here = address("2001:db8::ff");
    const auto error = [&](const Bytes& packet, IcmpError kind = IcmpError::NoRoute) {
        return icmpError(kind, packet, here, 1280).has_value();
    };
    const Bytes ok = v6("2001:db8::1", "2001:db8:f::2", 17, udpPayload);
    EXPECT_TRUE(error(ok));
    EXPECT_FALSE(error(*icmpError(IcmpError::NoRoute, ok, here))) << "about an error";
    const Bytes redirect{137, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_FALSE(error(v6("2001:db8::1", "2001:db8:f::2", 58, redirect)));
    EXPECT_FALSE(error(v6("2001:db8::1", "ff0e::1", 17, udpPayload))) << "to multicast";
    EXPECT_TRUE(error(v6("2001:db8::1", "ff0e::1", 17, udpPayload), IcmpError::PacketTooBig));
    EXPECT_FALSE(error(v6("::", "2001:db8:f::2", 17, udpPayload)));
    EXPECT_FALSE(error(v6("ff02::1", "2001:db8:f::2", 17, udpPayload)));
    // Behind a destination options header an ICMPv6 error is an ICMPv6 error still.
    Bytes behindOptions{58, 0, 1, 4, 0, 0, 0, 0};
    behindOptions.insert(behindOptions.end(), {1, 0, 0, 0, 0, 0, 0, 0});
    EXPECT_FALSE(error(v6("2001:db8::1", "2001:db8:f::2", 60, behindOptions)));
    behindOptions[8] = 128;
    EXPECT_TRUE(error(v6("2001:db8::1", "2001:db8:f::2", 60, behindOptions)));
    Bytes fragment{17, 0, 0, 1, 0, 0, 0, 9, 0, 0};
    EXPECT_TRUE(error(v6("2001:db8::1", "2001:db8:f::2", 44, fragment)));
    fragment[3] = 0x09;
    EXPECT_FALSE(error(v6("2001:db8::1", "2001:db8:f::2", 44, fragment))) << "later fragment";
    EXPECT_FALSE(icmpError(IcmpError::NoRoute, v4Ping, here)) << "other family";
}
