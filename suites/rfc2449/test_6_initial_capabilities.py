"""RFC 2449 sections 6.1, 6.2, 6.4, 6.8 and 6.9: capabilities that stand for a command, and those for both states."""

from conformance import Inconclusive, Maildrop, NotSupported, Pop3, Pop3Dial, Reason, needs, rewrite, say, verifies


@needs("TOP")
@verifies("RFC2449-6.1-01", refuted_by=say(b"-ERR unknown command\r\n", of=rb"TOP .*"))
def test_an_announced_top_works(maildrop: Maildrop) -> None:
    """TOP n 0 after login."""
    pop3 = maildrop.open()
    assert pop3.command("TOP", pop3.own[0], 0).positive


@needs("UIDL")
@verifies("RFC2449-6.8-01", refuted_by=say(b"-ERR unknown command\r\n", of=rb"UIDL"))
def test_an_announced_uidl_works(dial: Pop3Dial) -> None:
    """UIDL after login."""
    assert dial.login().command("UIDL").positive


@needs("USER")
@verifies("RFC2449-6.2-01", refuted_by=say(b"-ERR unknown command\r\n", of=rb"PASS .*"))
def test_an_announced_user_lets_in_with_user_and_pass(pop3: Pop3, dial: Pop3Dial) -> None:
    """USER and PASS on a connection whose CAPA lists USER; the commands need not be open to every user."""
    if b"USER" not in pop3.command("CAPA").ok().capabilities():
        raise NotSupported("CAPA does not list USER on this connection")
    if dial.profile.door is None or dial.profile.door.method != "USER":
        raise Inconclusive(Reason.AMBIGUOUS, "USER and PASS may be closed to this account alone")
    pop3.command("USER", dial.account().user).ok()
    assert pop3.command("PASS", dial.account().password).positive


@needs("USER")
@verifies(
    "RFC2449-6.2-02",
    refuted_by=say(b"-ERR plaintext logins are forbidden here\r\n", of=rb"(USER|PASS) .*")
    | rewrite(rb"^(TOP|UIDL)\r$", rb"\1\r\nUSER\r", of=rb"CAPA"),
)
def test_user_is_not_announced_where_it_is_refused_for_want_of_tls(dial: Pop3Dial) -> None:
    """CAPA in clear, and where it lists USER: USER and PASS that are known to be right."""
    pop3 = dial.pop3("none")
    listed = b"USER" in pop3.command("CAPA").ok().capabilities()
    if listed and (dial.profile.door is None or dial.profile.door.method != "USER"):
        raise Inconclusive(Reason.PRECONDITION, "the account cannot log in by USER and PASS, whether under TLS or not")
    assert not listed or pop3.user_pass(dial.account().user, dial.account().password).positive


@needs("CAPA")
@verifies(
    "RFC2449-6.4-03",
    refuted_by=rewrite(rb"^TOP\r\n", b"TOP\r\nRESP-CODES\r\n", of=rb"CAPA", after=1)
    | rewrite(rb"^RESP-CODES\r\n", b"", of=rb"CAPA"),
)
def test_resp_codes_is_announced_in_both_states_or_in_none(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login on one connection."""
    before = b"RESP-CODES" in pop3.command("CAPA").ok().capabilities()
    dial.knock(pop3).ok()
    assert (b"RESP-CODES" in pop3.command("CAPA").ok().capabilities()) == before


@needs("CAPA")
@verifies("RFC2449-6.9-02", refuted_by=rewrite(rb"^IMPLEMENTATION .*\r\n", b"", of=rb"CAPA", after=1))
def test_implementation_is_not_withdrawn_at_login(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login on one connection; IMPLEMENTATION may be announced after login alone."""
    if b"IMPLEMENTATION" not in pop3.command("CAPA").ok().capabilities():
        raise NotSupported("CAPA before login does not list IMPLEMENTATION")
    dial.knock(pop3).ok()
    assert b"IMPLEMENTATION" in pop3.command("CAPA").ok().capabilities()
