"""pymap as IMAP server over the Maildirs: run as a process of its own by conformance.embedded.

Passwords are kept in the clear: they are no secret here, and pymap's own hash would take 120 ms a login.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from argparse import Namespace
from collections.abc import Mapping

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.maildir import Config, Login
from pymap.backend.maildir.users import PasswordsFile, UsersFile
from pymap.imap import IMAPServer
from pysasl.hashing import Cleartext

from conformance.embedded.home import RESIDENTS, Home
from conformance.embedded.inherited import adopt


def write_users(home: Home) -> None:
    """Write pymap's passwd and shadow files beside the Maildirs."""
    users, passwords = UsersFile(str(home.mail)), PasswordsFile(str(home.mail))
    for resident in RESIDENTS:
        users.set(UsersFile.build_record(resident.user, str(home.maildir(resident.user))))
        passwords.set(PasswordsFile.build_record(resident.user, resident.password))
    users.file_write()
    passwords.file_write()


def configuration(home: Home, *, starttls: bool) -> Config:
    """Give what pymap's command line would: maildir backend, our certificate, STARTTLS or not."""
    arguments = Namespace(
        base_dir=str(home.mail), layout="++", colon=None, concurrency=None, debug=False, host=None, port=0,
        cert=str(home.chain_file), key=str(home.key_file), tls=starttls, passlib_cfg=None, proxy_protocol=None,
    )  # fmt: skip
    return Config.from_args(arguments, hash_context=Cleartext())


async def run(home: Home, listeners: Mapping[str, socket.socket]) -> None:
    """Serve until the process ends."""
    write_users(home)
    for scheme, listener in listeners.items():
        implicit_tls = scheme == "imaps"
        config = configuration(home, starttls=not implicit_tls)
        config.apply_context()
        serve = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(Login(config), config))
        await asyncio.start_server(serve, sock=listener, ssl=config.ssl_context if implicit_tls else None)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(*adopt(sys.argv[1:])))
