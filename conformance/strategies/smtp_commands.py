"""What SMTP clients may say and what they may not (RFC 5321 sections 2.4, 4.1.1 and 4.1.2).

Each strategy builds its meaning first and spells it then. Lines are without CRLF; nothing here is ever filtered. Of what
is malformed the docstring says by what: it is refused for certain, unless it is said to be doubtful.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import VISIBLE, Spelled, octets_of
from conformance.strategies.pop3_commands import keywords

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_LET_DIG = _LETTERS + _DIGITS
_ATEXT = _LET_DIG + b"!#$%&'*+-/=?^_`{|}~"
_QTEXT = bytes(octet for octet in range(32, 127) if octet not in b'"\\')
_VALUE = VISIBLE.replace(b"=", b"")
VERBS = (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"RSET", b"NOOP", b"QUIT", b"VRFY")


# Paths.


@dataclass(frozen=True, slots=True)
class Path:
    """A mailbox and the hosts in front of it; the null reverse-path has an empty mailbox.

    `local` is what the local-part means, quotes and backslashes taken away.
    """

    local: bytes
    domain: bytes
    route: tuple[bytes, ...] = ()


NULL = Spelled(Path(b"", b""), b"<>")


def sub_domains() -> SearchStrategy[bytes]:
    """sub-domain = Let-dig [Ldh-str]: hyphens inside only (RFC 5321 section 4.1.2)."""
    edge = octets_of(_LET_DIG, 1, 1)
    inner = octets_of(_LET_DIG + b"-", 0, 10)
    return st.one_of(edge, st.builds(lambda first, middle, last: first + middle + last, edge, inner, edge))


def domains() -> SearchStrategy[bytes]:
    """Domain = sub-domain *("." sub-domain); the last label is of letters (RFC 5321 section 4.1.2, RFC 1123 section 2.1)."""
    labels = st.lists(sub_domains(), max_size=2)
    return st.builds(lambda given, last: b".".join((*given, last)), labels, octets_of(_LETTERS, 2, 8))


def address_literals() -> SearchStrategy[bytes]:
    """address-literal: IPv4 and IPv6, in brackets (RFC 5321 section 4.1.3)."""
    four = st.lists(st.integers(0, 255), min_size=4, max_size=4).map(lambda snum: b".".join(b"%d" % n for n in snum))
    groups = st.lists(st.integers(0, 0xFFFF).map(lambda n: b"%x" % n), min_size=8, max_size=8)
    full = groups.map(b":".join)
    short = st.builds(
        lambda before, behind, given: b":".join(given[:before]) + b"::" + b":".join(given[8 - behind :]),
        st.integers(0, 3), st.integers(0, 3), groups,
    )  # fmt: skip
    six = st.builds(bytes.__add__, st.sampled_from((b"IPv6:", b"IPV6:", b"ipv6:")), st.one_of(full, short))
    return st.one_of(four, six).map(lambda inside: b"[" + inside + b"]")


def dot_strings(barred: bytes = b"") -> SearchStrategy[Spelled[bytes]]:
    """Dot-string = Atom *("." Atom), without some characters (RFC 5321 section 4.1.2)."""
    atoms = octets_of(_ATEXT.translate(None, barred), 1, 8)
    return st.lists(atoms, min_size=1, max_size=3).map(b".".join).map(lambda raw: Spelled(raw, raw))


def quoted_strings(barred: bytes = b"") -> SearchStrategy[Spelled[bytes]]:
    """Quoted-string that is not empty, without some characters (RFC 5321 section 4.1.2).

    Any graphic or space may stand behind a backslash.
    """
    plain = octets_of(_QTEXT.translate(None, barred), 1, 1).map(lambda octet: Spelled(octet, octet))
    graphics = bytes(range(32, 127)).translate(None, barred)
    pair = octets_of(graphics, 1, 1).map(lambda octet: Spelled(octet, b"\\" + octet))
    return st.lists(st.one_of(plain, plain, pair), min_size=1, max_size=12).map(_quoted)


def _quoted(content: list[Spelled[bytes]]) -> Spelled[bytes]:
    return Spelled(b"".join(one.value for one in content), b'"' + b"".join(one.raw for one in content) + b'"')


def local_parts(barred: bytes = b"") -> SearchStrategy[Spelled[bytes]]:
    """Local-part = Dot-string / Quoted-string, without some characters (RFC 5321 section 4.1.2)."""
    return st.one_of(dot_strings(barred), quoted_strings(barred))


def routes() -> SearchStrategy[tuple[bytes, ...]]:
    """A-d-l: hosts of a source route, mostly none (RFC 5321 section 4.1.2 and appendix C)."""
    return st.one_of(st.just(()), st.just(()), st.lists(domains(), min_size=1, max_size=3).map(tuple))


def paths(
    locals_: SearchStrategy[Spelled[bytes]] | None = None, at: SearchStrategy[bytes] | None = None
) -> SearchStrategy[Spelled[Path]]:
    """Path = "<" [A-d-l ":"] Mailbox ">", with local-parts and domains of one's own, if given (RFC 5321 section 4.1.2)."""
    where = st.one_of(domains(), domains(), address_literals()) if at is None else at
    return st.builds(_path, routes(), local_parts() if locals_ is None else locals_, where)


def _path(route: tuple[bytes, ...], local: Spelled[bytes], domain: bytes) -> Spelled[Path]:
    hosts = b",".join(b"@" + host for host in route) + (b":" if route else b"")
    return Spelled(Path(local.value, domain, route), b"<" + hosts + local.raw + b"@" + domain + b">")


def spellings_of(address: bytes) -> SearchStrategy[Spelled[Path]]:
    """Paths that name a mailbox: letter case of the domain, quotes, quoted-pairs and source routes change nothing.

    RFC 5321 sections 2.4, 4.1.1.3 and 4.1.2; the local-part keeps its letters.
    """
    local, _, domain = address.rpartition(b"@")
    marks = st.lists(st.booleans(), min_size=len(local), max_size=len(local))
    quoted = marks.map(lambda escaped: _escaped(local, escaped))
    return paths(st.one_of(st.just(Spelled(local, local)), quoted), keywords(domain).map(lambda one: one.raw))


def _escaped(local: bytes, escaped: list[bool]) -> Spelled[bytes]:
    content = b"".join(b"\\" * mark + local[at : at + 1] for at, mark in enumerate(escaped))
    return Spelled(local, b'"' + content + b'"')


def reverse_paths() -> SearchStrategy[Spelled[Path]]:
    """Reverse-path = Path / "<>" (RFC 5321 section 4.1.2)."""
    return st.one_of(paths(), paths(), st.just(NULL))


# Parameters.


Parameter = tuple[bytes, bytes | None]
"""Keyword in upper case and value, None without one."""


def parameters() -> SearchStrategy[Spelled[Parameter]]:
    """esmtp-param = esmtp-keyword ["=" esmtp-value]; the keyword's letter case means nothing (RFC 5321 section 4.1.2)."""
    word = st.builds(bytes.__add__, octets_of(_LET_DIG, 1, 1), octets_of(_LET_DIG + b"-", 0, 10))
    value = st.one_of(st.none(), octets_of(_VALUE, 1, 20))
    return st.builds(_parameter, word.flatmap(keywords), value)


def _parameter(keyword: Spelled[bytes], value: bytes | None) -> Spelled[Parameter]:
    return Spelled((keyword.value, value), keyword.raw + (b"" if value is None else b"=" + value))


def xtexts() -> SearchStrategy[Spelled[bytes]]:
    """xtext: "+", "=" and what is not visible as "+" and two hexadecimal digits, others may be so (RFC 3461 section 4)."""
    xchar = VISIBLE.translate(None, b"+=")
    plain = octets_of(xchar, 1, 1).map(lambda octet: Spelled(octet, octet))
    hexed = st.integers(0, 127).map(lambda octet: Spelled(bytes((octet,)), b"+%02X" % octet))
    return st.lists(st.one_of(plain, plain, hexed), min_size=1, max_size=20).map(
        lambda chars: Spelled(b"".join(one.value for one in chars), b"".join(one.raw for one in chars))
    )


# Command lines.


@dataclass(frozen=True, slots=True)
class Line:
    """A command line: verb in upper case, path and parameters of MAIL and RCPT, the argument of the others."""

    verb: bytes
    path: Path | None = None
    parameters: tuple[Parameter, ...] = ()
    argument: bytes = b""


def command_lines() -> SearchStrategy[Spelled[Line]]:
    """Legal command lines in any letter case (RFC 5321 sections 2.4 and 4.1.1)."""
    bare = st.sampled_from((b"DATA", b"RSET", b"NOOP", b"QUIT")).flatmap(keywords)
    hello = st.sampled_from((b"EHLO", b"HELO")).flatmap(keywords)
    string = st.one_of(octets_of(_ATEXT, 1, 20), quoted_strings().map(lambda one: one.raw))
    said = st.sampled_from((b"NOOP", b"VRFY")).flatmap(keywords)
    return st.one_of(
        bare.map(lambda word: Spelled(Line(word.value), word.raw)),
        st.builds(_with_argument, hello, domains()),
        st.builds(_with_argument, said, string),
        st.builds(
            _with_path, keywords(b"MAIL"), keywords(b"FROM:"), reverse_paths(), st.lists(parameters(), max_size=3)
        ),
        st.builds(_with_path, keywords(b"RCPT"), keywords(b"TO:"), paths(), st.lists(parameters(), max_size=3)),
    )


def _with_argument(word: Spelled[bytes], argument: bytes) -> Spelled[Line]:
    return Spelled(Line(word.value, argument=argument), word.raw + b" " + argument)


def _with_path(
    word: Spelled[bytes], to: Spelled[bytes], path: Spelled[Path], given: list[Spelled[Parameter]]
) -> Spelled[Line]:
    value = Line(word.value, path.value, tuple(one.value for one in given))
    return Spelled(value, b" ".join((word.raw, to.raw + path.raw, *(one.raw for one in given))))


def spelled_like(line: bytes) -> SearchStrategy[bytes]:
    """Spellings of a command line that differ in the letter case of verb, FROM: or TO: only (RFC 5321 section 2.4)."""
    word, gap, rest = line.partition(b" ")
    head = next((to for to in (b"FROM:", b"TO:") if rest.upper().startswith(to)), b"")
    return st.builds(lambda verb, to: verb.raw + gap + to.raw + rest[len(head) :], keywords(word), keywords(head))


def batches(lines: SearchStrategy[bytes], most: int = 8) -> SearchStrategy[tuple[bytes, ...]]:
    """Groups of command lines for one write (RFC 2920 section 3.1)."""
    return st.lists(lines, min_size=1, max_size=most).map(tuple)


# What no grammar allows.


def unknown_verbs() -> SearchStrategy[bytes]:
    """Verbs that begin with X and that nobody knows, alone or with something behind (RFC 5321 sections 4.1.5 and 4.2.4)."""
    word = octets_of(_LETTERS, 3, 9).map(b"XQ".__add__)
    argument = st.one_of(st.just(b""), octets_of(VISIBLE, 1, 12).map(b" ".__add__))
    return st.builds(bytes.__add__, word, argument)


def missing_paths(verb: bytes, to: bytes) -> SearchStrategy[bytes]:
    """MAIL or RCPT with nothing that could be a path: syntax errors (RFC 5321 section 4.1.1)."""
    empty = st.sampled_from(
        (verb, verb + b" ", verb + b" " + to.rstrip(b":"), verb + b" " + to, verb + b" " + to + b" ")
    )
    word = octets_of(_LETTERS, 1, 8)
    no_colon = st.builds(lambda a, b: verb + b" " + a + b"@" + b, word, domains())
    return st.one_of(empty, no_colon)


def broken_paths() -> SearchStrategy[bytes]:
    """Paths that end inside a quoted-string: whatever they begin with, no mailbox is named (RFC 5321 section 4.1.2)."""
    return st.builds(lambda inside, domain: b'<"' + inside + b"@" + domain + b">", octets_of(_ATEXT, 1, 10), domains())


def malformed_lines() -> SearchStrategy[bytes]:
    """Command lines that no server can carry out: unknown verbs, MAIL and RCPT without a path, hello without a name."""
    return st.one_of(
        unknown_verbs(),
        missing_paths(b"MAIL", b"FROM:"),
        missing_paths(b"RCPT", b"TO:"),
        st.just(b"RCPT TO:<>"),
        st.sampled_from((b"EHLO", b"HELO")),
    )


def doubtful_lines() -> SearchStrategy[bytes]:
    """Command lines of wrong form that servers may be lenient about: answered once, positively or not."""
    blanks = st.sampled_from((b" ", b"  ", b"\t", b" \t"))
    surplus = st.builds(
        lambda verb, word: verb + b" " + word, st.sampled_from((b"RSET", b"NOOP", b"VRFY")), octets_of(VISIBLE, 1, 40)
    )
    odd = octets_of(bytes(range(1, 127)).translate(None, b"\r\n"), 1, 40)
    glued = st.builds(bytes.__add__, st.sampled_from((b"NOOP", b"RSET", b"MAIL", b"EHLO")), octets_of(_LETTERS, 1, 4))
    spaced = st.builds(lambda gap, path: b"MAIL FROM:" + gap + path.raw, blanks, reverse_paths())
    bare = paths().map(lambda path: b"MAIL FROM:" + path.raw.strip(b"<>"))
    return st.one_of(
        surplus,
        glued,
        st.builds(bytes.__add__, st.sampled_from((b"NOOP", b"RSET")), blanks),
        broken_paths().map(b"MAIL FROM:".__add__),
        spaced,
        bare,
        odd.map(b"NOOP ".__add__),
        odd.map(b"MAIL FROM:<".__add__),
    )
