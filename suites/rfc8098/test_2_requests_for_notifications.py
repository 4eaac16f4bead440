"""RFC 8098 section 2: what a server does, and leaves undone, about messages that ask for a disposition notification."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, Reason, Sink, SmtpDial, relay, send, verifies
from conformance.delivery import Specimen

REFUSAL = b"550 5.1.1 nobody of that name here\r\n"
MDN = b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=cut\r\n"
MDN_BODY = (
    b"--cut\r\nContent-Type: text/plain\r\n\r\nIt was displayed.\r\n"
    b"--cut\r\nContent-Type: message/disposition-notification\r\n\r\n"
    b"Final-Recipient: rfc822; reader@mailconform.invalid\r\n"
    b"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--cut--\r\n"
)


def asking(dial: SmtpDial, author: str, *, is_notification: bool) -> Specimen:
    """A message, or a disposition notification, that asks for one."""
    wish = b"Disposition-Notification-To: <%b>\r\n" % author.encode()
    return dial.specimen(MDN_BODY, MDN + wish) if is_notification else dial.specimen(headers=wish)


@verifies("RFC8098-2.1-01", refuted_by=relay(rb"TO:<control", b"TO:<author"))
def test_delivery_alone_brings_no_disposition_notification(dial: SmtpDial, sink: Sink) -> None:
    """A message to an account that asks for a notification, and one that the sink refuses: only the second is told of."""
    silence(dial, sink, is_notification=False)


@verifies("RFC8098-2.1-04", "RFC3798-2.1-01", "RFC2298-2.1-01", refuted_by=relay(rb"TO:<control", b"TO:<author"))
@pytest.mark.parametrize("sender", ["null", "known"])
def test_a_disposition_notification_brings_no_other(dial: SmtpDial, sink: Sink, sender: str) -> None:
    """A disposition notification that asks for one, from nobody or somebody, and a message that the sink refuses."""
    silence(dial, sink, is_notification=True, null=sender == "null")


def silence(dial: SmtpDial, sink: Sink, *, is_notification: bool, null: bool = False) -> None:
    """Demand that nothing comes to who asks for a notification, when something has come to who sent a message behind it."""
    control, stranger, arrivals = dial.at_sink("control"), dial.at_sink("stranger"), dial.arrivals()
    author = control.replace("control", "author")
    sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{stranger}")
    asked = asking(dial, author, is_notification=is_notification)
    sent = send(dial, "" if null else author, (dial.address(),), specimen=asked)
    arrivals.one(sent.key)
    send(dial, control, (stranger,))
    came = sink.notices(control)
    assert not sink.mail_to(author, seconds=0.2)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came about the message that was refused")
