"""RFC 3501 section 6.4.5: HEADER.FIELDS and HEADER.FIELDS.NOT, subsets of a header.

Every subset is held against what the oracle takes out of the header that BODY[] gives of the same message.
"""

from __future__ import annotations

from conformance import ImapDial, NotSupported, Sync, answer, confuse, forward, quoted, rewrite, verifies
from conformance.models import mime
from conformance.models.corpus import case
from conformance.models.shelf import Shelf, text_of

FETCH = rb"FETCH .*"


def _unlike(shelf: Shelf, spec: str, *names: str) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Message -> what came and what should have come as a section, of those messages (or all) of which it is not right."""
    fetched, entities = shelf.fetch(f"(BODY.PEEK[{spec}])", *names), shelf.entities(*names)
    got = {name: text_of(found, spec) for name, found in fetched.items()}
    wanted = {name: mime.section(entities[name], spec.encode()) for name in got}
    return {name: (got[name], wanted[name]) for name in got if got[name] != wanted[name]}


@verifies("RFC3501-6.4.5-10", refuted_by=forward(rb"\1)\2", of=rb"(FETCH .* \(DATE FROM) SUBJECT\)(.*)"))
def test_a_subset_of_a_header_has_the_fields_that_are_named(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (DATE FROM SUBJECT) of every message of the corpus: these fields alone, and the blank line."""
    assert _unlike(Shelf(dial), "HEADER.FIELDS (DATE FROM SUBJECT)") == {}


@verifies("RFC3501-6.4.5-11", refuted_by=confuse(b"HEADER.FIELDS.NOT", b"HEADER.FIELDS", verb=b"FETCH"))
def test_a_negative_subset_of_a_header_has_all_fields_but_those_named(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS.NOT (DATE FROM X-NONE) of every message of the corpus: all others, and the blank line."""
    assert _unlike(Shelf(dial), "HEADER.FIELDS.NOT (DATE FROM X-NONE)") == {}


@verifies("RFC3501-6.4.5-11", refuted_by=rewrite(rb"\A(?:To|Subject):.*\n", b"", of=FETCH))
def test_a_subset_and_its_negative_make_up_the_header(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS and HEADER.FIELDS.NOT with one list of names: each field of BODY[HEADER] is in one of them."""
    shelf = Shelf(dial)
    specs = ("HEADER.FIELDS (SUBJECT TO X-FOO)", "HEADER.FIELDS.NOT (SUBJECT TO X-FOO)", "HEADER")
    fetched = shelf.fetch("(" + " ".join(f"BODY.PEEK[{spec}]" for spec in specs) + ")")
    for name, found in fetched.items():
        some, others, header = (text_of(found, spec) or b"" for spec in specs)
        assert _fields(some, others) == _fields(header), name


@verifies("RFC3501-6.4.5-12", refuted_by=rewrite(rb"^X-Foo: one\r\n", rb"\g<0>X-Foo-Bar: two\r\n", of=FETCH))
def test_names_of_fields_match_exactly_in_any_letter_case(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (x-fOO) and .NOT where X-Foo, x-foo, X-Foo-Bar and X-Fo are there: the former two, or the others."""
    shelf = Shelf(dial)
    assert _unlike(shelf, "HEADER.FIELDS (x-fOO)", "names-alike") == {}
    assert _unlike(shelf, "HEADER.FIELDS.NOT (x-fOO)", "names-alike") == {}
    assert _unlike(shelf, "HEADER.FIELDS (subject FROM Date)", "names-alike", "names-in-other-case") == {}


@verifies("RFC3501-6.4.5-13", refuted_by=rewrite(rb"\r\n[ \t]+(?=\S)", b" ", of=FETCH))
def test_fields_that_are_repeated_or_folded_come_whole(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (RECEIVED SUBJECT TO) where Received is there three times and others are folded: all their lines."""
    names = ("trace-fields", "folded-fields", "folded-before-the-text", "many-recipients", "long-subject")
    assert _unlike(Shelf(dial), "HEADER.FIELDS (RECEIVED SUBJECT TO)", *names) == {}


@verifies("RFC3501-6.4.5-14", refuted_by=rewrite(rb"\A\r\n\Z", b"", of=FETCH))
def test_a_subset_without_any_field_is_the_blank_line(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (X-NONE): CRLF and nothing else."""
    fetched = Shelf(dial).fetch("(BODY.PEEK[HEADER.FIELDS (X-NONE)])", "plain", "all-members", "alternative")
    texts = {name: text_of(found, "HEADER.FIELDS (X-NONE)") for name, found in fetched.items()}
    assert texts == dict.fromkeys(texts, b"\r\n")


@verifies("RFC3501-6.4.5-15", refuted_by=rewrite(rb"\r\n\Z", b"\r\n\r\n", of=rb"FETCH .*HEADER.*"))
def test_a_header_without_body_and_blank_line_gets_none(dial: ImapDial) -> None:
    """Append a message that ends behind its last field, FETCH BODY[HEADER]: no blank line. (Of subsets nothing is said.)"""
    mailbox = dial.mailbox(case("no-body").raw)
    with dial.dialler.straight():
        stored = mime.read(text_of(mailbox.fetch(1, "(BODY.PEEK[])"), "") or b"")
    if stored.octets.has_blank_line:
        raise NotSupported("the server stores the message with a blank line behind its header")
    header = text_of(mailbox.fetch(1, "(BODY.PEEK[HEADER])"), "HEADER") or b""
    assert not header.endswith(b"\r\n\r\n")


@verifies("RFC3501-6.4.5-21", refuted_by=confuse(b"[3.HEADER", b"[HEADER", verb=b"FETCH"))
def test_a_subset_of_the_header_of_a_message_within_can_be_had(dial: ImapDial) -> None:
    """FETCH n.HEADER.FIELDS and n.HEADER.FIELDS.NOT of messages in a multipart: fields of the inner header."""
    shelf = Shelf(dial)
    assert _unlike(shelf, "3.HEADER.FIELDS (SUBJECT MESSAGE-ID)", "rfc-3501-example") == {}
    assert _unlike(shelf, "4.2.HEADER.FIELDS.NOT (SUBJECT DATE)", "rfc-3501-example") == {}
    assert _unlike(shelf, "2.HEADER.FIELDS (FROM)", "forwarded", "forwarded-multipart", "digest") == {}


@verifies("RFC3501-9-32", refuted_by=rewrite(rb"(HEADER\.FIELDS[.NOT]*) \([^)]*\)", rb"\1 (FROM)", of=FETCH))
def test_the_item_of_a_subset_names_the_fields_asked_for(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS (DATE FROM) and HEADER.FIELDS.NOT (TO): items with these words and these names."""
    specs = ("HEADER.FIELDS (DATE FROM)", "HEADER.FIELDS.NOT (TO)")
    fetched = Shelf(dial).fetch("(" + " ".join(f"BODY.PEEK[{spec}]" for spec in specs) + ")", "plain")["plain"]
    assert [spec for spec in specs if text_of(fetched, spec) is None] == []


@verifies("RFC3501-9-51", refuted_by=answer(b"<tag> BAD what is this?\r\n", of=rb'FETCH .*"SUBJECT".*'))
def test_names_of_fields_may_be_quoted_strings_and_literals(dial: ImapDial) -> None:
    """FETCH HEADER.FIELDS with a quoted name, a literal and an atom: the three fields."""
    shelf = Shelf(dial)
    wanted = shelf.expected("plain", ["HEADER.FIELDS (SUBJECT FROM TO)"])
    words = ("(BODY.PEEK[HEADER.FIELDS (", quoted("SUBJECT"), Sync(b"From"), "TO", ")])")
    fetched = shelf.mailbox.command("FETCH", shelf.number("plain"), *words)
    assert fetched.is_ok
    texts = [text_of(found, spec) or b"" for found in fetched.fetched.values() for spec in wanted]
    assert [text.lower() for text in texts] == [(text or b"").lower() for text in wanted.values()]


def _fields(*headers: bytes) -> list[bytes]:
    """All fields of some headers, sorted."""
    return sorted(field.raw for header in headers for field in mime.read(header).fields)
