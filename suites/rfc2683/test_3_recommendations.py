"""RFC 2683: what implementors recommend to servers; none of it is more than advice."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    Sync,
    astring,
    at_close,
    forward,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.wire.imap_commands import Word

COMMANDS = (
    ("NAMESPACE", "NAMESPACE"), ("ID", "ID NIL"), ("ENABLE", "ENABLE X-NO-SUCH-THING"), ("SORT", "SORT (DATE) UTF-8 ALL"),
    ("THREAD=REFERENCES", "THREAD REFERENCES UTF-8 ALL"), ("QUOTA", "GETQUOTAROOT INBOX"), ("ACL", "MYRIGHTS INBOX"),
    ("ESEARCH", "SEARCH RETURN (COUNT) ALL"), ("LIST-STATUS", 'LIST "" "INBOX" RETURN (STATUS (MESSAGES))'),
    ("METADATA", 'GETMETADATA INBOX "/private/comment"'), ("UIDPLUS", "UID EXPUNGE 1"), ("UNSELECT", "UNSELECT"),
)  # fmt: skip
"""A harmless command for each extension, the last of which leaves the mailbox."""


@verifies("RFC2683-3.1.1-02", refuted_by=rewrite(rb"MESSAGES \d+", b"MESSAGES 0", of=rb"STATUS .*"))
def test_status_of_a_mailbox_that_is_in_use_is_true(mailbox: Mailbox, dial: ImapDial) -> None:
    """A session has the mailbox selected; another one's STATUS gives its numbers, and the first goes on undisturbed."""
    mailbox.fill(3)
    said = dial.login(fresh=True).command("STATUS", astring(mailbox.name), "(MESSAGES UIDVALIDITY)").ok().mailbox_status
    assert said.get(b"MESSAGES") == 3
    assert len(mailbox.command("FETCH 1:3 (UID)").ok().by_uid) == 3


@verifies("RFC2683-3.1.2-01", refuted_by=at_close(b"zz CLOSE\r\n", of=rb"STORE .*"))
def test_a_dropped_connection_expunges_nothing(mailbox: Mailbox) -> None:
    r"""\Deleted on one of two messages, and the connection is dropped: a later session sees both."""
    mailbox.fill(2)
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.imap.close()
    with mailbox.dial.dialler.straight():
        later = mailbox.dial.login(mailbox.imap.account)
        # while a server puts the mailbox down for the session that was cut, others may not find it
        later.poll(lambda _: later.command("EXAMINE", astring(mailbox.name)).is_ok)
    assert mailbox.count() == 2


@verifies("RFC2683-3.2.3-04", refuted_by=say(b"<tag> NO [BADCHARSET (US-ASCII)] no\r\n", of=rb"SEARCH CHARSET .*"))
def test_search_knows_utf_8(mailbox: Mailbox) -> None:
    """SEARCH CHARSET UTF-8 with a literal beyond ASCII: OK."""
    mailbox.append()
    mailbox.select()
    assert mailbox.command("SEARCH CHARSET UTF-8 SUBJECT", Sync("gr\u00fc\u00dfe".encode())).is_ok


@verifies("RFC2683-3.3.1-01", refuted_by=rewrite(rb" (NAMESPACE|ID|ACL|QUOTA|UNSELECT)\b", b"", of=rb"CAPABILITY"))
def test_commands_of_extensions_that_work_are_announced(mailbox: Mailbox) -> None:
    """A harmless command of each of a dozen extensions that CAPABILITY does not list: refused."""
    mailbox.append()
    mailbox.select()
    listed = mailbox.command("CAPABILITY").ok().capabilities
    unlisted = [line for capability, line in COMMANDS if capability.encode() not in listed]
    if b"IMAP4REV2" in listed:
        raise NotSupported("IMAP4rev2 brings most of them without a name of their own")
    assert not [line for line, said in mailbox.imap.each(*unlisted).items() if said.status == b"OK"]


def must_answer(dial: ImapDial, user: Word, password: Word) -> bytes:
    """Try a login that must fail and return the status of its answer; Inconclusive if none comes."""
    said = dial.imap().command("LOGIN", user, password)
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"LOGIN is answered {said!r}")
    return said.status


@verifies("RFC2683-3.4.2-05", refuted_by=say(b"<tag> BAD not in ASCII\r\n", of=rb"LOGIN .*"))
def test_a_password_beyond_ascii_is_taken_as_data(dial: ImapDial) -> None:
    """LOGIN with a literal of UTF-8 for a password: NO, not BAD."""
    assert must_answer(dial, astring("mailconform-nobody"), Sync("pa\u00dfwort".encode())) != b"BAD"


@verifies("RFC2683-3.4.2-06", refuted_by=say(b"<tag> BAD what name is that?\r\n", of=rb"LOGIN .*"))
@pytest.mark.parametrize("form", ["atom", "quoted"])
def test_an_at_sign_in_a_user_name_is_taken(dial: ImapDial, form: str) -> None:
    """LOGIN of nobody@example.org as atom and as quoted string: NO, not BAD."""
    name = b"nobody@example.org"
    assert must_answer(dial, name if form == "atom" else quoted(name), quoted("wrong-password")) != b"BAD"


def levels(dial: ImapDial) -> tuple[bytes, bytes, bytes]:
    """Create a mailbox and an inferior of it; return the first name, the inferior's own part, and the delimiter."""
    session = dial.login()
    name = dial.create(session)
    with dial.dialler.straight():
        if session.command("CREATE", astring(dial.child(name, "below"))).status != b"OK":
            raise NotSupported("no inferior can be created below an ordinary mailbox")
    return name, b"below", dial.profile.delimiter or b""


@verifies("RFC2683-3.4.9-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST .*", when=rb"\*|c"))
def test_the_reference_of_list_is_a_place_to_look_in(dial: ImapDial) -> None:
    """LIST with a mailbox's name and the delimiter as reference, and the inferior as pattern: the inferior."""
    name, below, delimiter = levels(dial)
    listed = dial.login().command("LIST", astring(name + delimiter), astring(below)).ok().listed
    assert set(listed) == {name + delimiter + below}


@verifies("RFC2683-3.4.9-02", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST .*", when=rb"\*|c"))
def test_a_delimiter_is_inserted_behind_the_reference(dial: ImapDial) -> None:
    """LIST with a mailbox's name as reference, without delimiter, and the inferior as pattern: the inferior."""
    name, below, delimiter = levels(dial)
    assert set(dial.login().command("LIST", astring(name), astring(below)).ok().listed) == {name + delimiter + below}


@verifies("RFC2683-3.4.9-03", refuted_by=rewrite(rb"^\* LIST (.*)below", rb"* LIST \1//below", of=rb"LIST .*"))
def test_no_second_delimiter_is_inserted_behind_the_reference(dial: ImapDial) -> None:
    """LIST with a reference that ends in the delimiter: no name in the answer has two of them in a row."""
    name, below, delimiter = levels(dial)
    session = dial.login()
    for pattern in (below, delimiter + below):
        listed = session.command("LIST", astring(name + delimiter), astring(pattern)).listed
        assert not [found for found in listed if b"//" in found or delimiter * 2 in found]


@verifies(
    "RFC2683-3.4.10-01",
    "RFC2683-3.4.10-02",
    refuted_by=rewrite(rb"^\* LIST (\(.*?\)) \S+", rb'* LIST \1 "x"', of=rb"LIST .*"),
)
def test_the_delimiter_is_a_usual_one(dial: ImapDial) -> None:
    """LIST "" "": the delimiter is /, . or a backslash; NIL says that names are flat."""
    delimiters = {entry.delimiter for entry in dial.login().command('LIST "" ""').ok().listed.values()}
    assert delimiters <= {b"/", b".", b"\\", None}


@verifies("RFC2683-3.4.10-03", refuted_by=rewrite(rb"&ZeVnLIqe-", b"&ZeVnLIqf-", of=rb"LIST .*"))
def test_names_are_encoded_level_by_level(dial: ImapDial) -> None:
    """Two levels, each in modified UTF-7: LIST of what is below the first gives the second as it was created."""
    session, first = dial.login(), dial.name(b"&U,BTFw-")
    second = dial.child(first, b"&ZeVnLIqe-")
    with dial.dialler.straight():
        session.command("CREATE", astring(first)).ok()
        session.command("CREATE", astring(second)).ok()
    assert second in session.command('LIST ""', astring(first + (dial.profile.delimiter or b"") + b"%")).ok().listed


@verifies(
    "RFC2683-3.4.12-01",
    refuted_by=forward(b"NOOP", of=rb"DELETE .*") | say(b"<tag> NO not empty\r\n", of=rb"DELETE .*"),
)
def test_a_mailbox_with_messages_can_be_deleted(dial: ImapDial) -> None:
    """CREATE, APPEND, DELETE: OK, and LIST shows it no more."""
    session = dial.login()
    name = dial.create(session)
    with dial.dialler.straight():
        session.append(name, b"Subject: one\r\n\r\n").ok()
    assert session.command("DELETE", astring(name)).is_ok
    listed = session.command('LIST ""', astring(name)).ok().listed
    assert name not in listed or b"\\noselect" in [flag.lower() for flag in listed[name].attributes]
