r"""What was said on the wire: every byte of both sides with its time and offset, and the text form it is kept in.

Invariant: events are only appended, and offsets count the plaintext octets of one side of one connection. The text
form has one event a line (`0.012034  2  S  118  "+OK ready\r\n"`): evidence, golden test and documentation alike.
Secrets are masked octet by octet when the text is written, so offsets stay true and a run folder can be shared.
A large conversation spills to an unnamed file: memory holds a constant part of it.
"""

from __future__ import annotations

import base64
import re
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Literal, get_args

Side = Literal["C", "S", "-"]
Kind = Literal["open", "resume", "bytes", "tls", "close", "reset", "silence", "note"]

SPILL_OCTETS = 1 << 20
SMALL_OCTETS = 1 << 10  # a reply of this size costs more to look up in a file than to keep
EVIDENCE_OCTETS = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on a connection; at_ns is monotonic since the run began."""

    at_ns: int
    connection: int
    side: Side
    kind: Kind
    offset: int
    data: bytes


class Transcript:
    """The events of one connection, in order; filled by the transport, read by audits and evidence."""

    def __init__(self, connection: int, endpoint: str, began_ns: int | None = None) -> None:
        self.connection = connection
        self.endpoint = endpoint
        self.offsets: dict[Side, int] = {"C": 0, "S": 0, "-": 0}
        self._began_ns = time.monotonic_ns() if began_ns is None else began_ns
        self._rows: list[tuple[int, Side, Kind, int, bytes | int]] = []
        self._held = 0
        self._spill: IO[bytes] | None = None
        self._spilled = 0

    @classmethod
    def of(cls, events: Sequence[Event]) -> Transcript:
        """Make the transcript of one connection anew from events that were kept, its endpoint from how it began."""
        first = next(iter(events), None)
        kept = cls(first.connection if first else 0, first.data.decode("latin-1") if first else "", 0)
        for event in events:
            kept._rows.append((event.at_ns, event.side, event.kind, event.offset, event.data))
            kept.offsets[event.side] = event.offset + (len(event.data) if event.kind == "bytes" else 0)
        return kept

    def __len__(self) -> int:
        return len(self._rows)

    def record(self, side: Side, kind: Kind, data: bytes = b"") -> None:
        """Append one event at the present time; `bytes` events advance their side's offset."""
        offset = self.offsets[side]
        size = len(data)
        self._held += size
        kept: bytes | int = data if size < SMALL_OCTETS or self._held <= SPILL_OCTETS else self._to_file(data)
        self._rows.append((time.monotonic_ns() - self._began_ns, side, kind, offset, kept))
        if kind == "bytes":
            self.offsets[side] = offset + size

    def _to_file(self, data: bytes) -> int:
        if self._spill is None:
            self._spill = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the transcript
            weakref.finalize(self, self._spill.close)
        self._spill.seek(0, 2)
        self._spill.write(len(data).to_bytes(4) + data)
        self._spilled += 4 + len(data)
        return self._spilled - 4 - len(data)

    def _from_file(self, place: int) -> bytes:
        if self._spill is None:
            raise LookupError("nothing was spilled")
        self._spill.seek(place)
        return self._spill.read(int.from_bytes(self._spill.read(4)))

    def __iter__(self) -> Iterator[Event]:
        for at_ns, side, kind, offset, kept in self._rows:
            data = kept if isinstance(kept, bytes) else self._from_file(kept)
            yield Event(at_ns=at_ns, connection=self.connection, side=side, kind=kind, offset=offset, data=data)

    def continued(self, connection: int) -> Transcript:
        """Return an empty transcript for what this connection says from now on; offsets go on."""
        later = Transcript(connection, self.endpoint, self._began_ns)
        later.offsets = dict(self.offsets)
        later.record("-", "resume", self.endpoint.encode())
        return later

    def bytes_of(self, side: Side) -> bytes:
        """All plaintext octets of one side."""
        return b"".join(event.data for event in self if event.side == side and event.kind == "bytes")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What must not be written: secret values on both sides, and credentials by their place in the protocol."""

    secrets: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, passwords: Iterable[str]) -> Redaction:
        """Mask these passwords, plain and in base64."""
        plain = [p.encode() for p in passwords if p]
        coded = [base64.b64encode(p) for p in plain]
        return cls(secrets=tuple(sorted({*plain, *coded}, key=len, reverse=True)))

    def in_text(self, text: str) -> str:
        """Return a text with each secret, and each word of base64 that holds one, replaced by as many `*`."""
        carriers = _carriers(text.encode(errors="replace"), self.secrets)
        for secret in sorted({*self.secrets, *carriers}, key=len, reverse=True):
            text = text.replace(secret.decode(), "*" * len(secret.decode()))
        return text

    def apply(self, events: Iterable[Event]) -> list[Event]:
        """Return the events of one connection with each secret octet replaced by `*`."""
        rows = list(events)
        said = b"".join(e.data for e in rows if e.side == "C" and e.kind == "bytes")
        secrets = (*self.secrets, *_carriers(said, self.secrets))
        for side in ("C", "S"):
            spoken = [(i, e) for i, e in enumerate(rows) if e.side == side and e.kind == "bytes"]
            stream = bytearray(b"".join(e.data for _, e in spoken))
            spans = [span for secret in secrets for span in _occurrences(stream, secret)]
            if side == "C":
                spans += _credential_spans(rows, said)
            for start, end in spans:
                stream[start:end] = b"*" * (end - start)
            place = 0
            for i, e in spoken:
                masked = bytes(stream[place : place + len(e.data)])
                place += len(e.data)
                rows[i] = Event(
                    at_ns=e.at_ns, connection=e.connection, side=e.side, kind=e.kind, offset=e.offset, data=masked
                )
        return rows


_CREDENTIALS = re.compile(
    rb"^(?:[A-Za-z0-9.]+ )?(?:PASS[ \t]+([^\r\n]*)|APOP[ \t]+\S+[ \t]+([^\r\n]*)|AUTH(?:ENTICATE)?[ \t]+\S+[ \t]+([^\r\n]*))",
    re.IGNORECASE | re.MULTILINE,
)
_EXCHANGE = re.compile(rb"(?:[A-Za-z0-9.]+ )?AUTH(?:ENTICATE)?[ \t]", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
_LINE_HEAD = 80


def _occurrences(stream: bytes | bytearray, secret: bytes) -> Iterator[tuple[int, int]]:
    place = stream.find(secret)
    while place >= 0:
        yield place, place + len(secret)
        place = stream.find(secret, place + 1)


def _carriers(said: bytes, secrets: Iterable[bytes]) -> set[bytes]:
    """Find the words of base64 in which a secret was said, such as the message of PLAIN: a server may repeat them."""
    words = {match[0]: _decoded(match[0]) for match in _BASE64.finditer(said)}
    return {word for word, meant in words.items() if any(secret in meant for secret in secrets)}


def _decoded(word: bytes) -> bytes:
    whole = word.rstrip(b"=")
    return base64.b64decode(whole[: len(whole) - (len(whole) % 4 == 1)] + b"==")


def _credential_spans(rows: Iterable[Event], stream: bytes) -> list[tuple[int, int]]:
    spans = [match.span(group) for match in _CREDENTIALS.finditer(stream) for group in (1, 2, 3) if match[group]]
    return spans + list(_exchange_spans(rows))


def _exchange_spans(rows: Iterable[Event]) -> Iterator[tuple[int, int]]:
    """Client lines that answer a SASL challenge: begun behind a line that asks for it, in an exchange that AUTH opened."""
    line, server, exchange, answering = b"", b"", False, False
    for event in rows:
        if event.kind != "bytes":
            continue
        if event.side == "S":
            server = _last_line(server, event.data)
            continue
        place = event.offset
        for piece in event.data.splitlines(keepends=True):
            answering = answering if line else exchange and _asks(server)
            if answering:
                yield place, place + len(piece.rstrip(b"\r\n"))
            place += len(piece)
            line = (line + piece)[:_LINE_HEAD]
            if piece.endswith(b"\n"):
                exchange, line = answering or _EXCHANGE.match(line) is not None, b""


def _asks(server: bytes) -> bool:
    """Whether this is the head of a challenge: `+` in IMAP and POP3, 334 in SMTP (RFC 4954 section 4)."""
    return server.startswith((b"+", b"334")) and server[:3].upper() != b"+OK"


def _last_line(before: bytes, data: bytes) -> bytes:
    """Return the head of the server's last line, with an LF behind it if it has ended."""
    text = data if before.endswith(b"\n") else before + data
    last = text[:-1].rpartition(b"\n")[2] + text[-1:]
    return last[:4] + b"\n" if last.endswith(b"\n") else last[:4]


def merge(transcripts: Iterable[Transcript], redaction: Redaction) -> list[Event]:
    """Return the redacted events of several connections in the order of time."""
    events = [event for transcript in transcripts for event in redaction.apply(transcript)]
    return sorted(events, key=lambda event: event.at_ns)


def to_text(events: Iterable[Event]) -> str:
    """Write events as text, one a line; a very long conversation says where it was cut."""
    lines, octets = [], 0
    for event in events:
        octets += len(event.data)
        if octets > EVIDENCE_OCTETS and event.kind == "bytes":
            cut = f"({len(event.data)} octets, not kept)".encode()
            lines.append(_line(event, "note", cut))
            continue
        lines.append(_line(event, event.kind, event.data))
    return "".join(lines)


def _line(event: Event, kind: Kind, data: bytes) -> str:
    word = "" if kind == "bytes" else f"{kind} "
    return f"{event.at_ns / 1e9:.6f}  {event.connection}  {event.side}  {event.offset}  {word}{quote(data)}\n"


def quote(data: bytes) -> str:
    r"""Write octets as printable ASCII between double quotes, others as \r \n \t \xHH: nothing a terminal obeys."""
    return '"' + "".join(_QUOTED[octet] for octet in data) + '"'


_NAMED = {0x0D: r"\r", 0x0A: r"\n", 0x09: r"\t", 0x22: r"\"", 0x5C: r"\\"}
_QUOTED = [_NAMED.get(i, chr(i) if 0x20 <= i < 0x7F else f"\\x{i:02x}") for i in range(256)]
_UNQUOTE = re.compile(r"\\(?:x([0-9a-f]{2})|(.))")
_KINDS = "|".join(kind for kind in get_args(Kind) if kind != "bytes")
_TEXT_LINE = re.compile(rf'([0-9]+\.[0-9]+)  ([0-9]+)  ([CS-])  ([0-9]+)  (?:({_KINDS}) )?"([ -~]*)"')


def unquote(text: str) -> bytes:
    """Read what quote() wrote, without the outer quotes."""
    named = {"r": "\r", "n": "\n", "t": "\t"}
    return _UNQUOTE.sub(lambda m: chr(int(m[1], 16)) if m[1] else named.get(m[2], m[2]), text).encode("latin-1")


def from_text(text: str) -> list[Event]:
    """Read the text form back; raises ValueError naming the first line that is none."""
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _TEXT_LINE.fullmatch(line)
        if not match:
            raise ValueError(f"line {number} is not an event: {line[:80]!r}")
        at, connection, side, offset, kind, data = match.groups()
        events.append(
            Event(
                at_ns=round(float(at) * 1e9),
                connection=int(connection),
                side=side,  # type: ignore[arg-type]  # the pattern allows C, S and - only
                kind=kind or "bytes",  # type: ignore[arg-type]  # the pattern allows kinds only
                offset=int(offset),
                data=unquote(data),
            )
        )
    return events
