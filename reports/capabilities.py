"""Capabilities: what each target announces, at which stage, beside what the checks of its RFC found.

Invariant: to announce and to hold are two facts and are never folded into one. Counts are statements of the section
that says what the capability is to do; where no suite has any, the row says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reports.findings import shown, worst
from conformance.results import Result, Run
from conformance.verdicts import Verdict

PLACES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "POP3": {
        "AUTH": (5034, ""), "EXPIRE": (2449, "6.7"), "IMPLEMENTATION": (2449, "6.9"), "LOGIN-DELAY": (2449, "6.5"),
        "PIPELINING": (2449, "6.6"), "RESP-CODES": (2449, "6.4"), "SASL": (5034, ""), "STLS": (2595, "4"), "TOP": (2449, "6.1"),
        "UIDL": (2449, "6.8"), "USER": (2449, "6.2"),
    },
    "IMAP": {
        "ACL": (4314, ""), "BINARY": (3516, ""), "CATENATE": (4469, ""), "CHILDREN": (3348, ""), "COMPRESS=DEFLATE": (4978, ""),
        "CONDSTORE": (7162, "3.1"), "CREATE-SPECIAL-USE": (6154, "3"), "ENABLE": (5161, ""), "ESEARCH": (4731, ""), "ID": (2971, ""),
        "IDLE": (2177, ""), "IMAP4REV1": (3501, ""), "IMAP4REV2": (9051, ""), "LIST-EXTENDED": (5258, ""), "LIST-STATUS": (5819, ""),
        "LITERAL+": (7888, ""), "LITERAL-": (7888, ""), "LOGIN-REFERRALS": (2221, ""), "METADATA": (5464, ""), "MOVE": (6851, ""),
        "METADATA-SERVER": (5464, ""), "MULTIAPPEND": (3502, ""), "NAMESPACE": (2342, ""), "NOTIFY": (5465, ""), "OBJECTID": (8474, ""),
        "QRESYNC": (7162, "3.2"), "QUOTA": (9208, ""), "REPLACE": (8508, ""), "SASL-IR": (4959, ""), "SEARCHRES": (5182, ""),
        "SORT": (5256, "3"), "SPECIAL-USE": (6154, "2"), "STARTTLS": (3501, "6.2.1"), "STATUS=SIZE": (8438, ""), "UIDPLUS": (4315, ""),
        "UNSELECT": (3691, ""), "URLAUTH": (4467, ""), "UTF8=ACCEPT": (6855, ""), "WITHIN": (5032, ""),
    },
    "SMTP": {
        "8BITMIME": (6152, ""), "AUTH": (4954, ""), "BINARYMIME": (3030, "3"), "CHUNKING": (3030, "2"), "DELIVERBY": (2852, ""),
        "DSN": (3461, ""), "ENHANCEDSTATUSCODES": (2034, ""), "PIPELINING": (2920, ""), "SIZE": (1870, ""), "SMTPUTF8": (6531, ""),
        "STARTTLS": (3207, ""),
    },
}  # fmt: skip
"""The RFC that says what a capability is to do, and the section if it says more: by protocol and keyword in capitals."""
_AS = {"LMTP": "SMTP"}
_JUDGED = (Verdict.FAIL, Verdict.WARN, Verdict.PASS)
_GRAVEST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.PASS)
_Spoken = dict[tuple[int, str], dict[tuple[str, str], list[Result]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Statements about a capability that held on a target, of those judged; verdict is the gravest result."""

    held: int
    judged: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One keyword of one protocol; by target: the stages where it is announced, its parameters, what was found of it."""

    protocol: str
    keyword: str
    place: tuple[int, str] | None
    stages: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, tuple[str, ...]]
    proven: Mapping[str, Proof]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    protocol: str
    stage: str
    keyword: str
    parameter: str


def rows(run: Run) -> tuple[Row, ...]:
    """Return every capability that a target announces, by protocol and keyword."""
    said = {fields["name"]: tuple(_said(fields)) for fields in run.header["targets"]}
    keys = {(word.protocol, word.keyword) for words in said.values() for word in words}
    spoken = _results_by_place(run)
    return tuple(_row(protocol, keyword, said, spoken) for protocol, keyword in sorted(keys))


def stages(run: Run) -> Mapping[str, tuple[str, ...]]:
    """Return the stages at which each target was asked, by protocol."""
    found: dict[str, dict[str, None]] = {}
    for fields in run.header["targets"]:
        for key in _announced(fields):
            protocol, stage = _parted(key)
            found.setdefault(protocol, {})[stage] = None
    return {protocol: tuple(names) for protocol, names in found.items()}


def _row(protocol: str, keyword: str, said: Mapping[str, Iterable[_Said]], spoken: _Spoken) -> Row:
    place = PLACES.get(_AS.get(protocol, protocol), {}).get(keyword)
    mine = {name: [w for w in words if (w.protocol, w.keyword) == (protocol, keyword)] for name, words in said.items()}
    found = {name: _proof(place, name, spoken) for name in said} if place else {}
    return Row(
        protocol=protocol,
        keyword=keyword,
        place=place,
        stages={name: tuple(dict.fromkeys(word.stage for word in words)) for name, words in mine.items()},
        parameters={name: tuple(dict.fromkeys(w.parameter for w in ws if w.parameter)) for name, ws in mine.items()},
        proven={name: proof for name, proof in found.items() if proof},
    )


def _results_by_place(run: Run) -> _Spoken:
    """Return results by RFC and target, then by section and id of the statement they speak of."""
    known = run.header.get("requirements", {})
    found: _Spoken = {}
    for result in run.results:
        for identifier in result.requirements:
            fields = known.get(identifier, {})
            rfc, section = fields.get("rfc", result.rfc), str(fields.get("section", result.section))
            statements = found.setdefault((rfc, result.target), {})
            statements.setdefault((section, identifier), []).append(result)
    return found


def _proof(place: tuple[int, str], target: str, spoken: _Spoken) -> Proof | None:
    rfc, under = place
    statements = spoken.get((rfc, target), {})
    verdicts = [
        shown(worst(tuple(results)))
        for (section, _), results in statements.items()
        if not under or f"{section}.".startswith(f"{under}.")
    ]
    judged = [verdict for verdict in verdicts if verdict in _JUDGED]
    if not judged:
        return None
    gravest = next(verdict for verdict in _GRAVEST_FIRST if verdict in verdicts)
    return Proof(held=judged.count(Verdict.PASS), judged=len(judged), verdict=gravest)


def _announced(fields: Mapping[str, Any]) -> Mapping[str, Iterable[str]]:
    found: Mapping[str, Iterable[str]] = (fields.get("announced") or {}).get("capabilities") or {}
    return found


def _said(fields: Mapping[str, Any]) -> Iterator[_Said]:
    for key, lines in _announced(fields).items():
        protocol, stage = _parted(key)
        for line in lines:
            keyword, _, parameter = str(line).partition(" ")
            yield _Said(protocol=protocol, stage=stage, keyword=keyword.upper(), parameter=parameter)


def _parted(key: str) -> tuple[str, str]:
    """Part "IMAP after login" into protocol and stage; of a stage alone nobody knows the protocol."""
    first, _, rest = key.partition(" ")
    return (first, rest) if rest and first.isupper() else ("", key)
