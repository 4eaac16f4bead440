"""The one rule about what this machine can do: an absent server skips its tests, and fails them where it is required.

MAILCONFORM_LAB=required demands one server of each kind, all of one Debian release; MAILCONFORM_LAB=all the whole lab.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import lab
from conformance.lab import recipe, roots

WHOLE = os.environ.get("MAILCONFORM_LAB") == "all"
REQUIRED = WHOLE or os.environ.get("MAILCONFORM_LAB") == "required"
ONE_OF_EACH_KIND = (
    "aiosmtpd", "apache", "courier", "cyrus", "dovecot", "mailutils", "popa3d", "postfix", "postfix-opendkim", "postfix-spf",
    "solid-pop3d", "spfquery",
)  # fmt: skip
SERVERS = lab.names() if WHOLE else ONE_OF_EACH_KIND


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[lab.RunningServer]:
    """Give each server in turn, started for these tests and ended after them."""
    name, progress = request.param, _progress(request)
    if REQUIRED:
        lab.build(SERVERS, progress=progress)
    elif missing := _missing(name):
        pytest.skip(f"{name} is absent: {missing}")
    yield lab.up(name, progress=progress)
    lab.down(name)


@pytest.fixture(scope="module")
def lab_servers(request: pytest.FixtureRequest) -> Iterator[dict[str, Path]]:
    """Start every server for these tests and give their target files by name."""
    progress = _progress(request)
    if REQUIRED:
        lab.build(SERVERS, progress=progress)
    absent = {} if REQUIRED else {name: why for name in SERVERS if (why := _missing(name))}
    if absent:
        pytest.skip("; ".join(f"{name} is absent: {why}" for name, why in absent.items()))
    try:
        yield {name: lab.up(name, progress=progress).target_file for name in SERVERS}
    finally:
        for name in SERVERS:
            lab.down(name)


def _missing(name: str) -> str | None:
    if os.geteuid() != 0:
        return "starting it needs root"
    if roots.find(recipe.load(name)) is None:
        return f"`mailconform lab build {name}` makes its root"
    if name in lab.running():
        return f"somebody uses it; `mailconform lab down {name}` ends it"
    return None


def _progress(request: pytest.FixtureRequest) -> Callable[[str], None]:
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    return lambda line: reporter.write_line(line) if reporter else None
