"""RFC 7208 section 7: macros."""

from __future__ import annotations

from conformance import SpfDial, Vector, another_text, explained, judged, right


@judged(
    "RFC7208-7.1-01",
    by=[
        "visible-characters-in-a-name",
        "macro-at-the-end",
        "capital-r",
    ],
)
def test_macros_stand_in_domain_specs(spf: SpfDial, vector: Vector) -> None:
    """A macro at the end, visible characters, and a reversal in a capital letter."""
    right(spf, vector)


@judged(
    "RFC7208-7.1-02",
    by=[
        "letter-that-does-not-exist",
        "percent-and-a-parenthesis",
        "percent-at-the-end",
        "macro-without-an-end",
        "macro-without-a-letter",
        "number-behind-the-r",
        "delimiter-that-is-none",
    ],
)
def test_a_broken_macro_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Unknown letters and delimiters, other characters behind a percent sign, parts missing or in another order."""
    right(spf, vector)


@judged(
    "RFC7208-7.1-03",
    by=[
        "domain-spec-of-one-label",
        "top-label-of-digits",
        "top-label-with-a-hyphen-first",
        "top-label-with-a-hyphen-last",
        "top-label-behind-a-macro",
    ],
)
def test_a_domain_spec_ends_with_a_top_label_or_a_macro(spf: SpfDial, vector: Vector) -> None:
    """Top labels alone, of digits, with hyphens at an end, behind a macro."""
    right(spf, vector)


@judged(
    "RFC7208-7.2-01",
    by=[
        "sender-of-a-mechanism",
        "local-part",
        "domains-of-sender-and-record",
        "address-of-an-ipv4-client",
        "helo-name",
    ],
)
def test_letters_stand_for_what_they_should(spf: SpfDial, vector: Vector) -> None:
    """The letters s, l, o, d, i, v and h in mechanisms."""
    right(spf, vector)


@judged(
    "RFC7208-7.2-02",
    by=[
        "letters-for-explanations-only",
        "letters-for-explanations-only-in-the-name-of-an-explanation",
    ],
)
def test_letters_of_explanations_stand_nowhere_else(spf: SpfDial, vector: Vector) -> None:
    """c, r and t in a mechanism and in the target of exp."""
    right(spf, vector)


@judged(
    "RFC7208-7.2-03",
    by=[
        "validated-name",
        "no-validated-name",
        "address-in-an-explanation",
    ],
    refuted_by=another_text,
)
def test_letters_of_explanations_are_expanded_there(spf: SpfDial, vector: Vector) -> None:
    """Explanations with p and c."""
    explained(spf, vector)


@judged(
    "RFC7208-7.3-01",
    by=[
        "right-hand-parts",
        "parts-after-a-reversal",
        "delimiter-instead-of-the-dot",
        "several-delimiters",
    ],
)
def test_values_are_reversed_cut_and_divided(spf: SpfDial, vector: Vector) -> None:
    """Reversal, numbers, delimiters."""
    right(spf, vector)


@judged("RFC7208-7.3-01", by=["delimiters-beside-each-other"], refuted_by=another_text)
def test_parts_may_be_empty(spf: SpfDial, vector: Vector) -> None:
    """An explanation with two delimiters beside each other."""
    explained(spf, vector)


@judged("RFC7208-7.3-02", by=["number-zero"])
def test_zero_parts_are_permerror(spf: SpfDial, vector: Vector) -> None:
    """A macro with the number 0."""
    right(spf, vector)


@judged("RFC7208-7.3-03", by=["more-parts-than-there-are"])
def test_a_number_beyond_the_parts_keeps_all(spf: SpfDial, vector: Vector) -> None:
    """A macro with the number 127."""
    right(spf, vector)


@judged("RFC7208-7.3-04", by=["address-of-an-ipv6-client"])
def test_an_ipv6_address_is_its_digits(spf: SpfDial, vector: Vector) -> None:
    """A macro i for an IPv6 client."""
    right(spf, vector)


@judged("RFC7208-7.3-05", by=["long-name-is-cut-from-the-left"])
def test_a_long_name_is_cut_from_the_left(spf: SpfDial, vector: Vector) -> None:
    """A name that is longer than 253 characters when it is expanded."""
    right(spf, vector)


@judged(
    "RFC7208-7.3-06",
    by=[
        "capitals-are-escaped-for-a-url",
        "capitals-are-escaped-after-transformation",
    ],
    refuted_by=another_text,
)
def test_capitals_escape_for_a_url(spf: SpfDial, vector: Vector) -> None:
    """Explanations with capital letters, with transformers too."""
    explained(spf, vector)


@judged(
    "RFC7208-7.3-07",
    by=[
        "validated-name-within-the-domain-comes-first",
        "validated-name-that-is-the-domain-comes-before-all",
    ],
    refuted_by=another_text,
)
def test_the_validated_name_is_one_of_the_domain(spf: SpfDial, vector: Vector) -> None:
    """Explanations with p for clients of several names."""
    explained(spf, vector)


@judged("RFC7208-7.3-08", by=["signs-in-a-name"])
def test_percent_signs_stand_for_characters(spf: SpfDial, vector: Vector) -> None:
    """Names with the three sequences."""
    right(spf, vector)


@judged(
    "RFC7208-7.3-08",
    by=[
        "percent-underscore-and-hyphen",
        "dot-at-the-end-of-an-explanation",
    ],
    refuted_by=another_text,
)
def test_percent_signs_stand_for_characters_in_explanations(spf: SpfDial, vector: Vector) -> None:
    """A text with the three sequences, and one that ends with a dot."""
    explained(spf, vector)


@judged(
    "RFC7208-7.4-01",
    by=[
        "domain-expansions",
        "local-part-expansions",
        "combined-expansions",
        "ipv6-expansion",
    ],
    refuted_by=another_text,
)
def test_the_examples_are_expanded_so(spf: SpfDial, vector: Vector) -> None:
    """Explanations with the examples, for clients of either family."""
    explained(spf, vector)
