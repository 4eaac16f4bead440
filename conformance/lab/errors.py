"""The one exception of the lab: a sentence a person can act on, never a traceback to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LabError(Exception):
    """Something a person must change (root, a tool, a name, a port), or a server that did not come up."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the known names was probably meant, as the end of a sentence."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
