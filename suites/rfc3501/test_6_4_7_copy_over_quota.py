"""RFC 3501 section 6.4.7: a COPY that fails half way, in the account whose quota is small."""

from __future__ import annotations

import re

from conformance import ImapDial, Inconclusive, Reason, Target, astring, compose, forward, say, verifies

UNITS = {"": 1, "K": 1024, "M": 1024 * 1024}


def _small(target: Target) -> tuple[int, int]:
    """The account whose quota is small, and the quota in octets."""
    for number, account in enumerate(target.accounts):
        found = re.fullmatch(r"(\d+)([KM]?)", account.quota)
        if found:
            return number, int(found[1]) * UNITS[found[2]]
    raise Inconclusive(Reason.NOT_SET_UP, "needs an account with quota = in the target file")


@verifies(
    "RFC3501-6.4.7-07",
    refuted_by=forward(rb"COPY 1 \1", of=rb"COPY 1:3 (.*)") | say(b"<tag> NO [OVERQUOTA] full\r\n", of=rb"COPY 1:3 .*"),
)
def test_a_copy_that_fails_for_quota_leaves_the_target_alone(dial: ImapDial, target: Target) -> None:
    """Three messages that take up six tenths of a quota, COPY 1:3: refused, and the target holds none of them."""
    account, octets = _small(target)
    body = (b"x" * 70 + b"\r\n") * (octets // 5 // 72)
    mailbox = dial.mailbox(*(compose(body, subject=f"big {n}") for n in range(3)), account=account)
    other = dial.mailbox(account=account)
    if not mailbox.command("COPY 1:3", astring(other.name)).is_no:
        raise Inconclusive(Reason.PRECONDITION, "a COPY beyond the quota is not refused with NO")
    assert not other.select().exists
