# SPDX-License-Identifier: GPL-3.0-or-later
"""A TSP client written from RFC 5572 and the recorded dialogues of real clients, without a line in common with
the C++ one: two readings of the same protocol have to agree.

Each step can be taken by itself, with wrong bytes where a test wants them. `login()` takes all of them.
"""

import base64
import hashlib
import re
import secrets
import select
import socket
import struct
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

PORT = 3653
FIRST_SEQUENCE = 0xF00000F0


class Refused(Exception):
    """The broker answered with a status other than 200."""

    def __init__(self, status, text):
        super().__init__(text.strip())
        self.status = status
        self.text = text


@dataclass
class Request:
    mode: str = "v6udpv4"
    claimed: str = "192.0.2.99"
    keepalive: int | None = 30
    prefix_length: int | None = None  # set: host_type=router
    dns_servers: list = field(default_factory=list)
    proxy: bool = False

    def xml(self):
        """In the words and the spacing of the deployed clients."""
        lines = [f'<tunnel action="create" type="{self.mode}" proxy="{"yes" if self.proxy else "no"}">',
                 " <client>", f'  <address type="{"ipv6" if ":" in self.claimed else "ipv4"}">{self.claimed}</address>']
        if self.keepalive is not None:
            lines += [f'  <keepalive interval="{self.keepalive}">', '    <address type="ipv6">::</address>',
                      "  </keepalive>"]
        if self.prefix_length is not None:
            lines += ["  <router>", f'   <prefix length="{self.prefix_length}"/>']
            if self.dns_servers:
                lines += ["   <dns_server>"]
                lines += [f'     <address type="dn">{name}</address>' for name in self.dns_servers]
                lines += ["   </dns_server>"]
            lines += ["  </router>"]
        lines += [" </client>", "</tunnel>"]
        return "".join(line + "\r\n" for line in lines).encode()


@dataclass
class Info:
    """What the broker gave."""
    mode: str
    lifetime: int
    server_outer: str
    server_inner: str
    client_outer: str
    client_inner: str
    prefix: str | None  # ADDRESS/LENGTH
    resolvers: list
    keepalive: int
    keepalive_address: str | None
    xml: str

    @staticmethod
    def of(xml):
        tree = ElementTree.fromstring(xml)

        def address(path, kind):
            found = tree.find(f"{path}/address[@type='{kind}']")
            return None if found is None else found.text

        prefix = tree.find("client/router/prefix")
        keepalive = tree.find("client/keepalive")
        return Info(
            tree.get("type"), int(tree.get("lifetime", "0")),
            address("server", "ipv4"), address("server", "ipv6"), address("client", "ipv4"), address("client", "ipv6"),
            None if prefix is None else f"{prefix.text}/{prefix.get('length')}",
            [a.text for a in tree.findall("client/dns_server/address[@type='ipv6']")],
            0 if keepalive is None else int(keepalive.get("interval")),
            None if keepalive is None else address("client/keepalive", "ipv6"), xml)


# ---- DIGEST-MD5, RFC 2831 ----

def _md5(data):
    return hashlib.md5(data).digest()


def _hex(data):
    return _md5(data).hex().encode()


def secret_hash(user, realm, password):
    return _md5(f"{user}:{realm}:{password}".encode())


def digest_values(user, realm, password, nonce, cnonce, uri, count="00000001", truncated=False):
    """(response, rspauth). `truncated`: the mistake of the clients of VERSION <= 2.0.0, which build A1 of the
    secret's hash cut at its first NUL byte, and of nothing else."""
    secret = secret_hash(user, realm, password)
    cut = truncated and b"\0" in secret
    a1 = secret[:secret.index(0)] if cut else secret + f":{nonce}:{cnonce}".encode()

    def value(method):
        a2 = _hex(f"{method}:{uri}".encode())
        return _hex(b":".join([_hex(a1), f"{nonce}:{count}:{cnonce}:auth".encode(), a2])).decode()

    return value("AUTHENTICATE"), value("")


def parse_challenge(line):
    """The directives of a challenge, read as narrowly as the deployed clients do."""
    text = base64.b64decode(line.strip(), validate=True).decode()
    if ", " in text:
        raise ValueError(f"a space after a comma crashes clients: {text}")
    found = dict(re.findall(r'(\w+)=(?:"([^"]*)"|)', text))
    for name in ("realm", "nonce", "qop"):
        if not found.get(name):
            raise ValueError(f"{name} is missing, which crashes clients: {text}")
    if "charset=utf" not in text or not text.startswith("realm="):
        raise ValueError(f"charset is missing or realm is not first: {text}")
    return found


class Login:
    """The client's part of one DIGEST-MD5 exchange."""

    def __init__(self, challenge, user, password, uri, truncated=False):
        given = parse_challenge(challenge)
        cnonce = secrets.token_hex(8)
        response, self.rspauth = digest_values(user, given["realm"], password, given["nonce"], cnonce, uri,
                                               truncated=truncated)
        quoted = user.replace("\\", "\\\\").replace('"', '\\"')
        self.text = (f'charset=utf8,username="{quoted}",realm="{given["realm"]}",nonce="{given["nonce"]}",'
                     f'nc=00000001,cnonce="{cnonce}",digest-uri="{uri}",response={response},qop=auth')

    def line(self):
        return base64.b64encode(self.text.encode()) + b"\r\n"

    def check(self, line):
        """The broker proves that it knows the password too."""
        if line[:1].isdigit():
            raise_if_refused(line)
        got = base64.b64decode(line.strip(), validate=True).decode()
        if got != f"rspauth={self.rspauth}":
            raise ValueError(f"wrong rspauth: {got}")


def status_of(text):
    match = re.match(rb"(\d{3,4}) ", text)
    return int(match[1]) if match else None


def raise_if_refused(text):
    if (status := status_of(text)) != 200:
        raise Refused(status, text.decode(errors="replace"))
    return text


def framed(xml):
    return b"Content-length: %d\r\n" % len(xml) + xml


def unframed(answer):
    """The body of a create answer: status line, then XML. Strict, as the clients are."""
    match = re.match(rb"Content-length: (\d+)\r\n", answer)
    if not match:
        raise ValueError(f"no Content-length at the start: {answer[:60]!r}")
    body = answer[match.end():]
    if len(body) != int(match[1]):
        raise ValueError(f"Content-length says {int(match[1])}, {len(body)} bytes came")
    return body


def info_of(body):
    raise_if_refused(body)
    return Info.of(body.split(b"\r\n", 1)[1].decode())


ACCEPT = framed(b'<tunnel action="accept"></tunnel>\r\n')


def dialogue(user, password, request, version="2.0.1", mechanism="digest-md5", uri="tsp/192.0.2.1",
             answered=lambda info: None):
    """A whole dialogue over UDP without I/O: yields what to send, wants the payload of each answer, returns the
    Info. `answered` has it as soon as the broker has promised it, before the accept. The load generator runs many
    of these at a time."""
    capability = yield f"VERSION={version}\r\n".encode()
    if not capability.startswith(b"CAPABILITY "):
        raise_if_refused(capability)
    if mechanism == "anonymous":
        raise_if_refused((yield b"AUTHENTICATE ANONYMOUS\r\n\0"))
    elif mechanism == "plain":
        yield b"AUTHENTICATE PLAIN\r\n\0"
        raise_if_refused((yield f"\0{user}\0{password}\r\n".encode()))
    else:
        login = Login((yield b"AUTHENTICATE DIGEST-MD5\r\n\0"), user, password, uri)
        login.check((yield login.line()))
        raise_if_refused((yield b""))
    info = info_of(unframed((yield framed(request.xml()))))
    answered(info)
    if not version.startswith("1."):
        yield ACCEPT
    return info


class Udp:
    """TSP over UDP with its reliability header. `host` is where the client is."""

    def __init__(self, host, server="192.0.2.1", port=PORT, bind=None):
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = host.socket(family, socket.SOCK_DGRAM, bind=bind)
        self.socket.connect((server, port))
        self.server = server
        self.sequence = FIRST_SEQUENCE
        self.started = time.monotonic()
        self.header = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def local(self):
        return self.socket.getsockname()[0]

    def timestamp(self):
        return int((time.monotonic() - self.started) * 1000) + 1

    def transmit(self, payload, sequence=None, timestamp=None):
        """One datagram; gives its header."""
        self.header = struct.pack("!II", self.sequence if sequence is None else sequence,
                                  self.timestamp() if timestamp is None else timestamp)
        self.socket.send(self.header + payload)
        return self.header

    def receive(self, timeout=2.0):
        """(header, payload) of the next signalling datagram, or None."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                datagram = self.socket.recv(65535)
            except TimeoutError:
                return None
            except ConnectionRefusedError:
                continue
            if datagram[0] >> 4 != 6:
                return datagram[:8], datagram[8:]
        return None

    def ask(self, payload, tries=3, timeout=2.0):
        """Sends with retransmission until the answer to this very datagram comes; gives its payload."""
        for _ in range(tries):
            header = self.transmit(payload)
            end = time.monotonic() + timeout
            while (left := end - time.monotonic()) > 0 and (got := self.receive(left)):
                if got[0] == header:
                    self.sequence += 1
                    return got[1]
        raise TimeoutError(f"no answer to {payload[:40]!r}")

    def again(self):
        """A new session on the same mapping: the sequence starts over."""
        self.sequence = FIRST_SEQUENCE

    def login(self, user="", password="", request=None, **options):
        """The whole dialogue; gives the Info."""
        self.again()
        request = request or Request(claimed=self.local)
        options.setdefault("uri", f"tsp/{self.server}")
        steps = dialogue(user, password, request, **options)
        answer = None
        try:
            while True:
                answer = self.ask(steps.send(answer))
        except StopIteration as end:
            return end.value

    # The steps by themselves, for tests that stop in the middle.
    def version(self, version="2.0.1"):
        return self.ask(f"VERSION={version}\r\n".encode())

    def digest(self, user, password, uri=None, truncated=False):
        """Up to the 200; raises Refused."""
        login = Login(self.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), user, password, uri or f"tsp/{self.server}", truncated)
        login.check(self.ask(login.line()))
        return raise_if_refused(self.ask(b""))

    def plain(self, user, password):
        self.ask(b"AUTHENTICATE PLAIN\r\n\0")
        return raise_if_refused(self.ask(f"\0{user}\0{password}\r\n".encode()))

    def create(self, request=None):
        return info_of(unframed(self.ask(framed((request or Request(claimed=self.local)).xml()))))

    def accept(self):
        return self.ask(ACCEPT)


class Tcp:
    """TSP over TCP. Reads like the deployed clients: one recv for one message."""

    def __init__(self, host, server="192.0.2.1", port=PORT, bind=None, timeout=5.0):
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = host.socket(family, socket.SOCK_STREAM, bind=bind, timeout=timeout)
        self.socket.connect((server, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def local(self):
        return self.socket.getsockname()[0]

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, timeout=5.0):
        """What one recv gives; None when nothing comes; b"" when the stream has ended."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(4096)
        except TimeoutError:
            return None

    def silent(self, seconds):
        """Whether the broker says nothing for so long."""
        return not select.select([self.socket], [], [], seconds)[0]

    def ask(self, data, timeout=5.0):
        self.send(data)
        answer = self.receive(timeout)
        if answer is None:
            raise TimeoutError(f"no answer to {data[:40]!r}")
        return answer

    def version(self, version="2.0.1"):
        return self.ask(f"VERSION={version}\r\n".encode())

    def digest(self, user, password, uri=None, truncated=False):
        login = Login(self.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0"), user, password, uri or f"tsp/{self.server}", truncated)
        login.check(self.ask(login.line()))
        return raise_if_refused(self.receive())

    def plain(self, user, password):
        self.send(b"AUTHENTICATE PLAIN\r\n\0")
        time.sleep(0.04)  # the deployed clients' own pause; the broker says nothing here
        return raise_if_refused(self.ask(f"\0{user}\0{password}\r\n".encode()))

    def anonymous(self):
        return raise_if_refused(self.ask(b"AUTHENTICATE ANONYMOUS\r\n\0"))

    def create(self, request=None):
        return info_of(unframed(self.ask(framed((request or Request("v6v4", self.local)).xml()))))

    def accept(self):
        self.send(ACCEPT)

    def login(self, user, password, request=None, version="2.0.1", mechanism="digest-md5"):
        capability = self.version(version)
        if not capability.startswith(b"CAPABILITY "):
            raise_if_refused(capability)
        if mechanism == "plain":
            self.plain(user, password)
        elif mechanism == "anonymous":
            self.anonymous()
        else:
            self.digest(user, password)
        info = self.create(request)
        if not version.startswith("1."):
            self.accept()
        return info
