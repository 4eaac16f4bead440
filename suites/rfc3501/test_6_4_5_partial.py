"""RFC 3501 section 6.4.5: partial fetches, BODY[section]<first octet.most octets>, and texts of any size."""

from __future__ import annotations

from conformance import ImapDial, Mailbox, confuse, forward, rewrite, say, verifies
from conformance.models.corpus import large
from conformance.models.shelf import Shelf, text_of

MEGABYTES_20 = 20_000_000
FETCH = rb"FETCH .*"
PARTS = "fields-of-parts"


def _unlike(shelf: Shelf, name: str, *specs: str) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Section -> what came and what should have come, of those sections of one message that are not right."""
    got, wanted = shelf.sections(name, specs), shelf.expected(name, specs)
    return {spec: (got[spec], wanted[spec]) for spec in specs if got[spec] != wanted[spec]}


@verifies("RFC3501-6.4.5-26", refuted_by=confuse(b"<10.20>", b"<10.21>", verb=b"FETCH"))
def test_a_partial_fetch_begins_at_its_octet_and_has_so_many(dial: ImapDial) -> None:
    """FETCH BODY[]<10.20> and others, within lines and across line ends: these octets, the first of all being 0."""
    shelf = Shelf(dial)
    assert (
        _unlike(shelf, "plain", "<10.20>", "<0.1>", "<1.1>", "<97.30>", "HEADER<3.50>", "TEXT<0.9>", "TEXT<8.4>") == {}
    )


@verifies("RFC3501-6.4.5-26", refuted_by=rewrite(rb"(?s)\A.{16}\Z", b"", of=FETCH))
def test_a_text_read_in_pieces_is_the_whole(dial: ImapDial) -> None:
    """FETCH BODY[] in pieces of 16 octets: put together, the octets of BODY[]."""
    shelf = Shelf(dial)
    whole = shelf.expected("protocol-lookalikes", [""])[""] or b""
    specs = [f"<{start}.16>" for start in range(0, len(whole), 16)]
    assert b"".join(piece or b"" for piece in shelf.sections("protocol-lookalikes", specs).values()) == whole


@verifies("RFC3501-6.4.5-27", refuted_by=rewrite(rb"BODY\[([^\]]*)\]<\d+>", rb"BODY[\1]", of=FETCH))
def test_a_partial_item_names_its_first_octet(dial: ImapDial) -> None:
    """FETCH BODY[]<10.20> and the like of a header and a part: items named BODY[]<10>, BODY[HEADER]<7>, BODY[1]<2>."""
    fetched = Shelf(dial).fetch("(BODY.PEEK[]<10.20> BODY.PEEK[HEADER]<7.3> BODY.PEEK[1]<2.3>)", "plain")["plain"]
    assert [name for name in (b"BODY[]<10>", b"BODY[HEADER]<7>", b"BODY[1]<2>") if name not in fetched] == []


@verifies("RFC3501-6.4.5-28", refuted_by=rewrite(rb'\A\Z|""', b'"x"', of=FETCH))
def test_a_partial_fetch_from_beyond_the_end_is_empty(dial: ImapDial) -> None:
    """FETCH from the octet behind the last one, and from far behind it: an empty string, and OK."""
    shelf = Shelf(dial)
    size = len(shelf.expected("plain", [""])[""] or b"")
    got = shelf.sections("plain", [f"<{size}.10>", "<100000.10>", "TEXT<4294967295.1>", "1<5000.4294967295>"])
    assert got == dict.fromkeys(got, b"")


@verifies("RFC3501-6.4.5-29", refuted_by=rewrite(rb"\n\Z", b"", of=FETCH))
def test_a_partial_fetch_across_the_end_stops_there(dial: ImapDial) -> None:
    """FETCH more octets than there are, from the first one, from the middle and from the last: those that are there."""
    shelf = Shelf(dial)
    last = len(shelf.expected("plain", [""])[""] or b"") - 1
    assert (
        _unlike(shelf, "plain", "<0.99999>", "<7.4294967295>", f"<{last}.2>", "TEXT<5.10000>", "HEADER<9.10000>") == {}
    )


@verifies("RFC3501-6.4.5-30", refuted_by=rewrite(rb"BODY\[([^\]]*)\]<0>", rb"BODY[\1]", of=FETCH))
def test_a_partial_fetch_of_the_whole_is_named_as_partial(dial: ImapDial) -> None:
    """FETCH BODY[]<0.99999> and BODY[TEXT]<0.99999> of a small message: items named BODY[]<0> and BODY[TEXT]<0>."""
    fetched = Shelf(dial).fetch("(BODY.PEEK[]<0.99999> BODY.PEEK[TEXT]<0.99999>)", "plain")["plain"]
    assert [name for name in (b"BODY[]<0>", b"BODY[TEXT]<0>") if name not in fetched] == []


@verifies("RFC3501-6.4.5-31", refuted_by=say(b"<tag> OK nothing\r\n", of=rb"FETCH .*\.0>.*"))
def test_a_partial_fetch_of_no_octets_is_refused(dial: ImapDial) -> None:
    """FETCH BODY[]<0.0>: BAD, since the number of octets is a non-zero number."""
    assert Shelf(dial).mailbox.command("FETCH 1 (BODY.PEEK[]<0.0>)").is_bad


@verifies("RFC3501-6.4.5-32", refuted_by=confuse(b"[HEADER.FIELDS (SUBJECT TO)]", b"[HEADER]", verb=b"FETCH"))
def test_a_partial_fetch_of_a_subset_counts_in_the_subset(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (SUBJECT TO)<3.15> and the like: these octets of the selected fields and their blank line."""
    specs = [f"HEADER.FIELDS (SUBJECT TO)<{part}>" for part in ("0.5", "3.15", "20.400")]
    assert _unlike(Shelf(dial), "all-members", *specs, "HEADER.FIELDS.NOT (SUBJECT TO)<7.30>") == {}


@verifies("RFC3501-6.4.5-33", refuted_by=forward(rb"\g<1>1.MIME]<0.\2", of=rb"(FETCH .*\[)1\.MIME\]<\d+\.(\d+.*)"))
def test_parts_and_their_mime_headers_can_be_had_in_part(dial: ImapDial) -> None:
    """FETCH pieces of parts and MIME headers of a multipart, and of the header and text of a message within."""
    shelf = Shelf(dial)
    assert _unlike(shelf, PARTS, "1<0.5>", "1<5.100>", "2<1.3>", "1.MIME<10.30>", "2.MIME<0.5>") == {}
    assert _unlike(shelf, "forwarded", "2<3.9>", "2.HEADER<3.20>", "2.TEXT<2.5>", "2.1<1.7>") == {}


@verifies("RFC3501-7.4.2-02", refuted_by=rewrite(rb"(?s)\A(.{12000000}).*", rb"\1", of=FETCH))
def test_a_message_of_20_megabytes_comes_whole(mailbox: Mailbox) -> None:
    """Append a message with a part of 20 MB, FETCH BODY[], a piece near its end, and RFC822.SIZE: nothing is missing."""
    body = large(MEGABYTES_20).raw.partition(b"\r\n\r\n")[2]
    mailbox.append(large(MEGABYTES_20).specimen)
    mailbox.select()
    fetched = mailbox.fetch(1, f"(RFC822.SIZE BODY.PEEK[TEXT]<{MEGABYTES_20}.500> BODY.PEEK[])")
    whole = text_of(fetched, "") or b""
    assert fetched.get(b"RFC822.SIZE") == len(whole)
    assert text_of(fetched, f"TEXT<{MEGABYTES_20}.500>") == body[MEGABYTES_20 : MEGABYTES_20 + 500]
    assert whole.partition(b"\r\n\r\n")[2] == body, f"{len(whole)} octets"
