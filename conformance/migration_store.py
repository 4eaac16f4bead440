"""What a check of a migration has read so far, in a file: spilled from memory, and there when it goes on.

The two sides' messages are brought together by the database, pass by pass: first those that agree in everything, then
those that agree in less, each message once. Sorting and joining spill to disk, so memory does not grow with a mailbox.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from conformance.migration_content import Digests

FORMAT = 1
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY, pair INTEGER, side TEXT, protocol TEXT, path TEXT, uidvalidity INTEGER,
    UNIQUE (pair, side, protocol, path));
CREATE TABLE message (
    id INTEGER PRIMARY KEY, mailbox INTEGER, uid TEXT, number INTEGER, size INTEGER, date INTEGER, flags TEXT,
    whole BLOB, core BLOB, ident BLOB, mate INTEGER, how TEXT, UNIQUE (mailbox, uid));
CREATE TEMP TABLE found (old INTEGER PRIMARY KEY, new INTEGER);
"""


class StoreError(Exception):
    """The file is no state of a check, or of another one; the message says which."""


class How(StrEnum):
    """In what two messages agree."""

    CONTENT = "content"
    CORE = "core"
    IDENT = "ident"
    PLACE = "place"


_CONTENT = ("whole", "flags", "date"), ("whole",)
PASSES = {
    True: (("whole", "uid", "flags", "date"), ("whole", "uid"), *_CONTENT),
    False: _CONTENT,
}
"""By what content is brought together: UIDs count only where UIDVALIDITY says that they are the same ones."""
LATER = ((How.CORE, ("core",)), (How.IDENT, ("ident",)))


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a listing says of a message: date in seconds since 1970, flags in lower case, sorted, with spaces between.

    A date that is not told, or cannot be read, is 0. POP3 has unique-ids for UIDs, and neither date nor flags.
    """

    uid: str
    number: int
    size: int
    date: int = 0
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept."""

    id: int
    uid: str
    number: int
    size: int
    date: int
    flags: str
    ident: bytes

    def __str__(self) -> str:
        return f"{self.uid} {self.ident.decode('latin-1')}".strip()


@dataclass(frozen=True, slots=True)
class Pair:
    """The same message on both sides, and in what the two agree."""

    old: Kept
    new: Kept
    how: How


_COLUMNS = ("id", "uid", "number", "size", "date", "flags", "ident")


Key = tuple[Any, ...]


def merged(old: Iterable[tuple[int, Key]], new: Iterable[tuple[int, Key]]) -> Iterator[tuple[int, int]]:
    """Yield the ids of pairs with equal keys from two sequences that are sorted by key, each id once at most."""
    left, right = iter(old), iter(new)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        if one[1] == other[1]:
            yield one[0], other[0]
            one, other = next(left, None), next(right, None)
        elif one[1] < other[1]:
            one = next(left, None)
        else:
            other = next(right, None)


class Store:
    """The state file of one check; `about` tells which check it is of. Raises StoreError."""

    def __init__(self, path: Path, about: dict[str, str]) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}") from error
        try:
            self._begin(about)
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(f"{path} is no state of a check: {error}") from error
        except StoreError as error:
            self._db.close()
            raise StoreError(f"{path}: {error}") from error

    def _begin(self, about: dict[str, str]) -> None:
        self._db.execute("PRAGMA synchronous = OFF")  # a machine that loses power loses a check, no mail
        self._db.execute("PRAGMA cache_size = -16000")  # KiB
        known = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        wanted = {**about, "format": str(FORMAT)}
        if "about" in known:
            found = dict(self._db.execute("SELECT key, value FROM about"))
            if {key: found.get(key) for key in wanted} != wanted:
                raise StoreError("this folder holds another check: give another one with --out")
            self.resumed = "finished" not in found
            if not self.resumed:  # what a finished check has read may have changed since
                self._db.executescript(
                    "DELETE FROM message; DELETE FROM mailbox; DELETE FROM about WHERE key = 'finished'"
                )
            self._db.execute("CREATE TEMP TABLE found (old INTEGER PRIMARY KEY, new INTEGER)")
            return
        if known:
            raise StoreError("it holds something else")
        self.resumed = False
        self._db.executescript(_TABLES)
        self._db.executemany("INSERT INTO about VALUES (?, ?)", wanted.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def finish(self) -> None:
        """Note that the check has come to its end: the next one in this folder begins anew."""
        self._db.execute("INSERT OR REPLACE INTO about VALUES ('finished', 'yes')")

    # What is read

    def mailbox(self, pair: int, side: str, protocol: str, path: str, uidvalidity: int = 0) -> int:
        """Return the id of a mailbox; what is kept of it is forgotten if its UIDVALIDITY is another than it was."""
        place = (pair, side, protocol, path)
        row = self._db.execute(
            "SELECT id, uidvalidity FROM mailbox WHERE pair = ? AND side = ? AND protocol = ? AND path = ?", place
        ).fetchone()
        if row is None:
            added = "INSERT INTO mailbox (pair, side, protocol, path, uidvalidity) VALUES (?, ?, ?, ?, ?)"
            return int(self._db.execute(added, (*place, uidvalidity)).lastrowid or 0)
        if row[1] != uidvalidity:
            self._db.execute("DELETE FROM message WHERE mailbox = ?", (row[0],))
            self._db.execute("UPDATE mailbox SET uidvalidity = ? WHERE id = ?", (uidvalidity, row[0]))
        return int(row[0])

    def listing(self, mailbox: int, windows: Iterable[Sequence[Envelope]]) -> None:
        """Take a new listing of a mailbox, window by window; digests of messages that have not changed are kept."""
        self._db.execute("UPDATE message SET number = NULL, mate = NULL, how = NULL WHERE mailbox = ?", (mailbox,))
        for window in windows:
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO message (mailbox, uid, number, size, date, flags) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (mailbox, uid) DO UPDATE SET "
                "whole = CASE WHEN size = excluded.size AND date = excluded.date THEN whole END, "
                "number = excluded.number, size = excluded.size, date = excluded.date, flags = excluded.flags",
                [(mailbox, e.uid, e.number, e.size, e.date, e.flags) for e in window],
            )
            self._db.execute("COMMIT")
        self._db.execute("DELETE FROM message WHERE mailbox = ? AND number IS NULL", (mailbox,))

    def unread(self, mailbox: int, most: int) -> list[Kept]:
        """Return the first messages whose content is not known, in the order of their numbers."""
        asked = (
            f"SELECT {', '.join(_COLUMNS)} FROM message "  # noqa: S608 - our own words
            "WHERE mailbox = ? AND whole IS NULL ORDER BY number LIMIT ?"
        )
        return [Kept(*row) for row in self._db.execute(asked, (mailbox, most))]

    def content(self, contents: Iterable[tuple[int, Digests | None]]) -> None:
        """Take the digests of messages by their ids; None says that the server does not hand one out."""
        self._db.execute("BEGIN")
        try:
            for id_, d in contents:
                values = (d.whole, d.core, d.ident, id_) if d else (b"", b"", b"", id_)
                self._db.execute("UPDATE message SET whole = ?, core = ?, ident = ? WHERE id = ?", values)
        finally:
            self._db.execute("COMMIT")  # what came before a connection was lost is kept

    def count(self, mailbox: int, condition: str = "1") -> int:
        """Return how many messages of a mailbox are so."""
        asked = f"SELECT count(*) FROM message WHERE mailbox = ? AND {condition}"  # noqa: S608 - our own words
        return int(self._db.execute(asked, (mailbox,)).fetchone()[0])

    # What belongs together

    def match(self, old: int, new: int, *, by_uid: bool) -> None:
        """Bring the messages of two mailboxes together, each with one at most."""
        self._db.execute("UPDATE message SET mate = NULL, how = NULL WHERE mailbox IN (?, ?)", (old, new))
        for columns in PASSES[by_uid]:
            self._pass(old, new, How.CONTENT, columns)
        for how, columns in LATER:
            self._pass(old, new, how, columns)
        if self.count(old, "whole = x''") or self.count(new, "whole = x''"):
            self._pass(old, new, How.PLACE, ("uid",) if by_uid else ("size", "date"))
            self._db.execute(
                "UPDATE message SET mate = NULL, how = NULL WHERE how = 'place' AND mailbox IN (?, ?) "
                "AND whole != x'' AND (SELECT whole FROM message m WHERE m.id = message.mate) != x''",
                (old, new),
            )

    def _pass(self, old: int, new: int, how: How, columns: Sequence[str]) -> None:
        """Bring together what is alone and agrees in these columns; of several that do, the first with the first."""
        self._db.execute("DELETE FROM found")
        pairs = merged(self._alone_by(old, how, columns), self._alone_by(new, how, columns))
        self._db.executemany("INSERT INTO found VALUES (?, ?)", pairs)
        self._db.execute("BEGIN")
        self._db.execute(
            "UPDATE message SET mate = found.new, how = ? FROM found WHERE message.id = found.old", (how.value,)
        )
        self._db.execute(
            "UPDATE message SET mate = found.old, how = ? FROM found WHERE message.id = found.new", (how.value,)
        )
        self._db.execute("COMMIT")

    def _alone_by(self, mailbox: int, how: How, columns: Sequence[str]) -> Iterator[tuple[int, Key]]:
        """Yield id and columns of the messages without a mate, sorted by them, on disk if need be."""
        full = "1" if how is How.PLACE else f"length({columns[0]}) > 0"
        asked = (
            f"SELECT id, {', '.join(columns)} FROM message WHERE mailbox = ? AND mate IS NULL AND {full} "  # noqa: S608
            f"ORDER BY {', '.join(columns)}, number"
        )
        for id_, *key in self._db.execute(asked, (mailbox,)):
            yield id_, tuple(key)

    def unequal(self, old: int) -> Iterator[Pair]:
        """Yield the pairs that differ in anything at all, in the order of the old mailbox."""
        left = ", ".join(f"o.{column}" for column in _COLUMNS)
        right = ", ".join(f"n.{column}" for column in _COLUMNS)
        rows = self._db.execute(
            f"SELECT o.how, {left}, {right} FROM message o JOIN message n ON n.id = o.mate "  # noqa: S608
            "WHERE o.mailbox = ? AND (o.how != 'content' OR o.uid != n.uid OR o.flags != n.flags "
            "OR o.date != n.date OR o.size != n.size) ORDER BY o.number",
            (old,),
        )
        for how, *rest in rows:
            yield Pair(Kept(*rest[: len(_COLUMNS)]), Kept(*rest[len(_COLUMNS) :]), How(how))

    def alone(self, mailbox: int, other: int) -> Iterator[tuple[Kept, bool]]:
        """Yield the readable messages without a mate, and whether the other side has their content, for another one."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS there (core BLOB PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("DELETE FROM there")
        self._db.execute(
            "INSERT OR IGNORE INTO there SELECT core FROM message WHERE mailbox = ? AND length(core) > 0", (other,)
        )
        rows = self._db.execute(
            f"SELECT {', '.join(_COLUMNS)}, EXISTS (SELECT 1 FROM there WHERE there.core = message.core) "  # noqa: S608
            "FROM message WHERE mailbox = ? AND mate IS NULL AND whole != x'' ORDER BY number",
            (mailbox,),
        )
        for *row, elsewhere in rows:
            yield Kept(*row), bool(elsewhere)
