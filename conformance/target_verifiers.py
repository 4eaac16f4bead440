"""The rows `[[spf]]`, `[[dkim]]` and `[[dmarc]]` of a target file: who verifies that at the target, and how he is asked for his verdict."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

METHODS = ("spf", "dkim", "dmarc")
"""What is verified: the names of the tables, and of the methods in an Authentication-Results field."""
BY_SMTP = ("bind", "xclient", "proxy-v1", "proxy-v2")
FIELDS = ("received-spf", "authentication-results")
DEFAULT_READING: Mapping[str, str] = {
    **dict.fromkeys(BY_SMTP, "received-spf"),
    "policy": "received-spf",
    "milter": "authentication-results",
    "command": "output",
}
"""What a verdict is read from, by route. All may be read from a header field, and that of a command from its output."""
ADDRESS = r"(\[[0-9A-Fa-f:.]+\]|[^:/@\s]+):[1-9][0-9]{0,4}"
"""HOST:PORT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """One way to one verifier's verdict.

    `method` is what he verifies, one of METHODS. SPF is asked for by every route, DKIM and DMARC, which are about the
    octets of a message, by SMTP, and read from an Authentication-Results field. `route` is how he hears of a client: `bind` (the harness connects from that address, or from any for DKIM), `xclient`, `proxy-v1` and
    `proxy-v2` (it tells the MTA the address), `policy` (Postfix's policy delegation), `milter`, or `command`. `address`
    is where (HOST:PORT, or unix:/path for policy and milter; by default the target's smtp:// endpoint), `command` a
    command line with {ip}, {helo} and {sender}. `reads` is what the verdict is read from (see DEFAULT_READING). Rows of the same `name` are
    the same verifier. `recipient` is whom test mail goes to (by default the first account), `authserv_id` whose
    Authentication-Results count (by default anybody's). `pattern` is a regular expression whose first group is the
    result, in a reply's text or a command's output.
    """

    route: str
    method: str = "spf"
    address: str = ""
    command: str = ""
    reads: str = ""
    name: str = ""
    recipient: str = ""
    authserv_id: str = ""
    pattern: str = ""


def mistake(row: Verifier, *, smtp: bool) -> str:
    """Return what is wrong with a row whose route is one, empty if nothing; `smtp` says whether there is an smtp:// endpoint."""
    return _wrong_method(row) or _wrong_way(row, smtp=smtp) or _wrong_reading(row)


def _wrong_method(row: Verifier) -> str:
    if row.method == "spf":
        return ""
    if row.route not in BY_SMTP:
        return f"{row.method}.route = {row.route!r}: give one of {', '.join(BY_SMTP)}"
    if row.reads not in ("", "authentication-results"):
        return f"{row.method}.reads = {row.reads!r}: that is always authentication-results"
    return ""


def _wrong_way(row: Verifier, *, smtp: bool) -> str:
    if row.route == "command":
        return _wrong_command(row)
    if row.command:
        return f"{row.method}.command: that is for route = 'command', and this row's is {row.route!r}"
    by_socket = row.route in ("policy", "milter")
    example = '"127.0.0.1:8891" or "unix:/run/spf"' if by_socket else '"127.0.0.1:2525"'
    form = ADDRESS + r"|unix:/[^\0]+" if by_socket else ADDRESS
    if row.address and not re.fullmatch(form, row.address):
        return f"{row.method}.address = {row.address!r}: give {example}"
    if not row.address and by_socket:
        return f"{row.method}.address: route = {row.route!r} needs one, such as {example}"
    if not row.address and not smtp:
        return f"{row.method}: route = {row.route!r} needs an smtp:// endpoint, or address ="
    return ""


def _wrong_command(row: Verifier) -> str:
    try:
        words = shlex.split(row.command)
    except ValueError as error:
        return f"{row.method}.command = {row.command!r}: {error}"
    if row.address:
        return f"{row.method}.address: a command has none"
    if not any("{ip}" in word for word in words):
        return f"{row.method}.command = {row.command!r}: give a command line with {{ip}}, {{helo}} and {{sender}}"
    return ""


def _wrong_reading(row: Verifier) -> str:
    allowed = ("output" if row.route == "command" else "reply", *FIELDS)
    if row.reads and row.reads not in allowed:
        return f"{row.method}.reads = {row.reads!r}: give one of {', '.join(allowed)}"
    if row.recipient and not re.fullmatch(r"[^\s<>]+@[^@\s<>]+", row.recipient):
        return f"{row.method}.recipient = {row.recipient!r}: give an address such as alice@example.org"
    try:
        groups = re.compile(row.pattern.encode()).groups if row.pattern else 1
    except (re.error, UnicodeEncodeError, OverflowError, RecursionError) as error:
        return f"{row.method}.pattern = {row.pattern!r}: {error}"
    return (
        ""
        if groups
        else f"{row.method}.pattern = {row.pattern!r}: put the result's word into a group, such as spf=([a-z]+)"
    )
