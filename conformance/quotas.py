"""Quotas for checks: what a server tells of them, the account whose quota is small, and who may set one (RFC 2087, RFC 9208).

An account that a check has filled is emptied again when the check leaves, whatever happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.delivery import compose
from conformance.dial_imap import ImapDial, remove
from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.target import Target
from conformance.verdicts import Reason
from conformance.wire.imap_commands import astring

_UNITS = {"": 1, "K": 1024, "M": 1024 * 1024}
_ATTEMPTS = 14
"""Messages of a fifth of the quota that are tried before it counts as not enforced."""

Told = dict[bytes, dict[bytes, tuple[int, int]]]
"""Quota root -> resource in upper case -> usage and limit."""


def told(answer: Answer) -> Told:
    """Return what the QUOTA responses of an Answer say (RFC 2087 section 5.1)."""
    found: Told = {}
    for response in answer.all("QUOTA"):
        resources = found.setdefault(response.data.root, {})
        resources.update({each.name: (each.usage, each.limit) for each in response.data.resources if each.name})
    return found


def roots(answer: Answer) -> tuple[bytes, ...]:
    """Return the quota roots that the QUOTAROOT responses of an Answer name (RFC 2087 section 5.2)."""
    return tuple(root for response in answer.all("QUOTAROOT") for root in response.data.roots)


def usage(session: Imap, mailbox: bytes, resource: bytes) -> int:
    """Return the usage of the first root of a mailbox that limits a resource; Inconclusive if none does."""
    answer = session.command("GETQUOTAROOT", astring(mailbox)).ok()
    for resources in told(answer).values():
        if resource in resources:
            return resources[resource][0]
    raise Inconclusive(Reason.NOT_SET_UP, f"needs a mailbox whose {resource.decode()} is limited; {answer!r}")


def small_account(target: Target) -> tuple[int, int]:
    """Return the account whose quota is small, and the quota in octets; Inconclusive if the target file names none."""
    for number, account in enumerate(target.accounts):
        found = re.fullmatch(r"(\d+)([KM]?)", account.quota)
        if found:
            return number, int(found[1]) * _UNITS[found[2]]
    raise Inconclusive(Reason.NOT_SET_UP, "needs an account with quota = in the target file")


@dataclass(frozen=True, slots=True)
class Full:
    """A mailbox in the small account that takes no further message: how many it took, a message, and the refusal."""

    account: int
    session: Imap
    name: bytes
    taken: int
    message: bytes
    refusal: Answer


@contextmanager
def full_account(dial: ImapDial, target: Target, session: Imap | None = None) -> Iterator[Full]:
    """Fill the small account, by a session if one is given, and empty it again; Inconclusive if it never fills."""
    account, octets = small_account(target)
    session = session or dial.login(account)
    name = dial.create(session, "full")
    body = (b"x" * 70 + b"\r\n") * (octets // 5 // 72)
    try:
        for taken in range(_ATTEMPTS):
            message = compose(body, subject=f"number {taken}").raw
            answer = session.append(name, message)
            if answer.status != b"OK":
                yield Full(account, session, name, taken, message, answer)
                return
        raise Inconclusive(Reason.PRECONDITION, f"{_ATTEMPTS} messages of a fifth of the quota were taken")
    finally:
        with dial.dialler.straight():
            remove(dial.login(account, fresh=True), name)


def administrator(dial: ImapDial, target: Target) -> Imap:
    """Return a session of one who may set quotas; Inconclusive if the target file names none."""
    user = target.facilities.get("administrator")
    if not user:
        raise Inconclusive(Reason.NOT_SET_UP, "needs administrator = and administrator-password = under [facilities]")
    session = dial.imap()
    session.login(user, target.facilities.get("administrator-password", "")).ok()
    return session


def root_of(boss: Imap, dial: ImapDial, name: bytes) -> bytes:
    """Return what an administrator calls the quota root that a mailbox of the first account may have."""
    user, delimiter = dial.account(0).user.encode(), dial.profile.delimiter or b"/"
    for prefix in (b"user" + delimiter + user + delimiter, b""):
        if boss.command("GETQUOTAROOT", astring(prefix + name)).status == b"OK":
            return prefix + name
    raise Inconclusive(Reason.PRECONDITION, f"the administrator does not find the mailbox {name!r}")
