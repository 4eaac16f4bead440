"""RFC 2221 section 6: referrals are for those who have logged in, or might."""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Reason, rewrite, verifies


@verifies(
    "RFC2221-6-01", refuted_by=rewrite(rb"NO .*", b"NO [REFERRAL imap://user@other.test/] try there", of=rb"LOGIN .*")
)
def test_no_referral_is_given_to_a_wrong_password(dial: ImapDial) -> None:
    """LOGIN with a wrong password: no REFERRAL code."""
    said = dial.imap().login(dial.account().user, "wrong-password")
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"LOGIN is answered {said!r}")
    assert b"REFERRAL" not in said.codes
