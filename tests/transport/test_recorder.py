"""A generated check's evidence is its last example; what came before is read once and forgotten."""

from __future__ import annotations

from conformance.transcript import Transcript
from conformance.transport.dialler import Recorder


def test_a_turned_page_is_read_once_and_kept_no_longer() -> None:
    recorder = Recorder()
    read: list[list[Transcript]] = []
    recorder.reader = read.append
    first = recorder.new("pop3://[::1]:1")
    recorder.decide(first, 0)

    recorder.turn_page()

    assert read == [[first]]
    assert recorder.transcripts == []
    assert recorder.deciding is None


def test_connections_are_counted_through_all_pages() -> None:
    recorder = Recorder()
    recorder.new("pop3://[::1]:1")
    recorder.turn_page()

    assert recorder.new("pop3://[::1]:1").connection == 2
