"""`capacity` on the embedded servers: it measures, says what it could not, and leaves nothing behind."""

from __future__ import annotations

import imaplib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from conformance import capacity, reports
from conformance.embedded import serve
from conformance.outcomes import Inconclusive
from conformance.target import Target, load

SCHEMA = Path(str(reports.__file__)).parent / "schemas" / "capacity.json"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with serve(tmp_path_factory.mktemp("capacity")) as target_file:
        yield target_file


def mailconform(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def left(target: Target) -> tuple[int, list[bytes]]:
    """How many messages INBOX has, and which mailboxes bear the harness's name."""
    endpoint = target.endpoint("imap")
    assert endpoint is not None
    with imaplib.IMAP4("127.0.0.1", endpoint.port) as client:
        client.login(target.accounts[0].user, target.accounts[0].password)
        listed = [line for line in client.list()[1] if isinstance(line, bytes) and b"mailconform" in line]
        return int(client.select("INBOX", readonly=True)[1][0] or 0), listed


def test_a_measurement_is_a_table_and_a_picture_and_leaves_nothing_behind(file: Path, tmp_path: Path) -> None:
    done = mailconform("capacity", file, "--messages", "20,5", "--out", tmp_path)

    assert done.returncode == 0, done.stderr
    lines = {line.partition("  ")[0]: line for line in done.stdout.splitlines()}
    assert all(" / " in lines[name] for name in ("SELECT", "FETCH flags", "SEARCH subject", "POP3 LIST", "POP3 UIDL"))
    assert "for x4.0" in lines["SELECT"]
    assert "embedded: SORT is not measured: SORT is not announced" in done.stdout
    assert "![Milliseconds by number of messages](capacity.svg)" in (tmp_path / "capacity.md").read_text("utf-8")
    measured = json.loads((tmp_path / "capacity.json").read_text("utf-8"))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(measured)
    assert (measured["sizes"], len(measured["timings"])) == ([5, 20], 2 * len(measured["commands"]))
    assert {bool(timing["why"]) for timing in measured["timings"] if timing["warm"] is None} == {True}
    assert ET.parse(tmp_path / "capacity.svg").getroot().tag.endswith("svg")
    assert left(load(file)) == (0, [])


def test_what_is_made_is_removed_when_measuring_fails(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "IMAP_COMMANDS", {"FETCH flags": ("IDLE", "")})
    monkeypatch.setattr(capacity, "LONG", 1.0)
    with pytest.raises(Inconclusive, match="IDLE"):
        capacity.measure([file], (3,), lambda _: None, 60.0)

    assert left(load(file)) == (0, [])


@pytest.mark.parametrize("sizes", ["0", "a", "", "1000,", "100001"])
def test_sizes_are_bounded(file: Path, sizes: str) -> None:
    with pytest.raises(ValueError, match="give numbers from 1 to 100000"):
        capacity.sizes(sizes)


def test_two_targets_need_two_names(file: Path) -> None:
    done = mailconform("capacity", file, file)

    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1)
