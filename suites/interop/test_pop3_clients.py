"""Do real clients get through by POP3? poplib, fetchmail, getmail and curl, each with a fixed errand.

They log in by themselves, over a connection that the harness has opened, and remove nothing. What they retrieve is held
against what our own session stored and sees. A client that gives up by itself may have misread a lawful answer; one that
is refused something, or gets what is not right, is worth a warning and no more.
"""

from __future__ import annotations

import poplib
from collections.abc import Sequence

import pytest

from conformance import STOCK, Inconclusive, Maildrop, NotSupported, Pop3, Pop3Dial, Reason, rewrite, speaks, verifies
from conformance.delivery import key_of
from conformance.witnesses.clients import let_in
from conformance.witnesses.fetching import BY_POP3, Errand
from conformance.witnesses.programs import at_desk

pytestmark = speaks("pop3")
ANOTHER = rewrite(rb"The second message", b"The fourth message", of=rb"(RETR|TOP) .*")


def knocking(dial: Pop3Dial) -> Pop3:
    """A session that is not logged in; NotSupported unless USER and PASS let the account in: every client can do that."""
    if dial.profile.door and dial.profile.door.method != "USER":
        raise NotSupported("the account is not let in by USER and PASS")
    session = dial.pop3()
    session.greeting.ok()
    return session


def numbers(session: Pop3) -> tuple[int, ...]:
    """The numbers of the messages in a maildrop that is open, which our own session reads there as they are; it ends."""
    with_body = zip(STOCK, session.own, strict=True)
    if not all(specimen.same_as(session.command("RETR", number).ok().body) for specimen, number in with_body):
        raise Inconclusive(Reason.PRECONDITION, "our own session does not read what was delivered")
    session.leave()
    return session.own


@verifies("RFC1939-3-26", refuted_by=ANOTHER)
@pytest.mark.parametrize("program", list(BY_POP3))
def test_mail_programs_retrieve_what_is_in_a_maildrop(dial: Pop3Dial, maildrop: Maildrop, program: str) -> None:
    """Three messages in the maildrop, none of anybody else's: the program retrieves each with every octet, and is content."""
    known, fetch = BY_POP3[program]
    known.demand()
    with dial.dialler.straight():
        opened = maildrop.alone(*STOCK)
        if program == "getmail":  # knows messages by their unique-ids, which a server need not have
            opened.command("UIDL").supported("UIDL")
        own = numbers(opened)
    session, plain = knocking(dial), dial.profile.announced("SASL PLAIN")
    with at_desk(known, session) as desk:
        complaint = fetch(desk, Errand(account=dial.account(), plain=plain, numbers=own))
        fetched = desk.fetched()
    missing = [n for n, specimen in enumerate(STOCK, 1) if not any(specimen.same_as(raw) for raw in fetched)]
    seen = f"{len(fetched)} are fetched, and not {missing} of three as they were stored" if missing else ""
    assert desk.guest.finding(complaint, seen) == ""


@verifies("RFC1939-3-26", refuted_by=ANOTHER)
def test_poplib_retrieves_what_is_in_a_maildrop(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """By poplib: CAPA, STAT, LIST, UIDL, TOP and RETR: they agree, and three messages come with every octet."""
    with dial.dialler.straight():
        own = numbers(maildrop.open(*STOCK))
    session = knocking(dial)
    with let_in(session) as guest:
        outcome = by_poplib(dial, guest.port, own)
    assert guest.finding(*outcome) == ""


def by_poplib(dial: Pop3Dial, port: int, own: Sequence[int]) -> tuple[str, str]:
    """Let poplib do its errand with these messages, and return what it complains of, and where answers are wrong."""
    try:
        client = poplib.POP3("127.0.0.1", port, timeout=dial.target.patience)
        try:
            listed = client.capa() if dial.profile.capa else {}
            client.user(dial.account().user)
            client.pass_(dial.account().password)
            count, _ = client.stat()
            numbered = {int(line.split()[0]) for line in client.list()[1]}
            named = {int(line.split()[0]) for line in client.uidl()[1]} if "UIDL" in listed else numbered
            heads = [b"\r\n".join(client.top(n, 0)[1]) for n in own] if "TOP" in listed else []
            texts = [b"\r\n".join([*client.retr(n)[1], b""]) for n in own]
        finally:
            client.quit()
    except poplib.error_proto as error:
        return f"poplib gives up: {error}", ""
    except OSError as error:
        raise Inconclusive(Reason.SILENT, f"poplib waits in vain: {error}") from error
    wrong = {
        "STAT and LIST do not count alike": count != len(numbered),
        "UIDL and LIST do not name the same messages": named != numbered,
        "TOP shows another header": bool(heads) and [key_of(head) for head in heads] != [s.key for s in STOCK],
        "RETR does not bring what was stored": not all(s.same_as(text) for s, text in zip(STOCK, texts, strict=True)),
    }
    return "", "; ".join(words for words, found in wrong.items() if found)
