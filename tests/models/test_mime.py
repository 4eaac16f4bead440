"""The oracle of messages, held against generated meaning, the corpus, and the standard library where that is right."""

from __future__ import annotations

import dataclasses
from email import message_from_bytes, policy
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.delivery import key_of
from conformance.models import mime
from conformance.models.corpus import UNMARKED, Case, case, corpus, deep, large, plain_cases, wide
from conformance.models.mime_agreement import agrees, differences
from conformance.strategies.mime_messages import Meaning, messages_with_meaning, partials, subsets
from conformance.wire.imap_body import Address, Envelope, Multipart, Part

FEW = settings(max_examples=15)
CASES = [pytest.param(one, id=name) for name, one in corpus().items()]


def crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def envelope(header: bytes) -> Envelope:
    return mime.envelope(mime.read(crlf(header + b"\n\n")))


def structure(message: bytes) -> Part | Multipart:
    return mime.bodystructure(mime.read(crlf(message)))


def part(message: bytes) -> Part:
    found = structure(message)
    assert isinstance(found, Part)
    return found


# Against generated meaning.


@settings(max_examples=40)
@given(messages_with_meaning())
def test_the_oracle_reads_what_was_meant(message: Meaning) -> None:
    read = mime.read(message.raw)

    assert differences(mime.envelope(read), message.envelope) == ()
    assert differences(mime.bodystructure(read), message.structure) == ()
    assert mime.settled(read) == message.sections
    assert mime.size(read) == len(message.raw)


@FEW
@given(st.data())
def test_header_subsets_divide_the_header(data: st.DataObject) -> None:
    message = data.draw(messages_with_meaning())
    names, read = data.draw(subsets(message)), mime.read(message.raw)
    spec = b" (%s)" % b" ".join(names)

    within = mime.section(read, b"HEADER.FIELDS" + spec)
    without = mime.section(read, b"HEADER.FIELDS.NOT" + spec.lower())

    assert within is not None
    assert without is not None
    assert within.endswith(b"\r\n")
    assert without.endswith(b"\r\n\r\n") or without == b"\r\n"
    header = message.sections[b"HEADER"]
    assert len(within) + len(without) == len(header) + 2
    assert sorted((within + without).split(b"\r\n")) == sorted([*header.split(b"\r\n"), b""])


@FEW
@given(st.data())
def test_partial_fetches_put_together_are_the_section(data: st.DataObject) -> None:
    octets = data.draw(st.binary(max_size=50))
    start, count = data.draw(partials(octets))

    piece = mime.partial(octets, start, count)

    assert len(piece) <= count
    assert octets[: min(start, len(octets))] + piece + octets[start + count :] == octets


# Against the corpus.


@pytest.mark.parametrize("one", CASES)
def test_a_message_agrees_with_itself_and_is_whole(one: Case) -> None:
    read = mime.read(one.raw)

    for view in (mime.envelope, mime.body, mime.bodystructure):
        assert agrees(view(read), view(read)) == ""
    sections = mime.settled(read)
    assert sections[b""] == one.raw == sections[b"HEADER"] + sections[b"TEXT"]
    assert all(mime.section(read, name) == octets for name, octets in sections.items())
    assert (key_of(one.raw) is None) == (one.name in UNMARKED)


def test_the_corpus_is_large_and_mostly_plain() -> None:
    assert len(corpus()) > 100
    assert len(plain_cases()) > 50
    assert len({one.specimen.key for one in corpus().values()}) == len(corpus())
    assert not any(one.raw.count(b"\n") > one.raw.count(b"\r\n") for one in corpus().values() if one.plain)
    assert all(one.doubt for one in corpus().values() if one.name.startswith(("no-closing", "lone-cr", "null-")))


def test_what_delivery_may_change_is_not_exact() -> None:
    inexact = {one.name for one in corpus().values() if not one.exact}

    assert {"eight-bit-body", "overlong-lines", "lone-cr", "no-line-end", "no-body", "empty-body"} <= inexact
    assert not {"full-lines", "plain", "rfc-3501-example", "large-1048576"} & inexact


def test_generated_cases_have_the_size_they_are_asked_for() -> None:
    data = mime.section(mime.read(large(20 << 20).raw), b"2")
    whole = mime.bodystructure(mime.read(wide(7).raw))

    assert data is not None
    assert 20 << 20 <= len(data) + 2 < (20 << 20) + 78
    assert isinstance(whole, Multipart)
    assert len(whole.parts) == 7
    assert mime.section(mime.read(deep(30).raw), b".".join([b"1"] * 30)) == b"The innermost.\r\n"


def test_the_example_of_the_rfc_has_the_parts_that_it_lists() -> None:
    message = mime.read(case("rfc-3501-example").raw)
    texts = {
        b"1": b"Part 1",
        b"2": b"Part 2",
        b"3.1": b"Part 3.1",
        b"4.2.1": b"Part 4.2.1",
        b"4.2.2.2": b"Part 4.2.2.2",
    }

    assert {name: mime.section(message, name) for name in texts} == texts
    assert mime.section(message, b"4.2.HEADER.FIELDS (subject)") == b"Subject: two\r\n\r\n"
    assert mime.section(message, b"4.1.MIME") == crlf(
        b"Content-Type: image/gif\nContent-Transfer-Encoding: base64\nContent-Description: the picture\n\n"
    )


@pytest.mark.parametrize(
    "spec", [b"5", b"1.1", b"1.HEADER", b"4.TEXT", b"MIME", b"0", b"01", b"3.3", b"3.HEADER.FIELDS"]
)
def test_sections_that_are_not_there_have_no_octets(spec: bytes) -> None:
    assert mime.section(mime.read(case("rfc-3501-example").raw), spec) is None


# A second opinion.


def leaves_of(message: Message) -> list[Message]:
    """What the standard library finds: embedded messages are parts of their own there."""
    return [found for found in message.walk() if not found.is_multipart()]


def oracle_leaves(found: Part | Multipart) -> list[Part]:
    if isinstance(found, Multipart):
        return [leaf for one in found.parts for leaf in oracle_leaves(one)]
    return oracle_leaves(found.body) if found.body else [found]


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in plain_cases()])
def test_the_standard_library_finds_the_same_parts(one: Case) -> None:
    theirs = leaves_of(message_from_bytes(one.raw, policy=policy.compat32))
    ours = oracle_leaves(mime.bodystructure(mime.read(one.raw)))
    if one.name in ("external-body", "delivery-report"):
        return  # the library takes other message types apart as well

    assert [leaf.get_content_type() for leaf in theirs] == [
        f"{own.type.decode()}/{own.subtype.decode()}".lower() for own in ours
    ]
    assert [len(leaf.get_payload()) for leaf in theirs] == [own.size for own in ours]


# What is read, by hand.


def address(text: bytes) -> tuple[Address, ...] | None:
    return envelope(b"To: " + text).to


def test_addresses_become_structures() -> None:
    assert address(b"a@b") == (Address(None, None, b"a", b"b"),)
    assert address(b'"J. \\"Q\\" D" <"a b"@c>') == (Address(b'J. "Q" D', None, b"a b", b"c"),)
    assert address(b"A B <@x,@y:a@b>") == (Address(b"A B", b"@x,@y", b"a", b"b"),)
    assert address(b"a@b (C (D) E)") == (Address(b"C (D) E", None, b"a", b"b"),)
    end = Address(None, None, None, None)
    assert address(b"G: a@b, c@d;, e@f") == (
        Address(None, None, b"G", None), Address(None, None, b"a", b"b"), Address(None, None, b"c", b"d"), end,
        Address(None, None, b"e", b"f"),
    )  # fmt: skip
    assert address(b"Nobody:;") == (Address(None, None, b"Nobody", None), end)
    assert address(b"") is None


@given(st.text('a@b,;:<>()"[]\\ .\r\n', max_size=30))
def test_no_address_stops_the_oracle(text: str) -> None:
    address(text.encode().replace(b"\r", b"").replace(b"\n", b"\n "))


def test_sender_and_reply_to_default_to_from() -> None:
    defaulted = envelope(b"From: a@b\nSender: \n")

    assert defaulted.sender == defaulted.reply_to == defaulted.from_ != defaulted.to
    other = (Address(None, None, b"x", b"y"),)
    assert "envelope.sender" in agrees(defaulted, dataclasses.replace(defaulted, sender=other))
    assert "envelope.reply_to" in agrees(defaulted, dataclasses.replace(defaulted, reply_to=None))


def test_a_default_must_be_spelled_as_the_from_member_is() -> None:
    asked = envelope(b"From: a@b (Name)")
    named, nameless = (Address(b"Name", None, b"a", b"b"),), (Address(None, None, b"a", b"b"),)

    assert not agrees(asked, dataclasses.replace(asked, from_=nameless, sender=nameless, reply_to=nameless))
    assert agrees(asked, dataclasses.replace(asked, from_=named, sender=nameless, reply_to=named))


def test_types_are_defaulted() -> None:
    assert (part(b"\nx").type, part(b"\nx").subtype, part(b"\nx").encoding) == (b"text", b"plain", b"7bit")
    digest = structure(b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n")
    assert isinstance(digest, Multipart)
    assert isinstance(digest.parts[0], Part)
    assert digest.parts[0].type == b"message"
    assert digest.parts[0].envelope is not None
    assert digest.parts[0].envelope.subject == b"x"


# What is tolerated, and what is not.

TEXT = part(b"Content-Type: text/plain\nContent-Disposition: inline\nContent-Language: de, en\n\nOne\nend")


@pytest.mark.parametrize(
    "change",
    [
        {"type": b"TEXT", "subtype": b"Plain", "encoding": b"7BIT"}, {"params": ((b"CHARSET", b"US-ASCII"),)},
        {"lines": 2}, {"language": (b"de, EN",)}, {"disposition": (b"INLINE", None)},
        {"extended": False, "disposition": None, "language": None},
    ],
)  # fmt: skip
def test_what_the_rfc_leaves_open_in_a_structure_is_allowed(change: dict[str, object]) -> None:
    assert agrees(TEXT, dataclasses.replace(TEXT, **change)) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"size": 9}, "size in octets"), ({"lines": 3}, "size in lines"), ({"lines": None}, "size in lines"),
        ({"subtype": b"html"}, "subtype"), ({"params": ((b"charset", b"utf-8"),)}, "parameters"),
        ({"params": ((b"name", b"x"),)}, "parameters"), ({"id": b"<x@y>"}, "id"), ({"id": b""}, "id"),
        ({"encoding": b"8bit"}, "encoding"), ({"disposition": None}, "disposition"), ({"language": (b"de",)}, "language"),
        ({"location": b"x"}, "location"), ({"md5": b"x"}, "MD5"), ({"extensions": (None,)}, "extension"),
        ({"disposition": (b"attachment", None)}, "disposition"), ({"description": b"x"}, "description"),
    ],
)  # fmt: skip
def test_a_wrong_structure_is_named(change: dict[str, object], place: str) -> None:
    found = differences(TEXT, dataclasses.replace(TEXT, **change))  # type: ignore[arg-type]

    assert len(found) == 1
    assert place in found[0]


def test_body_must_not_show_extension_data() -> None:
    message = mime.read(crlf(b"Content-Type: text/plain\n\nx\n"))

    assert "extension data" in agrees(mime.body(message), mime.bodystructure(message))


def test_a_tree_is_compared_part_by_part() -> None:
    tree = mime.bodystructure(mime.read(case("forwarded-multipart").raw))
    assert isinstance(tree, Multipart)
    inner = tree.parts[1]
    assert isinstance(inner, Part)
    assert isinstance(inner.body, Multipart)
    first, second = inner.body.parts
    broken = dataclasses.replace(inner, body=dataclasses.replace(inner.body, parts=(second, first)))

    found = differences(tree, dataclasses.replace(tree, parts=(tree.parts[0], broken)))

    assert found[0].startswith("part 2.1: subtype")
    assert any(place.startswith("part 2.2: ") for place in found)
    assert "number of parts" in agrees(tree, dataclasses.replace(tree, parts=tree.parts[:1]))


RFC_2231 = part(b"Content-Type: a/b; name*0*=utf-8''%e2%82%ac; name*1=\" rates\"; x=y\n\n")


@pytest.mark.parametrize(
    ("params", "allowed"),
    [
        (((b"name*1", b" rates"), (b"x", b"y"), (b"name*0*", b"utf-8''%e2%82%ac")), True),
        (((b"NAME", b"\xe2\x82\xac rates"), (b"x", b"y")), True),
        (((b"name*", b"utf-8''%e2%82%ac%20rates"), (b"x", b"y")), True),
        (((b"name", b"\xe2\x82\xac"), (b"x", b"y")), False),
        (((b"name*0*", b"utf-8''%e2%82%ac"), (b"x", b"y")), False),
        (((b"x", b"y"),), False),
        (((b"name", b"\xe2\x82\xac rates"),), False),
    ],
)
def test_parameters_of_rfc_2231_may_be_put_together(params: tuple[tuple[bytes, bytes], ...], allowed: bool) -> None:
    assert (agrees(RFC_2231, dataclasses.replace(RFC_2231, params=params)) == "") is allowed


HEADER = envelope(
    b"Date: Sat, 21 Nov 2026 12:00:00 +0000 (UTC)\nSubject: a\n\tfolded  text\nFrom: A B <c@D.invalid>\n"
    b"To: <@r:x@y>, z@w (Name)\nCc:\nIn-Reply-To: You wrote <a@b>"
)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": b"a folded text"}, {"subject": b"a\r\n\tfolded  text"}, {"date": b"21-Nov-2026 12:00:00 +0000"},
        {"in_reply_to": b"<a@b>"},
        {"to": (Address(None, None, b"x", b"y"), Address(b"", b"", b"z", b"W"))},
        {name: (Address(b"A  B", None, b"c", b"d.INVALID"),) for name in ("from_", "sender", "reply_to")},
    ],
)  # fmt: skip
def test_what_the_rfc_leaves_open_in_an_envelope_is_allowed(change: dict[str, object]) -> None:
    assert agrees(HEADER, dataclasses.replace(HEADER, **change)) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": b"a foldedtext"}, {"subject": None}, {"subject": b""}, {"date": b"21-Nov-2026 12:00:01 +0000"},
        {"date": None}, {"message_id": b"<x@y>"}, {"message_id": b""}, {"in_reply_to": b"<c@d>"}, {"cc": ()},
        {"to": None}, {"bcc": (Address(None, None, b"x", b"y"),)},
        {"to": (Address(None, None, b"z", b"w"), Address(None, None, b"x", b"y"))},
        {"to": (Address(None, None, b"x", b"y"),)},
        {"to": (Address(None, b"@q", b"x", b"y"), Address(None, None, b"z", b"w"))},
        {name: (Address(b"A B", None, b"C", b"d.invalid"),) for name in ("from_", "sender", "reply_to")},
    ],
)  # fmt: skip
def test_a_wrong_envelope_is_named(change: dict[str, object]) -> None:
    assert agrees(HEADER, dataclasses.replace(HEADER, **change)).startswith("envelope.")  # type: ignore[arg-type]


def test_a_group_is_not_left_out() -> None:
    group = envelope(b"To: G: a@b;")

    assert agrees(group, dataclasses.replace(group, to=(Address(None, None, b"a", b"b"),)))
    assert not agrees(group, dataclasses.replace(group))


def test_anything_may_be_shown_of_a_multipart_without_parts() -> None:
    assert agrees(structure(b"Content-Type: multipart/mixed; boundary=b\n\nNo delimiter.\n"), TEXT) == ""


def test_a_field_that_stands_there_twice_has_several_readings() -> None:
    twice = envelope(b"To: a@b\nTo: c@d\nSubject: x\nSubject: y")
    one, other = (Address(None, None, b"a", b"b"),), (Address(None, None, b"c", b"d"),)

    assert all(not agrees(twice, dataclasses.replace(twice, to=to)) for to in (one, other, one + other))
    assert agrees(twice, dataclasses.replace(twice, to=None))
    assert not agrees(twice, dataclasses.replace(twice, subject=b"y"))
    assert agrees(twice, dataclasses.replace(twice, subject=b"z"))
