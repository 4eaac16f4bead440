"""RFC 5034 section 4: responses that are no base64, drawn in batches; one accusation names one line."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance import Inconclusive, Pop3Dial, Reason, say, verifies
from conformance.strategies.budgets import batches

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
STRAY = bytes(octet for octet in range(0x21, 0x7F) if octet not in ALPHABET + b"=")


def no_base64() -> SearchStrategy[bytes]:
    """Base64 of 3 to 24 octets with a stray character, a pad character inside, or a character too many."""
    whole = st.binary(min_size=1, max_size=8).map(lambda octets: base64.b64encode(octets * 3))
    wrong = st.sampled_from([bytes([octet]) for octet in STRAY] + [b"="])
    inside = st.tuples(whole, wrong, st.integers(1, 31)).map(
        lambda drawn: drawn[0][: (cut := drawn[2] % (len(drawn[0]) - 1) + 1)] + drawn[1] + drawn[0][cut:]
    )
    return st.one_of(inside, whole.map(lambda text: text + text[:1]))


@verifies("RFC5034-4-10", "RFC5034-4-11", "RFC5034-4-12", refuted_by=say(b"+OK welcome\r\n", of=rb"(?!AUTH|QUIT).*"))
def test_whatever_is_no_base64_is_refused(dial: Pop3Dial) -> None:
    """AUTH PLAIN, and a line that the alphabet, the place of its padding or its length rules out: -ERR."""

    @batches(4)
    @given(st.lists(no_base64(), min_size=4, max_size=4, unique=True))
    def holds(lines: list[bytes]) -> None:
        for line in lines:
            pop3 = dial.offering("PLAIN")
            if pop3.command("AUTH", "PLAIN").challenge is None:
                raise Inconclusive(Reason.PRECONDITION, "AUTH PLAIN brought no challenge")
            reply = pop3.command(line, patience=max(pop3.patience, 20.0))
            pop3.leave()
            assert reply.negative, line

    holds()
