"""The demo target: mail servers nobody here wrote, on free ports of 127.0.0.1, over one Maildir per user.

aiosmtpd delivers (SMTP, LMTP), pymap and twisted.mail read (IMAP, POP3). Each runs as its own process, so that one
that hangs or dies takes nothing with it. Invariants: the listening sockets are made here and handed down, so no port
can be taken in between and a client never meets a closed one; and no server outlives the `with` block or the process
that entered it. What these servers do on the wire is theirs: only what joins them is ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

from conformance.embedded.children import Child, EmbeddedError, running
from conformance.embedded.home import DOMAIN, RESIDENTS, Home

__all__ = ["EmbeddedError", "serve"]

SERVERS = {
    "pop3": ("pop3", "pop3s"),
    "imap": ("imap", "imaps"),
    "smtp": ("smtp", "submissions", "lmtp"),
}
PRODUCTS = {"pymap": "pymap", "aiosmtpd": "aiosmtpd", "twisted": "twisted.mail"}


@contextmanager
def serve(directory: Path) -> Iterator[Path]:
    """Start the servers over Maildirs in a directory and yield the path of the target file that describes them.

    Certificates, logs (pop3.log, imap.log, smtp.log) and the target file lie in the directory too; mail already there
    stays. Raises EmbeddedError, with the end of its log, for a server that has not answered in ten seconds.
    """
    home = Home(directory.resolve())
    home.prepare()
    with ExitStack() as stack:
        children = [stack.enter_context(running(name, schemes, home)) for name, schemes in SERVERS.items()]
        for child in children:
            child.wait_until_it_answers(home)
        home.target_file.write_text(_target_text(children, home), "utf-8")
        yield home.target_file


def _target_text(children: list[Child], home: Home) -> str:
    product = ", ".join(f"{name} {version(package)}" for package, name in PRODUCTS.items())
    endpoints = [f"{scheme}://127.0.0.1:{port}" for child in children for scheme, port in child.ports.items()]
    lines = [
        'name = "embedded"',
        f"product = {_text(product)}",
        f"endpoints = [{', '.join(map(_text, endpoints))}]",
        'patience = "1s"',
        "",
        "[tls]",
        f"ca = {_text(str(home.authority_file))}",
        'server_name = "localhost"',
        "",
        *(line for resident in RESIDENTS for line in _account_lines(resident.user, resident.password, home)),
        "[facilities]",
        'client-certificates = "none"',
        "[mail]",
        f"local_domains = [{_text(DOMAIN)}]",
        f"unknown = [{_text('nobody@' + DOMAIN)}]",
        'delivery_wait = "5s"',
    ]
    return "\n".join(lines) + "\n"


def _account_lines(user: str, password: str, home: Home) -> tuple[str, ...]:
    address, maildir = f"{user}@{DOMAIN}", str(home.maildir(user))
    fields = {"user": user, "password": password, "address": address, "maildir": maildir}
    return ("[[account]]", *(f"{key} = {_text(value)}" for key, value in fields.items()), "")


def _text(value: str) -> str:
    """Write a TOML basic string: a JSON string is one."""
    return json.dumps(value)
