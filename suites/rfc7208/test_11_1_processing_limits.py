"""RFC 7208 section 11.1: no record makes a verifier ask without bounds."""

from __future__ import annotations

from conformance import Query, Record, SpfDial, ask_also, verifies

TERMS = 10
VOID = 3
"""Lookups without an answer until more than two have been made."""
DEPTH = 7


@verifies("RFC7208-11.1-01", refuted_by=ask_also("SPF"))
def test_records_that_include_two_others_each_are_given_up(spf: SpfDial) -> None:
    """A tree of 254 records below the domain: not more than ten of them are asked for."""
    domain = "tree.mailconform.example"
    names = [domain]
    zone: dict[str, tuple[Record, ...]] = {}
    for _ in range(DEPTH):
        below = [f"{side}.{name}" for name in names for side in "ab"]
        zone |= {name: (Record("TXT", (f"v=spf1 include:a.{name} include:b.{name} -all".encode(),)),) for name in names}
        names = below
    spf.verdict(zone, Query(ip="192.0.2.1", helo="client.mailconform.example", mail_from=f"user@{domain}"))
    assert sum(name.endswith("." + domain) for name, _ in spf.questions) <= TERMS


@verifies("RFC7208-11.1-02", refuted_by=ask_also("AAAA"))
def test_a_record_of_names_that_do_not_exist_is_given_up(spf: SpfDial) -> None:
    """Ten mechanisms whose names do not exist: not more than three of them are asked for."""
    domain = "void.mailconform.example"
    terms = " ".join(f"a:{letter}.%{{d}}" for letter in "abcdefghij")
    zone = {domain: (Record("TXT", (f"v=spf1 {terms} -all".encode(),)),)}
    spf.verdict(zone, Query(ip="192.0.2.1", helo="client.mailconform.example", mail_from=f"user@{domain}"))
    assert sum(name.endswith("." + domain) for name, _ in spf.questions) <= VOID
