"""Asks an IMAP server what it says of itself, once: RFC 3501 sections 6.1.1 and 7.1, RFC 2342, RFC 2971.

Besides greeting, capabilities and TLS it finds out where the account may have mailboxes of its own: behind the prefix of
its personal namespace, or as children of INBOX where creating one at the top is refused.
"""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, CannotJudge, Capabilities, Door, Profile, quickest
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.target import Account, Endpoint, Target
from conformance.transcript import quote
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.tls import TlsFacts
from conformance.wire.framing import Overlong
from conformance.wire.imap_commands import astring

PROBE = b"mailconform-probe"


def discover(target: Target, dialler: Dialler, *, read_only: bool = False) -> Profile:
    """Ask the target; raises CannotJudge. `read_only` creates no mailbox: the prefix is what NAMESPACE says."""
    endpoints = [endpoint for endpoint in target.endpoints if endpoint.protocol == "imap"]
    if not endpoints:
        raise CannotJudge(f"{target.name} has no imap:// or imaps:// endpoint")
    profile = _before_login(Profile(target=target, protocol="imap"), endpoints, dialler)
    return _with_login(profile, endpoints, dialler, read_only=read_only) if target.accounts else profile


def _session(endpoint: Endpoint, dialler: Dialler) -> Imap:
    began = time.monotonic()
    try:
        stream = dialler.open(endpoint)
    except Unreachable as error:
        raise CannotJudge(str(error)) from error
    session = Imap(stream, dialler.recorder, dialler.target.patience, lambda _: True)
    if session.greeting.status not in (b"OK", b"PREAUTH"):
        session.close()
        raise CannotJudge(f"{endpoint}: {_no_greeting(session.greeting, time.monotonic() - began)}")
    return session


def _no_greeting(greeting: Answer, seconds: float) -> str:
    if greeting.final is None:
        return f"no IMAP greeting after {seconds:.1f} s, but {greeting!r}"
    if greeting.status == b"BYE":
        return f"the server refuses service: {greeting!r}"
    return f"this is no IMAP server; it says {greeting!r}"


def _before_login(profile: Profile, endpoints: list[Endpoint], dialler: Dialler) -> Profile:
    found: dict[str, Capabilities] = {}
    for endpoint in endpoints:
        session = _session(endpoint, dialler)
        listed = capabilities(session)
        _bounded(session)
        profile = replace(
            profile,
            greeting=profile.greeting or session.greeting.raw,
            round_trip=max(profile.round_trip, quickest(lambda: session.command("NOOP"))),  # noqa: B023 - asked at once
        )
        found.setdefault(UNDER_TLS if endpoint.implicit_tls else BEFORE_TLS, listed)
        if not endpoint.implicit_tls and session.command("STARTTLS").status == b"OK":
            if isinstance(session.start_tls(dialler.tls_settings(host=endpoint.host)), TlsFacts):
                found[UNDER_TLS] = capabilities(session)
            else:
                session.close()
        profile = replace(profile, tls=session.stream.tls_facts or profile.tls, capabilities=dict(found))
        session.leave()
    return profile


def _bounded(session: Imap) -> None:
    """Give a server up that answers without an end; raises CannotJudge."""
    if isinstance(session.ending, Overlong):
        session.close()
        raise CannotJudge(
            f"{session.stream.transcript.endpoint}: an answer has no end: {quote(session.ending.head[:80])}"
        )


def capabilities(session: Imap) -> Capabilities:
    """Ask for CAPABILITY and return name -> what stands behind "=" (RFC 3501 section 6.1.1)."""
    found: dict[str, tuple[str, ...]] = {}
    for octets in session.command("CAPABILITY").capabilities:
        name, _, value = octets.decode("latin-1").partition("=")
        found[name] = (*found.get(name, ()), *([value] if value else []))
    return found


def _with_login(profile: Profile, endpoints: list[Endpoint], dialler: Dialler, *, read_only: bool) -> Profile:
    refusals = []
    account = profile.target.accounts[0]
    for door in _doors(endpoints):
        session = enter(door, profile, dialler)
        if session is None:
            continue
        answer = knock(session, door, account)
        _bounded(session)
        if answer.status == b"OK":
            found = {**profile.capabilities, AFTER_LOGIN: capabilities(session)}
            known = replace(profile, door=door, capabilities=found, identity=_identity(session, found[AFTER_LOGIN]))
            known = _personal(session, known, read_only=read_only)
            session.leave()
            return known
        refusals.append(f"{door.method} ({door.tls}): {answer!r}")
        session.leave()
    raise CannotJudge(
        f"account {account.user!r} cannot log in: {'; '.join(refusals) or 'no way of logging in is offered'}"
    )


def _doors(endpoints: list[Endpoint]) -> list[Door]:
    plain = any(not endpoint.implicit_tls for endpoint in endpoints)
    implicit = any(endpoint.implicit_tls for endpoint in endpoints)
    ways = [*(["none", "starttls"] if plain else []), *(["implicit"] if implicit else [])]
    return [Door(tls=tls, method=method) for tls in ways for method in ("LOGIN", "PLAIN")]


def enter(door: Door, profile: Profile, dialler: Dialler) -> Imap | None:
    """Open a connection that is not authenticated as the door says; None if the target has no such way."""
    endpoint = profile.target.endpoint("imaps" if door.tls == "implicit" else "imap")
    if endpoint is None:
        return None
    session = Imap(dialler.open(endpoint), dialler.recorder, profile.target.patience, profile.announced)
    if door.tls == "starttls":
        under = (
            session.start_tls(dialler.tls_settings(host=endpoint.host))
            if session.command("STARTTLS").status == b"OK"
            else None
        )
        if not isinstance(under, TlsFacts):
            session.leave()
            return None
    return session


def knock(session: Imap, door: Door, account: Account) -> Answer:
    """Try once to log in through a door; a server whose greeting says so lets us in without (RFC 3501 section 7.1.4)."""
    if session.greeting.status == b"PREAUTH":
        session.logged_in = True
        return session.command("NOOP")
    if door.method == "PLAIN":
        return session.authenticate_plain(account.user, account.password)
    return session.login(account.user, account.password)


def _identity(session: Imap, listed: Capabilities) -> str:
    """Ask who the server is, where it says that it can tell (RFC 2971 section 3.1)."""
    if "ID" not in listed:
        return ""
    fields = dict(session.command("ID NIL").data("ID") or ())
    told = {str(bytes(k), "latin-1").lower(): str(bytes(v), "latin-1") for k, v in fields.items() if k and v}
    return " ".join(word for word in (told.get("name", ""), told.get("version", "")) if word)


def _personal(session: Imap, profile: Profile, *, read_only: bool) -> Profile:
    """Find a prefix behind which mailboxes can be created, and the delimiter there (RFC 3501 section 6.3.8)."""
    listed = session.command('LIST "" ""').listed
    delimiter = next((entry.delimiter for entry in listed.values()), None)
    prefixes = [b"", *([b"INBOX" + delimiter] if delimiter else [])]
    announced = session.command("NAMESPACE").data("NAMESPACE") if profile.announced("NAMESPACE") else None
    for described in (announced.personal if announced else None) or ():
        prefixes.insert(0, bytes(described.prefix))
        delimiter = described.delimiter or delimiter
    for prefix in () if read_only else prefixes:
        if session.command("CREATE", astring(prefix + PROBE)).status == b"OK":
            session.command("DELETE", astring(prefix + PROBE))
            return replace(profile, prefix=prefix, delimiter=delimiter)
    return replace(profile, prefix=prefixes[0], delimiter=delimiter)
