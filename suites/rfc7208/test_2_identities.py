"""RFC 7208 section 2: the identities that are checked."""

from __future__ import annotations

from conformance import NotSupported, Query, Record, SpfDial, Vector, forget, judged, right, verifies


@judged(
    "RFC7208-2.2-01",
    by=[
        "result-none",
        "result-neutral",
        "result-pass",
        "result-fail",
        "result-softfail",
        "result-temperror",
        "result-permerror",
    ],
)
def test_the_result_is_that_of_check_host(spf: SpfDial, vector: Vector) -> None:
    """The record of each result once."""
    right(spf, vector)


@judged(
    "RFC7208-2.3-02",
    by=[
        "null-reverse-path-and-an-address-literal",
        "null-reverse-path-and-a-name-of-one-label",
    ],
)
def test_a_helo_that_is_no_domain_of_labels_is_none(spf: SpfDial, vector: Vector) -> None:
    """Null reverse-path, and HELO with an address literal or a name of one label."""
    right(spf, vector)


@judged("RFC7208-2.4-01", by=["the-domain-of-the-reverse-path-is-not-that-of-helo"])
def test_the_domain_of_mail_from_is_checked(spf: SpfDial, vector: Vector) -> None:
    """HELO and MAIL FROM have records that disagree."""
    right(spf, vector)


@judged(
    "RFC7208-2.4-02",
    by=[
        "null-reverse-path-is-checked-by-the-helo-name",
        "null-reverse-path-has-the-local-part-postmaster",
        "null-reverse-path-and-a-helo-name-without-a-record",
    ],
)
def test_a_null_reverse_path_is_postmaster_at_the_helo_name(spf: SpfDial, vector: Vector) -> None:
    """MAIL FROM:<>, and records of the HELO name: by its address, by macros, none."""
    right(spf, vector)


@verifies("RFC7208-2.3-01", refuted_by=forget("helo.mailconform.example"))
def test_the_helo_name_is_checked_too(spf: SpfDial) -> None:
    """HELO and MAIL FROM have domains with records: the name server is asked for both.

    A command is asked about one identity by whoever calls it.
    """
    if all(row.route == "command" for row in spf.target.spf):
        raise NotSupported("a command looks at the identity that it is given")
    domains = ("helo.mailconform.example", "from.mailconform.example")
    zone = {domain: (Record("TXT", (b"v=spf1 ?all",)),) for domain in domains}
    spf.verdict(zone, Query(ip="192.0.2.1", helo=domains[0], mail_from=f"user@{domains[1]}"))
    assert domains[0] in {name for name, _ in spf.questions}
