"""Run time of the POP3 suites against the time in which the harness waited for the server.

The waiting is read off the transcripts: from each octet of the client to the next of the server, on any connection.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from conformance.campaign import Wanted, perform
from conformance.transcript import Event, from_text


def measure(file: Path) -> list[tuple[str, str, str, str, str]]:
    """Return the row of the table."""
    with tempfile.TemporaryDirectory() as scratch:
        done = perform([str(file)], Wanted(selectors=("pop3",), folder=Path(scratch), quiet=True))
        spent = sum(result.seconds for result in done.run.results)
        waited = sum(_waiting(from_text(path.read_text("utf-8"))) for path in Path(scratch).glob("transcripts/*/*.txt"))
    return [
        (
            "POP3 suites",
            f"{spent:.1f} s in {len(done.run.results)} checks",
            f"server took {waited:.1f} s",
            f"{spent / waited:.2f}",
            "<= 2",
        )
    ]


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
