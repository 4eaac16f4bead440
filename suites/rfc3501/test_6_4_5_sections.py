"""RFC 3501 sections 2.4 and 6.4.5: the whole message, its header and text, and its parts by number.

Every section is held against what the oracle cuts out of the text that BODY[] gives of the same message.
"""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Reason, answer, confuse, rewrite, verifies
from conformance.models import mime
from conformance.models.shelf import Shelf, shelved, text_of

EXAMPLE = "rfc-3501-example"
PARTS = ("1", "2", "3", "4", "4.1", "4.2", "4.2.1", "4.2.2", "4.2.2.1", "4.2.2.2")
WIDE = ("1", "9", "10", "11", "100", "199", "200", "1.MIME", "10.MIME", "200.MIME")
FETCH = rb"FETCH .*"


def _unlike(shelf: Shelf, name: str, *specs: str) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Section -> what came and what should have come, of those sections of one message that are not right."""
    got, wanted = shelf.sections(name, specs), shelf.expected(name, specs)
    return {spec: (got[spec], wanted[spec]) for spec in specs if got[spec] != wanted[spec]}


@verifies("RFC3501-6.4.5-07", refuted_by=rewrite(rb"^\.", b"..", of=FETCH))
def test_the_whole_message_is_what_was_appended(dial: ImapDial) -> None:
    """FETCH BODY[] of every message of the corpus: octet for octet what APPEND gave, lines like protocol included."""
    fetched = Shelf(dial).fetch("(BODY.PEEK[])")
    texts = {name: text_of(found, "") for name, found in fetched.items()}
    assert {name: text for name, text in texts.items() if text != shelved()[name].raw} == {}


@verifies("RFC3501-6.4.5-08", refuted_by=confuse(b"[TEXT]", b"[1]", verb=b"FETCH"))
def test_the_text_is_the_message_without_its_header(dial: ImapDial) -> None:
    """FETCH BODY[TEXT] of every message of the corpus: what stands behind the first blank line of BODY[]."""
    shelf = Shelf(dial)
    fetched, entities = shelf.fetch("(BODY.PEEK[TEXT])"), shelf.entities()
    texts = {name: text_of(found, "TEXT") for name, found in fetched.items()}
    assert {name: text for name, text in texts.items() if text != entities[name].octets.body} == {}


@verifies("RFC3501-6.4.5-09", refuted_by=rewrite(rb"\r\n\r\n\Z", b"\r\n", of=FETCH))
def test_the_header_ends_with_the_blank_line(dial: ImapDial) -> None:
    """FETCH BODY[HEADER] of every message of the corpus: all up to the first blank line of BODY[], and that line."""
    shelf = Shelf(dial)
    fetched, entities = shelf.fetch("(BODY.PEEK[HEADER])"), shelf.entities()
    texts = {name: text_of(found, "HEADER") for name, found in fetched.items()}
    assert {name: text for name, text in texts.items() if text != entities[name].octets.header} == {}


@verifies("RFC3501-2.4-01", refuted_by=confuse(b"[2.MIME]", b"[2]", verb=b"FETCH"))
def test_header_text_parts_and_mime_headers_can_be_had_one_by_one(dial: ImapDial) -> None:
    """FETCH BODY[], [HEADER], [TEXT] and number and MIME of all parts of a multipart: each what the message has there."""
    assert _unlike(Shelf(dial), "fields-of-parts", "", "HEADER", "TEXT", "1", "1.MIME", "2", "2.MIME") == {}


@verifies("RFC3501-6.4.5-16", refuted_by=confuse(b"[1]", b"[]", verb=b"FETCH"))
def test_part_1_of_a_message_that_is_no_multipart_is_its_text(dial: ImapDial) -> None:
    """FETCH BODY[1] of messages with and without MIME fields: the text."""
    shelf = Shelf(dial)
    names = ("plain", "text-without-type", "html", "unknown-type", "external-body", "all-members")
    fetched, entities = shelf.fetch("(BODY.PEEK[1])", *names), shelf.entities(*names)
    texts = {name: text_of(found, "1") for name, found in fetched.items()}
    assert {name: text for name, text in texts.items() if text != entities[name].octets.body} == {}


@verifies("RFC3501-6.4.5-17", refuted_by=confuse(b"[4.2.2]", b"[4.2]", verb=b"FETCH"))
def test_parts_are_numbered_consecutively_and_those_within_behind_a_period(dial: ImapDial) -> None:
    """FETCH every part number of the RFC's example, and the first and last of two hundred parts: the part's octets."""
    shelf = Shelf(dial)
    assert _unlike(shelf, EXAMPLE, *PARTS) == {}
    assert _unlike(shelf, "wide-200", *WIDE) == {}


@verifies("RFC3501-6.4.5-18", refuted_by=confuse(b"[3.2]", b"[3.1]", verb=b"FETCH"))
def test_numbers_behind_a_message_within_are_those_of_its_parts(dial: ImapDial) -> None:
    """FETCH the parts of messages that stand in a multipart, and hold multiparts themselves: the part's octets."""
    shelf = Shelf(dial)
    assert _unlike(shelf, EXAMPLE, "3.1", "3.2", "4.2.1", "4.2.2.1", "4.2.2.2") == {}
    assert _unlike(shelf, "forwarded-multipart", "2.1", "2.2") == {}
    assert _unlike(shelf, "delimiter-behind-delimiter", "1.1", "2.1") == {}


@verifies("RFC3501-6.4.5-19", refuted_by=confuse(b"[2.1]", b"[2]", verb=b"FETCH"))
def test_the_text_of_a_message_within_is_its_part_1(dial: ImapDial) -> None:
    """FETCH BODY[2.1] where part 2 is a message in plain text, and the like in a digest: the inner message's text."""
    shelf = Shelf(dial)
    assert _unlike(shelf, "forwarded", "2.1") == {}
    assert _unlike(shelf, "digest", "1.1", "2.1") == {}


@verifies("RFC3501-6.4.5-20", refuted_by=confuse(b"[3.HEADER]", b"[3.MIME]", verb=b"FETCH"))
def test_header_and_text_of_a_message_within_can_be_had(dial: ImapDial) -> None:
    """FETCH n.HEADER and n.TEXT of messages in multiparts and digests: header and text of the inner message."""
    shelf = Shelf(dial)
    assert _unlike(shelf, EXAMPLE, "3.HEADER", "3.TEXT", "4.2.HEADER", "4.2.TEXT") == {}
    assert _unlike(shelf, "forwarded", "2.HEADER", "2.TEXT") == {}
    assert _unlike(shelf, "digest", "1.HEADER", "1.TEXT", "2.HEADER", "2.TEXT") == {}


@verifies("RFC3501-6.4.5-22", refuted_by=confuse(b"[4.2.MIME]", b"[4.2.HEADER]", verb=b"FETCH"))
def test_the_mime_header_of_a_part_can_be_had(dial: ImapDial) -> None:
    """FETCH n.MIME of parts with many fields, with none, of multiparts and of messages: the part's own header."""
    shelf = Shelf(dial)
    assert _unlike(shelf, EXAMPLE, "1.MIME", "3.MIME", "4.MIME", "4.1.MIME", "4.2.MIME", "4.2.2.MIME") == {}
    assert _unlike(shelf, "fields-of-parts", "1.MIME", "2.MIME") == {}
    assert _unlike(shelf, "typeless-parts", "1.MIME", "2.MIME") == {}


@verifies("RFC3501-6.4.5-54", refuted_by=answer(b"<tag> BAD too deep\r\n", of=rb"FETCH .*(1\.){9}.*"))
def test_parts_thirty_deep_can_be_had(dial: ImapDial) -> None:
    """FETCH parts and MIME headers at depth 3, 4, 10 and 30 of multiparts in one another: the part's octets."""
    numbers = [".".join(["1"] * depth) for depth in (3, 4, 10, 30)]
    assert _unlike(Shelf(dial), "deep-30", *numbers, *(f"{number}.MIME" for number in numbers)) == {}


@verifies("RFC3501-7.4.2-39", refuted_by=confuse(b"[1]", b"[TEXT]", verb=b"FETCH"))
def test_preamble_and_epilogue_belong_to_no_part(dial: ImapDial) -> None:
    """FETCH the parts of multiparts with text outside of all parts, and lines that nearly are delimiters: the parts alone."""
    shelf = Shelf(dial)
    assert _unlike(shelf, "preamble-and-epilogue", "1", "2") == {}
    assert _unlike(shelf, "lookalike-delimiters", "1") == {}
    assert _unlike(shelf, "padded-delimiters", "1", "2") == {}


@verifies("RFC3501-2.4-01", refuted_by=rewrite(rb"(?<=\n)\r\n\Z", b"", of=rb"FETCH .*BODY\.PEEK\[1\].*"))
def test_every_section_of_every_multipart_is_what_the_message_has_there(dial: ImapDial) -> None:
    """FETCH all sections of each multipart of the corpus that RFC 3501 leaves no doubt of: the octets of the message."""
    shelf = Shelf(dial)
    settled = {name: mime.settled(entity) for name, entity in shelf.entities().items()}
    several = {name: sections for name, sections in settled.items() if 4 < len(sections) < 40}
    if not several:
        raise Inconclusive(Reason.PRECONDITION, "no multipart is to be had")
    for name, sections in several.items():
        got = shelf.sections(name, [spec.decode() for spec in sections])
        assert {spec: got[spec.decode()] for spec in sections} == sections, name
