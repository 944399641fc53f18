# SPDX-License-Identifier: GPL-3.0-or-later
"""The test bed: a broker, an IPv4 internet, the three kinds of clients that it has, and an IPv6 server beyond.

                                  client  198.51.100.2        (a host with a public address)
                                 /
    server ---- broker ---- internet ---- nat ---- home       (10.9.1.2, behind 198.51.100.66)
    2001:db8:ffff::2  192.0.2.1  \\
                                  site ---- inner             (198.51.100.130, a router; inner has only IPv6)
"""

import ipaddress

from .network import Lab
from .programs import Broker, Client

BROKER = "192.0.2.1"
BROKER_TOO = "192.0.2.3"  # a second address of the same machine
BROKER_V6 = "2001:db8:b::1"  # for TSP over IPv6
BROKER_V6_TOO = "2001:db8:b::3"
SERVER = "2001:db8:ffff::2"
CLIENT = "198.51.100.2"
NAT = "198.51.100.66"
HOME = "10.9.1.2"
SITE = "198.51.100.130"
CROWD = "203.0.113.0/24"  # routed to `client`: for tests that need many addresses

ENDPOINT_POOL = "2001:660:f001:1::/64"
PREFIX_POOL = "2001:660:f100::/41"

# The configuration of RENATER's broker, as it was written there; the outer address is the lab's.
RENATER = """\
#Pools declaration
ipv6 local pool P_IntercoSites 2001:660:f001:1::/64 128
ipv6 local pool P_Sites48 2001:660:f100::/41 48
#TSP Server
tsp TSP_Sites48
ip address 1.2.3.4
transport tcp 3653
#Tunnel Server
tunnel server TS_RenaterSites48
ip address 1.2.3.4
ipv6 pool prefix P_Sites48
ipv6 pool endpoints P_IntercoSites
#Tunnel Broker
tunnel broker TB_Renater_48
set tsp TSP_Sites48
set tunnel server TS_RenaterSites48
""".replace("1.2.3.4", BROKER)


def renater(tsp="", tunnel_server="", more="", users=None):
    """RENATER's configuration with more lines in its sections and after them."""
    text = RENATER.replace("#Tunnel Server\n", f"{tsp}\n#Tunnel Server\n").replace(
        "#Tunnel Broker\n", f"{tunnel_server}\n#Tunnel Broker\n")
    return f"{text}{more}\n{accounts(users or {})}"


def accounts(table):
    """`username` lines for {name: (password, kind)}."""
    return "".join(f"username {name} secret {password} {kind}\n" for name, (password, kind) in table.items())


class Bed:
    """All hosts and cables; what runs on them is the caller's business."""

    def __init__(self, directory=None):
        self.lab = lab = Lab(directory)
        try:
            for name in ("broker", "internet", "server", "client", "nat", "home", "site", "inner"):
                setattr(self, name, lab.host(name))
            self._connect()
        except BaseException:
            lab.close()
            raise

    def _connect(self):
        link = self.lab.link
        link(self.server, f"{SERVER}/64", self.broker, "2001:db8:ffff::1/64")
        link(self.broker, [f"{BROKER}/24", f"{BROKER_TOO}/24", f"{BROKER_V6}/64", f"{BROKER_V6_TOO}/64"],
             self.internet, ["192.0.2.254/24", "2001:db8:b::fe/64"])
        link(self.client, [f"{CLIENT}/26", "2001:db8:c::2/64"], self.internet, ["198.51.100.1/26", "2001:db8:c::1/64"])
        link(self.nat, f"{NAT}/26", self.internet, "198.51.100.65/26")
        link(self.site, f"{SITE}/26", self.internet, "198.51.100.129/26")
        link(self.home, f"{HOME}/24", self.nat, "10.9.1.1/24")
        link(self.inner, [], self.site, [])
        for router in (self.internet, self.broker, self.site):
            router.forward()
        self.nat.masquerade("internet")
        self.server.route("default", "2001:db8:ffff::1")
        self.broker.route("default", "192.0.2.254")
        self.broker.route("2001:db8:c::/64", "2001:db8:b::fe")
        self.client.route("2001:db8:b::/64", "2001:db8:c::1")
        self.client.route("default", "198.51.100.1")
        self.nat.route("default", "198.51.100.65")
        self.home.route("default", "10.9.1.1")
        self.site.route("default", "198.51.100.129")
        self.internet.route(CROWD, CLIENT)
        self.client.ip("route", "add", "local", CROWD, "dev", "lo")  # every address of it is the client's

    def __enter__(self):
        self.lab.__enter__()
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.lab.close()

    def crowd(self):
        """Another of the many addresses that `client` has, in turn."""
        self._crowd = (getattr(self, "_crowd", 0) + 1) % 250
        return str(ipaddress.ip_network(CROWD)[self._crowd + 1])

    def broker_with(self, configuration, **options):
        """viaductd, not yet started."""
        return Broker(self.broker, configuration, **options)

    def viaduct_cli(self, host, user, password, mode, name=None, **keys):
        """viaduct-cli with the keys that every tspc.conf has, not yet started."""
        return Client(host, name, userid=user, passwd=password, server=keys.pop("server", BROKER), tunnel_mode=mode, **keys)

    def settle_inner(self, prefix):
        """Puts `inner` into the first /64 of the prefix that the site router was given; gives its address."""
        network = ipaddress.ip_network(prefix)
        self.inner.address("site", f"{network[2]}/64")
        self.inner.route("default", str(network[1]))
        return str(network[2])
