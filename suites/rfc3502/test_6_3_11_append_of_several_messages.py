"""RFC 3502 section 6.3.11: APPEND of several messages by one command, all of them or none."""

from __future__ import annotations

import datetime as dt

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NonSync,
    Reason,
    Specimen,
    Sync,
    answer,
    astring,
    compose,
    drop,
    echo,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import Word

pytestmark = needs("MULTIAPPEND")

APPEND = rb"APPEND .*"
PLAIN = tuple(compose(b"Message %d.\r\n" % number, subject=f"message {number}") for number in (1, 2, 3))
EIGHT_BIT = tuple(compose(b"caf\xc3\xa9 %d \xff\r\n" % number) for number in (1, 2))
DATES = ("17-Jul-1996 02:44:25 -0700", "01-Feb-1999 21:52:25 +0530")


@verifies(
    "RFC3502-INTRO-01", "RFC3502-6.3.11-01", refuted_by=rewrite(rb"Message 3", b"Message 1", of=rb"FETCH .*")
)  # fmt: skip
def test_several_messages_are_appended_in_their_order(dial: ImapDial) -> None:
    """APPEND three messages by one command: OK, and they are there in this order, octet by octet."""
    mailbox = _empty(dial)
    assert _append(mailbox, *PLAIN).is_ok
    assert _same(mailbox, PLAIN)


@verifies("RFC3502-6.3.11-02", "RFC3502-6.3.11-05", refuted_by=say(b"<tag> OK appended\r\n", of=APPEND))
def test_an_empty_message_cancels_the_append(dial: ImapDial) -> None:
    """APPEND a message and an empty literal, and one more behind it: NO, and nothing is stored."""
    mailbox = _empty(dial)
    for messages in ((PLAIN[0], b""), (PLAIN[0], b"", PLAIN[1])):
        assert _append(mailbox, *messages).is_no
        assert mailbox.count() == 0


@verifies("RFC3502-6.3.11-06", refuted_by=rewrite(rb"\(MESSAGES 0\)", b"(MESSAGES 2)", of=rb"STATUS .*"))
def test_an_append_that_exceeds_the_quota_stores_nothing(dial: ImapDial) -> None:
    """APPEND three messages that only together exceed the quota: NO, and the mailbox is as it was."""
    account = len(dial.target.accounts) - 1
    limit = dial.target.accounts[account].quota.upper()
    if not limit.endswith("K"):
        raise Inconclusive(Reason.NOT_SET_UP, 'needs an account with a small quota: quota = "20K" in the target file')
    session = dial.login(account)
    mailbox = Mailbox(dial, session, dial.create(session))
    body = b"x" * 78 + b"\r\n"
    part = compose(body * (int(limit[:-1]) * 1024 * 45 // 8000))
    appended = _append(mailbox, part, part, part)
    if appended.status != b"NO":
        raise Inconclusive(Reason.PRECONDITION, f"the quota does not stop the third message: {appended!r}")
    status = session.command("STATUS", astring(mailbox.name), "(MESSAGES)").ok().mailbox_status
    assert status == {b"MESSAGES": 0}


@verifies(
    "RFC3502-6.3.11-03", "RFC3502-6.3.11-04", "RFC3502-SYNTAX-01",
    refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Draft ", of=rb"FETCH .*"),
)  # fmt: skip
def test_each_message_has_the_flags_given_with_it(dial: ImapDial) -> None:
    r"""APPEND with flags, with none, with an empty list, with a date and flags: each message has its own flags."""
    mailbox = _empty(dial)
    words: list[Word] = [
        r"(\Seen \Flagged)", Sync(PLAIN[0].raw), Sync(PLAIN[1].raw), "()", Sync(PLAIN[2].raw),
        r"(\Answered)", quoted(DATES[0]), Sync(PLAIN[0].raw), quoted(DATES[1]), Sync(PLAIN[1].raw),
    ]  # fmt: skip
    assert mailbox.command("APPEND", astring(mailbox.name), *words).is_ok
    mailbox.select()
    wanted = [{b"\\seen", b"\\flagged"}, set(), set(), {b"\\answered"}, set()]
    assert [mailbox.flags(number) for number in range(1, 6)] == wanted


@verifies(
    "RFC3502-6.3.11-03", "RFC3502-6.3.11-04",
    refuted_by=rewrite(rb'INTERNALDATE ".*?"', b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"', of=rb"FETCH .*"),
)  # fmt: skip
def test_each_message_has_the_date_given_with_it(dial: ImapDial) -> None:
    """APPEND with a date, with none, with another date: these moments, and the present one for the second message."""
    mailbox = _empty(dial)
    words = [quoted(DATES[0]), Sync(PLAIN[0].raw), Sync(PLAIN[1].raw), quoted(DATES[1]), Sync(PLAIN[2].raw)]
    mailbox.command("APPEND", astring(mailbox.name), *words).ok()
    mailbox.select()
    moments = [_moment(mailbox, number) for number in (1, 2, 3)]
    assert [moments[0], moments[2]] == [_read(date) for date in DATES]
    assert abs(dt.datetime.now(dt.UTC) - moments[1]) < dt.timedelta(minutes=30)


@verifies("RFC3502-6.3.11-08", refuted_by=rewrite(rb"\[TRYCREATE\] ?", b"", of=APPEND))
def test_append_to_a_missing_mailbox_says_that_it_can_be_created(dial: ImapDial) -> None:
    """APPEND two messages to a name that CREATE then takes: NO with TRYCREATE."""
    mailbox = Mailbox(dial, dial.login(), dial.name("missing"))
    refused = _append(mailbox, *PLAIN[:2])
    mailbox.command("CREATE", astring(mailbox.name)).ok()
    assert refused.is_no
    assert refused.code == b"TRYCREATE"


@verifies("RFC3502-6.3.11-08", refuted_by=echo(rb'* LIST () "/" \1\r\n', of=rb'LIST "" (.*)'))
def test_append_of_several_messages_makes_no_mailbox(dial: ImapDial) -> None:
    """APPEND two messages to the name of no mailbox: LIST does not show it afterwards."""
    mailbox = Mailbox(dial, dial.login(), dial.name("missing"))
    _append(mailbox, *PLAIN[:2])
    assert not mailbox.command('LIST ""', astring(mailbox.name)).ok().listed


@verifies("RFC3502-6.3.11-09", refuted_by=drop(of=rb"(APPEND .*|NOOP)", when=rb"\* \d+ EXISTS"))
def test_append_to_the_selected_mailbox_tells_the_new_count(mailbox: Mailbox) -> None:
    """APPEND two messages to the selected mailbox of one: EXISTS 3 in front of the completion, or with NOOP at the latest."""
    mailbox.fill(1)
    appended = _append(mailbox, *PLAIN[:2]).ok()
    assert 3 in (appended.exists, mailbox.command("NOOP").ok().exists)


@verifies("RFC3502-6.3.11-10", refuted_by=answer(b"<tag> BAD one message alone\r\n", of=APPEND))
def test_each_synchronizing_literal_is_asked_for(dial: ImapDial) -> None:
    """APPEND three messages as synchronizing literals: a continuation request for each, and OK."""
    appended = _append(_empty(dial), *PLAIN)
    assert sum(reply.tag == b"+" for reply in appended.replies) == 3
    assert appended.is_ok


@verifies("RFC3502-6.3.11-11", refuted_by=say(b"<tag> BAD literal\r\n", of=APPEND))
def test_all_messages_may_come_without_waiting(dial: ImapDial) -> None:
    """APPEND three messages as non-synchronizing literals in one write: OK, and they are there."""
    mailbox = _empty(dial)
    if not mailbox.imap.announced("LITERAL-"):
        mailbox.imap.supports("LITERAL+")
    assert mailbox.command("APPEND", astring(mailbox.name), *(NonSync(specimen.raw) for specimen in PLAIN)).is_ok
    assert _same(mailbox, PLAIN)


@verifies("RFC3502-6.3.11-12", refuted_by=say(b"<tag> OK appended\r\n", of=APPEND))
def test_a_malformed_end_of_the_command_stores_nothing(dial: ImapDial) -> None:
    """APPEND with a word or an open flag list behind the first message: refused, and nothing is stored."""
    mailbox = _empty(dial)
    for end in ("garbage", "(\\Seen"):
        assert mailbox.command("APPEND", astring(mailbox.name), Sync(PLAIN[0].raw), end).refused
        assert mailbox.count() == 0


@verifies("RFC3502-6.3.11-13", refuted_by=rewrite(rb"\(MESSAGES 0\)", b"(MESSAGES 1)", of=rb"STATUS .*"))
def test_a_lost_connection_stores_nothing(dial: ImapDial) -> None:
    """Drop the connection inside the second of two messages: another session finds the mailbox empty."""
    name = dial.create(dial.login())
    session = dial.login(fresh=True)
    tag = session.begin("APPEND", astring(name), Sync(PLAIN[0].raw), b"{%d}" % len(PLAIN[1].raw))
    if not session.continues(tag):
        raise Inconclusive(Reason.PRECONDITION, "the second literal is not asked for")
    session.send(PLAIN[1].raw[:100])
    session.close()
    other = dial.login()
    other.command("NOOP").ok()
    assert other.command("STATUS", astring(name), "(MESSAGES)").ok().mailbox_status == {b"MESSAGES": 0}


@verifies("RFC3502-6.3.11-14", refuted_by=rewrite(rb"[\x80-\xff]", b"?", of=rb"FETCH .*"))
def test_eight_bit_data_of_each_message_is_kept(dial: ImapDial) -> None:
    """APPEND two messages with octets above 127: the same octets, or a transfer encoding says other."""
    mailbox = _empty(dial)
    _append(mailbox, *EIGHT_BIT).ok()
    assert _same(mailbox, EIGHT_BIT) or b"content-transfer-encoding" in _stored(mailbox)[0].lower()


@verifies(
    "RFC3502-UIDPLUS-01", "RFC3502-UIDPLUS-02", refuted_by=rewrite(rb"(APPENDUID \d+) \d+:", rb"\1 ", of=APPEND)
)  # fmt: skip
def test_appenduid_names_each_message(dial: ImapDial) -> None:
    """APPEND three messages where UIDPLUS is announced too: APPENDUID has three UIDs, those of the messages, in order."""
    mailbox = _empty(dial)
    mailbox.imap.supports("UIDPLUS")
    told = _append(mailbox, *PLAIN).ok().tagged.code
    if told is None or told.name != b"APPENDUID":
        raise Inconclusive(Reason.PRECONDITION, "APPEND has no response code APPENDUID")
    selected = mailbox.select()
    validity, uids = told.data
    assert validity == selected.codes.get(b"UIDVALIDITY")
    assert _expanded(uids) == mailbox.uids()


def _empty(dial: ImapDial) -> Mailbox:
    session = dial.login()
    return Mailbox(dial, session, dial.create(session))


def _append(mailbox: Mailbox, *messages: Specimen | bytes) -> Answer:
    octets = (Sync(one.raw if isinstance(one, Specimen) else one) for one in messages)
    return mailbox.command("APPEND", astring(mailbox.name), *octets)


def _stored(mailbox: Mailbox) -> list[bytes]:
    """Select the mailbox and return the octets of each message."""
    count = mailbox.select().exists or 0
    return [mailbox.fetch(number, "BODY.PEEK[]").get(b"BODY[]") or b"" for number in range(1, count + 1)]


def _same(mailbox: Mailbox, given: tuple[Specimen, ...]) -> bool:
    """Whether the mailbox holds these messages, in this order, unchanged but for header fields that a storage may add."""
    stored = _stored(mailbox)
    return len(stored) == len(given) and all(one.same_as(octets) for one, octets in zip(given, stored, strict=True))


def _read(date_time: str) -> dt.datetime:
    return dt.datetime.strptime(date_time.strip(), "%d-%b-%Y %H:%M:%S %z")


def _moment(mailbox: Mailbox, number: int) -> dt.datetime:
    return _read(bytes(mailbox.fetch(number, "INTERNALDATE").get(b"INTERNALDATE") or b"").decode("latin-1"))


def _expanded(uid_set: bytes) -> list[int]:
    """The UIDs of a set in their order; a range has at most a hundred here."""
    uids: list[int] = []
    for part in uid_set.split(b","):
        first, _, last = part.partition(b":")
        uids += range(int(first), min(int(last or first), int(first) + 100) + 1)
    return uids
