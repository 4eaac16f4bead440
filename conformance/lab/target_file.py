"""The target file of a running server: what the harness reads to judge it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.lab.namespaces import entering, network
from conformance.lab.recipe import ACCOUNTS, HOSTNAME, Account, Recipe
from conformance.lab.services import ADDRESS

PATIENCE = "10s"  # twice what the slowest refusal in the lab takes
DELIVERY_WAIT = "10s"  # a local delivery takes a second at most, and one that was put off is tried again within five
SINK_DOMAIN = "sink.test"
UNKNOWN = f"no-such-user@{HOSTNAME}"
FOREIGN = "someone@foreign.example"
RELAYS = {"smtp", "smtps", "submission"}
MAIL_IN = {*RELAYS, "lmtp"}


def render(recipe: Recipe, version: str, ca: Path, pid: int) -> str:
    """Write a running server as TOML: endpoints in the folder's order, the account with the small quota last.

    `pid` is that of its process 1, through which the host sees its file system and runs commands in it.
    """
    return "\n".join(_lines(recipe, version, ca, pid)) + "\n"


def _lines(recipe: Recipe, version: str, ca: Path, pid: int) -> Iterator[str]:
    inside = Path(f"/proc/{pid}/root")
    endpoints = ", ".join(_text(f"{service}://{ADDRESS}:{number}") for service, number in recipe.endpoints.items())
    yield f"name = {_text(recipe.name)}"
    yield f"product = {_text(f'{recipe.product} {version}')}"
    yield f"endpoints = [{endpoints}]"
    yield f"patience = {_text(PATIENCE)}"
    if recipe.spare:
        yield f"spare = {json.dumps(recipe.spare)}"
    yield "\n[tls]"
    yield f"ca = {_text(str(ca))}"
    yield 'server_name = "localhost"'
    for account in ACCOUNTS:
        yield from _account(account, recipe, inside)
    if MAIL_IN & set(recipe.services):
        yield from _mail(recipe)
    yield "\n[facilities]"
    yield 'client-certificates = "none"'  # no recipe gives a server anything to check one with
    for name, value in recipe.facilities.items():
        yield f"{name} = {_text(value)}"
    if recipe.nameserver:
        yield f"dns = {_text(f'{recipe.nameserver}:53')}"
    for method, rows in recipe.rows().items():
        for row in rows:
            yield from _verifier(method, row, inside, pid)
    yield "\n[lab]"
    yield f"server = {_text(recipe.name)}"
    if recipe.network:
        yield f"network = {_text(str(network(pid)))}"


def _account(account: Account, recipe: Recipe, inside: Path) -> Iterator[str]:
    yield "\n[[account]]"
    yield f"user = {_text(account.user)}"
    yield f"password = {_text(account.password)}"
    yield f"address = {_text(account.address)}"
    if recipe.quota and account is ACCOUNTS[-1]:
        yield f"quota = {_text(recipe.quota)}"
    if recipe.spool:
        yield f"mbox = {_text(f'{inside}{recipe.spool}/{account.user}')}"
    if recipe.maildir:
        yield f"maildir = {_text(f'{inside}{recipe.maildir.format(user=account.user)}')}"


def _mail(recipe: Recipe) -> Iterator[str]:
    yield "\n[mail]"
    yield f"delivery_wait = {_text(DELIVERY_WAIT)}"
    if recipe.keeps_mail:
        yield f"local_domains = [{_text(HOSTNAME)}]"
        yield f"unknown = [{_text(UNKNOWN)}]"
    if recipe.keeps_mail and RELAYS & set(recipe.services):
        yield f"foreign = [{_text(FOREIGN)}]"
    if recipe.sink:
        yield f"smarthost_sink = {_text(f'{ADDRESS}:{recipe.sink_port}')}"
        yield f"sink_domain = {_text(SINK_DOMAIN)}"


def _verifier(method: str, row: Mapping[str, str], inside: Path, pid: int) -> Iterator[str]:
    yield f"\n[[{method}]]"
    for key, said in row.items():
        value = said
        if key == "command":
            value = " ".join((*entering(pid), said))
        elif said.startswith("unix:"):
            value = f"unix:{inside}{said.removeprefix('unix:')}"
        yield f"{key} = {_text(value)}"


def _text(value: str) -> str:
    return json.dumps(value)
