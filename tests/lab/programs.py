# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs under test, started the way their users start them."""

import contextlib
import json
import os
import signal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def programs():
    """Where the programs are: VIADUCT_BIN, or the development build."""
    return Path(os.environ.get("VIADUCT_BIN") or ROOT / "build" / "bin")


class Broker:
    """viaductd on a host of the lab. `state` outlives restarts."""

    def __init__(self, host, configuration, name="viaductd", state=None):
        self.host = host
        self.name = name
        self.config = host.lab.file(f"{name}.conf", configuration)
        self.state = Path(state or host.lab.directory / f"{name}-state")
        self.state.mkdir(exist_ok=True)
        self.process = None

    def start(self, wait=True, timeout=20.0):
        self.process = self.host.start(self.name, programs() / "viaductd", "--config", self.config, "--state", self.state)
        if wait:
            self.process.wait_for(r"^ready$", timeout)
        return self

    def restart(self, configuration=None):
        """SIGTERM, then a start."""
        self.stop()
        if configuration is not None:
            self.config.write_text(configuration)
        return self.start()

    def reload(self, configuration):
        self.config.write_text(configuration)
        self.process.signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()

    def first_password(self):
        """What the first start left for the administrator: "admin PASSWORD"."""
        self.process.wait_for("event=first-administrator")
        return (self.state / "first-password").read_text().strip()

    @property
    def database(self):
        return self.state / "viaduct.db"


class Client:
    """viaduct-cli on a host of the lab, with a tspc.conf."""

    def __init__(self, host, name=None, **keys):
        self.host = host
        self.name = name or f"viaduct-cli-{host.name}"
        keys.setdefault("client_v4", "auto")
        keys.setdefault("template", "linux")
        self.config = host.lab.file(f"{self.name}.tspc.conf", "".join(f"{k}={v}\n" for k, v in keys.items()))
        self.process = None

    def start(self):
        self.process = self.host.start(self.name, programs() / "viaduct-cli", "--config", self.config, "--json")
        return self

    def events(self):
        """The JSON events so far."""
        found = []
        for line in self.process.output().splitlines():
            if line.startswith("{"):
                with contextlib.suppress(ValueError):  # the last line may be half written
                    found.append(json.loads(line))
        return found

    def established(self, timeout=20.0):
        """Waits until the tunnel is up; gives the event that says so."""
        self.process.wait_for(r'^\{.*"event":"established".*\}$', timeout)
        return [event for event in self.events() if event["event"] == "established"][-1]

    def stop(self):
        return self.process.stop()
