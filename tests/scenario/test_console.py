# SPDX-License-Identifier: GPL-3.0-or-later
"""The real console on a real broker: its windows are driven by console-window-test, which is told where."""

import os
import threading
import time
import unittest

import test_accounts
from lab import programs, tsp
from lab.bed import BROKER
from lab.web import Browser


@unittest.skipUnless((programs() / "console-window-test").exists(), "needs a build with VIADUCT_CONSOLE=ON")
class Console(test_accounts.WebScenario):
    def test_the_windows_do_what_their_buttons_say(self):
        with Browser(self.bed.client) as page:
            test_accounts.FromRequestToLogin.fill_in(self, page, name="Jean Dupont", kind="site")
            self.admin.until("/requests?q=Dupont", lambda value: len(value["items"]) == 1)
        for name in ("holder", "other"):
            password = self.account(name, kind="site")
            peer = self.udp()
            peer.login(name, password, tsp.Request("v6udpv4", peer.local))
        sign = self.bed.lab.directory / "restart"
        done = threading.Event()

        def restart():
            while not done.wait(0.05):
                if sign.exists():
                    sign.unlink()
                    self.broker.stop()
                    time.sleep(2)
                    self.broker.start()

        helper = threading.Thread(target=restart)
        helper.start()
        try:
            output = self.bed.client.run(
                "env", f"VIADUCT_BROKER={BROKER}:{test_accounts.PORT}", "VIADUCT_LOGIN=admin",
                f"VIADUCT_PASSWORD={test_accounts.PASSWORD}",
                f"VIADUCT_RESTART={sign}", f"QT_QPA_PLATFORM={os.environ.get('QT_QPA_PLATFORM', 'offscreen')}",
                f"VIADUCT_SCREENSHOTS={os.environ.get('VIADUCT_SCREENSHOTS', '')}", "LANGUAGE=en",
                programs() / "console-window-test", "--gtest_brief=1", check=False)
        finally:
            done.set()
            helper.join()
        self.assertRegex(output, r"PASSED", output[-4000:])
        self.assertNotRegex(output, r"FAILED", output[-4000:])
