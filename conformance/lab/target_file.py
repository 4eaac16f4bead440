"""The target file of a running server: what the harness reads to judge it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from conformance.lab.recipe import ACCOUNTS, Account, Recipe
from conformance.lab.services import ADDRESS

PATIENCE = "10s"  # twice what the slowest refusal in the lab takes


def render(recipe: Recipe, version: str, ca: Path, spool: Path | None) -> str:
    """Write a running server as TOML: endpoints in the folder's order, the account with the small quota last."""
    return "\n".join(_lines(recipe, version, ca, spool)) + "\n"


def _lines(recipe: Recipe, version: str, ca: Path, spool: Path | None) -> Iterator[str]:
    endpoints = ", ".join(_text(f"{service}://{ADDRESS}:{number}") for service, number in recipe.ports.items())
    yield f"name = {_text(recipe.name)}"
    yield f"product = {_text(f'{recipe.product} {version}')}"
    yield f"endpoints = [{endpoints}]"
    yield f"patience = {_text(PATIENCE)}"
    yield "\n[tls]"
    yield f"ca = {_text(str(ca))}"
    yield 'server_name = "localhost"'
    for account in ACCOUNTS:
        yield from _account(account, recipe.quota if account is ACCOUNTS[-1] else None, spool)
    yield "\n[facilities]"
    yield 'client-certificates = "none"'  # no recipe gives a server anything to check one with
    yield "\n[lab]"
    yield f"server = {_text(recipe.name)}"


def _account(account: Account, quota: str | None, spool: Path | None) -> Iterator[str]:
    yield "\n[[account]]"
    yield f"user = {_text(account.user)}"
    yield f"password = {_text(account.password)}"
    yield f"address = {_text(account.address)}"
    if quota:
        yield f"quota = {_text(quota)}"
    if spool:
        yield f"mbox = {_text(str(spool / account.user))}"


def _text(value: str) -> str:
    return json.dumps(value)
