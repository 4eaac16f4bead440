"""The registers of IMAP rules by the names that call for them, and the decorators that put a rule there.

RFC 3501 and RFC 4466 leave room in six places: untagged data, response codes, items of FETCH, STATUS, LIST, ESEARCH. An
extension's file registers its rules when imported and touches no other file. Rules of responses and codes begin behind
the name and read their own space, because what follows may be optional; rules of items begin behind the space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.wire.scanner import Scanner

Rule = Callable[[Scanner], Any]
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """How a response is read, and the rule of the number before its name, if it has one."""

    read: Rule
    number: str


RESPONSES: dict[bytes, ResponseRule] = {}
CODES: dict[bytes, Rule] = {}
MSG_ATTS: dict[bytes, Rule] = {}
SECTIONS: dict[bytes, Callable[[Scanner], bytes]] = {}
STATUS_ATTS: dict[bytes, Rule] = {}
LIST_EXTENDED: dict[bytes, Rule] = {}
RETURN_DATA: dict[bytes, Rule] = {}
# of each of these sets of LIST attributes (upper case) one may stand in a response; the key is the rule that says so
EXCLUSIVE_ATTRIBUTES: dict[str, frozenset[bytes]] = {}


def response(*names: bytes, number: str = "") -> Callable[[R], R]:
    """Register a rule for untagged data of these names; number names the rule of the number that precedes them."""

    def register(rule: R) -> R:
        RESPONSES.update(dict.fromkeys(names, ResponseRule(rule, number)))
        return rule

    return register


def resp_text_code(*names: bytes) -> Callable[[R], R]:
    """Register a rule for what follows these response codes' names, up to the bracket."""
    return _registering(CODES, names)


def msg_att(*names: bytes) -> Callable[[R], R]:
    """Register a rule for the value of these FETCH items; a name that takes a section ends with "[]"."""
    return _registering(MSG_ATTS, names)


def section_of(*names: bytes) -> Callable[[R], R]:
    """Register a rule for the section, brackets included, of these FETCH items; it returns the section normalised."""
    return _registering(SECTIONS, names)


def status_att(*names: bytes) -> Callable[[R], R]:
    """Register a rule for the value of these STATUS items."""
    return _registering(STATUS_ATTS, names)


def list_extended(*names: bytes) -> Callable[[R], R]:
    """Register a rule for the value of these extended items of LIST (RFC 5258 section 6)."""
    return _registering(LIST_EXTENDED, names)


def search_return_data(*names: bytes) -> Callable[[R], R]:
    """Register a rule for the value of these items of ESEARCH (RFC 4466 section 2.6.2)."""
    return _registering(RETURN_DATA, names)


def _registering(register: dict[bytes, Rule], names: tuple[bytes, ...]) -> Callable[[R], R]:
    def put(rule: R) -> R:
        register.update(dict.fromkeys(names, rule))
        return rule

    return put


def nothing(_at: Scanner) -> None:
    """Read nothing: the name says it all."""
