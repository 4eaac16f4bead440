"""Mailconform: judges mail servers by the RFCs, over the wire.

What the author of a check imports stands here; it is loaded when first used, so that programs which need one part of
the package (a demo server, a report) do not load the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.checks import needs, verifies
    from conformance.delivery import Specimen, compose
    from conformance.dial import Dial
    from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, Profile
    from conformance.faults import (
        answer,
        at_close,
        delay,
        drop,
        fickle,
        forward,
        hang_up,
        inject,
        inject_before,
        repeat,
        rewrite,
        rewrite_raw,
        say,
        stale,
    )
    from conformance.lying_tls import bad_tls
    from conformance.maildrop import STOCK, Maildrop
    from conformance.outcomes import Inconclusive, NotSupported
    from conformance.sessions.pop3 import Answer, Pop3
    from conformance.target import Target
    from conformance.transport.stream import Closed, Reset, Silence
    from conformance.transport.tls import TlsFacts, TlsFailure
    from conformance.verdicts import Reason
    from conformance.wire.sasl import ScramError

_HOMES = {
    "checks": ("needs", "verifies"),
    "delivery": ("Specimen", "compose"),
    "dial": ("Dial",),
    "discovery": ("AFTER_LOGIN", "BEFORE_TLS", "UNDER_TLS", "Profile"),
    "faults": (
        "answer", "at_close", "delay", "drop", "fickle", "forward", "hang_up", "inject", "inject_before", "repeat",
        "rewrite", "rewrite_raw", "say", "stale",
    ),
    "lying_tls": ("bad_tls",),
    "maildrop": ("STOCK", "Maildrop"),
    "outcomes": ("Inconclusive", "NotSupported"),
    "sessions.pop3": ("Answer", "Pop3"),
    "target": ("Target",),
    "transport.stream": ("Closed", "Reset", "Silence"),
    "transport.tls": ("TlsFacts", "TlsFailure"),
    "verdicts": ("Reason",),
    "wire.sasl": ("ScramError",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AFTER_LOGIN", "BEFORE_TLS", "STOCK", "UNDER_TLS", "Answer", "Closed", "Dial", "Inconclusive", "Maildrop", "NotSupported", "Pop3",
    "Profile", "Reason", "Reset", "ScramError", "Silence",
    "Specimen", "Target", "TlsFacts", "TlsFailure", "answer", "at_close", "bad_tls", "compose", "delay", "drop", "fickle", "forward", "hang_up",
    "inject", "inject_before", "needs", "repeat", "rewrite", "rewrite_raw", "say", "stale", "verifies",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
