"""QUOTA and QUOTAROOT (RFC 2087 section 6, RFC 9208 section 7).

RFC 2087 lets a quota root be without resources and RFC 9208 widens numbers to 63 bits: both are read as right.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap_lexical import astring, atom, number64
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import each, parenthesised, sp
from conformance.wire.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a quota root: its name in upper case, usage and limit in the resource's unit."""

    name: bytes
    usage: int
    limit: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Data of QUOTA: the quota root and its resources."""

    root: bytes
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class QuotaRoot:
    """Data of QUOTAROOT: the mailbox and the quota roots it counts against."""

    mailbox: bytes
    roots: tuple[bytes, ...]


@response(b"QUOTA")
def quota_response(at: Scanner) -> Quota:
    """quota-response = "QUOTA" SP quota-root-name SP quota-list."""
    sp(at)
    root = astring(at)
    sp(at)
    return Quota(root, parenthesised(at, _quota_resource, "quota-list"))


def _quota_resource(at: Scanner) -> Resource:
    """quota-resource = resource-name SP resource-usage SP resource-limit."""
    name = atom(at, "resource-name").upper()
    sp(at)
    usage = number64(at)
    sp(at)
    return Resource(name, usage, number64(at))


@response(b"QUOTAROOT")
def quotaroot_response(at: Scanner) -> QuotaRoot:
    """quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)."""
    sp(at)
    return QuotaRoot(astring(at), each(at, astring, b""))
