"""The Authentication-Results field: the RFC's examples, fields as verifiers write them, and wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.rfc8601 import METHODS, AuthenticationResults, Property, ResInfo, read, write
from conformance.wire.scanner import Message, Parsed
from tests.wire.effort import Copied, calls
from tests.wire.test_received_spf import COMMENTS, PRINTABLE

NAME = b"Authentication-Results: "


def said(payload: bytes) -> Parsed[AuthenticationResults]:
    return read(Message(NAME + payload + b"\r\n", 0))


def test_a_field_that_says_nothing_was_looked_at() -> None:
    """RFC 8601 appendix B.2."""
    parsed = said(b"example.org 1; none")

    assert (parsed.value, parsed.violations) == (AuthenticationResults(b"example.org", 1, ()), ())


def test_a_field_with_several_methods() -> None:
    """Made in the manner of RFC 8601 appendix B.4."""
    parsed = said(
        b"example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        b"          spf=pass smtp.mailfrom=example.net;\r\n"
        b'          dkim=fail reason="bad signature; \\"b\\" differs"\r\n           header.i=@mail-router.example.net'
    )

    assert parsed.violations == ()
    assert parsed.value.results == (
        ResInfo(
            "auth", "pass", properties=(Property("smtp", "auth", b"sender@example.net"),), comments=(b"cram-md5",)
        ),
        ResInfo("spf", "pass", properties=(Property("smtp", "mailfrom", b"example.net"),)),
        ResInfo(
            "dkim", "fail", reason=b'bad signature; "b" differs',
            properties=(Property("header", "i", b"@mail-router.example.net"),),
        ),
    )  # fmt: skip
    (spf,) = parsed.value.of("spf")
    assert (spf.value("smtp", "mailfrom"), spf.value("smtp", "helo")) == (b"example.net", None)


def test_comments_may_stand_nearly_everywhere() -> None:
    """As RFC 8601 appendix B.7 shows."""
    parsed = said(
        b"mx.example.net (a) 1 (b);\r\n"
        b"    dkim (c) / 1 (d) = (e) fail\r\n"
        b"      policy (f) . (g) expired\r\n"
        b"      (h) = (i) 1362471462"
    )

    assert parsed.violations == ()
    (info,) = parsed.value.results
    assert (info.method, info.version, info.result) == ("dkim", 1, "fail")
    assert info.properties == (Property("policy", "expired", b"1362471462"),)
    assert info.comments == (b"c", b"d", b"e", b"f", b"g", b"h", b"i")


def test_a_method_of_another_version_is_not_looked_at() -> None:
    parsed = said(b"x; spf/2=pass; SPF = Fail")

    assert parsed.value.of("spf") == (ResInfo("spf", "fail"),)


@pytest.mark.parametrize(
    "payload",
    [
        b"x;spf=none",
        b'"a b"; none',
        b"x; (why) none (so)",
        b"x; foo=bar bar.baz=blob (2 of 3 tests OK)",
        b"x; none=pass",
        b'x; spf=pass smtp.mailfrom="a b"@example.net',
        b"x; spf=pass smtp.mailfrom=gr\xc3\xb6\xc3\x9fe@b\xc3\xbccher.test",
        b"x; iprev=permerror policy.iprev=192.0.2.1; dmarc=none header.from=a.b",
    ],
)
def test_right_fields_have_no_violations(payload: bytes) -> None:
    assert said(payload).violations == ()


@pytest.mark.parametrize(
    ("rule", "payload"),
    [
        ("authserv-id", b""),
        ("authserv-id", b"; spf=pass"),
        ("resinfo", b"x"),
        ("resinfo", b"x 1 y; spf=pass"),
        ("resinfo", b"spf=pass smtp.mailfrom=x"),
        ("resinfo", b"x; none y"),
        ("no-result", b"x; none; spf=pass"),
        ("method", b"x; =pass"),
        ("method", b"x; spf=pass;"),
        ("method", b"x; -"),
        ("method-version", b"x; spf/=pass"),
        ("methodspec", b"x; spf"),
        ("methodspec", b"x; spf pass"),
        ("result", b"x; spf="),
        ("registered-result", b"x; spf=hardfail"),
        ("registered-result", b"x; iprev=none"),
        ("registered-result", b"x; dmarc=policy"),
        ("reasonspec", b"x; spf=pass reason=a reason=b"),
        ("reasonspec", b"x; spf=pass smtp.helo=a reason=b"),
        ("reasonspec", b"x; spf=pass reason="),
        ("propspec", b"x; spf=pass smtp"),
        ("propspec", b"x; spf=pass because"),
        ("propspec", b"x; spf=pass smtp.helo"),
        ("property", b"x; spf=pass smtp.=a"),
        ("pvalue", b"x; spf=pass smtp.mailfrom="),
        ("pvalue", b"x; spf=pass smtp.mailfrom=<>"),
        ("pvalue", b"x; spf=pass smtp.mailfrom=a@@b.test"),
        ("pvalue", b"x; spf=pass smtp.mailfrom=\xff@b.test"),
        ("pvalue", b'x; spf=pass smtp.mailfrom="a"@'),
        ("pvalue", b"x; spf=pass smtp.remote-ip=2001:db8::1"),
        ("comment", b"x; spf=pass (a"),
        ("line-length", b"x; spf=pass (" + b"a" * 1000 + b")"),
    ],
)
def test_a_departure_has_a_name(rule: str, payload: bytes) -> None:
    assert rule in {violation.rule for violation in said(payload).violations}


def test_what_stands_behind_a_wrong_result_is_read() -> None:
    parsed = said(b'x; spf pass "a;b" (c;d); dkim=pass because; dmarc=pass header.from=a.b')

    assert [(info.method, info.result) for info in parsed.value.results] == [("dkim", "pass"), ("dmarc", "pass")]


INFOS = st.sampled_from(sorted(METHODS)).flatmap(
    lambda method: st.builds(
        ResInfo,
        st.just(method),
        st.sampled_from(sorted(METHODS[method])),
        st.integers(1, 99),
        st.none() | PRINTABLE,
        st.lists(
            st.builds(
                Property,
                st.sampled_from(("smtp", "header", "policy")),
                st.sampled_from(("mailfrom", "d", "x-1")),
                PRINTABLE,
            ),
            max_size=3,
        ).map(tuple),
        st.lists(COMMENTS, max_size=2).map(tuple),
    )
)


@given(st.builds(AuthenticationResults, PRINTABLE, st.integers(1, 99), st.lists(INFOS, max_size=3).map(tuple)))
def test_what_is_written_is_read_back(field: AuthenticationResults) -> None:
    parsed = read(Message(write(field), 0))

    assert (parsed.value, parsed.violations) == (field, ())


OCTETS = st.lists(
    st.sampled_from([b"x", b"none", b"spf", b"pass", b"reason", b" ", b"(", b")", b'"', b"\\", b";", b"=", b".", b"/", b"@", b"1", b"\r\n ", b"\xff"]),
    max_size=25,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=60) | OCTETS | OCTETS.map(b"x; spf=pass ".__add__))
def test_no_octets_are_too_much(payload: bytes) -> None:
    parsed = said(payload)

    assert all(0 <= v.start <= v.end <= len(parsed.message.raw) for v in parsed.violations)
    assert all(parsed.message.raw[v.start : v.end].startswith(v.got) for v in parsed.violations)


@pytest.mark.parametrize(
    "piece", [b"(", b"()", b'"', b";", b"; a=b", b"; none", b" a.b=c", b"-", b"a", b"a.", b"@", b"\r\n ", b"\xff", b"1"]
)
@pytest.mark.parametrize("head", [b"", b"x", b"x; spf=pass ", b"x; spf=pass smtp.helo="])
def test_reading_takes_effort_in_proportion(head: bytes, piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(NAME + head + piece * count + b"\r\n")
        return calls(lambda: read(Message(watched, 0))) + watched.copied

    assert effort(2000) < 3 * effort(1000) + 1000
