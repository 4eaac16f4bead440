"""RFC 1939 section 7: TOP."""

from dataclasses import replace

from conformance import STOCK, Maildrop, Pop3, Specimen, compose, forward, rewrite, rewrite_raw, say, verifies

ABOVE_32_BITS = 2**32 + 1
TEN_LINES = compose(
    b"one\r\n\r\n\r\n.four\r\n..\r\n.\r\nseven\r\n\r\nnine\r\nten\r\n", subject="ten lines, some of them empty"
)


@verifies("RFC1939-7-02", refuted_by=forward(rb"TOP \1 2", of=rb"TOP (\d+) 3"))
def test_top_gives_the_asked_number_of_body_lines(maildrop: Maildrop) -> None:
    """TOP of a message of ten lines, some of them empty or dots, with each count from 1 to 10."""
    pop3 = _with_top(maildrop, TEN_LINES)
    for count in range(1, 11):
        assert _first_lines(TEN_LINES, count).same_as(pop3.command("TOP", pop3.own[0], count).ok().body)


@verifies("RFC1939-7-03", refuted_by=forward(rb"TOP \1 1", of=rb"TOP (\d+) 0"))
def test_top_of_0_lines_gives_the_header_alone(maildrop: Maildrop) -> None:
    """TOP with 0: every header field, and no octet of the body."""
    pop3 = _with_top(maildrop, TEN_LINES)
    assert _first_lines(TEN_LINES, 0).same_as(pop3.command("TOP", pop3.own[0], 0).ok().body)


@verifies("RFC1939-7-03", refuted_by=rewrite(rb"\r\n\r\n\Z", b"\r\n", of=rb"TOP \d+ 0"))
def test_top_of_0_lines_ends_in_the_blank_line(maildrop: Maildrop) -> None:
    """TOP with 0: the last line is the blank one that ends the header."""
    pop3 = _with_top(maildrop, TEN_LINES)
    assert pop3.command("TOP", pop3.own[0], 0).ok().body.endswith(b"\r\n\r\n")


@verifies("RFC1939-7-04", refuted_by=forward(rb"TOP \1 10", of=rb"TOP (\d+) 999999"))
def test_top_of_more_lines_than_there_are_gives_the_whole_message(maildrop: Maildrop) -> None:
    """TOP with 999999 on a message of forty lines: the body that RETR gives."""
    pop3 = _with_top(maildrop, STOCK[2])
    top = pop3.command("TOP", pop3.own[0], 999999).ok().body
    assert top.partition(b"\r\n\r\n")[2] == pop3.command("RETR", pop3.own[0]).ok().body.partition(b"\r\n\r\n")[2]


@verifies("RFC1939-7-05", refuted_by=forward(rb"\1 0", of=rb"(TOP \d+)(?: -1)?"))
def test_top_without_a_count_or_with_a_wrong_one_is_refused(maildrop: Maildrop) -> None:
    """TOP with no argument, with a number alone, and with a count that is negative or no number."""
    pop3 = _with_top(maildrop, TEN_LINES)
    number = pop3.own[0]
    for line in ("TOP", f"TOP {number}", f"TOP {number} -1", f"TOP {number} x"):
        assert pop3.command(line).negative


@verifies("RFC1939-7-06", refuted_by=forward(b"TOP 1 1", of=rb"TOP %d 1" % ABOVE_32_BITS))
def test_top_refuses_the_number_of_no_message(maildrop: Maildrop) -> None:
    """TOP with 0, with the number behind the last, and with the first one again but for 32 bits."""
    pop3 = _with_top(maildrop, TEN_LINES)
    for number in (0, pop3.command("STAT").drop_listing().first + 1, ABOVE_32_BITS):
        assert pop3.command("TOP", number, 1).negative


@verifies("RFC1939-7-06", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_top_refuses_the_number_of_a_message_marked_deleted(maildrop: Maildrop) -> None:
    """DELE, then TOP with the same number."""
    pop3 = _with_top(maildrop, TEN_LINES)
    pop3.command("DELE", pop3.own[0]).ok()
    assert pop3.command("TOP", pop3.own[0], 1).negative


@verifies("RFC1939-7-07", refuted_by=rewrite_raw(rb"\r\n\.\.dots", b"\r\n.dots", of=rb"TOP \d+ \d+"))
def test_top_doubles_the_dot_that_begins_a_line(maildrop: Maildrop) -> None:
    """TOP of a message with the lines '.', '..' and '.dots begin these lines', as they come."""
    pop3 = _with_top(maildrop, STOCK[1])
    lines = pop3.command("TOP", pop3.own[0], 4).ok().lines
    assert lines[lines.index(b"The second message.") :] == [
        b"The second message.",
        b"..",
        b"...",
        b"..dots begin these lines",
    ]


@verifies("RFC1939-7-34", refuted_by=say(b"+OK\r\nSubject: one\r\n\r\n.\r\n", of=rb"TOP 1 0"))
def test_top_is_refused_before_login(pop3: Pop3) -> None:
    """TOP behind the greeting."""
    pop3.greeting.ok()
    assert pop3.command("TOP", 1, 0).negative


def _with_top(maildrop: Maildrop, specimen: Specimen) -> Pop3:
    """Open the maildrop; not supported where TOP is refused and not announced."""
    pop3 = maildrop.open(specimen)
    pop3.command("TOP", pop3.own[0], 0).supported("TOP").ok()
    return pop3


def _first_lines(specimen: Specimen, count: int) -> Specimen:
    head, gap, body = specimen.raw.partition(b"\r\n\r\n")
    return replace(specimen, raw=head + gap + b"".join(body.splitlines(keepends=True)[:count]))
