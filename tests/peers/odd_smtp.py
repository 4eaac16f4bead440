"""Ways of speaking SMTP that are legal but odd, as faults: whatever a suite says against them is a false accusation.

Each changes how the server behind it says something, never what: other texts and more lines (RFC 5321 section 4.2),
other keywords, orders and letter case of EHLO (section 4.1.1.1), extensions that are not offered, late replies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.faults import Act, Delay, Fault, Memory, Reply
from conformance.wire import smtp

HELLO = re.compile(rb"(?:EHLO|LHLO)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Odd(Fault):
    """An oddity of replies: `respell` gets the lines of each one, without their line ends."""

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        lines = reply.raw.removesuffix(b"\r\n").split(b"\r\n")
        changed = self.respell(lines, reply)
        if changed == lines:
            return None
        marked = [line[:3] + b"-" + line[4:] for line in changed[:-1]]
        return [b"".join(line + b"\r\n" for line in [*marked, changed[-1][:3] + b" " + changed[-1][4:]])]

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        return lines


def is_hello(reply: Reply) -> bool:
    return HELLO.match(reply.asked) is not None and reply.raw.startswith(b"250")


def plain(reply: Reply) -> bool:
    """Whether the text of a reply means nothing: no challenge, no list of EHLO, no name that 220, 221 and 421 begin with."""
    return not is_hello(reply) and not reply.raw.startswith((b"334", b"220", b"221", b"421"))


class OtherTexts(Odd):
    """Texts that sound like the opposite, behind the enhanced code where there is one."""

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        if not plain(reply) or re.match(rb"(?:HELO|HELP|VRFY|EXPN)\b", reply.asked, re.IGNORECASE):
            return lines
        code = smtp.enhanced_of(lines[-1][4:])
        return [lines[-1][:4] + (code + b" " if code else b"") + b"500 ERROR fatal\tok - see http://mail.test/"]


class MoreLines(Odd):
    """Ten lines where there was one, the last of them as it was."""

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        if not plain(reply) or reply.raw.startswith(b"354"):
            return lines
        code = smtp.enhanced_of(lines[-1][4:])
        more = [lines[-1][:4] + (code + b" " if code else b"") + b"remark %d" % number for number in range(9)]
        return [*more, *lines]


class LongLines(Odd):
    """Texts that fill a reply line up to its 512 octets (RFC 5321 section 4.5.3.1.5)."""

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        return [line + b" " + b"x" * (509 - len(line)) for line in lines] if plain(reply) else lines


class MoreKeywords(Odd):
    """Keywords that nobody has heard of, in another order, and some letters in lower case."""

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        if not is_hello(reply):
            return lines
        known = [line[:4] + _lowered(line[4:]) for line in reversed(lines[1:])]
        return [lines[0], b"250 XODD a=b ~!#", *known, b"250 X-2", b"250 LIMITS MAILMAX=100000"]


def _lowered(keyword: bytes) -> bytes:
    name, space, rest = keyword.partition(b" ")
    return name.lower() + space + rest


class Bare(Odd):
    """No extension is offered, and no enhanced code said."""

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        if is_hello(reply):
            return lines[:1]
        if not plain(reply):
            return lines
        return [line[:4] + (line[4 + len(smtp.enhanced_of(line[4:])) :].strip() or b"done") for line in lines]


class NotVerified(Odd):
    """VRFY and EXPN tell nothing (RFC 5321 sections 3.5.3 and 7.3)."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        verb = smtp.verb_of(line)
        if verb == b"VRFY" and len(line.split()) > 1:
            return b"", [b"252 2.1.5 send some mail, I will try my best\r\n"]
        return (b"", [b"502 5.5.1 EXPN is disabled\r\n"]) if verb == b"EXPN" else None

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        return [line for line in lines if line[4:].upper() not in (b"VRFY", b"EXPN")] if is_hello(reply) else lines


@dataclass(frozen=True)
class Slow(Odd):
    """Every reply comes late (seconds)."""

    seconds: float = 0.3

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        return [Delay(self.seconds), reply.raw]


class NoTls(Odd):
    """STARTTLS is not there: what the relay cannot pass on."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        refused = b"502 5.5.1 STARTTLS is not offered\r\n"
        return (b"", [refused]) if smtp.verb_of(line) == b"STARTTLS" else None

    def respell(self, lines: list[bytes], reply: Reply) -> list[bytes]:
        return [line for line in lines if line[4:].upper() != b"STARTTLS"] if is_hello(reply) else lines


@dataclass(frozen=True)
class _Said:
    """A reply as an earlier oddity has left it."""

    raw: bytes
    asked: bytes
    final: bool
    tag: bytes

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        return re.sub(pattern, new, self.raw)


@dataclass(frozen=True)
class Chain(Fault):
    """Several oddities one behind the other."""

    links: tuple[Odd, ...]

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        return next((lie for link in self.links if (lie := link.on_command(line, memory)) is not None), None)

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        acts: list[Act] = [reply.raw]
        for link in self.links:
            for place, act in enumerate(acts):
                if isinstance(act, bytes):
                    said = _Said(act, reply.asked, reply.final, reply.tag)
                    acts[place : place + 1] = link.on_reply(said, memory) or [act]
        return acts


ODDITIES: dict[str, tuple[Odd, ...]] = {
    "other-texts": (OtherTexts(),),
    "more-lines": (MoreLines(),),
    "long-lines": (LongLines(),),
    "more-keywords": (MoreKeywords(),),
    "bare": (Bare(),),
    "not-verified": (NotVerified(),),
    "slow": (Slow(),),
    "everything": (MoreKeywords(), NotVerified(), OtherTexts(), MoreLines()),
}


def odd(name: str) -> Fault:
    """Return an oddity for a relayed connection."""
    return Chain((NoTls(), *ODDITIES[name]))
