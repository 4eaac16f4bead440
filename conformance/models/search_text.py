"""Whether a field or a body contains a string, where a server has a choice of how to read it (RFC 3501 section 6.4.4).

A Texts holds the legal readings of a text: encoded or decoded, folded or not, an address whole or in its parts. A string
is certainly contained if every reading contains it (letter case of ASCII means nothing), and possibly if any does, or
if one would with marks, letter case of all scripts and runs of white space left out, as servers that index text do.
Everything else is certainly not contained. Invariant: what one legal server finds and another one does not is None.

Encoded words and transfer encodings MUST be decoded for strings in a charset other than US-ASCII; for US-ASCII the RFC
is silent, so that both readings stand. Parts that are neither TEXT nor MESSAGE may be left out, and nothing says
whether the MIME headers inside of a body belong to it.
"""

from __future__ import annotations

import email.utils
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message as MimePart

from conformance.models.contents import Message, fields_of, leaves, parts_of, unfolded
from conformance.models.encoded_words import decoded

Truth = bool | None
Reading = tuple[str, ...]

_PLAIN_CHARSETS = ("us-ascii", "ascii", "utf-8")
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Texts:
    """Readings of one text, each in pieces that no string spans, and further ones that some server may know."""

    readings: tuple[Reading, ...]
    further: Reading = ()


def contains(texts: Texts, string: str) -> Truth:
    """Tell whether a string is part of a text: in all readings, in some (None), or in none."""
    if not string:
        return True if any(piece for reading in texts.readings for piece in reading) else None
    one_line = "\r" not in string and "\n" not in string  # nothing says what ends a line inside of a field or a body
    if one_line and texts.readings and all(_found(string, reading) for reading in texts.readings):
        return True
    return _in_further(texts, string)


def _in_further(texts: Texts, string: str) -> Truth:
    pieces = {piece for reading in texts.readings for piece in reading} | set(texts.further)
    wanted = _wide(string)
    return None if any(wanted in _wide(piece) for piece in pieces) else False


def _found(string: str, reading: Reading) -> bool:
    return any(string.translate(_ASCII_LOWER) in piece.translate(_ASCII_LOWER) for piece in reading)


def _wide(text: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", bare.casefold())


def any_of(truths: Iterable[Truth]) -> Truth:
    """OR of three values: true if one is, false if all are."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def all_of(truths: Iterable[Truth]) -> Truth:
    """AND of three values: false if one is, true if all are."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def field_texts(value: bytes, *, decode: bool) -> Texts:
    """Return the readings of a field's value; `decode` where the search has a charset other than US-ASCII.

    Blanks at either end are in none of them: an envelope does not hold them, a header does.
    """
    plain = unfolded(value)
    text, sure = decoded(_text(plain).strip())
    raw = (_text(value), _text(plain), plain.decode("utf-8", "replace"), plain.decode("latin-1"))
    readings: tuple[Reading, ...] = ((text,),) if decode else ((raw[0].strip(),), (raw[1].strip(),), (text,))
    return Texts(readings if sure or not decode else (), (*raw, text))


def address_texts(value: bytes, *, decode: bool) -> Texts:
    """Return the readings of an address field: the field as written, or display names, local parts and domains.

    RFC 3501 speaks of the envelope structure's field, in which the three stand apart (section 7.4.2).
    """
    whole = field_texts(value, decode=decode)
    pairs = email.utils.getaddresses([_text(unfolded(value))])
    raw = tuple(piece for name, address in pairs for piece in (name, *address.rsplit("@", 1)))
    plain = tuple(decoded(piece)[0] for piece in raw)
    joined = tuple(f"{decoded(name)[0]} <{address}> {address}" for name, address in pairs)
    parts = (plain,) if decode else (raw, plain)
    return Texts((*whole.readings, *parts) if whole.readings else (), (*whole.further, *joined))


def _text(octets: bytes) -> str:
    """Octets as text; what no charset is told of matches nothing that is searched for."""
    return octets.decode("ascii", "replace")


def envelope_contains(message: Message, name: bytes, string: str, readings: Callable[[bytes], Texts]) -> Truth:
    """Tell whether an envelope field contains a string; of fields that stand there twice any may count."""
    values = message.fields(name)
    if not values:
        return None if not string else False
    truths = {contains(readings(value), string) for value in values}
    return truths.pop() if len(truths) == 1 else None


def header_contains(message: Message, name: bytes, string: str, *, decode: bool) -> Truth:
    """Tell whether the message has a field of this name with the string in it; "" asks for the field alone.

    Fields of its parts are none of the message's header; some servers look there as well, and nobody is accused over it.
    """
    values = message.fields(name)
    inner = None if any(_inner_contains(part, name, string) for part in parts_of(message.octets)) else False
    if not string:
        return True if values else inner
    return any_of((*(contains(field_texts(value, decode=decode), string) for value in values), inner))


def _inner_contains(part: MimePart, name: bytes, string: str) -> bool:
    values = part.get_all(name.decode("latin-1")) or []
    return any(_wide(string) in _wide(str(value)) for value in values)


def body_contains(message: Message, string: str, *, decode: bool) -> Truth:
    """Tell whether the body contains a string; in the leaves of type TEXT for certain, elsewhere perhaps."""
    if not string:
        return True if message.body else None
    found = (contains(_leaf_texts(leaf, decode=decode), string) for leaf in leaves(message.octets))
    return any_of((*found, contains(Texts((), _unsure(message.body)), string)))


def _unsure(octets: bytes) -> Reading:
    return (_text(octets), octets.decode("utf-8", "replace"), octets.decode("latin-1"))


def _leaf_texts(leaf: MimePart, *, decode: bool) -> Texts:
    octets = leaf.get_payload(decode=True)
    plain = octets if isinstance(octets, bytes) else b""
    known = _decoded_leaf(leaf, plain)
    further = (*_unsure(plain), *([] if known is None else [known]))
    if leaf.get_content_maintype() != "text" or known is None:
        return Texts((), further)
    sure = known if leaf.get_content_charset("us-ascii") in _PLAIN_CHARSETS else _ascii_of(known)
    readings = [sure] if decode else [sure, str(leaf.get_payload())]
    return Texts(tuple(_visible(leaf, text) for text in readings), further)


def _ascii_of(text: str) -> str:
    """Leave out what only a server that knows the part's charset can read: RFC 3501 names none for bodies."""
    return "".join(sign if sign.isascii() else _UNKNOWN for sign in text)


def _decoded_leaf(leaf: MimePart, octets: bytes) -> str | None:
    try:
        return octets.decode(leaf.get_content_charset("us-ascii"), "replace")
    except (LookupError, ValueError):
        return None


def _visible(leaf: MimePart, text: str) -> Reading:
    """Cut HTML at its tags: a server may leave them out, so that only what stands between them is certain."""
    return tuple(re.split(r"<[^>]*>", text)) if leaf.get_content_subtype() == "html" else (text,)


def text_contains(message: Message, string: str, *, decode: bool) -> Truth:
    """Tell whether header or body contains a string; of the header the fields' texts for certain, the rest perhaps."""
    fields = (contains(field_texts(value, decode=decode), string) for _, value in fields_of(message.header))
    somewhere = contains(Texts((), _unsure(message.header)), string)
    return any_of((*fields, somewhere, body_contains(message, string, decode=decode)))
