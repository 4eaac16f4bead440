"""RFC 3501 as a whole: a mailbox that three sessions share, held against a model of it, with random conversations."""

from hypothesis.stateful import run_state_machine_as_test

from conformance import ImapDial, forward, rewrite, speaks, verifies
from conformance.models.machines import Thrift, budget
from conformance.models.machines_imap import MailboxMachine

pytestmark = speaks("imap")


def held_against_a_model(dial: ImapDial, *, shared: bool) -> None:
    def agree(difference: str) -> None:
        assert not difference, difference

    thrift = Thrift(trials=6)
    run_state_machine_as_test(
        lambda: MailboxMachine(dial, agree, thrift, shared=shared),  # type: ignore[arg-type]  # any factory will do
        settings=budget(dial, 6),
    )


@verifies(
    "RFC3501-5.2-01",
    "RFC3501-2.3.1.1-03",
    "RFC3501-2.3.1.1-05",
    refuted_by=rewrite(rb"UID \d+", b"UID 7", of=rb"FETCH .*"),
)
def test_three_sessions_are_told_of_the_same_messages_as_a_model(dial: ImapDial) -> None:
    """Random APPEND and SELECT of three sessions, STORE, EXPUNGE and COPY of the first: all see the same messages and UIDs."""
    held_against_a_model(dial, shared=False)


@verifies("RFC3501-5.2-03", refuted_by=forward(b"NOOP", of=rb"EXPUNGE"))
def test_three_sessions_are_told_of_the_same_flags_as_a_model(dial: ImapDial) -> None:
    """Random APPEND, STORE, EXPUNGE, COPY and SELECT of three sessions: all see the same messages, UIDs and flags."""
    held_against_a_model(dial, shared=True)
