"""Trace fields are read as RFC 5321 section 4.4 defines them: what is legal has no violations, what is not has the right ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models.trace import (
    PROTOCOLS,
    added,
    fields,
    named,
    read_received,
    read_return_path,
    without_comments,
)

DATE = b"Sun, 29 Nov 2026 01:02:03 +0000"
PLAIN = b"Received: from a.example ([192.0.2.1]) by b.example with ESMTP id x1; " + DATE + b"\r\n"


def rules(field: bytes) -> list[str]:
    return [violation.rule for violation in read_received(field).violations]


@pytest.mark.parametrize(
    "stamp",
    [
        b"from a.example (unknown [127.0.0.1])\r\n\tby b.example (Postfix) with ESMTP id 5B2C3124\r\n\tfor <u@b.example>; %b (UTC)",
        b"FROM a BY b; %b",
        b"from [127.0.0.1] ([127.0.0.1]) by [IPv6:::1] ([IPv6:::1]); %b",
        b"from a.example ([127.0.0.1] helo=x) by b.example with esmtp (Exim 4.96)\r\n (envelope-from <s@a.example>) id 1rA-0-x for u@b.example; %b",
        b"from a.example (using TLSv1.3 with cipher X (256/256 bits)\r\n (by comment; of client)) by b.example; %b",
        b"from a.example by b.example via TCP with SMTP id <x@y.example> for <@r:u@b.example>\r\n (more); %b (a (nested) \\) one)",
        b"from a.example by b.example with ESMTPS tls TLS_AES_256_GCM_SHA384 group x25519; %b",
        b'from a.example by b.example for <"a b>"@b.example>; %b',
        b"from a.example by b.example ;\r\n %b",
    ],
)
def test_what_is_legal_has_no_violation(stamp: bytes) -> None:
    assert rules(b"Received: " + stamp % DATE + b"\r\n") == []


@pytest.mark.parametrize(
    "date", [b"29 Nov 2026 01:02 -0800", b"Sun,  9 Nov 2025 01:02:60 +0000", b"1 jan 2026 00:00:00 -0000 (GMT)"]
)
def test_dates_that_are_legal(date: bytes) -> None:
    assert rules(PLAIN.replace(DATE, date)) == []


@pytest.mark.parametrize(
    ("stamp", "rule"),
    [
        (b"by b.example; %b", "From-domain"),
        (b"from a.example; %b", "By-domain"),
        (b"from a.example by ; %b", "By-domain"),
        (b"from [127.0.0.1] (helo=x) by b.example; %b", "Extended-Domain"),
        (b"from a.example by b.example id x with SMTP; %b", "Opt-info"),
        (b"from a.example by b.example with SMTP with SMTP; %b", "Opt-info"),
        (b"from a.example by b.example for <a@b>,<c@d>; %b", "Stamp"),
        (b"from a.example by b.example for nobody; %b", "For"),
        (b"from a.example by b.example with SMTP %b", "FWS"),
        (b"from a.example (open by b.example; %b", "comment"),
        (b"from a.example by b.example with; %b", "FWS"),
        (b"from a.example by b.example;%b", "Stamp"),
    ],
)
def test_what_is_not_legal_is_named(stamp: bytes, rule: str) -> None:
    assert rule in rules(b"Received: " + stamp % DATE + b"\r\n")


@pytest.mark.parametrize(
    "date",
    [
        b"Sun, 29 Nov 26 01:02:03 +0000",
        b"Sun, 29 Nov 2026 01:02:03 GMT",
        b"Sun, 29 Nov 2026 01:02:03",
        b"Mon, 29 Nov 2026 01:02:03 +0000",
        b"31 Feb 2026 01:02:03 +0000",
        b"2026-11-29 01:02:03 +0000",
        b"",
    ],
)
def test_dates_that_are_not_legal(date: bytes) -> None:
    assert rules(PLAIN.replace(DATE, date)) == ["date-time"]


def test_clauses_and_date_are_given() -> None:
    read = read_received(PLAIN.replace(b" id", b" (c)\r\n\tid"))

    assert read.clauses == ((b"from", b"a.example"), (b"by", b"b.example"), (b"with", b"ESMTP"), (b"id", b"x1"))
    assert (read.value(b"with"), read.value(b"for"), read.date) == (b"ESMTP", None, DATE)
    assert read.source == b" from a.example ([192.0.2.1]) "
    assert read_received(b"Received: from a; x\r\n").wrong("By-domain")[0].expected == "by and a domain"


@pytest.mark.parametrize(
    ("field", "path", "right"),
    [
        (b"Return-Path: <a@b.example>\r\n", b"a@b.example", True),
        (b"return-path:\r\n <>\r\n", b"", True),
        (b"Return-Path: a@b.example\r\n", None, False),
        (b"Return-Path:<a@b.example>\r\n", b"a@b.example", False),
        (b"Return-Path: <a@b.example> x\r\n", b"a@b.example", False),
    ],
)
def test_return_path(field: bytes, path: bytes | None, right: bool) -> None:
    read, violations = read_return_path(field)

    assert (read, not violations) == (path, right)


def test_fields_keep_their_folds_and_end_with_the_header() -> None:
    message = b"A: 1\r\n 2\r\nB: 3\r\n\r\nC: 4\r\n"

    assert fields(message) == [b"A: 1\r\n 2\r\n", b"B: 3\r\n"]
    assert fields(b"\r\nC: 4\r\n") == []
    assert named(b"b", fields(message)) == [b"B: 3\r\n"]
    assert added(b"X: 0\r\n" + message, message) == [b"X: 0\r\n"]


def test_registered_protocols() -> None:
    assert {b"SMTP", b"ESMTP", b"ESMTPSA", b"LMTPS", b"UTF8SMTP", b"UTF8LMTPSA"} <= PROTOCOLS
    assert not {b"SMTPS", b"SMTPA", b"UTF8ESMTP"} & PROTOCOLS


@given(st.binary(max_size=60), st.integers(0, len(PLAIN)))
def test_reading_never_raises(junk: bytes, place: int) -> None:
    read_received(PLAIN[:place] + junk + PLAIN[place:])
    read_return_path(junk)
    fields(junk)


@given(st.lists(st.sampled_from((b"(", b")", b"a", b" ", b"\\")), max_size=30).map(b"".join))
def test_a_comment_anywhere_changes_no_clause(junk: bytes) -> None:
    inside = junk.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    read = read_received(PLAIN.replace(b" by ", b" (%b) by " % inside))

    assert read.violations == ()
    assert read.clauses == read_received(PLAIN).clauses
    assert without_comments(b"x(%b)y" % inside) == b"xy"
