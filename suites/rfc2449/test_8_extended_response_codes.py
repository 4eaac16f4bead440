"""RFC 2449 section 8.1.2: IN-USE tells of right credentials, so it may not answer wrong ones."""

from conformance import Pop3Dial, needs, rewrite, verifies

pytestmark = needs("RESP-CODES")


@verifies("RFC2449-8.1.2-01", refuted_by=rewrite(rb"^-ERR.*", b"-ERR [IN-USE] Mailbox is locked", of=rb"(?!QUIT).*"))
def test_in_use_is_not_said_to_wrong_credentials(dial: Pop3Dial) -> None:
    """A session is open; a second login with a wrong password is refused with whatever else."""
    dial.login()
    answer = dial.knock(dial.pop3(), password="mailconform-wrong")
    assert answer.code[:1] != (b"IN-USE",)
