// SPDX-License-Identifier: GPL-3.0-or-later
// Inner packets as bytes: the few header fields a tunnel looks at, and the ICMP messages that it sends by
// itself. All offsets are checked against the span; nothing here trusts a length field.
#pragma once

#include "shared/net/IpAddress.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace viaduct::tunnel {

using PacketView = std::span<const std::uint8_t>;

/// What is read of an IPv6 (RFC 8200) or IPv4 (RFC 791) header.
struct PacketHeader {
    int version = 6; ///< 4 or 6
    IpAddress source;
    IpAddress destination;
    std::uint8_t hopLimit = 0; ///< or TTL
    std::uint8_t protocol = 0; ///< next header
    std::size_t length = 0; ///< whole packet by its own header, header included; never more than the span
    std::size_t headerLength = 40;
};

/// Nothing when it is no whole IP packet, when an IPv4 header checksum is wrong, or when an IPv6 header has
/// an IPv4-mapped address (never seen on an honest wire, and IpAddress would take it for IPv4). A span longer
/// than the packet is allowed (padding).
std::optional<PacketHeader> parsePacket(PacketView packet);

/// Decrements hop limit or TTL in place (with the IPv4 checksum, RFC 1624); 0 stays 0. The packet must have
/// been parsed.
void decrementHopLimit(std::span<std::uint8_t> packet);

/// The echo reply to an echo request; nothing when the packet is none, or a fragment, or its checksum is
/// wrong.
std::optional<std::vector<std::uint8_t>> echoReply(PacketView packet);
/// An echo request of `payload` zero bytes. Both addresses are of one family; at most 65,000 bytes.
std::vector<std::uint8_t> echoRequest(
    const IpAddress& source, const IpAddress& destination, std::uint16_t identifier, std::uint16_t sequence,
    std::size_t payload = 8);
/// The sequence number when `packet` is an echo reply with that identifier.
std::optional<std::uint16_t> echoReplySequence(PacketView packet, std::uint16_t identifier);

/// ICMPv6 errors (RFC 4443) and their ICMP counterparts (RFC 792); which one follows the version of `packet`.
enum class IcmpError {
    PacketTooBig, ///< value: the MTU
    HopLimitExceeded,
    NoRoute,
    AdministrativelyProhibited,
    AddressUnreachable,
    SourceAddressFailedPolicy
};
/// The error about `packet`, from `source`; nothing where RFC 4443, 2.4 (e) or RFC 1812, 4.3.2.7 forbid one
/// (about errors, later fragments, multicast, ...) or `source` is of the other family. Never longer than 1280
/// (IPv4: 576) bytes.
std::optional<std::vector<std::uint8_t>>
icmpError(IcmpError error, PacketView packet, const IpAddress& source, std::uint32_t value = 0);

/// Internet checksum over a pseudo header and `payload` (RFC 8200, 8.1), network order result as a host
/// number.
std::uint16_t transportChecksum(
    const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, PacketView payload);

} // namespace viaduct::tunnel
