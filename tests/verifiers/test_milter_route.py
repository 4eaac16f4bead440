"""The route through the milter protocol, to a filter that is right and to peers that misbehave."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from conformance.target import Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.verifiers import Crashed, Opinion, Query, Route, Unreachable
from conformance.verifiers.routes import open_route
from tests.peers import wrong
from tests.peers.verifiers import local_server, milter, packet

QUERY = Query(ip="192.0.2.1", helo="a.test", mail_from="joe@a.test")
GO_ON = packet(b"c")
RESULTS = b"Authentication-Results\0peer.test;\n\tspf=softfail (x)\n\tsmtp.mailfrom=a.test\0"
AT_TOP = bytes(4)


@contextlib.contextmanager
def route_to(address: str, *, patience: float = 5.0, **row: str) -> Iterator[Route]:
    caller = Dialler(Target(name="peer", endpoints=(), patience=patience), Recorder())
    setting = {"route": "milter", "name": "peer", "address": address, "reads": "authentication-results", **row}
    yield open_route(Verifier(**setting), caller)


@contextlib.contextmanager
def asking(script: wrong.Script, *, patience: float = 5.0, **row: str) -> Iterator[Route]:
    with wrong.wrong_server(script) as port, route_to(f"127.0.0.1:{port}", patience=patience, **row) as route:
        yield route


def answered(answers: Mapping[bytes, Sequence[bytes]]) -> wrong.Script:
    return milter({"192.0.2.1": answers})


@pytest.mark.parametrize("steps", [0, 0xFFFFF, 0x1000, 0xFF080, 0x1 << 9, 0x7F])
def test_a_transaction_is_told_as_the_filter_wants_it(tmp_path: Path, steps: int) -> None:
    """Bits below 0x80 and 0x200 leave a step out, those of 0x80 and 0xFF000 its answer."""
    told: list[tuple[bytes, bytes]] = []
    answers = {address: {b"E": (packet(b"h", RESULTS), GO_ON)} for address in ("192.0.2.1", "")}
    with local_server(milter(answers, steps=steps, told=told), tmp_path / "s") as address, route_to(address) as route:
        said = route.ask(QUERY)

    assert isinstance(said, Opinion)
    assert (said.result, said.explanation, said.note) == ("softfail", "x", "identity=mailfrom")
    unwanted = {b"C": 1, b"H": 2, b"M": 4, b"R": 8, b"B": 0x10, b"L": 0x20, b"N": 0x40, b"T": 0x200}
    heard = {command for command, _ in told}
    assert heard - {b"D", b"Q"} == {b"O", b"E"} | {command for command, bit in unwanted.items() if not steps & bit}


def test_what_a_filter_is_told() -> None:
    told: list[tuple[bytes, bytes]] = []
    with asking(milter({}, told=told), recipient="bob@b.test") as route:
        route.ask(Query(ip="2001:db8::1", helo="ü", mail_from=""))

    assert (b"C", b"[2001:db8::1]\x006\xc0\x002001:db8::1\0") in told
    assert (b"H", "ü\0".encode()) in told
    assert {(b"M", b"<>\0"), (b"R", b"<bob@b.test>\0"), (b"N", b""), (b"B", b"Hello.\r\n")} <= set(told)
    assert (b"L", b"From\0<sender@mailconform.invalid>\0") in told


@pytest.mark.parametrize(
    ("answers", "row", "result", "note"),
    [
        ({b"M": (packet(b"y", b"550 5.7.23 SPF fail\0"),)}, {}, "fail", "enhanced status code 5.7.23"),
        ({b"E": (packet(b"y", b"550-5.7.24 a\r\n550 5.7.24 b\0"),)}, {}, "permerror", "enhanced status code 5.7.24"),
        ({b"M": (packet(b"r"),)}, {}, "fail", "by the reply code alone"),
        ({b"R": (packet(b"t"),)}, {"reads": "reply"}, "temperror", "by the reply code alone"),
        ({b"C": (packet(b"a"),)}, {}, None, "the filter takes the message unseen"),
        ({b"L": (packet(b"d"),)}, {}, None, "the filter lets the message vanish"),
        ({b"E": (packet(b"p"), packet(b"i", AT_TOP + RESULTS), packet(b"p"), packet(b"a"))}, {}, "softfail", "identity=mailfrom"),
        ({b"E": (GO_ON,)}, {}, None, "no Authentication-Results field"),
        ({b"E": (packet(b"h", RESULTS), GO_ON)}, {"reads": "reply"}, None, "the message was taken without a word on SPF"),
        ({b"E": (packet(b"h", b"Received-SPF\0Pass (x) helo=y\0"), GO_ON)}, {"reads": "received-spf"}, "pass", ""),
        ({b"E": (packet(b"h", b"Received-SPF\0 fail\0"), packet(b"i", AT_TOP + b"Received-SPF\0pass\0"), GO_ON)},
         {"reads": "received-spf"}, "pass", ""),
        ({b"E": (packet(b"m", bytes(4) + b"Subject\0x\0"), packet(b"+", b"<a>\0"), packet(b"i"), GO_ON)}, {}, None,
         "no Authentication-Results field"),
        ({b"E": (packet(b"h", b""), packet(b"h", b"A\0b\r\nno field\n\n\0"), packet(b"h", RESULTS), GO_ON)}, {}, "softfail", "identity=mailfrom"),
    ],
)  # fmt: skip
def test_answers_are_read(
    answers: Mapping[bytes, Sequence[bytes]], row: dict[str, str], result: str | None, note: str
) -> None:
    with asking(answered(answers), **row) as route:
        said = route.ask(QUERY)

    assert isinstance(said, Opinion)
    assert (said.result, said.note) == (result, note)


def test_the_message_is_seen_as_the_filter_has_made_it() -> None:
    """A field is changed, one removed (both counted by name), one put on top; there is no fourth field X."""
    changes = [(b"m", 2, b"x\0two\0"), (b"m", 1, b"X\0\0"), (b"m", 4, b"X\0four\0"), (b"m", 0, b"X\0zero\0")]
    packets = [packet(command, number.to_bytes(4) + data) for command, number, data in changes]
    query = Query(ip="192.0.2.1", helo="a.test", mail_from="joe@a.test", headers=b"X: 1\r\nX: 2\r\nX: 3\r\n")
    with asking(answered({b"E": (*packets, packet(b"i", AT_TOP + RESULTS), GO_ON)})) as route:
        said = route.ask(query)

    assert isinstance(said, Opinion)
    header, _, body = said.message.partition(b"\r\n\r\n")
    assert header.startswith(b"Authentication-Results: peer.test;")
    assert header.endswith(b"\r\nx: two\r\nX: 3")
    assert body == b"Hello.\r\n"


@pytest.mark.parametrize("step", [b"C", b"H", b"M", b"R", b"T", b"L", b"N", b"B", b"E"])
def test_a_filter_that_leaves_at_a_step_has_crashed(step: bytes) -> None:
    with asking(answered({step: ()})) as route:
        said = [route.ask(QUERY), route.ask(Query(ip="192.0.2.2", helo="a"))]

    assert [type(one) for one in said] == [Crashed, Opinion]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (wrong.mute, "gave no answer within 0.4 s"),
        (wrong.garbage, "no milter: a packet of 16717315 octets"),
        (wrong.closing, "in place of an answer"),
        (wrong.endless_line, "no milter: a packet of"),
        (wrong.dripping, "no milter: a packet of 2021161080 octets"),
        (wrong.dialogue(b"\0\0\0\x01c", then=wrong.mute), "no milter: negotiation was answered by a packet b'c' of 0 octets"),
        (wrong.dialogue(b"\0\0\0\x0dO", then=wrong.mute), "came to no end in time"),
        (wrong.dialogue(b"\0\0\0\0", then=wrong.mute), "no milter: a packet of 0 octets"),
        (answered({b"M": (b"\0\0\0\x05h",)}), "came to no end in time"),
        (answered({b"M": (b"\xff" * 8,)}), "no milter: a packet of 4294967295 octets"),
        (answered({b"M": (packet(b"p"),) * 2000}), "does not end within 1000 packets"),
    ],
)  # fmt: skip
def test_a_peer_that_misbehaves_is_not_reached(script: wrong.Script, why: str) -> None:
    with asking(script, patience=0.4) as route:
        said = route.ask(QUERY)

    assert isinstance(said, Unreachable)
    assert why in said.why


def test_a_filter_that_is_not_there() -> None:
    with route_to("127.0.0.1:1") as route:
        assert route.ask(QUERY) == Unreachable(why="milter://127.0.0.1:1: Connection refused")
        assert "has no place" in route.carries(Query(ip="192.0.2.1", helo="a\0"))
        route.close()
