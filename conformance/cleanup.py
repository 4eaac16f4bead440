"""Removes what runs have left in the test accounts, and nothing else.

That is messages with the harness's own Message-ID, and of IMAP mailboxes with the harness's own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance import arrivals, discovery_imap, discovery_pop3
from conformance.dial_imap import ImapDial
from conformance.dial_pop3 import Pop3Dial
from conformance.discovery import CannotJudge
from conformance.maildrop import Maildrop
from conformance.target import Target, load
from conformance.transport.dialler import Dialler, Recorder


def clean(file: Path) -> Iterator[tuple[str, int]]:
    """Clean each account of a target file and yield its name and how many things went; raises TargetError, CannotJudge."""
    target = load(file)
    spoken = {endpoint.protocol for endpoint in target.endpoints}
    if not spoken & {"imap", "pop3"} and not any(account.maildir for account in target.accounts):
        raise CannotJudge(f"{target.name} has no imap:// or pop3:// endpoint")
    for account in target.accounts:
        alone = replace(target, accounts=(account,))
        mailboxes = _mailboxes(alone) if "imap" in spoken else 0
        messages = _messages(alone) if "pop3" in spoken else arrivals.clear(alone, account)
        yield account.user, mailboxes + messages


def _messages(target: Target) -> int:
    dialler = Dialler(target, Recorder())
    return Maildrop(Pop3Dial(discovery_pop3.discover(target, dialler), dialler)).clear()


def _mailboxes(target: Target) -> int:
    dialler = Dialler(target, Recorder())
    dial = ImapDial(discovery_imap.discover(target, dialler), dialler)
    try:
        return dial.clear()
    finally:
        dial.retire()
