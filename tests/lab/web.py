# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS from a host of the lab: the admin API as a program uses it, its event stream, and a real browser."""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
import time

from .network import LabError


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def problem(self):
        """The word of a problem; None for anything else."""
        if self.headers.get("content-type") != "application/problem+json":
            return None
        return self.json["type"].rsplit(":", 1)[1]


def fetch_certificate(host, address, port):
    """PEM of whoever answers there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.closing(host.socket(family, socket.SOCK_STREAM)) as plain:
        plain.connect((address, port))
        with context.wrap_socket(plain) as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))


class Contract:
    """The OpenAPI document that a broker serves; every answer is held against it."""

    def __init__(self, document):
        import jsonschema
        self.document = document
        self.operations = []  # (method, pattern of the path, operation)
        self.succeeded = set()  # operationIds that were answered with success
        self._resolver = jsonschema.RefResolver("", document)
        self._validator = jsonschema.Draft202012Validator
        for path, methods in document["paths"].items():
            pattern = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$")
            for method, operation in methods.items():
                if "operationId" in operation:
                    self.operations.append((method.upper(), pattern, operation))

    @property
    def ids(self):
        return {operation["operationId"] for *_, operation in self.operations}

    def _resolve(self, value):
        return self._resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def check(self, method, path, answer):
        """Raises when the answer is not as documented."""
        path = path.split("?")[0]
        operation = next((operation for each, pattern, operation in self.operations
                          if each == method and pattern.match(path)), None)
        if operation is None:
            return
        name = operation["operationId"]
        response = operation["responses"].get(str(answer.status))
        if response is None:
            raise LabError(f"{name} answered {answer.status}, which is not documented: {answer.body[:500]}")
        content = self._resolve(response).get("content", {})
        media = answer.headers.get("content-type", "").split(";")[0]
        if answer.body and media not in content:
            raise LabError(f"{name} answered {answer.status} with {media}, but {list(content)} is documented")
        if media.endswith("json"):
            validator = self._validator(content[media]["schema"], resolver=self._resolver)
            for error in validator.iter_errors(answer.json):
                where = "/".join(map(str, error.absolute_path))
                raise LabError(f"{name}: /{where}: {error.message}")
        if answer.status < 300:
            self.succeeded.add(name)


class Api:
    """The admin API, with the broker's certificate pinned at first contact. What it answers is held against its
    own description."""

    def __init__(self, host, address, port=8443, token=None):
        self.host, self.address, self.port, self.token = host, address, port, token
        self.certificate = fetch_certificate(host, address, port)
        self.contract = None
        self.contract = Contract(self.must("GET", "/openapi.json"))

    def with_token(self, token):
        other = Api.__new__(Api)
        other.__dict__.update(self.__dict__, token=token)
        return other

    def _connect(self, timeout=20.0):
        context = ssl.create_default_context(cadata=self.certificate)
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        plain = self.host.socket(family, socket.SOCK_STREAM, timeout=timeout)
        plain.connect((self.address, self.port))
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=timeout)
        connection.sock = context.wrap_socket(plain, server_hostname=self.address)
        return connection

    def ask(self, method, path, body=None, headers=None, media="application/json"):
        """One request on a connection of its own. `body`: a value for JSON, or bytes."""
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            sent.setdefault("Content-Type", media)
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        with contextlib.closing(self._connect()) as connection:
            connection.request(method, f"/api/v1{path}", body, sent)
            answer = Answer(connection.getresponse())
        if self.contract:
            self.contract.check(method, path, answer)
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def must(self, method, path, body=None, headers=None, **more):
        """As ask(), for what has to succeed; gives the value."""
        answer = self.ask(method, path, body, headers, **more)
        if answer.status >= 300:
            raise LabError(f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')}")
        return answer.json

    def log_in(self, login, password, new_password=None):
        """The same API, as that person. `new_password`: the first one must be changed."""
        session = self.must("POST", "/session", {"login": login, "password": password})
        person = self.with_token(session["token"])
        if new_password:
            person.must("PUT", "/session/password", {"oldPassword": password, "newPassword": new_password})
        return person

    def until(self, path, wanted, timeout=10.0):
        """Asks again and again until wanted(value); gives the value."""
        end = time.monotonic() + timeout
        while True:
            value = self.must("GET", path)
            if wanted(value):
                return value
            if time.monotonic() > end:
                raise LabError(f"{path} stayed {json.dumps(value)[:500]}")
            time.sleep(0.05)

    def events(self, topics=None, last_id=None):
        return Events(self, topics, last_id)


class Events:
    """The event stream, read in a thread of its own: [(monotonic time, name, data, id)...]."""

    def __init__(self, api, topics, last_id):
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {api.token}"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.seen = []
        self.over = threading.Event()
        self._connection = api._connect(timeout=60.0)
        self._connection.request("GET", "/api/v1/events" + (f"?topics={topics}" if topics else ""), headers=headers)
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        name, data, number = "", [], None
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            while line := self._response.readline():
                text = line.decode().rstrip("\r\n")
                if text.startswith("event:"):
                    name = text[6:].strip()
                elif text.startswith("data:"):
                    data.append(text[5:].strip())
                elif text.startswith("id:"):
                    number = text[3:].strip()
                elif not text and data:
                    self.seen.append((time.monotonic(), name, json.loads("\n".join(data)), number))
                    name, data = "", []
        self.over.set()

    def wait_for(self, name, wanted=lambda data: True, timeout=10.0):
        """The first event of that name that is wanted; gives (time, data)."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for at, each, data, _ in list(self.seen):
                if each == name and wanted(data):
                    return at, data
            time.sleep(0.01)
        raise LabError(f"no event {name} came; there were {[each[1] for each in self.seen]}")

    @property
    def last_id(self):
        return next((number for *_, number in reversed(self.seen) if number), None)

    def close(self):
        with contextlib.suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class Browser:
    """Headless Chromium on a host of the lab. Use it as a context: `with Browser(host) as page: page.get(...)`."""

    PORT = 9515

    def __init__(self, host, language="en", script=True, downloads=None):
        self.host, self.language, self.script = host, language, script
        self.downloads = downloads or host.lab.directory / "downloads"
        self.downloads.mkdir(exist_ok=True)

    def __enter__(self):
        from selenium import webdriver
        self._inside = self.host.inside()
        self.process = self.host.start("chromedriver", "chromedriver", f"--port={self.PORT}",
                                       env={"HOME": str(self.host.lab.directory)})
        self.process.wait_for("started successfully", 20)
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--ignore-certificate-errors", f"--lang={self.language}", "--window-size=1000,1400"):
            options.add_argument(argument)
        preferences = {"intl.accept_languages": self.language, "download.default_directory": str(self.downloads)}
        if not self.script:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        self._inside.__enter__()  # the driver is spoken to on this host's loopback
        try:
            self.driver = webdriver.Remote(f"http://127.0.0.1:{self.PORT}", options=options)
        except BaseException:
            self._inside.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.driver.quit()
        self._inside.__exit__(None, None, None)
        self.process.stop()

    def get(self, url):
        self.driver.get(url)
        return self

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def type(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def click(self, selector):
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element) if self.script else None
        element.click()

    @property
    def url(self):
        return self.driver.current_url

    @property
    def text(self):
        return self.find("body").text

    def wait_for(self, pattern, timeout=20.0):
        """Until the page says so; gives the match."""
        end = time.monotonic() + timeout
        while True:
            with contextlib.suppress(Exception):  # the page may be just changing
                if match := re.search(pattern, self.text):
                    return match
            if time.monotonic() > end:
                raise LabError(f"the page {self.url} does not say /{pattern}/ but: {self.text[:2000]}")
            time.sleep(0.1)

    def screenshot(self, file):
        self.driver.save_screenshot(str(file))
