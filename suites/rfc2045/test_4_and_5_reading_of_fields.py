"""RFC 2045 sections 4 and 5: what BODYSTRUCTURE makes of MIME-Version and Content-Type."""

from __future__ import annotations

from conformance import ImapDial, rewrite, verifies
from conformance.checks_formats import format_shelf, misread
from conformance.models.corpus import case
from conformance.models.formats import shape
from conformance.wire.imap_body import Multipart, Part

FETCH = rb"FETCH .*BODYSTRUCTURE.*"
NO_HTML = rewrite(rb'(?i)"html"', b'"plain"', of=FETCH)
UNREAD = rewrite(rb'(?i)"text" "plain"', b'"application" "octet-stream"', of=FETCH)


def parts(dial: ImapDial, *names: str) -> list[Part]:
    """The parts of these messages, or the messages themselves that are no multiparts, as BODYSTRUCTURE has them."""
    fetched = format_shelf(dial).fetch("(BODYSTRUCTURE)", *names)
    found = [fetched[name].get(b"BODYSTRUCTURE") for name in names]
    told = [part for one in found for part in (one.parts if isinstance(one, Multipart) else (one,))]
    return [part for part in told if isinstance(part, Part)]


@verifies("RFC2045-4-02", refuted_by=NO_HTML)
def test_comments_in_mime_version_are_ignored(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE where MIME-Version has a comment in front, behind and within: the same multipart."""
    names = ("version-behind-a-comment", "version-before-a-comment", "version-around-a-comment")
    assert misread(dial, *names) == {}


@verifies("RFC2045-5-01", refuted_by=NO_HTML)
def test_unknown_parameters_stand_in_nobodys_way(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a multipart with parameters like boundary around it: its own boundary counts."""
    assert misread(dial, "unknown-parameters") == {}


@verifies("RFC2045-5.1-01", refuted_by=NO_HTML)
def test_types_and_parameters_are_known_in_any_letter_case(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of MultiPart/MIXED; BOUNDARY= with parts of TEXT/Html and Image/GIF."""
    assert misread(dial, "types-in-any-case") == {}


@verifies("RFC2045-5.1-02", refuted_by=NO_HTML)
def test_comments_in_content_type_are_no_part_of_it(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE where Content-Type has comments behind its type, its parameters and its end."""
    assert misread(dial, "types-with-comments") == {}


@verifies("RFC2045-5.2-02", refuted_by=UNREAD)
def test_a_type_of_wrong_syntax_is_plain_text(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of messages with an empty Content-Type and with one without a subtype: text/plain."""
    names = ("empty-type", "type-without-subtype")
    mailbox = dial.mailbox(*(case(name).specimen for name in names))
    found = {name: mailbox.fetch(number, "(BODYSTRUCTURE)") for number, name in enumerate(names, 1)}
    structures = {name: fetched.get(b"BODYSTRUCTURE") for name, fetched in found.items()}
    assert {name: shape(one) for name, one in structures.items() if not isinstance(one, Part)} == {}
    assert {name: shape(one) for name, one in structures.items() if shape(one) != "text/plain"} == {}


@verifies("RFC2045-5.1-03", refuted_by=rewrite(rb'"a name"', rb'"\\"a name\\""', of=FETCH))
def test_quotes_are_no_part_of_a_value(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a Content-Type with values in quotes and without: all of them without."""
    told = {name.lower(): value for part in parts(dial, "quoted-values") for name, value in part.params or ()}
    assert told == {b"charset": b"us-ascii", b"name": b"a name", b"x-one": b"two", b"x-two": b"three"}


@verifies("RFC2045-5.2-01", "RFC2046-4.1-01", "RFC2046-5.1-01", refuted_by=UNREAD)
def test_what_states_no_type_is_plain_text_in_ascii(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a message without Content-Type and of such parts: text/plain, US-ASCII or no charset."""
    found = parts(dial, "no-type", "no-types-of-parts")
    assert [shape(part) for part in found] == ["text/plain"] * 3
    charsets = {value.lower() for part in found for name, value in part.params or () if name.lower() == b"charset"}
    assert charsets <= {b"us-ascii", b"x-unknown"}


@verifies("RFC2045-6.1-01", refuted_by=rewrite(rb'(?i)"7bit"', b'"8bit"', of=FETCH))
def test_what_states_no_encoding_is_7bit(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a message without Content-Transfer-Encoding and of such parts: 7bit."""
    assert {part.encoding.lower() for part in parts(dial, "no-type", "no-types-of-parts")} == {b"7bit"}
