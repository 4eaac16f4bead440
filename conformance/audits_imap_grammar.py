"""From a grammar violation to the requirement it breaks: one row for each GRAMMAR requirement, and one audit for each row.

A row claims the violations of some ABNF rules in some places of a response; what nobody claims there belongs to the row
that claims the place with no rules at all. So each violation has one owner, and an audit needs no code of its own.
Places are names: of a response (LIST), of an item of FETCH (ENVELOPE, BODY[] with any section) or of STATUS, of a
response code ([UIDNEXT]), "status" (the rest of a status response), "+", "number" (what precedes a response's name).
"""

from __future__ import annotations

import re

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import Fault
from conformance.hearing_imap_state import Heard
from conformance.transcript import quote
from conformance.wire.imap_dialogue import split_literals
from conformance.wire.imap_registers import CODES, RESPONSES
from conformance.wire.scanner import Violation

ANYWHERE = b""
ENVELOPE_ADDRESS = b"ENVELOPE address"
SECTION = b"a section"
SHOWN_BEFORE = 60
SHOWN_BEHIND = 40

_OWNERS: dict[tuple[bytes, str], str] = {}
_STRING = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"?')
_ITEM = re.compile(rb"([^ ()\[\]<>]+)(\[[^\]]*\])?(?:<[0-9]+>)? ")
_VALUE = re.compile(rb"[^ ()]+")
_IN_SECTION = re.compile(rb"[^ ()\[\]<>]+\[[^\]]*\Z")
_SECTION = (
    rb"\[(?:[1-9][0-9]*(?:\.[1-9][0-9]*)*(?:\.(?!\]))?)?(?:HEADER|TEXT|MIME|HEADER\.FIELDS(?:\.NOT)? \([^()]+\))?\]"
)
_ATTRIBUTE = rb"(?!BINARY[A-Z.]*\[[^\]]*[A-Z])[A-Z0-9.]+(?:%b(?:<[0-9]+\.[0-9]+>)?)?" % _SECTION
_FETCHING = re.compile(
    rb"(?:UID )?FETCH [^ ]+ (?:%b|\(%b(?: %b)*\))(?: \(.*\))?" % (_ATTRIBUTE, _ATTRIBUTE, _ATTRIBUTE),
    re.IGNORECASE | re.DOTALL,
)
_OPEN, _CLOSE = b"()"
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")


def grammar(
    title: str,
    *requirements: str,
    at: tuple[bytes, ...],
    rules: tuple[str, ...] = ("",),
    fed_by: tuple[bytes, ...] = (),
    refuted_by: Fault,
    how: str = "",
) -> None:
    """Register an audit that owns the violations of these ABNF rules in these places; without rules, of all that are left there.

    What is without violation feeds the audit where it has one of these places, or those of `fed_by`.
    Raises ValueError if another row owns them.
    """
    for place in at:
        for name in rules:
            if _OWNERS.setdefault((place, name), title) != title:
                raise ValueError(f"{name} in {place!r} belongs to {_OWNERS[place, name]!r}")
    places = frozenset(fed_by or at)

    def rule(heard: Heard, _profile: Profile) -> Trouble | bool | None:
        if heard.parsed.violations:
            violation = _owned(heard).get(title)
            if violation is not None:
                return Trouble(heard.start + violation.start, described(heard, violation))
        return True if ANYWHERE in places or not places.isdisjoint(heard.places) else None

    rule.__name__ = title.replace(" ", "_")
    where = ", ".join(place.decode() for place in at if place) or "all responses"
    named = f", rules {', '.join(rules)}" if rules != ("",) else ""
    rule.__doc__ = how or f"Read {where} by the ABNF{named}."
    audits(*requirements, refuted_by=refuted_by, protocol="imap")(rule)


_LAST: list[tuple[Heard, dict[str, Violation]]] = []


def _owned(heard: Heard) -> dict[str, Violation]:
    """Return the first violation of each row in a response; the rows ask one after the other, so the last answer is kept."""
    if not _LAST or _LAST[0][0] is not heard:
        found: dict[str, Violation] = {}
        for violation in heard.parsed.violations:
            found.setdefault(owner(heard, violation), violation)
        _LAST[:] = [(heard, found)]
    return _LAST[0][1]


def owner(heard: Heard, violation: Violation) -> str:
    """Return the title of the row that a violation belongs to, empty if it breaks nothing we judge here."""
    if not _judged(heard, violation):
        return ""
    place, name = place_of(heard, violation), violation.rule
    if name == "text" and not violation.got:
        name = "no text"  # a requirement of its own: RFC 9051 permits it
    if place == ENVELOPE_ADDRESS:
        place, name = b"ENVELOPE", "address" if name == "SP" else name
    if place == SECTION:
        place, name = b"FETCH", "section"
    for key in ((place, name), (ANYWHERE, name), (place, ""), (ANYWHERE, "")):
        if key in _OWNERS and (key[0] or key[1] or not place.startswith(b"[")):
            return _OWNERS[key]
    return _OWNERS.get((b"status", ""), "")


def _judged(heard: Heard, violation: Violation) -> bool:
    r"""Whether this can be held against the server: not 8-bit octets where UTF-8 was enabled, nor responses nobody knows.

    Line ends and tags have audits of their own; section 7.2.6 wants every system flag in FLAGS, and \Recent is one.
    """
    rule = violation.rule
    if rule in ("CRLF", "tag") or (rule == "recent-flag" and heard.name == b"FLAGS"):
        return False
    if heard.state.wide and (rule == "text" or _EIGHT_BIT.search(violation.got)):
        return False
    if heard.response.tag != b"*" or b"status" in heard.places:
        return heard.state.sure or (rule != "resp-cond-state" and heard.response.tag != b"+")
    if heard.name == b"FETCH" and not _asked_well(heard):
        return False
    return heard.name in RESPONSES or not heard.name


def _asked_well(heard: Heard) -> bool:
    """Whether FETCH commands in progress keep to the grammar: who answers one that does not may use its words."""
    asked = [command.text for command in heard.in_progress if command.verb in (b"FETCH", b"UID FETCH")]
    return all(_FETCHING.fullmatch(text) for text in asked)


def place_of(heard: Heard, violation: Violation) -> bytes:
    """Return the name of the place where a violation stands."""
    raw = bytes(heard.raw)
    if heard.name in (b"FETCH", b"STATUS"):
        return _item_at(raw, violation.start, heard.name)
    if b"status" in heard.places or b"+" in heard.places:
        code = heard.code
        inside = bool(code) and violation.start <= raw.find(b"]", 0, violation.end + 2) and code in CODES
        return b"[%b]" % code if inside else (b"status" if heard.name else b"+")
    named = re.match(rb"\* [0-9]+", raw)
    return b"number" if named and violation.start < named.end() else heard.name


def _item_at(raw: bytes, place: int, name: bytes) -> bytes:
    """Return the item of FETCH or STATUS that a place belongs to: what is written before it at the top level."""
    head = _masked(raw)[:place]
    opened = head.find(b"(")
    if opened < 0:
        return name if raw[:place].upper().find(name) >= 0 else b"number"
    last, depth, at = name, 0, opened
    while at < len(head):
        found = _ITEM.match(head, at) if depth == 1 else None
        if found:
            value = _VALUE.match(head, found.end())
            last, at = found[1].upper() + (b"[]" if found[2] else b""), found.end()
            if value:
                last, at = name, value.end()
            continue
        if depth == 1 and _IN_SECTION.match(head, at):
            return SECTION
        depth += (head[at] == _OPEN) - (head[at] == _CLOSE)
        last = name if head[at] == _CLOSE and depth == 1 else last
        at += 1
    return ENVELOPE_ADDRESS if last == b"ENVELOPE" and depth > 3 else last


def _masked(raw: bytes) -> bytes:
    """Return the octets with the contents of strings blotted out, each at its place."""
    parts = split_literals(raw)
    masked, at = b"", 0
    for number, part in enumerate(parts):
        at = raw.find(part, at) if part else at
        masked = masked.ljust(at, b"x")
        masked += b"x" * len(part) if number % 2 else _STRING.sub(lambda found: b"x" * len(found[0]), part)
        at += len(part)
    return masked


def described(heard: Heard, violation: Violation) -> str:
    """Say what was expected, and show the octets around the place."""
    raw = bytes(heard.raw[max(0, violation.start - SHOWN_BEFORE) : violation.start + SHOWN_BEHIND])
    return f"{violation.rule}: expected {violation.expected}, in {quote(raw)}"
