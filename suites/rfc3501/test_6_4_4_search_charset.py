"""RFC 3501 section 6.4.4: CHARSET in SEARCH, and what is decoded before it is compared.

Support for a charset other than US-ASCII is the server's choice: NO to UTF-8 leaves nothing to judge.
"""

from __future__ import annotations

from conformance import ImapDial, Mailbox, NotSupported, Sync, compose, forward, rewrite, verifies
from conformance.models.shown import Shown, sample
from conformance.sessions.imap_answer import Answer
from conformance.wire.search_program import Key

UTF_8 = b"UTF-8"


def _in_utf_8(dial: ImapDial) -> Shown:
    held = sample(dial)
    with dial.dialler.straight():
        if held.mailbox.command("SEARCH CHARSET UTF-8 SUBJECT", Sync("süß".encode())).is_no:
            raise NotSupported("SEARCH CHARSET UTF-8 is answered NO")
    return held


def _unheard_of(mailbox: Mailbox) -> Answer:
    return mailbox.command("SEARCH CHARSET X-MAILCONFORM-NONE TEXT", Sync(b"apple"))


@verifies(
    "RFC3501-6.4.4-05", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 NO [BADCHARSET (UTF-8)] no", of=rb"SEARCH CHARSET.*")
)
def test_search_takes_us_ascii_as_charset(dial: ImapDial) -> None:
    """SEARCH CHARSET US-ASCII, in either letter case and quoted: answered OK, with what is found without it."""
    held = sample(dial)
    for charset in (b"US-ASCII", b"us-ascii", b'"US-ASCII"'):
        answer = held.mailbox.command("SEARCH CHARSET", charset, 'SUBJECT "apple"')
        plain = held.mailbox.command('SEARCH SUBJECT "apple"').ok()
        assert answer.is_ok
        assert sorted(answer.found) == sorted(plain.found)


@verifies(
    "RFC3501-6.4.4-06", refuted_by=rewrite(rb"^(\S+) NO.*", rb"\1 BAD unknown charset", of=rb"SEARCH CHARSET X.*")
)
def test_a_charset_that_nobody_knows_is_refused_with_no(dial: ImapDial) -> None:
    """SEARCH CHARSET with an invented name, the string as a literal: NO."""
    assert _unheard_of(sample(dial).mailbox).is_no


@verifies("RFC3501-6.4.4-07", refuted_by=rewrite(rb"\[BADCHARSET[^\]]*\] ?", b"", of=rb"SEARCH CHARSET X.*"))
def test_the_no_to_an_unknown_charset_has_the_code_badcharset(dial: ImapDial) -> None:
    """SEARCH CHARSET with an invented name: the NO has the response code BADCHARSET."""
    answer = _unheard_of(sample(dial).mailbox)
    if not answer.is_no:
        raise NotSupported("an unknown charset is not answered NO")
    assert b"BADCHARSET" in answer.codes


@verifies(
    "RFC3501-6.4.4-08",
    refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 NO [BADCHARSET (UTF-8)] no", of=rb'SEARCH CHARSET "?(?!X-).*'),
)
def test_each_charset_of_badcharset_is_taken(dial: ImapDial) -> None:
    """SEARCH with each charset that BADCHARSET lists: OK."""
    mailbox = sample(dial).mailbox
    listed = _unheard_of(mailbox).codes.get(b"BADCHARSET") or ()
    if not listed:
        raise NotSupported("no charsets are listed")
    for charset in listed[:20]:
        assert mailbox.command("SEARCH CHARSET", b'"%b"' % bytes(charset), "SEEN").is_ok


@verifies("RFC3501-6.4.4-09", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH CHARSET UTF-8 BODY.*"))
def test_transfer_encodings_are_decoded_before_a_body_is_compared(dial: ImapDial) -> None:
    """SEARCH CHARSET UTF-8 BODY for texts in quoted-printable, base64 and 8bit: their messages, and not the encoded text's."""
    held = _in_utf_8(dial)
    texts = ("süße Birne", "Birne fällt", "vom Baum", "Obst ist süß", "gooseberry", "Mirabelle", "nirgends süß")
    for text in texts:
        assert not held.wrong_as(Key(b"BODY", (text.encode(),)), b"BODY", Sync(text.encode()), charset=UTF_8)


@verifies("RFC3501-6.4.4-09", refuted_by=rewrite(rb"^(\* SEARCH) \d+", rb"\1", of=rb"SEARCH CHARSET UTF-8 BODY.*"))
def test_a_body_in_another_charset_is_found_by_what_it_says(mailbox: Mailbox) -> None:
    """Bodies in ISO-8859-1 (quoted-printable) and UTF-8 (base64) with one word: CHARSET UTF-8 BODY finds both, not the third."""
    latin = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    utf_8 = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    mailbox.append(compose(b"Die K=F6nigin kam.\r\n", latin, subject="latin"))
    mailbox.append(compose(b"RGllIEvDtm5pZ2luIGdpbmcuDQo=\r\n", utf_8, subject="utf-8"))
    mailbox.append(compose(b"The queen stayed.\r\n", subject="neither"))
    mailbox.select()
    answer = mailbox.command("SEARCH CHARSET UTF-8 BODY", Sync("Königin".encode()))
    if answer.is_no:
        raise NotSupported("SEARCH CHARSET UTF-8 is answered NO")
    assert sorted(answer.ok().found) == [1, 2]


@verifies("RFC3501-6.4.4-10", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH CHARSET UTF-8 SUBJECT.*"))
def test_encoded_words_are_decoded_before_a_field_is_compared(dial: ImapDial) -> None:
    """SEARCH CHARSET UTF-8 SUBJECT, FROM and HEADER for encoded words in UTF-8 and ISO-8859-1, B and Q: their messages."""
    held = _in_utf_8(dial)
    pairs = (
        (b"SUBJECT", "Rüben"),
        (b"SUBJECT", "Kraut"),
        (b"SUBJECT", "Rüben und"),
        (b"FROM", "Müller"),
        (b"FROM", "Jörg"),
    )
    for name, text in pairs:
        assert not held.wrong_as(Key(name, (text.encode(),)), name, Sync(text.encode()), charset=UTF_8)
    subject = Key(b"HEADER", (b"Subject", "Rüben".encode()))
    assert not held.wrong_as(subject, b"HEADER Subject", Sync("Rüben".encode()), charset=UTF_8)


@verifies(
    "RFC3501-6.4.4-10", refuted_by=forward(rb"SEARCH CHARSET UTF-8 ALL", of=rb"SEARCH CHARSET UTF-8 SUBJECT .*apple.*")
)
def test_a_search_in_utf_8_finds_plain_text_too(dial: ImapDial) -> None:
    """SEARCH CHARSET UTF-8 for strings of ASCII in subjects, addresses and bodies: the messages that hold them."""
    held = _in_utf_8(dial)
    for name, text in (
        (b"SUBJECT", b"apple"),
        (b"FROM", b"zoe.smith"),
        (b"BODY", b"quick brown"),
        (b"TEXT", b"second note"),
    ):
        assert not held.wrong_as(Key(name, (text,)), name, b'"%b"' % text, charset=UTF_8)


@verifies("RFC3501-6.4.4-04", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD cannot read that", of=rb"SEARCH BODY.*"))
def test_a_part_that_is_no_text_is_searched_or_left_out(dial: ImapDial) -> None:
    """SEARCH BODY for words inside of a base64 part of type application: the message or nothing, and OK."""
    assert not sample(dial).wrong(Key(b"BODY", (b"kumquat",)), Key(b"TEXT", (b"kumquat",)))
