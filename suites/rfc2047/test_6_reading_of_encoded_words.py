"""RFC 2047 section 6: encoded words, right and wrong ones, as ENVELOPE shows them."""

from __future__ import annotations

from conformance import ImapDial, rewrite, verifies
from conformance.checks_formats import format_shelf, misaddressed
from conformance.models.corpus_formats import WRONG_WORDS
from conformance.models.formats import WRONG_WORDS_NAME
from conformance.wire.imap_body import Envelope

FETCH = rb"FETCH .*ENVELOPE.*"


@verifies("RFC2047-6.1-01", refuted_by=rewrite(rb'NIL "two"', b'NIL "d"', of=FETCH))
def test_what_encoded_words_stand_for_is_no_syntax(dial: ImapDial) -> None:
    """FETCH ENVELOPE of names that are encoded words for commas, brackets, quotes and at signs: one mailbox for each."""
    assert misaddressed(dial, "encoded-specials") == []


@verifies("RFC2047-6.3-01", refuted_by=rewrite(rb"=\?utf-8\?z\?abc\?=", b"abc", of=FETCH))
def test_wrong_encoded_words_stay_as_they_are(dial: ImapDial) -> None:
    """Append a Subject of words that are unfinished, too long, of no known charset or encoding: all of them in ENVELOPE."""
    shelf = format_shelf(dial)
    shown = shelf.fetch("(ENVELOPE)", WRONG_WORDS_NAME)[WRONG_WORDS_NAME].get(b"ENVELOPE")
    assert isinstance(shown, Envelope)
    assert (shown.subject or b"").split() == list(WRONG_WORDS)
