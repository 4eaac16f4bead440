"""Messages with their meaning: MIME trees, what FETCH must say of them, and the octets of every section.

RFC 3501 sections 6.4.5 and 7.4.2 over RFC 2822 and 2046. Each message bears the mark by which test mail is known again.
`messages_with_meaning` draws plain messages only: a server that reads one otherwise is wrong.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.mime_entities import Entity, Sections, Structure, draw_fields, leaves, multiparts
from conformance.strategies.mime_fields import address_lists, perhaps, texts, token_case
from conformance.wire.imap_body import Envelope, Part

_DATES = (
    b"Sat, 21 Nov 2026 12:00:00 +0000",
    b"Mon, 1 Jan 2024 00:00:59 -0330",
    b"29 Feb 2024 23:59 +1400",
)
_DATE = st.sampled_from(_DATES)
_REPLY = st.sampled_from((None, b"<before@mailconform.invalid>"))
_SALT = st.binary(max_size=4)
_PLACES = st.integers(0, 4)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message and what FETCH must give of it: ENVELOPE, BODYSTRUCTURE with all extension data, sections by name."""

    raw: bytes
    envelope: Envelope
    structure: Structure
    sections: Sections


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a message that are not MIME's, and the envelope that they make."""

    fields: bytes
    envelope: Envelope


@functools.cache
def _orders(size: int) -> SearchStrategy[list[int]]:
    return st.permutations(range(size))


@functools.cache
@st.composite
def headers(draw: st.DrawFn) -> Header:
    """Headers: some fields absent, in any order and letter case, Sender and Reply-To defaulted if they are."""
    date, subject = draw(_DATE), draw(perhaps(texts()))
    from_ = draw(address_lists(with_groups=False))
    others = {
        name: draw(perhaps(address_lists(with_groups=name != "sender")))
        for name in ("sender", "reply_to", "to", "cc", "bcc")
    }
    reply = draw(_REPLY)
    written = {b"Date": date, b"From": from_.raw, b"In-Reply-To": reply, b"Subject": subject.raw if subject else None}
    written |= {name.replace("_", "-").title().encode(): some.raw if some else None for name, some in others.items()}
    written[b"X-Mailconform"] = b"a field\r\n of no envelope"
    there = [(name, body) for name, body in written.items() if body is not None]
    lines = [
        b"%s: %s\r\n" % (draw(token_case(name)), body) for name, body in (there[n] for n in draw(_orders(len(there))))
    ]
    digest = hashlib.sha256(b"".join(lines) + draw(_SALT)).hexdigest()[:24].encode()
    message_id = b"<mailconform.%s@mailconform.invalid>" % digest
    lines.insert(draw(_PLACES), b"Message-ID: %s\r\n" % message_id)
    sent = {name: some.value if some else None for name, some in others.items()}
    sent |= {name: sent[name] or from_.value for name in ("sender", "reply_to")}
    envelope = Envelope(
        date=date, subject=subject.value if subject else None, from_=from_.value, in_reply_to=reply,
        message_id=message_id, **sent,
    )  # fmt: skip
    return Header(b"".join(lines), envelope)


@st.composite
def _messages(draw: st.DrawFn, entities: SearchStrategy[Entity]) -> Meaning:
    header, entity = draw(headers()), draw(entities)
    fields = header.fields + b"MIME-Version: 1.0\r\n" + entity.fields
    raw = fields + b"\r\n" + entity.body
    own = {b"": raw, b"HEADER": fields + b"\r\n", b"TEXT": entity.body}
    return Meaning(raw, header.envelope, entity.structure, own | dict(entity.alone))


@st.composite
def _embedded(draw: st.DrawFn, entities: SearchStrategy[Entity], *, stated: bool = True) -> Entity:
    """Parts of the type message/rfc822, with the type left out where a digest has it by default."""
    message = draw(_messages(entities))
    own = b"Content-Type: %s/%s\r\n" % (draw(token_case(b"message")), draw(token_case(b"rfc822"))) if stated else b""
    fields, values = draw_fields(draw, own)
    structure = Part(
        b"message", b"rfc822", None, values.get("id"), values.get("description"), b"7bit", len(message.raw),
        message.raw.count(b"\r\n"), message.envelope, message.structure, values.get("md5"), values.get("disposition"),
        values.get("language"), values.get("location"), extended=True,
    )  # fmt: skip
    return Entity(fields, message.raw, structure, {**message.sections, b"MIME": fields + b"\r\n"}, {})


def entities() -> SearchStrategy[Entity]:
    """Trees of parts: leaves, multiparts, digests, messages within."""

    def grown(inner: SearchStrategy[Entity]) -> SearchStrategy[Entity]:
        digests = multiparts(_embedded(inner, stated=False), b"digest")
        return st.one_of(multiparts(inner), multiparts(st.one_of(inner, _embedded(inner))), digests)

    return st.recursive(leaves(), grown, max_leaves=6)


def messages_with_meaning() -> SearchStrategy[Meaning]:
    """Messages that are plain in every respect, with all that FETCH must give of them."""
    return _messages(entities())


def subsets(message: Meaning) -> SearchStrategy[tuple[bytes, ...]]:
    """Lists of field names for HEADER.FIELDS, some of which are in the header."""
    names = sorted(
        {line.partition(b":")[0].upper() for line in message.sections[b"HEADER"].split(b"\r\n") if b":" in line}
    )
    there = [name for name in names if name and not name[:1].isspace()]
    return st.lists(st.sampled_from([*there, b"X-NONE", b"X-MAILCONFOR"]), min_size=1, max_size=4, unique=True).map(
        tuple
    )


def partials(octets: bytes) -> SearchStrategy[tuple[int, int]]:
    """Start and count of partial fetches, within a section, around its end and far behind it."""
    size = len(octets)
    starts = st.one_of(st.integers(0, size), st.sampled_from((0, max(0, size - 1), size, size + 1, size + 4096)))
    return st.tuples(starts, st.one_of(st.integers(1, size + 2), st.sampled_from((1, 4294967295))))
