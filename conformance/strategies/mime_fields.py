"""Pieces of header fields with their meaning: tokens, parameters, addresses, texts (RFC 2822 section 3, RFC 2045 section 5).

Invariant: what is drawn has one reading. Obsolete forms, comments, RFC 2231 and octets above 127 are not drawn here.
"""

from __future__ import annotations

import functools
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import Spelled
from conformance.wire.imap_body import Address

Pairs = tuple[tuple[bytes, bytes], ...]
T = TypeVar("T")
AddressList = Spelled[tuple[Address, ...]]

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_TOKEN = _LETTERS + b"!#$&+-^_`{|}~."
_ATEXT = _LETTERS + b"!#$&*+-/^_`{|}~"
_QUOTABLE = _LETTERS + b" ()<>@,;:/[]?=.!"
_FOLDS = (b" ", b" ", b"\r\n ", b"\r\n\t", b"\r\n  ")
TEXT = bytes(range(0x20, 0x7F)) + b"\t"
_EITHER = st.booleans()
_HOSTS = st.sampled_from((b"mailconform.invalid", b"a.b.mailconform.invalid", b"[127.0.0.1]"))
END_OF_GROUP = Address(None, None, None, None)


@functools.cache
def octets_of(alphabet: bytes, smallest: int, largest: int) -> SearchStrategy[bytes]:
    """Octets of an alphabet, at least and at most so many."""
    return st.text(alphabet.decode("ascii"), min_size=smallest, max_size=largest).map(str.encode)


@functools.cache
def token_case(word: bytes) -> SearchStrategy[bytes]:
    """A word in which letter case means nothing, in one of its cases."""
    return st.sampled_from((word, word, word.upper(), word.title()))


@functools.cache
def parameter_lists(names: tuple[bytes, ...]) -> SearchStrategy[Pairs]:
    """Parameters by some of these names."""
    values = st.one_of(octets_of(_TOKEN, 1, 12), octets_of(_QUOTABLE, 1, 12).map(bytes.strip).map(lambda v: v or b"x"))
    chosen = st.lists(st.sampled_from(names), max_size=len(names), unique=True)
    return chosen.flatmap(lambda some: st.tuples(*(st.tuples(st.just(name), values) for name in some)))


def spell_parameters(draw: st.DrawFn, params: Pairs) -> bytes:
    """Draw a spelling of parameters: quoted or as tokens, on lines of their own or not (RFC 2045 section 5.1)."""
    spelled = b""
    for name, value in params:
        plain = all(octet in _TOKEN for octet in value) and draw(_EITHER)
        spelled += b";" + draw(_folds()) + draw(token_case(name)) + b"="
        spelled += value if plain else b'"%s"' % value
    return spelled


@functools.cache
def _folds() -> SearchStrategy[bytes]:
    return st.sampled_from(_FOLDS)


@functools.cache
def several(each: SearchStrategy[T], smallest: int, largest: int) -> SearchStrategy[list[T]]:
    """So many of them."""
    return st.lists(each, min_size=smallest, max_size=largest)


@functools.cache
def perhaps(some: SearchStrategy[T]) -> SearchStrategy[T | None]:
    """One of them, or None."""
    return st.none() | some


@functools.cache
def texts() -> SearchStrategy[Spelled[bytes]]:
    """Unstructured texts of words, folded or not, quotes, backslashes and encoded words among them."""
    words = st.one_of(
        octets_of(_ATEXT + b'"\\()<>@,;:[]', 1, 12), st.sampled_from((b"NIL", b"=?utf-8?q?gr=C3=BCn?=", b"{3}", b'"'))
    )
    return several(st.tuples(words, st.sampled_from((b" ", b" ", b"\r\n "))), 1, 8).map(_joined)


def _joined(words: list[tuple[bytes, bytes]]) -> Spelled[bytes]:
    raw = b"".join(fold + word for word, fold in words).lstrip()
    return Spelled(raw.replace(b"\r\n", b""), raw)


@functools.cache
@st.composite
def _names(draw: st.DrawFn) -> Spelled[bytes]:
    """Personal names: words, or a quoted string with what needs quotes (RFC 2822 section 3.2.6)."""
    if draw(_EITHER):
        words = draw(several(octets_of(_ATEXT, 1, 8), 1, 3))
        return Spelled(b" ".join(words), b" ".join(words))
    text = b" ".join(draw(octets_of(_QUOTABLE + b'"\\', 1, 16)).split()) or b"x"
    return Spelled(text, b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"'))


@functools.cache
@st.composite
def mailboxes(draw: st.DrawFn) -> AddressList:
    """Mailboxes with or without a personal name (RFC 2822 section 3.4)."""
    local = b".".join(draw(several(octets_of(_ATEXT, 1, 8), 1, 2)))
    host = draw(_HOSTS)
    name = draw(perhaps(_names()))
    bare = b"%s@%s" % (local, host)
    if name is None:
        return Spelled((Address(None, None, local, host),), bare if draw(_EITHER) else b"<%s>" % bare)
    return Spelled((Address(name.value, None, local, host),), b"%s <%s>" % (name.raw, bare))


@functools.cache
@st.composite
def groups(draw: st.DrawFn) -> AddressList:
    """Groups of none to three mailboxes (RFC 2822 section 3.4)."""
    name, members = draw(_names()), draw(several(mailboxes(), 0, 3))
    inside = tuple(address for member in members for address in member.value)
    raw = b"%s: %s;" % (name.raw, b", ".join(member.raw for member in members))
    return Spelled((Address(None, None, name.value, None), *inside, END_OF_GROUP), raw)


@functools.cache
def _addresses() -> SearchStrategy[AddressList]:
    return st.one_of(mailboxes(), mailboxes(), groups())


@functools.cache
@st.composite
def address_lists(draw: st.DrawFn, *, with_groups: bool = True) -> AddressList:
    """Lists of addresses, folded behind some commas."""
    some = draw(several(_addresses() if with_groups else mailboxes(), 1, 4))
    raw = some[0].raw + b"".join(b"," + draw(_folds()) + address.raw for address in some[1:])
    return Spelled(tuple(address for each in some for address in each.value), raw)
