// SPDX-License-Identifier: GPL-3.0-or-later
// Packets for tests, with every checksum right.
#pragma once

#include "shared/tunnel/Packet.h"

#include <algorithm>
#include <string_view>

namespace viaduct::dataplane::test {

using Bytes = std::vector<std::uint8_t>;

inline IpAddress ip(std::string_view text) {
    return *IpAddress::fromText(text);
}

struct PacketSpec {
    IpAddress source;
    IpAddress destination;
    std::uint8_t hopLimit = 64;
    std::size_t size = 60; ///< whole packet; at least the headers
    bool dontFragment = true; ///< IPv4
};

/// A UDP datagram from port 9 to port 9.
inline Bytes udpPacket(const PacketSpec& spec) {
    const bool v4 = spec.source.isV4();
    const std::size_t header = v4 ? 20 : 40;
    Bytes packet(std::max(spec.size, header + 8));
    const auto put16 = [&packet](std::size_t at, std::size_t value) {
        packet[at] = static_cast<std::uint8_t>(value >> 8);
        packet[at + 1] = static_cast<std::uint8_t>(value);
    };
    const auto putAddresses = [&](std::size_t at, std::size_t skip) {
        for (const IpAddress& address : {spec.source, spec.destination}) {
            const auto bytes = tunnel::PacketView(address.bytes()).subspan(skip);
            std::ranges::copy(bytes, packet.begin() + static_cast<std::ptrdiff_t>(at));
            at += bytes.size();
        }
    };
    packet[0] = v4 ? 0x45 : 0x60;
    put16(v4 ? 2 : 4, v4 ? packet.size() : packet.size() - header);
    packet[v4 ? 9 : 6] = 17;
    packet[v4 ? 8 : 7] = spec.hopLimit;
    putAddresses(v4 ? 12 : 8, v4 ? 12 : 0);
    if (v4) {
        put16(6, spec.dontFragment ? 0x4000 : 0);
        std::uint32_t sum = 0;
        for (std::size_t at = 0; at < header; at += 2)
            sum += static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
        put16(10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
    }
    put16(header, 9);
    put16(header + 2, 9);
    put16(header + 4, packet.size() - header);
    const std::uint16_t checksum = tunnel::transportChecksum(
        spec.source, spec.destination, 17, tunnel::PacketView(packet).subspan(header));
    put16(header + 6, checksum == 0 ? 0xffff : checksum);
    return packet;
}

} // namespace viaduct::dataplane::test
