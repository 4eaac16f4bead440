"""Reports with their meaning: delivery status (RFC 3464) and disposition notifications (RFC 8098), parts and whole messages.

What is drawn has no violation. `broken_...` strategies yield octets and the name of a rule that they break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.header_values import date_times
from conformance.strategies.pop3 import Broken, Spelled
from conformance.wire import dsn, mdn
from conformance.wire.dsn import CLASSES, DeliveryStatus, PerMessage, PerRecipient
from conformance.wire.mdn import Disposition, DispositionStatus, ReportingUa
from conformance.wire.report import Typed
from conformance.wire.rfc3463 import DETAILS, Status

T = TypeVar("T")
_TEXT = "abcxyz019 .-/"
_LABEL = "abcxyz019"


@dataclass(frozen=True, slots=True)
class Whole(Spelled[T]):
    """A report as a message: the meaning of its second part, all its octets, and what it returns."""

    returned: bytes


def _texts() -> SearchStrategy[bytes]:
    return st.text(_TEXT, min_size=1, max_size=20).map(str.strip).filter(bool).map(str.encode)


def _domains() -> SearchStrategy[bytes]:
    labels = st.text(_LABEL, min_size=1, max_size=8)
    return st.lists(labels, min_size=1, max_size=3).map(lambda some: ".".join([*some, "test"]).encode())


def recipients() -> SearchStrategy[Typed]:
    """Addresses with their type."""
    locals_ = st.text(_LABEL + "!#+-", min_size=1, max_size=8).map(str.encode)
    internet = st.builds(lambda local, domain: Typed("rfc822", local + b"@" + domain), locals_, _domains())
    return internet | _texts().map(lambda text: Typed("x400", b"/S=" + text + b"/"))


def mta_names() -> SearchStrategy[Typed]:
    """Names of MTAs with their type."""
    return _domains().map(lambda name: Typed("dns", name)) | _texts().map(lambda name: Typed("x-local", name))


def statuses(*kinds: int) -> SearchStrategy[Status]:
    """Status codes that are registered, of these classes (RFC 3463)."""
    subjects = st.sampled_from([(subject, detail) for subject, most in DETAILS.items() for detail in range(most + 1)])
    return st.builds(lambda kind, pair: Status(kind, *pair), st.sampled_from(kinds or (2, 4, 5)), subjects)


def _perhaps(some: SearchStrategy[T]) -> SearchStrategy[T | None]:
    return st.none() | some


def _diagnostics() -> SearchStrategy[Typed]:
    smtp = st.builds(lambda code, text: Typed("smtp", b"%d " % code + text), st.integers(400, 599), _texts())
    return smtp | _texts().map(lambda text: Typed("x-unix", text))


@st.composite
def _lines(draw: st.DrawFn, written: list[tuple[str, bytes]]) -> bytes:
    """Fields in any order and letter case, with an extension among them or not."""
    extension = draw(st.sampled_from(((), (("x-extension", b"any text; (of any kind"),))))
    chosen = draw(st.permutations([*written, *extension]))
    spell = st.sampled_from((str.title, str.upper, str.lower))
    gap = st.sampled_from((b" ", b"", b"\r\n "))
    return b"".join(draw(spell)(name).encode() + b":" + draw(gap) + body + b"\r\n" for name, body in chosen)


def _typed(value: Typed, fold: bytes) -> bytes:
    return value.type.encode() + b";" + fold + value.value


@st.composite
def _per_messages(draw: st.DrawFn) -> Spelled[PerMessage]:
    fold = draw(st.sampled_from((b"", b" ", b"\r\n\t")))
    envelope, arrival = draw(_perhaps(_texts())), draw(_perhaps(date_times()))
    mtas: dict[str, Any] = {
        "reporting_mta": draw(mta_names()), "dsn_gateway": draw(_perhaps(mta_names())),
        "received_from_mta": draw(_perhaps(mta_names())),
    }  # fmt: skip
    written = [(name.replace("_", "-"), _typed(mta, fold)) for name, mta in mtas.items() if mta is not None]
    written += [] if envelope is None else [("original-envelope-id", envelope)]
    written += [] if arrival is None else [("arrival-date", arrival.raw.lstrip())]
    value = PerMessage(original_envelope_id=envelope, arrival_date=arrival.value if arrival else None, **mtas)
    return Spelled(value, draw(_lines(written)))


@st.composite
def _per_recipients(draw: st.DrawFn) -> Spelled[PerRecipient]:
    fold = draw(st.sampled_from((b"", b" ", b"\r\n\t")))
    action = draw(st.sampled_from(dsn.ACTIONS))
    status = draw(statuses(*CLASSES[action]))
    final, original = draw(recipients()), draw(_perhaps(recipients()))
    remote, diagnostic = draw(_perhaps(mta_names())), draw(_perhaps(_diagnostics()))
    log_id = draw(_perhaps(_texts()))
    last, until = draw(_perhaps(date_times())), draw(_perhaps(date_times()))
    typed = {
        "final-recipient": final, "original-recipient": original, "remote-mta": remote, "diagnostic-code": diagnostic,
    }  # fmt: skip
    comment = draw(st.sampled_from((b"", b" (said (so))")))
    written = [(name, _typed(value, fold)) for name, value in typed.items() if value is not None]
    written += [("action", draw(st.sampled_from((action, action.upper()))).encode() + comment)]
    written += [("status", str(status).encode() + comment)]
    written += [] if log_id is None else [("final-log-id", log_id)]
    written += [] if last is None else [("last-attempt-date", last.raw.lstrip())]
    written += [] if until is None else [("will-retry-until", until.raw.lstrip())]
    value = PerRecipient(
        original_recipient=original, final_recipient=final, action=action, status=status, remote_mta=remote,
        diagnostic_code=diagnostic, last_attempt_date=last.value if last else None, final_log_id=log_id,
        will_retry_until=until.value if until else None,
    )  # fmt: skip
    return Spelled(value, draw(_lines(written)))


@st.composite
def delivery_statuses(draw: st.DrawFn) -> Spelled[DeliveryStatus]:
    """Contents of message/delivery-status: fields in any order, one to three recipients."""
    first, rest = draw(_per_messages()), draw(st.lists(_per_recipients(), min_size=1, max_size=3))
    value = DeliveryStatus(message=first.value, recipients=tuple(one.value for one in rest))
    return Spelled(value, b"\r\n".join([first.raw, *(one.raw for one in rest)]))


def dispositions() -> SearchStrategy[Disposition]:
    """What became of a message, in the words of RFC 8098 section 3.2.6."""
    return st.builds(
        Disposition,
        action_mode=st.sampled_from(mdn.ACTION_MODES),
        sending_mode=st.sampled_from(mdn.SENDING_MODES),
        type=st.sampled_from(mdn.TYPES),
        modifiers=st.lists(st.sampled_from(("error", "x-late")), max_size=2, unique=True).map(tuple),
    )


def disposition_statuses() -> SearchStrategy[Spelled[DispositionStatus]]:
    """Contents of message/disposition-notification, as `mdn.write` writes them."""
    ids = st.builds(lambda left, right: b"<" + left + b"@" + right + b">", _domains(), _domains())
    values = st.builds(
        DispositionStatus,
        reporting_ua=_perhaps(st.builds(ReportingUa, name=_domains(), product=_perhaps(_texts()))),
        mdn_gateway=_perhaps(mta_names()),
        original_recipient=_perhaps(recipients()),
        final_recipient=recipients(),
        original_message_id=_perhaps(ids),
        disposition=dispositions(),
        error=st.lists(_texts(), max_size=2).map(tuple),
    )
    return values.map(lambda value: Spelled(value, mdn.write(value)))


@st.composite
def _wholes(draw: st.DrawFn, part: SearchStrategy[Spelled[T]], kind: str) -> Whole[T]:
    said = draw(part)
    boundary = draw(st.sampled_from((b"x", b"=_a.b/c", b"a b")))
    returned_type = draw(st.sampled_from((None, b"message/rfc822", b"text/rfc822-headers")))
    returned = b"From: a@b.test\r\nDate: 1 Jan 2026 00:00 +0000\r\nSubject: returned\r\n"
    returned += b"\r\n--y\r\n" if returned_type == b"message/rfc822" else b""
    pieces = [(b"text/plain", b"What has happened.\r\n"), (b"message/" + kind.encode(), said.raw)]
    pieces += [] if returned_type is None else [(returned_type, returned)]
    body = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (boundary, media, content) for media, content in pieces)
    head = (
        b"From: MAILER-DAEMON@mail.test\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=%b;\r\n boundary="%b"\r\n\r\n' % (kind.encode(), boundary)
    )
    raw = head + body + b"--%b--\r\n" % boundary
    return Whole(said.value, raw, b"" if returned_type is None else returned)


def delivery_reports() -> SearchStrategy[Whole[DeliveryStatus]]:
    """Whole messages that report on delivery."""
    return _wholes(delivery_statuses(), "delivery-status")


def disposition_reports() -> SearchStrategy[Whole[DispositionStatus]]:
    """Whole messages that report a disposition."""
    return _wholes(disposition_statuses(), "disposition-notification")


_BROKEN_STATUS = (
    (b"Reporting-MTA: dns; a.test\r\n", b"", "reporting-mta-field"),
    (b"Reporting-MTA: dns; a.test\r\n", b"Reporting-MTA: dns; a.test\r\n" * 2, "reporting-mta-field"),
    (b"dns; a.test", b"a.test", "mta-name-type"),
    (b"dns; a.test", b"dns; a test", "mta-name"),
    (b"Reporting-MTA:", b"Reporting-MTA :", "field"),
    (b"Final-Recipient: rfc822; b@c.test\r\n", b"", "final-recipient-field"),
    (b"rfc822; b@c.test", b"b@c.test", "address-type"),
    (b"rfc822; b@c.test", b"rfc822; <b@c.test>", "generic-address"),
    (b"Action: failed\r\n", b"", "action-field"),
    (b"failed", b"bounced", "action-value"),
    (b"failed", b"failed at last", "action-field"),
    (b"failed", b"delayed", "action-status"),
    (b"Status: 5.1.1\r\n", b"", "status-field"),
    (b"5.1.1", b"5.1", "status-code"),
    (b"5.1.1", b"5.01.1", "status-code"),
    (b"5.1.1", b"3.1.1", "class"),
    (b"5.1.1", b"5.1.1 no such user", "status-field"),
    (b"smtp; 550", b"smtp; no", "diagnostic-code"),
    (b"\r\nFinal", b"\r\nArrival-Date: 1 Jan 2026 00:00 +0000\r\nFinal", "per-recipient-fields"),
    (b"\r\n\r\n", b"\r\nRemote-MTA: dns; d.test\r\n\r\n", "per-message-fields"),
    (b"\r\n\r\n", b"\r\n", "per-message-fields"),
    (b"\r\n\r\n", b"\r\nArrival-Date: yesterday\r\n\r\n", "month-name"),
    (b"\r\n\r\n", b"\r\nUnheard-Of: x\r\n\r\n", "extension-field"),
    (b"\r\n\r\n", b"\r\nno field\r\n\r\n", "field"),
)
_RIGHT = (
    b"Reporting-MTA: dns; a.test\r\n\r\nFinal-Recipient: rfc822; b@c.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 no\r\n"
)


def broken_delivery_statuses() -> Broken:
    """Contents of message/delivery-status, each with a rule that it breaks."""
    return st.sampled_from([(_RIGHT.replace(old, new, 1), rule) for old, new, rule in _BROKEN_STATUS])
