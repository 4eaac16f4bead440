"""Addresses of header fields: mailboxes, groups and lists of them (RFC 5322 section 3.4), one function per rule.

The obsolete forms of section 4.4 are read, each recorded under its own name: `obs-phrase` (a dot in a display-name),
`obs-local-part` and `obs-domain` (white space or comments around dots, several quoted strings), `obs-route`,
`obs-addr-list`, `obs-mbox-list` and `obs-group-list` (empty members). UTF-8 stands wherever RFC 6532 section 3.2 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.wire import rfc5322
from conformance.wire.scanner import Scanner

_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+")
_DTEXT = re.compile(rb"(?:[!-Z^-~\x80-\xff]|\\[ -~])+")
_LOST = re.compile(rb'[^,;"(]+')
_DOT_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox: local-part without quotes, domain as written (a literal with its brackets), comments anywhere in it.

    `display_name` is None without one; `route` holds the domains of an obsolete route. A domain that is missing is empty.
    """

    local_part: bytes
    domain: bytes
    display_name: bytes | None = None
    route: tuple[bytes, ...] = ()
    comments: tuple[bytes, ...] = ()

    @property
    def addr_spec(self) -> bytes:
        """The address alone, its local-part quoted where it must be (RFC 5322 section 3.4.1)."""
        local = self.local_part if _DOT_ATOM.fullmatch(self.local_part) else rfc5322.quoted(self.local_part)
        return local + b"@" + self.domain if self.domain else local


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A named group of mailboxes, which may be empty."""

    display_name: bytes
    members: tuple[Mailbox, ...] = ()


Address = Mailbox | Group


@dataclass(frozen=True, slots=True)
class _Word:
    """One word or dot of a phrase or local-part, and whether white space or a comment stands before it."""

    value: bytes
    apart: bool
    quoted: bool = False

    @property
    def is_dot(self) -> bool:
        return self.value == b"." and not self.quoted


def address_list(at: Scanner) -> tuple[Address, ...]:
    """address-list = (address *("," address)), up to the end (RFC 5322 section 3.4)."""
    found: list[Address] = []
    for comments in _members(at, "address-list", "obs-addr-list"):
        start, words = at.at, _words(at, comments)
        if at.maybe(b":"):
            found.append(Group(display_name=_phrase(at, words, start), members=_group_list(at)))
            rfc5322.cfws(at)
        elif (mailbox := _mailbox(at, words, comments, start)) is not None:
            found.append(mailbox)
    return tuple(found)


def mailbox_list(at: Scanner) -> tuple[Mailbox, ...]:
    """mailbox-list = (mailbox *("," mailbox)), up to the end; a group is a violation, and its members are read."""
    found: list[Mailbox] = []
    start = at.at
    for address in address_list(at):
        if isinstance(address, Group):
            at.note("mailbox-list", "no group", start, at.at)
            found.extend(address.members)
        else:
            found.append(address)
    return tuple(found)


def mailbox(at: Scanner) -> tuple[Mailbox, ...]:
    """One mailbox, up to the end, as a list of it: others there are a violation."""
    start = at.at
    found = mailbox_list(at)
    if len(found) > 1:
        at.note("mailbox", "one mailbox", start, at.at)
    return found


def _group_list(at: Scanner) -> tuple[Mailbox, ...]:
    """[group-list] ";" of group = display-name ":" [group-list] ";" [CFWS]."""
    found: list[Mailbox] = []
    for comments in _members(at, "group", "obs-group-list", b";"):
        start, words = at.at, _words(at, comments)
        if (mailbox := _mailbox(at, words, comments, start)) is not None:
            found.append(mailbox)
    at.expect(b";", "group")
    return tuple(found)


def _members(at: Scanner, rule: str, empty_rule: str, closing: bytes = b"") -> Iterator[list[bytes]]:
    """Step through what commas divide, up to a closing octet or the end: yields the comments in front of each member.

    Whoever takes a member reads it from the cursor; where nothing can be read, all up to the next comma is passed over.
    """
    comments = rfc5322.cfws(at) or []
    if _closed(at, closing) and not closing:
        at.note(rule, "an address")
    while not _closed(at, closing):
        start = at.at
        while at.maybe(b","):
            comments += rfc5322.cfws(at) or ()
        if at.at > start:
            at.note(empty_rule, "no empty member", start, at.at)
            continue
        yield comments
        if at.at == start:
            _lost(at)
        comments = rfc5322.cfws(at) or []
        if at.maybe(b","):
            comments += rfc5322.cfws(at) or ()
            if _closed(at, closing):
                at.note(empty_rule, "no comma behind the last", at.at, at.at)
        elif not _closed(at, closing):
            at.note(rule, "','", at.at, at.at + 1)


def _closed(at: Scanner, closing: bytes) -> bool:
    return at.at >= at.end or (bool(closing) and at.raw.startswith(closing, at.at))


def _lost(at: Scanner) -> None:
    """Step to the next comma or semicolon that stands in no comment and no quoted-string; always gets on."""
    start = at.at
    while at.at < at.end and (at.at == start or not at.raw.startswith((b",", b";"), at.at)):
        if not at.take_maybe(_LOST) and rfc5322.comment(at) is None and rfc5322.quoted_string(at) is None:
            at.at += 1


def _words(at: Scanner, comments: list[bytes]) -> list[_Word]:
    """Take the words and dots that come, with CFWS around them."""
    found: list[_Word] = []
    while at.at < at.end:
        space = rfc5322.cfws(at)
        comments.extend(space or ())
        if at.maybe(b"."):
            found.append(_Word(b".", space is not None))
        elif atom := at.take_maybe(_ATOM):
            found.append(_Word(atom, space is not None))
        elif (text := rfc5322.quoted_string(at)) is not None:
            found.append(_Word(text, space is not None, quoted=True))
        else:
            break
    return found


def phrase(at: Scanner) -> bytes:
    """Phrase = 1*word / obs-phrase, with what stands around it (RFC 5322 section 3.2.5): its words, single spaces between."""
    start = at.at
    return _phrase(at, _words(at, []), start)


def _phrase(at: Scanner, words: list[_Word], start: int) -> bytes:
    if not words or words[0].is_dot:
        at.note("phrase", "a word", start, at.at)
    elif any(word.is_dot for word in words):
        at.note("obs-phrase", "no dot outside quotes", start, at.at)
    pieces: list[bytes] = []
    for place, word in enumerate(words):
        glued = word.is_dot or (place and words[place - 1].is_dot)
        pieces.append(b" " if place and (word.apart or not glued) else b"")
        pieces.append(word.value)
    return b"".join(pieces)


def _mailbox(at: Scanner, words: list[_Word], comments: list[bytes], start: int) -> Mailbox | None:
    """Mailbox = name-addr / addr-spec, behind its first words (RFC 5322 section 3.4); None where nothing can be made out."""
    if at.maybe(b"<"):
        return _angle_addr(at, words, comments, start)
    if not words and not at.raw.startswith(b"@", at.at):
        at.note("address", "a mailbox or a group", at.at, at.at + 1)
        return None
    return _addr_spec(at, words, comments, start)


def _angle_addr(at: Scanner, words: list[_Word], comments: list[bytes], start: int) -> Mailbox:
    """angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr, behind its "<"."""
    name = _phrase(at, words, start) if words else None
    comments.extend(rfc5322.cfws(at) or ())
    route = _route(at, comments)
    start = at.at
    found = _addr_spec(at, _words(at, comments), comments, start)
    if at.expect(b">", "angle-addr"):
        comments.extend(rfc5322.cfws(at) or ())
    return replace(found, display_name=name, route=route, comments=tuple(comments))


def _route(at: Scanner, comments: list[bytes]) -> tuple[bytes, ...]:
    """obs-route = obs-domain-list ":" (RFC 5322 section 4.4)."""
    start, found = at.at, []
    while at.at < at.end and (at.maybe(b",") or at.raw.startswith(b"@", at.at)):
        comments.extend(rfc5322.cfws(at) or ())
        if at.maybe(b"@"):
            found.append(_domain(at, comments))
    if at.at > start:
        at.expect(b":", "obs-route")
        at.note("obs-route", "no route", start, at.at)
    return tuple(found)


def _addr_spec(at: Scanner, words: list[_Word], comments: list[bytes], start: int) -> Mailbox:
    """addr-spec = local-part "@" domain, behind its local-part, which begins at `start` (RFC 5322 section 3.4.1)."""
    domain = b""
    _check_local_part(at, words, start)
    if at.expect(b"@", "addr-spec"):
        domain = _domain(at, comments)
    local = b"".join(word.value for word in words)
    return Mailbox(local_part=local, domain=domain, comments=tuple(comments))


def _check_local_part(at: Scanner, words: list[_Word], start: int) -> None:
    """local-part = dot-atom / quoted-string / obs-local-part: words that dots divide."""
    if not words or any(word.is_dot != bool(place % 2) for place, word in enumerate(words)) or words[-1].is_dot:
        at.note("local-part", "a dot-atom or a quoted-string", start, at.at)
    elif len(words) > 1 and (words[0].quoted or any(word.quoted or word.apart for word in words[1:])):
        at.note("obs-local-part", "no white space and no quotes beside a dot", start, at.at)


def _domain(at: Scanner, comments: list[bytes]) -> bytes:
    """Domain = dot-atom / domain-literal / obs-domain (RFC 5322 section 3.4.1), without the CFWS in it."""
    comments.extend(rfc5322.cfws(at) or ())
    start = at.at
    if at.maybe(b"["):
        return _domain_literal(at, start, comments)
    domain = at.take(_DOT_ATOM, "domain", "a dot-atom or a domain-literal")
    pieces = [domain]
    while at.at < at.end:
        space = rfc5322.cfws(at)
        comments.extend(space or ())
        if not at.maybe(b"."):
            break
        between = rfc5322.cfws(at)
        comments.extend(between or ())
        more = at.take(_DOT_ATOM, "domain", "an atom behind the dot")
        if space is not None or between is not None:
            at.note("obs-domain", "no white space around a dot", start, at.at)
        pieces += [b".", more]
    return b"".join(pieces)


def _domain_literal(at: Scanner, start: int, comments: list[bytes]) -> bytes:
    """domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS], behind its "["; white space in it is left out."""
    pieces = [b"["]
    while (at.at < at.end and (text := at.take_maybe(_DTEXT))) or rfc5322.fws(at):
        pieces.append(text)
    if at.expect(b"]", "domain-literal"):
        pieces.append(b"]")
        comments.extend(rfc5322.cfws(at) or ())
    if b"\\" in at.raw[start : at.at]:
        at.note("obs-dtext", "no quoted-pair", start, at.at)
    return b"".join(pieces)


def write(addresses: tuple[Address, ...]) -> bytes:
    """Write a list on one line, display-names quoted; comments and routes are left out."""
    return b", ".join(map(_written, addresses))


def _written(address: Address) -> bytes:
    if isinstance(address, Group):
        return rfc5322.quoted(address.display_name) + b": " + b", ".join(map(_written, address.members)) + b";"
    if address.display_name is None:
        return address.addr_spec
    return rfc5322.quoted(address.display_name) + b" <" + address.addr_spec + b">"
