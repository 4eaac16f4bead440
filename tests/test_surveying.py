"""What is kept of a survey: it is made anew when a file changes or when what is kept cannot be read, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import runner, surveying
from conformance.exits import Exit

CHECK = '''
from conformance import say, verifies


@verifies("RFC1939-3-02", refuted_by=say(b"-ERR lie\\r\\n", of=rb"CAPA"))
def test_{name}(pop3):
    """Ask for CAPA."""
    assert pop3.command("CAPA").positive
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of one check, and a cache of its own."""
    suite = tmp_path / "suites" / "rfc1939"
    suite.mkdir(parents=True)
    file = suite / "test_5_authorization.py"
    file.write_text(CHECK.format(name="one"))
    monkeypatch.setattr(runner, "suite_folders", lambda: (tmp_path / "suites",))
    monkeypatch.setenv("MAILCONFORM_CACHE", str(tmp_path / "cache"))
    return file


def found() -> set[str]:
    return {row["check"] for row in surveying.collect(["rfc1939/*"]) if row["kind"] == "check"}


def kept(module: Path) -> list[Path]:
    return sorted((module.parents[2] / "cache").iterdir())


def test_a_survey_is_kept_until_a_file_changes(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found() == {"rfc1939/one"}
    (first,) = kept(module)
    with monkeypatch.context() as nobody_collects:
        nobody_collects.setattr(runner, "command", lambda *_: ["false"])
        assert found() == {"rfc1939/one"}

    module.write_text(CHECK.format(name="another"))

    assert found() == {"rfc1939/another"}
    assert first in kept(module)


@pytest.mark.parametrize("octets", [b"", b'{"ids": ', b"\xff"])
def test_what_cannot_be_read_is_made_anew(module: Path, octets: bytes) -> None:
    found()
    (first,) = kept(module)
    first.write_bytes(octets)

    assert found() == {"rfc1939/one"}
    assert first.read_bytes() != octets


def test_no_more_are_kept_than_the_newest(module: Path) -> None:
    for number in range(surveying.KEPT + 2):
        module.write_text(CHECK.format(name=f"number_{number}"))
        assert found() == {f"rfc1939/number-{number}"}

    assert len(kept(module)) == surveying.KEPT


def test_a_cache_that_cannot_be_written_is_none(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCONFORM_CACHE", str(module / "cache"))

    assert found() == {"rfc1939/one"}


def test_suites_that_cannot_be_collected_are_an_error_of_the_harness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One module with a mistake: nothing is judged, rather than everything but that module."""
    suite = tmp_path / "rfc1939"
    suite.mkdir()
    (suite / "test_broken.py").write_text("import no_such_module\n")
    (suite / "test_whole.py").write_text("def test_nothing() -> None: ...\n")
    monkeypatch.setattr(runner, "suite_folders", lambda: (tmp_path,))

    with pytest.raises(runner.RunnerError, match="cannot be collected") as caught:
        surveying.survey()

    assert caught.value.code is Exit.HARNESS_ERROR
