"""The Received-SPF field and the tokens below it: the RFC's examples, fields as verifiers write them, and wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import rfc5322
from conformance.wire.received_spf import IDENTITIES, RESULTS, ReceivedSpf, read, write
from conformance.wire.scanner import Message, Parsed, Scanner
from tests.wire.effort import Copied, calls

EXAMPLE = (
    b"Received-SPF: pass (mybox.example.org: domain of\r\n"
    b" myname@example.com designates 192.0.2.1 as permitted sender)\r\n"
    b"    receiver=mybox.example.org; client-ip=192.0.2.1;\r\n"
    b'    envelope-from="myname@example.com"; helo=foo.example.com;\r\n'
)


def said(field: bytes) -> Parsed[ReceivedSpf]:
    return read(Message(field, 0))


def rules(field: bytes) -> set[str]:
    return {violation.rule for violation in said(field).violations}


def test_the_first_example_of_section_9_1() -> None:
    parsed = said(EXAMPLE)

    assert parsed.violations == ()
    assert parsed.value.result == "pass"
    assert parsed.value.comment is not None
    assert parsed.value.comment.startswith(b"mybox.example.org: domain of")
    assert parsed.value.pairs == (
        ("receiver", b"mybox.example.org"),
        ("client-ip", b"192.0.2.1"),
        ("envelope-from", b"myname@example.com"),
        ("helo", b"foo.example.com"),
    )
    assert parsed.value.identity == "mailfrom"


def test_the_colon_of_the_third_example_is_a_quirk_with_a_name_and_a_place() -> None:
    (violation,) = said(b"Received-SPF: pass (x) mechanism=ip4:192.0.2.1; helo=a.b;\r\n").violations

    assert (violation.rule, violation.got) == ("unquoted-value", b"ip4:192.0.2.1")
    assert (violation.start, violation.end) == (33, 46)


@pytest.mark.parametrize(
    "field",
    [
        b"Received-SPF: none\r\n",
        b"received-spf:FAIL\r\n",
        b"Received-SPF: (checked) neutral helo=x\r\n",
        b'Received-SPF: fail (a (nested \\) one) b) identity = (c) helo (d); problem="a \\" b"\r\n',
        b"Received-SPF: TempError\r\n (x)\r\n x-y_z.1=1;\r\n",
    ],
)  # fmt: skip
def test_right_fields_have_no_violations(field: bytes) -> None:
    assert said(field).violations == ()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("field-name", b"Received-SPX: pass\r\n"),
        ("field-name", b"Received-SPF pass\r\n"),
        ("field-name", b""),
        ("result", b"Received-SPF:\r\n"),
        ("result", b"Received-SPF: error (x) helo=y\r\n"),
        ("result", b"Received-SPF: soft-fail\r\n"),
        ("FWS", b"Received-SPF: pass(x) helo=y\r\n"),
        ("FWS", b"Received-SPF: pass (x)helo=y\r\n"),
        ("FWS", b"Received-SPF: pass\n helo=y\r\n"),
        ("obs-FWS", b"Received-SPF: pass\r\n \r\n helo=y\r\n"),
        ("comment", b"Received-SPF: pass (x helo=y\r\n"),
        ("ctext", b"Received-SPF: pass (\xc3\xa4) helo=y\r\n"),
        ("ctext", b"Received-SPF: pass (\x07) helo=y\r\n"),
        ("ctext", b"Received-SPF: pass (a\rb) helo=y\r\n"),
        ("key", b"Received-SPF: pass (x) (y) helo=z\r\n"),
        ("key", b"Received-SPF: pass 1=2\r\n"),
        ("key", b"Received-SPF: pass helo=x;;\r\n"),
        ("key-value-pair", b"Received-SPF: pass helo\r\n"),
        ("key-value-pair", b"Received-SPF: pass helo=; identity=helo\r\n"),
        ("key-value-list", b"Received-SPF: pass helo=x identity=helo\r\n"),
        ("key-value-list", b'Received-SPF: pass helo=x "y"; identity=helo\r\n'),
        ("quoted-string", b'Received-SPF: pass helo="x\r\n'),
        ("qtext", b'Received-SPF: pass helo="\x00"\r\n'),
        ("qtext", b'Received-SPF: pass helo="\xff"\r\n'),
        ("unquoted-value", b"Received-SPF: pass receiver=<UNKNOWN>\r\n"),
        ("unquoted-value", b"Received-SPF: pass envelope-from=a@b.test\r\n"),
        ("line-length", b"Received-SPF: pass (" + b"x" * 999 + b")\r\n"),
        ("CRLF", b"Received-SPF: pass\n"),
    ],
)
def test_a_departure_has_a_name(rule: str, field: bytes) -> None:
    assert rule in rules(field)


def test_what_stands_behind_a_wrong_pair_is_read() -> None:
    field = b'Received-SPF: Fail (x) receiver=<UNKNOWN>; ?"a;b"(c;d); identity=mailfrom client-ip=::1 helo=h\r\n'

    assert said(field).value.pairs == (
        ("receiver", b"<UNKNOWN>"),
        ("identity", b"mailfrom"),
        ("client-ip", b"::1"),
        ("helo", b"h"),
    )


@pytest.mark.parametrize(
    ("pairs", "identity"),
    [
        (b"identity=HELO; envelope-from=x", "helo"),
        (b"envelope-from=x; helo=y", "mailfrom"),
        (b"helo=y", ""),
        (b"identity=pra", "pra"),
    ],
)
def test_the_identity_of_a_field(pairs: bytes, identity: str) -> None:
    assert said(b"Received-SPF: none " + pairs + b"\r\n").value.identity == identity


PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).map(str.encode)
COMMENTS = st.recursive(
    st.from_regex(rb"[!-'*-\[\]-~ ]{0,12}", fullmatch=True),
    lambda inner: st.tuples(inner, inner).map(lambda two: two[0] + b"(" + two[1] + b")"),
    max_leaves=4,
)
FIELDS = st.builds(
    ReceivedSpf,
    st.sampled_from(RESULTS),
    st.none() | COMMENTS,
    st.lists(
        st.tuples(st.sampled_from(("client-ip", "helo", "problem", "x-a_b.c")), PRINTABLE)
        | st.tuples(st.just("identity"), st.sampled_from(IDENTITIES).map(str.encode)),
        max_size=5,
    ).map(tuple),
)


@given(FIELDS)
def test_what_is_written_is_read_back(field: ReceivedSpf) -> None:
    parsed = said(write(field))

    assert (parsed.value, parsed.violations) == (field, ())


OCTETS = st.lists(
    st.sampled_from([b"Received-SPF:", b"pass", b" ", b"(", b")", b'"', b"\\", b";", b"=", b"helo", b"a.b", b"\r\n", b"\n", b"\xff", b"\xc3\xa4", b"\0"]),
    max_size=25,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=60) | OCTETS | OCTETS.map(b"Received-SPF: pass ".__add__))
def test_no_octets_are_too_much(field: bytes) -> None:
    parsed = said(field)

    assert all(0 <= v.start <= v.end <= len(field) for v in parsed.violations)
    assert all(field[v.start : v.end].startswith(v.got) for v in parsed.violations)


@pytest.mark.parametrize(
    "piece", [b"(", b"()", b")", b'"', b"\\", b";", b"a=", b"a=b;", b"a ", b"\r\n ", b"x", b"=", b"\xff", b".-"]
)
def test_reading_takes_effort_in_proportion(piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(b"Received-SPF: pass " + piece * count + b"\r\n")
        return calls(lambda: read(Message(watched, 0))) + watched.copied

    assert effort(2000) < 3 * effort(1000) + 1000


# Fields of a header.

HEADER = b"A: 1\r\n two\r\nnonsense\r\nB : 3\n\r\nC: 4\r\n"


def test_a_header_is_cut_into_fields_with_offsets() -> None:
    fields = rfc5322.fields_of(HEADER)

    assert [(f.raw, f.start) for f in fields] == [(b"A: 1\r\n two\r\n", 0), (b"nonsense\r\n", 12), (b"B : 3\n", 22)]
    assert [rfc5322.name_of(f.raw) for f in fields] == [b"a", b"", b"b"]
    assert rfc5322.unfolded(fields[0].raw) == b"1 two"


@given(st.binary(max_size=60) | st.lists(st.sampled_from([b"A:", b" ", b"\r\n", b"\n", b"x"])).map(b"".join))
def test_fields_are_the_header_and_nothing_else(message: bytes) -> None:
    fields = rfc5322.fields_of(message)
    header = b"".join(field.raw for field in fields)

    assert message.startswith(header)
    assert header == message or message[len(header) :].startswith((b"\r\n", b"\n"))
    assert all(message[field.start :].startswith(field.raw) for field in fields)


@given(PRINTABLE)
def test_a_quoted_value_is_read_back(value: bytes) -> None:
    at = Scanner(rfc5322.quoted(value))

    assert (rfc5322.quoted_string(at), at.at, at.violations) == (value, at.end, [])
