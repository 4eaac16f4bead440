"""twisted.mail as POP3 server over the Maildirs: run as a process of its own by conformance.embedded.

twisted.mail.pop3.POP3 answers every command it knows as it likes, and its MaildirMailbox keeps the mail. Ours are:
- two methods of the mailbox that fail on Python 3, where text and bytes do not mix, and would leave RETR and DELE dead;
- STLS (RFC 2595 section 4), which the server lacks, through its own hooks: commands are methods, states are methods.
"""

# twisted names its own methods, and finds commands and states by name.
# ruff: noqa: N802
# Its zope interfaces are invisible to mypy without a plugin, and much of it has no annotations.
# mypy: allow-untyped-calls, disable-error-code="arg-type,list-item,misc,call-arg"

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import IO, Any, ClassVar

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import CramMD5Credentials
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import ServerFactory
from twisted.internet.ssl import CertificateOptions, PrivateCertificate
from twisted.mail.interfaces import IMailboxPOP3, IServerFactoryPOP3
from twisted.mail.maildir import MaildirMailbox
from twisted.mail.pop3 import POP3
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python import log
from zope.interface import implementer

from conformance.embedded.home import RESIDENTS, Home
from conformance.embedded.inherited import adopt


class Maildrop(MaildirMailbox):
    """twisted's Maildir, with a path of bytes throughout."""

    def getMessage(self, i: int) -> IO[Any]:
        """Open the message as octets, which is what the protocol sends."""
        return open(self.list[i], "rb")  # noqa: PTH123 - bytes

    def deleteMessage(self, i: int) -> None:
        """Move the message to the Trash at once, as the method this replaces would."""
        path: Any = self.list[i]
        trashed = os.path.join(self.path, b".Trash", b"cur", os.path.basename(path))  # noqa: PTH118, PTH119 - bytes
        os.rename(path, trashed)  # noqa: PTH104 - bytes
        self.deleted[path] = trashed
        self.list[i] = 0


class Server(POP3):
    """twisted's POP3 and STLS."""

    transport: Any
    factory: Any
    portal: Any
    AUTH_CMDS: ClassVar = [*POP3.AUTH_CMDS, b"STLS"]

    def listCapabilities(self) -> list[bytes]:
        offered = [] if self._refuses_tls() else [b"STLS"]
        return [*super().listCapabilities(), *offered]

    def do_STLS(self) -> None:
        if self._refuses_tls():
            self.failResponse(b"STLS is for the AUTHORIZATION state, once")
            return
        self.successResponse(b"Begin TLS negotiation")
        self.state = "STLS"
        reactor.callLater(0, self._start_tls)

    def state_STLS(self, line: bytes) -> None:
        """Drop what was sent in the clear behind STLS: nobody has vouched for it."""

    def _start_tls(self) -> None:
        self._buffer, self._userIs = b"", None
        self.state = "COMMAND"
        if self.connected:
            self.transport.startTLS(self.factory.tls)

    def _refuses_tls(self) -> bool:
        return self.mbox is not None or ISSLTransport.providedBy(self.transport)


@implementer(IServerFactoryPOP3)
class Factory(ServerFactory):
    """What CAPA and AUTH ask for: an implementation, mail that never expires, one mechanism that works."""

    noisy = False
    challengers: ClassVar = {b"CRAM-MD5": lambda: CramMD5Credentials("localhost")}

    def __init__(self, portal: Portal, tls: CertificateOptions) -> None:
        self.portal, self.tls = portal, tls

    def buildProtocol(self, _addr: object) -> Server:
        server = Server()
        server.factory, server.portal = self, self.portal
        return server

    def cap_IMPLEMENTATION(self) -> str:
        return f"twisted.mail-{version('twisted')}"

    def cap_EXPIRE(self) -> None:
        return None

    def perUserExpiration(self) -> bool:
        return False

    def cap_LOGIN_DELAY(self) -> int:
        raise NotImplementedError


@implementer(IRealm)
class Realm:
    """Gives each resident who has proved who they are their own maildrop."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def requestAvatar(self, user: bytes, _mind: object, *_interfaces: object) -> tuple[type, Maildrop, object]:
        return IMailboxPOP3, Maildrop(os.fsencode(self._home.maildir(user.decode()))), lambda: None


def make_factory(home: Home) -> Factory:
    """Join mail, passwords and certificate."""
    passwords = {each.user.encode(): each.password.encode() for each in RESIDENTS}
    checker = InMemoryUsernamePasswordDatabaseDontUse()
    checker.users = passwords
    portal = Portal(Realm(home), [checker])
    certificate = PrivateCertificate.loadPEM(home.key_file.read_bytes() + home.chain_file.read_bytes())
    return Factory(portal, certificate.options())


def run(home: Home, listeners: Mapping[str, socket.socket]) -> None:
    """Serve until the process ends."""
    log.startLogging(sys.stdout)
    factory = make_factory(home)
    for scheme, listener in listeners.items():
        served = TLSMemoryBIOFactory(factory.tls, False, factory) if scheme == "pop3s" else factory
        reactor.adoptStreamPort(listener.fileno(), socket.AF_INET, served)
        listener.close()  # twisted works on a duplicate
    reactor.run(installSignalHandlers=False)


if __name__ == "__main__":
    run(*adopt(sys.argv[1:]))
