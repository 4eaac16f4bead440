"""Small finished runs for the reports to show: every verdict, a waiver, hostile bytes, an interruption, many targets.

The server software in them is invented. `write` makes a real run folder, which is then read back like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import results, transcript
from conformance.requirements import Level
from conformance.results import Evidence, Result, Run
from conformance.transcript import Event
from conformance.verdicts import Outcome, Reason, judge

HOSTILE = b'+OK <script>alert(1)</script> <img src="http://192.0.2.1/x"> \x1b[31mred\x1b[0m \xe2\x80\xaeevil \x00 `x` | ]]>\r\n'
HOSTILE_TEXT = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202eevil\u202c \x00 \ud800 `x` | ]]> \x9b"

REQUIREMENTS: dict[str, tuple[int, str, str, str, bool]] = {
    "RFC1939-3-01": (
        1939,
        "3",
        "MUST",
        "Service speaks first, sending a greeting as soon as the connection is up",
        False,
    ),
    "RFC1939-3-07": (1939, "3", "MUST", "A response line is at most 512 octets long, CRLF included", False),
    "RFC1939-5-02": (1939, "5", "MUST", "STAT answers with the number of messages and their size in octets", False),
    "RFC1939-5-09": (1939, "5", "MUST", "The size of a message counts two octets for every end of line", False),
    "RFC1939-5-11": (1939, "5", "SHOULD", "A maildrop that is locked gives a refusal with a reason", False),
    "RFC1939-5-14": (1939, "5", "MUST", "A command split over several segments is put together", True),
    "RFC1939-7-03": (1939, "7", "MUST", "TOP sends the header, a blank line and the lines asked for", False),
    "RFC1939-7-06": (1939, "7", "MAY", "UIDL may be offered", False),
    "RFC1939-10-01": (1939, "10", "MUST", "APOP refuses a digest made with another timestamp", False),
    "RFC2449-5-01": (2449, "5", "MUST", "CAPA lists every capability on a line of its own", False),
    "RFC2449-5-02": (
        2449,
        "5",
        "GRAMMAR",
        "A capability line is a keyword and parameters with one space between",
        False,
    ),
    "RFC2449-6.1-01": (2449, "6.1", "SHOULD", "Capabilities are announced before login where they apply there", False),
    "RFC2595-4-01": (2595, "4", "MUST", "STLS is permitted in the AUTHORIZATION state only", False),
    "RFC2595-4-02": (2595, "4", "MUST", "What the client sent before TLS began is discarded", False),
}
COVERAGE = (
    (1939, "Post Office Protocol - Version 3", 127, 99, 9, 11, 7),
    (2449, "POP3 Extension Mechanism", 60, 36, 3, 3, 2),
    (2595, "Using TLS with IMAP, POP3 and ACAP", 31, 24, 2, 4, 2),
    (5034, "POP3 SASL Authentication Mechanism", 30, 24, 5, 20, 5),
)


def result(target: str, check: str, title: str, requirement: str, outcome: Outcome, **more: Any) -> Result:
    """Return one result of a check that verifies one requirement of the list above."""
    rfc, section, level, _, inferred = REQUIREMENTS[requirement]
    fields: dict[str, Any] = {"requirements": (requirement,), "seconds": 0.012, "proven": True, **more}
    verdict = judge(outcome, Level(level))
    return Result(target=target, check=f"rfc{rfc}/{check}", title=title, rfc=rfc, section=section, level=Level(level),
                  inferred=inferred, outcome=outcome, verdict=verdict, **fields)  # fmt: skip


def run_fields(names: Iterable[str]) -> dict[str, Any]:
    """Return the header of a run on these targets."""
    return {
        "run": "2026-11-21T1640Z-7f3a",
        "suite_version": "0.1.0",
        "started": "2026-11-21T16:40:02+00:00",
        "profile": "standard",
        "seed": 4711,
        "vantage": "127.0.0.1",
        "command": "mailconform run alder.toml birch.toml",
        "targets": [target_fields(name, 110 + number) for number, name in enumerate(names)],
        "coverage": [coverage_fields(row) for row in COVERAGE],
        "requirements": {**UNTESTED, **{i: demand(*r) for i, r in REQUIREMENTS.items()}},
        "generated": ["rfc1939/split-command-is-assembled", "rfc1939/top-sends-header-and-lines"],
    }  # fmt: skip


def demand(
    rfc: int, section: str, level: str, text: str, inferred: bool, untested: str | None = None
) -> dict[str, Any]:
    return {"rfc": rfc, "section": section, "level": level, "text": text, "inferred": inferred, "untested": untested}


UNTESTED = {
    "RFC1939-3-10": demand(1939, "3", "MUST", "An idle session is ended after ten minutes at the earliest", False, "takes ten minutes"),
}  # fmt: skip


def coverage_fields(row: tuple[int, str, int, int, int, int, int]) -> dict[str, Any]:
    rfc, title, requirements, testable, checked, must_testable, must_checked = row
    return {"rfc": rfc, "title": title, "requirements": requirements, "testable": testable, "checked": checked,
            "must_testable": must_testable, "must_checked": must_checked, "should_testable": 2,
            "should_checked": 1 if rfc < 2595 else 0, "proven": must_checked}  # fmt: skip


def target_fields(name: str, port: int) -> dict[str, Any]:
    tls = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "subject": f"CN={name}.test", "issuer": "CN=test authority", "not_after": "2027-01-01T00:00:00Z"}  # fmt: skip
    greeting = "+OK " + HOSTILE_TEXT if name == "birch" else f"+OK {name} ready"
    capabilities = {"before TLS": ["TOP", "UIDL", "STLS"], "after STLS": ["TOP", "UIDL", "USER"], "after login": ["TOP", "UIDL", "EXPIRE NEVER"]}  # fmt: skip
    announced = {
        "greeting": greeting,
        "capabilities": capabilities,
        "tls": None if name == "birch" else tls,
        "connections": 64,
    }
    return {"name": name, "label": f"{name.title()} in the lab", "product": f"{name.title()} POP3 1.0", "given": f"{name}.toml",
            "endpoints": [f"pop3://127.0.0.1:{port}", f"pop3s://127.0.0.1:{port + 1000}"], "announced": announced,
            "declared": ["account 1", "sink"] if name == "alder" else []}  # fmt: skip


def footer_fields(found: Iterable[Result], names: Iterable[str]) -> dict[str, Any]:
    verdicts = [r.verdict.value for r in found]
    return {
        "finished": "2026-11-21T16:41:14+00:00",
        "counts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "exit": 1,
        "why": "2 MUST failures not waived",
        "targets": {name: {"connections": 64, "throttled": 11 if name == "birch" else 0} for name in names},
    }


def conversation(*said: tuple[str, bytes]) -> str:
    """Return the text form of a conversation, one event a line; a side of "-" is a note, any other kind goes as a side."""
    offsets, events = {"C": 0, "S": 0, "-": 0}, []
    for number, (side, data) in enumerate(said):
        kind: Any = "note" if side == "-" else "bytes"
        events.append(
            Event(at_ns=number * 11_300_000, connection=7, side=side, kind=kind, offset=offsets[side], data=data)
        )  # type: ignore[arg-type]
        offsets[side] += len(data)
    return transcript.to_text(events)


TRANSCRIPTS = {
    "transcripts/0001.txt": conversation(("-", b"open pop3://127.0.0.1:110"), ("S", b"+OK alder ready\r\n"), ("C", b"STAT\r\n"), ("S", b"-ERR log in first\r\n"), ("C", b"USER alice\r\n"), ("S", b"+OK\r\n"), ("C", b"PASS ******\r\n"), ("S", b"+OK 2 messages\r\n"), ("C", b"STAT\r\n"), ("S", b"+OK 2\r\n"), ("C", b"QUIT\r\n"), ("S", b"+OK bye\r\n")),
    "transcripts/0002.txt": conversation(("S", b"+OK birch ready\r\n"), ("C", b"STAT\r\n"), ("S", HOSTILE), ("C", b"QUIT\r\n")),
    "transcripts/0003.txt": conversation(("S", b"+OK ready\r\n"), ("C", b"NOOP\r\n"), ("S", b"+OK " + b"x" * 600 + b"\r\n")),
}  # fmt: skip

_AT = {
    name: Evidence(transcript=f"transcripts/{name}.txt", line=line)
    for name, line in (("0001", 10), ("0002", 3), ("0003", 3))
}
_ALL = tuple(REQUIREMENTS)


def two_targets() -> tuple[Result, ...]:
    """Return results of two targets with every verdict, a waived failure and hostile text."""
    return (*_alder(), *_birch())


def _alder() -> tuple[Result, ...]:
    return (
        result("alder", "server-greets-first", "Server greets first", _ALL[0], Outcome.HELD),
        result("alder", "reply-line-has-at-most-512-octets", "Reply lines have at most 512 octets", _ALL[1], Outcome.BROKEN, expected="at most 512 octets", observed="606 octets", evidence=_AT["0003"], attempts=3, waiver="known, goes away with the migration (until 2027-02-28)"),
        result("alder", "stat-gives-count-and-size", "STAT gives the count and the size", _ALL[2], Outcome.BROKEN, expected="+OK nn mm\nor -ERR with a reason", observed="+OK 2", evidence=_AT["0001"], attempts=3),
        result("alder", "size-counts-two-octets-an-end-of-line", "Sizes count two octets for every end of line", _ALL[3], Outcome.UNCLEAR, reason=Reason.NOT_SET_UP, why='give the account a maildir: [[account]] maildir = "/path"'),
        result("alder", "locked-maildrop-is-refused-with-a-reason", "A locked maildrop is refused with a reason", _ALL[4], Outcome.BROKEN, expected="-ERR and text", observed="-ERR", evidence=_AT["0001"]),
        result("alder", "split-command-is-assembled", "A command split over segments is assembled", _ALL[5], Outcome.BROKEN, expected="one +OK", observed="-ERR", evidence=_AT["0001"]),
        result("alder", "top-sends-header-and-lines", "TOP sends the header and the lines asked for", _ALL[6], Outcome.HELD),
        result("alder", "uidl-is-offered", "UIDL is offered", _ALL[7], Outcome.BROKEN, observed="not offered", evidence=_AT["0001"]),
        result("alder", "apop-refuses-another-timestamp", "APOP refuses a digest over another timestamp", _ALL[8], Outcome.ABSENT, why="the greeting holds no timestamp"),
        result("alder", "capa-lists-one-capability-a-line", "CAPA lists one capability a line", _ALL[9], Outcome.HELD, requirements=(_ALL[9], _ALL[10])),
        result("alder", "capabilities-are-announced-early", "Capabilities are announced before login", _ALL[11], Outcome.HELD),
        result("alder", "stls-is-refused-after-login", "STLS is refused after login", _ALL[12], Outcome.HELD),
        result("alder", "plaintext-before-tls-is-dropped", "What came before TLS is dropped", _ALL[13], Outcome.HELD, requirements=(_ALL[13], _ALL[9]), proven=False),
    )  # fmt: skip


def _birch() -> tuple[Result, ...]:
    return (
        result("birch", "server-greets-first", "Server greets first", _ALL[0], Outcome.HELD),
        result("birch", "reply-line-has-at-most-512-octets", "Reply lines have at most 512 octets", _ALL[1], Outcome.HELD),
        result("birch", "stat-gives-count-and-size", "STAT gives the count and the size", _ALL[2], Outcome.BROKEN, expected="+OK nn mm\nor -ERR with a reason", observed=HOSTILE_TEXT, evidence=_AT["0002"], attempts=3, seed=99),
        result("birch", "size-counts-two-octets-an-end-of-line", "Sizes count two octets for every end of line", _ALL[3], Outcome.UNCLEAR, reason=Reason.THROTTLED, why="-ERR [SYS/TEMP] too many connections", evidence=_AT["0002"]),
        result("birch", "locked-maildrop-is-refused-with-a-reason", "A locked maildrop is refused with a reason", _ALL[4], Outcome.CRASHED, why="ZeroDivisionError: division by zero"),
        result("birch", "split-command-is-assembled", "A command split over segments is assembled", _ALL[5], Outcome.HELD),
        result("birch", "top-sends-header-and-lines", "TOP sends the header and the lines asked for", _ALL[6], Outcome.UNCLEAR, reason=Reason.FLAKY, why="broken in 1 of 3 attempts"),
        result("birch", "uidl-is-offered", "UIDL is offered", _ALL[7], Outcome.HELD),
        result("birch", "apop-refuses-another-timestamp", "APOP refuses a digest over another timestamp", _ALL[8], Outcome.HELD),
        result("birch", "capa-lists-one-capability-a-line", "CAPA lists one capability a line", _ALL[9], Outcome.HELD, requirements=(_ALL[9], _ALL[10])),
        result("birch", "capabilities-are-announced-early", "Capabilities are announced before login", _ALL[11], Outcome.BROKEN, expected="STLS before login", observed="only after login", evidence=_AT["0002"]),
        result("birch", "stls-is-refused-after-login", "STLS is refused after login", _ALL[12], Outcome.ABSENT, why="CAPA does not list STLS", evidence=_AT["0002"]),
        result("birch", "plaintext-before-tls-is-dropped", "What came before TLS is dropped", _ALL[13], Outcome.ABSENT, requirements=(_ALL[13], _ALL[9]), why="CAPA does not list STLS", evidence=_AT["0002"]),
    )  # fmt: skip


def many_targets(number: int) -> tuple[Result, ...]:
    """Return results of up to seven targets: those of the two above, taken by turns."""
    pair = (_alder(), _birch())
    return tuple(replace(r, target=name) for turn, name in enumerate(NAMES[:number]) for r in pair[turn % 2])


NAMES = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo-with-a-long-name")


def write(folder: Path, found: tuple[Result, ...], *, finished: bool = True, **header: Any) -> Run:
    """Write a run folder and read it back."""
    names = list(dict.fromkeys(r.target for r in found))
    lines = [results.header_line({**run_fields(names), **header}), *(r.to_json() for r in found)]
    if finished:
        lines.append(results.footer_line(footer_fields(found, names)))
    (folder / "transcripts").mkdir(parents=True, exist_ok=True)
    for name, text in TRANSCRIPTS.items():
        (folder / name).write_text(text, "ascii")
    escaped = [json.dumps(json.loads(line)) for line in lines]  # a lone surrogate cannot be written but as an escape
    (folder / "results.jsonl").write_text("".join(f"{line}\n" for line in escaped), "utf-8")
    return results.read(folder)
