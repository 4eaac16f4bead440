"""What tests of published records say again and again: records, whom to ask, and findings without their sentences."""

from __future__ import annotations

from conformance.published import Published
from conformance.published_dns import Resolver
from conformance.published_findings import Finding
from conformance.services.nameserver import NameServer
from conformance.vectors import Entry, Record

DOMAIN = "example.com"
HOST = (Record("A", "192.0.2.1"), Record("AAAA", "2001:db8::1"))


def resolver(names: NameServer) -> Resolver:
    return Resolver((("127.0.0.1", names.port),))


def txt(*records: str | tuple[bytes, ...]) -> tuple[Entry, ...]:
    return tuple(Record("TXT", record) for record in records)


def told(report: Published) -> set[tuple[str, str, str]]:
    """The findings, without the note that there is no DMARC record, each as level, section and marked text."""
    return {
        (finding.level.value, finding.section, marked(finding))
        for finding in report.findings
        if "no DMARC record" not in finding.sentence
    }


def marked(finding: Finding) -> str:
    return finding.place.text[finding.place.start : finding.place.end].decode("latin-1")
