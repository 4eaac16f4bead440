"""DMARC records and DKIM keys as they are published: each finding, asked for at a name server on loopback."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.exits import Exit
from conformance.published import Published, judge
from conformance.published_findings import Level, Place
from conformance.services.nameserver import NameServer
from conformance.vectors import Trouble, Zone
from tests.peers.publishing import DOMAIN, resolver, told, txt


def judged(zone: Zone, *selectors: str) -> Published:
    """Judge a domain with a right SPF record, and these names beside it."""
    with NameServer("127.0.0.1:0") as names:
        names.publish({DOMAIN: txt("v=spf1 -all"), **zone})
        return judge(DOMAIN, resolver(names), selectors)


# DMARC


@pytest.mark.parametrize(
    ("records", "level", "section", "place"),
    [
        (["v=DMARC1; p=none"], "note", "6.3", "p=none"),
        (["v=DMARC1; p=reject; fo=1"], "note", "6.3", "fo=1"),
        (["v=DMARC1; p=reject; pct=50"], "note", "6.3", "pct=50"),
        (["v=DMARC1; p=reject; np=none"], "note", "6.3", "np=none"),
        (["v=DMARC1; p=rejected"], "error", "6.4", "rejected"),
        (["v=DMARC1; rua=mailto:a@b.test"], "error", "6.4", ""),
        (["v=DMARC1; p=reject; rua=a@b.test"], "error", "6.4", "a@b.test"),
        (["v=dmarc1; p=reject"], "error", "6.4", "dmarc1"),
        (["v=DMARC1; p=reject", "v=DMARC1; p=reject "], "error", "6.6.3", ""),
    ],
)
def test_what_is_wrong_in_dmarc_is_found_once(records: list[str], level: str, section: str, place: str) -> None:
    assert told(judged({"_dmarc.example.com": txt(*records)})) == {(level, section, place)}


def test_a_missing_dmarc_record_is_a_note() -> None:
    report = judged({})

    assert [(f.level, f.section, f.place) for f in report.findings] == [
        (Level.NOTE, "6.6.3", Place("_dmarc.example.com"))
    ]


def test_other_texts_beside_a_dmarc_record_are_nothing() -> None:
    assert told(judged({"_dmarc.example.com": txt("x", "v=DMARC1; p=reject")})) == set()


# DKIM

KEYS = {bits: rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key() for bits in (1024, 2048)}


def encoded(form: PublicFormat = PublicFormat.SubjectPublicKeyInfo, bits: int = 1024) -> str:
    return base64.b64encode(KEYS[bits].public_bytes(Encoding.DER, form)).decode()


SHORT = base64.b64encode(
    bytes.fromhex("3048024100") + b"\xc1" + bytes(62) + b"\x01" + bytes.fromhex("0203010001")
).decode()  # PKCS #1: a modulus of 512 bits, and 65537
OTHER = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()  # fmt: skip


@pytest.mark.parametrize("bits", KEYS)
@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_a_right_key_is_fine_in_both_forms(form: PublicFormat, bits: int) -> None:
    zone: Zone = {"s._domainkey.example.com": txt(f"v=DKIM1; k=rsa; p={encoded(form, bits)}")}

    assert told(judged(zone, "s")) == set()


@pytest.mark.parametrize(
    ("records", "level", "section", "place"),
    [
        ([], "error", "6.1.2", ""),
        (["v=DKIM1; p=", "v=DKIM1; p= "], "error", "3.6.2.2", ""),
        (["v=DKIM1; p="], "note", "3.6.1", "p="),
        (["v=DKIM1; p=@"], "error", "3.6.1", "@"),
        (["v=DKIM1"], "error", "3.6.1", ""),
        (["v=DKIM2; p=" + encoded()], "error", "3.6.1", "DKIM2"),
        (["v=DKIM1; p=AAAA"], "error", "3.6.1", "p=AAAA"),
        ([f"v=DKIM1; p={OTHER}"], "error", "3.6.1", f"p={OTHER}"),
        ([f"v=DKIM1; p={SHORT}"], "error", "3.3.3", f"p={SHORT}"),
        (["v=DKIM1; k=ed25519; p=AAAA"], "note", "3.6.1", "k=ed25519"),
        (["v=DKIM1; t=y; p=" + encoded()], "note", "3.6.1", "t=y"),
        (["v=DKIM1; s=web; p=" + encoded()], "error", "3.6.1", "s=web"),
        (["v=DKIM1;; p=" + encoded()], "error", "3.2", ""),
    ],
)
def test_what_is_wrong_in_a_key_is_found_once(records: list[str], level: str, section: str, place: str) -> None:
    zone: Zone = {"s._domainkey.example.com": txt(*records)}

    assert told(judged(zone, "s")) == {(level, section, place)}


def test_every_selector_is_asked_for() -> None:
    with NameServer("127.0.0.1:0") as names:
        judge(DOMAIN, resolver(names), ["s", "t.u"])

    assert [query.name for query in names.queries][-2:] == ["s._domainkey.example.com", "t.u._domainkey.example.com"]


@pytest.mark.parametrize("name", ["_dmarc.example.com", "s._domainkey.example.com"])
def test_an_answer_that_does_not_come_is_told_of(name: str) -> None:
    key = txt("v=DKIM1; p=" + encoded())
    report = judged({"s._domainkey.example.com": key, name: (Trouble.SERVFAIL,)}, "s")

    assert [finding.place.name for finding in report.findings if finding.level is Level.UNANSWERED] == [name]
    assert report.exit is Exit.CANNOT_JUDGE
