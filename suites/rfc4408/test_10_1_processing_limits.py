"""RFC 4408 section 10.1: limits, as far as RFC 7208 has left them alone."""

from __future__ import annotations

from conformance import SpfDial, Vector, judged, right


@judged("RFC4408-10.1-01", by=["eleven-mechanisms"])
def test_more_than_ten_terms_with_lookups_are_permerror(spf: SpfDial, vector: Vector) -> None:
    """Eleven mechanisms."""
    right(spf, vector)


@judged("RFC4408-10.1-02", by=["eleven-mx-names-by-rfc4408"])
def test_of_an_mx_ten_names_are_looked_at_or_it_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Eleven exchanges."""
    right(spf, vector)
