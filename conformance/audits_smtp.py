"""What every reply of every SMTP conversation must obey: RFC 5321 sections 4.2 and 4.3, whatever was asked.

What is said to private commands (RFC 5321 section 4.1.5) is nobody's business but their inventor's, except for its form.
"""

from __future__ import annotations

import re

from conformance import audits_smtp_codes, audits_smtp_hello
from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import rewrite, rewrite_raw
from conformance.hearing_smtp import Heard
from conformance.transcript import quote
from conformance.wire import smtp

_LOADED = (audits_smtp_codes, audits_smtp_hello)  # importing them registers their audits

_HEAD = re.compile(rb"[0-9][0-5][0-9](?:[ -]|\r?\n)")
_NUMBER = re.compile(rb"[0-9]{3}(?![0-9])")
_ENHANCED = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?: +|\Z)")

LISTED = {
    211, 214, 220, 221, 250, 251, 252, 354, 421, 450, 451, 452, 455, 500, 501, 502, 503, 504, 550, 551, 552, 553, 554, 555,
}  # fmt: skip
"""RFC 5321 section 4.2.3."""
OF_EXTENSIONS = {
    235, 334, 432, 454, 500, 523, 524, 525, 530, 534, 535, 538,  # AUTH and STARTTLS: RFC 4954 section 6, RFC 3207, RFC 5248
    253, 458, 459, 453,  # ETRN and ATRN: RFC 1985, RFC 2645
    355,  # checkpoints: RFC 1845
    422, 463,  # RFC 5248, RFC 6710
    521, 556,  # RFC 7504
}  # fmt: skip
POSITIVE = {
    b"EHLO": {250}, b"HELO": {250}, b"LHLO": {250}, b"MAIL": {250}, b"RCPT": {250, 251}, b".": {250}, b"RSET": {250},
    b"VRFY": {250, 251, 252}, b"EXPN": {250, 252}, b"HELP": {211, 214}, b"NOOP": {250}, b"QUIT": {221},
    b"BDAT": {250}, b"STARTTLS": {220}, b"AUTH": {235}, b"ETRN": {250, 251, 252, 253},
}  # fmt: skip
"""The 2yz replies to each command: RFC 5321 section 4.3.2, RFC 3030, RFC 3207, RFC 4954, RFC 1985."""


def _shown(heard: Heard) -> Trouble:
    return Trouble(heard.reply.start, f"{quote(heard.verb or b'-')} was answered {quote(heard.reply.raw[:100])}")


@audits("RFC5321-2.3.8-03", refuted_by=rewrite_raw(rb"\r\n", b"\n", of=rb"NOOP"))
def every_reply_line_ends_in_crlf(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the end of each line of each reply, and for a CR in front of it."""
    for line in heard.reply.lines:
        if not line.raw.endswith(b"\r\n") or b"\r" in line.raw[:-2]:
            return Trouble(line.start, f"a line ends otherwise, or holds a CR: {quote(line.raw[-60:])}")
    return True


@audits("RFC5321-4.2-04", "RFC5321-2.4-06", refuted_by=rewrite(rb"^250 ?", b"260 ", of=rb"NOOP"))
def every_reply_line_begins_with_a_code_and_a_separator(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the first octets of each line: three digits, the second 0-5, and a space or a hyphen unless nothing follows."""
    wrong = next((line for line in heard.reply.lines if not _HEAD.match(line.raw)), None)
    return Trouble(wrong.start, f"no Reply-line: {quote(wrong.raw[:100])}") if wrong else True


@audits("RFC5321-4.2-06", refuted_by=rewrite(rb"^250", b"650", of=rb"NOOP"))
def no_reply_code_begins_with_another_digit_than_2_to_5(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the first digit of each line that begins with a number of three digits."""
    numbered = [line for line in heard.reply.lines if _NUMBER.match(line.raw)]
    wrong = next((line for line in numbered if line.raw[:1] not in (b"2", b"3", b"4", b"5")), None)
    return Trouble(wrong.start, quote(wrong.raw[:100])) if wrong else bool(numbered) or None


@audits("RFC5321-4.2-05", refuted_by=rewrite(rb"^250", b"259", of=rb"NOOP"))
def only_listed_reply_codes_are_sent(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare codes with RFC 5321 section 4.2.3 and with those that published extensions bring; private commands are left out."""
    if not heard.code or heard.reply.raw[:1] not in b"2345" or heard.verb[:1] == b"X" or heard.reply.raw[1:2] > b"5":
        return None
    return heard.code in LISTED or heard.code in OF_EXTENSIONS or _shown(heard)


@audits("RFC5321-4.2.1-03", refuted_by=rewrite_raw(rb"\A250 ", b"250-first\r\n251 ", of=rb"NOOP"))
def all_lines_of_a_reply_have_one_code(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare the codes of the lines of each multi-line reply."""
    codes = {line.raw[:3] for line in heard.reply.lines if _NUMBER.match(line.raw)}
    if len(heard.reply.lines) == 1 or not codes:
        return None
    return len(codes) == 1 or _shown(heard)


@audits("RFC5321-4.2.1-04", refuted_by=rewrite_raw(rb"\A250 .*", b"250-first\r\n250\r\n", of=rb"NOOP"))
def a_code_without_text_is_followed_by_a_space(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for last lines of a code and nothing else: the space is kept."""
    last = heard.reply.lines[-1]
    if not _NUMBER.match(last.raw) or last.raw[3:].strip():
        return None
    return last.raw[3:4] == b" " or Trouble(last.start, quote(last.raw))


@audits("RFC5321-4.2-07", refuted_by=rewrite(rb"^250 .*", b"250 ", of=rb"NOOP"))
def no_reply_is_a_bare_code(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for text in each reply, in any of its lines; a challenge may be empty."""
    if heard.is_challenge or not heard.code:
        return None
    return any(line.raw[4:].strip() for line in heard.reply.lines) or _shown(heard)


@audits("RFC5321-4.2-03", refuted_by=rewrite(rb"$", b" \x07", of=rb"NOOP"))
def the_text_of_a_reply_is_printable_ascii(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Look for octets other than HT, SP and 0x21 to 0x7E; UTF-8 is another rule's where SMTPUTF8 is offered."""
    for read in heard.lines:
        text = read.message.raw.rstrip(b"\r\n")
        if heard.utf8 or profile.announced("SMTPUTF8"):
            text = text.decode("utf-8", "replace").replace("\ufffd", "\0").encode("ascii", "ignore")
        if re.search(rb"[^\x09\x20-\x7e]", text.replace(b"\r", b"")):
            return Trouble(read.message.start, quote(text[:100]))
    return True


@audits(
    "RFC6531-3.7.4.1-01",
    "RFC6531-3.7.4.2-02",
    refuted_by=rewrite(rb"$", b" d\xc3\xa9j\xc3\xa0", of=rb"NOOP"),
)
def utf8_is_said_to_who_asked_for_it_alone(heard: Heard, profile: Profile) -> Trouble | bool | None:
    """Where SMTPUTF8 is offered, look for octets above 127 in replies to a client that has not said SMTPUTF8."""
    if heard.utf8 or not profile.announced("SMTPUTF8"):
        return None
    return heard.reply.raw.isascii() or _shown(heard)


@audits("RFC5321-4.5.3.1.5-01", refuted_by=rewrite(rb"$", b" " + 520 * b"x", of=rb"NOOP"))
def no_reply_line_is_longer_than_512_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Measure reply lines with code and CRLF; challenges have a limit of their own (RFC 4954 section 4)."""
    if heard.is_challenge:
        return None
    long = next((line for line in heard.reply.lines if len(line.raw) > smtp.REPLY_LINE_LIMIT), None)
    return Trouble(long.start, f"{len(long.raw)} octets: {quote(long.raw[:60])}") if long else True


@audits("RFC5321-4.2-01", "RFC5321-4.2.1-02", refuted_by=rewrite_raw(rb"\Z", b"250 and more\r\n", of=rb"NOOP"))
def each_command_gets_one_reply(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether anything comes behind a reply before the next command; 421, or a last word before the close, may."""
    if not heard.reply.unsolicited:
        return True
    if heard.code == 421 or (heard.farewell and heard.code // 100 in (4, 5)):
        return None
    return Trouble(heard.reply.start, f"nobody asked for {quote(heard.reply.raw[:100])}")


@audits("RFC2033-4.2-02", refuted_by=rewrite_raw(rb"\Z", b"250 2.1.5 and more\r\n", of=rb"NOOP|\."))
def in_lmtp_no_reply_comes_that_no_command_or_recipient_stands_for(
    heard: Heard, profile: Profile
) -> Trouble | bool | None:
    """See whether anything comes behind a reply, or behind one for each accepted recipient, before the next command."""
    return each_command_gets_one_reply(heard, profile)


@audits("RFC5321-4.3.1-05", refuted_by=rewrite(rb"^250", b"354", of=rb"NOOP"))
def intermediate_replies_come_to_data_and_auth_alone(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for 3yz to commands of which none is awaited any further, and for 2yz to DATA before there were any data."""
    if heard.verb not in POSITIVE and heard.verb != b"DATA":
        return None
    impossible = {
        b"DATA": heard.code // 100 == 2 or heard.code == 334,
        b"AUTH": heard.code // 100 == 3 and heard.code != 334,
    }
    return _shown(heard) if impossible.get(heard.verb, heard.code // 100 == 3) else True


@audits("RFC5321-4.3.1-02", refuted_by=rewrite(rb"^250", b"251", of=rb"NOOP"))
def positive_replies_are_those_of_their_command(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare 2yz replies with the table of RFC 5321 section 4.3.2 and of the extensions that bring commands."""
    usual = POSITIVE.get(heard.verb)
    if heard.is_greeting:
        usual = {220}
    return None if usual is None or heard.code // 100 != 2 else heard.code in usual or _shown(heard)


@audits("RFC5321-4.2-08", refuted_by=rewrite(rb"^221 .*", b"221 Bye", of=rb"QUIT"))
def a_farewell_names_the_server(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the first word of 221 and 421, behind an enhanced code: a name of the greeting, or one with a dot or in brackets."""
    if heard.code != 421 and (heard.code, heard.verb) != (221, b"QUIT"):
        return None
    text = heard.reply.lines[0].raw[4:].strip()
    word = _ENHANCED.sub(b"", text, count=1).partition(b" ")[0].lower()
    return word in heard.names or b"." in word.strip(b".") or word[:1] == b"[" or _shown(heard)
