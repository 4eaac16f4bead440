"""The command `spf-record`: what a domain publishes."""

from __future__ import annotations

import sys

import click

from conformance import published, published_text
from conformance.commands import Complaint


@click.command("spf-record")
@click.argument("domain")
@click.option("--selector", "selectors", multiple=True, metavar="NAME", help="Also judge this DKIM key; repeatable.")
@click.option("--resolver", metavar="ADDRESS[:PORT]", help="Whom to ask (default: the system's resolver).")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def spf_record(domain: str, selectors: tuple[str, ...], resolver: str | None, as_json: bool) -> None:
    """Judge what DOMAIN publishes: its SPF record and all that it includes, its DMARC record, DKIM keys."""
    try:
        name = published.domain_name(domain)
        chosen = [published.domain_name(selector) for selector in selectors]
        asked = published.resolver(resolver)
    except ValueError as error:
        raise Complaint(str(error)) from error
    report = published.judge(name, asked, chosen)
    click.echo(published_text.as_json(report) if as_json else published_text.table(report))
    sys.exit(int(report.exit))
