"""RFC 4954 sections 3 and 6: what EHLO says of AUTH."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, SmtpDial, rewrite, say, verifies

MECHANISM = re.compile(r"[A-Za-z0-9_-]{1,20}")  # RFC 4422 section 3.1; it writes them in upper case
REFUSED_FOR_CLEAR = (504, 530, 538)


@verifies(
    "RFC4954-3-01", refuted_by=rewrite(rb"^(250.)AUTH .*", rb"\1AUTH a_name_longer_than_20_characters", of=rb"EHLO .*")
)
def test_auth_is_followed_by_the_names_of_mechanisms(dial: SmtpDial) -> None:
    """EHLO: behind AUTH stands at least one name, and each is one of SASL."""
    listed = dial.offering().keywords.get("AUTH", ())
    assert listed
    assert [name for name in listed if not MECHANISM.fullmatch(name)] == []


@verifies("RFC4954-6-08", refuted_by=say(b"538 5.7.11 Encryption required\r\n", of=rb"AUTH .*"))
@pytest.mark.parametrize("scheme", ["smtp", "submission"])
def test_no_mechanism_is_listed_that_is_refused_for_want_of_encryption(dial: SmtpDial, scheme: str) -> None:
    """AUTH with each mechanism that EHLO lists in clear, then "*": none is answered 504, 530 or 538."""
    session = dial.before_tls(scheme)
    listed = session.keywords.get("AUTH", ())
    if not listed:
        raise NotSupported(f"EHLO lists no AUTH in clear at {scheme}://")
    wrong = []
    for mechanism in listed:
        said = session.auth(mechanism)
        wrong += [mechanism] if said.code in REFUSED_FOR_CLEAR or said.enhanced == b"5.7.11" else []
        if said.code == 334:
            session.respond(b"*")
    assert wrong == []
