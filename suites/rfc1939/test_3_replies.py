"""RFC 1939 section 3: where a reply ends, how long its first line is, and dots that begin a line.

What every line of every reply must obey is left to audits.
"""

from conformance import Answer, Inconclusive, Maildrop, Pop3, Reason, inject, rewrite, rewrite_raw, verifies


def _granted(answered: Answer) -> Answer:
    """Demand that the command is not refused; a reply that never ends passes."""
    if answered.negative:
        raise Inconclusive(Reason.PRECONDITION, f"a command that cannot fail was answered {answered!r}")
    return answered


def _refused(answered: Answer) -> None:
    if not answered.negative:
        raise Inconclusive(Reason.PRECONDITION, f"a number that no message has was answered {answered!r}")


@verifies("RFC1939-3-10", refuted_by=rewrite(rb"^-ERR.*", b"-ERR unknown command: " + b"X" * 500, of=rb"X+"))
def test_an_error_that_repeats_the_command_stays_within_512_octets(pop3: Pop3) -> None:
    """Unknown keywords of 250 and 1000 octets: the first line of each answer, if one comes."""
    for size in (250, 1000):
        answered = pop3.command(b"X" * size)
        assert len(answered.line.message.raw) <= 512


@verifies("RFC1939-3-07", refuted_by=rewrite(rb"^-ERR", b"XXXX: -ERR", of=rb"X+"))
def test_the_answer_to_a_long_unknown_command_begins_with_a_status_indicator(pop3: Pop3) -> None:
    """An unknown keyword of 1000 octets: +OK or -ERR stands in front of whatever is said, if anything is."""
    answered = pop3.command(b"X" * 1000)
    assert answered.reply is None or answered.status


@verifies("RFC1939-3-11", refuted_by=inject(b"\r\n", of=rb"RETR .*"))
def test_a_multi_line_reply_ends_at_its_dot_line(maildrop: Maildrop) -> None:
    """LIST and RETR: a line that holds only a dot comes, and behind it silence."""
    pop3 = maildrop.open()
    for words in (("LIST",), ("RETR", pop3.own[0])):
        assert _granted(pop3.command(*words)).positive
        assert pop3.nothing_follows()
    assert pop3.command("NOOP").positive


@verifies("RFC1939-3-11", refuted_by=inject(b"\r\n.\r\n", of=rb"(TOP|UIDL).*"))
def test_an_optional_multi_line_reply_ends_at_its_dot_line(maildrop: Maildrop) -> None:
    """UIDL and TOP, where the server has them: a line that holds only a dot comes, and behind it silence."""
    pop3 = maildrop.open()
    for words in (("UIDL",), ("TOP", pop3.own[1], 3)):
        assert _granted(pop3.command(*words).supported(str(words[0]))).positive
        assert pop3.nothing_follows()


@verifies("RFC1939-3-12", refuted_by=rewrite_raw(rb"\r\n\.\.", b"\r\n.", of=rb"RETR .*"))
def test_a_line_that_begins_with_a_dot_gets_one_more(maildrop: Maildrop) -> None:
    """RETR a message with the lines `.`, `..` and `.dots begin these lines`."""
    pop3 = maildrop.open()
    stuffed = b"\r\n..\r\n...\r\n..dots begin these lines\r\n"
    assert stuffed in pop3.command("RETR", pop3.own[1]).ok().raw


@verifies("RFC1939-3-13", refuted_by=inject(b".\r\n", of=rb"STAT"))
def test_a_single_line_reply_is_one_line(maildrop: Maildrop) -> None:
    """STAT, LIST with a number, DELE, NOOP and RSET: one line each, and behind it silence."""
    pop3 = maildrop.open()
    number = pop3.own[0]
    for words in (("STAT",), ("LIST", number), ("DELE", number), ("NOOP",), ("RSET",)):
        pop3.command(*words).ok()
        assert pop3.nothing_follows()


@verifies("RFC1939-3-13", refuted_by=inject(b".\r\n", of=rb"RETR \d+"))
def test_a_refusal_of_a_multi_line_command_is_one_line(maildrop: Maildrop) -> None:
    """RETR and LIST of a number behind the last message: -ERR, and behind it silence, no dot line."""
    pop3 = maildrop.open()
    beyond = pop3.command("STAT").drop_listing().first + 1
    for keyword in ("RETR", "LIST"):
        _refused(pop3.command(keyword, beyond))
        assert pop3.nothing_follows()
