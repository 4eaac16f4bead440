"""RFC 3461 sections 3, 5 and 5.2.1: what is handed on to a next hop that knows DSN."""

from __future__ import annotations

import re

from conformance import Inconclusive, Reason, Relayed, Sink, SmtpDial, alter, relay, reported, send, verifies
from conformance.services.heard import parameters

HEXCHAR = re.compile(r"\+([0-9A-F]{2})")
REFUSAL = b"550 5.1.1 nobody of that name here\r\n"


def meant(xtext: str) -> str:
    """What xtext stands for (section 4)."""
    return HEXCHAR.sub(lambda found: chr(int(found[1], 16)), xtext)


def handed_on(dial: SmtpDial, sink: Sink, *rcpt: str, mail: tuple[str, ...] = (), recipient: str = "") -> Relayed:
    """Send a message with these parameters where DSN is offered, and return it as it comes to the sink."""
    dial.keyword("DSN")
    keeper = recipient or dial.at_sink()
    send(dial, dial.at_sink("author"), (keeper, *rcpt), mail=mail)
    return came_to(sink, keeper)


def came_to(sink: Sink, recipient: str) -> Relayed:
    """Return the message as it comes to the sink; that DSN was offered there to who brings it is a precondition."""
    came = sink.mail_to(recipient)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    if "DSN" not in came[0].offered:
        raise Inconclusive(Reason.PRECONDITION, "the target has not heard the sink's answer to EHLO")
    return came[0]


@verifies("RFC3461-5.2.1-01", "RFC3461-3-02", "RFC3461-5-01", refuted_by=relay(rb"\A(MAIL.*?) ENVID=[^ \r\n]*", rb"\1"))
def test_the_envelope_identifier_is_handed_on(dial: SmtpDial, sink: Sink) -> None:
    """MAIL with ENVID: at the sink it stands for the same characters."""
    came = handed_on(dial, sink, mail=("ENVID=QQ+2Babc+3DXyZ",))
    assert meant(came.parameters.get("ENVID", "")) == "QQ+abc=XyZ"


@verifies("RFC3461-5.2.1-02", refuted_by=relay(rb"\A(MAIL FROM:<[^>]*>)", rb"\1 ENVID=4F2A"))
def test_no_envelope_identifier_is_handed_on_that_was_not_given(dial: SmtpDial, sink: Sink) -> None:
    """MAIL without ENVID: there is none at the sink."""
    assert "ENVID" not in handed_on(dial, sink).parameters


@verifies("RFC3461-5.2.1-03", refuted_by=relay(rb"\A(MAIL.*?) RET=[^ \r\n]*", rb"\1"))
def test_ret_is_handed_on(dial: SmtpDial, sink: Sink) -> None:
    """MAIL with RET=HDRS: so it is at the sink."""
    assert handed_on(dial, sink, mail=("RET=HDRS",)).parameters.get("RET", "").upper() == "HDRS"


@verifies("RFC3461-5.2.1-04", refuted_by=relay(rb"\A(MAIL FROM:<[^>]*>)", rb"\1 RET=FULL"))
def test_no_ret_is_handed_on_that_was_not_given(dial: SmtpDial, sink: Sink) -> None:
    """MAIL without RET: there is none at the sink."""
    assert "RET" not in handed_on(dial, sink).parameters


@verifies("RFC3461-5.2.1-05", "RFC3461-4.1-04", refuted_by=relay(rb"\A(RCPT TO:<keeper.*?) NOTIFY=[^ \r\n]*", rb"\1"))
def test_notify_is_handed_on_for_each_recipient(dial: SmtpDial, sink: Sink) -> None:
    """Two recipients with NOTIFY=success,Failure and NEVER: each has its own at the sink."""
    dial.keyword("DSN")
    keeper, stranger = dial.at_sink(), dial.at_sink("stranger")
    send(dial, dial.at_sink("author"), (keeper, "NOTIFY=success,Failure"), (stranger, "NOTIFY=NEVER"))
    asked = {}
    for address in (keeper, stranger):
        for one in sink.mail_to(address):
            for recipient, line in zip(one.recipients, one.rcpts, strict=True):
                asked[recipient.decode()] = frozenset(parameters(line).get("NOTIFY", "").upper().split(","))
    if set(asked) != {keeper, stranger}:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    assert asked == {keeper: frozenset(("SUCCESS", "FAILURE")), stranger: frozenset(("NEVER",))}


@verifies("RFC3461-5.2.1-06", refuted_by=relay(rb"\A(RCPT TO:<keeper[^>]*>)", rb"\1 NOTIFY=FAILURE"))
def test_no_notify_is_handed_on_that_was_not_given(dial: SmtpDial, sink: Sink) -> None:
    """RCPT without NOTIFY: there is none at the sink."""
    assert "NOTIFY" not in parameters(handed_on(dial, sink).rcpts[0])


@verifies("RFC3461-5.2.1-07", refuted_by=relay(rb"\A(RCPT.* ORCPT=rfc822;)KeePer", rb"\1keeper"))
def test_the_original_recipient_is_handed_on_as_it_is(dial: SmtpDial, sink: Sink) -> None:
    """RCPT with ORCPT in capital and small letters: at the sink it has the same address, in the same letters."""
    keeper = dial.at_sink("KeePer")
    line = handed_on(dial, sink, f"ORCPT=rfc822;{keeper}", recipient=keeper).rcpts[0]
    kind, _, address = parameters(line).get("ORCPT", "").partition(";")
    assert (kind.lower(), meant(address)) == ("rfc822", keeper)


@verifies(
    "RFC3461-5.2.1-08", refuted_by=relay(rb"\A(RCPT TO:<keeper[^>]*>).*", rb"\1 ORCPT=rfc822;postmaster@mail.test")
)
def test_an_original_recipient_that_is_added_is_that_of_rcpt(dial: SmtpDial, sink: Sink) -> None:
    """RCPT without ORCPT: at the sink there is none, or one with the address of RCPT."""
    came = handed_on(dial, sink)
    _, _, address = parameters(came.rcpts[0]).get("ORCPT", "").partition(";")
    assert meant(address).lower() in ("", came.recipients[0].decode().lower())


@verifies("RFC3461-5.2.1-09", refuted_by=alter(rb"(\r\nFinal-Recipient:[^\r\n]*?)stranger", rb"\1keeper"))
def test_success_is_left_to_a_next_hop_that_knows_dsn(dial: SmtpDial, sink: Sink) -> None:
    """Two recipients with NOTIFY=SUCCESS,FAILURE, of which the sink refuses one: no report tells of the other."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    stranger = keeper.replace("keeper", "stranger")
    sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{stranger}")
    send(dial, author, (keeper, "NOTIFY=SUCCESS,FAILURE"), (stranger, "NOTIFY=SUCCESS,FAILURE"))
    told = reported(sink, author, about=stranger)
    came_to(sink, keeper)
    assert keeper not in [address for address, _ in told]
