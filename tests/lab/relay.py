# SPDX-License-Identifier: GPL-3.0-or-later
"""A way from this machine's loopback to a TCP port of a host of the lab, for a person's browser."""

import hashlib
import socket
import ssl
import threading
from contextlib import suppress

from .web import fetch_certificate


class Relay:
    def __init__(self, host, address, port):
        self.host, self.address = host, address
        self._target = port
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError:  # somebody else's: any other will do
            self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    @property
    def fingerprint(self):
        der = ssl.PEM_cert_to_DER_cert(fetch_certificate(self.host, self.address, self._target))
        return ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = self.host.socket(socket.AF_INET, socket.SOCK_STREAM)
                    far.connect((self.address, self._target))
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source, sink):
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
