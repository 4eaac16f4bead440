"""One conversation with an HTTP endpoint, as far as the doctor asks: whether it answers, and what time it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from conformance.sessions.http import Http
from conformance.target import Account
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.wire.http import http_date


class HttpTalk:
    """See doctor_talk.Talk; the response to HEAD / stands for a greeting, and nobody logs in."""

    def __init__(self, session: Http) -> None:
        self._session = session
        answer = session.request("HEAD", "/")
        self._answer = answer
        self.greets = 200 <= answer.head.code < 500
        self.refuses = answer.head.code >= 500
        self.greeting = repr(answer)[1:-1]
        self.takes_logins = False

    @property
    def facts(self) -> TlsFacts | None:
        return self._session.stream.tls_facts

    def hello(self) -> str:
        return ""

    def secure(self, _settings: TlsSettings) -> TlsFacts | TlsFailure | None:
        return None

    def time(self) -> dt.datetime | None:
        return http_date(self._answer.head.get(b"Date") or b"")

    def login(self, _account: Account) -> str:
        return ""

    def room(self, _account: Account | None) -> Iterator[tuple[bool, str]]:
        return iter(())

    def newest(self) -> dt.datetime | None:
        return None

    def limits(self) -> list[str]:
        return []

    def leave(self) -> None:
        self._session.leave()
