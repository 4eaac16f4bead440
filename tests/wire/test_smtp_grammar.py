"""Each rule of the SMTP reply grammar: a value written is the value read, and what breaks a rule is called by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies import smtp as said
from conformance.strategies.pop3 import Broken, Spelled
from conformance.wire import smtp
from conformance.wire.scanner import Message, Parsed, Scanner, parse
from conformance.wire.smtp import Keyword, ReplyLine
from tests.wire.effort import Copied, calls

Rule = Callable[[Scanner], Any]
SPELLINGS: list[tuple[Rule, SearchStrategy[Spelled[Any]]]] = [
    (smtp.reply_line, said.reply_lines()),
    (smtp.reply_line, said.reply_lines(b"-")),
    (smtp.greeting, said.greetings()),
    (smtp.ehlo_greeting, said.ehlo_greetings()),
    (smtp.ehlo_line, said.ehlo_lines()),
]
RULES = [smtp.reply_line, smtp.greeting, smtp.ehlo_greeting, smtp.ehlo_line]
BREAKS = [(rule, broken) for rule, all_broken in said.BROKEN for broken in all_broken]
FRAGMENTS = [
    b"250", b"220", b"25", b"650", b"-", b" ", b"  ", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\xff", b"\x7f", b"[", b"]", b"[1.2.3.4]", b".",
    b"..", b"a", b"a-", b"-a", b"a.b", b"5.1.1", b"5.01.1", b"=", b"SIZE", b"_", b"0", b"99999999999",
]  # fmt: skip
ANYTHING = st.one_of(st.binary(max_size=120), st.lists(st.sampled_from(FRAGMENTS), max_size=16).map(b"".join))


def read(rule: Rule, raw: bytes) -> Parsed[Any]:
    return parse(Message(raw, 0), rule)


def rules_of(parsed: Parsed[Any]) -> set[str]:
    return {violation.rule for violation in parsed.violations}


@pytest.mark.parametrize(("rule", "spelled"), SPELLINGS, ids=lambda part: getattr(part, "__name__", ""))
@settings(max_examples=40)
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
@settings(max_examples=20)
@given(data=st.data())
def test_what_breaks_one_rule_is_called_by_that_rule(
    rule: Rule, broken: Callable[[], Broken], data: st.DataObject
) -> None:
    raw, name = data.draw(broken())

    assert rules_of(read(rule, raw)) == {name}


def test_every_strategy_of_broken_lines_is_meant_for_a_reader() -> None:
    assert {name for name in vars(said) if name.startswith("broken_")} == {broken.__name__ for _, broken in BREAKS}


@settings(max_examples=250)
@given(raw=ANYTHING)
def test_no_input_raises(raw: bytes) -> None:
    smtp.enhanced_of(raw)
    smtp.verb_of(raw)
    for rule in RULES:
        parsed = read(rule, raw)
        assert parsed.message.raw == raw
        for violation in parsed.violations:
            assert 0 <= violation.start <= violation.end <= len(raw)
            assert raw[violation.start : violation.end].startswith(violation.got)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("fragment", [*FRAGMENTS, b"a.", b"-a", b"[a", b" a", b"a ", b"-"])
def test_a_long_line_is_read(fragment: bytes) -> None:
    """An expression that takes quadratic time does not come to its end here; a linear one takes a tenth of a second."""
    for head in (b"", b"250 ", b"250-", b"220 "):
        raw = head + fragment * ((1 << 16) // len(fragment)) + b"\r\n"
        for rule in RULES:
            read(rule, raw)
        smtp.enhanced_of(raw)


def effort(rule: Rule, raw: bytes) -> int:
    watched = Copied(raw)
    return calls(lambda: read(rule, watched)) + watched.copied


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("fragment", [b"x", b" ", b" x", b"x.", b"-", b"[a", b"\xff"])
def test_twice_the_octets_are_twice_the_effort_at_most(rule: Rule, fragment: bytes) -> None:
    once, twice = (effort(rule, b"250 " + fragment * size + b"\r\n") for size in (1000, 2000))

    assert twice <= 2 * once + 20


@given(said.enhanced_codes(), st.one_of(st.just(b""), said.texts().map(b" ".__add__)))
def test_an_enhanced_code_in_front_of_a_text_is_found(code: bytes, text: bytes) -> None:
    assert smtp.enhanced_of(code + text) == code


# What properties do not reach: the single line of a table that decides.


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"250 ok\r\n", ReplyLine(b"250", b" ", b"ok"), set()),
        (b"250-ok\r\n", ReplyLine(b"250", b"-", b"ok"), set()),
        (b"250\r\n", ReplyLine(b"250", b"", b""), set()),
        (b"250 \r\n", ReplyLine(b"250", b" ", b""), set()),
        (b"250ok\r\n", ReplyLine(b"250", b"", b"ok"), {"SP"}),
        (b"2500 ok\r\n", ReplyLine(b"250", b"", b"0 ok"), {"SP"}),
        (b"25 ok\r\n", ReplyLine(b"", b"", b"25 ok"), {"Reply-code", "SP"}),
        (b"ok\r\n", ReplyLine(b"", b"", b"ok"), {"Reply-code", "SP"}),
        (b"699 ok\r\n", ReplyLine(b"699", b" ", b"ok"), {"Reply-code"}),
        (b"250 \xc3\xa9\n", ReplyLine(b"250", b" ", b"\xc3\xa9"), {"textstring", "CRLF"}),
        (b"", ReplyLine(b"", b"", b""), {"Reply-code", "CRLF"}),
    ],
)
def test_reply_lines(raw: bytes, value: ReplyLine, rules: set[str]) -> None:
    parsed = read(smtp.reply_line, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("raw", "name", "rules"),
    [
        (b"220 mail.example ESMTP\r\n", b"mail.example", set()),
        (b"220 localhost\r\n", b"localhost", set()),
        (b"220 [127.0.0.1] ready\r\n", b"[127.0.0.1]", set()),
        (b"220 [IPv6:::1] ready\r\n", b"[IPv6:::1]", set()),
        (b"220-mail.example\r\n", b"mail.example", set()),
        (b"220\r\n", b"", {"SP", "Domain"}),
        (b"220 ***\r\n", b"", {"Domain", "SP"}),
        (b"220 mail_1.example\r\n", b"mail", {"SP"}),
        (b"220 mail.example.\r\n", b"mail.example", {"SP"}),
        (b"554 mail.example\r\n", b"554", {"Reply-code", "SP"}),
    ],
)
def test_greetings(raw: bytes, name: bytes, rules: set[str]) -> None:
    parsed = read(smtp.greeting, raw)

    assert (parsed.value, rules_of(parsed)) == (name, rules)


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        (b"250-SIZE 1000\r\n", Keyword(b"SIZE", (b"1000",)), set()),
        (b"250 AUTH PLAIN LOGIN\r\n", Keyword(b"AUTH", (b"PLAIN", b"LOGIN")), set()),
        (b"250-AUTH=PLAIN LOGIN\r\n", Keyword(b"AUTH", ()), {"ehlo-line"}),
        (b"250-SIZE  1\r\n", Keyword(b"SIZE", (b"", b"1")), {"ehlo-param"}),
        (b"250-SIZE \r\n", Keyword(b"SIZE", (b"",)), {"ehlo-param"}),
        (b"250-X\x01\r\n", Keyword(b"X", ()), {"ehlo-line"}),
    ],
)
def test_keywords(raw: bytes, value: Keyword, rules: set[str]) -> None:
    parsed = read(smtp.ehlo_line, raw)

    assert (parsed.value, rules_of(parsed)) == (value, rules)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"2.1.0 Ok", b"2.1.0"), (b"5.7.26 no", b"5.7.26"), (b"2.1.0", b"2.1.0"), (b"3.1.0 x", b""), (b"2.1 x", b""), (b"2.01.0 x", b""),
        (b"2.1.0x", b""), (b" 2.1.0 x", b""), (b"2.1000.0 x", b""), (b"", b""),
    ],
)  # fmt: skip
def test_enhanced_codes(text: bytes, code: bytes) -> None:
    assert smtp.enhanced_of(text) == code
