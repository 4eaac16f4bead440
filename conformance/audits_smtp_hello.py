"""What a server says of itself: greeting and EHLO answer, RFC 5321 sections 4.1.1.1 and 4.2, and the extensions' own lines.

The lines of EHLO belong to the state in which they are told, so each rule reads one answer by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import Fault, rewrite, rewrite_raw
from conformance.hearing_smtp import Heard
from conformance.transcript import quote
from conformance.wire import smtp
from conformance.wire.scanner import Message, parse

_MECHANISM = re.compile(rb"[A-Z0-9_-]{1,20}")
_SIZE = re.compile(rb"[0-9]{1,20}")
_NO_NAMES = frozenset(
    b"8BITMIME AUTH BINARYMIME CHUNKING DELIVERBY DSN ENHANCEDSTATUSCODES ETRN EXPN PIPELINING SIZE SMTPUTF8 STARTTLS VRFY".split()
)
"""Keywords, as servers write them: where one stands first, the name is missing."""


def _listing(line: bytes) -> Fault:
    """Add a line to each EHLO answer, in front of its last one."""
    return rewrite_raw(rb"\r\n250 ", b"\r\n250-" + line + b"\r\n250 ", of=rb"(EHLO|LHLO) .*")


def _answered(heard: Heard) -> bool:
    return heard.verb in (b"EHLO", b"LHLO") and heard.code == 250


def _shown(line: Message) -> Trouble:
    return Trouble(line.start, quote(line.raw[:120]))


@audits("RFC5321-4.2-02", "RFC5321-4.3.1-01", refuted_by=rewrite(rb"^220([ -])\S+", rb"220\1<mail>", of=rb""))
def the_greeting_begins_with_a_domain_or_an_address_literal(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the first line of each 220 greeting: the name, and a space before any text."""
    if not heard.is_greeting or heard.code != 220:
        return None
    line = heard.reply.lines[0]
    return _shown(line) if any(v.rule != "CRLF" for v in parse(line, smtp.greeting).violations) else True


@audits(
    "RFC5321-4.1.1.1-10",
    "RFC5321-4.1.1.1-06",
    refuted_by=rewrite_raw(rb"\A250([ -])\S+", rb"250\1Hello,", of=rb"(EHLO|LHLO) .*"),
)
def the_answer_to_ehlo_begins_with_a_domain_or_an_address_literal(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Read the first line of each 250 to EHLO: the name, which is no keyword, and a space before any text."""
    if not _answered(heard):
        return None
    line = heard.reply.lines[0]
    if line.raw[4:].rstrip().partition(b" ")[0] in _NO_NAMES:
        return _shown(line)
    return _shown(line) if any(v.rule != "CRLF" for v in parse(line, smtp.ehlo_greeting).violations) else True


@audits("RFC5321-4.1.1.1-11", refuted_by=_listing(b"SIZE=1000"))
def each_ehlo_line_is_a_keyword_and_parameters_behind_single_spaces(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Read the lines of each 250 to EHLO behind the first: letters, digits and hyphens, then visible words."""
    if not _answered(heard) or len(heard.reply.lines) == 1:
        return None
    rules = ("ehlo-keyword", "ehlo-param", "ehlo-line")
    wrong = [p.message for p in smtp.read_keywords(heard.reply) if any(v.rule in rules for v in p.violations)]
    return _shown(wrong[0]) if wrong else True


def _each(heard: Heard, keyword: bytes, fits: Callable[[tuple[bytes, ...]], bool]) -> Trouble | bool | None:
    """Hold a rule against the parameters of a keyword wherever it is listed."""
    if not _answered(heard):
        return None
    found = [p for p in smtp.read_keywords(heard.reply) if p.value.name.upper() == keyword and not p.violations]
    wrong = next((p.message for p in found if not fits(p.value.params)), None)
    return _shown(wrong) if wrong else bool(found) or None


@audits("RFC1870-3-01", refuted_by=rewrite(rb"^250([ -])SIZE.*", rb"250\1SIZE unlimited", of=rb"EHLO .*"))
def the_parameter_of_size_is_a_number(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the SIZE line: nothing, or one number of 1 to 20 digits."""
    return _each(heard, b"SIZE", lambda params: not params or (len(params) == 1 and bool(_SIZE.fullmatch(params[0]))))


@audits("RFC4954-3-01", refuted_by=rewrite(rb"^250([ -])AUTH ", rb"250\1AUTH plain.text ", of=rb"EHLO .*"))
def the_parameters_of_auth_are_mechanism_names(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the AUTH line: names of 1 to 20 capital letters, digits, hyphens and underscores (RFC 4422 section 3.1)."""
    return _each(heard, b"AUTH", lambda params: all(_MECHANISM.fullmatch(name) for name in params))


@audits("RFC2034-3-01", refuted_by=rewrite(rb"(?<=ENHANCEDSTATUSCODES)$", b" 2.0", of=rb"EHLO .*"))
def enhancedstatuscodes_is_listed_without_parameters(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the ENHANCEDSTATUSCODES line."""
    return _each(heard, b"ENHANCEDSTATUSCODES", lambda params: not params)
