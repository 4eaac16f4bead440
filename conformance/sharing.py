"""A mailbox of the first account that the second one is given rights to (RFC 4314), for checks of access control.

The second user finds the mailbox where the server shows it: below a prefix of NAMESPACE, or wherever LIST has its name.
A right that the server ties to others, or grants in any case, cannot be looked at alone: then there is nothing to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dial_imap import ImapDial
from conformance.mailbox import Mailbox
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.verdicts import Reason
from conformance.wire.imap_commands import astring

STANDARD = frozenset(b"lrswikxtea")
"""The rights of RFC 4314 section 2.1 that IMAP commands ask for."""
VIRTUAL = frozenset(b"cd")
"""The rights of RFC 2086 that stand for others (RFC 4314 section 2.1.1)."""


@dataclass
class Shared:
    """The mailbox, its name as the guest sees it, and the sessions of its owner and of the guest."""

    dial: ImapDial
    owner: Imap
    guest: Imap
    name: bytes
    seen: bytes = b""
    _sets: list[frozenset[int]] = field(default_factory=list)
    _always: frozenset[int] = frozenset()

    @property
    def identifier(self) -> bytes:
        """What the guest is called in an ACL."""
        return self.dial.account(1).user.encode()

    def grant(self, rights: str, name: bytes = b"") -> Answer:
        """Give the guest these rights and no others, and a new session, since rights may be remembered.

        Raises NotSupported where they cannot be given alone.
        """
        self._grantable(frozenset(rights.encode()))
        answer = self.owner.command("SETACL", astring(name or self.name), astring(self.identifier), rights or '""').ok()
        self.guest = self.dial.login(1, fresh=True)
        return answer

    def revoke(self, name: bytes = b"") -> Answer:
        """Take the guest's entry out of the ACL, and give a new session."""
        answer = self.owner.command("DELETEACL", astring(name or self.name), astring(self.identifier)).ok()
        self.guest = self.dial.login(1, fresh=True)
        return answer

    def _grantable(self, wanted: frozenset[int]) -> None:
        if not self._sets:
            told = (
                self.owner.command("LISTRIGHTS", astring(self.name), astring(self.identifier)).ok().data("LISTRIGHTS")
            )
            if told is None:
                raise Inconclusive(Reason.PRECONDITION, "LISTRIGHTS brought nothing")
            self._always = frozenset(told.required) & STANDARD
            self._sets = [frozenset(rights) - VIRTUAL for rights in told.optional]
        tied = [each for each in self._sets if each & wanted and not each & STANDARD <= wanted]
        if tied or not self._always <= wanted or not wanted <= self._always.union(*self._sets):
            raise NotSupported(f"the rights {bytes(sorted(wanted)).decode()!r} cannot be granted by themselves")

    def rights(self, name: bytes = b"") -> set[int] | None:
        """Return the STANDARD rights that the ACL has for the guest; None without an entry."""
        told = self.owner.command("GETACL", astring(name or self.name)).ok().data("ACL")
        found = dict(told.entries).get(self.identifier) if told else None
        return None if found is None else set(found) & STANDARD

    def select(self) -> Mailbox:
        """Return the mailbox as the guest, selected; Inconclusive if it is refused."""
        mailbox = Mailbox(self.dial, self.guest, self.seen)
        mailbox.select()
        return mailbox

    def kept(self) -> Mailbox:
        """Return the mailbox as its owner, examined in a session of its own."""
        mailbox = Mailbox(self.dial, self.dial.login(0, fresh=True), self.name)
        mailbox.select(read_only=True)
        return mailbox


def shared(dial: ImapDial, *messages: bytes) -> Shared:
    """Make a mailbox with these messages and find its name as the second user; NotSupported where there is none."""
    owner = dial.login(0)
    with dial.dialler.straight():
        name = dial.create(owner, "shared")
        for message in messages:
            owner.append(name, message).ok()
        owner.command("SETACL", astring(name), astring(dial.account(1).user), "lr").ok()
        found = Shared(dial, owner, dial.login(1, fresh=True), name)
        found.seen = _seen(found)
        found.revoke()
    return found


def _seen(found: Shared) -> bytes:
    word = found.name.removeprefix(found.dial.profile.prefix)
    for prefix in [b"", *_prefixes(found.guest)]:
        for name in found.guest.command('LIST ""', astring(prefix + b"*" + word)).listed:
            if name.endswith(word):
                return bytes(name)
    raise NotSupported("a second user who is granted l and r does not find the mailbox by LIST")


def _prefixes(session: Imap) -> list[bytes]:
    told = session.command("NAMESPACE").data("NAMESPACE") if session.announced("NAMESPACE") else None
    return [bytes(each.prefix) for each in ((*(told.other or ()), *(told.shared or ())) if told else ())]
