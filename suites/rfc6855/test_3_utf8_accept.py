"""RFC 6855: names, searches and messages in UTF-8 once UTF8=ACCEPT is enabled, and without it."""

from __future__ import annotations

import pytest

from conformance import (
    Binary,
    Imap,
    ImapDial,
    Inconclusive,
    Reason,
    answer,
    astring,
    compose,
    drop,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_dialogue import split_literals

pytestmark = needs("ENABLE", "UTF8=ACCEPT")
WORD = "caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()
MODIFIED = b"caf&AOk-"
MESSAGE = compose(b"A message.\r\n").raw.replace(b"Subject: mailconform test message", b"Subject: a " + WORD)


def _enabled(dial: ImapDial) -> Imap:
    session = dial.login(fresh=True)
    session.command("ENABLE UTF8=ACCEPT").ok()
    return session


def _named(dial: ImapDial, session: Imap) -> bytes:
    """A mailbox whose name ends in a letter beyond ASCII."""
    name = dial.name() + WORD
    session.command("CREATE", quoted(name)).ok()
    return name


def _append(session: Imap, name: bytes) -> Answer:
    return session.command("APPEND", quoted(name), "(\\Seen) UTF8", "(", Binary(MESSAGE), ")")


def _eight_bit(told: Answer) -> bool:
    """Whether an untagged response has an octet above 127 outside its literals."""
    texts = [text for reply in told.replies if not reply.final for text in split_literals(reply.raw)[::2]]
    return any(octet > 127 for text in texts for octet in text)


@verifies("RFC6855-3-01", "RFC6855-8-01", refuted_by=drop(of=rb"ENABLE .*", when=rb"\* ENABLED"))
def test_utf8_is_enabled_where_it_is_announced(dial: ImapDial) -> None:
    """ENABLE UTF8=ACCEPT: OK, and ENABLED names it."""
    enabled = dial.login(fresh=True).command("ENABLE UTF8=ACCEPT")
    assert enabled.is_ok
    assert b"UTF8=ACCEPT" in [name.upper() for response in enabled.all("ENABLED") for name in response.data]


# Names


@verifies("RFC6855-3-02", "RFC6855-7-01", refuted_by=rewrite(rb"&AOk-", b"\xc3\xa9", of=rb"(LIST|LSUB|STATUS) .*"))
def test_no_octet_above_127_is_sent_outside_literals_unless_enabled(dial: ImapDial) -> None:
    """LIST, LSUB, STATUS of such a mailbox, FETCH of its message, without ENABLE: 7-bit but for literals."""
    writer, reader = _enabled(dial), dial.login(fresh=True)
    name = _named(dial, writer)
    seen = name.removesuffix(WORD) + MODIFIED
    _append(writer, name).ok()
    writer.command("SUBSCRIBE", quoted(name)).ok()
    reader.command("SELECT", astring(seen)).ok()
    asked = (("LIST", '""', astring(seen)), ("LSUB", '""', astring(seen)), ("STATUS", astring(seen), "(MESSAGES)"))
    for words in (*asked, ("FETCH 1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")):
        assert not _eight_bit(reader.command(*words).ok())


@verifies("RFC6855-3-05", refuted_by=rewrite(rb"&AOk-", b"&AOg-", of=rb"LIST .*"))
def test_a_name_in_utf8_is_shown_to_others_in_modified_utf7(dial: ImapDial) -> None:
    """CREATE of a name in UTF-8, LIST in a session without ENABLE: its modified UTF-7; STATUS by that name: OK."""
    name = _named(dial, _enabled(dial))
    seen = name.removesuffix(WORD) + MODIFIED
    other = dial.login(fresh=True)
    assert seen in other.command('LIST ""', astring(name.removesuffix(WORD) + b"*")).ok().listed
    assert other.command("STATUS", astring(seen), "(MESSAGES)").is_ok


@verifies(
    "RFC6855-3-05", refuted_by=say(b"<tag> NO no such name\r\n", of=rb"(SELECT|STATUS|SUBSCRIBE) .*[\x80-\xff].*")
)
def test_a_name_in_utf8_is_taken_by_every_command(dial: ImapDial) -> None:
    """CREATE of a name in UTF-8, then SELECT, STATUS, SUBSCRIBE, UNSUBSCRIBE and LIST with it: OK, and LIST has it."""
    session = _enabled(dial)
    name = _named(dial, session)
    for command, items in (("SUBSCRIBE", ""), ("UNSUBSCRIBE", ""), ("STATUS", "(MESSAGES)"), ("SELECT", "")):
        assert session.command(command, quoted(name), *([items] if items else [])).is_ok
    assert name in session.command('LIST ""', quoted(name)).ok().listed


# Searching


@verifies("RFC6855-3-03", refuted_by=say(b"<tag> BAD 8-bit\r\n", of=rb"(SEARCH|CREATE) .*[\x80-\xff].*"))
def test_utf8_is_taken_in_quoted_strings_once_enabled(dial: ImapDial) -> None:
    """SEARCH with a quoted string in UTF-8: OK; CREATE of such a name: not BAD."""
    session = _enabled(dial)
    session.command("SELECT", astring(dial.create(session))).ok()
    assert session.command("SEARCH SUBJECT", quoted(WORD)).is_ok
    assert not session.command("CREATE", quoted(dial.name() + WORD)).is_bad


@verifies("RFC6855-3-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"SEARCH .*[\x80-\xff].*"))
@pytest.mark.parametrize("octets", [b"\xc3(", b"\xc0\xaf", b"\xff", b"caf\xe9"])
def test_octets_that_are_no_utf8_are_refused(dial: ImapDial, octets: bytes) -> None:
    """SEARCH with a quoted string that is cut short, overlong, of octets that never occur, in ISO 8859-1: refused."""
    session = _enabled(dial)
    session.command("SELECT", astring(dial.create(session))).ok()
    asked = session.command("SEARCH SUBJECT", quoted(octets))
    session.must_be_alive()
    assert asked.refused


@verifies("RFC6855-3-07", refuted_by=say(b"<tag> OK done\r\n", of=rb"SEARCH CHARSET .*"))
def test_a_charset_in_search_is_refused_once_enabled(dial: ImapDial) -> None:
    """SEARCH CHARSET UTF-8: refused."""
    session = _enabled(dial)
    session.command("SELECT", astring(dial.create(session))).ok()
    asked = session.command("SEARCH CHARSET UTF-8 SUBJECT abc")
    session.must_be_alive()
    assert asked.refused


@verifies("RFC6855-3-08", refuted_by=answer(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH .*"))
def test_text_in_utf8_is_found_without_a_charset(dial: ImapDial) -> None:
    """SEARCH SUBJECT with a word in UTF-8, two of three messages with it, one encoded, one as it is: these."""
    session = _enabled(dial)
    name = dial.create(session)
    encoded = MESSAGE.replace(WORD, b"=?utf-8?q?caf=C3=A9?=")
    for message in (encoded, compose(b"Another.\r\n").raw):
        session.append(name, message).ok()
    _append(session, name).ok()
    session.command("SELECT", astring(name)).ok()
    found = session.command("SEARCH SUBJECT", quoted(WORD)).ok()
    assert set(found.found) == {1, 3}


# Messages


@verifies("RFC6855-4-01", refuted_by=say(b"<tag> BAD no UTF8\r\n", of=rb"APPEND .*"))
def test_a_message_in_utf8_is_appended_once_enabled(dial: ImapDial) -> None:
    """APPEND with UTF8 (~{n}) of a message whose subject is in UTF-8: OK, and FETCH brings its octets."""
    session = _enabled(dial)
    name = dial.create(session)
    assert _append(session, name).is_ok
    session.command("SELECT", astring(name)).ok()
    fetched = session.command("FETCH 1 BODY.PEEK[]").ok().fetched
    assert 1 in fetched
    assert fetched[1].get(b"BODY[]") == MESSAGE


@verifies("RFC6855-4-03", refuted_by=rewrite(rb"caf\xc3\xa9", b"caf?", of=rb"FETCH .*"))
def test_header_data_is_sent_in_utf8_once_enabled(dial: ImapDial) -> None:
    """APPEND a message whose subject is in UTF-8, FETCH ENVELOPE and the field: the subject in UTF-8."""
    session = _enabled(dial)
    name = dial.create(session)
    _append(session, name).ok()
    session.command("SELECT", astring(name)).ok()
    fetched = session.command("FETCH 1 (ENVELOPE BODY.PEEK[HEADER.FIELDS (SUBJECT)])").ok().fetched
    if 1 not in fetched:
        raise Inconclusive(Reason.PRECONDITION, "FETCH brought nothing")
    assert fetched[1].get(b"ENVELOPE").subject == b"a " + WORD
    assert WORD in (fetched[1].get(b"BODY[HEADER.FIELDS (SUBJECT)]") or b"")
