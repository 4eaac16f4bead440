"""IMAP as another client sees it: imaplib2 beside our own session, waiting in IDLE and working through a scenario.

A witness gives a second opinion, never a verdict of its own. What should come is known beforehand, and both clients are
held against it: the server is broken where neither sees what it should; where one of them does, the other may have
misread a lawful answer, and the check is inconclusive, with what both have seen. A witness that cannot go on at all (it
knows no keywords in lower case, for instance) has no opinion: then our session's is enough to hold, and not to accuse.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    astring,
    compose,
    drop,
    forward,
    rewrite,
    speaks,
    verifies,
)
from conformance.wire.imap import Response
from conformance.wire.imap_values import Fetch
from conformance.witnesses.imap import Heard, Witness

pytestmark = speaks("imap")

MESSAGES = [compose(b"Body of message %d.\r\n" % n, subject=f"number {n} of four") for n in range(1, 5)]
IDLE_SECONDS = 4.0
"""How long imaplib2 waits for what our session has been told already, or has not."""
Script = Callable[["Ours | Witness", bytes], Any]


# Waiting in IDLE.


@verifies("RFC2177-3-22", "RFC2177-3-25", refuted_by=drop(of=rb"IDLE|NOOP", when=rb"\* \d+ EXISTS"))
def test_two_idling_clients_are_told_of_a_new_message(dial: ImapDial) -> None:
    """Ours and imaplib2 wait in IDLE in a mailbox of two messages, a third session appends: EXISTS with 3 for both, by the end of IDLE."""
    assert _told_both(
        dial,
        act=lambda third: third.append(),
        ours=lambda r: r.name == b"EXISTS" and r.number == 3,
        theirs=lambda heard: heard == ("EXISTS", b"3"),
    )


@verifies("RFC2177-3-06", refuted_by=drop(of=rb"IDLE|NOOP", when=rb"\* \d+ EXPUNGE"))
def test_two_idling_clients_are_told_of_an_expunge(dial: ImapDial) -> None:
    """Ours and imaplib2 wait in IDLE in a mailbox of two messages, a third session removes the first: EXPUNGE of 1 for both."""
    assert _told_both(
        dial,
        act=lambda third: third.expunge(1),
        ours=lambda r: r.name == b"EXPUNGE" and r.number == 1,
        theirs=lambda heard: heard == ("EXPUNGE", b"1"),
    )


@verifies("RFC2177-3-07", refuted_by=drop(of=rb"IDLE|NOOP", when=rb"\* \d+ FETCH"))
def test_two_idling_clients_are_told_of_a_flag(dial: ImapDial) -> None:
    """Ours and imaplib2 wait in IDLE in a mailbox of two messages, a third session flags the second: FETCH with it for both."""
    assert _told_both(
        dial,
        act=lambda third: third.flag(2, "\\Flagged"),
        ours=lambda r: r.name == b"FETCH" and r.number == 2 and _flagged(r.data),
        theirs=lambda heard: heard[0] == "FETCH" and heard[1].startswith(b"2 ") and b"\\flagged" in heard[1].lower(),
    )


# Side by side.


@verifies("RFC3501-6.3.1-02", refuted_by=rewrite(rb"\* (\d+) EXISTS", rb"* 1\1 EXISTS", of=rb"SELECT .*"))
def test_two_clients_count_the_same_messages(dial: ImapDial) -> None:
    """SELECT of a mailbox with four messages: both clients are told four."""
    assert _seen_by_both(dial, 4, lambda client, name: client.select(name))


@verifies("RFC3501-6.4.6-02", "RFC3501-6.4.6-03", refuted_by=forward(b"NOOP", of=rb"STORE 2:3 .*"))
def test_two_clients_find_the_flags_they_have_set(dial: ImapDial) -> None:
    """+FLAGS, -FLAGS and FLAGS on four messages: FETCH FLAGS gives both clients what they have set."""

    def script(client: Ours | Witness, name: bytes) -> Any:
        client.select(name)
        client.store("1:4", "+FLAGS", "\\Answered")
        client.store("2:3", "+FLAGS", "\\Flagged")
        client.store("3,4", "-FLAGS", "\\Answered")
        return client.flags()

    answered, flagged = b"\\answered", b"\\flagged"
    wanted = [{answered}, {answered, flagged}, {flagged}, set[bytes]()]
    assert _seen_by_both(dial, {n: frozenset(flags) for n, flags in enumerate(wanted, 1)}, script)


@verifies(
    "RFC3501-6.4.4-18", "RFC3501-6.4.4-27", "RFC3501-6.4.4-01", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH .*")
)
def test_two_clients_find_the_same_messages(dial: ImapDial) -> None:
    """SEARCH by a flag, by a subject and by both, in four messages: both clients find the ones that match."""

    def script(client: Ours | Witness, name: bytes) -> Any:
        client.select(name)
        client.store("2,4", "+FLAGS", "\\Flagged")
        return [client.search(keys) for keys in ("FLAGGED", 'SUBJECT "number 4"', 'UNFLAGGED NOT SUBJECT "number 1"')]

    assert _seen_by_both(dial, [(2, 4), (4,), (3,)], script)


@verifies("RFC3501-6.4.5-07", refuted_by=rewrite(rb"Body of message 3", b"Body of message 2", of=rb"FETCH .*"))
def test_two_clients_fetch_the_same_octets(dial: ImapDial) -> None:
    """FETCH BODY.PEEK[] of four messages: both clients get every octet of them."""

    def script(client: Ours | Witness, name: bytes) -> Any:
        client.select(name)
        return [message.same_as(client.text(number)) for number, message in enumerate(MESSAGES, 1)]

    assert _seen_by_both(dial, [True] * 4, script)


@verifies("RFC3501-6.4.3-01", "RFC3501-6.4.3-04", refuted_by=forward(b"NOOP", of=rb"EXPUNGE"))
def test_two_clients_are_left_with_the_same_messages(dial: ImapDial) -> None:
    """Mark the first and the third of four messages, EXPUNGE: both clients find the second and the fourth, and no more."""

    def script(client: Ours | Witness, name: bytes) -> Any:
        client.select(name)
        client.store("1,3", "+FLAGS.SILENT", "\\Deleted")
        client.expunge()
        return client.select(name), MESSAGES[1].same_as(client.text(1)), MESSAGES[3].same_as(client.text(2))

    assert _seen_by_both(dial, (2, True, True), script)


@verifies("RFC3501-6.4.7-01", "RFC3501-6.4.7-10", refuted_by=forward(rb"COPY 2:4\1", of=rb"COPY 2:3(.*)"))
def test_two_clients_find_the_copies_they_have_made(dial: ImapDial) -> None:
    """COPY two of four messages into another mailbox: both clients find these two there, and all four here."""

    def script(client: Ours | Witness, name: bytes) -> Any:
        with dial.dialler.straight():
            target = dial.create(dial.login(), "target")
        client.select(name)
        client.copy("2:3", target)
        copied = client.select(target), MESSAGES[1].same_as(client.text(1)), MESSAGES[2].same_as(client.text(2))
        return *copied, client.select(name)

    assert _seen_by_both(dial, (2, True, True, 4), script)


class Ours:
    """Our own session, asked in the words that a Witness understands."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def select(self, name: bytes) -> int:
        return self._mailbox.command("SELECT", astring(name)).ok().exists or 0

    def store(self, numbers: str, item: str, flags: str) -> None:
        self._mailbox.command("STORE", numbers, item, f"({flags})").ok()

    def search(self, keys: str) -> tuple[int, ...]:
        return tuple(sorted(self._mailbox.command("SEARCH", keys).ok().found))

    def flags(self) -> dict[int, frozenset[bytes]]:
        answered = self._mailbox.command("FETCH 1:* (FLAGS)").ok()
        return {number: answered.flags(number) or frozenset() for number in answered.fetched}

    def text(self, number: int) -> bytes:
        return bytes(self._mailbox.fetch(number, "(BODY.PEEK[])").get(b"BODY[]"))

    def copy(self, numbers: str, name: bytes) -> None:
        self._mailbox.command("COPY", numbers, astring(name)).ok()

    def expunge(self) -> None:
        self._mailbox.command("EXPUNGE").ok()


def _agreed(ours: bool, theirs: bool | None, seen: str) -> bool:
    """Whether both clients see what should be seen; Inconclusive if one of them does not, False if neither.

    A witness that could not go on (None) leaves it at what ours sees, but does not confirm an accusation.
    """
    if ours != theirs and not (ours and theirs is None):
        who = (
            "our session"
            if ours
            else "imaplib2"
            if theirs
            else "neither our session nor, since it cannot go on, imaplib2"
        )
        raise Inconclusive(Reason.AMBIGUOUS, f"what should be seen is seen by {who}: {seen}"[:600])
    return ours


def _seen_by_both(dial: ImapDial, wanted: object, script: Script) -> bool:
    """Run a script in two mailboxes that are alike, by our session and by imaplib2, and hold both outcomes against what is right."""
    mine, other = dial.mailbox(*MESSAGES), dial.mailbox(*MESSAGES)
    ours = script(Ours(mine), mine.name)
    theirs: object = None
    with suppress(Inconclusive), Witness(dial.login(fresh=True)) as witness:
        theirs = script(witness, other.name)
    same = None if theirs is None else theirs == wanted
    return _agreed(ours == wanted, same, f"{wanted!r} is right, ours {ours!r}, imaplib2's {theirs!r}")


def _told_both(
    dial: ImapDial,
    *,
    act: Callable[[Mailbox], object],
    ours: Callable[[Response], bool],
    theirs: Callable[[Heard], bool],
) -> bool:
    """Let both clients wait in IDLE in one mailbox of two messages, act in a third session, and see what they are told.

    What comes when IDLE is ended counts, since imaplib2 ends it and begins it again; so does what NOOP brings ours behind it.
    """
    mailbox = dial.mailbox(*MESSAGES[:2])
    mailbox.imap.supports("IDLE")
    third = mailbox.beside()
    heard: list[Heard] | None = None
    with ExitStack() as stack:
        witness = _idling(dial, mailbox.name, stack)
        if mailbox.imap.idle() is not None:
            raise Inconclusive(Reason.PRECONDITION, "IDLE is refused")
        with dial.dialler.straight():
            act(third)
        told = mailbox.imap.hear_until(ours)
        told += (*mailbox.imap.done().responses, *mailbox.command("NOOP").responses)
        with suppress(Inconclusive):
            heard = witness.hear_until(theirs, IDLE_SECONDS) if witness else None
    saw = None if heard is None else any(map(theirs, heard))
    return _agreed(any(map(ours, told)), saw, f"imaplib2 heard {heard!r}")


def _idling(dial: ImapDial, name: bytes, stack: ExitStack) -> Witness | None:
    """Let imaplib2 wait in IDLE in a mailbox, until the stack ends; None if it cannot."""
    session = dial.login(fresh=True)
    try:
        witness = stack.enter_context(Witness(session))
        witness.select(name)
        witness.idle()
    except Inconclusive:
        return None
    return witness


def _flagged(data: Fetch) -> bool:
    return any(bytes(flag).lower() == b"\\flagged" for flag in data.get(b"FLAGS") or ())
