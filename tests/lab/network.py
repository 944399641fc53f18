# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, links, addresses and processes."""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

CLONE_NEWNET = 0x40000000  # linux/sched.h
NAMESPACES = Path("/run/netns")
PREFIX = "vdlab"
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """Something that the lab itself needs did not work."""


def _setns(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise LabError(f"cannot enter a network namespace: {os.strerror(number)}")


def command(*words, check=True):
    """Runs a command to its end and gives its output."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(words)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Process:
    """A program running on a host, its output in a file."""

    def __init__(self, host, name, words, env=None):
        self.name = name
        self.host = host
        self.log = host.lab.directory / f"{name}.log"
        self._from = self.log.stat().st_size if self.log.exists() else 0
        # setpriv: if the lab is killed, the kernel takes the program down too.
        # A session of its own: Ctrl-C is for the lab alone, which then stops things in order.
        with host.inside(), open(self.log, "ab") as output:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *map(str, words)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.popen.pid

    @property
    def returncode(self):
        return self.popen.poll()

    def output(self):
        """What this run has written so far."""
        with open(self.log, "rb") as file:
            file.seek(self._from)
            return file.read().decode(errors="replace")

    def wait_for(self, pattern, timeout=10.0, after=0):
        """Waits for a line that matches, behind the first `after` characters of the output; gives the match."""
        end = time.monotonic() + timeout
        while True:
            ended = self.returncode is not None
            match = re.search(pattern, self.output()[after:], re.MULTILINE)
            if match:
                return match
            if ended or time.monotonic() > end:
                why = f"ended with {self.returncode}" if ended else f"did not say so in {timeout:g} s"
                last = "\n".join(self.output().splitlines()[-15:])
                raise LabError(f"{self.name}: waited for /{pattern}/, but it {why}. Its last words:\n{last}")
            time.sleep(0.02)

    def wait(self, timeout=10.0):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} (process {self.pid}) did not end in {timeout:g} s") from None

    def signal(self, number):
        if self.returncode is None:
            self.popen.send_signal(number)

    def stop(self, timeout=5.0):
        """SIGTERM, and SIGKILL if that is not enough. Gives the exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.popen.wait()

    def memory(self):
        """Resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024


class Host:
    """A network namespace with a name."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.netns = f"{PREFIX}-{os.getpid()}-{lab.number}-{name}"
        command("ip", "netns", "add", self.netns)
        self.ip("link", "set", "lo", "up")
        # Addresses are there at once; nobody else in a lab can have them.
        self.sysctl("net/ipv6/conf/default/accept_dad", 0)
        self.sysctl("net/ipv6/conf/all/accept_dad", 0)

    @contextlib.contextmanager
    def inside(self):
        """The calling thread works in this namespace: sockets, programs, /proc/sys/net."""
        with open(NAMESPACES / self.netns) as there, open("/proc/thread-self/ns/net") as home:
            _setns(there.fileno())
            try:
                yield self
            finally:
                _setns(home.fileno())

    def ip(self, *words, check=True):
        return command("ip", "-n", self.netns, *map(str, words), check=check)

    def run(self, *words, check=True):
        with self.inside():
            return command(*map(str, words), check=check)

    def start(self, name, *words, env=None):
        process = Process(self, name, words, env)
        self.lab.processes.append(process)
        return process

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, protocol=0, bind=None, timeout=5.0):
        """A socket that lives on this host, whoever uses it."""
        with self.inside():
            made = socket.socket(family, kind, protocol)
        made.settimeout(timeout)
        if bind:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(bind)
        return made

    def sysctl(self, path, value):
        with self.inside():
            Path("/proc/sys", path).write_text(str(value))

    def address(self, interface, *addresses):
        for address in addresses:
            self.ip("addr", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))

    def route(self, destination, via=None, dev=None):
        family = ["-6"] if ":" in f"{destination}{via}" else []
        where = (["via", via] if via else []) + (["dev", dev] if dev else [])
        self.ip(*family, "route", "replace", destination, *where)

    def forward(self):
        """Becomes a router."""
        self.sysctl("net/ipv4/ip_forward", 1)
        self.sysctl("net/ipv6/conf/all/forwarding", 1)

    def masquerade(self, interface):
        """Becomes a NAT: what leaves by `interface` gets its address."""
        self.forward()
        rules = f"""table ip lab {{
            chain out {{ type nat hook postrouting priority srcnat; oifname "{interface}" masquerade; }}
            chain through {{ type filter hook forward priority filter; policy accept;
                iifname "{interface}" ct state established,related accept
                iifname "{interface}" drop
            }}
        }}"""
        with self.inside():
            done = subprocess.run(["nft", "-f", "-"], input=rules, capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"{self.name} cannot be a NAT: {done.stderr.strip()}")

    def drop(self, rule):
        """An nftables match; what arrives here and matches is thrown away without a word."""
        self.run("nft", "add table inet drops")
        self.run("nft", "add chain inet drops arriving { type filter hook prerouting priority -400; }")
        self.run("nft", f"add rule inet drops arriving {rule} drop")

    def undrop(self):
        self.run("nft", "delete table inet drops")

    def enter(self):
        """The command by which a person gets a shell on this host."""
        return f"nsenter --net={NAMESPACES / self.netns}"

    def remove(self):
        for pid in command("ip", "netns", "pids", self.netns, check=False).split():
            if int(pid) != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        command("ip", "netns", "del", self.netns, check=False)


def sweep():
    """Removes what labs have left that are no longer alive."""
    for path in NAMESPACES.glob(f"{PREFIX}-*"):
        owner = path.name.split("-")[1]
        if Path("/proc", owner).exists():
            continue
        for pid in command("ip", "netns", "pids", path.name, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        command("ip", "netns", "del", path.name, check=False)
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*"):
        if not Path("/proc", path.name.split("-")[1]).exists():
            shutil.rmtree(path, ignore_errors=True)


class Lab:
    """All hosts of one experiment. As a context manager it takes everything away at the end.

    `directory` holds logs and configurations; without one it is made and removed with the rest.
    """

    _made = 0

    def __init__(self, directory=None):
        if os.geteuid() != 0:
            raise LabError("network namespaces need root: start it with sudo")
        Lab._made += 1
        self.number = Lab._made
        sweep()
        self.temporary = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.hosts = {}
        self.processes = []
        self._handlers = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                self._handlers[number] = signal.signal(number, lambda number, _: sys.exit(128 + number))
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if threading.current_thread() is threading.main_thread():
            ignored = {number: signal.signal(number, signal.SIG_IGN)
                       for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
            ignored.update(self._handlers)
        else:
            ignored = {}
        for process in self.processes:
            process.signal(signal.SIGTERM)
        for process in reversed(self.processes):
            process.stop(timeout=3.0)
        for host in self.hosts.values():
            host.remove()
        self.processes, self.hosts = [], {}
        if self.temporary:
            shutil.rmtree(self.directory, ignore_errors=True)
        for number, handler in ignored.items():
            signal.signal(number, handler)

    def host(self, name):
        self.hosts[name] = Host(self, name)
        return self.hosts[name]

    def link(self, here, here_addresses, there, there_addresses):
        """A cable. Each end's interface is named after the host at the other end."""
        here.ip("link", "add", there.name, "type", "veth", "peer", "name", here.name, "netns", there.netns)
        for host, peer, addresses in ((here, there, here_addresses), (there, here, there_addresses)):
            host.address(peer.name, *([addresses] if isinstance(addresses, str) else addresses))
            host.ip("link", "set", peer.name, "up")

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path
