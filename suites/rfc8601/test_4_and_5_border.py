"""RFC 8601 sections 4 and 5: where the field stands, and what becomes of fields that a message brings."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, Query, Record, SpfDial, alter, result_of, verifies
from conformance.wire import rfc5322, rfc8601
from conformance.wire.scanner import Message

NAME = b"authentication-results"
DOMAIN = "border.mailconform.example"
ZONE = {DOMAIN: (Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",)),)}
FOREIGN = (
    b"Authentication-Results: one.elsewhere.test; spf=fail smtp.mailfrom=other.test\r\n",
    b"Authentication-Results: two.elsewhere.test; dkim=pass header.d=other.test\r\n",
)
RECEIVED = b"Received: from a.test by b.test; Sat, 21 Nov 2026 12:00:00 +0000\r\n"
FORGED = b"forged.mailconform.example"


def own_id(spf: SpfDial) -> bytes:
    """The authserv-id of the server; NotSupported if its results stand in no Authentication-Results field."""
    with spf.dialler.straight():
        said = result_of(spf, "pass")
    if not said.raw.lower().startswith(NAME):
        raise NotSupported("the result stands in no Authentication-Results field")
    return rfc8601.read(Message(said.raw, 0)).value.authserv_id


def fields(spf: SpfDial, headers: bytes = b"") -> list[bytes]:
    """The header fields, each on one line, of a message that arrives with these of its own; the server writes such a field."""
    own_id(spf)
    message = spf.delivered(
        ZONE, Query(ip="192.0.2.1", helo=f"a.{DOMAIN}", mail_from=f"user@{DOMAIN}", headers=headers)
    )
    return [on_one_line(one.raw) for one in rfc5322.fields_of(message)]


def on_one_line(raw: bytes) -> bytes:
    return re.sub(rb"\s+", b" ", raw).strip()


def named(found: list[bytes]) -> list[bytes]:
    return [one for one in found if rfc5322.name_of(one) == NAME]


@verifies("RFC8601-4-01", refuted_by=alter(rb"one\.elsewhere\.test;", b"one.elsewhere.test; spf=pass;"))
def test_no_result_is_added_to_a_field_that_is_there(spf: SpfDial) -> None:
    """A field of a foreign authserv-id arrives as it was, or not at all."""
    there = [one for one in named(fields(spf, FOREIGN[0])) if b"one.elsewhere.test" in one]
    assert there in ([], [on_one_line(FOREIGN[0])])


@verifies("RFC8601-4-02", refuted_by=alter(rb"\A", FOREIGN[0]))
def test_the_field_stands_above_those_that_are_there(spf: SpfDial) -> None:
    """A message brings fields of foreign authserv-ids: the server's own stands above them."""
    found = named(fields(spf, b"".join(FOREIGN)))
    assert found
    assert b"elsewhere.test" not in found[0]


@verifies("RFC8601-4-03", refuted_by=alter(rb"\A", RECEIVED))
def test_the_field_stands_above_received(spf: SpfDial) -> None:
    """A message arrives with no Received field above the server's Authentication-Results field."""
    names = [rfc5322.name_of(one) for one in fields(spf)]
    assert b"received" not in names[: names.index(NAME)]


@verifies(
    "RFC8601-4-06", refuted_by=alter(rb"(smtp\.(?:mailfrom|helo)=)", rb"smtp.helo=a.test smtp.mailfrom=b.test \1")
)
def test_one_identity_is_named_in_a_result(spf: SpfDial) -> None:
    """A result of SPF has smtp.mailfrom or smtp.helo, not both."""
    for one in named(fields(spf)):
        for info in rfc8601.read(Message(one + b"\r\n", 0)).value.of("spf"):
            assert {p.name for p in info.properties} & {"mailfrom", "helo"} != {"mailfrom", "helo"}


@verifies("RFC8601-4.1-01", refuted_by=alter(rb"one(.elsewhere.*)two(?=.elsewhere)", rb"two\1one"))
def test_fields_that_are_there_keep_their_order(spf: SpfDial) -> None:
    """Two fields of foreign authserv-ids arrive in their order, as far as they arrive."""
    there = [one for one in named(fields(spf, b"".join(FOREIGN))) if b"elsewhere.test" in one]
    assert there == [one for one in map(on_one_line, FOREIGN) if one in there]


@verifies(
    "RFC8601-5-01",
    refuted_by=alter(rb"\A", b"Authentication-Results: mail.test; dkim=pass header.d=" + FORGED + b"\r\n"),
)
def test_a_field_with_the_own_authserv_id_is_removed(spf: SpfDial) -> None:
    """A message brings a field with the server's authserv-id: it does not arrive under this name."""
    forged = b"Authentication-Results: " + own_id(spf) + b"; dkim=pass header.d=" + FORGED + b"\r\n"
    assert not [one for one in named(fields(spf, forged)) if FORGED in one]


@verifies(
    "RFC8601-5-02",
    refuted_by=alter(rb"\A", b"Authentication-Results: mail.test; dkim=pass header.d=" + FORGED + b"\r\n"),
)
@pytest.mark.parametrize(
    "form",
    ["upper", "quoted", "commented", "folded", "version", "capitals"],
)
def test_the_own_authserv_id_is_recognized_in_any_form(spf: SpfDial, form: str) -> None:
    """A message brings a field with the server's authserv-id in another form: it does not arrive under this name."""
    own = own_id(spf)
    written = {
        "upper": own.upper(),
        "quoted": b'"' + own + b'"',
        "commented": b"(here) " + own + b" (or there)",
        "folded": b"\r\n " + own,
        "version": own + b" 1",
        "capitals": own,
    }[form]
    name = b"AUTHENTICATION-RESULTS" if form == "capitals" else b"Authentication-Results"
    forged = name + b": " + written + b"; dkim=pass header.d=" + FORGED + b"\r\n"
    assert not [one for one in named(fields(spf, forged)) if FORGED in one]


@verifies(
    "RFC8601-5-03",
    refuted_by=alter(rb"\A", b"Authentication-Results: a.test 99; dkim=pass header.d=" + FORGED + b"\r\n"),
)
@pytest.mark.parametrize("whose", ["own", "foreign"])
def test_a_field_of_another_version_is_removed(spf: SpfDial, whose: str) -> None:
    """A message brings a field of version 99: it does not arrive under this name."""
    author = own_id(spf) if whose == "own" else b"one.elsewhere.test"
    forged = b"Authentication-Results: " + author + b" 99; dkim=pass header.d=" + FORGED + b"\r\n"
    assert not [one for one in named(fields(spf, forged)) if FORGED in one]


@verifies("RFC8601-5-04", refuted_by=alter(rb"one\.elsewhere\.test", b"mail.test"))
def test_a_field_of_a_foreign_authserv_id_is_not_made_an_own_one(spf: SpfDial) -> None:
    """A field of a foreign authserv-id arrives as it was, or is gone: no field says the same under the server's name."""
    found = named(fields(spf, FOREIGN[0]))
    assert all(b"one.elsewhere.test" in one for one in found if b"other.test" in one)
