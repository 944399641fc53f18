# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request on the web page to a login that works, and back: the pages in a real browser, the administrator
by the API, the client by the profile that the page gave."""

import base64
import contextlib
import hmac
import json
import re
import shutil
import sqlite3
import time
from urllib.parse import urlencode, urlsplit

from lab import ping, programs, tsp
from lab.bed import BROKER, SERVER, renater
from lab.traffic import wait_for_ping
from lab.web import Answer, Api, Browser
from scenario import USERS, Scenario

PORT = 8443
PAGES = f"https://{BROKER}:{PORT}"
WEB = f"""
web server Public
 ip address {BROKER}
 port {PORT}
 serve registration
 serve api
registration
 organisation Example Network
 contact noc@example.net
 limit requests-per-address 1000
 proof-of-work 8
interface tunnel Router
 tunnel source {BROKER}
 tunnel destination 198.51.100.200
"""
PASSWORD = "a sentence that is long enough"


class WebScenario(Scenario):
    """A broker with pages and API, and its administrator."""

    configuration = renater(users=USERS, more=WEB)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_password = cls.broker.first_password().split()[-1]
        cls.api = Api(cls.bed.client, BROKER, PORT)
        cls.admin = cls.api.log_in("admin", cls.first_password, PASSWORD)

    def account(self, name, kind="host", **settings):
        """A new account; gives its password."""
        made = self.admin.must("POST", "/accounts", {"name": name, "settings": {"kind": kind, **settings}})
        return made["password"]

    def client(self, name, password, mode="v6udpv4", host=None, **keys):
        made = self.bed.viaduct_cli(host or self.bed.client, name, password, mode, name=f"cli-{name}", **keys)
        self.addCleanup(lambda: made.process and made.process.stop())
        return made


class FromRequestToLogin(WebScenario):
    def fill_in(self, page, name="Jean Dupont", kind="host"):
        page.get(PAGES)
        page.type("#name", name)
        page.type("#email", "jean@example.net")
        page.type("#organisation", "Example University")
        page.type("#purpose", "IPv6 for the laboratory of networks.")
        page.click(f"input[name=kind][value={kind}]")
        page.click("main form button[type=submit], main form button")

    def test_request_approval_profile_tunnel_revocation(self):
        with Browser(self.bed.client) as page:
            self.fill_in(page)
            page.wait_for("(?i)waits|pending|waiting")
            link = page.url
            self.assertIn("/r/", urlsplit(link).path)

            waiting = self.admin.must("GET", "/requests?state=pending")["items"]
            self.assertEqual([each["name"] for each in waiting], ["Jean Dupont"])
            request = waiting[0]
            self.assertTrue(request["ticks"])
            approved = self.admin.must("POST", f"/requests/{request['id']}/approve", {"note": "Known to us."},
                                       {"If-Match": f'"{request["revision"]}"'})
            self.assertEqual(approved["state"], "approved")

            end = time.monotonic() + 30  # the decision can be taken back for ten seconds
            while not page.get(link).all("form[action$='/credentials'] button"):
                self.assertLess(time.monotonic(), end, page.text)
                time.sleep(0.5)
            page.click("form[action$='/credentials'] button")
            page.wait_for("tspc.conf")
            download = page.find("a[download='tspc.conf']")
            download.click()
            file = self.downloaded(page)
            profile = file.read_text()
            self.assertIn("userid=jdupont", profile)
            self.assertRegex(page.find("a[href^='viaduct:']").get_attribute("href"), r"^viaduct://\S+")
            page.get(link)
            self.assertNotIn(re.search("passwd=(.*)", profile)[1], page.driver.page_source, "shown a second time")

        config = self.bed.lab.file("jdupont.tspc.conf", profile)
        client = self.bed.home.start("cli-jdupont", programs() / "viaduct-cli", "--config", config, "--json")
        self.addCleanup(client.stop)
        established = json.loads(client.wait_for(r'^\{.*"event":"established".*\}$', 20)[0])
        self.assertTrue(wait_for_ping(self.bed.home, SERVER))

        events = self.admin.events("tunnels,accounts")
        self.addCleanup(events.close)
        events.wait_for("snapshot.end")
        begin = time.monotonic()
        self.admin.must("POST", "/accounts/jdupont/suspend", {"reason": "The end of the test."})
        at, _ = events.wait_for("tunnel.down")
        self.assertLess(at - begin, 1.0)
        self.assertFalse(ping(self.bed.server, established["inner_local"], count=1, timeout=1).ok)
        self.assertEqual(self.admin.must("GET", "/tunnels?account=jdupont")["items"], [])
        self.assertEqual(self.admin.must("GET", "/accounts/jdupont")["state"], "suspended")

    def downloaded(self, page):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = [file for file in page.downloads.iterdir() if file.name.startswith("tspc")]
            if found:
                return found[0]
            time.sleep(0.1)
        self.fail("nothing was downloaded")

    def test_without_a_script_and_in_french(self):
        with Browser(self.bed.client, language="fr", script=False) as page:
            self.fill_in(page, name="Émilie Sans-Script", kind="site")
            page.wait_for("(?i)demande")
            self.assertEqual(page.find("html").get_attribute("lang"), "fr")
        self.admin.until("/requests?q=%C3%89milie", lambda value: len(value["items"]) == 1)


class Administration(WebScenario):
    def test_a_lost_password_and_a_suspended_account(self):
        password = self.account("ada")
        peer = self.udp()
        peer.login("ada", password, tsp.Request("v6udpv4", peer.local))
        new = self.admin.must("POST", "/accounts/ada/reset-password", {})["password"]
        self.assertNotEqual(new, password)
        again = self.udp()
        self.assertRefused(300, again.login, "ada", password, tsp.Request("v6udpv4", again.local))

    def test_the_state_survives_kill_9(self):
        password = self.account("durable")
        self.broker.kill()
        self.broker.start()
        self.assertEqual(self.admin.must("GET", "/accounts/durable")["name"], "durable")
        peer = self.udp()
        self.assertTrue(peer.login("durable", password, tsp.Request("v6udpv4", peer.local)))

    def test_the_stream_goes_on_where_it_broke_off(self):
        events = self.admin.events("requests,accounts")
        events.wait_for("snapshot.end")
        last = events.last_id
        events.close()
        self.account("meanwhile")
        again = self.admin.events("requests,accounts", last_id=last)
        self.addCleanup(again.close)
        again.wait_for("account.created", lambda data: "meanwhile" in json.dumps(data))
        self.assertNotIn("snapshot.begin", [name for _, name, *_ in again.seen])

    def test_who_had_this_address(self):
        password = self.account("holder")
        peer = self.udp()
        info = peer.login("holder", password, tsp.Request("v6udpv4", peer.local))
        held = self.admin.must("GET", f"/history/holders?address={info.client_inner}")
        self.assertIn("holder", json.dumps(held))

    def test_the_audit_holds_and_a_forger_is_found(self):
        self.account("audited")
        entries = self.admin.must("GET", "/audit?action=createAccount")["items"]
        self.assertTrue(entries)
        self.assertTrue(self.admin.must("GET", "/audit/verification")["whole"])
        self.broker.stop()
        forged = self.bed.lab.directory / "forged"
        shutil.copytree(self.broker.state, forged)
        self.broker.start()

        def verify(state):
            return self.bed.broker.run(programs() / "viaductd", "--verify-audit", "--state", state, check=False)

        self.assertIn("holds", verify(self.broker.state))
        self.assertIn("holds", verify(forged))
        with contextlib.closing(sqlite3.connect(forged / "viaduct.db")) as database, database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
        self.assertIn("tampered", verify(forged))

    def test_a_configuration_by_the_api_and_back(self):
        running = self.admin.must("GET", "/configuration")
        text = running["text"] + "ipv6 local pool P_More 2001:db8:4000::/40 48\n"
        revision = running["state"]["revision"]
        tag = {"If-Match": f'"{revision}"'}
        broken = self.admin.must("POST", "/configuration/check", {"text": text + "ipv6 local pool\n"})
        self.assertTrue(broken["diagnostics"])
        state = self.admin.must("POST", "/configuration/apply", {"text": text}, tag)
        self.assertIn("P_More", [pool["name"] for pool in self.admin.must("GET", "/pools")["items"]])
        self.assertIn("P_More", self.broker.config.read_text())
        self.admin.must("POST", "/configuration/rollback", {"revision": revision},
                        {"If-Match": f'"{state["revision"]}"'})
        self.assertNotIn("P_More", [pool["name"] for pool in self.admin.must("GET", "/pools")["items"]])


class EveryOperation(WebScenario):
    """Each operation of the API succeeds once, and all answers are as the OpenAPI document says."""

    def test_every_list_in_each_of_its_orders(self):
        seen = 0
        for path, methods in self.api.contract.document["paths"].items():
            for parameter in methods.get("get", {}).get("parameters", []):
                for order in parameter.get("schema", {}).get("enum", []) if parameter.get("name") == "sort" else []:
                    seen += 1
                    self.admin.must("GET", f"{path}?sort={order}")
        self.assertGreater(seen, 40)

    def test_answers_are_as_documented(self):
        admin = self.admin
        must, tag = admin.must, lambda value: {"If-Match": f'"{value["revision"]}"'}
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

        must("GET", "/session")
        must("GET", "/health")
        must("GET", "/health/details")
        must("GET", "/statistics")

        # People and tokens.
        ann = must("POST", "/people", {"login": "ann", "settings": {"name": "Ann", "role": "operator"}})
        session = self.api.log_in("ann", ann["password"], "another sentence of hers")
        secret = session.must("POST", "/session/totp", {})["secret"]
        session.must("PUT", "/session/totp", {"code": one_time_code(secret)})
        refused = self.api.ask("POST", "/session", {"login": "ann", "password": "another sentence of hers"})
        self.assertEqual(refused.problem, "totp-needed")
        session.must("POST", "/session/totp/remove", {"code": one_time_code(secret, 1)})
        session.must("DELETE", "/session")
        must("GET", "/people")
        person = must("GET", "/people/ann")
        person = must("PUT", "/people/ann", {"name": "Ann B.", "role": "viewer"}, tag(person))
        must("POST", "/people/ann/reset-password", {})
        must("DELETE", "/people/ann", headers=tag(must("GET", "/people/ann")))
        token = must("POST", "/tokens", {"name": "monitoring", "role": "viewer", "expires": later})
        self.assertEqual(self.api.with_token(token["secret"]).get("/tunnels").status, 200)
        must("GET", "/tokens")
        must("DELETE", f"/tokens/{token['token']['id']}")
        self.assertEqual(self.api.with_token(token["secret"]).get("/tunnels").status, 401)

        # Requests.
        for name in ("First", "Second", "Third"):
            self.ask_for_an_account(name)
        requests = must("GET", "/requests?sort=name")["items"]
        self.assertEqual([each["name"] for each in requests], ["First", "Second", "Third"])
        first, second, third = requests
        must("GET", f"/requests/{first['id']}")
        decided = must("POST", f"/requests/{first['id']}/approve", {}, tag(first))
        must("POST", f"/requests/{first['id']}/undo", {}, tag(decided))
        must("POST", f"/requests/{second['id']}/refuse", {"reason": "Not connected here."}, tag(second))
        must("POST", f"/requests/{third['id']}/ask", {"question": "Which router?"}, tag(third))

        # Accounts and vouchers.
        made = must("POST", "/accounts", {"name": "every", "settings": {"kind": "site", "organisation": "Example"}})
        account = must("PUT", "/accounts/every", {"kind": "site", "organisation": "Another"}, tag(made["account"]))
        must("POST", "/accounts/every/suspend", {"reason": "A test."})
        must("POST", "/accounts/every/resume", {})
        password = must("POST", "/accounts/every/reset-password", {})["password"]
        must("GET", "/accounts")
        csv = admin.ask("GET", "/exports/accounts")
        self.assertIn(b"every", csv.body)
        checked = must("POST", "/imports/accounts?dryRun=true", csv.body, media="text/csv")
        self.assertEqual(checked["errors"], [])
        voucher = must("POST", "/vouchers", {"event": "JRES", "accounts": 3, "validFrom": now, "validUntil": later,
                                             "pool": "P_IntercoSites", "kind": "host", "loginPrefix": "jres"})
        self.assertEqual(len(voucher["credentials"]), 3)
        sheet = self.page(urlsplit(voucher["voucher"]["sheetUrl"]).path)
        self.assertIn(voucher["credentials"][0]["password"].encode(), sheet.body)
        must("GET", "/vouchers")
        must("GET", f"/vouchers/{voucher['voucher']['id']}")
        must("DELETE", f"/vouchers/{voucher['voucher']['id']}")

        # Addresses and tunnels.
        client = self.client("every", password, host=self.bed.site, host_type="router", prefixlen=48, if_prefix="inner")
        established = client.start().established()
        pool = must("GET", "/pools")["items"][0]["name"]
        must("GET", f"/pools/{pool}")
        must("GET", "/pools/P_Sites48/map?depth=7")
        self.assertIn(established["prefix"], json.dumps(must("GET", "/allocations?account=every")))
        reserved = must("POST", "/reservations", {"pool": "P_Sites48", "prefix": "2001:660:f17f::/48", "note": "Later."})
        must("GET", "/reservations")
        must("DELETE", f"/reservations/{reserved['id']}")
        tunnel = must("GET", "/tunnels?account=every")["items"][0]
        must("GET", f"/tunnels/{tunnel['id']}")
        must("POST", f"/tunnels/{tunnel['id']}/disconnect", {"reason": "A test."})
        must("GET", "/static-tunnels")
        must("GET", "/static-tunnels/Router")
        must("GET", "/static-tunnels/Router/snippets/cisco-ios")

        # Configuration.
        running = must("GET", "/configuration")
        must("POST", "/configuration/check", {"text": running["text"]})
        must("POST", "/configuration/diff", {"text": running["text"]})
        more = running["text"] + "ipv6 local pool P_More 2001:db8:4000::/40 48\n"
        state = must("POST", "/configuration/apply", {"text": more, "confirmWithin": 5}, tag(running["state"]))
        state = must("POST", "/configuration/confirm", {}, tag(state))
        must("POST", "/configuration/rollback", {}, tag(state))
        must("GET", "/configuration/revisions")
        must("GET", f"/configuration/revisions/{state['revision']}")

        # What was, and reports.
        must("GET", f"/history/holders?address={established['inner_local']}")
        must("GET", "/history")
        must("GET", "/audit")
        must("GET", "/audit/verification")
        for report in ("utilisation", "organisations", "traffic", "availability"):
            must("GET", f"/reports/{report}")
            self.assertEqual(admin.ask("GET", f"/reports/{report}?format=csv").status, 200)
        must("GET", f"/reports/abuse?within={established['prefix']}")

        must("DELETE", "/accounts/every", headers=tag(must("GET", "/accounts/every")))
        left = self.api.contract.ids - self.api.contract.succeeded
        self.assertEqual(left, {"streamEvents", "showOpenApi"}, "operations that were not answered with success")
        self.assertGreater(account["revision"], 1)

    def ask_for_an_account(self, name):
        """As a browser without a script."""
        form = self.page("/")
        fields = {"csrf": re.search(r'name="csrf" value="([^"]+)"', form.body.decode())[1], "name": name,
                  "email": f"{name.lower()}@example.net", "organisation": "Example University",
                  "purpose": "A test.", "kind": "host", "system": "linux", "consent": "yes"}
        cookies = "; ".join(cookie.split(";")[0] for cookie in form.cookies)
        sent = self.page("/", urlencode(fields).encode(), {"Cookie": cookies})
        self.assertEqual(sent.status, 303, sent.body.decode())

    def page(self, path, form=None, headers=None):
        connection = self.api._connect()
        self.addCleanup(connection.close)
        sent = {**(headers or {}), **({"Content-Type": "application/x-www-form-urlencoded"} if form else {})}
        connection.request("POST" if form else "GET", path, form, sent)
        response = connection.getresponse()
        answer = Answer(response)
        answer.cookies = response.headers.get_all("Set-Cookie") or []
        return answer


def one_time_code(secret, ahead=0):
    """RFC 6238, as every authenticator shows it; `ahead`: so many steps later."""
    counter = int(time.time()) // 30 + ahead
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    return f"{int.from_bytes(digest[offset:offset + 4], 'big') % (1 << 31) % 1_000_000:06d}"


class Strangers(WebScenario):
    def test_paths_that_lead_nowhere(self):
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/accounts/..%2f..%2fadmin"):
            self.assertIn(self.api.get(path).status, (400, 401, 404), path)

    def test_a_large_body_is_not_taken(self):
        answer = self.api.ask("POST", "/session", b"{" + b" " * (2 << 20))
        self.assertEqual(answer.status, 413)

    def test_guessing_is_slowed_down_and_the_administrator_is_not_locked_out(self):
        stranger = Api(self.bed.home, BROKER, PORT)
        statuses = [stranger.ask("POST", "/session", {"login": "admin", "password": f"guess {n}"}).status for n in range(8)]
        self.assertIn(429, statuses)
        self.api.log_in("admin", PASSWORD)

    def test_a_login_cannot_write_fields_of_its_own_into_the_log(self):
        stranger = Api(self.bed.home, BROKER, PORT)
        stranger.ask("POST", "/session", {"login": 'x" from=192.0.2.9 reason="', "password": "guess"})
        self.broker.process.wait_for('event=login-refused who="x from=192.0.2.9 reason=" from=')

    def test_slow_requests_do_not_keep_others_out(self):
        slow = []
        for _ in range(40):
            connection = self.api._connect()
            connection.sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            slow.append(connection)
        self.assertEqual(self.api.get("/health").status, 200)
        for connection in slow:
            connection.close()

    def test_a_link_of_nobody_tells_nothing(self):
        connection = self.api._connect()
        self.addCleanup(connection.close)
        connection.request("GET", "/r/vdl_" + "0" * 43)
        self.assertEqual(connection.getresponse().status, 404)
