"""Ways of speaking IMAP that are legal but odd, as faults: whatever a suite says against them is a false accusation.

Each changes how the server behind it says something, never what: other letter case (RFC 3501 section 9, note 1), other
forms of strings, other orders, split and additional responses (sections 2.2.2, 5.2, 7), unknown names, other texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.faults import Act, Delay, Fault, Memory, Reply
from conformance.wire.imap_dialogue import join_literals, split_literals

STATUS = re.compile(rb"(\*|\+|\S+) ?(OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
FETCH = re.compile(rb"\* \d+ FETCH \(", re.IGNORECASE)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[^" ()]*\[[^\]]*\](?:<\d+>)?|[()]|[^" ()\[]+|\[|\s+|"')


def is_status(raw: bytes) -> bool:
    return STATUS.match(raw) is not None or raw.startswith(b"+")


@dataclass(frozen=True)
class Odd(Fault):
    """An oddity of responses: `respell` gets the octets of each one."""

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        raw = reply.raw
        changed = self.respell(raw, reply, memory)
        return None if changed == [raw] else changed

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        return [raw]


def outside_strings(raw: bytes, change: re.Pattern[bytes] | None, new: bytes = b"") -> bytes:
    """Lower what stands outside quoted strings and literals."""
    parts = split_literals(raw)
    texts = [
        re.sub(rb'"(?:[^"\\]|\\.)*"|[^"]+', lambda m: m[0] if m[0].startswith(b'"') else m[0].lower(), part)
        if place % 2 == 0
        else part
        for place, part in enumerate(parts)
    ]
    return join_literals(parts, texts, raw)


class LowerCase(Odd):
    """Keywords, attributes, flags and NIL in lower case; names of mailboxes stay as they are."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        if reply.tag != b"*":
            found = re.match(rb"(\S+ )(OK|NO|BAD)(?= )", raw)
            return [found[1] + found[2].lower() + raw[found.end() :]] if found else [raw]
        if is_status(raw):
            return [re.sub(rb"\A\* [A-Z]+(?: \[[A-Z-]+)?", lambda m: m[0].lower(), raw)]
        if re.match(rb"\* (?:\d+ (?:FETCH|EXISTS|RECENT|EXPUNGE)|FLAGS|SEARCH|SORT|THREAD|ESEARCH)\b", raw):
            return [outside_strings(raw, None)]
        return [re.sub(rb"\A\* [A-Z]+", lambda m: m[0].lower(), raw)]


class Literals(Odd):
    """A literal for each string of ENVELOPE, BODY and BODYSTRUCTURE, and for names of mailboxes."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        if FETCH.match(raw):
            return [self._strings(raw, rb'(?<!INTERNALDATE )(?<![\w])"((?:[^"\\]|\\.)*)"')]
        if re.match(rb'\* (?:LIST|LSUB) \(.*?\) (?:"\\?."|NIL) "', raw) and b"{" not in raw:
            return [self._strings(raw, rb'"((?:[^"\\]|\\.)*)"(?=\r\n\Z)')]
        if re.match(rb'\* STATUS "', raw):
            return [self._strings(raw, rb'(?<=\* STATUS )"((?:[^"\\]|\\.)*)"')]
        return [raw]

    @staticmethod
    def _strings(raw: bytes, pattern: bytes) -> bytes:
        def literal(found: re.Match[bytes]) -> bytes:
            content = re.sub(rb"\\(.)", rb"\1", found[1])
            return b"{%d}\r\n%b" % (len(content), content)

        parts = split_literals(raw)
        announced = [b"{%d}\r\n%b" % (len(part), part) for part in parts[1::2]]
        texts = [re.sub(pattern, literal, text + b"\r\n")[:-2] for text in parts[::2]]
        joined = b"".join(text + said for text, said in zip(texts, [*announced, b""], strict=True))
        return joined + b"\r\n"


class Quotes(Odd):
    """A quoted string for each mailbox name that came as an atom."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        raw = re.sub(rb'\A(\* (?:LIST|LSUB) \([^)]*\) (?:"\\?."|NIL) )([^"{\r\n ]+)', rb'\1"\2"', raw)
        return [re.sub(rb'\A(\* (?:STATUS|QUOTAROOT|ACL) )([^"{\r\n ]+)', rb'\1"\2"', raw)]


class Chatter(Odd):
    """Responses that nobody asked for: texts, unknown response codes, capabilities, flags said again."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        if re.match(rb"\* \d+ EXISTS", raw):
            memory["exists"] = raw
        if re.match(rb"\* FLAGS", raw):
            memory["flags"] = raw
        if re.match(rb"(SELECT|EXAMINE|CLOSE|UNSELECT|LOGOUT)\b", reply.asked, re.IGNORECASE):
            said = [b"* OK [X-ODD something] still here\r\n"] if reply.final and reply.asked else []
            return [*said, raw]
        if (
            not reply.final
            or not reply.asked
            or re.match(rb"(STARTTLS|AUTHENTICATE|LOGIN|COMPRESS|IDLE)", reply.asked, re.IGNORECASE)
        ):
            return [raw]
        again = [memory["flags"]] if "flags" in memory else []
        return [b"* OK [X-ODD (a b)] and {3} again]\r\n", *again, b"* OK thinking\r\n", raw]


class Split(Odd):
    """Each data item in a FETCH response of its own, the last one first."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        found = FETCH.match(raw)
        if not found:
            return [raw]
        items = items_of(raw[found.end() : raw.rindex(b")")])
        uid = [item for item in items if item.upper().startswith(b"UID ")]
        others = [item for item in items if item not in uid]
        if len(others) < 2:
            return [found[0] + b" ".join([*others, *uid]) + b")\r\n"]
        return [found[0] + b" ".join([*uid, item]) + b")\r\n" for item in reversed(others)]


def items_of(text: bytes) -> list[bytes]:
    """Cut `NAME value NAME value` at the top level, literals in place."""
    words: list[bytes] = []
    depth = 0
    at = start = 0
    while at < len(text):
        octet = text[at : at + 1]
        if octet == b'"':
            at = re.compile(rb'"(?:[^"\\]|\\.)*"').match(text, at).end()  # type: ignore[union-attr]  # servers close them
            continue
        if octet == b"{" and (size := re.compile(rb"\{(\d+)\}\r\n").match(text, at)):
            at = size.end() + int(size[1])
            continue
        depth += (octet in b"([") - (octet in b")]")
        if octet == b" " and depth == 0:
            words.append(text[start:at])
            start = at + 1
        at += 1
    words.append(text[start:])
    return [b" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)]


class MoreCapabilities(Odd):
    """Capabilities that nobody has heard of, in another order."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        def more(found: re.Match[bytes]) -> bytes:
            names = found[2].split()
            return found[1] + b" ".join([b"X-ODD=1", *reversed(names), b"XYZZY"])

        return [re.sub(rb"(\A\* CAPABILITY |\[CAPABILITY )([^\]\r\n]+)", more, raw, count=1)]


class Bare(Odd):
    """No extension is announced, and no capability anywhere but where it is asked for."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        raw = re.sub(rb"\A\* CAPABILITY [^\r\n]+", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN", raw)
        return [re.sub(rb"\[CAPABILITY [^\]]+\] ?", b"", raw)]


class OtherTexts(Odd):
    """Texts of one letter, or with what looks like a literal or a code at the end; no optional response codes."""

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        found = re.match(rb"((?:\*|[^\s+*]+) (?:OK|NO|BAD|BYE|PREAUTH) )(\[[^\]]*\] )?", raw)
        return [found[1] + (found[2] or b"") + b"x [y] {3}\r\n"] if found else [raw]


@dataclass(frozen=True)
class Slow(Odd):
    """Every completion comes late (seconds)."""

    seconds: float = 0.3

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        return [Delay(self.seconds), reply.raw] if reply.final else None


class NoTls(Odd):
    """STARTTLS is not there: what the relay cannot pass on."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        return (b"", [b"<tag> BAD no such command\r\n"]) if line.strip().upper() == b"STARTTLS" else None

    def respell(self, raw: bytes, reply: Reply, memory: Memory) -> list[Act]:
        if b"CAPABILITY" not in raw[:200].upper():
            return [raw]
        return [re.sub(rb" (?:STARTTLS|COMPRESS=DEFLATE)\b", b"", raw)]


@dataclass(frozen=True)
class Chain(Fault):
    """Several oddities one behind the other."""

    links: tuple[Odd, ...]

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        return next((lie for link in self.links if (lie := link.on_command(line, memory)) is not None), None)

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        acts: list[Act] = [reply.raw]
        for link in self.links:
            acts = [
                changed
                for act in acts
                for changed in (link.respell(act, reply, memory) if isinstance(act, bytes) else [act])
            ]
        return acts


ODDITIES: dict[str, tuple[Odd, ...]] = {
    "lower-case": (LowerCase(),),
    "literals": (Literals(),),
    "quotes": (Quotes(),),
    "chatter": (Chatter(),),
    "split": (Split(),),
    "more-capabilities": (MoreCapabilities(),),
    "bare": (Bare(),),
    "other-texts": (OtherTexts(),),
    "everything": (Split(), Literals(), LowerCase(), Chatter(), MoreCapabilities()),
}


def odd(name: str) -> Fault:
    """Return an oddity for a relayed connection."""
    return Chain((NoTls(), *ODDITIES[name]))
