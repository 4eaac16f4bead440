"""RFC 9051 sections 2.3.2, 6.2, 6.4, 7.5 and A: what IMAP4rev2 changes in the selected state, once it is enabled."""

from __future__ import annotations

from typing import Any

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    astring,
    compose,
    forward,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.wire import sasl

pytestmark = needs("IMAP4REV2")
KEYWORDS = ("$MDNSent", "$Forwarded", "$Junk", "$NotJunk", "$Phishing")
FETCHED = rb"\* \d+ FETCH"
SEARCHES = rb"(UID )?SEARCH .*"


def _enabled(dial: ImapDial, count: int = 3) -> Mailbox:
    """A mailbox of so many messages in a session that has enabled IMAP4rev2."""
    mailbox = dial.mailbox(fresh=True).fill(count)
    mailbox.command("ENABLE IMAP4rev2").ok()
    return mailbox


def _search(mailbox: Mailbox, *words: Any) -> Any:
    """The ESEARCH data that a SEARCH brings; Inconclusive if none comes."""
    found = mailbox.command(*words).ok().data("ESEARCH")
    if found is None:
        raise Inconclusive(Reason.PRECONDITION, f"{words[0]} brought no ESEARCH response")
    return found


@verifies("RFC9051-6.2.2-01", refuted_by=say(b"<tag> NO an argument\r\n", of=rb"AUTHENTICATE .*"))
def test_authenticate_takes_an_initial_response(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with an initial response: OK."""
    account = dial.account()
    session = dial.offering("PLAIN")
    assert session.authenticate("PLAIN", initial=sasl.plain(account.user, account.password)).is_ok


@verifies("RFC9051-2.3.2-01", refuted_by=rewrite(rb" ?\$Phishing", b"", of=rb"FETCH .*", when=FETCHED))
def test_the_common_keywords_are_kept_and_found(dial: ImapDial) -> None:
    """APPEND with $MDNSent, $Forwarded, $Junk, $NotJunk and $Phishing, COPY, MOVE: all five are there, and found by SEARCH."""
    mailbox = _enabled(dial, 1).permits(*KEYWORDS)
    copied, moved = dial.create(mailbox.imap), dial.create(mailbox.imap)
    mailbox.append(compose(b"With keywords.\r\n"), " ".join(KEYWORDS))
    mailbox.select()
    mailbox.command("COPY 2", astring(copied)).ok()
    mailbox.command("MOVE 2", astring(moved)).ok()
    for name in (copied, moved):
        there = Mailbox(dial, mailbox.imap, name)
        there.select()
        assert {word.lower().encode() for word in KEYWORDS} <= there.flags(1)
        for word in KEYWORDS:
            assert _search(there, "SEARCH KEYWORD", word).get(b"ALL") == b"1"


# SEARCH


@verifies(
    "RFC9051-6.4.4-01", refuted_by=rewrite(rb"ESEARCH \(TAG [^)]*\)( UID)? ALL (\d+).*", rb"SEARCH \2", of=SEARCHES)
)
def test_search_is_answered_by_esearch(dial: ImapDial) -> None:
    """SEARCH and UID SEARCH without RETURN: ESEARCH with the command's tag and ALL, no SEARCH response."""
    mailbox = _enabled(dial)
    for command, numbers in (("SEARCH", [1, 2, 3]), ("UID SEARCH", mailbox.uids())):
        tag = mailbox.imap.begin(command, "ALL")
        found = mailbox.imap.finish(tag).ok()
        assert not found.all("SEARCH")
        assert [response.data.tag for response in found.all("ESEARCH")] == [tag]
        assert found.data("ESEARCH").uid == command.startswith("UID")
        assert _members(found.data("ESEARCH").get(b"ALL") or b"") == numbers


def _members(sequence_set: bytes) -> list[int]:
    found: set[int] = set()
    for part in filter(None, sequence_set.split(b",")):
        ends = [int(end) for end in part.split(b":")]
        found |= set(range(min(ends), max(ends) + 1))
    return sorted(found)


@verifies("RFC9051-6.4.4-02", refuted_by=say(b"<tag> NO [BADCHARSET] not UTF-8\r\n", of=rb"SEARCH CHARSET UTF-8 .*"))
def test_utf8_is_supported_in_search(dial: ImapDial) -> None:
    """SEARCH CHARSET UTF-8 for a word beyond ASCII in the subject of one of two messages: that one."""
    mailbox = _enabled(dial, 1)
    mailbox.append(compose(b"A message.\r\n", subject="=?utf-8?q?caf=C3=A9?="))
    mailbox.select()
    found = mailbox.command("SEARCH CHARSET UTF-8 SUBJECT", quoted("caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()))
    assert found.is_ok
    assert (found.data("ESEARCH").get(b"ALL") if found.data("ESEARCH") else None) == b"2"


@verifies("RFC9051-6.4.4-03", refuted_by=rewrite(rb"COUNT \d+", b"COUNT 2", of=SEARCHES))
def test_search_returns_what_it_is_asked_for(dial: ImapDial) -> None:
    """SEARCH RETURN (MIN MAX ALL COUNT) of messages 2 to 4 of five: 2, 4, the three of them, 3."""
    mailbox = _enabled(dial, 5)
    found = _search(mailbox, "SEARCH RETURN (MIN MAX ALL COUNT) 2:4")
    assert (found.get(b"MIN"), found.get(b"MAX"), found.get(b"COUNT")) == (2, 4, 3)
    assert _members(found.get(b"ALL") or b"") == [2, 3, 4]


@verifies("RFC9051-6.4.4-03", refuted_by=forward(rb"FETCH 1 \1", of=rb"FETCH \$ (.*)"))
def test_a_search_result_can_be_saved_and_used(dial: ImapDial) -> None:
    """SEARCH RETURN (SAVE) of messages 2 and 4 of five, FETCH $: these two."""
    mailbox = _enabled(dial, 5)
    assert mailbox.command("SEARCH RETURN (SAVE) 2,4").is_ok
    fetched = mailbox.command("FETCH $ (UID)")
    assert fetched.is_ok
    assert sorted(fetched.fetched) == [2, 4]


@verifies(
    "RFC9051-6.4.4-04", refuted_by=answer(b'* ESEARCH (TAG "<tag>")\r\n<tag> OK done\r\n', of=rb"SEARCH SUBJECT .*")
)
def test_search_does_not_tell_letter_cases_apart(dial: ImapDial) -> None:
    """SEARCH SUBJECT with a word in capitals, and in small letters, where the subject has both: found."""
    mailbox = _enabled(dial, 1)
    mailbox.append(compose(b"A message.\r\n", subject="Some Pineapple here"))
    mailbox.select()
    for word in ("PINEAPPLE", "pineapple"):
        assert _search(mailbox, "SEARCH SUBJECT", word).get(b"ALL") == b"2"


# FETCH


@verifies("RFC9051-6.4.5-01", refuted_by=rewrite(rb"caf\xc3\xa9", b"caf=C3=A9", of=rb"FETCH .*"))
def test_parts_are_sent_decoded(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK[1], BINARY.SIZE[1] and BINARY[1] of a quoted-printable text: the octets decoded, and their count."""
    mailbox = _enabled(dial, 0)
    header = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    mailbox.append(compose(b"A caf=C3=A9.\r\n", header))
    mailbox.select()
    wanted = b"A caf\xc3\xa9.\r\n"
    fetched = mailbox.fetch(1, "(BINARY.PEEK[1] BINARY.SIZE[1])")
    assert fetched.get(b"BINARY[1]") == wanted
    assert fetched.get(b"BINARY.SIZE[1]") == len(wanted)
    assert mailbox.fetch(1, "BINARY[1]").get(b"BINARY[1]") == wanted


@verifies("RFC9051-7.5.2-01", refuted_by=rewrite(rb"UID \d+ ?", b"", of=rb"NOOP", when=FETCHED))
def test_changes_that_are_told_unasked_bear_the_uid(dial: ImapDial) -> None:
    """Another session flags a message, NOOP until a FETCH response tells so: it has the UID of the message."""
    mailbox = _enabled(dial)
    uid = mailbox.uids()[1]
    mailbox.beside().command("STORE 2 +FLAGS (\\Flagged)").ok()
    told = mailbox.imap.poll(lambda heard: bool(heard.all("FETCH"))).all("FETCH")
    if not told:
        raise Inconclusive(Reason.SILENT, "a change of flags was not told")
    assert all(response.data.get(b"UID") == uid for response in told if response.number == 2)
    assert all(b"UID" in response.data for response in told)


@verifies("RFC9051-7.5.2-04", refuted_by=rewrite(rb'"inner"', b"NIL", of=rb"FETCH .*BODYSTRUCTURE.*"))
def test_an_enclosed_message_in_utf8_has_a_structure_of_its_own(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE and BODY[2.HEADER] of a message/global part: its envelope, its body, its header."""
    inner = b"From: <a@mailconform.invalid>\r\nSubject: inner\r\n\r\nInner text.\r\n"
    body = b"--b\r\n\r\nText.\r\n--b\r\nContent-Type: message/global\r\n\r\n" + inner + b"\r\n--b--\r\n"
    mailbox = _enabled(dial, 0)
    mailbox.append(compose(body, b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'))
    mailbox.select()
    part = mailbox.fetch(1, "BODYSTRUCTURE").get(b"BODYSTRUCTURE").parts[1]
    assert part.envelope is not None
    assert part.envelope.subject == b"inner"
    assert part.body is not None
    assert b"Subject: inner" in (mailbox.fetch(1, "BODY.PEEK[2.HEADER]").get(b"BODY[2.HEADER]") or b"")


@verifies("RFC9051-7.5.2-02", refuted_by=rewrite(rb"a long name.txt", b"a long", of=rb"FETCH .*"))
def test_parameters_in_pieces_are_put_together(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of a part whose filename is in two encoded pieces: one filename, decoded."""
    header = (
        b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename*0*=us-ascii''a%20long;\r\n filename*1=\" name.txt\"\r\n"
    )
    mailbox = _enabled(dial, 0)
    mailbox.append(compose(b"Text.\r\n", header))
    mailbox.select()
    disposition = mailbox.fetch(1, "BODYSTRUCTURE").get(b"BODYSTRUCTURE").disposition
    if not disposition or not disposition[1]:
        raise Inconclusive(Reason.PRECONDITION, "BODYSTRUCTURE has no disposition with parameters")
    assert {name.lower(): value for name, value in disposition[1]}.get(b"filename") == b"a long name.txt"


# COPY, MOVE, EXPUNGE, UNSELECT


@verifies("RFC9051-6.4.2-01", refuted_by=forward(b"CLOSE", of=rb"UNSELECT"))
def test_unselect_leaves_the_mailbox_as_it_is(dial: ImapDial) -> None:
    r"""STORE \Deleted, UNSELECT: OK, and the message is still there."""
    mailbox = _enabled(dial).flag(2, "\\Deleted")
    assert mailbox.command("UNSELECT").is_ok
    assert mailbox.count() == 3


@verifies("RFC9051-6.4.7-01", refuted_by=rewrite(rb"\[TRYCREATE\] ", b"", of=rb"COPY .*"))
def test_copy_to_a_missing_mailbox_is_refused_with_a_hint(dial: ImapDial) -> None:
    """COPY to a name that does not exist: NO with TRYCREATE, and LIST does not have it."""
    mailbox, name = _enabled(dial), dial.name("absent")
    copied = mailbox.command("COPY 1", astring(name))
    assert copied.is_no
    assert copied.code == b"TRYCREATE"
    assert name not in mailbox.command('LIST ""', astring(name)).ok().listed


@verifies("RFC9051-6.4.7-03", refuted_by=rewrite(rb"\[COPYUID [^\]]*\] ", b"", of=rb"COPY .*"))
def test_copy_tells_the_uids(dial: ImapDial) -> None:
    """COPY of two messages: COPYUID with the UIDVALIDITY of the target."""
    mailbox = _enabled(dial)
    name = dial.create(mailbox.imap)
    copied = mailbox.command("COPY 2:3", astring(name)).ok()
    validity = mailbox.command("STATUS", astring(name), "(UIDVALIDITY)").ok().mailbox_status.get(b"UIDVALIDITY")
    assert b"COPYUID" in copied.codes
    assert copied.codes[b"COPYUID"][0] == validity


@verifies("RFC9051-6.4.8-01", refuted_by=rewrite(rb"\[COPYUID [^\]]*\] ", b"", of=rb"(UID )?MOVE .*"))
def test_move_tells_the_uids_before_it_ends(dial: ImapDial) -> None:
    """MOVE of the first and UID MOVE of the last of three messages: COPYUID in an untagged OK, one message left."""
    mailbox = _enabled(dial)
    name, uids = dial.create(mailbox.imap), mailbox.uids()
    for command, number in (("MOVE", 1), ("UID MOVE", uids[-1])):
        moved = mailbox.command(command, number, astring(name))
        assert moved.is_ok
        assert b"COPYUID" in [r.code.name for r in moved.responses if r.name == b"OK" and r.code]
    assert mailbox.uids() == uids[1:2]


@verifies("RFC9051-6.4.8-02", refuted_by=rewrite(rb" ?\\Flagged", b"", of=rb"FETCH .*", when=FETCHED))
def test_move_keeps_flags_and_internal_date(dial: ImapDial) -> None:
    """MOVE of a message with flags and a date of its own: FETCH in the target brings the same."""
    mailbox = _enabled(dial, 0)
    mailbox.append(compose(b"To be moved.\r\n"), "\\Flagged \\Answered", "17-Jul-1996 02:44:25 +0000")
    mailbox.select()
    before = mailbox.fetch(1, "INTERNALDATE").get(b"INTERNALDATE")
    name = dial.create(mailbox.imap)
    mailbox.command("MOVE 1", astring(name)).ok()
    there = Mailbox(dial, mailbox.imap, name)
    there.select()
    assert {b"\\flagged", b"\\answered"} <= there.flags(1)
    assert there.fetch(1, "INTERNALDATE").get(b"INTERNALDATE") == before


@verifies("RFC9051-6.4.9-01", refuted_by=forward(b"EXPUNGE", of=rb"UID EXPUNGE .*"))
def test_messages_are_expunged_by_uid(dial: ImapDial) -> None:
    r"""UID EXPUNGE of one of two \Deleted messages: OK, and the other is still there."""
    mailbox = _enabled(dial).flag("1:2", "\\Deleted")
    uids = mailbox.uids()
    assert mailbox.command("UID EXPUNGE", uids[0]).is_ok
    assert mailbox.uids() == uids[1:]


# Without ENABLE


@verifies(
    "RFC9051-A-01",
    refuted_by=rewrite(rb"SEARCH ([\d ]+)", rb'ESEARCH (TAG "x") ALL 1:3', of=SEARCHES, when=rb"\* SEARCH"),
)
def test_search_is_answered_as_in_imap4rev1_unless_enabled(dial: ImapDial) -> None:
    """SEARCH ALL without ENABLE, where IMAP4rev1 is announced too: a SEARCH response, no ESEARCH."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    if not mailbox.imap.announced("IMAP4REV1"):
        raise NotSupported("IMAP4rev1 is not announced")
    found = mailbox.command("SEARCH ALL").ok()
    assert found.found == (1, 2, 3)
    assert not found.all("ESEARCH")
