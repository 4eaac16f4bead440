"""The whole IMAP response grammar: RFC 3501's rules and those of every extension file beside this one.

An extension is a module named after its RFC (rfc4315.py, rfc7162.py ...) that registers its rules when imported; adding
one touches no other file.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from conformance import wire
from conformance.wire import imap_fetch
from conformance.wire.imap import Response, response_line
from conformance.wire.imap_structure import Reading
from conformance.wire.scanner import Message, Parsed, read_line_end

EXTENSIONS = tuple(
    import_module(f"{wire.__name__}.{module.name}")
    for module in pkgutil.iter_modules(wire.__path__)
    if module.name.startswith("rfc")
)

__all__ = ["EXTENSIONS", "imap_fetch", "read"]


def read(message: Message) -> Parsed[Response]:
    """Read one framed response, literals in place and line end included (RFC 3501 section 7); it never raises."""
    at = Reading(message.raw)
    read_line_end(at)
    at.accused = -1
    value = response_line(at)
    return Parsed(message, value, tuple(at.violations))
