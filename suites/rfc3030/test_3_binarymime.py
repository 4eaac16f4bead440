"""RFC 3030 section 3: BINARYMIME."""

from __future__ import annotations

import email

from conformance import (
    Inconclusive,
    Reason,
    Relayed,
    Sink,
    Smtp,
    SmtpDial,
    Specimen,
    alter,
    needs,
    relay,
    rewrite,
    say,
    verifies,
)
from conformance.services.sink import KEYWORDS

pytestmark = needs("BINARYMIME")
MIME = b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
EVERY = bytes(range(256)) + b"\r\r\n\n\0 e\xe9"
NO_LF = EVERY.replace(b"\r\n", b"").replace(b"\n", b"")
"""What a mailbox that keeps lines by other ends than CRLF can still show."""


def begun(dial: SmtpDial, address: str) -> Smtp:
    """A session with a binary transaction that has its recipient."""
    session = dial.ready()
    session.mail(dial.sender, "BODY=BINARYMIME").ok()
    session.rcpt(address).ok()
    return session


def content(raw: bytes) -> bytes:
    """The body of a message as it stands, or decoded if it is in a transport encoding."""
    read = email.message_from_bytes(raw)
    if str(read.get("Content-Transfer-Encoding", "")).lower() in ("base64", "quoted-printable"):
        decoded = read.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else b""
    return raw.partition(b"\r\n\r\n")[2]


def handed_on(dial: SmtpDial, specimen: Specimen) -> Relayed | None:
    """Send a binary message to the sink, and return it as it came there, None if it came back instead."""
    arrivals, address = dial.arrivals(), dial.at_sink()
    begun(dial, address).bdat(specimen.raw, last=True).ok()
    came = dial.fate(address, arrivals)
    return came if isinstance(came, Relayed) else None


@verifies("RFC3030-3-01", refuted_by=rewrite(rb"CHUNKING", b"XCHUNKING", of=rb"EHLO .*"))
def test_binarymime_is_announced_with_chunking_alone(dial: SmtpDial) -> None:
    """EHLO: where BINARYMIME is listed, CHUNKING is, and neither has a parameter."""
    listed = dial.ready().keywords
    assert "BINARYMIME" not in listed or "CHUNKING" in listed
    assert not listed.get("BINARYMIME")


@verifies("RFC3030-3-02", refuted_by=say(b"555 5.5.4 BODY?\r\n", of=rb"MAIL .* BODY=BINARYMIME"))
def test_mail_with_body_binarymime_is_accepted(dial: SmtpDial) -> None:
    """MAIL, RSET, MAIL with BODY=BINARYMIME: accepted like the first."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "BODY=BINARYMIME").positive


@verifies("RFC3030-3-03", refuted_by=alter(rb"\0", b""))
def test_all_bits_of_binary_mail_reach_the_mailbox(dial: SmtpDial) -> None:
    """Send every octet but LF in a chunk: they arrive, as they are or in a transport encoding."""
    arrivals, specimen = dial.arrivals(), dial.specimen(NO_LF, MIME)
    begun(dial, dial.address()).bdat(specimen.raw, last=True).ok()
    assert content(arrivals.one(specimen.key)).removesuffix(b"\r\n") == NO_LF


@verifies("RFC3030-3-03", refuted_by=alter(rb"\0", b""))
def test_all_bits_of_binary_mail_reach_a_hop_with_binarymime(dial: SmtpDial, sink: Sink) -> None:
    """Send every octet, bare CR and LF among them, to a sink with BINARYMIME and CHUNKING: they come (or are encoded)."""
    sink.keywords = (*KEYWORDS, b"CHUNKING", b"BINARYMIME")
    came = handed_on(dial, dial.specimen(EVERY, MIME))
    assert came
    assert content(came.raw) == EVERY


@verifies("RFC3030-3-04", refuted_by=say(b"354 Go ahead\r\n", of=rb"DATA"))
def test_data_behind_body_binarymime_is_answered_503(dial: SmtpDial) -> None:
    """MAIL with BODY=BINARYMIME, RCPT, DATA: 503."""
    session = begun(dial, dial.address())
    answer = session.command("DATA")
    if answer.code == 354:
        session.close()
    assert answer.says(503)


@verifies("RFC3030-3-05", refuted_by=relay(rb"^(MAIL .*)", rb"\1 BODY=BINARYMIME"))
def test_no_binary_mail_is_sent_to_a_hop_without_binarymime(dial: SmtpDial, sink: Sink) -> None:
    """Send every octet to a sink without BINARYMIME: it comes back, or in lines without NUL, bare CR and bare LF."""
    sink.keywords = KEYWORDS
    came = handed_on(dial, dial.specimen(EVERY, MIME))
    assert came is None or came.parameters.get("BODY", "").upper() != "BINARYMIME"
    rest = b"" if came is None else came.raw.replace(b"\r\n", b"")
    assert not any(octet in rest for octet in b"\0\r\n")


@verifies("RFC3030-3-06", refuted_by=alter(rb"\r\n\r\n.*", b"\r\n\r\nAAAA\r\n"))
def test_nothing_is_lost_on_the_way_to_a_hop_without_binarymime(dial: SmtpDial, sink: Sink) -> None:
    """Send every octet to a sink without BINARYMIME: it comes back, or in an encoding that holds them all."""
    sink.keywords = KEYWORDS
    came = handed_on(dial, dial.specimen(EVERY, MIME))
    assert came is None or content(came.raw) == EVERY


@verifies("RFC3030-3-07", refuted_by=say(b"554 5.6.1 No\r\n", of=rb"DATA|\."))
def test_a_binary_label_without_body_binarymime_is_accepted(dial: SmtpDial) -> None:
    """Send text that is labelled binary by DATA, no BODY being said: accepted."""
    arrivals, specimen, session = dial.arrivals(), dial.specimen(b"Text.\r\n", MIME), dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    answer = session.data(specimen.raw)
    if answer.ending:
        raise Inconclusive(Reason.CONNECTION_LOST, f"instead of an answer to the mail data: {answer.ending}")
    if answer.positive:
        arrivals.wait(specimen.key, seconds=1.0)
    assert answer.positive
