"""Machines that hold a target against the oracle of a maildrop: any commands in any order (RFC 1939 section 5).

A machine only compares. What a difference means is said by the `agree` that the check hands in, whose `assert` is the
accusation: the harness itself accuses nobody. Each example begins with the same test messages in the maildrop, and the
commands are about those, so that a failing example can be shortened whatever else lies there.

Hypothesis shortens a failing example by hundreds of trials. A Thrift lets so many of them reach the target; after that
only examples known to fail are carried out again, so that the last conversation is the shortest one that was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from conformance.delivery import key_of
from conformance.dial import Dial
from conformance.dial_pop3 import Pop3Dial
from conformance.maildrop import STOCK, Maildrop
from conformance.models import maildrop as oracle
from conformance.outcomes import Inconclusive
from conformance.sessions.pop3 import Answer, Pop3
from conformance.strategies.budgets import part_of
from conformance.strategies.pop3_commands import Step, batches, markings
from conformance.verdicts import Reason

Agree = Callable[[str], None]
"""Takes what differs, empty if nothing does, and accuses."""

Act = tuple[str, tuple[Any, ...]]
OPTIONAL = (b"TOP", b"UIDL")
REFUSALS = 3  # in one session: servers may give up on a client that errs again and again


def budget(dial: Dial, examples: int) -> settings:
    """So many examples at most, shortened on failure only where a connection costs next to nothing."""
    cheap = dial.profile.round_trip < 0.05 and not dial.target.limits.conn_rate
    phases = (Phase.explicit, Phase.generate, *((Phase.shrink,) if cheap else ()))
    return settings(max_examples=part_of(examples), stateful_step_count=6, phases=phases)


@dataclass(slots=True)
class Thrift:
    """How many more trials may reach the target once an example has failed, and which examples are known to fail."""

    trials: int = 25
    failing: set[tuple[Act, ...]] = field(default_factory=set)

    def allows_another(self) -> bool:
        """Whether the next example may reach the target; counts it if an earlier one has failed."""
        self.trials -= bool(self.failing)
        return self.trials > 0


class Bound(RuleBasedStateMachine):
    """A machine bound to a target: begins each example afresh, and keeps house with trials."""

    def __init__(self, dial: Dial, agree: Agree, thrift: Thrift) -> None:
        super().__init__()
        self._dial = dial
        self._agree = agree
        self._thrift = thrift
        self._live = False
        self._script: tuple[Act, ...] = ()

    @initialize()
    def begin(self) -> None:
        """Begin an example, if it may reach the target at all."""
        self._live = self._thrift.allows_another()
        if self._live:
            self._open()

    def _open(self) -> None:
        """Put everything into its place."""
        self._dial.begin_example()

    def act(self, name: str, steps: tuple[Any, ...] = ()) -> None:
        """Carry out a method by its name, at once, or with all that came before it if that is known to fail."""
        self._script += ((name, steps),)
        if self._live:
            self._carry_out(name, steps)
        elif self._script in self._thrift.failing:
            self._open()
            for act in self._script:
                self._carry_out(*act)

    def _carry_out(self, name: str, steps: tuple[Step, ...]) -> None:
        try:
            getattr(self, name)(*steps)
        except AssertionError:
            self._thrift.failing.add(self._script)
            raise

    def teardown(self) -> None:
        """Leave everything free for whoever comes next."""
        self._dial.hang_up_all()


class _MaildropBound(Bound):
    """A machine that begins each example with the test messages in the maildrop."""

    def __init__(self, dial: Pop3Dial, maildrop: Maildrop, agree: Agree, thrift: Thrift) -> None:
        super().__init__(dial, agree, thrift)
        self._pop3_dial = dial
        self._maildrop = maildrop

    def _open(self) -> None:
        super()._open()
        self.enter(self._maildrop.open())

    def enter(self, pop3: Pop3) -> None:
        """Go on in this session."""
        raise LookupError(f"{type(self).__name__} does nothing with {pop3!r}")


class Table:
    """A logged-in session and the oracle's session of the same messages."""

    def __init__(self, pop3: Pop3) -> None:
        self.pop3 = pop3
        listed = pop3.command("LIST").ok().scan_listings()
        self.model = oracle.Session(listed)
        self.absent = max(listed, default=0) + 1
        self.refusals = 0
        works = {b"TOP": pop3.command("TOP", pop3.own[0], 0), b"UIDL": pop3.command("UIDL")}
        self.optional = tuple(verb for verb in OPTIONAL if works[verb].status == b"+OK")

    def number(self, step: Step) -> int | None:
        """Return the message number a step is about."""
        own = self.pop3.own
        return None if step.which is None else own[step.which] if step.which < len(own) else self.absent

    def differs(self, step: Step, answer: Answer) -> str:
        """Tell the oracle of a step, and say how the server's answer departs from its own; empty if it does not."""
        number = self.number(step)
        said = b" ".join(step.words(number)).decode()
        expected = self.model.answer(step.verb, number)
        self.refusals += not expected.positive
        trouble = disagreement(expected, answer, self.pop3.own)
        return f"{said}: {trouble}" if trouble else ""


def disagreement(expected: oracle.Expected, answer: Answer, own: tuple[int, ...] = ()) -> str:
    """Say how an answer departs from what is expected, empty if it does not; `own` are the test messages' numbers."""
    if answer.positive != expected.positive or (answer.negative == expected.positive):
        return f"{'+OK' if expected.positive else '-ERR'} expected, and the answer was {answer!r}"
    if expected.drop_listing is not None:
        seen = answer.drop_listing()
        return _unequal("messages and octets", expected.drop_listing, (seen.first, seen.second))
    if expected.scan_listings is not None:
        return _unequal("scan listings", dict(expected.scan_listings), _scanned(answer))
    if expected.numbers is not None:
        return _unequal("numbers in unique-id listings", sorted(expected.numbers), sorted(_identified(answer)))
    if expected.message in own:
        shown = key_of(answer.body)
        return _unequal("Message-ID", STOCK[own.index(expected.message)].key, shown)
    return ""


def _unequal(what: str, expected: object, seen: object) -> str:
    return "" if expected == seen else f"{what} {expected} expected, {seen} seen"


def _scanned(answer: Answer) -> dict[int, int]:
    if answer.reply is not None and answer.reply.body is not None:
        return answer.scan_listings()
    listing = answer.scan_listing()
    return {listing.first: listing.second}


def _identified(answer: Answer) -> set[int]:
    if answer.reply is not None and answer.reply.body is not None:
        return set(answer.unique_ids())
    return {int(word) for word in answer.text.split()[:1] if word.isdigit()}


class SessionMachine(_MaildropBound):
    """One session: every command of the TRANSACTION state in any order, also after a new login (RFC 1939 section 5)."""

    def enter(self, pop3: Pop3) -> None:
        """Take the sizes that this session shows as those that hold."""
        with self._dial.dialler.straight():
            self._table = Table(pop3)

    @rule(batch=batches(len(STOCK), optional=OPTIONAL))
    def say(self, batch: tuple[Step, ...]) -> None:
        """Send commands one by one and compare each answer with the oracle's."""
        self.act("_say", batch)

    def _say(self, *batch: Step) -> None:
        for step in batch:
            if self._table.refusals == REFUSALS:
                self._start_over()
            if step.verb not in OPTIONAL or step.verb in self._table.optional:
                answer = self._table.pop3.command(*step.words(self._table.number(step)))
                self._agree(self._table.differs(step, answer))

    @rule()
    def start_over(self) -> None:
        """Drop the connection and log in again: no message is marked (RFC 1939 section 4)."""
        self.act("_start_over")

    def _start_over(self) -> None:
        self._table.pop3.close()
        self.enter(self._maildrop.find())
        if 0 in self._table.pop3.own:
            raise Inconclusive(Reason.PRECONDITION, "a test message is gone though no session entered UPDATE")


class MaildropMachine(_MaildropBound):
    """One session after the other, and attempts at two at once: what each leaves behind (RFC 1939 sections 4 and 6).

    Messages are not retrieved here: a site that announces EXPIRE 0 may remove what was (RFC 2449 section 6.7).
    """

    def _open(self) -> None:
        self._model = oracle.Maildrop({_name(place) for place in range(len(STOCK))})
        super()._open()

    def enter(self, pop3: Pop3) -> None:
        """Tell the oracle which messages this session shows."""
        self._pop3 = pop3
        named = {number: _name(place) for place, number in enumerate(pop3.own) if number}
        with self._dial.dialler.straight():
            self._session = self._model.opened(pop3.command("LIST").ok().scan_listings(), named)

    @rule(batch=markings(len(STOCK)))
    def say(self, batch: tuple[Step, ...]) -> None:
        """Mark messages and take marks back; the oracle hears of what the server has taken."""
        self.act("_say", batch)

    def _say(self, *batch: Step) -> None:
        for step in batch:
            number = None if step.which is None else self._pop3.own[step.which]
            if number == 0 or number in self._session.marked:
                continue
            answer = self._pop3.command(*step.words(number))
            if not answer.negative and answer.ok():
                self._session.answer(step.verb, number)

    @rule()
    def log_in_twice(self) -> None:
        """Try to log in beside the open session; refused, blocked or admitted, it removes nothing (RFC 1939 section 4)."""
        self.act("_log_in_twice")

    def _log_in_twice(self) -> None:
        second = self._pop3_dial.pop3()
        second.patience = min(second.patience, 1.0)
        if self._pop3_dial.knock(second).status == b"+OK":
            second.quit()
        else:
            second.close()

    @rule(batch=markings(len(STOCK)), ending=st.sampled_from((b"QUIT", b"close")))
    def end(self, batch: tuple[Step, ...], ending: bytes) -> None:
        """Mark messages and end the session, by QUIT or by dropping the connection; look what is left."""
        self.act("_end", (*batch, Step(ending)))

    def _end(self, *batch: Step) -> None:
        self._say(*batch[:-1])
        if batch[-1].verb == b"QUIT":
            self._pop3.quit().ok()
            self._model.quit()
        else:
            self._pop3.close()
            self._model.dropped()
        self._look()

    def _look(self) -> None:
        found = self._maildrop.find()
        names = [_name(place) for place, number in enumerate(found.own) if number]
        self._agree(self._model.differs_from(names))
        self.enter(found)


def _name(place: int) -> str:
    return f"test message {place + 1}"
