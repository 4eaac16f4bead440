"""DKIM key records (RFC 6376 section 3.6.1): read with every violation in its place.

Tag names are case-sensitive (section 3.2); so are values here, but for the words that the ABNF has in quotes.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from conformance.wire import tag_list
from conformance.wire.scanner import Message, Parsed, Scanner
from conformance.wire.tag_list import Tag

_QP_SECTION = re.compile(rb"(?:[!-<>-~ \t]|=[0-9A-F]{2})*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_WHITE = re.compile(rb"[ \t\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """One key; tags that are left out have their defaults.

    `hashes` is None where all are allowed. `key` is what p= holds in base64, empty for a key that is revoked, None where
    p= is missing or no base64. Words are in lower case. `tags` are all that stand there, known or not.
    """

    key: bytes | None
    key_type: str = "rsa"
    hashes: tuple[str, ...] | None = None
    services: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    notes: bytes = b""
    tags: tuple[Tag, ...] = ()

    def tag(self, name: str) -> Tag | None:
        """Return the tag of this name, None without it."""
        return next((tag for tag in self.tags if tag.name == name), None)

    @property
    def revoked(self) -> bool:
        """Whether p= says that this key is no more."""
        return self.key == b""


def read(text: bytes) -> Parsed[DkimKey]:
    """Read a whole text."""
    at = Scanner(text)
    tags = {tag.name: tag for tag in tag_list.tag_list(at)}
    _version(at, tags)
    hashes = _words(at, tags.get("h"), "key-h-tag", "names of hash algorithms with ':' between")
    key_types = _words(at, tags.get("k"), "key-k-tag", "the name of a key type")
    if key_types is not None and ("*" in key_types or len(key_types) > 1):
        at.note("key-k-tag", "the name of one key type", tags["k"].value_start, tags["k"].end)
    key = DkimKey(
        key=_key(at, tags.get("p")),
        key_type=key_types[0] if key_types else "rsa",
        hashes=hashes,
        services=_words(at, tags.get("s"), "key-s-tag", "names of services with ':' between") or ("*",),
        flags=_words(at, tags.get("t"), "key-t-tag", "names of flags with ':' between") or (),
        notes=_notes(at, tags.get("n")),
        tags=tuple(tags.values()),
    )
    return Parsed(Message(text, 0), key, tuple(at.violations))


def _version(at: Scanner, tags: dict[str, Tag]) -> None:
    """key-v-tag = "v" [FWS] "=" [FWS] "DKIM1": the first tag, if it is there."""
    tag = tags.get("v")
    if tag is None:
        return
    if tag.value != b"DKIM1":
        at.note("key-v-tag", "DKIM1", tag.value_start, tag.end)
    if next(iter(tags)) != "v":
        at.note("key-v-tag", "v= before all other tags", tag.start, tag.end)


def _words(at: Scanner, tag: Tag | None, rule: str, expected: str) -> tuple[str, ...] | None:
    return None if tag is None else tuple(word.lower() for word in tag_list.words(at, tag, rule, expected))


def _key(at: Scanner, tag: Tag | None) -> bytes | None:
    """key-p-tag = "p" [FWS] "=" [ [FWS] base64string ]: white space may stand anywhere in it."""
    if tag is None:
        at.note("key-p-tag", "p=, with a key or empty", at.end, at.end)
        return None
    bare = _WHITE.sub(b"", tag.value)
    try:
        if bare and not _BASE64.fullmatch(bare):
            raise binascii.Error  # noqa: TRY301 - one place for what is no base64
        return base64.b64decode(bare, validate=True)
    except binascii.Error:
        at.note("key-p-tag", "base64", tag.value_start, tag.end)
        return None


def _notes(at: Scanner, tag: Tag | None) -> bytes:
    """key-n-tag = "n" [FWS] "=" [FWS] qp-section (RFC 2045 section 6.7)."""
    if tag is None:
        return b""
    match = _QP_SECTION.match(tag.value)
    end = match.end() if match else 0
    if end < len(tag.value):
        at.note("key-n-tag", "quoted-printable text on one line", tag.value_start + end, tag.end)
    return tag.value
