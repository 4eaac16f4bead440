"""check_host() (RFC 7208 section 4): the result a verifier should come to, and all those that the text leaves it.

Invariant: where the text leaves a choice, the judgement is by what it says most plainly; every other option of a choice
that was met is tried too, and what comes out is allowed as well.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from conformance.models.answers import Lookup
from conformance.models.spf_evaluation import Evaluation, Question
from conformance.models.spf_results import Conclusion, Result
from conformance.vectors import Case

VOID_LIMIT = 2
"""Void lookups that RFC 7208 section 4.6.4 recommends to allow."""
READING_LIMIT = 500
"""Readings of the text that are tried of one question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What check_host() comes to by the plainest reading, and all that is right by any.

    `explanation` is what `exp` gives, None for the verifier's own text or none at all. `lookups` counts the terms that
    cause DNS queries, `voids` their void lookups.
    """

    result: Result
    explanation: str | None
    lookups: int
    voids: int
    allowed: frozenset[Conclusion]

    @property
    def results(self) -> frozenset[Result]:
        """The results that are right by any reading."""
        return frozenset(conclusion.result for conclusion in self.allowed)


def check_host(
    ip: IPv4Address | IPv6Address,
    domain: str,
    sender: str,
    helo: str,
    lookup: Lookup,
    *,
    receiver: str = "unknown",
    now: int = 0,
    void_limit: int | None = VOID_LIMIT,
) -> Judgement:
    """Come to a result by every reading of the text that matters.

    `receiver` and `now` (seconds since 1970) are what the macros `r` and `t` expand to in explanations. `void_limit` is
    None for a verifier without one, as RFC 4408 has it.
    """
    question = Question(
        ip=ip, domain=domain, sender=sender, helo=helo, receiver=receiver, now=now, void_limit=void_limit
    )
    plain = Evaluation(question, lookup, {})
    first = plain.conclude()
    allowed = {first}
    tried: set[frozenset[tuple[str, str]]] = set()
    pending = deque(plain.others())
    while pending and len(tried) < READING_LIMIT:
        reading = pending.popleft()
        if (key := frozenset(reading.items())) not in tried:
            tried.add(key)
            other = Evaluation(question, lookup, reading)
            allowed.add(other.conclude())
            pending.extend(other.others())
    return Judgement(
        result=first.result,
        explanation=first.explanation,
        lookups=plain.lookups,
        voids=plain.voids,
        allowed=frozenset(allowed),
    )


def judge(case: Case, lookup: Lookup, *, void_limit: int | None = VOID_LIMIT) -> Judgement:
    """Evaluate a case of a test suite: its MAIL FROM identity, that of the HELO name if it is null (RFC 7208 section 2.4)."""
    sender = case.mailfrom or f"postmaster@{case.helo}"
    domain = sender.rpartition("@")[2]
    return check_host(ip_address(case.host), domain, sender, case.helo, lookup, void_limit=void_limit)
