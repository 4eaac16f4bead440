r"""Commands that RFC 3501 section 9 forbids: what a server must answer with BAD (or NO), and stay in step.

Each names the rule that it breaks, the state in which it is to be sent, and its `leniency`: "grammar" where no reading
makes it a command, so that OK is an error; "widely accepted" where well-known servers take it, so that nobody is accused
over OK and only the answer's form and the next command's count. Nothing here expunges, closes, logs out or
deletes, whatever the server makes of it; STORE and COPY want a mailbox of the caller's own, selected, with a message.

The tag and the CRLF are the session's. Lines whose tag is the fault stand apart (`malformed_lines`), and so do those with
NUL (`commands_with_nul`), which some servers take for the end of the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.imap import in_any_case
from conformance.wire.imap_commands import Sync, Word

Leniency = Literal["grammar", "widely accepted"]
State = Literal["any", "authenticated", "selected"]
ABSENT = b"mailconform-absent"
"""A mailbox that nobody has: commands that name it change nothing even where they are understood."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A command without its tag; `rule` is the ABNF rule that it breaks, `why` says how."""

    line: bytes
    rule: str
    why: str
    state: State = "selected"
    leniency: Leniency = "grammar"
    literal: bytes | None = None

    @property
    def words(self) -> tuple[Word, ...]:
        """The words for a session; a literal comes last."""
        return (self.line,) if self.literal is None else (self.line, Sync(self.literal))


Row = tuple[bytes, str]


def _rows(rule: str, state: State, leniency: Leniency, *rows: Row) -> tuple[Malformed, ...]:
    return tuple(Malformed(line, rule, why, state, leniency) for line, why in rows)


_MISSING = (
    *_rows("command", "any", "grammar",
        (b"FROBNICATE", "no such command"), (b"NO-OP", "no such command"), (b"NOOP.", "no such command"),
        (b'"NOOP"', "a command is no string"), (b"(NOOP)", "a command is no list"), (b"UID", "UID alone is no command")),
    *_rows("authenticate", "any", "grammar", (b"AUTHENTICATE", "no auth-type")),
    *_rows("login", "any", "grammar", (b"LOGIN", "no userid"), (b"LOGIN mailconform", "no password")),
    *_rows("select", "authenticated", "grammar", (b"SELECT", "no mailbox"), (b"EXAMINE", "no mailbox")),
    *_rows("create", "authenticated", "grammar", (b"CREATE", "no mailbox")),
    *_rows("delete", "authenticated", "grammar", (b"DELETE", "no mailbox")),
    *_rows("rename", "authenticated", "grammar",
        (b"RENAME", "no mailbox"), (b"RENAME " + ABSENT, "no second mailbox")),
    *_rows("subscribe", "authenticated", "grammar", (b"SUBSCRIBE", "no mailbox")),
    *_rows("unsubscribe", "authenticated", "grammar", (b"UNSUBSCRIBE", "no mailbox")),
    *_rows("list", "authenticated", "grammar", (b"LIST", "no reference"), (b'LIST ""', "no list-mailbox")),
    *_rows("lsub", "authenticated", "grammar", (b"LSUB", "no reference"), (b'LSUB ""', "no list-mailbox")),
    *_rows("status", "authenticated", "grammar",
        (b"STATUS", "no mailbox"), (b"STATUS INBOX", "no status-att"), (b"STATUS INBOX (MESSAGES", "no closing parenthesis"),
        (b"STATUS INBOX (FROBS)", "no such status-att")),
    *_rows("status", "authenticated", "widely accepted",
        (b"STATUS INBOX ()", "no status-att"), (b"STATUS INBOX MESSAGES", "no parentheses")),
    *_rows("append", "authenticated", "grammar",
        (b"APPEND", "no mailbox"), (b"APPEND " + ABSENT, "no literal"), (b"APPEND " + ABSENT + b" (\\Seen)", "no literal")),
    *_rows("fetch", "selected", "grammar", (b"FETCH", "no sequence-set"), (b"FETCH 1", "no fetch-att")),
    *_rows("store", "selected", "grammar", (b"STORE", "no sequence-set"), (b"STORE 1", "no store-att-flags")),
    *_rows("store", "selected", "widely accepted", (b"STORE 1 +FLAGS", "no flags")),
    *_rows("copy", "selected", "grammar", (b"COPY", "no sequence-set"), (b"COPY 1", "no mailbox")),
    *_rows("uid", "selected", "grammar",
        (b"UID FETCH", "no sequence-set"), (b"UID NOOP", "NOOP has no UID form"), (b"UID COPY 1", "no mailbox")),
    *_rows("search", "selected", "grammar", (b"SEARCH", "no search-key"), (b"SEARCH CHARSET UTF-8", "no search-key")),
)  # fmt: skip

_SETS = (
    *_rows("nz-number", "selected", "grammar",
        (b"FETCH 0 FLAGS", "zero"), (b"FETCH -1 FLAGS", "a sign"), (b"FETCH 1.5 FLAGS", "a fraction")),
    *_rows("nz-number", "selected", "widely accepted",
        (b"FETCH 1,0 FLAGS", "zero in a list"), (b"FETCH 0:1 FLAGS", "zero in a range"), (b"FETCH 01 FLAGS", "a leading zero"),
        (b"UID FETCH 0 FLAGS", "zero"), (b"UID FETCH 4294967296 FLAGS", "more than 32 bits"),
        (b"FETCH +1 FLAGS", "a sign")),
    *_rows("sequence-set", "selected", "grammar",
        (b"FETCH a FLAGS", "no number"), (b"FETCH 1: FLAGS", "half a range"), (b"FETCH :1 FLAGS", "half a range"),
        (b"FETCH ,1 FLAGS", "an empty member"), (b"FETCH 1,,1 FLAGS", "an empty member"),
        (b"FETCH 1:1:1 FLAGS", "three ends"), (b"FETCH (1) FLAGS", "a list"), (b"FETCH 1-1 FLAGS", "a hyphen"),
        (b"FETCH 1;1 FLAGS", "a semicolon"), (b'FETCH "" FLAGS', "an empty string"), (b"FETCH ** FLAGS", "two asterisks"),
        (b"STORE a +FLAGS (\\Seen)", "no number"), (b"COPY a " + ABSENT, "no number"), (b"SEARCH UID a", "no number"),
        (b"SEARCH 1:", "half a range")),
    *_rows("sequence-set", "selected", "widely accepted",
        (b'FETCH "1" FLAGS', "a string"), (b"FETCH 1, FLAGS", "an empty member"), (b"SEARCH 1,", "an empty member")),
)  # fmt: skip

_FETCH = (
    *_rows("fetch-att", "selected", "grammar",
        (b"FETCH 1 FROBS", "no such fetch-att"), (b"FETCH 1 (FLAGS", "no closing parenthesis"),
        (b"FETCH 1 FLAGS UID", "two without parentheses"), (b"FETCH 1 RFC822.FROBS", "no such fetch-att"),
        (b"FETCH 1 BODY.FROBS[]", "no such fetch-att")),
    *_rows("fetch-att", "selected", "widely accepted",
        (b"FETCH 1 FLAGS)", "no opening parenthesis"), (b"FETCH 1 ()", "no fetch-att"), (b"FETCH 1 (ALL)", "a macro in a list"),
        (b"FETCH 1 ((FLAGS))", "a list in a list"), (b'FETCH 1 "FLAGS"', "a string"),
        (b"FETCH 1 (FLAGS,UID)", "a comma")),
    *_rows("section", "selected", "grammar",
        (b"FETCH 1 BODY[", "no closing bracket"), (b"FETCH 1 BODY[FROBS]", "no such section-msgtext"),
        (b"FETCH 1 BODY[HEADER.FIELDS]", "no header-list"), (b"FETCH 1 BODY[HEADER.FIELDS SUBJECT]", "no parentheses"),
        (b"FETCH 1 BODY[1..2]", "an empty part number"), (b"FETCH 1 BODY[1.FROBS]", "no such section-text")),
    *_rows("section", "selected", "widely accepted",
        (b"FETCH 1 BODY[HEADER.FIELDS ()]", "no field name"), (b"FETCH 1 BODY[MIME]", "MIME without a part number"),
        (b"FETCH 1 BODY[0]", "zero"), (b"FETCH 1 BODY[1.]", "an empty part number"), (b"FETCH 1 BODY[-1]", "a sign"),
        (b"FETCH 1 BODY.PEEK", "no section")),
    *_rows("partial", "selected", "grammar",
        (b"FETCH 1 BODY[]<a.1>", "no number"), (b"FETCH 1 BODY[]<0.a>", "no number"), (b"FETCH 1 BODY[]<0.1", "no closing bracket")),
    *_rows("partial", "selected", "widely accepted",
        (b"FETCH 1 BODY[]<0.0>", "a count of zero"), (b"FETCH 1 BODY[]<0>", "no count"), (b"FETCH 1 BODY[]<-1.1>", "a sign"),
        (b"FETCH 1 BODY[]<>", "nothing")),
)  # fmt: skip

_STORE = (
    *_rows("store-att-flags", "selected", "grammar",
        (b"STORE 1 FROBS (\\Seen)", "no such item"), (b"STORE 1 *FLAGS (\\Seen)", "neither + nor -"),
        (b"STORE 1 +FLAGS.LOUD (\\Seen)", "no such suffix"), (b"STORE 1 (\\Seen)", "no item")),
    *_rows("flag-list", "selected", "grammar",
        (b"STORE 1 +FLAGS (\\Seen", "no closing parenthesis"), (b"STORE 1 +FLAGS ((\\Seen))", "a list in a list")),
    *_rows("flag", "selected", "widely accepted",
        (b"STORE 1 +FLAGS (\\)", "a backslash alone"), (b"STORE 1 +FLAGS (\\Recent)", "\\Recent cannot be set"),
        (b'STORE 1 +FLAGS ("mailconform")', "a string"), (b"STORE 1 +FLAGS (\\*)", "an asterisk"),
        (b"STORE 1 +FLAGS (\\Frobs)", "a system flag that is none")),
)  # fmt: skip

_SEARCH = (
    *_rows("search-key", "selected", "grammar",
        (b"SEARCH FROBS", "no such key"), (b"SEARCH UNRECENT", "no such key"), (b"SEARCH NOT", "nothing behind NOT"),
        (b"SEARCH OR SEEN", "one key behind OR"), (b"SEARCH (SEEN", "no closing parenthesis"), (b"SEARCH SUBJECT", "no string"),
        (b"SEARCH HEADER Subject", "no string"), (b"SEARCH UID", "no sequence-set"), (b"SEARCH KEYWORD", "no flag-keyword"),
        (b"SEARCH BEFORE", "no date"), (b"SEARCH LARGER", "no number"), (b"SEARCH LARGER a", "no number"),
        (b"SEARCH SEEN,DRAFT", "a comma"), (b"SEARCH SUBJECT (a)", "a list for a string")),
    *_rows("search-key", "selected", "widely accepted",
        (b"SEARCH ()", "no key"), (b"SEARCH SEEN)", "no opening parenthesis"), (b"SEARCH LARGER -1", "a sign"), (b"SEARCH LARGER 1K", "a suffix"),
        (b"SEARCH KEYWORD \\Seen", "a system flag"), (b'SEARCH "SEEN"', "a string")),
    *_rows("date", "selected", "grammar",
        (b"SEARCH ON 1-Frob-2020", "no month"), (b"SEARCH ON 2020-01-01", "no date-text"), (b"SEARCH ON yesterday", "no date-text"),
        (b"SEARCH ON 1-01-2020", "no month"), (b"SEARCH ON Jan-1-2020", "no day first")),
    *_rows("date", "selected", "widely accepted",
        (b"SEARCH ON 1-Jan-20", "two digits of a year"), (b"SEARCH ON 001-Jan-2020", "three digits of a day"),
        (b'SEARCH ON "1-Jan-2020', "one quote"), (b"SEARCH ON 1-January-2020", "the whole month"),
        (b"SEARCH ON 1/Jan/2020", "slashes"), (b"SEARCH ON 0-Jan-2020", "no day of any month"), (b"SEARCH ON 32-Jan-2020", "no day of any month")),
)  # fmt: skip

_STRINGS = (
    *_rows("quoted", "authenticated", "grammar",
        (b'STATUS "' + ABSENT + b" (MESSAGES)", "no closing quote")),
    *_rows("quoted", "authenticated", "widely accepted",
        (b'EXAMINE "mailconform\\-absent"', "an escape that is none"), (b'EXAMINE "' + ABSENT, "no closing quote"),
        (b'EXAMINE "caf\xe9"', "8-bit octets")),
    *_rows("astring", "authenticated", "grammar", (b"EXAMINE (" + ABSENT + b")", "a list for a string")),
    *_rows("astring", "authenticated", "widely accepted",
        (b"EXAMINE mailconform%absent", "a wildcard in an atom"), (b"EXAMINE caf\xe9", "8-bit octets in an atom"),
        (b'EXAMINE mailconform"absent', "a quote in an atom"), (b"EXAMINE mailconform\\absent", "a backslash in an atom")),
    *_rows("literal", "authenticated", "grammar",
        (b"EXAMINE {a}", "no number"), (b"EXAMINE {}", "no number"), (b"EXAMINE {-1}", "a sign")),
)  # fmt: skip

_SPACES = (
    *_rows("command", "any", "widely accepted",
        (b"NOOP ", "a space at the end"), (b" NOOP", "two spaces"), (b"NOOP mailconform", "an argument too many"),
        (b"CAPABILITY mailconform", "an argument too many"), (b"\tNOOP", "a tab")),
    *_rows("SP", "authenticated", "widely accepted",
        (b"EXAMINE  INBOX", "two spaces"), (b"EXAMINE\tINBOX", "a tab"), (b"EXAMINE INBOX ", "a space at the end"),
        (b"EXAMINE INBOX mailconform", "an argument too many"), (b"STATUS INBOX( MESSAGES )", "spaces inside parentheses"),
        (b'LIST "" % mailconform', "an argument too many")),
    *_rows("SP", "selected", "widely accepted",
        (b"FETCH  1 FLAGS", "two spaces"), (b"FETCH 1  FLAGS", "two spaces"), (b"FETCH 1, 1 FLAGS", "a space in a set"),
        (b"FETCH 1 (FLAGS  UID)", "two spaces"), (b"FETCH 1 ( FLAGS )", "spaces inside parentheses"),
        (b"FETCH 1 (FLAGS)(UID)", "no space"), (b"SEARCH  ALL", "two spaces"), (b"SEARCH ALL ", "a space at the end"),
        (b"SEARCH (SEEN)(DRAFT)", "no space"), (b"CHECK mailconform", "an argument too many")),
)  # fmt: skip

_MESSAGE = b"Subject: mailconform\r\n\r\n"
_DATES: tuple[Row, ...] = (
    (b'"yesterday"', "no date"), (b'"2020-01-01 00:00:00 +0000"', "no month"), (b'"01-Frob-2020 00:00:00 +0000"', "no month"),
    (b'"01-Jan-2020 00:00:00"', "no zone"), (b'"1-Jan-2020 00:00:00 +0000"', "one digit of a day"),
)  # fmt: skip
_LITERALS = tuple(
    Malformed(b"APPEND " + ABSENT + b" " + date, "date-time", why, "authenticated", literal=_MESSAGE)
    for date, why in _DATES
)
"""APPEND to a mailbox that nobody has is refused in any case: what counts is the answer's form and the next command."""

TABLE: tuple[Malformed, ...] = (
    *_MISSING, *_SETS, *_FETCH, *_STORE, *_SEARCH, *_STRINGS, *_SPACES, *_LITERALS,
)  # fmt: skip
"""All of them, for checks with cases."""

LINES: tuple[tuple[bytes, str], ...] = (
    (b"", "an empty line"),
    (b"mailconform", "a tag alone"),
    (b" NOOP", "no tag"),
    (b"+ NOOP", "a plus sign for a tag"),
    (b"* NOOP", "an asterisk for a tag"),
    (b"(a) NOOP", "parentheses in a tag"),
    (b'"a" NOOP', "a string for a tag"),
    (b"a%b NOOP", "a wildcard in a tag"),
    (b"a\\b NOOP", "a backslash in a tag"),
    (b"a{b NOOP", "a brace in a tag"),
    (b"caf\xe9 NOOP", "8-bit octets in a tag"),
)


def malformed_commands(*states: State, leniency: Leniency = "grammar") -> SearchStrategy[Malformed]:
    """Commands that the grammar forbids, for these states (all if none is named), in any letter case of their verb."""
    rows = [row for row in TABLE if row.leniency == leniency and (not states or row.state in states)]
    return st.sampled_from(rows).flatmap(_in_any_case)


def _in_any_case(row: Malformed) -> SearchStrategy[Malformed]:
    verb, space, rest = row.line.partition(b" ")
    return in_any_case(verb).map(
        lambda word: Malformed(word + space + rest, row.rule, row.why, row.state, row.leniency, row.literal)
    )


def malformed_lines() -> SearchStrategy[tuple[bytes, str]]:
    """Lines without CRLF whose tag is missing or none; the answer has no tag to be known by (RFC 3501 section 7.1.3)."""
    return st.sampled_from(LINES)


def commands_with_nul() -> SearchStrategy[Malformed]:
    """Commands with the octet that MUST NOT be used at any time (RFC 3501 section 9, note 3)."""
    lines = (b"NOOP\x00", b"NO\x00OP", b'EXAMINE "mailconform\x00absent"', b"EXAMINE mailconform\x00absent", b"\x00")
    return st.sampled_from(lines).map(lambda line: Malformed(line, "CHAR8", "NUL", "authenticated"))
