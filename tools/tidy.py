#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD [FOLDER...]: clang-tidy on every file of a build, or on those below the folders. A file that was
clean, and that has not changed since, nor any header of the project that it includes, is not looked at again, in
whichever checkout (stamps: $XDG_CACHE_HOME/viaduct/tidy)."""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@cache
def includes(path):
    return [ROOT / name.decode() for name in INCLUDE.findall(path.read_bytes()) if (ROOT / name.decode()).is_file()]


def everything(path):
    """The file and all headers of the project below it."""
    seen, left = set(), [path]
    while left:
        if (file := left.pop()) not in seen:
            seen.add(file)
            left += includes(file)
    return sorted(seen)


def stamp_of(entry, rules):
    digest = hashlib.sha256(rules + entry["command"].replace(str(ROOT), "").encode())
    for file in everything(Path(entry["file"])):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()


def main(build, *below):
    folder = ROOT / build
    stamps = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "viaduct" / "tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    rules = b"".join(path.read_bytes() for path in sorted(ROOT.glob("**/.clang-tidy")))
    entries = {entry["file"]: entry for entry in json.loads((folder / "compile_commands.json").read_text())}
    entries = [entry for file, entry in sorted(entries.items())
               if not Path(file).is_relative_to(folder)
               and (not below or any(Path(file).is_relative_to(ROOT / part) for part in below))]

    def look(entry):
        stamp = stamps / stamp_of(entry, rules)
        if stamp.exists():
            return True
        done = subprocess.run(["clang-tidy-14", "--quiet", "-p", folder, entry["file"]], capture_output=True, text=True)
        name = Path(entry["file"]).relative_to(ROOT)
        print(f"  {'ok    ' if done.returncode == 0 else 'FAILED'}  {name}", flush=True)
        if done.returncode != 0:
            print(done.stdout + done.stderr, flush=True)
            return False
        stamp.touch()
        return True

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        good = list(pool.map(look, entries))
    print(f"{len(good)} files, {len(good) - sum(good)} with findings")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
