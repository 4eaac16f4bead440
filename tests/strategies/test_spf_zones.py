"""Generated zones: they are worth asking about, and a name server answers from them as the oracle's resolver does."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from conformance.models.answers import resolver
from conformance.models.spf import judge
from conformance.services.nameserver import NameServer
from conformance.strategies.spf_zones import NAMES, Question, questions
from tests.peers.spf_verifier import ask


def test_every_result_but_temperror_comes_up_often() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=400, derandomize=True, database=None)
    @given(questions())
    def look(question: Question) -> None:
        seen[judge(question.case, resolver(question.zone)).result] += 1

    look()
    assert {result for result, count in seen.items() if count >= 8} >= {
        "pass", "fail", "softfail", "neutral", "none", "permerror",
    }  # fmt: skip


def test_the_name_server_says_what_the_zone_says() -> None:
    with NameServer("127.0.0.1:0") as names:

        @settings(max_examples=25, suppress_health_check=list(HealthCheck))
        @given(questions())
        def look(question: Question) -> None:
            names.publish(question.zone)
            lookup = resolver(question.zone)
            for name in NAMES:
                for kind in ("TXT", "A", "MX"):
                    said, meant = ask(f"127.0.0.1:{names.port}", name, kind), lookup(name, kind)
                    assert (said.outcome, sorted(said.values)) == (meant.outcome, sorted(set(meant.values)))

        look()
