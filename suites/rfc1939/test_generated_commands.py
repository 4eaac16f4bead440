"""RFC 1939 sections 3, 5 and 7: command lines in every spelling, with arguments right and wrong, cut anywhere."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from conformance import Answer, Maildrop, NotSupported, Pop3, Pop3Dial, answer, forward, inject, say, verifies
from conformance.strategies.budgets import batches
from conformance.strategies.pop3_commands import (
    absent_numbers,
    ambiguous_numbers,
    chunkings,
    keywords,
    malformed_numbers,
    number_prefixes,
    odd_separations,
    surplus_arguments,
    trailing_spaces,
)

REFUSED = b"-ERR unknown command\r\n"
MIXED = rb"(?-i:[A-Z]*[a-z]+[A-Z]+[A-Za-z]*)"  # both cases, and not as people write it
FEW = 3  # servers may give up on a client that errs again and again


@verifies("RFC1939-3-02", refuted_by=answer(REFUSED, of=MIXED + rb"(?: .*)?"))
def test_any_mixture_of_letter_case_does_what_the_keyword_does(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """STAT, LIST, RETR, NOOP, RSET, and TOP and UIDL where granted: status and lines are those of the upper-case word."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        pop3, lines = _session(dial, maildrop)
        for line in data.draw(st.lists(st.sampled_from(sorted(lines)), min_size=8, max_size=12)):
            word, gap, rest = line.partition(b" ")
            spelled = data.draw(keywords(word)).raw + gap + rest
            assert _essence(pop3.command(spelled)) == lines[line], f"{spelled!r} is not answered as {line!r} is"

    each()


@verifies("RFC1939-3-02", refuted_by=answer(REFUSED, of=MIXED + rb" .*"))
def test_user_and_pass_are_taken_in_any_mixture_of_letter_case(dial: Pop3Dial) -> None:
    """USER and PASS in drawn spellings, a connection each: the login works as it does in upper case."""
    if dial.profile.door is None or dial.profile.door.method != "USER":
        raise NotSupported("the account does not log in by USER and PASS")

    @batches(5)
    @given(keywords(b"USER"), keywords(b"PASS"))
    def each(user: object, password: object) -> None:
        dial.begin_example()
        pop3 = dial.pop3()
        assert pop3.command(user.raw, dial.account().user).positive  # type: ignore[attr-defined]
        assert pop3.command(password.raw, dial.account().password).positive  # type: ignore[attr-defined]
        pop3.quit()

    each()


@verifies("RFC1939-3-04", refuted_by=inject(REFUSED, of=rb"NOOP"))
def test_a_command_cut_anywhere_is_one_command(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Commands cut into up to eight segments: nothing comes before the last one, and one answer behind it."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        pop3, lines = _session(dial, maildrop)
        for line in data.draw(st.lists(st.sampled_from(sorted(lines)), min_size=5, max_size=8)):
            *pieces, last = data.draw(chunkings(line + b"\r\n"))
            for piece in pieces:
                pop3.send(piece)
                assert pop3.nothing_follows(0.01), f"an answer to a part of {line!r}"
            pop3.send(last)
            assert _essence(pop3.receive()) == lines[line]
            assert pop3.nothing_follows(0.01), f"more than one answer to {line!r}"

    each()


@verifies("RFC1939-5-13", refuted_by=say(b"+OK 1 120\r\n", of=rb"LIST \d{6,}"))
def test_list_refuses_every_number_of_no_message(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """LIST with 0 and with numbers above the last, up to 39 digits, many of them a message's in 16, 32 or 64 bits."""
    _each_refused(dial, maildrop, lambda _, last: absent_numbers(last).map(b"LIST ".__add__))


@verifies("RFC1939-5-16", refuted_by=say(b"+OK\r\nSubject: one\r\n\r\n.\r\n", of=rb"RETR \d{6,}"))
def test_retr_refuses_every_number_of_no_message(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """RETR with 0 and with numbers above the last, up to 39 digits, many of them a message's in 16, 32 or 64 bits."""
    _each_refused(dial, maildrop, lambda _, last: absent_numbers(last).map(b"RETR ".__add__))


@verifies("RFC1939-5-22", refuted_by=forward(b"NOOP", of=rb"DELE \d{6,}"))
def test_dele_refuses_every_number_of_no_message(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """DELE with 0 and with numbers above the last, up to 39 digits, many of them a message's in 16, 32 or 64 bits."""
    _each_refused(dial, maildrop, lambda _, last: absent_numbers(last).map(b"DELE ".__add__))


@verifies("RFC1939-7-06", refuted_by=say(b"+OK\r\nSubject: one\r\n\r\n.\r\n", of=rb"TOP \d{6,} 0"))
def test_top_refuses_every_number_of_no_message(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """TOP with 0 and with numbers above the last, up to 39 digits, many of them a message's in 16, 32 or 64 bits."""
    pop3 = maildrop.open()
    pop3.command("TOP", pop3.own[0], 0).supported("TOP").ok()
    _each_refused(dial, maildrop, lambda _, last: absent_numbers(last).map(lambda number: b"TOP " + number + b" 0"))


@verifies("RFC1939-7-16", refuted_by=say(b"+OK 1 unique\r\n", of=rb"UIDL \d{6,}"))
def test_uidl_refuses_every_number_of_no_message(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """UIDL with 0 and with numbers above the last, up to 39 digits, many of them a message's in 16, 32 or 64 bits."""
    maildrop.open().command("UIDL").supported("UIDL").ok()
    _each_refused(dial, maildrop, lambda _, last: absent_numbers(last).map(b"UIDL ".__add__))


@verifies("RFC1939-3-16", refuted_by=forward(b"NOOP", of=rb"DELE [^\d].*"))
def test_arguments_that_are_no_numbers_are_refused(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """LIST, RETR and DELE with words, signs and punctuation, also in front of a message's number."""
    _each_refused(dial, maildrop, lambda own, _: _with(malformed_numbers(own), b"LIST", b"RETR", b"DELE"))


@verifies("RFC1939-3-16", refuted_by=forward(rb"\1 \2", of=rb"(LIST|RETR|DELE) (\d+)[^\d].*"))
def test_arguments_that_only_begin_as_numbers_are_refused(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """LIST, RETR and DELE with a message's number and something glued to it."""
    _each_refused(dial, maildrop, lambda own, _: _with(number_prefixes(own), b"LIST", b"RETR", b"DELE"))


@verifies("RFC1939-5-33", refuted_by=inject(REFUSED, of=rb"NOOP[ \t]+"))
def test_command_lines_of_doubtful_form_are_answered_once(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Leading zeros, signs, tabs, surplus spaces and arguments: accepted or refused, one answer each, and NOOP works."""

    @batches(10)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        pop3 = maildrop.open()
        for line in data.draw(st.lists(_doubtful(b"%d" % pop3.own[0]), min_size=FEW, max_size=FEW)):
            assert pop3.command(line).reply is not None, f"no answer to {line!r}"
            assert pop3.nothing_follows(0.02), f"more than one answer to {line!r}"
            assert pop3.command("NOOP").positive, f"NOOP fails behind {line!r}"
            pop3.command("RSET").ok()

    each()


def _session(dial: Pop3Dial, maildrop: Maildrop) -> tuple[Pop3, dict[bytes, tuple[bytes, bytes, bytes]]]:
    """Log in for one more example; also what harmless commands bring, as far as they are granted."""
    dial.begin_example()
    pop3 = maildrop.open()
    with dial.dialler.straight():
        said = {line: _essence(pop3.command(line)) for line in _harmless(pop3.own[0])}
    return pop3, {line: essence for line, essence in said.items() if essence[0] == b"+OK"}


def _harmless(own: int) -> tuple[bytes, ...]:
    return (b"STAT", b"LIST", b"NOOP", b"RSET", b"UIDL", b"LIST %d" % own, b"RETR %d" % own, b"TOP %d 1" % own)


def _essence(said: Answer) -> tuple[bytes, bytes, bytes]:
    """Status, unstuffed lines, and the numbers of single-line answers; the text is the server's own."""
    body = said.body
    return said.status, body, b"" if body else bytes(octet for octet in said.text if octet in b"0123456789 ")


def _with(arguments: SearchStrategy[bytes], *verbs: bytes) -> SearchStrategy[bytes]:
    return st.builds(lambda verb, argument: verb + b" " + argument, st.sampled_from(verbs), arguments)


def _doubtful(number: bytes) -> SearchStrategy[bytes]:
    spelled = _with(ambiguous_numbers(int(number)), b"RETR", b"DELE")
    gaps = st.sampled_from((b"RETR", b"DELE")).flatmap(lambda verb: odd_separations(verb, number))
    right = st.sampled_from((b"NOOP", b"STAT", b"RSET", b"RETR " + number, b"DELE " + number))
    return st.one_of(spelled, gaps, right.flatmap(trailing_spaces), right.flatmap(surplus_arguments))


def _each_refused(dial: Pop3Dial, maildrop: Maildrop, lines: Callable[[int, int], SearchStrategy[bytes]]) -> None:
    """Draw lines for the number of a test message and that of the last one; each must be answered -ERR."""

    @batches(8)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        pop3 = maildrop.open()
        last = pop3.command("STAT").drop_listing().first
        for line in data.draw(st.lists(lines(pop3.own[0], last), min_size=FEW, max_size=FEW)):
            said = pop3.command(line)
            assert said.negative, f"{line!r} is answered {said!r}"

    each()
