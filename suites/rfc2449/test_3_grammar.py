"""RFC 2449 section 3: the grammar of commands (that of replies is read in every conversation)."""

from conformance import Pop3Dial, forward, needs, verifies

pytestmark = needs("CAPA")


@verifies("RFC2449-3-05", refuted_by=forward(rb"\1", of=rb"(STAT|LIST|NOOP|QUIT)X"))
def test_a_keyword_with_a_letter_too_many_is_not_recognised(dial: Pop3Dial) -> None:
    """STATX, LISTX, NOOPX and QUITX after login: a server that compares four letters only would carry them out."""
    pop3 = dial.login()
    for line in ("STATX", "LISTX", "NOOPX", "QUITX"):
        assert pop3.command(line).negative
