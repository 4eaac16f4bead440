"""RFC 2045 sections 6.7 and 6.8: what a server decodes, seen in FETCH BINARY (RFC 3516)."""

from __future__ import annotations

from conformance import ImapDial, answer, compose, needs, rewrite, verifies
from conformance.models.shelf import brought

pytestmark = needs("BINARY")

FETCH = rb"FETCH .*BINARY.*"
HEAD = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: %b\r\n"
PADDED = b"A line.  \r\nAnother one,\t\r\nand a soft = \r\nbreak.\r\n"
SPACED = b"QSBsaW5l LiBB\r\n\r\nbm90aGVy\tIG9uZS4=\r\n \r\n"
MARRED = b"QSBsaW5lLiBB\r\nbm90aGVy-IG9uZS4=\r\n!\r\n"
LINES = b"A line. Another one."


def decoded(dial: ImapDial, encoding: bytes, body: bytes) -> bytes | None:
    """What FETCH BINARY gives of a message of this body, None if it is refused."""
    mailbox = dial.mailbox(compose(body, headers=HEAD % encoding))
    fetched = brought(mailbox.command("FETCH 1 (BINARY.PEEK[1])")).get(1)
    found = None if fetched is None else fetched.get(b"BINARY[1]")
    return found if found is None else bytes(found)


@verifies("RFC2045-6.7-02", "RFC2049-2-02", refuted_by=rewrite(rb"A line\.", b"A line.  ", of=FETCH))
def test_white_space_at_the_end_of_quoted_printable_lines_is_deleted(dial: ImapDial) -> None:
    """FETCH BINARY of quoted-printable with blanks at its line ends, behind a soft line break too: the text without them."""
    assert decoded(dial, b"quoted-printable", PADDED) == b"A line.\r\nAnother one,\r\nand a soft break.\r\n"


@verifies(
    "RFC2045-6.8-02", "RFC2049-2-02", refuted_by=answer(b"<tag> NO [UNKNOWN-CTE] that is no base64\r\n", of=FETCH)
)
def test_white_space_is_ignored_in_base64(dial: ImapDial) -> None:
    """FETCH BINARY of base64 with blanks, a tab and empty lines in it: what the rest says."""
    assert decoded(dial, b"base64", SPACED) == LINES


@verifies("RFC2045-6.8-02", refuted_by=answer(b"* 1 FETCH (BINARY[1] {4}\r\nNope)\r\n<tag> OK done\r\n", of=FETCH))
def test_what_is_not_of_the_alphabet_is_ignored_in_base64_or_refused(dial: ImapDial) -> None:
    """FETCH BINARY of base64 with a hyphen and an exclamation mark in it: what the rest says, or a refusal, which may be right."""
    assert decoded(dial, b"base64", MARRED) in (LINES, None)
