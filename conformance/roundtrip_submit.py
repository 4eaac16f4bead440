"""Hands one message over: to a server by SMTP, LMTP or submission (RFC 6409), or to a local program as to sendmail.

Invariant: nothing here waits beyond the deadline it is given, whatever a server or a program does, and what went wrong
is a value. A message whose end was sent and not answered may have been taken: nobody knows, and it is waited for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.discovery import Door
from conformance.discovery_smtp import METHODS, knock
from conformance.roundtrip_trips import Fault, Order
from conformance.sessions.smtp import Answer, Smtp
from conformance.target import Account, Endpoint, TargetError
from conformance.transcript import quote
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.stream import Closed, Reset, Silence
from conformance.transport.tls import TlsFailure
from conformance.wire import smtp

NOBODY = "sender@mailconform.invalid"
"""The reverse-path where no account has an address."""
LAST_WORDS = 500
"""Octets of a program's complaint that are read."""

Letter = Callable[[bool], bytes]
"""The octets of a message, in a form with octets above 127 or in one without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """How handing over ended: the octets that were sent, when it began and ended (monotonic seconds), what went wrong.

    `moment` is the beginning by the clock of this host (seconds of the epoch). `unsure`: it may have been taken all the same.
    """

    raw: bytes
    began: float
    ended: float
    moment: float
    fault: Fault | None = None
    why: str = ""
    unsure: bool = False


class _No(Exception):
    """It was not taken; the message says why."""

    def __init__(self, fault: Fault, why: str, *, unsure: bool = False) -> None:
        super().__init__(why)
        self.fault, self.why, self.unsure = fault, why, unsure


def hand_over(order: Order, dialler: Dialler, letter: Letter, deadline: float) -> Handed:
    """Hand a message over; the deadline is a moment of the monotonic clock, and the dialler keeps the target's pace."""
    began, moment, sent = time.monotonic(), time.time(), [letter(False)]
    no = None
    try:
        if isinstance(order.way, str):
            _by_smtp(order, dialler, letter, sent, deadline)
        else:
            _by_command(order, letter, sent, deadline)
    except _No as said:
        no = said
    return Handed(
        raw=sent[-1], began=began, ended=time.monotonic(), moment=moment, fault=no.fault if no else None,
        why=no.why if no else "", unsure=no.unsure if no else False,
    )  # fmt: skip


def reverse_path(order: Order) -> str:
    """Return the address that messages are sent from."""
    return (order.sender.address if order.sender else "") or NOBODY


def demand_program(words: tuple[str, ...]) -> None:
    """Raise TargetError if there is no such program, or a word that is filled in is not known."""
    if shutil.which(words[0]) is None:
        raise TargetError(f"--command: there is no program {words[0]!r}")
    for word in words:
        try:
            word.format(sender="", recipient="")
        except (LookupError, ValueError, AttributeError) as error:
            raise TargetError(
                f"--command: {word!r}: only {{sender}} and {{recipient}} are filled in; write {{{{ for a brace"
            ) from error


# By SMTP


def _by_smtp(order: Order, dialler: Dialler, letter: Letter, sent: list[bytes], deadline: float) -> None:
    endpoint = order.target.endpoint(str(order.way))
    recorder = dialler.recorder
    recorder.clear()
    recorder.expires = deadline  # behind it, connecting fails as well
    if endpoint is None:
        raise _No(Fault.UNSENT, f"the target has no {order.way}:// endpoint")
    try:
        stream = dialler.open(endpoint)
    except Unreachable as error:
        raise _No(Fault.UNSENT, str(error)) from error
    session = Smtp(stream, recorder, order.target.patience, lambda _: True, lmtp=endpoint.protocol == "lmtp")
    try:
        _enter(session, endpoint, dialler, order.sender if order.submits else None)
        _transact(session, order, letter, sent)
    except BaseException:
        session.close()  # whatever is half sent is delivered to nobody
        raise
    recorder.expires = min(deadline, time.monotonic() + 1.0)
    session.leave()


def _enter(session: Smtp, endpoint: Endpoint, dialler: Dialler, account: Account | None) -> None:
    """Say EHLO, begin TLS where it is offered, and log in as the account, if one is given."""
    _demand(session.greeting, "the connection")
    _demand(session.hello(), "LHLO" if session.lmtp else "EHLO")
    if "STARTTLS" in session.keywords:
        _demand(session.command("STARTTLS"), "STARTTLS")
        shaken = session.start_tls(dialler.tls_settings(host=endpoint.host))
        if isinstance(shaken, TlsFailure):
            raise _No(Fault.UNSENT, f"{endpoint}: TLS handshake failed: {shaken.why}")
        _demand(session.hello(), "EHLO")
    if account is None:
        return
    offered = [method.upper() for method in session.keywords.get("AUTH", ())]
    method = next((method for method in METHODS if method in offered), None)
    if method is None:
        raise _No(Fault.UNSENT, f"{endpoint} offers no AUTH by {', '.join(METHODS)}: it lists {offered}")
    _demand(knock(session, Door(tls="", method=method), account), f"AUTH {method}")


def _transact(session: Smtp, order: Order, letter: Letter, sent: list[bytes]) -> None:
    eight_bit = "8BITMIME" in session.keywords
    sent.append(letter(eight_bit))
    _demand(session.mail(reverse_path(order), *(["BODY=8BITMIME"] if eight_bit else [])), "MAIL")
    _demand(session.rcpt(order.recipient), "RCPT")
    ready = session.command("DATA")
    if ready.code != 354:
        _demand(ready, "DATA", never=True)
    answer = session.content(smtp.stuff(sent[-1]))
    if answer.reply is None:
        raise _No(Fault.UNSENT, f"nobody knows whether it was taken: {_instead(answer)}", unsure=True)
    _demand(answer, "the message")


def _demand(answer: Answer, asked: str, *, never: bool = False) -> None:
    """Raise _No unless the answer is 2yz; `never` for one that is wrong even so."""
    if answer.reply is None:
        raise _No(Fault.UNSENT, f"{asked}: {_instead(answer)}")
    if never or not 200 <= answer.code < 300:
        raise _No(Fault.REFUSED, f"{asked} was answered {answer!r}")


def _instead(answer: Answer) -> str:
    match answer.ending:
        case Silence(seconds):
            return f"no answer for {seconds:.0f} s"
        case Closed():
            return "the server closed the connection"
        case Reset(why):
            return f"the connection was lost: {why}"
        case other:
            return f"no SMTP reply, but {other}"


# By a program


def _by_command(order: Order, letter: Letter, sent: list[bytes], deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _No(Fault.UNSENT, "no time was left: raise --wait, or send fewer messages")
    words = [word.format(sender=reverse_path(order), recipient=order.recipient) for word in order.way]
    sent.append(letter(True))
    with tempfile.TemporaryFile() as complaints:  # a pipe would be kept open by whatever the program leaves running
        try:
            program = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, start_new_session=True
            )
        except OSError as error:
            raise _No(Fault.UNSENT, f"{words[0]}: {error.strerror}") from error
        try:
            program.communicate(sent[-1].replace(b"\r\n", b"\n"), timeout=left)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
            raise _No(Fault.UNSENT, f"{words[0]} did not end in time", unsure=True) from None
        if program.returncode:
            complaints.seek(0)
            said = complaints.read(LAST_WORDS).strip().splitlines()
            raise _No(Fault.REFUSED, f"{words[0]} ended with {program.returncode}: {_words(said)}")


def _words(said: list[bytes]) -> str:
    return quote(said[-1]) if said else "and said nothing"
