"""What a server's folder says: `servers/NAME/server.toml` and the files beside it, read into a Recipe.

A server is a folder and nothing else: no line of Python names one. Files are templates of the plainest kind,
`@port_pop3@` as in autoconf, because every other usual sign (`$`, `%`, `{{`, `<<`) already means something in some
mail server's configuration. Invariant: an unknown key, an unknown service or an unknown @name@ is a LabError.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from conformance.lab.errors import LabError, nearest
from conformance.lab.services import SERVICES, port

SERVERS = Path(__file__).parent / "servers"
HOSTNAME = "mail.test"
DESCRIPTION = "server.toml"
START = "start.sh"
READY = "ready.sh"
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

    `version` is a shell command run in the finished root; `inetd` maps a service to the program that speaks it on
    its standard input; `spool` is the folder of mbox files where that is the only way to put mail in;
    `quota` is what the last account's mailbox can hold.
    """

    name: str
    index: int
    product: str
    suite: str
    packages: tuple[str, ...]
    version: str
    services: tuple[str, ...]
    files: Mapping[str, str | Mapping[str, str]]
    inetd: Mapping[str, tuple[str, ...]]
    spool: str | None
    quota: str | None

    @property
    def folder(self) -> Path:
        return SERVERS / self.name

    @property
    def ports(self) -> dict[str, int]:
        return {service: port(self.index, service) for service in self.services}

    def installed(self) -> tuple[Installed, ...]:
        """Render every file the server needs, the start script and the script for afterwards included."""
        written = [self._installed(path, source) for path, source in self.files.items()]
        scripts = [name for name in (START, READY) if (self.folder / name).is_file()]
        return (*written, *(self._installed(f"/lab/{name}", {"from": name, "mode": "755"}) for name in scripts))

    def _installed(self, path: str, source: str | Mapping[str, str]) -> Installed:
        origin = {"from": source} if isinstance(source, str) else source
        text = (self.folder / origin["from"]).read_text()
        return Installed(path=path, text=self._render(text, origin["from"]), mode=int(origin.get("mode", "644"), 8))

    def _render(self, text: str, origin: str) -> str:
        values = {f"port_{service}": str(number) for service, number in self.ports.items()}

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise LabError(f"{self.name}/{origin}: nothing is called {found[0]}; {nearest(found[1], values)}")
            return values[found[1]]

        return _PLACEHOLDER.sub(value, text)


def names() -> tuple[str, ...]:
    """Name every server the lab has a folder for, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in SERVERS.glob(f"*/{DESCRIPTION}")))


def load(name: str) -> Recipe:
    """Read one server's folder; a LabError names the nearest server or the wrong key."""
    if name not in names():
        raise LabError(f"there is no server called {name}; {nearest(name, names())}")
    with (SERVERS / name / DESCRIPTION).open("rb") as file:
        return read(name, tomllib.load(file))


def read(name: str, said: Mapping[str, Any]) -> Recipe:
    """Turn the table of a server.toml into a Recipe."""
    known = {field.name for field in fields(Recipe)} - {"name"}
    for key in said:
        if key not in known:
            raise LabError(f"{name}/{DESCRIPTION}: unknown key {key}; {nearest(key, known)}")
    for key in sorted(known - said.keys() - {"files", "inetd", "spool", "quota"}):
        raise LabError(f"{name}/{DESCRIPTION}: {key} is missing")
    for service in said["services"]:
        if service not in SERVICES:
            raise LabError(f"{name}/{DESCRIPTION}: unknown service {service}; {nearest(service, SERVICES)}")
    return Recipe(
        name=name,
        index=said["index"],
        product=said["product"],
        suite=said["suite"],
        packages=tuple(said["packages"]),
        version=said["version"],
        services=tuple(said["services"]),
        files=said.get("files", {}),
        inetd={service: tuple(argv) for service, argv in said.get("inetd", {}).items()},
        spool=said.get("spool"),
        quota=said.get("quota"),
    )
