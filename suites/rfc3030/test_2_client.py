"""RFC 3030 section 2: BDAT and DATA as a server uses them towards the next hop."""

from __future__ import annotations

from conformance import Relayed, Sink, SmtpDial, alter, relay, verifies
from conformance.services.sink import KEYWORDS

BODY = b".\r\n..\r\n" + b"A line of some sixty octets, as they are found in ordinary mail.\r\n" * 1000


@verifies("RFC3030-2-16", refuted_by=alter(rb"mail\.\r\n\Z", b""))
def test_a_message_reaches_a_hop_with_chunking_whole(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers CHUNKING: a message of 66000 octets comes as it was, by whatever command."""
    sink.keywords = (*KEYWORDS, b"CHUNKING")
    specimen = dial.specimen(BODY)
    came = dial.hand_on(specimen)
    assert isinstance(came, Relayed)
    assert came.raw.partition(b"\r\n\r\n")[2] == specimen.body


@verifies("RFC3030-2-17", refuted_by=relay(rb"^DATA\b", b"BDAT 1000 LAST"))
def test_no_bdat_is_sent_to_a_hop_without_chunking(dial: SmtpDial, sink: Sink) -> None:
    """The sink does not offer CHUNKING: no BDAT is said."""
    sink.keywords = KEYWORDS
    came = dial.hand_on(dial.specimen(BODY))
    assert isinstance(came, Relayed)
    assert not [line for line in sink.conversation(came.connection) if line[:4].upper() == b"BDAT"]
