"""Round trips: sends messages, waits until they are in a mailbox, holds their octets against what was sent, removes them.

Sending is done by a few threads, looking by one for each mailbox; whoever began this waits for both, and never longer
than the order allows: `wait` for handing over, as long again for each message on its way, and a little for clearing up.
Invariant: what was seen is removed again, also where something went wrong or a person has interrupted it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from conformance.delivery import DOMAIN, MARK
from conformance.models.passage import compare, hops, seconds
from conformance.outcomes import Inconclusive
from conformance.roundtrip_submit import Handed, hand_over, reverse_path
from conformance.roundtrip_trips import Fault, Order, Report, Trip
from conformance.roundtrip_watch import Copy, Unseen, Watch
from conformance.transport.dialler import Dialler, Recorder

SETTLING_SECONDS = 1.5
"""How long a second copy of what has arrived is waited for."""
OPENING_SECONDS = 30.0
CLEARING_SECONDS = 20.0
LATE_SECONDS = 3.0
"""How much longer than it may is handing over waited for."""
GRACE_SECONDS = 10.0
"""How long what was handed over is waited for when somebody interrupts, so that it can be removed."""
PLAIN = (
    b".A dot begins this line, and two of them the next one.",
    b"..",
    b"White space ends this line. \t ",
    b"The next line is as long as a line may be (RFC 5321 section 4.5.3.1.6).",
    b"x" * 998,
    b"",
    b"",
)
EIGHT_BIT = "Gr\u00fc\u00dfe: \u03b1\u03b2\u03b3.".encode()
"""Said where octets above 127 may be (RFC 6152)."""


@dataclass(slots=True)
class _Round:
    """What is known so far; what is begun and handed over is read and written under `news`."""

    order: Order
    keys: tuple[bytes, ...]
    began: float
    news: threading.Condition = field(default_factory=threading.Condition)
    begun: set[bytes] = field(default_factory=set)
    handed: dict[bytes, Handed] = field(default_factory=dict)
    stopped: bool = False

    def waits_until(self, key: bytes, copies: list[Copy]) -> float:
        """The moment until which a message is worth waiting for; 0 if it is not, or no longer."""
        handed = self.handed.get(key)
        if handed is None:
            never = self.stopped and key not in self.begun
            return 0.0 if never else self.began + self.order.wait + LATE_SECONDS
        over = (handed.fault and not handed.unsure) or any(c.notice is None or c.tells_of_failure for c in copies)
        return 0.0 if over else handed.ended + self.order.wait


def perform(order: Order) -> Report:
    """Make the round trips; raises Unseen or Inconclusive if the mailbox cannot be looked into."""
    keys = tuple(secrets.token_hex(12).encode() for _ in range(order.messages))
    going = _Round(order, keys, time.monotonic())
    watches = _watches(going)
    try:
        going.began = time.monotonic()
        _send(going)
        _await(going, watches)
        if any(not handed.fault for handed in going.handed.values()):
            threading.Event().wait(SETTLING_SECONDS)
    except BaseException:
        going.stopped = True  # nothing more is sent
        with contextlib.suppress(KeyboardInterrupt):
            _await(going, watches, time.monotonic() + GRACE_SECONDS)
        raise
    finally:
        going.stopped = True
        for watch in watches:
            watch.stop()
        limit = time.monotonic() + CLEARING_SECONDS
        cleared = [watch.finish(limit) for watch in watches]
    return Report(order=order, trips=tuple(_trips(going, watches)), cleared=all(cleared))


def _watches(going: _Round) -> list[Watch]:
    """Look into the mailbox where the messages are to arrive, and into that of the sender, where notices come."""
    order = going.order
    limit = time.monotonic() + OPENING_SECONDS
    watch = Watch(order.reader, order.account, going.keys, going.news)
    other = None
    if order.sender and (order.target, order.sender) != (order.reader, order.account):
        other = Watch(order.target, order.sender, going.keys, going.news)
    watch.opened(limit)
    if other is not None:
        with contextlib.suppress(Unseen, Inconclusive):  # where notices are not seen, what is returned is lost
            other.opened(limit)
            return [watch, other]
    return [watch]


# Sending


def _send(going: _Round) -> None:
    """Begin to hand the messages over, as many at a time as the order says."""
    waiting: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
    for numbered in enumerate(going.keys, 1):
        waiting.put(numbered)
    for _ in range(min(going.order.parallel, going.order.messages)):
        threading.Thread(target=_work, args=(going, waiting), daemon=True).start()


def _work(going: _Round, waiting: queue.SimpleQueue[tuple[int, bytes]]) -> None:
    dialler = Dialler(going.order.target, Recorder())
    with contextlib.suppress(queue.Empty):
        while True:
            with going.news:
                if going.stopped:
                    return
                number, key = waiting.get_nowait()
                going.begun.add(key)
            deadline = going.began + going.order.wait
            handed = hand_over(going.order, dialler, partial(letter, going.order, number, key), deadline)
            with going.news:
                going.handed[key] = handed
                going.news.notify_all()


def letter(order: Order, number: int, key: bytes, wide: bool) -> bytes:
    """Compose the message with this key; `wide`: with octets above 127."""
    head = (
        b"From: <%b>" % reverse_path(order).encode(),
        b"To: <%b>" % order.recipient.encode(),
        b"Subject: mailconform round trip %b" % key,
        b"Date: " + email.utils.formatdate().encode(),
        MARK + key + b"@" + DOMAIN.encode() + b">",
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: " + (b"8bit" if wide else b"7bit"),
    )
    first = b"Message %d of %d, %b: it is removed as soon as it has arrived." % (number, order.messages, key)
    last = (EIGHT_BIT,) * wide + (b"The end.",)
    return b"\r\n".join((*head, b"", first, *PLAIN, *last, b""))


# Waiting


def _await(going: _Round, watches: list[Watch], limit: float = float("inf")) -> None:
    """Wait until nothing is worth waiting for, or until a moment of the monotonic clock."""
    with going.news:
        while True:
            until = max(going.waits_until(key, _copies(watches, key)) for key in going.keys)
            left = min(until, limit) - time.monotonic()
            if left <= 0:
                return
            going.news.wait(left)


def _copies(watches: list[Watch], key: bytes) -> list[Copy]:
    """What came of a message: copies of it in the first mailbox, and what tells of it in any."""
    first, *others = watches
    return [*first.copies[key], *(copy for watch in others for copy in watch.copies[key] if copy.notice)]


# Judging


def _trips(going: _Round, watches: list[Watch]) -> Iterator[Trip]:
    for number, key in enumerate(going.keys, 1):
        came = sorted(_copies(watches, key), key=lambda copy: copy.seen)
        handed = going.handed.get(key)
        copies = [copy for copy in came if copy.notice is None]
        if handed and copies:
            yield _arrived(going.order, number, handed, copies)
        elif handed is None:
            yield Trip(number=number, faults=(Fault.UNSENT,), accepted=False, why="it could not be handed over in time")
        else:
            yield _missing(number, handed, [copy for copy in came if copy.tells_of_failure], watches[0], going.order)


def _missing(number: int, handed: Handed, failures: list[Copy], watch: Watch, order: Order) -> Trip:
    submit = handed.ended - handed.began
    if handed.fault:
        return Trip(number=number, faults=(handed.fault,), accepted=False, why=handed.why, submit=submit)
    if failures and (told := failures[0].notice):
        status = next((f" {one.status}" for one in told.recipients if one.status), "")
        return Trip(
            number=number,
            faults=(Fault.REFUSED,),
            why=f"returned: {told.fate}{status}, says {told.sign}",
            submit=submit,
        )
    if watch.trouble:
        raise Unseen(watch.trouble)
    return Trip(number=number, faults=(Fault.LOST,), why=f"not there after {order.wait:g} s", submit=submit)


def _arrived(order: Order, number: int, handed: Handed, copies: list[Copy]) -> Trip:
    first, passages = copies[0], [compare(handed.raw, copy.raw) for copy in copies]
    total = first.read - handed.began
    altered = [sentence for passage in passages for sentence in passage.alterations]
    late = [limit for limit in (order.critical, order.warn) if limit is not None and total > limit]
    found = {
        Fault.DUPLICATED: f"{len(copies)} copies" if len(copies) > 1 else "",
        Fault.ALTERED: altered[0] + (f" (and {len(altered) - 1} more)" if altered[1:] else "") if altered else "",
        Fault.DELAYED: f"more than {late[0]:g} s" if late else "",
    }
    stamped = hops(passages[0])
    left = dt.datetime.fromtimestamp(handed.moment, dt.UTC)
    there = left + dt.timedelta(seconds=first.seen - handed.began)
    return Trip(
        number=number,
        faults=tuple(fault for fault, why in found.items() if why),
        why="; ".join(why for why in found.values() if why),
        copies=len(copies),
        downgraded=any(passage.downgraded for passage in passages),
        inserted=tuple(dict.fromkeys(name for passage in passages for name in passage.inserted)),
        submit=handed.ended - handed.began,
        transit=max(0.0, first.seen - handed.ended),
        fetch=first.read - first.seen,
        total=total,
        hops=tuple(zip(stamped, seconds(stamped, left, there), strict=True)),
    )
