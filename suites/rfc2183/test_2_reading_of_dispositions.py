"""RFC 2183 section 2: Content-Disposition and its parameters, as BODYSTRUCTURE shows them."""

from __future__ import annotations

from conformance import ImapDial, NotSupported, rewrite, verifies
from conformance.checks_formats import format_shelf
from conformance.wire.imap_body import Multipart, Part

FETCH = rb"FETCH .*BODYSTRUCTURE.*"
NAME = "dispositions"
ATTACHED = {
    b"filename": b"a; b='c', (d).gif",
    b"creation-date": b"Fri, 20 Nov 2026 12:00:00 +0100",
    b"modification-date": b"Fri, 20 Nov 2026 13:00:00 +0100",
    b"read-date": b"Sat, 21 Nov 2026 12:00:00 -0500",
    b"size": b"3",
}


def dispositions(dial: ImapDial) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Those of the whole and of its parts, types and names in lower case; NotSupported without extension data."""
    whole = format_shelf(dial).fetch("(BODYSTRUCTURE)", NAME)[NAME].get(b"BODYSTRUCTURE")
    entities: list[Part | Multipart] = [whole, *whole.parts] if isinstance(whole, Multipart) else []
    if entities and not all(one.extended for one in entities):
        raise NotSupported("BODYSTRUCTURE has no extension data")
    told = [one.disposition or (b"", ()) for one in entities]
    return [(kind.lower(), {name.lower(): value for name, value in given or ()}) for kind, given in told]


@verifies("RFC2183-2-02", refuted_by=rewrite(rb"a; b='c', \(d\)\.gif", b"a", of=FETCH))
def test_dates_sizes_and_names_of_files_come_as_they_are(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of an attachment with all parameters of RFC 2183: each value, quotes left out."""
    assert dispositions(dial)[1:2] == [(b"attachment", ATTACHED)]


@verifies("RFC2183-2-01", "RFC2183-2.9-01", refuted_by=rewrite(rb'(?i)\("inline" \([^)]*\)\)', b"NIL", of=FETCH))
def test_each_part_has_the_disposition_that_it_states(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a multipart and its parts with different dispositions, one unknown, one part without any."""
    found = dispositions(dial)
    assert [kind for kind, _ in found] == [b"inline", b"attachment", b"x-mailconform", b""]
    assert [given for _, given in found if given != ATTACHED] == [{b"x-whole": b"1"}, {b"x-parameter": b"y"}, {}]
