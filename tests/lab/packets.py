# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets made by hand."""

import ipaddress
import socket
import struct
import time

ICMP, ICMPV6, UDP, TCP, IPV6_IN_IPV4, IPV4_IN_IPV6 = 1, 58, 17, 6, 41, 4
ECHO_REQUEST, ECHO_REPLY, ROUTER_SOLICITATION, MLD2_REPORT, PACKET_TOO_BIG = 128, 129, 133, 143, 2


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv6(source, destination, protocol, payload, hop_limit=64):
    return (struct.pack("!IHBB", 6 << 28, len(payload), protocol, hop_limit)
            + packed(source) + packed(destination) + payload)


def icmpv6(source, destination, kind, body, code=0, hop_limit=64):
    pseudo = packed(source) + packed(destination) + struct.pack("!II", 4 + len(body), ICMPV6)
    sum_ = checksum(pseudo + struct.pack("!BBH", kind, code, 0) + body)
    return ipv6(source, destination, ICMPV6, struct.pack("!BBH", kind, code, sum_) + body, hop_limit)


def echo_request(source, destination, identifier=1, sequence=1, payload=b"viaduct!", hop_limit=64):
    return icmpv6(source, destination, ECHO_REQUEST, struct.pack("!HH", identifier, sequence) + payload,
                  hop_limit=hop_limit)


def router_solicitation(source="fe80::1"):
    return icmpv6(source, "ff02::2", ROUTER_SOLICITATION, bytes(4), hop_limit=255)


def mld_report(source="fe80::1"):
    record = struct.pack("!BBH", 4, 0, 0) + packed("ff02::1:ff00:1")
    return icmpv6(source, "ff02::16", MLD2_REPORT, struct.pack("!HH", 0, 1) + record, hop_limit=1)


def ipv4(source, destination, protocol, payload, identifier=0):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identifier, 0, 64, protocol, 0,
                         packed(source), packed(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp4(source, source_port, destination, port, payload):
    """A whole IPv4 packet, for a raw socket: the source may be anybody's."""
    return ipv4(source, destination, UDP, struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload)


def echo_request4(source, destination, identifier=1, sequence=1, payload=b"viaduct!"):
    body = struct.pack("!HH", identifier, sequence) + payload
    sum_ = checksum(struct.pack("!BBH", 8, 0, 0) + body)
    return ipv4(source, destination, ICMP, struct.pack("!BBH", 8, 0, sum_) + body)


def syn4(source, source_port, destination, port):
    tcp = struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 5 << 4, 2, 65535, 0, 0)
    pseudo = packed(source) + packed(destination) + struct.pack("!HH", TCP, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return ipv4(source, destination, TCP, tcp)


def raw_sender(host):
    """A socket for whole IPv4 packets."""
    return host.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


class Peer:
    """The client's end of a tunnel, without a device: inner packets are sent and looked at one by one."""

    def __init__(self, info, udp=None, host=None, outer=None):
        """v6udpv4: `udp` is the connected socket of the dialogue. v6v4: `host` and its `outer` address."""
        self.info = info
        self.udp = udp
        if not udp:
            self.raw = host.socket(socket.AF_INET, socket.SOCK_RAW, IPV6_IN_IPV4, bind=(outer, 0))
            self.raw.connect((info.server_outer, 0))
        self.sequence = 0

    def close(self):
        (self.udp or self.raw).close()

    def send(self, packet):
        (self.udp or self.raw).send(packet)

    def receive(self, wanted=lambda packet: True, timeout=2.0):
        """The next inner packet that is wanted; None when none comes."""
        sock, end = self.udp or self.raw, time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                packet = sock.recv(65535)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if not self.udp:
                packet = packet[(packet[0] & 15) * 4:]
            if packet and packet[0] >> 4 == 6 and wanted(packet):
                return packet
        return None

    def ping(self, destination=None, source=None, timeout=2.0, tries=1):
        """Whether an echo request to `destination` (the broker's inner address) is answered."""
        return any(self._ping(destination, source, timeout) for _ in range(tries))

    def _ping(self, destination, source, timeout):
        destination = destination or self.info.server_inner
        source = source or self.info.client_inner
        self.sequence += 1
        self.send(echo_request(source, destination, 7, self.sequence))
        tag = struct.pack("!HH", 7, self.sequence)
        return self.receive(lambda p: p[6] == ICMPV6 and p[40] == ECHO_REPLY and p[44:48] == tag
                            and p[8:24] == packed(destination), timeout) is not None

    def expects_ping(self, timeout=2.0):
        """Waits for an echo request to arrive through the tunnel; gives it or None."""
        return self.receive(lambda p: p[6] == ICMPV6 and p[40] == ECHO_REQUEST, timeout)
