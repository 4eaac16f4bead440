"""SPF verdicts through SMTP against as many plain SMTP transactions with the same server.

A verdict is a zone that is published, a transaction on a connection of its own, and the field of the message that
arrives; a transaction is one message of a sender that passes, each on a connection of its own, too.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from dataclasses import replace

from conformance.checks_spf import Vector, of_folder
from conformance.delivery import compose
from conformance.dial_spf import CONTROL, CONTROLS, SpfDial
from conformance.discovery import Profile
from conformance.outcomes import NotSupported
from conformance.running import SUITES
from conformance.target import Target, parse_endpoint
from conformance.transport.dialler import Dialler, Recorder
from conformance.vectors import Trouble

THROUGH_SMTP = ("xclient", "proxy-v1", "proxy-v2", "bind")


def measure(target: Target) -> list[tuple[str, str, str, str, str]]:
    """Return the row of the table; none for a target whose verifier is not asked through SMTP by an address in its row."""
    way = next((row for row in target.spf if row.route in THROUGH_SMTP and row.address), None)
    if way is None:
        return []
    alone = replace(target, spf=(way,))
    dial = SpfDial(Profile(target=alone, protocol="spf"), Dialler(alone, Recorder()))
    try:
        began = time.perf_counter()
        judged = sum(_judged(dial, vector) for vector in _answered())
        verdicts = time.perf_counter() - began
        dial.names.publish(CONTROL)
        began = time.perf_counter()
        for _ in range(judged):
            _transact(alone, way.address)
        plain = time.perf_counter() - began
    finally:
        dial.retire()
    return [
        (
            "SPF vectors through SMTP",
            f"{verdicts:.1f} s for {judged}",
            f"plain transactions {plain:.1f} s",
            f"{verdicts / plain:.1f}",
            "< 10",
        )
    ]


def _answered() -> Iterator[Vector]:
    """The vectors without those in which the name server is silent: how long to wait for it is for the verifier to say."""
    for vector in of_folder(SUITES / "rfc7208" / "vectors").values():
        if not any(Trouble.TIMEOUT in entries for entries in vector.zone.values()):
            yield vector


def _judged(dial: SpfDial, vector: Vector) -> bool:
    try:
        dial.verdict(vector.zone, vector.query)
    except NotSupported:  # this way does not carry it
        return False
    return True


def _transact(target: Target, address: str) -> None:
    endpoint, asked = parse_endpoint(f"smtp://{address}"), CONTROLS["pass"]
    with smtplib.SMTP(endpoint.host, endpoint.port, asked.helo) as client:
        client.sendmail(asked.mail_from, [target.accounts[0].address], compose(b"Hello.\r\n").raw)
