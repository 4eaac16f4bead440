"""RFC 7208 section 6: modifiers."""

from __future__ import annotations

from conformance import SpfDial, Vector, another_text, every_text, explained, judged, right, unexplained


@judged(
    "RFC7208-6-01",
    by=[
        "redirect-twice",
        "exp-twice",
    ],
)
def test_redirect_and_exp_stand_once(spf: SpfDial, vector: Vector) -> None:
    """Two of either."""
    right(spf, vector)


@judged(
    "RFC7208-6-02",
    by=[
        "unknown-modifiers-are-ignored",
        "unknown-modifier-without-a-value",
        "unknown-modifier-with-macros",
    ],
)
def test_unknown_modifiers_are_ignored(spf: SpfDial, vector: Vector) -> None:
    """Several of them, without a value and with macros."""
    right(spf, vector)


@judged("RFC7208-6-03", by=["unknown-modifier-with-a-broken-macro"])
def test_the_value_of_an_unknown_modifier_is_a_macro_string(spf: SpfDial, vector: Vector) -> None:
    """A macro that is broken."""
    right(spf, vector)


@judged("RFC7208-6-04", by=["modifiers-may-stand-first"])
def test_modifiers_may_stand_anywhere(spf: SpfDial, vector: Vector) -> None:
    """A modifier exp before the mechanisms."""
    right(spf, vector)


@judged(
    "RFC7208-6.1-01",
    by=[
        "redirect-takes-the-other-result",
        "redirect-after-a-match",
        "redirect-of-a-redirect",
        "redirect-by-a-macro",
    ],
)
def test_the_result_of_a_redirect_is_the_result(spf: SpfDial, vector: Vector) -> None:
    """A redirect, one by a macro, one of a redirect, one behind a match."""
    right(spf, vector)


@judged(
    "RFC7208-6.1-02",
    by=[
        "redirect-to-a-name-without-a-record",
        "redirect-to-a-name-that-does-not-exist",
        "redirect-to-a-malformed-name",
        "redirect-to-a-name-of-one-label",
    ],
)
def test_a_redirect_to_no_record_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """Names without a record, that do not exist, that are malformed, of one label."""
    right(spf, vector)


@judged(
    "RFC7208-6.1-03",
    by=[
        "redirect-changes-the-domain",
        "redirect-leaves-the-sender",
    ],
)
def test_a_redirect_changes_the_domain_and_not_the_sender(spf: SpfDial, vector: Vector) -> None:
    """Macros and a default target in the other record."""
    right(spf, vector)


@judged(
    "RFC7208-6.1-04",
    by=[
        "redirect-with-a-colon",
        "redirect-without-a-domain",
        "redirect-to-no-domain-spec",
    ],
)
def test_redirect_is_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """A colon, no value, and a value that is no domain-spec."""
    right(spf, vector)


@judged(
    "RFC7208-6.1-05",
    by=[
        "redirect-to-a-lookup-that-fails",
        "redirect-to-a-broken-record",
    ],
)
def test_errors_of_a_redirect_are_results(spf: SpfDial, vector: Vector) -> None:
    """SERVFAIL, and a broken record."""
    right(spf, vector)


@judged(
    "RFC7208-6.2-01",
    by=[
        "explanation-is-fetched",
        "explanation-of-several-strings",
        "explanation-with-macros",
        "explanation-whose-name-has-macros",
        "exp-of-the-including-record-is-used",
        "exp-of-the-redirected-record-is-used",
    ],
    refuted_by=another_text,
)
def test_the_explanation_is_the_text_at_the_target_of_exp(spf: SpfDial, vector: Vector) -> None:
    """A text, one of several strings, with macros, at a name with macros, in the record that fails."""
    explained(spf, vector)


@judged(
    "RFC7208-6.2-02",
    by=[
        "no-exp",
        "explanation-of-two-records",
        "explanation-that-does-not-exist",
        "explanation-whose-lookup-fails",
        "explanation-with-a-syntax-error",
        "explanation-beyond-ascii",
        "explanation-at-a-malformed-name",
    ],
)
def test_an_explanation_in_error_leaves_the_fail(spf: SpfDial, vector: Vector) -> None:
    """No text, several, a DNS error, a syntax error, a malformed name: the result is fail."""
    right(spf, vector)


@judged("RFC7208-6.2-02", by=["explanation-with-a-syntax-error"], refuted_by=every_text)
def test_an_explanation_in_error_is_not_shown(spf: SpfDial, vector: Vector) -> None:
    """A text with a syntax error: it is not seen."""
    unexplained(spf, vector)


@judged("RFC7208-6.2-03", by=["explanation-beyond-ascii"], refuted_by=every_text)
def test_an_explanation_beyond_ascii_is_not_shown(spf: SpfDial, vector: Vector) -> None:
    """A text with letters beyond US-ASCII: it is not seen."""
    unexplained(spf, vector)


@judged("RFC7208-6.2-05", by=["exp-of-an-included-record-is-not-used"], refuted_by=every_text)
def test_the_explanation_of_an_included_record_is_not_used(spf: SpfDial, vector: Vector) -> None:
    """An include of a record with exp, and a fail behind it: the text is not seen."""
    unexplained(spf, vector)


@judged("RFC7208-6.2-06", by=["exp-of-the-redirecting-record-is-not-used"], refuted_by=every_text)
def test_the_explanation_of_a_redirecting_record_is_not_used(spf: SpfDial, vector: Vector) -> None:
    """A redirect from a record with exp to one without: the text is not seen."""
    unexplained(spf, vector)


@judged("RFC7208-6.2-07", by=["exp-without-a-domain"])
def test_exp_has_a_domain(spf: SpfDial, vector: Vector) -> None:
    """A modifier exp with no value."""
    right(spf, vector)


@judged("RFC7208-6.2-08", by=["exp-does-not-change-a-softfail"])
def test_exp_changes_no_other_result(spf: SpfDial, vector: Vector) -> None:
    """A modifier exp in a record whose result is softfail."""
    right(spf, vector)
