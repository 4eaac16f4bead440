"""RFC 7208 section 4.6.4: limits of an evaluation, by the results that they have."""

from __future__ import annotations

from conformance import Query, Record, SpfDial, Vector, ask_also, judged, right, verifies

LIMIT = 10
DOMAIN = "exchanges.mailconform.example"
EXCHANGES = [f"mx{number}.{DOMAIN}" for number in range(20)]


@judged(
    "RFC7208-4.6.4-01",
    by=[
        "ten-terms",
        "eleven-terms",
        "eleven-of-all-kinds",
    ],
)
def test_more_than_ten_terms_with_lookups_are_permerror(spf: SpfDial, vector: Vector) -> None:
    """Ten and eleven terms of one kind and of all kinds."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-02",
    by=[
        "terms-of-included-records-up-to-the-limit",
        "terms-of-an-included-record-count",
        "redirects-up-to-the-limit",
        "redirects-beyond-the-limit",
        "redirect-to-itself",
        "include-of-itself",
    ],
)
def test_terms_of_all_records_are_counted_together(spf: SpfDial, vector: Vector) -> None:
    """Terms in included records, redirects in a row, and loops."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-03",
    by=[
        "ip4-ip6-and-all-do-not-count",
        "terms-that-are-not-reached-do-not-count",
        "exp-does-not-count",
    ],
)
def test_terms_without_lookups_are_not_counted(spf: SpfDial, vector: Vector) -> None:
    """Ten terms, and others that make no lookup, are not reached, or look up an explanation."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-04",
    by=[
        "ten-mx-names",
        "eleven-mx-names",
        "eleven-mx-names-of-which-one-matches",
    ],
)
def test_an_mx_of_more_than_ten_names_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Ten and eleven exchanges, of which none or one is the client."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-05",
    by=[
        "ten-ptr-names",
        "eleven-ptr-names-are-no-error",
        "eleven-ptr-names-of-which-one-is-valid",
    ],
)
def test_of_a_ptr_ten_names_are_looked_at(spf: SpfDial, vector: Vector) -> None:
    """Ten and eleven names of the client."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-07",
    by=[
        "two-void-lookups",
        "three-void-lookups",
        "answers-without-records-are-void",
        "void-lookups-of-all-records-count-together",
        "void-lookups-of-one-term",
    ],
)
def test_more_than_two_void_lookups_are_permerror(spf: SpfDial, vector: Vector) -> None:
    """Two and three of them, of both kinds, in one record and in several."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.4-10",
    by=[
        "many-addresses-of-one-name",
        "errors-are-not-void",
        "void-lookup-of-the-explanation-does-not-count",
    ],
)
def test_what_has_no_limit_is_not_limited(spf: SpfDial, vector: Vector) -> None:
    """Many addresses of a name, errors, and an explanation that is void."""
    right(spf, vector)


@verifies("RFC7208-4.6.4-08", refuted_by=ask_also("A", *EXCHANGES))
def test_an_mx_makes_ten_address_lookups_at_most(spf: SpfDial) -> None:
    """Twenty exchanges, of which none is the client: not more than ten questions are for their addresses."""
    zone = {
        DOMAIN: (Record("TXT", (b"v=spf1 mx -all",)), *(Record("MX", (10, host)) for host in EXCHANGES)),
        **{host: (Record("A", "203.0.113.1"),) for host in EXCHANGES},
    }
    spf.verdict(zone, Query(ip="192.0.2.1", helo="client.mailconform.example", mail_from=f"user@{DOMAIN}"))
    assert sum(name in EXCHANGES for name, _ in spf.questions) <= LIMIT


@verifies("RFC7208-4.6.4-09", refuted_by=ask_also("AAAA"))
def test_a_ptr_makes_ten_address_lookups_at_most(spf: SpfDial) -> None:
    """Twenty names of the client, all of other addresses: not more than ten questions are for these.

    What an MTA asks of every client is not counted: it is asked for a record without ptr as well.
    """
    domain, plain = "names.mailconform.example", "plain.mailconform.example"
    hosts = [f"host{number}.{domain}" for number in range(20)]
    zone = {
        domain: (Record("TXT", (b"v=spf1 ptr -all",)),),
        plain: (Record("TXT", (b"v=spf1 -all",)),),
        "77.2.0.192.in-addr.arpa": tuple(Record("PTR", host) for host in hosts),
        **{host: (Record("A", "203.0.113.1"),) for host in hosts},
    }
    asked = []
    for sender in (plain, domain):
        spf.verdict(zone, Query(ip="192.0.2.77", helo="client.mailconform.example", mail_from=f"user@{sender}"))
        asked.append({(name, kind) for name, kind in spf.questions if name in hosts})
    assert len(asked[1] - asked[0]) <= LIMIT
