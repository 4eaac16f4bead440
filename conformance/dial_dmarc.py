"""Asks a target's verifiers of DMARC for their verdicts on what authors publish and senders prove (RFC 7489 section 6.6.2).

An organizational domain is one label below a public suffix, as the lists of those have it (section 3.2): the names here
are such that each list knows. No answer has a time to live, so that no verifier remembers the policy of another message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from conformance.dial_dkim import Signature, signed
from conformance.dial_verifiers import VerifierDial
from conformance.vectors import Entry, Record, Trouble, Zone
from conformance.verifiers import Query, unchanged

ORG = "example.com"
NEWS = "news.example.com"
"""A domain below the organizational one."""
STRANGER = "example.net"
"""A domain that is aligned with none, and has no record of SPF."""
MONITORED: Mapping[str, str] = {ORG: "v=DMARC1; p=none"}
_SPF = Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",))


def authored(
    policies: Mapping[str, str | tuple[str, ...] | Trouble],
    *,
    author: str = ORG,
    signers: Collection[str] = (),
    sender: str = STRANGER,
    null: bool = False,
    strings: int = 255,
    before: Callable[[bytes], bytes] = unchanged,
    after: Callable[[bytes], bytes] = unchanged,
) -> tuple[Zone, Query]:
    """Return a message from an author's domain, and the zone with these DMARC records below _dmarc.

    `signers` are the domains of signatures that verify; `before` changes the message in front of them, and `after` on its
    way. `sender` is the domain that passes SPF in MAIL FROM, or in EHLO where the reverse-path is null; STRANGER has no
    record of SPF. `strings` is how many octets a character-string of a record has.
    """
    keys, query = signed(*(Signature(domain=name) for name in signers), domain=author, before=before, after=after)
    zone = {**keys, **{f"_dmarc.{domain}": _entries(said, strings) for domain, said in policies.items()}}
    for name in {author, ORG, sender}:
        zone[name] = (Record("A", "192.0.2.1"), *([_SPF] if name == sender and sender != STRANGER else []))
    return zone, replace(query, helo=sender, mail_from="" if null else f"sender@{sender}")


def _entries(said: str | tuple[str, ...] | Trouble, size: int) -> tuple[Entry, ...]:
    if isinstance(said, Trouble):
        return (said,)
    texts = [text.encode() for text in ((said,) if isinstance(said, str) else said)]
    return tuple(Record("TXT", tuple(text[at : at + size] for at in range(0, len(text), size))) for text in texts)


class DmarcDial(VerifierDial):
    """The verifiers of DMARC of one target."""

    method = "dmarc"

    def controls(self) -> Iterator[tuple[Zone, Query, Collection[str]]]:
        """Return a message that passes, and one that fails."""
        yield *authored(MONITORED, sender=ORG), ("pass",)
        yield *authored(MONITORED), ("fail",)
