"""The server's part of SCRAM (RFC 5802 section 3), written a second time."""

from __future__ import annotations

import base64
import hashlib
import hmac


def first_message(client_first: bytes, salt: bytes, rounds: int) -> bytes:
    """Answer the client's first message: its nonce with ours behind it, salt and iteration count."""
    return b"%s-more,s=%s,i=%d" % (client_first[client_first.rindex(b"r=") :], base64.b64encode(salt), rounds)


def verified(
    messages: list[bytes], password: str, salt: bytes, rounds: int, name: str = "sha256"
) -> tuple[bool, bytes]:
    """Say whether the client's proof is right, and what our signature is; messages are the first three."""
    client_first, server_first, client_final = messages
    bare, _, proof = client_final.rpartition(b",p=")
    spoken = b",".join((client_first.removeprefix(b"n,,"), server_first, bare))
    salted = hashlib.pbkdf2_hmac(name, password.encode(), salt, rounds)
    key = hmac.digest(salted, b"Client Key", name)
    mask = hmac.digest(hashlib.new(name, key).digest(), spoken, name)
    right = bytes(a ^ b for a, b in zip(key, mask, strict=True)) == base64.b64decode(proof)
    return right, base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", name), spoken, name))
