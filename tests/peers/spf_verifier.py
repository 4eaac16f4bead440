"""A verifier of SPF that obeys RFC 7208: a command that asks a name server, and prints the result of our own check_host().

`python -m tests.peers.spf_verifier DNS IP HELO SENDER [MANNERS]`; MANNERS makes it wrong: "crash" ends it of a null
sender, "type99" asks for the type SPF as well, "lax" lets everybody pass of whom nothing is known.
"""

from __future__ import annotations

import sys
from ipaddress import ip_address

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from conformance.models.answers import Answer, Outcome
from conformance.models.spf import check_host

SECONDS = 2.0


def ask(server: str, name: str, kind: str) -> Answer:
    """Ask the name server one question, over TCP where UDP is too small; silence is a failure."""
    host, _, port = server.rpartition(":")
    try:
        question = dns.message.make_query(name, kind)
        said, _ = dns.query.udp_with_fallback(question, host, timeout=SECONDS, port=int(port))
    except (dns.exception.DNSException, OSError):
        return Answer(Outcome.FAILED)
    if said.rcode() == dns.rcode.NXDOMAIN:
        return Answer(Outcome.NO_SUCH_NAME)
    if said.rcode() != dns.rcode.NOERROR:
        return Answer(Outcome.FAILED)
    wanted = dns.rdatatype.from_text(kind)
    found = [rdata for rrset in said.answer if rrset.rdtype == wanted for rdata in rrset]
    return Answer(Outcome.ANSWERED, tuple(_value(rdata) for rdata in found))


def _value(rdata: object) -> object:
    match getattr(rdata, "rdtype", None):
        case dns.rdatatype.A | dns.rdatatype.AAAA:
            return rdata.address  # type: ignore[attr-defined]
        case dns.rdatatype.MX:
            return rdata.preference, rdata.exchange.to_text().removesuffix(".")  # type: ignore[attr-defined]
        case dns.rdatatype.TXT:
            return rdata.strings  # type: ignore[attr-defined]
    return rdata.target.to_text().removesuffix(".")  # type: ignore[attr-defined]


def main(server: str, ip: str, helo: str, sender: str, manners: str = "") -> None:
    """Print the result."""
    if manners == "crash" and not sender:
        raise RuntimeError("nobody has thought of this")
    domain = sender.rpartition("@")[2] or helo
    if manners == "type99":
        ask(server, domain, "SPF")
    judged = check_host(ip_address(ip), domain, sender or f"postmaster@{helo}", helo, lambda n, k: ask(server, n, k))
    sys.stdout.write("pass\n" if manners == "lax" and judged.result == "none" else f"{judged.result}\n")
    if judged.explanation:
        sys.stdout.write(judged.explanation)


if __name__ == "__main__":
    main(*sys.argv[1:])
