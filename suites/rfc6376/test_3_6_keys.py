"""RFC 6376 sections 3.6 and 6.1.2: key records, and names that have none."""

from __future__ import annotations

import pytest

from conformance import DkimDial, Signature, fails, misjudge, passes, signed, verifies
from conformance.dial_dkim import DOMAIN
from conformance.vectors import Trouble


@verifies("RFC6376-3.6.1-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("key", ["p={p}", "v=DKIM1; p={p}", "v = DKIM1 ; p = {p} ;", "p={p}; k=rsa"])
def test_a_key_record_needs_no_more_than_the_key(dkim: DkimDial, key: str) -> None:
    """A signature by the key of such a record passes."""
    passes(dkim, Signature(key=key))


@verifies("RFC6376-3.6.1-02", "RFC6376-6.1.2-05", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("version", ["DKIM2", "DKIM1.0", "dkim1", ""], ids=lambda word: word or "empty")
def test_a_key_of_another_version_is_discarded(dkim: DkimDial, version: str) -> None:
    """The key record begins with another v=: the signature does not pass."""
    fails(dkim, Signature(key=f"v={version}; k=rsa; p={{p}}"))


@verifies("RFC6376-6.1.2-04", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("key", ["v=DKIM1; k=rsa", "v=DKIM1; p", "nonsense", "v=DKIM1; p=!!!!", "p={p}; p={p}"])
def test_a_key_record_that_is_malformed_is_ignored(dkim: DkimDial, key: str) -> None:
    """The key record has no p=, no list of tags, no base64 or a tag twice: the signature does not pass."""
    fails(dkim, Signature(key=key))


@verifies("RFC6376-6.1.2-07", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("key", ["v=DKIM1; p=", "v=DKIM1; k=rsa; p= ;"])
def test_a_key_that_is_revoked_verifies_nothing(dkim: DkimDial, key: str) -> None:
    """The key record has an empty p=: the signature does not pass."""
    fails(dkim, Signature(key=key))


@verifies("RFC6376-3.6.1-04", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("names", ["sha256", "sha1:sha256", "sha1 : sha256", "md5-foo:sha256"])
def test_hash_algorithms_of_a_key_that_are_unknown_are_ignored(dkim: DkimDial, names: str) -> None:
    """The key record has sha256 among others in h=: the signature passes."""
    passes(dkim, Signature(key=f"v=DKIM1; h={names}; p={{p}}"))


@verifies("RFC6376-6.1.2-06", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("names", ["sha1", "sha512"])
def test_a_hash_algorithm_that_the_key_does_not_name_is_not_taken(dkim: DkimDial, names: str) -> None:
    """The key record has no sha256 in h=: a signature by rsa-sha256 does not pass."""
    fails(dkim, Signature(key=f"v=DKIM1; h={names}; p={{p}}"))


@verifies("RFC6376-3.6.1-05", "RFC6376-6.1.2-08", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("kind", ["foo", "ed25519"])
def test_a_key_of_another_type_is_ignored(dkim: DkimDial, kind: str) -> None:
    """The key record has a k= that is unknown, or another one than a=: the signature does not pass."""
    fails(dkim, Signature(key=f"v=DKIM1; k={kind}; p={{p}}"))


@verifies("RFC6376-3.6.1-06", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("service", ["tlsrpt", "foo:bar"])
def test_a_key_for_other_services_is_ignored(dkim: DkimDial, service: str) -> None:
    """The key record has neither email nor * in s=: the signature does not pass."""
    fails(dkim, Signature(key=f"v=DKIM1; s={service}; p={{p}}"))


@verifies("RFC6376-3.6.1-07", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("service", ["email", "*", "foo:email", "foo : *"])
def test_services_that_are_unknown_are_ignored(dkim: DkimDial, service: str) -> None:
    """The key record has email or * in s=, and others: the signature passes."""
    passes(dkim, Signature(key=f"v=DKIM1; s={service}; p={{p}}"))


@verifies("RFC6376-3.6.1-08", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("flags", ["s", "y:s", "foo : s"])
def test_a_strict_key_has_no_identities_below_its_domain(dkim: DkimDial, flags: str) -> None:
    """The key record has s in t=, and i= is below d=: the signature does not pass."""
    fails(dkim, Signature(tags={"i": f"@sub.{DOMAIN}"}, key=f"v=DKIM1; t={flags}; p={{p}}"))


@verifies("RFC6376-6.1.1-06", refuted_by=misjudge("fail"))
def test_the_identity_that_is_left_out_is_the_domain(dkim: DkimDial) -> None:
    """The key record has s in t=, and the signature no i=: it passes."""
    passes(dkim, Signature(key="v=DKIM1; t=s; p={p}"))


@verifies("RFC6376-3.6.1-09", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("more", ["t=foo", "t=foo:s", "z9=foo", "n=a=20note", "g=other"])
def test_what_is_unknown_in_a_key_record_is_ignored(dkim: DkimDial, more: str) -> None:
    """The key record has flags or tags that nobody knows: the signature passes."""
    passes(dkim, Signature(key=f"v=DKIM1; {more}; p={{p}}"))


@verifies("RFC6376-3.6.2.2-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("octets", [5, 100])
def test_the_strings_of_a_key_record_are_joined(dkim: DkimDial, octets: int) -> None:
    """The key record consists of strings of so many octets: the signature passes."""
    passes(dkim, Signature(strings=octets))


@verifies("RFC6376-6.1.2-03", refuted_by=misjudge("temperror"))
def test_a_key_that_does_not_exist_is_a_permanent_failure(dkim: DkimDial) -> None:
    """There is no key record: the result is neither a pass nor a temporary error."""
    assert dkim.verdict(*signed(Signature(key=None))).result in ("fail", "none", "neutral", "permerror", "policy")


@verifies("RFC6376-6.1.2-01", refuted_by=misjudge("pass"))
def test_a_key_that_was_not_had_verifies_nothing(dkim: DkimDial) -> None:
    """The name server fails: the signature does not pass."""
    fails(dkim, Signature(key=Trouble.SERVFAIL))
