"""RFC 5321 section 4.2.5: a message that was refused is not delivered."""

from __future__ import annotations

from conformance import NotSupported, SmtpDial, alter, verifies

HOPS = b"".join(b"Received: from hop%d.invalid by hop%d.invalid; Sat, 21 Nov 2026 12:00:00 +0000\r\n" % (n, n + 1) for n in range(200))  # fmt: skip
"""More hops than any server takes for the way of a message (RFC 5321 section 6.3)."""


@verifies("RFC5321-4.2.5-02", refuted_by=alter(rb"(X-Pair: \w+) second", rb"\1 first"))
def test_a_message_refused_behind_the_end_of_data_is_not_delivered(dial: SmtpDial) -> None:
    """A message that looks like a loop is refused with 5yz, and the next one is accepted: only the latter arrives."""
    arrivals = dial.arrivals()
    pair = b"X-Pair: " + dial.specimen().key
    first, second = dial.specimen(headers=HOPS + pair + b" first\r\n"), dial.specimen(headers=pair + b" second\r\n")
    if not dial.ready().transaction(dial.sender, dial.address(), text=first.raw).refused:
        raise NotSupported("a message with 200 Received fields is accepted")
    dial.ready().transaction(dial.sender, dial.address(), text=second.raw).ok()
    arrivals.one(second.key)
    assert not [raw for raw in arrivals.wait(pair) if pair + b" first" in raw]
