"""RFC 3501 section 6.4.5: which messages and data items FETCH sends, macros, and the forms that have another name."""

from __future__ import annotations

import re
from typing import Any

from conformance import ImapDial, Mailbox, answer, confuse, drop, forward, rewrite, say, verifies
from conformance.models import mime
from conformance.models.corpus import case
from conformance.models.shelf import Shelf, text_of
from conformance.wire.imap_values import Fetch

FETCH = rb"FETCH .*"
DATE_TIME = rb"[ \d]\d-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{4} \d\d:\d\d:\d\d [+-]\d{4}"
RESPONSE = rb"\* \d+ FETCH"
MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
STATIC = (
    "(UID INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE RFC822.HEADER BODY.PEEK[] BODY.PEEK[1] BODY.PEEK[TEXT])"
)
STATICS = (
    b"UID", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY", b"BODYSTRUCTURE", b"RFC822.HEADER", b"BODY[]", b"BODY[1]",
    b"BODY[TEXT]",
)  # fmt: skip
SEQUENCES = {
    "2": [2], "1,3": [1, 3], "4:2": [2, 3, 4], "*": [5], "3:*": [3, 4, 5], "*:4": [4, 5], "5,1:2": [1, 2, 5], "1:3,2:4": [1, 2, 3, 4],
    "*,1": [1, 5], "1:*": [1, 2, 3, 4, 5], "*:*": [5], "3:3": [3],
}  # fmt: skip


def _with(fetched: dict[int, Fetch], name: bytes) -> list[int]:
    """The numbers of the messages of which an item came."""
    return sorted(number for number, found in fetched.items() if name in found)


@verifies("RFC3501-6.4.5-01", refuted_by=drop(of=FETCH, when=rb"\* 3 FETCH"))
def test_the_items_asked_for_come_of_each_message(mailbox: Mailbox) -> None:
    """FETCH 1:* (FLAGS UID RFC822.SIZE) in a mailbox of five messages: all three items of all five."""
    fetched = mailbox.fill(5).command("FETCH 1:* (FLAGS UID RFC822.SIZE)")
    assert fetched.is_ok
    for name in (b"FLAGS", b"UID", b"RFC822.SIZE"):
        assert _with(fetched.fetched, name) == [1, 2, 3, 4, 5]


@verifies("RFC3501-6.4.5-52", refuted_by=forward(rb"FETCH \1 \2", of=rb"FETCH (\d+):\d+ (.*)"))
def test_sets_may_be_lists_and_ranges_in_either_direction(mailbox: Mailbox) -> None:
    """FETCH 4:2, *:4, 5,1:2 and others with RFC822.SIZE, in a mailbox of five messages: those meant, and no others."""
    mailbox.fill(5)
    answers = {numbers: mailbox.command("FETCH", numbers, "(RFC822.SIZE)") for numbers in SEQUENCES}
    assert [numbers for numbers, fetched in answers.items() if not fetched.is_ok] == []
    assert {numbers: _with(fetched.fetched, b"RFC822.SIZE") for numbers, fetched in answers.items()} == SEQUENCES


@verifies("RFC3501-6.4.5-57", refuted_by=forward(rb"FETCH 1:2 \1", of=rb"FETCH 2 (.*)"))
def test_items_come_of_the_messages_in_the_set_alone(mailbox: Mailbox) -> None:
    """FETCH 2 and FETCH 4 (UID ENVELOPE) in a mailbox of four messages: the ENVELOPE of that message and of no other."""
    mailbox.fill(4)
    for number in (2, 4):
        fetched = mailbox.command(f"FETCH {number} (UID ENVELOPE)").ok().fetched
        assert _with(fetched, b"ENVELOPE") == [number]
        assert fetched[number].get(b"ENVELOPE").subject == b"message %d" % number


def _macro(dial: ImapDial, macro: str) -> tuple[dict[bytes, Any], dict[bytes, Any]]:
    """What a macro brings of a message, and what the items bring that it stands for; FLAGS may change between."""
    shelf = Shelf(dial)
    short, long = shelf.fetch(macro, "alternative"), shelf.fetch(f"({' '.join(MACROS[macro])})", "alternative")
    return _values(short["alternative"]), _values(long["alternative"])


def _values(found: Fetch) -> dict[bytes, Any]:
    return {name: value for name, value in found.pairs if name not in {b"FLAGS", b"UID", b"MODSEQ"}} | {
        b"FLAGS": b"FLAGS" in found
    }


@verifies("RFC3501-6.4.5-03", refuted_by=forward(rb"\1 FAST", of=rb"(FETCH \d+) ALL"))
def test_all_stands_for_flags_date_size_and_envelope(dial: ImapDial) -> None:
    """FETCH ALL and FETCH (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE): equal items with equal values."""
    short, long = _macro(dial, "ALL")
    assert set(short) >= {b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"}
    assert short == long


@verifies("RFC3501-6.4.5-04", refuted_by=forward(rb"\1 ALL", of=rb"(FETCH \d+) FAST"))
def test_fast_stands_for_flags_date_and_size(dial: ImapDial) -> None:
    """FETCH FAST and FETCH (FLAGS INTERNALDATE RFC822.SIZE): equal items with equal values."""
    short, long = _macro(dial, "FAST")
    assert set(short) >= {b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"}
    assert short == long


@verifies("RFC3501-6.4.5-05", refuted_by=forward(rb"\1 ALL", of=rb"(FETCH \d+) FULL"))
def test_full_stands_for_flags_date_size_envelope_and_body(dial: ImapDial) -> None:
    """FETCH FULL and FETCH (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY): equal items with equal values."""
    short, long = _macro(dial, "FULL")
    assert set(short) >= {b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"}
    assert short == long


@verifies("RFC3501-6.4.5-06", refuted_by=forward(rb"\1UID\2", of=rb"(.*)(?:FAST UID|UID ALL)(.*)"))
def test_a_macro_beside_other_items_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH (FAST UID) and FETCH (UID ALL): BAD."""
    mailbox.fill(1)
    assert mailbox.command("FETCH 1 (FAST UID)").is_bad
    assert mailbox.command("FETCH 1 (UID ALL)").is_bad


@verifies("RFC3501-6.4.5-50", refuted_by=say(b"<tag> OK done\r\n", of=rb"FETCH 1 .*MAILCONFORM.*"))
def test_an_unknown_data_item_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH of an item that does not exist, alone and beside one that does: BAD."""
    mailbox.fill(1)
    assert mailbox.command("FETCH 1 XMAILCONFORM").is_bad
    assert mailbox.command("FETCH 1 (FLAGS XMAILCONFORM)").is_bad


@verifies("RFC3501-6.4.5-51", refuted_by=forward(b"FETCH 1 (UID)", of=rb"FETCH 4 .*"))
def test_a_number_above_the_count_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH 4 (UID) in a mailbox of three messages: BAD, and no UID of any message."""
    fetched = mailbox.fill(3).command("FETCH 4 (UID)")
    assert fetched.is_bad
    assert _with(fetched.fetched, b"UID") == []


@verifies("RFC3501-6.4.5-53", refuted_by=forward(rb"\1BODY", of=rb"(FETCH 1 )BODY\.PEEK"))
def test_body_peek_without_a_section_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH BODY.PEEK: BAD."""
    assert mailbox.fill(1).command("FETCH 1 BODY.PEEK").is_bad


@verifies("RFC3501-6.4.5-23", refuted_by=forward(rb"\g<1>1.MIME\2", of=rb"(FETCH .*\[)MIME(.*)"))
def test_mime_without_a_part_number_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH BODY.PEEK[MIME] of a multipart: BAD."""
    mailbox.append(case("alternative").specimen)
    mailbox.select()
    assert mailbox.command("FETCH 1 (BODY.PEEK[MIME])").is_bad


@verifies("RFC3501-6.4.5-24", refuted_by=forward(rb"\1\2", of=rb"(FETCH .*\[(?:1\.)?)0(.*)"))
def test_a_part_number_with_a_leading_zero_is_answered_bad(dial: ImapDial) -> None:
    """FETCH BODY[01], BODY[1.01], BODY[0] and BODY[1.0]: BAD, since part numbers are non-zero numbers."""
    shelf = Shelf(dial)
    numbers = ("01", "1.01", "0", "1.0")
    answers = {
        number: shelf.mailbox.command(f"FETCH {shelf.number('forwarded')} (BODY.PEEK[{number}])") for number in numbers
    }
    assert [number for number, answer in answers.items() if not answer.is_bad] == []


@verifies("RFC3501-6.4.5-25", refuted_by=confuse(b"[99]", b"[1]", verb=b"FETCH"))
def test_a_part_that_is_not_there_is_empty_or_refused(dial: ImapDial) -> None:
    """FETCH parts 2 and 99 of a message with one part, 3 and 1.1 of one with two: NIL, an empty string, or no OK."""
    shelf = Shelf(dial)
    for name, number in (("plain", "2"), ("plain", "99"), ("alternative", "3"), ("alternative", "1.1.1")):
        assert not text_of(shelf.fetch(f"(BODY.PEEK[{number}])", name)[name], number)
        shelf.mailbox.command("NOOP").ok()


@verifies("RFC3501-6.4.5-55", refuted_by=confuse(b"[1.HEADER]", b"[HEADER]", verb=b"FETCH"))
def test_a_part_that_is_no_message_has_no_header(dial: ImapDial) -> None:
    """FETCH BODY[1.HEADER] and BODY[1.TEXT] of a part of plain text: NIL, an empty string, or no OK."""
    shelf = Shelf(dial)
    for spec in ("1.HEADER", "1.TEXT"):
        assert not text_of(shelf.fetch(f"(BODY.PEEK[{spec}])", "alternative")["alternative"], spec)
        shelf.mailbox.command("NOOP").ok()


@verifies("RFC3501-6.4.5-49", refuted_by=rewrite(rb"BODY\[2\]<0>", b"BODY[2]", of=FETCH))
def test_several_sections_can_be_had_in_one_command(dial: ImapDial) -> None:
    """FETCH (BODY[HEADER] BODY[1] BODY[2]<0.5> FLAGS BODY[2.MIME]): all of them, each with its own octets."""
    shelf = Shelf(dial)
    specs = ["HEADER", "1", "2<0.5>", "2.MIME", "TEXT"]
    assert shelf.sections("alternative", specs) == shelf.expected("alternative", specs)


@verifies("RFC3501-6.4.5-37", refuted_by=rewrite(rb"BODY\[", b"BODY.PEEK[", of=FETCH))
def test_what_body_peek_brings_is_named_body(dial: ImapDial) -> None:
    """FETCH BODY.PEEK[], BODY.PEEK[TEXT] and BODY.PEEK[1]<0.3>: items named without PEEK."""
    fetched = Shelf(dial).fetch("(BODY.PEEK[] BODY.PEEK[TEXT] BODY.PEEK[1]<0.3>)", "plain")["plain"]
    assert [name for name in (b"BODY[]", b"BODY[TEXT]", b"BODY[1]<0>") if name not in fetched] == []


@verifies("RFC3501-6.4.5-56", refuted_by=answer(b"<tag> BAD what?\r\n", of=rb"FETCH .*\((?-i:[a-z]).*"))
def test_names_of_items_may_be_in_any_letter_case(dial: ImapDial) -> None:
    """FETCH in lower and in mixed letters: the values that upper letters bring."""
    shelf = Shelf(dial)
    items = "(BODY.PEEK[HEADER.FIELDS (SUBJECT)] RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[TEXT])"
    usual, lower, mixed = (
        {name: value.lower() if isinstance(value, bytes) else value for name, value in _values(found).items()}
        for found in (
            shelf.fetch(spelled, "alternative")["alternative"] for spelled in (items, items.lower(), items.title())
        )
    )
    assert len(usual) == len(items.split())
    assert lower == usual
    assert mixed == usual


@verifies("RFC3501-7.4.2-34", refuted_by=rewrite(rb"\\Flagged ?", b"", of=FETCH, when=rb"\* 2 FETCH"))
def test_flags_are_exactly_those_that_are_set(mailbox: Mailbox) -> None:
    """STORE other flags in each of four messages, in one of them none, FETCH FLAGS: these, and perhaps Recent."""
    wanted = {1: "", 2: "\\Flagged", 3: "\\Answered \\Deleted", 4: "\\Seen \\Draft \\Flagged"}
    mailbox.fill(4).permits("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
    with mailbox.dial.dialler.straight():
        for number, flags in wanted.items():
            mailbox.command("STORE", number, f"FLAGS.SILENT ({flags})").ok()
    assert mailbox.every_flag() == {n: frozenset(flags.lower().encode().split()) for n, flags in wanted.items()}


@verifies("RFC3501-6.4.5-02", refuted_by=rewrite(rb"RFC822.SIZE ", b"RFC822.SIZE 1", of=FETCH, when=RESPONSE, after=3))
def test_items_but_flags_never_change(dial: ImapDial) -> None:
    """FETCH all static items of three messages, change flags, FETCH them again, and in another session: equal values."""
    mailbox = dial.mailbox(*(case(name).specimen for name in ("all-members", "alternative", "forwarded")))
    before = _static(mailbox)
    mailbox.flag("1:2", "\\Seen \\Flagged \\Answered")
    assert _static(mailbox) == before
    assert _static(mailbox.beside()) == before


def _static(mailbox: Mailbox) -> dict[int, dict[bytes, Any]]:
    fetched = mailbox.command(f"FETCH 1:* {STATIC}").ok().fetched
    return {number: {name: found.get(name) for name in STATICS} for number, found in fetched.items()}


@verifies("RFC3501-6.4.5-48", refuted_by=rewrite(rb"UID (\d+)", rb"UID 9\1", of=rb"FETCH .*"))
def test_the_uid_is_that_of_the_message(mailbox: Mailbox) -> None:
    """FETCH 3 (UID), then UID FETCH of that UID with the subject: message 3."""
    uid = mailbox.fill(4).fetch(3, "(UID)").get(b"UID")
    fetched = mailbox.command(f"UID FETCH {uid} (ENVELOPE)").ok().fetched
    assert _with(fetched, b"ENVELOPE") == [3]
    assert fetched[3].get(b"ENVELOPE").subject == b"message 3"


@verifies("RFC3501-6.4.5-43", refuted_by=rewrite(rb'INTERNALDATE "([ \d]\d-\w+)-\d\d', rb'INTERNALDATE "\1-', of=FETCH))
def test_the_internal_date_has_its_fixed_form(dial: ImapDial) -> None:
    """Append with dates of one and two digits of the day, FETCH INTERNALDATE: dd-Mon-yyyy hh:mm:ss +zzzz."""
    session = dial.login()
    mailbox = Mailbox(dial, session, dial.create(session))
    for date in (" 1-Feb-1994 21:52:25 -0800", "31-Dec-1999 03:00:00 +0530", "10-Oct-2010 10:10:10 +0000"):
        mailbox.append(date=date)
    mailbox.select()
    told = {n: f.get(b"INTERNALDATE") for n, f in mailbox.command("FETCH 1:3 (INTERNALDATE)").ok().fetched.items()}
    assert {
        number: date for number, date in told.items() if not re.fullmatch(DATE_TIME, date or b"", re.IGNORECASE)
    } == {}
    assert sorted(told) == [1, 2, 3]


@verifies("RFC3501-6.4.5-47", refuted_by=rewrite(rb"RFC822.SIZE (\d+)(\d)", rb"RFC822.SIZE \2\1", of=FETCH))
def test_the_size_of_every_message_is_the_length_of_its_text(dial: ImapDial) -> None:
    """FETCH RFC822.SIZE of every message of the corpus: the number of octets that BODY[] has."""
    shelf = Shelf(dial)
    sizes = {name: found.get(b"RFC822.SIZE") for name, found in shelf.fetch("(RFC822.SIZE)").items()}
    assert sizes == {name: mime.size(entity) for name, entity in shelf.entities().items()}


def _forms(dial: ImapDial, item: str, section: str) -> tuple[dict[str, bytes | None], dict[str, bytes | None]]:
    """What an item and what the section that it stands for bring of every message."""
    shelf = Shelf(dial)
    old, new = shelf.fetch(f"({item})"), shelf.fetch(f"(BODY.PEEK[{section}])")
    return (
        {name: (found.get(item.encode()) or b"") if item.encode() in found else None for name, found in old.items()},
        {name: text_of(found, section) for name, found in new.items()},
    )


@verifies("RFC3501-6.4.5-44", refuted_by=forward(rb"\1RFC822.TEXT\2", of=rb"(FETCH .*)RFC822(\))"))
def test_rfc822_brings_the_whole_message(dial: ImapDial) -> None:
    """FETCH RFC822 and BODY.PEEK[] of every message of the corpus: equal octets, under the name RFC822."""
    old, new = _forms(dial, "RFC822", "")
    assert old == new


@verifies("RFC3501-6.4.5-45", refuted_by=rewrite(rb"\r\n\Z", b"", of=rb"FETCH .*RFC822\.HEADER.*"))
def test_rfc822_header_brings_the_header(dial: ImapDial) -> None:
    """FETCH RFC822.HEADER and BODY.PEEK[HEADER] of every message of the corpus: equal octets, under the name RFC822.HEADER."""
    old, new = _forms(dial, "RFC822.HEADER", "HEADER")
    assert old == new


@verifies("RFC3501-6.4.5-46", refuted_by=rewrite(rb"RFC822\.TEXT", b"BODY[TEXT]", of=FETCH))
def test_rfc822_text_brings_the_text(dial: ImapDial) -> None:
    """FETCH RFC822.TEXT and BODY.PEEK[TEXT] of every message of the corpus: equal octets, under the name RFC822.TEXT."""
    old, new = _forms(dial, "RFC822.TEXT", "TEXT")
    assert old == new
