"""Test vectors of SPF: zones, and what check_host() must say of them, in the YAML dialect of the published test suites.

Invariant: what the dialect leaves to its reader is done here and only here: a zone that comes out holds what a name
server answers, record for record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import yaml

RESULTS = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
"""The results of check_host() (RFC 7208 section 2.6)."""
DEFAULT = "DEFAULT"
"""The explanation of a case that stands for the verifier's own text."""
STRING_LIMIT = 255
"""Octets of a character-string (RFC 1035 section 3.3)."""
NOTHING = "NONE"
"""The value of a TXT or SPF record that is no record: there is none of the type, and none is copied."""

_CASE_KEYS = ("description", "comment", "spec", "helo", "host", "mailfrom", "result", "explanation", "strict")
_SCENARIO_KEYS = ("description", "comment", "tests", "zonedata")


class VectorError(Exception):
    """A file of vectors that cannot be read; the message is one line that names file, scenario, case or name, and cause."""


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record: `type` is A, AAAA, MX, PTR, TXT, SPF or CNAME.

    `value` is a string for A, AAAA, PTR and CNAME (an address, a name), (preference, name) for MX, and for TXT and SPF a
    tuple of character-strings: bytes of 255 octets at most.
    """

    type: str
    value: Any


class Trouble(StrEnum):
    """How a name server fails to answer a question for a type of which the name has no record."""

    TIMEOUT = "TIMEOUT"
    SERVFAIL = "SERVFAIL"
    TRUNCATED = "TRUNCATED"
    WRONG_ID = "WRONG_ID"
    REFUSED = "REFUSED"


Entry = Record | Trouble
Zone = Mapping[str, tuple[Entry, ...]]
"""What stands at each name; names in lower case, without the last dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to check_host() and the results that are right, one of RESULTS each.

    `spec` names sections as the file does ("4.6.4/1"). `mailfrom` is empty for a null reverse-path. `explanation` is
    None where the case says nothing of it, and may be DEFAULT; the letter case of an IPv6 address in it is open.
    """

    name: str
    spec: tuple[str, ...]
    host: str
    helo: str
    mailfrom: str
    results: tuple[str, ...]
    explanation: str | None = None
    description: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Cases that share a zone: one document of a file."""

    description: str
    zone: Zone
    cases: tuple[Case, ...]


def load(path: Path) -> tuple[Scenario, ...]:
    """Read a file, one scenario a YAML document; raises VectorError.

    Longer strings than a character-string holds are cut into several. The key `strict` of a case is left to whom it is
    meant for.
    """
    try:
        documents = list(yaml.load_all(path.read_text("utf-8"), _Loader))
    except (OSError, UnicodeDecodeError) as error:
        raise VectorError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except RecursionError:
        raise VectorError(f"{path}: too deep") from None
    except yaml.YAMLError as error:
        raise VectorError(f"{path}: {' '.join(str(error).split())}") from error
    if not documents:
        raise VectorError(f"{path} has no scenario")
    return tuple(_scenario(f"{path}", number, document) for number, document in enumerate(documents, 1))


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # libyaml's is five times as fast
    """Takes every scalar as text, since "4.10" is a section and no number, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in keys:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            keys.add(key.value if isinstance(key, yaml.ScalarNode) else "")
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def _scenario(path: str, number: int, document: Any) -> Scenario:
    where = f"{path}: scenario {number}"
    fields = _known(where, document, _SCENARIO_KEYS)
    description = _text(where, fields, "description", needed=True)
    where = f"{path}: scenario {description!r}"
    tests, zone = (_mapping(f"{where}: {key}", fields.get(key) or {}) for key in ("tests", "zonedata"))
    if not tests:
        raise VectorError(f"{where} has no tests")
    return Scenario(
        description=description,
        zone=_zone(where, zone),
        cases=tuple(_case(f"{where}: case {name}", name, fields) for name, fields in tests.items()),
    )


def _case(where: str, name: str, document: Any) -> Case:
    fields = _known(where, document, _CASE_KEYS)
    results = tuple(result.lower() for result in _texts(where, fields, "result"))
    for result in results:
        if result not in RESULTS:
            raise VectorError(f"{where}: result {result!r} is none of {', '.join(RESULTS)}")
    host = _text(where, fields, "host", needed=True)
    try:
        ip_address(host)
    except ValueError:
        raise VectorError(f"{where}: host {host!r} is no IP address") from None
    specs = [spec.strip() for text in _texts(where, fields, "spec") for spec in text.split(",")]
    return Case(
        name=name,
        spec=tuple(spec for spec in specs if spec),
        host=host,
        helo=_text(where, fields, "helo", needed=True),
        mailfrom=_text(where, fields, "mailfrom", needed=True),
        results=results,
        explanation=_text(where, fields, "explanation") if "explanation" in fields else None,
        description=" ".join(_text(where, fields, "description").split()),
        comment=" ".join(_text(where, fields, "comment").split()),
    )


def _known(where: str, document: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    fields = _mapping(where, document)
    for key in fields:
        if key not in keys:
            raise VectorError(f"{where}: unknown key {key} (known: {', '.join(keys)})")
    return fields


def _mapping(where: str, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise VectorError(f"{where} is no mapping")
    return document


def _text(where: str, fields: dict[str, Any], key: str, *, needed: bool = False) -> str:
    value = fields.get(key, None if needed else "")
    if value is None:
        raise VectorError(f"{where} has no {key}")
    if not isinstance(value, str):
        raise VectorError(f"{where}: {key} is no text")
    return value


def _texts(where: str, fields: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return one text, or each of a list; at least one is needed."""
    value = fields.get(key) or []
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise VectorError(f"{where}: {key} is no text and no list of texts")
    if not values:
        raise VectorError(f"{where} has no {key}")
    return tuple(values)


def _zone(where: str, zonedata: dict[str, Any]) -> Zone:
    zone: dict[str, tuple[Entry, ...]] = {}
    for written, entries in zonedata.items():
        name = written.lower().removesuffix(".")
        if name in zone:
            raise VectorError(f"{where}: {written} stands twice")
        if not isinstance(entries, list):
            raise VectorError(f"{where}: {written} has no list of records")
        zone[name] = tuple(_entries(f"{where}: {written}", entries))
    return zone


def _entries(where: str, entries: list[Any]) -> Iterator[Entry]:
    """Yield what stands at a name: SPF records a second time as TXT, unless it has TXT records or `TXT: NONE`."""
    copied = not any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
    for entry in entries:
        if isinstance(entry, str):
            if entry not in list(Trouble):
                raise VectorError(f"{where}: {entry!r} is none of {', '.join(Trouble)}")
            yield Trouble(entry)
        elif not isinstance(entry, dict) or len(entry) != 1:
            raise VectorError(f"{where}: an entry is no record and no word")
        elif record := _record(where, *next(iter(entry.items()))):
            yield record
            if record.type == "SPF" and copied:
                yield Record("TXT", record.value)


def _record(where: str, kind: Any, value: Any) -> Record | None:
    """Return a record, None for NOTHING."""
    if kind not in _VALUES:
        raise VectorError(f"{where}: type {kind!r} is none of {', '.join(_VALUES)}")
    if kind in ("TXT", "SPF") and value == NOTHING:
        return None
    try:
        return Record(kind, _VALUES[kind](value))
    except (TypeError, ValueError):
        raise VectorError(f"{where}: {value!r} is no value of {kind}") from None


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.removesuffix(".")


def _exchange(value: Any) -> tuple[int, str]:
    if not isinstance(value, list):
        raise TypeError
    preference, name = value
    if not 0 <= int(preference) <= 65_535:
        raise ValueError
    return int(preference), _name(name)


def _strings(value: Any) -> tuple[bytes, ...]:
    """Return the character-strings of a text or a list of texts, each character an octet."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    octets = [text.encode("latin-1") for text in texts]
    return tuple(text[at : at + STRING_LIMIT] for text in octets for at in range(0, max(len(text), 1), STRING_LIMIT))


def _address(family: Callable[[str], IPv4Address | IPv6Address]) -> Callable[[Any], str]:
    def address(value: Any) -> str:
        family(value)
        return str(value)

    return address


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "A": _address(IPv4Address),
    "AAAA": _address(IPv6Address),
    "MX": _exchange,
    "PTR": _name,
    "CNAME": _name,
    "TXT": _strings,
    "SPF": _strings,
}
