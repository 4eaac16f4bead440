"""Removes what runs have left in the test accounts: messages with the harness's own Message-ID, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance.dial import Dial
from conformance.discovery import discover
from conformance.maildrop import Maildrop
from conformance.target import load
from conformance.transport.dialler import Dialler, Recorder


def clean(file: Path) -> Iterator[tuple[str, int]]:
    """Clean each account of a target file and yield its name and how many messages went; raises TargetError, CannotJudge."""
    target = load(file)
    for account in target.accounts:
        dialler = Dialler(target, Recorder())
        profile = discover(replace(target, accounts=(account,)), dialler)
        yield account.user, Maildrop(Dial(profile, dialler)).clear()
