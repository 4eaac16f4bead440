"""SPF through the dial: a right verifier is never accused, a wrong one is, and what cannot be asked accuses nobody."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import lying
from conformance.checks_spf import Vector, another_text, every_text, explained, of_folder, right, unexplained
from conformance.dial_spf import CONTROL, CONTROLS, SpfDial
from conformance.dial_spf_results import asked_by, refusal, result_of
from conformance.dial_verifiers import CRASH, discovering
from conformance.discovery import CannotJudge, Profile
from conformance.faults import Fault, ask_also, forget, misjudge, say
from conformance.outcomes import Inconclusive, NotSupported
from conformance.target import Account, Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.vectors import RESULTS, Record
from conformance.verdicts import Reason
from conformance.verifiers import Query
from tests.peers.verifiers import mta
from tests.peers.wrong import wrong_server

SUITES = Path(__file__).parent.parent / "suites"
VECTORS = {suite: of_folder(SUITES / suite / "vectors") for suite in ("rfc7208", "rfc4408")}
SAMPLE = [vector for vectors in VECTORS.values() for vector in list(vectors.values())[::9]]
VERIFIER = f"{sys.executable} -m tests.peers.spf_verifier"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as there:
        return int(there.getsockname()[1])


def row(dns: str, manners: str = "") -> Verifier:
    return Verifier(
        name="peer", route="command", reads="output", command=f"{VERIFIER} {dns} {{ip}} {{helo}} {{sender}} {manners}"
    )


@contextmanager
def dialled(*manners: str, fault: Fault | None = None) -> Iterator[SpfDial]:
    """A dial to a verifier that has a way in for each of these manners."""
    dns = f"127.0.0.1:{free_port()}"
    target = Target(
        name="peer", endpoints=(), facilities={"dns": dns}, spf=tuple(row(dns, m) for m in manners or ("",))
    )
    dialler = Dialler(target, Recorder())
    if fault is not None:
        lying.install(fault, dialler)
    dial = SpfDial(Profile(target=target, protocol="spf"), dialler)
    try:
        yield dial
    finally:
        dial.retire()


@pytest.mark.parametrize("vector", SAMPLE, ids=lambda vector: vector.case.name)
def test_a_right_verifier_is_not_accused(vector: Vector) -> None:
    with dialled() as dial:
        assert dial.verdict(vector.zone, vector.query).result in vector.case.results


def test_a_lax_verifier_is_told_from_a_right_one() -> None:
    query = Query(ip="192.0.2.1", helo="mail.nobody.example", mail_from="a@nobody.example")
    with dialled("lax") as lax, dialled() as right:
        assert [dial.verdict({}, query).result for dial in (lax, right)] == ["pass", "none"]


def test_a_verifier_that_ends_of_a_query_has_a_result_of_its_own() -> None:
    with dialled("crash") as dial:
        said = dial.verdict(CONTROL, Query(ip="192.0.2.1", helo="control.mailconform.example", mail_from=""))

    assert said.result == CRASH
    assert "nobody has thought of this" in said.note + said.raw.decode()


def test_ways_that_disagree_accuse_nobody() -> None:
    with dialled("", "lax") as dial, pytest.raises(Inconclusive, match="disagree") as raised:
        dial.verdict({}, Query(ip="192.0.2.1", helo="mail.nobody.example", mail_from="a@nobody.example"))

    assert raised.value.reason is Reason.AMBIGUOUS


def test_a_temporary_error_of_an_mta_is_the_end_of_its_verifier() -> None:
    vector = next(v for v in VECTORS["rfc7208"].values() if v.case.results == ("temperror",))
    null = replace(vector.query, helo=vector.query.mail_from.rpartition("@")[2], mail_from="")
    with dialled("", "crash") as dial:
        assert dial.verdict(vector.zone, null).result == CRASH
    with dialled("") as dial:
        assert dial.verdict(vector.zone, null).result == "temperror"


def test_what_no_way_carries_is_not_reachable() -> None:
    with dialled() as dial, pytest.raises(NotSupported, match="not reachable"):
        dial.verdict({}, Query(ip="no address", helo="a.example", mail_from=""))


def test_what_was_asked_stands_in_the_evidence() -> None:
    with dialled() as dial:
        assert dial.verdict(CONTROL, CONTROLS["pass"]).result == "pass"
        notes = [
            event.data
            for transcript in dial.dialler.recorder.transcripts
            for event in transcript
            if event.kind == "note"
        ]

    assert [(q.name, q.type) for q in dial.asked] == [("control.mailconform.example", "TXT")]
    assert b"asked by udp: control.mailconform.example TXT" in notes


def test_the_faults_of_a_verifier_are_heard() -> None:
    with dialled(fault=misjudge("fail") | ask_also("SPF")) as dial:
        said = dial.verdict(CONTROL, CONTROLS["pass"])
        assert (said.result, [question.type for question in dial.asked]) == ("fail", ["TXT", "SPF"])
        with dial.dialler.straight():
            assert dial.verdict(CONTROL, CONTROLS["pass"]).result == "pass"


def test_a_name_that_a_verifier_forgets_is_not_asked_for() -> None:
    with dialled(fault=forget("control.mailconform.example")) as dial:
        dial.verdict(CONTROL, CONTROLS["pass"])

    assert dial.questions == frozenset()


def test_a_way_without_messages_shows_none() -> None:
    with dialled() as dial:
        with pytest.raises(NotSupported, match="no message is seen"):
            dial.delivered(CONTROL, CONTROLS["pass"])
        with pytest.raises(NotSupported, match="brings no message"):
            dial.verdict(CONTROL, replace(CONTROLS["pass"], headers=b"X: y\r\n"))


@pytest.mark.parametrize("name", ["explanation-is-fetched", "combined-expansions"])
def test_an_explanation_is_held_against_the_text_that_is_right(name: str) -> None:
    vector = VECTORS["rfc7208"][name]
    with dialled() as dial:
        assert dial.explains
        explained(dial, vector)
    with dialled(fault=another_text(vector)) as dial, pytest.raises(AssertionError, match="explained by"):
        explained(dial, vector)


@pytest.mark.parametrize("name", ["explanation-with-a-syntax-error", "exp-of-an-included-record-is-not-used"])
def test_an_explanation_that_is_nobodys_is_not_shown(name: str) -> None:
    vector = VECTORS["rfc7208"][name]
    with dialled() as dial:
        unexplained(dial, vector)
    with dialled(fault=every_text(vector)) as dial, pytest.raises(AssertionError, match="explained by"):
        unexplained(dial, vector)


def test_a_verifier_without_explanations_is_not_accused() -> None:
    with dialled() as dial:
        dial.routes[0]._pattern = re.compile(rb"(fail)[^\0]*")  # type: ignore[attr-defined]  # takes all that is printed
        with pytest.raises(NotSupported, match="no way to the verifier shows"):
            explained(dial, VECTORS["rfc7208"]["explanation-is-fetched"])


def test_a_result_that_is_wrong_is_told() -> None:
    with dialled(fault=misjudge("none")) as dial, pytest.raises(AssertionError, match="none, where pass is right"):
        right(dial, VECTORS["rfc7208"]["result-pass"])


def test_there_is_a_domain_for_each_result() -> None:
    with dialled() as dial:
        assert [result_of(dial, result).result for result in RESULTS] == list(RESULTS)
    with dialled(fault=misjudge("pass")) as dial, pytest.raises(NotSupported, match="pass, where fail was meant"):
        result_of(dial, "fail")


def test_a_command_refuses_nothing() -> None:
    with dialled() as dial, pytest.raises(NotSupported, match="no way to the verifier is SMTP"):
        refusal(dial, "fail")


@pytest.mark.parametrize("reply", [b"550 5.7.23 no\r\n", b"550-5.7.23 SPF\r\n550 5.7.23 no\r\n"])
def test_a_refusal_has_a_code_and_an_enhanced_code(tmp_path: Path, reply: bytes) -> None:
    (tmp_path / "new").mkdir()
    with wrong_server(mta({"192.0.2.1": ("RCPT", reply)}, tmp_path)) as port:
        target = Target(
            name="peer",
            endpoints=(),
            accounts=(Account(user="ann", password="x", address="ann@peer.test", maildir=str(tmp_path)),),
            facilities={"dns": f"127.0.0.1:{free_port()}"},
            spf=(Verifier(name="peer", route="xclient", address=f"127.0.0.1:{port}", reads="received-spf"),),
        )
        dialler = Dialler(target, Recorder())
        dial = SpfDial(Profile(target=target, protocol="spf"), dialler)
        assert refusal(dial, "fail") == (550, b"5.7.23")
        lying.install(say(b"554 5.1.1 SPF: fail\r\n", of=asked_by("fail")), dialler)
        assert refusal(dial, "fail") == (554, b"5.1.1")
        dial.retire()


def test_a_question_for_type_99_is_seen() -> None:
    with dialled("type99") as dial:
        dial.verdict(CONTROL, CONTROLS["pass"])

    assert "SPF" in [question.type for question in dial.asked]


@pytest.mark.parametrize(
    ("facilities", "said"),
    [({}, 'needs dns = "HOST:PORT" in'), ({"dns": "192.0.2.1:53"}, "192.0.2.1:53")],
    ids=["not-named", "not-ours"],
)
def test_a_name_server_that_cannot_be_is_one_line(facilities: dict[str, str], said: str) -> None:
    target = Target(name="peer", endpoints=(), facilities=facilities, spf=(row("127.0.0.1:1"),))
    with pytest.raises(CannotJudge, match=said) as raised:
        discovering(SpfDial)(target, Dialler(target, Recorder()))

    assert "\n" not in str(raised.value)


def test_a_verifier_that_judges_nothing_right_is_not_judged() -> None:
    dns = f"127.0.0.1:{free_port()}"
    asks_elsewhere = row(f"127.0.0.1:{free_port()}")
    target = Target(name="peer", endpoints=(), facilities={"dns": dns}, spf=(asks_elsewhere,), patience=5.0)
    with pytest.raises(CannotJudge, match="the verifier says temperror of a plain message that is pass"):
        discovering(SpfDial)(target, Dialler(target, Recorder()))


def test_records_of_a_scenario_are_gone_with_it() -> None:
    zone = {"gone.example": (Record("TXT", (b"v=spf1 -all",)),)}
    query = Query(ip="192.0.2.1", helo="gone.example", mail_from="a@gone.example")
    with dialled() as dial:
        assert [dial.verdict(each, query).result for each in (zone, {})] == ["fail", "none"]
