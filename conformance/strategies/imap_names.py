r"""Mailbox names to create and ask for: valid, odd, and invalid ones, in functions of their own (RFC 3501 section 5.1).

Names are drawn without a delimiter and below a prefix of the caller's, so that they can be removed again. Valid names
are those that every server is meant to take: letters, digits and international text in modified UTF-7. Odd ones are
legal in the grammar, and a server may refuse them with NO. Invalid ones break section 5.1.3 or 9: a server should refuse
them, and whatever it does it must stay in step.
"""

from __future__ import annotations

import base64
from collections.abc import Collection

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.imap import Said, octets_of
from conformance.wire.imap_commands import Sync
from conformance.wire.search_program import quoted

_PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_SCRIPTS = ("äöüß", "éèç", "台北", "日本語", "привет", "שלום", "☺", "\U0001f600")
"""Text without US-ASCII and without marks that combine: what has two forms in Unicode may come back in the other one."""


def mailbox_names(prefix: bytes) -> SearchStrategy[Said[bytes]]:
    """Names that every server takes: letters and digits, spaces and hyphens between them, and international text."""
    plain = octets_of(_PLAIN, 1, 12)
    spaced = st.builds(lambda a, gap, b: a + gap + b, plain, st.sampled_from((b" ", b"-", b"_")), plain)
    return st.one_of(plain, spaced, international_names()).map(lambda name: prefix + name).flatmap(_spelled)


def international_names() -> SearchStrategy[bytes]:
    """Names in modified UTF-7, text of several scripts between letters (RFC 3501 section 5.1.3)."""
    pieces = st.lists(st.sampled_from(_SCRIPTS), min_size=1, max_size=3).map("".join)
    return st.builds(
        lambda a, text, b: a + _shifted(text) + b, octets_of(_PLAIN, 0, 4), pieces, octets_of(_PLAIN, 0, 4)
    )


def _shifted(text: str) -> bytes:
    return b"&" + base64.b64encode(text.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",") + b"-"


def _spelled(name: bytes) -> SearchStrategy[Said[bytes]]:
    words: list[bytes] = [Sync(name)]
    if name.isascii() and not any(octet in b"\r\n\x00" for octet in name):
        words.append(quoted(name))
    return st.sampled_from(words).map(lambda word: Said(name, (word,)))


def odd_mailbox_names(prefix: bytes) -> SearchStrategy[Said[bytes]]:
    """Names that the grammar allows and a server may refuse: wildcards, quotes, backslashes, brackets, blanks at the ends."""
    odd = st.sampled_from((
        b"a*b", b"a%b", b'a"b', b"a\\b", b"(a)", b"{3}", b"{3+}", b"a]b", b"a[b", b"NIL", b"a ", b" a", b"a  b", b"#a",
        b"~a", b"&-", b"a&-b", b"..", b".", b"a..b", b"-", b"+", b"=", b"'", b";", b"`", b"$", b"!", b"a,b", b"\\Noselect",
        b"e&AwE-", b"&+wM-", b"&ATA-",
    ))  # fmt: skip
    return odd.map(lambda name: prefix + name).flatmap(_spelled)


def long_mailbox_names(prefix: bytes) -> SearchStrategy[Said[bytes]]:
    """Names of some hundred to some thousand octets: a server may refuse them, and must stay in step."""
    sizes = st.sampled_from((200, 255, 256, 500, 1000, 1023, 1024, 4096, 8000))
    return sizes.map(lambda size: prefix + b"x" * max(1, size - len(prefix))).flatmap(_spelled)


def invalid_mailbox_names(prefix: bytes) -> SearchStrategy[tuple[Said[bytes], str]]:
    """Names that are no modified UTF-7, with the reason: CREATE should refuse them (RFC 3501 section 5.1.3).

    Servers that keep names as octets take some of them; 8-bit names should be refused, too (section 5.1).
    """
    return st.sampled_from(_INVALID).flatmap(lambda pair: _spelled(prefix + pair[0]).map(lambda said: (said, pair[1])))


_INVALID: tuple[tuple[bytes, str], ...] = (
    (b"&Jjo!", "no shift back to US-ASCII"),
    (b"a&", "no shift back to US-ASCII"),
    (b"&U,BTFw-&ZeVnLIqe-", "a superfluous shift"),
    (b"&AGEAYg-", "printable US-ASCII in BASE64"),
    (b"&U/BTFw-", '"/" in modified BASE64'),
    (b"&AAAA-", "no BASE64 of UTF-16"),
    (b"&2D0-", "no BASE64 of UTF-16"),
    (b"caf\xc3\xa9", "8-bit octets"),
    (b"caf\xe9", "8-bit octets"),
)


def list_patterns(prefix: bytes, names: Collection[bytes], delimiter: bytes | None) -> SearchStrategy[Said[bytes]]:
    """Patterns for LIST that begin with the prefix and have to do with these names: wildcards in place of octets."""
    wild = st.sampled_from((b"*", b"%"))
    below = sorted(name[len(prefix) :] for name in names if name.startswith(prefix))
    name = st.sampled_from(below or [b""])
    cut = st.builds(lambda text, at, sign: text[: at % (len(text) + 1)] + sign, name, st.integers(0, 40), wild)
    inside = st.builds(_replaced, name, st.integers(0, 40), st.integers(0, 3), wild)
    level = st.builds(lambda a, b: a + (delimiter or b"") + b, wild, wild)
    drawn = st.one_of(wild, name, cut, cut, inside, level).map(lambda tail: prefix + tail)
    return drawn.flatmap(_spelled_pattern)


def _replaced(text: bytes, at: int, size: int, sign: bytes) -> bytes:
    place = at % (len(text) + 1)
    return text[:place] + sign + text[place + size :]


def _spelled_pattern(pattern: bytes) -> SearchStrategy[Said[bytes]]:
    bare = [pattern] if pattern and not any(octet in b'(){ "\\' for octet in pattern) else []
    return st.sampled_from([*bare, quoted(pattern), Sync(pattern)]).map(lambda word: Said(pattern, (word,)))
