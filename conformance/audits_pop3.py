"""What every line of every POP3 conversation must obey (RFC 1939 section 3, RFC 2449 sections 3, 4 and 8)."""

from __future__ import annotations

from conformance.audits import Heard, Trouble, audits
from conformance.discovery import Profile
from conformance.faults import rewrite, rewrite_raw
from conformance.transcript import quote
from conformance.wire import pop3
from conformance.wire.scanner import Message, Parsed, Violation


def _first(message: Message, violations: tuple[Violation, ...], *rules: str) -> Trouble | bool:
    found = next((v for v in violations if v.rule in rules), None)
    if found is None:
        return True
    return Trouble(message.start + found.start, f"{found.rule}: expected {found.expected}, got {quote(found.got)} in {quote(message.raw[:100])}")


def _status_line(heard: Heard) -> Parsed[pop3.Response] | None:
    """The status line of what was heard; None for a SASL challenge."""
    line = heard.reply.line.raw
    is_challenge = line.startswith(b"+") and line[:3].upper() != b"+OK" and heard.verb in (b"AUTH", b"")
    return None if is_challenge and heard.reply.command else pop3.read_line(heard.reply)


@audits("RFC1939-3-09", refuted_by=rewrite_raw(rb"\r\n", b"\n", of=rb"STAT"))
def every_response_line_ends_in_crlf(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Status lines and lines of multi-line replies alike."""
    for message in (heard.reply.line, *pop3.body_lines(heard.reply)):
        if not message.raw.endswith(b"\r\n"):
            return Trouble(message.start, f"a line ends in a bare LF: {quote(message.raw[-60:])}")
    return True


@audits("RFC1939-3-07", "RFC1939-3-08", refuted_by=rewrite(rb"^\+OK", b"+Ok", of=rb"NOOP"))
def every_response_starts_with_a_status_indicator_in_upper_case(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """+OK or -ERR; SASL challenges are another rule's."""
    parsed = _status_line(heard)
    return parsed and _first(parsed.message, parsed.violations, "status")
