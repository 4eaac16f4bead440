"""ACL (RFC 4314 section 7): who may do what with a mailbox."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.wire.imap_lexical import astring
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import each, sp
from conformance.wire.scanner import Scanner

_RIGHTS = re.compile(rb"[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class Acl:
    """Data of ACL: a mailbox, and identifiers with their rights in the order sent."""

    mailbox: bytes
    entries: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class ListRights:
    """Data of LISTRIGHTS: rights always granted to an identifier, and sets of rights granted together."""

    mailbox: bytes
    identifier: bytes
    required: bytes
    optional: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MyRights:
    """Data of MYRIGHTS: a mailbox and the rights of the user."""

    mailbox: bytes
    rights: bytes


@response(b"ACL")
def acl_data(at: Scanner) -> Acl:
    """acl-data = "ACL" SP mailbox *(SP identifier SP rights)."""
    sp(at)
    return Acl(astring(at), each(at, _entry, b""))


def _entry(at: Scanner) -> tuple[bytes, bytes]:
    identifier = astring(at)
    sp(at)
    return identifier, rights(at)


@response(b"LISTRIGHTS")
def listrights_data(at: Scanner) -> ListRights:
    """listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)."""
    sp(at)
    mailbox = astring(at)
    sp(at)
    identifier = astring(at)
    sp(at)
    return ListRights(mailbox, identifier, rights(at), each(at, rights, b""))


@response(b"MYRIGHTS")
def myrights_data(at: Scanner) -> MyRights:
    """myrights-data = "MYRIGHTS" SP mailbox SP rights."""
    sp(at)
    mailbox = astring(at)
    sp(at)
    return MyRights(mailbox, rights(at))


def rights(at: Scanner) -> bytes:
    """Rights = astring of lower-case ASCII letters and digits only."""
    start = at.at
    found = astring(at)
    if not _RIGHTS.fullmatch(found):
        at.note("rights", "lower-case letters and digits", start, at.at)
    return found
