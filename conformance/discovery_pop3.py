"""Asks a POP3 server what it says of itself, once: RFC 1939, RFC 2449, RFC 2595."""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, CannotJudge, Capabilities, Door, Profile, quickest
from conformance.sessions.pop3 import Answer, Pop3
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.stream import Silence
from conformance.transport.tls import TlsFacts


def discover(target: Target, dialler: Dialler) -> Profile:
    """Ask the target; raises CannotJudge."""
    endpoints = [endpoint for endpoint in target.endpoints if endpoint.protocol == "pop3"]
    if not endpoints:
        raise CannotJudge(f"{target.name} has no pop3:// or pop3s:// endpoint")
    profile = _before_login(Profile(target=target), endpoints, dialler)
    return _with_login(profile, endpoints, dialler) if target.accounts else profile


def _session(endpoint: Endpoint, dialler: Dialler) -> Pop3:
    began = time.monotonic()
    try:
        stream = dialler.open(endpoint)
    except Unreachable as error:
        raise CannotJudge(str(error)) from error
    session = Pop3(stream, dialler.recorder, dialler.target.patience, lambda _: True)
    if session.greeting.status != b"+OK":
        session.close()
        raise CannotJudge(f"{endpoint}: {_no_greeting(session.greeting, time.monotonic() - began)}")
    return session


def _no_greeting(greeting: Answer, seconds: float) -> str:
    if greeting.reply is None:
        return f"no POP3 greeting after {seconds:.1f} s, but {greeting!r}"
    if greeting.status == b"-ERR":
        return f"the server refuses service: {greeting!r}"
    return f"this is no POP3 server; it says {greeting!r}"


def _before_login(profile: Profile, endpoints: list[Endpoint], dialler: Dialler) -> Profile:
    found: dict[str, Capabilities] = {}
    for endpoint in endpoints:
        session = _session(endpoint, dialler)
        listed = capabilities(session)
        profile = replace(
            profile,
            greeting=profile.greeting or session.greeting.raw,
            timestamp=profile.timestamp or bool(session.timestamp),
            round_trip=max(profile.round_trip, quickest(lambda: session.command("CAPA"))),  # noqa: B023 - asked at once
        )
        if listed is not None:
            found.setdefault(UNDER_TLS if endpoint.implicit_tls else BEFORE_TLS, listed)
        if not endpoint.implicit_tls and session.command("STLS").status == b"+OK":
            under = session.start_tls(dialler.tls_settings(host=endpoint.host))
            listed = capabilities(session) if isinstance(under, TlsFacts) else None
            if listed is not None:
                found[UNDER_TLS] = listed
        profile = replace(profile, tls=session.stream.tls_facts or profile.tls, capabilities=dict(found))
        session.leave()
    return profile


def capabilities(session: Pop3) -> Capabilities | None:
    """Ask for CAPA; None if the server does not support it (RFC 2449 section 5)."""
    answer = session.command("CAPA")
    if answer.status != b"+OK":
        return None
    listed = answer.capabilities()
    return {tag.decode("latin-1"): tuple(p.decode("latin-1") for p in params) for tag, params in listed.items() if tag}


def _with_login(profile: Profile, endpoints: list[Endpoint], dialler: Dialler) -> Profile:
    refusals = []
    account = profile.target.accounts[0]
    for door in _doors(profile, endpoints):
        session = enter(door, profile, dialler)
        if session is None:
            continue
        answer = knock(session, door, account, profile.target)
        if answer.status == b"+OK":
            listed = capabilities(session)
            found = {**profile.capabilities, **({AFTER_LOGIN: listed} if listed is not None else {})}
            session.leave()
            return replace(profile, door=door, capabilities=found)
        refusals.append(f"{door.method} ({door.tls}): {answer!r}")
        session.leave()
    raise CannotJudge(
        f"account {account.user!r} cannot log in: {'; '.join(refusals) or 'no way of logging in is offered'}"
    )


def _doors(profile: Profile, endpoints: list[Endpoint]) -> list[Door]:
    plain = any(not endpoint.implicit_tls for endpoint in endpoints)
    implicit = any(endpoint.implicit_tls for endpoint in endpoints)
    ways = [*(["none", "stls"] if plain else []), *(["implicit"] if implicit else [])]
    by_password = [Door(tls=tls, method=method) for tls in ways for method in ("USER", "PLAIN")]
    by_digest = [Door(tls=tls, method="APOP") for tls in ways if profile.timestamp]
    return [*by_password, *by_digest]  # the secret of APOP may be another one than the password


def enter(door: Door, profile: Profile, dialler: Dialler) -> Pop3 | None:
    """Open a connection in AUTHORIZATION state as the door says; None if the target has no such way."""
    endpoint = profile.target.endpoint("pop3s" if door.tls == "implicit" else "pop3")
    if endpoint is None:
        return None
    session = Pop3(dialler.open(endpoint), dialler.recorder, profile.target.patience, profile.announced)
    if door.tls == "stls":
        under = (
            session.start_tls(dialler.tls_settings(host=endpoint.host))
            if session.command("STLS").status == b"+OK"
            else None
        )
        if not isinstance(under, TlsFacts):
            session.leave()
            return None
    return session


def knock(session: Pop3, door: Door, account: Account, target: Target) -> Answer:
    """Try to log in through a door, waiting as long as the server says that the maildrop is in use or to come later."""
    deadline = time.monotonic() + max(target.limits.login_delay, 15.0)
    pause = 0.02
    while True:
        answer = knock_once(session, door, account)
        again = answer.code[:1] in ((b"IN-USE",), (b"LOGIN-DELAY",)) or answer.code == (b"SYS", b"TEMP")
        if not again or time.monotonic() > deadline:
            return answer
        if not isinstance(session.stream.receive(pause), Silence):  # what is waited for is the end of another session
            return answer
        pause = min(pause * 2, 2.0)


def knock_once(session: Pop3, door: Door, account: Account) -> Answer:
    """Try once to log in through a door, whatever the answer."""
    if door.method == "APOP":
        return session.apop(account.user, account.password)
    if door.method == "PLAIN":
        return session.auth_plain(account.user, account.password)
    return session.user_pass(account.user, account.password)
