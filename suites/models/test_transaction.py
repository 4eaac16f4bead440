"""RFC 5321 sections 4.1.4 and 4.3.2 as a whole: sessions held against a table of a transaction, with random commands."""

from hypothesis.stateful import run_state_machine_as_test

from conformance import SmtpDial, forward, speaks, verifies
from conformance.models.machines import Thrift, budget
from conformance.models.machines_smtp import TransactionMachine

pytestmark = speaks("smtp")


@verifies(
    "RFC5321-4.1.4-08",
    "RFC5321-4.1.4-04",
    "RFC5321-4.1.1.5-01",
    "RFC5321-4.1.1.5-02",
    refuted_by=forward(b"NOOP", of=rb"RSET"),
)
def test_commands_of_a_transaction_agree_with_a_table_in_any_order(dial: SmtpDial) -> None:
    """Random EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY and unknown commands: each reply is of a class that the table has."""

    def agree(difference: str) -> None:
        assert not difference, difference

    session = dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    thrift = Thrift()
    run_state_machine_as_test(
        lambda: TransactionMachine(dial, agree, thrift),  # type: ignore[arg-type]  # any factory will do
        settings=budget(dial, 12),
    )
