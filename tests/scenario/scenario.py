# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios share: a bed with a running broker for each class of tests."""

import shutil
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from lab import tsp  # noqa: E402
from lab.bed import BROKER, Bed, renater  # noqa: E402
from lab.packets import Peer  # noqa: E402

LOGS = ROOT / "build" / "check" / "scenario"

USERS = {
    "alice": ("wonderland", "host"),
    "bob": ("builder", "host"),
    "carol": ("singer", "soho"),
    "campus": ("chalkdust", "site"),
    "college": ("blackboard", "site"),
    "proxy": ("stands-in", "site proxy 198.51.100.128/29"),
}


class Scenario(unittest.TestCase):
    """A bed, and a broker that runs with `configuration`, for all tests of the class."""

    configuration = renater(users=USERS)
    bed = None
    broker = None

    @classmethod
    def setUpClass(cls):
        logs = LOGS / cls.__name__
        shutil.rmtree(logs, ignore_errors=True)
        cls.bed = Bed(logs)
        cls.addClassCleanup(cls.bed.close)
        if cls.configuration is not None:
            cls.broker = cls.bed.broker_with(cls.configuration).start()

    def own_address(self, host, options):
        """Each dialogue on `client` has an address of its own: the limits are for each address."""
        if host in (None, self.bed.client) and ":" not in options.get("server", ""):
            options.setdefault("bind", (self.bed.crowd(), 0))
        return options

    def udp(self, host=None, **options):
        client = tsp.Udp(host or self.bed.client, **self.own_address(host, options))
        self.addCleanup(client.close)
        return client

    def tcp(self, host=None, **options):
        client = tsp.Tcp(host or self.bed.client, **self.own_address(host, options))
        self.addCleanup(client.close)
        return client

    def tunnel(self, user="alice", host=None, mode="v6udpv4", prefix_length=None, udp=None, **options):
        """Logs in over UDP; gives the client's end of the tunnel."""
        client = udp or self.udp(host)
        info = client.login(user, USERS[user][0], tsp.Request(mode, client.local, prefix_length=prefix_length), **options)
        if info.mode == "v6udpv4":
            return Peer(info, udp=client.socket)
        peer = Peer(info, host=host or self.bed.client, outer=client.local)
        self.addCleanup(peer.close)
        return peer

    def assertRefused(self, status, call, *arguments, **options):
        with self.assertRaises(tsp.Refused) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.status, status, caught.exception.text)

    def assertServes(self, user="bob", host=None):
        """A newcomer gets a tunnel that carries packets."""
        peer = self.tunnel(user, host or self.bed.home)
        self.assertTrue(peer.ping(), "a new tunnel does not answer the ping at its end")

    def assertSilent(self, udp, seconds=0.5):
        got = udp.receive(seconds)
        self.assertIsNone(got, f"there should have been no answer, but: {got}")

    def assertAlive(self):
        self.assertIsNone(self.broker.process.returncode,
                          f"viaductd ended:\n{self.broker.process.output()[-3000:]}")


__all__ = ["BROKER", "LOGS", "Scenario", "USERS"]
