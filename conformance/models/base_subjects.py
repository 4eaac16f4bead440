"""The base subject of a message, and whether it is a reply or a forward (RFC 5256 sections 2.1 and 5).

All servers MUST use exactly this procedure, so there is one answer and no tolerance. Invariant: the base subject of a
base subject is itself, as far as no encoded word appears in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.models.encoded_words import decoded

_BLOB = r"\[[^\[\]]*\][ \t]*"
_REFWD = rf"(?:re|fwd?)[ \t]*(?:{_BLOB})?:"
_LEADER = re.compile(rf"(?:{_BLOB})*{_REFWD}|[ \t]", re.IGNORECASE | re.ASCII)
_PREFIX_BLOB = re.compile(_BLOB)
_TRAILER = re.compile(r"(?:\(fwd\)|[ \t])\Z", re.IGNORECASE | re.ASCII)
_FORWARDED = re.compile(r"\[fwd:(.*)\]\Z", re.IGNORECASE | re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class BaseSubject:
    """What is left of a subject; `replied` if a reply or forward mark was taken off (RFC 5256 section 3)."""

    text: str
    replied: bool = False


def base_subject(subject: bytes) -> BaseSubject:
    """Extract the base subject of a Subject: field's value, folded as it stands in the message."""
    text = _one_space(subject.decode("utf-8", "replace"))
    replied = False
    while True:
        text, trailed = _without_trailers(text)
        text, led = _without_leaders(text)
        wrapped = _FORWARDED.match(text)
        replied = replied or trailed or led or wrapped is not None
        if wrapped is None:
            return BaseSubject(text, replied)
        text = wrapped[1]


def _one_space(subject: str) -> str:
    """Step 1: decode encoded words, turn tabs and continuations into spaces, and runs of spaces into one."""
    flat = re.sub(r"\r?\n(?=[ \t])", "", subject)
    return re.sub(r"[ \t\r\n]+", " ", decoded(flat.strip())[0])


def _without_trailers(text: str) -> tuple[str, bool]:
    """Step 2: take off every subj-trailer; a "(fwd)" among them marks a forward."""
    marked = False
    while found := _TRAILER.search(text):
        marked = marked or not found[0].isspace()
        text = text[: found.start()]
    return text, marked


def _without_leaders(text: str) -> tuple[str, bool]:
    """Steps 3 to 5: take off every subj-leader, and subj-blobs as long as something is left."""
    marked = False
    while True:
        if found := _LEADER.match(text):
            marked = marked or not found[0].isspace()
        elif not (found := _PREFIX_BLOB.match(text)) or found.end() == len(text):
            return text, marked
        text = text[found.end() :]
