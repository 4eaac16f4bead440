"""RFC 1939 section 5: RETR."""

from conformance import (
    STOCK,
    Maildrop,
    NotSupported,
    Profile,
    Specimen,
    compose,
    forward,
    rewrite,
    say,
    verifies,
)

ABOVE_32_BITS = 2**32 + 1
# lines of every length up to 60, each begun by a dot: wherever a server's buffer ends, a dot stands near
DOTTED = compose(
    b"".join(b"." * (n % 3 + 1) + b"x" * (n % 58) + b"\r\n" for n in range(2000)), subject="dots everywhere"
)


@verifies("RFC1939-5-15", refuted_by=rewrite(rb"^Line 40 of it\.\r\n", b"", of=rb"RETR \d+"))
def test_retr_gives_the_whole_message(maildrop: Maildrop) -> None:
    """Known messages are retrieved with all their header fields and with every octet of their bodies."""
    pop3 = maildrop.open()
    for number, specimen in zip(pop3.own, STOCK, strict=True):
        retrieved = pop3.command("RETR", number)
        assert retrieved.positive
        assert _gives(retrieved.body, specimen)


@verifies("RFC1939-5-15", refuted_by=rewrite(rb"^\.\.xxxxxx\r\n", b".xxxxxx\r\n", of=rb"RETR \d+"))
def test_retr_gives_a_long_message_of_lines_with_dots_unchanged(maildrop: Maildrop) -> None:
    """Sixty thousand octets in lines that all begin with one to three dots."""
    pop3 = maildrop.open(DOTTED)
    retrieved = pop3.command("RETR", pop3.own[0])
    assert retrieved.positive
    assert _gives(retrieved.body, DOTTED)


@verifies("RFC1939-5-16", refuted_by=forward(b"RETR 1", of=rb"RETR %d" % ABOVE_32_BITS))
def test_retr_refuses_the_number_of_no_message(maildrop: Maildrop) -> None:
    """RETR 0, the number behind the last, and the first one again but for 32 bits."""
    pop3 = maildrop.open()
    for number in (0, pop3.command("STAT").drop_listing().first + 1, ABOVE_32_BITS):
        assert pop3.command("RETR", number).negative


@verifies("RFC1939-5-17", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_retr_refuses_the_number_of_a_message_marked_deleted(maildrop: Maildrop) -> None:
    """DELE, then RETR with the same number."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[1]).ok()
    assert pop3.command("RETR", pop3.own[1]).negative


@verifies("RFC1939-5-18", refuted_by=rewrite(rb"^Subject:", b"Status: RO\r\nSubject:", of=rb"RETR \d+", after=1))
def test_a_message_retrieved_twice_is_the_same_twice(maildrop: Maildrop) -> None:
    """RETR the same number two times."""
    pop3 = maildrop.open()
    first = pop3.command("RETR", pop3.own[0]).ok().body
    assert pop3.command("RETR", pop3.own[0]).ok().body == first


@verifies(
    "RFC1939-5-19",
    refuted_by=forward(rb"DELE \1", of=rb"RETR (\d+)") | say(b"+OK\r\nSubject: one\r\n\r\n.\r\n", of=rb"RETR \d+"),
)
def test_a_message_that_was_only_retrieved_stays(maildrop: Maildrop, profile: Profile) -> None:
    """RETR, QUIT: the next session finds the message, unless EXPIRE 0 announced otherwise."""
    if any(listed.get("EXPIRE", ())[:1] == ("0",) for listed in profile.capabilities.values()):
        raise NotSupported("EXPIRE 0 is announced: what was retrieved may be removed (RFC 2449 section 6.7)")
    pop3 = maildrop.open()
    pop3.command("RETR", pop3.own[0]).ok()
    pop3.quit().ok()
    assert maildrop.find().own[0]


def _gives(retrieved: bytes, specimen: Specimen) -> bool:
    """Whether this is the message; a server with an mbox spool may hold the blank line behind it for its last line."""
    return specimen.same_as(retrieved) or specimen.same_as(retrieved.removesuffix(b"\r\n"))
