"""RFC 5161: the ENABLE command."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import Imap, ImapDial, NotSupported, drop, inject_before, needs, rewrite, say, verifies
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import astring

pytestmark = needs("ENABLE")


def enabled(said: Answer) -> set[bytes]:
    """The names in all ENABLED responses, in upper case."""
    return {bytes(name).upper() for response in said.all("ENABLED") for name in response.data or ()}


def enabling_condstore(dial: ImapDial) -> Imap:
    """A new authenticated session with a server that announces CONDSTORE."""
    if not dial.profile.announced("CONDSTORE"):
        raise NotSupported("CONDSTORE is not announced")
    return dial.login(fresh=True)


def known(dial: ImapDial) -> bytes:
    """The name of an extension that can be enabled; NotSupported if none is announced."""
    for name in ("CONDSTORE", "UTF8=ACCEPT", "QRESYNC"):
        if dial.profile.announced(name):
            return name.encode()
    raise NotSupported("none of CONDSTORE, UTF8=ACCEPT and QRESYNC is announced")


def modseq_of_first(dial: ImapDial, session: Imap) -> Any:
    """Flag a message of a mailbox of our own and return the MODSEQ of the FETCH response, None without one."""
    with dial.dialler.straight():
        name = dial.create(session)
        session.append(name, b"Subject: one\r\n\r\n").ok()
        session.command("SELECT", astring(name)).ok()
    said = session.command("STORE 1 +FLAGS (\\Flagged)").ok()
    return next((fetch.get(b"MODSEQ") for fetch in said.fetched.values() if b"MODSEQ" in fetch), None)


@verifies("RFC5161-3.1-01", "RFC5161-3.1-06", refuted_by=rewrite(rb" ?MODSEQ \(\d+\) ?", b"", of=rb"STORE .*"))
def test_an_enabled_extension_is_in_effect(dial: ImapDial) -> None:
    """ENABLE CONDSTORE, and another ENABLE of an unknown name: STORE brings MODSEQ."""
    session = enabling_condstore(dial)
    session.command("ENABLE CONDSTORE").ok()
    session.command("ENABLE X-NO-SUCH-THING").ok()
    assert modseq_of_first(dial, session) is not None


@verifies("RFC5161-3.1-02", refuted_by=rewrite(rb"\* ENABLED", b"* ENABLED X-NO-SUCH-THING", of=rb"ENABLE .*"))
def test_unknown_names_are_ignored(dial: ImapDial) -> None:
    """ENABLE of an unknown name, alone and beside a known one: OK, and ENABLED does not name it."""
    session, name = dial.login(fresh=True), known(dial)
    alone, beside = session.command("ENABLE X-NO-SUCH-THING"), session.command("ENABLE X-NO-SUCH-THING", name)
    assert alone.is_ok
    assert beside.is_ok
    assert b"X-NO-SUCH-THING" not in enabled(alone) | enabled(beside)


@verifies("RFC5161-3.1-02", "RFC5161-3.1-01", refuted_by=rewrite(rb"\* ENABLED.*", b"* ENABLED", of=rb"ENABLE .*"))
def test_a_known_name_beside_an_unknown_one_is_enabled(dial: ImapDial) -> None:
    """ENABLE of an unknown name and a known one: ENABLED names the known one."""
    session, name = dial.login(fresh=True), known(dial)
    assert name in enabled(session.command("ENABLE X-NO-SUCH-THING", name).ok())


@verifies("RFC5161-3.1-03", refuted_by=inject_before(b"* ENABLED IDLE\r\n", of=rb"ENABLE .*"))
def test_names_that_cannot_be_enabled_are_ignored(dial: ImapDial) -> None:
    """ENABLE IDLE UIDPLUS: OK, and ENABLED names neither."""
    said = dial.login(fresh=True).command("ENABLE IDLE UIDPLUS")
    assert said.is_ok
    assert not {b"IDLE", b"UIDPLUS"} & enabled(said)


@verifies("RFC5161-3.1-04", refuted_by=drop(of=rb"ENABLE .*", when=rb"\* ENABLED"))
def test_enabled_comes_with_every_ok(dial: ImapDial) -> None:
    """ENABLE of a known name, of an unknown one, and of the known one again: an ENABLED response each time."""
    session = dial.login(fresh=True)
    for name in (known(dial), b"X-NO-SUCH-THING", known(dial)):
        assert session.command("ENABLE", name).ok().all("ENABLED")


@verifies("RFC5161-3.1-05", "RFC5161-4-01", refuted_by=say(b"* ENABLED\r\n<tag> OK done\r\n", of=rb"ENABLE ?"))
@pytest.mark.parametrize("line", [b"ENABLE", b"ENABLE "], ids=["nothing", "space"])
def test_enable_without_a_name_is_refused(dial: ImapDial, line: bytes) -> None:
    """ENABLE alone, and with a space behind it: BAD (or NO)."""
    assert dial.login(fresh=True).command(line).refused


@verifies("RFC5161-3.1-07", refuted_by=inject_before(b"* ENABLED CONDSTORE UTF8=ACCEPT\r\n", of=rb"ENABLE X.*"))
def test_enabled_names_what_this_command_has_enabled(dial: ImapDial) -> None:
    """ENABLE of a known name, then of an unknown one: the second ENABLED does not repeat the first name."""
    session, name = dial.login(fresh=True), known(dial)
    session.command("ENABLE", name).ok()
    assert name not in enabled(session.command("ENABLE X-NO-SUCH-THING").ok())


@verifies("RFC5161-3.1-08", refuted_by=rewrite(rb"(IMAP4rev1)", rb"\1 XENABLED", of=rb"CAPABILITY", after=1))
def test_enable_changes_no_capabilities(dial: ImapDial) -> None:
    """CAPABILITY before and after ENABLE of a known name: the same set."""
    session, name = dial.login(fresh=True), known(dial)
    before = set(session.command("CAPABILITY").ok().data("CAPABILITY") or ())
    session.command("ENABLE", name).ok()
    assert set(session.command("CAPABILITY").ok().data("CAPABILITY") or ()) == before


@verifies("RFC5161-3.1-09", refuted_by=say(b"* ENABLED\r\n<tag> OK done\r\n", of=rb"ENABLE .*"))
def test_enable_is_refused_before_login(imap: Imap) -> None:
    """ENABLE before login: refused."""
    assert imap.command("ENABLE CONDSTORE").refused


@verifies("RFC5161-3.1-09", refuted_by=say(b"<tag> BAD not now\r\n", of=rb"ENABLE .*"))
def test_enable_is_accepted_after_login(dial: ImapDial) -> None:
    """ENABLE after login: OK."""
    assert dial.login(fresh=True).command("ENABLE X-NO-SUCH-THING").is_ok


@verifies("RFC5161-3.1-10", refuted_by=say(b"<tag> BAD one at a time\r\n", of=rb"ENABLE .*"))
def test_login_enable_and_select_in_one_write_are_carried_out_in_order(dial: ImapDial) -> None:
    """LOGIN, ENABLE and EXAMINE INBOX in one write: OK each."""
    session, account = dial.imap(), dial.account()
    if dial.profile.door is None or dial.profile.door.method != "LOGIN":
        raise NotSupported("the account does not log in by LOGIN")
    login = b'e1 LOGIN %s "%s"\r\n' % (account.user.encode(), account.password.encode())
    session.send(login + b"e2 ENABLE X-NO-SUCH-THING\r\ne3 EXAMINE INBOX\r\n")
    assert all(session.finish(tag).is_ok for tag in (b"e1", b"e2", b"e3"))


@verifies("RFC5161-3.1-11", refuted_by=rewrite(rb"\* ENABLED.*", b"* ENABLED", of=rb"ENABLE (?-i:.*[a-z].*)"))
def test_names_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """ENABLE with a known name in lower case: ENABLED names it."""
    name = known(dial)
    said = dial.login(fresh=True).command("ENABLE", name.lower())
    assert said.is_ok
    assert name in enabled(said)


@verifies("RFC5161-3.1-12", refuted_by=rewrite(rb"FETCH \(", b"FETCH (MODSEQ (12) ", of=rb"STORE .*"))
def test_what_was_enabled_ends_with_the_connection(dial: ImapDial) -> None:
    """ENABLE CONDSTORE on one connection; on a new one STORE brings no MODSEQ."""
    enabling_condstore(dial).command("ENABLE CONDSTORE").ok()
    assert modseq_of_first(dial, dial.login(fresh=True)) is None
