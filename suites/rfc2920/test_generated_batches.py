"""RFC 2920 section 3: groups of commands drawn at random, in one write and cut anywhere, held against a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from conformance import SmtpDial, drop, needs, verifies
from conformance.models.transaction import State, Transaction
from conformance.strategies.budgets import batches as examples
from conformance.strategies.pop3_commands import chunkings
from conformance.strategies.smtp_commands import batches

pytestmark = needs("PIPELINING")

GROUPS = (
    (b"MAIL", b"RCPT", b"RCPT", b"RSET"),
    (b"MAIL", b"RSET"),
    (b"RSET", b"RCPT"),
    (b"MAIL", b"MAIL", b"RCPT", b"RSET"),
)
"""Commands that may stand anywhere in a group (section 3.1); one of a group is out of order at most."""


@verifies("RFC2920-3-01", "RFC2920-3.2-01", refuted_by=drop(of=rb"RCPT .*", after=2))
def test_every_group_of_commands_is_answered_in_order(dial: SmtpDial) -> None:
    """Drawn groups of MAIL, RCPT and RSET with NOOP at the end, in up to eight segments: each reply is of the right class.

    Each is said three times: some servers stumble only where a command is there before they have done with the one in front.
    """
    lines = {
        b"MAIL": b"MAIL FROM:<%b>" % dial.sender.encode(),
        b"RCPT": b"RCPT TO:<%b>" % dial.address().encode(),
    }
    ready = dial.ready()
    for line in lines.values():
        ready.command(line).ok()

    @examples(8)
    @given(batches(st.sampled_from(GROUPS), 3), st.data())
    def each(groups: tuple[tuple[bytes, ...], ...], data: DataObject) -> None:
        verbs = [*(verb for group in groups for verb in group), b"NOOP"]
        pieces = data.draw(chunkings(b"".join(lines.get(verb, verb) + b"\r\n" for verb in verbs)))
        for _ in range(3):
            dial.begin_example()
            session, table = dial.ready(), Transaction(State.READY)
            for piece in pieces:
                session.send(piece)
            for verb in verbs:
                answer = session.receive()
                assert answer.positive or answer.refused, f"no reply to {verb!r} of {verbs}"
                trouble = table.differs(verb, answer.code)
                assert not trouble, f"{trouble}, in {verbs}"

    each()
