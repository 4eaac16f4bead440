"""The standard conversation in IMAP: every command of RFC 3501, then those of the extensions that the server announces.

The first session speaks the base protocol alone, so that what a server sends unasked shows; the second one speaks every
extension that has an audit. Invariant: it works in mailboxes of our own, and leaves the account as it was.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from conformance.delivery import compose
from conformance.dial_imap import ImapDial
from conformance.discovery import Capabilities
from conformance.discovery_imap import capabilities
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.wire.imap_commands import Word, astring, quoted

SAMPLE = tuple(compose(b"Message %d.\r\n" % number, subject=f"sample {number}").raw for number in range(1, 4))
STRUCTURED = compose(
    b"--b\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline; filename=a.txt\r\n"
    b"Content-Language: en, de\r\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-Location: http://mail.test/\r\n\r\nplain\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nFrom: a@mail.test\r\n\r\ninner text\r\n--b--\r\n",
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n",
    subject="sample 4",
).raw
EVERYTHING = (
    "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE UID BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
)
SELECTED = (
    f"FETCH 1:* {EVERYTHING}",
    "UID FETCH 1:* (FLAGS ENVELOPE)",
    "UID FETCH 1:* (RFC822.SIZE)",
    "FETCH 1 (RFC822.SIZE)",
    "FETCH 1 (BODY.PEEK[])",
    "FETCH 1 (BODY.PEEK[]<0.20>)",
    "SEARCH ALL",
    "UID SEARCH SUBJECT sample",
    "STORE 1 +FLAGS (\\Flagged)",
    "UID STORE 1:* +FLAGS (\\Answered)",
    "NOOP",
    "CHECK",
    "COPY 1 mailconform-no-such-mailbox",
    "STORE 2 +FLAGS.SILENT (\\Deleted)",
    "EXPUNGE",
    "FETCH 1:* (UID)",
    "STORE 2 +FLAGS (\\Deleted)",
    "XYZZY",
)
"""What is said in RFC 3501's own words with the sample mailbox selected."""
EXTENDED: tuple[tuple[str, str], ...] = (
    ("ESEARCH", "SEARCH RETURN (MIN MAX ALL COUNT) ALL"),
    ("ESEARCH", "UID SEARCH RETURN (ALL) ALL"),
    ("SORT", "SORT (SUBJECT) US-ASCII ALL"),
    ("SORT", "UID SORT (SUBJECT) US-ASCII ALL"),
    ("THREAD=REFERENCES", "THREAD REFERENCES US-ASCII ALL"),
    ("BINARY", "FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])"),
    ("OBJECTID", "FETCH 1 (EMAILID THREADID)"),
    ("IDLE", "IDLE"),
    ("UNSELECT", "UNSELECT"),
)
"""Commands of extensions with the sample mailbox selected, each with the capability that announces it."""
CONDITIONAL = (
    "FETCH 1:* (FLAGS MODSEQ)",
    "SEARCH MODSEQ 1",
    "STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Draft)",
    "STORE 1 +FLAGS (\\Draft)",
)
"""What RFC 7162 adds."""
_STATUS_ITEMS = (
    ("CONDSTORE", "HIGHESTMODSEQ"),
    ("STATUS=SIZE", "SIZE"),
    ("OBJECTID", "MAILBOXID"),
    ("QUOTA=RES-STORAGE", "DELETED"),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Names of two mailboxes of our own, empty, that are there for the whole run; empty if none can be had."""

    name: bytes = b""
    target: bytes = b""


def prepare(dial: ImapDial) -> Prepared:
    """Make the mailboxes once: some servers take seconds to delete one."""
    with contextlib.suppress(Inconclusive, NotSupported):
        name = dial.collection(key="conversation", writable=True).name
        moves = dial.profile.announced("MOVE")
        return Prepared(name, dial.collection(key="conversation-target", writable=True).name if moves else name)
    return Prepared()


def converse(dial: ImapDial, prepared: Prepared, listed: dict[str, Capabilities]) -> None:
    """Hold the standard conversation on two connections of its own, and note what was announced in it."""
    session = dial.imap()
    listed["before login"] = capabilities(session)
    if dial.profile.door is None:
        return
    dial.knock(session)
    listed["after login"] = capabilities(session)
    if prepared.name:
        _in_base_words(session, prepared.name)
        dial.knock(extended := dial.imap())
        _about_mailboxes(extended, dial, prepared.name)
        _about_messages(extended, dial, prepared)
        extended.leave()
    session.leave()


def _in_base_words(session: Imap, name: bytes) -> None:
    """Say what RFC 3501 has, and leave the mailbox empty."""
    mailbox = astring(name)
    session.command("SUBSCRIBE", mailbox)
    for line in ('LIST "" *', 'LIST "" %', 'LSUB "" *'):
        session.command(line)
    _fill(session, name)
    session.command("STATUS", mailbox, "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)")
    session.command("SELECT", mailbox)
    for line in SELECTED:
        session.command(line)
    session.command("COPY 1", mailbox)
    _empty(session)
    session.command("EXAMINE", mailbox)
    session.command("CLOSE")
    session.command("UNSUBSCRIBE", mailbox)
    session.leave()


def _fill(session: Imap, name: bytes) -> None:
    for message in (*SAMPLE, STRUCTURED):
        session.append(name, message)


def _empty(session: Imap) -> None:
    session.command("STORE 1:* +FLAGS.SILENT (\\Deleted)")
    session.command("CLOSE")


def _where(session: Imap, capability: str, *words: Word) -> None:
    if session.announced(capability):
        session.command(*words)


def _about_mailboxes(session: Imap, dial: ImapDial, name: bytes) -> None:
    """Say what extensions have for mailboxes that are not selected."""
    mailbox, user = astring(name), astring(dial.account().user)
    for capability, words in (
        ("NAMESPACE", ("NAMESPACE",)),
        ("ID", ("ID NIL",)),
        ("ACL", ("GETACL", mailbox)),
        ("ACL", ("MYRIGHTS", mailbox)),
        ("ACL", ("LISTRIGHTS", mailbox, user)),
        ("METADATA", ("SETMETADATA", mailbox, '(/private/comment "sample")')),
        ("METADATA", ("GETMETADATA", mailbox, "/private/comment")),
        ("LIST-STATUS", ('LIST ""', mailbox, "RETURN (STATUS (MESSAGES))")),
    ):
        _where(session, capability, *words)
    if session.announced("QUOTA"):
        told = session.command("GETQUOTAROOT", mailbox).data("QUOTAROOT")
        for root in told.roots[:1] if told else ():
            session.command("GETQUOTA", astring(bytes(root)))
    items = [item for capability, item in _STATUS_ITEMS if session.announced(capability)]
    session.command("STATUS", mailbox, f"({' '.join(['MESSAGES', *items])})")
    if session.announced("LIST-EXTENDED") and dial.profile.delimiter:
        _child(session, name, astring(dial.child(name)))


def _child(session: Imap, name: bytes, child: bytes) -> None:
    """Subscribe to a child alone: its parent is listed for that (RFC 5258 section 3.5)."""
    session.command("CREATE", child)
    session.command("SUBSCRIBE", child)
    session.command('LIST (SUBSCRIBED RECURSIVEMATCH) ""', astring(name))
    session.command("UNSUBSCRIBE", child)
    session.command("DELETE", child)


def _about_messages(session: Imap, dial: ImapDial, prepared: Prepared) -> None:
    """Say what extensions have for messages, and what lasts at the end; leave the mailbox empty."""
    name = prepared.name
    _fill(session, name)
    session.command("SELECT", astring(name))
    _authorized_url(session, dial, name)
    for capability, line in EXTENDED:
        if session.announced(capability):
            _idle(session) if line == "IDLE" else session.command(line)
    session.command("SELECT", astring(name))
    session.command("UID COPY 1:*", astring(prepared.target))
    _where(session, "MOVE", "MOVE 4", astring(prepared.target))
    if session.announced("CONDSTORE"):
        for line in CONDITIONAL:
            session.command(line)
    if session.announced("QRESYNC"):
        session.command("UNSELECT" if session.announced("UNSELECT") else "CLOSE")
        _resynchronize(session, name)
    _empty(session)


def _idle(session: Imap) -> None:
    if session.idle() is None:
        session.done()


def _resynchronize(session: Imap, name: bytes) -> None:
    session.command("ENABLE QRESYNC")
    session.command("SELECT", astring(name))
    session.command("STORE 2 +FLAGS.SILENT (\\Deleted)")
    session.command("EXPUNGE")
    session.command("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)")


def _authorized_url(session: Imap, dial: ImapDial, name: bytes) -> None:
    """Have a URL authorized and what it stands for sent (RFC 4467 section 7)."""
    if not session.announced("URLAUTH"):
        return
    user, host = dial.account().user, dial.target.facilities.get("url-host", "localhost")
    uid = next(iter(session.command("UID SEARCH ALL").found), 1)
    url = f"imap://{user}@{host}/{name.decode('ascii')}/;uid={uid};urlauth=user+{user}"
    for authorized in session.command("GENURLAUTH", quoted(url), "INTERNAL").data("GENURLAUTH") or ():
        session.command("URLFETCH", quoted(bytes(authorized)))
