"""Server text made harmless: what the audited party sent may be read, but no terminal, browser or parser obeys it.

Invariant: the result holds no control character, no invisible or direction-changing character and no lone surrogate.
Control characters become their Unicode pictures, so that a reader still sees that they were there.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass

from conformance import transcript

CONTROL_NAMES = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
)  # fmt: skip
_HIDDEN = {"Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SIDES = {"C": "C", "S": "S", "-": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One transcript line for people: who spoke (C, S, or a note of the harness) and what, with pictures."""

    side: str
    text: str

    def __str__(self) -> str:
        return f"{self.side}: {self.text}" if self.side else self.text


def visible(text: str) -> str:
    """Return text on one line in which every character shows: controls as pictures, hidden ones as U+ numbers."""
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def block(text: str) -> str:
    """Return visible text that keeps its line ends."""
    return "\n".join(map(visible, text.split("\n")))


def octets(data: bytes) -> str:
    """Return octets as text: ASCII as it is, controls as pictures, anything above 127 as its hexadecimal value."""
    return "".join(_shown(chr(octet)) if octet < 0x80 else f"\\x{octet:02x}" for octet in data)


def spoken(line: str) -> Spoken:
    """Read one line of a transcript's text form; a line that is none is shown as it stands."""
    try:
        (event,) = transcript.from_text(line)
    except ValueError:
        return Spoken(side="", text=visible(line))
    word = "" if event.kind == "bytes" else f"({event.kind}) "
    return Spoken(side=_SIDES[event.side], text=f"{word}{octets(event.data)}".strip())


def shortened(text: str, width: int) -> str:
    """Return text cut to a number of characters, with an ellipsis where something is missing."""
    return text if len(text) <= width else text[: width - 1] + "…"


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return text filled to a width in characters, further lines indented."""
    fill = textwrap.TextWrapper(width, subsequent_indent=indent, break_on_hyphens=False)
    return "\n".join(line for part in text.split("\n") for line in fill.wrap(part) or [""])


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts section 4.10 after section 4.9, and letters after numbers."""
    parts = re.findall(r"[0-9]+|[^0-9.]+", text)
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)


def plural(number: int, noun: str) -> str:
    """Return a count with its noun: 1 check, 2 checks."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(character: str) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "␡"
    if 0x80 <= point < 0xA0:
        return f"\\x{point:02x}"
    return f"⟨U+{point:04X}⟩" if unicodedata.category(character) in _HIDDEN else character
