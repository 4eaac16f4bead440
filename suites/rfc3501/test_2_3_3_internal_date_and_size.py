"""RFC 3501 sections 2.3.3 and 2.3.4: internal date and RFC822.SIZE.

Moments are compared, not their spelling: a server may tell them in any zone.
"""

from __future__ import annotations

import datetime as dt

import pytest

from conformance import ImapDial, Mailbox, astring, compose, fickle, rewrite, verifies

GIVEN = ("02-Feb-2003 04:05:06 +0200", "17-Jul-1996 23:44:25 -0700", "29-Feb-2024 00:00:00 +0000")
BODIES = (
    b"A line.\r\n",
    b"",
    b"No line end at the end",
    b"\r\n\r\n\r\n",
    b".\r\n..\r\n.dots\r\n",
    b"From here on\r\n>From there on\r\n",
    b"x" * 2000 + b"\r\n" + b"y" * 997 + b"\r\n",
    b"\xc3\xa4\xe2\x82\xac\r\n",
    b"line\r\n" * 700,
)


def _read(date_time: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(date_time.strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _moment(mailbox: Mailbox, number: int) -> dt.datetime | None:
    told = mailbox.fetch(number, "INTERNALDATE").get(b"INTERNALDATE") or b""
    return _read(bytes(told).decode("latin-1"))


@verifies(
    "RFC3501-2.3.3-02", refuted_by=rewrite(rb'INTERNALDATE "(.{11}) [^"]*"', rb'INTERNALDATE "\1 12:00:00 +0000"')
)
@pytest.mark.parametrize("given", GIVEN, ids=["east", "west", "utc"])
def test_a_copy_keeps_the_internal_date(mailbox: Mailbox, dial: ImapDial, given: str) -> None:
    """APPEND with a date, COPY, FETCH INTERNALDATE in both mailboxes: one moment."""
    mailbox.append(date=given)
    mailbox.select()
    target = dial.mailbox()
    with dial.dialler.straight():
        source = _moment(mailbox, 1)
    mailbox.command("COPY 1", astring(target.name)).ok()
    target.select()
    assert _moment(target, 1) == source


@verifies("RFC3501-2.3.3-03", refuted_by=rewrite(rb'(INTERNALDATE "[^"]*) [+-]\d{4}"', rb'\1 -1130"'))
@pytest.mark.parametrize("given", GIVEN, ids=["east", "west", "utc"])
def test_an_appended_message_has_the_internal_date_given(mailbox: Mailbox, given: str) -> None:
    """APPEND with a date-time, FETCH INTERNALDATE: the same moment."""
    mailbox.append(date=given)
    mailbox.select()
    assert _moment(mailbox, 1) == _read(given)


@verifies(
    "RFC3501-2.3.4-01",
    "RFC3501-6.4.5-47",
    refuted_by=rewrite(rb"RFC822.SIZE (\d+)", rb"RFC822.SIZE 1\1", of=rb"FETCH .*"),
)
def test_size_is_the_number_of_octets_of_the_message(dial: ImapDial) -> None:
    """RFC822.SIZE of messages of nine kinds, asked before their text: the length of BODY[] each time."""
    mailbox = dial.mailbox(*(compose(body, subject=f"size {len(body)}") for body in BODIES))
    sizes = _sizes(mailbox)
    texts = mailbox.command("FETCH 1:* (BODY.PEEK[])").ok().fetched
    assert sizes == {n: len(f.get(b"BODY[]") or b"") for n, f in texts.items()}


@verifies("RFC3501-2.3.4-02", refuted_by=fickle(rb"RFC822.SIZE \d+", of=rb"FETCH .*"))
def test_size_is_the_same_in_all_sessions(dial: ImapDial) -> None:
    """FETCH RFC822.SIZE in one session, the whole messages in another, then the sizes there: equal."""
    mailbox = dial.mailbox(*(compose(body, subject=f"size {len(body)}") for body in BODIES))
    first = _sizes(mailbox)
    other = mailbox.beside()
    other.command("FETCH 1:* (BODY.PEEK[])").ok()
    assert _sizes(other) == first
    assert _sizes(mailbox) == first


def _sizes(mailbox: Mailbox) -> dict[int, int]:
    fetched = mailbox.command("FETCH 1:* (RFC822.SIZE)").ok().fetched
    return {number: fetch.get(b"RFC822.SIZE") for number, fetch in fetched.items()}
