"""RFC 5321 section 7.2: the envelope and the header have nothing to do with each other."""

from __future__ import annotations

import re

from conformance import SmtpDial, alter, verifies


def named(dial: SmtpDial, message: bytes) -> list[bytes]:
    """The fields for recipients that name the account, and Apparently-To, whoever it names."""
    head = message.partition(b"\r\n\r\n")[0]
    fields = re.findall(rb"^((?:To|Cc|Bcc|Apparently-To):.*)", head, re.IGNORECASE | re.MULTILINE)
    account = dial.address().encode().lower()
    return [field for field in fields if account in field.lower() or field.lower().startswith(b"apparently")]


@verifies("RFC5321-7.2-02", refuted_by=alter(rb"\r\nTo: [^\r]*", b"\r\nTo: <somebody@mailconform.invalid>"))
def test_a_header_that_names_other_recipients_goes_on_naming_them(dial: SmtpDial) -> None:
    """A message whose To field does not name the recipient: it arrives with that To, and the recipient in no field."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    message = arrivals.one(specimen.key)
    assert re.search(rb"^To:[^\r]*recipient@mailconform\.invalid", message, re.IGNORECASE | re.MULTILINE)
    assert not named(dial, message)


@verifies("RFC5321-7.2-02", refuted_by=alter(rb"\r\nSubject:", b"\r\nApparently-To: <user1@mail.test>\r\nSubject:"))
def test_recipients_are_not_put_into_the_header(dial: SmtpDial) -> None:
    """A message without To, Cc and Bcc: the recipient does not appear in one of them, nor in Apparently-To."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    text = re.sub(rb"^To: .*?\r\n", b"", specimen.raw, flags=re.MULTILINE)
    dial.ready().transaction(dial.sender, dial.address(), text=text).ok()
    assert not named(dial, arrivals.one(specimen.key))


@verifies(
    "RFC5321-7.2-01",
    refuted_by=alter(rb"\r\nSubject:", b"\r\nApparently-To: <user1@mail.test>, <user2@mail.test>\r\nSubject:"),
)
def test_no_copy_names_the_other_recipient(dial: SmtpDial) -> None:
    """One message to two accounts: the header of neither copy holds the other's address, nor Apparently-To."""
    boxes, specimen = (dial.arrivals(0), dial.arrivals(1)), dial.specimen()
    dial.ready().transaction(dial.sender, dial.address(0), dial.address(1), text=specimen.raw).ok()
    first, second = (box.one(specimen.key).partition(b"\r\n\r\n")[0].lower() for box in boxes)
    assert dial.address(1).encode().lower() not in first
    assert b"apparently-to" not in first + second
