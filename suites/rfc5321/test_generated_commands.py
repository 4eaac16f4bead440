"""RFC 5321 sections 2.4, 4.1 and 4.2: command lines in every spelling, paths and arguments right and wrong, cut anywhere."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from conformance import Smtp, SmtpDial, answer, inject, say, verifies
from conformance.strategies.budgets import batches
from conformance.strategies.pop3 import Spelled
from conformance.strategies.pop3_commands import chunkings, keywords
from conformance.strategies.smtp_commands import (
    Path,
    broken_paths,
    doubtful_lines,
    local_parts,
    missing_paths,
    paths,
    spelled_like,
    spellings_of,
    unknown_verbs,
)

REFUSED = b"500 5.5.1 Command unrecognized\r\n"
MIXED = rb"(?-i:[A-Z]*[a-z]+[A-Z]+[A-Za-z]*)"  # both cases, and not as people write it
FEW = 3  # servers give up on a client that errs again and again, some at the fourth time
CLOSING = 421
GUARDED = b"!%@|/-"  # sites guard against what these meant to old routing, to programs and to files


def session_of(dial: SmtpDial) -> Smtp:
    """Begin one more example."""
    dial.begin_example()
    return dial.ready()


def harmless(dial: SmtpDial) -> tuple[bytes, ...]:
    """A transaction that comes to nothing."""
    sender, recipient = dial.sender.encode(), dial.address().encode()
    return (b"NOOP", b"MAIL FROM:<%b>" % sender, b"RCPT TO:<%b>" % recipient, b"RSET")


@verifies("RFC5321-2.4-01", "RFC5321-2.4-02", refuted_by=answer(REFUSED, of=MIXED + rb"(?: .*)?"))
def test_any_mixture_of_letter_case_begins_and_ends_a_transaction(dial: SmtpDial) -> None:
    """NOOP, MAIL, RCPT, RSET and QUIT in drawn spellings, FROM: and TO: too: positive, each of them."""
    session = dial.ready()
    for line in harmless(dial):
        session.command(line).ok()

    @batches(8)
    @given(st.tuples(*map(spelled_like, (*harmless(dial), b"QUIT"))))
    def each(spelled: tuple[bytes, ...]) -> None:
        session = session_of(dial)
        for line in spelled:
            assert session.command(line).positive, f"{line!r} is refused"

    each()


@verifies("RFC5321-2.4-01", refuted_by=answer(REFUSED, of=MIXED + rb" .*"))
@pytest.mark.parametrize("verb", [b"EHLO", b"HELO"], ids=["EHLO", "HELO"])
def test_any_mixture_of_letter_case_begins_a_session(dial: SmtpDial, verb: bytes) -> None:
    """EHLO or HELO in drawn spellings, a connection each: positive."""

    @batches(6)
    @given(keywords(verb).map(lambda word: word.raw))
    def each(spelled: bytes) -> None:
        dial.begin_example()
        session = dial.smtp()
        session.greeting.ok()
        assert session.command(spelled, session.client).positive

    each()


@verifies("RFC5321-2.4-05", refuted_by=inject(REFUSED, of=rb"NOOP"))
def test_a_command_cut_anywhere_is_one_command(dial: SmtpDial) -> None:
    """A transaction whose lines are cut into up to eight segments: nothing comes before the last one, and one reply behind it."""

    @batches(5)
    @given(st.data())
    def each(data: DataObject) -> None:
        session = session_of(dial)
        for line in harmless(dial):
            *pieces, last = data.draw(chunkings(line + b"\r\n"))
            for piece in pieces:
                session.send(piece)
                assert session.nothing_follows(0.01), f"an answer to a part of {line!r}"
            session.send(last)
            session.receive().ok()
            assert session.nothing_follows(0.01), f"more than one answer to {line!r}"

    each()


@verifies("RFC5321-4.1.2-01", refuted_by=say(b"501 5.1.7 Bad sender address syntax\r\n", of=rb"MAIL FROM:<[^>]*\".*"))
def test_every_legal_path_is_understood_in_mail(dial: SmtpDial) -> None:
    """MAIL with drawn local-parts, quoted or not, some behind a source route: no syntax error; policy may refuse them."""
    at = keywords(dial.domain.encode()).map(lambda word: word.raw)

    @batches(10)
    @given(st.lists(paths(local_parts(GUARDED), at), min_size=FEW, max_size=FEW))
    def each(drawn: list[Spelled[Path]]) -> None:
        session = session_of(dial)
        for path in drawn:
            line = b"MAIL FROM:" + path.raw
            assert not session.command(line).syntax_error, f"{line!r} is taken for malformed"
            session.command("RSET").ok()

    each()


@verifies("RFC5321-4.1.2-01", refuted_by=say(b"550 5.1.1 No such user\r\n", of=rb"RCPT TO:<\".*"))
def test_every_spelling_of_a_mailbox_is_accepted_in_rcpt(dial: SmtpDial) -> None:
    """RCPT for a known mailbox, quoted, with quoted-pairs, its domain in any letter case: positive; a source route is understood."""

    @batches(10)
    @given(st.lists(spellings_of(dial.address().encode()), min_size=FEW, max_size=FEW))
    def each(drawn: list[Spelled[Path]]) -> None:
        session = session_of(dial)
        session.mail(dial.sender).ok()
        for path in drawn:
            said = session.command(b"RCPT TO:" + path.raw)
            understood = not said.syntax_error
            assert understood if path.value.route else said.positive, f"{path.raw!r} is refused"

    each()


@verifies("RFC5321-4.1.5-01", refuted_by=answer(b"250 2.0.0 Ok\r\n", of=rb"XQ.*"))
def test_every_unknown_command_is_refused(dial: SmtpDial) -> None:
    """Drawn words that begin with X, some with arguments: 5yz, and NOOP is answered once."""
    _each_refused(dial, unknown_verbs)


@verifies("RFC5321-4.1.1.2-01", refuted_by=answer(b"250 2.1.0 Ok\r\n", of=rb"MAIL[^<]*"))
def test_every_mail_without_a_path_is_refused(dial: SmtpDial) -> None:
    """MAIL without argument, without path, with a mailbox but no FROM: 5yz, and NOOP is answered once."""
    _each_refused(dial, lambda: missing_paths(b"MAIL", b"FROM:"))


@verifies("RFC5321-4.1.1.3-01", refuted_by=answer(b"250 2.1.5 Ok\r\n", of=rb"RCPT[^<]*|RCPT TO:<>"))
def test_every_rcpt_without_a_path_is_refused(dial: SmtpDial) -> None:
    """RCPT without argument, without path, with an empty one, with a mailbox but no TO: 5yz, and NOOP is answered once."""
    _each_refused(
        dial,
        lambda: st.one_of(missing_paths(b"RCPT", b"TO:"), st.just(b"RCPT TO:<>")),
        before=f"MAIL FROM:<{dial.sender}>",
    )


@verifies("RFC5321-4.1.2-09", refuted_by=answer(b"250 2.1.0 Ok\r\n", of=rb"MAIL FROM:<\".*"))
def test_every_path_that_ends_inside_quotes_is_refused(dial: SmtpDial) -> None:
    """MAIL with a quotation mark that is never closed: 5yz, and NOOP is answered once."""
    _each_refused(dial, lambda: broken_paths().map(b"MAIL FROM:".__add__))


@verifies("RFC5321-4.2-01", refuted_by=inject(REFUSED, of=rb"(NOOP|RSET|MAIL)[ \t].*"))
def test_command_lines_of_doubtful_form_are_answered_once(dial: SmtpDial) -> None:
    """Blanks, surplus arguments, odd characters and paths: accepted or refused, one reply each, and NOOP is answered."""

    @batches(10)
    @given(st.lists(doubtful_lines(), min_size=FEW, max_size=FEW))
    def each(lines: list[bytes]) -> None:
        session = session_of(dial)
        for line in lines:
            said = session.command(line)
            if said.code == CLOSING:
                break
            assert said.reply is not None, f"no answer to {line!r}"
            _in_step(session, line)
            session.command("RSET").ok()

    each()


def _in_step(session: Smtp, line: bytes) -> None:
    assert session.nothing_follows(0.02), f"more than one answer to {line!r}"
    assert session.command("NOOP").says(250), f"NOOP fails behind {line!r}"


def _each_refused(dial: SmtpDial, lines: Callable[[], SearchStrategy[bytes]], before: str = "NOOP") -> None:
    """Draw lines; each must be answered 5yz, and the session go on, unless the server has had enough of errors."""

    @batches(8)
    @given(st.lists(lines(), min_size=FEW, max_size=FEW))
    def each(drawn: list[bytes]) -> None:
        session = session_of(dial)
        session.command(before).ok()
        for line in drawn:
            said = session.command(line)
            if said.code == CLOSING:
                break
            assert said.refused, f"{line!r} is answered {said!r}"
            _in_step(session, line)

    each()
