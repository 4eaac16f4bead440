"""RFC 1939 sections 4 to 6 as a whole: a maildrop held against a model of it, with random conversations."""

from hypothesis.stateful import run_state_machine_as_test

from conformance import Maildrop, Pop3Dial, forward, verifies
from conformance.models.machines import MaildropMachine, SessionMachine, Thrift, budget


@verifies("RFC1939-5-29", refuted_by=forward(b"NOOP", of=rb"RSET"))
def test_commands_of_a_session_agree_with_a_model_in_any_order(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Random commands of the TRANSACTION state, and new logins, about three messages: each answer is the model's."""

    def agree(difference: str) -> None:
        assert not difference, difference

    maildrop.clear()  # the fewer messages, the quicker each look
    thrift = Thrift()
    run_state_machine_as_test(lambda: SessionMachine(dial, maildrop, agree, thrift), settings=budget(dial, 12))  # type: ignore[arg-type]  # any factory will do


@verifies("RFC1939-6-01", "RFC1939-6-02", "RFC1939-6-03", refuted_by=forward(b"NOOP", of=rb"RSET"))
def test_sessions_leave_behind_what_a_model_says(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Random sessions that mark, unmark, quit or break off, some with a second login beside them; then a look inside."""

    def agree(difference: str) -> None:
        assert not difference, difference

    maildrop.clear()  # the fewer messages, the quicker each look
    thrift = Thrift()
    run_state_machine_as_test(lambda: MaildropMachine(dial, maildrop, agree, thrift), settings=budget(dial, 12))  # type: ignore[arg-type]  # any factory will do
