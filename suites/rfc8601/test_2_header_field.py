"""RFC 8601 section 2: the Authentication-Results header field, as a verifier of SPF writes it."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, Opinion, Query, Record, SpfDial, alter, result_of, verifies
from conformance.wire import rfc8601
from conformance.wire.rfc8601 import METHODS, AuthenticationResults
from conformance.wire.scanner import Message, Parsed

RESULTS = tuple(sorted(METHODS["spf"] - {"policy"}))
PTYPES = {"smtp", "header", "body", "policy"}
REGISTERED = {*METHODS, "arc", "dkim-adsp", "dkim-atps", "dnswl", "domainkeys", "rrvs", "sender-id", "smime", "vbr"}
"""Methods of the register (RFC 8601 section 6.2 and later entries)."""
ADDRESS = re.compile(rb'(?:(?:[^\s@"<>]+|"(?:[^"\\]|\\.)*")?@)?[^\s@"<>]+')


def read(said: Opinion) -> Parsed[AuthenticationResults]:
    """The field from which an opinion was read; NotSupported if it is no Authentication-Results."""
    if not said.raw.lower().startswith(b"authentication-results"):
        raise NotSupported("the result stands in no Authentication-Results field")
    return rfc8601.read(Message(said.raw, 0))


@verifies("RFC8601-2.2-01", refuted_by=alter(rb";.*?=", b"; spf is "))
@pytest.mark.parametrize("result", RESULTS)
def test_the_field_is_as_the_grammar_says(spf: SpfDial, result: str) -> None:
    """The field of each result."""
    parsed = read(result_of(spf, result))
    assert not parsed.violations, parsed.violations


@verifies("RFC8601-2.2-02", refuted_by=alter(rb"smtp\.mailfrom=\S+", b'smtp.mailfrom="<>"'))
@pytest.mark.parametrize("local", ["user", '"a b"', '"a;b"'])
def test_values_that_are_addresses_are_written_so(spf: SpfDial, local: str) -> None:
    """The value of smtp.mailfrom, if there is one, is an address or a domain, and no other text."""
    domain = "addresses.mailconform.example"
    zone = {domain: (Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",)),)}
    said = spf.verdict(zone, Query(ip="192.0.2.1", helo=f"client.{domain}", mail_from=f"{local}@{domain}"))
    values = [info.value("smtp", "mailfrom") for info in read(said).value.of("spf")]
    assert all(value is None or ADDRESS.fullmatch(value) for value in values), values


@verifies("RFC8601-2.2-03", refuted_by=alter(rb"smtp\.\w+=", b"smtp.mail-from="))
@pytest.mark.parametrize("result", RESULTS)
def test_properties_of_smtp_are_commands(spf: SpfDial, result: str) -> None:
    """The properties of SPF with ptype smtp are mailfrom and helo."""
    infos = read(result_of(spf, result)).value.of("spf")
    assert {p.name for info in infos for p in info.properties if p.ptype == "smtp"} <= {"mailfrom", "helo"}


@verifies("RFC8601-2.3-01", refuted_by=alter(rb"smtp\.", b"envelope."))
@pytest.mark.parametrize("result", RESULTS)
def test_ptypes_are_registered(spf: SpfDial, result: str) -> None:
    """The field of each result has no ptype but smtp, header, body and policy."""
    said = read(result_of(spf, result)).value
    assert {p.ptype for info in said.results for p in info.properties} <= PTYPES


@verifies("RFC8601-2.5-01", refuted_by=alter(rb"^(Authentication-Results:)(?=.*spf=pass)", rb"\1 x"))
def test_the_authserv_id_is_always_the_same(spf: SpfDial) -> None:
    """Messages with a pass and a fail have the same authserv-id."""
    assert len({read(result_of(spf, result)).value.authserv_id for result in ("pass", "fail")}) == 1


@verifies("RFC8601-2.7.2-01", refuted_by=alter(rb"spf=\w+", b"spf=maybe"))
@pytest.mark.parametrize("result", RESULTS)
def test_results_of_spf_are_registered(spf: SpfDial, result: str) -> None:
    """The field of each result has a word of the register."""
    assert {info.result for info in read(result_of(spf, result)).value.of("spf")} <= METHODS["spf"]


@verifies("RFC8601-2.7.7-01", refuted_by=alter(rb"spf=", b"openspf="))
@pytest.mark.parametrize("result", RESULTS)
def test_methods_are_registered(spf: SpfDial, result: str) -> None:
    """The field of each result has methods of the register, or experimental ones, whose names begin with x-."""
    methods = {info.method for info in read(result_of(spf, result)).value.results}
    assert {method for method in methods if not method.startswith("x-")} <= REGISTERED
