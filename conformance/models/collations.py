"""Strings put into order as SORT and THREAD do (RFC 5256 section 7: i;unicode-casemap, RFC 5051).

Invariant: two strings are called ordered only if all readings of the collation agree. Strings of ASCII have one. For
others there are two, since servers know different versions of Unicode: decomposed as RFC 5051 says, and as they stand.
"""

from __future__ import annotations

import unicodedata


def casemap(text: str) -> bytes:
    """Return the octets that i;unicode-casemap compares: titlecase, decomposed, in UTF-8 (RFC 5051 section 2)."""
    return "".join(unicodedata.normalize("NFKD", _title(sign)) for sign in text).encode("utf-8", "replace")


def collated(text: str) -> tuple[bytes, ...]:
    """Return the readings of a string as octets to compare, that of i;unicode-casemap first."""
    plain = "".join(map(_title, text)).encode("utf-8", "replace")
    return tuple(dict.fromkeys((casemap(text), plain)))


def _title(sign: str) -> str:
    title = sign.title()
    return title if len(title) == 1 else sign
