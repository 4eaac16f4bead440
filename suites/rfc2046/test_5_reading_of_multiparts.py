"""RFC 2046 section 5.1: which parts a multipart has, seen in BODYSTRUCTURE and in the octets and sizes of each part."""

from __future__ import annotations

from conformance import ImapDial, confuse, rewrite, verifies
from conformance.checks_formats import misread

FETCH = rb"FETCH .*BODYSTRUCTURE.*"
NO_HTML = rewrite(rb'(?i)"html"', b'"plain"', of=FETCH)
NO_PICTURE = rewrite(rb'(?i)"image" "gif"', b'"text" "plain"', of=FETCH)


@verifies("RFC2046-5.1.1-01", refuted_by=rewrite(rb"(?s)\A(Two.*)\r\n\Z", rb"\1", of=rb"FETCH .*BODY\.PEEK.*"))
def test_the_line_end_in_front_of_a_delimiter_belongs_to_it(dial: ImapDial) -> None:
    """FETCH parts with no line end of their own, with one and with two, and with nothing else: their octets and sizes."""
    assert misread(dial, "line-ends-of-parts", octets=True) == {}


@verifies("RFC2046-5.1.1-02", refuted_by=NO_PICTURE)
def test_white_space_behind_delimiters_is_none_of_theirs(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of multiparts in each other, blanks and tabs behind each delimiter."""
    assert misread(dial, "padding-behind-delimiters") == {}


@verifies("RFC2046-5.1.1-03", refuted_by=NO_HTML)
def test_a_boundary_may_have_every_character_and_length(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of multiparts with a boundary of all special characters, and with one of 70 octets."""
    assert misread(dial, "boundary-of-all-characters", "boundary-of-70-octets") == {}


@verifies("RFC2046-5.1.1-04", refuted_by=NO_HTML)
def test_what_stands_around_the_parts_is_ignored(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a multipart with lines like fields and delimiters in preamble and epilogue."""
    assert misread(dial, "text-around-the-parts") == {}


@verifies("RFC2046-5.1.2-01", refuted_by=NO_PICTURE)
def test_delimiters_of_outer_multiparts_end_what_is_within(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE where multiparts, one in a message, two in one another, are without their ends."""
    assert misread(dial, "outer-ends-inner", "outer-ends-a-message", "outer-ends-three") == {}


@verifies("RFC2046-5.1.2-02", refuted_by=NO_HTML)
def test_a_multipart_that_is_cut_off_has_its_parts(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a multipart without its last delimiter."""
    assert misread(dial, "no-end") == {}


@verifies("RFC2046-5.1.3-01", "RFC2049-2-01", refuted_by=NO_HTML)
def test_a_multipart_of_unknown_subtype_has_its_parts(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of multipart/x-mailconform: as those of multipart/mixed."""
    assert misread(dial, "unknown-multipart") == {}


@verifies("RFC2046-5.1-02", refuted_by=confuse(b"[2.HEADER]", b"[2.TEXT]", verb=b"FETCH"))
def test_parts_are_messages_only_where_they_say_so(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE and parts of text like a message, of a message, and of message/external-body."""
    assert misread(dial, "text-like-a-message", octets=True) == {}
