// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/Packet.h"

#include <algorithm>
#include <utility>

namespace viaduct::tunnel {

namespace {

using Packet = std::vector<std::uint8_t>;

constexpr std::size_t ipv6Header = 40; // RFC 8200, 3
constexpr std::size_t ipv4Header = 20; // RFC 791, 3.1, without options
constexpr std::size_t icmpHeader = 8; // both families, for the messages used here
constexpr std::uint8_t originHopLimit = 64; // of what is sent from here
constexpr std::size_t longestIpv6Error = 1280; // RFC 4443, 2.4 (c): the IPv6 minimum MTU
constexpr std::size_t longestIpv4Error = 576; // RFC 1812, 4.3.2.3
constexpr int longestHeaderChain = 8; // more extension headers than any honest packet has

// IANA protocol numbers.
constexpr std::uint8_t protocolHopByHop = 0;
constexpr std::uint8_t protocolIcmp = 1;
constexpr std::uint8_t protocolRouting = 43;
constexpr std::uint8_t protocolFragment = 44;
constexpr std::uint8_t protocolIcmpV6 = 58;
constexpr std::uint8_t protocolDestinationOptions = 60;

// ICMP (RFC 792) and ICMPv6 (RFC 4443, RFC 4861) types.
constexpr std::uint8_t icmpEchoReply = 0;
constexpr std::uint8_t icmpEchoRequest = 8;
constexpr std::uint8_t icmpV6FirstInformational = 128;
constexpr std::uint8_t icmpV6EchoRequest = 128;
constexpr std::uint8_t icmpV6EchoReply = 129;
constexpr std::uint8_t icmpV6Redirect = 137;

std::uint16_t read16(PacketView bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void write16(std::span<std::uint8_t> bytes, std::size_t at, std::size_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}

/// The ones' complement sum of 16-bit words (RFC 1071), not yet folded. 64 bits cannot overflow on a packet.
std::uint64_t sum(PacketView bytes, std::uint64_t start = 0) {
    std::uint64_t total = start;
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2)
        total += read16(bytes, at);
    if (at < bytes.size())
        total += static_cast<std::uint64_t>(bytes[at]) << 8;
    return total;
}

std::uint16_t folded(std::uint64_t total) {
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return static_cast<std::uint16_t>(~total & 0xffff);
}

/// The bytes of the address as they stand in a header of its own family.
PacketView wireBytes(const IpAddress& address) {
    return PacketView(address.bytes()).subspan(address.isV4() ? 12 : 0);
}

IpAddress readV4(PacketView bytes, std::size_t at) {
    return IpAddress::v4(std::uint32_t{read16(bytes, at)} << 16 | read16(bytes, at + 2));
}

IpAddress readV6(PacketView bytes, std::size_t at) {
    IpAddress::Bytes address{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), address.size(), address.begin());
    return IpAddress::v6(address);
}

std::optional<PacketHeader> parseV6(PacketView packet) {
    if (packet.size() < ipv6Header)
        return std::nullopt;
    PacketHeader header;
    header.version = 6;
    header.length = ipv6Header + read16(packet, 4);
    header.protocol = packet[6];
    header.hopLimit = packet[7];
    header.source = readV6(packet, 8);
    header.destination = readV6(packet, 24);
    if (header.length > packet.size() || header.source.isV4() || header.destination.isV4())
        return std::nullopt;
    return header;
}

std::optional<PacketHeader> parseV4(PacketView packet) {
    if (packet.size() < ipv4Header)
        return std::nullopt;
    PacketHeader header;
    header.version = 4;
    header.headerLength = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
    header.length = read16(packet, 2);
    header.hopLimit = packet[8];
    header.protocol = packet[9];
    header.source = readV4(packet, 12);
    header.destination = readV4(packet, 16);
    const bool lengthsFit = header.headerLength >= ipv4Header && header.headerLength <= header.length
        && header.length <= packet.size();
    if (!lengthsFit || folded(sum(packet.first(header.headerLength))) != 0)
        return std::nullopt;
    return header;
}

bool isLaterFragment(PacketView packet, const PacketHeader& header) {
    return header.version == 4 && (read16(packet, 6) & 0x1fff) != 0;
}

bool isFragment(PacketView packet, const PacketHeader& header) {
    // Offset and "more fragments". An IPv6 fragment has its own header, so that its protocol is 44.
    return header.version == 4 && (read16(packet, 6) & 0x3fff) != 0;
}

/// A packet of our own. The payload's checksum, at `checksumAt`, is filled in.
Packet build(
    const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, PacketView payload,
    std::size_t checksumAt) {
    const bool v4 = source.isV4();
    const std::size_t headerLength = v4 ? ipv4Header : ipv6Header;
    Packet packet(headerLength + payload.size());
    if (v4) {
        packet[0] = 0x45;
        write16(packet, 2, packet.size());
        write16(packet, 6, 0x4000); // DF: with it the identification may be 0 (RFC 6864, 4.1)
        packet[8] = originHopLimit;
        packet[9] = protocol;
    } else {
        packet[0] = 0x60;
        write16(packet, 4, payload.size());
        packet[6] = protocol;
        packet[7] = originHopLimit;
    }
    const std::size_t addressLength = v4 ? 4 : 16;
    const auto addresses = packet.begin() + static_cast<std::ptrdiff_t>(v4 ? 12 : 8);
    std::ranges::copy(wireBytes(source), addresses);
    std::ranges::copy(wireBytes(destination), addresses + static_cast<std::ptrdiff_t>(addressLength));
    std::ranges::copy(payload, packet.begin() + static_cast<std::ptrdiff_t>(headerLength));
    if (v4)
        write16(packet, 10, folded(sum(PacketView(packet).first(ipv4Header))));

    const auto body = std::span(packet).subspan(headerLength);
    write16(body, checksumAt, 0);
    // The checksum of ICMP covers no pseudo header, that of ICMPv6 does (RFC 4443, 2.3).
    write16(
        body, checksumAt, v4 ? folded(sum(body)) : transportChecksum(source, destination, protocol, body));
    return packet;
}

/// The ICMP message of `packet` when it is a whole one with a right checksum.
std::optional<PacketView> icmpMessage(PacketView packet, const PacketHeader& header) {
    const std::uint8_t protocol = header.version == 4 ? protocolIcmp : protocolIcmpV6;
    if (header.protocol != protocol || isFragment(packet, header))
        return std::nullopt;
    const PacketView message = packet.first(header.length).subspan(header.headerLength);
    if (message.size() < icmpHeader)
        return std::nullopt;
    const std::uint16_t rest = header.version == 4
        ? folded(sum(message))
        : transportChecksum(header.source, header.destination, protocol, message);
    if (rest != 0)
        return std::nullopt;
    return message;
}

/// Walks the extension headers (RFC 8200, 4). Gives the upper protocol and where it begins; nothing when the
/// chain is cut off, or this is not the first fragment.
std::optional<std::pair<std::uint8_t, std::size_t>>
upperLayer(PacketView packet, const PacketHeader& header) {
    std::uint8_t protocol = header.protocol;
    std::size_t at = header.headerLength;
    if (header.version == 4)
        return isLaterFragment(packet, header) ? std::nullopt : std::optional(std::pair(protocol, at));
    for (int i = 0; i < longestHeaderChain; ++i) {
        const bool options = protocol == protocolHopByHop || protocol == protocolRouting
            || protocol == protocolDestinationOptions;
        if (!options && protocol != protocolFragment)
            return std::pair(protocol, at);
        if (at + 8 > header.length)
            return std::nullopt;
        if (protocol == protocolFragment && (read16(packet, at + 2) & 0xfff8) != 0)
            return std::nullopt;
        protocol = packet[at];
        at += options ? (std::size_t{packet[at + 1]} + 1) * 8 : 8;
    }
    return std::nullopt;
}

/// Whether the upper layer is an ICMP message about which an error may be sent: in IPv4 an allow list, as
/// RFC 1122, 3.2.2 names the errors only by example.
bool icmpAllowsError(int version, std::uint8_t type) {
    if (version == 4)
        return type == icmpEchoReply || type == icmpEchoRequest;
    return type >= icmpV6FirstInformational && type != icmpV6Redirect;
}

/// RFC 4443, 2.4 (e) and RFC 1812, 4.3.2.7.
bool mayAnswerWithError(IcmpError error, PacketView packet, const PacketHeader& header) {
    // RFC 4443, 2.4 (e.3): path MTU discovery must work for multicast too.
    const bool toMany
        = header.destination.isMulticast() && !(header.version == 6 && error == IcmpError::PacketTooBig);
    const bool toBroadcast = header.version == 4 && header.destination.v4Value() == 0xffffffff;
    const bool fromNobody = header.source.isUnspecified() || header.source.isMulticast()
        || header.source.isLoopback()
        || (header.version == 4
            && (header.source.v4Value() >> 28 == 0xF || header.source.v4Value() >> 24 == 0));
    if (toMany || toBroadcast || fromNobody)
        return false;
    const auto upper = upperLayer(packet, header);
    if (!upper)
        return false;
    const auto& [protocol, at] = *upper;
    if (protocol != (header.version == 4 ? protocolIcmp : protocolIcmpV6))
        return true;
    return at < header.length && icmpAllowsError(header.version, packet[at]);
}

struct TypeAndCode {
    std::uint8_t type;
    std::uint8_t code;
};

TypeAndCode wireForm(IcmpError error, int version) {
    const bool v4 = version == 4;
    switch (error) {
    case IcmpError::PacketTooBig:
        return v4 ? TypeAndCode{3, 4} : TypeAndCode{2, 0}; // RFC 1191, 4
    case IcmpError::HopLimitExceeded:
        return v4 ? TypeAndCode{11, 0} : TypeAndCode{3, 0};
    case IcmpError::NoRoute:
        return v4 ? TypeAndCode{3, 0} : TypeAndCode{1, 0};
    case IcmpError::AdministrativelyProhibited:
        return v4 ? TypeAndCode{3, 13} : TypeAndCode{1, 1}; // RFC 1812, 5.2.7.1
    case IcmpError::AddressUnreachable:
        return v4 ? TypeAndCode{3, 1} : TypeAndCode{1, 3};
    case IcmpError::SourceAddressFailedPolicy:
        break; // ICMP has no code for it: prohibited says it best
    }
    return v4 ? TypeAndCode{3, 13} : TypeAndCode{1, 5};
}

} // namespace

std::optional<PacketHeader> parsePacket(PacketView packet) {
    if (packet.empty())
        return std::nullopt;
    switch (packet[0] >> 4) {
    case 6:
        return parseV6(packet);
    case 4:
        return parseV4(packet);
    default:
        return std::nullopt;
    }
}

void decrementHopLimit(std::span<std::uint8_t> packet) {
    if (packet[0] >> 4 == 6) {
        packet[7] = static_cast<std::uint8_t>(packet[7] - (packet[7] > 0 ? 1 : 0));
        return;
    }
    if (packet[8] == 0)
        return;
    const std::uint16_t before = read16(packet, 8);
    packet[8] = static_cast<std::uint8_t>(packet[8] - 1);
    // RFC 1624, equation 3.
    const auto inverse = [](std::uint16_t word) { return std::uint64_t{word} ^ 0xffff; };
    write16(packet, 10, folded(inverse(read16(packet, 10)) + inverse(before) + read16(packet, 8)));
}

std::optional<std::vector<std::uint8_t>> echoReply(PacketView packet) {
    const auto header = parsePacket(packet);
    if (!header || !header->source.isUnicast() || header->destination.isMulticast())
        return std::nullopt;
    const auto message = icmpMessage(packet, *header);
    const bool v4 = header->version == 4;
    if (!message || (*message)[0] != (v4 ? icmpEchoRequest : icmpV6EchoRequest) || (*message)[1] != 0)
        return std::nullopt;
    Packet reply = build(header->destination, header->source, header->protocol, *message, 2);
    const std::size_t headerLength = v4 ? ipv4Header : ipv6Header;
    const auto body = std::span(reply).subspan(headerLength);
    body[0] = v4 ? icmpEchoReply : icmpV6EchoReply;
    write16(body, 2, 0);
    write16(
        body, 2,
        v4 ? folded(sum(body))
           : transportChecksum(header->destination, header->source, protocolIcmpV6, body));
    return reply;
}

std::vector<std::uint8_t> echoRequest(
    const IpAddress& source, const IpAddress& destination, std::uint16_t identifier, std::uint16_t sequence,
    std::size_t payload) {
    const bool v4 = source.isV4();
    Packet message(icmpHeader + payload);
    message[0] = v4 ? icmpEchoRequest : icmpV6EchoRequest;
    write16(message, 4, identifier);
    write16(message, 6, sequence);
    return build(source, destination, v4 ? protocolIcmp : protocolIcmpV6, message, 2);
}

std::optional<std::uint16_t> echoReplySequence(PacketView packet, std::uint16_t identifier) {
    const auto header = parsePacket(packet);
    const auto message = header ? icmpMessage(packet, *header) : std::nullopt;
    if (!message)
        return std::nullopt;
    const std::uint8_t type = header->version == 4 ? icmpEchoReply : icmpV6EchoReply;
    if ((*message)[0] != type || (*message)[1] != 0 || read16(*message, 4) != identifier)
        return std::nullopt;
    return read16(*message, 6);
}

std::optional<std::vector<std::uint8_t>>
icmpError(IcmpError error, PacketView packet, const IpAddress& source, std::uint32_t value) {
    const auto header = parsePacket(packet);
    if (!header || source.isV4() != (header->version == 4) || !mayAnswerWithError(error, packet, *header))
        return std::nullopt;
    const bool v4 = header->version == 4;
    const std::size_t room
        = v4 ? longestIpv4Error - ipv4Header - icmpHeader : longestIpv6Error - ipv6Header - icmpHeader;
    const PacketView quoted = packet.first(std::min(header->length, room));
    Packet message(icmpHeader + quoted.size());
    const auto [type, code] = wireForm(error, header->version);
    message[0] = type;
    message[1] = code;
    // ICMP has the MTU in the low half of this word (RFC 1191, 4), the high half is unused.
    write16(message, 4, v4 ? 0 : value >> 16);
    write16(message, 6, value & 0xffff);
    std::ranges::copy(quoted, message.begin() + icmpHeader);
    return build(source, header->source, v4 ? protocolIcmp : protocolIcmpV6, message, 2);
}

std::uint16_t transportChecksum(
    const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, PacketView payload) {
    std::uint64_t total = sum(wireBytes(source));
    total = sum(wireBytes(destination), total);
    total += payload.size() + protocol;
    return folded(sum(payload, total));
}

} // namespace viaduct::tunnel
