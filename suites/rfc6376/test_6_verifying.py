"""RFC 6376 sections 4.2, 5.4, 6.1 and 6.2: which signatures are taken, of which fields, and what is told of them."""

from __future__ import annotations

import time

import pytest

from conformance import (
    DkimDial,
    NotSupported,
    Opinion,
    Signature,
    alter,
    fails,
    misjudge,
    passes,
    replacing,
    signed,
    verifies,
)
from conformance.dial_dkim import DOMAIN, public_key
from conformance.wire import rfc5322, rfc8601
from conformance.wire.dkim import SIGNED

OTHER = "other.mailconform.example"
BROKEN = replacing(b"Hello.", b"Goodbye.")
RESULT = b"authentication-results"


def own_words(said: Opinion) -> list[rfc8601.ResInfo]:
    """What is said of each signature."""
    fields = rfc5322.fields_of(said.raw)
    return [info for field in fields for info in rfc8601.read(field).value.of("dkim")]


def signers(said: Opinion, result: str) -> set[bytes]:
    """The domains of the signatures with this result."""
    named = [
        (info.value("header", "d"), info.value("header", "i")) for info in own_words(said) if info.result == result
    ]
    return {domain or (identity or b"").rpartition(b"@")[2] for domain, identity in named}


@verifies("RFC6376-6.1.3-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("c", ["simple/simple", "relaxed/relaxed"])
def test_a_body_that_was_altered_does_not_pass(dkim: DkimDial, c: str) -> None:
    """The body is altered on its way."""
    fails(dkim, Signature(tags={"c": c}), after=BROKEN)


@verifies("RFC6376-6.1.3-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("field", ["From", "To", "Subject", "Date"])
def test_a_field_that_was_altered_does_not_pass(dkim: DkimDial, field: str) -> None:
    """A field that is signed is altered on its way."""
    name = b"\r\n" + field.encode() + b": "
    fails(dkim, Signature(), after=replacing(name, name + b"x"))


@verifies("RFC6376-6.1.3-02", refuted_by=misjudge("pass"))
def test_a_signature_by_another_key_does_not_pass(dkim: DkimDial) -> None:
    """The key that is published is not that of the signature."""
    fails(dkim, Signature(key=f"v=DKIM1; k=rsa; p={public_key(1024)}"))


@verifies("RFC6376-6.1.1-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("tag", ["v", "a", "b", "bh", "d", "h", "s"])
def test_a_signature_without_a_required_tag_is_ignored(dkim: DkimDial, tag: str) -> None:
    """The tag is left out."""
    fails(dkim, Signature(tags={tag: None}))


@verifies("RFC6376-6.1.1-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("version", ["2", "0", "1.0", ""], ids=lambda word: word or "empty")
def test_a_signature_of_another_version_does_not_pass(dkim: DkimDial, version: str) -> None:
    """The signature has this v=."""
    fails(dkim, Signature(tags={"v": version}))


@verifies("RFC6376-6.1.1-03", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("identity", [f"@{OTHER}", "@mailconform.example", f"@x{DOMAIN}", f"{DOMAIN}@{OTHER}"])
def test_an_identity_of_another_domain_does_not_pass(dkim: DkimDial, identity: str) -> None:
    """The domain of i= is neither that of d= nor below it."""
    fails(dkim, Signature(tags={"i": identity}))


@verifies("RFC6376-6.1.1-04", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("names", ["to:subject:date", "subject", "x-from:subject"])
def test_a_signature_without_from_is_ignored(dkim: DkimDial, names: str) -> None:
    """No From stands in h=."""
    fails(dkim, Signature(tags={"h": names}))


@verifies("RFC6376-6.1.1-05", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("case", ["x-before-t", "h-empty", "c-unknown", "q-unknown", "l-no-number"])
def test_a_signature_that_is_no_good_is_ignored(dkim: DkimDial, case: str) -> None:
    """A tag has a value that it cannot have, over which the signature is right: it does not pass."""
    now = int(time.time())
    tags: dict[str, dict[str, str | None]] = {
        "x-before-t": {"t": str(now - 100), "x": str(now - 200)},
        "h-empty": {"h": ""},
        "c-unknown": {"c": "foo/bar"},
        "q-unknown": {"q": "foo"},
        "l-no-number": {"l": "eight"},
    }
    fails(dkim, Signature(tags=tags[case]))


@verifies("RFC6376-5.4-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("field", ["x-absent", "subject"])
def test_a_field_that_was_signed_as_absent_cannot_be_added(dkim: DkimDial, field: str) -> None:
    """A field is named once more in h= than it was there, and is added on its way: the signature does not pass."""
    added = replacing(b"From: ", field.encode() + b": added\r\nFrom: ")
    fails(dkim, Signature(tags={"h": f"{SIGNED}:{field}"}), after=added)


@verifies("RFC6376-5.4.2-01", refuted_by=misjudge("fail"))
def test_fields_of_one_name_are_taken_from_the_bottom_up(dkim: DkimDial) -> None:
    """Of three fields of one name the lower two are signed, and the upper one is altered on its way: the signature passes."""
    three = replacing(b"Subject: ", b"X-Three: one\r\nX-Three: two\r\nX-Three: three\r\nSubject: ")
    names = f"{SIGNED}:x-three:x-three"
    passes(dkim, Signature(tags={"h": names}), before=three, after=replacing(b"one", b"other"))


@verifies("RFC6376-5.4.2-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("which", ["two", "three"])
def test_each_field_of_one_name_that_is_signed_is_verified(dkim: DkimDial, which: str) -> None:
    """Of three fields of one name the lower two are signed, and one of them is altered: the signature does not pass."""
    three = replacing(b"Subject: ", b"X-Three: one\r\nX-Three: two\r\nX-Three: three\r\nSubject: ")
    altered = replacing(b": " + which.encode(), b": other")
    fails(dkim, Signature(tags={"h": f"{SIGNED}:x-three:x-three"}), before=three, after=altered)


@verifies("RFC6376-4.2-01", "RFC6376-6.1-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("case", ["no-key", "version", "above", "syntax"])
def test_a_bad_signature_does_not_spoil_a_good_one(dkim: DkimDial, case: str) -> None:
    """One signature has no key, another version or broken tags, and one is right: the message passes."""
    broken: dict[str, dict[str, str | None]] = {"version": {"v": "2"}, "syntax": {"h": None, "bh": "!"}}
    key = None if case in ("no-key", "above") else "p={p}"
    bad = Signature(domain=OTHER, key=key, tags=broken.get(case, {}))
    good = Signature()
    passes(dkim, *((bad, good) if case == "above" else (good, bad)))


@verifies("RFC6376-6.1-03", refuted_by=misjudge("fail"))
def test_of_two_good_signatures_none_spoils_the_other(dkim: DkimDial) -> None:
    """Two domains have signed: the message passes."""
    passes(dkim, Signature(), Signature(domain=OTHER))


@verifies("RFC6376-4.2-02", refuted_by=alter(rb"header\.(?:d|i)=@?signer", b"header.d=other"))
def test_only_the_signature_that_holds_is_told_to_pass(dkim: DkimDial) -> None:
    """Of two signatures one has no key: no pass names its domain."""
    said = dkim.verdict(*signed(Signature(), Signature(domain=OTHER, key=None)))
    if said.result != "pass":
        raise NotSupported(f"the result is {said.result}, which names no signer")
    assert OTHER.encode() not in {name.lower() for name in signers(said, "pass")}


@verifies("RFC6376-3.11-01", refuted_by=alter(rb"header\.(?:d|i)=.*", b"header.s=a"))
def test_the_signing_domain_is_told(dkim: DkimDial) -> None:
    """A pass names the domain of d=, in header.d or header.i."""
    said = dkim.verdict(*signed(Signature()))
    if said.result != "pass":
        raise NotSupported(f"the result is {said.result}, which names no signer")
    assert {name.lower() for name in signers(said, "pass")} == {DOMAIN.encode()}


@verifies("RFC6376-6.1-01", "RFC6376-6.3-01", refuted_by=misjudge("temperror"))
@pytest.mark.parametrize("case", ["altered", "no-key", "version"])
def test_a_message_whose_signature_does_not_hold_is_no_temporary_failure(dkim: DkimDial, case: str) -> None:
    """The body was altered, or there is no key, or the version is another one: the message is taken, or refused for good."""
    bad = Signature(key=None if case == "no-key" else "p={p}", tags={"v": "2"} if case == "version" else {})
    said = dkim.verdict(*signed(bad, after=BROKEN))
    assert said.result not in ("temperror", "pass")


@verifies("RFC6376-6.3-02", refuted_by=alter(rb"\A.*\Z", b"550 5.7.1 DKIM: no.\r\n"))
def test_a_message_whose_signature_does_not_hold_is_taken(dkim: DkimDial) -> None:
    """The body was altered: the message arrives, as one without a signature would."""
    said = dkim.verdict(*signed(Signature(), after=BROKEN))
    assert not said.raw.startswith((b"4", b"5"))


@verifies("RFC6376-6.2-01", refuted_by=alter(rb"\A", b"DKIM-Signature: v=1\r\n"))
def test_the_result_stands_above_the_signature(dkim: DkimDial) -> None:
    """A message arrives with the result above its DKIM-Signature field."""
    names = [rfc5322.name_of(one.raw) for one in rfc5322.fields_of(dkim.delivered(*signed(Signature())))]
    if RESULT not in names:
        raise NotSupported("the message arrives without an Authentication-Results field")
    assert b"dkim-signature" not in names[: names.index(RESULT)]
