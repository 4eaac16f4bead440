r"""The oracle of a mailbox that several sessions share: messages, flags, UIDs, and what each session has been told.

The truth changes with every command that was completed, in the order of the completions (RFC 3501 section 5.5). A
session's view follows its EXISTS and EXPUNGE responses alone (section 7.4.1); once it has been told everything, it is
the truth (section 5.2). \Recent is left out, since who gets it is nobody's to say.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Flags = frozenset[bytes]


@dataclass(slots=True, eq=False)
class Message:
    """One message: its name (what the content says), its flags in lower case, its UID once one was seen."""

    name: str
    flags: Flags
    uid: int | None = None


@dataclass(slots=True)
class View:
    """What one session has been told: the messages in the order of their numbers, None for one not looked at yet."""

    messages: list[Message | None] = field(default_factory=list)

    def hear(self, name: bytes, number: int) -> str:
        """Take an EXISTS or EXPUNGE response; say what is impossible about it, empty if nothing is."""
        if name == b"EXPUNGE":
            if not 1 <= number <= len(self.messages):
                return f"EXPUNGE {number} though the session knows of {len(self.messages)} messages"
            del self.messages[number - 1]
        elif name == b"EXISTS":
            if number < len(self.messages):
                return f"EXISTS {number} though the session knows of {len(self.messages)} messages and heard no EXPUNGE"
            self.messages += [None] * (number - len(self.messages))
        return ""


class Mailbox:
    """The mailbox itself: what commands that were completed OK have made of it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._names: dict[int, str] = {}

    def append(self, name: str, flags: Flags) -> None:
        """Add a message with these flags (RFC 3501 section 6.3.11)."""
        self.messages.append(Message(name, flags))

    def copy(self, message: Message) -> None:
        """Add a copy: the same content and flags (RFC 3501 section 6.4.7)."""
        self.append(message.name, message.flags)

    def store(self, message: Message, how: str, flags: Flags) -> None:
        """Change flags: how is "+", "-" or "" (RFC 3501 section 6.4.6)."""
        message.flags = message.flags | flags if how == "+" else message.flags - flags if how == "-" else flags

    def expunge(self, uids: Iterable[int] | None = None) -> None:
        """Remove the messages that are flagged as deleted, of these UIDs only if any are named (RFC 3501 section 6.4.3)."""
        wanted = None if uids is None else set(uids)
        self.messages = [
            m for m in self.messages if b"\\deleted" not in m.flags or (wanted is not None and m.uid not in wanted)
        ]

    def differs(self, seen: Mapping[int, tuple[int, Flags, str]], *, flagged: bool = True) -> str:
        """Hold what a session fetched (number -> UID, flags, name) against the truth; empty if it is the same.

        `flagged` says whether the flags have to be the same as well: those that another session has changed need not
        be told at once (RFC 3501 section 5.2).
        """
        expected = {n: (m.name, m.flags if flagged else Flags()) for n, m in enumerate(self.messages, 1)}
        found = {number: (name, flags if flagged else Flags()) for number, (_, flags, name) in seen.items()}
        if sorted(expected) != sorted(found):
            return f"{len(expected)} messages expected ({[m.name for m in self.messages]}), {sorted(found)} seen"
        wrong = next((n for n in sorted(expected) if expected[n] != found[n]), None)
        if wrong is not None:
            return f"message {wrong}: {_shown(*expected[wrong])} expected, {_shown(*found[wrong])} seen"
        return self._uids_differ([seen[n][0] for n in sorted(seen)])

    def _uids_differ(self, uids: list[int]) -> str:
        """UIDs ascend with the numbers, stay with their message and are never given again (RFC 3501 section 2.3.1.1)."""
        if any(a >= b for a, b in itertools.pairwise(uids)):
            return f"UIDs do not ascend: {uids}"
        for message, uid in zip(self.messages, uids, strict=True):
            if message.uid not in (None, uid):
                return f"{message.name!r} had UID {message.uid} and has {uid} now"
            if message.uid is None and uid in self._names:
                return f"UID {uid} of {message.name!r} was given to {self._names[uid]!r} before"
            message.uid = uid
            self._names[uid] = message.name
        return ""


def _shown(name: str, flags: Flags) -> str:
    return f"{name!r} ({' '.join(sorted(flag.decode('latin-1') for flag in flags))})"
