"""RFC 5464: annotations of mailboxes and of the server, set, read and removed."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    Sync,
    answer,
    astring,
    confuse,
    drop,
    forward,
    inject_before,
    needs,
    rewrite,
    say,
    string,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.sharing import shared

pytestmark = needs("METADATA")
COMMENT = b"/shared/comment"
OURS = b"/shared/vendor/mailconform/"
TOLD = rb"\* METADATA"
LINES = b'One line, "quoted" and \\ bare,\r\n\r\nthe second of\ttwo lines.\r\n'
INVALID = (b"/shared//comment", b"/shared/comment/", b'"/shared/comm*nt"', b'"/shared/comm%nt"')


def _box(dial: ImapDial) -> tuple[Imap, bytes]:
    session = dial.login()
    return session, dial.create(session)


def _set(session: Imap, name: bytes, entry: bytes, value: bytes | None) -> Answer:
    return session.command(
        "SETMETADATA", astring(name), "(", astring(entry), "NIL" if value is None else string(value), ")"
    )


def _values(asked: Answer) -> dict[bytes, bytes | None]:
    """Entry in lower case -> value, of all METADATA responses."""
    return {entry.lower(): value for response in asked.all("METADATA") for entry, value in response.data.values}


def _get(session: Imap, name: bytes, *entries: bytes) -> dict[bytes, bytes | None]:
    words: tuple[bytes, ...] = entries if len(entries) == 1 else (b"(", *entries, b")")
    return _values(session.command("GETMETADATA", astring(name), *words).ok())


@verifies("RFC5464-3.1-01", "RFC5464-4.2-03", refuted_by=say(b"<tag> BAD unknown\r\n", of=rb'GETMETADATA "" .*'))
def test_annotations_of_the_server_may_be_read(dial: ImapDial) -> None:
    """GETMETADATA of /shared/comment with an empty mailbox name: OK, and what comes is for that name."""
    asked = dial.login().command('GETMETADATA "" /shared/comment')
    assert asked.is_ok
    assert all(response.data.mailbox == b"" for response in asked.all("METADATA"))


@verifies("RFC5464-3.2-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"[GS]ETMETADATA .*"))
def test_an_entry_name_of_a_wrong_form_is_answered_bad(dial: ImapDial) -> None:
    """GETMETADATA and SETMETADATA of names with two slashes, a slash at the end, an asterisk and a percent sign: BAD."""
    session, name = _box(dial)
    for entry in INVALID:
        for command in (
            (b"GETMETADATA", astring(name), entry),
            (b"SETMETADATA", astring(name), b"(" + entry + b' "x")'),
        ):
            asked = session.command(*command)
            session.must_be_alive()
            assert asked.is_bad


@verifies("RFC5464-3.2-02", refuted_by=drop(of=rb"GETMETADATA .*(?-i:/SHARED).*", when=TOLD))
def test_entry_names_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """SETMETADATA of /shared/comment, GETMETADATA of /SHARED/Comment: its value; set by that name, the other has it too."""
    session, name = _box(dial)
    _set(session, name, COMMENT, b"first").ok()
    assert _get(session, name, b"/SHARED/Comment").get(COMMENT) == b"first"
    _set(session, name, b"/Shared/COMMENT", b"second").ok()
    assert _get(session, name, COMMENT).get(COMMENT) == b"second"


@verifies("RFC5464-3.2-03", refuted_by=rewrite(rb"\r\n\r\n", b"\r\n", of=rb"GETMETADATA .*"))
def test_a_value_is_kept_octet_for_octet(dial: ImapDial) -> None:
    """SETMETADATA of several lines with quotes and backslashes, of nothing at all: the same octets by GETMETADATA."""
    session, name = _box(dial)
    for value in (LINES, b"x" * 1024, b"\xc3\xa9"):
        session.command("SETMETADATA", astring(name), "(/shared/comment", Sync(value), ")").ok()
        assert _get(session, name, COMMENT).get(COMMENT) == value


@verifies("RFC5464-3.2.1.1-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"SETMETADATA .*"))
def test_the_address_of_the_administrator_cannot_be_changed(dial: ImapDial) -> None:
    """SETMETADATA of the server's /shared/admin: refused."""
    session = dial.login()
    before = _get(session, b"", b"/shared/admin").get(b"/shared/admin")
    asked = _set(session, b"", b"/shared/admin", b"mailto:postmaster@mailconform.invalid")
    if asked.status == b"OK":
        _set(session, b"", b"/shared/admin", before)
    assert asked.refused


@verifies("RFC5464-3.3-04", refuted_by=say(b"<tag> BAD unknown\r\n", of=rb"SETMETADATA .*"))
def test_an_annotation_of_the_server_is_set_or_answered_no(dial: ImapDial) -> None:
    """SETMETADATA of a shared and a private entry of our own of the server: OK or NO."""
    session = dial.login()
    for entry in (OURS + b"test", b"/private/vendor/mailconform/test"):
        asked = _set(session, b"", entry, b"x")
        if asked.status == b"OK":
            _set(session, b"", entry, None)
        assert asked.is_no or asked.is_ok


# Who may


@verifies("RFC5464-3.3-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"[GS]ETMETADATA .*absent.*"))
def test_annotations_of_a_missing_mailbox_are_answered_no(dial: ImapDial) -> None:
    """SETMETADATA and GETMETADATA of a name that does not exist: NO."""
    session, name = dial.login(), dial.name("absent")
    for asked in (_set(session, name, COMMENT, b"x"), session.command("GETMETADATA", astring(name), COMMENT)):
        session.must_be_alive()
        assert asked.is_no


@verifies("RFC5464-3.3-02", refuted_by=say(b"<tag> NO [METADATA TOOMANY] none here\r\n", of=rb"SETMETADATA .*"))
def test_shared_annotations_of_mailboxes_are_supported(dial: ImapDial) -> None:
    """SETMETADATA of /shared/comment of a mailbox of our own: OK."""
    session, name = _box(dial)
    assert _set(session, name, COMMENT, b"x").is_ok


@verifies("RFC5464-3.3-03", refuted_by=confuse(b"/private/comment", COMMENT, verb=b"[GS]ETMETADATA"))
def test_private_entries_of_different_users_are_kept_apart(dial: ImapDial) -> None:
    """Two users set /private/comment of one mailbox: each reads the own value, and before that none."""
    entry, box = b"/private/comment", shared(dial)
    box.grant("lrsw")
    if _set(box.owner, box.name, entry, b"owner's").status != b"OK":
        raise NotSupported("private annotations are not supported")
    assert _get(box.guest, box.seen, entry).get(entry) is None
    _set(box.guest, box.seen, entry, b"guest's").ok()
    assert _get(box.guest, box.seen, entry).get(entry) == b"guest's"
    assert _get(box.owner, box.name, entry).get(entry) == b"owner's"


@verifies(
    "RFC5464-3.3-01",
    refuted_by=forward(rb"\1lrswip", of=rb"(SETACL .* )[a-z]+")
    | rewrite(rb"(MYRIGHTS .*) \S+$", rb"\1 lk", of=rb"MYRIGHTS .*"),
)
def test_annotations_are_for_those_with_rights_to_the_messages(dial: ImapDial) -> None:
    """SETMETADATA and GETMETADATA with l, k and x, and with r and w alone: NO."""
    box = shared(dial)
    _set(box.owner, box.name, COMMENT, b"x").ok()
    for rights in ("lkx", "rw"):
        box.grant(rights)
        given = set(box.guest.command("MYRIGHTS", astring(box.seen)).ok().data("MYRIGHTS").rights)
        if b"l"[0] in given and given & set(b"rswip"):
            continue  # some servers grant the p right in any case, which is enough
        assert box.guest.command("GETMETADATA", astring(box.seen), COMMENT).is_no
        assert _set(box.guest, box.seen, COMMENT, b"y").is_no
    assert _get(box.owner, box.name, COMMENT).get(COMMENT) == b"x"


# What becomes of them


@verifies("RFC5464-4.1-01", refuted_by=drop(of=rb"GETMETADATA .*renamed.*", when=TOLD))
def test_annotations_follow_a_renamed_mailbox(dial: ImapDial) -> None:
    """SETMETADATA, RENAME, GETMETADATA of the new name: the value; of a new mailbox with the old name: none."""
    session, name = _box(dial)
    renamed = dial.name("renamed")
    _set(session, name, COMMENT, b"x").ok()
    session.command("RENAME", astring(name), astring(renamed)).ok()
    assert _get(session, renamed, COMMENT).get(COMMENT) == b"x"
    session.command("CREATE", astring(name)).ok()
    assert _get(session, name, COMMENT).get(COMMENT) is None


@verifies("RFC5464-4.1-02", refuted_by=forward(b"NOOP", of=rb"(DELETE|CREATE) .*"))
def test_annotations_go_with_their_mailbox(dial: ImapDial) -> None:
    """SETMETADATA, DELETE, CREATE, GETMETADATA: no value."""
    session, name = _box(dial)
    _set(session, name, COMMENT, b"x").ok()
    session.command("DELETE", astring(name)).ok()
    session.command("CREATE", astring(name)).ok()
    assert _get(session, name, COMMENT).get(COMMENT) is None


@verifies("RFC5464-4.1-04", refuted_by=say(b"<tag> NO [METADATA TOOMANY] full\r\n", of=rb"SETMETADATA .*", after=5))
def test_ten_annotations_of_1024_octets_are_taken(dial: ImapDial) -> None:
    """SETMETADATA of ten entries of 1024 octets each, GETMETADATA of all: no refusal for size or number, and all are kept."""
    session, name = _box(dial)
    entries = [OURS + b"test/%d" % number for number in range(10)]
    for entry in entries:
        asked = _set(session, name, entry, entry.ljust(1024, b"."))
        if asked.status != b"OK" and asked.code != b"METADATA":
            raise Inconclusive(Reason.PRECONDITION, f"entries of our own are not taken: {asked!r}")
        assert asked.is_ok
    assert _get(session, name, *entries) == {entry: entry.ljust(1024, b".") for entry in entries}


@verifies("RFC5464-4.4-01", refuted_by=inject_before(b"* METADATA box /shared/comment\r\n", of=rb"NOOP"))
def test_changes_are_not_told_to_those_who_did_not_ask(dial: ImapDial) -> None:
    """Another session sets an entry of the selected mailbox, NOOP twice: no METADATA response without ENABLE."""
    mailbox = dial.mailbox()
    other = dial.login(fresh=True)
    _set(other, mailbox.name, COMMENT, b"x").ok()
    for _ in range(2):
        assert not mailbox.command("NOOP").ok().all("METADATA")


@verifies("RFC5464-4.2-04", refuted_by=answer(b"<tag> OK done\r\n", of=rb"[GS]ETMETADATA .*"))
def test_annotations_are_for_those_who_have_logged_in(dial: ImapDial) -> None:
    """GETMETADATA and SETMETADATA before login: refused; after it, without and with a selected mailbox: OK."""
    stranger = dial.imap()
    for words in ('GETMETADATA "INBOX" /shared/comment', 'SETMETADATA "INBOX" (/shared/comment NIL)'):
        asked = stranger.command(words)
        stranger.must_be_alive()
        assert asked.refused
    mailbox = dial.mailbox()
    for session in (dial.login(), mailbox.imap):
        assert _set(session, mailbox.name, COMMENT, b"x").is_ok
        assert session.command("GETMETADATA", astring(mailbox.name), COMMENT).is_ok
