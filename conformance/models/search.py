r"""What SEARCH must and may find (RFC 3501 section 6.4.4; OLDER and YOUNGER RFC 5032; MODSEQ RFC 7162; `$` RFC 5182).

`evaluate` gives each message one of three values and folds them as Kleene does: what is true in every legal reading must
be found, what is true in none must not, and the rest is left to the server. Invariant: a legal server's answer lies
between `must` and `may`, whatever the program; between the two nobody is accused.

Left open on purpose: how a string is looked for where the RFC gives a choice (see `search_text`), messages whose Date:
is missing, doubled or badly written in SENTBEFORE, SENTON and SENTSINCE, the mod-sequence of a single flag, and OLDER
and YOUNGER while the clock passes the limit. Dates are compared as written, without time and zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.models import search_text, sent_dates
from conformance.models.contents import Mailbox, Message
from conformance.models.search_text import Truth, all_of, any_of
from conformance.models.sequence_sets import beyond, messages_named, saved_named, uids_named
from conformance.wire.search_program import BARE_KEYS, And, InSet, Key, Not, Or, Program, SequenceSet

FLAGS = {
    b"ANSWERED": b"\\Answered", b"DELETED": b"\\Deleted", b"DRAFT": b"\\Draft", b"FLAGGED": b"\\Flagged",
    b"RECENT": b"\\Recent", b"SEEN": b"\\Seen",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Sequence numbers (or UIDs, see `as_uids`) that must and that may be found; why a server may refuse instead."""

    must: frozenset[int]
    may: frozenset[int]
    refusable: str = ""

    def differs_from(self, numbers: Iterable[int]) -> str:
        """Say what is wrong with these numbers as an answer; empty if a legal server may give it."""
        given = set(numbers)
        missing, surplus = sorted(self.must - given), sorted(given - self.may)
        said = [f"{number} matches and is not found" for number in missing]
        return "; ".join([*said, *(f"{number} is found and does not match" for number in surplus)])

    def as_uids(self, mailbox: Mailbox) -> Found:
        """Return the same for UID SEARCH: unique identifiers instead of sequence numbers (RFC 3501 section 6.4.8)."""
        must, may = (frozenset(map(mailbox.uid_of, numbers)) for numbers in (self.must, self.may))
        return Found(must=must, may=may, refusable=self.refusable)


@dataclass(frozen=True, slots=True)
class _Question:
    """What a key is asked about: one message of a mailbox, and how strings are to be read."""

    message: Message
    mailbox: Mailbox
    charset: str

    @property
    def decode(self) -> bool:
        return self.charset.lower() not in ("us-ascii", "ascii")

    def string(self, octets: bytes) -> str | None:
        try:
            return octets.decode(self.charset)
        except (UnicodeDecodeError, LookupError):
            return None


def evaluate(program: Program, mailbox: Mailbox, *, charset: bytes = b"US-ASCII") -> Found:
    """Tell which messages a search program must and may find; raises ValueError for a tree that is no program."""
    name = charset.decode("ascii")
    truths = {m.number: truth(program, m, mailbox, charset=name) for m in mailbox.messages}
    return Found(
        must=frozenset(number for number, value in truths.items() if value),
        may=frozenset(number for number, value in truths.items() if value is not False),
        refusable=_refusable(program, mailbox, name),
    )


def truth(program: Program, message: Message, mailbox: Mailbox, *, charset: str = "us-ascii") -> Truth:
    """Tell whether one message matches; None where a server has the choice."""
    return _truth(program, _Question(message, mailbox, charset))


def _truth(program: Program, asked: _Question) -> Truth:
    match program:
        case And(keys):
            return all_of(_truth(key, asked) for key in keys)
        case Or(left, right):
            return any_of((_truth(left, asked), _truth(right, asked)))
        case Not(key):
            return _not(_truth(key, asked))
        case InSet(numbers):
            return _in_set(numbers, asked)
        case Key():
            return _key(program, asked)


def _not(value: Truth) -> Truth:
    return None if value is None else not value


def _in_set(numbers: SequenceSet, asked: _Question) -> bool:
    if saved_named(numbers):
        return asked.message.uid in asked.mailbox.saved
    return asked.message.number in messages_named(numbers, asked.mailbox.exists)


def _uid(numbers: SequenceSet, asked: _Question) -> bool:
    if saved_named(numbers):
        return asked.message.uid in asked.mailbox.saved
    return asked.message.uid in uids_named(numbers, asked.mailbox.uids, asked.mailbox.uidnext)


def _key(key: Key, asked: _Question) -> Truth:
    name = key.name.upper()
    match key.arguments:
        case ():
            return _bare(name, asked.message)
        case (SequenceSet() as uids,) if name == b"UID":
            return _uid(uids, asked)
        case (dt.date() as day,) if name in _DATES:
            return _DATES[name](asked, day)
        case (int() as number,) if name in _NUMBERS:
            return _NUMBERS[name](asked, number)
    return _of_words(name, key, asked)


def _bare(name: bytes, message: Message) -> bool:
    if name not in BARE_KEYS:
        raise ValueError(f"{name!r} alone is no search-key")
    match name:
        case b"ALL":
            return True
        case b"NEW":
            return message.has(b"\\Recent") and not message.has(b"\\Seen")
        case b"OLD":
            return not message.has(b"\\Recent")
    return message.has(FLAGS[name]) if name in FLAGS else not message.has(FLAGS[name.removeprefix(b"UN")])


def _of_words(name: bytes, key: Key, asked: _Question) -> Truth:
    match name, key.arguments:
        case b"KEYWORD", (bytes() as keyword,):
            return asked.message.has(keyword)
        case b"UNKEYWORD", (bytes() as keyword,):
            return not asked.message.has(keyword)
        case b"HEADER", (bytes() as field, bytes() as octets):
            return _contains(asked, octets, lambda string: _header(asked, field, string))
        case _, (bytes() as octets,) if name in _STRINGS:
            return _contains(asked, octets, lambda string: _STRINGS[name](asked, string))
        case b"MODSEQ", (bytes(), bytes(), int() as number):
            return False if _modseq(asked, number) is False else None
    raise ValueError(f"{key!r} is no search-key")


def _contains(asked: _Question, octets: bytes, look: Callable[[str], Truth]) -> Truth:
    string = asked.string(octets)
    return None if string is None else look(string)


def _header(asked: _Question, field: bytes, string: str) -> Truth:
    return search_text.header_contains(asked.message, field, string, decode=asked.decode)


def _address(field: bytes) -> Callable[[_Question, str], Truth]:
    def look(asked: _Question, string: str) -> Truth:
        return search_text.envelope_contains(
            asked.message, field, string, lambda value: search_text.address_texts(value, decode=asked.decode)
        )

    return look


def _subject(asked: _Question, string: str) -> Truth:
    return search_text.envelope_contains(
        asked.message, b"Subject", string, lambda value: search_text.field_texts(value, decode=asked.decode)
    )


_STRINGS: dict[bytes, Callable[[_Question, str], Truth]] = {
    **{name: _address(name) for name in (b"BCC", b"CC", b"FROM", b"TO")},
    b"SUBJECT": _subject,
    b"BODY": lambda asked, string: search_text.body_contains(asked.message, string, decode=asked.decode),
    b"TEXT": lambda asked, string: search_text.text_contains(asked.message, string, decode=asked.decode),
}


def _sent(asked: _Question) -> dt.date | None:
    fields = tuple(value.decode("latin-1") for value in asked.message.fields(b"Date"))
    moment = sent_dates.certain(fields)
    return moment and moment.date()


def _sent_where(holds: Callable[[dt.date, dt.date], bool]) -> Callable[[_Question, dt.date], Truth]:
    def compare(asked: _Question, day: dt.date) -> Truth:
        sent = _sent(asked)
        return None if sent is None else holds(sent, day)

    return compare


_DATES: dict[bytes, Callable[[_Question, dt.date], Truth]] = {
    b"BEFORE": lambda asked, day: asked.message.internaldate.date() < day,
    b"ON": lambda asked, day: asked.message.internaldate.date() == day,
    b"SINCE": lambda asked, day: asked.message.internaldate.date() >= day,
    b"SENTBEFORE": _sent_where(lambda sent, day: sent < day),
    b"SENTON": _sent_where(lambda sent, day: sent == day),
    b"SENTSINCE": _sent_where(lambda sent, day: sent >= day),
}


def _age(asked: _Question, seconds: int, holds: Callable[[dt.timedelta, dt.timedelta], bool]) -> Truth:
    """Compare a message's age with an interval at both ends of the time in which the server looked (RFC 5032)."""
    if asked.mailbox.clock is None:
        return None
    interval = dt.timedelta(seconds=seconds)
    earliest, latest = asked.mailbox.clock
    moments = (earliest.replace(microsecond=0), latest)  # the resolution is a second: a server may cut the rest off
    answers = {holds(moment - asked.message.internaldate, interval) for moment in moments}
    return answers.pop() if len(answers) == 1 else None


def _modseq(asked: _Question, number: int) -> Truth:
    return None if asked.message.modseq is None else asked.message.modseq >= number


_NUMBERS: dict[bytes, Callable[[_Question, int], Truth]] = {
    b"LARGER": lambda asked, octets: asked.message.size > octets,
    b"SMALLER": lambda asked, octets: asked.message.size < octets,
    b"OLDER": lambda asked, seconds: _age(asked, seconds, lambda age, interval: age >= interval),
    b"YOUNGER": lambda asked, seconds: _age(asked, seconds, lambda age, interval: age <= interval),
    b"MODSEQ": _modseq,
}


def _refusable(program: Program, mailbox: Mailbox, charset: str) -> str:
    """Say why a server may answer NO or BAD to a program that is well formed; empty if it has no reason."""
    match program:
        case InSet(numbers) if beyond(numbers, mailbox.exists):
            return "a sequence number is higher than the number of messages"
        case Key(_, arguments) if any(isinstance(each, bytes) and not _readable(each, charset) for each in arguments):
            return f"a string is not {charset}"
        case Not(key):
            return _refusable(key, mailbox, charset)
        case Or(left, right):
            return _refusable(left, mailbox, charset) or _refusable(right, mailbox, charset)
        case And(keys):
            return next((why for key in keys if (why := _refusable(key, mailbox, charset))), "")
    return ""


def _readable(octets: bytes, charset: str) -> bool:
    try:
        octets.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
