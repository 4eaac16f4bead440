# ruff: noqa: INP001 - a program of its own, not part of the package whose folder keeps it
"""pymap with its mail in memory: IMAP with STARTTLS on the first port given, IMAP over TLS on the second.

Both listeners let the same users into the same mail. Passwords are kept in the clear: they are no secret here, and
pymap's own hash would take 120 ms a login.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

ADDRESS = "127.0.0.1"


def configuration(*, starttls: bool) -> Config:
    """Give what pymap's command line would: no demonstration mail, the lab's certificate, STARTTLS or not."""
    arguments = Namespace(
        demo_data=False, demo_user="", demo_password="", debug=False, host=None, port=0, cert="/share/server.pem",
        key="/share/server.key", tls=starttls, passlib_cfg=None, proxy_protocol=None,
    )  # fmt: skip
    return Config.from_args(arguments, hash_context=Cleartext())


async def users(config: Config) -> Login:
    """Make the accounts every server of the lab knows."""
    login = Login(config)
    for number in (1, 2, 3):
        user, password = f"user{number}", f"pass{number}"
        await Identity(user, login, None, frozenset()).set(UserMetadata(config, user, password=password))
    return login


async def serve(starttls_port: int, implicit_port: int) -> None:
    """Listen on both ports until the process ends."""
    plain, secured = configuration(starttls=True), configuration(starttls=False)
    login = await users(plain)
    for config, port in ((plain, starttls_port), (secured, implicit_port)):
        config.apply_context()
        accept = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
        await asyncio.start_server(accept, ADDRESS, port, ssl=config.ssl_context if config is secured else None)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
