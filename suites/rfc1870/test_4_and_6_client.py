"""RFC 1870 sections 4 and 6.2: SIZE as a server uses it towards the next hop."""

from __future__ import annotations

import itertools
import re

import pytest

from conformance import Inconclusive, NotSupported, Reason, Relayed, Sink, SmtpDial, lose, relay, verifies
from conformance.services.sink import KEYWORDS

BODY = b"A line of some sixty octets, as they are found in ordinary mail.\r\n" * 75
OTHERS = tuple(keyword for keyword in KEYWORDS if not keyword.startswith(b"SIZE"))
ONE_AT_A_TIME = (b"SIZE 50000000", b"8BITMIME")
RETURNED = rb"multipart/report|mailer-daemon"


def handed_on(dial: SmtpDial) -> Relayed:
    """A message of 5000 octets as it came to the sink; that it does is a precondition."""
    came = dial.hand_on(dial.specimen(BODY))
    if not isinstance(came, Relayed):
        raise Inconclusive(Reason.PRECONDITION, "the message was returned")
    return came


@verifies("RFC1870-4-03", refuted_by=relay(rb" SIZE=\d+", b""))
def test_the_size_is_declared_to_a_hop_that_offers_it(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers SIZE: MAIL has SIZE=."""
    sink.keywords = (*OTHERS, b"SIZE 50000000")
    assert "SIZE" in handed_on(dial).parameters


@verifies("RFC1870-4-04", refuted_by=relay(rb"^(MAIL .*)", rb"\1 SIZE=100"))
def test_no_size_is_declared_to_a_hop_that_does_not_offer_it(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers no SIZE: MAIL has no SIZE=."""
    sink.keywords = OTHERS
    assert "SIZE" not in handed_on(dial).parameters


@verifies("RFC1870-6-03", refuted_by=relay(rb"SIZE=\d+", b"SIZE=10"))
def test_the_declared_size_is_that_of_the_message(dial: SmtpDial, sink: Sink) -> None:
    """SIZE= of a message of 5000 octets is a number, and is not more than a tenth below the octets that follow."""
    sink.keywords = (*OTHERS, b"SIZE 50000000")
    came = handed_on(dial)
    declared = came.parameters.get("SIZE")
    if declared is None:
        raise NotSupported("as a client the server declares no size")
    assert re.fullmatch(r"[0-9]{1,20}", declared)
    assert int(declared) >= len(came.raw) * 0.9


@verifies("RFC1870-6.2-01", refuted_by=lose(of=RETURNED))
@pytest.mark.parametrize("how", ["announced", "refused"])
def test_a_message_too_large_for_the_next_hop_is_returned(dial: SmtpDial, sink: Sink, how: str) -> None:
    """The sink offers SIZE 1000, or answers 552 to MAIL with SIZE=: a message of 5000 octets comes back to its sender.

    A client need not use SIZE: one that says nothing of it and hands the message on is let alone.
    """
    arrivals, address, specimen = dial.arrivals(), dial.at_sink(), dial.specimen(BODY)
    sink.keywords = (*OTHERS, b"SIZE 1000" if how == "announced" else b"SIZE 50000000")
    sink.reply(b"552 5.3.4 too large\r\n", to=rb"MAIL .* SIZE=")
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    returned = arrivals.wait(address.encode())
    if not returned and sink.wait(specimen.key, seconds=0.1):
        raise NotSupported("as a client the server does not look at the size")
    assert returned


@verifies("RFC1870-6.2-02", refuted_by=relay(rb"^(RSET|QUIT)", rb"RCPT TO:<on@sink.test>"))
def test_452_to_the_declared_size_ends_the_transaction(dial: SmtpDial, sink: Sink) -> None:
    """The sink answers 452 to the first MAIL: RSET or QUIT comes next, or the end, and the message later."""
    address, specimen = dial.at_sink(), dial.specimen(BODY)
    sink.keywords = ONE_AT_A_TIME
    sink.reply(b"452 4.3.1 no room\r\n", to=rb"MAIL .* SIZE=", times=1)
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    sink.one(specimen.key)
    held = [exchanges for exchanges in sink.conversations(rb"MAIL .* SIZE=") if len(exchanges) > 1]
    after = [b for exchanges in held for a, b in itertools.pairwise(exchanges) if a.answer[:3] == b"452"]
    if not held:
        raise NotSupported("as a client the server declares no size")
    assert all(exchange.said[:4].upper() in (b"RSET", b"QUIT", b"<clo") for exchange in after)
