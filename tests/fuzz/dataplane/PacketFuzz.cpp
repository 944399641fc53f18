// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a packet as it comes out of a tunnel.
#include "shared/tunnel/Packet.h"
#include "tests/fuzz/dataplane/Require.h"

#include <algorithm>

using namespace viaduct;
using namespace viaduct::tunnel;

namespace {

using Bytes = std::vector<std::uint8_t>;

void checkHopLimit(Bytes packet, const PacketHeader& header) {
    decrementHopLimit(packet);
    const auto after = parsePacket(packet);
    REQUIRE(after); // so the IPv4 checksum is right
    REQUIRE(after->hopLimit == (header.hopLimit > 0 ? header.hopLimit - 1 : 0));
    REQUIRE(after->source == header.source && after->destination == header.destination);
}

void checkEcho(PacketView packet, const PacketHeader& header) {
    const auto reply = echoReply(packet);
    if (!reply)
        return;
    const auto back = parsePacket(*reply);
    REQUIRE(back && back->length == reply->size());
    REQUIRE(back->source == header.destination && back->destination == header.source);
    REQUIRE(reply->size() <= header.length);
    const std::size_t at = back->headerLength + 4;
    REQUIRE(echoReplySequence(*reply, static_cast<std::uint16_t>((*reply)[at] << 8 | (*reply)[at + 1])));
    REQUIRE(!echoReply(*reply)); // or two hosts would answer each other for ever
}

void checkError(IcmpError kind, PacketView packet, const PacketHeader& header) {
    const IpAddress here = *IpAddress::fromText(header.version == 4 ? "192.0.2.1" : "2001:db8::1");
    const auto error = icmpError(kind, packet, here, 1280);
    if (!error)
        return;
    const auto back = parsePacket(*error);
    REQUIRE(back && back->length == error->size());
    REQUIRE(error->size() <= (header.version == 4 ? 576U : 1280U));
    REQUIRE(back->source == here && back->destination == header.source);
    const auto quoted = PacketView(*error).subspan(back->headerLength + 8);
    REQUIRE(std::ranges::equal(quoted, packet.first(quoted.size())));
    if (header.version == 6)
        REQUIRE(transportChecksum(here, header.source, 58, PacketView(*error).subspan(40)) == 0);
    REQUIRE(!icmpError(kind, *error, here, 1280)); // never an error about an error
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const PacketView packet(data, size);
    (void)echoReplySequence(packet, 1);
    const auto header = parsePacket(packet);
    if (!header) {
        REQUIRE(!echoReply(packet));
        REQUIRE(!icmpError(IcmpError::NoRoute, packet, IpAddress::v4(0xC0000201)));
        return 0;
    }
    REQUIRE(header->length <= size && header->headerLength <= header->length);
    REQUIRE(header->source.isV4() == (header->version == 4));
    checkHopLimit(Bytes(data, data + header->length), *header);
    checkEcho(packet, *header);
    for (const IcmpError kind :
         {IcmpError::PacketTooBig, IcmpError::HopLimitExceeded, IcmpError::NoRoute,
          IcmpError::AdministrativelyProhibited, IcmpError::AddressUnreachable,
          IcmpError::SourceAddressFailedPolicy})
        checkError(kind, packet, *header);
    return 0;
}
