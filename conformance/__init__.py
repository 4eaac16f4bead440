"""Mailconform: judges mail servers by the RFCs, over the wire.

What the author of a check imports stands here; it is loaded when first used, so that programs which need one part of
the package (a demo server, a report) do not load the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.checks import needs, speaks, verifies
    from conformance.checks_dkim import fails, passes
    from conformance.checks_dsn import (
        NULL_MX,
        WITHOUT_DSN,
        Notice,
        bounced,
        fates,
        granted,
        outward,
        reported,
        send,
    )
    from conformance.checks_spf import Vector, another_text, every_text, explained, judged, right, unexplained
    from conformance.delivery import Specimen, compose
    from conformance.dial_dkim import DkimDial, Signature, replacing, signed
    from conformance.dial_dmarc import DmarcDial, authored
    from conformance.dial_http import NOWHERE, HttpDial
    from conformance.dial_imap import ImapDial
    from conformance.dial_pop3 import Pop3Dial
    from conformance.dial_smtp import SmtpDial
    from conformance.dial_spf import SpfDial
    from conformance.dial_spf_results import asked_by, refusal, result_of
    from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, Profile
    from conformance.faults import (
        Delay,
        HangUp,
        alter,
        answer,
        ask_also,
        at_close,
        confuse,
        delay,
        drop,
        duplicate,
        echo,
        fickle,
        forget,
        forward,
        hang_up,
        inject,
        inject_before,
        lose,
        lose_notices,
        misjudge,
        postpone,
        relay,
        repeat,
        rewrite,
        rewrite_raw,
        say,
        stale,
    )
    from conformance.lying_tls import bad_tls
    from conformance.mailbox import MESSAGE, Mailbox
    from conformance.maildrop import STOCK, Maildrop
    from conformance.outcomes import Inconclusive, NotSupported
    from conformance.services.heard import LEFT, Exchange, Relayed
    from conformance.services.sink import OVER, Sink
    from conformance.sessions.imap import Imap
    from conformance.sessions.pop3 import Answer, Pop3
    from conformance.sessions.smtp import Smtp
    from conformance.target import Target
    from conformance.transport.stream import Closed, Reset, Silence
    from conformance.transport.tls import TlsFacts, TlsFailure
    from conformance.vectors import Record
    from conformance.verdicts import Reason
    from conformance.verifiers import Opinion, Query
    from conformance.wire.imap_commands import Binary, NonSync, Sync, astring, quoted, string
    from conformance.wire.sasl import ScramError

_HOMES = {
    "checks": ("needs", "speaks", "verifies"),
    "checks_dkim": ("fails", "passes"),
    "checks_dsn": ("NULL_MX", "WITHOUT_DSN", "Notice", "bounced", "fates", "granted", "outward", "reported", "send"),
    "checks_spf": ("Vector", "another_text", "every_text", "explained", "judged", "right", "unexplained"),
    "delivery": ("Specimen", "compose"),
    "dial_dkim": ("DkimDial", "Signature", "replacing", "signed"),
    "dial_dmarc": ("DmarcDial", "authored"),
    "dial_http": ("NOWHERE", "HttpDial"),
    "dial_imap": ("ImapDial",),
    "dial_pop3": ("Pop3Dial",),
    "dial_smtp": ("SmtpDial",),
    "dial_spf": ("SpfDial",),
    "dial_spf_results": ("asked_by", "refusal", "result_of"),
    "discovery": ("AFTER_LOGIN", "BEFORE_TLS", "UNDER_TLS", "Profile"),
    "faults": (
        "Delay", "HangUp", "alter", "answer", "ask_also", "at_close", "confuse", "delay", "drop", "duplicate", "echo", "fickle", "forget", "forward", "hang_up",
        "inject", "inject_before", "lose", "lose_notices", "misjudge", "postpone", "relay", "repeat", "rewrite", "rewrite_raw", "say", "stale",
    ),
    "lying_tls": ("bad_tls",),
    "mailbox": ("MESSAGE", "Mailbox"),
    "maildrop": ("STOCK", "Maildrop"),
    "outcomes": ("Inconclusive", "NotSupported"),
    "sessions.imap": ("Imap",),
    "sessions.pop3": ("Answer", "Pop3"),
    "sessions.smtp": ("Smtp",),
    "services.heard": ("LEFT", "Exchange", "Relayed"),
    "services.sink": ("OVER", "Sink"),
    "target": ("Target",),
    "transport.stream": ("Closed", "Reset", "Silence"),
    "transport.tls": ("TlsFacts", "TlsFailure"),
    "vectors": ("Record",),
    "verdicts": ("Reason",),
    "verifiers": ("Opinion", "Query"),
    "wire.imap_commands": ("Binary", "NonSync", "Sync", "astring", "quoted", "string"),
    "wire.sasl": ("ScramError",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AFTER_LOGIN",
    "BEFORE_TLS",
    "LEFT",
    "MESSAGE",
    "NOWHERE",
    "NULL_MX",
    "OVER",
    "STOCK",
    "UNDER_TLS",
    "WITHOUT_DSN",
    "Answer",
    "Binary",
    "Closed",
    "Delay",
    "DkimDial",
    "DmarcDial",
    "Exchange",
    "HangUp",
    "HttpDial",
    "Imap",
    "ImapDial",
    "Inconclusive",
    "Mailbox",
    "Maildrop",
    "NonSync",
    "NotSupported",
    "Notice",
    "Opinion",
    "Pop3",
    "Pop3Dial",
    "Profile",
    "Query",
    "Reason",
    "Record",
    "Relayed",
    "Reset",
    "ScramError",
    "Signature",
    "Silence",
    "Sink",
    "Smtp",
    "SmtpDial",
    "Specimen",
    "SpfDial",
    "Sync",
    "Target",
    "TlsFacts",
    "TlsFailure",
    "Vector",
    "alter",
    "another_text",
    "answer",
    "ask_also",
    "asked_by",
    "astring",
    "at_close",
    "authored",
    "bad_tls",
    "bounced",
    "compose",
    "confuse",
    "delay",
    "drop",
    "duplicate",
    "echo",
    "every_text",
    "explained",
    "fails",
    "fates",
    "fickle",
    "forget",
    "forward",
    "granted",
    "hang_up",
    "inject",
    "inject_before",
    "judged",
    "lose",
    "lose_notices",
    "misjudge",
    "needs",
    "outward",
    "passes",
    "postpone",
    "quoted",
    "refusal",
    "relay",
    "repeat",
    "replacing",
    "reported",
    "result_of",
    "rewrite",
    "rewrite_raw",
    "right",
    "say",
    "send",
    "signed",
    "speaks",
    "stale",
    "string",
    "unexplained",
    "verifies",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
