"""RFC 6409 section 8: what a server of submission may mend, and must."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, Sink, SmtpDial, alter, relay, verifies
from conformance.delivery import Specimen

MSG_ID = re.compile(rb"[ \t]*<[^<>@\s]+@[^<>@\s]+>[ \t]*")


def without(specimen: Specimen, name: bytes, instead: bytes = b"") -> bytes:
    """The message with another line for a field, or none; its key stands in the body as well."""
    raw = re.sub(rb"(?im)^" + name + rb":[^\r\n]*\r\n", lambda _: instead, specimen.raw, count=1)
    return raw + specimen.key + b"\r\n"


def fields(raw: bytes, name: bytes) -> list[bytes]:
    """The values of a field in the header, folds left as they are."""
    header = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    return re.findall(rb"(?im)^" + name + rb"[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n", header)


def submitted(dial: SmtpDial, specimen: Specimen, raw: bytes) -> bytes:
    """Submit a message to a mailbox and return what comes there; NotSupported if it is refused, which a server may."""
    arrivals = dial.arrivals()
    answer = dial.submitting().transaction(dial.sender, dial.address(), text=raw)
    if answer.refused:
        raise NotSupported(f"such a message is refused: {answer!r}")
    return arrivals.one(specimen.key)


@verifies("RFC6409-8-01", refuted_by=alter(rb"\r\nDate:[^\r\n]*", b"") | alter(rb"\r\nFrom:[^\r\n]*", b""))
@pytest.mark.parametrize("name", ["Date", "From"])
def test_what_is_delivered_has_the_fields_that_every_message_has(dial: SmtpDial, name: str) -> None:
    """Submit a message without Date, or without From (RFC 5322 section 3.6): it is refused, or comes with one."""
    specimen = dial.specimen()
    came = submitted(dial, specimen, without(specimen, name.encode()))
    assert len(fields(came, name.encode())) == 1


@verifies("RFC6409-8.3-01", refuted_by=alter(rb"\r\nMessage-ID:[^\r\n]*(\r\n[ \t][^\r\n]*)*", b""))
@pytest.mark.parametrize("given", [b"", b"Message-ID: no brackets\r\n"], ids=["missing", "malformed"])
def test_a_message_id_is_added_or_mended(dial: SmtpDial, given: bytes) -> None:
    """Submit a message without Message-ID, or with one that is malformed: it comes with one that is well formed."""
    specimen = dial.specimen()
    came = submitted(dial, specimen, without(specimen, b"Message-ID", given))
    assert [bool(MSG_ID.fullmatch(value.replace(b"\r\n", b""))) for value in fields(came, b"Message-ID")] == [True]


@verifies(
    "RFC6409-8.3-02",
    refuted_by=alter(rb"(\r\nMessage-ID:)[^\r\n]*", rb"\1 <a@b>") | alter(rb"(\r\nDate:)[^\r\n]*", rb"\1 0"),
)
@pytest.mark.parametrize("name", [b"Message-ID", b"Date"], ids=["Message-ID", "Date"])
def test_a_valid_message_id_and_date_are_kept(dial: SmtpDial, name: bytes) -> None:
    """Submit a message with both: they come as they were."""
    specimen = dial.specimen()
    came = submitted(dial, specimen, specimen.raw)
    assert [value.split() for value in fields(came, name)] == [value.split() for value in fields(specimen.raw, name)]


@verifies("RFC6409-8.1-01", refuted_by=alter(rb"\A", b"Sender: <no-such-user@mail.test>\r\n"))
def test_a_sender_field_that_is_added_holds_a_valid_address(dial: SmtpDial) -> None:
    """Submit a message whose From is somebody else's: if it comes with a Sender field, RCPT takes the address there."""
    specimen = dial.specimen()
    came = submitted(dial, specimen, specimen.raw)
    added = [address for value in fields(came, b"Sender") for address in re.findall(rb"[^\s<>]+@[^\s<>]+", value)]
    if not added:
        raise NotSupported("no Sender field is added")
    session = dial.submitting()
    session.mail(dial.sender).ok()
    assert session.rcpt(added[0]).positive


@verifies("RFC6409-8.8-01", refuted_by=relay(rb"^(RCPT TO:<)MiXed", rb"\1mixed"))
def test_the_letter_case_of_a_local_part_is_kept(dial: SmtpDial, sink: Sink) -> None:
    """Submit a message to a local-part of large and small letters at the sink: RCPT has the same there."""
    session, address, specimen = dial.submitting(), dial.at_sink("MiXed"), dial.specimen()
    session.transaction(dial.sender, address, text=specimen.raw).ok()
    came = sink.one(specimen.key)
    assert [recipient.rpartition(b"@")[0] for recipient in came.recipients] == [address.rpartition("@")[0].encode()]
