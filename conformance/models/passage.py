"""What became of a message's octets between a sender and a mailbox: what RFC 5321 permits, and what it does not.

Who hands a message on adds trace information in front and changes nothing else (RFC 5321 sections 2.3.10 and 4.4); the
last server adds Return-Path there. Where a next hop lacks 8BITMIME, a body may be encoded anew if it stays the same when
decoded (RFC 6152 section 3): a downgrade. Filters and stores put fields of their own elsewhere, which changes nothing of
what was sent: they are told apart. Everything else is an alteration. Line ends are the storage's, and not compared.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.models import trace
from conformance.models.sent_dates import date_time
from conformance.transcript import quote
from conformance.wire import message

ENCODING = b"content-transfer-encoding"
SHOWN = 40
"""Octets of a difference that are shown."""
CLOCK_SECONDS = 1.5
"""How far the clocks of two hosts may be apart: dates of trace fields have whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How an arrived message differs from the one that was sent.

    `added` are the fields in front, the newest first; `inserted` are the names of those that were put elsewhere.
    """

    added: tuple[bytes, ...] = ()
    inserted: tuple[str, ...] = ()
    downgraded: bool = False
    alterations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A server that has stamped the message: its name, and when, None if the date cannot be read."""

    by: str
    at: dt.datetime | None


def compare(sent: bytes, arrived: bytes) -> Passage:
    """Hold an arrived message against the octets that were sent."""
    sent, arrived = (re.sub(rb"\r?\n", b"\r\n", one) for one in (sent, arrived))
    ours, theirs = trace.fields(sent), trace.fields(arrived)
    same_body = _body(sent) == _body(arrived)
    downgraded = not same_body and _is_downgrade(sent, arrived)
    names = {_name(field) for field in ours}
    top = next((place for place, field in enumerate(theirs) if _name(field) in names), len(theirs))
    return Passage(
        added=tuple(theirs[:top]),
        inserted=tuple(_shown(_name(field)) for field in theirs[top:] if _name(field) not in names),
        downgraded=downgraded,
        alterations=(
            *_of_fields([field for field in ours if not (downgraded and _name(field) == ENCODING)], theirs),
            *([] if same_body or downgraded else [_first_difference(_body(sent), _body(arrived))]),
        ),
    )


def hops(passage: Passage) -> tuple[Hop, ...]:
    """Return the servers that have stamped the message on its way, the first one first."""
    stamps = [trace.read_received(field) for field in reversed(trace.named(b"Received", list(passage.added)))]
    return tuple(
        Hop(
            by=quote(stamp.value(b"by") or b"")[1:-1],
            at=date_time(trace.without_comments(stamp.date).decode("latin-1").strip()),
        )
        for stamp in stamps
    )


def seconds(stamped: Sequence[Hop], left: dt.datetime, seen: dt.datetime) -> tuple[float | None, ...]:
    """Return how long the way to each hop took, from the one before it; None where the clocks cannot be compared.

    `left` and `seen` are when the message was handed over and when it was there, by the clock of this host.
    """
    times = [left, *(hop.at for hop in stamped)]
    longest = (seen - left).total_seconds() + CLOCK_SECONDS
    return tuple(_between(before, after, longest) for before, after in itertools.pairwise(times))


def _between(before: dt.datetime | None, after: dt.datetime | None, longest: float) -> float | None:
    if before is None or after is None:
        return None
    passed = (after - before).total_seconds()
    return max(0.0, passed) if -CLOCK_SECONDS <= passed <= longest else None


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip(b" \t\r\n").lower()


def _body(raw: bytes) -> bytes:
    return (b"\r\n" + raw).partition(b"\r\n\r\n")[2]


def _of_fields(ours: list[bytes], theirs: list[bytes]) -> list[str]:
    """Say what became of fields that were sent: gone, changed, there once more, or no longer in their order."""
    found, kept = [], []
    for field in ours:
        name, again = _shown(_name(field)), [other for other in theirs if _name(other) == _name(field)]
        if field in theirs:
            kept.append(theirs.index(field))
            found += [f"{name} stands there {len(again)} times"] if len(again) > 1 else []
        elif again:
            found.append(f"{name} was changed: {_difference(field.rstrip(), again[0].rstrip())}")
        else:
            found.append(f"{name} is gone")
    return [*found, "the fields stand in another order"] if kept != sorted(kept) else found


def _is_downgrade(sent: bytes, arrived: bytes) -> bool:
    entity = message.read(arrived).value
    if entity.encoding not in ("quoted-printable", "base64") or not re.search(rb"[\x80-\xff]", _body(sent)):
        return False
    return re.sub(rb"\r?\n", b"\r\n", entity.content) == _body(sent)


def _first_difference(sent: bytes, arrived: bytes) -> str:
    if arrived.startswith(sent):
        return f"{len(arrived) - len(sent)} octets were added to the body: {_shown(arrived[len(sent) :])}"
    if sent.startswith(arrived):
        return f"the body ends {len(sent) - len(arrived)} octets early"
    place = next(at for at, (one, other) in enumerate(zip(sent, arrived, strict=False)) if one != other)
    line = sent.count(b"\n", 0, place) + 1
    return f"the body was changed in line {line}: {_difference(sent, arrived)}"


def _difference(sent: bytes, arrived: bytes) -> str:
    """Show both from the first octet on that differs."""
    pairs = enumerate(zip(sent, arrived, strict=False))
    place = next((at for at, (one, other) in pairs if one != other), min(len(sent), len(arrived)))
    return f"{_shown(sent[place:])} became {_shown(arrived[place:])}"


def _shown(octets: bytes) -> str:
    return quote(octets[:SHOWN]) + ("..." if len(octets) > SHOWN else "")
