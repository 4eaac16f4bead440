"""RFC 5322 sections 2, 3 and 4: the messages that a server makes itself, looked at in notices of what was refused."""

from __future__ import annotations

import re

from conformance import Inconclusive, Reason, Sink, SmtpDial, alter, speaks, verifies
from conformance.checks_own_mail import own_mail
from conformance.wire.address_list import mailbox_list
from conformance.wire.message_fields import ONCE, body_of
from conformance.wire.rfc5322 import LINE_LIMIT

pytestmark = speaks("smtp")

RECOMMENDED_LIMIT = 78
"""Octets of a line without its CRLF (section 2.1.1)."""
ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
IDENTIFIERS = ("message-id", "in-reply-to", "references", "content-id")
OTHER_SYNTAX = ("field", "obs-optional")


def before(field: bytes, line: bytes) -> tuple[bytes, bytes]:
    """A lie: this line in front of a field, which is the first of its name."""
    return rb"(?m)^(%b:)" % field, line + rb"\r\n\1"


@verifies("RFC5322-2.1.1-01", refuted_by=alter(*before(b"Subject", b"X-Long: " + b"x" * LINE_LIMIT)))
def test_no_line_of_a_notice_has_more_than_998_octets(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the longest line of the notice, what it returns left aside."""
    assert [line for line in own_mail(dial, sink).lines if len(line) > LINE_LIMIT] == []


@verifies("RFC5322-2.1.1-02", refuted_by=alter(*before(b"Subject", b"X-Long: " + b"x" * RECOMMENDED_LIMIT)))
def test_no_line_of_the_header_of_a_notice_has_more_than_78_octets(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the longest line of the notice's header, trace fields left aside."""
    fields = [
        one for one in own_mail(dial, sink).entity.fields if one.name.lower() not in (b"received", b"return-path")
    ]
    assert [line for one in fields for line in one.raw.split(b"\r\n") if len(line) > RECOMMENDED_LIMIT] == []


@verifies("RFC5322-2.2-01", refuted_by=alter(*before(b"Subject", b"This is no field")))
def test_each_line_of_the_headers_of_a_notice_belongs_to_a_field(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the headers of the notice and of its parts are of fields, a name right in front of a colon."""
    assert own_mail(dial, sink).wrong(*OTHER_SYNTAX) == []


@verifies("RFC5322-2.2-02", refuted_by=alter(*before(b"Subject", b"Comments: gr\xfc\xdfe")))
def test_the_headers_of_a_notice_are_ascii(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: no octet above 127 in the headers of the notice and of its parts."""
    fields = [one.raw for entity in own_mail(dial, sink).entities for one in entity.fields]
    assert [raw for raw in fields if not raw.isascii()] == []


@verifies("RFC5322-2.3-01", "RFC2049-4-01", refuted_by=alter(*before(b"Subject", b"X-Bare: a\n b")))
def test_no_cr_and_no_lf_stands_alone_in_a_notice(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: CR and LF of the notice, what it returns included, come in pairs."""
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", own_mail(dial, sink).raw)


@verifies("RFC5322-3.2.2-03", refuted_by=alter(*before(b"Subject", rb"Comments: a\r\n  \r\n b")))
def test_no_field_of_a_notice_is_folded_into_a_blank_line(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: no line of white space alone in the headers of the notice and of its parts."""
    fields = [one.raw for entity in own_mail(dial, sink).entities for one in entity.fields]
    assert [raw for raw in fields if re.search(rb"(?m)^[ \t]+\r?$", raw)] == []


@verifies("RFC5322-3.3-01", refuted_by=alter(rb"(?m)^(Date: [^\r]*?) [+-]\d{4}", rb"\1 somewhere"))
def test_the_date_of_a_notice_obeys_its_rule(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Date of the notice is a date-time, in no obsolete form."""
    wrong = own_mail(dial, sink).wrong_in("date", "resent-date")
    assert [one for one in wrong if one.rule not in ("date", "day-of-week")] == []


@verifies("RFC5322-3.3-02", refuted_by=alter(rb"(?m)^Date: [^\r]*", b"Date: Sun, 21 Nov 2026 12:00:00 +0000"))
def test_the_date_of_a_notice_is_one_of_the_calendar(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: day of the week, day of the month, time and zone of the notice's Date can be, and agree."""
    wrong = own_mail(dial, sink).wrong_in("date")
    assert [one for one in wrong if one.rule in ("date", "day-of-week", "zone", "hour", "minute", "second")] == []


@verifies("RFC5322-3.4-03", refuted_by=alter(rb"(?m)^From:[^\r]*", b"From: Mail Delivery <<>"))
def test_the_addresses_of_a_notice_obey_their_rules(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: From, Sender, Reply-To, To, Cc and Bcc of the notice, where they are there."""
    wrong = own_mail(dial, sink).wrong_in(*ADDRESSES)
    assert [one for one in wrong if not one.rule.startswith("obs-")] == []


@verifies("RFC5322-3.6-03", refuted_by=alter(rb"(?m)^Date:", b"X-Date:"))
def test_a_notice_has_one_date_and_one_from(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Date and From stand in the header of the notice, each of them once."""
    entity = own_mail(dial, sink).entity
    assert [len(entity.all(name)) for name in ("Date", "From")] == [1, 1]


@verifies("RFC5322-3.6-04", refuted_by=alter(*before(b"Subject", b"Subject: another")))
def test_no_field_of_a_notice_is_there_twice_that_may_be_there_once(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Subject, To, Message-ID and the others stand in the header of the notice at most once."""
    entity = own_mail(dial, sink).entity
    assert [name for name in sorted(ONCE) if len(entity.all(name.decode())) > 1] == []


@verifies("RFC5322-3.6.2-01", refuted_by=alter(rb"(?m)^From:[^\r]*", b"From: a@mail.test, b@mail.test"))
def test_several_authors_of_a_notice_have_a_sender(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: From of the notice has one mailbox, or there is a Sender."""
    entity = own_mail(dial, sink).entity
    author = entity.first("From")
    if author is None:
        raise Inconclusive(Reason.PRECONDITION, "the notice has no From")
    assert len(mailbox_list(body_of(entity.whole, author))) == 1 or entity.first("Sender")


@verifies("RFC5322-3.6.4-01", refuted_by=alter(rb"(?m)^Message-ID:", b"X-Message-ID:"))
def test_a_notice_has_a_message_id(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Message-ID stands in the header of the notice."""
    assert own_mail(dial, sink).entity.first("Message-ID")


@verifies("RFC5322-3.6.4-02", refuted_by=alter(rb"(?m)^Message-ID:[^\r]*", b"Message-ID: <the-same@mail.test>"))
def test_two_notices_have_message_ids_of_their_own(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipients of two messages: the notices have different Message-IDs, if they have any."""
    ids = [own_mail(dial, sink).entity.text("Message-ID") for _ in range(2)]
    assert ids[0] != ids[1] or not ids[0]


@verifies("RFC5322-3.6.4-03", refuted_by=alter(rb"(?m)^Message-ID:[^\r]*", b"Message-ID: none"))
def test_the_identifiers_of_a_notice_obey_their_rules(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Message-ID, In-Reply-To and References of the notice, where they are there."""
    wrong = own_mail(dial, sink).wrong_in(*IDENTIFIERS)
    assert [one for one in wrong if not one.rule.startswith("obs-")] == []


@verifies("RFC5322-4-01", refuted_by=alter(rb"(?m)^Date: [^\r]*", b"Date: Sat, 21 Nov 26 12:00:00 GMT"))
def test_a_notice_has_no_obsolete_syntax(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: no obsolete form in the fields of the notice and of its parts."""
    assert [one for one in own_mail(dial, sink).wrong_in("") if one.rule.startswith("obs-")] == []
