"""The route through the policy protocol, to peers that are right and to peers that misbehave."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.target import Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.verifiers import Crashed, Opinion, Query, Route, Unreachable
from conformance.verifiers.routes import open_route
from tests.peers import wrong
from tests.peers.verifiers import local_server, policy

QUERY = Query(ip="192.0.2.1", helo="a.test", mail_from="joe@a.test")


@contextlib.contextmanager
def route_to(address: str, *, patience: float = 5.0, **row: str) -> Iterator[Route]:
    caller = Dialler(Target(name="peer", endpoints=(), patience=patience), Recorder())
    route = open_route(Verifier(**{"route": "policy", "name": "peer", "address": address, "reads": "received-spf", **row}), caller)  # fmt: skip
    try:
        yield route
    finally:
        route.close()


@contextlib.contextmanager
def asking(script: wrong.Script, *, patience: float = 5.0, **row: str) -> Iterator[Route]:
    with wrong.wrong_server(script) as port, route_to(f"127.0.0.1:{port}", patience=patience, **row) as route:
        yield route


@pytest.mark.parametrize(
    ("action", "row", "result", "note"),
    [
        (b"PREPEND Received-SPF: Pass (mailfrom) identity=mailfrom; receiver=<UNKNOWN>", {}, "pass", "identity=mailfrom"),
        (b"prepend Received-SPF: none (x) identity=helo;", {}, "none", "identity=helo"),
        (b"PREPEND Received-SPF: hardfail", {}, None, ""),
        (b"PREPEND X-Comment: SPF pass", {}, None, "no Received-SPF field"),
        (b"PREPEND Received-SPF: pass", {"reads": "reply"}, None, "an action that says nothing of SPF"),
        (b"PREPEND Authentication-Results: m; spf=pass smtp.helo=x; spf=neutral smtp.mailfrom=y",
         {"reads": "authentication-results"}, "neutral", "identity=mailfrom"),
        (b"550 5.7.23 Message rejected due to: SPF fail - not authorized", {}, "fail", "enhanced status code 5.7.23"),
        (b"550 5.7.24 SPF Permanent Error", {"reads": "reply"}, "permerror", "enhanced status code 5.7.24"),
        (b"550 Please see http://a.test/why", {}, "fail", "by the reply code alone"),
        (b"451 4.4.3 try again", {}, "temperror", "by the reply code alone"),
        (b"550 5.5.2 ?", {}, "permerror", "by the reply code alone"),
        (b"REJECT", {}, "fail", "by the reply code alone"),
        (b"REJECT 5.7.1 SPF softfail", {}, "softfail", "by its words"),
        (b"DEFER_IF_PERMIT SPF Temporary Error: timeout", {}, "temperror", "by its words"),
        (b"DEFER_IF_PERMIT", {}, "temperror", "by the reply code alone"),
        (b"DUNNO", {}, None, "an action that says nothing of SPF"),
        (b"", {}, None, "an action that says nothing of SPF"),
    ],
)  # fmt: skip
def test_an_action_is_read(action: bytes, row: dict[str, str], result: str | None, note: str) -> None:
    with asking(policy({"192.0.2.1": b"action=" + action + b"\n\n"}), **row) as route:
        said = route.ask(QUERY)

    assert isinstance(said, Opinion)
    assert (said.result, said.note) == (result, note)


def test_a_request_is_that_of_rcpt_and_like_no_other(tmp_path: Path) -> None:
    asked: list[dict[bytes, bytes]] = []
    with local_server(policy({}, asked), tmp_path / "s") as address, route_to(address, recipient="bob@b.test") as route:
        route.ask(QUERY)
        route.ask(Query(ip="2001:db8::1", helo="ü"))

    first, second = asked
    assert (first[b"request"], first[b"protocol_state"]) == (b"smtpd_access_policy", b"RCPT")
    assert (first[b"client_address"], first[b"helo_name"], first[b"sender"]) == (b"192.0.2.1", b"a.test", b"joe@a.test")
    assert (first[b"recipient"], second[b"client_address"], second[b"sender"]) == (b"bob@b.test", b"2001:db8::1", b"")
    assert first[b"instance"] != second[b"instance"]


def test_a_connection_is_kept_and_made_again_when_the_service_has_closed_it() -> None:
    answer = b"action=PREPEND Received-SPF: pass\n\n"
    with asking(policy({"192.0.2.1": answer}, once=True)) as route:
        said = [route.ask(QUERY) for _ in range(3)]

    assert [isinstance(one, Opinion) and one.result for one in said] == ["pass"] * 3


def test_what_is_said_too_much_answers_no_other_query() -> None:
    answers = {"192.0.2.1": b"action=DUNNO\n\naction=REJECT\n\n", "192.0.2.2": b"action=DUNNO\n\n"}
    with asking(policy(answers)) as route:
        route.ask(QUERY)
        said = route.ask(Query(ip="192.0.2.2", helo="a.test"))

    assert isinstance(said, Opinion)
    assert said.result is None


def test_a_query_that_ends_the_service_is_a_crash_and_the_next_is_asked() -> None:
    answers = {"192.0.2.1": b"", "192.0.2.3": b"action=PREPE"}
    with asking(policy(answers)) as route:
        said = [route.ask(Query(ip=f"192.0.2.{number}", helo="a")) for number in (2, 1, 3, 2)]

    assert [type(one) for one in said] == [Opinion, Crashed, Crashed, Opinion]
    assert 'behind "action=PREPE"' in repr(said[2])


@pytest.mark.parametrize(
    ("script", "kind", "why"),
    [
        (wrong.mute, Unreachable, "gave no answer within 0.4 s"),
        (wrong.closing, Crashed, "in place of an answer"),
        (wrong.endless_line, Unreachable, "does not end within 65536 octets"),
        (wrong.dripping, Unreachable, "came to no end in time"),
        (wrong.dialogue(b"garbage\n\n", then=wrong.mute), Unreachable, 'has no action: "garbage\\n\\n"'),
        (wrong.dialogue(b"action=DU", then=wrong.mute), Unreachable, 'came to no end in time: "action=DU"'),
    ],
)
def test_a_service_that_misbehaves(script: wrong.Script, kind: type, why: str) -> None:
    with asking(script, patience=0.4) as route:
        said = route.ask(QUERY)

    assert isinstance(said, kind)
    assert why in repr(said).replace("\\\\", "\\")


def test_a_service_that_is_not_there() -> None:
    with route_to("unix:/nowhere") as route:
        assert route.ask(QUERY) == Unreachable(why="policy://unix:/nowhere: No such file or directory")
        assert route.name == "peer"


def test_what_the_protocol_cannot_carry() -> None:
    with route_to("unix:/nowhere") as route:
        query = Query(ip="192.0.2.1", helo="a\nb")
        assert route.ask(query) == Unreachable(why="helo holds '\\n', which has no place in this protocol")
