"""Asks an HTTP server for a page, once: whether it is one, and what it says it is (RFC 2616 sections 6 and 14.38)."""

from __future__ import annotations

from dataclasses import replace

from conformance.discovery import BEFORE_TLS, UNDER_TLS, CannotJudge, Capabilities, Profile, quickest
from conformance.sessions.http import Answer, Http
from conformance.target import DEFAULT_PORTS, Endpoint, Target
from conformance.transport.dialler import Dialler, Unreachable

VERSION = "HTTP/1.1"


def discover(target: Target, dialler: Dialler) -> Profile:
    """Ask the target; raises CannotJudge."""
    profile = Profile(target=target, protocol="http")
    for endpoint in target.endpoints:
        if endpoint.protocol == "http":
            profile = _asked(profile, endpoint, dialler)
    return profile


def host_of(target: Target, endpoint: Endpoint) -> str:
    """Return what Host says at an endpoint: the server's name, and the port if it is not the default (section 14.23)."""
    name = target.tls.server_name or (f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host)
    return name if endpoint.port == DEFAULT_PORTS[endpoint.scheme] else f"{name}:{endpoint.port}"


def _asked(profile: Profile, endpoint: Endpoint, dialler: Dialler) -> Profile:
    try:
        stream = dialler.open(endpoint)
    except Unreachable as error:
        raise CannotJudge(str(error)) from error
    patience, host = dialler.target.patience, host_of(profile.target, endpoint)
    session = Http(stream, dialler.recorder, patience, lambda _: True, host)
    answer = session.request("HEAD", "/")
    if not answer.head.code:
        session.leave()
        raise CannotJudge(f"{endpoint}: HEAD / brings no response of HTTP, but {answer!r}")
    session.leave()
    return replace(
        profile,
        identity=profile.identity or answer.field("Server") or "",
        round_trip=max(profile.round_trip, quickest(lambda: _once(endpoint, dialler, host))),
        capabilities={**profile.capabilities, **_capabilities(endpoint, answer)},
        tls=stream.tls_facts or profile.tls,
    )


def _capabilities(endpoint: Endpoint, answer: Answer) -> dict[str, Capabilities]:
    """Return HTTP/1.1 as the one thing that a server can announce: by the version of its responses (section 3.1)."""
    stage = UNDER_TLS if endpoint.implicit_tls else BEFORE_TLS
    return {stage: {VERSION: ()}} if answer.head.version >= (1, 1) else {}


def _once(endpoint: Endpoint, dialler: Dialler, host: str) -> None:
    """One request on a connection of its own, since a server need keep none open."""
    session = Http(dialler.open(endpoint), dialler.recorder, dialler.target.patience, lambda _: True, host)
    session.request("HEAD", "/", "Connection: close")
    session.leave()
