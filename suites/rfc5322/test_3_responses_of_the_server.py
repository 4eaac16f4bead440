"""RFC 5322 section 3: the messages that a server makes itself, looked at in what its responder answers (RFC 3834)."""

from __future__ import annotations

from conformance import Sink, SmtpDial, alter, speaks, verifies
from conformance.checks_own_mail import OwnMail, read_own
from conformance.checks_responders import response

pytestmark = speaks("lmtp", "smtp")

OTHER_CONTENT = ("quoted-printable", "base64", "7bit")


def answered(dial: SmtpDial, sink: Sink) -> OwnMail:
    """The answer to a letter; that one comes is a precondition."""
    return read_own(response(dial, sink)[0].raw)


@verifies("RFC5322-3.3-01", refuted_by=alter(rb"(?m)^Date: [^\r]*", b"Date: 21 Nov 26 12:00 EST"))
def test_the_date_of_a_response_obeys_its_rule(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Date of the response is a date-time, in no obsolete form."""
    wrong = answered(dial, sink).wrong_in("date")
    assert [one for one in wrong if one.rule not in ("date", "day-of-week")] == []


@verifies("RFC5322-3.4-03", refuted_by=alter(rb"(?m)^From:[^\r]*", b"From: On Leave <<>"))
def test_the_addresses_of_a_response_obey_their_rules(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: From, Sender, Reply-To, To and Cc of the response, where they are there."""
    assert answered(dial, sink).wrong_in("from", "sender", "reply-to", "to", "cc") == []


@verifies("RFC5322-3.6-03", refuted_by=alter(rb"(?m)^Date:", b"X-Date:"))
def test_a_response_has_one_date_and_one_from(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Date and From stand in the header of the response, each of them once."""
    entity = answered(dial, sink).entity
    assert [len(entity.all(name)) for name in ("Date", "From")] == [1, 1]


@verifies("RFC5322-3.6.4-01", refuted_by=alter(rb"(?m)^Message-ID:", b"X-Message-ID:"))
def test_a_response_has_a_message_id(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Message-ID stands in the header of the response."""
    assert answered(dial, sink).entity.first("Message-ID")


@verifies("RFC5322-3.6.4-03", refuted_by=alter(rb"(?m)^Message-ID:[^\r]*", b"Message-ID: none"))
def test_the_identifiers_of_a_response_obey_their_rules(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Message-ID, In-Reply-To and References of the response, where they are there."""
    assert answered(dial, sink).wrong_in("message-id", "in-reply-to", "references") == []


@verifies("RFC2045-4-01", refuted_by=alter(rb"(?mi)^MIME-Version:", b"X-MIME-Version:"))
def test_a_response_in_mime_says_so(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: a response with Content fields has MIME-Version."""
    entity = answered(dial, sink).entity
    assert entity.first("MIME-Version") or not any(one.name.lower().startswith(b"content-") for one in entity.fields)


@verifies(
    "RFC2045-6.2-01",
    refuted_by=alter(rb"(?mi)^Content-Transfer-Encoding:", b"X-Encoding:") | alter(rb"\Z", b"\xfc\r\n"),
)
def test_the_body_of_a_response_is_as_it_is_labelled(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: what the response calls 7bit is of 7 bits, what it calls encoded is encoded so."""
    own = answered(dial, sink)
    assert own.wrong(*OTHER_CONTENT) == []
