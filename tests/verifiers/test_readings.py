"""What verifiers' words mean: no words are too much, forged ones are nobody's, and any octets of a peer have a value."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.target import Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.verifiers import Crashed, Opinion, Query, Unreachable, readings
from conformance.verifiers.routes import open_route
from conformance.wire.received_spf import RESULTS, ReceivedSpf, write
from conformance.wire.rfc8601 import AuthenticationResults, Property, ResInfo
from conformance.wire.rfc8601 import write as write_results
from tests.peers.verifiers import packet
from tests.peers.wrong import wrong_server

BY_FIELD = Verifier(route="bind", reads="received-spf")
BY_RESULTS = Verifier(route="bind", reads="authentication-results", authserv_id="mx.test")
QUERY = Query(ip="192.0.2.1", helo="a.test", mail_from="joe@a.test")
SENT = b"From: <a@b.test>\r\nReceived-SPF: pass (forged)\r\n\r\nHello.\r\n"


def received(result: str, identity: bytes = b"mailfrom") -> bytes:
    return write(ReceivedSpf(result, b"x", (("identity", identity),)))


def results(result: str, server: bytes = b"mx.test", **properties: bytes) -> bytes:
    named = tuple(Property("smtp", name, value) for name, value in properties.items())
    return write_results(AuthenticationResults(server, 1, (ResInfo("spf", result, properties=named),)))


@pytest.mark.parametrize("result", RESULTS)
def test_each_result_is_read_from_either_field(result: str) -> None:
    assert readings.of_message(received(result) + SENT, SENT, BY_FIELD).result == result
    assert readings.of_message(results(result) + SENT, SENT, BY_RESULTS).result == result


def test_a_field_of_the_message_as_sent_is_nobodys() -> None:
    assert readings.of_message(SENT, SENT, BY_FIELD).result is None
    assert readings.of_message(SENT.replace(b": pass (", b":\r\n pass (", 1), SENT, BY_FIELD).result is None
    assert readings.of_message(SENT.replace(b"(forged)", b"(own)"), SENT, BY_FIELD).result == "pass"


def test_an_explanation_is_unfolded() -> None:
    comment = b"Received-SPF: fail (go \r\n\taway) helo=x\r\n"
    reason = b'Authentication-Results: mx.test; spf=fail reason="go\r\n away"\r\n'

    assert readings.of_message(comment + SENT, SENT, BY_FIELD).explanation == "go away"
    assert readings.of_message(reason + SENT, SENT, BY_RESULTS).explanation == "go away"


def test_the_verifiers_own_field_may_stand_at_the_end_of_the_header() -> None:
    message = SENT.replace(b"\r\n\r\n", b"\r\n" + received("fail") + b"\r\n", 1)

    assert readings.of_message(message, SENT, BY_FIELD).result == "fail"


@pytest.mark.parametrize("order", [(b"helo", b"mailfrom"), (b"mailfrom", b"helo")])
def test_of_two_identities_that_of_mail_from_counts(order: tuple[bytes, bytes]) -> None:
    said = {b"helo": "pass", b"mailfrom": "fail"}
    fields = b"".join(received(said[identity], identity) for identity in order)
    both = b"".join(results(said[name], **{name.decode(): b"x"}) for name in order)

    assert readings.of_message(fields + SENT, SENT, BY_FIELD).result == "fail"
    assert readings.of_message(both + SENT, SENT, BY_RESULTS).result == "fail"


def test_what_stands_further_below_is_not_looked_at() -> None:
    message = received("pass", b"helo") + b"Received: by mx.test\r\n" + received("fail") + SENT

    assert readings.of_message(message, SENT, BY_FIELD).result == "pass"


@given(
    st.sampled_from(
        [*RESULTS, "Fail", "SOFTFAIL", "Permanent Error", "temporary error", "failed", "hardfail", "passed"]
    )
)
def test_a_word_behind_spf_is_the_result(word: str) -> None:
    said = readings.of_reply(550, [f"SPF check: {word}".encode()], row=BY_FIELD, query=QUERY, source="", raw=b"")

    expected = {"permanent error": "permerror", "temporary error": "temperror", "failed": "fail", "passed": "pass", "hardfail": "fail"}  # fmt: skip
    assert said is not None
    assert said.result == expected.get(word.lower(), word.lower())


TEXTS = st.lists(
    st.binary(max_size=40)
    | st.lists(st.sampled_from([b"spf", b" ", b"pass", b"5.7.23", b"4.7.24 ", b"5.5.2", b"error", b"\xff", b"joe@a.test"])).map(b"".join),
    max_size=4,
)  # fmt: skip


@given(st.integers(0, 999), TEXTS, st.booleans())
def test_no_reply_is_too_much(code: int, texts: list[bytes], alone: bool) -> None:
    said = readings.of_reply(code, texts, row=BY_FIELD, query=QUERY, source="", raw=b"", alone=alone)

    assert said is not None or not alone
    assert said is None or said.result in RESULTS


HEADERS = st.lists(
    st.sampled_from([b"Received-SPF:", b"Authentication-Results: mx.test;", b"pass", b" spf=fail", b"\r\n", b"\n", b" ", b"(", b'"', b"\xff", b";"]),
    max_size=20,
).map(b"".join)  # fmt: skip


@given(HEADERS, st.sampled_from([BY_FIELD, BY_RESULTS]))
def test_no_header_is_too_much(header: bytes, row: Verifier) -> None:
    said = readings.of_message(header + b"\r\n", SENT, row)

    assert said.result is None or said.result in RESULTS


PACKETS = st.builds(
    packet, st.sampled_from([b"O", b"c", b"h", b"i", b"y", b"p", b"m", b"x", b""]), st.binary(max_size=20)
)
OCTETS = st.binary(max_size=60) | st.lists(
    PACKETS | st.sampled_from([packet(b"O", bytes(12)), b"action=", b"PREPEND Received-SPF: pass", b"550 ", b"\n", b"\n\n"]),
    max_size=8,
).map(b"".join)  # fmt: skip


@settings(max_examples=60)
@given(OCTETS, st.sampled_from(["policy", "milter"]), st.sampled_from(["reply", "received-spf"]))
def test_whatever_a_service_says_has_a_value(octets: bytes, route: str, reads: str) -> None:
    def script(sock: socket.socket) -> None:
        sock.recv(1 << 16)
        sock.sendall(octets)
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while sock.recv(1 << 16):
                pass

    with wrong_server(script) as port:
        caller = Dialler(Target(name="peer", endpoints=(), patience=5.0), Recorder())
        opened = open_route(Verifier(route=route, name="x", address=f"127.0.0.1:{port}", reads=reads), caller)
        said: Any = opened.ask(QUERY)
        opened.close()

    assert isinstance(said, Opinion | Crashed | Unreachable)
    assert not isinstance(said, Opinion) or said.result is None or said.result in RESULTS


BY_DKIM = Verifier(route="bind", method="dkim", reads="authentication-results", authserv_id="mx.test")


def signatures(*results: str, server: bytes = b"mx.test") -> bytes:
    return write_results(AuthenticationResults(server, 1, tuple(ResInfo("dkim", result) for result in results)))


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        (signatures("pass"), "pass"),
        (signatures("permerror", "pass"), "pass"),
        (signatures("permerror", "fail"), "permerror"),
        (results("fail") + signatures("fail") + signatures("pass"), "pass"),
        (signatures("pass", server=b"other.test"), "none"),
        (results("pass"), "none"),
        (signatures("tmperror"), "tmperror"),
        (b"", "none"),
    ],
)
def test_of_several_signatures_one_that_passes_is_enough(fields: bytes, result: str) -> None:
    assert readings.of_message(fields + SENT, SENT, BY_DKIM).result == result


def test_of_dkim_and_dmarc_every_field_that_tells_is_evidence() -> None:
    told = signatures("fail") + signatures("pass")

    assert readings.of_message(told + results("fail") + SENT, SENT, BY_DKIM).raw == told


@pytest.mark.parametrize(
    ("code", "text", "result"),
    [
        (550, b"5.7.1 rejected by DMARC policy for a.test", "fail"),
        (451, b"4.7.5 DMARC record not found now", "temperror"),
        (550, b"5.7.1 go away", None),
        (550, b"5.7.1 dmarc.test may not send", None),
    ],
)
def test_a_reply_that_names_the_method_refuses_for_its_sake(code: int, text: bytes, result: str | None) -> None:
    row = Verifier(route="bind", method="dmarc", reads="authentication-results")
    query = Query(ip="192.0.2.1", helo="dmarc.test", mail_from="joe@a.test")

    said = readings.of_reply(code, [text], row=row, query=query, source="", raw=b"")

    assert (said.result if said else None) == result
