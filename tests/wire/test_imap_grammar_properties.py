"""What holds of the IMAP grammar for any octets and any spelling: it never raises, takes linear time, sees every blank."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.imap import Response
from conformance.wire.imap_grammar import read
from conformance.wire.scanner import Message, Parsed
from tests.wire.effort import Copied, calls
from tests.wire.imap_examples import CORE
from tests.wire.imap_extension_examples import EXTENSIONS

RIGHT = CORE + EXTENSIONS
# the space before the text belongs to it: two of them are right, and a code behind two is text
TEXT = re.compile(rb"(?:\*|\S+) (?:OK|NO|BAD|BYE|PREAUTH)(?= )|\+(?= )")
CODE = re.compile(rb"\S+ [A-Z]+ \[[^] ]+( (?:[^]\"]|\"[^\"]*\")*)\]")
OPAQUE = re.compile(rb'"(?:[^"\\]|\\.)*"|~?\{(\d+)\}\r\n|X\[[^]]*\]')
FRAGMENTS = [
    b"* ", b"+ ", b"a1 ", b"OK ", b"NO", b"1 FETCH (", b"LIST () ", b"SEARCH", b"STATUS x (", b"CAPABILITY", b"FLAGS (", b"BODY[", b"]", b"[",
    b"<0>", b"BODY (", b"BODYSTRUCTURE (", b"ENVELOPE (", b"(", b")", b"((", b"))", b" ", b"  ", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\xff",
    b'"', b"\\", b'"a"', b'"a', b"{3}\r\nabc", b"{9}\r\n", b"~{1}\r\n\x00", b"{", b"}", b"~", b"NIL", b"nil ", b"0", b"1", b"4294967296",
    b"9" * 5000, b"UIDNEXT ", b"HEADER.FIELDS (", b"THREAD (", b"ESEARCH ", b"NAMESPACE ((", b"MODSEQ (", b"METADATA x ", b"1:2,", b"*", b"x",
]  # fmt: skip
ANYTHING = st.one_of(st.binary(max_size=120), st.lists(st.sampled_from(FRAGMENTS), max_size=16).map(b"".join))
HEADS = [
    b"", b"* ", b"* OK ", b"* OK [", b"* OK [BADCHARSET (", b"* OK [X ", b"* CAPABILITY", b"* FLAGS (", b'* LIST () "/" ', b'* LIST () "/" x (',
    b"* SEARCH", b"* STATUS x (", b"* XNEW ", b"* 1 FETCH (", b"* 1 FETCH (FLAGS (", b"* 1 FETCH (BODY", b"* 1 FETCH (BODY[HEADER.FIELDS (",
    b"* 1 FETCH (ENVELOPE (NIL NIL (", b"* 1 FETCH (BODY (", b"* 1 FETCH (INTERNALDATE ", b"* THREAD ", b"* NAMESPACE ", b"* ESEARCH", b"* ACL x",
    b"* METADATA x (", b"* URLFETCH", b"* VANISHED ", b"* QUOTA x (", b"* ID (",
]  # fmt: skip
REPEATED = [
    b"x", b" ", b" x", b"(", b"()", b"(x ", b")", b'"', b'"x" ', b"\\", b"1 ", b"1,", b"1:2,", b"{", b"{1}\r\nx", b"[", b"]", b"NIL ", b"UID 1 ",
    b"BODY[] x ", b'("a" "b" ', b"(NIL NIL NIL NIL)", b"\xff", b"\x00", b"\t",
]  # fmt: skip


def parsed(line: bytes) -> Parsed[Response]:
    return read(Message(line + b"\r\n", 0))


def rules_of(line: bytes) -> set[str]:
    return {violation.rule for violation in parsed(line).violations}


def structural(line: bytes) -> list[int]:
    """Return the places of a line outside its strings and its text."""
    text = TEXT.match(line)
    end, places, at = text.end() if text else len(line), [], 0
    while at < end:
        opaque = OPAQUE.match(line, at)
        if opaque is None:
            places.append(at)
            at += 1
        else:
            at = opaque.end() + int(opaque[1] or 0)
    code = CODE.match(line)
    known = code and b"X-NEW" not in line and b"BADURL" not in line
    return places + (list(range(*code.span(1))) if code and known else [])


def recased(line: bytes, change: Callable[[bytes], bytes]) -> bytes:
    chosen = set(structural(line))
    return b"".join(change(line[at : at + 1]) if at in chosen else line[at : at + 1] for at in range(len(line)))


def folded(value: Any) -> Any:
    """Return a value with the letters of every octet string in one case."""
    if isinstance(value, bytes):
        return value.upper()
    if isinstance(value, tuple):
        return tuple(folded(one) for one in value)
    if isinstance(value, dict):
        return {folded(key): folded(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        compared = (field for field in dataclasses.fields(value) if field.compare)
        return (type(value), *(folded(getattr(value, field.name)) for field in compared))
    return value


@settings(max_examples=400)
@given(raw=ANYTHING)
def test_no_input_raises(raw: bytes) -> None:
    message = Message(raw, 0)
    one = read(message)

    assert one.message is message
    for violation in one.violations:
        assert 0 <= violation.start <= violation.end <= len(raw)
        assert raw[violation.start : violation.end].startswith(violation.got)


@settings(max_examples=300)
@given(data=st.data())
def test_no_bent_example_raises(data: st.DataObject) -> None:
    line, _ = data.draw(st.sampled_from(RIGHT))
    at = data.draw(st.integers(0, len(line)))
    cut = data.draw(st.integers(0, 4))
    bent = line[:at] + data.draw(st.sampled_from([b"", *FRAGMENTS])) + line[at + cut :]

    assert parsed(bent).value is not None


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_twice_the_octets_are_twice_the_effort_at_most(head: bytes) -> None:
    for fragment in REPEATED:
        once, twice = (effort(head + fragment * size) for size in (250, 500))
        assert twice <= 2 * once + 20, fragment


def effort(line: bytes) -> int:
    watched = Copied(line + b"\r\n")
    return calls(lambda: read(Message(watched, 0))) + watched.copied


@pytest.mark.timeout(60)
@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_a_long_line_is_read(head: bytes) -> None:
    """An expression that takes quadratic time does not come to its end here; a linear one takes a tenth of a second."""
    for fragment in REPEATED:
        parsed(head + fragment * ((1 << 13) // len(fragment)))


@pytest.mark.parametrize(("line", "_value"), RIGHT, ids=[repr(line[:60]) for line, _ in RIGHT])
def test_every_blank_too_many_is_told(line: bytes, _value: Response) -> None:
    blanks = [at for at in structural(line) if line[at : at + 1] == b" "]
    for at in blanks:
        assert rules_of(line[:at] + b" " + line[at:]) == {"SP"}, at
        assert rules_of(line[:at] + b"\t" + line[at + 1 :]) == {"SP"}, at


@pytest.mark.parametrize(("line", "value"), RIGHT, ids=[repr(line[:60]) for line, _ in RIGHT])
def test_every_blank_missing_is_told_or_makes_another_value(line: bytes, value: Response) -> None:
    for at in structural(line):
        if line[at : at + 1] == b" ":
            without = parsed(line[:at] + line[at + 1 :])
            assert without.violations or without.value != value, at


@pytest.mark.parametrize(("line", "_value"), RIGHT, ids=[repr(line[:60]) for line, _ in RIGHT])
def test_every_parenthesis_missing_is_told(line: bytes, _value: Response) -> None:
    for at in structural(line):
        if line[at : at + 1] in {b"(", b")"}:
            assert rules_of(line[:at] + line[at + 1 :]), at


@pytest.mark.parametrize(("line", "value"), RIGHT, ids=[repr(line[:60]) for line, _ in RIGHT])
def test_no_octet_is_lost_or_doubled_unnoticed(line: bytes, value: Response) -> None:
    for at in range(len(line)):
        for other in (line[:at] + line[at + 1 :], line[:at] + line[at : at + 1] + line[at:]):
            if line[at : at + 1] != b"0":  # a number may begin with zeros
                one = parsed(other)
                assert one.violations or one.value != value, other


@pytest.mark.parametrize(("line", "value"), RIGHT, ids=[repr(line[:60]) for line, _ in RIGHT])
def test_letter_case_is_of_no_account(line: bytes, value: Response) -> None:
    changes: list[Callable[[bytes], bytes]] = (
        [bytes.lower] if value.name in {b"ACL", b"LISTRIGHTS", b"MYRIGHTS"} else [bytes.lower, bytes.upper]
    )
    for change in changes:
        other = parsed(recased(line, change))
        assert (folded(other.value), other.violations) == (folded(value), ())


STRING = st.text(st.characters(min_codepoint=1, max_codepoint=127, exclude_characters="\r\n"), max_size=8).map(
    str.encode
)
ATOM = st.text(st.sampled_from("abcXYZ019!#$&'+,-./:;<=>?@^_`|~[]"), min_size=1, max_size=8).map(str.encode)
ASTRINGS = [
    b'* LIST () "/" %s', b"* STATUS %s ()", b'* 1 FETCH (BODY[HEADER.FIELDS (a %s)] "x")', b"* QUOTAROOT %s %s", b"* ACL %s %s r",
    b"* LISTRIGHTS %s %s r", b"* OK [BADCHARSET (%s)] x", b"* METADATA %s /a", b'* URLFETCH %s "x"', b'* LIST () "/" a (%s 1)', b"* XNEW (%s)",
]  # fmt: skip
STRINGS = [
    b"* 1 FETCH (BODY[] %s)", b"* 1 FETCH (BINARY[] %s)", b"* 1 FETCH (RFC822 %s RFC822.HEADER %s)", b"* ID (%s %s)", b"* METADATA x (/a %s)",
    b'* NAMESPACE ((%s "/" %s (%s))) NIL NIL', b"* 1 FETCH (ENVELOPE (%s %s ((%s %s %s %s)) NIL NIL NIL NIL NIL %s %s))",
    b"* 1 FETCH (BODYSTRUCTURE (%s %s (%s %s) %s %s %s 5 %s (%s (%s %s)) (%s) %s))", b"* URLFETCH x %s",
]  # fmt: skip


def quoted(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def literal(text: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(text), text)


FORMS: list[Callable[[bytes], bytes]] = [quoted, literal, bytes]


@settings(max_examples=150)
@given(data=st.data())
def test_forms_of_a_string_are_interchangeable(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(STRINGS))
    texts = data.draw(st.lists(STRING, min_size=template.count(b"%s"), max_size=template.count(b"%s")))
    texts = [b"x" + text for text in texts]  # neither TEXT nor MESSAGE, whose bodies have more in them

    plain = parsed(template % tuple(quoted(text) for text in texts))
    mixed = parsed(template % tuple(data.draw(st.sampled_from([quoted, literal]))(text) for text in texts))

    assert plain.violations == mixed.violations == ()
    assert plain.value == mixed.value


@settings(max_examples=150)
@given(data=st.data())
def test_forms_of_an_astring_are_interchangeable(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(ASTRINGS))
    count = template.count(b"%s")
    words = [b"x" + word for word in data.draw(st.lists(ATOM, min_size=count, max_size=count))]

    plain = parsed(template % tuple(words))
    mixed = parsed(template % tuple(data.draw(st.sampled_from(FORMS))(word) for word in words))

    assert plain.violations == mixed.violations == ()
    assert plain.value == mixed.value


@given(st.binary(max_size=200).map(lambda text: text.replace(b"\x00", b"")))
def test_any_octets_but_nul_stand_in_a_literal(text: bytes) -> None:
    one = parsed(b"* 1 FETCH (BODY[] {%d}\r\n%s UID 7)" % (len(text), text))

    assert (one.value.data.get(b"BODY[]"), one.value.data.get(b"UID"), one.violations) == (text, 7, ())
