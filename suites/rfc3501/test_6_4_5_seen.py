r"""RFC 3501 section 6.4.5: which data items of FETCH set \Seen, and which do not."""

from __future__ import annotations

import pytest

from conformance import Mailbox, forward, rewrite, verifies

SECTIONS = ("[]", "[TEXT]", "[HEADER]", "[HEADER.FIELDS (SUBJECT)]", "[HEADER.FIELDS.NOT (SUBJECT)]", "[1]", "[]<0.5>")
IDS = ("whole", "text", "header", "fields", "other-fields", "part", "partial")
HARMLESS = (
    "BODY", "BODYSTRUCTURE", "ENVELOPE", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "UID", "ALL", "FAST", "FULL",
    "RFC822.HEADER",
)  # fmt: skip
SEEN = b"\\seen"


def _two(mailbox: Mailbox) -> Mailbox:
    return mailbox.fill(2).permits("\\Seen")


@verifies("RFC3501-6.4.5-34", refuted_by=forward(rb"\1BODY.PEEK[\2", of=rb"(FETCH 2 )BODY\[(.*)"))
@pytest.mark.parametrize("section", SECTIONS, ids=IDS)
def test_body_with_a_section_sets_seen(mailbox: Mailbox, section: str) -> None:
    r"""FETCH 2 BODY[...] of an unseen message, then FETCH FLAGS: the second message has \Seen, the first has not."""
    _two(mailbox).command("FETCH 2", f"BODY{section}").ok()
    assert [SEEN in mailbox.flags(number) for number in (1, 2)] == [False, True]


@verifies("RFC3501-6.4.5-34", refuted_by=forward(rb"\1BODY.PEEK[\2", of=rb"(.*FETCH .*)BODY\[(.*)"))
def test_what_a_fetch_has_set_seen_lasts(mailbox: Mailbox) -> None:
    r"""UID FETCH BODY[TEXT] of the first and FETCH BODY[] of the third message, SELECT again: both have \Seen."""
    uids = mailbox.fill(3).permits("\\Seen").uids()
    mailbox.command("UID FETCH", uids[0], "(UID BODY[TEXT])").ok()
    mailbox.command("FETCH 3 (FLAGS BODY[])").ok()
    mailbox.select()
    assert [SEEN in mailbox.flags(number) for number in (1, 2, 3)] == [True, False, True]


@verifies("RFC3501-6.3.2-04", refuted_by=forward(rb"SELECT\1", of=rb"EXAMINE(.*)"))
def test_no_fetch_sets_seen_in_a_mailbox_opened_read_only(mailbox: Mailbox) -> None:
    r"""EXAMINE, FETCH BODY[] and RFC822: another session that selects the mailbox does not find \Seen."""
    _two(mailbox).select(read_only=True)
    mailbox.command("FETCH 1 BODY[]").ok()
    mailbox.command("FETCH 2 RFC822").ok()
    assert not any(SEEN in flags for flags in mailbox.beside().every_flag().values())


@verifies("RFC3501-6.4.5-35", refuted_by=rewrite(rb"\\Seen ?", b"", of=rb"FETCH 1 .*"))
def test_a_fetch_that_sets_seen_tells_the_flags(mailbox: Mailbox) -> None:
    r"""FETCH BODY[TEXT] of an unseen message: a FETCH response with FLAGS and \Seen comes as well."""
    fetched = _two(mailbox).command("FETCH 1 BODY[TEXT]").ok()
    assert SEEN in (fetched.flags(1) or ())


@verifies("RFC3501-6.4.5-36", refuted_by=forward(rb"\1BODY[\2", of=rb"(FETCH 1 )BODY.PEEK\[(.*)"))
@pytest.mark.parametrize("section", SECTIONS, ids=IDS)
def test_body_peek_does_not_set_seen(mailbox: Mailbox, section: str) -> None:
    r"""FETCH 1 BODY.PEEK[...] of an unseen message, then FETCH FLAGS: no \Seen."""
    fetched = _two(mailbox).command("FETCH 1", f"BODY.PEEK{section}").ok()
    assert SEEN not in (fetched.flags(1) or ())
    assert SEEN not in mailbox.flags(1)


@verifies("RFC3501-6.4.5-40", "RFC3501-6.4.5-45", refuted_by=forward(rb"FETCH 1 RFC822", of=rb"FETCH 1 (?!FLAGS).*"))
def test_items_that_describe_a_message_do_not_set_seen(mailbox: Mailbox) -> None:
    r"""FETCH each item and macro that tells of a message without its text, then FETCH FLAGS: no \Seen."""
    _two(mailbox)
    for item in HARMLESS:
        mailbox.command("FETCH 1", item).ok()
    assert SEEN not in mailbox.flags(1)


@verifies("RFC3501-6.4.5-44", refuted_by=forward(rb"FETCH 2 BODY.PEEK[]", of=rb"FETCH 2 RFC822"))
def test_rfc822_sets_seen(mailbox: Mailbox) -> None:
    r"""FETCH 2 RFC822 of an unseen message, then FETCH FLAGS: the second message has \Seen, the first has not."""
    _two(mailbox).command("FETCH 2 RFC822").ok()
    assert [SEEN in mailbox.flags(number) for number in (1, 2)] == [False, True]


@verifies("RFC3501-6.4.5-46", refuted_by=forward(rb"FETCH 2 BODY.PEEK[TEXT]", of=rb"FETCH 2 RFC822.TEXT"))
def test_rfc822_text_sets_seen(mailbox: Mailbox) -> None:
    r"""FETCH 2 RFC822.TEXT of an unseen message, then FETCH FLAGS: the second message has \Seen, the first has not."""
    _two(mailbox).command("FETCH 2 RFC822.TEXT").ok()
    assert [SEEN in mailbox.flags(number) for number in (1, 2)] == [False, True]


@verifies("RFC3501-6.4.5-45", refuted_by=forward(rb"FETCH 1 RFC822", of=rb"FETCH 1 RFC822.HEADER"))
def test_rfc822_header_does_not_set_seen(mailbox: Mailbox) -> None:
    r"""FETCH 1 RFC822.HEADER of an unseen message, then FETCH FLAGS: no \Seen."""
    _two(mailbox).command("FETCH 1 RFC822.HEADER").ok()
    assert SEEN not in mailbox.flags(1)


@verifies("RFC3501-6.4.5-42", refuted_by=rewrite(rb"\\Answered ?", b"", of=rb"FETCH 1:4 .*"))
def test_fetch_tells_the_flags_of_each_message(mailbox: Mailbox) -> None:
    r"""Four messages, each with flags of its own: FETCH 1:4 FLAGS tells just those."""
    given = ("", "\\Answered", "\\Flagged \\Draft", "\\Seen \\Answered \\Deleted")
    mailbox.fill(4).permits("\\Answered", "\\Flagged", "\\Draft", "\\Seen", "\\Deleted")
    for number, flags in enumerate(given, 1):
        if flags:
            mailbox.flag(number, flags)
    told = mailbox.command("FETCH 1:4 FLAGS").ok()
    system = frozenset(b" ".join(flags.lower().encode() for flags in given).split())
    shown = [told.flags(number) for number in range(1, 5)]
    assert [f if f is None else f & system for f in shown] == [frozenset(f.lower().encode().split()) for f in given]
