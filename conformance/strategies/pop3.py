"""What POP3 servers may say (RFC 1939 sections 3, 5, 7; RFC 2449 section 3), and what they may not.

Each strategy builds its meaning first and spells it then: a Spelled has both, so that a reader can be held against the
value. Those called `broken_<rule>` yield octets and the name of the one rule that they
break; BROKEN says which reader they are meant for.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies import messages
from conformance.wire import framing, pop3
from conformance.wire.scanner import Scanner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spelled(Generic[T]):
    """A meaning and one of its spellings on the wire."""

    value: T
    raw: bytes


Broken = SearchStrategy[tuple[bytes, str]]

_TEXT = bytes(range(0x20, 0x7F))
VISIBLE = bytes(range(0x21, 0x7F))
_LEVEL = bytes(octet for octet in VISIBLE if octet not in b"/]")
_TAG = bytes(octet for octet in VISIBLE if octet not in b".")
_GCHAR = bytes(octet for octet in _TEXT if octet not in b"<>[")


def octets_of(alphabet: bytes, smallest: int, largest: int) -> SearchStrategy[bytes]:
    """Octets of an alphabet, at least and at most so many."""
    return st.lists(st.sampled_from(alphabet), min_size=smallest, max_size=largest).map(bytes)


# What a server says.


def texts() -> SearchStrategy[bytes]:
    """Text behind a status indicator that begins no response code (RFC 2449 section 3)."""
    return st.builds(
        lambda first, rest: first + rest,
        octets_of(_TEXT.replace(b"[", b"").replace(b" ", b""), 0, 1),
        octets_of(_TEXT, 0, 60),
    )


def resp_codes() -> SearchStrategy[Spelled[tuple[bytes, ...]]]:
    """resp-code = "[" resp-level *("/" resp-level) "]" (RFC 2449 sections 3 and 8)."""
    known = st.sampled_from(((b"IN-USE",), (b"LOGIN-DELAY",), (b"SYS", b"TEMP"), (b"SYS", b"PERM"), (b"AUTH",)))
    other = st.lists(octets_of(_LEVEL, 1, 10), min_size=1, max_size=3).map(tuple)
    return st.one_of(known, other).map(lambda levels: Spelled(levels, b"[" + b"/".join(levels) + b"]"))


def status_lines() -> SearchStrategy[Spelled[pop3.Response]]:
    """single-line = status [SP text] CRLF, with or without a response code (RFC 2449 section 3)."""
    status = st.sampled_from((b"+OK", b"-ERR"))
    bare = status.map(lambda word: Spelled(pop3.Response(word, (), b""), word + b"\r\n"))
    said = st.builds(
        lambda word, text: Spelled(pop3.Response(word, (), text), word + b" " + text + b"\r\n"), status, _plain_texts()
    )
    coded = st.builds(_coded, status, resp_codes(), texts().map(lambda text: b" " + text))
    return st.one_of(bare, said, coded)


def _plain_texts() -> SearchStrategy[bytes]:
    return st.builds(bytes.__add__, octets_of(VISIBLE.replace(b"[", b""), 1, 1), octets_of(_TEXT, 0, 60))


def _coded(status: bytes, code: Spelled[tuple[bytes, ...]], text: bytes) -> Spelled[pop3.Response]:
    return Spelled(pop3.Response(status, code.value, text), status + b" " + code.raw + text + b"\r\n")


def greetings() -> SearchStrategy[Spelled[pop3.Greeting]]:
    """Greetings: +OK, text, at most one timestamp in angle brackets (RFC 1939 section 7, RFC 2449 section 3)."""
    word = octets_of(b"abcdefghijklmnopqrstuvwxyz0123456789.-", 1, 20)
    stamp = st.one_of(st.just(b""), st.builds(lambda a, b: b"<" + a + b"@" + b + b">", word, word))
    return st.builds(_greeting, octets_of(_GCHAR.replace(b" ", b""), 1, 20), stamp, octets_of(_GCHAR, 0, 20))


def _greeting(before: bytes, stamp: bytes, behind: bytes) -> Spelled[pop3.Greeting]:
    text = before + b" " + stamp + behind
    return Spelled(pop3.Greeting(pop3.Response(b"+OK", (), text), stamp), b"+OK " + text + b"\r\n")


def _numbers(least: int = 0) -> SearchStrategy[int]:
    return st.one_of(st.integers(least, 20), st.integers(least, 2**32), st.integers(10**20, 10**39))


def _listings(start: bytes) -> SearchStrategy[Spelled[pop3.Listing]]:
    extra = st.one_of(st.just(b""), st.just(b""), octets_of(_TEXT, 0, 30).map(lambda text: b" " + text))
    return st.builds(
        lambda a, b, more: Spelled(pop3.Listing(a, b, more), b"%s%d %d%s\r\n" % (start, a, b, more)),
        _numbers(),
        _numbers(),
        extra,
    )


def drop_listings() -> SearchStrategy[Spelled[pop3.Listing]]:
    """Drop listings: "+OK" SP messages SP octets, further text allowed (RFC 1939 section 5, STAT)."""
    return _listings(b"+OK ")


def scan_listings() -> SearchStrategy[Spelled[pop3.Listing]]:
    """Scan listings: number SP octets, further text allowed (RFC 1939 section 5, LIST)."""
    return _listings(b"")


def unique_id_listings() -> SearchStrategy[Spelled[pop3.UniqueId]]:
    """Unique-id listings: number SP 1 to 70 visible characters (RFC 1939 section 7, UIDL)."""
    ids = st.one_of(octets_of(VISIBLE, 1, 70), octets_of(VISIBLE, 70, 70))
    return st.builds(
        lambda number, text: Spelled(pop3.UniqueId(number, text), b"%d %s\r\n" % (number, text)), _numbers(1), ids
    )


def capability_lines() -> SearchStrategy[Spelled[pop3.Capability]]:
    """Capability lines: capa-tag *(SP param) CRLF (RFC 2449 section 3)."""
    tags = st.one_of(
        st.sampled_from((b"TOP", b"USER", b"SASL", b"UIDL", b"EXPIRE", b"PIPELINING", b"STLS")), octets_of(_TAG, 1, 20)
    )
    params = st.lists(octets_of(VISIBLE, 1, 20), max_size=6).map(tuple)
    return st.builds(
        lambda tag, given: Spelled(pop3.Capability(tag, given), b" ".join((tag, *given)) + b"\r\n"), tags, params
    )


def challenges() -> SearchStrategy[Spelled[bytes]]:
    """continue-req = "+" SP [base64] CRLF: SASL challenges (RFC 5034 section 5)."""
    return st.binary(max_size=60).map(lambda octets: Spelled(octets, b"+ " + base64.b64encode(octets) + b"\r\n"))


def multi_line_bodies() -> SearchStrategy[Spelled[bytes]]:
    """Texts of lines that end in CRLF, and their form on the wire: stuffed and terminated (RFC 1939 section 3)."""
    text = st.one_of(st.just(b""), messages.bodies(), messages.eight_bit_bodies(), messages.lone_cr_bodies())
    return text.map(lambda octets: Spelled(octets, framing.stuff(octets)))


def replies() -> SearchStrategy[Spelled[tuple[bytes, bytes | None]]]:
    """Whole answers: a status line alone, or +OK and a multi-line body; the value is status line and unstuffed text."""
    single = status_lines().map(lambda line: Spelled((line.raw, None), line.raw))
    multi = st.builds(
        lambda text, body: Spelled((b"+OK " + text + b"\r\n", body.value), b"+OK " + text + b"\r\n" + body.raw),
        _plain_texts(),
        multi_line_bodies(),
    )
    return st.one_of(single, multi)


# What no grammar allows.


def _breaking(rule: str, spelled: SearchStrategy[bytes]) -> Broken:
    return spelled.map(lambda raw: (raw, rule))


def broken_crlf() -> Broken:
    """Status lines that end in a bare LF (RFC 1939 section 3)."""
    return _breaking("CRLF", status_lines().map(lambda line: line.raw[:-2] + b"\n"))


def broken_status() -> Broken:
    """Status lines whose indicator is in lower or mixed case (RFC 1939 section 3)."""
    wrong = st.sampled_from((b"+ok", b"+Ok", b"+oK", b"-err", b"-Err", b"-ERr", b"-eRR"))
    return _breaking("status", st.builds(lambda word, text: word + b" " + text + b"\r\n", wrong, _plain_texts()))


def broken_sp() -> Broken:
    """Status lines with no space behind the indicator (RFC 2449 section 3)."""
    glued = octets_of(b"abcdefghijklmnopqrstuvwxyz:-.,/", 1, 20)
    return _breaking(
        "SP", st.builds(lambda word, text: word + text + b"\r\n", st.sampled_from((b"+OK", b"-ERR")), glued)
    )


def broken_resp_code() -> Broken:
    """Status lines whose text opens a bracket and has no response code in it (RFC 2449 section 3)."""
    wrong = st.sampled_from((b"[]", b"[", b"[/TEMP]", b"[SYS/]", b"[SYS//TEMP]", b"[IN-USE", b"[two words]"))
    return _breaking(
        "resp-code",
        st.builds(
            lambda word, code, text: word + b" " + code + b" " + text + b"\r\n",
            st.sampled_from((b"+OK", b"-ERR")),
            wrong,
            _closed(),
        ),
    )


def _closed() -> SearchStrategy[bytes]:
    return octets_of(_TEXT.replace(b"]", b"").replace(b"/", b""), 0, 20)


def broken_char() -> Broken:
    """Status lines with one octet that is no printable US-ASCII (RFC 2449 section 3)."""
    wrong = st.sampled_from(bytes(range(0x20)).translate(None, b"\r\n") + bytes(range(0x80, 0x100)))
    return _breaking(
        "CHAR",
        st.builds(
            lambda a, octet, b: b"+OK " + a + bytes([octet]) + b + b"\r\n",
            _plain_texts(),
            wrong,
            octets_of(_TEXT, 0, 10),
        ),
    )


def broken_line_limit() -> Broken:
    """Status lines above 512 octets, CRLF included (RFC 1939 section 3); `pop3.read_line` knows the limit."""
    return _breaking("line-limit", st.integers(513 - 6, 2000).map(lambda size: b"+OK " + b"x" * size + b"\r\n"))


def broken_gchar() -> Broken:
    """Greetings with an angle bracket outside one timestamp (RFC 2449 section 3)."""
    wrong = st.sampled_from((b"< ready", b"<one@a.example> <two@a.example>", b"a < b", b"<no-at-sign>", b"<1@a> <"))
    return _breaking(
        "gchar",
        st.builds(lambda a, b: b"+OK " + a + b" " + b + b"\r\n", octets_of(_TAG.translate(None, b"<>["), 1, 10), wrong),
    )


def broken_number() -> Broken:
    """Scan listings whose number or size is not of decimal digits alone (RFC 1939 section 4)."""
    wrong = st.sampled_from((b"12x", b"1,200", b"0x10", b"1.5", b"12k"))
    return _breaking("number", st.builds(lambda number, size: b"%d %s\r\n" % (number, size), _numbers(1), wrong))


def broken_sp_in_drop_listings() -> Broken:
    """Drop listings with no space behind +OK (RFC 1939 section 5)."""
    return _breaking("SP", st.builds(lambda a, b: b"+OK%d %d\r\n" % (a, b), _numbers(), _numbers()))


def broken_unique_id() -> Broken:
    """Unique-id listings that are too long, or with something behind the unique-id (RFC 1939 section 7)."""
    wrong = st.one_of(
        octets_of(VISIBLE, 71, 90),
        st.builds(lambda a, b: a + b" " + b, octets_of(VISIBLE, 1, 70), octets_of(_TEXT, 0, 9)),
        st.just(b""),
    )
    return _breaking("unique-id", st.builds(lambda number, text: b"%d %s\r\n" % (number, text), _numbers(1), wrong))


def broken_capa_tag() -> Broken:
    """Capability lines without a tag: empty, or with a parameter alone (RFC 2449 section 3)."""
    params = st.lists(octets_of(VISIBLE, 1, 12), max_size=3)
    return _breaking("capa-tag", params.map(lambda given: b"".join(b" " + param for param in given) + b"\r\n"))


def broken_param() -> Broken:
    """Capability lines with a space that no parameter follows (RFC 2449 section 3)."""
    return _breaking("param", capability_lines().map(lambda line: line.raw[:-2] + b" \r\n"))


def broken_capability() -> Broken:
    """Capability lines above 512 octets, CRLF included (RFC 2449 section 5)."""
    return _breaking("capability", st.integers(513 - 4 - 2, 1500).map(lambda size: b"TOP " + b"x" * size + b"\r\n"))


def broken_continue_req() -> Broken:
    """SASL challenges without the space behind "+" (RFC 5034 section 5)."""
    return _breaking(
        "continue-req", st.binary(max_size=30).map(lambda octets: b"+" + base64.b64encode(octets) + b"\r\n")
    )


def broken_base64() -> Broken:
    """SASL challenges that are no base64 (RFC 5034 section 5)."""
    wrong = st.sampled_from((b"=", b"a", b"YQ", b"Y Q==", b"YQ==\x00", b"go ahead", b"YW=x", b"\xe4\xf6"))
    return _breaking("base64", wrong.map(lambda octets: b"+ " + octets + b"\r\n"))


BROKEN: tuple[tuple[Callable[[Scanner], object], tuple[Callable[[], Broken], ...]], ...] = (
    (pop3.single_line, (broken_crlf, broken_status, broken_sp, broken_resp_code, broken_char)),
    (pop3.greeting, (broken_gchar,)),
    (pop3.scan_listing, (broken_number,)),
    (pop3.drop_listing, (broken_sp_in_drop_listings,)),
    (pop3.unique_id_listing, (broken_unique_id,)),
    (pop3.capability, (broken_capa_tag, broken_param, broken_capability)),
    (pop3.continue_req, (broken_continue_req, broken_base64)),
)
"""Readers, and the strategies that break exactly one rule for them; broken_line_limit is for `pop3.read_line`."""
