"""A domain for each result of SPF, for checks of what becomes of a message by its result (RFC 7208 sections 8 and 9)."""

from __future__ import annotations

import re

from conformance.dial_spf import SpfDial
from conformance.outcomes import NotSupported
from conformance.target_verifiers import BY_SMTP
from conformance.vectors import Record, Trouble, Zone
from conformance.verifiers import Opinion, Query
from conformance.wire.smtp import enhanced_of

_DOMAIN = "results.mailconform.example"
_RECORDS = {
    "pass": b"v=spf1 ip4:192.0.2.1 -all",
    "fail": b"v=spf1 -all",
    "softfail": b"v=spf1 ~all",
    "neutral": b"v=spf1 ?all",
    "permerror": b"v=spf1 nonsense -all",
}
ZONE: Zone = {
    **{f"{result}.{_DOMAIN}": (Record("TXT", (text,)),) for result, text in _RECORDS.items()},
    f"none.{_DOMAIN}": (Record("A", "192.0.2.1"),),
    f"temperror.{_DOMAIN}": (Trouble.SERVFAIL,),
}
_REPLY = "reply to "


def asked_by(result: str) -> bytes:
    """Return the pattern of the command by which `result_of` begins its message, for lies about its reply."""
    return rb"MAIL FROM:<user@" + re.escape(f"{result}.{_DOMAIN}").encode() + rb">.*"


def result_of(spf: SpfDial, result: str, headers: bytes = b"") -> Opinion:
    """Return what the verifier says of a message with this result; NotSupported if it records another one."""
    domain = f"{result}.{_DOMAIN}"
    asked = Query(ip="192.0.2.1", helo=f"mail.{_DOMAIN}", mail_from=f"user@{domain}", headers=headers)
    said = spf.verdict(ZONE, asked)
    if said.result != result and not said.source.startswith(_REPLY):
        raise NotSupported(f"the result is {said.result}, where {result} was meant")
    return said


def refusal(spf: SpfDial, result: str) -> tuple[int, bytes] | None:
    """Return the code and the enhanced code by which a message with this result is refused, None if it is taken.

    NotSupported if no way to the verifier is SMTP.
    """
    if not any(row.route in BY_SMTP for row in spf.target.spf):
        raise NotSupported("no way to the verifier is SMTP")
    said = result_of(spf, result)
    if not said.source.startswith(_REPLY):
        return None
    last = said.raw.rstrip(b"\r\n").rpartition(b"\n")[2]
    return int(last[:3]), enhanced_of(last[4:])
