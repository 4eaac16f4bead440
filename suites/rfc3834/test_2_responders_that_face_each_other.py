"""RFC 3834 section 2: a responder that meets another one does not go on answering it."""

from __future__ import annotations

from collections.abc import Callable

from conformance import Inconclusive, Reason, Sink, SmtpDial, duplicate, relay, speaks, verifies
from conformance.checks_responders import letter, responder, response, responses, second_responder, spoken_to
from conformance.wire.message import Entity

pytestmark = speaks("lmtp", "smtp")

ROUNDS = 6
"""So many responses are no end: one is enough, and two or three come from who looks at each message apart."""
WITHOUT_END = relay(rb"TO:<(robot-[^.@]*)[^@]*", rb"TO:<\1")
"""A responder that answers the robot whenever it should answer somebody else."""
EIGHTFOLD = duplicate(of=rb"auto-replied") | duplicate(of=rb"auto-replied") | duplicate(of=rb"auto-replied")
Answer = Callable[[SmtpDial, str, Entity], None]


def as_a_responder(dial: SmtpDial, robot: str, came: Entity) -> None:
    """Answer a response from nobody, and say that a program does."""
    marked = b"Auto-Submitted: auto-replied\r\nIn-Reply-To: %b\r\n" % came.text("Message-ID")
    spoken_to(dial, "", letter(dial, robot, subject="Auto: away", headers=marked))


def as_a_person_would(dial: SmtpDial, robot: str, came: Entity) -> None:
    """Answer a response as a program that says nothing of itself, in its own name."""
    spoken_to(dial, robot, letter(dial, robot, headers=b"In-Reply-To: %b\r\n" % came.text("Message-ID")))


def dialogue(dial: SmtpDial, sink: Sink, answer: Answer) -> int:
    """Answer each response, until none comes any more; return how many came, ROUNDS at most."""
    robot = dial.at_sink("robot")
    _, last = response(dial, sink, letter(dial, robot), robot)
    for said in range(1, ROUNDS):
        answer(dial, robot, last)
        if not goes_on(dial, sink, robot, said):
            return said
    return ROUNDS


def goes_on(dial: SmtpDial, sink: Sink, robot: str, said: int) -> bool:
    """Whether one more response comes for the robot before three letters of others are answered, one behind the other."""
    for place in range(3):
        other = robot.replace("@", f".{said}.{place}@")
        spoken_to(dial, other, letter(dial, other))
        seen = 0
        while len(responses(sink, robot, seconds=0.0)) <= said and not responses(sink, other, seconds=0.0):
            came = len(sink.wait(b"", seen + 1))
            if came == seen:
                raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")
            seen = came
    return len(responses(sink, robot, seconds=0.0)) > said


@verifies("RFC3834-2-01", refuted_by=WITHOUT_END)
def test_a_dialogue_with_a_responder_ends(dial: SmtpDial, sink: Sink) -> None:
    """Answer each response with one from nobody that says auto-replied: in the end nothing comes back."""
    assert dialogue(dial, sink, as_a_responder) < ROUNDS


@verifies("RFC3834-2-03", refuted_by=WITHOUT_END)
def test_a_dialogue_with_a_program_that_hides_ends(dial: SmtpDial, sink: Sink) -> None:
    """Answer each response as a program without Auto-Submitted, in the name that was answered: in the end nothing comes back."""
    assert dialogue(dial, sink, as_a_person_would) < ROUNDS


@verifies("RFC3834-2-01", refuted_by=EIGHTFOLD)
def test_two_responders_of_a_server_come_to_an_end(dial: SmtpDial, sink: Sink) -> None:
    """Write to one in the name of the other, and behind that to both as others, again and again: few responses arrive at the other."""
    first, second, third = responder(dial), second_responder(dial), second_responder(dial)
    arrivals = dial.arrivals(1)
    spoken_to(dial, second, letter(dial, second))
    for recipient in (first, third) * ROUNDS:  # each takes as long as a turn of theirs
        author = dial.at_sink("control")
        spoken_to(dial, author, letter(dial, author, to=recipient), recipient)
        if not responses(sink, author):
            raise Inconclusive(Reason.PRECONDITION, "no response came to a message that should have one")
    came = arrivals.wait(second.encode(), ROUNDS, seconds=0.0)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "the one does not answer the other")
    assert len(came) < ROUNDS
