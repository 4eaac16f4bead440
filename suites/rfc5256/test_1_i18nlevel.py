"""RFC 5256 section 1: what is announced beside SORT and THREAD."""

from __future__ import annotations

from conformance import ImapDial, needs, rewrite, verifies

pytestmark = needs("SORT")


@verifies("RFC5256-1-02", refuted_by=rewrite(rb" I18NLEVEL=\d", b"", of=rb"CAPABILITY"))
def test_a_server_that_sorts_announces_i18nlevel(dial: ImapDial) -> None:
    """CAPABILITY after login: I18NLEVEL=1 or I18NLEVEL=2 beside SORT."""
    listed = dial.login().command("CAPABILITY").ok().capabilities
    assert {b"I18NLEVEL=1", b"I18NLEVEL=2"} & set(listed)
