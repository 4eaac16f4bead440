r"""RFC 3501 section 2.3.2: system flags, keywords and \Recent; section 7.2.6: what FLAGS lists.

What cannot be stored for good (PERMANENTFLAGS) is not demanded. \Recent is judged only where the server itself has said
it to a session that may claim it.
"""

from __future__ import annotations

from conformance import (
    MESSAGE,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    compose,
    drop,
    forward,
    rewrite,
    verifies,
)

SYSTEM = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
NAMES = frozenset(flag.lower().encode() for flag in SYSTEM)
KEYWORD = "MailconformWord"
FETCHED = rb"\* \d+ FETCH"


def _recent(mailbox: Mailbox, number: int) -> bool:
    said = mailbox.fetch(number, "FLAGS").get(b"FLAGS") or ()
    return b"\\recent" in {bytes(flag).lower() for flag in said}


@verifies("RFC3501-2.3.2-01", refuted_by=rewrite(rb"\\Draft ?", b"", of=rb"(FETCH|STORE) .*"))
def test_each_system_flag_can_be_stored_and_is_shown(mailbox: Mailbox) -> None:
    """STORE FLAGS each system flag that PERMANENTFLAGS lists, alone: FETCH FLAGS shows that one and no other."""
    mailbox.fill(1)
    listed = mailbox.selected_answer.codes.get(b"PERMANENTFLAGS")
    permitted = None if listed is None else {bytes(flag).lower() for flag in listed}
    for flag in SYSTEM:
        if permitted is None or flag.lower().encode() in permitted:
            mailbox.command("STORE 1 FLAGS", f"({flag})").ok()
            assert mailbox.flags(1) & NAMES == {flag.lower().encode()}


@verifies("RFC3501-2.3.2-01", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Seen ", of=rb"FETCH .*", when=FETCHED))
def test_an_appended_message_has_no_flag_that_nobody_gave(mailbox: Mailbox) -> None:
    r"""APPEND without flags and with \Flagged: FETCH FLAGS shows none of the five, and that one."""
    mailbox.append(compose(b"Plain.\r\n"))
    mailbox.append(compose(b"Flagged.\r\n"), flags="\\Flagged")
    if mailbox.select().exists != 2:
        raise Inconclusive(Reason.PRECONDITION, "SELECT does not count both messages")
    assert [mailbox.flags(number) & NAMES for number in (1, 2)] == [set(), {b"\\flagged"}]


@verifies(
    "RFC3501-2.3.2-02",
    refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Recent ", of=rb"FETCH 1 .*", when=FETCHED, after=1),
)
def test_a_client_cannot_set_recent(mailbox: Mailbox) -> None:
    r"""Select twice, so that the message is not recent any more; STORE +FLAGS (\Recent): FETCH FLAGS shows no \Recent."""
    mailbox.fill(1).select()
    if _recent(mailbox, 1):
        raise Inconclusive(Reason.AMBIGUOUS, "the message is recent in the second session too")
    mailbox.command("STORE 1 +FLAGS (\\Recent)")
    assert not _recent(mailbox, 1)


@verifies("RFC3501-2.3.2-02", refuted_by=rewrite(rb"\\Recent ?", b"", of=rb"FETCH 1 .*", when=FETCHED, after=1))
def test_a_client_cannot_remove_recent(dial: ImapDial) -> None:
    r"""STORE -FLAGS (\Recent), then FLAGS (\Seen), of a message shown as recent: FETCH FLAGS shows \Recent still."""
    mailbox = dial.mailbox(MESSAGE)
    if not _recent(mailbox, 1):
        raise NotSupported("the only session of a new mailbox is not told of its message as recent")
    mailbox.command("STORE 1 -FLAGS (\\Recent)")
    mailbox.command("STORE 1 FLAGS (\\Seen)")
    assert _recent(mailbox, 1)


@verifies("RFC3501-2.3.2-03", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Recent ", of=rb"FETCH 1:2 .*", when=FETCHED))
def test_what_a_session_was_told_as_recent_is_not_recent_to_the_next(dial: ImapDial) -> None:
    r"""SELECT shows two messages as \Recent; SELECT in that session and in another one: neither is recent any more."""
    mailbox = dial.mailbox(MESSAGE, compose(b"Another.\r\n"))
    if not (_recent(mailbox, 1) and _recent(mailbox, 2)):
        raise NotSupported("the only session of a new mailbox is not told of its messages as recent")
    mailbox.select()
    for later in (mailbox, mailbox.beside()):
        shown = later.command("FETCH 1:2 (FLAGS)").ok().fetched.values()
        assert b"\\recent" not in {bytes(flag).lower() for fetch in shown for flag in fetch.get(b"FLAGS") or ()}


@verifies("RFC3501-2.3.2-05", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Recent ", of=rb"FETCH 2 .*", when=FETCHED))
def test_a_new_message_is_recent_in_one_of_several_sessions(dial: ImapDial) -> None:
    r"""Two sessions have the mailbox selected, a third appends: at most one of them sees the message as \Recent."""
    mailbox = dial.mailbox().fill(1)
    other = mailbox.beside()
    with dial.dialler.straight():
        dial.login().append(mailbox.name, b"Subject: third\r\n\r\nA third session.\r\n").ok()
    for session in (mailbox, other):
        if session.imap.poll(lambda heard: heard.exists == 2).exists != 2:
            raise Inconclusive(Reason.PRECONDITION, "a session was not told of the new message")
    assert not (_recent(mailbox, 2) and _recent(other, 2))


@verifies(
    "RFC3501-2.3.2-06",
    refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Mailconform ", of=rb"(FETCH|STORE) .*", when=FETCHED),
)
def test_an_unknown_name_with_a_backslash_is_no_keyword(mailbox: Mailbox) -> None:
    r"""STORE +FLAGS (\Mailconform), whatever the answer: neither it nor FETCH FLAGS shows that name."""
    mailbox.fill(1)
    stored = mailbox.command("STORE 1 +FLAGS (\\Mailconform)")
    assert b"\\mailconform" not in (stored.flags(1) or ())
    assert b"\\mailconform" not in mailbox.flags(1)


@verifies("RFC3501-2.3.2-07", refuted_by=answer(b"<tag> NO no more keywords\r\n", of=rb"STORE .* \(MailconformWord\)"))
def test_clients_may_create_keywords(mailbox: Mailbox) -> None:
    r"""PERMANENTFLAGS lists \*: STORE +FLAGS a new keyword is answered OK, and FETCH FLAGS shows it."""
    mailbox.fill(2)
    if b"\\*" not in (mailbox.selected_answer.codes.get(b"PERMANENTFLAGS") or ()):
        raise NotSupported("PERMANENTFLAGS does not list \\*")
    stored = mailbox.command("STORE 2 +FLAGS", f"({KEYWORD})")
    assert stored.is_ok
    assert [KEYWORD.lower().encode() in mailbox.flags(number) for number in (1, 2)] == [False, True]


@verifies("RFC3501-2.3.2-08", refuted_by=drop(of=rb"(NOOP|FETCH .*)", when=FETCHED) | rewrite(rb"\\Answered ?", b""))
def test_permanent_flags_are_seen_by_concurrent_sessions(mailbox: Mailbox) -> None:
    """STORE in one session, then NOOP and FETCH FLAGS in another that has the mailbox selected: the flag is there."""
    mailbox.fill(3).permits("\\Answered")
    other = mailbox.beside()
    mailbox.command("STORE 2 +FLAGS.SILENT (\\Answered)").ok()
    assert other.settles(lambda: _flags(other) == [set(), {b"\\answered"}, set()])


def _flags(mailbox: Mailbox) -> list[frozenset[bytes]]:
    return [flags & NAMES for _, flags in sorted(mailbox.every_flag().items())]


@verifies("RFC3501-2.3.2-08", refuted_by=forward(b"NOOP", of=rb"STORE 3 .*"))
def test_permanent_flags_are_seen_by_later_sessions(dial: ImapDial) -> None:
    """STORE other flags for each of three messages and log out: a session that begins then sees just these."""
    wanted = ({b"\\flagged"}, {b"\\seen", b"\\answered"}, {b"\\draft", b"\\deleted"})
    mailbox = dial.mailbox(fresh=True).fill(3).permits(*SYSTEM)
    for number, flags in enumerate(wanted, 1):
        mailbox.command("STORE", number, "FLAGS.SILENT", b"(" + b" ".join(sorted(flags)) + b")").ok()
    mailbox.imap.leave()
    assert _flags(mailbox.beside()) == [*wanted]


@verifies("RFC3501-7.2.6-01", refuted_by=rewrite(rb"\\Draft ?", b"", of=rb"(SELECT|EXAMINE) .*", when=rb"\* FLAGS"))
def test_flags_lists_the_system_flags(mailbox: Mailbox) -> None:
    r"""SELECT and EXAMINE: FLAGS lists \Answered \Flagged \Deleted \Seen \Draft, in any letter case."""
    for read_only in (False, True):
        listed = mailbox.select(read_only=read_only).data("FLAGS") or ()
        assert {bytes(flag).lower() for flag in listed} >= NAMES


@verifies("RFC3501-7.2.6-02", refuted_by=rewrite(rb"MailconformWord ?", b"", of=rb"SELECT .*", when=rb"\* FLAGS"))
def test_flags_lists_every_flag_that_fetch_shows(mailbox: Mailbox) -> None:
    r"""STORE a keyword, SELECT again: what FETCH FLAGS shows is listed in FLAGS, \Recent aside."""
    mailbox.fill(1).permits(KEYWORD)
    mailbox.command("STORE 1 +FLAGS.SILENT", f"({KEYWORD} \\Seen)").ok()
    listed = mailbox.select().data("FLAGS") or ()
    shown = mailbox.flags(1)
    assert KEYWORD.lower().encode() in shown
    assert shown <= {bytes(flag).lower() for flag in listed}
