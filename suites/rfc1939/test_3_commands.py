"""RFC 1939 section 3: what a command line is, and how a server tells where it ends."""

from conformance import Maildrop, Pop3, answer, drop, forward, hang_up, inject, say, verifies

REFUSED = b"-ERR unknown command\r\n"


@verifies("RFC1939-3-02", refuted_by=answer(REFUSED, of=rb"(?-i:[A-Z]*[a-z]\w*)"))
def test_keywords_are_taken_in_any_letter_case(maildrop: Maildrop) -> None:
    """NOOP, STAT, LIST, RSET and QUIT, which were granted in upper case, in lower and mixed case."""
    pop3 = maildrop.open()
    for keyword in ("NOOP", "STAT", "LIST", "RSET"):
        pop3.command(keyword).ok()
        assert pop3.command(keyword.lower()).positive
        assert pop3.command(keyword[0].lower() + keyword[1:].title()).positive
    assert pop3.command("qUiT").positive


@verifies("RFC1939-3-03", refuted_by=drop(of=rb"NOOP"))
def test_a_command_is_answered_once_its_line_end_has_come(maildrop: Maildrop) -> None:
    """NOOP and its CRLF, and not one octet more: an answer comes."""
    pop3 = maildrop.open()
    assert pop3.command("NOOP").reply is not None


@verifies("RFC1939-3-04", refuted_by=say(REFUSED + REFUSED, of=rb"NOOP"))
def test_a_command_in_several_segments_is_one_command(maildrop: Maildrop) -> None:
    """NO, OP, CR and LF, a pause behind each: silence until the LF, then one positive answer."""
    pop3 = maildrop.open()
    for part in (b"NO", b"OP", b"\r"):
        pop3.send(part)
        assert pop3.nothing_follows()
    pop3.send(b"\n")
    assert pop3.receive().positive
    assert pop3.nothing_follows()


@verifies("RFC1939-3-05", refuted_by=forward(rb"\1 \2", of=rb"(\w+)[ \t]+(\d+)"))
def test_keyword_and_argument_are_separated_by_one_space_alone(maildrop: Maildrop) -> None:
    """LIST with two spaces, and with a tab, before a number that LIST knows."""
    pop3 = maildrop.open()
    number = b"%d" % pop3.own[0]
    pop3.command("LIST", number).ok()
    for gap in (b"  ", b"\t"):
        assert pop3.command(b"LIST" + gap + number).negative


@verifies("RFC1939-3-06", refuted_by=inject(REFUSED, of=rb"USER \w{40}"))
def test_an_argument_of_40_characters_is_one_argument(pop3: Pop3) -> None:
    """USER with a name of 40 characters: one answer, positive or negative."""
    answered = pop3.command("USER", "n" * 40)
    assert answered.positive or answered.negative
    assert pop3.nothing_follows()


@verifies("RFC1939-3-17", refuted_by=hang_up(of=rb""))
def test_an_empty_line_is_answered_as_an_error(maildrop: Maildrop) -> None:
    """CRLF alone is answered -ERR, and NOOP behind it +OK."""
    pop3 = maildrop.open()
    assert pop3.command().negative
    assert pop3.command("NOOP").positive


@verifies("RFC1939-3-25", refuted_by=answer(b"-ERR line too long\r\n+OK message deleted\r\n", of=rb".{8000,}"))
def test_no_part_of_an_overlong_line_is_carried_out(maildrop: Maildrop) -> None:
    """Ten thousand octets that are DELE commands wherever they are cut: errors or a close, and no +OK."""
    pop3 = maildrop.open()
    pop3.send(b" ".join([b"DELE %d" % pop3.own[0]] * 1500) + b"\r\n")
    answered = pop3.receive()
    assert answered.negative or pop3.closes(0.1)
    for _ in range(100):
        if answered.reply is None:
            break
        assert answered.negative
        answered = pop3.receive(0.5)
