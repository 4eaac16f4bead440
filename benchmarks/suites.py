"""Run time of the suites against the time in which the harness waited for the server.

The waiting is read off the transcripts: from each octet of the client to the next of the server, on any connection.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from conformance.campaign import Wanted, perform
from conformance.transcript import Event, from_text

AIMS = {"pop3": "<= 2", "imap": "<= 3", "smtp": "<= 2"}


def measure(file: Path, spoken: Collection[str]) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each protocol that the target speaks."""
    return [_measured(file, protocol, aim) for protocol, aim in AIMS.items() if protocol in spoken]


def _measured(file: Path, protocol: str, aim: str) -> tuple[str, str, str, str, str]:
    with tempfile.TemporaryDirectory() as scratch:
        done = perform([str(file)], Wanted(selectors=(protocol,), folder=Path(scratch), quiet=True))
        spent = sum(result.seconds for result in done.run.results)
        waited = sum(_waiting(from_text(path.read_text("utf-8"))) for path in Path(scratch).glob("transcripts/*/*.txt"))
    return (
        f"{protocol.upper()} suites",
        f"{spent:.1f} s in {len(done.run.results)} checks",
        f"server took {waited:.1f} s",
        f"{spent / waited:.2f}",
        aim,
    )


def _waiting(events: list[Event]) -> float:
    """Seconds in which the other side had the word: it had been asked, or a check listened for what should not come."""
    asked: dict[int, int] = {}
    total = 0
    for event in events:
        if event.side == "C" or event.kind == "open":
            asked[event.connection] = event.at_ns
        elif event.connection in asked:
            total += event.at_ns - asked[event.connection]
            asked[event.connection] = event.at_ns
    return total / 1e9
