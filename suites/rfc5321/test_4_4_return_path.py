"""RFC 5321 section 4.4: the return path line, which final delivery writes."""

from __future__ import annotations

from conformance import Inconclusive, Reason, SmtpDial, Specimen, alter, verifies
from conformance.models.trace import added, fields, named, read_return_path

OLD = b"Return-Path: <old@mailconform.invalid>\r\n"


def delivered(dial: SmtpDial, sender: str, before: bytes = b"") -> tuple[bytes, bytes]:
    """Send a message to the mailbox; returns it as sent and as it arrived."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    sent = Specimen(before + specimen.raw, specimen.key)
    dial.ready().transaction(sender, dial.address(), text=sent.raw).ok()
    return sent.raw, arrivals.one(sent.key)


def return_path(dial: SmtpDial, sender: str) -> bytes:
    """The Return-Path line of a delivered message; that there is one is a precondition."""
    found = named(b"Return-Path", fields(delivered(dial, sender)[1]))
    if not found:
        raise Inconclusive(Reason.PRECONDITION, "the delivered message has no Return-Path line")
    return found[0]


@verifies("RFC5321-4.4-10", refuted_by=alter(rb"(Return-Path: <)[^>]*", rb"\1someone@mailconform.invalid"))
def test_final_delivery_writes_the_reverse_path(dial: SmtpDial) -> None:
    """Send a message to the mailbox: in front of what was sent stands Return-Path with the address of MAIL."""
    sent, arrived = delivered(dial, dial.sender)
    paths = [read_return_path(field)[0] for field in named(b"Return-Path", added(arrived, sent))]
    assert dial.sender.encode().lower() in [path.lower() for path in paths if path is not None]


@verifies("RFC5321-4.4-11", refuted_by=alter(rb"Return-Path: <>", b"Return-Path: <MAILER-DAEMON>"))
def test_the_null_reverse_path_is_written_as_it_is(dial: SmtpDial) -> None:
    """Send a message from <> to the mailbox: Return-Path is <>."""
    sent, arrived = delivered(dial, "")
    assert [read_return_path(field)[0] for field in named(b"Return-Path", added(arrived, sent))] == [b""]


@verifies("RFC5321-4.4-12", refuted_by=alter(rb"\A", OLD))
def test_a_delivered_message_has_one_return_path(dial: SmtpDial) -> None:
    """Send a message that has a Return-Path already: one arrives, the address of MAIL in it."""
    _, arrived = delivered(dial, dial.sender, OLD)
    assert len(named(b"Return-Path", fields(arrived))) == 1


@verifies("RFC5321-4.4-15", refuted_by=alter(rb"\b(Return-Path: [^\r]*\r\n)(.*?\r\n)(?=From: )", rb"\2\1"))
def test_the_return_path_stands_above_the_trace(dial: SmtpDial) -> None:
    """Send a message to the mailbox: Return-Path, then Received lines, then what was sent."""
    sent, arrived = delivered(dial, dial.sender)
    found = added(arrived, sent)
    trace = [field for field in found if named(b"Return-Path", [field]) or named(b"Received", [field])]
    if not named(b"Return-Path", fields(arrived)) or not named(b"Received", fields(arrived)):
        raise Inconclusive(Reason.PRECONDITION, "Return-Path or Received is missing")
    assert trace[0] in named(b"Return-Path", trace)
    assert set(trace) == {*named(b"Return-Path", fields(arrived)), *named(b"Received", fields(arrived))}


@verifies("RFC5321-4.4-26", refuted_by=alter(rb"Return-Path: <([^>]*)>", rb"Return-Path: \1"))
def test_return_path_keeps_its_grammar(dial: SmtpDial) -> None:
    """Send a message to the mailbox: Return-Path holds a path in angle brackets and nothing else."""
    assert read_return_path(return_path(dial, dial.sender))[1] == ()
