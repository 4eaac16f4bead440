"""The messages of `corpus_formats` as cases of the corpus, and what a server shows of them put as they put it.

They are apart from the other cases, which checks of RFC 3501 go through as a whole; what is obsolete is apart once more,
since a server may refuse it, and is to blame for that alone.
"""

from __future__ import annotations

import functools
import re

from conformance.models.corpus import Case, marked
from conformance.models.corpus_formats import ADDRESSES, DATES, OBSOLETE, STRUCTURES, WRONG_WORDS, Format
from conformance.wire.imap_body import Addresses, Multipart, Part

WRONG_WORDS_NAME = "wrong-words"
_USUAL = {
    b"From": b"From: Sender <sender@mailconform.invalid>\n",
    b"To": b"To: Recipient <recipient@mailconform.invalid>\n",
    b"Date": b"Date: Sat, 21 Nov 2026 12:00:00 +0000\n",
    b"Subject": b"Subject: %b\n",
    b"MIME-Version": b"MIME-Version: 1.0\n",
}


def seen() -> dict[str, Format]:
    """Return all messages of `corpus_formats`, drafted, by name."""
    dates = {name: Format(b"Date: %b\n" % date) for name, (date, _) in DATES.items()}
    words = Format(b"Subject: %b\n" % b"\n ".join(WRONG_WORDS))
    return {**STRUCTURES, **ADDRESSES, WRONG_WORDS_NAME: words, **OBSOLETE, **dates}


@functools.cache
def formats() -> dict[str, Case]:
    """Return the same as cases, with those of the usual fields that they do not bring along."""
    return {name: _case(name, found) for name, found in seen().items()}


def current() -> dict[str, Case]:
    """Return those in which nothing is obsolete."""
    return {name: case for name, case in formats().items() if name not in OBSOLETE and name not in DATES}


def _case(name: str, found: Format) -> Case:
    return marked(name, _usual(name, found.fields) + found.fields, found.body, "")


def _usual(name: str, own: bytes) -> bytes:
    missing = (line for field, line in _USUAL.items() if not re.search(rb"(?m)^%b[ \t]*:" % field, own))
    return b"".join(missing).replace(b"%b", name.encode())


def shape(structure: object) -> str:
    """Return the tree of media types of a body structure, "mixed(text/plain, message/rfc822(text/html))"; "" for no structure."""
    if isinstance(structure, Multipart):
        return f"{structure.subtype.decode('latin-1').lower()}({', '.join(map(shape, structure.parts))})"
    if not isinstance(structure, Part):
        return ""
    inner = "" if structure.body is None else f"({shape(structure.body)})"
    return f"{structure.type.decode('latin-1')}/{structure.subtype.decode('latin-1')}".lower() + inner


def part_of(structure: Part | Multipart, number: str) -> Part | Multipart | None:
    """Return the part of this number (RFC 3501 section 6.4.5), None if there is none."""
    found: Part | Multipart | None = structure
    for place in map(int, number.split(".")):
        if isinstance(found, Part) and found.body is not None:
            found = found.body
        parts = found.parts if isinstance(found, Multipart) else (found,) if found else ()
        found = parts[place - 1] if place <= len(parts) else None
    return found


def mailboxes(addresses: Addresses) -> list[bytes]:
    """Return what a member of ENVELOPE names: mailbox@host of each, start and end of groups left out.

    Quotes and white space are left out, since RFC 3501 does not say whether a local part keeps them; hosts are in lower case.
    """
    members = [one for one in addresses or () if one.host is not None]
    return [_bare(one.mailbox or b"") + b"@" + _bare(one.host or b"").lower() for one in members]


def _bare(value: bytes) -> bytes:
    return re.sub(rb'\s|\\|^"|"$', b"", value)
