"""RFC 3834 sections 5.1 and 5.2: Auto-Submitted of notifications."""

from __future__ import annotations

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, speaks, verifies
from conformance.wire.auto_submitted import auto_submitted
from conformance.wire.message_fields import body_of

pytestmark = speaks("smtp")


@verifies("RFC3834-5.2-01", refuted_by=alter(rb"(?m)^(Auto-Submitted:)[^\r\n]*", rb"\1 auto-generated"))
def test_a_notification_is_not_called_auto_generated(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Auto-Submitted of the notice, where it is there, is not auto-generated."""
    entity = bounced(dial, sink).entity
    field = entity.first("Auto-Submitted")
    if field is None:
        raise NotSupported("the notice has no Auto-Submitted")
    assert auto_submitted(body_of(entity.whole, field)).keyword != "auto-generated"


@verifies("RFC3834-5.1-01", refuted_by=alter(rb"(?m)^(Auto-Submitted:[^\r\n]*)", rb"\1 by a program"))
def test_auto_submitted_of_a_notification_obeys_its_grammar(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Auto-Submitted of the notice is there once at most, a keyword and parameters."""
    entity = bounced(dial, sink).entity
    fields = entity.all("Auto-Submitted")
    if not fields:
        raise NotSupported("the notice has no Auto-Submitted")
    at = body_of(entity.whole, fields[0])
    _ = auto_submitted(at)
    assert len(fields) == 1
    assert not at.violations
