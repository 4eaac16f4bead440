"""NAMESPACE (RFC 2342 section 6, RFC 4466 section 3): where the mailboxes of a user, of others and of all begin."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap import delimiter
from conformance.wire.imap_lexical import nil, string
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import comes, each, opens, parenthesised, shuts, sp
from conformance.wire.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace: its prefix, its hierarchy delimiter or None, and named lists of extension strings."""

    prefix: bytes
    delimiter: bytes | None
    extensions: tuple[tuple[bytes, tuple[bytes, ...]], ...] = ()


Namespaces = tuple[Namespace, ...] | None


@dataclass(frozen=True, slots=True)
class NamespaceResponse:
    """Data of NAMESPACE: personal, other users', shared; None where the server has none."""

    personal: Namespaces
    other: Namespaces
    shared: Namespaces


@response(b"NAMESPACE")
def namespace_response(at: Scanner) -> NamespaceResponse:
    """Namespace-Response = "NAMESPACE" SP Namespace SP Namespace SP Namespace."""
    return NamespaceResponse(_sp_namespace(at), _sp_namespace(at), _sp_namespace(at))


def _sp_namespace(at: Scanner) -> Namespaces:
    """SP and Namespace = nil / "(" 1*Namespace-Descr ")": no space between descriptions."""
    sp(at)
    if nil(at):
        return None
    if not opens(at, "Namespace"):
        return ()
    found = []
    while comes(at, b"("):
        found.append(namespace_descr(at))
    if not found:
        at.note("Namespace", "a namespace in the parentheses, or NIL")
    shuts(at, "Namespace")
    return tuple(found)


def namespace_descr(at: Scanner) -> Namespace:
    """Namespace-Descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) *(Namespace-Response-Extension) ")"."""
    at.maybe(b"(")
    prefix = string(at)
    sp(at)
    separator = delimiter(at, "Namespace-Descr")
    extensions = each(at, _namespace_response_extension, b")")
    shuts(at, "Namespace-Descr")
    return Namespace(prefix, separator, extensions)


def _namespace_response_extension(at: Scanner) -> tuple[bytes, tuple[bytes, ...]]:
    name = string(at)
    sp(at)
    return name, parenthesised(at, string, "Namespace-Response-Extension", least=1)
