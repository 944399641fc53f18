# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, checking, reloading and stopping viaductd: what an operator meets."""

import re
import socket
import subprocess
import unittest

from lab import LabError, programs, tsp
from lab.bed import BROKER, RENATER, renater
from lab.tsp import Request
from lab.web import Api, fetch_certificate
from scenario import USERS, Scenario

# Of broker.example.net, for the year 2020.
EXPIRED = """-----BEGIN CERTIFICATE-----
MIIBITCByAIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJicm9rZXIuZXhhbXBs
ZS5uZXQwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAdMRswGQYDVQQD
DBJicm9rZXIuZXhhbXBsZS5uZXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASA
sYF+Yu6n8h5Gk7PP1r+JQgWfJmHlhtmxltrf8OtYnBqli6fzjGGuj0U2roFcYpwc
c8CtVAkI7ZzBO9j6j3iFMAoGCCqGSM49BAMCA0gAMEUCIQDsqc5SLT26bAgRKNSB
ZtVxMiwQdXlQqb6MobPsQtaIGAIgT2jeDfkATd4pkFd7wsun+HAJMzk9yQJX3km7
/a7yHtw=
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4QsVCiSvmlS4aiwL
SRDhV1/DeiadgpN8zXTHxcGhIimhRANCAASAsYF+Yu6n8h5Gk7PP1r+JQgWfJmHl
htmxltrf8OtYnBqli6fzjGGuj0U2roFcYpwcc8CtVAkI7ZzBO9j6j3iF
-----END PRIVATE KEY-----
"""


def run(*words, timeout=20):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        for program in ("viaductd", "viaduct-cli"):
            with self.subTest(program=program):
                helped = run(programs() / program, "--help")
                self.assertEqual(helped.returncode, 0)
                self.assertIn("--config", helped.stdout)
                version = run(programs() / program, "--version")
                self.assertEqual(version.returncode, 0)
                self.assertRegex(version.stdout, r"\d+\.\d+\.\d+")

    def test_an_unknown_option_is_refused(self):
        for program in ("viaductd", "viaduct-cli"):
            self.assertNotEqual(run(programs() / program, "--no-such-thing").returncode, 0)


class CheckConfig(Scenario):
    configuration = None

    def check(self, text):
        path = self.bed.lab.file("checked.conf", text)
        done = run(programs() / "viaductd", "--config", path, "--check-config")
        return done.returncode, done.stdout + done.stderr, path

    def test_the_renater_file_as_it_stands(self):
        verbatim = RENATER.replace(BROKER, "1.2.3.4")
        indented = re.sub(r"(?m)^(ip address|transport|ipv6 pool|set) ", r" \1 ", verbatim)
        self.assertNotEqual(verbatim, indented)
        for text in (verbatim, indented, verbatim.replace("\n", "\r\n")):
            code, said, _ = self.check(text)
            self.assertEqual(code, 0, said)

    def test_all_mistakes_with_line_and_column_and_nothing_written(self):
        bad = RENATER.replace("P_Sites48 2001:660:f100::/41 48", "P_Sites48 2001:660:f100::/41 40").replace(
            "transport tcp 3653", "transport tcp 99999").replace("set tsp TSP_Sites48", "set tsp TSP_Sites49")
        code, said, path = self.check(bad + "frobnicate\n")
        self.assertNotEqual(code, 0)
        places = re.findall(rf"^{re.escape(str(path))}:(\d+):(\d+): .+", said, re.MULTILINE)
        lines = [int(line) for line, _ in places]
        wrong = [number for number, line in enumerate(bad.splitlines(), 1)
                 if line not in RENATER.splitlines()] + [len(bad.splitlines()) + 1]
        for line in wrong:
            self.assertIn(line, lines, said)
        self.assertEqual(sorted(lines), lines, "in the order of the file")

    def test_a_file_that_is_not_there(self):
        done = run(programs() / "viaductd", "--config", "/nonexistent/viaduct.conf", "--check-config")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nonexistent/viaduct.conf", done.stderr + done.stdout)


class StartUp(Scenario):
    """Each thing that the broker needs and does not find is named in a sentence, and it ends."""

    configuration = None

    def assertComplains(self, configuration, pattern, host=None, prefix=()):
        config = self.bed.lab.file("broken.conf", configuration)
        state = self.bed.lab.directory / "broken-state"
        state.mkdir(exist_ok=True)
        process = (host or self.bed.broker).start(
            "broken", *prefix, programs() / "viaductd", "--config", config, "--state", state)
        self.assertNotEqual(process.wait(15), 0)
        self.assertRegex(process.output(), pattern)
        self.assertNotRegex(process.output(), r"(?m)^ready$")

    def test_an_address_that_is_not_there(self):
        self.assertComplains(renater(users=USERS).replace(BROKER, "192.0.2.200"), r"192\.0\.2\.200")

    def test_a_port_that_is_taken(self):
        with self.bed.broker.socket(socket.AF_INET, socket.SOCK_STREAM, bind=(BROKER, 3653)) as taken:
            taken.listen(1)
            self.assertComplains(renater(users=USERS), r"3653")
        with self.bed.broker.socket(bind=(BROKER, 3653)):
            self.assertComplains(renater(users=USERS), r"3653")

    def test_no_right_to_make_a_tun_device(self):
        drop = ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", "--")
        self.assertComplains(renater(users=USERS), r"CAP_NET_ADMIN", prefix=drop)

    def test_no_forwarding(self):
        self.bed.broker.sysctl("net/ipv6/conf/all/forwarding", 0)
        self.addCleanup(self.bed.broker.forward)
        self.assertComplains(renater(users=USERS), r"net\.ipv6\.conf\.all\.forwarding")

    def test_a_bad_configuration(self):
        self.assertComplains(RENATER + "frobnicate\n", r"broken\.conf:\d+:1: .*frobnicate")

    def test_a_state_directory_that_cannot_be_used(self):
        config = self.bed.lab.file("broken.conf", renater(users=USERS))
        process = self.bed.broker.start("broken", programs() / "viaductd", "--config", config, "--state", config)
        self.assertNotEqual(process.wait(15), 0)
        self.assertIn(str(config), process.output())

    def test_two_brokers_on_one_state_directory(self):
        first = self.bed.broker_with(renater(users=USERS)).start()
        self.addCleanup(first.stop)
        second = self.bed.lab.hosts["client"]
        process = second.start("second", programs() / "viaductd", "--config",
                               self.bed.lab.file("second.conf", renater(users=USERS).replace(BROKER, "198.51.100.2")),
                               "--state", first.state)
        second.sysctl("net/ipv6/conf/all/forwarding", 1)
        self.assertNotEqual(process.wait(15), 0)
        self.assertRegex(process.output(), r"(?i)database|viaduct\.db|another|in use|lock")


class Life(Scenario):
    """SIGHUP and SIGTERM."""

    def setUp(self):
        self.broker.config.write_text(self.configuration)
        if self.broker.process.returncode is not None:
            self.broker.start()
        else:
            self.reload(self.configuration)

    def reload(self, configuration, expected="event=reloaded"):
        before = len(self.broker.process.output())
        self.broker.reload(configuration)
        self.broker.process.wait_for(expected, after=before)

    def test_reload_takes_what_is_new(self):
        peer = self.tunnel("alice")
        self.reload(renater(users=USERS | {"dave": ("newcomer", "host")}))
        client = self.udp()
        client.version()
        self.assertEqual(tsp.status_of(client.digest("dave", "newcomer")), 200)
        self.assertTrue(peer.ping(), "a reload has cut a tunnel")

    def test_a_web_server_comes_and_goes_with_a_reload(self):
        def web(port):
            return renater(users=USERS, more=f"web server W\nip address {BROKER}\nport {port}\nserve api\n")

        def answers(port):
            try:
                return Api(self.bed.client, BROKER, port, described=False).get("/health").status == 200
            except OSError:
                return False

        peer = self.tunnel("alice")
        self.reload(web(8443))
        self.assertTrue(answers(8443))
        self.reload(web(8444))
        self.assertTrue(answers(8444))
        self.assertFalse(answers(8443))
        taken = self.bed.broker.socket(kind=socket.SOCK_STREAM, bind=(BROKER, 8445))
        taken.listen()
        self.addCleanup(taken.close)
        self.reload(web(8445), "event=reload-refused")
        self.assertTrue(answers(8444), "what cannot be had takes nothing away")
        self.reload(self.configuration)
        self.assertFalse(answers(8444))
        self.assertTrue(peer.ping())

    def test_an_expired_certificate_keeps_nobody_out(self):
        pem = self.bed.lab.file("expired.pem", EXPIRED)
        web = f"web server W\nip address {BROKER}\nport 8446\ncertificate {pem} key {pem}\nserve api\n"
        self.reload(renater(users=USERS, more=web))
        self.assertIn("event=certificate-not-valid", self.broker.process.output())
        self.broker.restart()
        self.assertServes("alice")
        self.assertTrue(fetch_certificate(self.bed.client, BROKER, 8446), "it is served all the same")

    def test_reload_of_a_bad_file_changes_nothing_and_says_why(self):
        peer = self.tunnel("alice")
        self.reload(renater(users={}) + "frobnicate\n", r"viaductd\.conf:\d+:\d+: .*frobnicate")
        self.assertAlive()
        self.assertTrue(peer.ping())
        self.assertServes("bob")

    def test_reload_takes_a_user_away(self):
        self.reload(renater(users={"bob": USERS["bob"]}))
        client = self.udp()
        client.version()
        self.assertRefused(300, client.digest, "alice", "wonderland")

    def test_sigterm_ends_it_cleanly_with_sessions_open(self):
        waiting = self.tcp()
        waiting.version()
        self.tunnel("alice")
        self.assertEqual(self.broker.stop(), 0)
        with self.assertRaises((ConnectionError, TimeoutError, LabError)):
            self.tcp().version()
        self.broker.start()

    def test_no_password_in_the_log(self):
        self.tunnel("alice")
        client = self.udp()
        client.version()
        self.assertRefused(300, client.plain, "alice", "not-this-secret")
        log = self.broker.process.log.read_text()
        for secret in ("wonderland", "not-this-secret"):
            self.assertNotIn(secret, log)

    def test_tsp_over_ipv6(self):
        self.broker.stop()
        self.broker.config.write_text(renater(tsp="ipv6 address 2001:db8:b::1", users=USERS))
        self.broker.start()
        for client in (self.udp(server="2001:db8:b::1"), self.tcp(server="2001:db8:b::1")):
            self.assertTrue(client.version().startswith(b"CAPABILITY "))

    def test_v4v6_over_ipv6(self):
        self.broker.stop()
        self.broker.config.write_text(renater(
            tsp="ipv6 address 2001:db8:b::1", tunnel_server="ipv6 address 2001:db8:b::1\nip pool endpoints P_Dstm",
            more="ip local pool P_Dstm 203.0.113.0/25 32", users=USERS))
        self.broker.start()
        client = self.udp(server="2001:db8:b::1")
        info = client.login("alice", "wonderland", Request("v4v6", "2001:db8:c::2"))
        self.assertEqual(info.mode, "v4v6")
        self.assertIn(f'<address type="ipv6">{info.client_inner}', info.xml)
        self.assertRegex(info.xml, r'<address type="ipv4">203\.0\.113\.\d+</address>')


if __name__ == "__main__":
    unittest.main()
