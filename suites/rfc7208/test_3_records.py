"""RFC 7208 section 3: records and their strings."""

from __future__ import annotations

from conformance import Query, Record, SpfDial, Vector, ask_also, judged, misjudge, right, verifies


@judged(
    "RFC7208-3-01",
    by=[
        "txt-record-is-found",
        "other-txt-records-are-nobodys-business",
        "record-of-the-parent-is-not-inherited",
    ],
)
def test_the_record_is_that_of_the_name_itself(spf: SpfDial, vector: Vector) -> None:
    """A record at the parent only, at the name, and among other TXT records."""
    right(spf, vector)


@judged(
    "RFC7208-3.1-01",
    by=[
        "type-spf-alone-is-no-record",
        "type-spf-beside-txt-is-not-used",
    ],
)
def test_records_of_type_spf_have_no_effect(spf: SpfDial, vector: Vector) -> None:
    """A record of type 99 alone, and one that disagrees with that of type TXT."""
    right(spf, vector)


@judged(
    "RFC7208-3.1-03",
    by=[
        "octet-beyond-ascii-in-a-name",
        "octet-beyond-ascii-between-terms",
        "octet-beyond-ascii-in-a-modifier-that-is-unknown",
    ],
)
def test_octets_beyond_ascii_are_an_error(spf: SpfDial, vector: Vector) -> None:
    """Such octets in a name, between terms, and in the value of an unknown modifier."""
    right(spf, vector)


@judged(
    "RFC7208-3.2-01",
    by=[
        "two-records-are-too-many",
        "two-equal-records",
    ],
)
def test_two_records_are_an_error(spf: SpfDial, vector: Vector) -> None:
    """Two records that differ, and two that are equal, which may be one by the DNS."""
    right(spf, vector)


@judged(
    "RFC7208-3.3-01",
    by=[
        "strings-are-joined-without-a-space",
        "end-of-a-string-is-no-space",
        "version-may-be-split-too",
        "empty-strings-add-nothing",
        "record-of-many-strings",
    ],
)
def test_strings_are_joined_without_a_space(spf: SpfDial, vector: Vector) -> None:
    """Records cut within a term, at a space, within the version, into many and into empty strings."""
    right(spf, vector)


@verifies("RFC7208-3.1-01", refuted_by=ask_also("SPF"))
def test_type_spf_is_not_asked_for(spf: SpfDial) -> None:
    """A check of a domain with records of both types: no question is for type 99."""
    record = b"v=spf1 include:other.types.mailconform.example -all"
    domain, other = "types.mailconform.example", "other.types.mailconform.example"
    zone = {name: (Record("TXT", (record,)), Record("SPF", (record,))) for name in (domain, other)}
    spf.verdict(zone, Query(ip="192.0.2.1", helo=domain, mail_from=f"user@{domain}"))
    assert "SPF" not in {kind for _, kind in spf.questions}


@verifies("RFC7208-3.4-01", refuted_by=misjudge("none"))
def test_a_record_of_a_kilobyte_is_read(spf: SpfDial) -> None:
    """The name server truncates over UDP what does not fit: the last term of the record decides."""
    domain = "long.mailconform.example"
    text = b"v=spf1 " + b" ".join(b"ip4:203.0.113.%d" % host for host in range(60)) + b" ip4:192.0.2.1 -all"
    strings = tuple(text[at : at + 255] for at in range(0, len(text), 255))
    zone = {domain: (Record("TXT", strings),)}
    said = spf.verdict(zone, Query(ip="192.0.2.1", helo=domain, mail_from=f"user@{domain}"))
    assert said.result == "pass"
