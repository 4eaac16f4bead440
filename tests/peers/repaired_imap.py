"""Configurations of IMAP servers that no server of the lab has, made of a real one by a relay in front of it.

Some checks judge only a server that refuses passwords in clear, greets with PREAUTH, keeps some flags for a session, and so
on; others find every server of the lab at fault. Each repair makes a server that such checks apply to and that passes
them, so that they can be held through their faults.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance import target
from conformance.faults import Act, Fault, Memory, Reply, answer, delay, drop, forward, rewrite, rewrite_raw, say
from conformance.wire.imap_commands import quoted
from tests.peers.relay import relayed

REFUSED = b"<tag> BAD not taken here\r\n"
ABOVE_4096 = rb"\{(?:409[7-9]|4[1-9]\d\d|[5-9]\d{3}|\d{5,})\+\}"


class LargeNumbersRefused(Fault):
    """A number above 32 bits is a syntax error (RFC 3501 section 9, nz-number)."""

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        numbers = re.findall(rb"(?<=[ :,])\d{10,}(?=[ :,\r])", line)
        return (b"", [REFUSED]) if any(int(number) >= 1 << 32 for number in numbers) else None


@dataclass(frozen=True)
class Announced(Fault):
    """Capabilities that are not listed any more, as a regular expression, and others that are."""

    gone: bytes
    more: bytes

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        listed = re.match(rb"(\* CAPABILITY |\S+ OK \[CAPABILITY )([^\]\r\n]+)", reply.raw)
        if listed is None:
            return None
        names = [name for name in listed[2].split() if not re.fullmatch(self.gone, name)]
        return [listed[1] + b" ".join([*names, self.more]) + reply.raw[listed.end() :]]


@dataclass(frozen=True)
class Repair:
    """The server that is repaired, what a relay changes, and the checks that it is there for.

    `opens` says that the relay logs in, so that the client need not.
    """

    server: str
    fault: Fault
    checks: tuple[str, ...]
    opens: bool = False


IN_CLEAR = answer(b"<tag> NO [PRIVACYREQUIRED] not in clear\r\n", of=rb"(LOGIN|AUTHENTICATE) .*")

SYNTAX = (
    LargeNumbersRefused()
    | answer(REFUSED, of=rb"(?:UID )?FETCH .*BODY(?:\.PEEK)?\[(?:\d+\.)*0\d*[\].].*")
    | answer(REFUSED, of=rb"(?:UID )?FETCH (?:\S*[:,])?0\S* .*")
    | answer(REFUSED, of=rb"AUTHENTICATE \S+ \S+|STARTTLS")
)
LITERALS = forward(rb'APPEND "mailconform no such mailbox" \1', of=rb"APPEND .*?(%b)" % ABOVE_4096) | say(
    b"<tag> BAD [TOOBIG] wait for the continuation\r\n", of=rb"APPEND .*?%b.*" % ABOVE_4096
)
FLAGS = rewrite(rb"(\[PERMANENTFLAGS \([^)]*?)\\Answered ?", rb"\1") | forward(
    rb"\1\2", of=rb"(STORE .*?)\\Answered ?(.*)"
)
NAMES = (
    answer(b"<tag> NO [CANNOT] no inferiors\r\n", of=rb'CREATE "?mailconform.*/.*')
    | answer(b"<tag> NO [NONEXISTENT] no such mailbox\r\n", of=rb"GETQUOTAROOT .*")
    | rewrite(rb"^\* LIST \([^)]*\)", rb"* LIST (\\Noselect)", of=rb"LIST .*STATUS.*", when=rb"\* LIST")
    | rewrite(rb"^\* LIST \([^)]*\)", rb"* LIST (\\Noinferiors)", of=rb"LIST .*mailconform.*", when=rb"\* LIST")
)
NOTIFICATIONS = (
    drop(of=rb"(CREATE .*|NOOP)?", when=rb"\* LIST")
    | drop(of=rb"(APPEND .*|NOOP)?", when=rb"\* \d+ FETCH")
    | answer(b"<tag> OK watching\r\n", of=rb"NOTIFY SET .*MetadataChange.*")
)
YEARS = forward(b"SEARCH ALL", of=rb"SEARCH SENTON 9-Jan-2003")
CHARSETS = rewrite(rb"\[BADCHARSET\]", b"[BADCHARSET (US-ASCII UTF-8)]")

COMPOSED = "e\u0301".encode()
ENCLOSED = (
    b'(NIL "inner" ((NIL NIL "a" "mailconform.invalid")) NIL NIL NIL NIL NIL NIL NIL) '
    b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 13 1) 4 NIL'
)
REV2 = (
    answer(b"<tag> NO [CANNOT] no Net-Unicode\r\n", of=rb"CREATE \{.*")
    | forward(rb"\1" + "\u00e9".encode() + rb"\2", of=rb"(.*)%b(.*)" % COMPOSED)
    | rewrite_raw(rb'"FILENAME\*" \{29\}\r\n' + b"us-ascii''a%20long%20name.txt", b'"FILENAME" "a long name.txt"')
    | rewrite_raw(rb'(\("MESSAGE" "GLOBAL" NIL NIL NIL "7BIT" 62) NIL', rb"\1 " + ENCLOSED)
    | rewrite_raw(rb'BODY\[2\.HEADER\] (?:NIL|"")', b"BODY[2.HEADER] {18}\r\nSubject: inner\r\n\r\n")
)

REPAIRS = {
    "no-clear-passwords": Repair(
        "dovecot",
        IN_CLEAR | Announced(rb"AUTH=.*", b"LOGINDISABLED"),
        (
            "rfc3501/login-is-refused-while-logindisabled-is-listed",
            "rfc3501/plain-is-not-offered-where-login-is-disabled",
            "rfc3501/a-server-that-refuses-login-in-clear-lists-logindisabled",
            "rfc8314/an-imap-login-over-cleartext-is-refused",
            "rfc8314/a-refused-imap-login-over-cleartext-does-not-show-whether-the-password-was-right",
        ),
    ),
    "preauth": Repair(
        "dovecot",
        say(b"* PREAUTH ready\r\n", of=b""),
        ("rfc3501/a-greeting-of-preauth-leaves-the-client-authenticated",),
        opens=True,
    ),
    "strict": Repair(
        "dovecot",
        SYNTAX | LITERALS | FLAGS | NAMES | NOTIFICATIONS | CHARSETS | YEARS
        | Announced(rb"STARTTLS|SASL-IR|LITERAL\+", b"LITERAL- METADATA"),
        (
            "rfc2087/the-quota-roots-of-a-missing-mailbox-are-not-told",
            "rfc3501/a-name-without-inferiors-gets-none",
            "rfc3501/a-part-number-with-a-leading-zero-is-answered-bad",
            "rfc3501/an-initial-response-is-answered-bad-where-it-is-not-offered",
            "rfc3501/each-charset-of-badcharset-is-taken",
            "rfc3501/flags-that-are-not-permanent-end-with-the-session",
            "rfc3501/leading-zeros-in-a-set-are-refused",
            "rfc3501/numbers-above-32-bits-do-not-wrap-around",
            "rfc5322/years-of-three-digits-are-read",
            "rfc5465/a-client-is-not-told-of-what-it-did-itself",
            "rfc5465/a-message-that-the-client-itself-appended-is-not-fetched",
            "rfc5465/a-server-with-metadata-watches-that-of-mailboxes",
            "rfc5465/a-server-with-metadata-watches-that-of-the-server",
            "rfc5819/a-mailbox-that-may-not-be-read-is-said-to-be-unselectable",
            "rfc7888/an-append-above-4096-octets-is-answered-bad-toobig",
        ),
    ),
    "slow": Repair(
        "dovecot", delay(0.7, of=rb"APPEND .*"), ("rfc5465/the-last-of-many-new-messages-elsewhere-is-told",)
    ),
    "rev2": Repair(
        "cyrus310",
        REV2,
        (
            "rfc9051/8-bit-names-that-are-no-net-unicode-are-refused",
            "rfc9051/a-denormalised-name-that-was-taken-is-taken-everywhere",
            "rfc9051/an-enclosed-message-in-utf8-has-a-structure-of-its-own",
            "rfc9051/parameters-in-pieces-are-put-together",
        ),
    ),
}  # fmt: skip


@contextlib.contextmanager
def repaired(file: Path, folder: Path, name: str) -> Iterator[Path]:
    """Put a repair in front of the server that a target file names, and yield the target file of what is there then."""
    repair, server = REPAIRS[name], target.load(file)
    endpoint = server.endpoint("imap")
    if endpoint is None:
        raise LookupError(f"{file} names no imap:// endpoint")
    with relayed(endpoint, repair.fault, opening=_login(server.accounts[0]) if repair.opens else b"") as there:
        text = re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', file.read_text("utf-8"), count=1)
        changed = folder / f"{name}.toml"
        changed.write_text(re.sub(r"(?m)^endpoints = \[.*\]$", f'endpoints = ["{there}"]', text), "utf-8")
        yield changed


def _login(account: target.Account) -> bytes:
    words = b" ".join(bytes(quoted(word.encode())) for word in (account.user, account.password))
    return b"zz LOGIN %b\r\nzz NOOP\r\n" % words
