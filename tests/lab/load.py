# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients at a time: logins over UDP, as fast as one Python program can ask."""

import itertools
import selectors
import socket
import struct
import time

from . import tsp


class Worker:
    """One dialogue after another, each from a new port."""

    def __init__(self, load, source):
        self.load = load
        self.source = source
        self.socket = None

    def begin(self):
        self.account = next(self.load.accounts)
        self.socket = self.load.host.socket(socket.AF_INET, socket.SOCK_DGRAM, bind=(self.source, 0))
        self.socket.connect((self.load.server, tsp.PORT))
        self.socket.setblocking(False)
        self.load.selector.register(self.socket, selectors.EVENT_READ, self)
        self.sequence = tsp.FIRST_SEQUENCE
        name, password, prefix_length = self.account
        self.steps = tsp.dialogue(name, password, tsp.Request(claimed=self.source, prefix_length=prefix_length),
                                  uri=f"tsp/{self.load.server}", answered=self.answered)
        self.send(next(self.steps))

    def end(self):
        self.load.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None

    def answered(self, info):
        self.load.answered(self.account[0], info)

    def send(self, payload):
        self.header = struct.pack("!II", self.sequence, int(time.monotonic() * 1000) & 0xFFFFFFFF)
        self.payload = payload
        self.due = time.monotonic() + 2.0
        self.retransmit()

    def retransmit(self):
        try:
            self.socket.send(self.header + self.payload)
        except OSError:
            pass  # nobody listens, or no room: the next try comes

    def readable(self):
        try:
            datagram = self.socket.recv(65535)
        except OSError:
            return  # the broker is away
        if datagram[:8] != self.header:
            return
        self.sequence += 1
        try:
            self.send(self.steps.send(datagram[8:]))
        except StopIteration:
            self.load.finished += 1
            self.again()
        except (tsp.Refused, ValueError) as refusal:
            self.load.refusals.append(f"{self.account[0]}: {refusal}")
            self.again()

    def again(self):
        self.end()
        self.begin()

    def tick(self, now):
        if now > self.due:
            self.due = now + 2.0
            self.retransmit()


class Load:
    """`accounts`: [(name, password, prefix length or None)], asked for in turn, for ever. `answered(name, info)` is
    called for every tunnel that the broker has promised."""

    def __init__(self, host, sources, accounts, answered, server="192.0.2.1"):
        self.host = host
        self.server = server
        self.accounts = itertools.cycle(accounts)
        self.answered = answered
        self.selector = selectors.DefaultSelector()
        self.workers = [Worker(self, source) for source in sources]
        self.finished = 0
        self.refusals = []

    def run(self, seconds):
        """Works on for so long; what is under way stays so."""
        end = time.monotonic() + seconds
        for worker in self.workers:
            if not worker.socket:
                worker.begin()
        while (left := end - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left, 0.1)):
                key.data.readable()
            now = time.monotonic()
            for worker in self.workers:
                worker.tick(now)

    def drain(self):
        """Reads the answers that are already on this side, and lets go of everything."""
        for key, _ in self.selector.select(0.02):
            key.data.readable()
        for worker in self.workers:
            if worker.socket:
                worker.end()
