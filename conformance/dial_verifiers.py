"""Asks a target's verifiers for their verdicts on what a client does, while the harness answers for every name.

A verifier that has several ways in is asked by each: their verdicts must be one, or nothing can be said of it. The
questions that a verdict took stand in the evidence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from conformance.dial import Dial
from conformance.discovery import CannotJudge, Profile
from conformance.outcomes import Inconclusive, NotSupported
from conformance.services.zones import Query as Question
from conformance.target import Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler
from conformance.vectors import Zone
from conformance.verdicts import Reason
from conformance.verifiers import Crashed, Opinion, Query, Route, Unreachable
from conformance.verifiers.routes import open_route

CRASH = "crash"
"""A result that no record is given: the verifier ended of the query."""


class VerifierDial(Dial):
    """The verifiers of one method at one target."""

    method = ""
    """One of conformance.target_verifiers.METHODS."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self.rows: tuple[Verifier, ...] = getattr(self.target, self.method)
        self.routes: tuple[Route, ...] = tuple(open_route(row, dialler) for row in self.rows)
        self.asked: tuple[Question, ...] = ()
        """What the name server was asked for the last verdict."""

    def controls(self) -> Iterable[tuple[Zone, Query, Collection[str]]]:
        """Return what every verifier judges right, or is not reached at all: zone, query and the results that are right."""
        raise NotImplementedError

    def verdict(self, zone: Zone, query: Query) -> Opinion:
        """Return what the verifier says of a client while these records are published.

        The result is CRASH if he ends of the query. NotSupported if no way carries it to him, Inconclusive if his ways
        disagree.
        """
        said: list[tuple[str, Opinion]] = []
        astray: list[str] = []
        for row, route in zip(self.rows, self.routes, strict=True):
            found = self._asked(route, zone, query)
            if isinstance(found, Opinion) and found.result is None:
                found = Unreachable(why=found.note or "nothing was said of it")
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
        zone, query, right = next(iter(self.controls()))
        try:
            said = self.verdict(zone, query)
        except NotSupported as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        if said.result not in right:
            raise Inconclusive(Reason.AMBIGUOUS, f"the verifier says {said.result} where {_any_of(right)} is meant")

    def end_sessions(self) -> None:
        """No session outlives its question."""

    def retire(self) -> None:
        self.hang_up_all()
        for route in self.routes:
            route.close()


def _any_of(results: Collection[str]) -> str:
    return " or ".join(sorted(results))


def discovering(dialled: type[VerifierDial]) -> Callable[[Target, Dialler], Profile]:
    """Return what asks for the verdicts that every verifier gives; it raises CannotJudge if one does not come."""

    def discover(target: Target, dialler: Dialler) -> Profile:
        profile = Profile(target=target, protocol=dialled.method, identity=target.product)
        dial = dialled(profile, dialler)
        taken = []
        try:
            for zone, query, right in dial.controls():
                began = time.monotonic()
                said = dial.verdict(zone, query)
                taken.append(time.monotonic() - began)
                if said.result not in right:
                    raise CannotJudge(f"the verifier says {said.result} of a plain message that is {_any_of(right)}")
        except (Inconclusive, NotSupported) as error:
            raise CannotJudge(str(error)) from error
        finally:
            dial.retire()
        return replace(profile, round_trip=min(taken))

    return discover
