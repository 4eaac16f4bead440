"""Encoded words of header fields turned into text (RFC 2047 sections 2, 5 and 6.2).

Invariant: text without encoded words comes back as it was, spaces included; white space between two encoded words is
dropped, other white space stays. What cannot be decoded (an unknown charset, broken base64) stays as it stands, and
`decoded` says so.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re

_WORD = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=", re.IGNORECASE)
_GAP = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bq]\?[^?\s]*\?=)", re.IGNORECASE)


def decoded(text: str) -> tuple[str, bool]:
    """Return an unfolded header text with its encoded words decoded, and whether each of them could be."""
    sure = True

    def replaced(found: re.Match[str]) -> str:
        nonlocal sure
        word = _word(found[1], found[2].lower(), found[3])
        sure = sure and word is not None
        return found[0] if word is None else word

    return _WORD.sub(replaced, _GAP.sub(r"\1", text)), sure


def _word(charset: str, encoding: str, text: str) -> str | None:
    try:
        octets = _q(text) if encoding == "q" else base64.b64decode(text, validate=True)
        return octets.decode(charset)
    except (LookupError, ValueError, binascii.Error):
        return None


def _q(text: str) -> bytes:
    return quopri.decodestring(text.replace("_", "=20").encode("latin-1", "replace"))
