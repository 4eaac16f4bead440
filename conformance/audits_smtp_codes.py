"""Enhanced status codes in replies: RFC 2034 section 4 and RFC 3463 section 2.

They bind who announces ENHANCEDSTATUSCODES. What EHLO said in the session counts; where the client has not used EHLO,
it must have been announced in every state that was seen, since another port of the server may be without it.
"""

from __future__ import annotations

import re

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import rewrite, rewrite_raw
from conformance.hearing_smtp import Heard
from conformance.transcript import quote

KEYWORD = "ENHANCEDSTATUSCODES"
SUBJECTS = 8
_CODE = re.compile(rb"([0-9]+)\.([0-9]+)\.([0-9]+)(?![0-9]|\.[0-9])")
_HELLO = (b"HELO", b"EHLO", b"LHLO")


def _codes(heard: Heard) -> list[re.Match[bytes] | None]:
    """Return what looks like a status code at the beginning of each line's text."""
    return [_CODE.match(line.raw, 4) for line in heard.reply.lines]


def _bound(heard: Heard, profile: Profile) -> bool:
    """Whether this reply has to have codes."""
    if heard.is_greeting or heard.reply.unsolicited or heard.verb in _HELLO or heard.verb[:1] == b"X":
        return False
    if heard.keywords is None:
        stages = [listed for listed in profile.capabilities.values() if listed]
        announced = bool(stages) and all(KEYWORD in listed for listed in stages)
    else:
        announced = KEYWORD.encode() in heard.keywords
    return announced and heard.code // 100 in (2, 4, 5)


def _shown(heard: Heard) -> Trouble:
    return Trouble(heard.reply.start, f"{quote(heard.verb or b'-')} was answered {quote(heard.reply.raw[:100])}")


@audits("RFC2034-4-01", "RFC2034-4-08", refuted_by=rewrite(rb"^(250) 2\.\d+\.\d+ ", rb"\1 ", of=rb"(NOOP|RSET)"))
def every_reply_begins_with_a_status_code(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for a code in each 2yz, 4yz and 5yz behind EHLO, but those to EHLO itself."""
    if heard.keywords is None or not _bound(heard, profile):
        return None
    return any(_codes(heard)) or _shown(heard)


@audits("RFC2034-4-06", refuted_by=rewrite(rb"^(250) 2\.\d+\.\d+ ", rb"\1 ", of=rb"NOOP early"))
def status_codes_are_sent_to_clients_that_have_not_said_ehlo(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for a code in each 2yz, 4yz and 5yz before EHLO, and behind HELO."""
    if heard.keywords is not None or not _bound(heard, profile):
        return None
    return any(_codes(heard)) or _shown(heard)


@audits("RFC2034-4-02", refuted_by=rewrite(rb"^354 ", b"354 2.0.0 ", of=rb"DATA"))
def an_intermediate_reply_has_no_status_code(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read the text of 3yz: no class fits it."""
    if heard.code // 100 != 3 or not profile.announced(KEYWORD):
        return None
    return _shown(heard) if any(_codes(heard)) else True


@audits("RFC2034-4-03", refuted_by=rewrite(rb"^220([ -])", rb"220\g<1>2.0.0 ", of=rb""))
def greeting_and_ehlo_answer_begin_without_a_status_code(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read the first line of 220 and of 250 to EHLO: a name stands there."""
    named = (heard.is_greeting and heard.code == 220) or (heard.verb in (b"EHLO", b"LHLO") and heard.code == 250)
    if not named or not profile.announced(KEYWORD):
        return None
    return _shown(heard) if _codes(heard)[0] else True


@audits("RFC2034-4-04", "RFC3463-2-02", refuted_by=rewrite(rb"^250 2\.", b"250 4.", of=rb"(NOOP|RSET)"))
def the_class_of_a_status_code_is_that_of_the_reply(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Compare the first number of each code with the first digit of the reply."""
    found = [code for code in _codes(heard) if code] if _bound(heard, profile) else []
    return _shown(heard) if any(code[1] != heard.reply.raw[:1] for code in found) else bool(found) or None


@audits("RFC2034-4-05", refuted_by=rewrite_raw(rb"\A250 (\S+)", rb"250-\1 first\r\n250", of=rb"(NOOP|RSET)"))
def all_lines_of_a_reply_have_one_status_code(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Compare the codes of the lines of each multi-line reply; none is left out."""
    codes = _codes(heard)
    if len(codes) == 1 or not any(codes) or not _bound(heard, profile):
        return None
    return len({code[0] if code else b"" for code in codes}) == 1 or _shown(heard)


@audits("RFC2034-4-07", refuted_by=rewrite(rb"^250 (2\.\d+\.\d+) ", rb"250 \1: ", of=rb"(NOOP|RSET)"))
def a_status_code_is_followed_by_a_space(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look behind each code: a space, or the end of the line."""
    found = [code for code in _codes(heard) if code] if _bound(heard, profile) else []
    wrong = any(code.string[code.end() : code.end() + 1] not in (b" ", b"\r", b"\n") for code in found)
    return _shown(heard) if wrong else bool(found) or None


@audits("RFC3463-2-01", refuted_by=rewrite(rb"^250 2\.(\d+)\.", rb"250 2.\1.0", of=rb"(NOOP|RSET)"))
def a_status_code_is_written_in_numbers_without_leading_zeros(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read the second and third number of each code: one to three digits."""
    found = [code for code in _codes(heard) if code] if _bound(heard, profile) else []
    numbers = [number for code in found for number in (code[2], code[3])]
    return _shown(heard) if any(len(n) > 3 or (n[:1] == b"0" and len(n) > 1) for n in numbers) else bool(found) or None


@audits("RFC3463-2-03", refuted_by=rewrite(rb"^250 2\.\d+\.", b"250 2.8.", of=rb"(NOOP|RSET)"))
def the_subject_of_a_status_code_is_one_of_those_defined(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Read the second number of each code: 0 to 7."""
    found = [code for code in _codes(heard) if code] if _bound(heard, profile) else []
    return _shown(heard) if any(int(code[2]) >= SUBJECTS for code in found) else bool(found) or None
