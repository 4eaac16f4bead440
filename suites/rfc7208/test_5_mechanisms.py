"""RFC 7208 section 5: mechanisms."""

from __future__ import annotations

from conformance import SpfDial, Vector, judged, right


@judged(
    "RFC7208-5-01",
    by=[
        "a-with-a-length",
        "a-beyond-its-length",
        "ip4-with-a-length",
        "ip4-beyond-its-length",
        "ip4-with-length-zero",
        "ip6-with-a-length",
        "ip6-beyond-its-length",
        "ip6-with-length-zero",
    ],
)
def test_prefix_lengths_compare_high_order_bits(spf: SpfDial, vector: Vector) -> None:
    """Addresses within and beyond the prefixes of a, ip4 and ip6."""
    right(spf, vector)


@judged(
    "RFC7208-5-02",
    by=[
        "ipv6-client-and-its-aaaa-record",
        "ipv6-client-and-a-prefix-length-for-ipv4",
        "mx-and-an-ipv6-client",
    ],
)
def test_the_family_of_the_client_decides_on_the_type(spf: SpfDial, vector: Vector) -> None:
    """IPv6 clients, AAAA records and lengths for either family."""
    right(spf, vector)


@judged(
    "RFC7208-5-03",
    by=[
        "error-in-an-included-record-is-topmost",
        "mx-whose-address-lookup-fails",
        "mx-whose-lookup-fails",
        "exists-whose-lookup-fails",
    ],
)
def test_a_dns_error_of_a_mechanism_is_temperror(spf: SpfDial, vector: Vector) -> None:
    """SERVFAIL for an exchange, its address, exists, and a term of an included record."""
    right(spf, vector)


@judged(
    "RFC7208-5-04",
    by=[
        "ipv4-client-over-ipv6",
        "ipv4-client-over-ipv6-and-ip6",
        "ipv4-client-over-ipv6-and-its-a-record",
    ],
)
def test_an_ipv4_mapped_address_is_an_ipv4_address(spf: SpfDial, vector: Vector) -> None:
    """The client is ::ffff:192.0.2.1."""
    right(spf, vector)


@judged("RFC7208-5-05", by=["name-error-matches-nothing"])
def test_a_name_that_does_not_exist_has_no_addresses(spf: SpfDial, vector: Vector) -> None:
    """A mechanism a of such a name."""
    right(spf, vector)


@judged("RFC7208-5-06", by=["time-out-of-a-mechanism"])
def test_a_mechanism_that_times_out_is_temperror(spf: SpfDial, vector: Vector) -> None:
    """The name server is silent."""
    right(spf, vector)


@judged(
    "RFC7208-5.1-01",
    by=[
        "all-matches-every-ipv6-client",
        "mechanisms-behind-all-are-ignored",
    ],
)
def test_all_always_matches(spf: SpfDial, vector: Vector) -> None:
    """The mechanism all before others, and for an IPv6 client."""
    right(spf, vector)


@judged(
    "RFC7208-5.1-02",
    by=[
        "redirect-behind-all-is-ignored",
        "redirect-before-all-is-ignored",
    ],
)
def test_all_makes_a_redirect_void(spf: SpfDial, vector: Vector) -> None:
    """A redirect before and behind all."""
    right(spf, vector)


@judged(
    "RFC7208-5.1-03",
    by=[
        "all-with-a-domain",
        "all-with-a-length",
        "all-with-a-dot",
    ],
)
def test_all_stands_alone(spf: SpfDial, vector: Vector) -> None:
    """The mechanism all with a domain, a length, a dot."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-01",
    "RFC7208-5.2-05",
    by=[
        "include-of-a-pass",
        "include-of-an-include",
        "include-of-a-redirect",
    ],
)
def test_an_include_that_passes_matches_with_its_qualifier(spf: SpfDial, vector: Vector) -> None:
    """An included pass, by a further include and a redirect."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-02",
    by=[
        "include-of-a-fail",
        "include-of-a-softfail",
        "include-of-a-neutral",
        "include-of-a-default-result",
    ],
)
def test_an_include_of_another_result_does_not_match(spf: SpfDial, vector: Vector) -> None:
    """Included fail, softfail, neutral, and a record that matches nothing."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-03",
    by=[
        "include-of-a-name-without-a-record",
        "include-of-a-name-that-does-not-exist",
    ],
)
def test_an_include_of_no_record_is_permerror(spf: SpfDial, vector: Vector) -> None:
    """A name without a record, and one that does not exist."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-04",
    by=[
        "include-of-a-temperror",
        "include-of-a-permerror",
        "include-of-two-records",
    ],
)
def test_errors_of_an_included_record_are_results(spf: SpfDial, vector: Vector) -> None:
    """SERVFAIL, a broken record, and two records."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-06",
    by=[
        "include-without-a-domain",
        "include-with-a-length",
    ],
)
def test_include_has_a_domain_and_no_length(spf: SpfDial, vector: Vector) -> None:
    """Without a domain, and with a length."""
    right(spf, vector)


@judged(
    "RFC7208-5.2-07",
    by=[
        "sender-is-the-same-in-an-included-record",
        "domain-is-restored-behind-an-include",
    ],
)
def test_an_included_record_has_another_domain_and_the_same_sender(spf: SpfDial, vector: Vector) -> None:
    """Macros in an included record, and a default target behind it."""
    right(spf, vector)


@judged(
    "RFC7208-5.3-01",
    by=[
        "a-of-the-domain",
        "a-of-another-name",
        "a-is-any-of-several-addresses",
        "a-through-an-alias",
    ],
)
def test_a_matches_any_address_of_its_target(spf: SpfDial, vector: Vector) -> None:
    """The domain, another name, several addresses, an alias."""
    right(spf, vector)


@judged(
    "RFC7208-5.3-02",
    by=[
        "a-with-two-lengths-and-an-ipv6-client",
        "a-with-two-lengths-and-an-ipv4-client",
        "a-with-a-length-for-ipv6-only",
        "a-with-length-zero-and-no-address",
        "a-with-a-length-of-33",
        "a-with-a-length-of-129",
        "a-with-a-length-of-024",
        "a-with-a-slash-and-no-length",
        "a-with-lengths-and-one-slash-too-few",
        "a-with-a-colon-and-no-domain",
        "a-of-an-address",
    ],
)
def test_lengths_of_a_are_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """Lengths for one family and both, too long, with a zero in front, without digits, for no address."""
    right(spf, vector)


@judged(
    "RFC7208-5.4-01",
    by=[
        "mx-of-the-domain",
        "mx-of-another-name",
        "mx-is-any-of-several",
        "mx-with-a-length",
        "mx-that-does-not-exist",
    ],
)
def test_mx_matches_any_address_of_an_exchange(spf: SpfDial, vector: Vector) -> None:
    """The domain's exchanges, those of another name, several, with a length, one without an address."""
    right(spf, vector)


@judged(
    "RFC7208-5.4-02",
    by=[
        "mx-is-never-the-name-itself",
        "null-mx",
    ],
)
def test_no_exchange_is_implied(spf: SpfDial, vector: Vector) -> None:
    """A name with an address and no MX record, and one with a null MX."""
    right(spf, vector)


@judged(
    "RFC7208-5.4-03",
    by=[
        "mx-with-a-length-of-33",
        "mx-with-a-colon-and-no-domain",
    ],
)
def test_mx_is_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """Length 33, and a colon without a domain."""
    right(spf, vector)


@judged(
    "RFC7208-5.5-01",
    by=[
        "ptr-of-a-subdomain",
        "ptr-of-the-name-itself",
        "ptr-of-another-domain",
        "ptr-of-a-name-with-the-same-ending",
        "ptr-of-the-parent",
        "ptr-that-is-not-validated",
        "ptr-of-a-client-without-one",
        "ptr-with-a-domain",
        "ptr-in-another-letter-case",
        "ptr-of-an-ipv6-client",
    ],
)
def test_ptr_matches_a_validated_name_in_its_target(spf: SpfDial, vector: Vector) -> None:
    """Names in, above, beside and like the target, validated or not, for either family."""
    right(spf, vector)


@judged(
    "RFC7208-5.5-02",
    by=[
        "ptr-whose-lookup-fails",
        "ptr-of-several-of-which-one-lookup-fails",
    ],
)
def test_a_dns_error_of_ptr_is_no_match(spf: SpfDial, vector: Vector) -> None:
    """SERVFAIL for the reverse name, and for one of several names."""
    right(spf, vector)


@judged(
    "RFC7208-5.5-04",
    by=[
        "ptr-with-a-length",
        "ptr-with-a-colon-and-no-domain",
    ],
)
def test_ptr_has_no_length(spf: SpfDial, vector: Vector) -> None:
    """A length, and a colon without a domain."""
    right(spf, vector)


@judged(
    "RFC7208-5.6-01",
    by=[
        "ip4-with-a-length-of-33",
        "ip4-with-a-length-of-032",
        "ip4-of-three-numbers",
        "ip4-of-a-number-above-255",
        "ip4-with-leading-zeros",
        "ip4-with-two-slashes",
        "ip4-of-a-name",
        "ip4-without-a-network",
    ],
)
def test_ip4_is_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """Lengths and numbers too large, with zeros in front, missing, and a name."""
    right(spf, vector)


@judged(
    "RFC7208-5.6-02",
    by=[
        "ip6-in-another-spelling",
        "ip6-with-four-numbers-at-the-end",
        "ip6-with-a-length-of-129",
        "ip6-with-two-slashes",
        "ip6-with-two-double-colons",
        "ip6-of-an-ipv4-address",
        "ip6-without-a-network",
    ],
)
def test_ip6_is_as_the_grammar_says(spf: SpfDial, vector: Vector) -> None:
    """Spellings of an address that are right, and lengths and networks that are not."""
    right(spf, vector)


@judged(
    "RFC7208-5.6-03",
    by=[
        "ip4-of-one-address",
        "ip4-of-the-next-address",
        "ip4-and-an-ipv6-client",
        "ip6-of-one-address",
        "ip6-and-an-ipv4-client",
    ],
)
def test_without_a_length_one_address_matches(spf: SpfDial, vector: Vector) -> None:
    """The address, the next one, and clients of the other family."""
    right(spf, vector)


@judged(
    "RFC7208-5.7-01",
    by=[
        "exists-with-any-address",
        "exists-and-an-ipv6-client",
        "exists-of-a-name-with-aaaa-records-only",
        "exists-of-a-name-that-does-not-exist",
        "exists-by-the-local-part-and-the-client",
    ],
)
def test_exists_matches_any_a_record(spf: SpfDial, vector: Vector) -> None:
    """Any address, for clients of either family; AAAA records and no record."""
    right(spf, vector)


@judged(
    "RFC7208-5.7-02",
    by=[
        "exists-without-a-domain",
        "exists-with-a-length",
    ],
)
def test_exists_has_a_domain_and_no_length(spf: SpfDial, vector: Vector) -> None:
    """Without a domain, and with a length."""
    right(spf, vector)
