"""A machine that holds a target against the table of a mail transaction: any commands in any order (RFC 5321 section 4.1.4).

Sender and recipient are ones that the target takes; that is the check's precondition. Servers give up on clients that
err, greet or ask too often, so a session is short, and the conversation goes on in the next one.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from conformance.arrivals import Arrivals
from conformance.dial_smtp import SmtpDial
from conformance.models.machines import Agree, Bound, Thrift
from conformance.models.transaction import COMMANDS, END, State, Transaction
from conformance.sessions.smtp import Answer
from conformance.wire.smtp import stuff

SAID, REFUSED, GREETED = 8, 3, 2
"""How many commands, refusals and greetings a session may see."""
_HELLO = (b"EHLO", b"HELO")
_PHRASES = (
    *((verb,) for verb in COMMANDS),
    *[(b"MAIL", b"RCPT")] * 4,
    *((ends, goes_on) for ends in (b"RSET", b"EHLO", b"HELO") for goes_on in (b"RCPT", b"DATA", b"MAIL")),
)
"""What a batch is made of: single commands, and pairs that lead somewhere or that show whether a transaction has ended."""


class TransactionMachine(Bound):
    """Sessions of every command that a transaction is made of, and of some that are none of it, in any order."""

    def __init__(self, dial: SmtpDial, agree: Agree, thrift: Thrift) -> None:
        super().__init__(dial, agree, thrift)
        self._smtp_dial = dial

    def _open(self) -> None:
        super()._open()
        self._arrivals: Arrivals | None = None
        self._start_over(State.READY)

    @rule(batch=st.lists(st.sampled_from(_PHRASES), min_size=3, max_size=6).map(lambda said: sum(said, ())))
    def say(self, batch: tuple[bytes, ...]) -> None:
        """Send commands one by one and compare each reply with the table."""
        self.act("_say", batch)

    @rule(state=st.sampled_from((State.GREETED, State.READY)))
    def start_over(self, state: State) -> None:
        """Drop the connection and begin a new one, with EHLO or without."""
        self.act("_start_over", (state,))

    def _start_over(self, state: State) -> None:
        dial = self._smtp_dial
        bare = state is State.GREETED and not dial.scheme.startswith("submission")
        self._session = dial.smtp() if bare else dial.ready()
        self._session.greeting.ok()
        self._model = Transaction(State.GREETED if bare else State.READY)
        self._said, self._refused, self._greeted = 0, 0, int(not bare)

    def _say(self, *batch: bytes) -> None:
        for verb in batch:
            if self._said >= SAID or self._refused >= REFUSED or (verb in _HELLO and self._greeted >= GREETED):
                self._session.leave()
                self._start_over(State.READY)
            self._judge(verb, self._session.command(self._line(verb)))
            if self._in_data:
                self._end_data()

    def _line(self, verb: bytes) -> bytes:
        dial = self._smtp_dial
        spoken = {
            b"EHLO": b"EHLO " + self._session.client,
            b"HELO": b"HELO " + self._session.client,
            b"MAIL": b"MAIL FROM:<%b>" % dial.sender.encode(),
            b"RCPT": b"RCPT TO:<%b>" % dial.address().encode(),
            b"VRFY": b"VRFY %b" % dial.address().encode(),
        }
        return spoken.get(verb, verb)

    def _judge(self, verb: bytes, answer: Answer) -> None:
        """Compare a reply with the table; "not now" is no answer, and makes the check inconclusive."""
        refused = answer.refused
        self._said += 1
        self._refused += refused
        self._greeted += verb in _HELLO
        self._agree(self._model.differs(verb, answer.code))
        if refused and verb == b"DATA" and answer.code != 503:
            self._start_over(State.READY)  # of a transaction that has failed nothing is said

    @property
    def _in_data(self) -> bool:
        return self._model.state in (State.DATA, State.EMPTY)

    def _end_data(self) -> None:
        """Send a message; one for nobody, too, so that it is found and taken away should it arrive."""
        for_nobody = self._model.state is State.EMPTY
        arrivals = self._arrivals = self._arrivals or self._smtp_dial.arrivals()
        specimen = self._smtp_dial.specimen()
        answer = self._session.content(stuff(specimen.raw))
        if answer.code == 250:
            arrivals.wait(specimen.key)
        self._judge(END, answer)
        if for_nobody:
            self._start_over(State.READY)
