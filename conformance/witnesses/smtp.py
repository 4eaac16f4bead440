"""aiosmtplib, an asynchronous SMTP client that others wrote, as a witness: a transaction as it holds it, and many at once.

`submit()` gives it a session that may send mail, TLS and login done: aiosmtplib holds one end of a socket pair, behind a
greeting that is ours and not the server's, and a thread carries octets between the other end and the session's stream.
`submit_all()` lets it make its own connections, many at a time, which no transcript holds.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiosmtplib

from conformance.delivery import tls_context
from conformance.outcomes import Inconclusive
from conformance.sessions.smtp import Smtp
from conformance.target import Account, Endpoint, Target
from conformance.verdicts import Reason
from conformance.witnesses.carrier import carry

GREETING = b"220 mailconform.invalid ESMTP\r\n"
KNOCKS = 8
"""Connections that wait for their greeting at once: a server accepts them one after the other."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission: the code of the last reply, and the keywords of EHLO in upper case with their parameters."""

    code: int
    text: str
    keywords: Mapping[str, str] = field(default_factory=dict)

    @property
    def taken(self) -> bool:
        return 200 <= self.code < 300

    @property
    def put_off(self) -> bool:
        """Whether the server says "not now": 4yz, or no connection."""
        return not self.code or 400 <= self.code < 500


async def _hold(client: aiosmtplib.SMTP, sender: str, recipient: str, raw: bytes) -> Submitted:
    """Send a message with everything that EHLO announces for it."""
    try:
        await client.ehlo(hostname="mailconform.invalid")
        eight_bit = not raw.isascii() and client.supports_extension("8bitmime")
        options = ["BODY=8BITMIME"] if eight_bit else []
        _, text = await client.sendmail(sender, [recipient], raw, mail_options=options)
        keywords = {name.upper(): value for name, value in client.esmtp_extensions.items()}
        await client.quit()
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return Submitted(refused.recipients[0].code, refused.recipients[0].message)
    except aiosmtplib.SMTPResponseException as refused:
        return Submitted(refused.code, refused.message)
    return Submitted(250, text, keywords)


def submit(session: Smtp, sender: str, recipient: str, raw: bytes) -> Submitted:
    """Let aiosmtplib send a message on a session, which it ends; Inconclusive if it cannot make out the replies."""
    session.left = True  # the stream is the witness's now
    ours, theirs = socket.socketpair()
    ours.sendall(GREETING)
    carrier = threading.Thread(target=carry, args=(session.stream, ours), daemon=True)
    carrier.start()

    async def work() -> Submitted:
        client = aiosmtplib.SMTP(sock=theirs, timeout=session.patience * 3, start_tls=False)
        await client.connect()
        try:
            return await _hold(client, sender, recipient, raw)
        finally:
            client.close()

    try:
        return asyncio.run(work())
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Inconclusive(Reason.AMBIGUOUS, f"aiosmtplib cannot go on: {error!r}") from error
    finally:
        theirs.close()
        carrier.join(session.patience)
        session.stream.close()


def submit_all(
    target: Target, endpoint: Endpoint, account: Account | None, path: tuple[str, str], messages: Sequence[bytes]
) -> list[Submitted]:
    """Send each message from one address to another (`path`) on a connection of its own, all at once.

    At once are as many as the target's limits allow: they are opened first, a few at a time, and send when all are open.
    Logs in where an account is given. A connection that is refused or lost counts as put off.
    """
    room = target.limits.max_conns or len(messages)

    def client() -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=endpoint.host,
            port=endpoint.port,
            timeout=target.patience,
            use_tls=endpoint.implicit_tls,
            start_tls=None if account else False,
            tls_context=tls_context(target),
            username=account.user if account else None,
            password=account.password if account else None,
        )

    async def work() -> list[Submitted]:
        knocking = asyncio.Semaphore(KNOCKS)
        told: list[Submitted] = []
        for start in range(0, len(messages), room):
            some = messages[start : start + room]
            clients = [client() for _ in some]
            refusals = await asyncio.gather(*(_refusal(each, knocking) for each in clients))
            told += await asyncio.gather(*(_sent(*each, path) for each in zip(clients, refusals, some, strict=True)))
        return told

    return asyncio.run(work())


async def _refusal(client: aiosmtplib.SMTP, knocking: asyncio.Semaphore) -> Submitted | None:
    """Connect, and return what was said instead of a greeting (or to the login); None if all is well."""
    async with knocking:
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as refused:
            return Submitted(refused.code, refused.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Submitted(0, repr(error))
    return None


async def _sent(client: aiosmtplib.SMTP, refusal: Submitted | None, raw: bytes, path: tuple[str, str]) -> Submitted:
    try:
        return refusal or await _hold(client, *path, raw)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Submitted(0, repr(error))
    finally:
        client.close()
