"""What to type to hold a conversation once more by hand: a command for a POSIX shell, and what the client says.

Invariant: nothing of a run folder, which may come from anybody, is more to the shell than text. What can be typed is
shown line by line; anything else (octets that are no text, several lines or half a line at once) is said by printf.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from conformance import transcript
from conformance.reports import evidence
from conformance.reports.text import octets, plural, shortened, visible
from conformance.results import Result, Run
from conformance.target import DEFAULT_PORTS, protocol_of
from conformance.transcript import Event

LONGEST_LINE = 4000
"""What a terminal takes as one line."""
MOST_OCTETS = 1 << 15
_SAID_CHARACTERS = 400
_TYPED = re.compile(rb"[ -~]*\r\n")
_AS_IT_IS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;=@<>()/_")
_NAMED = {0x0D: r"\r", 0x0A: r"\n"}


def render(run: Run, result: Result) -> str:
    """Write how to hold the conversation that decided a result; empty if none was kept."""
    proof = result.evidence
    text = evidence.read(run.folder, proof.transcript) if proof else None
    try:
        events = transcript.from_text(text or "")
    except ValueError:
        return ""
    if proof is None or not 1 <= proof.line <= len(events):
        return ""
    decided = events[proof.line - 1]
    mine = [event for event in events[: proof.line] if event.connection == decided.connection]
    scheme, host, port = _endpoint(mine)
    if not host:
        return ""
    others = len({event.connection for event in events} - {decided.connection})
    return "\n".join(
        [
            f"# {visible(result.check)} on {visible(result.target)}: {visible(result.title)}",
            *([f"# {plural(others, 'other connection')} took part: {visible(proof.transcript)}"] if others else []),
            *(["# it goes on where another left off: log in first"] if mine[0].kind == "resume" else []),
            *_conversation(mine, scheme, host, port),
            f"# then the server said, in line {proof.line}:",
            f"# {shortened(octets(decided.data), _SAID_CHARACTERS)}",
            *_facts(result),
        ]
    )


def _endpoint(events: Sequence[Event]) -> tuple[str, str, int]:
    """Return scheme, host and port of the connection, empty if its beginning was not kept."""
    try:
        parts = urlsplit(events[0].data.decode("ascii") if events[0].kind in ("open", "resume") else "")
        return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def _conversation(events: Sequence[Event], scheme: str, host: str, port: int) -> list[str]:
    shaken = next((n for n, e in enumerate(events) if e.kind == "tls" and not e.data.startswith(b"failed")), None)
    said = [e.data for e in events[shaken or 0 :] if e.side == "C" and e.kind == "bytes"]
    implicit = shaken is not None and not any(e.kind == "bytes" for e in events[:shaken])
    whole = b"".join(said)
    if len(whole) > MOST_OCTETS:
        return [f"# the client says {len(whole)} octets: too much for a shell"]
    typed = all(_TYPED.fullmatch(piece) and len(piece) < LONGEST_LINE for piece in said)
    connect = _connect(scheme, host, port, tls=shaken is not None, implicit=implicit, typed=typed)
    masked = (
        ["# asterisks stand for what was masked: a password, or the base64 of a message with it"]
        if b"**" in whole
        else []
    )
    if typed:
        lines = [line.decode("ascii") for line in whole.split(b"\r\n")[:-1]]
        return [connect, *masked, *lines]
    pieces = "; ".join(f"printf '{_printed(piece)}'; sleep 1" for piece in said)
    return [*masked, f"{{ sleep 1; {pieces}; }} | {connect}"]


def _connect(scheme: str, host: str, port: int, *, tls: bool, implicit: bool, typed: bool) -> str:
    """Return the command that connects; what is typed has its line ends made CRLF by it."""
    if not tls:
        return shlex.join(["nc", *(["-C"] if typed else []), host, str(port)])
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    start = [] if implicit else ["-starttls", protocol_of(scheme)]
    return shlex.join(["openssl", "s_client", "-quiet", *(["-crlf"] if typed else []), *start, "-connect", place])


def _printed(piece: bytes) -> str:
    """Return octets as a format for printf between single quotes: whatever is not plain is an escape."""
    return "".join(chr(o) if o in _AS_IT_IS else _NAMED.get(o, f"\\{o:03o}") for o in piece)


def _facts(result: Result) -> Iterable[str]:
    for name, fact in (("expected", result.expected), ("observed", result.observed), ("why", result.why)):
        if fact:
            yield f"# {name}: {shortened(visible(fact), _SAID_CHARACTERS)}"
