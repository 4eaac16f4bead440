"""The words of `mailconform roundtrip`: reads what a person asked for, has it done, and ends with the right code.

With `--format nagios` everything that happens is one line on standard output and a code of Nagios, mistakes too; else
the codes are those of every command (conformance.exits).
"""

from __future__ import annotations

import re
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance import exits, roundtrip, roundtrip_text
from conformance.discovery import CannotJudge
from conformance.exits import Nagios
from conformance.outcomes import Inconclusive
from conformance.roundtrip_submit import demand_program, reverse_path
from conformance.roundtrip_trips import Order
from conformance.roundtrip_watch import Unseen
from conformance.target import Account, Target, TargetError, load, seconds

SCHEMES = ("smtp", "submission", "submissions", "smtps", "lmtp")
PARALLEL_LIMIT = 50
_ADDRESS = re.compile(r"[!-;=?-~]+")
"""What is sent without SMTPUTF8 (RFC 6531), in angle brackets."""


class _Plugin(click.Command):
    """A command that complains of its options, too, as a plugin does, if they name that format."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if not any(word.endswith("nagios") for word in given):
                raise
            _give_up(Nagios.UNKNOWN, error.format_message())


@click.command("roundtrip", cls=_Plugin)
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--via", type=click.Choice(SCHEMES), help="Endpoint to send by (default: the first of these it has).")
@click.option("--command", metavar="WORDS", help='Program to send by instead: "sendmail -i -f {sender} {recipient}".')
@click.option("--from", "sender", metavar="USER", help="Account of TARGET that sends (default: its first).")
@click.option(
    "--to", "recipient", metavar="ADDRESS", help="Recipient (default: the address of the account that reads)."
)
@click.option(
    "--read", type=click.Path(path_type=Path), metavar="TARGET", help="Target file of the server that is read."
)
@click.option("--account", metavar="USER", help="Account there that reads (default: its first).")
@click.option("--messages", type=click.IntRange(1), default=1, show_default=True, help="How many to send.")
@click.option(
    "--parallel", type=click.IntRange(1, PARALLEL_LIMIT), default=1, show_default=True, help="How many at a time."
)
@click.option("--wait", metavar="TIME", help="How long a message may take (default: the reader's delivery_wait).")
@click.option("--warn", metavar="TIME", help="A round trip that takes longer is delayed: a warning.")
@click.option("--critical", metavar="TIME", help="One that takes longer is critical.")
@click.option("--format", "form", type=click.Choice(list(roundtrip_text.RENDERERS)), default="plain", show_default=True)
def command(target: Path, form: str, **options: Any) -> None:
    """Send messages through TARGET, wait until they are in a mailbox, compare every octet, and remove them.

    Tells apart what was refused, lost, duplicated, altered and delayed, and how long each leg took. Exit 0: all arrived
    as sent and in time; 1: something was found; 6: the mailbox cannot be looked into. With --format nagios the codes are
    those of a plugin: 0 OK; 1 WARNING (delayed, duplicated, altered); 2 CRITICAL (unsent, refused, lost, over
    --critical, mailbox not to be seen); 3 UNKNOWN.
    """
    with _ending(form):
        report = roundtrip.perform(_order(target, options))
        click.echo(roundtrip_text.RENDERERS[form](report))
        code: int = report.state if form == "nagios" else exits.of_round_trip(report.state, report.why)[0]
        sys.exit(int(code))


@contextmanager
def _ending(form: str) -> Iterator[None]:
    """Let whoever ends the program leave no mail behind; and for Nagios, say whatever stops it as a plugin does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (TargetError, CannotJudge, Inconclusive, OSError, KeyboardInterrupt) as error:
        if form != "nagios":
            raise
        state = Nagios.CRITICAL if isinstance(error, Unseen) else Nagios.UNKNOWN
        words = error.why if isinstance(error, Inconclusive) else str(error) or "interrupted"
        _give_up(state, words)
    finally:
        signal.signal(signal.SIGTERM, before)


def _give_up(state: Nagios, words: str) -> NoReturn:
    click.echo(roundtrip_text.nagios_line(state, " ".join(words.split())))
    sys.exit(int(state))


def _order(file: Path, options: dict[str, Any]) -> Order:
    """Make the order of what was asked; raises TargetError for what does not fit."""
    target = load(file)
    reader = load(options["read"]) if options["read"] else target
    account, wait = _account(reader, options["account"], "--account"), _time(options, "wait")
    if account is None:
        raise TargetError(f"{reader.name} has no account to read with: add [[account]] to its target file")
    if options["command"] and options["via"]:
        raise TargetError("give --via or --command, not both")
    order = Order(
        target=target,
        way=_words(options["command"]) if options["command"] else _scheme(target, options["via"]),
        sender=_account(target, options["sender"], "--from"),
        recipient=_recipient(options["recipient"] or account.address, account),
        reader=reader,
        account=account,
        messages=options["messages"],
        parallel=1 if target.limits.conn_rate else options["parallel"],  # a pace is that of one after the other
        wait=reader.mail.delivery_wait if wait is None else wait,
        warn=_time(options, "warn"),
        critical=_time(options, "critical"),
    )
    _refuse_mistakes(order)
    return order


def _refuse_mistakes(order: Order) -> None:
    most = order.target.mail.max_messages
    if order.messages > most:
        raise TargetError(f"--messages {order.messages}: {order.target.name} allows {most} (mail.max_messages)")
    if order.warn is not None and order.critical is not None and order.warn > order.critical:
        raise TargetError(f"--warn {order.warn:g} is more than --critical {order.critical:g}")
    if not _ADDRESS.fullmatch(reverse_path(order)):
        raise TargetError(f"the sender {reverse_path(order)!r} is no address of US-ASCII")
    if not order.wait:
        raise TargetError("--wait 0: no message is as quick as that")
    late = order.critical if order.critical is not None else order.warn
    if late is not None and late > order.wait:
        raise TargetError(f"a threshold of {late:g} s is more than --wait {order.wait:g}: it would never be reached")
    if order.submits and isinstance(order.way, str) and order.sender is None:
        raise TargetError(f"{order.target.name} has no account to log in with: add [[account]], or give --via smtp")


def _words(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise TargetError(f"--command {text!r}: {error}") from error
    if not words:
        raise TargetError("--command: name a program")
    demand_program(words)
    return words


def _scheme(target: Target, wanted: str | None) -> str:
    found = target.endpoint(*([wanted] if wanted else SCHEMES))
    if found is None:
        raise TargetError(f"{target.name} has no {wanted or ', '.join(SCHEMES[:-1]) + ' or lmtp'} endpoint to send by")
    return found.scheme


def _account(target: Target, user: str | None, option: str) -> Account | None:
    if user is None:
        return next(iter(target.accounts), None)
    found = next((account for account in target.accounts if account.user == user), None)
    if found is None:
        known = ", ".join(account.user for account in target.accounts) or "none"
        raise TargetError(f"{option} {user!r}: {target.name} has no such account (known: {known})")
    return found


def _recipient(address: str, account: Account) -> str:
    if not address:
        raise TargetError(f"account {account.user!r} has no address: give --to, or address = to the account")
    if not _ADDRESS.fullmatch(address):
        raise TargetError(f"--to {address!r}: give an address of US-ASCII, such as alice@example.org")
    return address


def _time(options: dict[str, Any], name: str) -> float | None:
    if options[name] is None:
        return None
    try:
        return seconds(options[name])
    except TargetError as error:
        raise TargetError(f"--{name}: {error}") from error
