"""RFC 7489 sections 3.1 and 6.6.2: what makes a message pass."""

from __future__ import annotations

import pytest

from conformance import DmarcDial, authored, misjudge, replacing, verifies
from conformance.dial_dmarc import MONITORED, NEWS, ORG, STRANGER

BROKEN = replacing(b"Hello.", b"Goodbye.")
OTHER = "example.org"
NOBODY: tuple[str, ...] = ()
ALIGNED = {
    "dkim": ((ORG,), STRANGER),
    "spf": (NOBODY, ORG),
    "both": ((ORG,), ORG),
    "dkim-of-a-subdomain": ((NEWS,), STRANGER),
    "spf-of-a-subdomain": (NOBODY, NEWS),
    "dkim-among-others": ((OTHER, ORG), STRANGER),
    "spf-beside-dkim-of-another": ((OTHER,), ORG),
}
"""Who has signed, and which domain passes SPF."""
UNALIGNED = {
    "none": (NOBODY, STRANGER),
    "dkim-of-another": ((OTHER,), STRANGER),
    "spf-of-another": (NOBODY, OTHER),
    "both-of-others": ((OTHER,), OTHER),
}


@verifies("RFC7489-6.6.2-01", "RFC7489-3.1.1-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("proof", list(ALIGNED))
def test_one_aligned_identifier_is_enough(dmarc: DmarcDial, proof: str) -> None:
    """A signature, or SPF, passes for the author's domain or one below it: the message passes."""
    signers, sender = ALIGNED[proof]
    assert dmarc.verdict(*authored(MONITORED, signers=signers, sender=sender)).result == "pass"


@verifies("RFC7489-6.6.2-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("proof", list(UNALIGNED))
def test_without_an_aligned_identifier_a_message_fails(dmarc: DmarcDial, proof: str) -> None:
    """Nothing passes, or only for domains of others: the message fails."""
    signers, sender = UNALIGNED[proof]
    assert dmarc.verdict(*authored(MONITORED, signers=signers, sender=sender)).result == "fail"


@verifies("RFC7489-6.6.2-02", refuted_by=misjudge("pass"))
def test_a_signature_that_does_not_hold_is_none(dmarc: DmarcDial) -> None:
    """The author's domain has signed, and the body was altered: the message fails."""
    assert dmarc.verdict(*authored(MONITORED, signers=(ORG,), after=BROKEN)).result == "fail"


@verifies("RFC7489-3.1.1-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("author", [ORG, NEWS])
def test_strict_alignment_of_dkim_is_of_the_very_domain(dmarc: DmarcDial, author: str) -> None:
    """With adkim=s a signature of a domain above or below the author's is not aligned."""
    signer = NEWS if author == ORG else ORG
    said = dmarc.verdict(*authored({ORG: "v=DMARC1; p=none; adkim=s"}, author=author, signers=(signer,)))
    assert said.result == "fail"


@verifies("RFC7489-3.1.1-03", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("mode", ["adkim=s", "aspf=s", "adkim=r", "adkim=s; aspf=r"])
def test_the_very_domain_is_aligned_in_any_mode(dmarc: DmarcDial, mode: str) -> None:
    """The author's own domain has signed, or passes SPF: the message passes."""
    signers, sender = ((), ORG) if mode == "aspf=s" else ((ORG,), STRANGER)
    said = dmarc.verdict(*authored({ORG: f"v=DMARC1; p=none; {mode}"}, signers=signers, sender=sender))
    assert said.result == "pass"


@verifies("RFC7489-3.1.2-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("author", [ORG, NEWS])
def test_strict_alignment_of_spf_is_of_the_very_domain(dmarc: DmarcDial, author: str) -> None:
    """With aspf=s a domain above or below the author's that passes SPF is not aligned."""
    sender = NEWS if author == ORG else ORG
    said = dmarc.verdict(*authored({ORG: "v=DMARC1; p=none; aspf=s"}, author=author, sender=sender))
    assert said.result == "fail"


@verifies("RFC7489-3.1.2-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("mode", ["adkim=s", "aspf=r"])
def test_the_modes_of_dkim_and_spf_are_apart(dmarc: DmarcDial, mode: str) -> None:
    """What is strict for DKIM alone is relaxed for SPF: a subdomain that passes SPF is aligned."""
    assert dmarc.verdict(*authored({ORG: f"v=DMARC1; p=none; {mode}"}, sender=NEWS)).result == "pass"


@verifies("RFC7489-3.1.2-03", refuted_by=misjudge("fail"))
def test_of_a_null_reverse_path_the_name_in_helo_counts(dmarc: DmarcDial) -> None:
    """The reverse-path is null, and the author's domain in EHLO passes SPF: the message passes."""
    assert dmarc.verdict(*authored(MONITORED, sender=ORG, null=True)).result == "pass"


@verifies("RFC7489-3.1-01", refuted_by=misjudge("fail"))
def test_domains_are_compared_in_any_letter_case(dmarc: DmarcDial) -> None:
    """The domain in From is in capitals, and that of the signature is not: the message passes."""

    def in_capitals(message: bytes) -> bytes:
        first, end, rest = message.partition(b"\r\nTo:")
        head, at, domain = first.rpartition(b"@")
        return head + at + domain.upper() + end + rest

    zone, query = authored(MONITORED, sender=ORG, before=in_capitals)
    assert dmarc.verdict(zone, query).result == "pass"
