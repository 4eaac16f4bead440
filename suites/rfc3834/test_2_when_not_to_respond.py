"""RFC 3834 sections 2, 4 and 5.2: which messages a responder answers, how often, and to whom."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance import Inconclusive, Reason, Sink, SmtpDial, duplicate, relay, speaks, verifies
from conformance.checks_responders import letter, responder, response, responses, spoken_to

pytestmark = speaks("lmtp", "smtp")

AUTOMATIC = {
    "auto-replied": b"auto-replied",
    "auto-generated": b"auto-generated",
    "extension": b"x-mailconform",
    "parameters": b'auto-replied; owner-email="owner@mailconform.invalid"',
    "comment": b"(by a program) auto-generated",
    "capitals": b"Auto-Generated",
}
LISTS = {
    "list-id": b"List-Id: <list.mailconform.invalid>\r\n",
    "list-unsubscribe": b"List-Unsubscribe: <mailto:leave@mailconform.invalid>\r\n",
    "precedence-list": b"Precedence: list\r\n",
    "precedence-bulk": b"Precedence: bulk\r\n",
    "precedence-junk": b"Precedence: junk\r\n",
}
TO_ANOTHER = relay(rb"TO:<control", b"TO:<silent")
"""A responder that answers the one as it should the other."""


def in_any_case(name: str) -> str:
    """Return a name in letters of other cases each time: a responder may remember whom it has answered."""
    return "".join(secrets.choice((letter.lower(), letter.upper())) for letter in name)


DOUBTFUL: dict[str, Callable[[str], str]] = {
    "owner": "owner-{}".format,
    "request": "{}-request".format,
    "mailer-daemon": lambda _: in_any_case("MAILER-DAEMON"),
}
"""Local-parts of programs, made of a name that is new each time."""


def control(dial: SmtpDial, sink: Sink, silent: str, *, answered: int = 0) -> None:
    """Demand that nothing was answered to one address, and, as a precondition, that messages behind it are answered.

    There are two of them, since of two messages in a queue the second may be answered first.
    """
    for word in ("control", "another"):
        author = silent.replace("silent", word)
        spoken_to(dial, author, letter(dial, author))
        came = responses(sink, author)
        assert len(responses(sink, silent, answered + 1, seconds=0.0)) <= answered
        if not came:
            raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")


@verifies("RFC3834-2-02", "RFC3834-5.2-02", refuted_by=TO_ANOTHER)
@pytest.mark.parametrize("field", list(AUTOMATIC))
def test_automatic_mail_is_not_answered(dial: SmtpDial, sink: Sink, field: str) -> None:
    """A message with Auto-Submitted other than no, and one without: only the second is answered."""
    silent = dial.at_sink("silent")
    spoken_to(dial, silent, letter(dial, silent, headers=b"Auto-Submitted: " + AUTOMATIC[field] + b"\r\n"))
    control(dial, sink, silent)


@verifies("RFC3834-2-03", refuted_by=duplicate(of=rb"auto-replied"))
def test_a_sender_is_answered_once(dial: SmtpDial, sink: Sink) -> None:
    """Three messages from one sender, and one from another: one response to each."""
    silent = dial.at_sink("silent")
    response(dial, sink, letter(dial, silent, subject="the same"), silent)
    for _ in range(2):  # behind the first response: a responder may look at two letters at once
        spoken_to(dial, silent, letter(dial, silent, subject="the same"))
    control(dial, sink, silent, answered=1)


@verifies("RFC3834-2-04", refuted_by=TO_ANOTHER)
def test_mail_that_does_not_name_the_recipient_is_not_answered(dial: SmtpDial, sink: Sink) -> None:
    """A message with the responder's address in no field of its header, and one with it: only the second is answered."""
    silent = dial.at_sink("silent")
    spoken_to(dial, silent, letter(dial, silent, to="somebody@mailconform.invalid"))
    control(dial, sink, silent)


@verifies("RFC3834-2-06", "RFC3834-2-01", refuted_by=TO_ANOTHER)
def test_nobody_is_not_answered(dial: SmtpDial, sink: Sink) -> None:
    """A message with MAIL FROM:<>, From and Reply-To of which name an address, and one from somebody: he alone is answered."""
    silent = dial.at_sink("silent")
    spoken_to(dial, "", letter(dial, silent, headers=b"Reply-To: <%b>\r\n" % silent.encode()))
    control(dial, sink, silent)


@verifies("RFC3834-2-01", refuted_by=relay(rb"TO:<control[^>]*", b"TO:<vacation@mail.test"))
def test_a_responder_does_not_answer_itself(dial: SmtpDial, sink: Sink) -> None:
    """A message from the responder's own address, and one from somebody: he alone is answered."""
    own = responder(dial)
    spoken_to(dial, own, letter(dial, own))
    author = dial.at_sink("control")
    spoken_to(dial, author, letter(dial, author))
    came = responses(sink, author)
    assert not sink.mail_to(own, seconds=0.0)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")


@verifies("RFC3834-2-08", refuted_by=TO_ANOTHER)
@pytest.mark.parametrize("fields", list(LISTS))
def test_mail_of_a_list_is_not_answered(dial: SmtpDial, sink: Sink, fields: str) -> None:
    """A message with a List- field or Precedence, and one without: only the second is answered."""
    silent = dial.at_sink("silent")
    spoken_to(dial, silent, letter(dial, silent, headers=LISTS[fields]))
    control(dial, sink, silent)


@verifies("RFC3834-2-07", refuted_by=TO_ANOTHER)
@pytest.mark.parametrize("name", list(DOUBTFUL))
def test_senders_that_are_programs_are_not_answered(dial: SmtpDial, sink: Sink, name: str) -> None:
    """A message from owner-, -request or MAILER-DAEMON, and one from somebody: only the second is answered."""
    silent = dial.at_sink("silent")
    list_name, _, domain = silent.partition("@")
    program = f"{DOUBTFUL[name](list_name)}@{domain}"
    before = len(sink.mail_to(program, seconds=0.0))
    spoken_to(dial, program, letter(dial, program))
    control(dial, sink, silent)
    assert len(sink.mail_to(program, seconds=0.0)) == before


@verifies("RFC3834-4-01", "RFC3834-4-05", refuted_by=relay(rb"TO:<author", b"TO:<from"))
def test_the_sender_of_the_envelope_is_answered(dial: SmtpDial, sink: Sink) -> None:
    """A message whose From is another's: the response comes for the address of MAIL, and for nobody else."""
    author = dial.at_sink("author")
    key = spoken_to(dial, author, letter(dial, author.replace("author", "from")))
    came = [one for one in sink.wait(key) if responder(dial).encode() not in one.recipients]
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")
    assert [one.recipients for one in came] == [(author.encode(),)]


@verifies("RFC3834-4-02", "RFC3834-4-03", "RFC3834-4-04", refuted_by=relay(rb"TO:<author", b"TO:<header"))
@pytest.mark.parametrize("field", ["Reply-To", "From", "Sender"])
def test_who_stands_in_the_header_is_not_answered(dial: SmtpDial, sink: Sink, field: str) -> None:
    """A message with another address in this field: no response comes for that."""
    author = dial.at_sink("author")
    other = author.replace("author", "header")
    fields = b"" if field == "From" else b"%b: <%b>\r\n" % (field.encode(), other.encode())
    spoken_to(dial, author, letter(dial, other if field == "From" else author, headers=fields))
    came = responses(sink, author)
    assert not sink.mail_to(other, seconds=0.0)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")
