# SPDX-License-Identifier: GPL-3.0-or-later
"""`kill -9` at random moments under load: what the broker has promised is never lost, and never given twice.

VIADUCT_KILL_CYCLES says how often (40)."""

import ipaddress
import os
import random
import sqlite3
import time
import unittest

from lab import tsp
from lab.bed import CROWD, PREFIX_POOL, Bed, renater
from lab.load import Load
from scenario import LOGS

CYCLES = int(os.environ.get("VIADUCT_KILL_CYCLES", "40"))
ACCOUNTS = 3000
LARGE_POOL = "2001:db8:4000::/34"  # 16,384 prefixes; RENATER's has 128
AT_A_TIME = 24
LOGINS_AGAIN = 300  # of the promised ones, at the end


class Ledger:
    """What was promised to whom."""

    def __init__(self):
        self.promises = {}  # name -> {"inner": ..., "prefix": ...}
        self.owners = {}  # block -> name
        self.mistakes = []

    def answered(self, name, info):
        kept = self.promises.setdefault(name, {})
        for what, block in (("inner", info.client_inner), ("prefix", info.prefix)):
            if not block:
                continue
            block = str(ipaddress.ip_network(block))
            if kept.setdefault(what, block) != block:
                self.mistakes.append(f"{name} was promised {kept[what]} and then got {block}")
            owner = self.owners.setdefault(block, name)
            if owner != name:
                self.mistakes.append(f"{block} was given to {owner} and to {name}")


class Durability(unittest.TestCase):
    limit = 60 + CYCLES * 6  # seconds

    def test_kill_9_at_random_moments_under_load(self):
        seed = int(os.environ.get("VIADUCT_SEED", time.time_ns() % 1_000_000))
        print(f"          {CYCLES} cycles, VIADUCT_SEED={seed}", flush=True)
        chance = random.Random(seed)
        users = {f"u{number}": (f"secret{number}", "site") for number in range(ACCOUNTS)}
        accounts = [(name, password, 48 if chance.random() < 0.5 else None) for name, (password, _) in users.items()]
        chance.shuffle(accounts)
        ledger = Ledger()
        with Bed(LOGS / "Durability") as bed:
            broker = bed.broker_with(renater(users=users).replace(f"{PREFIX_POOL} 48", f"{LARGE_POOL} 48"))
            sources = [str(ipaddress.ip_network(CROWD)[number + 1]) for number in range(AT_A_TIME)]
            begun = 0
            for cycle in range(CYCLES):
                # Old accounts and new ones, in an order of its own each time.
                begun = min(ACCOUNTS, begun + 120)
                some = accounts[:begun]
                chance.shuffle(some)
                broker.start(wait=cycle % 8 != 7)  # now and then it is killed while it starts
                load = Load(bed.client, sources, some, ledger.answered)
                load.run(chance.uniform(0.02, 0.7))
                broker.kill()
                load.drain()
                self.assertEqual(load.refusals[:3], [], "a login was refused")
                self.assertEqual(ledger.mistakes, [], f"in cycle {cycle}")
            self.assertGreater(len(ledger.promises), 20 * min(CYCLES, 10), "too little load to prove anything")

            self.check_database(broker.database, ledger)
            broker.start()
            names = list(ledger.promises)
            lengths = {name: length for name, _, length in accounts}
            for name in chance.sample(names, min(len(names), LOGINS_AGAIN)):
                with tsp.Udp(bed.client, bind=(chance.choice(sources), 0)) as client:
                    ledger.answered(name, client.login(
                        name, users[name][0], tsp.Request(claimed=client.local, prefix_length=lengths[name])))
            self.assertEqual(ledger.mistakes, [])
            self.assertEqual(broker.stop(), 0)
            self.check_database(broker.database, ledger)
            print(f"          {len(ledger.promises)} accounts, {len(ledger.owners)} blocks, all kept", flush=True)

    def check_database(self, path, ledger):
        """Looks into the file itself, past the program."""
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            blocks = {}
            for address, length, holder in database.execute("SELECT address, length, holder FROM allocation"):
                block = str(ipaddress.ip_network((bytes(address), length)))
                self.assertNotIn(block, blocks, "a block is there twice")
                blocks[block] = holder
        finally:
            database.close()
        networks = [ipaddress.ip_network(block) for block in blocks]
        networks.sort()
        for one, two in zip(networks, networks[1:]):
            self.assertFalse(one.overlaps(two), f"{one} and {two} overlap")
        for name, promised in ledger.promises.items():
            for what, block in promised.items():
                held = block if what == "prefix" else str(ipaddress.ip_network(block).supernet(new_prefix=127))
                self.assertEqual(blocks.get(held), f"account:{name}", f"the database has lost {what} {block}")


if __name__ == "__main__":
    unittest.main()
