"""RFC 4978 section 3: COMPRESS DEFLATE, and what the connection is like behind it."""

from __future__ import annotations

from base64 import encodebytes
from hashlib import sha256

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    compose,
    drop,
    forward,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.wire.imap_values import MailboxStatus

pytestmark = needs("COMPRESS=DEFLATE")

COMPRESS = rb"COMPRESS DEFLATE"
NOT_COMPRESSING = answer(b"<tag> OK DEFLATE active\r\n", of=COMPRESS)
LINES = 20_000
LARGE = compose(
    b"".join(b"Line %d of a text that repeats itself.\r\n" % n for n in range(LINES))
    + encodebytes(b"".join(sha256(b"%d" % n).digest() for n in range(LINES))).replace(b"\n", b"\r\n"),
    subject="a large message",
)  # fmt: skip


@verifies("RFC4978-3-01", "RFC4978-3-02", refuted_by=NOT_COMPRESSING)
def test_both_sides_are_compressed_behind_ok(dial: ImapDial) -> None:
    """COMPRESS DEFLATE, and deflated NOOP and CAPABILITY behind it: what comes inflates to their answers."""
    session = _compressed(dial)
    assert session.command("NOOP").is_ok
    assert b"IMAP4REV1" in session.command("CAPABILITY").capabilities


@verifies("RFC4978-3-02", refuted_by=drop(of=rb"STATUS .*", after=3, when=rb"\S+ OK"))
def test_commands_that_are_deflated_together_are_all_taken(dial: ImapDial) -> None:
    """Eight STATUS commands without waiting, behind COMPRESS: each is completed OK, with a STATUS response."""
    session = _compressed(dial)
    tags = [session.begin("STATUS INBOX (UIDNEXT UIDVALIDITY)") for _ in range(8)]
    answers = [session.finish(tag) for tag in tags]
    assert [a.is_ok for a in answers] == [True] * 8
    assert sum(isinstance(r.data, MailboxStatus) for a in answers for r in a.all("STATUS")) == 8


@verifies("RFC4978-3-05", refuted_by=drop(of=rb"FETCH 1 .*", when=rb"\S+ OK"))
def test_each_response_is_flushed(dial: ImapDial) -> None:
    """Behind COMPRESS, one command after the other, short and long answers: each is complete before the next is sent."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    _compress(mailbox.imap)
    for line in ("NOOP", "FETCH 1 FLAGS", "FETCH 1:* (UID ENVELOPE BODYSTRUCTURE)", "FETCH 1 BODY.PEEK[]", "NOOP"):
        assert mailbox.command(line).is_ok, line


@verifies("RFC4978-3-03", refuted_by=forward(COMPRESS, of=rb"COMPRESS MAILCONFORM") | rewrite(rb"OK", b"BAD", of=rb"COMPRESS .*"))  # fmt: skip
def test_nothing_is_compressed_behind_a_refusal(dial: ImapDial) -> None:
    """COMPRESS with an algorithm that does not exist, refused: NOOP and CAPABILITY are answered in clear."""
    session = dial.login(fresh=True)
    if not session.command("COMPRESS MAILCONFORM").refused:
        raise Inconclusive(Reason.PRECONDITION, "COMPRESS with an unknown algorithm is not refused")
    assert session.command("NOOP").is_ok
    assert b"IMAP4REV1" in session.command("CAPABILITY").capabilities


@verifies("RFC4978-3-11", refuted_by=answer(b"<tag> OK active\r\n", of=rb"COMPRESS MAILCONFORM"))
def test_an_unknown_algorithm_is_refused(dial: ImapDial) -> None:
    """COMPRESS with an algorithm that does not exist is answered BAD (NO is let pass)."""
    assert dial.login(fresh=True).command("COMPRESS MAILCONFORM").refused


@verifies("RFC4978-3-04", refuted_by=answer(b"<tag> OK active\r\n", of=rb"COMPRESS deflate"))
def test_compress_is_not_taken_twice(dial: ImapDial) -> None:
    """COMPRESS behind COMPRESS is answered BAD or NO [COMPRESSIONACTIVE], and the compression goes on."""
    session = _compressed(dial)
    again = session.command("COMPRESS deflate")
    assert again.is_bad or (again.is_no and again.code == b"COMPRESSIONACTIVE")
    assert session.command("NOOP").is_ok


@verifies("RFC4978-3-06", refuted_by=NOT_COMPRESSING)
def test_compression_goes_on_inside_tls(dial: ImapDial) -> None:
    """Log in under TLS, COMPRESS DEFLATE: deflated commands, encrypted behind that, are answered the same way."""
    session = _under_tls(dial)
    _compress(session)
    assert session.command("NOOP").is_ok
    assert session.command("STATUS INBOX (UIDNEXT)").is_ok


@verifies("RFC4978-3-07", refuted_by=rewrite(rb" BAD ", b" OK ", of=rb"COMPRESS"))
def test_compress_without_algorithm_is_bad(dial: ImapDial) -> None:
    """COMPRESS alone is answered BAD."""
    assert dial.login(fresh=True).command("COMPRESS").is_bad


@verifies("RFC4978-3-08", refuted_by=rewrite(rb"Line 19999", b"Line 19998", of=rb"FETCH .*"))
def test_large_messages_stay_what_they_are_when_compressed(dial: ImapDial) -> None:
    """APPEND and FETCH 1.7 MB behind COMPRESS, half text, half random: the same octets."""
    mailbox = dial.mailbox(fresh=True)
    _compress(mailbox.imap)
    appended = mailbox.imap.append(mailbox.name, LARGE.raw)
    if appended.refused:
        raise Inconclusive(Reason.PRECONDITION, f"a message of {len(LARGE.raw)} octets is refused")
    assert appended.is_ok
    mailbox.select()
    assert mailbox.fetch(1, "BODY.PEEK[]").get(b"BODY[]") == LARGE.raw


@verifies("RFC4978-3-09", refuted_by=drop(of=rb"IDLE", when=rb"\* 1 EXISTS"))
def test_what_idle_brings_is_flushed(dial: ImapDial) -> None:
    """Two sessions in IDLE, one compressed, while a third appends: once the other hears EXISTS, the compressed one does."""
    mailbox = dial.mailbox(fresh=True)
    mailbox.imap.supports("IDLE")
    other, third = mailbox.beside(), mailbox.beside()
    _compress(mailbox.imap)
    if mailbox.imap.idle() is not None or other.imap.idle() is not None:
        raise Inconclusive(Reason.PRECONDITION, "IDLE is refused")
    third.append()
    with dial.dialler.straight():
        if not _hears_one(other):
            raise Inconclusive(Reason.SILENT, "EXISTS does not come in IDLE even without compression")
    assert _hears_one(mailbox)
    mailbox.imap.done()


@verifies("RFC4978-3-10", refuted_by=say(b"<tag> NO not now\r\n", of=COMPRESS))
def test_compress_is_taken_where_it_is_announced(dial: ImapDial) -> None:
    """COMPRESS DEFLATE in a session whose CAPABILITY names it is answered OK, or NO [COMPRESSIONACTIVE]."""
    session = _announcing(dial.login(fresh=True))
    answered = session.command("COMPRESS DEFLATE")
    if answered.is_ok:
        session.compress()
    assert answered.is_ok or answered.code == b"COMPRESSIONACTIVE"


@verifies("RFC4978-5-01", refuted_by=answer(b"<tag> BAD unknown argument\r\n", of=rb"(?-i:compress deflate)"))
def test_compress_is_taken_in_any_letter_case(dial: ImapDial) -> None:
    """COMPRESS DEFLATE in small letters, and with a capital each, is taken."""
    _compressed(dial)
    for spelling in ("compress deflate", "Compress Deflate"):
        session = dial.login(fresh=True)
        assert session.command(spelling).is_ok, spelling
        session.compress()
        assert session.command("NOOP").is_ok


def _compressed(dial: ImapDial) -> Imap:
    """A new session that is compressed."""
    session = dial.login(fresh=True)
    _compress(session)
    return session


def _compress(session: Imap) -> None:
    """Begin compression; Inconclusive if the server refuses."""
    session.command("COMPRESS DEFLATE").ok()
    session.compress()


def _announcing(session: Imap) -> Imap:
    """The session, whose CAPABILITY names COMPRESS=DEFLATE; NotSupported otherwise."""
    if b"COMPRESS=DEFLATE" not in session.command("CAPABILITY").ok().capabilities:
        raise NotSupported("COMPRESS=DEFLATE is not announced in this session")
    return session


def _under_tls(dial: ImapDial) -> Imap:
    """A session that is logged in under TLS; NotSupported where there is none that announces COMPRESS=DEFLATE."""
    way = next((way for way in dial.ways() if way != "none"), None)
    if way is None:
        raise NotSupported("there is no TLS")
    session = dial.imap(way)
    dial.knock(session, account=dial.account()).ok()
    return _announcing(session)


def _hears_one(mailbox: Mailbox) -> bool:
    """Whether EXISTS comes and says one message."""
    return any(r.name == b"EXISTS" and r.number == 1 for r in mailbox.imap.hear_until(lambda r: r.name == b"EXISTS"))
