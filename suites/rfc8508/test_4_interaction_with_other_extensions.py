"""RFC 8508 section 4: REPLACE beside CATENATE, UIDPLUS, QRESYNC and OBJECTID."""

from __future__ import annotations

from urllib.parse import quote as escape

from conformance import Inconclusive, Mailbox, Reason, Sync, answer, astring, compose, needs, rewrite, verifies
from conformance.sessions.imap_answer import Answer

pytestmark = needs("REPLACE")

NEW = compose(b"What stands here now.\r\n", subject="the replacement")
REPLACE = rb"UID REPLACE .*"


@verifies(
    "RFC8508-4.2-01", refuted_by=answer(b"<tag> BAD no such argument\r\n", of=rb"UID REPLACE \d+ \S+ CATENATE .*")
)
def test_the_new_message_may_be_catenated(mailbox: Mailbox) -> None:
    """UID REPLACE with CATENATE, where both are announced: a new field in front of the old message, which is gone."""
    mailbox.imap.supports("CATENATE")
    uid = mailbox.fill(1).uids()[0]
    before, field = mailbox.fetch(1, "BODY.PEEK[]").get(b"BODY[]"), b"X-Added: yes\r\n"
    url = b'"/%b/;UID=%d"' % (escape(mailbox.name, safe="/").encode(), uid)
    done = mailbox.command("UID REPLACE", uid, astring(mailbox.name), "CATENATE (TEXT", Sync(field), b"URL", url, b")")
    assert done.is_ok
    mailbox.select()
    assert mailbox.count() == 1
    assert mailbox.fetch(1, "BODY.PEEK[]").get(b"BODY[]") == field + before


@verifies("RFC8508-4.3-01", refuted_by=rewrite(rb"(\[APPENDUID \d+ )\d+\]", rb"\g<1>4294967295]", of=REPLACE))
def test_appenduid_names_the_new_message(mailbox: Mailbox) -> None:
    """UID REPLACE where UIDPLUS is announced: APPENDUID, with the mailbox's UIDVALIDITY and the new message's UID."""
    mailbox.imap.supports("UIDPLUS")
    uids = mailbox.fill(3).uids()
    told = _replaced(mailbox, uids[0]).codes.get(b"APPENDUID")
    now = mailbox.beside(read_only=True)
    validity = now.selected_answer.codes.get(b"UIDVALIDITY")
    assert told is not None, "no APPENDUID"
    assert (told[0], bytes(told[1])) == (validity, b"%d" % now.uids()[-1])


@verifies("RFC8508-4.5-01", refuted_by=rewrite(rb"\* VANISHED \d+", b"* 2 EXPUNGE", of=REPLACE))
def test_the_message_replaced_vanishes_with_qresync(mailbox: Mailbox) -> None:
    """ENABLE QRESYNC, UID REPLACE the second of three messages: VANISHED with its UID, no EXPUNGE."""
    _with_qresync(mailbox)
    uids = mailbox.uids()
    told = _replaced(mailbox, uids[1])
    more = mailbox.command("NOOP").ok()
    vanished = [bytes(r.data.uids) for r in (*told.all("VANISHED"), *more.all("VANISHED"))]
    assert vanished == [b"%d" % uids[1]]
    assert not told.expunged
    assert not more.expunged


@verifies("RFC8508-4.5-01", refuted_by=rewrite(rb"\[HIGHESTMODSEQ \d+\] ?", b"", of=REPLACE))
def test_replace_tells_the_highest_mod_sequence_with_qresync(mailbox: Mailbox) -> None:
    """ENABLE QRESYNC, UID REPLACE one of three messages: HIGHESTMODSEQ in a status response, higher than before."""
    _with_qresync(mailbox)
    before = mailbox.selected_answer.codes[b"HIGHESTMODSEQ"]
    told = _replaced(mailbox, mailbox.uids()[1]).codes.get(b"HIGHESTMODSEQ")
    assert told is not None, "no HIGHESTMODSEQ"
    assert told > before


@verifies("RFC8508-4.6-01", refuted_by=rewrite(rb"EMAILID \(.*?\)", b"EMAILID (M1)", of=rb"FETCH .*"))
def test_another_content_has_another_emailid(mailbox: Mailbox) -> None:
    """FETCH EMAILID before and behind UID REPLACE with another content, where OBJECTID is announced: not the same."""
    mailbox.imap.supports("OBJECTID")
    uid = mailbox.fill(1).uids()[0]
    before = mailbox.fetch(1, "EMAILID").get(b"EMAILID")
    _replaced(mailbox, uid)
    mailbox.select()
    assert mailbox.fetch(1, "EMAILID").get(b"EMAILID") != before


def _replaced(mailbox: Mailbox, uid: int) -> Answer:
    """Replace a message by NEW in its own mailbox; Inconclusive if the server refuses."""
    return mailbox.command("UID REPLACE", uid, astring(mailbox.name), Sync(NEW.raw)).ok()


def _with_qresync(mailbox: Mailbox) -> None:
    """Fill the mailbox with three messages, and select it with QRESYNC enabled; Inconclusive if it has no mod-sequences."""
    mailbox.imap.supports("QRESYNC").supports("ENABLE")
    mailbox.fill(3)
    mailbox.command("ENABLE QRESYNC").ok()
    if not mailbox.select().codes.get(b"HIGHESTMODSEQ"):
        raise Inconclusive(Reason.PRECONDITION, "the mailbox has no mod-sequences")
