"""Client messages of the SASL mechanisms that checks speak: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1 and SCRAM-SHA-256.

Each exchange is a generator: it yields client messages, is sent the server's challenges, and knows no protocol around
it (RFC 4422). None stands for "no initial response".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Generator

Exchange = Generator[bytes | None, bytes, None]


def plain(user: str, password: str, authzid: str = "") -> bytes:
    """Write the message of PLAIN: authzid NUL authcid NUL passwd (RFC 4616 section 2)."""
    return f"{authzid}\0{user}\0{password}".encode()


def cram_md5(user: str, password: str, challenge: bytes) -> bytes:
    """Write the answer to a CRAM-MD5 challenge: user SP keyed MD5 in lower-case hex (RFC 2195 section 2)."""
    digest = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
    return f"{user} {digest}".encode()


def apop_digest(timestamp: bytes, password: str) -> bytes:
    """Return the MD5 of timestamp and shared secret in lower-case hex (RFC 1939 section 7, APOP)."""
    return hashlib.md5(timestamp + password.encode()).hexdigest().encode()


class ScramError(Exception):
    """The server's SCRAM message is malformed or its signature is wrong; the message says which."""


def _attributes(message: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in message.decode("utf-8", "replace").split(","))
    return {key: value for key, _, value in pairs}


def scram(user: str, password: str, hash_name: str = "sha256", nonce: str = "") -> Exchange:
    """Speak SCRAM without channel binding (RFC 5802 section 3, RFC 7677), by default with a fresh nonce.

    Raises ScramError if the server's nonce, parameters or final signature are wrong.
    """
    nonce = nonce or secrets.token_hex(12)
    name = user.replace("=", "=3D").replace(",", "=2C")
    bare = f"n={name},r={nonce}"
    first = yield f"n,,{bare}".encode()
    fields = _attributes(first)
    try:
        salt, rounds = base64.b64decode(fields["s"], validate=True), int(fields["i"])
    except (KeyError, ValueError) as error:
        raise ScramError(f"server-first-message {first!r} has no usable salt and iteration count") from error
    if not fields.get("r", "").startswith(nonce) or not 1 <= rounds <= 1_000_000:
        raise ScramError(f"server-first-message {first!r}: wrong nonce or iteration count")
    salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), salt, rounds)
    final = f"c=biws,r={fields['r']}"
    spoken = f"{bare},{first.decode('utf-8', 'replace')},{final}".encode()
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    stored = hashlib.new(hash_name, client_key).digest()
    signature = hmac.digest(stored, spoken, hash_name)
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    last = yield f"{final},p={base64.b64encode(proof).decode()}".encode()
    expected = base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", hash_name), spoken, hash_name)).decode()
    if _attributes(last).get("v") != expected:
        raise ScramError("the server's signature is wrong: it does not know the password's verifier")
    yield b""
