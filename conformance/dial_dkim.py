"""Asks a target's verifiers of DKIM for their verdicts on messages that the harness signs (RFC 6376 section 6).

Each message has a selector of its own, so that no verifier remembers the key of another one.
"""

from __future__ import annotations

import base64
import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from conformance.dial_verifiers import VerifierDial
from conformance.vectors import Record, Trouble, Zone
from conformance.verifiers import Query, unchanged
from conformance.wire import dkim

DOMAIN = "signer.mailconform.example"
KEY = "v=DKIM1; k=rsa; p={p}"
BITS = 2048
_serial = itertools.count(1)


@functools.cache
def private_key(bits: int) -> rsa.RSAPrivateKey:
    """Return the key of this size that everything is signed with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def seal(octets: bytes, bits: int = BITS) -> bytes:
    """Sign octets by rsa-sha256 (RFC 6376 section 3.3.2)."""
    return private_key(bits).sign(octets, padding.PKCS1v15(), hashes.SHA256())


def public_key(bits: int) -> str:
    """Return what p= holds for a key (RFC 6376 section 3.6.1)."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(private_key(bits).public_key().public_bytes(serialization.Encoding.DER, form)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature: its tags, and what is published for it.

    `tags` stand in place of those of every signature, or behind them; None leaves one out, and those of `first` come
    first. `more` are tags that stand behind these, even a second time, and `equals` and `end` are those of
    conformance.wire.dkim.sign. `key` is the text of the key
    record with {p} for the key, a Trouble for a name server that fails, or None where there is no record; `strings` are
    the octets of its character-strings.
    """

    tags: Mapping[str, str | None] = field(default_factory=dict)
    key: str | Trouble | None = KEY
    strings: int = 255
    bits: int = BITS
    domain: str = DOMAIN
    selector: str = field(default_factory=lambda: f"s{next(_serial)}")
    first: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    equals: str = "="
    end: str = ""

    @property
    def published(self) -> Zone:
        """The key record."""
        if self.key is None:
            return {}
        name = f"{self.selector}._domainkey.{self.domain}"
        if isinstance(self.key, Trouble):
            return {name: (self.key,)}
        text = self.key.replace("{p}", public_key(self.bits)).encode()
        size = self.strings
        return {name: (Record("TXT", tuple(text[at : at + size] for at in range(0, len(text), size)) or (b"",)),)}

    def on(self, message: bytes) -> bytes:
        """Return a message with this signature on top."""
        usual = {"v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": self.domain, "s": self.selector}
        tags: dict[str, str | None] = {**usual, "h": dkim.SIGNED, "bh": "", **self.tags}
        tags.setdefault("b", "")
        names = sorted(tags, key=lambda name: self.first.index(name) if name in self.first else len(self.first))
        pairs = [(name, value) for name in names if (value := tags[name]) is not None]
        pairs[-1:-1] = self.more
        return dkim.sign(message, pairs, lambda octets: seal(octets, self.bits), equals=self.equals, end=self.end)


def signed(
    *signatures: Signature,
    before: Callable[[bytes], bytes] = unchanged,
    after: Callable[[bytes], bytes] = unchanged,
    domain: str = DOMAIN,
) -> tuple[Zone, Query]:
    """Return a message of an author at a domain with these signatures, the last on top, and the zone with their keys.

    `before` changes the message before it is signed, `after` on its way.
    """

    def made(message: bytes) -> bytes:
        message = before(replacing(b"@mailconform.invalid>", b"@" + domain.encode() + b">")(message))
        for signature in signatures:
            message = signature.on(message)
        return after(message)

    zone = {name: entries for signature in signatures for name, entries in signature.published.items()}
    return zone, Query(ip="192.0.2.1", helo=f"mail.{domain}", mail_from=f"sender@{domain}", made=made)


def replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return what writes `new` at the first place of `old`, which is there, in a message."""

    def replaced(message: bytes) -> bytes:
        if old not in message:
            raise ValueError(f"{old!r} is not in the message")
        return message.replace(old, new, 1)

    return replaced


class DkimDial(VerifierDial):
    """The verifiers of DKIM of one target."""

    method = "dkim"

    def controls(self) -> Iterator[tuple[Zone, Query, Collection[str]]]:
        """Return a message that passes, and one that was altered and has any other result."""
        yield *signed(Signature()), ("pass",)
        altered = signed(Signature(), after=replacing(b"Hello.", b"Goodbye."))
        yield *altered, ("fail", "none", "neutral", "permerror", "policy")
