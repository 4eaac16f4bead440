"""SASL messages: the examples of the RFCs, and what a client must not accept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire import sasl
from conformance.wire.sasl import ScramError
from tests.peers.scram import first_message, verified

EXAMPLES = {
    "RFC 5802 section 5": (
        "sha1",
        "fyko+d2lbbFgONRv9qkxdawL",
        "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
        "QSXCR+Q6sek8bf92",
        "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    "RFC 7677 section 3": (
        "sha256",
        "rOprNGfwEbeRWgbNEkqO",
        "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


def test_plain_is_three_parts() -> None:
    assert sasl.plain("tim", "tanstaaf") == b"\0tim\0tanstaaf"
    assert sasl.plain("Kurt", "xipj3plmq", "Ursel") == b"Ursel\0Kurt\0xipj3plmq"
    assert sasl.plain("björn", "ß") == b"\0bj\xc3\xb6rn\0\xc3\x9f"


def test_the_cram_md5_example_of_rfc_2195() -> None:
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"

    assert sasl.cram_md5("tim", "tanstaaftanstaaf", challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_the_apop_example_of_rfc_1939() -> None:
    assert sasl.apop_digest(b"<1896.697170952@dbc.mtview.ca.us>", "tanstaaf") == b"c4c9334bac560ecc979e58001b3e22fb"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_scram_examples(name: str) -> None:
    hash_name, nonce, joint, salt, proof, signature = EXAMPLES[name]
    exchange = sasl.scram("user", "pencil", hash_name, nonce)

    assert next(exchange) == f"n,,n=user,r={nonce}".encode()
    assert exchange.send(f"r={joint},s={salt},i=4096".encode()) == f"c=biws,r={joint},p={proof}".encode()
    assert exchange.send(f"v={signature}".encode()) == b""
    with pytest.raises(StopIteration):
        exchange.send(b"")


def test_a_signature_that_is_wrong_is_no_login() -> None:
    hash_name, nonce, joint, salt, _, signature = EXAMPLES["RFC 7677 section 3"]
    for last in (f"v={signature[:-2]}Q=", "v=", "", "e=invalid-proof", signature):
        exchange = sasl.scram("user", "pencil", hash_name, nonce)
        next(exchange)
        exchange.send(f"r={joint},s={salt},i=4096".encode())
        with pytest.raises(ScramError, match="signature is wrong"):
            exchange.send(last.encode())


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (b"", "no usable salt"),
        (b"r=abcdef,s=YQ==", "no usable salt"),
        (b"r=abcdef,i=4096", "no usable salt"),
        (b"r=abcdef,s=Y,i=4096", "no usable salt"),
        (b"r=abcdef,s=\xff,i=4096", "no usable salt"),
        (b"r=abcdef,s=YQ==,i=many", "no usable salt"),
        (b"r=abcde,s=YQ==,i=4096", "wrong nonce or iteration count"),
        (b"s=YQ==,i=4096", "wrong nonce or iteration count"),
        (b"r=abcdef,s=YQ==,i=0", "wrong nonce or iteration count"),
        (b"r=abcdef,s=YQ==,i=1000001", "wrong nonce or iteration count"),
    ],
)
def test_a_first_message_that_is_wrong_is_refused(first: bytes, complaint: str) -> None:
    exchange = sasl.scram("user", "pencil", nonce="abcdef")
    next(exchange)

    with pytest.raises(ScramError, match=complaint):
        exchange.send(first)


def test_nonces_are_fresh() -> None:
    assert next(sasl.scram("user", "pencil")) != next(sasl.scram("user", "pencil"))


def test_commas_and_equals_signs_in_names_are_escaped() -> None:
    assert next(sasl.scram("a,b=c", "pencil", nonce="x")) == b"n,,n=a=2Cb=3Dc,r=x"


FIELDS = st.sampled_from(
    (
        b"r=abcdef1",
        b"r=",
        b"s=YQ==",
        b"s=",
        b"s=?",
        b"i=1",
        b"i=-1",
        b"i=9e9",
        b"v=",
        b"",
        b"=",
        b"\xff\x00",
        b"i=\xd9\xa3",
    )
)


@settings(max_examples=100)
@given(st.lists(FIELDS, max_size=5).map(b",".join), st.binary(max_size=40))
def test_no_server_message_raises_anything_else(first: bytes, last: bytes) -> None:
    exchange = sasl.scram("user", "pencil", nonce="abcdef")
    next(exchange)

    with pytest.raises(ScramError):  # noqa: PT012 - either message may be the wrong one
        exchange.send(first)
        exchange.send(last)


@settings(max_examples=15)
@given(
    st.text("abc,=ü", min_size=1),
    st.text("pencilß€", max_size=9),
    st.binary(max_size=9),
    st.integers(1, 9),
)
def test_client_and_server_of_scram_agree(user: str, password: str, salt: bytes, rounds: int) -> None:
    exchange = sasl.scram(user, password)
    first = next(exchange) or b""
    server_first = first_message(first, salt, rounds)
    final = exchange.send(server_first) or b""
    right, signature = verified([first, server_first, final], password, salt, rounds)

    assert right
    assert exchange.send(b"v=" + signature) == b""
