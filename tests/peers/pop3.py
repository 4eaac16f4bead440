"""A small POP3 server that obeys RFC 1939, 2449, 2595, 1734 and 5034, and can be as odd as they allow.

It is the harness's own reference: whatever the suites say against it, in any of its oddities, is a false accusation.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import socket
import ssl
import stringprep
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """What a legal server may do; the default is the plain one."""

    segment: int = 0  # octets a segment, 0: as they come
    delay: float = 0.0  # seconds before each reply
    capa: bool = True
    top: bool = True
    uidl: bool = True
    apop: bool = True
    auth: bool = True
    stls: bool = True
    user: bool = True
    pipelining: bool = True
    resp_codes: bool = True
    texts: bool = True  # text behind +OK and -ERR
    extra_capabilities: tuple[bytes, ...] = ()
    reverse: bool = False  # newest message first
    long_unique_ids: bool = False
    hang_up_after_failure: bool = False  # RFC 1939 section 4 allows it
    refuse_unknown_user: bool = False
    status_header: bool = False  # a spool that keeps a header field of its own
    clear_passwords: bool = True  # False: USER, PASS and PLAIN wait for TLS
    other_secret: bool = False  # APOP has a secret of its own, which the target file does not know
    login_delay: int = 0  # seconds, announced and kept
    wait_for_lock: float = 0.0  # a second login waits for so long before it is refused


@dataclass
class Store:
    """One account's Maildir and its lock."""

    folder: Path
    password: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    last_login: float = float("-inf")

    def messages(self, oddity: Oddity) -> list[tuple[Path, bytes]]:
        for path in (self.folder / "new").iterdir():
            path.rename(self.folder / "cur" / path.name)
        paths = sorted((self.folder / "cur").iterdir(), reverse=oddity.reverse)
        return [(path, _with_status(path.read_bytes(), oddity)) for path in paths]


def _with_status(raw: bytes, oddity: Oddity) -> bytes:
    text = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head, gap, body = text.partition(b"\r\n\r\n")
    text = head + (b"\r\nStatus: RO" if oddity.status_header else b"") + gap + body
    return text if text.endswith(b"\r\n") else text + b"\r\n"


class Hang(Exception):
    """The client has gone, or the server hangs up."""


class Session:
    """One connection."""

    def __init__(self, sock: socket.socket, server: Pop3Server, *, tls: bool) -> None:
        self.sock, self.server, self.oddity, self.tls = sock, server, server.oddity, tls
        self.buffer = b""
        self.user: bytes | None = None
        self.store: Store | None = None
        self.messages: list[tuple[Path, bytes]] = []
        self.marked: set[int] = set()
        self.timestamp = b"<%d.%s@peer.test>" % (os.getpid(), secrets.token_hex(6).encode())

    # ---- octets

    def send(self, data: bytes) -> None:
        if self.oddity.delay:
            threading.Event().wait(self.oddity.delay)
        step = self.oddity.segment or len(data)
        for start in range(0, len(data), step):
            self.sock.sendall(data[start : start + step])

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > 4096:
                self.buffer = b""
                raise Hang
            chunk = self.sock.recv(65536)
            if not chunk:
                raise Hang
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def ok(self, text: bytes = b"", *, needed: bool = False) -> None:
        self.send(b"+OK" + (b" " + text if text and (needed or self.oddity.texts) else b"") + b"\r\n")

    def err(self, text: bytes = b"no", code: bytes = b"") -> None:
        words = [
            w
            for w in (
                b"[" + code + b"]" if code and self.oddity.resp_codes else b"",
                text if self.oddity.texts else b"",
            )
            if w
        ]
        self.send(b" ".join([b"-ERR", *words]) + b"\r\n")

    def lines(self, lines: list[bytes], text: bytes = b"follows") -> None:
        stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
        head = b"+OK" + (b" " + text if self.oddity.texts else b"") + b"\r\n"
        self.send(head + stuffed + b".\r\n")

    # ---- dialogue

    def serve(self) -> None:
        self.ok(b"ready " + self.timestamp if self.oddity.apop else b"ready", needed=self.oddity.apop)
        try:
            while self.command(self.line()):
                pass
        except (Hang, OSError):
            pass
        finally:
            if self.store:
                self.store.lock.release()

    def command(self, line: bytes) -> bool:
        verb, *args = line.split(b" ")
        handler = getattr(self, f"do_{verb.decode('latin-1').lower()}", None) if verb.isalpha() else None
        named, self.user = self.user, None  # only PASS or QUIT may follow USER, and only at once
        if verb.upper() == b"PASS":
            self.user = named
        if named and verb.upper() == b"APOP":
            self.err(b"PASS is awaited")
            return True
        if handler is None or verb.upper() not in self.allowed():
            self.err(b"unknown command or wrong state")
            return True
        return handler(args) is not False

    def allowed(self) -> set[bytes]:
        odd = self.oddity
        if self.store:
            optional = {b"TOP": odd.top, b"UIDL": odd.uidl, b"CAPA": odd.capa}
            return {
                b"STAT",
                b"LIST",
                b"RETR",
                b"DELE",
                b"NOOP",
                b"RSET",
                b"QUIT",
                *(k for k, v in optional.items() if v),
            }
        optional = {
            b"USER": odd.user and self.open,
            b"PASS": odd.user and self.open,
            b"APOP": odd.apop,
            b"AUTH": odd.auth,
            b"CAPA": odd.capa,
            b"STLS": odd.stls and not self.tls and self.server.context is not None,
        }
        return {b"QUIT", *(k for k, v in optional.items() if v)}

    @property
    def open(self) -> bool:
        """Whether passwords are taken here (RFC 5034 section 4, RFC 8314 section 4.1)."""
        return self.tls or self.oddity.clear_passwords

    def none(self, args: list[bytes]) -> bool:
        if args:
            self.err(b"no arguments here")
        return not args

    def do_capa(self, args: list[bytes]) -> None:
        if not self.none(args):
            return
        odd = self.oddity
        found = {
            b"TOP": odd.top,
            b"UIDL": odd.uidl,
            b"USER": odd.user and (self.open or self.store is not None),
            b"PIPELINING": odd.pipelining,
            b"RESP-CODES": odd.resp_codes,
            b"SASL PLAIN CRAM-MD5" if self.open else b"SASL CRAM-MD5": odd.auth,
            b"EXPIRE NEVER": True,
            b"LOGIN-DELAY %d" % odd.login_delay: True,
            b"IMPLEMENTATION Reference 1.0": True,
        }
        listed = [tag for tag, there in found.items() if there]
        if b"STLS" in self.allowed():
            listed.append(b"STLS")
        self.lines([*odd.extra_capabilities, *reversed(listed)])

    def do_quit(self, args: list[bytes]) -> bool:
        if not self.none(args):
            return True
        for number in self.marked:
            self.messages[number - 1][0].unlink(missing_ok=True)
        if self.store:
            store, self.store = self.store, None
            store.lock.release()
        self.ok(b"bye")
        return False

    def do_stls(self, args: list[bytes]) -> bool:
        if not self.none(args):
            return True
        self.buffer = b""  # what came in clear behind STLS is void
        self.ok(b"begin TLS")
        self.sock = self.server.wrap(self.sock)
        self.tls, self.user = True, None
        return True

    # ---- AUTHORIZATION

    def fail(self, text: bytes = b"authentication failed") -> bool:
        self.user = None
        self.err(text, b"AUTH" if self.oddity.resp_codes else b"")
        return not self.oddity.hang_up_after_failure

    def enter(self, name: bytes) -> bool:
        store = self.server.stores[name.decode()]
        if time.monotonic() < store.last_login + self.oddity.login_delay:
            self.user = None
            self.err(b"come back later", b"LOGIN-DELAY")
            return not self.oddity.hang_up_after_failure
        if not store.lock.acquire(timeout=self.oddity.wait_for_lock or 0.0001):
            self.user = None
            self.err(b"maildrop already locked", b"IN-USE")
            return not self.oddity.hang_up_after_failure
        store.last_login = time.monotonic()
        self.store, self.messages, self.marked = store, store.messages(self.oddity), set()
        self.ok(b"%d messages" % len(self.messages))
        return True

    def do_user(self, args: list[bytes]) -> bool:
        if len(args) != 1 or not args[0]:
            self.err(b"one name, please")
            return True
        if self.oddity.refuse_unknown_user and args[0].decode("latin-1") not in self.server.stores:
            return self.fail(b"no such mailbox")
        self.user = args[0]
        self.ok(b"now PASS")
        return True

    def do_pass(self, args: list[bytes]) -> bool:
        user, self.user = self.user, None
        if user is None or not args or not args[0]:
            self.err(b"USER first, and a password")
            return True
        return self.enter(user) if self.right(user, b" ".join(args)) else self.fail()

    def right(self, user: bytes, password: bytes) -> bool:
        store = self.server.stores.get(user.decode("latin-1"))
        return store is not None and hmac.compare_digest(store.password.encode(), password)

    def do_apop(self, args: list[bytes]) -> bool:
        if len(args) != 2 or not all(args):
            self.err(b"name and digest, please")
            return True
        store = self.server.stores.get(args[0].decode("latin-1"))
        secret = (store.password + " for APOP" * self.oddity.other_secret).encode() if store else b""
        digest = hashlib.md5(self.timestamp + secret).hexdigest().encode()
        return self.enter(args[0]) if store and digest == args[1] else self.fail()

    def do_auth(self, args: list[bytes]) -> bool:
        listed = (b"PLAIN", b"CRAM-MD5") if self.open else (b"CRAM-MD5",)
        if not args or len(args) > 2 or args[0].upper() not in listed:
            self.err(b"mechanism not supported")
            return True
        if args[0].upper() == b"CRAM-MD5":
            return self.cram(args)
        initial = args[1] if len(args) == 2 else None
        message = b"" if initial == b"=" else self.decoded(initial if initial is not None else self.ask(b""))
        if message is None or message.count(b"\0") != 2:
            self.err(b"malformed response")
            return True
        authzid, user, password = message.split(b"\0")
        good = self.right(user, password) and prepared(authzid) in (b"", user)
        return self.enter(user) if good else self.fail()

    def cram(self, args: list[bytes]) -> bool:
        if len(args) == 2:
            self.err(b"the server speaks first")
            return True
        challenge = b"<%s@peer.test>" % secrets.token_hex(8).encode()
        message = self.decoded(self.ask(challenge))
        user, _, digest = (message or b"").rpartition(b" ")
        store = self.server.stores.get(user.decode("latin-1"))
        if message is None:
            self.err(b"malformed response")
            return True
        good = store and hmac.new(store.password.encode(), challenge, hashlib.md5).hexdigest().encode() == digest
        return self.enter(user) if good else self.fail()

    def ask(self, challenge: bytes) -> bytes:
        self.send(b"+ " + base64.b64encode(challenge) + b"\r\n")
        return self.line()

    @staticmethod
    def decoded(line: bytes) -> bytes | None:
        try:
            return base64.b64decode(line, validate=True)
        except (binascii.Error, ValueError):
            return None

    # ---- TRANSACTION

    def number(self, word: bytes) -> int | None:
        if not word.isdigit() or len(word) > 9:
            return None
        number = int(word)
        return number if 1 <= number <= len(self.messages) and number not in self.marked else None

    def one(self, args: list[bytes]) -> int | None:
        number = self.number(args[0]) if len(args) == 1 else None
        if number is None:
            self.err(b"no such message")
        return number

    def there(self) -> list[int]:
        return [n for n in range(1, len(self.messages) + 1) if n not in self.marked]

    def size(self, number: int) -> int:
        return len(self.messages[number - 1][1])

    def unique(self, number: int) -> bytes:
        name = hashlib.sha256(self.messages[number - 1][0].name.partition(":")[0].encode()).hexdigest().encode()
        return (name + b"!#$%&")[:69] + b"~" if self.oddity.long_unique_ids else name[:16]

    def do_stat(self, args: list[bytes]) -> None:
        if self.none(args):
            self.ok(b"%d %d" % (len(self.there()), sum(map(self.size, self.there()))), needed=True)

    def do_list(self, args: list[bytes]) -> None:
        self.listing(args, lambda n: b"%d %d" % (n, self.size(n)))

    def do_uidl(self, args: list[bytes]) -> None:
        self.listing(args, lambda n: b"%d %s" % (n, self.unique(n)))

    def listing(self, args: list[bytes], show) -> None:
        if not args:
            self.lines([show(n) for n in self.there()])
        elif (number := self.one(args)) is not None:
            self.ok(show(number), needed=True)

    def do_retr(self, args: list[bytes]) -> None:
        if (number := self.one(args)) is not None:
            self.lines(self.messages[number - 1][1].split(b"\r\n")[:-1], b"%d octets" % self.size(number))

    def do_top(self, args: list[bytes]) -> None:
        number = self.number(args[0]) if len(args) == 2 and args[1].isdigit() else None
        if number is None:
            self.err(b"no such message, or no line count")
            return
        head, gap, body = self.messages[number - 1][1].partition(b"\r\n\r\n")
        self.lines([*head.split(b"\r\n"), *([b""] if gap else []), *body.split(b"\r\n")[:-1][: int(args[1][:9])]])

    def do_dele(self, args: list[bytes]) -> None:
        if (number := self.one(args)) is not None:
            self.marked.add(number)
            self.ok(b"marked")

    def do_noop(self, args: list[bytes]) -> None:
        if self.none(args):
            self.ok()

    def do_rset(self, args: list[bytes]) -> None:
        if self.none(args):
            self.marked.clear()
            self.ok(b"unmarked")


def prepared(authzid: bytes) -> bytes | None:
    """SASLprep (RFC 4013 section 2), bidirectional text left out; None if it fails or leaves nothing."""
    try:
        text = authzid.decode()
    except UnicodeDecodeError:
        return None
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    mapped = unicodedata.normalize("NFKC", mapped)
    prohibited = any(forbidden(c) for c in mapped for forbidden in PROHIBITED)
    return None if prohibited or (text and not mapped) else mapped.encode()


PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
    stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip


class Pop3Server:
    """The server: a plain port and, with an identity, one with implicit TLS."""

    def __init__(self, folder: Path, oddity: Oddity, users: dict[str, str], context: ssl.SSLContext | None) -> None:
        self.oddity, self.context = oddity, context
        self.stores = {name: Store(_maildir(folder / name), password) for name, password in users.items()}
        self.sockets = [socket.create_server(("127.0.0.1", 0))] + (
            [socket.create_server(("127.0.0.1", 0))] if context else []
        )
        for index, listening in enumerate(self.sockets):
            threading.Thread(target=self.accept, args=(listening, index == 1), daemon=True).start()

    @property
    def ports(self) -> list[int]:
        return [listening.getsockname()[1] for listening in self.sockets]

    def wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        assert self.context is not None
        return self.context.wrap_socket(sock, server_side=True)

    def accept(self, listening: socket.socket, tls: bool) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listening.accept()
                threading.Thread(target=self.talk, args=(sock, tls), daemon=True).start()

    def talk(self, sock: socket.socket, tls: bool) -> None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(60)
            session = Session(self.wrap(sock) if tls else sock, self, tls=tls)
            try:
                session.serve()
            finally:
                _close(session.sock)


def _close(sock: socket.socket) -> None:
    if isinstance(sock, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            sock = sock.unwrap()
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _maildir(folder: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def serving(folder: Path, oddity: Oddity = Oddity(), *, name: str = "reference", tls: bool = True) -> Iterator[Path]:
    """Run the server and yield the path of its target file."""
    from conformance import certificates

    context = None
    if tls:
        authority = certificates.authority("peers")
        identity = certificates.issue(authority, names=("localhost", "127.0.0.1"))
        (folder / "ca.pem").write_bytes(authority.certificate_pem)
        (folder / "both.pem").write_bytes(identity.chain_pem + identity.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "both.pem")
    users = {"alice": "alice-secret", "bob": "bob-secret"}
    server = Pop3Server(folder, oddity, users, context)
    endpoints = [
        f'"{scheme}://127.0.0.1:{port}"' for scheme, port in zip(("pop3", "pop3s"), server.ports, strict=False)
    ]
    lines = [f'name = "{name}"', f"endpoints = [{', '.join(endpoints)}]", 'patience = "5s"']
    lines += ["[tls]", f'ca = "{folder / "ca.pem"}"', 'server_name = "localhost"'] if tls else []
    for user, password in users.items():
        lines += ["[[account]]", f'user = "{user}"', f'password = "{password}"', f'maildir = "{folder / user}"']
    lines += ["[facilities]", 'client-certificates = "none"']
    target = folder / "target.toml"
    target.write_text("\n".join(lines) + "\n")
    try:
        yield target
    finally:
        for listening in server.sockets:
            listening.close()
