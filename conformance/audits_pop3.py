"""What every line of every POP3 conversation must obey: RFC 1939 sections 3 to 7, RFC 1734 and RFC 5034 challenges.

Rules are cheap, since they read tens of thousands of replies: they leave by the first test that does not fit, lists
are read by one compiled pattern, and bodies above BODY_READ octets are left to the checks that retrieve them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance import audits_capabilities
from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import rewrite, rewrite_raw
from conformance.hearing_pop3 import Heard
from conformance.transcript import quote
from conformance.wire import framing, pop3
from conformance.wire.scanner import parse

_LOADED = audits_capabilities  # importing it registers its audits
BODY_READ = 1 << 20

_BARE_LF = re.compile(rb"(?<!\r)\n")
_UNSTUFFED = re.compile(rb"(?:\A|\r\n)(\.(?!\.|\r\n\Z)[^\r\n]{0,40})")


@audits("RFC1939-3-09", refuted_by=rewrite_raw(rb"\r\n", b"\n", of=rb"STAT"))
def every_response_line_ends_in_crlf(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at status lines, the lines of LIST, UIDL and CAPA, and headers of messages (a bare LF further down may be content)."""
    if not heard.reply.line.raw.endswith(b"\r\n"):
        return Trouble(heard.reply.line.start, f"a line ends in a bare LF: {quote(heard.reply.line.raw[-60:])}")
    body = heard.reply.body
    if body is None or len(body.raw) > BODY_READ:
        return True
    found = _BARE_LF.search(body.raw, 0, _readable_end(heard, body.raw))
    return (
        Trouble(body.start + found.start(), f"a line ends in a bare LF: {quote(body.raw[: found.end()][-60:])}")
        if found
        else True
    )


def _readable_end(heard: Heard, body: bytes) -> int:
    if heard.verb not in (b"RETR", b"TOP"):
        return len(body)
    end = body.find(b"\r\n\r\n")
    return len(body) if end < 0 else end


@audits("RFC1939-3-07", "RFC1939-3-08", refuted_by=rewrite(rb"^\+OK", b"+Ok", of=rb"NOOP"))
def every_response_starts_with_a_status_indicator_in_upper_case(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Read the first octets of every response; SASL challenges are another rule's."""
    if heard.line is None:
        return None
    wrong = next((v for v in heard.line.violations if v.rule == "status"), None)
    return (
        Trouble(heard.reply.line.start, f"neither +OK nor -ERR: {quote(heard.reply.line.raw[:100])}") if wrong else True
    )


@audits("RFC1939-3-10", "RFC2449-4-03", refuted_by=rewrite(rb"$", b" " + 520 * b"x", of=rb"NOOP"))
def no_status_line_is_longer_than_512_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Measure status lines with their CRLF; challenges have limits of their own (RFC 5034 section 4)."""
    if heard.line is None:
        return None
    size = len(heard.reply.line.raw)
    return (
        Trouble(heard.reply.line.start, f"{size} octets: {quote(heard.reply.line.raw[:60])}")
        if size > pop3.STATUS_LINE_LIMIT
        else True
    )


@audits("RFC1939-3-12", "RFC1939-7-07", refuted_by=rewrite_raw(rb"\r\n\.\.dots", b"\r\n.dots", of=rb"(RETR|TOP) .*"))
def each_line_that_begins_with_a_dot_is_stuffed(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look through multi-line responses: before the terminator, no line begins with a single dot."""
    body = heard.reply.body
    if body is None or len(body.raw) > BODY_READ or not body.raw.endswith(b".\r\n"):
        return None
    found = _UNSTUFFED.search(body.raw)
    return (
        Trouble(body.start + found.start(1), f"a line begins with a single dot: {quote(found[1])}") if found else True
    )


def _unasked(heard: Heard) -> Trouble | bool | None:
    """Accuse of a line that nobody asked for; -ERR may be a farewell, which RFC 1939 section 3 only advises against."""
    line = heard.reply.line
    if not heard.reply.unsolicited:
        return True
    return None if line.raw[:4].upper() == b"-ERR" else Trouble(line.start, f"nobody asked for {quote(line.raw[:100])}")


@audits("RFC1939-4-01", refuted_by=rewrite_raw(rb"\Z", b"Welcome!\r\n", of=rb""))
def nothing_follows_the_greeting_unasked(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether anything comes behind the greeting before a command is sent."""
    return _unasked(heard) if heard.after is not None and heard.after.command is None else None


@audits("RFC1939-3-13", "RFC1939-5-33", refuted_by=rewrite_raw(rb"\Z", b"+OK\r\n", of=rb"NOOP"))
def each_command_gets_one_response(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether anything comes behind a single-line response before the next command is sent."""
    after = heard.after
    return _unasked(heard) if after is not None and after.command is not None and after.body is None else None


@audits("RFC1939-3-11", refuted_by=rewrite_raw(rb"\Z", b".\r\n", of=rb"RETR .*"))
def nothing_follows_the_terminating_dot_line(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether anything comes behind a multi-line response before the next command is sent."""
    return _unasked(heard) if heard.after is not None and heard.after.body is not None else None


_DROP_LISTING = re.compile(rb"\+OK [0-9]+ [0-9]+(\r?\n)?", re.IGNORECASE)
_SCAN_LISTING = re.compile(rb"[0-9]+ [0-9]+(\r?\n)?")
_UNIQUE_ID_LISTING = re.compile(rb"[0-9]+ [^ \r\n]*(\r?\n)?")
_SCAN_LISTINGS = re.compile(rb"(?:[0-9]+ [0-9]+\r?\n)*+\.\r?\n")
_UNIQUE_ID_LISTINGS = re.compile(rb"(?:[0-9]+ [\x21-\x7e]{1,70}+\r?\n)*+\.\r?\n")
_NO_UNIQUE_ID = re.compile(rb"[0-9]+ (?![\x21-\x7e]{1,70}+(?![^ \r\n]))")

Fits = Callable[[bytes], bool]


def _each_listing(heard: Heard, verb: bytes, plain: re.Pattern[bytes], fits: Fits) -> Trouble | bool | None:
    """Hold a rule against the listings of a positive answer to LIST or UIDL; `plain` fits a list that is wholly right."""
    if heard.verb != verb or not heard.positive:
        return None
    body, line = heard.reply.body, heard.reply.line
    if heard.arguments:
        listing = line.raw.removeprefix(b"+OK ")
        return fits(listing) or Trouble(line.start, quote(line.raw[:120]))
    if body is None or plain.fullmatch(body.raw):
        return body is not None
    return _first_misfit(body.raw, body.start, fits)


def _first_misfit(body: bytes, start: int, fits: Fits) -> Trouble | bool:
    for line in framing.lines_of(body):
        if not fits(line):
            return Trouble(start, quote(line[:120]))
        start += len(line)
    return True


@audits("RFC1939-5-01", "RFC1939-4-14", refuted_by=rewrite(rb"^\+OK (\d+) ", rb"+OK \1 messages, ", of=rb"STAT"))
def the_answer_to_stat_is_a_drop_listing(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the answers to STAT: +OK, one space, digits, one space, digits; what follows is another rule's."""
    if heard.verb != b"STAT" or not heard.positive:
        return None
    return bool(_DROP_LISTING.match(heard.reply.line.raw)) or Trouble(
        heard.reply.line.start, quote(heard.reply.line.raw[:120])
    )


@audits("RFC1939-5-02", refuted_by=rewrite(rb"$", b" octets", of=rb"STAT"))
def a_drop_listing_ends_behind_the_size(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look behind the second number of the answers to STAT."""
    found = _DROP_LISTING.match(heard.reply.line.raw) if heard.verb == b"STAT" and heard.positive else None
    return found and (bool(found[1]) or Trouble(heard.reply.line.start, quote(heard.reply.line.raw[:120])))


@audits("RFC1939-5-10", "RFC1939-4-14", refuted_by=rewrite(rb"^(\d+) (\d+)", rb"\1\t\2", of=rb"LIST"))
def each_scan_listing_is_a_number_and_a_size(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the answers to LIST with and without argument: digits, one space, digits; what follows is another rule's."""
    return _each_listing(heard, b"LIST", _SCAN_LISTINGS, lambda line: bool(_SCAN_LISTING.match(line)))


@audits("RFC1939-5-11", refuted_by=rewrite(rb"^(\d+ \d+)\r", rb"\1 octets\r", of=rb"LIST"))
def a_scan_listing_ends_behind_the_size(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look behind the second number of each line that LIST brings."""

    def ends(line: bytes) -> bool:
        found = _SCAN_LISTING.match(line)
        return found is None or bool(found[1])

    return _each_listing(heard, b"LIST", _SCAN_LISTINGS, ends)


@audits("RFC1939-7-10", refuted_by=rewrite(rb"^(\d+ \S+)\r", rb"\1 new\r", of=rb"UIDL"))
def a_unique_id_listing_ends_behind_the_unique_id(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the answers to UIDL with and without argument: digits, one space, a word and the line end."""

    def ends(line: bytes) -> bool:
        found = _UNIQUE_ID_LISTING.match(line)
        return found is not None and bool(found[1])

    return _each_listing(heard, b"UIDL", _UNIQUE_ID_LISTINGS, ends)


@audits("RFC1939-7-11", refuted_by=rewrite(rb"^(\d+) \S+", rb"\1 " + 71 * b"x", of=rb"UIDL"))
def each_unique_id_is_1_to_70_visible_characters(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at what stands between a number with its space and the next space or line end: octets 0x21 to 0x7E."""
    return _each_listing(heard, b"UIDL", _UNIQUE_ID_LISTINGS, lambda line: not _NO_UNIQUE_ID.match(line))


@audits(
    "RFC5034-5-02",
    "RFC5034-4-04",
    "RFC1734-2-02",
    refuted_by=rewrite(rb"^\+.*", b"+ ready for your response", of=rb"AUTH .*"),
)
def each_challenge_is_base64_behind_a_plus_and_a_space(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read every challenge of an AUTH exchange; nothing at all behind the space is the empty challenge."""
    if heard.line is not None or heard.reply.unsolicited:
        return None
    wrong = [v for v in parse(heard.reply.line, pop3.continue_req).violations if v.rule != "CRLF"]
    if not wrong:
        return True
    return Trouble(
        heard.reply.line.start, f"{wrong[0].rule}: expected {wrong[0].expected} in {quote(heard.reply.line.raw[:100])}"
    )
