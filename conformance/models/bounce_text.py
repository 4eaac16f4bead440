"""What a notice in no standard form says, made out from its text by features that mail systems have in common.

Nothing here knows a single product: it looks for who speaks, for words of failure or delay, for status codes, and for
addresses where notices have them. Invariant: effort is in proportion to the text, of which TEXT_LIMIT characters are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.wire.encoded_words import decoded
from conformance.wire.message import Entity
from conformance.wire.rfc3463 import Status

TEXT_LIMIT = 64 * 1024
RECIPIENT_LIMIT = 100

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-"
_ADDRESS = re.compile(rf"(?<![{_ATEXT}@])([{_ATEXT}]++)@((?:[A-Za-z0-9]|-)++(?:\.(?:[A-Za-z0-9]|-)++)+)")
_LABELLED = re.compile(r"(?:smtp|rfc822|mailto)[=:]", re.IGNORECASE)
_LEADS = re.compile(r"[^A-Za-z0-9]{0,40}\Z")
_ABOUT_OTHERS = re.compile(r"\b(?:from|by|contact|sender|e-?mail us at|write to|reply to)\W{0,3}\Z", re.IGNORECASE)
_BEHIND = re.compile(
    r"\(?(?:expanded|generated|forwarded) from:?\W{0,3}\Z|originally (?:addressed )?to:?\W{0,3}\Z", re.IGNORECASE
)
"""What stands in front of the address that the sender knows, where another one has failed."""
_HEADER_LINE = re.compile(r"\W{0,9}(?:to|cc|from|sender|reply-to|subject|sent|message-id|date)\s{0,9}:", re.IGNORECASE)
_TO_LINE = re.compile(r"\W{0,9}to\s{0,9}:", re.IGNORECASE)
_BARE_NAME = re.compile(r"\s{1,20}([A-Za-z0-9._-]{1,64})\s*\Z")
_TAG = re.compile(r"<[^<>@]*>")
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li)\b[^<>@]*>", re.IGNORECASE)

_COPY_BEGINS = re.compile(
    r"[\s\-=*_:>|\[]{0,90}(?:"
    r"(?:(?:here|this|included) is|below)\b.{0,60}\b(?:copy|line)\b"
    r"|(?:the )?(?:start of|original|old|returned|unsent|undelivered|source|forwarded)"
    r" (?:the )?(?:returned )?(?:message|mail|e-?mail)\b.{0,20}(?:follow|below|attached|detail|header|[\s:>*-]*\Z)"
    r"|header of the (?:source|original)|message headers? follow|the headers? (?:of|and top)"
    r"|the first \d+ lines of|(?:a )?(?:copy|summary) of the .{0,20}(?:message|mail)"
    r"|received: (?:from|by)\b|return-path:)",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"undeliver|not (?:be(?:en)? |reach |have been )?(?:deliver|reach|accepted|receive)|un(?:able|successful).{0,30}deliver"
    r"|deliver.{0,60}(?:fail|abort|impossible|not possible)|fail(?:ed|ure).{0,30}(?:deliver|recipient|attempt)"
    r"|wasn't able to deliver|(?:did|could|can|was|were|has|have)(?:n't| ?not).{0,30}\b(?:deliver|reach|be reached|been sent)"
    r"|return(?:ed|ing).{0,30}(?:mail|message|sender|because)|bounce|problem with the e-?mail address"
    r"|(?:no|not|unknown|invalid|bad|illegal|non-?existent)\W.{0,30}(?:user|recipient|mailbox|account|address|such|local)"
    r"|(?:user|recipient|mailbox|account|address)\W.{0,40}(?:unknown|not known|not found|unavailable|invalid|disabled|rejected|full)"
    r"|(?:over|exceed\w*)\W.{0,20}quota|quota (?:violation|exceeded)|mailbox is full|rejected|permanent (?:error|fail)"
    r"|following address\(es\) failed|failed recipients?|intended recipient",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"not yet been (?:delivered|sent)|been (?:delayed|postponed|deferred)|will be retried|warning message only"
    r"|(?:will|are) (?:continue|continuing|keep|still)\b.{0,20}(?:to try|trying|to attempt|to be made|attempt|for)"
    r"|attempts? will continue|still (?:being )?(?:try|retr|queued)|message\b.{0,80}\bdelayed \d+ (?:hour|day)"
    r"|\(delay\)|delivery (?:is|was) delayed|temporarily delayed",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|deliver.{0,40}(?:fail|problem|error|warning|status|notif|delay|unsuccess|impossible|report)"
    r"|fail(?:ed|ure).{0,40}(?:deliver|mail|notice|report)|return(?:ed|ing).{0,20}(?:mail|message|sender|to)"
    r"|mail (?:system |processing )?error|could not be delivered|non-?delivery|delayed|not delivered|user unknown"
    r"|processing error|bounce|rejected",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:re|aw|fwd?|wg)\s?:", re.IGNORECASE)
_DAEMON = re.compile(
    r"mailer.?daemon|postmaster|mail.{0,3}deliver|deliver.{0,3}(?:sub)?system|(?:system|mail) administrator|mdaemon"
    r"|mail.?(?:system|service|server|gateway)",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![0-9.])([245])\.([0-7])\.([0-9]{1,2})(?![0-9.])")
_REPLY = re.compile(r"(?<![0-9.@/:])([45])[0-5][0-9](?=[ :-]|\Z)(?! (?:times|hours|lines|days))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a text tells: whether it is only of a delay, the recipients it is about, the status it gives or None."""

    is_delay: bool
    recipients: tuple[bytes, ...]
    status: Status | None


def explanation(entity: Entity) -> str:
    """Return the text that a person is meant to read: the first one that stands in no returned message."""
    waiting = [entity]
    while waiting:
        part = waiting.pop()
        if part.media.type == "text" and part.media.subtype != "rfc822-headers":
            return _shown(part)
        if part.media.type == "multipart":
            waiting.extend(reversed(part.parts))
    return ""


def _shown(part: Entity) -> str:
    octets = part.content[:TEXT_LIMIT]
    charset = (part.media.parameter("charset") or b"utf-8").decode("latin-1")
    text = decoded(octets, charset) or octets.decode("latin-1")
    return plain(text) if part.media.subtype == "html" else text


def plain(text: str) -> str:
    """Return a text in HTML without its tags, lines where it breaks them."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).replace("\xa0", " ")


def before_copy(text: str) -> list[str]:
    """Return the lines in front of a copy of the message that the notice is about."""
    kept: list[str] = []
    something = False
    for line in text.splitlines():
        if something and _COPY_BEGINS.match(line):
            break
        kept.append(line)
        something = something or bool(line.strip())
    return kept


def speaks_for_mail_system(entity: Entity) -> bool:
    """Whether a message comes from a mail system, by its sender or its empty return-path."""
    named = b" ".join(entity.text(name) for name in ("From", "Sender"))
    path = entity.text("Return-Path")
    return path == b"<>" or _DAEMON.search((named + b" " + path).decode("latin-1")) is not None


def read(entity: Entity, subject: str) -> Told | None:
    """Read a message that has no report in it; None if it tells nothing of a delivery.

    The words alone prove nothing, since people quote notices: a mail system must speak, or the subject must say it and
    the message be no answer.
    """
    lines = before_copy(explanation(entity))
    said = "\n".join(lines)
    spoken = " ".join(said.split())
    is_delay = _DELAYED.search(f"{subject} {spoken}") is not None
    is_failure = _FAILED.search(spoken) is not None or _REPLY.search(said) is not None
    by_subject = _SUBJECT.search(subject) is not None
    by_daemon = speaks_for_mail_system(entity)
    if entity.first("In-Reply-To") is not None or _ANSWER.match(subject):
        by_subject = False
    recipients = _recipients(entity, lines)
    named_at_once = any(line.lstrip().startswith("<") and line.rstrip().endswith(">:") for line in lines)
    if not ((by_subject and (is_failure or is_delay)) or (by_daemon and (is_failure or is_delay or named_at_once))):
        return None
    return Told(is_delay=is_delay, recipients=recipients, status=status_in(said))


def status_in(text: str) -> Status | None:
    """Return the status of a text: an enhanced code, else the class of a reply code with nothing known further."""
    if found := _ENHANCED.search(text):
        return Status(int(found[1]), int(found[2]), int(found[3]))
    if found := _REPLY.search(text):
        return Status(int(found[1]), 0, 0)
    return None


def _recipients(entity: Entity, lines: list[str]) -> tuple[bytes, ...]:
    """The addresses that a notice is about: those that lead a line, else any, else those of its To lines, else bare names.

    Who speaks and who is spoken to are left out.
    """
    others = {
        address.lower()
        for name in ("From", "To", "Sender", "Reply-To", "Return-Path", "Errors-To")
        for address in _addresses(entity.text(name).decode("latin-1"))
    }
    leading: dict[str, str] = {}
    inside: dict[str, str] = {}
    to: dict[str, str] = {}
    for line in lines:
        for found in _ADDRESS.finditer(line):
            address = _cleaned(found)
            key = address.lower()
            if key in others or _DAEMON.match(address) or len(leading) + len(inside) + len(to) >= RECIPIENT_LIMIT:
                continue
            before = line[max(0, found.start() - 40) : found.start()]
            if _HEADER_LINE.match(line):
                if _TO_LINE.match(line):
                    to.setdefault(key, address)
            elif _BEHIND.search(before) or (found.start() <= 40 and _LEADS.match(before)):
                leading.setdefault(key, address)
            elif not _ABOUT_OTHERS.search(before):
                inside.setdefault(key, address)
    chosen = leading or inside or to
    return tuple(address.encode() for address in chosen.values()) or tuple(_bare_names(entity, lines))


def _bare_names(entity: Entity, lines: list[str]) -> Iterator[bytes]:
    """Names without a domain, alone on lines behind a colon: they are of the domain that speaks."""
    domain = next(iter(_addresses(entity.text("From").decode("latin-1"))), "").partition("@")[2]
    announced = False
    for line in lines:
        found = _BARE_NAME.match(line)
        if announced and found and domain:
            yield f"{found[1]}@{domain}".encode()
        elif line.strip():
            announced = line.rstrip().endswith(":")


def _addresses(text: str) -> Iterator[str]:
    return (_cleaned(found) for found in _ADDRESS.finditer(text))


def _cleaned(found: re.Match[str]) -> str:
    local = _LABELLED.sub("", found[1].lstrip("'*`-=/."), count=1)
    return f"{local}@{found[2].rstrip('-')}"
