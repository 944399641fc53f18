# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings and TCP transfers between hosts of a lab."""

import hashlib
import random
import re
import socket
import threading
import time
from dataclasses import dataclass

CHUNK = 1 << 16


@dataclass
class Ping:
    sent: int
    received: int
    milliseconds: float | None  # the shortest round trip

    @property
    def ok(self):
        return self.sent > 0 and self.received == self.sent


def ping(host, address, count=3, interval=0.2, timeout=2, size=None, source=None):
    """ICMP echo by the system's own ping."""
    words = ["ping", "-n", "-c", count, "-i", interval, "-W", timeout]
    words += ["-s", size] if size else []
    words += ["-I", source] if source else []
    text = host.run(*words, address, check=False)
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    best = re.search(r"= ([\d.]+)/", text)
    return Ping(int(counts[1]) if counts else count, int(counts[2]) if counts else 0,
                float(best[1]) if best else None)


def wait_for_ping(host, address, timeout=10.0):
    """Whether an answer comes within `timeout` seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if ping(host, address, count=1, timeout=1).ok:
            return True
    return False


@dataclass
class Transfer:
    bytes: int
    seconds: float
    ok: bool
    error: str = ""

    @property
    def megabits(self):
        return self.bytes * 8 / self.seconds / 1e6 if self.seconds else 0.0


def _send(sock, size, seed):
    """Sends `size` bytes that no compression or repetition could fake; gives their SHA-256."""
    source, digest = random.Random(seed), hashlib.sha256()
    block = source.randbytes(CHUNK)
    left = size
    while left:
        # A block that changes with every round costs less than fresh random bytes and differs everywhere.
        block = (left.to_bytes(8, "big") + block[8:])[:min(left, CHUNK)].ljust(min(left, CHUNK), b"v")
        sock.sendall(block)
        digest.update(block)
        left -= len(block)
    return digest.digest()


def _receive(sock, size):
    digest = hashlib.sha256()
    while size:
        block = sock.recv(min(CHUNK, size))
        if not block:
            raise ConnectionError(f"the stream ended {size} bytes early")
        digest.update(block)
        size -= len(block)
    return digest.digest()


def transfer(client, server, address, megabytes=20, timeout=60.0, family=socket.AF_INET6):
    """`client` connects to `address` on `server`; the bytes go up and come down again, and the SHA-256 of
    both directions is compared."""
    size = megabytes * 1_000_000
    found = {}

    def serve(listener):
        try:
            with listener.accept()[0] as peer:
                peer.settimeout(timeout)
                found["up"] = _receive(peer, size)
                found["down"] = _send(peer, size, seed=2)
        except OSError as error:
            found["error"] = error

    with server.socket(family, socket.SOCK_STREAM, timeout=timeout) as listener, \
            client.socket(family, socket.SOCK_STREAM, timeout=timeout) as sock:
        listener.bind((address, 0))
        listener.listen(1)
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        begin = time.monotonic()
        try:
            sock.connect((address, listener.getsockname()[1]))
            up = _send(sock, size, seed=1)
            down = _receive(sock, size)
        except OSError as error:
            return Transfer(2 * size, time.monotonic() - begin, False, f"{error}; server: {found.get('error')}")
        seconds = time.monotonic() - begin
        thread.join(timeout)
    same = found.get("up") == up and found.get("down") == down
    return Transfer(2 * size, seconds, same, "" if same else "the checksums differ")
