"""The command `doctor`: whether a target can be judged at all, and which layer is in the way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from conformance import doctor as examination
from conformance import doctor_dns, published
from conformance.commands import Complaint
from conformance.doctor import Line, Mark
from conformance.exits import Exit
from conformance.reports.text import shortened, visible
from conformance.target import Target, from_url, load

_LAYER_WIDTH, _TEXT_CHARACTERS = 8, 200


@click.command()
@click.argument("target")
@click.option("--user", default="", help="Account, where TARGET is a URL.")
@click.option(
    "--password-from", default="", metavar="env:NAME|file:PATH|cmd:COMMAND", help="Where its password comes from."
)
@click.option("--dns", is_flag=True, help="Also ask DNS about the target's hosts and domains.")
@click.option(
    "--resolver", metavar="ADDRESS[:PORT]", help="Whom to ask (default: the system's resolver); implies --dns."
)
def doctor(target: str, user: str, password_from: str, dns: bool, resolver: str | None) -> None:
    """Look whether TARGET can be judged: does it listen, answer, secure, let in, and have room? Changes nothing."""
    found = from_url(target, user=user, password_from=password_from) if "://" in target else load(Path(target))
    failed: list[Line] = []
    width = max((len(str(endpoint)) for endpoint in found.endpoints), default=0)
    for line in _examined(found, resolver, dns=dns or bool(resolver)):
        subject, text = visible(line.subject), visible(shortened(line.text, _TEXT_CHARACTERS))
        click.echo(f"{line.mark} {line.layer:<{_LAYER_WIDTH}} {subject:<{width}}  {text}")
        failed += [line] if line.mark is Mark.FAILS else []
    if not failed:
        click.echo("exit 0  (nothing is in the way)")
        return
    first, more = failed[0], f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    click.echo(f"exit {int(Exit.CANNOT_JUDGE)}  ({first.layer} fails at {visible(first.subject)}{more})")
    sys.exit(int(Exit.CANNOT_JUDGE))


def _examined(target: Target, resolver: str | None, *, dns: bool) -> Iterator[Line]:
    if dns:
        try:
            asked = published.resolver(resolver)
        except ValueError as error:
            raise Complaint(str(error)) from error
        yield from doctor_dns.examine(target, asked)
    yield from examination.examine(target)
