"""The target: what a person writes about the server under test, as a TOML file or a URL.

Invariant: a mistake in the file is one line naming the key and the nearest right one; nothing is guessed. Units:
seconds for every duration once read.
"""

from __future__ import annotations

import difflib
import fnmatch
import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance import target_verifiers
from conformance.target_verifiers import Verifier

DEFAULT_PORTS = {
    "pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993, "smtp": 25, "smtps": 465,
    "submission": 587, "submissions": 465, "lmtp": 24, "http": 80, "https": 443,
}  # fmt: skip


class TargetError(Exception):
    """A target file, URL or password source that cannot be used; the message is one clear line."""


def protocol_of(scheme: str) -> str:
    """Return the protocol that is spoken at endpoints of a scheme."""
    plain = scheme.removesuffix("s")
    return {"submission": "smtp"}.get(plain, plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One listening socket: scheme (protocol and TLS), host, port."""

    scheme: str
    host: str
    port: int

    @property
    def implicit_tls(self) -> bool:
        """Whether TLS starts with the connection (RFC 8314 section 3)."""
        return self.scheme in {"pop3s", "imaps", "smtps", "submissions", "https"}

    @property
    def protocol(self) -> str:
        return protocol_of(self.scheme)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One test account; maildir or mbox name where its mail lies, if the harness may put test mail there."""

    user: str
    password: str = field(repr=False)
    address: str = ""
    quota: str = ""
    maildir: str = ""
    mbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How certificates are checked: PEM file of trusted authorities, whether to verify, name to expect."""

    ca: str = ""
    verify: bool = True
    server_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What the harness may do with mail.

    Domains whose mail the target takes; addresses there that nobody has; addresses elsewhere that the target refuses to
    relay to from a stranger; where it hands on the mail of which domain, so that the harness can listen there
    (HOST:PORT); and how long a delivery may take (seconds).
    """

    local_domains: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    smarthost_sink: str = ""
    sink_domain: str = ""
    delivery_wait: float = 30.0
    max_messages: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Known policy, so that policy is not mistaken for breakage: seconds, and connections a minute or at once."""

    login_delay: float = 0.0
    banner_delay: float = 0.0
    conn_rate: str = ""
    max_conns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server under test; patience is how long one reply may take (seconds)."""

    name: str
    label: str = ""
    product: str = ""
    endpoints: tuple[Endpoint, ...]
    accounts: tuple[Account, ...] = ()
    tls: Tls = field(default_factory=Tls)
    mail: Mail = field(default_factory=Mail)
    limits: Limits = field(default_factory=Limits)
    facilities: Mapping[str, str] = field(default_factory=dict)
    lab: Mapping[str, str] = field(default_factory=dict)
    spf: tuple[Verifier, ...] = ()
    dkim: tuple[Verifier, ...] = ()
    dmarc: tuple[Verifier, ...] = ()
    patience: float = 30.0
    spare: tuple[str, ...] = ()
    """Checks that are not run on this target, since it does not survive them: ids, or patterns of ids as a shell has."""

    def spares(self, check: str) -> bool:
        """Whether a check (id with its case, if it has one) is not to be run."""
        whole = check.partition("[")[0]
        return any(name == check or fnmatch.fnmatchcase(whole, name) for name in self.spare)

    def endpoint(self, *schemes: str) -> Endpoint | None:
        """Return the first endpoint of the first scheme that the target has, else None."""
        return next((e for scheme in schemes for e in self.endpoints if e.scheme == scheme), None)


def parse_endpoint(url: str) -> Endpoint:
    """Read `scheme://host[:port]`; raises TargetError."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise TargetError(f"{url!r}: unknown scheme {parts.scheme!r}{_nearest(parts.scheme, DEFAULT_PORTS)}")
    if not host:
        raise TargetError(f"{url!r} names no host")
    if port == 0:
        raise TargetError(f"{url!r}: nobody listens on port 0")
    return Endpoint(scheme=parts.scheme, host=host, port=port or DEFAULT_PORTS[parts.scheme])


def from_url(url: str, *, user: str = "", password_from: str = "") -> Target:
    """Make the target that a URL and an account describe; raises TargetError."""
    endpoint = parse_endpoint(url)
    user = user or unquote(urlsplit(url).username or "")
    if user and not password_from:
        raise TargetError(f"account {user!r} has no password: give --password-from env:NAME, file:PATH or cmd:COMMAND")
    accounts = (
        (Account(user=user, password=read_password(password_from), address=user if "@" in user else ""),)
        if user
        else ()
    )
    name = re.sub(r"[^a-z0-9-]+", "-", endpoint.host.lower()).strip("-") or "target"
    return Target(name=name, endpoints=(endpoint,), accounts=accounts)


def load(path: Path) -> Target:
    """Read a target file; raises TargetError with file, key and nearest known key."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"target file {path}: {getattr(error, 'strerror', None) or error}") from error
    try:
        return _target(data, path.parent)
    except TargetError as error:
        raise TargetError(f"target file {path}: {error}") from error


def read_password(source: str, base: Path = Path()) -> str:
    """Fetch a password from `env:NAME`, `file:PATH` or `cmd:COMMAND`; raises TargetError."""
    kind, _, name = source.partition(":")
    if kind not in _SOURCES:
        raise TargetError(f"password source {source!r} is none of env:NAME, file:PATH, cmd:COMMAND")
    try:
        password = _SOURCES[kind](name, base)
        password.encode()
    except KeyError as error:
        raise TargetError(f"password source {source!r}: environment variable {name} is not set") from error
    except OSError as error:
        raise TargetError(f"password source {source!r}: {error.strerror}") from error
    except subprocess.SubprocessError as error:
        raise TargetError(f"password source {source!r}: the command did not give a password") from error
    except ValueError as error:
        raise TargetError(f"password source {source!r} gives no text: {error}") from error
    return password


def _from_command(command: str, _: Path) -> str:
    done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True, timeout=60)  # noqa: S602 - the user's own command
    return done.stdout.rstrip("\r\n")


_SOURCES: Mapping[str, Callable[[str, Path], str]] = {
    "env": lambda name, _: os.environ[name],
    "file": lambda name, base: (base / name).read_text("utf-8").rstrip("\r\n"),
    "cmd": _from_command,
}


def seconds(text: str | float) -> float:
    """Read a duration such as 30, "30s", "5m", "2h" as seconds; raises TargetError."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h)?", str(text))
    if not match:
        raise TargetError(f"{text!r} is not a duration such as 30s or 5m")
    return float(match[1]) * {"ms": 0.001, "m": 60, "h": 3600}.get(match[2], 1)


_PLAIN_KEYS = {f.name for f in fields(Target)} - {"accounts"} | {"account"}


def _target(data: dict[str, Any], base: Path) -> Target:
    _known(data, _PLAIN_KEYS, "")
    name = _text(data, "name", "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        raise TargetError(f"name = {name!r}: give a name of a-z, 0-9, '.' and '-'")
    rows = {method: _tables(data, method) for method in target_verifiers.METHODS}
    urls = data.get("endpoints", [])
    if not isinstance(urls, list) or not (urls or any(rows.values())) or not all(isinstance(url, str) for url in urls):
        raise TargetError('endpoints: give a list such as ["pop3://127.0.0.1:110"]')
    endpoints = tuple(parse_endpoint(url) for url in urls)
    return Target(
        name=name,
        label=_text(data, "label", ""),
        product=_text(data, "product", ""),
        endpoints=endpoints,
        accounts=tuple(_account(table, base) for table in _tables(data, "account")),
        tls=_tls(_table(data, "tls"), base),
        mail=_mail(_table(data, "mail")),
        limits=_limits(_table(data, "limits")),
        facilities=_facilities(_table(data, "facilities")),
        lab=_words(_table(data, "lab"), "lab."),
        **{
            method: tuple(_verifier(method, table, smtp=any(e.scheme == "smtp" for e in endpoints)) for table in tables)
            for method, tables in rows.items()
        },
        patience=_seconds(data, "patience", 30.0, ""),
        spare=_names(data, "spare"),
    )


def _account(table: dict[str, Any], base: Path) -> Account:
    _known(table, {f.name for f in fields(Account)} | {"password_from"}, "account.")
    user = _text(table, "user", "account.")
    if "password" not in table and "password_from" not in table:
        raise TargetError(f"account {user!r}: give password or password_from")
    password = _text(table, "password", "account.")
    if "password" not in table:
        password = read_password(_text(table, "password_from", "account."), base)
    if re.search(r"[\r\n\0]", user + password):
        raise TargetError(f"account {user!r}: neither user nor password may hold a line end or NUL")
    rest = {key: _text(table, key, "account.") for key in ("address", "quota", "maildir", "mbox") if key in table}
    return Account(user=user, password=password, **rest)


def _tls(table: dict[str, Any], base: Path) -> Tls:
    _known(table, {"ca", "verify", "server_name"}, "tls.")
    ca = _text(table, "ca", "tls.")
    if ca and not (base / ca).is_file():
        raise TargetError(f"tls.ca: no file {str(base / ca)!r}")
    verify = table.get("verify", True)
    if not isinstance(verify, bool):
        raise TargetError(f"tls.verify = {verify!r}: write true or false, without quotes")
    return Tls(ca=str(base / ca) if ca else "", verify=verify, server_name=_text(table, "server_name", "tls."))


def _mail(table: dict[str, Any]) -> Mail:
    _known(table, {f.name for f in fields(Mail)}, "mail.")
    sink, domain = _text(table, "smarthost_sink", "mail."), _text(table, "sink_domain", "mail.")
    if sink and not re.fullmatch(target_verifiers.ADDRESS, sink):
        raise TargetError(f'mail.smarthost_sink = {sink!r}: give an address and a port such as "127.0.0.1:2525"')
    if bool(sink) != bool(domain):
        raise TargetError("mail: smarthost_sink and sink_domain go together, where mail is handed on and whose mail")
    return Mail(
        local_domains=_list(table, "local_domains", '["example.org"]', r"[^@\s]+"),
        unknown=_list(table, "unknown", '["nobody@example.org"]', r"[^\r\n]+@[^@\s]+"),
        foreign=_list(table, "foreign", '["somebody@example.net"]', r"[^\r\n]+@[^@\s]+"),
        smarthost_sink=sink,
        sink_domain=domain,
        delivery_wait=_seconds(table, "delivery_wait", 30.0, "mail."),
        max_messages=_count(table, "max_messages", 200, "mail."),
    )


def _facilities(table: dict[str, Any]) -> dict[str, str]:
    words = _words(table, "facilities.")
    if "dns" in words and not re.fullmatch(target_verifiers.ADDRESS, words["dns"]):
        raise TargetError(f'facilities.dns = {words["dns"]!r}: give an address and a port such as "127.0.0.1:5353"')
    return words


def _verifier(method: str, table: dict[str, Any], *, smtp: bool) -> Verifier:
    """Read one row; a verifier without a name has that of his route."""
    _known(table, {f.name for f in fields(Verifier)} - {"method"}, f"{method}.")
    said = {key: _text(table, key, f"{method}.") for key in table}
    route = said.setdefault("route", "")
    if route not in target_verifiers.DEFAULT_READING:
        known = set(target_verifiers.DEFAULT_READING)
        raise TargetError(
            f"{method}.route = {route!r}: unknown{_nearest(route, known)}" if route else f"{method}.route is missing"
        )
    row = Verifier(**said, method=method)
    if wrong := target_verifiers.mistake(row, smtp=smtp):
        raise TargetError(wrong)
    reads = target_verifiers.DEFAULT_READING[route] if method == "spf" else "authentication-results"
    return replace(row, name=row.name or route, reads=row.reads or reads)


def _list(table: dict[str, Any], key: str, example: str, form: str) -> tuple[str, ...]:
    words = table.get(key, [])
    if not isinstance(words, list) or not all(isinstance(word, str) and re.fullmatch(form, word) for word in words):
        raise TargetError(f"mail.{key}: give a list such as {example}")
    return tuple(words)


def _limits(table: dict[str, Any]) -> Limits:
    _known(table, {f.name for f in fields(Limits)} | {"greylist"}, "limits.")
    rate = _text(table, "conn_rate", "limits.")
    if rate and not re.fullmatch(r"[1-9][0-9]{0,5}/[smh]", rate):
        raise TargetError(f"limits.conn_rate = {rate!r}: give a rate such as 30/m or 2/s")
    return Limits(
        login_delay=_seconds(table, "login_delay", 0.0, "limits."),
        banner_delay=_seconds(table, "banner_delay", 0.0, "limits."),
        conn_rate=rate,
        max_conns=_count(table, "max_conns", 0, "limits."),
    )


def _seconds(table: dict[str, Any], key: str, default: float, prefix: str) -> float:
    try:
        return seconds(table.get(key, default))
    except TargetError as error:
        raise TargetError(f"{prefix}{key}: {error}") from error


def _count(table: dict[str, Any], key: str, default: int, prefix: str) -> int:
    value = table.get(key, default)
    if type(value) is not int or value < 0:
        raise TargetError(f"{prefix}{key} = {value!r}: give a number")
    return value


def _names(data: dict[str, Any], key: str) -> tuple[str, ...]:
    names = data.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TargetError(f'{key}: give a list such as ["rfc1939/noop-is-answered"]')
    return tuple(names)


def _words(table: dict[str, Any], prefix: str) -> dict[str, str]:
    return {key: _text(table, key, prefix) for key in table}


def _tables(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TargetError(f"{key}: write [[{key}]], with two brackets")
    return tables


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise TargetError(f"{key}: write a table, [{key}]")
    return table


def _text(table: dict[str, Any], key: str, prefix: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise TargetError(f"{prefix}{key} = {value!r}: give text in quotes")
    if key in {"name", "user"} and not value:
        raise TargetError(f"{prefix}{key} is missing")
    return value


def _known(table: dict[str, Any], keys: set[str], prefix: str) -> None:
    for key in table:
        if key not in keys:
            raise TargetError(f"unknown key {repr(prefix + key)[1:-1]}{_nearest(key, keys)}")


def _nearest(word: str, words: Mapping[str, int] | set[str]) -> str:
    near = difflib.get_close_matches(word, words, 1, 0.5)
    return f" (did you mean {near[0]!r}?)" if near else f" (known: {', '.join(sorted(words))})"
