"""RFC 3501 section 6.4.4: the SEARCH command itself, UID SEARCH (section 6.4.8), and what has changed since."""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, Sync, compose, forward, rewrite, say, verifies
from conformance.models.shown import sample, shown
from conformance.wire.search_program import And, InSet, Key, Not, Or, Program, read_sequence_set

SEEN = Key(b"SEEN")


def _numbers(text: str) -> InSet:
    return InSet(read_sequence_set(text.encode()))


def _uids(text: str) -> Key:
    return Key(b"UID", (read_sequence_set(text.encode()),))


@verifies("RFC3501-6.4.4-43", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH UID (\S+)"))
def test_the_key_uid_takes_a_set_of_uids(mailbox: Mailbox) -> None:
    """Five messages, the second and third expunged: UID with single UIDs, ranges either way, gaps, * and large numbers."""
    uids = mailbox.fill(5).uids()
    held = shown(mailbox.expunge("2:3"))
    first, *_, fourth, last = uids
    sets = (
        f"{first}", "*", "1:*", "*:1", f"{fourth}:*", f"{last}:{fourth}", f"{uids[1]}", f"{uids[1]}:{uids[2]}",
        f"{first},{last}", f"{first}:{last}", f"{last + 1000}:*", "4294967295", f"{uids[2]}:{fourth},{first}",
    )  # fmt: skip
    assert not held.wrong(*map(_uids, sets), Not(_uids(f"{first}")), Or(_uids(f"{last}"), _numbers("2")))


@verifies("RFC3501-6.4.8-04", refuted_by=forward(rb"SEARCH\1", of=rb"UID SEARCH(.*)"))
def test_uid_search_finds_uids_by_numbers_and_by_uids(mailbox: Mailbox) -> None:
    """Five messages, the first two expunged: UID SEARCH with sets of numbers, UIDs, flags and all of them: UIDs."""
    uids = mailbox.fill(5).uids()
    mailbox.expunge("1:2").flag(2, "\\Seen")
    programs: tuple[Program, ...] = (
        Key(b"ALL"),
        _numbers("1:2"),
        _numbers("*"),
        _uids(f"{uids[2]}:{uids[3]}"),
        And((_numbers("1:2"), _uids(f"{uids[3]}:*"))),
        Not(_numbers("1")),
        SEEN,
        Not(SEEN),
    )
    assert not shown(mailbox).wrong(*programs, uid=True)


@verifies("RFC3501-6.4.4-44", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD unknown key", of=rb"search .*|.*nOT.*"))
def test_search_keys_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """Keys in lower and mixed case, the command, NOT, OR, HEADER, CHARSET and months too: the same messages."""
    held = sample(dial)
    pairs = (
        (SEEN, b"seen"),
        (And((Key(b"UNSEEN"), Key(b"FROM", (b"gamma",)))), b"unSeen from gamma"),
        (Not(Key(b"SUBJECT", (b"apple",))), b'nOT subJECT "apple"'),
        (Or(Key(b"FLAGGED"), Key(b"SMALLER", (1000,))), b"or flagged Smaller 1000"),
        (Key(b"HEADER", (b"X-Mailconform-Note", b"first")), b"header X-Mailconform-Note first"),
        (_numbers("2:4"), b"(all 2:4)"),
    )
    assert not any(held.wrong_as(program, words) for program, words in pairs)
    plain = held.mailbox.command("SEARCH SEEN").ok()
    lower = held.mailbox.command("search charset us-ascii seen")
    assert lower.is_ok
    assert sorted(lower.found) == sorted(plain.found)


@verifies("RFC3501-6.4.4-45", refuted_by=say(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH"))
def test_search_without_a_key_is_bad(dial: ImapDial) -> None:
    """SEARCH alone: BAD."""
    assert sample(dial).mailbox.command("SEARCH").is_bad


@verifies("RFC3501-6.4.4-46", refuted_by=say(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH .*"))
@pytest.mark.parametrize(
    "keys",
    [
        "MAILCONFORM",
        "SEEN MAILCONFORM",
        "SINCE 2000-01-01",
        "SINCE 1-Foo-2000",
        "ON 1-1-2000",
        "LARGER many",
        "OR SEEN",
        "NOT",
    ],
    ids=["unknown", "second", "iso-date", "month", "month-number", "no-number", "or-of-one", "not-alone"],
)
def test_unknown_keys_and_malformed_arguments_are_bad(dial: ImapDial, keys: str) -> None:
    """SEARCH with a key that nobody knows, a date in another form, a key without its argument: BAD."""
    assert sample(dial).mailbox.command("SEARCH", keys).is_bad


@verifies("RFC3501-6.4.4-52", refuted_by=say(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH .*"))
def test_keyword_with_a_system_flag_is_bad(dial: ImapDial) -> None:
    r"""SEARCH KEYWORD \Seen: BAD, since a keyword does not begin with a backslash."""
    assert sample(dial).mailbox.command("SEARCH KEYWORD \\Seen").is_bad


@verifies("RFC3501-6.4.4-48", refuted_by=forward(rb"FETCH 1:* (BODY[])", of=rb"SEARCH (?:BODY|TEXT) .*"))
def test_search_leaves_the_flags_alone(mailbox: Mailbox) -> None:
    """SEARCH over bodies, texts and headers of three messages with flags of their own: the same flags as before."""
    mailbox.fill(3).flag(1, "\\Seen").flag(2, "\\Flagged")
    before = mailbox.every_flag()
    for key in ("BODY message", "TEXT recipient", "UNSEEN", 'HEADER Subject "2"', "SENTSINCE 1-Jan-2000", "LARGER 1"):
        mailbox.command("SEARCH", key).ok()
    assert mailbox.every_flag() == before


@verifies(
    "RFC3501-6.4.4-51",
    refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH (?:NOT NOT|OR OR|\(\(|SEEN SEEN).*"),
)
@pytest.mark.parametrize("way", ["not", "or", "parentheses", "long"])
def test_deep_and_long_programs_are_answered(dial: ImapDial, way: str) -> None:
    """100 NOT, 100 OR, 100 parentheses, 100 keys: refused, or the right messages, and the session goes on."""
    held = sample(dial)
    words = {
        "not": b"NOT " * 100 + b"SEEN",
        "or": b"OR " * 100 + b"SEEN " * 100 + b"SEEN",
        "parentheses": b"(" * 100 + b"SEEN" + b")" * 100,
        "long": b"SEEN " * 99 + b"SEEN",
    }
    answer = held.mailbox.command("SEARCH", words[way])
    held.mailbox.imap.must_be_alive()
    assert answer.refused or sorted(answer.ok().found) == [m.number for m in held.held.messages if m.has(b"\\Seen")]


@verifies("RFC3501-6.4.4-18", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH 1", of=rb"SEARCH FLAGGED"))
def test_search_knows_the_flags_as_they_were_stored_last(mailbox: Mailbox) -> None:
    """STORE, SEARCH, STORE again, SEARCH, without anything in between: what the last STORE made."""
    mailbox.fill(4)
    mailbox.command("STORE 2,4 +FLAGS.SILENT (\\Flagged)").ok()
    assert not shown(mailbox).wrong(Key(b"FLAGGED"), Key(b"UNFLAGGED"))
    mailbox.command("STORE 1:2 FLAGS.SILENT (\\Answered)").ok()
    assert not shown(mailbox).wrong(Key(b"FLAGGED"), Key(b"ANSWERED"), And((Key(b"UNFLAGGED"), Key(b"UNANSWERED"))))


@verifies("RFC3501-6.4.4-11", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH .*newly.*"))
def test_search_knows_a_message_that_has_just_come(mailbox: Mailbox) -> None:
    """SEARCH, APPEND, NOOP, SEARCH for words of the new message: it is found, by header and by body."""
    mailbox.fill(3).command("SEARCH BODY newly").ok()
    mailbox.append(compose(b"This newly came.\r\n", subject="newly here"))
    assert mailbox.settles(lambda: bool(mailbox.imap.command("FETCH 4 (UID)").fetched))
    assert not shown(mailbox).wrong(
        Key(b"BODY", (b"newly",)), Key(b"SUBJECT", (b"newly",)), Key(b"TEXT", (b"newly here",))
    )


@verifies("RFC3501-2.3.1.2-03", refuted_by=rewrite(rb"^\* SEARCH .*$", b"* SEARCH 2 3 5", of=rb"SEARCH NOT .*"))
def test_search_counts_anew_after_an_expunge(mailbox: Mailbox) -> None:
    """Expunge the first and the third of five messages: SEARCH by text, flags, sets and UIDs has the new numbers."""
    uids = mailbox.fill(5).flag(4, "\\Flagged").uids()
    held = shown(mailbox.expunge("1,3"))
    programs = (Key(b"ALL"), Key(b"FLAGGED"), Not(Key(b"FLAGGED")), _uids(f"{uids[3]}:*"), _numbers("2:*"))
    assert not held.wrong(*programs, Key(b"SUBJECT", (b"message 5",)), Key(b"BODY", (b"Message 4",)))
    assert not held.wrong(*programs, uid=True)


@verifies("RFC3501-2.3.1.2-03", refuted_by=rewrite(rb"^\* SEARCH (\d)", rb"* SEARCH 9\1", of=rb"SEARCH UID .*"))
def test_search_goes_by_the_numbers_that_this_session_knows(mailbox: Mailbox) -> None:
    """Another session expunges the first of five messages; SEARCH for the last UID before and after NOOP has its number by the EXPUNGE responses so far."""
    uids = mailbox.fill(5).uids()
    mailbox.beside().expunge(1)
    left, told = list(uids), []
    for command in ("", "NOOP", "NOOP"):
        if command:
            left = mailbox.command(command).ok().remaining(left)
        answer = mailbox.command("SEARCH UID", uids[4])
        told.append(set(answer.ok().found) <= {left.index(uids[4]) + 1})
        left = answer.remaining(left)
    assert all(told)


@verifies("RFC3501-6.4.4-19", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH SEEN"))
def test_search_knows_flags_that_another_session_stored(mailbox: Mailbox) -> None:
    r"""Another session sets \Seen on two of four messages; once FETCH FLAGS tells it here, SEARCH finds them."""
    mailbox.fill(4)
    mailbox.beside().flag("2,4", "\\Seen")
    seen = mailbox.settles(lambda: b"\\seen" in mailbox.flags(4) and b"\\seen" in mailbox.flags(2))
    assert not seen or not shown(mailbox).wrong(SEEN, Key(b"UNSEEN"))


@verifies("RFC3501-6.4.4-47", refuted_by=say(b"<tag> BAD no literals here\r\n", of=rb"SEARCH .*\{.*"))
def test_a_search_may_hold_many_literals(dial: ImapDial) -> None:
    """OR with ten strings, each a literal: the messages that hold any of them."""
    held = sample(dial)
    words = (b"apple", b"banana", b"cherry", b"fig", b"grape", b"harvest", b"orphans", b"circle", b"market", b"quoting")
    program: Program = Key(b"SUBJECT", (words[-1],))
    for word in reversed(words[:-1]):
        program = Or(Key(b"SUBJECT", (word,)), program)
    said = [part for word in words[:-1] for part in (b"OR SUBJECT", Sync(word))]
    assert not held.wrong_as(program, *said, b"SUBJECT", Sync(words[-1]))
