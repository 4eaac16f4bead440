"""Judges what a domain publishes for the authentication of its mail: SPF, DMARC, and the DKIM keys of given selectors.

One resolver is asked and nobody else. Invariant: a report tells of what could not be judged; nothing is taken for fine
because nobody answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance import published_dns, published_tags
from conformance.discovery import CannotJudge
from conformance.exits import Exit
from conformance.published_dns import Resolver, Spent
from conformance.published_findings import Finding, Level, Place
from conformance.published_spf import Walk

_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was found; `records` are the texts that were read, by name, in the order of reading.

    `lookups` counts the terms of SPF that cause lookups, and `void` those without an answer for clients of each family,
    "A" or "AAAA" (RFC 7208 section 4.6.4).
    """

    domain: str
    records: Mapping[str, bytes]
    lookups: int
    void: Mapping[str, int]
    findings: tuple[Finding, ...]

    def count(self, *levels: Level) -> int:
        """Return how many findings are of these levels."""
        return sum(finding.level in levels for finding in self.findings)

    @property
    def exit(self) -> Exit:
        """FINDINGS with an error or a warning; without, CANNOT_JUDGE where an answer did not come."""
        if self.count(Level.ERROR, Level.WARNING):
            return Exit.FINDINGS
        return Exit.CANNOT_JUDGE if self.count(Level.UNANSWERED) else Exit.JUDGED


def domain_name(text: str) -> str:
    """Return a name as it is asked for; raises ValueError for what is none."""
    name = text.removesuffix(".")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{text!r} is no domain name in US-ASCII")
    return name


def judge(domain: str, resolver: Resolver, selectors: Sequence[str] = ()) -> Published:
    """Ask for the records and judge them; raises CannotJudge if the domain's own TXT records are not to be had."""
    answer = resolver.ask(domain, "TXT")
    if answer.trouble:
        raise CannotJudge(f"{domain} is not to be had from {resolver}: {answer.trouble}")
    walk = Walk(domain, resolver)
    walk.judge(answer)
    records = dict(walk.records)
    findings = list(walk.findings)
    names = [f"_dmarc.{domain}", *(published_tags.key_name(selector, domain) for selector in selectors)]
    for place, name in enumerate(names):
        try:
            answer = resolver.ask(name, "TXT")
        except Spent as spent:
            findings.append(Finding(Level.UNANSWERED, 1035, "7.1", f"{name} is not asked for: {spent}", Place(name)))
            continue
        findings += (published_tags.key_findings if place else published_tags.dmarc_findings)(name, answer)
        if answer.records:
            records[name] = answer.texts[0]
    return Published(
        domain=domain, records=records, lookups=walk.lookups, void=walk.void, findings=tuple(dict.fromkeys(findings))
    )


def resolver(text: str | None) -> Resolver:
    """Return the resolver at HOST[:PORT], or this system's; raises ValueError or CannotJudge."""
    return Resolver((published_dns.server(text),) if text else published_dns.system_servers())
