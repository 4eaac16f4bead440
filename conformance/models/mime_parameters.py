"""Whether two parameter lists say the same (RFC 2045 section 5.1, RFC 2231).

Order means nothing, names have no letter case, values have (those of charset excepted: RFC 2046 section 4.1.2). A
parameter that is spelled in the ways of RFC 2231, cut into pieces or with a charset of its own, may be shown as it was
sent or put together: RFC 3501 does not mention it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

Pairs = tuple[tuple[bytes, bytes], ...]

_DEFAULT_CHARSETS = (b"us-ascii", b"x-unknown")
_PIECE = re.compile(rb"([^*]+)(?:\*(\d+))?(\*)?")


def parameters_differ(expected: Pairs | None, got: Pairs | None, where: str, *, is_text: bool = False) -> Iterator[str]:
    """Yield how the parameters that a server shows differ from those of the message."""
    own, theirs = list(expected or ()), [(name.lower(), value) for name, value in got or ()]
    for base in {_base(name) for name, _ in own if b"*" in name}:
        family = [(name.lower(), value) for name, value in own if _base(name) == base]
        shown = [pair for pair in theirs if _base(pair[0]) == base]
        if not _same_family(base, family, shown):
            yield f"{where}: expected {family!r} or what RFC 2231 makes of it, got {shown!r}"
        own = [pair for pair in own if _base(pair[0]) != base]
        theirs = [pair for pair in theirs if _base(pair[0]) != base]
    for name, value in own:
        found = next((pair for pair in theirs if pair[0] == name.lower()), None)
        if not _same_value(name.lower(), value, found[1] if found else None):
            yield f"{where}: expected {name!r} to be {value!r}, got {found[1] if found else None!r}"
        if found:
            theirs.remove(found)
    yield from (f"{where}: no such parameter as {pair!r}" for pair in theirs if not (is_text and _defaulted(pair)))


def _same_value(name: bytes, expected: bytes, got: bytes | None) -> bool:
    if name == b"charset" and got is not None:
        return expected.lower() == got.lower()
    others: tuple[bytes | None, ...] = getattr(expected, "others", ())
    return got == expected or got in others


def _defaulted(pair: tuple[bytes, bytes]) -> bool:
    """Whether this is what servers show for text without a charset: US-ASCII, or that they do not know it."""
    return pair[0] == b"charset" and pair[1].lower() in _DEFAULT_CHARSETS


def _base(name: bytes) -> bytes:
    return name.lower().partition(b"*")[0]


def _same_family(base: bytes, sent: list[tuple[bytes, bytes]], shown: list[tuple[bytes, bytes]]) -> bool:
    """Whether all pieces are there as sent, or one parameter with what they say; a plain twin may stand beside it."""
    if sorted(shown) == sorted(sent):
        return True
    said = {_put_together(sent), *_decoded(_put_together(sent))}
    plain = {value for name, value in sent if name == base}
    made = [
        value
        for name, value in shown
        if (name == base and (value in said or value[:2] == b"=?"))
        or (name == base + b"*" and unquote_to_bytes(bytes(value)) in said)
    ]
    return bool(made) and all(
        (name, value) in sent or value in made or (name == base and value in plain) for name, value in shown
    )


def _put_together(sent: list[tuple[bytes, bytes]]) -> bytes:
    """Join the pieces in the order of their numbers, percent signs undone where a piece is marked (section 4.1)."""
    pieces: list[tuple[int, bytes]] = []
    for name, value in sent:
        found = _PIECE.fullmatch(name)
        if found and b"*" in name:
            pieces.append((int(found[2] or 0), unquote_to_bytes(bytes(value)) if found[3] else bytes(value)))
    return b"".join(value for _, value in sorted(pieces))


def _decoded(value: bytes) -> Iterator[bytes]:
    """Yield the value without charset and language in front of it, in its own charset and in UTF-8."""
    charset, _, rest = value.partition(b"'")
    text = rest.partition(b"'")[2] if b"'" in rest else value
    yield text
    try:
        yield text.decode(charset.decode("ascii")).encode()
    except (LookupError, UnicodeError, ValueError):
        return
