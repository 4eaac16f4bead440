"""URLAUTH (RFC 4467 section 9): URLs that carry their own permission, and what they stand for."""

from __future__ import annotations

import re
from typing import TypeVar

from conformance.wire.imap_lexical import astring, nstring, word
from conformance.wire.imap_registers import resp_text_code, response
from conformance.wire.imap_structure import each, sp
from conformance.wire.scanner import Scanner

T = TypeVar("T")

_MECHANISM = re.compile(rb"[A-Za-z0-9.-]+(?:=[A-Za-z0-9+/]*={0,2})?")


@response(b"GENURLAUTH")
def genurlauth_data(at: Scanner) -> tuple[bytes, ...]:
    """genurlauth-data = "*" SP "GENURLAUTH" 1*(SP url-full)."""
    return _at_least_one(at, each(at, astring, b""), "genurlauth-data")


@response(b"URLFETCH")
def urlfetch_data(at: Scanner) -> tuple[tuple[bytes, bytes | None], ...]:
    """urlfetch-data = "*" SP "URLFETCH" 1*(SP url-full SP nstring)."""
    return _at_least_one(at, each(at, _url_and_data, b""), "urlfetch-data")


def _at_least_one(at: Scanner, found: tuple[T, ...], rule: str) -> tuple[T, ...]:
    if not found:
        at.note(rule, "a URL at least")
    return found


def _url_and_data(at: Scanner) -> tuple[bytes, bytes | None]:
    url = astring(at)
    sp(at)
    return url, nstring(at)


@resp_text_code(b"URLMECH")
def _urlmech(at: Scanner) -> tuple[tuple[bytes, bytes | None], ...]:
    """Read SP "INTERNAL" *(SP mechanism ["=" base64]): mechanisms in upper case, with their data or None."""
    start = at.at
    found = each(at, _mechanism)
    if not found or found[0] != (b"INTERNAL", None):
        at.note("resp-text-code", "INTERNAL first", start, at.at)
    return found


def _mechanism(at: Scanner) -> tuple[bytes, bytes | None]:
    found = word(at, _MECHANISM, "mechanism", "letters, digits, . and -, and perhaps = and base64")
    name, equals, data = found.partition(b"=")
    return name.upper(), data if equals else None
