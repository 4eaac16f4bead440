"""RFC 7208 sections 4.1 to 4.6.3, 4.7 and 4.8: from the domain to the result."""

from __future__ import annotations

from conformance import SpfDial, Vector, judged, right


@judged("RFC7208-4.1-01", by=["local-part-with-a-quoted-at-sign"])
def test_the_domain_stands_behind_the_last_at_sign(spf: SpfDial, vector: Vector) -> None:
    """A quoted local-part with an at sign."""
    right(spf, vector)


@judged(
    "RFC7208-4.3-01",
    by=[
        "label-of-63-characters",
        "label-of-64-characters",
        "empty-label",
    ],
)
def test_a_malformed_domain_is_none(spf: SpfDial, vector: Vector) -> None:
    """Labels of 63 and of 64 characters, and an empty one."""
    right(spf, vector)


@judged(
    "RFC7208-4.3-02",
    by=[
        "domain-of-one-label",
        "domain-is-an-address-literal",
        "domain-is-an-ipv6-address-literal",
    ],
)
def test_a_domain_without_a_dot_is_none(spf: SpfDial, vector: Vector) -> None:
    """A domain of one label, and address literals."""
    right(spf, vector)


@judged("RFC7208-4.3-03", by=["domain-does-not-exist"])
def test_a_domain_that_does_not_exist_is_none(spf: SpfDial, vector: Vector) -> None:
    """Name Error in answer to the first question."""
    right(spf, vector)


@judged("RFC7208-4.3-04", by=["sender-without-a-local-part"])
def test_a_sender_without_a_local_part_is_postmaster(spf: SpfDial, vector: Vector) -> None:
    """A reverse-path that begins with its at sign, and a record with macro l."""
    right(spf, vector)


@judged("RFC7208-4.3-05", by=["domain-in-a-labels"])
def test_a_domain_in_a_labels_is_looked_up(spf: SpfDial, vector: Vector) -> None:
    """The domain of the reverse-path has labels that begin with xn--."""
    right(spf, vector)


@judged("RFC7208-4.3-06", by=["domain-in-capitals"])
def test_letter_case_of_the_domain_means_nothing(spf: SpfDial, vector: Vector) -> None:
    """The domain of the reverse-path is in capitals."""
    right(spf, vector)


@judged(
    "RFC7208-4.4-01",
    by=[
        "lookup-is-refused",
        "server-failure",
    ],
)
def test_an_error_of_the_lookup_is_temperror(spf: SpfDial, vector: Vector) -> None:
    """The name server says SERVFAIL and REFUSED."""
    right(spf, vector)


@judged("RFC7208-4.4-02", by=["lookup-times-out"])
def test_a_lookup_that_times_out_is_temperror(spf: SpfDial, vector: Vector) -> None:
    """The name server is silent."""
    right(spf, vector)


@judged("RFC7208-4.4-03", by=["record-behind-an-alias"])
def test_a_record_behind_an_alias_is_found(spf: SpfDial, vector: Vector) -> None:
    """The domain is a CNAME."""
    right(spf, vector)


@judged(
    "RFC7208-4.5-01",
    by=[
        "version-with-another-digit",
        "version-and-another-punctuation",
        "version-and-a-tab",
        "space-before-the-version",
        "quotes-around-the-record",
    ],
)
def test_a_record_begins_with_its_version(spf: SpfDial, vector: Vector) -> None:
    """Other versions, other characters behind or before it."""
    right(spf, vector)


@judged(
    "RFC7208-4.5-02",
    by=[
        "name-without-txt-records",
        "name-that-only-has-names-below-it",
    ],
)
def test_without_a_record_the_result_is_none(spf: SpfDial, vector: Vector) -> None:
    """A name without TXT records, and one that only has names below it."""
    right(spf, vector)


@judged(
    "RFC7208-4.5-03",
    by=[
        "records-that-disagree",
        "other-versions-are-discarded",
    ],
)
def test_records_of_other_versions_are_discarded(spf: SpfDial, vector: Vector) -> None:
    """Two SPF records, and one among records of other versions."""
    right(spf, vector)


@judged(
    "RFC7208-4.5-04",
    by=[
        "version-in-capitals",
        "version-alone",
        "version-and-a-space",
    ],
)
def test_the_version_may_be_in_capitals_and_alone(spf: SpfDial, vector: Vector) -> None:
    """V=SPF1, and the version with nothing behind it or a space."""
    right(spf, vector)


@judged(
    "RFC7208-4.6-01",
    by=[
        "error-behind-a-match",
        "error-behind-all",
        "broken-record-is-selected-nevertheless",
    ],
)
def test_a_syntax_error_anywhere_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Errors behind a match, behind all, and in a record that is selected by its version."""
    right(spf, vector)


@judged("RFC7208-4.6-02", by=["mechanism-that-does-not-exist"])
def test_a_mechanism_that_does_not_exist_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """A record with an unknown mechanism."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.1-01",
    by=[
        "mechanism-in-capitals",
        "modifier-in-capitals",
    ],
)
def test_names_may_be_in_capitals(spf: SpfDial, vector: Vector) -> None:
    """A mechanism and a modifier in capitals."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.1-02",
    by=[
        "several-spaces-between-terms",
        "spaces-at-the-end",
        "tab-between-terms",
        "line-end-between-terms",
        "comma-between-terms",
    ],
)
def test_spaces_and_nothing_else_divide_terms(spf: SpfDial, vector: Vector) -> None:
    """Several spaces, spaces at the end; tab, line end and comma."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.1-03",
    by=[
        "name-of-a-modifier-may-have-signs",
        "name-of-a-modifier-begins-with-a-letter",
        "name-of-a-modifier-is-not-empty",
    ],
)
def test_names_of_modifiers_are_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """A name with every sign, one that begins with a digit, an empty one."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.1-04",
    by=[
        "equals-sign-makes-a-modifier",
        "equals-sign-behind-a-colon-makes-none",
    ],
)
def test_an_equals_sign_behind_the_name_makes_a_modifier(spf: SpfDial, vector: Vector) -> None:
    """A mechanism's name before an equals sign, and an equals sign behind a colon."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.1-05",
    by=[
        "qualifier-alone",
        "two-qualifiers",
        "qualifier-of-a-modifier",
        "space-behind-a-qualifier",
    ],
)
def test_a_directive_has_one_qualifier_at_its_mechanism(spf: SpfDial, vector: Vector) -> None:
    """A qualifier alone, two, one before a space, one of a modifier."""
    right(spf, vector)


@judged("RFC7208-4.6.2-01", by=["first-match-wins"])
def test_the_first_match_gives_the_result(spf: SpfDial, vector: Vector) -> None:
    """Two mechanisms that match."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.2-02",
    by=[
        "qualifier-plus",
        "qualifier-minus",
        "qualifier-tilde",
        "qualifier-question-mark",
        "no-qualifier",
    ],
)
def test_qualifiers_are_results(spf: SpfDial, vector: Vector) -> None:
    """Each qualifier, and none."""
    right(spf, vector)


@judged(
    "RFC7208-4.6.2-03",
    by=[
        "exception-ends-it",
        "match-before-an-exception",
    ],
)
def test_an_exception_ends_the_evaluation(spf: SpfDial, vector: Vector) -> None:
    """A DNS error before a match and behind one."""
    right(spf, vector)


@judged("RFC7208-4.6.3-01", by=["redirect-has-its-effect-at-the-end"])
def test_a_redirect_has_its_effect_at_the_end(spf: SpfDial, vector: Vector) -> None:
    """A redirect before a mechanism that matches."""
    right(spf, vector)


@judged(
    "RFC7208-4.7-01",
    by=[
        "nothing-matches",
        "nothing-matches-and-there-is-a-redirect",
    ],
)
def test_the_default_result_is_neutral(spf: SpfDial, vector: Vector) -> None:
    """A record in which nothing matches, with and without a redirect."""
    right(spf, vector)


@judged(
    "RFC7208-4.8-01",
    by=[
        "domain-is-the-default",
        "domain-of-an-included-record-is-the-default-there",
    ],
)
def test_the_domain_is_the_default_target(spf: SpfDial, vector: Vector) -> None:
    """Mechanisms without a domain, in the record and in an included one."""
    right(spf, vector)


@judged(
    "RFC7208-4.8-02",
    by=[
        "dot-at-the-end",
        "underscore-in-a-label",
    ],
)
def test_targets_may_have_underscores_and_a_last_dot(spf: SpfDial, vector: Vector) -> None:
    """Such names."""
    right(spf, vector)


@judged(
    "RFC7208-4.8-03",
    by=[
        "empty-label-in-a-target",
        "long-label-in-a-target",
        "empty-label-by-a-macro",
        "long-label-by-a-macro",
    ],
)
def test_a_target_that_is_no_name_does_not_match_or_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Empty and overlong labels, written and by a macro."""
    right(spf, vector)
