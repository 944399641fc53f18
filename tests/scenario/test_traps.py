# SPDX-License-Identifier: GPL-3.0-or-later
"""The twenty things at which deployed TSP clients (gw6c, gogoc, tspc, jipv6) break, hang or storm. Each is held
against the real broker with a client that is as strict as they are."""

import base64
import contextlib
import ipaddress
import re
import socket
import struct
import time
import unittest

from lab import packets, tsp
from lab.bed import BROKER, BROKER_TOO, BROKER_V6, BROKER_V6_TOO, SERVER, renater
from lab.packets import Peer, mld_report, router_solicitation
from lab.tsp import Request
from scenario import USERS, Scenario

IDLE = 60  # seconds: the shortest idle-timeout that the configuration takes
FREE_FAILURES = 20  # of one address, then about one a second and the others late (docs/configuration.md)
SESSIONS = 64  # of one address at a time
FULL_IPV6 = r"^([0-9a-f]{4}:){7}[0-9a-f]{4}$"


def password_with_nul(user, realm, wanted):
    """A password whose H(user:realm:password) has its first NUL byte where `wanted` says."""
    number = 0
    while True:
        secret = tsp.secret_hash(user, realm, f"pass{number}")
        if 0 in secret and wanted(secret.index(0)):
            return f"pass{number}"
        number += 1


REALM = "viaduct"
NUL_INSIDE = password_with_nul("nul-inside", REALM, lambda index: index >= 1)
NUL_FIRST = password_with_nul("nul-first", REALM, lambda index: index == 0)
NUL_USERS = {"nul-inside": (NUL_INSIDE, "host"), "nul-first": (NUL_FIRST, "host")}


class Traps(Scenario):
    configuration = renater(
        tsp=f"ip address {BROKER_TOO}", tunnel_server=f"ip address {BROKER_TOO}\nidle-timeout {IDLE}",
        users=USERS | NUL_USERS | {"silent": ("hush", "host")})

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # For trap 20: a client that has a tunnel and never speaks again.
        client = tsp.Udp(cls.bed.client)
        cls.addClassCleanup(client.close)
        # Five missed keepalives are less than the timeout, so it is the timeout that counts.
        cls.silent = Peer(client.login("silent", "hush", Request(claimed=client.local, keepalive=5)), udp=client.socket)
        cls.silent_since = time.monotonic()

    # ---- 1 to 3: what must not arrive together, and what must arrive at all ----

    def test_trap_01_tcp_digest_has_a_gap_between_rspauth_and_200(self):
        client = self.tcp()
        client.version()
        login = tsp.Login(client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), "alice", "wonderland", f"tsp/{BROKER}")
        first = client.ask(login.line())
        at = time.monotonic()
        login.check(first)
        self.assertEqual(first.count(b"\r\n"), 1, "rspauth and 200 came in one read: clients wait for ever")
        second = client.receive()
        gap = time.monotonic() - at
        self.assertRegex(second, rb"^200 [A-Za-z ]+\r\n$")
        self.assertGreaterEqual(gap, 0.150)
        self.assertLess(gap, 2.0)

    def test_trap_01_the_gap_begins_with_the_acknowledgement(self):
        """On a long path 200 ms after the write are nothing: both would be in the client's buffer together."""
        client = self.tcp()
        client.version()
        login = tsp.Login(client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), "alice", "wonderland", f"tsp/{BROKER}")
        source, port = client.socket.getsockname()
        self.bed.internet.drop(f"ip saddr {source} tcp sport {port} tcp flags & psh == 0")  # acks without data
        try:
            login.check(client.ask(login.line()))
            self.assertTrue(client.silent(0.8), "the 200 came although rspauth was not acknowledged")
        finally:
            begin = time.monotonic()
            self.bed.internet.undrop()
        self.assertRegex(client.receive(), rb"^200 [A-Za-z ]+\r\n$")
        self.assertGreaterEqual(time.monotonic() - begin, 0.150)

    def test_trap_01_a_client_that_does_not_wait_gets_everything_in_order(self):
        client = self.tcp()
        client.version()
        login = tsp.Login(client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), "alice", "wonderland", f"tsp/{BROKER}")
        client.send(login.line() + tsp.framed(Request("v6v4", client.local).xml()))
        login.check(client.receive())
        text = b""
        while b"</tunnel>" not in text and (more := client.receive()):
            text += more
        self.assertRegex(text, rb"^200 [A-Za-z ]+\r\nContent-length: ")

    def test_trap_02_udp_answers_of_the_header_alone(self):
        client = self.udp()
        client.version()
        self.assertEqual(client.ask(b"AUTHENTICATE PLAIN\r\n\0"), b"")
        self.assertEqual(tsp.status_of(client.ask(b"\0alice\0wonderland\r\n")), 200)
        client.create()
        self.assertEqual(client.accept(), b"", "without this answer the client fails after 66 s")

    def test_trap_02_tcp_says_nothing_there(self):
        client = self.tcp()
        client.version()
        client.send(b"AUTHENTICATE PLAIN\r\n\0")
        self.assertTrue(client.silent(0.5))
        self.assertEqual(tsp.status_of(client.ask(b"\0alice\0wonderland\r\n")), 200)
        client.create()
        client.accept()
        self.assertTrue(client.silent(0.5) or client.receive() == b"")

    def test_trap_03_udp_digest_empty_datagram_fetches_the_200(self):
        client = self.udp()
        client.version()
        login = tsp.Login(client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), "alice", "wonderland", f"tsp/{BROKER}")
        login.check(client.ask(login.line()))
        self.assertSilent(client, 0.4)  # not before it is asked for
        self.assertRegex(client.ask(b""), rb"^200 [A-Za-z ]+\r\n$")

    # ---- 4: NULs ----

    def test_trap_04_nul_behind_authenticate_lines(self):
        for end in (b"\r\n\0", b"\r\n", b"\r\n\0\0", b"\r\b"):  # the last: jipv6
            with self.subTest(end=end):
                client = self.udp()
                client.version()
                tsp.parse_challenge(client.ask(b"AUTHENTICATE DIGEST-MD5" + end))

    def test_trap_04_tcp_next_message_starts_with_the_nul(self):
        client = self.tcp()
        client.version()
        client.send(b"AUTHENTICATE PLAIN\r\n")
        time.sleep(0.05)
        client.send(b"\0")
        time.sleep(0.05)
        self.assertEqual(tsp.status_of(client.ask(b"\0alice\0wonderland\r\n")), 200)

    def test_trap_04_plain_is_raw_and_wrong_passwords_are_refused(self):
        client = self.udp()
        client.version()
        self.assertEqual(tsp.status_of(client.plain("alice", "wonderland")), 200)
        for user, password in (("alice", "wonderlan"), ("alice", ""), ("nobody", "x"), ("alice", "wonderland ")):
            with self.subTest(user=user, password=password):
                client = self.udp()
                client.version()
                self.assertRefused(300, client.plain, user, password)

    # ---- 5 and 6: who answers whom ----

    def test_trap_05_answers_come_from_the_address_that_was_asked(self):
        for address in (BROKER, BROKER_TOO):
            with self.subTest(address=address):
                client = self.udp(server=address)  # connected: sees nothing from elsewhere
                info = client.login("alice", "wonderland")
                self.assertEqual(info.server_outer, address)
                self.assertTrue(Peer(info, udp=client.socket).ping())

    def test_trap_05_over_tcp_too(self):
        for address in (BROKER, BROKER_TOO):
            with self.subTest(address=address):
                client = self.tcp(server=address)
                info = client.login("alice", "wonderland", Request("v6v4", client.local))
                self.assertEqual(info.server_outer, address)
                peer = Peer(info, host=self.bed.client, outer=client.local)  # connected as well
                self.addCleanup(peer.close)
                self.assertTrue(peer.ping(timeout=1.0, tries=3))

    def test_trap_05_a_repetition_gets_the_answer_with_its_own_header(self):
        client = self.udp()
        first = client.transmit(b"VERSION=2.0.1\r\n", timestamp=0x236)
        answer = client.receive()
        self.assertEqual(answer[0], first)
        again = client.transmit(b"VERSION=2.0.1\r\n", timestamp=0x999)
        self.assertNotEqual(first, again)
        self.assertEqual(client.receive(), (again, answer[1]))

    def test_trap_05_a_repeated_create_makes_one_tunnel(self):
        client = self.udp()
        client.version()
        client.digest("alice", "wonderland")
        sequence, payload = client.sequence, tsp.framed(Request(claimed=client.local).xml())
        answers = set()
        for timestamp in (500, 2500, 6500):
            header = client.transmit(payload, sequence, timestamp)
            got = client.receive()
            self.assertEqual(got[0], header)
            answers.add(got[1])
        self.assertEqual(len(answers), 1)

    def test_trap_05_old_clients_count_from_zero_in_host_order(self):
        client = self.udp()
        for sequence in (0x000000F0, 0x110000F0):
            header = client.transmit(b"VERSION=2.0.0\r\n", sequence)
            got = client.receive()
            self.assertIsNotNone(got, f"sequence word {sequence:08x} was not taken as TSP")
            self.assertEqual(got[0], header)
            self.assertTrue(got[1].startswith(b"CAPABILITY "))

    def test_trap_06_version_opens_a_new_session_on_the_same_mapping(self):
        client = self.udp()
        client.version()
        client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0")
        self.assertEqual(client.login("alice", "wonderland").mode, "v6udpv4")

    def test_trap_06_a_stray_version_does_not_cut_the_tunnel(self):
        client = self.udp()
        peer = self.tunnel("alice", udp=client)
        self.assertTrue(peer.ping())
        client.again()
        self.assertTrue(client.version().startswith(b"CAPABILITY "))
        self.assertTrue(peer.ping(), "one datagram that anybody can forge has cut the tunnel")
        client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0")
        self.assertTrue(peer.ping())

    def test_trap_06_a_whole_new_login_replaces_the_tunnel_of_the_mapping(self):
        client = self.udp()
        before = self.tunnel("alice", udp=client)
        after = self.tunnel("alice", udp=client)
        self.assertEqual(before.info.client_inner, after.info.client_inner)
        self.assertTrue(after.ping())

    def test_trap_06_the_mapping_goes_to_another_account(self):
        client = self.udp()
        alice = self.tunnel("alice", udp=client)
        bob = self.tunnel("bob", udp=client)  # the NAT has given the port to somebody else
        self.assertNotEqual(alice.info.client_inner, bob.info.client_inner)
        self.assertTrue(bob.ping())
        self.assertFalse(alice.ping(timeout=0.5), "bob's mapping must not carry alice's address")
        self.assertEqual(self.udp().login("alice", "wonderland").client_inner, alice.info.client_inner)

    # ---- 7 to 9: what the clients' XML reader needs ----

    def test_trap_07_xml_that_the_hand_written_parsers_can_read(self):
        client = self.udp()
        info = client.login("campus", "chalkdust", Request("v6udpv4", client.local, prefix_length=48))
        address, length = info.prefix.split("/")
        self.assertEqual(length, "48")
        self.assertRegex(address, FULL_IPV6)
        self.assertTrue(address.startswith("2001:0660:f1"), address)
        self.assertNotRegex(info.xml, r"<\?|<!|&|'", "prolog, comment, entity or single quotes")
        self.assertNotRegex(info.xml, r"/>", "self-closed element")
        self.assertRegex(info.xml, r"</tunnel>\r\n$")
        for text in re.findall(r"<(?:address|prefix)[^>]*>([^<]*)<", info.xml):
            self.assertRegex(text, r"^[0-9a-z:.\-]+$", "white space or capitals in an address")
        for tag in re.findall(r"<[^>]+>", info.xml):
            self.assertRegex(tag, r'^</?[a-z_]+( [a-z_]+="[^"]*")*>$', "more than one space, or other quotes")
        self.assertRegex(info.xml, r"\s<prefix ", "jipv6 wants white space before it")

    def test_trap_07_inner_addresses_are_a_pair(self):
        info = self.udp().login("alice", "wonderland")
        for address in (info.server_inner, info.client_inner):
            self.assertRegex(address, FULL_IPV6, "jipv6 reads no other form")
        server, client = (int(ipaddress.ip_address(a)) for a in (info.server_inner, info.client_inner))
        self.assertEqual((server % 2, client), (0, server + 1))

    def test_trap_08_dns_server_for_version_2_0_2(self):
        info = self.udp().login("alice", "wonderland", version="2.0.2")
        self.assertTrue(info.resolvers, "gogoc crashes without one")
        for resolver in info.resolvers:
            self.assertIn(":", resolver)

    def test_trap_09_a_keepalive_comes_with_an_address_and_in_range(self):
        for asked, low, high in ((30, 30, 30), (1, 5, 300), (100000, 5, 300), (None, 0, 300), (0, 0, 300)):
            with self.subTest(asked=asked):
                client = self.udp()
                info = client.login("alice", "wonderland", Request(claimed=client.local, keepalive=asked))
                self.assertTrue(low <= info.keepalive <= high, info.keepalive)
                if info.keepalive:
                    self.assertEqual(info.keepalive_address, info.server_inner)

    # ---- 10 to 12: refusals that clients survive ----

    def test_trap_10_inside_digest_only_300(self):
        client = self.udp()
        client.version()
        self.assertRefused(300, client.digest, "nobody", "at all")  # the challenge came, then 300
        client = self.udp()
        client.version()
        self.assertRefused(300, client.digest, "alice", "wrong")
        for garbage in (b"!!!!\r\n", base64.b64encode(b"nonsense") + b"\r\n", b"A" * 3000 + b"\r\n"):
            with self.subTest(garbage=garbage[:20]):
                client = self.udp()
                client.version()
                tsp.parse_challenge(client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"))
                self.assertEqual(tsp.status_of(client.ask(garbage)), 300)

    def test_trap_10_unknown_mechanism_is_an_answer_not_a_close(self):
        for ask in (self.udp().ask, self.tcp().ask):
            ask(b"VERSION=2.0.1\r\n")
            self.assertEqual(tsp.status_of(ask(b"AUTHENTICATE KERBEROS_V4\r\n\0")), 300)

    def test_trap_10_too_many_sessions_get_530_at_version(self):
        same = (self.bed.crowd(), 0)
        crowd = [self.tcp(bind=same) for _ in range(SESSIONS)]
        for client in crowd:
            self.assertTrue(client.version().startswith(b"CAPABILITY "))
        late = self.tcp(bind=same)
        self.assertEqual(tsp.status_of(late.version()), 530, "the only code after which clients wait")
        for client in crowd:
            self.assertTrue(client.silent(0), "a session was reset in the middle, after which clients storm")
        self.assertServes("bob", self.bed.home)  # another address has its own limit

    def test_trap_10_too_many_logins_over_udp_get_530_and_those_under_way_go_on(self):
        same = (self.bed.crowd(), 0)
        crowd = []
        for _ in range(SESSIONS):
            client = self.udp(bind=same)
            client.version()
            challenge = client.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0")
            crowd.append((client, tsp.Login(challenge, "alice", "wonderland", f"tsp/{BROKER}")))
        self.assertEqual(tsp.status_of(self.udp(bind=same).version()), 530)
        self.assertServes("bob", self.bed.home)
        for client, login in crowd:
            login.check(client.ask(login.line()))
            self.assertEqual(tsp.status_of(client.ask(b"")), 200)

    def test_trap_12_no_version_of_the_clients_is_refused(self):
        for version in ("2.0.0", "2.0.1", "2.0.2", "2.0.9"):
            with self.subTest(version=version):
                self.assertTrue(self.udp().version(version).startswith(b"CAPABILITY "))
        for version in ("1.0.0", "1.0.1"):
            with self.subTest(version=version):
                self.assertTrue(self.tcp().version(version).startswith(b"CAPABILITY "))
        self.assertRegex(self.udp().version("3.0.0"), rb"^302 .*\r\n$")

    def test_trap_12_version_1_has_no_accept(self):
        client = self.tcp()
        info = client.login("alice", "wonderland", version="1.0.1")
        self.assertEqual(info.mode, "v6v4")
        peer = Peer(info, host=self.bed.client, outer=client.local)
        self.addCleanup(peer.close)
        self.assertTrue(peer.ping(), "the tunnel must be up once the info was sent")

    def test_trap_12_a_client_that_comes_back_at_once_is_slowed_down(self):
        """gw6c, when the last of its versions is refused: 16,394 connections in 20 s."""
        peer = self.tunnel("bob", self.bed.home)
        same, refused, seconds = (self.bed.crowd(), 0), 0, 6
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            client = self.tcp(bind=same)
            answer = client.ask(b"VERSION=9.9.9\r\n", timeout=10)
            self.assertEqual(tsp.status_of(answer), 302, "an answer that is late, but no cut: that is a storm too")
            client.close()
            refused += 1
        self.assertGreaterEqual(refused, FREE_FAILURES)
        self.assertLess(refused, FREE_FAILURES + 3 * seconds)
        self.assertTrue(peer.ping())
        self.assertServes("carol", self.bed.home)
        late = self.tcp(bind=same)
        self.assertEqual(late.login("alice", "wonderland", Request("v6v4", late.local)).mode, "v6v4")

    def test_trap_12_a_storm_from_ever_new_ports(self):
        peer = self.tunnel("bob", self.bed.home)
        source, datagrams = self.bed.crowd(), 5000
        listener = self.bed.client.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP, bind=(source, 0))
        self.addCleanup(listener.close)
        begin = time.monotonic()
        with packets.raw_sender(self.bed.client) as raw:
            for number in range(datagrams):
                payload = struct.pack("!II", tsp.FIRST_SEQUENCE, number) + b"VERSION=9.9.9\r\n"
                raw.sendto(packets.udp4(source, 10000 + number, BROKER, tsp.PORT, payload), (BROKER, 0))
        self.assertTrue(peer.ping())
        self.assertServes("carol", self.bed.home)
        answers = 0
        while (left := begin + 8 - time.monotonic()) > 0:
            listener.settimeout(left)
            try:
                answers += b"302 " in listener.recv(2048)
            except TimeoutError:
                break
        self.assertGreaterEqual(answers, FREE_FAILURES)
        self.assertLess(answers, FREE_FAILURES + SESSIONS + 20)

    # ---- 13: framing ----

    def test_trap_13_one_write_and_a_length_that_counts_from_the_status(self):
        client = self.tcp()
        client.version()
        client.plain("alice", "wonderland")
        answer = client.ask(tsp.framed(Request("v6v4", client.local).xml()))
        body = tsp.unframed(answer)  # all of it was in the first read, and nothing else
        self.assertRegex(body, rb"^200 [A-Za-z ]+\r\n<tunnel ")
        self.assertLess(len(answer), 4096)

    def test_trap_13_errors_of_create_are_framed_too(self):
        client = self.udp()
        client.version()
        client.digest("alice", "wonderland")
        body = tsp.unframed(client.ask(tsp.framed(b"<nonsense>\r\n")))
        self.assertRegex(body, rb"^500 .*\r\n$")

    def test_trap_13_a_request_in_pieces(self):
        client = self.tcp()
        client.version()
        client.plain("alice", "wonderland")
        whole = tsp.framed(Request("v6v4", client.local).xml())
        for piece in (whole[:7], whole[7:19], whole[19:60], whole[60:]):
            client.send(piece)
            time.sleep(0.05)
        self.assertEqual(tsp.info_of(tsp.unframed(client.receive())).mode, "v6v4")

    # ---- 14 and 15: old cryptography ----

    def test_trap_14_capability_line(self):
        line = self.udp().version().decode()
        self.assertRegex(line, r"^CAPABILITY( [A-Z0-9]+=[A-Z0-9-]+)+\r\n$", "one space between tokens, CRLF")
        tokens = line.split()
        self.assertIn("TUNNEL=V6V4", tokens)
        self.assertIn("TUNNEL=V6UDPV4", tokens)
        self.assertIn("AUTH=DIGEST-MD5", tokens)
        self.assertNotIn("AUTH=PASSDSS-3DES-1", tokens)
        self.assertNotIn("AUTH=ANONYMOUS", tokens, "there is no anonymous pool")
        self.assertNotIn("TUNNEL=V6ANYV4", tokens, "no token of the protocol")

    def test_trap_15_the_cut_hash_of_old_clients_is_refused(self):
        for user, password in (("nul-inside", NUL_INSIDE), ("nul-first", NUL_FIRST)):
            with self.subTest(user=user):
                client = self.udp()
                client.version("2.0.0")
                self.assertRefused(300, client.digest, user, password, truncated=True)
                client = self.udp()
                client.version("2.0.0")
                self.assertEqual(tsp.status_of(client.digest(user, password)), 200)

    # ---- 16 to 19 ----

    def test_trap_16_lifetime_in_seconds(self):
        self.assertEqual(self.udp().login("alice", "wonderland").lifetime, 604800)

    def test_trap_17_digest_uri_is_taken_as_given(self):
        for uri in ("tsp/broker.example.org", "tsp/198.51.100.77:4444", "tsp/[2001:db8::1]:3653"):
            with self.subTest(uri=uri):
                client = self.udp()
                client.version()
                self.assertEqual(tsp.status_of(client.digest("alice", "wonderland", uri=uri)), 200)
        client = self.udp()
        client.version()
        self.assertRefused(300, client.digest, "alice", "wonderland", uri="http/192.0.2.1")

    def test_trap_18_nat_is_seen_by_the_claimed_address(self):
        for host, transport, mode, expected in (
                (self.bed.client, self.udp, "v6anyv4", "v6v4"), (self.bed.client, self.tcp, "v6anyv4", "v6v4"),
                (self.bed.home, self.udp, "v6anyv4", "v6udpv4"), (self.bed.home, self.udp, "v6udpv4", "v6udpv4")):
            with self.subTest(host=host.name, transport=transport.__name__, mode=mode):
                client = transport(host)
                info = client.login("alice", "wonderland", Request(mode, client.local))
                self.assertEqual(info.mode, expected)
                self.assertEqual(info.client_outer, client.local, "the address as the client sent it")

    def test_trap_18_what_cannot_be(self):
        for host, transport, mode, status in (
                (self.bed.home, self.tcp, "v6anyv4", 303), (self.bed.client, self.tcp, "v6udpv4", 303),
                (self.bed.home, self.udp, "v6v4", 501), (self.bed.client, self.udp, "v4v6", 303)):
            with self.subTest(host=host.name, transport=transport.__name__, mode=mode):
                client = transport(host)
                claimed = "2001:db8:c::2" if mode == "v4v6" else client.local
                self.assertRefused(status, client.login, "alice", "wonderland", Request(mode, claimed))

    def test_trap_19_solicitations_and_mld_are_dropped_quietly(self):
        peer = self.tunnel("alice")
        for packet in (router_solicitation(), mld_report(), router_solicitation("::"), mld_report("::")) * 20:
            peer.send(packet)
        self.assertIsNone(peer.receive(timeout=0.5), "an answer to what every host sends by itself")
        self.assertTrue(peer.ping())
        self.assertTrue(peer.ping(SERVER))

    # ---- 20: there is no goodbye ----

    def test_trap_20_silent_peers_get_nothing_more_and_keep_their_addresses(self):
        def arrives():
            self.bed.server.run("ping", "-c1", "-W1", self.silent.info.client_inner, check=False)
            return self.silent.expects_ping(timeout=0.5) is not None

        if time.monotonic() - self.silent_since < IDLE - 15:
            self.assertTrue(arrives(), "a tunnel that is silent for a while must still carry packets")
        time.sleep(max(0.0, self.silent_since + IDLE + 20 - time.monotonic()))
        self.assertFalse(arrives(), f"{IDLE} s of silence, and the broker still sends there")
        again = self.udp().login("silent", "hush")
        self.assertEqual(again.client_inner, self.silent.info.client_inner)


class RedirectTraps(Scenario):
    """A broker that sends everybody elsewhere, at each stage."""

    configuration = None
    BROKERS = ("192.0.2.77", "192.0.2.78:4000", "broker.example.org")

    def redirecting(self, stage, brokers=BROKERS):
        lines = "".join(f"redirect broker {broker}\n" for broker in brokers)
        if self.broker:
            self.broker.stop()
        type(self).broker = self.bed.broker_with(renater(tsp=f"{lines}redirect stage {stage}", users=USERS)).start()

    def assertLists(self, text, brokers=BROKERS):
        self.assertRegex(text, rb"^1[0-9]{3} ")
        found = re.findall(rb'<address type="(ipv4|ipv6|dn)">([^<]+)</address>', text)
        self.assertEqual([name.decode() for _, name in found], list(brokers))
        self.assertEqual(text.count(b"<broker>"), 1)
        self.assertIn(b'<tunnel action="list" type="broker">', text)

    def test_trap_11_redirects_at_each_stage(self):
        self.redirecting("capability")
        self.assertLists(self.udp().version())
        self.assertLists(self.tcp().version())

        self.redirecting("authentication")
        for client in (self.udp(), self.tcp()):
            client.version()
            with self.assertRaises(tsp.Refused) as caught:
                client.digest("alice", "wonderland")
            text = caught.exception.text.encode()
            self.assertLists(text)
            self.assertTrue(text.endswith(b"\0"), "clients print what lies behind: a NUL must end it")

        self.redirecting("create")
        for client in (self.udp(), self.tcp()):
            client.version()
            client.digest("alice", "wonderland")
            self.assertLists(tsp.unframed(client.ask(tsp.framed(Request("v6v4", client.local).xml()))))

    def test_trap_11_over_udp_a_long_list_is_cut(self):
        """23 bytes from a forged address must not send some thousand to its owner."""
        brokers = [f"192.0.2.{number}" for number in range(100, 140)]
        self.redirecting("capability", brokers)
        self.assertLists(self.tcp().version(), brokers)
        answer = self.udp().version()
        self.assertLess(len(answer), 400)
        found = [name.decode() for name in re.findall(rb'<address type="ipv4">([^<]+)</address>', answer)]
        self.assertGreater(len(found), 1, "clients look for the nearest of several")
        self.assertLessEqual(set(found), set(brokers))

    def test_trap_11_echo_request_is_answered_without_a_session(self):
        self.redirecting("capability")
        client = self.udp()
        for timestamp in range(1, 200):  # more than the sessions of an address
            header = client.transmit(b"ECHO REQUEST", tsp.FIRST_SEQUENCE, timestamp)
            self.assertEqual(client.receive(), (header, b"200 Success\r\n"))


class OverIpv6(Scenario):
    configuration = renater(
        tsp=f"ipv6 address {BROKER_V6}\nipv6 address {BROKER_V6_TOO}",
        tunnel_server=f"ipv6 address {BROKER_V6}\nipv6 address {BROKER_V6_TOO}\nip pool endpoints P_Dstm",
        more="ip local pool P_Dstm 203.0.113.0/25 32", users=USERS)
    CLIENT = "2001:db8:c::2"

    def test_trap_05_answers_and_packets_come_from_the_ipv6_address_that_was_asked(self):
        for make in (self.udp, self.tcp):
            for address in (BROKER_V6, BROKER_V6_TOO):
                with self.subTest(transport=make.__name__, address=address):
                    info = make(server=address).login("alice", "wonderland", Request("v4v6", self.CLIENT))
                    self.assertEqual(info.mode, "v4v6")
                    self.assertIn(ipaddress.ip_address(address).exploded, info.xml)
                    self.assertTrue(self.pings(address, info), "no packet came from there")

    def pings(self, broker, info):
        """An echo request for the broker's inner IPv4 address, in IPv6, is answered by that very address."""
        inner = re.findall(r'<address type="ipv4">([^<]+)</address>', info.xml)
        server, client = inner[0], inner[1]
        with self.bed.client.socket(
                socket.AF_INET6, socket.SOCK_RAW, packets.IPV4_IN_IPV6, bind=(self.CLIENT, 0), timeout=1.0) as raw:
            raw.connect((broker, 0))  # sees nothing from elsewhere
            for _ in range(3):  # the link may still be looking for its neighbour
                raw.send(packets.echo_request4(client, server))
                with contextlib.suppress(TimeoutError):
                    return raw.recv(2048)[12:16] == packets.packed(server)
        return False


class OtherPorts(Scenario):
    UDP, TCP = 4653, 443
    configuration = renater(tsp=f"transport udp {UDP}\ntransport tcp {TCP}", users=USERS).replace(
        f"transport tcp {tsp.PORT}\n", "")

    def test_trap_05_answers_and_packets_come_from_the_port_that_was_asked(self):
        client = self.udp(port=self.UDP)
        info = client.login("alice", "wonderland")
        self.assertEqual(info.mode, "v6udpv4")
        self.assertTrue(Peer(info, udp=client.socket).ping())

    def test_tcp(self):
        client = self.tcp(port=self.TCP)
        self.assertEqual(client.login("alice", "wonderland", Request("v6v4", client.local)).mode, "v6v4")

    def test_the_usual_port_is_closed(self):
        with self.assertRaises(TimeoutError):
            self.udp().ask(b"VERSION=2.0.1\r\n", tries=1, timeout=1.0)
        with self.assertRaises(ConnectionRefusedError):
            self.tcp()


class OldDigest(Scenario):
    configuration = renater(tsp="authentication digest-md5 truncated", users=USERS | NUL_USERS)

    def test_trap_15_the_option_lets_old_clients_in_but_never_with_the_nul_first(self):
        client = self.udp()
        client.version("2.0.0")
        self.assertEqual(tsp.status_of(client.digest("nul-inside", NUL_INSIDE, truncated=True)), 200)
        client = self.udp()
        client.version("2.0.0")
        self.assertRefused(300, client.digest, "nul-first", NUL_FIRST, truncated=True)
        client = self.udp()
        client.version("2.0.1")  # a client that has no such mistake
        self.assertRefused(300, client.digest, "nul-inside", NUL_INSIDE, truncated=True)


class Trusting(Scenario):
    """v6v4 options: a renumbered host, and firewalls that pass UDP alone."""

    configuration = renater(tunnel_server="trust source", users=USERS)

    def test_trap_18_trust_source_takes_the_address_seen(self):
        client = self.udp()
        info = client.login("alice", "wonderland", Request("v6v4", "198.51.100.9"))
        self.assertEqual((info.mode, info.client_outer), ("v6v4", client.local))
        peer = Peer(info, host=self.bed.client, outer=client.local)
        self.addCleanup(peer.close)
        self.assertTrue(peer.ping())


class PreferUdp(Scenario):
    configuration = renater(tunnel_server="prefer udp", users=USERS)

    def test_trap_18_prefer_udp_also_without_nat(self):
        client = self.udp()
        self.assertEqual(client.login("alice", "wonderland", Request("v6anyv4", client.local)).mode, "v6udpv4")


if __name__ == "__main__":
    unittest.main()
