"""RFC 3501 sections 2.3.5 and 7.4.2: ENVELOPE.

Every envelope is held against what the oracle reads in the text that BODY[] gives of the same message, with the
latitude that the RFCs leave: see `conformance.models.mime_agreement`.
"""

from __future__ import annotations

from conformance import ImapDial, Mailbox, answer, rewrite, rewrite_raw, verifies
from conformance.models import mime
from conformance.models.corpus import case
from conformance.models.mime_agreement import differences
from conformance.models.shelf import Shelf
from conformance.wire.imap_body import Envelope
from conformance.wire.imap_values import Fetch

FETCH = rb"FETCH .*ENVELOPE.*"
ADDRESS = rb'(\(\((?:NIL|"[^"]*") NIL "[^"]*" "[^"]*"\)\))'
LISTS = ("from_", "sender", "reply_to", "to", "cc", "bcc")
TEXTS = ("date", "subject", "in_reply_to", "message_id")


def _unlike(dial: ImapDial, *names: str, members: tuple[str, ...] = (*TEXTS, *LISTS)) -> dict[str, tuple[str, ...]]:
    """Message -> what is wrong in these members of its ENVELOPE, of those messages of which something is."""
    shelf = Shelf(dial)
    fetched, entities = shelf.fetch("(ENVELOPE)", *names), shelf.entities(*names)
    places = ("envelope:", *(f"envelope.{member.strip('_')}" for member in members))
    found = {name: differences(mime.envelope(entities[name]), fetched[name].get(b"ENVELOPE")) for name in fetched}
    wrong = {name: tuple(one for one in some if one.startswith(places)) for name, some in found.items()}
    return {name: some for name, some in wrong.items() if some}


@verifies("RFC3501-6.4.5-41", refuted_by=answer(b"<tag> NO cannot parse that\r\n", of=FETCH))
def test_the_envelope_is_the_parsed_header_of_each_message(dial: ImapDial) -> None:
    """FETCH ENVELOPE of every message of the corpus: all ten members say what the header says."""
    assert _unlike(dial) == {}


@verifies("RFC3501-7.4.2-21", refuted_by=rewrite(ADDRESS + rb" " + ADDRESS + rb"(?= )", rb"\2 \1", of=FETCH))
def test_the_members_of_an_envelope_stand_in_their_order(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with all ten fields, each of them different: each value in its own place."""
    assert _unlike(dial, "all-members") == {}


@verifies("RFC3501-7.4.2-22", refuted_by=rewrite(rb'("Ann Author") NIL ("ann")', rb"\2 NIL \1", of=FETCH))
def test_the_members_of_an_address_stand_in_their_order(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages with addresses of every form: name, NIL for no source route, mailbox and host."""
    names = ("all-members", "plain", "domain-literal", "dotted-phrase", "two-reply-to")
    assert _unlike(dial, *names, members=LISTS) == {}


@verifies("RFC3501-7.4.2-23", refuted_by=rewrite(rb"\(NIL NIL NIL NIL\)", b"", of=FETCH))
def test_a_group_is_marked_at_its_start_and_its_end(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages to groups: (NIL NIL name NIL), the members, (NIL NIL NIL NIL); an empty group as well."""
    assert _unlike(dial, "group", "group-of-words", "empty-group", members=("to",)) == {}


@verifies("RFC3501-7.4.2-25", "RFC3501-4.5-01", refuted_by=rewrite(rb'("[^"]*") NIL (\(\()', rb'\1 "" \2', of=FETCH))
def test_a_text_field_that_is_absent_is_nil(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages without Subject, In-Reply-To and Message-ID: NIL for what the header does not have."""
    shelf = Shelf(dial)
    fetched = shelf.fetch("(ENVELOPE)", "absent-fields", "no-message-id", "plain")
    absent = {name: _envelope(found) for name, found in fetched.items()}
    assert absent["absent-fields"].subject is None
    assert [envelope.in_reply_to for envelope in absent.values()] == [None, None, None]
    assert absent["no-message-id"].message_id is None


@verifies(
    "RFC3501-7.4.2-26", refuted_by=rewrite(rb'ENVELOPE \(("[^"]*") (?:NIL|"")', rb'ENVELOPE (\1 "(none)"', of=FETCH)
)
def test_a_text_field_that_is_empty_is_empty_or_nil(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with an empty Subject: the empty string, or NIL as some servers do."""
    fetched = Shelf(dial).fetch("(ENVELOPE)", "empty-fields")["empty-fields"]
    assert not _envelope(fetched).subject


@verifies("RFC3501-7.4.2-27", refuted_by=rewrite(rb" NIL (?=NIL NIL)", rb' ((NIL NIL "" "")) ', of=FETCH))
def test_an_address_field_that_is_absent_or_empty_is_nil(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages without To, Cc and Bcc and with empty ones: NIL for each."""
    fetched = Shelf(dial).fetch("(ENVELOPE)", "absent-fields", "empty-fields")
    lists = {name: (_envelope(found).to, _envelope(found).cc, _envelope(found).bcc) for name, found in fetched.items()}
    assert lists == dict.fromkeys(lists, (None, None, None))


@verifies(
    "RFC3501-7.4.2-28", refuted_by=rewrite(rb"(ENVELOPE \(.*?)" + ADDRESS + rb" \2 \2", rb"\1\2 NIL NIL", of=FETCH)
)
def test_sender_and_reply_to_stand_for_from_where_they_are_not_there(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages without Sender and Reply-To, with empty ones, and with their own: From, or their own."""
    names = ("plain", "absent-fields", "empty-fields", "all-members", "several-authors", "two-reply-to")
    assert _unlike(dial, *names, members=("from_", "sender", "reply_to")) == {}


@verifies("RFC3501-7.4.2-29", "RFC5322-3.2.4-01", refuted_by=rewrite(rb'"Doe, Jane"', rb'"\\"Doe, Jane\\""', of=FETCH))
def test_names_and_local_parts_go_without_their_quoting(dial: ImapDial) -> None:
    """FETCH ENVELOPE where quoted strings are names and local parts: their content, without the quotes around them."""
    assert _unlike(dial, "quoted-name", "quoted-local-part", members=LISTS) == {}


@verifies("RFC3501-7.4.2-30", "RFC2047-6.1-02", refuted_by=rewrite(rb"=\?ISO-8859-1\?Q\?J=F6rg\?=", b"Joerg", of=FETCH))
def test_encoded_words_stay_encoded(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with encoded words in Subject and From: the encoded words as they stand there."""
    assert _unlike(dial, "encoded-words") == {}


@verifies(
    "RFC3501-7.4.2-31",
    "RFC5322-3.2.2-01",
    refuted_by=rewrite(rb'"mailconform.invalid"', b'"mailconform.invalid (Ann Author)"', of=FETCH),
)
def test_comments_are_no_part_of_an_address(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message from `ann@mailconform.invalid (Ann Author)`: mailbox and host without the comment."""
    assert _unlike(dial, "comment-behind-address", members=LISTS) == {}


@verifies(
    "RFC3501-7.4.2-32", "RFC5322-2.2.3-01", refuted_by=rewrite(rb"folded[ \t]+once", b"folded\r\n once", of=FETCH)
)
def test_folded_fields_are_unfolded(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages with folded fields: their whole text, and no CR or LF in it."""
    names = ("folded-fields", "folded-before-the-text")
    assert _unlike(dial, *names) == {}
    fetched = Shelf(dial).fetch("(ENVELOPE)", *names)
    subjects = {name: bytes(_envelope(found).subject or b"") for name, found in fetched.items()}
    assert {name: subject for name, subject in subjects.items() if b"\r" in subject or b"\n" in subject} == {}


@verifies("RFC3501-7.4.2-33", refuted_by=rewrite(rb'(\("Three" NIL "three" "mailconform.invalid"\))', b"", of=FETCH))
def test_every_address_of_a_field_comes(dial: ImapDial) -> None:
    """FETCH ENVELOPE of messages with two authors, three recipients, and two hundred: all of them, in their order."""
    names = ("several-authors", "two-reply-to", "folded-fields", "many-recipients", "all-members")
    assert _unlike(dial, *names, members=LISTS) == {}


@verifies("RFC3501-7.4.2-36", "RFC5322-1.2.2-01", refuted_by=rewrite(rb'"letters"', b"NIL", of=FETCH))
def test_fields_of_an_envelope_are_found_in_any_letter_case(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with FROM, to, dAtE and SUBJECT: their values."""
    assert _unlike(dial, "names-in-other-case") == {}


@verifies("RFC3501-4.5-03", refuted_by=rewrite(rb'"NIL"', b"NIL", of=FETCH))
def test_a_text_that_reads_nil_is_a_string(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with `Subject: NIL` from somebody called NIL: strings of three letters."""
    envelope = _envelope(Shelf(dial).fetch("(ENVELOPE)", "nil")["nil"])
    assert envelope.subject == b"NIL"
    assert [address.name for address in envelope.from_ or ()] == [b"NIL"]


@verifies("RFC3501-4.3-08", refuted_by=rewrite(rb'\\*"quoted\\*"', b"quoted", of=FETCH))
def test_quotes_and_backslashes_of_a_subject_come_through(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message whose Subject has quotes, a backslash and braces: the same text."""
    assert _unlike(dial, "quotes-in-subject", "quoted-name") == {}


@verifies(
    "RFC3501-7.4.2-24",
    "RFC5322-4.4-01",
    "RFC2822-4.4-01",
    refuted_by=rewrite(rb'"mailconform.invalid"', b'"one.invalid"', of=FETCH),
)
def test_a_source_route_stands_in_its_place_or_is_left_out(dial: ImapDial) -> None:
    """Append a message from <@one.invalid,@two.invalid:ann@...>, FETCH ENVELOPE: the route or NIL, mailbox and host."""
    assert _differences(dial.mailbox(case("route").specimen), "envelope.from") == ()


@verifies(
    "RFC3501-7.4.2-35",
    "RFC3501-4.3-06",
    refuted_by=rewrite_raw(rb"\{7\}\r\n(Gr[^e]*e)", rb'"\1"', of=FETCH),
)
def test_eight_bit_octets_of_a_header_are_no_quoted_string(dial: ImapDial) -> None:
    """Append a message with 8-bit octets in Subject and From, FETCH ENVELOPE: no quoted string with 8-bit octets."""
    answer = dial.mailbox(case("eight-bit-header").raw).command("FETCH 1 (ENVELOPE)").ok()
    wrong = [
        violation for reply in answer.replies for violation in reply.parsed.violations if violation.rule == "quoted"
    ]
    assert wrong == []


@verifies("RFC3501-7.4.2-37", refuted_by=rewrite(rb'"mailconform.invalid"', b'"one.invalid"', of=FETCH))
def test_an_address_field_that_stands_there_twice_gives_one_list(dial: ImapDial) -> None:
    """Append a message with two From and two To fields, FETCH ENVELOPE: a well-formed list of some of their addresses."""
    assert _differences(dial.mailbox(case("fields-twice").specimen), "envelope.to", "envelope.from") == ()


def _envelope(found: Fetch) -> Envelope:
    """The ENVELOPE that came; one of NIL alone accuses for itself."""
    got = found.get(b"ENVELOPE")
    return got if isinstance(got, Envelope) else Envelope(b"?", b"?", (), (), (), (), (), (), b"?", b"?")


def _differences(mailbox: Mailbox, *places: str) -> tuple[str, ...]:
    """What is wrong in these members of the ENVELOPE of the one message of a mailbox."""
    with mailbox.dial.dialler.straight():
        stored = mime.read(mailbox.fetch(1, "(BODY.PEEK[])").get(b"BODY[]") or b"")
    found = differences(mime.envelope(stored), mailbox.fetch(1, "(ENVELOPE)").get(b"ENVELOPE"))
    return tuple(one for one in found if one.startswith((*places, "envelope:")))
