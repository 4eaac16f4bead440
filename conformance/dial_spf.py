"""Asks a target's verifiers of SPF for their verdicts (RFC 7208 section 2.6), while the harness answers for every name.

A verifier that has several ways in is asked by each: their verdicts must be one, or nothing can be said of it. The
questions that a verdict took stand in the evidence.
"""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.dial import Dial
from conformance.discovery import CannotJudge, Profile
from conformance.outcomes import Inconclusive, NotSupported
from conformance.services.nameserver import NameServer, NameServerError
from conformance.services.zones import Query as Question
from conformance.target import Target
from conformance.transport.dialler import Dialler
from conformance.vectors import Record, Zone
from conformance.verdicts import Reason
from conformance.verifiers import Crashed, Opinion, Query, Route, Unreachable
from conformance.verifiers.routes import open_route

CRASH = "crash"
"""A result that no record is given: the verifier ended of the query."""
DOMAIN = "control.mailconform.example"
CONTROL: Zone = {DOMAIN: (Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",)),)}
CONTROLS = {
    "pass": Query(ip="192.0.2.1", helo=DOMAIN, mail_from=f"control@{DOMAIN}"),
    "fail": Query(ip="192.0.2.2", helo=DOMAIN, mail_from=f"control@{DOMAIN}"),
}
"""What every verifier judges right, or is not reached at all."""
SENTENCE = "Nobody sends mail for this domain."
EXPLAINED: Zone = {
    DOMAIN: (Record("TXT", (f"v=spf1 -all exp=why.{DOMAIN}".encode(),)),),
    f"why.{DOMAIN}": (Record("TXT", (SENTENCE.encode(),)),),
}


class SpfDial(Dial):
    """The verifiers of one target."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self.routes: tuple[Route, ...] = tuple(open_route(row, dialler) for row in self.target.spf)
        self._names: NameServer | None = None
        self.asked: tuple[Question, ...] = ()
        """What the name server was asked for the last verdict."""
        self._explains: bool | None = None

    @property
    def names(self) -> NameServer:
        """The name server that the target resolves through; Inconclusive if the target file names none, or it cannot listen."""
        if self._names is None:
            where = self.target.facilities.get("dns", "")
            if not where:
                raise Inconclusive(
                    Reason.NOT_SET_UP, 'needs dns = "HOST:PORT" in [facilities]: where the target asks for names'
                )
            try:
                self._names = NameServer(where)
            except NameServerError as error:
                raise Inconclusive(Reason.NOT_SET_UP, str(error)) from error
        return self._names

    def verdict(self, zone: Zone, query: Query) -> Opinion:
        """Return what the verifier says of a client while these records are published.

        The result is CRASH if he ends of the query. NotSupported if no way carries it to him, Inconclusive if his ways
        disagree.
        """
        said: list[tuple[str, Opinion]] = []
        astray: list[str] = []
        for row, route in zip(self.target.spf, self.routes, strict=True):
            found = self._asked(route, zone, query)
            if isinstance(found, Opinion) and found.result is None:
                found = Unreachable(why=found.note or "nothing was said of SPF")
            if isinstance(found, Unreachable):
                astray.append(f"{row.route}: {found.why}")
            else:
                said.append((f"{row.route} {row.address or row.command}".strip(), found))
        if not said:
            raise NotSupported(f"not reachable: {'; '.join(astray)}")
        results = {opinion.result for _, opinion in said}
        if results == {CRASH, "temperror"}:  # an MTA gives a temporary error for a verifier that ends
            return self._as_told(next(opinion for _, opinion in said if opinion.result == CRASH))
        if len(results) > 1 and not (self.dialler.armed and self.dialler.fault):  # a lie may be told on one way alone
            told = ", ".join(f"{way}: {opinion.result}" for way, opinion in said)
            raise Inconclusive(Reason.AMBIGUOUS, f"the ways to the verifier disagree: {told}")
        return self._as_told(said[0][1])

    @property
    def questions(self) -> frozenset[tuple[str, str]]:
        """What the name server was asked for the last verdict, however often: names in lower case, and types."""
        return frozenset((question.name.lower(), question.type) for question in self.asked)

    def delivered(self, zone: Zone, query: Query) -> bytes:
        """Return the message of a query as it arrived; NotSupported if no way shows one, or this one was refused."""
        said = self.verdict(zone, query)
        if not said.message:
            raise NotSupported(f"no message is seen: {said.source}{said.note and f', {said.note}'}")
        return said.message

    @property
    def explains(self) -> bool:
        """Whether the verifier's ways show the explanation that a domain gives of a fail (RFC 7208 section 6.2)."""
        if self._explains is None:
            with self.dialler.straight():
                said = self.verdict(EXPLAINED, CONTROLS["fail"])
            self._explains = SENTENCE in said.explanation
        return self._explains

    def _asked(self, route: Route, zone: Zone, query: Query) -> Opinion | Unreachable:
        if refusal := route.carries(query):
            return Unreachable(why=refusal)
        self.names.publish(zone)
        found = route.ask(query)
        self.asked = self._questions()
        evidence = self.dialler.recorder.new(f"dns://{self.target.facilities['dns']}")
        for question in self.asked:
            evidence.record("-", "note", f"asked by {question.transport}: {question.name} {question.type}".encode())
        return Opinion(result=CRASH, note=found.why, raw=found.raw) if isinstance(found, Crashed) else found

    # Lies of a verifier

    def _as_told(self, opinion: Opinion) -> Opinion:
        fault = self.dialler.fault if self.dialler.armed else None
        if fault is None:
            return opinion

        def told(octets: bytes) -> bytes:
            return next(iter(fault.on_arrival(octets)), b"")

        return replace(
            opinion,
            result=fault.on_opinion(opinion.result),
            explanation=told(opinion.explanation.encode()).decode("utf-8", "replace"),
            raw=told(opinion.raw),
            message=told(opinion.message),
        )

    def _questions(self) -> tuple[Question, ...]:
        fault = self.dialler.fault if self.dialler.armed else None
        if fault is None:
            return self.names.queries
        return tuple(
            replace(question, name=name, type=rtype)
            for question in self.names.queries
            for name, rtype in fault.on_question(question.name, question.type)
        )

    # The end

    def control(self) -> None:
        """Ask for a verdict that every verifier gives; raises Inconclusive if it does not come."""
        try:
            said = self.verdict(CONTROL, CONTROLS["pass"])
        except NotSupported as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        if said.result != "pass":
            raise Inconclusive(Reason.AMBIGUOUS, f"the verifier says {said.result} where pass is meant")

    def end_sessions(self) -> None:
        """Nothing is open between two verdicts."""

    def retire(self) -> None:
        for route in self.routes:
            route.close()
        if self._names is not None:
            self._names.close()
            self._names = None


def discover(target: Target, dialler: Dialler) -> Profile:
    """Ask for a pass and a fail, which every verifier gives; raises CannotJudge if either does not come."""
    profile = Profile(target=target, protocol="spf", identity=target.product)
    dial = SpfDial(profile, dialler)
    taken = []
    try:
        for wanted, query in CONTROLS.items():
            began = time.monotonic()
            said = dial.verdict(CONTROL, query)
            taken.append(time.monotonic() - began)
            if said.result != wanted:
                raise CannotJudge(f"the verifier says {said.result} of a plain client that is a {wanted}")
    except (Inconclusive, NotSupported) as error:
        raise CannotJudge(str(error)) from error
    finally:
        dial.retire()
    return Profile(target=target, protocol="spf", identity=target.product, round_trip=min(taken))
