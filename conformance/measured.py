"""What a measurement of capacity found: how long each command takes on mailboxes of several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One command on a mailbox of one size, in seconds: in the first session after filling, and at best later.

    Both are None where the command could not be measured; `why` says the reason.
    """

    target: str
    messages: int
    command: str
    cold: float | None = None
    warm: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A measurement: targets with their products, sizes in messages, commands in the order they were given."""

    targets: Sequence[tuple[str, str]]
    sizes: Sequence[int]
    commands: Sequence[str]
    timings: Sequence[Timing]

    def timing(self, target: str, messages: int, command: str) -> Timing:
        """Return one timing; an empty one if there is none."""
        fits = (t for t in self.timings if (t.target, t.messages, t.command) == (target, messages, command))
        return next(fits, Timing(target=target, messages=messages, command=command, why="not measured"))
