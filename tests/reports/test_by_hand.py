"""By hand: what is typed, what is printed octet by octet, and that a shell obeys nothing of a run folder."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import runs

from conformance.reports import by_hand
from conformance.results import Evidence, Result, Run
from conformance.transcript import Event, to_text
from conformance.verdicts import Outcome

Said = tuple[str, str, bytes]
OPEN = ("-", "open", b"imap://127.0.0.1:143")
GREETING = ("S", "bytes", b"* OK ready\r\n")


def written(folder: Path, *said: Said, line: int = 0, connection: int = 1) -> str:
    """Write a conversation, and return how to hold it by hand up to a line of it (by default the last)."""
    events, offsets = [], {"C": 0, "S": 0, "-": 0}
    for number, (side, kind, data) in enumerate(said):
        events.append(Event(at_ns=number, connection=connection, side=side, kind=kind, offset=offsets[side], data=data))  # type: ignore[arg-type]
        offsets[side] += len(data) if kind == "bytes" else 0
    run, result = judged(folder, line or len(said))
    (folder / "transcripts" / "0009.txt").write_text(to_text(events), "ascii")
    return by_hand.render(run, result)


def judged(folder: Path, line: int) -> tuple[Run, Result]:
    proof = Evidence(transcript="transcripts/0009.txt", line=line)
    found = runs.result("alder", "x", "A title", "RFC1939-5-02", Outcome.BROKEN, evidence=proof, observed="no")
    return runs.write(folder, (found,)), found


def test_what_can_be_typed_is_shown_line_by_line(tmp_path: Path) -> None:
    said = (
        OPEN,
        GREETING,
        ("C", "bytes", b"a1 NOOP\r\n"),
        ("S", "bytes", b"a1 BAD\r\n"),
        ("C", "bytes", b"a2 NOOP\r\n"),
    )
    assert written(tmp_path, *said, line=4).splitlines() == [
        "# rfc1939/x on alder: A title",
        "nc -C 127.0.0.1 143",
        "a1 NOOP",
        "# then the server said, in line 4:",
        "# a1 BAD␍␊",
        "# observed: no",
    ]


@pytest.mark.parametrize(
    ("url", "command"),
    [
        (b"imaps://127.0.0.1:993", "openssl s_client -quiet -crlf -connect 127.0.0.1:993"),
        (b"pop3s://[::1]:995", "openssl s_client -quiet -crlf -connect '[::1]:995'"),
        (b"submissions://mail.example.org", "openssl s_client -quiet -crlf -connect mail.example.org:465"),
    ],
)
def test_tls_from_the_start(tmp_path: Path, url: bytes, command: str) -> None:
    text = written(tmp_path, ("-", "open", url), ("-", "tls", b"TLSv1.3"), GREETING, ("C", "bytes", b"a1 NOOP\r\n"))
    assert text.splitlines()[1:3] == [command, "a1 NOOP"]


@pytest.mark.parametrize(
    ("url", "start", "word"),
    [
        (b"imap://h", b"a1 STARTTLS\r\n", "imap"),
        (b"pop3://h", b"STLS\r\n", "pop3"),
        (b"submission://h", b"STARTTLS\r\n", "smtp"),
    ],
)
def test_tls_begun_later_is_begun_by_openssl(tmp_path: Path, url: bytes, start: bytes, word: str) -> None:
    secured = (("C", "bytes", start), ("S", "bytes", b"ok\r\n"), ("-", "tls", b"TLSv1.3"), ("C", "bytes", b"NOOP\r\n"))
    command, first = written(tmp_path, ("-", "open", url), GREETING, *secured).splitlines()[1:3]
    assert f"-quiet -crlf -starttls {word} -connect h:" in command
    assert first == "NOOP"


def test_masked_words_are_told(tmp_path: Path) -> None:
    lines = written(tmp_path, OPEN, GREETING, ("C", "bytes", b"PASS ******\r\n")).splitlines()
    assert lines[2].startswith("# asterisks stand for what was masked")


def test_a_conversation_that_goes_on_says_so(tmp_path: Path) -> None:
    text = written(tmp_path, ("-", "resume", OPEN[2]), ("C", "bytes", b"a1 NOOP\r\n"))
    assert "# it goes on where another left off: log in first" in text.splitlines()


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called nc that keeps what it is told, and a sleep that does not wait."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("nc", f'#!/bin/sh\nexec cat > "{tmp_path}/heard"\n'), ("sleep", "#!/bin/sh\n")):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tmp_path / "heard"


@pytest.mark.parametrize(
    "pieces",
    [
        (bytes(range(256)),),
        (b"a1 NO", b"OP\r\n"),
        (b"a1 NOOP\r\na2 NOOP\r\n",),
        (b"no end",),
        (b"-n %s %d \\n '; touch gone; echo '\n",),
        (b"`touch gone` $(touch gone) $HOME\x00\r\n", b"\xe2\x80\xae\n"),
    ],
)
def test_a_shell_says_exactly_what_the_client_said(tmp_path: Path, heard: Path, pieces: tuple[bytes, ...]) -> None:
    text = written(tmp_path / "run", OPEN, GREETING, *(("C", "bytes", piece) for piece in pieces))
    subprocess.run(["sh", "-c", text], cwd=tmp_path, check=True, timeout=20)
    assert heard.read_bytes() == b"".join(pieces)
    assert not (tmp_path / "gone").exists()


def test_a_hostile_host_is_one_word(tmp_path: Path, heard: Path) -> None:
    text = written(tmp_path / "run", ("-", "open", b"imap://h;touch gone;:143"), GREETING, ("C", "bytes", b"x"))
    subprocess.run(["sh", "-c", text], cwd=tmp_path, check=True, timeout=20)
    assert not (tmp_path / "gone").exists()


def test_hostile_words_stay_in_comments(tmp_path: Path) -> None:
    written(tmp_path, OPEN, ("C", "bytes", b"a1 NOOP\r\n"), ("S", "bytes", runs.HOSTILE))
    run, found = judged(tmp_path, 3)
    told = by_hand.render(run, replace(found, title=runs.HOSTILE_TEXT, observed="x\ntouch gone", why=runs.HOSTILE_TEXT))
    assert [line for line in told.splitlines() if not line.startswith("# ")] == ["nc -C 127.0.0.1 143", "a1 NOOP"]
    assert told.isprintable() or not set("\x1b\x00\u202e\r") & set(told)


@pytest.mark.parametrize("line", [0, 99])
def test_without_the_line_there_is_nothing(tmp_path: Path, line: int) -> None:
    run, found = judged(tmp_path, 1)
    assert by_hand.render(run, found) == ""
    proof = Evidence(transcript="transcripts/0001.txt", line=line)
    assert by_hand.render(run, replace(found, evidence=proof)) == ""


def test_a_very_long_conversation_is_only_told(tmp_path: Path) -> None:
    assert "# the client says 40000 octets: too much for a shell" in written(
        tmp_path, OPEN, ("C", "bytes", b"x" * 40_000)
    )
