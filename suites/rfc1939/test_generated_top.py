"""RFC 1939 section 7: TOP with any count, against what RETR shows of the same message."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from conformance import Answer, Maildrop, Pop3, Pop3Dial, compose, forward, rewrite_raw, verifies
from conformance.strategies.budgets import batches
from conformance.strategies.pop3_commands import excessive_line_counts, line_counts

SHAPES = (
    compose(b".\r\n..\r\n\r\n.x\r\n\r\n\r\nlast\r\n", subject="top one"),
    compose(b"\r\n\r\n" + b"".join(b"%d\r\n" % n for n in range(30)), subject="top two"),
    compose(b"only line\r\n", subject="top three"),
)


@verifies("RFC1939-7-02", refuted_by=forward(rb"TOP \1 1\2", of=rb"TOP (\d+) ([1-5])"))
def test_top_with_any_count_shows_so_many_lines_of_what_retr_shows(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Counts from one to all lines of three messages: the header, the blank line, and so many lines of the body."""
    _each_begins_as_retr(dial, maildrop, line_counts)


@verifies("RFC1939-7-04", refuted_by=forward(rb"TOP \1 1", of=rb"TOP (\d+) \d{5,}"))
def test_top_with_any_excessive_count_shows_all_that_retr_shows(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Counts from one line too many to 2147483647: the whole message."""
    _each_begins_as_retr(dial, maildrop, excessive_line_counts)


@verifies("RFC1939-7-07", refuted_by=rewrite_raw(rb"\r\n\.\.(?!\r\n)", b"\r\n.", of=rb"TOP .*"))
def test_top_with_any_count_doubles_the_dots_that_retr_doubles(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """TOP and RETR as they come over the wire: the lines that begin with a dot are the same ones, in the same order."""

    @batches(2)
    @given(st.lists(st.integers(1, 10), min_size=6, max_size=6))
    def each(counts: list[int]) -> None:
        pop3 = _with_top(dial, maildrop)
        dotted = _dotted(pop3.command("RETR", pop3.own[0]).ok())
        for count in counts:
            shown = _dotted(pop3.command("TOP", pop3.own[0], count).ok())
            assert shown == dotted[: len(shown)], f"TOP {count}"

    each()


def _dotted(answered: Answer) -> list[bytes]:
    return [line for line in answered.lines if line.startswith(b".")]


def _each_begins_as_retr(dial: Pop3Dial, maildrop: Maildrop, counts: Callable[[int], SearchStrategy[int]]) -> None:
    """Draw counts for the lines of each message; TOP shows so many lines of the body behind the whole header."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        pop3 = _with_top(dial, maildrop)
        for number in pop3.own:
            head, gap, body = pop3.command("RETR", number).ok().body.partition(b"\r\n\r\n")
            lines = body.splitlines(keepends=True)
            for count in data.draw(st.lists(counts(len(lines)), min_size=4, max_size=4)):
                shown = pop3.command("TOP", number, count).ok().body
                assert shown == head + gap + b"".join(lines[:count]), f"TOP {number} {count}"

    each()


def _with_top(dial: Pop3Dial, maildrop: Maildrop) -> Pop3:
    dial.begin_example()
    pop3 = maildrop.open(*SHAPES)
    pop3.command("TOP", pop3.own[0], 0).supported("TOP").ok()
    return pop3
