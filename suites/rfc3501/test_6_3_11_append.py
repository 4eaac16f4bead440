"""RFC 3501 section 6.3.11: APPEND, what is stored and what an answer promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    Specimen,
    Sync,
    answer,
    astring,
    compose,
    drop,
    echo,
    forward,
    quoted,
    rewrite,
    say,
    verifies,
)

APPEND = rb"APPEND .*"
SELECT = rb"SELECT .*"
PLAIN = (compose(b"The first.\r\n"), compose(b"The second.\r\nIt has two lines.\r\n"), compose(b"The third.\r\n"))
EIGHT_BIT = compose(
    b"caf\xc3\xa9 \xe2\x82\xac\r\nlatin: \xe9\xff\x80\r\n",
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
)
ODD_BODIES = (
    b".\r\n..\r\n.dots\r\n",
    b"blanks behind   \r\n\ttab\t\r\n\r\n\r\n",
    b"x" * 5000 + b"\r\n",
    b"no line end at the end",
    b"From here on\r\n>From there on\r\n",
    b"+OK\r\n* BAD\r\na1 LOGOUT\r\n{10}\r\n~{5+}\r\n)\r\n",
)
SUBJECT = b"From: <a@mailconform.invalid>\r\nSubject: dates\r\n\r\nA line.\r\n"
MINUTES = dt.timedelta(minutes=30)


@verifies("RFC3501-6.3.11-01", refuted_by=rewrite(rb"The second\.", b"The fourth.", of=rb"FETCH .*"))
def test_appended_messages_stand_at_the_end_as_they_were_given(dial: ImapDial) -> None:
    """APPEND three messages, SELECT: three messages, in that order, octet by octet (a storage may add header fields)."""
    mailbox = _empty(dial)
    for specimen in PLAIN:
        assert mailbox.imap.append(mailbox.name, specimen.raw).is_ok
    assert _same(_stored(mailbox), PLAIN)


@verifies("RFC3501-6.3.11-02", refuted_by=rewrite(rb"[\x80-\xff]", b"?", of=rb"FETCH .*"))
def test_eight_bit_data_is_kept(dial: ImapDial) -> None:
    """APPEND a message with octets above 127 in UTF-8 and others: the same octets, or a transfer encoding says other."""
    mailbox = _empty(dial)
    if not mailbox.imap.append(mailbox.name, EIGHT_BIT.raw).is_ok:
        raise Inconclusive(Reason.PRECONDITION, "APPEND of 8-bit data is refused")
    stored = _stored(mailbox)
    assert len(stored) == 1
    header = stored[0].partition(b"\r\n\r\n")[0].lower()
    if b"base64" not in header and b"quoted-printable" not in header:
        assert EIGHT_BIT.same_as(stored[0])


@verifies(
    "RFC3501-6.3.11-03", "RFC3501-6.3.11-20", refuted_by=forward(rb"APPEND \1 \2", of=rb"APPEND (\S+) \(.*?\) (.*)")
)
def test_the_flags_given_to_append_are_set(dial: ImapDial) -> None:
    """APPEND with one flag, with several, and with keywords where any may be made: just these flags, as far as they can be kept."""
    mailbox = _empty(dial)
    can = _permanent(mailbox)
    wanted = [
        r"\Seen",
        r"\Flagged \Answered",
        r"\Draft",
        r"\Deleted \Seen",
        "" if rb"\*" not in can else r"$One two \Seen",
    ]
    for specimen, flags in zip((*PLAIN, *PLAIN), wanted, strict=False):
        assert mailbox.imap.append(mailbox.name, specimen.raw, flags).is_ok
    mailbox.select()
    for number, flags in enumerate(wanted, 1):
        asked = set(flags.lower().encode().split())
        assert mailbox.flags(number) == {flag for flag in asked if not flag.startswith(b"\\") or flag in can}


@verifies("RFC3501-6.3.11-04", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Seen ", of=rb"FETCH .*"))
def test_append_without_flags_sets_none(dial: ImapDial) -> None:
    r"""APPEND without a flag list, with an empty one, and with a date alone: no flags but \Recent."""
    mailbox = _empty(dial)
    for words in ((), ("()",), ('"17-Jul-1996 02:44:25 -0700"',)):
        mailbox.command("APPEND", astring(mailbox.name), *words, Sync(PLAIN[0].raw)).ok()
    mailbox.select()
    assert [mailbox.flags(number) for number in (1, 2, 3)] == [frozenset()] * 3


@verifies("RFC3501-6.3.11-05", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 0 RECENT", of=SELECT))
def test_appended_messages_are_recent(dial: ImapDial) -> None:
    r"""APPEND two messages, one with flags, to a mailbox that no session has selected; SELECT: both are \Recent."""
    mailbox = _empty(dial)
    mailbox.imap.append(mailbox.name, PLAIN[0].raw).ok()
    mailbox.imap.append(mailbox.name, PLAIN[1].raw, "\\Seen").ok()
    assert mailbox.select().recent == 2


@verifies(
    "RFC3501-6.3.11-08",
    refuted_by=rewrite(rb'INTERNALDATE "(..)-...-....', rb'INTERNALDATE "\1-Jan-1970', of=rb"FETCH .*"),
)
def test_append_without_a_date_takes_the_current_time(dial: ImapDial) -> None:
    """APPEND an old message without a date-time: its internal date is within half an hour of our clock."""
    mailbox = _empty(dial)
    old = SUBJECT.replace(b"\r\n\r\n", b"\r\nDate: Wed, 17 Jul 1996 02:44:25 -0700\r\n\r\n", 1)
    mailbox.imap.append(mailbox.name, old).ok()
    mailbox.select()
    told = bytes(mailbox.fetch(1, "INTERNALDATE").get(b"INTERNALDATE") or b"").decode("latin-1")
    moment = dt.datetime.strptime(told.strip(), "%d-%b-%Y %H:%M:%S %z")
    assert abs(dt.datetime.now(dt.UTC) - moment) < MINUTES


@verifies("RFC3501-6.3.11-09", refuted_by=forward(rb"APPEND \1 \2", of=rb'APPEND (\S+) "[^"]*" (.*)'))
@pytest.mark.parametrize("date", ["32-Foo-2000 00:00:00 +0000", "yesterday"])
def test_an_invalid_date_is_refused(dial: ImapDial, date: str) -> None:
    """APPEND with something that is no date-time: refused, and nothing is stored."""
    mailbox = _empty(dial)
    answered = mailbox.command("APPEND", astring(mailbox.name), quoted(date), Sync(PLAIN[0].raw))
    assert answered.refused
    assert mailbox.count() == 0


@verifies(
    "RFC3501-6.3.11-06",
    refuted_by=forward(rb"APPEND \1 \2", of=rb"APPEND (\S+) \(\\Recent\) (.*)")
    | rewrite(rb"^(\S+) OK", rb"\1 NO", of=rb"APPEND .*\\Recent.*"),
)
def test_recent_in_the_flag_list_is_no_flag_of_the_message(dial: ImapDial) -> None:
    r"""APPEND with \Recent in the flag list: refused, since no client may set it, and nothing is stored."""
    mailbox = _empty(dial)
    if mailbox.imap.append(mailbox.name, PLAIN[0].raw, "\\Recent").is_ok:
        raise Inconclusive(Reason.AMBIGUOUS, "the flag may have been left out: an appended message is recent anyhow")
    assert mailbox.count() == 0


@verifies("RFC3501-6.3.11-11", refuted_by=say(b"<tag> BAD what?\r\n", of=APPEND))
def test_append_to_a_missing_mailbox_is_refused(dial: ImapDial) -> None:
    """APPEND to the name of no mailbox: NO."""
    assert dial.login().append(dial.name("missing"), PLAIN[0].raw).is_no


@verifies("RFC3501-6.3.11-12", refuted_by=echo(rb'* LIST () "/" \1\r\n', of=rb'LIST "" (.*)'))
def test_append_makes_no_mailbox(dial: ImapDial) -> None:
    """APPEND to the name of no mailbox: LIST does not show it afterwards, and SELECT is refused."""
    session, name = dial.login(), dial.name("missing")
    session.append(name, PLAIN[0].raw)
    assert not session.command('LIST ""', quoted(name)).ok().listed
    assert session.command("SELECT", astring(name)).refused


@verifies("RFC3501-6.3.11-13", refuted_by=rewrite(rb"\[TRYCREATE\] ?", b"", of=APPEND))
def test_append_to_a_missing_mailbox_says_that_it_can_be_created(dial: ImapDial) -> None:
    """APPEND to a name that CREATE then takes: the NO had the response code TRYCREATE."""
    session, name = dial.login(), dial.name("missing")
    refused = session.append(name, PLAIN[0].raw)
    if not refused.is_no:
        raise Inconclusive(Reason.PRECONDITION, f"APPEND to a missing mailbox was answered {refused!r}")
    session.command("CREATE", astring(name)).ok()
    assert refused.code == b"TRYCREATE"


@verifies("RFC3501-6.3.11-14", refuted_by=drop(of=rb"(APPEND .*|NOOP)", when=rb"\* \d+ EXISTS"))
def test_append_to_the_selected_mailbox_tells_the_new_count(mailbox: Mailbox) -> None:
    """APPEND to the selected mailbox of two messages: EXISTS 3 in front of the completion, or with NOOP at the latest."""
    mailbox.fill(2)
    appended = mailbox.imap.append(mailbox.name, PLAIN[0].raw).ok()
    assert 3 in (appended.exists, mailbox.command("NOOP").ok().exists)


@verifies("RFC3501-6.3.11-15", refuted_by=rewrite(rb"\r\n0012345 [^\r]*", b"", of=rb"FETCH .*"))
def test_a_message_of_two_megabytes_is_stored_whole(dial: ImapDial) -> None:
    """APPEND a message of 2 MB: OK, octets are those given, RFC822.SIZE counts them; not judged where a limit or quota forbids it."""
    mailbox = _empty(dial)
    large = compose(b"".join(b"%07d " % number + b"x" * 91 + b"\r\n" for number in range(20_000)))
    appended = mailbox.imap.append(mailbox.name, large.raw)
    if appended.code in (b"TOOBIG", b"OVERQUOTA", b"LIMIT"):
        raise Inconclusive(Reason.PRECONDITION, f"the server has a limit: {appended!r}")
    assert appended.is_ok
    stored = _stored(mailbox)
    assert _same(stored, [large])
    assert mailbox.fetch(1, "RFC822.SIZE").get(b"RFC822.SIZE") == len(stored[0])


@verifies("RFC3501-6.3.11-16", refuted_by=drop(of=rb"NOOP"))
def test_a_refused_append_leaves_the_session_in_step(dial: ImapDial) -> None:
    """APPEND to a missing mailbox is refused in place of the continuation request or behind the literal: NOOP is answered."""
    session = dial.login()
    for body in (b"a1 NOOP\r\n", b"x" * 100_000):
        assert session.append(dial.name("missing"), compose(body).raw).refused
        assert session.command("NOOP").is_ok


@verifies("RFC3501-6.3.11-17", refuted_by=rewrite(rb"^\.", b"", of=rb"FETCH .*"))
def test_odd_lines_of_a_message_are_kept(dial: ImapDial) -> None:
    """APPEND messages with dots, blanks at line ends, long lines, no last line end, and lines like commands: octet by octet."""
    mailbox = _empty(dial)
    given = [compose(body) for body in ODD_BODIES]
    for specimen in given:
        mailbox.imap.append(mailbox.name, specimen.raw).ok()
    assert _same(_stored(mailbox), given)


@verifies("RFC3501-6.3.11-18", refuted_by=rewrite(rb"before", b"\0", of=rb"FETCH .*"))
def test_nul_in_a_message_is_never_handed_out(dial: ImapDial) -> None:
    """APPEND a plain literal with NUL: refused, or what FETCH brings has no NUL."""
    mailbox = _empty(dial)
    mailbox.imap.append(mailbox.name, compose(b"before\r\n").raw).ok()
    mailbox.imap.append(mailbox.name, compose(b"before\0behind\r\n").raw)
    mailbox.imap.must_be_alive()
    assert not any(b"\0" in octets for octets in _stored(mailbox))


@verifies("RFC3501-6.3.11-19", refuted_by=answer(b"<tag> BAD no mailbox is selected\r\n", of=APPEND))
def test_append_needs_no_selected_mailbox(dial: ImapDial) -> None:
    """APPEND as the first command behind the login: OK, and the message is there."""
    name = dial.create(dial.login())
    session = dial.login(fresh=True)
    assert session.append(name, PLAIN[0].raw).is_ok
    assert _same(_stored(Mailbox(dial, session, name)), PLAIN[:1])


@verifies("RFC3501-6.3.11-20", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Unheard ", of=rb"FETCH .*"))
def test_append_sets_no_flag_that_does_not_exist(dial: ImapDial) -> None:
    r"""APPEND with \Unheard in the flag list: refused, or the message has no such flag."""
    mailbox = _empty(dial)
    mailbox.imap.append(mailbox.name, PLAIN[0].raw, "\\Unheard \\Seen")
    mailbox.imap.append(mailbox.name, PLAIN[1].raw).ok()
    for number in range(1, (mailbox.select().exists or 0) + 1):
        assert b"\\unheard" not in mailbox.flags(number)


@verifies("RFC3501-6.3.11-21", refuted_by=drop(of=rb"NOOP"))
def test_an_empty_message_leaves_the_session_in_step(dial: ImapDial) -> None:
    """APPEND with a literal of no octets: OK or a refusal, and NOOP is answered."""
    mailbox = _empty(dial)
    assert mailbox.imap.append(mailbox.name, b"").status in (b"OK", b"NO", b"BAD")
    assert mailbox.command("NOOP").is_ok


def _empty(dial: ImapDial) -> Mailbox:
    """An empty mailbox that no session has selected."""
    session: Imap = dial.login()
    return Mailbox(dial, session, dial.create(session))


def _stored(mailbox: Mailbox) -> list[bytes]:
    """Select the mailbox and return the octets of each message."""
    count = mailbox.select().exists or 0
    return [mailbox.fetch(number, "BODY.PEEK[]").get(b"BODY[]") or b"" for number in range(1, count + 1)]


def _same(stored: list[bytes], given: Sequence[Specimen]) -> bool:
    """Whether these messages were stored, in this order, unchanged but for header fields that a storage may add."""
    return len(stored) == len(given) and all(one.same_as(octets) for one, octets in zip(given, stored, strict=True))


def _permanent(mailbox: Mailbox) -> set[bytes]:
    """The flags in small letters that a client can change for good; all system flags where nothing is said."""
    with mailbox.dial.dialler.straight():
        told = mailbox.dial.login(mailbox.imap.account).command("SELECT", astring(mailbox.name)).ok()
    listed = told.codes.get(b"PERMANENTFLAGS")
    every = {rb"\answered", rb"\flagged", rb"\deleted", rb"\seen", rb"\draft"}
    return {flag.lower() for flag in listed} if listed is not None else every
