"""What DNS says of a target, as far as the doctor asks: addresses of its hosts and their names, and who takes its mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import dns.reversename

from conformance.doctor import Line, Mark
from conformance.published_dns import Answer, Resolver, Spent
from conformance.target import Target


def examine(target: Target, resolver: Resolver) -> Iterator[Line]:
    """Ask about every host and every domain of a target, and yield what is seen as it is seen."""
    try:
        for host in dict.fromkeys(endpoint.host for endpoint in target.endpoints):
            yield from _host(host, resolver)
        for domain in target.mail.local_domains:
            yield _mail(domain, resolver)
    except Spent as error:
        yield Line(mark=Mark.UNKNOWN, layer="dns", subject=str(resolver), text=str(error))


def _host(host: str, resolver: Resolver) -> Iterator[Line]:
    if _is_address(host):
        yield _reverse(host, resolver)
        return
    answers = [resolver.ask(host, kind) for kind in ("A", "AAAA")]
    addresses = [str(record) for answer in answers for record in answer.records]
    if not addresses:
        yield _nothing(host, answers, "has no address")
        return
    yield Line(mark=Mark.WELL, layer="dns", subject=host, text=", ".join(addresses))
    for address in addresses:
        yield _reverse(address, resolver)


def _reverse(address: str, resolver: Resolver) -> Line:
    answer = resolver.ask(dns.reversename.from_address(address).to_text(), "PTR")
    names = ", ".join(str(record).removesuffix(".") for record in answer.records)
    text = f"is called {names}" if names else answer.trouble or "has no name (PTR)"
    return Line(mark=Mark.TOLD, layer="dns", subject=address, text=text)


def _mail(domain: str, resolver: Resolver) -> Line:
    answer = resolver.ask(domain, "MX")
    if not answer.records:
        return _nothing(domain, [answer], "names nobody who takes its mail (MX)", Mark.LOOK)
    hosts = ", ".join(str(record).removesuffix(".") for record in answer.records)
    return Line(mark=Mark.WELL, layer="dns", subject=domain, text=f"MX {hosts}")


def _nothing(name: str, answers: list[Answer], words: str, mark: Mark = Mark.FAILS) -> Line:
    """Tell of a name without records; where the resolver gave no answer, that is all that is known."""
    trouble = next((answer.trouble for answer in answers if answer.trouble), "")
    return Line(mark=Mark.FAILS if trouble else mark, layer="dns", subject=name, text=trouble or words)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
