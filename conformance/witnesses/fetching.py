"""Programs that fetch mail, and two that store it as well: how mbsync, fetchmail, getmail and curl are told what to do.

All of them leave on the server what they fetch, and log in by themselves, with a password that stands in a file of mode 600.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from conformance.target import Account
from conformance.witnesses.programs import Desk, Program

MBSYNC = Program("mbsync", "isync")
FETCHMAIL = Program("fetchmail", "fetchmail")
GETMAIL = Program("getmail", "getmail6")
CURL = Program("curl", "curl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who logs in, whether by AUTH PLAIN where a program has the choice, and to which mailbox: the maildrop if it is empty.

    `delimiter` separates the levels of its name, as the server writes it (RFC 3501 section 5.1.1).

    The messages to fetch have these numbers, for a program that does not fetch all there are; one to store is `message`.
    """

    account: Account
    plain: bool
    mailbox: str = ""
    delimiter: str = ""
    numbers: Sequence[int] = ()
    message: bytes = b""


Work = Callable[[Desk, Errand], str]
"""Lets a program do an errand, and returns its complaint."""


def fetch_with_mbsync(desk: Desk, errand: Errand) -> str:
    """Make a maildir of a mailbox."""
    return _mbsync(desk, errand, "Pull")


def store_with_mbsync(desk: Desk, errand: Errand) -> str:
    """Push a message of a maildir into a mailbox."""
    (_maildir(desk.mail / "box") / "cur" / "1.mailconform:2,").write_bytes(errand.message.replace(b"\r\n", b"\n"))
    return _mbsync(desk, errand, "Push")


def _mbsync(desk: Desk, errand: Errand, way: str) -> str:
    place = errand.mailbox.replace(errand.delimiter, "/") if errand.delimiter else errand.mailbox
    settings = [
        "IMAPAccount server",
        "Host 127.0.0.1",
        f"Port {desk.port}",
        f"User {_quoted(errand.account.user)}",
        f'PassCmd "cat {desk.keep("password", errand.account.password).name}"',
        "SSLType None",
        "AuthMechs LOGIN",
        "Timeout 0",
        "DisableExtensions COMPRESS=DEFLATE",  # transcript, audits and faults would meet nothing but DEFLATE
        "",
        "IMAPStore far",
        "Account server",
        "",
        "MaildirStore near",
        f"Path {_maildir(desk.mail / 'box').parent.name}/",
        "",
        "Channel all",
        f"Far {_quoted(f':far:{place}')}",
        "Near :near:box",
        f"Sync {way}",
        "SyncState *",
    ]
    return desk.run("--config", desk.keep("mbsyncrc", _lines(settings)), "all")


def fetch_with_fetchmail(desk: Desk, errand: Errand) -> str:
    """Let fetchmail hand each message to a program that writes it down; nothing is added, rewritten or removed."""
    folder = f" folder {_quoted(errand.mailbox)}" if errand.mailbox else ""
    settings = [
        "set invisible",
        f"poll 127.0.0.1 protocol {'IMAP' if errand.mailbox else 'POP3'} port {desk.port} auth password",
        f" username {_quoted(errand.account.user)} password {_quoted(errand.account.password)}{folder}",
        f' keep fetchall no rewrite sslproto "" mda "cat > {desk.mail.name}/$$"',
    ]
    rc, pid = desk.keep("fetchmailrc", _lines(settings)), desk.home / "fetchmail.pid"
    return desk.run("--nosyslog", "--nodetach", "--pidfile", pid, "--fetchmailrc", rc)


def fetch_with_getmail(desk: Desk, errand: Errand) -> str:
    """Let getmail hand each message to a program that writes it down, and leave them all where they are."""
    settings = [
        "[retriever]",
        f"type = Simple{'IMAP' if errand.mailbox else 'POP3'}Retriever",
        "server = 127.0.0.1",
        f"port = {desk.port}",
        f"username = {errand.account.user}",
        f'password_command = ("cat", "{desk.keep("password", errand.account.password)}")',
        *([f"mailboxes = ({errand.mailbox!r},)"] if errand.mailbox else []),
        "[destination]",
        "type = MDA_external",  # as root it refuses to write a maildir
        "allow_root_commands = true",
        "path = /bin/sh",
        f"arguments = ('-c', 'cat > {desk.mail.name}/$$')",
        "[options]",
        "read_all = true",
        "delete = false",
        "delivered_to = false",
        "received = false",
    ]
    return desk.run("--getmaildir", desk.home, "--rcfile", desk.keep("getmailrc", _lines(settings)))


def fetch_with_curl(desk: Desk, errand: Errand) -> str:
    """Let curl get one message after the other, by its number."""
    place = (
        f"imap://127.0.0.1:{desk.port}/{quote(errand.mailbox, safe='')}/;MAILINDEX="
        if errand.mailbox
        else f"pop3://127.0.0.1:{desk.port}/"
    )
    each = [line for n in errand.numbers for line in (f'url = "{place}{n}"', f"output = {desk.mail.name}/{n}")]
    return curl(desk, [*each, *_mechanism(errand)], errand.account)


def store_with_curl(desk: Desk, errand: Errand) -> str:
    """Let curl append a message."""
    place = f"imap://127.0.0.1:{desk.port}/{quote(errand.mailbox, safe='')}"
    upload = [f'url = "{place}"', f"upload-file = {desk.keep('message', errand.message).name}"]
    return curl(desk, [*upload, *_mechanism(errand)], errand.account)


def _mechanism(errand: Errand) -> list[str]:
    return ['login-options = "AUTH=PLAIN"'] if errand.plain else []


def curl(desk: Desk, settings: Sequence[str], account: Account | None) -> str:
    """Run curl with lines of a settings file, logged in if there is an account; returns its complaint."""
    known = [f"user = {_quoted(f'{account.user}:{account.password}')}"] if account else []
    return desk.run("-q", "--config", desk.keep("curlrc", _lines(["silent", "show-error", *known, *settings])))


BY_IMAP: dict[str, tuple[Program, Work]] = {
    "mbsync": (MBSYNC, fetch_with_mbsync),
    "fetchmail": (FETCHMAIL, fetch_with_fetchmail),
    "getmail": (GETMAIL, fetch_with_getmail),
    "curl": (CURL, fetch_with_curl),
}
BY_POP3: dict[str, tuple[Program, Work]] = {
    "fetchmail": (FETCHMAIL, fetch_with_fetchmail),
    "getmail": (GETMAIL, fetch_with_getmail),
    "curl": (CURL, fetch_with_curl),
}
INTO_IMAP: dict[str, tuple[Program, Work]] = {
    "mbsync": (MBSYNC, store_with_mbsync),
    "curl": (CURL, store_with_curl),
}


def _lines(settings: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in settings)


def _quoted(text: str) -> str:
    """A word of a settings file in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _maildir(folder: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder
