#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""fuzz.py SECONDS [NAME...]: runs the fuzz targets of the asan build, two at a time, each on a copy of its
corpus. What makes one fail is kept in build/check/fuzz/ and the command to see it again is printed."""

import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGETS = ROOT / "build-asan" / "fuzz"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
FOUND = ROOT / "build" / "check" / "fuzz"
AT_A_TIME = 2
BYTES = 8192  # a little more than the longest message that the programs read


def run(target, seconds):
    name = target.name.removeprefix("fuzz-")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        if (CORPUS / name).is_dir():
            shutil.copytree(CORPUS / name, corpus)
        corpus.mkdir(exist_ok=True)
        prefix = FOUND / f"{name}-"
        begin = time.monotonic()
        done = subprocess.run(
            [target, f"-max_total_time={seconds}", f"-max_len={BYTES}", "-timeout=10", "-rss_limit_mb=1024",
             "-print_final_stats=1", f"-artifact_prefix={prefix}", corpus],
            capture_output=True, text=True, errors="replace")
    runs = next((line.split()[-1] for line in done.stderr.splitlines()
                 if line.startswith("stat::number_of_executed_units")), "?")
    if done.returncode == 0:
        print(f"  ok      {name}: {runs} runs in {time.monotonic() - begin:.0f} s", flush=True)
        return True
    print(f"  FAILED  {name}\n" + "\n".join(done.stderr.splitlines()[-40:]), flush=True)
    for artifact in FOUND.glob(f"{name}-*"):
        print(f"  see it again: {target.relative_to(ROOT)} {artifact.relative_to(ROOT)}", flush=True)
    return False


def main(seconds, *names):
    targets = sorted(TARGETS.glob("fuzz-*"))
    targets = [t for t in targets if t.is_file() and (not names or t.name.removeprefix("fuzz-") in names)]
    shutil.rmtree(FOUND, ignore_errors=True)
    FOUND.mkdir(parents=True)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        good = list(pool.map(lambda target: run(target, int(seconds)), targets))
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
