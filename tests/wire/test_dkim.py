"""DKIM signatures as a signer makes them: the RFC's own examples of canonical forms, and a key that verifies what was sealed."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from conformance.dial_dkim import Signature, private_key, seal
from conformance.wire import dkim
from conformance.wire.rfc5322 import fields_of

HEADER = (b"A: X\r\n", b"B : Y\t\r\n\tZ  \r\n")
BODY = b" C \r\nD \t E\r\n\r\n\r\n"
MESSAGE = b"From: <a@a.test>\r\nSubject: one\r\nSubject: two\r\n\r\nHello.\r\n"


def test_the_example_of_the_rfc_is_relaxed_as_it_shows() -> None:
    """RFC 6376 section 3.4.5, examples 1 and 2."""
    assert [dkim.canonical_field(field, "relaxed") for field in HEADER] == [b"a:X\r\n", b"b:Y Z\r\n"]
    assert [dkim.canonical_field(field, "simple") for field in HEADER] == list(HEADER)
    assert dkim.canonical_body(BODY, "relaxed") == b" C\r\nD E\r\n"
    assert dkim.canonical_body(BODY, "simple") == b" C \r\nD \t E\r\n"


@pytest.mark.parametrize(
    ("body", "simple", "relaxed"),
    [
        (b"", b"\r\n", b""),
        (b"\r\n\r\n", b"\r\n", b""),
        (b" \r\n", b" \r\n", b""),
        (b"a", b"a\r\n", b"a\r\n"),
        (b"\r\na\r\n", b"\r\na\r\n", b"\r\na\r\n"),
    ],
)
def test_bodies_end_as_each_form_has_it(body: bytes, simple: bytes, relaxed: bytes) -> None:
    """RFC 6376 sections 3.4.3 and 3.4.4."""
    assert dkim.canonical_body(body, "simple") == simple
    assert dkim.canonical_body(body, "relaxed") == relaxed


def test_the_hash_of_an_empty_body_is_that_of_the_rfc() -> None:
    """RFC 6376 sections 3.4.3 and 3.4.4 give them for SHA-256."""
    assert dkim.body_hash(b"", "simple") == "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
    assert dkim.body_hash(b"", "relaxed") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_fields_are_chosen_from_the_bottom_up() -> None:
    """RFC 6376 section 5.4.2; a name without a field left gives none."""
    fields = [one.raw for one in fields_of(MESSAGE)]

    chosen = dkim.chosen(fields, "subject : FROM:subject:subject:x")

    assert chosen == [b"Subject: two\r\n", b"From: <a@a.test>\r\n", b"Subject: one\r\n"]


@pytest.mark.parametrize("c", ["simple/simple", "relaxed/relaxed"])
@pytest.mark.parametrize("first", [(), ("b",)])
def test_what_is_sealed_is_the_header_and_the_field_without_its_signature(c: str, first: tuple[str, ...]) -> None:
    """RFC 6376 section 3.7: verified by other hands than those that signed."""
    signature = Signature(tags={"c": c, "h": "from:subject"}, first=first)

    signed = signature.on(MESSAGE)

    own, *others = (one.raw for one in fields_of(signed))
    (value,) = re.findall(rb"[ ;]b=([^;]*)", own)
    header = c.partition("/")[0]
    bare = dkim.canonical_field(own.replace(value.rstrip(b"\r\n"), b""), header).removesuffix(b"\r\n")
    hashed = b"".join(dkim.canonical_field(one, header) for one in (others[0], others[2])) + bare
    key = private_key(2048).public_key()
    key.verify(base64.b64decode(value), hashed, padding.PKCS1v15(), hashes.SHA256())
    assert signed.endswith(MESSAGE)
    assert f"bh={dkim.body_hash(b'Hello.' + bytes((13, 10)), header)}".encode() in own


def test_tags_are_written_as_they_are_given() -> None:
    signature = Signature(tags={"v": None, "i": "@a.test"}, more=(("d", "twice.test"),), equals=" = ", end=";")

    own = fields_of(signature.on(MESSAGE))[0].raw

    assert re.findall(rb"(\w+) = ", own) == [b"a", b"c", b"d", b"s", b"h", b"bh", b"i", b"d", b"b"]
    assert own.endswith(b";\r\n")


def test_a_key_record_is_cut_into_strings() -> None:
    (records,) = Signature(strings=100, key="v=DKIM1; p={p}").published.values()

    (record,) = records
    assert {len(part) for part in record.value[:-1]} == {100}  # type: ignore[union-attr]
    assert b"".join(record.value).startswith(b"v=DKIM1; p=MII")  # type: ignore[union-attr, arg-type]
    assert Signature(key=None).published == {}


def test_a_seal_is_of_the_key_that_is_published() -> None:
    private_key(1024).public_key().verify(seal(b"text", 1024), b"text", padding.PKCS1v15(), hashes.SHA256())
