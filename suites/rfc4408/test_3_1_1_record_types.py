"""RFC 4408 sections 3.1.1, 4.4 and 4.5: records of two types, whichever a verifier asks for."""

from __future__ import annotations

from conformance import SpfDial, Vector, judged, right


@judged("RFC4408-3.1.1-01", by=["record-of-both-types"])
def test_a_record_of_both_types_is_used(spf: SpfDial, vector: Vector) -> None:
    """The same record in type TXT and in type 99."""
    right(spf, vector)


@judged(
    "RFC4408-3.1.1-03",
    by=[
        "record-of-type-spf-only",
        "record-of-type-txt-only",
    ],
)
def test_a_record_of_one_type_is_used_by_who_asks_for_it(spf: SpfDial, vector: Vector) -> None:
    """A record in one type: its result, or none."""
    right(spf, vector)


@judged("RFC4408-4.4-01", by=["one-type-times-out"])
def test_a_type_that_times_out_is_an_error_or_does_without(spf: SpfDial, vector: Vector) -> None:
    """Type 99 times out, type TXT is there."""
    right(spf, vector)


@judged(
    "RFC4408-4.5-01",
    by=[
        "records-of-two-types-that-disagree",
        "two-records-of-type-spf",
    ],
)
def test_records_of_type_spf_come_first_if_they_are_asked_for(spf: SpfDial, vector: Vector) -> None:
    """Types that disagree, and two records of type 99."""
    right(spf, vector)
