"""RFC 3834 sections 3 and 5: the message that a responder sends."""

from __future__ import annotations

import datetime as dt
import re

from conformance import NotSupported, Sink, SmtpDial, alter, relay, speaks, verifies
from conformance.checks_responders import letter, responder, response
from conformance.models.fate import fate_of
from conformance.wire.address_list import mailbox_list
from conformance.wire.auto_submitted import auto_submitted
from conformance.wire.date_time import date_time
from conformance.wire.message import Entity
from conformance.wire.message_fields import body_of
from conformance.wire.scanner import Scanner

pytestmark = speaks("lmtp", "smtp")

ENCODED = "=?utf-8?q?Gr=C3=BC=C3=9Fe_an_alle=2C_die_das_hier_lesen_m=C3=B6chten?="
BODY = b"".join(b"line %d of a long letter, which nobody wants to have back\r\n" % number for number in range(60))
ATTACHED = (
    b"--cut\r\nContent-Type: text/plain\r\n\r\n" + BODY + b"--cut\r\nContent-Type: image/gif\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=\r\n--cut--\r\n"
)
MIXED = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n"


def header(name: bytes) -> bytes:
    """A pattern for a header field up to its body, which is what is left of its line."""
    return rb"(?m)^(%b:)[^\r\n]*" % name


def addresses(entity: Entity, name: str) -> list[bytes]:
    """The addresses of the first field of a name."""
    field = entity.first(name)
    return [] if field is None else [box.addr_spec.lower() for box in mailbox_list(body_of(entity.whole, field))]


@verifies("RFC3834-3.1.1-01", refuted_by=alter(header(b"From"), rb"\1 <robot@mailconform.invalid>"))
def test_a_response_is_from_whom_it_speaks_for(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: From of the response has its address."""
    assert addresses(response(dial, sink)[1], "From") == [responder(dial).lower().encode()]


@verifies("RFC3834-3.1.2-01", refuted_by=alter(header(b"From"), rb"Reply-To: <robot@mailconform.invalid>\r\n\g<0>"))
def test_a_response_asks_for_no_reply_elsewhere(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: there is no Reply-To, or it has the responder's address."""
    assert set(addresses(response(dial, sink)[1], "Reply-To")) <= {responder(dial).lower().encode()}


@verifies("RFC3834-3.1.3-01", refuted_by=alter(header(b"To"), rb"\1 <somebody@mailconform.invalid>"))
def test_a_response_names_its_one_recipient(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: To of the response has the address of MAIL alone."""
    author = dial.at_sink("author")
    assert addresses(response(dial, sink, author=author)[1], "To") == [author.encode()]


@verifies("RFC3834-3.1.4-01", refuted_by=alter(header(b"Date"), rb"\1 Sat, 21 Nov 2020 12:00:00 +0000"))
def test_the_date_of_a_response_is_that_of_its_making(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Date of the response lies no more than a day from now, however wrong the clocks are."""
    entity = response(dial, sink)[1]
    field = entity.first("Date")
    moment = date_time(_fold_free(entity, "Date")).moment if field is not None else None
    assert moment is not None
    assert abs(moment - dt.datetime.now(dt.UTC)) < dt.timedelta(days=1)


def _fold_free(entity: Entity, name: str) -> Scanner:
    return Scanner(entity.text(name))


@verifies("RFC3834-3.1.5-01", refuted_by=alter(rb"(?ms)^(Subject:).*?(?=\r\n\S)", rb"\1 Away"))
def test_the_subject_of_a_response_holds_that_of_the_message(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Subject of the response ends in the Subject of the message, or a part of it."""
    author = dial.at_sink("author")
    said = letter(dial, author, subject="the fields of barley")
    subject = response(dial, sink, said, author)[1].text("Subject")
    assert re.search(rb"the fields", subject)
    assert not subject.startswith(b"the fields")


@verifies("RFC3834-3.1.5-02", refuted_by=alter(header(b"Subject"), rb"\1 Auto:the fields of barley"))
def test_auto_in_a_subject_has_a_space_behind_it(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: a Subject that begins with Auto: goes on with a space."""
    subject = response(dial, sink)[1].text("Subject")
    if not subject.lower().startswith(b"auto:"):
        raise NotSupported("the Subject of a response does not begin with Auto:")
    assert subject.startswith(b" ", len(b"auto:"))


@verifies("RFC3834-3.1.5-03", refuted_by=alter(rb"(?ms)^(Subject:.*?=\?utf-8\?[qb]\?.{8}).*?\?=", rb"\1"))
def test_encoded_words_of_a_subject_stay_whole(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder with encoded-words in Subject: in that of the response each has its end, on lines of 76."""
    author = dial.at_sink("author")
    said = letter(dial, author, subject=f"{ENCODED}\r\n {ENCODED}")
    field = response(dial, sink, said, author)[1].first("Subject")
    text = b"" if field is None else field.raw
    if b"=?" not in text:
        raise NotSupported("the Subject of a response has no encoded-words")
    words = re.findall(rb"=\?[^?\s]+\?[qb]\?[^?\s]*\?=", text, re.IGNORECASE)
    assert len(words) == text.count(b"=?")
    assert all(len(line) <= 76 for line in text.splitlines() if b"=?" in line)


@verifies("RFC3834-3.1.6-01", refuted_by=alter(rb"(?m)^In-Reply-To:", rb"X-In-Reply-To:"))
def test_a_response_refers_to_its_message(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: In-Reply-To is the Message-ID, and References ends in it, behind those of the message."""
    author = dial.at_sink("author")
    said = letter(dial, author, headers=b"References: <first@mailconform.invalid>\r\n")
    entity = response(dial, sink, said, author)[1]
    assert said.key in entity.text("In-Reply-To")
    references = entity.text("References").split()
    assert references[0] == b"<first@mailconform.invalid>"
    assert said.key in references[-1]


@verifies("RFC3834-3.1.7-01", refuted_by=alter(header(b"Auto-Submitted"), rb"\1 auto-generated"))
def test_a_response_says_that_it_is_one(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: the response has Auto-Submitted: auto-replied."""
    came, entity = response(dial, sink)
    seen = fate_of(came.raw)
    dial.note(f"{seen.fate.value} ({seen.sign.value})")
    field = entity.first("Auto-Submitted")
    assert field is not None
    assert auto_submitted(body_of(entity.whole, field)).keyword == "auto-replied"


@verifies("RFC3834-5.1-01", refuted_by=alter(rb"(?m)^(Auto-Submitted:[^\r\n]*)", rb"\1 by a program"))
def test_auto_submitted_obeys_its_grammar(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: Auto-Submitted is there once, a keyword and parameters."""
    entity = response(dial, sink)[1]
    fields = entity.all("Auto-Submitted")
    if not fields:
        raise NotSupported("the response has no Auto-Submitted")
    at = body_of(entity.whole, fields[0])
    _ = auto_submitted(at)
    assert len(fields) == 1
    assert not at.violations


@verifies("RFC3834-3.2-01", refuted_by=alter(rb"\A", rb"Content-Type: text/html; charset=utf-8\r\n"))
def test_a_response_is_plain_text(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: the response is text/plain, in whole or in its first part."""
    entity = response(dial, sink)[1]
    leaves = [one for one in entity.walk() if one.media.type != "multipart"]
    assert leaves
    assert leaves[0].media.essence == "text/plain"


@verifies("RFC3834-3.2-02", refuted_by=alter(rb"\Z", BODY))
def test_a_response_gives_little_of_the_message_back(dial: SmtpDial, sink: Sink) -> None:
    """Write a long letter with an attachment to the responder: the response has few of its lines, and not the attachment."""
    author = dial.at_sink("author")
    said = letter(dial, author, headers=MIXED, body=ATTACHED)
    raw = response(dial, sink, said, author)[0].raw
    assert raw.count(b"of a long letter") < 20
    assert b"R0lGODlh" not in raw


@verifies("RFC3834-3.3-01", refuted_by=relay(rb"FROM:<>", b"FROM:<vacation@mail.test>"))
def test_a_response_comes_from_nobody_who_answers(dial: SmtpDial, sink: Sink) -> None:
    """Write to the responder: MAIL of the response has no address, or another than the responder's."""
    came, _ = response(dial, sink)
    assert came.reverse_path.lower() != responder(dial).lower().encode()
