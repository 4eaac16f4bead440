"""Messages a second through the load witness (aiosmtplib, each message on a connection of its own) against Postfix's smtp-source.

The two take turns in rounds on one Postfix of the lab, with as many connections at once; the best round of each counts.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from conformance import lab
from conformance.delivery import compose
from conformance.target import Endpoint, Target
from conformance.witnesses.smtp import submit_all

AT_ONCE = 50
MESSAGES = 200
ROUNDS = 5
SENDER = "load@mailconform.invalid"
Row = tuple[str, str, str, str, str]


def measure(target: Target) -> list[Row]:
    """Return the row of the table; none for a target that is no Postfix of the lab, which has smtp-source beside it."""
    endpoint, server = target.endpoint("smtp"), lab.running().get(target.lab.get("server", ""))
    if endpoint is None or server is None or not server.name.startswith("postfix"):
        return []
    recipient = target.accounts[0].address
    turns: dict[str, Callable[[], None]] = {
        "witness": lambda: _witness(target, endpoint, recipient),
        "smtp-source": lambda: _smtp_source(server.pid, endpoint, recipient),
    }
    best = dict.fromkeys(turns, 0.0)
    for _ in range(ROUNDS):
        for name, turn in turns.items():
            began = time.perf_counter()
            turn()
            best[name] = max(best[name], MESSAGES / (time.perf_counter() - began))
    own, other = best["witness"], best["smtp-source"]
    return [
        (
            f"SMTP load, {AT_ONCE} at once",
            f"{own:,.0f} messages/s",
            f"smtp-source {other:,.0f}/s",
            f"{own / other:.2f}",
            "-",
        )
    ]


def _witness(target: Target, endpoint: Endpoint, recipient: str) -> None:
    for _ in range(MESSAGES // AT_ONCE):
        texts = [compose(b"x" * 70 + b"\r\n", subject="load").raw for _ in range(AT_ONCE)]
        told = submit_all(target, endpoint, None, (SENDER, recipient), texts)
        if lost := [each for each in told if not each.taken]:
            raise RuntimeError(f"{len(lost)} of {AT_ONCE} messages were not taken: {lost[0]}")


def _smtp_source(pid: int, endpoint: Endpoint, recipient: str) -> None:
    enter = ("nsenter", f"--target={pid}", "--mount", "--root", "--wd")
    load = ("smtp-source", "-s", str(AT_ONCE), "-m", str(MESSAGES), "-f", SENDER, "-t", recipient)
    subprocess.run([*enter, *load, f"{endpoint.host}:{endpoint.port}"], check=True, capture_output=True, timeout=300)
