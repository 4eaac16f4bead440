"""What a server's folder says: `servers/NAME/server.toml` and the files beside it, read into a Recipe.

A server is a folder and nothing else: no line of Python names one. Files are templates of the plainest kind,
`@port_pop3@` as in autoconf, because every other usual sign (`$`, `%`, `{{`, `<<`) already means something in some
mail server's configuration; `@port_dovecot_lmtp@` is a port of another server, to hand mail on to. A server that differs from another in little says `like = "cyrus"`: what its folder lacks,
keys and files, is the other's. Invariant: an unknown key, an unknown service or an unknown @name@ is a LabError.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from conformance.lab.errors import LabError, nearest
from conformance.lab.services import SERVICES, WAYS_TO_VERIFIERS, nameserver, port, sink_port
from conformance.target import protocol_of
from conformance.target_verifiers import METHODS

SERVERS = Path(__file__).parent / "servers"
HOSTNAME = "mail.test"
DESCRIPTION = "server.toml"
START = "start.sh"
READY = "ready.sh"
PYTHON = "python"
OPTIONAL = frozenset(
    {
        "files", "inetd", "spool", "maildir", "sink", "quota", "facilities", "like", "npm", "spare", "dns",
        "network", *METHODS,
    }
)  # fmt: skip
_PLACEHOLDER = re.compile(r"@([a-z][a-z0-9_]*)@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user every server of the lab knows."""

    user: str
    password: str

    @property
    def address(self) -> str:
        return f"{self.user}@{HOSTNAME}"


ACCOUNTS = tuple(Account(user=f"user{n}", password=f"pass{n}") for n in (1, 2, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One file to write into the server's file system before it starts."""

    path: str
    text: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One server: what to install, what to write, how to start it, what it then offers.

    `like` is the server whose files are used where this one's folder has none; `suite` is a release of Debian, or
    `python` for a program that is installed beside the lab (its first package then tells the version); `version` is a
    shell command run in the finished root; `npm` is the server as npm knows it, NAME@VERSION (that package then tells
    the version); `inetd` maps a service to the program that speaks it on its standard input; `spool` is the folder of
    mbox files where that is the only way to put mail in; `maildir` is where a {user}'s mail lies if nothing lets it be
    read; `sink` says that mail to other domains is handed on to a port of the harness; `quota` is what the last
    account's mailbox can hold; `facilities` are words for the target file about what else was set up (a mailbox
    everybody may write, an administrator); `spare` names checks that the server does not survive; `dns` says that it
    asks the harness for names; `spf`, `dkim` and `dmarc` are the rows of the target file about who verifies that here and
    how he is asked. What a row says is as the server sees it: a path in its own file system, a command to be run there; `network` gives
    the server a network of its own, in which it and the harness have every address there is.
    """

    name: str
    index: int
    product: str
    suite: str
    packages: tuple[str, ...]
    npm: tuple[str, ...]
    version: str
    services: tuple[str, ...]
    files: Mapping[str, str | Mapping[str, str]]
    inetd: Mapping[str, tuple[str, ...]]
    spool: str | None
    maildir: str | None
    sink: bool
    quota: str | None
    facilities: Mapping[str, str]
    spare: tuple[str, ...]
    dns: bool
    spf: tuple[Mapping[str, str], ...]
    dkim: tuple[Mapping[str, str], ...]
    dmarc: tuple[Mapping[str, str], ...]
    network: bool
    like: str | None

    @property
    def folder(self) -> Path:
        return SERVERS / self.name

    def source(self, name: str) -> Path | None:
        """Find a file of the server: in its own folder, else in that of the server it is like."""
        folders = (self.folder, *((SERVERS / self.like,) if self.like else ()))
        return next((folder / name for folder in folders if (folder / name).is_file()), None)

    @property
    def ports(self) -> dict[str, int]:
        return {service: port(self.index, service) for service in self.services}

    @property
    def protocols(self) -> frozenset[str]:
        """What is spoken at its endpoints, and what somebody verifies here."""
        return frozenset(protocol_of(service) for service in self.endpoints) | self.rows().keys()

    @property
    def endpoints(self) -> dict[str, int]:
        """The ports that a client of mail may use."""
        return {service: number for service, number in self.ports.items() if service not in WAYS_TO_VERIFIERS}

    @property
    def keeps_mail(self) -> bool:
        """Whether it has mailboxes of its own, and does not only hand mail on."""
        return bool(self.spool or self.maildir or {"pop3", "imap", "lmtp"} & set(self.services))

    @property
    def sink_port(self) -> int | None:
        """Where the harness listens for what this server hands on; the server itself does not."""
        return sink_port(self.index) if self.sink else None

    @property
    def nameserver(self) -> str | None:
        """Where the harness answers what this server asks of names."""
        return nameserver(self.index) if self.dns else None

    def rows(self) -> dict[str, tuple[dict[str, str], ...]]:
        """Give the rows about who verifies, by what he verifies, with the ports filled in; nothing for what nobody does."""
        return {
            method: tuple({key: self._render(text, DESCRIPTION) for key, text in row.items()} for row in rows)
            for method in METHODS
            if (rows := getattr(self, method))
        }

    def installed(self) -> tuple[Installed, ...]:
        """Render every file the server needs, the start script and the script for afterwards included."""
        written = [self._installed(path, source) for path, source in self.files.items()]
        scripts = [name for name in (START, READY) if self.source(name)]
        return (*written, *(self._installed(f"/lab/{name}", {"from": name, "mode": "755"}) for name in scripts))

    def _installed(self, path: str, source: str | Mapping[str, str]) -> Installed:
        origin = {"from": source} if isinstance(source, str) else source
        template = self.source(origin["from"])
        if template is None:
            raise LabError(f"{self.name}/{DESCRIPTION}: there is no file {origin['from']}")
        text = self._render(template.read_text(), origin["from"])
        return Installed(path=path, text=text, mode=int(origin.get("mode", "644"), 8))

    def _render(self, text: str, origin: str) -> str:
        ports = {**self.ports, **({"sink": self.sink_port} if self.sink else {})}
        values = {f"port_{service}": str(number) for service, number in ports.items()} | {"python": sys.executable}

        def value(found: re.Match[str]) -> str:
            server, _, service = found[1].removeprefix("port_").rpartition("_")
            if server in names() and service in SERVICES:
                return str(port(_said(server)["index"], service))
            if found[1] not in values:
                raise LabError(f"{self.name}/{origin}: nothing is called {found[0]}; {nearest(found[1], values)}")
            return values[found[1]]

        return _PLACEHOLDER.sub(value, text)


def names() -> tuple[str, ...]:
    """Name every server the lab has a folder for, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in SERVERS.glob(f"*/{DESCRIPTION}")))


def speaking(protocols: Collection[str]) -> tuple[str, ...]:
    """Name the servers that speak one of these protocols."""
    return tuple(name for name in names() if not load(name).protocols.isdisjoint(protocols))


def load(name: str) -> Recipe:
    """Read one server's folder; a LabError names the nearest server or the wrong key."""
    if name not in names():
        raise LabError(f"there is no server called {name}; {nearest(name, names())}")
    said = _said(name)
    inherited = _said(said["like"]) if said.get("like") in names() else {}
    return read(name, {**inherited, **said})


def _said(name: str) -> dict[str, Any]:
    with (SERVERS / name / DESCRIPTION).open("rb") as file:
        return tomllib.load(file)


def read(name: str, said: Mapping[str, Any]) -> Recipe:
    """Turn the table of a server.toml into a Recipe."""
    _refuse_mistakes(name, said)
    return Recipe(
        name=name,
        index=said["index"],
        product=said["product"],
        suite=said["suite"],
        packages=tuple(said["packages"]),
        npm=tuple(said.get("npm", ())),
        version=said.get("version", ""),
        services=tuple(said["services"]),
        files=said.get("files", {}),
        inetd={service: tuple(argv) for service, argv in said.get("inetd", {}).items()},
        spool=said.get("spool"),
        maildir=said.get("maildir"),
        sink=said.get("sink", False),
        quota=said.get("quota"),
        facilities=said.get("facilities", {}),
        spare=tuple(said.get("spare", ())),
        dns=said.get("dns", False),
        **{method: tuple(said.get(method, ())) for method in METHODS},
        network=said.get("network", False),
        like=said.get("like"),
    )


def _refuse_mistakes(name: str, said: Mapping[str, Any]) -> None:
    known = {field.name for field in fields(Recipe)} - {"name"}
    for key in said:
        if key not in known:
            raise LabError(f"{name}/{DESCRIPTION}: unknown key {key}; {nearest(key, known)}")
    tells_version = said.get("suite") == PYTHON or "npm" in said
    for key in sorted(known - said.keys() - OPTIONAL - ({"version"} if tells_version else set())):
        raise LabError(f"{name}/{DESCRIPTION}: {key} is missing")
    for service in said["services"]:
        if service not in SERVICES:
            raise LabError(f"{name}/{DESCRIPTION}: unknown service {service}; {nearest(service, SERVICES)}")
    if "like" in said and said["like"] not in names():
        near = nearest(said["like"], names())
        raise LabError(f"{name}/{DESCRIPTION}: like: no server is called {said['like']}; {near}")
