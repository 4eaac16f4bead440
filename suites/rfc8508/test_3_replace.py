"""RFC 8508 section 3: REPLACE and UID REPLACE, what they do and what they leave alone."""

from __future__ import annotations

from datetime import UTC, datetime

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    Sync,
    answer,
    astring,
    compose,
    forward,
    inject_before,
    needs,
    rewrite,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_values import Fetch

pytestmark = needs("REPLACE")

NEW = compose(b"What stands here now.\r\nIt has two lines.\r\n", subject="the replacement")
LARGE = compose(b"Nearly all that is left.\r\n" * 460, subject="a large message")  # some 12 KB of 20
REPLACE = rb"(?:UID )?REPLACE \d+ .*"
FETCHED = rb"\* \d+ FETCH"
DONE = b"<tag> OK done\r\n"


@verifies("RFC8508-3.1-01", refuted_by=answer(b"<tag> BAD unknown command\r\n", of=rb"UID REPLACE .*"))
def test_replace_and_uid_replace_are_taken_in_the_selected_state(mailbox: Mailbox) -> None:
    """REPLACE 1 and UID REPLACE of the last of three messages, into the selected mailbox: OK both."""
    uids = mailbox.fill(3).uids()
    assert _replace(mailbox, "REPLACE", 1).is_ok
    assert _replace(mailbox, "UID REPLACE", uids[2]).is_ok


@verifies("RFC8508-3.4-01", refuted_by=forward(rb"APPEND \1", of=rb"REPLACE \d+ (.*)"))
def test_the_new_message_is_there_and_the_old_one_is_gone(mailbox: Mailbox) -> None:
    """REPLACE the second of four messages: the others and the new one stand there, every octet of them."""
    before = _contents(mailbox.fill(4))
    _replace(mailbox, "REPLACE", 2).ok()
    assert _contents(mailbox) == [before[0], before[2], before[3], NEW.raw]


@verifies("RFC8508-3.4-01", refuted_by=rewrite(rb"\* 2 EXPUNGE", b"* 3 EXPUNGE", of=REPLACE))
def test_the_session_is_told_of_the_message_replaced(mailbox: Mailbox) -> None:
    """REPLACE the second of four messages: EXPUNGE takes away its UID and no other, by the end of a NOOP behind it."""
    before = mailbox.fill(4).uids()
    told = _replace(mailbox, "REPLACE", 2).ok()
    more = mailbox.command("NOOP").ok()
    left = list(before)
    for number in (*told.expunged, *more.expunged):
        del left[number - 1 : number]
    assert [uid for uid in left if uid in before] == [before[0], before[2], before[3]]
    assert mailbox.uids()[:3] == left[:3]


@verifies("RFC8508-3.4-08", refuted_by=rewrite(rb"(?i)\\Flagged", b"\\\\Draft", of=rb".*FETCH .*"))
def test_flags_given_to_replace_are_those_of_the_new_message(mailbox: Mailbox) -> None:
    """REPLACE with flags: the new message has these flags and no others."""
    mailbox.fill(2).permits("\\Flagged", "\\Answered")
    mailbox.command("REPLACE 1", astring(mailbox.name), "(\\Flagged \\Answered)", Sync(NEW.raw)).ok()
    assert mailbox.beside(read_only=True).flags(2) == {b"\\flagged", b"\\answered"}


@verifies("RFC8508-3.4-08", refuted_by=rewrite(rb"-Nov-2020", b"-Nov-2021", of=rb".*FETCH .*"))
def test_the_date_given_to_replace_is_that_of_the_new_message(mailbox: Mailbox) -> None:
    """REPLACE with a date-time: the INTERNALDATE of the new message is this moment, in whatever zone."""
    mailbox.fill(2)
    mailbox.command("REPLACE 1", astring(mailbox.name), '"21-Nov-2020 12:34:56 +0000"', Sync(NEW.raw)).ok()
    told = mailbox.beside(read_only=True).fetch(2, "INTERNALDATE").get(b"INTERNALDATE")
    assert datetime.strptime(told.decode().strip(), "%d-%b-%Y %H:%M:%S %z") == datetime(
        2020, 11, 21, 12, 34, 56, tzinfo=UTC
    )


@verifies("RFC8508-3.4-02", refuted_by=forward(rb"REPLACE 3\1", of=rb"REPLACE 2( .*)"))
def test_only_the_message_named_is_removed(mailbox: Mailbox) -> None:
    """REPLACE the second of four messages, the first and third of which are marked Deleted: these two stay."""
    before = _contents(mailbox.fill(4))
    mailbox.flag("1,3", "\\Deleted")
    _replace(mailbox, "REPLACE", 2).ok()
    kept = mailbox.beside(read_only=True)
    assert _contents(mailbox) == [before[0], before[2], before[3], NEW.raw]
    assert [b"\\deleted" in kept.flags(n) for n in (1, 2, 3)] == [True, True, False]


@verifies("RFC8508-3.4-07", refuted_by=forward(rb"APPEND \1", of=rb"REPLACE \d+ (.*)"))
def test_the_target_may_be_another_mailbox(dial: ImapDial) -> None:
    """REPLACE the first of three messages, into another mailbox: the new one is there, the old one gone from here."""
    mailbox = dial.mailbox().fill(3)
    before = _contents(mailbox)
    other = Mailbox(dial, dial.login(), dial.create(mailbox.imap, "other"))
    _replace(mailbox, "REPLACE", 1, other.name).ok()
    other.select()
    assert _contents(other) == [NEW.raw]
    assert _contents(mailbox) == before[1:]


@verifies("RFC8508-3.3-01", refuted_by=forward(rb"REPLACE\1", of=rb"UID REPLACE( .*)"))
def test_uid_replace_takes_a_uid(mailbox: Mailbox) -> None:
    """Of five messages two are gone: UID REPLACE of the last UID but one removes this message, whatever its number."""
    mailbox.fill(5).expunge("1:2")
    before, uids = _contents(mailbox), mailbox.uids()
    assert _replace(mailbox, "UID REPLACE", uids[1]).is_ok
    assert _contents(mailbox) == [before[0], before[2], NEW.raw]


@verifies("RFC8508-3.3-01", refuted_by=forward(rb"UID REPLACE 1\1", of=rb"UID REPLACE \d+( .*)"))
def test_uid_replace_of_no_message_appends_nothing(mailbox: Mailbox) -> None:
    """UID REPLACE with a UID that no message has, whatever the answer: the mailbox is what it was."""
    before, uids = _contents(mailbox.fill(3)), mailbox.uids()
    _replace(mailbox, "UID REPLACE", max(uids) + 1000)
    assert _contents(mailbox) == before


@verifies("RFC8508-3.2-01", refuted_by=forward(rb"APPEND \1", of=rb"REPLACE \d+ (.*)"))
def test_replace_of_no_message_fails_and_appends_nothing(mailbox: Mailbox) -> None:
    """REPLACE with a number above the count: BAD or NO, and the mailbox is what it was."""
    before = _contents(mailbox.fill(3))
    assert _replace(mailbox, "REPLACE", 4).refused
    assert _contents(mailbox) == before


@verifies("RFC8508-5-01", refuted_by=forward(rb"REPLACE 1\1", of=rb"REPLACE \S+( .*)"))
def test_a_set_is_no_message_number(mailbox: Mailbox) -> None:
    """REPLACE 1:2, 1,2 and *: refused each, and the mailbox is what it was."""
    before = _contents(mailbox.fill(3))
    for numbers in ("1:2", "1,2", "*"):
        assert _replace(mailbox, "REPLACE", numbers).refused, numbers
    assert _contents(mailbox) == before


@verifies("RFC8508-3.4-03", refuted_by=inject_before(b"* 2 FETCH (FLAGS (\\Deleted))\r\n", of=REPLACE))
def test_the_message_replaced_is_never_shown_as_deleted(mailbox: Mailbox) -> None:
    """REPLACE in a mailbox that another session has selected: neither hears of a message with the flag Deleted."""
    mailbox.fill(3)
    other = mailbox.beside()
    told = _replace(mailbox, "REPLACE", 2).ok()
    behind = mailbox.command("NOOP").ok()
    beside = other.imap.poll(lambda a: bool(a.expunged or a.all("VANISHED")))
    assert not any(_deleted(r.data) for a in (told, behind, beside) for r in a.all("FETCH"))


@verifies("RFC8508-3.4-04", refuted_by=inject_before(b"* 2 EXPUNGE\r\n", of=REPLACE))
def test_nothing_is_expunged_by_a_replace_that_fails(dial: ImapDial) -> None:
    """REPLACE into a mailbox that does not exist, and into the selected one with a date that is none: nothing is lost."""
    mailbox = dial.mailbox().fill(3)
    before = _contents(mailbox)
    failed = [_replace(mailbox, "REPLACE", 2, dial.name("missing"))]
    failed.append(mailbox.command("REPLACE 2", astring(mailbox.name), '"31-Foo-2020 25:00:00 +0000"', Sync(NEW.raw)))
    if not all(a.refused for a in failed):
        raise Inconclusive(Reason.PRECONDITION, "a REPLACE that cannot be done is not refused")
    assert not any(a.expunged or a.all("VANISHED") for a in (*failed, mailbox.command("NOOP").ok()))
    assert _contents(mailbox) == before


@verifies("RFC8508-3.4-06", refuted_by=rewrite(rb"NO \[TRYCREATE\]", b"NO", of=REPLACE))
def test_a_missing_target_is_answered_by_trycreate(dial: ImapDial) -> None:
    """REPLACE into a mailbox that could be created: NO [TRYCREATE], and the message stays."""
    mailbox = dial.mailbox().fill(2)
    before, missing = _contents(mailbox), dial.name("missing")
    answered = _replace(mailbox, "REPLACE", 1, missing)
    assert answered.is_no
    assert answered.code == b"TRYCREATE"
    assert _contents(mailbox) == before


@verifies("RFC8508-3.4-05", refuted_by=forward(rb"APPEND \1", of=rb"REPLACE \d+ (.*)"))
def test_only_the_net_change_counts_against_a_quota(dial: ImapDial) -> None:
    """In an account that has room for one large message and not for two, REPLACE it by another of its size: OK."""
    small = next((n for n, account in enumerate(dial.target.accounts) if account.quota), None)
    if small is None:
        raise Inconclusive(Reason.NOT_SET_UP, "needs an [[account]] with quota = in the target file")
    mailbox = dial.mailbox(LARGE, account=small)
    with dial.dialler.straight():
        if mailbox.imap.append(mailbox.name, LARGE.raw).status != b"NO":
            raise Inconclusive(Reason.PRECONDITION, "the account has room for a second large message")
    mailbox.select()
    assert mailbox.command("REPLACE 1", astring(mailbox.name), Sync(LARGE.raw)).is_ok


@verifies("RFC8508-3.5-01", refuted_by=forward(rb"APPEND \1", of=rb"(?:UID )?REPLACE \d+ (.*)"))
def test_replace_is_refused_without_a_mailbox_selected(dial: ImapDial) -> None:
    """REPLACE and UID REPLACE in a session that has selected nothing: refused, and nothing is appended."""
    mailbox = dial.mailbox().fill(1)
    bare = Mailbox(dial, dial.login(fresh=True), mailbox.name)
    assert _replace(bare, "REPLACE", 1).refused
    assert _replace(bare, "UID REPLACE", mailbox.uids()[0]).refused
    assert mailbox.count() == 1


@verifies("RFC8508-1-01", refuted_by=rewrite(rb"\bFLAGS \(", rb"FLAGS (\\Flagged ", of=rb".*FETCH .*"))
def test_the_new_message_inherits_nothing(mailbox: Mailbox) -> None:
    """REPLACE a message that is Flagged, Answered and Draft, giving no flags: the new one has none of them."""
    mailbox.fill(2, "\\Flagged \\Answered \\Draft")
    _replace(mailbox, "REPLACE", 1).ok()
    kept = mailbox.beside(read_only=True)
    assert not kept.flags(2) & {b"\\flagged", b"\\answered", b"\\draft", b"\\deleted"}
    assert _contents(mailbox)[1:] == [NEW.raw]


def _replace(mailbox: Mailbox, verb: str, number: int | str, target: bytes = b"") -> Answer:
    """Replace a message by NEW, in the same mailbox or another one."""
    return mailbox.command(verb, number, astring(target or mailbox.name), Sync(NEW.raw))


def _contents(mailbox: Mailbox) -> list[bytes]:
    """Every message of the mailbox, octet by octet, as another session finds it."""
    fetched = mailbox.beside(read_only=True).command("UID FETCH 1:* BODY.PEEK[]").ok().fetched
    return [fetched[number].get(b"BODY[]") for number in sorted(fetched)]


def _deleted(data: Fetch) -> bool:
    return any(bytes(flag).lower() == b"\\deleted" for flag in data.get(b"FLAGS") or ())
