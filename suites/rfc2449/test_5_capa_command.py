"""RFC 2449 section 5: the CAPA command and what stays announced through a login."""

from conformance import Maildrop, NotSupported, Pop3, Pop3Dial, forward, needs, rewrite, say, verifies

IN_BOTH_STATES = {b"TOP", b"USER", b"SASL", b"RESP-CODES", b"LOGIN-DELAY", b"PIPELINING", b"EXPIRE", b"UIDL"}


@verifies("RFC2449-5-09", refuted_by=say(b"Capabilities: none\r\n", of=rb"CAPA"))
def test_capa_is_answered_whether_implemented_or_not(pop3: Pop3) -> None:
    """CAPA before login: +OK or -ERR."""
    assert pop3.command("CAPA").status in (b"+OK", b"-ERR")


@needs("CAPA")
@verifies("RFC2449-5-01", refuted_by=say(b"-ERR not now\r\n", of=rb"CAPA"))
def test_capa_is_offered_before_login(pop3: Pop3) -> None:
    """CAPA in the AUTHORIZATION state of a server that has it in one state at least."""
    assert pop3.command("CAPA").positive


@needs("CAPA")
@verifies("RFC2449-5-02", refuted_by=say(b"-ERR not now\r\n", of=rb"CAPA"))
def test_capa_is_offered_after_login(dial: Pop3Dial) -> None:
    """CAPA in the TRANSACTION state of a server that has it in one state at least."""
    assert dial.login().command("CAPA").positive


@needs("CAPA")
@verifies("RFC2449-5-03", refuted_by=rewrite(rb"^(TOP|UIDL|USER)\r\n", b"", of=rb"CAPA", after=1))
def test_what_is_announced_before_login_is_announced_after_it(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login on one connection: no tag of RFC 2449 is lost (IMPLEMENTATION has a check of its own)."""
    before = pop3.command("CAPA").ok().capabilities().keys() & IN_BOTH_STATES
    dial.knock(pop3).ok()
    after = pop3.command("CAPA").ok().capabilities().keys()
    assert before - after == set()


@needs("CAPA")
@verifies("RFC2449-5-06", refuted_by=forward(b"CAPA", of=rb"CAPA \S+"))
def test_capa_with_an_argument_is_refused(pop3: Pop3) -> None:
    """CAPA X before login."""
    assert pop3.command("CAPA", "X", lines=True).negative


@needs("CAPA")
@verifies("RFC2449-5-07", refuted_by=say(b"-ERR no\r\n", of=rb"(PASS|APOP|AUTH) .*"))
def test_capa_leaves_the_authorization_state_as_it_was(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA, then the login that works without it."""
    pop3.command("CAPA").ok()
    assert dial.knock(pop3).positive


@needs("CAPA")
@verifies("RFC2449-5-07", refuted_by=rewrite(rb"^\+OK \d+", b"+OK 0", of=rb"STAT", after=1))
def test_capa_leaves_the_transaction_state_as_it_was(maildrop: Maildrop) -> None:
    """DELE, STAT, CAPA, STAT: neither numbers nor marks have changed."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[0]).ok()
    before = pop3.command("STAT").drop_listing()
    pop3.command("CAPA").ok()
    assert pop3.command("STAT").drop_listing() == before


@needs("CAPA")
@verifies("RFC2449-6.1-02", "RFC2449-5-08", refuted_by=rewrite(rb"^TOP\r\n", b"", of=rb"CAPA"))
def test_a_top_command_that_works_is_announced_by_its_name(maildrop: Maildrop) -> None:
    """TOP n 0, and where it is answered +OK: CAPA in the same state."""
    pop3 = maildrop.open()
    if not pop3.command("TOP", pop3.own[0], 0).positive:
        raise NotSupported("TOP does not work")
    assert b"TOP" in pop3.command("CAPA").ok().capabilities()


@needs("CAPA")
@verifies("RFC2449-6.8-02", "RFC2449-5-08", refuted_by=rewrite(rb"^UIDL\r\n", b"", of=rb"CAPA"))
def test_a_uidl_command_that_works_is_announced_by_its_name(dial: Pop3Dial) -> None:
    """UIDL, and where it is answered +OK: CAPA in the same state."""
    pop3 = dial.login()
    if not pop3.command("UIDL").positive:
        raise NotSupported("UIDL does not work")
    assert b"UIDL" in pop3.command("CAPA").ok().capabilities()
