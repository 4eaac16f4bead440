"""RFC 3501 sections 2.3.6 and 7.4.2: BODY and BODYSTRUCTURE.

Every structure is held against what the oracle reads in the text that BODY[] gives of the same message, with the
latitude that the RFCs leave: see `conformance.models.mime_agreement`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from conformance import ImapDial, NotSupported, answer, forward, rewrite, verifies
from conformance.models import mime
from conformance.models.corpus import case
from conformance.models.mime_agreement import differences
from conformance.models.shelf import Shelf
from conformance.wire.imap_body import Multipart, Part

FETCH = rb"FETCH .*BODYSTRUCTURE.*"
ASPECT = re.compile(r"(structure|part [\d.]+): (.*)", re.DOTALL)
TYPE = ("type", "subtype")
Structure = Part | Multipart
BROKEN = (
    "no-boundary", "no-delimiter", "no-closing-delimiter", "closing-delimiter-alone", "same-boundary-within",
    "outer-boundary-ends-inner", "type-twice", "type-without-subtype", "empty-type", "encoded-message",
    "parts-of-headers-alone", "comments-in-mime-fields", "message-without-body", "no-mime-version",
)  # fmt: skip


def _unlike(
    dial: ImapDial, *names: str, only: tuple[str, ...] = ("",), item: str = "BODYSTRUCTURE", tree: bool = True
) -> dict[str, tuple[str, ...]]:
    """Message -> what is wrong in its structure: in the tree itself, and in these aspects of parts, by default in all."""
    shelf = Shelf(dial)
    fetched, entities = shelf.fetch(f"({item})", *names), shelf.entities(*names)
    of = mime.bodystructure if item == "BODYSTRUCTURE" else mime.body
    found = {name: differences(of(entities[name]), fetched[name].get(item.encode())) for name in fetched}
    wrong = {name: tuple(one for one in some if _is_about(one, only, tree=tree)) for name, some in found.items()}
    return {name: some for name, some in wrong.items() if some}


def _is_about(difference: str, aspects: tuple[str, ...], *, tree: bool = False) -> bool:
    aspect = (ASPECT.match(difference) or ("", "", ""))[2]
    return aspect.startswith(aspects) or (tree and aspect.startswith(("expected", "number of parts")))


@verifies("RFC3501-6.4.5-39", refuted_by=answer(b"<tag> NO cannot parse that\r\n", of=FETCH))
def test_bodystructure_describes_the_tree_of_each_message(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of every message of the corpus: all parts with all that the message says of them."""
    assert _unlike(dial) == {}


@verifies("RFC3501-6.4.5-38", refuted_by=rewrite(rb'(BODYSTRUCTURE \(*"text") "', rb'\1 "x-', of=FETCH))
def test_body_is_bodystructure_without_extension_data(dial: ImapDial) -> None:
    """FETCH (BODY BODYSTRUCTURE) of every message of the corpus: equal but for the extension data."""
    fetched = Shelf(dial).fetch("(BODY BODYSTRUCTURE)")
    both = {name: (found.get(b"BODY"), found.get(b"BODYSTRUCTURE")) for name, found in fetched.items()}
    assert {name: pair for name, pair in both.items() if None in pair or _basic(pair[0]) != _basic(pair[1])} == {}


@verifies(
    "RFC3501-7.4.2-14",
    refuted_by=forward(rb"\1BODYSTRUCTURE\2", of=rb"(FETCH .*)BODY(\))") | rewrite(rb"STRUCTURE", b""),
)
def test_body_has_no_extension_data(dial: ImapDial) -> None:
    """FETCH BODY of every message of the corpus: nothing behind the basic fields of any part."""
    assert _unlike(dial, item="BODY", only=("BODY shows",), tree=False) == {}


@verifies(
    "RFC3501-7.4.2-06",
    refuted_by=rewrite(rb'(?i)("text" "html" \([^)]*\)) NIL NIL ("7bit")', rb"\1 \2 NIL NIL", of=FETCH),
)
def test_the_fields_of_a_text_part_stand_in_their_order(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of text parts with charset and encoding: type, subtype, parameters, id ... lines, each in its place."""
    assert (
        _unlike(dial, "html", "encodings", "quoted-parameters", only=(*TYPE, "parameters", "id", "desc", "size")) == {}
    )
    assert _unlike(dial, "html", "encodings", only=("encoding",)) == {}


@verifies("RFC3501-7.4.2-07", refuted_by=rewrite(rb'(?i)("base64") \d+', rb"\1 3", of=FETCH))
def test_the_size_of_a_part_is_that_of_its_encoded_form(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of parts in base64 and quoted-printable: the octets that stand between the delimiters."""
    assert (
        _unlike(dial, "encodings", "fields-of-parts", "rfc-3501-example", "empty-parts", only=("size in octets",)) == {}
    )


@verifies(
    "RFC3501-7.4.2-08", refuted_by=rewrite(rb'(?i)("text" [^"]*"[^"]*" .*? "base64" \d+) \d+', rb"\1 7", of=FETCH)
)
def test_the_lines_of_a_text_part_are_those_of_its_encoded_form(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of text in base64 and quoted-printable, and of more lines: the line ends of the encoded form."""
    names = ("encodings", "digest", "typeless-parts", "preamble-and-epilogue", "protocol-lookalikes", "plain")
    assert _unlike(dial, *names, only=("size in lines",)) == {}


@verifies(
    "RFC3501-7.4.2-09",
    refuted_by=rewrite(rb'(?i)"message" "rfc822"', b'"application" "octet-stream"', of=FETCH),
)
def test_a_message_within_brings_its_envelope_structure_and_lines(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of messages in messages: envelope and structure of the inner one, and its lines."""
    names = ("forwarded", "forwarded-multipart", "message-alone", "message-in-message", "rfc-3501-example")
    assert _unlike(dial, *names, only=(*TYPE, "envelope", "size in lines")) == {}


@verifies("RFC3501-7.4.2-10", refuted_by=rewrite(rb'(?i)("delivery-status" .*? \d+) ', rb"\1 () 5 ", of=FETCH))
def test_other_messages_within_have_the_fields_of_any_part(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of message/delivery-status and message/external-body: no envelope, no structure, no lines."""
    assert _unlike(dial, "delivery-report", "external-body", only=(*TYPE, "size in lines", "MD5", "disposition")) == {}


@verifies("RFC3501-7.4.2-11", refuted_by=rewrite(rb'(?i)"alternative"', b'"mixed"', of=FETCH))
def test_a_multipart_is_its_parts_and_its_subtype(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of multiparts of one part, of two hundred, thirty deep: all parts, then the subtype."""
    names = ("alternative", "one-part", "wide-200", "deep-30", "rfc-3501-example", "digest", "delivery-report")
    assert _unlike(dial, *names, only=TYPE) == {}


@verifies("RFC3501-7.4.2-12", refuted_by=rewrite(rb'(?i)(\("inline" \("x" "y"\)\)) (\("en"\))', rb"\2 \1", of=FETCH))
def test_the_extension_data_of_a_multipart_stands_in_its_order(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of multiparts with all such fields: parameters, disposition, language, location, if any."""
    _needs_extension_data(dial, "fields-of-multiparts")
    aspects = ("parameters", "disposition", "language", "location")
    assert _unlike(dial, "fields-of-multiparts", "folded-type", "digest", only=aspects) == {}


@verifies("RFC3501-7.4.2-13", "RFC3501-9-60", refuted_by=rewrite(rb'"Q2hlY2sgSW50ZWdyaXR5IQ=="', b"NIL", of=FETCH))
def test_the_extension_data_of_a_part_stands_in_its_order(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a part with all such fields: MD5, disposition, language, location, if any."""
    _needs_extension_data(dial, "fields-of-parts")
    assert _unlike(dial, "fields-of-parts", only=("MD5", "disposition", "language", "location")) == {}


@verifies("RFC3501-7.4.2-15", refuted_by=rewrite(rb"NIL NIL NIL NIL\)", b'NIL NIL NIL NIL "more")', of=FETCH))
def test_no_extension_data_stands_behind_the_location(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of every message of the corpus: nothing that RFC 3501 does not define."""
    assert _unlike(dial, only=("undefined extension data",), tree=False) == {}


@verifies("RFC3501-7.4.2-16", refuted_by=rewrite(rb'(?i)("charset") "(us-ascii)"', rb'"\2" \1', of=FETCH))
def test_parameters_are_pairs_of_attribute_and_value(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of parts with parameters of every form, and with none: the pairs, with quoting removed."""
    names = (
        "text-with-charset",
        "quoted-parameters",
        "folded-type",
        "html",
        "unknown-type",
        "other-letters",
        "alternative",
    )
    assert _unlike(dial, *names, "external-body", only=("parameters",)) == {}


@verifies("RFC3501-7.4.2-17", refuted_by=rewrite(rb'"<two@digest.invalid>"', b"NIL", of=FETCH))
def test_id_and_description_of_a_part_come_if_they_are_there(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of parts with and without Content-ID and Content-Description: their values, or NIL."""
    assert _unlike(dial, "fields-of-parts", "digest", "forwarded", "alternative", only=("id", "description")) == {}


@verifies(
    "RFC3501-7.4.2-18",
    refuted_by=rewrite(rb'(?i)"7bit"', b'"8bit"', of=FETCH),
)
def test_a_part_without_type_is_plain_text_in_7bit(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of messages and parts without MIME fields: text/plain in 7BIT, US-ASCII or no parameters."""
    names = ("plain", "text-without-type", "typeless-parts")
    assert _unlike(dial, *names, only=(*TYPE, "parameters", "encoding")) == {}


@verifies(
    "RFC3501-7.4.2-19", "RFC2046-5.1.5-01", refuted_by=rewrite(rb'(?i)"message" "rfc822"', b'"text" "plain"', of=FETCH)
)
def test_a_part_of_a_digest_without_type_is_a_message(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a digest: message/rfc822 for the part without a type, text/plain for the one that says so."""
    assert _unlike(dial, "digest", only=TYPE) == {}


@verifies("RFC3501-7.4.2-20", refuted_by=rewrite(rb'(?i)\("text" "plain" ', b"(NIL NIL ", of=FETCH))
def test_malformed_mime_has_a_well_formed_structure_too(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of messages without boundary, without delimiters, with broken types: of each a structure."""
    mailbox = dial.collection(*(case(name).specimen for name in BROKEN), key="broken")
    answer = mailbox.command("FETCH 1:* (BODYSTRUCTURE)")
    assert answer.is_ok
    assert sorted(answer.fetched) == list(range(1, len(BROKEN) + 1))
    assert [violation for reply in answer.replies for violation in reply.parsed.violations] == []


@verifies("RFC3501-7.4.2-38", refuted_by=rewrite(rb'(?i)"name(\*?0?\*?)" ', rb'"name\1" NIL ', of=FETCH))
def test_parameters_in_pieces_are_well_formed_too(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a message with parameters of RFC 2231: pairs of strings, as sent or put together."""
    mailbox = dial.mailbox(case("rfc-2231").specimen)
    answer = mailbox.command("FETCH 1 (BODYSTRUCTURE)")
    assert answer.is_ok
    assert [violation for reply in answer.replies for violation in reply.parsed.violations] == []
    expected = mime.bodystructure(mime.read(case("rfc-2231").raw))
    found = differences(expected, answer.fetched[1].get(b"BODYSTRUCTURE"))
    assert [one for one in found if _is_about(one, ("parameters", "disposition"))] == []


def _needs_extension_data(dial: ImapDial, name: str) -> None:
    """Raise NotSupported if the server sends none: RFC 3501 section 7.4.2 says that it can."""
    shelf = Shelf(dial)
    got = shelf.fetch("(BODYSTRUCTURE)", name)[name].get(b"BODYSTRUCTURE")
    if isinstance(got, Multipart | Part) and not got.extended:
        raise NotSupported("BODYSTRUCTURE has no extension data")


def _basic(got: Structure) -> Structure:
    """A structure without extension data."""
    bare = replace(got, disposition=None, language=None, location=None, extensions=(), extended=False)
    if isinstance(bare, Multipart):
        return replace(bare, params=None, parts=tuple(_basic(part) for part in bare.parts))
    return replace(bare, md5=None, body=_basic(bare.body) if bare.body else None)
