# SPDX-License-Identifier: GPL-3.0-or-later
"""viaduct-cli against viaductd: each kind of client gets IPv6, uses it, and gives it back."""

import ipaddress
import time
import unittest

from lab import ping, programs, transfer
from lab.bed import SERVER
from lab.traffic import wait_for_ping
from scenario import USERS, Scenario

MEGABYTES = 5


class Clients(Scenario):
    def client(self, host, user, mode, **keys):
        made = self.bed.viaduct_cli(host, keys.pop("userid", user), keys.pop("passwd", USERS[user][0]), mode, **keys)
        self.addCleanup(lambda: made.process and made.process.stop())
        return made

    def assertCarries(self, host, address):
        self.assertTrue(wait_for_ping(host, SERVER, 5))
        self.assertTrue(ping(host, SERVER, source=address).ok)
        self.assertTrue(ping(self.bed.server, address).ok)
        moved = transfer(host, self.bed.server, SERVER, MEGABYTES)
        self.assertTrue(moved.ok, moved.error)

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

    def test_stopped_by_sigterm_it_leaves_nothing(self):
        def things():
            return self.bed.client.ip("-br", "link"), self.bed.client.ip("-6", "route"), self.bed.client.ip("-6", "addr")

        before = things()
        client = self.client(self.bed.client, "alice", "v6v4").start()
        client.established()
        self.assertNotEqual(things(), before)
        self.assertEqual(client.stop(), 0)
        self.assertEqual(things(), before)

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

    def test_a_wrong_password_has_an_exit_code_of_its_own(self):
        wrong = self.client(self.bed.client, "alice", "v6v4", passwd="wrong", auto_retry_connect="no").start()
        code = wrong.process.wait(30)
        self.assertNotEqual(code, 0)
        broken = self.bed.lab.file("broken.tspc.conf", "tunnel_mode=nonsense\n")
        other = self.bed.client.start("broken-client", programs() / "viaduct-cli", "--config", broken)
        self.assertNotIn(other.wait(30), (0, code))

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


class Hooks(Scenario):
    def test_the_set_up_hook_sees_the_environment_of_the_old_clients(self):
        home = self.bed.lab.directory / "tspc"
        (home / "template").mkdir(parents=True, exist_ok=True)
        script = home / "template" / "linux.sh"
        script.write_text(f'#!/bin/sh\nenv | grep ^TSP_ | sort >> {home}/seen\necho >> {home}/seen\nexit 0\n')
        script.chmod(0o755)
        (home / "seen").unlink(missing_ok=True)
        client = self.bed.viaduct_cli(self.bed.site, "campus", "chalkdust", "v6udpv4", host_type="router", if_prefix="inner",
                                      gw6_dir=home, template="linux").start()
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


if __name__ == "__main__":
    unittest.main()
