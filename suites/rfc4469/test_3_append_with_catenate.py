"""RFC 4469 section 3: APPEND puts a message together from literals and from what URLs stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote as escape

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    Sync,
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
from conformance.sessions.imap_answer import Answer

pytestmark = needs("CATENATE")

HEAD = b"From: sender@mailconform.invalid\r\nSubject: put together\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n"
SOURCE = compose(
    b"In front of the parts.\r\n--b\r\nContent-Type: text/plain\r\nX-Note: one\r\n\r\nThe first part.\r\n  It has two lines.\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nThe inner text.\r\n--b--\r\nBehind the parts.\r\n",
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
)
SECTIONS = ("", "HEADER", "TEXT", "1", "1.MIME", "2", "2.HEADER", "2.TEXT")
CATENATE = rb"APPEND .* CATENATE .*"


@verifies("RFC4469-2-01", refuted_by=answer(b"<tag> BAD no such argument\r\n", of=CATENATE))
def test_catenate_is_taken_where_it_is_announced(mailbox: Mailbox) -> None:
    """APPEND with CATENATE of one TEXT: OK."""
    assert _catenate(mailbox, HEAD + b"Text.\r\n").is_ok


@verifies("RFC4469-3-01", refuted_by=rewrite(rb"(?s)(Between.\r\n)(.*)(At the end.\r\n)", rb"\1\3\2", of=rb"FETCH .*"))
def test_parts_are_put_together_in_their_order(mailbox: Mailbox) -> None:
    """CATENATE of a header by URL, a text, a body part by URL and a text: the message is these four, octet by octet."""
    uid = _with_source(mailbox)
    header, part = (mailbox.fetch(1, f"BODY.PEEK[{s}]").get(b"BODY[%b]" % s.encode()) for s in ("HEADER", "1"))
    between, end = b"Between.\r\n", b"At the end.\r\n"
    _catenate(mailbox, _url(mailbox, uid, "HEADER"), between, _url(mailbox, uid, "1"), end).ok()
    assert _newest(mailbox) == header + between + part + end


@verifies("RFC4469-3-02", refuted_by=forward(rb"\1SECTION=1\2", of=rb"( URL .*)SECTION=1.MIME(.*)"))
def test_a_url_stands_for_what_fetch_gives(mailbox: Mailbox) -> None:
    """CATENATE of a header and each of eight sections by URL: behind the header stands what FETCH BODY gives of it."""
    uid = _with_source(mailbox)
    fetched = [mailbox.fetch(1, f"BODY.PEEK[{s}]").get(b"BODY[%b]" % s.encode()) for s in SECTIONS]
    for section in SECTIONS:
        _catenate(mailbox, HEAD, _url(mailbox, uid, section)).ok()
    assert _contents(mailbox)[1:] == [HEAD + octets for octets in fetched]


@verifies("RFC4469-3-03", refuted_by=rewrite(rb"\bFLAGS \(", rb"FLAGS (\\Seen ", of=rb"FETCH 1 FLAGS", after=1))
def test_catenate_sets_no_seen_flag(mailbox: Mailbox) -> None:
    """CATENATE of a whole message and of two sections by URL: the message is not Seen, here and in another session."""
    uid = _with_source(mailbox)
    if b"\\seen" in mailbox.flags(1):
        raise Inconclusive(Reason.PRECONDITION, "the message is Seen from the start")
    _catenate(mailbox, HEAD, *(_url(mailbox, uid, section) for section in ("", "TEXT", "1"))).ok()
    assert b"\\seen" not in mailbox.flags(1)
    assert b"\\seen" not in mailbox.beside(read_only=True).flags(1)


@verifies("RFC4469-3-04", refuted_by=say(b"<tag> NO no mailbox selected\r\n", of=rb"FETCH 1 .*", after=1))
def test_catenate_leaves_the_selected_mailbox_selected(dial: ImapDial) -> None:
    """In a mailbox, CATENATE of a message of another one into a third: the first one is selected still."""
    mailbox, source = dial.mailbox().fill(3), dial.mailbox()
    uid, target = _with_source(source), dial.create(mailbox.imap, "target")
    before = mailbox.fetch(1, "UID").get(b"UID")
    _catenate(mailbox, HEAD, _url(source, uid), target=target).ok()
    behind = mailbox.command("FETCH 1 UID")
    assert behind.is_ok
    assert behind.fetched[1].get(b"UID") == before


@verifies("RFC4469-3-04", refuted_by=forward(rb"\1SECTION=1\2", of=rb"( URL .*)SECTION=TEXT(.*)"))
def test_a_relative_url_is_taken_from_the_selected_mailbox(mailbox: Mailbox) -> None:
    """CATENATE of ";UID=n/;SECTION=TEXT", or with a slash in front: if it is taken, it stands for the selected mailbox."""
    uid = _with_source(mailbox)
    text = mailbox.fetch(1, "BODY.PEEK[TEXT]").get(b"BODY[TEXT]")
    urls = (b"%b;UID=%d/;SECTION=TEXT" % (slash, uid) for slash in (b"/", b""))
    if not any(_catenate(mailbox, HEAD, Url(url)).is_ok for url in urls):
        raise Inconclusive(Reason.PRECONDITION, "neither spelling of a URL without a mailbox is taken")
    assert _newest(mailbox) == HEAD + text


@verifies("RFC4469-3-05", refuted_by=rewrite(rb"(?i)\\Flagged", b"\\\\Draft", of=rb".*FETCH .*"))
def test_flags_are_given_to_the_message_put_together(mailbox: Mailbox) -> None:
    """CATENATE with flags: the new message has these flags, and no others."""
    mailbox.select()
    mailbox.permits("\\Flagged", "\\Answered")
    _catenate(mailbox, HEAD, b"Text.\r\n", options=("(\\Flagged \\Answered)",)).ok()
    assert mailbox.beside(read_only=True).flags(1) == {b"\\flagged", b"\\answered"}


@verifies("RFC4469-3-05", refuted_by=rewrite(rb"-Nov-2020", b"-Nov-2021", of=rb".*FETCH .*"))
def test_the_date_is_given_to_the_message_put_together(mailbox: Mailbox) -> None:
    """CATENATE with a date-time: INTERNALDATE is this moment, in whatever zone."""
    _catenate(mailbox, HEAD, b"Text.\r\n", options=('"21-Nov-2020 12:34:56 +0000"',)).ok()
    told = mailbox.beside(read_only=True).fetch(1, "INTERNALDATE").get(b"INTERNALDATE")
    assert datetime.strptime(told.decode().strip(), "%d-%b-%Y %H:%M:%S %z") == datetime(
        2020, 11, 21, 12, 34, 56, tzinfo=UTC
    )


@verifies("RFC4469-3-10", refuted_by=rewrite(rb"(\[APPENDUID \d+ )\d+\]", rb"\g<1>4294967295]", of=CATENATE))
def test_appenduid_names_the_message_put_together(mailbox: Mailbox) -> None:
    """CATENATE where UIDPLUS is announced: APPENDUID, with the mailbox's UIDVALIDITY and the new message's UID."""
    mailbox.imap.supports("UIDPLUS")
    uid = _with_source(mailbox)
    told = _catenate(mailbox, HEAD, _url(mailbox, uid, "TEXT")).ok().codes.get(b"APPENDUID")
    now = mailbox.beside(read_only=True)
    assert told is not None, "no APPENDUID"
    assert (told[0], bytes(told[1])) == (now.selected_answer.codes.get(b"UIDVALIDITY"), b"%d" % now.uids()[-1])


class Url(bytes):
    """A part of CATENATE that stands for something else."""


def _url(mailbox: Mailbox, uid: int, section: str = "") -> Url:
    """The URL of a message or of a section of it, from the root of the server (RFC 2192 section 5)."""
    path = escape(mailbox.name, safe="/").encode()
    return Url(b"/%b/;UID=%d" % (path, uid) + (b"/;SECTION=%b" % section.encode() if section else b""))


def _catenate(mailbox: Mailbox, *parts: bytes, target: bytes = b"", options: tuple[str, ...] = ()) -> Answer:
    """Append a message put together from texts and URLs, to the same mailbox or another one."""
    words = [
        word for part in parts for word in (("URL", quoted(part)) if isinstance(part, Url) else ("TEXT", Sync(part)))
    ]
    return mailbox.command("APPEND", astring(target or mailbox.name), *options, "CATENATE (", *words, ")")


def _with_source(mailbox: Mailbox) -> int:
    """Put SOURCE into the mailbox, and return its UID."""
    mailbox.append(SOURCE)
    mailbox.select()
    return mailbox.uids()[0]


def _contents(mailbox: Mailbox) -> list[bytes]:
    """Every message of the mailbox, octet by octet, as another session finds it."""
    fetched = mailbox.beside(read_only=True).command("FETCH 1:* BODY.PEEK[]").ok().fetched
    return [fetched[number].get(b"BODY[]") for number in sorted(fetched)]


def _newest(mailbox: Mailbox) -> bytes:
    return _contents(mailbox)[-1]
