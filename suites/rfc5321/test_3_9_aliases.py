"""RFC 5321 section 3.9: an address whose mail goes to several mailboxes."""

from __future__ import annotations

import re

from conformance import Inconclusive, Reason, SmtpDial, alter, lose, verifies


def alias(dial: SmtpDial) -> str:
    """Return the address whose mail goes to the first two accounts; Inconclusive if the target file gives none."""
    found = dial.target.facilities.get("alias", "")
    if not found:
        raise Inconclusive(
            Reason.NOT_SET_UP, "needs alias = in [facilities]: an address whose mail goes to the first two accounts"
        )
    return found


@verifies("RFC5321-3.9-01", "RFC5321-3.9-05", refuted_by=lose())
def test_an_alias_reaches_each_of_its_addresses(dial: SmtpDial) -> None:
    """The first account writes to an alias of itself and the second: both get a copy."""
    first, second, specimen = dial.arrivals(), dial.arrivals(1), dial.specimen()
    dial.ready().transaction(dial.sender, alias(dial), text=specimen.raw).ok()
    assert first.wait(specimen.key)
    assert second.wait(specimen.key)


@verifies("RFC5321-3.9.1-01", refuted_by=alter(rb"Hello", b"Hallo"))
def test_an_alias_leaves_the_body_as_it_is(dial: SmtpDial) -> None:
    """What comes by an alias has the body that was sent."""
    first, second, specimen = dial.arrivals(), dial.arrivals(1), dial.specimen()
    dial.ready().transaction(dial.sender, alias(dial), text=specimen.raw).ok()
    copies = [first.one(specimen.key), second.one(specimen.key)]
    assert all(copy.partition(b"\r\n\r\n")[2] == specimen.body for copy in copies)


@verifies("RFC5321-3.9.1-01", refuted_by=alter(rb"\A", b"Return-Path: <owner@mailconform.invalid>\r\n"))
def test_an_alias_leaves_the_reverse_path_as_it_is(dial: SmtpDial) -> None:
    """Return-Path of what comes by an alias, where it is shown: the address that MAIL gave."""
    first, second, specimen = dial.arrivals(), dial.arrivals(1), dial.specimen()
    dial.ready().transaction(dial.sender, alias(dial), text=specimen.raw).ok()
    for copy in (second.one(specimen.key), first.one(specimen.key)):
        found = re.match(rb"Return-Path:\s*<([^>]*)>", copy, re.IGNORECASE)
        assert found is None or found[1].lower() == dial.sender.lower().encode()
