#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server for the tests: aiosmtpd, with what it is told to refuse.

Takes one JSON object as its argument; writes its port, then each letter that it took as a line of JSON, read
by Python's own parser of mail.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

OPTIONS = json.loads(sys.argv[1])


class Handler:
    def __init__(self):
        self.tries = {}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        tries = self.tries[address] = self.tries.get(address, 0) + 1
        if address.startswith("refused"):
            return f"550 5.1.1 <{address}> is nobody here"
        if address.startswith("later") and tries < 3:
            return f"450 4.2.0 <{address}> is greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        text = message.get_body(("plain",))
        raw = envelope.original_content.decode("latin-1")
        print(json.dumps({
            "mailFrom": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "heads": [name.lower() for name in message.keys()],
            "from": message["From"],
            "to": message["To"],
            "subject": message["Subject"],
            "date": message["Date"].datetime.isoformat(),
            "id": message["Message-ID"],
            "auto": message["Auto-Submitted"],
            "language": message["Content-Language"],
            "encoding": text["Content-Transfer-Encoding"],
            "charset": text.get_content_charset(),
            "text": text.get_content(),
            "longest": max(len(line) for line in raw.partition("\r\n\r\n")[2].split("\r\n")),
            "ascii": raw.isascii(),
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login.decode() == OPTIONS["user"] \
        and data.password.decode() == OPTIONS["password"]
    return AuthResult(success=good, handled=False, auth_data=data)


async def main():
    tls = OPTIONS.get("tls", "")
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(OPTIONS["certificate"], OPTIONS["key"])
    login = "user" in OPTIONS
    handler = Handler()

    def protocol():
        return SMTP(
            handler, hostname="mail.example.net",
            tls_context=context if tls == "starttls" else None, require_starttls=tls == "starttls",
            authenticator=authenticate if login else None, auth_required=login,
            auth_require_tls=tls == "starttls")

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", OPTIONS.get("port", 0), ssl=context if tls == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
