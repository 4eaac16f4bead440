"""The oracle of check_host(): every vector of our own and of published suites, the counts, and what the text leaves open.

MAILCONFORM_SPF_SUITE names the files of published suites, as PATH names folders; without it those tests are skipped.
"""

from __future__ import annotations

import os
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import vectors
from conformance.models import spf
from conformance.models.answers import Answer, Outcome, resolver
from conformance.models.spf import Conclusion, Judgement, Result
from conformance.models.spf_evaluation import TERM_LIMIT
from conformance.models.spf_results import CHOICES
from conformance.strategies import spf as strategies
from conformance.vectors import Case, Record, Scenario, Trouble, Zone
from conformance.wire import spf as wire

SUITES = Path(__file__).parent.parent.parent / "suites"
RFC7208 = sorted((SUITES / "rfc7208" / "vectors").glob("*.yml"))
RFC4408 = sorted((SUITES / "rfc4408" / "vectors").glob("*.yml"))
PUBLISHED = [Path(name) for name in os.environ.get("MAILCONFORM_SPF_SUITE", "").split(os.pathsep) if name]


def cases(paths: list[Path]) -> list[Any]:
    return [
        pytest.param(scenario, case, id=f"{path.stem}-{scenario.description}-{case.name}")
        for path in paths
        for scenario in vectors.load(path)
        for case in scenario.cases
    ]


def judged(zone: Zone, domain: str = "a.example", **more: Any) -> Judgement:
    return spf.check_host(ip_address("192.0.2.1"), domain, f"user@{domain}", "h.example", resolver(zone), **more)


def txt(text: str) -> Record:
    return Record("TXT", (text.encode(),))


# Vectors.


def explained(judgement: Judgement) -> str:
    return vectors.DEFAULT if judgement.explanation is None else judgement.explanation


@pytest.mark.parametrize(("scenario", "case"), cases(RFC7208))
def test_the_oracle_agrees_with_every_vector(scenario: Scenario, case: Case) -> None:
    judgement = spf.judge(case, resolver(scenario.zone))

    assert judgement.result in case.results
    assert case.explanation in (None, explained(judgement))
    assert set(case.results) <= judgement.results, "no reading gives what the case allows"
    assert judgement.results <= set(case.results) or "SHOULD" in case.comment, "the case forbids what a reading gives"


@pytest.mark.parametrize(("scenario", "case"), cases(RFC4408))
def test_the_oracle_agrees_with_the_vectors_of_rfc4408(scenario: Scenario, case: Case) -> None:
    assert spf.judge(case, resolver(scenario.zone), void_limit=None).result in case.results


@pytest.mark.skipif(not PUBLISHED, reason="MAILCONFORM_SPF_SUITE names no files")
@pytest.mark.parametrize(("scenario", "case"), cases(PUBLISHED))
def test_the_oracle_agrees_with_published_suites(scenario: Scenario, case: Case) -> None:
    judgement = spf.judge(case, resolver(scenario.zone))

    assert judgement.result in case.results
    # hexadecimal digits of an IPv6 address may be in either case
    assert case.explanation is None or case.explanation.lower() == explained(judgement).lower()


def test_every_section_that_defines_check_host_has_a_vector() -> None:
    sections = {
        "2.3", "2.4", "2.6.1", "2.6.2", "2.6.3", "2.6.4", "2.6.5", "2.6.6", "2.6.7", "3", "3.1", "3.2", "3.3", "3.4",
        "4.1", "4.3", "4.4", "4.5", "4.6", "4.6.1", "4.6.2", "4.6.3", "4.6.4", "4.7", "4.8",
        "5", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "6", "6.1", "6.2", "7.1", "7.2", "7.3", "7.4",
        "8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "12",
    }  # fmt: skip
    scenarios = [scenario for path in RFC7208 for scenario in vectors.load(path)]
    named = {spec for scenario in scenarios for case in scenario.cases for spec in case.spec}

    assert sections <= named


def test_every_vector_has_a_name_of_its_own_and_says_what_it_shows() -> None:
    everything = [case for path in [*RFC7208, *RFC4408] for scenario in vectors.load(path) for case in scenario.cases]

    assert len({case.name for case in everything}) == len(everything)
    assert all(case.description.endswith(".") for case in everything)


def test_the_zones_of_our_vectors_are_reserved_and_share_no_name() -> None:
    zones = [scenario.zone for path in [*RFC7208, *RFC4408] for scenario in vectors.load(path)]
    names = [name for zone in zones for name in zone]

    assert len(set(names)) == len(names), "a resolver would remember what another scenario had there"
    assert all(name.endswith((".example", ".in-addr.arpa", ".ip6.arpa")) for name in names)


# Counts.


def test_lookups_and_void_lookups_are_counted() -> None:
    zone = {
        "a.example": (
            txt("v=spf1 a mx exists:n.example include:b.example ip4:192.0.2.1 -all"),
            Record("A", "192.0.2.9"),
        ),
        "b.example": (txt("v=spf1 ptr -all"),),
    }

    judgement = judged(zone, void_limit=None)

    assert (judgement.result, judgement.lookups, judgement.voids) == (Result.PASS, 5, 3)
    assert judged(zone).result is Result.PERMERROR
    assert judged(zone).voids == 3


def test_what_the_text_leaves_open_is_allowed_too() -> None:
    zone = {
        "a.example": (
            txt("v=spf1 a:b..example mx -all exp=why.example"),
            *(Record("MX", (1, f"m{n}.b.example")) for n in range(11)),
        ),
        "why.example": (txt("no"),),
        "m0.b.example": (Record("A", "192.0.2.1"),),
    }

    judgement = judged(zone)

    assert judgement.result is Result.PASS
    assert judgement.results == {Result.PASS, Result.PERMERROR}


def test_a_result_that_is_certain_allows_no_other() -> None:
    judgement = judged({"a.example": (txt("v=spf1 -all exp=%{d}"), txt("why"))})

    assert judgement.allowed == {Conclusion(Result.FAIL)}


def test_the_explanation_knows_who_checks_and_when() -> None:
    zone = {"a.example": (txt("v=spf1 -all exp=why.example"),), "why.example": (txt("%{r} at %{t}"),)}

    assert judged(zone).explanation == "unknown at 0"
    assert judged(zone, receiver="mx.example", now=17).explanation == "mx.example at 17"


def test_validated_names_of_a_client_may_be_taken_in_any_order() -> None:
    zone = {
        "a.example": (txt("v=spf1 -all exp=why.example"),),
        "why.example": (txt("%{p}"),),
        "1.2.0.192.in-addr.arpa": tuple(
            Record("PTR", name) for name in ("x.example", "servfail.example", "y.a.example")
        ),
        "x.example": (Record("A", "192.0.2.1"),),
        "y.a.example": (Record("A", "192.0.2.1"),),
        "servfail.example": (Trouble.SERVFAIL,),
    }

    judgement = judged(zone)

    assert judgement.explanation == "y.a.example"
    assert {conclusion.explanation for conclusion in judgement.allowed} == {"y.a.example", "x.example", "unknown"}


def test_every_choice_has_options_besides_the_plainest() -> None:
    assert all(len(set(options)) == len(options) > 1 for options in CHOICES.values())


# Hostile zones.


ADDRESSES = st.ip_addresses(v=4).map(str)
NAMES = st.sampled_from(["a.example", "b..example", "", "x" * 70, "é.example", "y.a.example."])
TEXTS = st.one_of(strategies.records().map(wire.write).map(str.encode), st.binary(max_size=30).map(b"v=spf1 ".__add__))
ANSWERS = st.fixed_dictionaries(
    {
        "TXT": st.lists(TEXTS.map(lambda text: (text,)), max_size=2),
        "A": st.lists(ADDRESSES, max_size=2),
        "AAAA": st.lists(st.ip_addresses(v=6).map(str), max_size=2),
        "MX": st.lists(st.tuples(st.integers(0, 9), NAMES), max_size=12),
        "PTR": st.lists(NAMES, max_size=12),
    }
)


@given(ANSWERS, st.ip_addresses(), NAMES, st.text(max_size=20), st.text(max_size=20))
def test_every_zone_has_a_judgement(
    answers: dict[str, list[Any]], ip: Any, domain: str, sender: str, helo: str
) -> None:
    asked = 0

    def lookup(name: str, kind: str) -> Answer:
        nonlocal asked
        asked += 1
        return Answer(Outcome.ANSWERED, tuple(answers[kind])) if len(name) % 5 else Answer(Outcome.FAILED)

    judgement = spf.check_host(ip, domain, sender, helo, lookup)

    assert judgement.result in judgement.results
    assert judgement.lookups <= TERM_LIMIT + 1
    # each reading asks for a record and, in each term, for eleven names twice: its own and those of its macro p
    assert asked <= (spf.READING_LIMIT + 1) * (TERM_LIMIT + 3) * 24


def test_an_address_of_ipv6_that_maps_one_of_ipv4_is_that() -> None:
    zone = {"a.example": (txt("v=spf1 ip4:192.0.2.1 -all"),)}

    judgement = spf.check_host(IPv6Address("::ffff:192.0.2.1"), "a.example", "u@a.example", "h", resolver(zone))

    assert judgement.result is Result.PASS


# Resolver.


def test_a_resolver_tells_what_does_not_exist_from_what_has_no_record() -> None:
    lookup = resolver(
        {
            "a.b.example": (Record("A", "192.0.2.1"), Trouble.TIMEOUT),
            "alias.example": (Record("CNAME", "A.b.example."),),
            "loop.example": (Record("CNAME", "loop.example"),),
        }
    )

    assert lookup("A.B.example", "A") == Answer(Outcome.ANSWERED, ("192.0.2.1",))
    assert lookup("alias.example.", "A") == Answer(Outcome.ANSWERED, ("192.0.2.1",))
    assert lookup("a.b.example", "TXT") == Answer(Outcome.FAILED)
    assert lookup("loop.example", "A") == Answer(Outcome.FAILED)
    assert lookup("b.example", "A") == Answer(Outcome.ANSWERED)
    assert lookup("c.example", "A") == Answer(Outcome.NO_SUCH_NAME)
    assert lookup("c.example", "A").void
    assert lookup("b.example", "A").void
    assert not lookup("loop.example", "A").void
