"""The standard conversation in HTTP: a page whole, in part, unchanged, by HEAD and in 1.0, an unknown method, and a place where nobody comes in."""

from __future__ import annotations

from conformance.dial_http import NOWHERE, HttpDial
from conformance.discovery import Capabilities

UNKNOWN = "MAILCONFORM"


def prepare(_dial: HttpDial) -> None:
    """Nothing needs to be there beforehand."""


def converse(dial: HttpDial, _prepared: None, _listed: dict[str, Capabilities]) -> None:
    """Hold the standard conversation, a connection each, since a server need keep none open."""
    whole = dial.get()
    whole_of = whole.field("Last-Modified")
    for fields in (
        ["Range: bytes=0-0"],
        ["Range: bytes=0-0,2-2"],
        [f"If-Modified-Since: {whole_of}"] if whole_of else [],
    ):
        dial.get(*fields)
    dial.get(method="HEAD")
    dial.get(version="HTTP/1.0")
    dial.get(method="HEAD", version="HTTP/1.0")
    dial.get(uri=NOWHERE)
    dial.get(method=UNKNOWN)
    dial.get(method="DELETE", uri=NOWHERE)
    dial.http().request("POST", NOWHERE, "Content-Length: 4", body=b"none")
    if place := dial.target.facilities.get("protected"):
        dial.get(uri=place)
    for session in dial.sessions:
        session.nothing_follows(0.05)
