"""Asks an SMTP or LMTP server what it says of itself, once: RFC 5321, RFC 3207, RFC 4954, RFC 2033.

One endpoint speaks for the target: its smtp:// one, else the next of SCHEMES; what every other endpoint lists stands
in stages of its own, "submission before TLS", since a server may offer AUTH on one port and not on another.
"""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, CannotJudge, Capabilities, Door, Profile, quickest
from conformance.sessions.smtp import Answer, Smtp
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.tls import TlsFacts
from conformance.wire import sasl

METHODS = ("PLAIN", "LOGIN", "CRAM-MD5")
SCHEMES = {"smtp": ("smtp", "submission", "submissions", "smtps"), "lmtp": ("lmtp",)}


def discover(target: Target, dialler: Dialler, protocol: str = "smtp") -> Profile:
    """Ask the target; raises CannotJudge."""
    endpoints = endpoints_of(target, protocol)
    if not endpoints:
        raise CannotJudge(
            f"{target.name} has no {' or '.join(f'{scheme}://' for scheme in SCHEMES[protocol])} endpoint"
        )
    profile = Profile(target=target, protocol=protocol)
    for endpoint in endpoints:
        profile = _asked(profile, endpoint, dialler, stage_of(endpoint, endpoints))
    return _with_login(profile, dialler) if target.accounts and protocol == "smtp" else profile


def endpoints_of(target: Target, protocol: str = "smtp") -> list[Endpoint]:
    """Return the endpoints of a target that speak SMTP (or LMTP), the one that speaks for it first."""
    return [endpoint for scheme in SCHEMES[protocol] for endpoint in target.endpoints if endpoint.scheme == scheme]


def stage_of(endpoint: Endpoint, endpoints: list[Endpoint]) -> str:
    """Return what begins the name of an endpoint's stages: nothing for the first one's."""
    return "" if endpoint.scheme == endpoints[0].scheme else f"{endpoint.scheme} "


def discover_lmtp(target: Target, dialler: Dialler) -> Profile:
    """Ask the target's LMTP endpoint; raises CannotJudge."""
    return discover(target, dialler, "lmtp")


def _session(endpoint: Endpoint, dialler: Dialler) -> Smtp:
    began = time.monotonic()
    try:
        stream = dialler.open(endpoint)
    except Unreachable as error:
        raise CannotJudge(str(error)) from error
    session = Smtp(stream, dialler.recorder, dialler.target.patience, lambda _: True, lmtp=endpoint.protocol == "lmtp")
    if session.greeting.code != 220:
        session.close()
        raise CannotJudge(f"{endpoint}: {_no_greeting(session.greeting, endpoint, time.monotonic() - began)}")
    return session


def _no_greeting(greeting: Answer, endpoint: Endpoint, seconds: float) -> str:
    kind = endpoint.protocol.upper()
    if greeting.reply is None:
        return f"no {kind} greeting after {seconds:.1f} s, but {greeting!r}"
    if greeting.code in (421, 521, 554):
        return f"the server refuses service: {greeting!r}"
    return f"this is no {kind} server; it says {greeting!r}"


def _asked(profile: Profile, endpoint: Endpoint, dialler: Dialler, stage: str) -> Profile:
    found: dict[str, Capabilities] = dict(profile.capabilities)
    session = _session(endpoint, dialler)
    answer = session.hello()
    if answer.reply is None:
        session.close()
        raise CannotJudge(f"{endpoint}: EHLO was answered {answer!r}")
    listed = answer.keywords
    found.setdefault(stage + (UNDER_TLS if endpoint.implicit_tls else BEFORE_TLS), listed)
    if "STARTTLS" in listed and session.command("STARTTLS").code == 220:
        if isinstance(session.start_tls(dialler.tls_settings(host=endpoint.host)), TlsFacts):
            found[stage + UNDER_TLS] = session.hello().keywords
        else:
            session.close()
    asked = replace(
        profile,
        greeting=profile.greeting or session.greeting.raw,
        round_trip=max(profile.round_trip, quickest(lambda: session.command("NOOP"))),
        tls=session.stream.tls_facts or profile.tls,
        capabilities=found,
    )
    session.leave()
    return asked


def _with_login(profile: Profile, dialler: Dialler) -> Profile:
    """Find a way in. A server that lets nobody log in (an MX) is judged all the same, so a refusal ends nothing."""
    account = profile.target.accounts[0]
    for door in doors(profile, METHODS):
        session = enter(door, profile, dialler)
        if session is None:
            continue
        if knock(session, door, account).code == 235:
            found = {**profile.capabilities, AFTER_LOGIN: session.hello().keywords}
            session.leave()
            return replace(profile, door=door, capabilities=found)
        session.leave()
    return profile


def doors(profile: Profile, methods: tuple[str, ...] = ()) -> list[Door]:
    """Return the ways in that EHLO offers by these methods, or by any; `tls` holds scheme and way, "submission starttls"."""
    found = []
    endpoints = endpoints_of(profile.target)
    for endpoint in endpoints:
        stage = stage_of(endpoint, endpoints)
        ways = [("implicit", UNDER_TLS)] if endpoint.implicit_tls else [("none", BEFORE_TLS), ("starttls", UNDER_TLS)]
        for way, under in ways:
            offered = [name.upper() for name in profile.parameters("AUTH", stage + under)]
            wanted = methods or tuple(offered)
            found += [Door(tls=f"{endpoint.scheme} {way}", method=method) for method in wanted if method in offered]
    return found


def enter(door: Door, profile: Profile, dialler: Dialler) -> Smtp | None:
    """Open a connection as the door says, EHLO said; None if the target has no such way."""
    scheme, _, way = door.tls.partition(" ")
    endpoint = profile.target.endpoint(scheme)
    if endpoint is None:
        return None
    session = Smtp(dialler.open(endpoint), dialler.recorder, profile.target.patience, profile.announced)
    session.hello()
    if way == "starttls":
        agreed = session.command("STARTTLS").code == 220
        under = session.start_tls(dialler.tls_settings(host=endpoint.host)) if agreed else None
        if not isinstance(under, TlsFacts):
            session.close()
            return None
        session.hello()
    return session


def knock(session: Smtp, door: Door, account: Account) -> Answer:
    """Try once to log in through a door."""
    if door.method == "LOGIN":
        return session.auth("LOGIN", lambda _: account.user.encode(), lambda _: account.password.encode())
    if door.method == "CRAM-MD5":
        return session.auth("CRAM-MD5", lambda challenge: cram_md5(account, challenge))
    return session.auth_plain(account.user, account.password)


def cram_md5(account: Account, challenge: bytes) -> bytes:
    """Answer a CRAM-MD5 challenge for an account (RFC 2195 section 2)."""
    return sasl.cram_md5(account.user, account.password, challenge)
