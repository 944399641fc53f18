# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels: who gets what, what passes and what does not, and what they live through."""

import ipaddress
import socket
import struct
import time
import unittest

from lab import packets, tsp
from lab.bed import BROKER, ENDPOINT_POOL, PREFIX_POOL, SERVER, SITE, Bed, renater
from lab.packets import Peer
from lab.tsp import Request
from scenario import LOGS, USERS, Scenario

STATIC = f"""
ipv6 local pool P_InterconnectByHand 2001:660:f002::/64 128
ipv6 local pool P_Sites48ByHand 2001:660:f003::/48 48
interface tunnel Lyon
 description the router of a site that speaks no TSP
 tunnel source {BROKER}
 tunnel destination {SITE}
 ipv6 address 2001:660:f002::2/127
 ipv6 prefix 2001:660:f003::/48
"""  # the addressing plan has ranges of their own for sites set up by hand


class Tunnels(Scenario):
    configuration = renater(more=STATIC, users=USERS)

    def test_the_pools_of_the_configuration_are_used(self):
        host = self.tunnel("alice").info
        self.assertIn(ipaddress.ip_address(host.client_inner), ipaddress.ip_network(ENDPOINT_POOL))
        self.assertIsNone(host.prefix)
        site = self.tunnel("campus", prefix_length=48).info
        prefix = ipaddress.ip_network(site.prefix)
        self.assertTrue(prefix.subnet_of(ipaddress.ip_network(PREFIX_POOL)))
        self.assertEqual(prefix.prefixlen, 48)

    def test_traffic_both_ways_beyond_the_broker(self):
        for mode, host in (("v6v4", self.bed.client), ("v6udpv4", self.bed.home)):
            with self.subTest(mode=mode):
                peer = self.tunnel("alice", host, mode)
                self.assertTrue(peer.ping(), "the broker's end")
                self.assertTrue(peer.ping(SERVER), "the server beyond")
                self.bed.server.start("ping", "ping", "-c2", "-i0.2", peer.info.client_inner)
                self.assertIsNotNone(peer.expects_ping(), "from the server to the client")

    def test_client_to_client_inside_the_broker(self):
        one, two = self.tunnel("alice"), self.tunnel("bob", self.bed.home)
        one.send(packets.echo_request(one.info.client_inner, two.info.client_inner))
        got = two.expects_ping()
        self.assertIsNotNone(got)
        self.assertLess(got[7], 64, "the hop limit counts the broker")

    def test_same_addresses_at_every_login_from_anywhere(self):
        first = self.tunnel("campus", prefix_length=48).info
        for host in (self.bed.home, self.bed.client):
            again = self.tunnel("campus", host, prefix_length=48).info
            self.assertEqual((again.client_inner, again.prefix), (first.client_inner, first.prefix))

    def test_one_tunnel_per_user_the_second_login_replaces_the_first(self):
        first = self.tunnel("alice")
        second = self.tunnel("alice", self.bed.home)
        self.assertEqual(first.info.client_inner, second.info.client_inner)
        self.assertTrue(second.ping(SERVER))
        self.assertFalse(first.ping(timeout=0.7), "the old place must be cut")
        self.bed.server.start("ping", "ping", "-c2", "-i0.2", second.info.client_inner)
        self.assertIsNotNone(second.expects_ping())
        self.assertIsNone(first.expects_ping(timeout=0.5), "traffic still goes to the old place")

    def test_what_a_kind_of_user_may_not_have(self):
        client = self.udp()
        self.assertRefused(507, client.login, "campus", "chalkdust", Request(claimed=client.local, prefix_length=40))
        client = self.udp()
        with self.assertRaises(tsp.Refused) as caught:
            client.login("alice", "wonderland", Request(claimed=client.local, prefix_length=48))
        self.assertIn(caught.exception.status, (507, 518))

    def test_proxy_only_for_whom_it_is_allowed(self):
        client = self.udp()
        self.assertRefused(501, client.login, "alice", "wonderland", Request("v6v4", SITE, proxy=True))
        client = self.udp()
        # The static tunnel has that router already; another address of the site's is free.
        info = client.login("proxy", "stands-in", Request("v6v4", "198.51.100.131", proxy=True, keepalive=None))
        self.assertEqual((info.mode, info.client_outer), ("v6v4", "198.51.100.131"))

    def test_one_outer_address_has_one_v6v4_tunnel(self):
        """Who only claims to be there is refused; who proves it takes the address over."""
        first = self.tunnel("alice", mode="v6v4", udp=(place := self.udp()))
        request = Request("v6v4", place.local)
        second = self.udp(bind=(place.local, 0))
        self.assertRefused(506, second.login, "bob", "builder", request, mechanism="plain")
        self.assertTrue(first.ping(), "the tunnel that was there carries on")
        third = self.udp(bind=(place.local, 0))
        self.assertEqual(third.login("bob", "builder", request).client_outer, place.local)
        self.assertFalse(first.ping(timeout=0.7), "the address has another user now")

    def test_forged_inner_sources_go_nowhere(self):
        peer, victim = self.tunnel("alice"), self.tunnel("bob", self.bed.home)
        with self.bed.server.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6, timeout=0.7) as listening:
            for source in (victim.info.client_inner, "2001:db8:bad::1", SERVER, "::", "::1", peer.info.server_inner):
                peer.send(packets.echo_request(source, SERVER, identifier=0x666))
            end = time.monotonic() + 0.7
            while time.monotonic() < end:
                try:
                    got = listening.recv(2048)
                except TimeoutError:
                    break
                self.assertFalse(got[0] == packets.ECHO_REQUEST and got[4:6] == b"\x06\x66", "a forged source came through")
        self.assertTrue(peer.ping(SERVER))

    def test_packets_from_an_outer_address_without_a_tunnel_go_nowhere(self):
        peer = self.tunnel("alice")
        stranger = self.udp()
        packet = packets.echo_request(peer.info.client_inner, peer.info.server_inner)
        stranger.socket.send(packet)
        self.assertIsNone(peer.receive(lambda p: p[40] == packets.ECHO_REPLY, timeout=0.4))
        self.assertSilent(stranger, 0.2)

    def test_nothing_is_reflected_into_its_own_tunnel(self):
        peer = self.tunnel("campus", prefix_length=48)
        prefix = ipaddress.ip_network(peer.info.prefix)
        peer.send(packets.echo_request(str(prefix[5]), str(prefix[9]), identifier=0x777))
        self.assertIsNone(peer.receive(lambda p: p[40] == packets.ECHO_REQUEST, timeout=0.5))

    def test_the_hop_limit_ends_and_somebody_says_so(self):
        peer = self.tunnel("alice")
        peer.send(packets.echo_request(peer.info.client_inner, SERVER, hop_limit=1))
        got = peer.receive(lambda p: p[6] == packets.ICMPV6 and p[40] == 3, timeout=1.0)
        self.assertIsNotNone(got, "no ICMPv6 time exceeded")

    def test_too_big_packets_get_an_answer(self):
        peer = self.tunnel("alice")
        with self.bed.server.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6, timeout=2.0) as listening:
            self.bed.server.start("ping", "ping", "-c1", "-Mdo", "-s1400", peer.info.client_inner)
            end = time.monotonic() + 2
            while time.monotonic() < end:
                got = listening.recv(2048)
                if got[0] == packets.PACKET_TOO_BIG:
                    self.assertEqual(struct.unpack("!I", got[4:8])[0], 1280)
                    return
        self.fail("no ICMPv6 packet too big with the MTU of the tunnel")

    def test_a_static_tunnel_to_a_router(self):
        router = Peer(tsp.Info("v6v4", 0, BROKER, "2001:660:f002::2", SITE, "2001:660:f002::3", None, [], 0, None, ""),
                      host=self.bed.site, outer=SITE)
        self.addCleanup(router.close)
        self.assertTrue(router.ping(timeout=0.5, tries=4), "the broker's end of the static tunnel")
        self.assertTrue(router.ping(SERVER))
        self.assertTrue(router.ping(SERVER, source="2001:660:f003:1::7"), "from the site's prefix")
        self.bed.server.start("ping", "ping", "-c2", "-i0.2", "2001:660:f003:1::7")
        self.assertIsNotNone(router.expects_ping(), "to the site's prefix")

    def test_anonymous_is_not_offered_without_a_pool(self):
        client = self.udp()
        client.version()
        self.assertEqual(tsp.status_of(client.ask(b"AUTHENTICATE ANONYMOUS\r\n\0")), 300)


class Anonymous(Scenario):
    configuration = renater(
        tunnel_server="ipv6 pool anonymous P_Guests", more="ipv6 local pool P_Guests 2001:660:f001:2::/64 128", users=USERS)

    def test_anonymous_gets_an_address_and_no_prefix(self):
        client = self.udp()
        info = client.login(mechanism="anonymous")
        self.assertIn(ipaddress.ip_address(info.client_inner), ipaddress.ip_network("2001:660:f001:2::/64"))
        self.assertTrue(Peer(info, udp=client.socket).ping(SERVER))
        other = self.udp()
        with self.assertRaises(tsp.Refused) as caught:
            other.login(mechanism="anonymous", request=Request(claimed=other.local, prefix_length=48))
        self.assertEqual(caught.exception.status, 522)


class SmallPool(Scenario):
    configuration = renater(users=USERS).replace("2001:660:f100::/41 48", "2001:660:f100::/48 48")

    def test_exhaustion_is_a_clean_answer(self):
        self.assertEqual(self.tunnel("campus", prefix_length=48).info.prefix.split("/")[1], "48")
        client = self.udp()
        with self.assertRaises(tsp.Refused) as caught:
            client.login("college", "blackboard", Request(claimed=client.local, prefix_length=48))
        self.assertIn(caught.exception.status, (301, 507))
        self.assertServes("bob")


class Survival(unittest.TestCase):
    """Tunnels live through `kill -9` and a restart: packets flow again before any client has spoken."""

    def test_tunnels_carry_packets_again_before_any_client_speaks(self):
        with Bed(LOGS / "Survival") as bed:
            broker = bed.broker_with(renater(more=STATIC, users=USERS)).start()
            with tsp.Udp(bed.home) as nat, tsp.Udp(bed.client) as public:
                udp = Peer(nat.login("bob", "builder", Request("v6anyv4", nat.local)), udp=nat.socket)
                info = public.login("campus", "chalkdust", Request("v6v4", public.local, prefix_length=48))
                proto41 = Peer(info, host=bed.client, outer=public.local)
                self.assertEqual((udp.info.mode, proto41.info.mode), ("v6udpv4", "v6v4"))
                self.assertTrue(udp.ping(SERVER) and proto41.ping(SERVER))
                site = str(ipaddress.ip_network(info.prefix)[9])
                for _ in range(3):
                    broker.kill()
                    broker.start()
                    for peer, address in ((udp, udp.info.client_inner), (proto41, info.client_inner), (proto41, site)):
                        bed.server.start("ping", "ping", "-c3", "-i0.2", address)
                        got = peer.expects_ping()
                        self.assertIsNotNone(got, f"nothing arrives for {address}")
                        self.assertEqual(got[24:40], packets.packed(address))
                    self.assertTrue(udp.ping(SERVER) and proto41.ping(SERVER))
                proto41.close()
                again = tsp.Udp(bed.home)
                same = again.login("bob", "builder", Request("v6anyv4", again.local))
                again.close()
                self.assertEqual(same.client_inner, udp.info.client_inner)


if __name__ == "__main__":
    unittest.main()
