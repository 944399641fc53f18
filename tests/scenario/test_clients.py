# SPDX-License-Identifier: GPL-3.0-or-later
"""viaduct-cli against viaductd: each kind of client gets IPv6, uses it, and gives it back."""

import base64
import ipaddress
import signal
import socket
import threading
import time
import unittest

from lab import ping, programs, transfer
from lab.bed import BROKER_TOO, BROKER_V6, SERVER, SITE, renater
from lab.traffic import wait_for_ping
from scenario import USERS, Scenario

MEGABYTES = 5


class ClientScenario(Scenario):
    def client(self, host, user, mode, **keys):
        password = USERS[user][0] if user in USERS else ""
        made = self.bed.viaduct_cli(host, keys.pop("userid", user), keys.pop("passwd", password), mode, **keys)
        self.addCleanup(lambda: made.process and made.process.stop())
        return made

    def script_home(self, name, script):
        """A directory with `script` as its template/linux.sh, for gw6_dir and template=linux."""
        home = self.bed.lab.directory / name
        (home / "template").mkdir(parents=True, exist_ok=True)
        (home / "template" / "linux.sh").write_text(f"#!/bin/sh\n{script}\n")
        return home

    def assertCarries(self, host, address):
        self.assertTrue(wait_for_ping(host, SERVER, 5))
        self.assertTrue(ping(host, SERVER, source=address).ok)
        self.assertTrue(ping(self.bed.server, address).ok)
        moved = transfer(host, self.bed.server, SERVER, MEGABYTES)
        self.assertTrue(moved.ok, moved.error)


class Clients(ClientScenario):
    def test_host_over_v6v4(self):
        client = self.client(self.bed.client, "alice", "v6v4", host_type="host").start()
        event = client.established()
        self.assertEqual(event["mode"], "v6v4")
        self.assertCarries(self.bed.client, event["inner_local"])

    def test_host_behind_nat_by_v6anyv4(self):
        client = self.client(self.bed.home, "bob", "v6anyv4", host_type="host").start()
        event = client.established()
        self.assertEqual(event["mode"], "v6udpv4")
        self.assertCarries(self.bed.home, event["inner_local"])

    def test_host_with_a_public_address_by_v6anyv4(self):
        self.assertEqual(self.client(self.bed.client, "bob", "v6anyv4").start().established()["mode"], "v6v4")

    def test_v6udpv4_asked_for(self):
        event = self.client(self.bed.client, "bob", "v6udpv4", auth_method="plain").start().established()
        self.assertEqual(event["mode"], "v6udpv4")
        self.assertCarries(self.bed.client, event["inner_local"])

    def test_site_router_and_a_host_behind_it(self):
        client = self.client(self.bed.site, "campus", "v6udpv4", host_type="router", prefixlen=48, if_prefix="inner").start()
        event = client.established()
        self.assertEqual(ipaddress.ip_network(event["prefix"]).prefixlen, 48)
        address = self.bed.settle_inner(event["prefix"])
        self.addCleanup(self.bed.inner.ip, "addr", "flush", "dev", "site", "scope", "global")
        self.assertCarries(self.bed.inner, address)

    def test_stopped_by_a_signal_it_leaves_nothing(self):
        def things():
            return self.bed.client.ip("-br", "link"), self.bed.client.ip("-6", "route"), self.bed.client.ip("-6", "addr")

        before = things()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number.name):
                client = self.client(self.bed.client, "alice", "v6v4").start()
                client.established()
                self.assertNotEqual(things(), before)
                client.process.signal(number)
                self.assertEqual(client.process.wait(5), 0)
                self.assertEqual(client.events()[-1]["event"], "stopped")
                self.assertEqual(things(), before)

    def test_a_second_signal_ends_it_on_the_spot(self):
        home = self.script_home("hanging", "[ $TSP_OPERATION = TSP_TUNNEL_CREATION ] || { touch hangs; exec sleep 100; }")
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGHUP, signal.SIGTERM)):
            with self.subTest(first=first.name, second=second.name):
                (home / "hangs").unlink(missing_ok=True)
                client = self.client(self.bed.client, "alice", "v6v4", gw6_dir=home).start()
                client.established()
                client.process.signal(first)
                end = time.monotonic() + 5
                while not (home / "hangs").exists() and time.monotonic() < end:
                    time.sleep(0.02)
                client.process.signal(second)
                self.assertEqual(client.process.wait(3), -second)

    def test_no_answer_over_udp_then_tcp(self):
        self.bed.internet.drop("udp dport 3653")
        self.addCleanup(self.bed.internet.undrop)
        event = self.client(self.bed.client, "alice", "v6anyv4").start().established(timeout=30)
        self.assertEqual(event["mode"], "v6v4")
        self.assertCarries(self.bed.client, event["inner_local"])

    def test_a_literal_address_needs_no_name_server(self):
        self.bed.internet.drop("udp dport 53")
        self.addCleanup(self.bed.internet.undrop)
        begin = time.monotonic()
        self.client(self.bed.client, "alice", "v6v4").start().established()
        self.assertLess(time.monotonic() - begin, 3.0, "a name server was asked about an address")

    def test_it_comes_back_after_the_broker_was_away(self):
        client = self.client(self.bed.home, "bob", "v6anyv4", keepalive_interval=5, retry_delay=1, retry_delay_max=2).start()
        inner = client.established()["inner_local"]
        self.broker.kill()
        time.sleep(1)
        self.broker.start()
        self.assertTrue(wait_for_ping(self.bed.home, SERVER, 30))
        self.assertTrue(ping(self.bed.server, inner).ok)

    def test_the_renater_client_file_comments_and_all(self):
        text = """client_v4=auto        # IPv4 address is found by the client
userid=alice          # login
passwd=wonderland     # password
template=windows      # OS
server=192.0.2.1      # IPv4 address of the broker
tunnel_mode=v6v4      # or v6udpv4, v6anyv4
if_tunnel_v6v4=2      # IPv4 interface used to create the tunnel
host_type=host        # host or router
if_prefix=4           # interface that gets the delegated prefix
"""
        client = self.client(self.bed.client, "alice", "v6v4")
        client.config.write_text(text)
        event = client.start().established()
        self.assertEqual(event["mode"], "v6v4")
        self.assertCarries(self.bed.client, event["inner_local"])


class ExitCodes(ClientScenario):
    """Each way to end has a number of its own (docs/client.md), by which scripts tell them apart."""

    CIRCLE = f"""
tsp TSP_Here
 ip address {BROKER_TOO}
 redirect broker {BROKER_TOO}:4000
tsp TSP_There
 ip address {BROKER_TOO}
 transport udp 4000
 transport tcp 4000
 redirect broker {BROKER_TOO}
tunnel broker TB_Circle
 set tsp TSP_Here
 set tsp TSP_There
 set tunnel server TS_RenaterSites48
"""
    configuration = renater(more=CIRCLE, users=USERS)

    def assertEnds(self, code, client, saying):
        self.assertEqual(client.start().process.wait(30), code, client.process.output())
        last = client.events()[-1]
        self.assertEqual((last["event"], last["code"]), ("failed", code))
        self.assertRegex(last["reason"], saying)
        self.assertNotIn(USERS["alice"][0], client.process.output())

    def once(self, user="alice", mode="v6v4", **keys):
        return self.client(self.bed.client, user, mode, auto_retry_connect="no", **keys)

    def test_what_the_broker_and_the_network_can_do_to_it(self):
        for code, saying, keys in (
                (8, "no-such-broker", {"server": "no-such-broker.invalid"}),
                (13, "prefixlen=", {"host_type": "router", "if_prefix": "lo"}),
                (14, "circle", {"server": BROKER_TOO}),
                (16, "passwd=", {"passwd": "wrong"}),
                (16, "passwd=", {"passwd": "wrong", "auth_method": "plain"}),
                (17, "auth_method=", {"auth_method": "anonymous"}),
                (75, "reached", {"server": SITE})):
            with self.subTest(code=code, **keys):
                self.assertEnds(code, self.once(**keys), saying)

    def test_what_the_machine_can_do_to_it(self):
        self.assertEnds(71, self.once("campus", host_type="router", if_prefix="nosuch"), "nosuch")
        failing = self.script_home("failing", "[ $TSP_OPERATION = TSP_TUNNEL_TEARDOWN ] || exit 3")
        self.assertEnds(19, self.once(gw6_dir=failing), "code 3")

    def test_without_rights(self):
        config = self.once().config
        process = self.bed.client.start(
            "no-rights", "setpriv", "--bounding-set", "-net_admin,-net_raw", "--inh-caps", "-net_admin,-net_raw", "--",
            programs() / "viaduct-cli", "--config", config)
        self.assertEqual(process.wait(30), 77, process.output())
        self.assertIn("CAP_NET_ADMIN", process.output())

    def test_what_cannot_be_used(self):
        broken = self.bed.lab.file("broken.tspc.conf", "tunnel_mode=nonsense\n")
        for words in (("--config", broken), ("--config", "/nonexistent/tspc.conf"), ("--no-such-thing",), ()):
            with self.subTest(words=words):
                process = self.bed.client.start("broken-client", programs() / "viaduct-cli", *words)
                self.assertEqual(process.wait(10), 2, process.output())

    def test_a_broker_that_does_not_know_the_password(self):
        with self.bed.site.socket(bind=(SITE, 3653)) as false:
            threading.Thread(target=self.pretend, args=(false,), daemon=True).start()
            self.assertEnds(18, self.once(server=SITE), "password")

    @staticmethod
    def pretend(broker):
        """A broker that lets everybody in, for what they may send through it then."""
        answers = {
            b"VERSION": b"CAPABILITY TUNNEL=V6V4 AUTH=DIGEST-MD5\r\n",
            b"AUTHENT": base64.b64encode(b'realm="r",nonce="1",qop="auth",algorithm=md5-sess,charset=utf8') + b"\r\n"}
        proof = base64.b64encode(b"rspauth=0123456789abcdef0123456789abcdef") + b"\r\n"
        try:
            while True:
                message, client = broker.recvfrom(4096)
                broker.sendto(message[:8] + answers.get(message[8:15], proof), client)
        except OSError:
            pass


class Guests(ClientScenario):
    configuration = renater(
        tunnel_server="ipv6 pool anonymous P_Guests", more="ipv6 local pool P_Guests 2001:660:f001:2::/64 128", users=USERS)

    def test_a_guest_without_a_login(self):
        for mode, host in (("v6v4", self.bed.client), ("v6anyv4", self.bed.home)):
            with self.subTest(mode=mode):
                client = self.client(host, "", mode, auth_method="anonymous").start()
                event = client.established()
                self.assertIn(ipaddress.ip_address(event["inner_local"]), ipaddress.ip_network("2001:660:f001:2::/64"))
                self.assertCarries(host, event["inner_local"])
                self.assertEqual(client.stop(), 0)


class Ipv4InIpv6(ClientScenario):
    """v4v6: a host that has only IPv6 gets IPv4."""

    BEYOND = "198.18.1.2"  # the server's, on the other side of the broker
    POOL = "198.18.0.0/24"
    configuration = renater(
        tsp=f"ipv6 address {BROKER_V6}", tunnel_server=f"ipv6 address {BROKER_V6}\nip pool endpoints P_Dstm",
        more=f"ip local pool P_Dstm {POOL} 32", users=USERS)

    def test_host_over_v4v6(self):
        self.bed.server.address("broker", f"{self.BEYOND}/24")
        self.bed.broker.address("server", "198.18.1.1/24")
        self.bed.server.route("0.0.0.0/0", "198.18.1.1")
        self.bed.client.ip("-4", "route", "flush", "table", "main")
        self.bed.client.ip("-4", "addr", "flush", "dev", "internet")
        for udp in (True, False):
            with self.subTest(udp=udp):
                if not udp:
                    self.bed.internet.drop("udp dport 3653")
                    self.addCleanup(self.bed.internet.undrop)
                client = self.client(self.bed.client, "alice", "v4v6", server=BROKER_V6).start()
                event = client.established(timeout=30)
                self.assertEqual((event["mode"], event["transport"]), ("v4v6", "udp" if udp else "tcp"))
                self.assertEqual((event["outer_local"], event["outer_remote"]), ("2001:db8:c::2", BROKER_V6))
                self.assertIn(ipaddress.ip_address(event["inner_local"]), ipaddress.ip_network(self.POOL))
                self.assertTrue(wait_for_ping(self.bed.client, self.BEYOND, 5))
                self.assertTrue(ping(self.bed.client, event["inner_remote"]).ok, "the broker's end")
                self.assertTrue(ping(self.bed.server, event["inner_local"]).ok, "from the server to the client")
                moved = transfer(self.bed.client, self.bed.server, self.BEYOND, MEGABYTES, family=socket.AF_INET)
                self.assertTrue(moved.ok, moved.error)
                self.assertEqual(client.stop(), 0)
                self.assertFalse(self.bed.client.ip("-4", "route"), "a route of the tunnel is left")


class Hooks(ClientScenario):
    configuration = renater(tunnel_server="ipv6 resolver 2001:db8:ffff::53", users=USERS)

    def test_the_set_up_hook_sees_the_environment_of_the_old_clients(self):
        home = self.script_home("tspc", "env | grep ^TSP_ | sort >> seen; echo >> seen")
        (home / "seen").unlink(missing_ok=True)
        client = self.client(self.bed.site, "campus", "v6udpv4", host_type="router", if_prefix="inner", gw6_dir=home).start()
        event = client.established()
        self.assertEqual(client.stop(), 0)
        up, down = (dict(line.split("=", 1) for line in part.splitlines())
                    for part in (home / "seen").read_text().strip().split("\n\n"))
        self.assertEqual(up["TSP_OPERATION"], "TSP_TUNNEL_CREATION")
        self.assertEqual(down["TSP_OPERATION"], "TSP_TUNNEL_TEARDOWN")
        self.assertEqual(up["TSP_TUNNEL_MODE"], "v6udpv4")
        self.assertEqual(up["TSP_HOST_TYPE"], "router")
        self.assertEqual(up["TSP_HOME_INTERFACE"], "inner")
        self.assertEqual(up["TSP_PREFIXLEN"], "48")
        network = ipaddress.ip_network(event["prefix"]).network_address.exploded
        self.assertEqual(up["TSP_PREFIX"], network[:14], "the first three groups")
        self.assertEqual(up["TSP_TUNNEL_PREFIXLEN"], "128")
        self.assertEqual(up["TSP_CLIENT_DNS_ADDRESS_IPV6"], "2001:db8:ffff::53")


if __name__ == "__main__":
    unittest.main()
