"""The route through a command: scripts that print a result, break, and misbehave."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from conformance.target import Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.verifiers import Crashed, Opinion, Query, Unreachable, Verdict
from conformance.verifiers.routes import open_route

QUERY = Query(ip="192.0.2.1", helo="a.test", mail_from="joe@a.test")


def verdict(script: str, query: Query = QUERY, *, patience: float = 10.0, **row: str) -> Verdict:
    """Ask a shell script, whose $1, $2 and $3 are the query."""
    command = f"sh -c {shlex.quote(script)} verifier {{ip}} {{helo}} {{sender}}"
    return asked(command, query, patience=patience, **row)


def asked(command: str, query: Query = QUERY, *, patience: float = 10.0, **row: str) -> Verdict:
    caller = Dialler(Target(name="peer", endpoints=(), patience=patience), Recorder())
    setting = Verifier(**{"route": "command", "name": "peer", "command": command, "reads": "output", **row})
    route = open_route(setting, caller)
    said = route.ask(query)
    route.close()
    return said


@pytest.mark.parametrize(
    ("output", "result", "explanation"),
    [
        ("pass\n\nspfquery: domain of joe@a.test", "pass", "spfquery: domain of joe@a.test"),
        ("Fail\nPlease see http://a.test/", "fail", "Please see http://a.test/"),
        ("debug: soft-failing\nSoftFail", "softfail", ""),
        ("result: ('permerror', 550, 'no')", "permerror", "', 550, 'no')"),
        ("nothing that counts", None, ""),
        ("no record for 'fail.test', nor for pass.a.test or joe@none", None, ""),
        ("Error: permerror.test. pass.", "pass", "."),
        ("", None, ""),
    ],
)
def test_the_first_result_in_the_output_counts(output: str, result: str | None, explanation: str) -> None:
    said = verdict(f"echo {shlex.quote(output)}; exit 3")

    assert isinstance(said, Opinion)
    assert (said.result, said.explanation) == (result, explanation)
    assert said.note.startswith("exit status 3")


def test_arguments_get_there_as_they_are_and_no_shell_reads_them() -> None:
    odd = Query(ip="2001:db8::1", helo="$(id) {sender} *", mail_from="'a b;\"@c\u00fc")

    said = verdict('printf "none %s|%s|%s" "$1" "$2" "$3"', odd)
    assert isinstance(said, Opinion)
    assert said.explanation == "2001:db8::1|$(id) {sender} *|'a b;\"@c\u00fc"


def test_what_the_query_brought_is_no_result() -> None:
    said = verdict(
        "echo none@a.test pass.test: softfail", Query(ip="192.0.2.1", helo="pass.test", mail_from="none@a.test")
    )
    alone = verdict("echo none", Query(ip="192.0.2.1", helo="none", mail_from="x@none"))

    assert isinstance(said, Opinion)
    assert isinstance(alone, Opinion)
    assert (said.result, alone.result) == ("softfail", "none")


def test_a_pattern_finds_the_result() -> None:
    said = verdict("echo fail; echo verdict=neutral.", pattern="verdict=([a-z]+)")

    assert isinstance(said, Opinion)
    assert said.result == "neutral"


@pytest.mark.parametrize(
    ("reads", "output", "result", "explanation"),
    [
        ("received-spf", "fail\n\nReceived-SPF: softfail (a) identity=helo;\n more=x", "softfail", "fail"),
        ("received-spf", "Received-SPF: softfail (a) identity=helo;", "softfail", "a"),
        ("received-spf", "fail\nwhy", "fail", "why"),
        ("authentication-results", "x\n\nAuthentication-Results: m; spf=none", "none", "x"),
    ],
)
def test_a_header_field_may_be_printed(reads: str, output: str, result: str, explanation: str) -> None:
    said = verdict(f"printf %s {shlex.quote(output)}", reads=reads)

    assert isinstance(said, Opinion)
    assert (said.result, said.explanation) == (result, explanation)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo fail; kill -SEGV $$", "ended by SIGSEGV"),
        ("sh -c 'kill -ABRT $$'; exit $?", "ended by SIGABRT"),
        ("exit 139", "ended by SIGSEGV"),
        ("kill -9 $$", "ended by SIGKILL"),
        ("echo 'no such method at /usr/bin/x line 12.' >&2; exit 255", "no such method at /usr/bin/x line 12."),
        (f"{sys.executable} -c 'print(\"none\"); 1/0'", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_program_that_breaks_has_crashed(script: str, why: str) -> None:
    said = verdict(script)

    assert isinstance(said, Crashed)
    assert why in said.why


def test_a_warning_beside_a_result_is_no_crash() -> None:
    said = verdict("echo pass; echo 'Use of uninitialized value at /x line 12.' >&2")

    assert isinstance(said, Opinion)
    assert said.result == "pass"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sleep 60", "did not end within 0.3 s"),
        ("exec >&- 2>&-; sleep 60", "did not end within 0.3 s"),
        ("sleep 60 & echo pass", "did not end within 0.3 s"),
        ("while :; do echo pass; done", "sh: "),
        ("while :; do echo pass; done >&2", "sh: "),
        ("echo pas; cat /dev/zero", "sh: "),
    ],
)
def test_a_program_without_an_end_is_ended(script: str, why: str) -> None:
    said = verdict(script, patience=0.3)

    assert isinstance(said, Unreachable)
    assert why in said.why


def test_output_has_a_limit() -> None:
    said = asked(f"{sys.executable} -c 'print(\"pass\" * 20000)' {{ip}}")

    assert isinstance(said, Unreachable)
    assert "wrote more than 65536 octets" in said.why


def test_a_program_that_is_not_there_or_is_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")

    assert asked("/nowhere/spfquery {ip}") == Unreachable(why="/nowhere/spfquery: No such file or directory")
    assert asked(f"{tmp_path}/text {{ip}}") == Unreachable(why=f"{tmp_path}/text: Permission denied")


def test_what_no_argument_can_hold() -> None:
    said = verdict("echo pass", Query(ip="192.0.2.1", helo="a\0b"))

    assert said == Unreachable(why="helo holds '\\x00', which has no place in this protocol")


def test_evidence_is_kept() -> None:
    caller = Dialler(Target(name="peer", endpoints=(), patience=5.0), Recorder())
    open_route(Verifier(route="command", name="peer", command="echo pass {ip}", reads="output"), caller).ask(QUERY)

    (transcript,) = caller.recorder.transcripts
    assert transcript.bytes_of("S") == b"pass 192.0.2.1\n"
