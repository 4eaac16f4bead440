"""The commands `mailconform lab list|up|down|build`: words for what `lifecycle` and `roots` do.

Data (tables, target files) goes to standard output, progress to standard error. What a person can cause is a
LabError and is left to the program's entrance, so that every command complains in the same way.
"""

from __future__ import annotations

import click
from tabulate import tabulate

from conformance.lab import lifecycle, recipe, roots
from conformance.lab.errors import LabError

ALL = "all"


@click.group()
def lab() -> None:
    """Real mail servers on loopback, from Debian packages."""


@lab.command("list")
def list_servers() -> None:
    """Show the servers: which run, on which ports, and which have their packages installed."""
    up = lifecycle.running()
    rows = [_row(recipe.load(name), up.get(name)) for name in recipe.names()]
    click.echo(tabulate(rows, headers=["server", "state", "version", "ports", "root"], disable_numparse=True))


def _row(server: recipe.Recipe, up: lifecycle.RunningServer | None) -> tuple[str, str, str, str, str]:
    root = roots.find(server)
    state = f"up (pid {up.pid})" if up else "down"
    version = up.version if up else root.version if root else ""
    ports = " ".join(f"{service}:{number}" for service, number in server.ports.items())
    return server.name, state, version, ports, "built" if root else "not built"


@lab.command("up")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def start(names: tuple[str, ...]) -> None:
    """Start servers with empty mailboxes and print the target file of each; one that runs is started afresh."""
    wanted = tuple(recipe.load(name) for name in _chosen(names))
    roots.require_root(f"starting {wanted[0].name}")
    roots.build_all(wanted, _tell)
    for server in wanted:
        click.echo(lifecycle.up(server.name, progress=_tell).target_file.read_text("utf-8"))


@lab.command("down")
@click.argument("names", nargs=-1, required=True, metavar="NAME...|all")
def stop(names: tuple[str, ...]) -> None:
    """End servers, every process of them, and forget their mail."""
    for name in _chosen(names):
        if lifecycle.down(name):
            _tell(f"{name} is down")
        elif ALL not in names:
            _tell(f"{name} was not up")


@lab.command("build")
@click.argument("names", nargs=-1, metavar="[NAME...]")
def build(names: tuple[str, ...]) -> None:
    """Install the packages of servers (by default of all) into roots of their own; what is built is left alone."""
    wanted = tuple(recipe.load(name) for name in _chosen(names or (ALL,)))
    roots.build_all(wanted, _tell)
    for server in wanted:
        _tell(f"{server.name} {roots.build(server, _tell).version} is built")


def _chosen(names: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names once each, `all` spelled out; an unknown one is refused before anything is done."""
    if ALL in names:
        if len(names) > 1:
            raise LabError(f"give names or {ALL}, not both")
        return recipe.names()
    return tuple(recipe.load(name).name for name in dict.fromkeys(names))


def _tell(line: str) -> None:
    click.echo(line, err=True)
