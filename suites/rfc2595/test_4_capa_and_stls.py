"""RFC 2595 section 4: the bond between the STLS command and CAPA, also where neither is offered."""

from conformance import NotSupported, Pop3Dial, rewrite, say, verifies


@verifies("RFC2595-4-01", refuted_by=rewrite(rb"^STLS", b"XTLS", of=rb"CAPA"))
def test_a_server_that_accepts_stls_lists_it(dial: Pop3Dial) -> None:
    """STLS is answered +OK on one connection: CAPA on another lists it."""
    taken = dial.pop3("none")
    reply = taken.command("STLS")
    if reply.negative:
        raise NotSupported(f"STLS was answered {reply!r}")
    reply.ok()
    taken.close()
    assert b"STLS" in dial.pop3("none").command("CAPA").capabilities()


@verifies("RFC2595-4-12", refuted_by=say(b"502 what is this\r\n", of=rb"STLS"))
def test_stls_that_is_not_offered_is_refused(dial: Pop3Dial) -> None:
    """STLS where CAPA does not list it: -ERR, and the connection goes on in clear."""
    pop3 = dial.pop3("none")
    if b"STLS" in pop3.command("CAPA").capabilities():
        raise NotSupported("STLS is listed")
    reply = pop3.command("STLS")
    if reply.positive:
        raise NotSupported("STLS is accepted, although CAPA does not list it: another check accuses that")
    assert reply.negative
    assert pop3.command("QUIT").status
