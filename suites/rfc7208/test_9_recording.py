"""RFC 7208 section 9: the header fields in which results are recorded."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Query, Record, SpfDial, alter, result_of, verifies
from conformance.wire import received_spf, rfc5322, rfc8601
from conformance.wire.received_spf import RESULTS, ReceivedSpf
from conformance.wire.scanner import Message, Parsed

DOMAIN = "recorded.mailconform.example"
ZONE = {DOMAIN: (Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",)),)}
HELO = "client.mailconform.example"
OLDER = b"Received-SPF: fail (elsewhere.test: older) client-ip=203.0.113.9; helo=older.test;\r\n"
LINE = 998
WELL_FORMED = ("unquoted-value",)
"""Violations that the RFC's own examples have."""


def query(mail_from: str = f"user@{DOMAIN}", helo: str = HELO, headers: bytes = b"") -> Query:
    return Query(ip="192.0.2.1", helo=helo, mail_from=mail_from, headers=headers)


def field(spf: SpfDial, asked: Query) -> Parsed[ReceivedSpf]:
    """The Received-SPF field that a query leads to; NotSupported if there is another, or none."""
    said = spf.verdict(ZONE, asked)
    return read(said.raw)


def read(raw: bytes) -> Parsed[ReceivedSpf]:
    if not raw.lower().startswith(b"received-spf"):
        raise NotSupported("the result stands in no Received-SPF field")
    return received_spf.read(Message(raw, 0))


def wrong(parsed: Parsed[ReceivedSpf]) -> list[str]:
    return [violation.rule for violation in parsed.violations if violation.rule not in WELL_FORMED]


def names(spf: SpfDial, headers: bytes = b"") -> list[bytes]:
    """The names of the fields of a message that arrives with Received-SPF; NotSupported if none does."""
    message = spf.delivered(ZONE, query(headers=headers))
    found = [rfc5322.name_of(one.raw) for one in rfc5322.fields_of(message)]
    if found.count(b"received-spf") <= headers.count(b"Received-SPF:"):
        raise NotSupported("the message arrives without a Received-SPF field of the server's")
    return found


@verifies("RFC7208-9-01", refuted_by=alter(rb"(Received-SPF|Authentication-Results):", b"X-Seen:"))
@pytest.mark.parametrize("result", RESULTS)
def test_results_are_recorded(spf: SpfDial, result: str) -> None:
    """A message of each result that is taken has a field Received-SPF or Authentication-Results."""
    said = result_of(spf, result)
    if said.source not in ("received-spf", "authentication-results"):
        raise NotSupported(f"no header field is looked at: {said.source}")
    assert said.raw.lower().startswith((b"received-spf:", b"authentication-results:"))


@verifies("RFC7208-2.6-01", "RFC7208-9.1-04", refuted_by=alter(rb"^(Received-SPF): *\w+", rb"\1: maybe"))
@pytest.mark.parametrize("result", RESULTS)
def test_received_spf_is_as_the_grammar_says(spf: SpfDial, result: str) -> None:
    """The field of each result: result, comment, pairs of key and value; a value without quotation marks may pass.

    Values with colons and at signs stand without quotation marks in the RFC's own examples.
    """
    parsed = read(result_of(spf, result).raw)
    assert not wrong(parsed), parsed.violations


@verifies(
    "RFC7208-9.1-01", refuted_by=alter(rb"\A", b"Received: from a.test by b.test; Sat, 21 Nov 2026 12:00:00 +0000\r\n")
)
def test_received_spf_stands_above_received(spf: SpfDial) -> None:
    """A message that arrives has no Received field above the Received-SPF field."""
    found = names(spf)
    assert b"received" not in found[: found.index(b"received-spf")]


@verifies("RFC7208-9.1-02", refuted_by=alter(rb"\A", OLDER))
def test_received_spf_stands_above_any_other(spf: SpfDial) -> None:
    """A message that brings a Received-SPF field arrives with another one above it."""
    message = spf.delivered(ZONE, query(headers=OLDER))
    fields = [one.raw for one in rfc5322.fields_of(message) if rfc5322.name_of(one.raw) == b"received-spf"]
    ours = [rfc5322.unfolded(one) != rfc5322.unfolded(OLDER) for one in fields]
    if True not in ours:
        raise NotSupported("the message arrives without a Received-SPF field of the server's")
    assert ours[0]


@verifies("RFC7208-9.1-03", refuted_by=alter(rb"(client-ip|helo|envelope-from)\s*=", rb"x-\1="))
def test_received_spf_says_what_was_checked(spf: SpfDial) -> None:
    """The field has client-ip, helo and, if it is about MAIL FROM, envelope-from, with the values of the transaction."""
    said = field(spf, query()).value
    assert said.value("client-ip") == b"192.0.2.1"
    assert said.value("helo") == HELO.encode()
    assert said.identity == "helo" or said.value("envelope-from") == f"user@{DOMAIN}".encode()


@verifies("RFC7208-9.1-06", refuted_by=alter(rb"\([^()]*\)", b""))
def test_received_spf_has_a_comment(spf: SpfDial) -> None:
    """A comment stands behind the result."""
    assert field(spf, query()).value.comment


@verifies("RFC7208-9.1-05", refuted_by=alter(rb"\b(identity|client-ip|receiver)\s*=", rb"problem=forged; \1="))
@pytest.mark.parametrize(
    "local",
    [b'"a; problem=forged; b"', b'"a\\" problem=forged; x=\\"b"', b'"a) problem=forged (b"', b"a;problem=forged"],
)
def test_received_spf_holds_no_pair_of_the_senders(spf: SpfDial, local: bytes) -> None:
    """A local-part with quotation marks, semicolons and parentheses makes no pair problem=forged."""
    parsed = field(spf, query(f"{local.decode()}@{DOMAIN}"))
    assert parsed.value.value("problem") != b"forged"


@verifies("RFC7208-9.1-05", refuted_by=alter(rb"\A", b"Received-SPF: pass\0" + b"x" * LINE + b"\r\n"))
def test_received_spf_has_no_overlong_line(spf: SpfDial) -> None:
    """Names of the length that they may have: no line is longer than 998 octets, and no octet is a control character."""
    long = ".".join(["x" * 60] * 3)
    raw = field(spf, query(f"{'y' * 60}@{long}.{DOMAIN}", f"{long}.{HELO}")).message.raw
    assert max(map(len, raw.split(b"\r\n"))) <= LINE
    assert not set(raw) & {*range(9), 11, 12, *range(14, 32), 127}


@verifies("RFC7208-9.2-01", refuted_by=alter(rb"smtp\.(mailfrom|helo)", b"smtp.rcptto"))
@pytest.mark.parametrize("result", RESULTS)
def test_authentication_results_say_whose_result_it_is(spf: SpfDial, result: str) -> None:
    """The results of SPF in an Authentication-Results field have smtp.mailfrom or smtp.helo."""
    said = result_of(spf, result)
    if not said.raw.lower().startswith(b"authentication-results:"):
        raise NotSupported("the result stands in no Authentication-Results field")
    infos = rfc8601.read(Message(said.raw, 0)).value.of("spf")
    assert infos
    assert all(info.value("smtp", "mailfrom") is not None or info.value("smtp", "helo") is not None for info in infos)
