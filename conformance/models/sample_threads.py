"""Messages of the sample mailbox that make up threads, whole and broken ones (RFC 5256 section 3, REFERENCES).

Among them: a chain whose middle is missing, siblings whose parent is missing, a circle, a duplicate and a missing
Message-ID, one with quoting, an In-Reply-To with more than a msg-id, and threads that only their subjects join.
Invariant: the sent dates differ from each other and run against the order of the mailbox within a thread.
"""

from __future__ import annotations

import datetime as dt

from conformance.models.sample_parts import Draft, key_of, msg_id

_ABSENT = b"<absent.%s@mailconform.invalid>"
_QUOTED = b'<"mailconform.%s"@mailconform.invalid>'


def _reply(name: str, minute: int, subject: str | None, *extra: bytes, message_id: bytes | str | None = "own") -> Draft:
    """A message of 20 February 2019, so many minutes after noon, that came a year later."""
    moment = dt.datetime(2020, 3, 10, 12, 59 - minute, tzinfo=dt.UTC)
    return Draft(
        name=name,
        internaldate=moment,
        date=f"Wed, 20 Feb 2019 12:{minute:02}:00 +0000",
        subject=subject,
        sender=f"thread{minute:02}@zeta.example",
        extra=extra,
        message_id=message_id,
    )


def _references(*ids: bytes) -> bytes:
    return b"References: " + b"\r\n ".join(ids)


DRAFTS: tuple[Draft, ...] = (
    _reply("grandchild", 9, "Re: Harvest", _references(msg_id("root"), msg_id("child"))),
    _reply("late-child", 8, "Re: Harvest", b"In-Reply-To: Your note " + msg_id("root") + b" of <friday@zeta.example>"),
    _reply("child", 4, "RE: harvest", _references(msg_id("root")), b"In-Reply-To: " + msg_id("west")),
    _reply("root", 1, "Harvest"),
    _reply("gap", 7, "Re: Harvest", _references(msg_id("root"), _ABSENT % b"middle")),
    _reply("by-subject", 6, "Fwd: harvest"),
    _reply("second-orphan", 12, "Re: Orphans", _references(_ABSENT % b"parent")),
    _reply("first-orphan", 11, "Orphans", _references(_ABSENT % b"parent")),
    _reply("only-orphan", 14, "Re: Lonely", _references(_ABSENT % b"lonely")),
    _reply("circle-a", 16, "Circle", _references(msg_id("circle-b"))),
    _reply("circle-b", 17, "Round", _references(msg_id("circle-a"))),
    _reply("quoted", 19, "Quoting", message_id=_QUOTED % key_of("quoted")),
    _reply("to-quoted", 20, "Answer in other words", _references(msg_id("quoted"))),
    _reply("duplicate", 22, "Once more", _references(msg_id("root")), message_id=msg_id("child")),
    _reply("nameless", 24, "Market", message_id=None),
    _reply("namesake", 23, "market"),
    _reply("to-duplicate", 26, "Of the child", _references(msg_id("child"))),
)
