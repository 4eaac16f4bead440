"""Do real clients get through by IMAP? imaplib, mbsync, fetchmail, getmail and curl, each with a fixed errand.

They log in by themselves, over a connection that the harness has opened, and work in a new mailbox. What they find is held
against what our own session stored and sees. A client that gives up by itself may have misread a lawful answer; one that
is refused something, or gets what is not right, is worth a warning and no more.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Sequence
from typing import Any

import pytest

from conformance import (
    MESSAGE,
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    compose,
    forward,
    quoted,
    rewrite,
    speaks,
    verifies,
)
from conformance.witnesses.clients import let_in
from conformance.witnesses.fetching import BY_IMAP, INTO_IMAP, Errand
from conformance.witnesses.programs import at_desk

pytestmark = speaks("imap")
MESSAGES = [
    compose(b"Body of message 1.\r\n\r\n.\r\n..\r\nThe end. \r\n", subject="number 1 of three"),
    compose(b"Body of message 2.\r\n", b"X-Folded: a field\r\n of two lines\r\n", subject="number 2 of three"),
    compose(b"Body of message 3.\r\n" + b"x" * 900 + b"\r\n", subject="number 3 of three"),
]


def knocking(dial: ImapDial) -> Imap:
    """A session that is not logged in; NotSupported unless LOGIN lets the account in, since every client can do that."""
    if dial.profile.door and dial.profile.door.method != "LOGIN":
        raise NotSupported("the account is not let in by LOGIN")
    session = dial.imap()
    session.greeting.ok()
    return session


def errand(dial: ImapDial, mailbox: Mailbox, *, numbers: Sequence[int] = (), message: bytes = b"") -> Errand:
    """What a program is to do in a mailbox."""
    return Errand(
        account=dial.account(),
        plain=dial.profile.announced("AUTH=PLAIN"),
        mailbox=mailbox.name.decode(),
        delimiter=(dial.profile.delimiter or b"").decode(),
        numbers=numbers,
        message=message,
    )


def read(mailbox: Mailbox, number: int) -> bytes:
    """A message as our own session reads it."""
    return bytes(mailbox.fetch(number, "(BODY.PEEK[])").get(b"BODY[]"))


def stored(dial: ImapDial) -> Mailbox:
    """A new mailbox with the messages, which our own session reads there as they are."""
    mailbox = dial.mailbox(*MESSAGES)
    with dial.dialler.straight():
        for number, message in enumerate(MESSAGES, 1):
            if not message.same_as(read(mailbox, number)):
                raise Inconclusive(Reason.PRECONDITION, "our own session does not read what it has appended")
    return mailbox


@verifies("RFC3501-2.2-04", refuted_by=rewrite(rb"Body of message 3", b"Body of message 2", of=rb"(UID )?FETCH .*"))
@pytest.mark.parametrize("program", list(BY_IMAP))
def test_mail_programs_fetch_what_is_in_a_mailbox(dial: ImapDial, program: str) -> None:
    """Three messages in a new mailbox: the program fetches each of them, with every octet, and is content."""
    known, fetch = BY_IMAP[program]
    known.demand()
    mailbox = stored(dial)
    session = knocking(dial)
    with at_desk(known, session) as desk:
        complaint = fetch(desk, errand(dial, mailbox, numbers=range(1, 4)))
        fetched = desk.fetched()
    same = [sum(message.same_as(raw) for raw in fetched) for message in MESSAGES]
    seen = "" if (same, len(fetched)) == ([1, 1, 1], 3) else f"{len(fetched)} fetched, {same} of each as stored"
    assert desk.guest.finding(complaint, seen) == ""


@verifies("RFC3501-2.2-04", refuted_by=rewrite(rb"two lines", b"one line.", of=rb"FETCH .*"))
@pytest.mark.parametrize("program", list(INTO_IMAP))
def test_mail_programs_store_a_message_in_a_mailbox(dial: ImapDial, program: str) -> None:
    """The program stores a message in a new mailbox and is content: our own session finds it there, with every octet."""
    known, store = INTO_IMAP[program]
    known.demand()
    mailbox, session = dial.mailbox(), knocking(dial)
    with at_desk(known, session) as desk:
        complaint = store(desk, errand(dial, mailbox, message=MESSAGE.raw))
    count = mailbox.count()
    mailbox.select()
    raw = read(mailbox, 1) if count else b""
    seen = (
        "" if (count, MESSAGE.same_as(raw)) == (1, True) else f"{count} messages are there, not the one as it was sent"
    )
    assert desk.guest.finding(complaint, seen) == ""


@verifies("RFC3501-2.2-04", refuted_by=forward(rb"COPY 3\1", of=rb"COPY 2:3(.*)"))
def test_imaplib_finds_what_it_has_stored(dial: ImapDial) -> None:
    """By imaplib: append three messages to a new mailbox, then list, count, select, search, fetch, flag and copy them."""
    with dial.dialler.straight():
        here, there = (dial.create(dial.login(), word) for word in ("here", "there"))
    session = knocking(dial)
    with let_in(session) as guest:
        outcome = by_imaplib(dial, guest.port, quoted(here).decode(), quoted(there).decode())
    assert guest.finding(*outcome) == ""


def by_imaplib(dial: ImapDial, port: int, here: str, there: str) -> tuple[str, str]:
    """Let imaplib do its errand in two mailboxes, and return what it complains of, and what it does not find.

    It knows no keywords in lower case: an answer that it does not see at all tells nothing.
    """
    try:
        with imaplib.IMAP4("127.0.0.1", port, timeout=dial.target.patience) as client:
            client.login(dial.account().user, dial.account().password)
            for message in MESSAGES:
                told(client.append(here, "", "", message.raw))
            found: dict[str, tuple[object, object]] = {
                "LIST": (True, bool(told(client.list('""', here))[-1])),
                "STATUS": (b"3", counted(client, here)),
                "SELECT": (b"3", told(client.select(here))[-1]),
                "SEARCH": (b"2", told(client.search(None, 'SUBJECT "number 2"'))[-1]),
                "FETCH": ([True] * 3, [m.same_as(text(client, n)) for n, m in enumerate(MESSAGES, 1)]),
            }
            told(client.store("3", "+FLAGS.SILENT", r"(\Flagged)"))
            told(client.copy("2:3", there))
            found["STORE"] = b"3", told(client.search(None, "FLAGGED"))[-1]
            found["COPY"] = b"2", counted(client, there)
    except imaplib.IMAP4.error as error:
        return f"imaplib gives up: {error}", ""
    except OSError as error:
        raise Inconclusive(Reason.SILENT, f"imaplib waits in vain: {error}") from error
    wrong = [f"{word} brings {seen!r}, not {right!r}" for word, (right, seen) in found.items() if seen != right]
    return "", "; ".join(wrong)


def told(answer: tuple[str, Any]) -> list[Any]:
    """Return what imaplib was told; it leaves a NO to whoever asks."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"it is answered {status} {data!r}")
    return [item for item in data if item is not None]


def counted(client: imaplib.IMAP4, name: str) -> bytes:
    """Return the number of messages that STATUS tells."""
    line = told(client.status(name, "(MESSAGES)"))[-1]
    found = re.search(rb"MESSAGES (\d+)", line if isinstance(line, bytes) else b"".join(line), re.IGNORECASE)
    return found[1] if found else b""


def text(client: imaplib.IMAP4, number: int) -> bytes:
    """Return a whole message, which comes as a literal."""
    pairs = [item for item in told(client.fetch(str(number), "(BODY.PEEK[])")) if isinstance(item, tuple)]
    return bytes(pairs[0][1])
