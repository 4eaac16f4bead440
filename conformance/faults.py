r"""Faults: lies that a real server could tell, between the transport and the reader.

A fault works on framed commands and replies, above TLS, so it is deterministic whatever the segments; `rewrite` works
on the unstuffed text and stuffs it again, so that the lie stays well framed unless the framing is the lie. `a | b`
tells whichever lie applies first. A fault keeps what it must remember in the memory of its connection.

`of` is a regular expression that must match the whole command (without tag and CRLF, any letter case); the greeting is
the answer to the empty command. `when` chooses among the responses that IMAP gives to one command: the completion
(FINAL), all of them (ANY), or those whose octets begin as a regular expression says, rb"\* \d+ EXISTS". In what is said,
`<tag>` stands for the command's tag.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.target import Endpoint

Memory = dict[str, Any]
TAG = b"<tag>"
"""Stands for the tag of the command that is answered."""
ANY = b""
"""Every response, whatever it is."""
FINAL = b"\0"
"""The response that completes a command: each POP3 reply, the tagged one of IMAP, and the greeting."""


class Reply(Protocol):
    """What a fault needs to know of a framed reply of any protocol."""

    @property
    def raw(self) -> bytes:
        """Every octet."""

    @property
    def asked(self) -> bytes:
        """The command it belongs to, without tag and line end; empty if none is in progress."""

    @property
    def final(self) -> bool:
        """Whether it completes that command."""

    @property
    def tag(self) -> bytes:
        """What its first line begins with, where the protocol has tags."""

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        """Return it with a pattern replaced in its text, well framed."""


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

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        """Return what the client gets instead of this reply."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        """Return what the server gets instead of this line, and what the client is told without the server."""

    def on_close(self, memory: Memory) -> bytes:
        """Return what the server is sent when the client closes."""
        return b""

    def on_arrival(self, message: bytes) -> Sequence[bytes]:
        """Return the messages that arrive, in a mailbox or at the next hop, instead of one that was accepted."""
        return [message]

    def on_relay(self, line: bytes) -> bytes:
        """Return the command line that the next hop hears instead of this one."""
        return line

    def on_opinion(self, result: str | None) -> str | None:
        """Return the result that a verifier of SPF gives instead of this one."""
        return result

    def on_question(self, name: str, rtype: str) -> Sequence[tuple[str, str]]:
        """Return what the name server is asked (names and types) instead of this."""
        return [(name, rtype)]

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

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        acts = self.first.on_reply(reply, memory)
        return self.second.on_reply(reply, memory) if acts is None else acts

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        return self.first.on_command(line, memory) or self.second.on_command(line, memory)

    def on_close(self, memory: Memory) -> bytes:
        return self.first.on_close(memory) or self.second.on_close(memory)

    def on_arrival(self, message: bytes) -> Sequence[bytes]:
        return [said for once in self.first.on_arrival(message) for said in self.second.on_arrival(once)]

    def on_relay(self, line: bytes) -> bytes:
        return self.second.on_relay(self.first.on_relay(line))

    def on_opinion(self, result: str | None) -> str | None:
        return self.second.on_opinion(self.first.on_opinion(result))

    def on_question(self, name: str, rtype: str) -> Sequence[tuple[str, str]]:
        return [said for once in self.first.on_question(name, rtype) for said in self.second.on_question(*once)]

    def detour(self, endpoint: Endpoint) -> Endpoint:
        return self.second.detour(self.first.detour(endpoint))

    def retire(self) -> None:
        self.first.retire()
        self.second.retire()


def _matches(of: bytes, line: bytes) -> bool:
    return re.fullmatch(of, line.rstrip(b"\r\n"), re.IGNORECASE | re.DOTALL) is not None


@dataclass(frozen=True)
class _Replaces(Fault):
    """Base of the faults that replace the replies to some commands, from the nth such reply on."""

    of: bytes
    after: int
    when: bytes

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        if not self._meant(reply) or not _matches(self.of, reply.asked):
            return None
        key = f"count {id(self)}"
        memory[key] = memory.get(key, 0) + 1
        return self.instead(reply, memory) if memory[key] > self.after else None

    def _meant(self, reply: Reply) -> bool:
        if self.when in (ANY, FINAL):
            return self.when == ANY or reply.final
        return re.match(self.when, reply.raw, re.IGNORECASE | re.DOTALL) is not None

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        raise LookupError(f"{type(self).__name__} replaces nothing")


@dataclass(frozen=True)
class _Rewrite(_Replaces):
    pattern: bytes
    new: bytes
    framed: bool

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        changed = (
            reply.rewritten(self.pattern, self.new)
            if self.framed
            else re.sub(self.pattern, self.new, reply.raw, flags=re.DOTALL)
        )
        return None if changed == reply.raw else [changed]


def rewrite(pattern: bytes, new: bytes, *, of: bytes = b".*", after: int = 0, when: bytes = ANY) -> Fault:
    """Replace a pattern in the text of replies, after the first `after` of them; the lie stays well framed.

    A POP3 body is unstuffed first and stuffed again; IMAP literals are changed by themselves and counted again.
    """
    return _Rewrite(of, after, when, pattern, new, framed=True)


def rewrite_raw(pattern: bytes, new: bytes, *, of: bytes = b".*", after: int = 0, when: bytes = ANY) -> Fault:
    """Replace a pattern in the octets of whole replies: line ends, dots, terminator and literal sizes are fair game."""
    return _Rewrite(of, after, when, pattern, new, framed=False)


@dataclass(frozen=True)
class _Acts(_Replaces):
    acts: tuple[Act, ...]
    keep: str

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        truth = [reply.raw]
        return [*(truth if self.keep == "before" else ()), *self.acts, *(truth if self.keep == "after" else ())]


def say(octets: bytes, *, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    """Answer with these octets instead of the server's reply (the server has done what it was told)."""
    return _Acts(of, after, when, (octets,), "none")


def drop(*, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    """Swallow the reply: the client meets silence, or does not hear of something."""
    return _Acts(of, after, when, (), "none")


def delay(seconds: float, *, of: bytes = b".*", when: bytes = FINAL) -> Fault:
    """Hold the reply back."""
    return _Acts(of, 0, when, (Delay(seconds),), "after")


def hang_up(*, of: bytes, after: int = 0, saying: bytes = b"", when: bytes = FINAL) -> Fault:
    """Close the connection instead of answering, after saying so much."""
    return _Acts(of, after, when, (saying, HangUp()) if saying else (HangUp(),), "none")


def inject(octets: bytes, *, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    """Send octets that nobody asked for behind the reply."""
    return _Acts(of, after, when, (octets,), "before")


def inject_before(octets: bytes, *, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    """Send octets that nobody asked for in front of the reply."""
    return _Acts(of, after, when, (octets,), "after")


@dataclass(frozen=True)
class _Echo(_Replaces):
    octets: bytes

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        found = re.fullmatch(self.of, reply.asked, re.IGNORECASE | re.DOTALL)
        return [found.expand(self.octets), reply.raw] if found else None


def echo(octets: bytes, *, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    r"""Send octets that nobody asked for in front of the reply; groups of `of` may be used as \1."""
    return _Echo(of, after, when, octets)


@dataclass(frozen=True)
class _Repeat(_Replaces):
    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        return [reply.raw, reply.raw]


def repeat(*, of: bytes, after: int = 0, when: bytes = FINAL) -> Fault:
    """Send the reply twice."""
    return _Repeat(of, after, when)


@dataclass(frozen=True)
class _Postpone(Fault):
    of: bytes
    when: bytes

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        if not _matches(self.of, reply.asked):
            return None
        held: list[bytes] = memory.setdefault(f"held {id(self)}", [])
        if reply.final:
            acts = [*held, reply.raw]
            held.clear()
            return acts
        if not re.match(self.when, reply.raw, re.IGNORECASE | re.DOTALL):
            return None
        held.append(reply.raw)
        return []


def postpone(*, of: bytes, when: bytes) -> Fault:
    """Send the responses that begin so behind all the others of their command."""
    return _Postpone(of, when)


@dataclass(frozen=True)
class _Stale(_Replaces):
    everywhere: bool

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        kept = _SHARED.setdefault(id(self), {}) if self.everywhere else memory
        first: tuple[bytes, bytes] = kept.setdefault(f"stale {id(self)} {reply.asked!r}", (reply.tag, reply.raw))
        tag, raw = first
        return [reply.tag + raw[len(tag) :]]


_SHARED: dict[int, Memory] = {}


def start_over() -> None:
    """Forget what lies have kept beyond one connection."""
    _SHARED.clear()


def stale(*, of: bytes, everywhere: bool = False, when: bytes = FINAL) -> Fault:
    """Give the first reply to a command again for each later equal command, on this or on every connection."""
    return _Stale(of, 0, when, everywhere)


_SERIALS = itertools.count(1)


@dataclass(frozen=True)
class _Fickle(_Replaces):
    pattern: bytes

    def instead(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        serial = memory.setdefault(f"serial {id(self)}", next(_SERIALS))
        return _Rewrite(self.of, 0, self.when, self.pattern, rb"\g<0>%d" % serial, framed=True).instead(reply, memory)


def fickle(pattern: bytes, *, of: bytes, when: bytes = ANY) -> Fault:
    """Write a number behind a pattern in replies, another one on each connection: what should last does not."""
    return _Fickle(of, 0, when, pattern)


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


def confuse(asked: bytes, given: bytes, *, verb: bytes) -> Fault:
    """Give the server one thing for another in commands that begin so, and call it by the name that was asked for.

    For instance b"[1]" and b"[TEXT]": a server that takes part 1 for the whole text.
    """
    heard = forward(rb"\1%b\2" % given, of=rb"(%b .*?)%b(.*)" % (verb, re.escape(asked)))
    return heard | rewrite(re.escape(given), asked, when=rb"\*")


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


@dataclass(frozen=True)
class _Alter(Fault):
    pattern: bytes
    new: bytes

    def on_arrival(self, message: bytes) -> Sequence[bytes]:
        return [re.sub(self.pattern, self.new, message, count=1, flags=re.DOTALL | re.IGNORECASE)]


def alter(pattern: bytes, new: bytes) -> Fault:
    r"""Change a message between its acceptance and its arrival: the first place where a pattern fits; \1 is its group."""
    return _Alter(pattern, new)


@dataclass(frozen=True)
class _Copies(Fault):
    count: int
    of: bytes

    def on_arrival(self, message: bytes) -> Sequence[bytes]:
        return [message] * (self.count if re.search(self.of, message, re.DOTALL | re.IGNORECASE) else 1)


def lose(*, of: bytes = b"") -> Fault:
    """Accept messages that hold a pattern, and lose them."""
    return _Copies(0, of)


def lose_notices() -> Fault:
    """Give up on what cannot be delivered, and tell nobody: the notices, in the RFC's form or another, are lost."""
    return lose(of=rb"multipart/report|mailer-daemon")


def duplicate(*, of: bytes = b"") -> Fault:
    """Deliver messages that hold a pattern twice."""
    return _Copies(2, of)


@dataclass(frozen=True)
class _Relay(Fault):
    pattern: bytes
    new: bytes

    def on_relay(self, line: bytes) -> bytes:
        return re.sub(self.pattern, self.new, line, count=1, flags=re.IGNORECASE)


def relay(pattern: bytes, new: bytes) -> Fault:
    r"""Say something else to the next hop: a pattern in command lines is replaced; \1 is its group.

    A CRLF makes two lines of one, and a line of which nothing is left was not said.
    """
    return _Relay(pattern, new)


@dataclass(frozen=True)
class _Misjudge(Fault):
    result: str

    def on_opinion(self, result: str | None) -> str | None:
        return self.result


def misjudge(result: str) -> Fault:
    """Give one result of SPF whatever the record says."""
    return _Misjudge(result)


@dataclass(frozen=True)
class _AskAlso(Fault):
    rtype: str
    names: tuple[str, ...]

    def on_question(self, name: str, rtype: str) -> Sequence[tuple[str, str]]:
        return [(name, rtype), *((other, self.rtype) for other in self.names or (name,))]


def ask_also(rtype: str, *names: str) -> Fault:
    """Ask the name server for another type beside each that is asked for: of the same name, or of these."""
    return _AskAlso(rtype, names)


@dataclass(frozen=True)
class _Forget(Fault):
    domain: str

    def on_question(self, name: str, rtype: str) -> Sequence[tuple[str, str]]:
        return [] if name.lower() == self.domain else [(name, rtype)]


def forget(domain: str) -> Fault:
    """Ask the name server nothing about a name."""
    return _Forget(domain)
