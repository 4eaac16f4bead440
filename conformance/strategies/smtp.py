"""What SMTP servers may say (RFC 5321 sections 4.1.1.1 and 4.2, RFC 3463 section 2), and what they may not.

Each strategy builds its meaning first and spells it then: a Spelled has both. Those called `broken_<rule>` yield octets
and the name of the one rule that they break; BROKEN says which reader they are meant for.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import VISIBLE, Broken, Spelled, octets_of
from conformance.strategies.smtp_commands import address_literals, domains
from conformance.wire import smtp
from conformance.wire.scanner import Scanner
from conformance.wire.smtp import Keyword, ReplyLine

_TEXT = b"\t" + bytes(range(0x20, 0x7F))
_LET_DIG = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def codes() -> SearchStrategy[bytes]:
    """Reply-code: 2-5, 0-5, 0-9 (RFC 5321 section 4.2)."""
    return st.tuples(st.integers(2, 5), st.integers(0, 5), st.integers(0, 9)).map(lambda d: b"%d%d%d" % d)


def texts() -> SearchStrategy[bytes]:
    """textstring: tab, space and printable US-ASCII (RFC 5321 section 4.2)."""
    return octets_of(_TEXT, 1, 60)


def reply_lines(separator: bytes = b"") -> SearchStrategy[Spelled[ReplyLine]]:
    """One line of a reply, of those in front (separator "-") or the last: text, or code alone (RFC 5321 section 4.2)."""
    said = st.builds(_line, codes(), st.just(separator or b" "), texts())
    empty = st.builds(_line, codes(), st.just(separator or b" "), st.just(b""))
    bare = codes().map(lambda code: _line(code, b"", b""))
    return st.one_of(said, said, empty, *(() if separator else (bare,)))


def _line(code: bytes, separator: bytes, text: bytes) -> Spelled[ReplyLine]:
    return Spelled(ReplyLine(code, separator, text), code + separator + text + b"\r\n")


def replies(code: SearchStrategy[bytes] | None = None) -> SearchStrategy[Spelled[tuple[ReplyLine, ...]]]:
    """Whole replies of one to five lines, each with the same code (RFC 5321 section 4.2.1)."""
    spoken = st.tuples(
        codes() if code is None else code, st.lists(st.one_of(st.just(b""), texts()), min_size=1, max_size=5)
    )
    return spoken.map(lambda given: _reply(*given))


def _reply(code: bytes, given: list[bytes]) -> Spelled[tuple[ReplyLine, ...]]:
    *before, last = given
    lines = [_line(code, b"-", text) for text in before] + [_line(code, b" " if last else b"", last)]
    return Spelled(tuple(line.value for line in lines), b"".join(line.raw for line in lines))


def names() -> SearchStrategy[bytes]:
    """What a server calls itself: Domain / address-literal (RFC 5321 section 4.2)."""
    return st.one_of(domains(), domains(), address_literals())


def greetings() -> SearchStrategy[Spelled[bytes]]:
    """First lines of greetings; the value is the name (RFC 5321 section 4.2)."""
    return _named(b"220")


def ehlo_greetings() -> SearchStrategy[Spelled[bytes]]:
    """First lines of ehlo-ok-rsp; the value is the name (RFC 5321 section 4.1.1.1)."""
    return _named(b"250")


def _named(code: bytes) -> SearchStrategy[Spelled[bytes]]:
    text = st.one_of(st.just(b""), texts().map(b" ".__add__))
    return st.builds(
        lambda mark, name, more: Spelled(name, code + mark + name + more + b"\r\n"),
        st.sampled_from((b"-", b" ")),
        names(),
        text,
    )


def ehlo_keywords() -> SearchStrategy[bytes]:
    """ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-") (RFC 5321 section 4.1.1.1)."""
    known = st.sampled_from((b"PIPELINING", b"SIZE", b"8BITMIME", b"AUTH", b"STARTTLS", b"DSN", b"X-Y"))
    other = st.builds(bytes.__add__, octets_of(_LET_DIG, 1, 1), octets_of(_LET_DIG + b"-", 0, 12))
    return st.one_of(known, other)


def ehlo_lines() -> SearchStrategy[Spelled[Keyword]]:
    """ehlo-line = ehlo-keyword *(SP ehlo-param) behind 250 (RFC 5321 section 4.1.1.1)."""
    params = st.lists(octets_of(VISIBLE, 1, 12), max_size=4).map(tuple)
    return st.builds(
        lambda mark, word, given: Spelled(Keyword(word, given), b"250" + mark + b" ".join((word, *given)) + b"\r\n"),
        st.sampled_from((b"-", b" ")),
        ehlo_keywords(),
        params,
    )


def enhanced_codes() -> SearchStrategy[bytes]:
    """status-code = class "." subject "." detail, no leading zeros (RFC 3463 section 2)."""
    return st.tuples(st.sampled_from((2, 4, 5)), st.integers(0, 999), st.integers(0, 999)).map(
        lambda parts: b"%d.%d.%d" % parts
    )


# What no grammar allows.


def _breaking(rule: str, spelled: SearchStrategy[bytes]) -> Broken:
    return spelled.map(lambda raw: (raw, rule))


def broken_crlf() -> Broken:
    """Lines that end in a bare LF (RFC 5321 section 2.3.8)."""
    return _breaking("CRLF", reply_lines().map(lambda line: line.raw[:-2] + b"\n"))


def broken_reply_code() -> Broken:
    """Lines whose code begins with no digit from 2 to 5, or goes on with one above 5, or is none (section 4.2)."""
    wrong = st.one_of(
        st.sampled_from((b"150", b"650", b"260", b"299", b"599", b"000", b"999")),
        st.tuples(st.integers(2, 5), st.integers(6, 9), st.integers(0, 9)).map(lambda d: b"%d%d%d" % d),
    )
    return _breaking("Reply-code", st.builds(lambda code, text: code + b" " + text + b"\r\n", wrong, texts()))


def broken_sp() -> Broken:
    """Lines with neither space nor hyphen behind the code (section 4.2)."""
    glued = octets_of(b"abcdefghijklmnopqrstuvwxyz:._,/0123456789\t", 1, 20)
    return _breaking("SP", st.builds(lambda code, text: code + text + b"\r\n", codes(), glued))


def broken_textstring() -> Broken:
    """Lines with one octet that is neither tab nor printable US-ASCII (section 4.2)."""
    wrong = st.sampled_from(bytes(range(0x20)).translate(None, b"\t\r\n") + bytes(range(0x7F, 0x100)))
    return _breaking(
        "textstring",
        st.builds(
            lambda code, a, octet, b: code + b" " + a + bytes((octet,)) + b + b"\r\n",
            codes(), octets_of(_TEXT, 0, 10), wrong, octets_of(_TEXT, 0, 10),
        ),
    )  # fmt: skip


def broken_domain() -> Broken:
    """Greetings that begin with no name (sections 4.2 and 4.3.1)."""
    wrong = st.sampled_from((b"", b" mail.example", b" "))
    return _breaking("Domain", wrong.map(lambda name: b"220 " + name + b"\r\n"))


def broken_sp_behind_a_name() -> Broken:
    """Greetings whose name is followed by something else than a space (section 4.2)."""
    glued = st.sampled_from((b",", b"_x", b"..", b"/", b"-", b".", b"\t", b"!", b"]", b":25"))
    return _breaking("SP", st.builds(lambda name, mark: b"220 " + name + mark + b"\r\n", names(), glued))


def broken_ehlo_keyword() -> Broken:
    """ehlo-lines without keyword: nothing, or a parameter alone (section 4.1.1.1)."""
    params = st.lists(octets_of(VISIBLE, 1, 12), max_size=3)
    return _breaking(
        "ehlo-keyword", params.map(lambda given: b"250-" + b"".join(b" " + param for param in given) + b"\r\n")
    )


def broken_ehlo_param() -> Broken:
    """ehlo-lines with a space that no parameter follows (section 4.1.1.1)."""
    return _breaking("ehlo-param", ehlo_lines().map(lambda line: line.raw[:-2] + b" \r\n"))


def broken_ehlo_line() -> Broken:
    """ehlo-lines with something else than a space behind the keyword (section 4.1.1.1)."""
    glued = st.sampled_from((b"=LOGIN", b"_X", b":", b"\tX", b",X", b".1"))
    return _breaking("ehlo-line", st.builds(lambda word, mark: b"250-" + word + mark + b"\r\n", ehlo_keywords(), glued))


BROKEN: tuple[tuple[Callable[[Scanner], object], tuple[Callable[[], Broken], ...]], ...] = (
    (smtp.reply_line, (broken_crlf, broken_reply_code, broken_sp, broken_textstring)),
    (smtp.greeting, (broken_domain, broken_sp_behind_a_name)),
    (smtp.ehlo_line, (broken_ehlo_keyword, broken_ehlo_param, broken_ehlo_line)),
)
"""Readers, and the strategies that break exactly one rule for them."""
