"""Faults: lies that a real server could tell, between the transport and the reader.

A fault works on framed commands and replies, above TLS, so it is deterministic whatever the segments; `rewrite` works
on the unstuffed text and stuffs it again, so that the lie stays well framed unless the framing is the lie. `a | b`
tells whichever lie applies first. A fault keeps what it must remember in the memory of its connection.

`of` is a regular expression that must match the whole command line (without CRLF, any letter case); the greeting is
the answer to the empty command.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.target import Endpoint
from conformance.wire import framing, pop3

Memory = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait so many seconds before what follows."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection towards the client."""


Act = bytes | Delay | HangUp


class Fault:
    """The truth: what every fault departs from. None means that the lie does not apply here."""

    def on_reply(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        """Return what the client gets instead of this reply."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        """Return what the server gets instead of this line, and what the client is told without the server."""

    def on_close(self, memory: Memory) -> bytes:
        """Return what the server is sent when the client closes."""
        return b""

    def detour(self, endpoint: Endpoint) -> Endpoint:
        """Return where a connection to this endpoint really goes."""
        return endpoint

    def retire(self) -> None:
        """Let go of what the fault holds open; it may be installed again."""

    def __or__(self, other: Fault) -> Fault:
        return _Either(self, other)


@dataclass(frozen=True)
class _Either(Fault):
    first: Fault
    second: Fault

    def on_reply(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        acts = self.first.on_reply(reply, memory)
        return self.second.on_reply(reply, memory) if acts is None else acts

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        return self.first.on_command(line, memory) or self.second.on_command(line, memory)

    def on_close(self, memory: Memory) -> bytes:
        return self.first.on_close(memory) or self.second.on_close(memory)

    def detour(self, endpoint: Endpoint) -> Endpoint:
        return self.second.detour(self.first.detour(endpoint))

    def retire(self) -> None:
        self.first.retire()
        self.second.retire()


def _matches(of: bytes, line: bytes) -> bool:
    return re.fullmatch(of, line.rstrip(b"\r\n"), re.IGNORECASE | re.DOTALL) is not None


def _asked(reply: pop3.Reply) -> bytes:
    return reply.command.raw if reply.command else b""


@dataclass(frozen=True)
class _Replaces(Fault):
    """Base of the faults that replace the replies to some commands, from the nth such reply on."""

    of: bytes
    after: int

    def on_reply(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        if not _matches(self.of, _asked(reply)):
            return None
        key = f"count {id(self)}"
        memory[key] = memory.get(key, 0) + 1
        return self.instead(reply, memory) if memory[key] > self.after else None

    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        raise LookupError(f"{type(self).__name__} replaces nothing")


@dataclass(frozen=True)
class _Rewrite(_Replaces):
    pattern: bytes
    new: bytes
    framed: bool

    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        if not self.framed:
            return self._changed(reply.raw, re.sub(self.pattern, self.new, reply.raw, flags=re.DOTALL))
        line = re.sub(self.pattern, self.new, reply.line.raw.rstrip(b"\r\n"), flags=re.MULTILINE) + b"\r\n"
        if reply.body is None:
            return self._changed(reply.raw, line)
        text = framing.unstuff(reply.body.raw)
        changed = re.sub(self.pattern, self.new, text, flags=re.MULTILINE)
        if (line, changed) == (reply.line.raw, text):
            return None
        ended = changed if not changed or changed.endswith(b"\r\n") else changed + b"\r\n"
        return [line + framing.stuff(ended)]

    @staticmethod
    def _changed(old: bytes, new: bytes) -> Sequence[Act] | None:
        return None if old == new else [new]


def rewrite(pattern: bytes, new: bytes, *, of: bytes = b".*", after: int = 0) -> Fault:
    """Replace a pattern in the status line and in the unstuffed body of replies, after the first `after` of them."""
    return _Rewrite(of, after, pattern, new, framed=True)


def rewrite_raw(pattern: bytes, new: bytes, *, of: bytes = b".*", after: int = 0) -> Fault:
    """Replace a pattern in the octets of whole replies: line ends, dots and terminator are fair game."""
    return _Rewrite(of, after, pattern, new, framed=False)


@dataclass(frozen=True)
class _Acts(_Replaces):
    acts: tuple[Act, ...]
    keep: str

    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        truth = [reply.raw]
        return [*(truth if self.keep == "before" else ()), *self.acts, *(truth if self.keep == "after" else ())]


def say(octets: bytes, *, of: bytes, after: int = 0) -> Fault:
    """Answer with these octets instead of the server's reply (the server has done what it was told)."""
    return _Acts(of, after, (octets,), "none")


def drop(*, of: bytes, after: int = 0) -> Fault:
    """Swallow the reply: the client meets silence."""
    return _Acts(of, after, (), "none")


def delay(seconds: float, *, of: bytes = b".*") -> Fault:
    """Hold the reply back."""
    return _Acts(of, 0, (Delay(seconds),), "after")


def hang_up(*, of: bytes, after: int = 0, saying: bytes = b"") -> Fault:
    """Close the connection instead of answering, after saying so much."""
    return _Acts(of, after, (saying, HangUp()) if saying else (HangUp(),), "none")


def inject(octets: bytes, *, of: bytes, after: int = 0) -> Fault:
    """Send octets that nobody asked for behind the reply."""
    return _Acts(of, after, (octets,), "before")


def inject_before(octets: bytes, *, of: bytes, after: int = 0) -> Fault:
    """Send octets that nobody asked for in front of the reply."""
    return _Acts(of, after, (octets,), "after")


@dataclass(frozen=True)
class _Repeat(_Replaces):
    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        return [reply.raw, reply.raw]


def repeat(*, of: bytes, after: int = 0) -> Fault:
    """Send the reply twice."""
    return _Repeat(of, after)


@dataclass(frozen=True)
class _Stale(_Replaces):
    everywhere: bool

    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        kept = _SHARED.setdefault(id(self), {}) if self.everywhere else memory
        key = f"stale {id(self)} {_asked(reply)!r}"
        return [kept.setdefault(key, reply.raw)]


_SHARED: dict[int, Memory] = {}


def start_over() -> None:
    """Forget what lies have kept beyond one connection."""
    _SHARED.clear()


def stale(*, of: bytes, everywhere: bool = False) -> Fault:
    """Give the first reply to a command again for each later equal command, on this or on every connection."""
    return _Stale(of, 0, everywhere)


_SERIALS = itertools.count(1)


@dataclass(frozen=True)
class _Fickle(_Replaces):
    pattern: bytes

    def instead(self, reply: pop3.Reply, memory: Memory) -> Sequence[Act] | None:
        serial = memory.setdefault(f"serial {id(self)}", next(_SERIALS))
        return _Rewrite(self.of, 0, self.pattern, rb"\g<0>%d" % serial, framed=True).instead(reply, memory)


def fickle(pattern: bytes, *, of: bytes) -> Fault:
    """Write a number behind a pattern in replies, another one on each connection: what should last does not."""
    return _Fickle(of, 0, pattern)


@dataclass(frozen=True)
class _Forward(Fault):
    of: bytes
    instead: bytes | None
    answer: bytes | None

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        if not _matches(self.of, line):
            return None
        if self.answer is not None:
            return b"", [self.answer]
        return re.sub(
            self.of, self.instead or b"", line.rstrip(b"\r\n"), count=1, flags=re.IGNORECASE | re.DOTALL
        ) + b"\r\n", []


def forward(instead: bytes, *, of: bytes) -> Fault:
    r"""Give the server another command than the client sent; groups of `of` may be used as \1."""
    return _Forward(of, instead, None)


def answer(octets: bytes, *, of: bytes) -> Fault:
    """Answer a command without telling the server of it."""
    return _Forward(of, None, octets)


@dataclass(frozen=True)
class _AtClose(Fault):
    octets: bytes
    of: bytes

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        found = re.fullmatch(self.of, line.rstrip(b"\r\n"), re.IGNORECASE | re.DOTALL)
        if found:
            memory[f"close {id(self)}"] = found.expand(self.octets)
        return None

    def on_close(self, memory: Memory) -> bytes:
        last: bytes = memory.get(f"close {id(self)}", b"")
        return last


def at_close(octets: bytes, *, of: bytes = b".*") -> Fault:
    r"""Tell the server something when the client drops the connection, for instance b"QUIT\r\n".

    Only behind such a command; groups of `of` may be used as \1.
    """
    return _AtClose(octets, of)
