"""Looks whether a target can be judged at all, layer by layer, before anybody blames it: what fails first is named.

Read only: no message is sent and no mailbox changed. Each endpoint has a bounded time, whatever listens there. A layer
that fails ends its endpoint, since what lies above it cannot be asked; what a refusal is about (a limit, a full disk) is
read off its words.
"""

from __future__ import annotations

import datetime as dt
import re
import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.doctor_talk import Talk, talk
from conformance.outcomes import Inconclusive, NotSupported
from conformance.target import Endpoint, Target
from conformance.transcript import Redaction
from conformance.transport.dialler import Dialler, Recorder, Unreachable
from conformance.transport.tls import VERSIONS, TlsFacts, TlsFailure

CONNECT_SECONDS = 5.0
LONGEST_PATIENCE = 5.0
ENDPOINT_SECONDS = 40.0
"""After so long nothing more is asked of an endpoint; what is being waited for ends with its own patience."""
_LATE = f"all that was asked takes more than {ENDPOINT_SECONDS:g} s"
AT_ONCE = 3
"""Connections to one endpoint that the suites hold at the same time."""
EXPIRES_SOON = dt.timedelta(days=14)
SKEW_SECONDS = 300.0
_FULL = r"disk|no space|quota|storage|mailbox (is )?full|\b[45][. -]?2[. -]2\b|\b4\.3\.1\b|\b552\b|\b452\b"
_LIMIT = r"too many|limit|later|\brate\b|busy|SYS/TEMP|IN-USE|LOGIN-DELAY|UNAVAILABLE|\b421\b|\b4\.7\."


class Mark(StrEnum):
    """What a line says: well, fails, worth a look, only told, not told by any reply."""

    WELL = "✔"
    FAILS = "✘"
    LOOK = "▲"
    TOLD = "●"
    UNKNOWN = "–"  # noqa: RUF001 - the mark of the design


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was looked at: layer, whom it is about, and what was seen."""

    mark: Mark
    layer: str
    subject: str
    text: str


class _Ends(Exception):
    """A layer has failed: nothing above it can be asked."""


def examine(target: Target) -> Iterator[Line]:
    """Look at every endpoint of a target, and yield what is seen as it is seen."""
    hurried = replace(target, patience=min(target.patience, LONGEST_PATIENCE))
    for endpoint in target.endpoints:
        yield from _Endpoint(hurried, endpoint).examined()


def layer_of(said: str, layer: str) -> str:
    """Return the layer that a refusal is about: a full disk or mailbox, a limit, or the one it was met in."""
    for name, words in (("room", _FULL), ("limits", _LIMIT)):
        if re.search(words, said, re.IGNORECASE):
            return name
    return layer


class _Endpoint:
    """The examination of one endpoint."""

    def __init__(self, target: Target, endpoint: Endpoint) -> None:
        self._target, self._endpoint = target, endpoint
        recorder = Recorder()
        recorder.expires = time.monotonic() + ENDPOINT_SECONDS
        self._dialler = Dialler(target, recorder)
        self._redaction = Redaction.of(account.password for account in target.accounts)

    def examined(self) -> Iterator[Line]:
        try:
            for step in (self._listens, self._talks):
                yield from step()
        except _Ends:
            return

    def _line(self, mark: Mark, layer: str, text: str) -> Line:
        redacted = self._redaction.in_text(text)
        return Line(mark=mark, layer=layer, subject=str(self._endpoint), text=redacted)

    @property
    def _late(self) -> bool:
        return time.monotonic() > self._dialler.recorder.expires

    def _listens(self) -> Iterator[Line]:
        began = time.monotonic()
        try:
            sock = socket.create_connection((self._endpoint.host, self._endpoint.port), CONNECT_SECONDS)
        except (socket.gaierror, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "it is no domain name"
            yield self._line(Mark.FAILS, "name", f"{self._endpoint.host} has no address: {why}")
        except ConnectionRefusedError:
            yield self._line(Mark.FAILS, "listens", "nobody listens: the connection is refused")
        except TimeoutError:
            why = "a filter is in between, or the host is down"
            yield self._line(Mark.FAILS, "listens", f"no answer to a connection in {CONNECT_SECONDS:g} s: {why}")
        except OSError as error:
            yield self._line(Mark.FAILS, "listens", error.strerror or str(error))
        else:
            with sock:
                milliseconds = (time.monotonic() - began) * 1000
                yield self._line(Mark.WELL, "listens", f"{sock.getpeername()[0]} in {milliseconds:.1f} ms")
            return
        raise _Ends

    @contextmanager
    def _talk(self, **settings: str) -> Iterator[Talk]:
        """Open a conversation, under TLS from the start where the endpoint has it so; raises Unreachable."""
        shaken = self._dialler.tls_settings(host=self._endpoint.host, **settings)
        conversation = talk(self._endpoint, self._dialler.open(self._endpoint, shaken), self._dialler)
        try:
            yield conversation
        finally:
            conversation.leave()

    def _talks(self) -> Iterator[Line]:
        try:
            with self._talk() as conversation:
                yield from self._greeted(conversation)
                facts = yield from self._secured(conversation)
                yield from self._clock(conversation)
                yield from self._logged_in(conversation)
                yield from self._room(conversation)
                limits = conversation.limits()
        except Unreachable as error:
            layer = "answers" if self._late else "tls" if "TLS" in str(error) else "listens"
            yield self._line(Mark.FAILS, layer, _LATE if self._late else str(error))
            raise _Ends from error
        except (Inconclusive, NotSupported) as error:
            yield self._line(Mark.FAILS, "answers", str(error))
            raise _Ends from error
        if facts:
            yield from self._versions()
        yield from self._at_once(limits)

    def _greeted(self, conversation: Talk) -> Iterator[Line]:
        if conversation.greets:
            yield self._line(Mark.WELL, "answers", conversation.greeting)
            if not (trouble := conversation.hello()):
                return
            yield self._line(Mark.FAILS, layer_of(trouble, "answers"), trouble)
        else:
            said, kind = conversation.greeting, self._endpoint.protocol.upper()
            layer = layer_of(said, "answers") if conversation.refuses else "answers"
            what = "the server refuses service" if conversation.refuses else f"no {kind} greeting"
            yield self._line(Mark.FAILS, layer, f"{what}: {said}")
        raise _Ends

    def _secured(self, conversation: Talk) -> Generator[Line, None, TlsFacts | None]:
        """Say how TLS is; goes on in clear where it is not offered."""
        settings = self._dialler.tls_settings(host=self._endpoint.host)
        facts = conversation.facts or conversation.secure(settings)
        if facts is None:
            yield self._line(Mark.TOLD, "tls", "not offered: passwords go in clear")
            return None
        if isinstance(facts, TlsFailure):
            yield self._line(Mark.FAILS, "tls", f"the handshake fails: {facts.why}")
            raise _Ends
        yield self._certificate(facts)
        return facts

    def _certificate(self, facts: TlsFacts) -> Line:
        names = ", ".join(facts.names) or facts.subject
        until = f"{facts.version}, for {names}, until {facts.not_after[:10]}"
        if facts.trouble:
            mark = Mark.FAILS if self._target.tls.verify else Mark.LOOK
            return self._line(mark, "tls", f"{facts.trouble} ({until})")
        left = dt.datetime.fromisoformat(facts.not_after) - dt.datetime.now(dt.UTC)
        if left < EXPIRES_SOON:
            return self._line(Mark.LOOK, "tls", f"the certificate has {left.days} days left ({until})")
        return self._line(Mark.WELL, "tls", until)

    def _versions(self) -> Iterator[Line]:
        taken = [version for version in VERSIONS if self._takes(version)]
        if self._late:
            yield self._line(Mark.UNKNOWN, "tls", f"versions: {_LATE}")
            return
        old = [version for version in taken if version in ("TLSv1", "TLSv1.1")]
        text = f"takes {', '.join(taken) or 'no version that was asked for alone'}"
        if old:
            yield self._line(Mark.LOOK, "tls", f"{text}; RFC 8996 forbids {' and '.join(old)}")
        else:
            yield self._line(Mark.WELL if taken else Mark.UNKNOWN, "tls", text)

    def _takes(self, version: str) -> bool:
        try:
            with self._talk(lowest=version, highest=version) as conversation:
                if conversation.facts:
                    return True
                settings = self._dialler.tls_settings(host=self._endpoint.host, lowest=version, highest=version)
                ready = conversation.greets and not conversation.hello()
                return ready and isinstance(conversation.secure(settings), TlsFacts)
        except (Unreachable, Inconclusive, NotSupported):
            return False

    def _clock(self, conversation: Talk) -> Iterator[Line]:
        told = conversation.time()
        if told is not None:
            ahead = (told - dt.datetime.now(dt.UTC)).total_seconds()
            mark = Mark.WELL if abs(ahead) <= SKEW_SECONDS else Mark.FAILS
            yield self._line(
                mark, "clock", f"the greeting is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this host"
            )

    def _logged_in(self, conversation: Talk) -> Iterator[Line]:
        if not self._target.accounts:
            yield self._line(Mark.UNKNOWN, "login", "no account is given")
            return
        account = self._target.accounts[0]
        if not conversation.takes_logins:
            yield self._line(Mark.TOLD, "login", "this endpoint offers none")
            return
        refusal = conversation.login(account)
        if not refusal:
            yield self._line(Mark.WELL, "login", account.user)
            return
        yield self._line(Mark.FAILS, layer_of(refusal, "login"), f"{account.user} is refused: {refusal}")
        raise _Ends

    def _room(self, conversation: Talk) -> Iterator[Line]:
        for well, text in conversation.room(self._target.accounts[0] if self._target.accounts else None):
            layer = "room" if well else layer_of(text, "mailbox")
            mark = Mark.WELL if well else Mark.LOOK if layer == "limits" else Mark.FAILS
            yield self._line(mark, layer, text)
        newest = conversation.newest()
        if newest is not None and (ahead := (newest - dt.datetime.now(dt.UTC)).total_seconds()) > SKEW_SECONDS:
            yield self._line(
                Mark.LOOK, "clock", f"the newest message of INBOX is from {ahead:.0f} s ahead of this host"
            )

    def _at_once(self, limits: list[str]) -> Iterator[Line]:
        """Hold as many connections as the suites do, and say what the server tells of its limits."""
        held: list[Talk] = []
        refusal, wanted = "", min(AT_ONCE, self._target.limits.max_conns or AT_ONCE)
        try:
            while len(held) < wanted and not refusal:
                held.append(talk(self._endpoint, self._dialler.open(self._endpoint), self._dialler))
                refusal = "" if held[-1].greets else held[-1].greeting
        except Unreachable as error:
            refusal = _LATE if self._late else str(error)
        finally:
            for conversation in held:
                conversation.leave()
        told = "".join(f"; {limit}" for limit in limits)
        if refusal:
            yield self._line(Mark.FAILS, "limits", f"of {wanted} connections at once one is refused: {refusal}{told}")
        else:
            yield self._line(Mark.WELL, "limits", f"{wanted} connections at once{told}")
