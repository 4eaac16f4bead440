"""RFC 5322 and RFC 2822 section 4: obsolete syntax must be accepted and parsed; seen in ENVELOPE and SEARCH."""

from __future__ import annotations

import pytest

from conformance import ImapDial, Inconclusive, Mailbox, Reason, rewrite, verifies
from conformance.checks_formats import unlike_addresses
from conformance.models.corpus_formats import DATES
from conformance.models.formats import formats
from conformance.wire.imap_body import Envelope

FETCH = rb"FETCH .*ENVELOPE.*"
CURRENT = "no-type"
"""A message whose Date has nothing obsolete."""
NOT_FOUND = rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH SENTON.*")


def accepted(dial: ImapDial, *names: str) -> Mailbox:
    """A mailbox with these messages; a refusal of one is what the check accuses."""
    with dial.dialler.straight():
        session = dial.login()
        mailbox = Mailbox(dial, session, dial.create(session))
        answers = {name: session.append(mailbox.name, formats()[name].raw) for name in names}
        refused = [name for name, answer in answers.items() if answer.refused]
    assert refused == []
    with dial.dialler.straight():
        return mailbox.holding(len(names))


def unfound(dial: ImapDial, *names: str) -> list[str]:
    """The messages that SEARCH SENTON does not find on the day of their Date; that it finds a current Date is a precondition."""
    mailbox = accepted(dial, CURRENT, *names)
    with dial.dialler.straight():
        if 1 not in mailbox.command("SEARCH SENTON 21-Nov-2026").ok().found:
            raise Inconclusive(
                Reason.PRECONDITION, "SEARCH SENTON does not find Sat, 21 Nov 2026 12:00:00 +0000 either"
            )
    answers = {name: mailbox.command("SEARCH SENTON", DATES[name][1]).ok() for name in names}
    return [name for number, name in enumerate(names, 2) if number not in answers[name].found]


def unlike(dial: ImapDial, name: str) -> list[str]:
    """The members of ENVELOPE that name other mailboxes than the message."""
    return unlike_addresses(name, accepted(dial, name).fetch(1, "(ENVELOPE)").get(b"ENVELOPE"))


@verifies("RFC5322-4.1-01", "RFC2822-4-01", refuted_by=rewrite(rb'NIL "carol"', b'NIL "c.d."', of=FETCH))
def test_phrases_with_periods_are_read(dial: ImapDial) -> None:
    """FETCH ENVELOPE of `J. Q. Public <...>` and the like: one mailbox for each."""
    assert unlike(dial, "obsolete-phrase") == []


@verifies("RFC5322-4.2-01", "RFC2822-4-01", refuted_by=rewrite(rb'NIL "carol"', b'NIL ""', of=FETCH))
def test_a_line_of_white_space_alone_is_no_end_of_a_field(dial: ImapDial) -> None:
    """FETCH ENVELOPE of From and To with a line of white space alone in their folds: the mailboxes before and behind it."""
    assert unlike(dial, "obsolete-folds") == []


@verifies("RFC5322-4.3-01", "RFC2822-4.3-01", refuted_by=NOT_FOUND)
def test_years_of_two_digits_are_read(dial: ImapDial) -> None:
    """SEARCH SENTON the days that 21 Nov 97 and 21 Nov 26 are: in 1997 and in 2026."""
    assert unfound(dial, "two-digits-late", "two-digits-early") == []


@verifies("RFC5322-4.3-02", "RFC2822-4.3-01", refuted_by=NOT_FOUND)
def test_years_of_three_digits_are_read(dial: ImapDial) -> None:
    """SEARCH SENTON the day that 9 Jan 103 is: in 2003."""
    assert unfound(dial, "three-digits") == []


@verifies("RFC5322-4.3-03", "RFC2822-4.3-01", refuted_by=NOT_FOUND)
@pytest.mark.parametrize("between", ["spaces", "comments"])
def test_dates_with_something_between_their_parts_are_read(dial: ImapDial, between: str) -> None:
    """SEARCH SENTON the day of a Date with spaces and folds, or comments, around its comma and its colons."""
    assert unfound(dial, between) == []


@verifies("RFC5322-4.3-04", "RFC2822-4.3-01", refuted_by=NOT_FOUND)
def test_dates_with_zones_of_a_name_are_read(dial: ImapDial) -> None:
    """SEARCH SENTON the days of Dates in UT, EST and Z: as they are written."""
    assert unfound(dial, "zone-of-universal-time", "zone-of-the-east", "zone-of-one-letter") == []


@verifies("RFC5322-4.3-05", refuted_by=NOT_FOUND)
def test_dates_with_an_unknown_zone_are_read(dial: ImapDial) -> None:
    """SEARCH SENTON the day of a Date in MEZ, a zone that RFC 5322 does not know: as it is written."""
    assert unfound(dial, "zone-unknown") == []


@verifies("RFC5322-4.4-03", "RFC2822-4.4-01", refuted_by=rewrite(rb'NIL "bob', b'NIL "ann', of=FETCH))
def test_addresses_with_spaces_and_comments_in_them_are_read(dial: ImapDial) -> None:
    """FETCH ENVELOPE of `ann . author @ mailconform . invalid` and one with comments and a fold: mailbox and host."""
    assert unlike(dial, "obsolete-spaces") == []


@verifies(
    "RFC5322-4.4-04", "RFC2822-4.4-01", refuted_by=rewrite(rb'(\(NIL NIL "two")', rb'(NIL NIL "" "")\1', of=FETCH)
)
def test_empty_members_of_a_list_are_none(dial: ImapDial) -> None:
    """FETCH ENVELOPE of To with commas in front, behind and in a row: its two mailboxes, and no more."""
    assert unlike(dial, "obsolete-lists") == []


@verifies("RFC5322-4.5-01", "RFC2822-4.5-01", refuted_by=rewrite(rb'"bob"', b'"recipient"', of=FETCH))
def test_white_space_in_front_of_a_colon_is_no_part_of_the_name(dial: ImapDial) -> None:
    """FETCH ENVELOPE of `From :` and `To<tab>:`: their mailboxes."""
    assert unlike(dial, "obsolete-colons") == []


@verifies("RFC5322-4.5.3-01", refuted_by=rewrite(rb'\(NIL NIL "two" "mailconform.invalid"\)', b"", of=FETCH))
def test_two_fields_to_are_one_list(dial: ImapDial) -> None:
    """FETCH ENVELOPE of a message with two To fields: the mailboxes of both, in their order."""
    assert unlike(dial, "to-twice") == []


@verifies("RFC5322-4.5.4-01", "RFC2822-4.5-01", refuted_by=rewrite(rb"<before@[^>]*>", b"Friday", of=FETCH))
def test_identifiers_among_words_are_read(dial: ImapDial) -> None:
    """FETCH ENVELOPE of In-Reply-To with words in front of its identifier: the text, or the identifier alone."""
    found = accepted(dial, "words-in-reply-to").fetch(1, "(ENVELOPE)").get(b"ENVELOPE")
    assert isinstance(found, Envelope)
    assert b"<before@mailconform.invalid>" in (found.in_reply_to or b"")
