"""RFC 2342 section 4: who takes NAMESPACE announces it."""

from __future__ import annotations

from conformance import ImapDial, NotSupported, rewrite, verifies


@verifies("RFC2342-4-01", refuted_by=rewrite(rb" NAMESPACE", b"", of=rb"CAPABILITY"))
def test_a_namespace_command_that_works_is_announced(dial: ImapDial) -> None:
    """NAMESPACE behind the login is answered OK: CAPABILITY lists it."""
    session = dial.login()
    if session.command("NAMESPACE").status != b"OK":
        raise NotSupported("NAMESPACE is not taken")
    assert b"NAMESPACE" in session.command("CAPABILITY").ok().capabilities
