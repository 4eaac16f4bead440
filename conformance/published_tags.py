"""A published DMARC record (RFC 7489) and published DKIM keys (RFC 6376), judged without a message."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from conformance.published_dns import Answer
from conformance.published_findings import Finding, Level, Place, violation
from conformance.wire import dkim_key, dmarc
from conformance.wire.dkim_key import DkimKey
from conformance.wire.dmarc import Dmarc
from conformance.wire.tag_list import Tag

RSA_BITS = 1024
"""The shortest key that is to last (RFC 6376 section 3.3.3)."""


def dmarc_findings(name: str, answer: Answer) -> list[Finding]:
    """Judge the records at `_dmarc.` and a domain."""
    if answer.trouble:
        return [Finding(Level.UNANSWERED, 7489, "6.6.3", f"{name} is not to be had: {answer.trouble}", Place(name))]
    texts = [text for text in answer.texts if dmarc.is_record(text)]
    if len(texts) > 1:
        sentence = f"there are {len(texts)} DMARC records: DMARC is not applied"
        return [Finding(Level.ERROR, 7489, "6.6.3", sentence, Place(name))]
    texts = texts or [text for text in answer.texts if b"dmarc1" in text.lower()]
    if not texts:
        return [Finding(Level.NOTE, 7489, "6.6.3", "there is no DMARC record at this name", Place(name))]
    return [finding for text in texts for finding in _dmarc_record(name, text)]


def _dmarc_record(name: str, text: bytes) -> list[Finding]:
    parsed = dmarc.read(text)
    found = [violation(each, 7489, "6.4", name, text) for each in parsed.violations]

    def note(section: str, sentence: str, tag: Tag) -> None:
        found.append(Finding(Level.NOTE, 7489, section, sentence, Place(name, text, tag.start, tag.end)))

    record: Dmarc = parsed.value
    for tag in record.tags:
        match tag.name:
            case "p" if record.policy == "none":
                note("6.3", "p=none asks for reports at most, and for nothing to be done", tag)
            case "fo" if record.tag("ruf") is None:
                note("6.3", "fo is ignored without ruf", tag)
            case "pct" if record.percent < 100:
                note("6.3", f"the policy is for {record.percent} of 100 messages", tag)
    for tag in record.unknown:
        note("6.3", f"the tag {tag.name} is not known: it is ignored", tag)
    return found


def key_name(selector: str, domain: str) -> str:
    """Return where a key is published (RFC 6376 section 3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def key_findings(name: str, answer: Answer) -> list[Finding]:
    """Judge the key at a name."""
    if answer.trouble:
        return [Finding(Level.UNANSWERED, 6376, "6.1.2", f"{name} is not to be had: {answer.trouble}", Place(name))]
    if not answer.records:
        return [Finding(Level.ERROR, 6376, "6.1.2", "there is no key", Place(name))]
    if len(answer.records) > 1:
        sentence = f"there are {len(answer.records)} TXT records: which one is the key is undefined"
        return [Finding(Level.ERROR, 6376, "3.6.2.2", sentence, Place(name))]
    (text,) = answer.texts
    parsed = dkim_key.read(text)
    found = [
        violation(each, 6376, "3.6.1" if each.rule.startswith("key-") else "3.2", name, text)
        for each in parsed.violations
    ]
    return [*found, *_key(parsed.value, name, text)]


def _key(key: DkimKey, name: str, text: bytes) -> list[Finding]:
    found = []

    def tell(level: Level, section: str, sentence: str, tag_name: str) -> None:
        tag = key.tag(tag_name)
        place = Place(name, text) if tag is None else Place(name, text, tag.start, tag.end)
        found.append(Finding(level, 6376, section, sentence, place))

    if key.revoked:
        tell(Level.NOTE, "3.6.1", "the key is revoked: signatures with it fail", "p")
    elif key.key is not None and key.key_type == "rsa":
        bits = rsa_bits(key.key)
        if bits is None:
            tell(Level.ERROR, "3.6.1", "p= holds no RSA key", "p")
        elif bits < RSA_BITS:
            tell(Level.ERROR, "3.3.3", f"the key has {bits} bits: fewer than {RSA_BITS}", "p")
    if key.key_type != "rsa":
        tell(Level.NOTE, "3.6.1", f"keys of the type {key.key_type} are ignored by who does not know it", "k")
    if not {"*", "email"} & set(key.services):
        tell(Level.ERROR, "3.6.1", "the key is not for mail: it is ignored", "s")
    if "y" in key.flags:
        tell(Level.NOTE, "3.6.1", "the domain is testing: signatures count for nothing", "t")
    return found


def rsa_bits(key: bytes) -> int | None:
    """Return the length of an RSA key in DER, with its algorithm before it or alone; None for anything else."""
    try:
        read = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return read.key_size if isinstance(read, RSAPublicKey) else None
