"""RFC 2449 section 4: commands of 255 octets."""

from conformance import Pop3, Pop3Dial, forward, needs, verifies

pytestmark = needs("CAPA")

LONGEST = b"USER " + 248 * b"x"


@verifies("RFC2449-4-01", refuted_by=forward(rb"\1\r\n\2", of=rb"(USER x{90})(x+)"))
def test_a_command_of_255_octets_is_one_command(pop3: Pop3, dial: Pop3Dial) -> None:
    """USER with a name that makes the line as long as may be: one reply; QUIT and another login work behind it."""
    assert pop3.command(LONGEST).status in (b"+OK", b"-ERR")
    assert pop3.nothing_follows()
    # QUIT need not be answered: closing behind -ERR is allowed (RFC 1939 section 4)
    assert pop3.command("QUIT").status != b"-ERR"
    dial.knock(dial.pop3()).ok()
