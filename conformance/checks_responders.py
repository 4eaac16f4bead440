"""What checks of automatic responders share: a message to the target's responder, and what it answers to the sink."""

from __future__ import annotations

from email.utils import formatdate

from conformance.delivery import MARK, Specimen
from conformance.dial_smtp import SmtpDial
from conformance.outcomes import Inconclusive
from conformance.services.heard import Relayed
from conformance.services.sink import Sink
from conformance.verdicts import Reason
from conformance.wire import message
from conformance.wire.message import Entity


def responder(dial: SmtpDial) -> str:
    """Return the address that answers by itself; Inconclusive (not-set-up) if the target file names none."""
    found = dial.target.facilities.get("responder", "")
    if not found:
        raise Inconclusive(Reason.NOT_SET_UP, "needs responder = in [facilities]: an address that answers by itself")
    return found


def second_responder(dial: SmtpDial) -> str:
    """Return an address, new each time, of a second responder; Inconclusive (not-set-up) if the target file names none."""
    found = dial.target.facilities.get("second-responder", "")
    if "*" not in found:
        raise Inconclusive(
            Reason.NOT_SET_UP,
            'needs second-responder = "away-*@..." in [facilities]: addresses that answer by themselves, whose mail the '
            "second account gets, too",
        )
    return found.replace("*", dial.at_sink("robot").partition("@")[0])


def letter(
    dial: SmtpDial,
    sender: str,
    *,
    to: str = "",
    subject: str = "",
    headers: bytes = b"",
    body: bytes = b"Hello.\r\n",
) -> Specimen:
    """Return a message as people send it, to the responder unless `to` says otherwise, like no other of this run."""
    unique = dial.specimen()
    recipient = to or responder(dial)
    head = f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject or unique.key.decode()}\r\n"
    fields = f"{head}Date: {formatdate()}\r\n".encode() + MARK + unique.key + b"@mailconform.invalid>\r\n" + headers
    return Specimen(fields + b"\r\n" + body, unique.key)


def spoken_to(dial: SmtpDial, author: str, said: Specimen, to: str = "") -> bytes:
    """Send a message, to the responder unless `to` says otherwise, and return its key; that it is accepted is a precondition."""
    dial.ready().transaction(author, to or responder(dial), text=said.raw).ok()
    return said.key


def responses(sink: Sink, author: str, count: int = 1, seconds: float | None = None) -> list[Relayed]:
    """Return what was answered to an author, as soon as there are `count`, or what there is in the end."""
    return sink.notices(author, count, seconds)


def response(dial: SmtpDial, sink: Sink, said: Specimen | None = None, author: str = "") -> tuple[Relayed, Entity]:
    """Send a message and return what is answered, as it came and as a tree; that it is answered is a precondition."""
    sender = author or dial.at_sink("author")
    spoken_to(dial, sender, said or letter(dial, sender))
    came = responses(sink, sender)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")
    return came[0], message.read(came[0].raw).value
