"""What checks of DKIM ask of a verifier: whether a message that is as it should be passes, and that no other one does.

RFC 6376 leaves the words of a failure open (section 6.1): neutral, permerror or fail is all one here, and so is silence.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.dial_dkim import DkimDial, Signature, signed
from conformance.dial_verifiers import CRASH
from conformance.outcomes import Inconclusive, NotSupported
from conformance.verdicts import Reason
from conformance.verifiers import unchanged


def passes(
    dkim: DkimDial,
    *signatures: Signature,
    before: Callable[[bytes], bytes] = unchanged,
    after: Callable[[bytes], bytes] = unchanged,
) -> None:
    """Assert that a message with a signature that is right passes.

    Raises NotSupported where the verifier's policy does not want such a signature, which it may say of any (RFC 6376
    section 6.1.1), and Inconclusive where it could not be verified now.
    """
    said = dkim.verdict(*signed(*signatures, before=before, after=after))
    told = f"{said.result} ({said.explanation or said.note})"
    if said.result == "policy":
        raise NotSupported(f"the verifier's policy takes no such signature: {told}")
    if said.result == "temperror":
        raise Inconclusive(Reason.AMBIGUOUS, f"the signature could not be verified now: {told}")
    if said.result != "pass":
        raise AssertionError(f"{told}, where pass is right")


def fails(
    dkim: DkimDial,
    *signatures: Signature,
    before: Callable[[bytes], bytes] = unchanged,
    after: Callable[[bytes], bytes] = unchanged,
) -> None:
    """Assert that a message whose signature does not hold has any result but a pass, and that the verifier survives it."""
    said = dkim.verdict(*signed(*signatures, before=before, after=after))
    if said.result in ("pass", CRASH):
        raise AssertionError(f"{said.result}, where the signature does not hold")
