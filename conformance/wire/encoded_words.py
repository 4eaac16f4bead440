"""Encoded words of header fields (RFC 2047, RFC 2231 section 5): what an unstructured text says.

White space between two encoded words is dropped, all other stays. What departs from the grammar stays as it stands in
the text, and is a violation.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re

from conformance.wire.scanner import Scanner

WORD_LIMIT = 75
"""Octets of an encoded word (RFC 2047 section 2)."""

_PIECE = re.compile(rb"=\?[^? \t\r\n]*\?[^? \t\r\n]*\?[^? \t\r\n]*\?=|[^=]+|=")
_WORD = re.compile(rb"=\?([!#$%&'+0-9A-Z^_`a-z{|}~-]+)(?:\*([0-9A-Za-z-]+))?\?([BbQq])\?([!->@-~]*)\?=\Z")
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})|=|_")
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"))
"""Codecs that turn octets into text and are no charsets of mail."""
_FOLD = re.compile(rb"\r?\n(?=[ \t])")


def unstructured(at: Scanner) -> str:
    """Text with its encoded words decoded, up to the end, unfolded (RFC 5322 section 3.2.5, RFC 2047 section 6.2).

    A Q-encoded word with a space in it is no encoded word. Octets that are no UTF-8 show as U+FFFD.
    """
    said: list[tuple[str, bool]] = []
    while at.at < at.end:
        start = at.at
        piece = at.take_maybe(_PIECE)
        word = _encoded_word(at, piece, start) if piece.startswith(b"=?") else None
        said.append((_text(piece), False) if word is None else (word, True))
    return "".join(text for place, (text, is_word) in enumerate(said) if is_word or not _is_gap(said, place))


def _is_gap(said: list[tuple[str, bool]], place: int) -> bool:
    """Whether this is white space between two encoded words."""
    inside = 0 < place < len(said) - 1 and said[place - 1][1] and said[place + 1][1]
    return inside and not said[place][0].strip(" \t")


def _text(octets: bytes) -> str:
    return _FOLD.sub(b"", octets).decode("utf-8", "replace")


def _encoded_word(at: Scanner, piece: bytes, start: int) -> str | None:
    """encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="; None if it cannot be read."""
    found = _WORD.match(piece)
    if found is None:
        at.note("encoded-word", "=?charset?B or Q?encoded-text?=", start, at.at)
        return None
    if len(piece) > WORD_LIMIT:
        at.note("encoded-word", f"{WORD_LIMIT} octets at most", start, at.at)
    if (at.raw[max(start - 1, 0) : start] + at.raw[at.at : min(at.at + 1, at.end)]).strip(b" \t\r\n:"):
        at.note("encoded-word", "white space around it", start, at.at)
    octets = _octets(found[3].lower(), found[4])
    if octets is None:
        at.note("encoded-text", "base64" if found[3] in b"Bb" else "'=' and two hexadecimal digits", start, at.at)
        return None
    text = decoded(octets, found[1].decode())
    if text is None:
        at.note("encoded-text", "octets of a charset that is known", start, at.at)
    return text


def decoded(octets: bytes, charset: str) -> str | None:
    """Return the text of octets, None if they are none of the charset, or nobody here knows it."""
    try:
        return None if codecs.lookup(charset).name in _NO_CHARSETS else octets.decode(charset)
    except (LookupError, ValueError):
        return None


def _octets(encoding: bytes, text: bytes) -> bytes | None:
    if encoding == b"b":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            return None
    if any(escape[0] == b"=" for escape in _ESCAPE.finditer(text)):
        return None
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]) if escape[1] else b" ", text)


def write(text: str) -> bytes:
    """Write a text as B-encoded words in UTF-8, as many as it takes, on folded lines of their own."""
    words, piece = [], b""
    for octets in (character.encode("utf-8", "replace") for character in text):
        if len(piece) + len(octets) > 45:
            words.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(octets) + b"?=" for octets in (*words, piece))
