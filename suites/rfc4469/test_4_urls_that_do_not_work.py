"""RFC 4469 sections 3 to 5: CATENATE of what cannot be fetched fails, and appends nothing."""

from __future__ import annotations

from urllib.parse import quote as escape
from urllib.parse import unquote_to_bytes

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    Sync,
    astring,
    compose,
    forward,
    needs,
    quoted,
    rewrite,
    verifies,
)
from conformance.sessions.imap_answer import Answer

pytestmark = needs("CATENATE")

HEAD = b"From: sender@mailconform.invalid\r\nSubject: put together\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n"
MESSAGE = compose(b"What is to be put together.\r\n")
CATENATE = rb"APPEND .* CATENATE .*"
SKIPPING = forward(b")", of=rb" URL .*")
"""A server that leaves out what it cannot fetch."""


@verifies("RFC4469-3-06", refuted_by=SKIPPING)
def test_a_url_that_stands_for_nothing_fails_the_command(dial: ImapDial) -> None:
    """CATENATE of a text and a URL whose UID or whose mailbox does not exist: NO each, and nothing is appended."""
    mailbox = dial.mailbox(MESSAGE)
    for path, uid in ((_path(mailbox.name), mailbox.uids()[0] + 1000), (_path(dial.name("missing")), 1)):
        assert _catenate(mailbox, b"/%b/;UID=%d" % (path, uid)).is_no
    assert mailbox.count() == 1


@verifies("RFC4469-3-07", refuted_by=rewrite(rb"UID=4000000001", b"UID=4000000002", of=CATENATE))
def test_badurl_names_the_first_url_that_failed(mailbox: Mailbox) -> None:
    """CATENATE of a URL that works and two that do not: BADURL, where the answer has it, names the second as it was given."""
    mailbox.append(MESSAGE)
    mailbox.select()
    path, uid = _path(mailbox.name), mailbox.uids()[0]
    urls = [b"/%b/;UID=%d" % (path, uid), b"/%b/;UID=4000000001" % path, b"/%b/;UID=4000000002" % path]
    answered = _catenate(mailbox, *urls)
    if not answered.is_no or answered.code != b"BADURL":
        raise Inconclusive(Reason.PRECONDITION, f"there is no BADURL to judge: {answered!r}")
    named = bytes(answered.codes[b"BADURL"]).strip().strip(b'"')
    assert unquote_to_bytes(named) == unquote_to_bytes(urls[1])


@verifies("RFC4469-3-08", refuted_by=SKIPPING)
def test_urls_of_other_servers_are_refused(mailbox: Mailbox) -> None:
    """CATENATE of a text and an imap: URL with the host of another server: refused, and nothing is appended."""
    assert _catenate(mailbox, b"imap://user@other.invalid/INBOX/;UID=1").refused
    assert mailbox.count() == 0


@verifies("RFC4469-3-09", refuted_by=forward(rb"\1/\2", of=rb"(.*);UIDVALIDITY=\d+/(.*)"))
def test_a_url_with_another_uidvalidity_is_refused(mailbox: Mailbox) -> None:
    """CATENATE of a message by its UID: taken with the mailbox's UIDVALIDITY in the URL, refused with another one."""
    mailbox.append(MESSAGE)
    validity = mailbox.select().codes.get(b"UIDVALIDITY")
    if not validity:
        raise Inconclusive(Reason.PRECONDITION, "the mailbox has no UIDVALIDITY")
    path, uid = _path(mailbox.name), mailbox.uids()[0]
    right, wrong = (b"/%b;UIDVALIDITY=%d/;UID=%d" % (path, v, uid) for v in (validity, validity - 1 or 2))
    _catenate(mailbox, right).ok()
    assert _catenate(mailbox, wrong).refused
    assert mailbox.count() == 2


@verifies("RFC4469-3-11", refuted_by=rewrite(rb"NO \[TRYCREATE\]", b"NO", of=CATENATE))
def test_a_missing_target_of_catenate_is_answered_by_trycreate(dial: ImapDial) -> None:
    """CATENATE into a mailbox that could be created: NO [TRYCREATE]."""
    mailbox = dial.mailbox()
    answered = mailbox.command("APPEND", astring(dial.name("missing")), "CATENATE (TEXT", Sync(HEAD), ")")
    assert answered.is_no
    assert answered.code == b"TRYCREATE"


@verifies("RFC4469-3-12", refuted_by=SKIPPING)
def test_urls_of_mailboxes_that_may_not_be_read_are_refused(dial: ImapDial) -> None:
    """CATENATE of a message in another user's mailbox, which is not shared: refused, and nothing is appended."""
    if len(dial.target.accounts) < 2:
        raise Inconclusive(Reason.NOT_SET_UP, "needs a second [[account]] in the target file")
    mailbox, foreign = dial.mailbox(), dial.mailbox(MESSAGE, account=1)
    url = b"/%b/;UID=%d" % (_path(_others(mailbox, dial.account(1).user) + foreign.name), foreign.uids()[0])
    assert _catenate(mailbox, url).refused
    assert mailbox.count() == 0


@verifies("RFC4469-5-01", refuted_by=forward(rb"\1(URL %b)" % b"nothing", of=rb"(APPEND .* CATENATE )\(\)") | rewrite(rb"(NO|BAD) .*", b"OK done", of=CATENATE))  # fmt: skip
def test_an_empty_list_of_parts_is_refused(mailbox: Mailbox) -> None:
    """APPEND with CATENATE (): refused, and nothing is appended."""
    assert mailbox.command("APPEND", astring(mailbox.name), "CATENATE ()").refused
    assert mailbox.count() == 0


def _catenate(mailbox: Mailbox, *urls: bytes) -> Answer:
    """Append a message put together from a header and URLs."""
    words = [word for url in urls for word in ("URL", quoted(url))]
    return mailbox.command("APPEND", astring(mailbox.name), "CATENATE (TEXT", Sync(HEAD), *words, ")")


def _path(name: bytes) -> bytes:
    return escape(name, safe="/").encode()


def _others(mailbox: Mailbox, user: str) -> bytes:
    """The prefix of another user's mailboxes (RFC 2342); NotSupported where there is none."""
    spaces = mailbox.imap.supports("NAMESPACE").command("NAMESPACE").ok().data("NAMESPACE")
    if not spaces or not spaces.other:
        raise NotSupported("there is no namespace of other users")
    space = spaces.other[0]
    return bytes(space.prefix) + user.encode() + bytes(space.delimiter or b"")
