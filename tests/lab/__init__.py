# SPDX-License-Identifier: GPL-3.0-or-later
"""A network in a box: hosts, links, routers and NATs made of network namespaces, and a TSP client of its own.

    from lab import Lab

    with Lab() as lab:
        client, broker = lab.host("client"), lab.host("broker")
        lab.link(client, "198.51.100.2/24", broker, "198.51.100.1/24")
        print(client.ping("198.51.100.1"))

Python's standard library, iproute2 and nftables are all it needs. It runs as root. Whatever ends the program,
nothing stays behind: what even SIGKILL leaves is swept away when the next Lab starts.
"""

from .network import Host, Lab, LabError, Process
from .programs import Broker, Client, programs
from .traffic import Ping, Transfer, ping, transfer

__all__ = ["Broker", "Client", "Host", "Lab", "LabError", "Ping", "Process", "Transfer", "ping", "programs", "transfer"]
