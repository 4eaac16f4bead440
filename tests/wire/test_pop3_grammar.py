"""Each rule of the POP3 grammar: a value written is the value read, and what breaks a rule is called by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies import pop3 as said
from conformance.strategies.pop3 import Spelled
from conformance.wire import pop3
from conformance.wire.pop3 import Capability, Greeting, Listing, Response, UniqueId
from conformance.wire.scanner import Message, Parsed, Scanner, parse
from tests.wire.effort import Copied, calls

Rule = Callable[[Scanner], Any]
LISTING_REPLY = said.scan_listings().map(lambda one: Spelled(one.value, b"+OK " + one.raw))
UNIQUE_ID_REPLY = said.unique_id_listings().map(lambda one: Spelled(one.value, b"+OK " + one.raw))
SPELLINGS: list[tuple[Rule, SearchStrategy[Spelled[Any]]]] = [
    (pop3.single_line, said.status_lines()),
    (pop3.greeting, said.greetings()),
    (pop3.drop_listing, said.drop_listings()),
    (pop3.scan_listing, said.scan_listings()),
    (pop3.scan_listing_reply, LISTING_REPLY),
    (pop3.unique_id_listing, said.unique_id_listings()),
    (pop3.unique_id_reply, UNIQUE_ID_REPLY),
    (pop3.capability, said.capability_lines()),
    (pop3.continue_req, said.challenges()),
]
RULES = [rule for rule, _ in SPELLINGS]
BREAKS = [(rule, broken) for rule, all_broken in said.BROKEN for broken in all_broken]
FRAGMENTS = [
    b"+OK", b"-ERR", b"+ok", b"+", b"-", b" ", b"  ", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\xff", b"\x7f", b"[", b"]", b"/", b"[A/B]",
    b"<", b">", b"@", b"<a@b>", b'<"', b'"@', b"0", b"1", b"99999999999999999999999999999999999999999999", b"=", b"YQ==", b".", b"..", b"x",
]  # fmt: skip
ANYTHING = st.one_of(st.binary(max_size=120), st.lists(st.sampled_from(FRAGMENTS), max_size=16).map(b"".join))


def read(rule: Rule, raw: bytes) -> Parsed[Any]:
    return parse(Message(raw, 0), rule)


def rules_of(parsed: Parsed[Any]) -> set[str]:
    return {violation.rule for violation in parsed.violations}


@pytest.mark.parametrize(("rule", "spelled"), SPELLINGS, ids=lambda part: getattr(part, "__name__", ""))
@settings(max_examples=30)
@given(data=st.data())
def test_what_was_written_is_read_and_a_cut_line_is_told_from_it(
    rule: Rule, spelled: SearchStrategy[Spelled[Any]], data: st.DataObject
) -> None:
    one = data.draw(spelled)
    cut = one.raw[: data.draw(st.integers(0, len(one.raw) - 1))]

    assert read(rule, one.raw) == Parsed(Message(one.raw, 0), one.value, ())
    assert "CRLF" in rules_of(read(rule, cut))


@pytest.mark.parametrize(
    ("rule", "broken"), BREAKS, ids=[f"{rule.__name__}-{broken.__name__}" for rule, broken in BREAKS]
)
@settings(max_examples=15)
@given(data=st.data())
def test_what_breaks_one_rule_is_called_by_that_rule(
    rule: Rule, broken: Callable[[], said.Broken], data: st.DataObject
) -> None:
    raw, name = data.draw(broken())

    assert rules_of(read(rule, raw)) == {name}


def test_every_strategy_of_broken_lines_is_meant_for_a_reader() -> None:
    meant = {broken.__name__ for _, broken in BREAKS} | {"broken_line_limit"}

    assert {name for name in vars(said) if name.startswith("broken_")} == meant


@settings(max_examples=30)
@given(said.broken_line_limit())
def test_the_limit_of_a_status_line_is_the_replys(broken: tuple[bytes, str]) -> None:
    raw, name = broken

    assert rules_of(pop3.read_line(pop3.Reply(None, Message(raw, 0)))) == {name}


def test_a_status_line_of_512_octets_is_right() -> None:
    raw = b"+OK " + b"x" * 506 + b"\r\n"

    assert pop3.read_line(pop3.Reply(None, Message(raw, 0))) == Parsed(
        Message(raw, 0), Response(b"+OK", (), b"x" * 506), ()
    )


@settings(max_examples=250)
@given(raw=ANYTHING)
def test_no_input_raises(raw: bytes) -> None:
    for rule in RULES:
        parsed = read(rule, raw)
        assert parsed.message.raw == raw
        for violation in parsed.violations:
            assert 0 <= violation.start <= violation.end <= len(raw)
            assert raw[violation.start : violation.end].startswith(violation.got)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("fragment", [*FRAGMENTS, b"<a@", b'<"a', b"[a/", b"a ", b" a", b"+OK 1 "])
def test_a_long_line_is_read(fragment: bytes) -> None:
    """An expression that takes quadratic time does not come to its end here; a linear one takes a tenth of a second."""
    for head in (b"", b"+OK ["):
        raw = head + fragment * ((1 << 16) // len(fragment)) + b"\r\n"
        for rule in RULES:
            read(rule, raw)


def effort(rule: Rule, raw: bytes) -> int:
    watched = Copied(raw)
    return calls(lambda: read(rule, watched)) + watched.copied


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("fragment", [b"x", b" ", b" x", b"1 ", b"<", b"[a", b"/a"])
def test_twice_the_octets_are_twice_the_effort_at_most(rule: Rule, fragment: bytes) -> None:
    once, twice = (effort(rule, fragment * size + b"\r\n") for size in (1000, 2000))

    assert twice <= 2 * once + 20


@given(ANYTHING)
def test_who_asks_for_the_status_alone_is_told_the_same(raw: bytes) -> None:
    assert pop3.status_of(raw + b"\r\n") == read(pop3.single_line, raw + b"\r\n").value.status


# What properties do not reach: the single line of a table that decides.


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"+OK\r\n", Response(b"+OK", (), b""), set()),
        (b"+OK \r\n", Response(b"+OK", (), b""), set()),
        (b"-ERR [IN-USE] locked\r\n", Response(b"-ERR", (b"IN-USE",), b" locked"), set()),
        (b"-ERR [SYS/TEMP]\r\n", Response(b"-ERR", (b"SYS", b"TEMP"), b""), set()),
        (b"-ERR  [IN-USE]\r\n", Response(b"-ERR", (), b" [IN-USE]"), set()),
        (b"-ERR [two words] x\r\n", Response(b"-ERR", (), b"[two words] x"), {"resp-code"}),
        (b"+ok ready\r\n", Response(b"+OK", (), b"ready"), {"status"}),
        (b"+OKAY\r\n", Response(b"+OK", (), b"AY"), {"SP"}),
        (b"OK ready\r\n", Response(b"", (), b"OK ready"), {"status"}),
        (b"\r\n", Response(b"", (), b""), {"status"}),
        (b"", Response(b"", (), b""), {"status", "CRLF"}),
        (b"+OK a\x07b\n", Response(b"+OK", (), b"a\x07b"), {"CHAR", "CRLF"}),
    ],
)
def test_status_lines(raw: bytes, value: Response, rules: set[str]) -> None:
    parsed = read(pop3.single_line, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("text", "timestamp", "rules"),
    [
        (b"POP3 server ready <1896.697170952@dbc.mtview.ca.us>", b"<1896.697170952@dbc.mtview.ca.us>", set()),
        (b"<1@a>", b"<1@a>", set()),
        (b'ready <"a b"@host>', b'<"a b"@host>', set()),
        (b"ready <1@[127.0.0.1]> now", b"<1@[127.0.0.1]>", set()),
        (b"ready 1@a>", b"", set()),
        (b"ready <1@a", b"", {"gchar"}),
        (b"ready <1 2@a>", b"", {"gchar"}),
        (b"<1@a> <2@a>", b"<1@a>", {"gchar"}),
    ],
)
def test_timestamps_of_greetings(text: bytes, timestamp: bytes, rules: set[str]) -> None:
    parsed = read(pop3.greeting, b"+OK " + text + b"\r\n")

    assert parsed.value == Greeting(Response(b"+OK", (), text), timestamp)
    assert rules_of(parsed) == rules


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"+OK 2 320\r\n", Listing(2, 320), set()),
        (b"+OK 2 320 (320 octets)\r\n", Listing(2, 320, b" (320 octets)"), set()),
        (b"+OK 2\r\n", Listing(2, 0), {"SP", "number"}),
        (b"+OK two 320\r\n", Listing(0, 0, b"two 320"), {"SP", "number"}),
        (b"-ERR\r\n", Listing(0, 0, b"-ERR"), {"status", "SP", "number"}),
        (b"+OK " + b"9" * 50 + b" 1\r\n", Listing(int("9" * 40), 1), set()),
    ],
)
def test_drop_listings(raw: bytes, value: Listing, rules: set[str]) -> None:
    parsed = read(pop3.drop_listing, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"1 QhdPYR:00WBw1Ph7x7\r\n", UniqueId(1, b"QhdPYR:00WBw1Ph7x7"), set()),
        (b"1 " + b"~" * 70 + b"\r\n", UniqueId(1, b"~" * 70), set()),
        (b"1 " + b"~" * 71 + b"\r\n", UniqueId(1, b"~" * 71), {"unique-id"}),
        (b"1  a\r\n", UniqueId(1, b""), {"unique-id"}),
        (b"1 a b\r\n", UniqueId(1, b"a"), {"unique-id"}),
        (b"1\r\n", UniqueId(1, b""), {"SP", "unique-id"}),
        (b"x\r\n", UniqueId(0, b"x"), {"SP", "number"}),
    ],
)
def test_unique_id_listings(raw: bytes, value: UniqueId, rules: set[str]) -> None:
    parsed = read(pop3.unique_id_listing, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"SASL PLAIN CRAM-MD5\r\n", Capability(b"SASL", (b"PLAIN", b"CRAM-MD5")), set()),
        (b"TOP \r\n", Capability(b"TOP", (b"",)), {"param"}),
        (b"TOP\t\r\n", Capability(b"TOP", ()), {"capability"}),
        (b".TOP\r\n", Capability(b"", ()), {"capa-tag", "capability"}),
        (b"\r\n", Capability(b"", ()), {"capa-tag"}),
        (b"X " + b"y" * 508 + b"\r\n", Capability(b"X", (b"y" * 508,)), set()),
        (b"X " + b"y" * 509 + b"\r\n", Capability(b"X", (b"y" * 509,)), {"capability"}),
    ],
)
def test_capabilities(raw: bytes, value: Capability, rules: set[str]) -> None:
    parsed = read(pop3.capability, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"+ \r\n", b"", set()),
        (b"+ YQ==\r\n", b"a", set()),
        (b"+\r\n", b"", {"continue-req"}),
        (b"+YQ==\r\n", b"a", {"continue-req"}),
        (b"+ YQ\r\n", None, {"base64"}),
        (b"+ \xe4\r\n", None, {"base64"}),
        (b"YQ==\r\n", b"a", {"continue-req"}),
    ],
)
def test_challenges(raw: bytes, value: bytes | None, rules: set[str]) -> None:
    parsed = read(pop3.continue_req, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)
