"""Programs that send mail: how curl and swaks are told what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.target import Account
from conformance.witnesses.fetching import CURL, curl
from conformance.witnesses.programs import Desk, Program

SWAKS = Program("swaks", "swaks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message with its envelope, the name that EHLO gives, and who logs in by which SASL mechanism, if anybody does."""

    sender: str
    recipient: str
    raw: bytes
    hello: str
    account: Account | None = None
    mechanism: str = ""


Send = Callable[[Desk, Letter], str]
"""Sends a message, and returns the program's complaint."""


def send_with_curl(desk: Desk, letter: Letter) -> str:
    """Let curl upload the message."""
    login = [f'login-options = "AUTH={letter.mechanism}"'] if letter.account else []
    settings = [
        f'url = "smtp://127.0.0.1:{desk.port}/{letter.hello}"',
        f'mail-from = "{letter.sender}"',
        f'mail-rcpt = "{letter.recipient}"',
        f"upload-file = {desk.keep('message', letter.raw).name}",
    ]
    return curl(desk, [*login, *settings], letter.account)


def send_with_swaks(desk: Desk, letter: Letter) -> str:
    """Let swaks send the message as it is, and tell of errors alone: what it says else would show the login."""
    known, text = letter.account, letter.raw.removesuffix(b"\r\n")  # swaks ends the last line itself
    settings = {
        "server": "127.0.0.1",
        "port": str(desk.port),
        "helo": letter.hello,
        "from": letter.sender,
        "to": letter.recipient,
        "data": f"@{desk.keep('message', text).name}",
        "silent": "2",
        "timeout": "0",
        **({"auth": letter.mechanism, "auth-user": known.user, "auth-password": known.password} if known else {}),
    }
    kept = desk.keep("swaksrc", "".join(f"{name} {value}\n" for name, value in settings.items()))
    return desk.run("--config", kept)


BY_SMTP: dict[str, tuple[Program, Send]] = {"curl": (CURL, send_with_curl), "swaks": (SWAKS, send_with_swaks)}
