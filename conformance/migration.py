"""Holds the mail on a new server against that on the old one, account by account, and changes nothing on either.

Content is read once and kept in the folder of the check as digests, so that a check that was cut short goes on where
it was: listings are read anew, contents only where they are not known.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.discovery import CannotJudge
from conformance.migrated import EXAMPLES, Kind, Migration, Row
from conformance.migration_imap import Folder, ImapAccount
from conformance.migration_pop3 import Pop3Account
from conformance.migration_store import How, Kept, Pair, Store, StoreError
from conformance.outcomes import Inconclusive, NotSupported
from conformance.target import Target, TargetError, load

STATE = "state.sqlite3"
BATCH = 500
TELL_SECONDS = 2.0


@dataclass
class Check:
    """One check under way: its rows, and the words for what could not be compared."""

    store: Store
    expires: float
    tell: Callable[[str], None]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    mailboxes: int = 0
    messages: int = 0
    told: float = 0.0


def check(old: Path, new: Path, folder: Path, tell: Callable[[str], None], deadline: float) -> Migration:
    """Compare the accounts of two target files, the first with the first; `deadline` is seconds for all of it.

    Raises TargetError if they cannot be compared, and CannotJudge if it came to no end; then what was read is kept.
    """
    before, after = load(old), load(new)
    if not before.accounts or len(before.accounts) != len(after.accounts):
        counts = f"{old} has {len(before.accounts)}, {new} has {len(after.accounts)}"
        raise TargetError(f"accounts are compared by their order, and have to be as many on both sides: {counts}")
    spoken = [name for name in ("imap", "pop3") if _speaks(before, name) and _speaks(after, name)]
    if not spoken:
        raise TargetError(f"{old} and {new} have neither IMAP nor POP3 in common")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        store = Store(folder / STATE, {"old": _identity(before), "new": _identity(after)})
    except StoreError as error:
        raise TargetError(str(error)) from error
    with store:
        if store.resumed:
            tell(f"going on with the check that {folder} holds")
        under_way = Check(store, time.monotonic() + deadline, tell)
        try:
            for number, pair in enumerate(zip(before.accounts, after.accounts, strict=True)):
                alone = replace(before, accounts=(pair[0],)), replace(after, accounts=(pair[1],))
                if "imap" in spoken:
                    _imap(under_way, number, alone)
                if "pop3" in spoken:
                    _pop3(under_way, number, alone, counts="imap" not in spoken)
        except (Inconclusive, NotSupported, CannotJudge) as error:
            raise CannotJudge(
                f"{error}; what was read is kept: the same command with --out {folder} goes on"
            ) from error
        except sqlite3.Error as error:  # a full disk, or another check in the same folder
            raise CannotJudge(f"{folder / STATE}: {error}") from error
        store.finish()
    return Migration(
        old=before.name, new=after.name, products=(before.product, after.product), accounts=len(before.accounts),
        protocols=spoken, mailboxes=under_way.mailboxes, messages=under_way.messages,
        rows=under_way.rows, notes=list(dict.fromkeys(under_way.notes)), unjudged=under_way.unjudged,
    )  # fmt: skip


def _speaks(target: Target, protocol: str) -> bool:
    return any(endpoint.protocol == protocol for endpoint in target.endpoints)


def _identity(target: Target) -> str:
    return " ".join([target.name, *(str(e) for e in target.endpoints), *(a.user for a in target.accounts)])


@contextlib.contextmanager
def _whose(side: str, target: Target) -> Iterator[None]:
    """Name the server and the account in what could not be judged."""
    try:
        yield
    except (Inconclusive, NotSupported, CannotJudge) as error:
        raise CannotJudge(f"{side} server {target.name}, account {target.accounts[0].user}: {error}") from error


# IMAP


def _imap(under_way: Check, number: int, targets: tuple[Target, Target]) -> None:
    with contextlib.ExitStack() as stack:
        sides = []
        for word, target in zip(("old", "new"), targets, strict=True):
            with _whose(word, target):
                sides.append(ImapAccount(target, under_way.expires))
            stack.callback(sides[-1].leave)
        old, new = sides
        place = _Place(under_way, number, targets[0].accounts[0].user, "imap")
        _quota(place, old, new)
        _not_own(place, old, new)
        for path in sorted({*old.folders, *new.folders}):
            _mailbox(replace(place, mailbox=path), old, new, targets)


@dataclass(frozen=True)
class _Place:
    """Where a difference is: which account pair, protocol and mailbox."""

    under_way: Check
    number: int
    account: str
    protocol: str
    mailbox: str = ""

    def row(
        self, kind: Kind, *, count: int = 1, before: str = "", after: str = "", examples: Iterable[str] = ()
    ) -> None:
        """Report a difference."""
        self.under_way.rows.append(
            Row(
                account=self.account, protocol=self.protocol, mailbox=self.mailbox, kind=kind, count=count,
                before=before, after=after, examples=tuple(examples),
            )
        )  # fmt: skip

    def progress(self, side: str, done: int, total: int) -> None:
        """Tell how far reading has come, every few seconds."""
        now = time.monotonic()
        if now - self.under_way.told >= TELL_SECONDS:
            self.under_way.told = now
            self.under_way.tell(f"{self.account}  {self.protocol}  {self.mailbox}  {side} server  {done}/{total}")


def _quota(place: _Place, old: ImapAccount, new: ImapAccount) -> None:
    before, after = old.quota(), new.quota()
    if before is None or after is None:
        if before:
            place.under_way.notes.append("quota is not compared: the new server does not announce QUOTA")
        return
    for name in sorted({*before, *after}):
        was, is_ = before.get(name), after.get(name)
        if was != is_:
            lower = is_ is not None and (was is None or is_ < was)
            place.row(
                Kind.QUOTA_LOWERED if lower else Kind.QUOTA_RAISED, before=_limit(name, was), after=_limit(name, is_)
            )


def _limit(name: str, limit: int | None) -> str:
    return f"{name} without a limit" if limit is None else f"{name} {limit}"


def _not_own(place: _Place, old: ImapAccount, new: ImapAccount) -> None:
    for side, account in (("old", old), ("new", new)):
        if account.strangers:
            names = ", ".join(prefix.decode("latin-1") for prefix in account.strangers)
            place.under_way.notes.append(f"mailboxes of others are not compared: {names} on the {side} server")


def _mailbox(place: _Place, old: ImapAccount, new: ImapAccount, targets: tuple[Target, Target]) -> None:
    before, after = old.folders.get(place.mailbox), new.folders.get(place.mailbox)
    if before and after:
        _names(place, before, after)
    elif before and before.subscribed:
        place.row(Kind.SUBSCRIPTION_LOST)
    if before is None or not before.selectable:
        if before is None and after is not None and after.selectable:
            place.row(Kind.MAILBOX_ADDED)
        return
    with _whose("old", targets[0]):
        had = old.rights(before)
        opened = old.examine(before)
    if isinstance(opened, str):
        place.under_way.unjudged.append(f"{place.account}, {place.mailbox}: the old server does not open it: {opened}")
        return
    if after is None or not after.selectable:
        place.row(Kind.MAILBOX_MISSING, before="1 message" if opened[1] == 1 else f"{opened[1]} messages")
        return
    with _whose("old", targets[0]):
        here = _read(place, "old", old, opened)
    with _whose("new", targets[1]):
        _rights(place, had, new.rights(after))
        reached = new.examine(after)
        if isinstance(reached, str):
            place.row(
                Kind.MAILBOX_CLOSED, before="1 message" if opened[1] == 1 else f"{opened[1]} messages", after=reached
            )
            return
        there = _read(place, "new", new, reached)
    place.under_way.mailboxes += 1
    place.under_way.messages += opened[1]
    same = opened[0] == reached[0]
    if not same and opened[1]:  # of an empty mailbox there is nothing to forget
        place.row(Kind.UIDVALIDITY_CHANGED, before=str(opened[0]), after=str(reached[0]))
    place.under_way.store.match(here, there, by_uid=same)
    _differences(place, here, there, same=same)


def _names(place: _Place, before: Folder, after: Folder) -> None:
    if before.subscribed != after.subscribed:
        place.row(Kind.SUBSCRIPTION_LOST if before.subscribed else Kind.SUBSCRIPTION_GAINED)
    if lost := sorted(before.uses - after.uses):
        place.row(Kind.SPECIAL_USE_LOST, before=" ".join(lost), after=" ".join(sorted(after.uses)))


def _rights(place: _Place, was: dict[str, str] | None, is_: dict[str, str] | None) -> None:
    if was is None or is_ is None:
        if was:
            place.under_way.notes.append("ACL is not compared: the new server does not tell who has which rights")
        return
    for who in sorted({*was, *is_}):
        had, has = set(was.get(who, "")), set(is_.get(who, ""))
        if had != has:
            kind = Kind.ACL_LOST if had - has else Kind.ACL_GAINED
            place.row(kind, before=_may(who, was), after=_may(who, is_))


def _may(who: str, rights: dict[str, str]) -> str:
    return f"{who} {rights[who] or 'nothing'}" if who in rights else ""


def _read(place: _Place, side: str, account: ImapAccount, opened: tuple[int, int]) -> int:
    """Read what is not known of the opened mailbox (UIDVALIDITY, messages), and return its id in the store."""
    store = place.under_way.store
    mailbox = store.mailbox(place.number, side, "imap", place.mailbox, opened[0])
    store.listing(mailbox, account.listing(opened[1]))
    done = store.count(mailbox, "whole IS NOT NULL")
    while wanted := store.unread(mailbox, BATCH):
        store.content(account.contents(wanted))
        done += len(wanted)
        place.progress(side, done, opened[1])
    return mailbox


# POP3


def _pop3(under_way: Check, number: int, targets: tuple[Target, Target], *, counts: bool) -> None:
    """Compare maildrops; `counts` says that IMAP has not counted the messages already."""
    place = _Place(under_way, number, targets[0].accounts[0].user, "pop3")
    with contextlib.ExitStack() as stack:
        sides = []
        for word, target in zip(("old", "new"), targets, strict=True):
            with _whose(word, target):
                sides.append(Pop3Account(target, under_way.expires))
            stack.callback(sides[-1].leave)
        by_header, by_uidl = all(side.has_top for side in sides), all(side.uidls is not None for side in sides)
        if not by_header:
            under_way.notes.append("POP3: a server has no TOP, so that messages are compared by their order")
        if not by_uidl:
            under_way.notes.append("POP3: a server has no UIDL, so that unique-ids are not compared")
        read = []
        for word, side, target in zip(("old", "new"), sides, targets, strict=True):
            with _whose(word, target):
                read.append(_maildrop(place, word, side, by_header=by_header))
        under_way.mailboxes += counts
        under_way.messages += len(sides[0].sizes) if counts else 0
        under_way.store.match(*read, by_uid=by_uidl)
        _differences(place, *read, same=by_uidl)


def _maildrop(place: _Place, word: str, side: Pop3Account, *, by_header: bool) -> int:
    store = place.under_way.store
    mailbox = store.mailbox(place.number, word, "pop3", "")
    store.listing(mailbox, side.listing())
    done = 0
    while wanted := store.unread(mailbox, BATCH):
        store.content(side.contents(wanted, by_header=by_header))
        done += len(wanted)
        place.progress(word, done, len(side.sizes))
    return mailbox


# What differs


class _Tally:
    """Counts of each kind, and some of the messages that it befell."""

    def __init__(self) -> None:
        self.counts: dict[Kind, int] = {}
        self.examples: dict[Kind, list[str]] = {}

    def add(self, kind: Kind, example: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        named = self.examples.setdefault(kind, [])
        if len(named) < EXAMPLES:
            named.append(example)


def _differences(place: _Place, old: int, new: int, *, same: bool) -> None:
    """Report what differs in two mailboxes that were brought together; `same` says that UIDs can be compared."""
    store, tally = place.under_way.store, _Tally()
    for pair in store.unequal(old):
        for kind, words in _unlike(pair, same=same, protocol=place.protocol):
            tally.add(kind, words)
    for message, elsewhere in store.alone(old, new):
        tally.add(Kind.COPY_DROPPED if elsewhere else Kind.MISSING, _named(place, message))
    for message, elsewhere in store.alone(new, old):
        tally.add(Kind.DUPLICATED if elsewhere else Kind.ADDED, _named(place, message))
    if hidden := store.count(old, "whole = x''"):
        place.under_way.unjudged.append(
            f"{place.account}, {place.mailbox or place.protocol}: the old server does not hand out {hidden} messages"
        )
    if hidden := store.count(new, "whole = x'' AND mate IN (SELECT id FROM message WHERE whole != x'')"):
        tally.counts[Kind.UNREADABLE] = hidden
    for kind in Kind:
        if kind in tally.counts:
            place.row(kind, count=tally.counts[kind], examples=tally.examples.get(kind, ()))


def _named(place: _Place, message: Kept) -> str:
    return f"{'UIDL' if place.protocol == 'pop3' else 'UID'} {message}"


def _unlike(pair: Pair, *, same: bool, protocol: str) -> Iterator[tuple[Kind, str]]:
    """Yield in what ways a message is not what it was."""
    old, new = pair.old, pair.new
    name = f"{'UIDL' if protocol == 'pop3' else 'UID'} {old}"
    if pair.how is How.CORE:
        yield Kind.ALTERED, name
    if pair.how is How.IDENT:
        yield Kind.CHANGED, name
    if same and old.uid != new.uid:
        yield (Kind.UIDL_CHANGED if protocol == "pop3" else Kind.UID_CHANGED), f"{name}: now {new.uid}"
    had, has = set(old.flags.split()), set(new.flags.split())
    for some, system, keyword in (
        (had - has, Kind.FLAG_LOST, Kind.KEYWORD_LOST),
        (has - had, Kind.FLAG_GAINED, Kind.KEYWORD_GAINED),
    ):
        for kind, flags in ((system, {f for f in some if f[0] == "\\"}), (keyword, {f for f in some if f[0] != "\\"})):
            if flags:
                yield kind, f"{name}: {' '.join(sorted(flags))}"
    if old.date and new.date and old.date != new.date:
        yield Kind.DATE_CHANGED, f"{name}: {new.date - old.date:+d} s"
    if old.size != new.size and pair.how is How.CONTENT:
        yield Kind.SIZE_CHANGED, f"{name}: {old.size}, now {new.size} octets"
