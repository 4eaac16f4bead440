"""What every reply of a server with CAPA must obey: RFC 2449 sections 3, 5, 6 and 8, RFC 3206 codes included.

RFC 2449 binds those who support it: nothing is said of a server that does not answer CAPA. RESP-CODES counts as
announced when any stage of the session lists it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import Fault, rewrite
from conformance.hearing_pop3 import Heard
from conformance.transcript import quote
from conformance.wire import pop3
from conformance.wire.scanner import Message, parse

_NOT_7_BIT = re.compile(rb"[\x00\x80-\xff]")
_CAPABILITY = re.compile(rb"[\x21-\x7f]+(?: [\x21-\x7e]+)*\r?\n")
_MECHANISM = re.compile(rb"[A-Z0-9_-]{1,20}")
_KNOWN_CODE = re.compile(rb"\[(?:IN-USE|LOGIN-DELAY|SYS/(?:TEMP|PERM)|AUTH)\]", re.IGNORECASE)
_REFUSED = rb"XYZZY"
REGISTERED = {
    b"TOP", b"USER", b"SASL", b"RESP-CODES", b"LOGIN-DELAY", b"PIPELINING", b"EXPIRE", b"UIDL", b"IMPLEMENTATION",
    b"STLS", b"AUTH-RESP-CODE", b"UTF8", b"LANG",
}  # fmt: skip


def _listing(capability: bytes) -> Fault:
    """Add a line to each CAPA reply."""
    return rewrite(rb"\A(?!\+OK)", capability.replace(b"\\", b"\\\\") + b"\r\n", of=rb"CAPA")


def _refusing(text: bytes, of: bytes = _REFUSED) -> Fault:
    return rewrite(rb"^-ERR.*", b"-ERR" + text, of=of)


def _shown(line: Message) -> Trouble:
    return Trouble(line.start, quote(line.raw[:120]))


@audits("RFC2449-3-01", refuted_by=_refusing(b": never heard of it"))
def a_status_indicator_is_followed_by_a_space_or_the_line_end(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read every status line but the greeting, whose rule shows no space."""
    if heard.line is None or heard.is_greeting or not profile.capa or not heard.line.value.status:
        return None
    return _shown(heard.reply.line) if any(v.rule == "SP" for v in heard.line.violations) else True


@audits("RFC2449-3-07", refuted_by=_refusing(b" comprends pas, d\xc3\xa9sol\xc3\xa9"))
def the_text_of_a_response_is_7_bit_without_nul(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for octets 0x00 and 0x80 to 0xFF in status lines; no conversation in which UTF8 or LANG was accepted is read."""
    if heard.line is None or not profile.capa:
        return None
    return _shown(heard.reply.line) if _NOT_7_BIT.search(heard.reply.line.raw) else True


@audits("RFC2449-3-03", refuted_by=rewrite(rb"^\+OK.*", b"+OK <POP3 server> at your service", of=rb""))
def the_greeting_holds_no_angle_bracket_but_the_timestamp(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read the greeting: at most one '<', and it opens a message identifier that is closed."""
    if not heard.is_greeting or not profile.capa or not heard.positive:
        return None
    stray = any(v.rule == "gchar" for v in parse(heard.reply.line, pop3.greeting).violations)
    return _shown(heard.reply.line) if stray else True


@audits("RFC2449-3-04", "RFC2449-6.4-01", refuted_by=_refusing(b" [never heard of it]"))
def text_in_an_opening_bracket_is_a_response_code(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read text that begins '[', where RESP-CODES is announced: levels joined by '/', nothing empty, no space."""
    if (
        heard.line is None
        or not profile.announced("RESP-CODES")
        or heard.reply.line.raw[:6].partition(b" ")[2][:1] != b"["
    ):
        return None
    return _shown(heard.reply.line) if any(v.rule == "resp-code" for v in heard.line.violations) else True


def _code(heard: Heard) -> bytes:
    """Return the response code in upper case if it is one of RFC 2449 section 8.1 or RFC 3206 section 4."""
    code = b"/".join(heard.line.value.code).upper() if heard.line and heard.line.value.code else b""
    return code if code and _KNOWN_CODE.fullmatch(b"[" + code + b"]") else b""


@audits(
    "RFC2449-6.4-02",
    "RFC2449-8-02",
    refuted_by=rewrite(rb"^RESP-CODES\r\n", b"", of=rb"CAPA") | _refusing(b" [SYS/PERM] no"),
)
def a_server_that_sends_response_codes_announces_them(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for IN-USE, LOGIN-DELAY, SYS/TEMP, SYS/PERM and AUTH in brackets; other brackets may be plain text."""
    if not profile.capa or not _code(heard):
        return None
    return profile.announced("RESP-CODES") or _shown(heard.reply.line)


@audits("RFC2449-8-01", refuted_by=_refusing(b" never heard of it [SYS/PERM]"))
def a_response_code_stands_at_the_beginning_of_the_text(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for known codes in brackets further back, unless they repeat what the client said."""
    if heard.line is None or not profile.announced("RESP-CODES"):
        return None
    found = _KNOWN_CODE.search(heard.line.value.text)
    echoed = found and heard.reply.command is not None and found[0] in heard.reply.command.raw
    return _shown(heard.reply.line) if found and not echoed else bool(_code(heard)) or None


def _only_refusing(heard: Heard, code: bytes, commands: Sequence[bytes]) -> Trouble | bool | None:
    if _code(heard) != code:
        return None
    asked = heard.reply.command
    fitting = asked is not None and (asked.sasl or asked.verb in commands) and heard.reply.line.raw.startswith(b"-")
    return fitting or _shown(heard.reply.line)


@audits("RFC2449-8.1.1-01", refuted_by=_refusing(b" [LOGIN-DELAY] not so fast"))
def the_code_login_delay_refuses_only_authentication_commands(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every LOGIN-DELAY code: it stands behind -ERR to USER, PASS, APOP or AUTH."""
    return _only_refusing(heard, b"LOGIN-DELAY", (b"USER", b"PASS", b"APOP", b"AUTH"))


@audits("RFC2449-8.1.2-01", refuted_by=_refusing(b" [IN-USE] somebody is here"))
def the_code_in_use_refuses_only_finished_authentications(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every IN-USE code: it stands behind -ERR to PASS, APOP or AUTH."""
    return _only_refusing(heard, b"IN-USE", (b"PASS", b"APOP", b"AUTH"))


@audits("RFC2449-8.1.1-02", refuted_by=rewrite(rb"^\+OK.*", b"-ERR [LOGIN-DELAY] not so fast", of=rb"USER .*"))
def the_code_login_delay_is_not_given_to_user(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the answers to USER: the code would tell that the name exists."""
    if heard.verb != b"USER":
        return None
    return _shown(heard.reply.line) if _code(heard) == b"LOGIN-DELAY" else True


def _capability_lines(heard: Heard) -> Sequence[Message]:
    """Return the lines of a CAPA reply, none for other replies."""
    return pop3.body_lines(heard.reply) if heard.verb == b"CAPA" and heard.positive else ()


def _each(heard: Heard, fits: Callable[[bytes], bool]) -> Trouble | bool | None:
    lines = _capability_lines(heard)
    return next((_shown(line) for line in lines if not fits(line.raw)), True if lines else None)


def _arguments(heard: Heard, tag: bytes, fit: Callable[[list[bytes]], bool]) -> Trouble | bool | None:
    """Hold a rule against the parameters of one capability, where it is listed."""
    said: Trouble | bool | None = None
    for line in _capability_lines(heard):
        words = line.raw.split()
        if words and words[0].upper() == tag:
            said = True
            if not fit(words[1:]):
                return _shown(line)
    return said


@audits("RFC2449-3-02", "RFC2449-5-04", refuted_by=_listing(b"X-TRAILING "))
def each_capability_line_is_a_tag_and_parameters_behind_single_spaces(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Read each line of CAPA: visible characters, no doubled or trailing space, no empty line."""
    return _each(heard, lambda line: bool(_CAPABILITY.fullmatch(line)))


@audits("RFC2449-3-06", refuted_by=_listing(b"X-DOT.TED"))
def no_capability_tag_holds_a_dot(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the first word of each line of a CAPA reply, which ends in a dot line."""
    return _each(heard, lambda line: b"." not in line.split(b" ", 1)[0].rstrip(b"\r\n"))


@audits("RFC2449-5-05", refuted_by=_listing(b"X-LONG " + 520 * b"x"))
def no_capability_line_is_longer_than_512_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Measure each line of CAPA with its CRLF."""
    return _each(heard, lambda line: len(line) <= pop3.STATUS_LINE_LIMIT)


@audits("RFC2449-9-02", refuted_by=_listing(b"FOLDERS"))
def each_capability_is_registered_or_begins_with_x(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look the tags up among those of RFC 2449, RFC 2595 (STLS), RFC 3206 (AUTH-RESP-CODE) and RFC 6856 (UTF8, LANG)."""

    def known(line: bytes) -> bool:
        tag = (line.split() or [b"X"])[0].upper()
        return tag in REGISTERED or tag.startswith(b"X") or tag == b"APOP"  # which has a rule of its own

    return _each(heard, known)


@audits("RFC2449-6-01", refuted_by=_listing(b"APOP"))
def apop_is_not_listed_as_a_capability(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for the tag APOP, which the timestamp of the greeting announces."""
    return _each(heard, lambda line: line.upper().split()[:1] != [b"APOP"])


@audits("RFC2449-5-10", refuted_by=_listing(b"TOP\r\nTOP"))
def no_capability_is_listed_twice(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare the tags of one CAPA reply, letter case disregarded."""
    seen: set[bytes] = set()
    lines = _capability_lines(heard)
    for line in lines:
        tag = line.raw.split(b" ", 1)[0].strip().upper()
        if tag in seen:
            return _shown(line)
        seen.add(tag)
    return True if lines else None


@audits("RFC2449-6.3-03", refuted_by=_listing(b"SASL plain,login"))
def the_argument_of_sasl_is_a_list_of_mechanism_names(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the SASL lines: names of 1 to 20 upper-case letters, digits, '-' and '_' (RFC 4422 section 3.1)."""
    return _arguments(heard, b"SASL", lambda names: all(_MECHANISM.fullmatch(name) for name in names))


def _days_or_seconds(words: list[bytes], others: Sequence[bytes], *, user: bool) -> bool:
    """Whether these are the words of LOGIN-DELAY or EXPIRE: one value, perhaps USER where it may stand."""
    right = bool(words) and (words[0].isdigit() or words[0].upper() in others)
    return right and (len(words) == 1 or (user and len(words) == 2 and words[1].upper() == b"USER"))


@audits("RFC2449-6.5-01", refuted_by=_listing(b"LOGIN-DELAY soon"))
def the_argument_of_login_delay_is_a_number_of_seconds(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the LOGIN-DELAY lines: digits, and before login perhaps USER behind them."""
    return _arguments(heard, b"LOGIN-DELAY", lambda words: _days_or_seconds(words, (), user=not heard.logged_in))


@audits("RFC2449-6.7-01", refuted_by=_listing(b"EXPIRE LATER"))
def the_argument_of_expire_is_a_number_of_days_or_never(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the EXPIRE lines: digits or NEVER, and before login perhaps USER behind them."""
    return _arguments(heard, b"EXPIRE", lambda words: _days_or_seconds(words, (b"NEVER",), user=not heard.logged_in))


@audits("RFC2449-6.9-01", refuted_by=_listing(b"IMPLEMENTATION"))
def implementation_has_an_argument(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the IMPLEMENTATION lines: at least one word behind the tag."""
    return _arguments(heard, b"IMPLEMENTATION", bool)
