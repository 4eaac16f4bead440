"""SPF records and macros: what is written is read again, violations have their places, and nothing raises or is slow."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import spf as strategies
from conformance.strategies.pop3 import Spelled
from conformance.wire import spf, spf_macros
from conformance.wire.spf import Directive, Modifier, Record
from conformance.wire.spf_macros import Macro, MacroString
from tests.wire.effort import Copied, calls

EMAIL = "strong-bad@email.example.com"
VALUES = {
    "s": EMAIL, "l": "strong-bad", "o": "email.example.com", "d": "email.example.com", "i": "192.0.2.3",
    "p": "mx.example.org", "v": "in-addr", "h": "mx.example.org",
}  # fmt: skip


def rules(text: bytes) -> set[str]:
    return {violation.rule for violation in spf.read(text).violations}


def macro_string(text: str) -> MacroString:
    read = spf_macros.explain_string(text.encode())
    assert read.violations == ()
    return read.value


def expanded(text: str) -> str:
    return spf_macros.expand(macro_string(text), VALUES)


# Records.


def test_a_record_is_read_with_the_place_of_each_term() -> None:
    read = spf.read(b"v=spf1 +mx ~a:colo.%{d2}/28//64 -all exp=why.example.com x=1 ")

    assert read.violations == ()
    assert read.value == Record(
        (
            Directive(name="mx"),
            Directive(
                name="a",
                qualifier="~",
                domain=("colo.", Macro(letter="d", keep=2)),
                ip4_length=28,
                ip6_length=64,
            ),
            Directive(name="all", qualifier="-"),
            Modifier(name="exp", value=("why.example.com",)),
            Modifier(name="x", value=("1",)),
        )
    )
    assert [(term.start, term.end) for term in read.value.terms] == [(7, 10), (11, 31), (32, 36), (37, 56), (57, 60)]
    assert read.value.modifier("exp") == ("why.example.com",)
    assert read.value.modifier("redirect") is None
    assert [directive.name for directive in read.value.directives] == ["mx", "a", "all"]


@given(strategies.records())
def test_a_record_that_is_written_is_read_again(record: Record) -> None:
    read = spf.read(spf.write(record).encode("ascii"))

    assert read.violations == ()
    assert read.value == record


@given(strategies.spelled_records())
def test_a_record_is_read_in_any_spelling(spelled: Spelled[Record]) -> None:
    read = spf.read(spelled.raw)

    assert read.violations == ()
    assert read.value == spelled.value
    assert spf.is_record(spelled.raw)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (b"v=spf1", True),
        (b"v=spf1 ", True),
        (b"V=SPF1 -all", True),
        (b"v=spf10", False),
        (b"v=spf1\t-all", False),
        (b"v=spf1\n", False),
        (b" v=spf1", False),
        (b"", False),
    ],
)
def test_a_record_is_selected_by_its_version(text: bytes, selected: bool) -> None:
    assert spf.is_record(text) is selected
    assert ("version" in rules(text)) is not selected


@pytest.mark.parametrize(
    ("term", "rule"),
    [
        (b"foo", "mechanism"),
        (b"-", "mechanism"),
        (b"--all", "mechanism"),
        (b"-exp=a.example", "mechanism"),
        (b"=x", "mechanism"),
        (b"1x=y", "mechanism"),
        (b"all:x.example", "all"),
        (b"all/8", "all"),
        (b"all.", "all"),
        (b"include", "include"),
        (b"include:", "domain-end"),
        (b"include:a.example/24", "domain-end"),
        (b"exists", "exists"),
        (b"ptr/24", "ptr"),
        (b"ptr:", "domain-end"),
        (b"a:", "domain-end"),
        (b"a:example", "domain-end"),
        (b"a:example.", "domain-end"),
        (b"a:a.example..", "domain-end"),
        (b"a:192.0.2.1", "domain-end"),
        (b"a:a.-example", "domain-end"),
        (b"a:a.example-", "domain-end"),
        (b"a:%{d}example", "domain-end"),
        (b"a:%{d}.", "domain-end"),
        (b"a:a.example/", "domain-end"),
        (b"a:a.example//", "domain-end"),
        (b"a:a.example/24/", "domain-end"),
        (b"a/", "ip4-cidr-length"),
        (b"a//", "ip6-cidr-length"),
        (b"a/24/", "a"),
        (b"a/24/64", "a"),
        (b"a///64", "ip6-cidr-length"),
        (b"a/33", "ip4-cidr-length"),
        (b"a/024", "a"),
        (b"a//129", "ip6-cidr-length"),
        (b"a:/24", "domain-end"),
        (b"mx-x", "mx"),
        (b"ip4", "ip4"),
        (b"ip4:", "ip4-network"),
        (b"ip4:192.0.2", "ip4-network"),
        (b"ip4:192.0.2.256", "ip4"),
        (b"ip4:192.0.02.1", "ip4-network"),
        (b"ip4:192.0.2.1/33", "ip4-cidr-length"),
        (b"ip4:192.0.2.1//32", "ip4-cidr-length"),
        (b"ip4:192.0.2.1:25", "ip4"),
        (b"ip6", "ip6"),
        (b"ip6:", "ip6-network"),
        (b"ip6:1::2::3", "ip6-network"),
        (b"ip6:192.0.2.1", "ip6-network"),
        (b"ip6:fe80::1%25eth0", "ip6"),
        (b"ip6:::1//128", "ip6-cidr-length"),
        (b"ip6:::1/129", "ip6-cidr-length"),
        (b"a:%{x}.example", "macro-expand"),
        (b"a:%(d).example", "macro-expand"),
        (b"a:%{d", "macro-expand"),
        (b"a:%{dr2}", "macro-expand"),
        (b"a:a.example%", "macro-expand"),
        (b"a:%{d0}", "transformers"),
        (b"a:%{d000}", "transformers"),
        (b"a:%{c}", "macro-letter"),
        (b"exp=%{T}.example", "macro-letter"),
        (b"redirect=", "domain-end"),
        (b"redirect=-all", "domain-end"),
        (b"exp=example", "domain-end"),
        (b"x=%", "macro-expand"),
        (b"x=\xff", "macro-string"),
        (b"a:\xff.example", "macro-string"),
        (b"a\tb", "a"),
    ],
)
def test_a_broken_term_is_a_violation_in_its_place(term: bytes, rule: str) -> None:
    read = spf.read(b"v=spf1 ip4:192.0.2.1 " + term + b" -all")

    assert rule in {violation.rule for violation in read.violations}
    assert all(21 <= violation.start <= violation.end <= 21 + len(term) for violation in read.violations)
    assert read.value.terms[0] == Directive(name="ip4", network=ip_address("192.0.2.1"))  # type: ignore[arg-type]
    assert read.value.terms[-1] == Directive(name="all", qualifier="-")


@pytest.mark.parametrize("name", [b"redirect", b"EXP"])
def test_a_known_modifier_stands_once(name: bytes) -> None:
    twice = spf.read(b"v=spf1 " + name + b"=a.example x=1 x=1 " + name + b"=b.example")

    (violation,) = twice.violations
    assert violation.rule == "modifier"
    assert violation.got == name + b"=b.example"


@pytest.mark.parametrize(
    "text",
    [
        b"v=spf1 a:foo:bar/baz.example",
        b"v=spf1 a:a/24.example/24//0",
        b"v=spf1 a:a.xn--zckzah",
        b"v=spf1 a:a.1-2",
        b"v=spf1 a:%%",
        b"v=spf1 x=%{c}%{r}%{t}",
        b"v=spf1 all=anybody",
        b"v=spf1 ip6:::/0",
    ],
)
def test_what_looks_odd_may_be_right(text: bytes) -> None:
    read = spf.read(text)

    assert read.violations == ()
    assert spf.write(read.value).encode() == text


@given(strategies.spelled_records(), st.data())
def test_every_prefix_and_every_change_of_a_record_is_read(spelled: Spelled[Record], data: st.DataObject) -> None:
    for end in range(len(spelled.raw)):
        spf.read(spelled.raw[:end])
    place = data.draw(st.integers(0, len(spelled.raw) - 1))
    octet = data.draw(st.binary(max_size=2))

    spf.read(spelled.raw[:place] + octet + spelled.raw[place + 1 :])


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(b"v=spf1 ".__add__)))
def test_garbage_is_read_and_whatever_has_no_violation_is_written_the_same(text: bytes) -> None:
    read = spf.read(text)
    spf_macros.explain_string(text)

    if not read.violations:
        assert spf.read(spf.write(read.value).encode()).value == read.value


@pytest.mark.parametrize(
    "piece",
    [
        b" a", b" ", b"a", b"%", b"%%", b"%{d}", b"%{d", b"1", b"/", b"/1", b".", b".1", b":", b" x=", b" redirect=a.b",
        b" ip6:::1", b" ip4:", b"\xff", b" \xff", b"-", b" foo", b"+",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [b"v=spf1 ", b"v=spf1 a:", b"v=spf1 a:%{d", b"v=spf1 x=", b"v=spf1 ip6:"])
def test_reading_takes_linear_effort(before: bytes, piece: bytes) -> None:
    def effort(times: int) -> int:
        text = Copied(before + piece * times)
        return calls(lambda: spf.read(text)) + text.copied

    assert effort(2000) <= 2.2 * effort(1000) + 1000


# Macros.


@given(strategies.macro_strings(literals=" ~!#{}dr2"))
def test_a_macro_string_that_is_written_is_read_again(value: MacroString) -> None:
    read = spf_macros.explain_string(spf_macros.write(value).encode())

    assert read.violations == ()
    assert read.value == value


@pytest.mark.parametrize(
    ("text", "expansion"),
    [
        ("%{s}", EMAIL),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{s1r-}", "strong"),
        ("%{d" + "9" * 5000 + "}", "email.example.com"),
        ("%{d00002}", "example.com"),
        ("100%% of%_it%-all", "100% of it%20all"),
    ],
)
def test_macros_expand_as_in_section_7_4(text: str, expansion: str) -> None:
    assert expanded(text) == expansion


def test_the_letters_that_an_expansion_needs_are_known() -> None:
    assert spf_macros.letters(macro_string("%{S} %%%_%- %{d2}%{dr}")) == {"s", "d"}


def test_an_address_is_dotted() -> None:
    assert spf_macros.dotted(ip_address("192.0.2.3")) == "192.0.2.3"
    assert (
        spf_macros.dotted(ip_address("2001:db8::cb01"))
        == "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1"
    )


@pytest.mark.parametrize("dot", ["", "."])
def test_a_long_name_loses_labels_on_the_left(dot: str) -> None:
    name = ".".join(["a" * 9] * 30)

    target = spf_macros.target_name((name + dot,), {})

    assert len(target) == 249
    assert name.endswith("." + target)
    assert spf_macros.target_name(("b" * 3 + "." + "a" * 253,), {}) == "a" * 253
    assert len(spf_macros.target_name(("b.a" + "a" * 253,), {})) > spf_macros.NAME_LIMIT


@given(strategies.macro_strings(), st.dictionaries(st.sampled_from(list(spf_macros.LETTERS)), st.text(max_size=30)))
def test_an_expansion_never_raises_whatever_the_values(value: MacroString, values: dict[str, str]) -> None:
    everything = {letter: values.get(letter, "\ud800-.é") for letter in spf_macros.LETTERS}

    spf_macros.expand(value, everything)
    target = spf_macros.target_name(value, everything)

    assert len(target) <= spf_macros.NAME_LIMIT or "." not in target[-spf_macros.NAME_LIMIT :]
