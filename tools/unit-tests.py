#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""unit-tests.py PRESET: runs the unit tests of a build and counts their cases (ctest counts programs)."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(preset):
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GTEST_OUTPUT": f"json:{folder}/", "UBSAN_OPTIONS": "print_stacktrace=1"}
        overview = Path(folder) / "ctest.xml"
        code = subprocess.run(["ctest", "--preset", preset, "-j", str(os.cpu_count()), "--output-junit", overview],
                              env=environment).returncode
        reports = {path.stem: json.loads(path.read_text()) for path in Path(folder).glob("*.json")}
        programs = ElementTree.parse(overview).getroot().findall("testcase")
    cases = sum(report["tests"] - report.get("disabled", 0) for report in reports.values())
    failed = sum(report["failures"] + report["errors"] for report in reports.values())
    passed = cases - failed
    for program in programs:
        report = reports.get(program.get("name"), {})
        if program.get("status") != "run" and not report.get("failures"):
            failed += 1  # it crashed, hung or was not built, and its report does not say so
    print(f"{passed} passed, {failed} failed")
    return 1 if code != 0 or failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
