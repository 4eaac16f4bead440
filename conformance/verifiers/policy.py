"""The route through Postfix's policy delegation protocol: the harness is the SMTP server that asks a policy service.

A request is lines of `name=value` and an empty line; so is the answer, which has an `action=` as access(5) has them. The
connection is kept from query to query as Postfix does; one that the service has closed meanwhile is made again.
"""

from __future__ import annotations

import itertools
import os
import re

from conformance.target_verifiers import Verifier
from conformance.transcript import quote
from conformance.transport import dialler
from conformance.transport.dialler import Dialler
from conformance.verifiers import NO_MESSAGE, Crashed, Opinion, Query, Unreachable, Verdict, readings, unspeakable
from conformance.verifiers.exchange import Exchange
from conformance.wire.scanner import Message
from conformance.wire.smtp import enhanced_of

ANSWER_LIMIT = 1 << 16
REJECTIONS = {"REJECT": (550, b"5.7.1"), "DEFER": (450, b"4.7.1"), "DEFER_IF_PERMIT": (450, b"4.7.1"), "DEFER_IF_REJECT": (450, b"4.7.1")}  # fmt: skip
"""Actions that refuse, with the reply that Postfix makes of them where they bring no code."""
_CODE = re.compile(r"[45][0-9][0-9]")


class PolicyRoute:
    """See conformance.verifiers.Route."""

    def __init__(self, row: Verifier, caller: Dialler, recipient: str) -> None:
        self.name = row.name
        self._row, self._caller, self._recipient = row, caller, recipient
        self._exchange: Exchange | None = None
        self._serial = itertools.count(1)

    def carries(self, query: Query) -> str:
        return unspeakable(query, "\n", "\r", "\0") or (NO_MESSAGE if query.headers else "")

    def ask(self, query: Query) -> Verdict:
        if refusal := self.carries(query):
            return Unreachable(why=refusal)
        request = self._request(query)
        reused = self._exchange is not None
        said = self._answer(request)
        if reused and isinstance(said, Crashed) and not said.raw:
            said = self._answer(request)
        return self._read(said, query) if isinstance(said, bytes) else said

    def close(self) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    def _answer(self, request: bytes) -> bytes | Crashed | Unreachable:
        if self._exchange is None:
            try:
                stream = self._caller.reach("policy", self._row.address)
            except dialler.Unreachable as error:
                return Unreachable(why=str(error))
            self._exchange = Exchange(stream, self._caller.target.patience)
        self._exchange.ask(request)
        said = self._exchange.until(b"\n\n", ANSWER_LIMIT)
        if self._exchange.began or not isinstance(said, bytes):  # what was said too much answers no other query
            self.close()
        return said

    def _request(self, query: Query) -> bytes:
        """Return a request of the state RCPT, where policy services look at SPF; its instance is like no other."""
        attributes = {
            "request": "smtpd_access_policy",
            "protocol_state": "RCPT",
            "protocol_name": "ESMTP",
            "helo_name": query.helo,
            "queue_id": "",
            "sender": query.mail_from,
            "recipient": self._recipient,
            "recipient_count": "0",
            "client_address": query.ip,
            "client_name": "unknown",
            "reverse_client_name": "unknown",
            "instance": f"{os.getpid():x}.{next(self._serial):x}",
            "size": "0",
        }
        return "".join(f"{name}={value}\n" for name, value in attributes.items()).encode() + b"\n"

    def _read(self, answer: bytes, query: Query) -> Verdict:
        lines = dict(line.partition(b"=")[::2] for line in answer.splitlines())
        if b"action" not in lines:
            self.close()
            return Unreachable(why=f"the service's answer has no action: {quote(answer[:200])}")
        action = lines[b"action"].strip()
        word, _, text = action.partition(b" ")
        verb = word.decode("latin-1").upper()
        if verb == "PREPEND" and self._row.reads != "reply":
            return readings.of_fields([Message(text.strip() + b"\r\n", 0)], self._row)
        if verb in REJECTIONS or _CODE.fullmatch(verb):
            code, enhanced = REJECTIONS[verb] if verb in REJECTIONS else (int(verb), b"")
            said = text.strip() if enhanced_of(text.strip()) or not enhanced else enhanced + b" " + text.strip()
            opinion = readings.of_reply(
                code, [said], row=self._row, query=query, source=f"action {verb}", raw=answer, alone=True
            )
            if opinion is not None:
                return opinion
        return Opinion(result=None, source=f"action {verb}", raw=answer, note="an action that says nothing of SPF")
