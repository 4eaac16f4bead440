"""Measures effort in function calls, octets searched and octets copied, which no busy machine changes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any


def calls(work: Callable[[], Any]) -> int:
    """Count the calls, Python's and C's, that a piece of work makes; those of a garbage collection are not its own."""
    count = 0

    def note(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    gc.disable()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


class Watched(bytearray):
    """Octets that count how many of themselves were searched."""

    searched = 0

    def find(self, wanted: Any, start: Any = 0, end: Any = None) -> int:
        place = super().find(wanted, start)
        self.searched += (place if place >= 0 else len(self)) - start
        return place


class Copied(bytes):
    """Octets that count how many of themselves were copied out."""

    copied = 0

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        self.copied += len(part) if isinstance(part, bytes) else 1
        return part
