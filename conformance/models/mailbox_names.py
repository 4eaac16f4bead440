r"""Mailbox names: modified UTF-7, patterns with wildcards, and which names LIST returns (RFC 3501 sections 5.1, 6.3.8).

Names are bytes as they go over the wire. Invariants: `decode(encode(text)) == text` for all text without surrogates;
`why_invalid` is empty exactly for what `encode` can yield; matching costs time in proportion to pattern and name.

What LIST returns is a `must` and a `may`: a server may take names without regard to case, may hide names from wildcards
(so ask for plain ones), and may show levels of hierarchy that are no mailboxes for `*` too. For a `%` at the end it must
show them, as \Noselect (RFC 3501) or \NonExistent (RFC 5258).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

_SHIFTED = re.compile(rb"&([^-]*)(-?)")
_DIRECT = re.compile(r"[ -%'-~]+")


def encode(name: str) -> bytes:
    """Encode a name in modified UTF-7 (RFC 3501 section 5.1.3); raises UnicodeEncodeError for lone surrogates."""
    pieces, place = [], 0
    while place < len(name):
        direct = _DIRECT.match(name, place)
        end = direct.end() if direct else _end_of_shifted(name, place)
        pieces.append(name[place:end].encode() if direct else _shifted(name[place:end]))
        place = end
    return b"".join(pieces)


def _end_of_shifted(name: str, place: int) -> int:
    if name[place] == "&":
        return place + 1
    end = place
    while end < len(name) and name[end] != "&" and not _DIRECT.match(name[end]):
        end += 1
    return end


def _shifted(text: str) -> bytes:
    if text == "&":
        return b"&-"
    return b"&" + base64.b64encode(text.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",") + b"-"


def decode(name: bytes) -> str:
    """Decode a name in modified UTF-7; raises ValueError, with the reason, for what is none."""
    if why := why_invalid(name):
        raise ValueError(f"{name!r}: {why}")
    return "".join(_unshifted(piece) for piece in re.split(rb"(&[^-]*-)", name))


def _unshifted(piece: bytes) -> str:
    if not piece.startswith(b"&"):
        return piece.decode("ascii")
    return "&" if piece == b"&-" else _utf16(piece[1:-1]).decode("utf-16-be")


def _utf16(text: bytes) -> bytes:
    return base64.b64decode(text.replace(b",", b"/") + b"=" * (-len(text) % 4), validate=True)


def why_invalid(name: bytes) -> str:
    """Say which rule of RFC 3501 section 5.1.3 a name breaks; empty if none."""
    if re.search(rb"[^ -~]", name):
        return "an octet that is no printable US-ASCII stands outside of BASE64"
    for found in _SHIFTED.finditer(name):
        if not found[2]:
            return "no shift back to US-ASCII"
        if found[1] and (why := _why_shift_invalid(found[1])):
            return why
    if re.search(rb"&[^-]+-&[^-]", name):
        return "a superfluous shift"
    return ""


def _why_shift_invalid(text: bytes) -> str:
    if b"/" in text:
        return '"/" in modified BASE64'
    try:
        octets = _utf16(text)
        decoded = octets.decode("utf-16-be")
    except (binascii.Error, ValueError):
        return "no BASE64 of UTF-16"
    if _DIRECT.search(decoded) or "&" in decoded:
        return "printable US-ASCII in BASE64"
    return "" if _shifted(decoded) == b"&" + text + b"-" else "BASE64 with bits to spare"


def is_inbox(name: bytes) -> bool:
    """Whether a name is INBOX, in any letter case (RFC 3501 section 5.1)."""
    return name.upper() == b"INBOX"


def matches(pattern: bytes, name: bytes, delimiter: bytes | None) -> bool:
    """Tell whether a name matches a pattern: `*` any octets, `%` any but the delimiter (RFC 3501 section 6.3.8)."""
    reached = {0}
    for octet in (pattern[place : place + 1] for place in range(len(pattern))):
        if octet in (b"*", b"%"):
            reached = _after_wildcard(reached, name, delimiter if octet == b"%" else None)
        else:
            reached = {place + 1 for place in reached if name[place : place + 1] == octet}
    return len(name) in reached


def _after_wildcard(reached: set[int], name: bytes, stop: bytes | None) -> set[int]:
    """Every place from one reached up to the next delimiter, or up to the end."""
    places: set[int] = set()
    running = False
    for place in range(len(name) + 1):
        running = running or place in reached
        if running:
            places.add(place)
        if stop is not None and name[place : place + 1] == stop:
            running = False
    return places


def levels_above(name: bytes, delimiter: bytes | None) -> tuple[bytes, ...]:
    """Return the levels of hierarchy above a name, the highest first: a/b/c has a and a/b."""
    if not delimiter:
        return ()
    pieces = name.split(delimiter)
    return tuple(above for count in range(1, len(pieces)) if (above := delimiter.join(pieces[:count])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    r"""Names that LIST must return and may return; `no_mailbox` are those that must say \Noselect or \NonExistent."""

    must: frozenset[bytes]
    may: frozenset[bytes]
    no_mailbox: frozenset[bytes]

    def differs_from(self, names: Iterable[bytes], known: Collection[bytes]) -> str:
        """Say what is wrong with the names returned, of those in `known` and above them; empty if nothing is.

        Other names are other people's mailboxes: what they are like is not known.
        """
        given = {b"INBOX" if is_inbox(name) else name for name in names}
        missing = sorted(self.must - given)
        surplus = sorted(name for name in given - self.may if name in known or any(k.startswith(name) for k in known))
        said = [f"{name!r} matches and is not listed" for name in missing]
        return "; ".join([*said, *(f"{name!r} is listed and does not match" for name in surplus)])


def listed(pattern: bytes, existing: Collection[bytes], delimiter: bytes | None) -> Listed:
    """Tell which of the existing mailboxes, and levels above them, LIST "" pattern returns (RFC 3501 section 6.3.8)."""
    mailboxes = {b"INBOX" if is_inbox(name) else name for name in existing}
    levels = {level for name in mailboxes for level in levels_above(name, delimiter)} - mailboxes
    levels = {level for level in levels if not is_inbox(level)}
    must = {name for name in mailboxes if _surely(pattern, name, delimiter)}
    shown = {level for level in levels if _surely(pattern, level, delimiter)}
    may = {name for name in mailboxes | levels if _perhaps(pattern, name, delimiter)}
    must |= shown if pattern.endswith(b"%") else set()
    return Listed(must=frozenset(must), may=frozenset(may), no_mailbox=frozenset(levels))


def _surely(pattern: bytes, name: bytes, delimiter: bytes | None) -> bool:
    return matches(pattern, name, delimiter) or (is_inbox(pattern) and is_inbox(name))


def _perhaps(pattern: bytes, name: bytes, delimiter: bytes | None) -> bool:
    r"""A server may take case for nothing, and may list a name with the delimiter at its end as its level."""
    lower = delimiter and delimiter.lower()
    return any(matches(pattern.lower(), each, lower) for each in (name.lower(), name.lower() + (lower or b"")))
