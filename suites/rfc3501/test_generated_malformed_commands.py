"""RFC 3501 sections 2.2.2, 6 and 9: commands that the grammar forbids, drawn in batches: refused, and the session stays in step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance import MESSAGE, Closed, ImapDial, Reset, inject, rewrite, verifies
from conformance.sessions.imap_answer import Answer
from conformance.strategies.budgets import batches
from conformance.strategies.imap_malformed import Malformed, malformed_commands, malformed_lines

FEW = 6  # servers may give up on a client that errs again and again


def several(*, accepted: bool = False) -> st.SearchStrategy[list[Malformed]]:
    """Some different malformed commands; with those that well-known servers take if `accepted`."""
    drawn = malformed_commands()
    if accepted:
        drawn = st.one_of(drawn, malformed_commands(leniency="widely accepted"))
    return st.lists(drawn, min_size=FEW, max_size=FEW, unique_by=lambda one: one.line.upper())


def in_order(said: Answer) -> bool:
    """Whether the server has ended the connection by BYE, as it may behind errors."""
    return any(response.name == b"BYE" for response in said.responses)


@verifies(
    "RFC3501-2.2.2-12", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"(?!NOOP\Z|SELECT .*mailconform).*")
)
def test_commands_that_the_grammar_forbids_are_refused(dial: ImapDial) -> None:
    """Six drawn commands with a selected mailbox, one after another: BAD or NO each, or the end of the connection."""

    @batches(8)
    @given(several())
    def each(commands: list[Malformed]) -> None:
        dial.begin_example()
        mailbox = dial.mailbox(MESSAGE)
        for command in commands:
            said = mailbox.command(*command.words)
            if isinstance(said.ending, Closed | Reset):
                return
            assert said.refused, f"{command.line!r} ({command.why}) is answered {said!r}"

    each()


@verifies("RFC3501-2.2.2-11", refuted_by=inject(b"zz BAD what was that?\r\n", of=rb"NOOP"))
def test_the_session_stays_in_step_behind_malformed_commands(dial: ImapDial) -> None:
    """Six drawn commands, also such as well-known servers take, NOOP behind each: its OK and nothing else, or BYE before the end."""

    @batches(8)
    @given(several(accepted=True))
    def each(commands: list[Malformed]) -> None:
        dial.begin_example()
        mailbox = dial.mailbox(MESSAGE)
        for command in commands:
            said = mailbox.command(*command.words)
            noop = mailbox.command("NOOP")
            if in_order(said) or in_order(noop):
                return
            assert noop.is_ok, f"NOOP behind {command.line!r} ({command.why}) is answered {noop!r}"
            assert not [reply for reply in (*said.replies, *noop.replies) if reply.stray], (
                f"a stray tag behind {command.line!r}"
            )

    each()


@verifies("RFC3501-7.1.3-01", refuted_by=rewrite(rb"^\S+ (BAD|NO)", b"* OK", of=rb".*"))
def test_lines_without_a_tag_are_refused(dial: ImapDial) -> None:
    """Drawn lines whose tag is missing or none, NOOP behind each: no OK to the line, and NOOP works."""

    @batches(6)
    @given(
        st.lists(
            malformed_lines().filter(lambda line: not line[0].startswith(b"+")), min_size=4, max_size=4, unique=True
        )
    )
    def each(lines: list[tuple[bytes, str]]) -> None:
        dial.begin_example()
        session = dial.login()
        for line, why in lines:
            names = [response.name for response in session.offer(line + b"\r\n")]
            assert {b"BAD", b"NO"} & set(names), f"{line!r} ({why}) is answered {names!r}"

    each()
