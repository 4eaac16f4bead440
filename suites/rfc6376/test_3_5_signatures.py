"""RFC 6376 sections 3.3 and 3.5: the tags of a signature."""

from __future__ import annotations

import time

import pytest

from conformance import DkimDial, Signature, fails, misjudge, passes, replacing, verifies
from conformance.dial_dkim import DOMAIN
from conformance.wire.dkim import SIGNED, body_hash

HOUR = 3600
DAY = 24 * HOUR


def after(seconds: int) -> str:
    """A time so many seconds from now, as t= and x= have it."""
    return str(int(time.time()) + seconds)


@verifies("RFC6376-3.3-01", refuted_by=misjudge("fail"))
def test_rsa_sha256_is_verified(dkim: DkimDial) -> None:
    """A plain message that is signed by rsa-sha256 passes."""
    passes(dkim, Signature())


@verifies("RFC6376-3.3.3-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("bits", [1024, 1536, 2048])
def test_keys_up_to_2048_bits_are_taken(dkim: DkimDial, bits: int) -> None:
    """A signature by a key of this size passes."""
    passes(dkim, Signature(bits=bits))


@verifies("RFC6376-3.3.4-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("algorithm", ["rsa-sha999", "foo-sha256", "rsa", ""], ids=lambda word: word or "empty")
def test_algorithms_that_are_unknown_are_ignored(dkim: DkimDial, algorithm: str) -> None:
    """A signature that is called so does not pass, though it is one by rsa-sha256."""
    fails(dkim, Signature(tags={"a": algorithm}))


@verifies("RFC6376-3.5-02", refuted_by=misjudge("fail"))
def test_white_space_in_the_hash_is_ignored(dkim: DkimDial) -> None:
    """A signature with a fold in bh= passes; that in b= is always folded."""
    hashed = body_hash(b"Hello.\r\n", "relaxed")
    passes(dkim, Signature(tags={"bh": f"{hashed[:10]}\r\n\t{hashed[10:30]} {hashed[30:]}"}))


@verifies("RFC6376-3.5-03", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("names", [SIGNED.upper(), SIGNED.replace(":", " : "), SIGNED.replace(":", "\r\n :\t")])
def test_names_in_h_have_any_case_and_white_space_around(dkim: DkimDial, names: str) -> None:
    """A signature with such an h= passes."""
    passes(dkim, Signature(tags={"h": names}))


@verifies("RFC6376-3.5-04", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("names", [f"{SIGNED}:x-absent", f"x-absent:{SIGNED}:reply-to"])
def test_fields_that_are_not_there_count_nothing(dkim: DkimDial, names: str) -> None:
    """A signature over fields that the message has not passes."""
    passes(dkim, Signature(tags={"h": names}))


@verifies("RFC6376-3.5-05", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("identity", [f"@{DOMAIN}", f"user@{DOMAIN}", f"@sub.{DOMAIN}", f"a=20b@a.b.{DOMAIN}"])
def test_the_identity_may_be_of_the_domain_or_below(dkim: DkimDial, identity: str) -> None:
    """A signature with such an i= passes."""
    passes(dkim, Signature(tags={"i": identity}))


@verifies("RFC6376-3.5-06", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("more", [1, 1000])
def test_more_octets_than_the_body_has_are_not_signed(dkim: DkimDial, more: int) -> None:
    """A signature whose l= is larger than the body does not pass."""
    fails(dkim, Signature(tags={"l": str(len(b"Hello.\r\n") + more)}))


@verifies("RFC6376-3.5-07", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("length", ["8", "0008"])
def test_the_length_of_the_body_is_taken(dkim: DkimDial, length: str) -> None:
    """A signature whose l= is all of the body passes."""
    passes(dkim, Signature(tags={"l": length}))


@verifies("RFC6376-3.5-08", refuted_by=misjudge("pass"))
def test_what_the_length_covers_is_verified(dkim: DkimDial) -> None:
    """The last octet that l= covers is altered: the signature does not pass."""
    fails(dkim, Signature(tags={"l": "6"}), after=replacing(b"Hello.", b"Hello!"))


@verifies("RFC6376-3.5-09", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("methods", ["dns/txt", "foo:dns/txt", "dns/txt:foo/bar"])
def test_query_methods_that_are_unknown_are_ignored(dkim: DkimDial, methods: str) -> None:
    """A signature whose q= has dns/txt passes, whatever else stands there."""
    passes(dkim, Signature(tags={"q": methods}))


@verifies("RFC6376-3.5-10", refuted_by=misjudge("pass"))
def test_a_signature_may_expire(dkim: DkimDial) -> None:
    """A signature with x= an hour ago: whether it still passes is up to the verifier."""
    fails(dkim, Signature(tags={"t": after(-DAY), "x": after(-HOUR)}))


@verifies("RFC6376-3.5-11", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("expires", ["tomorrow", "far"])
def test_a_signature_passes_until_it_expires(dkim: DkimDial, expires: str) -> None:
    """A signature with x= tomorrow, or in a number of twelve digits, passes."""
    passes(dkim, Signature(tags={"t": after(-HOUR), "x": after(DAY) if expires == "tomorrow" else "9" * 12}))


@verifies("RFC6376-3.5-12", refuted_by=misjudge("pass"))
def test_a_signature_of_the_future_may_be_ignored(dkim: DkimDial) -> None:
    """A signature with t= in a year: whether it passes is up to the verifier."""
    fails(dkim, Signature(tags={"t": after(365 * DAY)}))


@verifies("RFC6376-3.5-13", refuted_by=misjudge("fail"))
def test_copied_fields_are_not_verified(dkim: DkimDial) -> None:
    """A signature with other text in z= than the message has passes: the fields in h= are those of the message."""
    passes(dkim, Signature(tags={"z": "From:other@mailconform.invalid|Subject:other=20text"}))
