#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run.py [NAME...]: runs the scenarios (tests/scenario/test_NAME.py), or those tests whose name contains NAME.
Each runs the real programs in network namespaces of its own; needs root. VIADUCT_BIN names the folder of the
programs (build/bin)."""

import os
import signal
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = int(os.environ.get("VIADUCT_TEST_LIMIT", "180"))  # seconds for one test, so that a hang is a failure
sys.path[:0] = [str(HERE), str(HERE.parent)]


class Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.begin = time.monotonic()
        signal.alarm(getattr(test, "limit", LIMIT))

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def say(self, verdict, test, more=""):
        seconds = time.monotonic() - getattr(self, "begin", time.monotonic())
        print(f"  {verdict:<8}{str(test).split(' ')[0]} ({seconds:.1f} s){more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("skipped", test, f": {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say("FAILED", test, f"\n{self.failures[-1][1]}")

    def addError(self, test, error):
        super().addError(test, error)
        self.say("FAILED", test, f"\n{self.errors[-1][1]}")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            found = self.failures if issubclass(error[0], test.failureException) else self.errors
            self.say("FAILED", subtest, f"\n{found[-1][1]}")


def each(suite):
    for test in suite:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]


def main(names):
    if os.geteuid() != 0:
        sys.exit("network namespaces need root: start it with sudo")

    def overtime(*_):
        raise TimeoutError(f"the test took more than {LIMIT} s")

    signal.signal(signal.SIGALRM, overtime)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    tests = unittest.defaultTestLoader.discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))
    chosen = [test for test in each(tests) if not names or any(name in test.id() for name in names)]
    result = Result()
    unittest.TestSuite(chosen).run(result)
    failed = len({str(test).split(" [")[0].split(" (<")[0] for test, _ in result.failures + result.errors})
    passed = result.testsRun - failed - len(result.skipped)
    print(f"{max(passed, 0)} passed, {failed} failed")
    return 0 if chosen and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
