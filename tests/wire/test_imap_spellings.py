"""A value written in any of its spellings is the value read: letter case, forms of strings, order and nesting at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.wire.imap import Code, Fetch, MailboxList, MailboxStatus, Response, Search
from conformance.wire.imap_body import Address, Envelope, Multipart, Part
from conformance.wire.imap_grammar import read
from conformance.wire.scanner import Message, Parsed

Spelled = tuple[Any, bytes]
part_of: Callable[..., Part] = Part
multipart_of: Callable[..., Multipart] = Multipart

ATOM_CHARS = bytes(octet for octet in range(0x21, 0x7F) if octet not in b'(){%*"\\]')
TEXTS = st.binary(max_size=12).map(lambda text: text.replace(b"\x00", b""))
NUMBERS = st.integers(0, 4294967295)
NZ_NUMBERS = st.integers(1, 4294967295)
KEYWORDS = (b"\\Seen", b"\\Answered", b"$Forwarded", b"\\XNew", b"a[b")
MONTHS = (b"Jan", b"FEB", b"mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"deC")


@st.composite
def cased(draw: DrawFn, word: bytes) -> bytes:
    return draw(st.sampled_from((word, word.upper(), word.lower(), word.swapcase(), word.title())))


def spelled(text: bytes, *, as_literal: bool) -> bytes:
    if as_literal or any(octet > 0x7E or octet in b"\r\n" for octet in text):
        return b"{%d}\r\n%s" % (len(text), text)
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


@st.composite
def strings(draw: DrawFn, texts: SearchStrategy[bytes] = TEXTS) -> Spelled:
    text = draw(texts)
    return text, spelled(text, as_literal=draw(st.booleans()))


@st.composite
def nstrings(draw: DrawFn) -> Spelled:
    if draw(st.booleans()):
        return None, draw(cased(b"NIL"))
    return draw(strings())


@st.composite
def astrings(draw: DrawFn) -> Spelled:
    if draw(st.booleans()):
        return draw(strings())
    word = bytes(draw(st.lists(st.sampled_from(ATOM_CHARS + b"]"), min_size=1, max_size=8)))
    return word, word


def numbers(values: SearchStrategy[int] = NUMBERS) -> SearchStrategy[Spelled]:
    return values.map(lambda value: (value, b"%d" % value))


def lists(of: SearchStrategy[Spelled], least: int = 0, between: bytes = b" ") -> SearchStrategy[Spelled]:
    return st.lists(of, min_size=least, max_size=3).map(
        lambda found: (tuple(value for value, _ in found), b"(" + between.join(raw for _, raw in found) + b")")
    )


@st.composite
def sequences(draw: DrawFn, *parts: SearchStrategy[Spelled]) -> tuple[tuple[Any, ...], bytes]:
    found = [draw(part) for part in parts]
    return tuple(value for value, _ in found), b" ".join(raw for _, raw in found)


def nullable(of: SearchStrategy[Spelled]) -> SearchStrategy[Spelled]:
    return cased(b"NIL").map(lambda nil: (None, nil)) | of


def built(make: Callable[..., Any], *parts: SearchStrategy[Spelled]) -> SearchStrategy[Spelled]:
    return sequences(*parts).map(lambda found: (make(*found[0]), b"(" + found[1] + b")"))


ADDRESSES = nullable(lists(built(Address, nstrings(), nstrings(), nstrings(), nstrings()), 1, b""))
ENVELOPES = built(Envelope, nstrings(), nstrings(), *[ADDRESSES] * 6, nstrings(), nstrings())
PAIRS = sequences(strings(), strings())
PARAMS = nullable(lists(PAIRS, 1))
DISPOSITIONS = nullable(built(lambda kind, params: (kind, params), strings(), PARAMS))
LANGUAGES = lists(strings(), 1) | nstrings().map(lambda one: (None if one[0] is None else (one[0],), one[1]))
VALUES = st.recursive(nstrings() | numbers(), lambda inner: lists(inner, 1), max_leaves=4)
TYPES = st.binary(max_size=6).map(lambda text: b"x" + text.replace(b"\x00", b""))


@st.composite
def extensions(draw: DrawFn) -> tuple[list[Any], bytes]:
    """Draw [SP dsp [SP lang [SP loc *(SP body-extension)]]]: four values, and what stands for them."""
    parts: list[SearchStrategy[Spelled]] = [DISPOSITIONS, LANGUAGES, nstrings()]
    found = [draw(part) for part in parts[: draw(st.integers(0, 3))]]
    more = draw(st.lists(VALUES, max_size=2)) if len(found) == 3 else []
    values = [value for value, _ in found] + [None] * (3 - len(found))
    return [*values, tuple(value for value, _ in more)], b"".join(b" " + raw for _, raw in found + more)


@st.composite
def single_parts(draw: DrawFn, bodies: SearchStrategy[Spelled]) -> Spelled:
    kind = draw(st.sampled_from((b"text", b"message", b"")))
    types = {b"text": (b"text",), b"message": (b"message", b"rfc822")}.get(kind, ())
    media = [draw(strings(cased(one))) for one in types]
    media += [draw(strings(TYPES)) for _ in range(2 - len(media))]
    fields, sent = draw(sequences(PARAMS, nstrings(), nstrings(), strings(), numbers()))
    behind = {b"text": [numbers()], b"message": [ENVELOPES, bodies, numbers()]}.get(kind, [])
    values, more = draw(sequences(*behind))
    raw = b" ".join(raw for _, raw in media) + b" " + sent + (b" " + more if behind else b"")
    lines = values[-1] if behind else None
    inner = (values[0], values[1]) if kind == b"message" else (None, None)
    if draw(st.booleans()):
        return part_of(media[0][0], media[1][0], *fields, lines, *inner), b"(" + raw + b")"
    (md5, sent_md5), (rest, sent_rest) = draw(nstrings()), draw(extensions())
    part = part_of(media[0][0], media[1][0], *fields, lines, *inner, md5, *rest, extended=True)
    return part, b"(" + raw + b" " + sent_md5 + sent_rest + b")"


@st.composite
def multiparts(draw: DrawFn, bodies: SearchStrategy[Spelled]) -> Spelled:
    parts = draw(st.lists(bodies, min_size=1, max_size=3))
    subtype, sent = draw(strings())
    raw = b"".join(raw for _, raw in parts) + b" " + sent
    values = tuple(value for value, _ in parts)
    if draw(st.booleans()):
        return Multipart(values, subtype), b"(" + raw + b")"
    (params, sent_params), (rest, sent_rest) = draw(PARAMS), draw(extensions())
    return multipart_of(
        values, subtype, params, *rest, extended=True
    ), b"(" + raw + b" " + sent_params + sent_rest + b")"


LEAF = single_parts(st.just((Part(b"x", b"y", None, None, None, b"", 0), b'("x" "y" NIL NIL NIL "" 0)')))
BODIES = st.recursive(LEAF, lambda inner: multiparts(inner) | single_parts(inner), max_leaves=4)
FLAGS = lists(st.sampled_from(KEYWORDS).flatmap(cased).map(lambda flag: (flag, flag)))


@st.composite
def date_times(draw: DrawFn) -> Spelled:
    day, month = draw(st.integers(1, 31)), draw(st.sampled_from(MONTHS))
    text = b"%2d-%s-%04d 0%d:59:00 %s" % (
        day, month, draw(st.integers(0, 9999)), draw(st.integers(0, 9)), draw(st.sampled_from((b"+0000", b"-1130"))),
    )  # fmt: skip
    return text, b'"' + text + b'"'


@st.composite
def sections(draw: DrawFn) -> Spelled:
    """Draw the name of a BODY item: normalised, and as sent."""
    part = draw(st.sampled_from((b"", b"1", b"12.3")))
    texts = [b"HEADER", b"TEXT", b"HEADER.FIELDS", b"HEADER.FIELDS.NOT", b"MIME" if part else b"TEXT"]
    text = draw(st.sampled_from([b"", *texts]))
    name = b".".join(one for one in (part, text) if one)
    sent = draw(cased(name))
    if b"FIELDS" in name:
        fields, raw = draw(lists(astrings(), 1))
        name, sent = name + b" (" + b" ".join(fields).upper() + b")", sent + b" " + raw
    origin = draw(st.sampled_from((b"", b"<0>", b"<4096>")))
    return b"BODY[" + name + b"]" + origin, draw(cased(b"BODY")) + b"[" + sent + b"]" + origin


def named(name: bytes, values: SearchStrategy[Spelled]) -> SearchStrategy[Spelled]:
    return sequences(cased(name).map(lambda sent: (name, sent)), values)


ITEMS = st.one_of(
    named(b"FLAGS", FLAGS),
    named(b"UID", numbers(NZ_NUMBERS)),
    named(b"RFC822.SIZE", numbers()),
    named(b"INTERNALDATE", date_times()),
    named(b"ENVELOPE", ENVELOPES),
    named(b"BODYSTRUCTURE", BODIES),
    named(b"RFC822", nstrings()),
    named(b"X-NEW", VALUES),
    sequences(sections(), nstrings()),
)
CODES = st.one_of(
    named(b"UIDNEXT", numbers(NZ_NUMBERS)),
    named(b"PERMANENTFLAGS", FLAGS),
    named(b"BADCHARSET", lists(astrings(), 1)),
    st.sampled_from((b"ALERT", b"PARSE", b"TRYCREATE")).flatmap(cased).map(lambda name: ((name.upper(), None), name)),
)


@st.composite
def fetches(draw: DrawFn) -> tuple[Response, bytes]:
    (number, sent), (pairs, raw) = draw(numbers(NZ_NUMBERS)), draw(lists(ITEMS, 1))
    return Response(b"*", b"FETCH", number, Fetch(pairs)), b"* " + sent + b" " + draw(cased(b"FETCH")) + b" " + raw


@st.composite
def mailbox_lists(draw: DrawFn) -> tuple[Response, bytes]:
    name = draw(st.sampled_from((b"LIST", b"LSUB")))
    attributes, sent = draw(lists(st.sampled_from([(one, one) for one in (b"\\Noselect", b"\\x-y", b"\\Sent")])))
    delimiter, quoted = draw(st.sampled_from([(None, b"nil"), (b"/", b'"/"'), (b"\\", b'"\\\\"'), (b'"', b'"\\""')]))
    mailbox, raw = draw(astrings())
    line = b" ".join((b"*", draw(cased(name)), sent, quoted, raw))
    return Response(b"*", name, data=MailboxList(attributes, delimiter, mailbox)), line


@st.composite
def statuses(draw: DrawFn) -> tuple[Response, bytes]:
    tag, name = draw(st.sampled_from((b"*", b"a1", b"]"))), draw(st.sampled_from((b"OK", b"NO", b"BAD")))
    text = draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).map(str.encode))
    code, raw = draw(nullable(CODES))
    if code is None:
        text = text.lstrip(b"[") or b"x"
    line = tag + b" " + draw(cased(name)) + b" " + (b"" if code is None else b"[" + raw.rstrip() + b"] ") + text
    return Response(tag, name, code=code and Code(*code), text=text), line


@st.composite
def others(draw: DrawFn) -> tuple[Response, bytes]:
    name = draw(st.sampled_from((b"SEARCH", b"STATUS")))
    if name == b"SEARCH":
        found = draw(st.lists(NZ_NUMBERS, max_size=5))
        raw = b"".join(b" %d" % one for one in found)
        return Response(b"*", name, data=Search(tuple(found))), b"* " + draw(cased(name)) + raw
    (mailbox, sent), (items, raw) = draw(astrings()), draw(lists(named(b"MESSAGES", numbers()) | named(b"X", VALUES)))
    return Response(b"*", name, data=MailboxStatus(mailbox, dict(items))), b" ".join((b"*", name, sent, raw))


RESPONSES = fetches() | mailbox_lists() | statuses() | others()


@settings(max_examples=200)
@given(RESPONSES)
def test_a_value_written_is_the_value_read(one: tuple[Response, bytes]) -> None:
    value, line = one
    message = Message(line + b"\r\n", 0)

    assert read(message) == Parsed(message, value, ())


@settings(max_examples=150)
@given(RESPONSES, st.data())
def test_a_line_cut_short_is_told_from_it(one: tuple[Response, bytes], data: st.DataObject) -> None:
    _, line = one
    cut = read(Message(line[: data.draw(st.integers(0, len(line)))], 0))

    assert cut.violations
