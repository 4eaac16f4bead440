"""The routes through an MTA: a transaction from the query's address, and what the MTA makes of it.

The address is the client's own (`bind`), or the MTA is told it: by XCLIENT as Postfix has it, or by the PROXY protocol's
header in front of everything. A message is sent to its end, and found again in the recipient's mailbox where the verdict
is read from its header. A reply that speaks of what is verified counts with every reading.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import os
import re
import secrets
from collections.abc import Callable

from conformance.arrivals import Arrivals
from conformance.delivery import Specimen, compose
from conformance.outcomes import Inconclusive
from conformance.sessions.smtp import Answer, Smtp
from conformance.target import Account, Endpoint
from conformance.target_verifiers import Verifier
from conformance.transport import dialler
from conformance.transport.dialler import Dialler
from conformance.transport.stream import Closed, Reset
from conformance.verdicts import Reason
from conformance.verifiers import Crashed, Opinion, Query, Unreachable, Verdict, readings, unspeakable

CLIENT_PORT = 49152
PROXY_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
AT_WORK = ("MAIL", "RCPT", "DATA")
"""Steps at which a verifier may be at work: a connection that ends there may have ended with it."""


class SmtpRoute:
    """See conformance.verifiers.Route."""

    def __init__(self, row: Verifier, caller: Dialler, endpoint: Endpoint, recipient: str) -> None:
        self.name = row.name
        self._row, self._caller, self._endpoint, self._recipient = row, caller, endpoint, recipient
        self._mark = f"mailconform {row.method} {os.getpid():x}{secrets.token_hex(2)}"
        self._serial = itertools.count(1)
        self._unread: Arrivals | None = None

    def carries(self, query: Query) -> str:
        if refusal := unspeakable(query, "\r", "\n", "\0"):
            return refusal
        if self._source(query) and query.version != self._version():
            return f"{self._endpoint} is not reached from an IPv{query.version} address"
        return ""

    def _source(self, query: Query) -> str:
        """Return the address to connect from, empty for any: DKIM does not look at the client."""
        return query.ip if self._row.route == "bind" and self._row.method != "dkim" else ""

    def _version(self) -> int:
        try:
            return ipaddress.ip_address(self._endpoint.host).version
        except ValueError:
            return 4

    def ask(self, query: Query) -> Verdict:
        if refusal := self.carries(query):
            return Unreachable(why=refusal)
        try:
            arrivals = self._watched()
            stream = self._caller.connect(
                self._endpoint,
                source=self._source(query),
                preface=preface(self._row.route, query, self._endpoint.port),
            )
        except dialler.Unreachable as error:
            unbound = self._row.route == "bind" and isinstance(error.__cause__, OSError)
            hint = ": give this host that address, or take another route" if unbound else ""
            return Unreachable(why=f"{error}{hint}")
        except Inconclusive as error:
            return Unreachable(why=error.why)
        session = Smtp(stream, self._caller.recorder, self._caller.target.patience, lambda _: False)
        composed = compose(b"Hello.\r\n", query.headers, subject=f"{self._mark} {next(self._serial)}")
        specimen = Specimen(query.made(composed.raw), composed.key)
        try:
            verdict = self._transaction(session, query, specimen)
        finally:
            session.leave()
        return verdict or self._delivered(arrivals, specimen)

    def close(self) -> None:
        """Remove the messages that nobody has looked at."""
        if self._unread is not None:
            with contextlib.suppress(Inconclusive):  # then they stay, and `mailconform cleanup` knows them
                self._unread.wait(self._mark.encode(), seconds=0.0)
            self._unread.remove()
            self._unread = None

    # The transaction

    def _transaction(self, session: Smtp, query: Query, specimen: Specimen) -> Verdict | None:
        """Return the verdict of a reply, or why there is none; None if the message was taken."""
        session.client = query.helo.encode()
        steps: list[tuple[str, Callable[[], Answer]]]
        steps = [("the connection", lambda: session.greeting), ("EHLO", session.hello)]
        if self._row.route == "xclient":
            steps += [("XCLIENT", lambda: _xclient(session, query)), ("EHLO", session.hello)]
        steps += [
            ("MAIL", lambda: session.mail(query.mail_from)),
            ("RCPT", lambda: session.rcpt(self._recipient)),
            ("DATA", lambda: session.data(specimen.raw)),
        ]
        for step, act in steps:
            answer = act()
            if not 200 <= answer.code < 400:
                return self._refused(step, answer, query)
        return None

    def _refused(self, step: str, answer: Answer, query: Query) -> Verdict:
        if answer.reply is None:
            if isinstance(answer.ending, Closed | Reset) and step in AT_WORK:
                return Crashed(why=f"the connection ended in place of an answer to {step}: {answer.ending}")
            return Unreachable(why=f"{step} was not answered: {answer.ending}")
        source = f"reply to {step}"
        opinion = None
        if answer.code >= 400:
            opinion = readings.of_reply(
                answer.code, answer.lines, row=self._row, query=query, source=source, raw=answer.raw
            )
        return opinion or Unreachable(
            why=f"{step} was answered {answer!r}, which says nothing of {self._row.method.upper()}"
        )

    # What arrives

    def _watched(self) -> Arrivals | None:
        """Watch the recipient's mailbox; raises Inconclusive if it is needed and cannot be seen."""
        account = next((a for a in self._caller.target.accounts if a.address == self._recipient), None)
        if self._row.reads == "reply":
            if self._unread is None and account is not None:
                self._unread = self._seen(account)
            return None
        if account is None:
            raise Inconclusive(
                Reason.NOT_SET_UP, f"needs [[account]] with address = {self._recipient!r}, to see what arrives there"
            )
        return Arrivals(self._caller.target, account, self._caller)

    def _seen(self, account: Account) -> Arrivals | None:
        try:
            return Arrivals(self._caller.target, account, self._caller)
        except Inconclusive:
            return None

    def _delivered(self, arrivals: Arrivals | None, specimen: Specimen) -> Verdict:
        if arrivals is None:
            return Opinion(result=None, source="reply", note="the message was taken without a word on SPF")
        try:
            with self._caller.straight():  # lies about what a verifier writes are told of every way alike, by the dial
                found = arrivals.wait(specimen.key)
        except Inconclusive as error:
            return Unreachable(why=error.why)
        finally:
            arrivals.remove()
        if not found:
            wait = self._caller.target.mail.delivery_wait
            return Unreachable(why=f"the message was taken, and did not arrive within {wait:g} s: raise delivery_wait")
        return readings.of_message(found[0], specimen.raw, self._row)


# How an MTA is told of a client


def preface(route: str, query: Query, port: int) -> bytes:
    """Return the header of the PROXY protocol that tells of a client, empty for other routes; the server is on loopback."""
    ours = "127.0.0.1" if query.version == 4 else "::1"
    if route == "proxy-v1":
        return f"PROXY TCP{query.version} {query.ip} {ours} {CLIENT_PORT} {port}\r\n".encode()
    if route == "proxy-v2":
        packed = ipaddress.ip_address(query.ip).packed + ipaddress.ip_address(ours).packed
        packed += CLIENT_PORT.to_bytes(2) + port.to_bytes(2)
        family = b"\x11" if query.version == 4 else b"\x21"  # TCP over IPv4, over IPv6
        return PROXY_SIGNATURE + b"\x21" + family + len(packed).to_bytes(2) + packed
    return b""


def _xclient(session: Smtp, query: Query) -> Answer:
    """Tell the MTA who the client is: those attributes that its EHLO lists, and ADDR in any case."""
    listed = session.keywords.get("XCLIENT", ())
    prefix = "" if query.version == 4 else "IPV6:"
    words = [f"ADDR={prefix}{query.ip}"]
    if "NAME" in listed:
        words.append("NAME=[UNAVAILABLE]")
    if "HELO" in listed:
        words.append(f"HELO={xtext(query.helo) or '[UNAVAILABLE]'}")
    return session.command("XCLIENT", *words)


def xtext(text: str) -> str:
    """Encode octets that are no visible ASCII, "+" and "=" (RFC 3461 section 4)."""
    return re.sub(rb"[^!-*,-<>-~]", lambda found: b"+%02X" % found[0][0], text.encode()).decode()
