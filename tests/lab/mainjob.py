# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, shown: a broker, three clients that ask it for IPv6, and traffic through what they got.

    mainjob.py [--once]

Goes on until Ctrl-C. With --once it ends by itself: exit code 0 if every ping and every transfer went through;
the last line of the output is one JSON object with the results.
"""

import json
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import LabError, ping, transfer  # noqa: E402
from lab.bed import BROKER, SERVER, Bed, renater  # noqa: E402
from lab.relay import Relay  # noqa: E402
from lab.traffic import wait_for_ping  # noqa: E402
from lab.web import Api  # noqa: E402

MEGABYTES = 20  # each way
WEB_PORT = 8443
WEB = f"""
web server Pages
 ip address {BROKER}
 port {WEB_PORT}
 serve registration
 serve api
registration
 organisation The test bed
 contact noc@example.net
"""
USERS = {"alice": ("wonderland", "host"), "bob": ("builder", "host"), "campus": ("chalkdust", "site")}


def say(text):
    print(text, flush=True)


def connect(title, client):
    """Starts one client and waits for its tunnel; gives a row of the table."""
    begin = time.monotonic()
    client.start()
    event = client.established()
    milliseconds = round((time.monotonic() - begin) * 1000)
    row = {"who": title, "host": client.host.name, "mode": event["mode"], "outer": event["outer_local"],
           "inner": event["inner_local"], "prefix": event.get("prefix"), "connect_ms": milliseconds}
    say(f"  {title}: {row['mode']} in {milliseconds} ms")
    return row


def try_out(bed, row, host, address):
    """Pings and a transfer between `address` on `host` and the server; adds the outcome to the row."""
    say(f"  {row['who']}: ping and {2 * MEGABYTES} MB of TCP")
    wait_for_ping(host, SERVER, timeout=5)
    pinged = ping(host, SERVER, source=address)
    back = ping(bed.server, address)
    moved = transfer(host, bed.server, SERVER, MEGABYTES)
    row["ping"] = {"sent": pinged.sent + back.sent, "received": pinged.received + back.received,
                   "ms": pinged.milliseconds}
    row["transfer"] = {"bytes": moved.bytes, "seconds": round(moved.seconds, 2), "mbit_s": round(moved.megabits, 1),
                       "ok": moved.ok}
    if moved.error:
        row["transfer"]["error"] = moved.error
    row["ok"] = pinged.ok and back.ok and moved.ok


def main_job(bed, rows):
    """Gives the broker."""
    say("Broker: viaductd with RENATER's configuration")
    broker = bed.broker_with(renater(users=USERS, more=WEB)).start()
    health = Api(bed.broker, BROKER, WEB_PORT).must("GET", "/health")
    say(f"  registration pages and admin API by HTTPS: {health['status']}")

    def user(host, name, mode, **keys):
        return bed.viaduct_cli(host, name, USERS[name][0], mode, **keys)

    say("Clients")
    rows.append(connect("host", user(bed.client, "alice", "v6v4", host_type="host")))
    rows.append(connect("host behind NAT", user(bed.home, "bob", "v6anyv4", host_type="host")))
    rows.append(connect("site router", user(bed.site, "campus", "v6udpv4", host_type="router", if_prefix="inner",
                                            auth_method="digest-md5")))
    address = bed.settle_inner(rows[-1]["prefix"])
    rows.append({"who": "host behind the site router", "host": "inner", "mode": None, "outer": None,
                 "inner": address, "prefix": None, "connect_ms": None})

    say(f"Traffic to {SERVER}, beyond the broker")
    for row in rows:
        try_out(bed, row, bed.lab.hosts[row["host"]], row["inner"])
    return broker


def table(rows):
    lines = [["", "mode", "outer address", "inner address", "prefix", "connect", "ping", "TCP"]]
    for row in rows:
        done, moved = row["ping"], row["transfer"]
        lines.append([
            row["who"], row["mode"] or "native", row["outer"] or "", row["inner"], row["prefix"] or "",
            f"{row['connect_ms']} ms" if row["connect_ms"] is not None else "",
            f"{done['received']}/{done['sent']}" + (f", {done['ms']:.2f} ms" if done["ms"] else ""),
            f"{moved['mbit_s']:.0f} Mbit/s, same SHA-256" if moved["ok"] else "FAILED"])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def web_pages(broker, relay):
    origin = f"https://127.0.0.1:{relay.port}"
    return "\n".join([
        "In a browser of this machine (the broker made its certificate itself, so the browser will ask)",
        f"  ask for an account:     {origin}/",
        f"  the admin API:          {origin}/api/v1/openapi.json    docs/api.md",
        f"  its fingerprint:        {relay.fingerprint}",
        f"  the first administrator: {broker.first_password()}    (once: choose another password with it)", ""])


def where_to_look(bed):
    logs = bed.lab.directory
    return "\n".join([
        "Where to look next",
        f"  the broker's log:       {logs}/viaductd.log",
        f"  the clients' events:    {logs}/viaduct-cli-*.log",
        f"  all configurations:     {logs}/*.conf",
        *(f"  a shell on {name + ':':<12} sudo {bed.lab.hosts[name].enter()}" for name in ("broker", "client", "home", "inner")),
        f"  there, for example:     ping {SERVER}    ip -6 route    tcpdump -ni any",
        "  what is what:           docs/architecture.md"])


def main(once):
    rows, error = [], None
    with Bed() as bed:
        try:
            broker = main_job(bed, rows)
        except (LabError, KeyError) as problem:
            error = str(problem)
            say(f"It did not work: {error}")
        say("")
        if error is None:
            say(table(rows) + "\n")
        good = error is None and all(row["ok"] for row in rows)
        if not once:
            with Relay(bed.broker, BROKER, WEB_PORT) as relay:
                if error is None:
                    say(web_pages(broker, relay))
                say(where_to_look(bed) + "\n\nGoes on until Ctrl-C.")
                try:
                    signal.pause()
                except KeyboardInterrupt:
                    say("\nTaking everything away.")
    if once:
        say(json.dumps({"ok": good, "error": error, "clients": rows}))
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--once"]):
        sys.exit(__doc__)
    try:
        sys.exit(main("--once" in sys.argv))
    except LabError as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
