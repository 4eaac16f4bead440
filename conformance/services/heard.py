"""What the sink has heard: messages that were handed on, and each connection as exchanges of commands and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from conformance.transcript import Transcript

LEFT = b"<closes>"
"""Stands in what the client said where it closed the connection."""
SHAKEN, FAILED = "shaken", "failed"
"""Stand in place of a side where a TLS handshake succeeded or failed."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A message that the target has handed on: the lines it said it with, and its octets.

    `raw` is without stuffing and end of data; `wire` is the mail data as they came, chunks joined.
    """

    hello: bytes
    mail: bytes
    rcpts: tuple[bytes, ...]
    raw: bytes
    wire: bytes
    connection: int
    at: float
    """Monotonic seconds of the end of the mail data."""
    offered: frozenset[str] = frozenset()
    """Keywords in upper case that the last EHLO was answered with on this connection."""
    tls: bool = False
    """Whether it came under TLS."""

    @property
    def reverse_path(self) -> bytes:
        """What stands in the angle brackets of MAIL."""
        return self.mail.partition(b"<")[2].rpartition(b">")[0]

    @property
    def recipients(self) -> tuple[bytes, ...]:
        """What stands in the angle brackets of each RCPT."""
        return tuple(line.partition(b"<")[2].rpartition(b">")[0] for line in self.rcpts)

    @property
    def parameters(self) -> dict[str, str]:
        """Keyword in upper case -> value of the parameters of MAIL."""
        return parameters(self.mail)


def parameters(line: bytes) -> dict[str, str]:
    """Return keyword in upper case -> value of what stands behind the path of MAIL or RCPT (RFC 5321 section 4.1.2)."""
    words = line.partition(b"> ")[2].decode("latin-1").split()  # AUTH=<> ends in a bracket, too
    return {name.upper(): value for name, _, value in (word.partition("=") for word in words)}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the client said between two answers, and the answer to it; both may be empty.

    The greeting answers nothing. Commands sent in one go and their replies are one exchange. The client's close is said
    as LEFT.
    """

    said: bytes
    answer: bytes
    tls: bool = False
    """Whether it was said under TLS."""

    @property
    def lines(self) -> list[bytes]:
        """The lines of what was said, without their ends."""
        return self.said.removesuffix(b"\r\n").split(b"\r\n") if self.said else []


@dataclass(slots=True)
class Heard:
    """What was said on one connection: by whom, in order; command lines without their ends; whether it is over.

    A turn of SHAKEN is the handshake that succeeded there, and one of FAILED says why it did not.
    """

    number: int
    hang_up: Callable[[], None] = lambda: None
    turns: list[tuple[str, bytes]] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    opening: tuple[int, int] = (0, 0)
    """How many turns and lines there were when the session was open."""
    old: bool = False
    """Whether it began before what is scripted now."""
    over: bool = False
    shown: int = 0
    transcript: Transcript | None = None

    def forget(self) -> Heard:
        """Keep the connection and how it began, and nothing that was said on it since."""
        turns, lines = self.opening
        self.turns, self.lines, self.old = self.turns[:turns], self.lines[:lines], True
        self.shown, self.transcript = 0, None
        return self

    @property
    def untouched(self) -> bool:
        """Whether nothing was said since it was forgotten."""
        return self.old and len(self.turns) <= self.opening[0]

    def may_be_about(self, address: str) -> bool:
        """Whether a recipient has this address, or there is none; any will do for an empty one."""
        recipients = [line.lower() for line in self.lines if line[:4].upper() == b"RCPT"]
        return not recipients or any(address.lower().encode() in line for line in recipients)

    def said(self) -> bytes:
        """All that the client has said."""
        return b"".join(octets for side, octets in self.turns if side == "C")

    def exchanges(self) -> list[Exchange]:
        """Pair what was said with the answers."""
        found: list[Exchange] = []
        said, tls = b"", False
        for side, octets in self.turns:
            if side == "C":
                said += octets
            elif side == SHAKEN:
                tls = True
            elif side == "S" and (said or not found):
                found.append(Exchange(said, octets, tls))
                said = b""
            elif side == "S":
                found[-1] = replace(found[-1], answer=found[-1].answer + octets)
        return [*found, Exchange(said, b"", tls)] if said else found
