"""RFC 2971: the ID command and its response."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import Imap, ImapDial, NotSupported, answer, astring, drop, needs, quoted, rewrite, say, verifies
from conformance.sessions.imap_answer import Answer

pytestmark = needs("ID")
OURS = 'ID ("name" "mailconform" "version" "1")'
states = pytest.mark.parametrize("state", ["before-login", "after-login", "selected"])


def in_state(dial: ImapDial, state: str) -> Imap:
    """Return a session in a state; what leads there is said without the fault."""
    with dial.dialler.straight():
        if state == "before-login":
            session = dial.imap()
            if b"ID" not in session.command("CAPABILITY").ok().capabilities:
                raise NotSupported("ID is not listed before login")
            return session
        return dial.login(fresh=True) if state == "after-login" else dial.mailbox(fresh=True).imap


def pairs(said: Answer) -> tuple[tuple[Any, Any], ...]:
    """The pairs of the ID response; NotSupported if it is NIL or there is none."""
    found = said.ok().data("ID")
    if not found:
        raise NotSupported(f"the server tells nothing of itself: {said!r}")
    return tuple(found)


@verifies("RFC2971-3-01", "RFC2971-3.1-02", refuted_by=answer(b"<tag> BAD not now\r\n", of=rb"ID .*"))
@states
def test_id_is_accepted_in_every_state(dial: ImapDial, state: str) -> None:
    """ID NIL and ID with a list, before login, after it, and with a mailbox selected: OK."""
    session = in_state(dial, state)
    assert session.command("ID NIL").is_ok
    assert session.command(OURS).is_ok


@verifies("RFC2971-3.1-01", refuted_by=drop(of=rb"ID .*", when=rb"\* ID"))
def test_id_brings_an_id_response(dial: ImapDial) -> None:
    """ID with a list, and ID NIL: an untagged ID response each."""
    session = dial.login()
    assert session.command(OURS).ok().all("ID")
    assert session.command("ID NIL").ok().all("ID")


@verifies("RFC2971-3.1-03", refuted_by=say(b"* ID NIL\r\n<tag> OK done\r\n", of=rb"ID( .*)?"))
@pytest.mark.parametrize(
    "line", ['ID ("name")', 'ID "name"', 'ID ("name" "x"', "ID"], ids=["half", "no-list", "open", "nothing"]
)
def test_a_malformed_list_is_refused(dial: ImapDial, line: str) -> None:
    """ID with half a pair, without parentheses, without an end, without an argument: BAD (or NO)."""
    assert dial.login().command(line).refused


@verifies("RFC2971-3.3-01", refuted_by=rewrite(rb"\* ID \(", b'* ID ("' + b"n" * 31 + b'" "x" ', of=rb"ID .*"))
def test_field_names_and_values_keep_their_limits(dial: ImapDial) -> None:
    """ID NIL: no field name above 30 octets, no value above 1024."""
    found = pairs(dial.login().command("ID NIL"))
    assert not [pair for pair in found if len(pair[0] or b"") > 30 or len(pair[1] or b"") > 1024]


@verifies(
    "RFC2971-3.3-02",
    refuted_by=rewrite(rb"\* ID \(", b"* ID (" + b"".join(b'"x%d" "y" ' % n for n in range(31)), of=rb"ID .*"),
)
def test_no_more_than_thirty_pairs_are_sent(dial: ImapDial) -> None:
    """ID NIL: at most thirty pairs."""
    assert len(pairs(dial.login().command("ID NIL"))) <= 30


@verifies("RFC2971-3.3-03", refuted_by=rewrite(rb"\* ID \(", b'* ID ("Name" "x" "name" "y" ', of=rb"ID .*"))
def test_no_field_name_is_sent_twice(dial: ImapDial) -> None:
    """ID NIL: each field name once, letter case aside."""
    names = [bytes(pair[0] or b"").lower() for pair in pairs(dial.login().command("ID NIL"))]
    assert len(names) == len(set(names))


@verifies("RFC2971-3.3-04", refuted_by=drop(of=rb"ID .*"))
def test_a_value_that_is_too_long_is_answered(dial: ImapDial) -> None:
    """ID with a value of 2000 octets: OK, NO or BAD, and NOOP works."""
    session = dial.login()
    assert session.command('ID ("name"', quoted("x" * 2000), ")").status in (b"OK", b"NO", b"BAD")
    assert session.command("NOOP").is_ok


@verifies("RFC2971-3.3-05", refuted_by=say(b"<tag> BAD NIL?\r\n", of=rb"ID .*NIL.*"))
def test_nil_is_taken_for_a_value(dial: ImapDial) -> None:
    """ID with NIL for the value of a field: OK."""
    assert dial.login().command('ID ("name" "mailconform" "os" NIL)').is_ok


@verifies("RFC2971-3-02", refuted_by=say(b"<tag> NO not with that client\r\n", of=rb"STATUS .*"))
def test_what_id_says_changes_nothing(dial: ImapDial) -> None:
    """STATUS of a mailbox of two messages behind ID of a client that is known for its faults: the same counts as without ID."""
    mailbox = dial.mailbox().fill(2)
    asked = ("STATUS", astring(mailbox.name), "(MESSAGES UNSEEN)")
    with dial.dialler.straight():
        plain = dial.login(fresh=True).command(*asked).ok().mailbox_status
    session = dial.login(fresh=True)
    session.command('ID ("name" "Outlook Express" "version" "0.1" "vendor" "nobody")').ok()
    said = session.command(*asked)
    assert said.is_ok
    assert said.mailbox_status == plain
