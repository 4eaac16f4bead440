"""RFC 9051 section 6.3: what IMAP4rev2 changes in the authenticated state, once it is enabled."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    NonSync,
    NotSupported,
    Reason,
    Sync,
    astring,
    compose,
    drop,
    inject_before,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_dialogue import split_literals

pytestmark = needs("IMAP4REV2")
MESSAGE = compose(b"A message.\r\nIt has two lines.\r\n").raw
LETTER, MARK = b"\xc3\xa9", b"e\xcc\x81"
"""One letter, composed and decomposed."""


def _enabled(dial: ImapDial, account: int = 0) -> Imap:
    session = dial.login(account, fresh=True)
    session.command("ENABLE IMAP4rev2").ok()
    return session


def _box(dial: ImapDial, *messages: bytes) -> tuple[Imap, bytes]:
    session = _enabled(dial)
    name = dial.create(session)
    for message in messages:
        session.append(name, message).ok()
    return session, name


def _codes(answer: Answer) -> list[bytes]:
    return [response.code.name for response in answer.responses if response.name == b"OK" and response.code]


@verifies("RFC9051-2.2.1-01", refuted_by=say(b"<tag> BAD that tag was used before\r\n", of=rb"NOOP", after=1))
def test_a_tag_may_be_used_again(dial: ImapDial) -> None:
    """NOOP three times with one tag, one after another: each completed OK with it."""
    session = _enabled(dial)
    for _ in range(3):
        session.send(b"again NOOP\r\n")
        assert session.finish(b"again").is_ok


@verifies("RFC9051-6.1.1-01", refuted_by=rewrite(rb" IMAP4rev2", b"", of=rb"CAPABILITY", when=rb"\* CAPABILITY"))
def test_imap4rev2_is_announced_in_each_state(dial: ImapDial) -> None:
    """CAPABILITY before login, after it, and after ENABLE: IMAP4rev2 is listed."""
    for session in (dial.imap(), dial.login(fresh=True), _enabled(dial)):
        assert b"IMAP4REV2" in session.command("CAPABILITY").ok().capabilities


@verifies("RFC9051-6.3.1-01", refuted_by=drop(of=rb"ENABLE .*", when=rb"\* ENABLED"))
def test_enable_is_answered_by_what_it_enabled(dial: ImapDial) -> None:
    """ENABLE of a name that does not exist, and of IMAP4rev2: OK, and an ENABLED response each, the last with IMAP4rev2."""
    session = dial.login(fresh=True)
    for words, wanted in (("ENABLE X-MAILCONFORM", False), ("ENABLE IMAP4rev2", True)):
        enabled = session.command(words)
        assert enabled.is_ok
        assert enabled.all("ENABLED")
        named = [name.upper() for response in enabled.all("ENABLED") for name in response.data]
        assert (b"IMAP4REV2" in named) == wanted


# SELECT


@verifies("RFC9051-6.3.2-01", refuted_by=drop(of=rb"(SELECT|EXAMINE) .*", when=rb"\* LIST"))
def test_the_selected_mailbox_is_listed(dial: ImapDial) -> None:
    """SELECT and EXAMINE of a new mailbox: a LIST response with its name."""
    session, name = _box(dial)
    for command in ("SELECT", "EXAMINE"):
        assert name in session.command(command, astring(name)).ok().listed


@verifies("RFC9051-6.3.2-03", refuted_by=drop(of=rb"(SELECT|EXAMINE) .*", when=rb"\* OK \[CLOSED\]"))
def test_leaving_a_mailbox_for_another_is_told(dial: ImapDial) -> None:
    """SELECT of one mailbox, then EXAMINE and SELECT of others: OK [CLOSED] in front of UIDVALIDITY of the new one."""
    session, name = _box(dial)
    other = dial.create(session)
    session.command("SELECT", astring(name)).ok()
    for command, box in (("EXAMINE", other), ("SELECT", name)):
        answer = session.command(command, astring(box)).ok()
        assert b"CLOSED" in _codes(answer)
        names = [r.code.name if r.code else r.name for r in answer.responses]
        assert b"UIDVALIDITY" not in names[: names.index(b"CLOSED")]


@verifies("RFC9051-6.3.2-04", refuted_by=drop(of=rb"SELECT .*", when=rb"\* OK \[CLOSED\]"))
def test_leaving_a_mailbox_is_told_though_the_next_cannot_be_selected(dial: ImapDial) -> None:
    """SELECT of a mailbox, then of a name that does not exist: OK [CLOSED], and NO."""
    session, name = _box(dial)
    session.command("SELECT", astring(name)).ok()
    answer = session.command("SELECT", astring(dial.name("absent")))
    assert answer.is_no
    assert b"CLOSED" in _codes(answer)


@verifies("RFC9051-6.3.2-05", refuted_by=inject_before(b"* OK [CLOSED] closed\r\n", of=rb"SELECT .*"))
def test_nothing_is_told_to_be_left_where_nothing_was_selected(dial: ImapDial) -> None:
    """The first SELECT of a session: no OK [CLOSED]."""
    session, name = _box(dial)
    assert b"CLOSED" not in _codes(session.command("SELECT", astring(name)).ok())


@verifies("RFC9051-7.3.1-02", refuted_by=say(b"<tag> OK [READ-WRITE] done\r\n", of=rb"(SELECT|EXAMINE) .*"))
def test_a_name_that_does_not_exist_cannot_be_selected(dial: ImapDial) -> None:
    r"""SELECT and EXAMINE of a name that LIST shows as \NonExistent, and of one it does not show: refused."""
    session, name = _enabled(dial), dial.name("absent")
    listed = session.command('LIST "" "%" RETURN (CHILDREN)').ok().listed
    missing = [n for n, entry in listed.items() if b"\\nonexistent" in {flag.lower() for flag in entry.attributes}]
    for each in (name, *missing):
        for command in ("SELECT", "EXAMINE"):
            assert session.command(command, astring(each)).refused


# Names


@verifies("RFC9051-5.1-01", refuted_by=say(b"<tag> OK created\r\n", of=rb"CREATE .*"))
def test_8_bit_names_that_are_no_net_unicode_are_refused(dial: ImapDial) -> None:
    """CREATE of a letter beyond ASCII, and one of ISO 8859-1, a sequence cut short, an overlong one: refused."""
    session = _enabled(dial)
    for word in (b"\xe9", b"\xe2\x82", b"\xc0\xaf"):
        answer = session.command("CREATE", Sync(dial.name() + LETTER + word))
        session.must_be_alive()
        assert answer.refused


@verifies(
    "RFC9051-5.1-02", refuted_by=say(b"<tag> NO no such mailbox\r\n", of=rb"(STATUS|EXAMINE|SUBSCRIBE|SELECT) .*")
)
def test_a_denormalised_name_that_was_taken_is_taken_everywhere(dial: ImapDial) -> None:
    """CREATE of a name with a decomposed letter: if OK, then STATUS, SUBSCRIBE, UNSUBSCRIBE, EXAMINE and SELECT of it too."""
    session = _enabled(dial)
    name = dial.name() + MARK
    if session.command("CREATE", quoted(name)).status != b"OK":
        raise NotSupported("names that are not normalised are refused")
    for command, items in (
        ("STATUS", "(MESSAGES)"),
        ("SUBSCRIBE", ""),
        ("UNSUBSCRIBE", ""),
        ("EXAMINE", ""),
        ("SELECT", ""),
    ):
        assert session.command(command, quoted(name), *([items] if items else [])).is_ok


@verifies("RFC9051-6.3.4-01", refuted_by=rewrite(LETTER, MARK, of=rb'LIST "" .*', when=rb"\* LIST"))
def test_a_denormalised_name_is_refused_or_converted(dial: ImapDial) -> None:
    """CREATE of a name with a decomposed letter: if OK, LIST shows the composed one, and not the other."""
    session, base = _enabled(dial), dial.name()
    if session.command("CREATE", quoted(base + MARK)).status != b"OK":
        raise NotSupported("names that are not normalised are refused")
    listed = set(session.command('LIST ""', quoted(base + b"*")).ok().listed)
    assert base + LETTER in listed
    assert base + MARK not in listed


@verifies("RFC9051-6.3.9.7-01", refuted_by=drop(of=rb"CREATE .*", when=rb"\* LIST"))
def test_a_converted_name_is_told_with_the_old_one(dial: ImapDial) -> None:
    """CREATE of a name with a decomposed letter: if OK, a LIST response with the composed name and OLDNAME."""
    session, base = _enabled(dial), dial.name()
    answer = session.command("CREATE", quoted(base + MARK))
    if answer.status != b"OK":
        raise NotSupported("names that are not normalised are refused")
    assert base + LETTER in answer.listed
    assert b"OLDNAME" in dict(answer.listed[base + LETTER].extended)


@verifies("RFC9051-A.1-01", refuted_by=rewrite(rb"&AOk-", b"&AOg-", of=rb"LIST .*"))
def test_clients_of_imap4rev1_see_names_in_modified_utf7(dial: ImapDial) -> None:
    """CREATE of a name in UTF-8 by a session that has enabled IMAP4rev2, LIST by one that has not: modified UTF-7."""
    base = dial.name()
    _enabled(dial).command("CREATE", quoted(base + LETTER)).ok()
    assert base + b"&AOk-" in dial.login(fresh=True).command('LIST ""', astring(base + b"*")).ok().listed


@verifies("RFC9051-A-02", refuted_by=rewrite(rb"&AOk-", LETTER, of=rb"LIST .*"))
def test_no_utf8_is_sent_outside_literals_unless_enabled(dial: ImapDial) -> None:
    """LIST and STATUS of a mailbox with a name in UTF-8 by a session that has not enabled IMAP4rev2: 7-bit but for literals."""
    base = dial.name()
    _enabled(dial).command("CREATE", quoted(base + LETTER)).ok()
    session = dial.login(fresh=True)
    for words in (('LIST ""', astring(base + b"*")), ("STATUS", astring(base + b"&AOk-"), "(MESSAGES)")):
        for reply in session.command(*words).ok().replies:
            assert all(octet < 128 for text in split_literals(reply.raw)[::2] for octet in text)


# LIST, NAMESPACE, STATUS, APPEND


@verifies("RFC9051-6.3.9-01", refuted_by=say(b"<tag> BAD options\r\n", of=rb"LIST \(.*"))
def test_list_takes_options_and_several_patterns(dial: ImapDial) -> None:
    """LIST (SUBSCRIBED) of two patterns with RETURN (SUBSCRIBED STATUS (MESSAGES)): the one subscribed, with its status."""
    session, name = _box(dial, MESSAGE)
    other = dial.create(session)
    session.command("SUBSCRIBE", astring(name)).ok()
    answer = session.command(
        'LIST (SUBSCRIBED) ""', "(", astring(name), astring(other), ")", "RETURN (SUBSCRIBED STATUS (MESSAGES))"
    )
    assert answer.is_ok
    # LIST responses may come unasked, as of the mailbox just made: they answer to no option
    subscribed = {n for n, entry in answer.listed.items() if b"\\subscribed" in {f.lower() for f in entry.attributes}}
    assert subscribed == {name}
    assert answer.mailbox_status.get(b"MESSAGES") == 1


@verifies("RFC9051-6.3.10-01", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"NAMESPACE"))
def test_namespace_is_known(dial: ImapDial) -> None:
    """NAMESPACE: OK, and a NAMESPACE response."""
    answer = _enabled(dial).command("NAMESPACE")
    assert answer.is_ok
    assert answer.all("NAMESPACE")


@verifies("RFC9051-6.3.11-01", refuted_by=rewrite(rb"DELETED \d+", b"DELETED 3", of=rb"STATUS .*"))
def test_status_tells_what_is_deleted_and_how_large_it_is(dial: ImapDial) -> None:
    r"""STATUS (MESSAGES DELETED SIZE) of three messages, one of them \Deleted: 3, 1, and a number."""
    session, name = _box(dial, MESSAGE, MESSAGE)
    session.append(name, MESSAGE, "\\Deleted").ok()
    told = session.command("STATUS", astring(name), "(MESSAGES DELETED SIZE)").ok().mailbox_status
    assert (told.get(b"MESSAGES"), told.get(b"DELETED")) == (3, 1)
    assert isinstance(told.get(b"SIZE"), int)


@verifies("RFC9051-6.3.11-02", refuted_by=say(b"<tag> NO it is selected\r\n", of=rb"STATUS .*"))
def test_status_of_the_selected_mailbox_is_answered(dial: ImapDial) -> None:
    """SELECT, then STATUS of the same mailbox: OK, with the number of its messages."""
    session, name = _box(dial, MESSAGE)
    session.command("SELECT", astring(name)).ok()
    answer = session.command("STATUS", astring(name), "(MESSAGES)")
    assert answer.is_ok
    assert answer.mailbox_status.get(b"MESSAGES") == 1


@verifies("RFC9051-6.3.11-03", refuted_by=rewrite(rb"SIZE \d+", b"SIZE 9", of=rb"STATUS .*"))
def test_the_size_of_a_mailbox_is_that_of_its_messages_at_least(dial: ImapDial) -> None:
    """STATUS (SIZE) of two messages, and the sum of RFC822.SIZE: not smaller."""
    session, name = _box(dial, MESSAGE, MESSAGE * 3)
    session.command("SELECT", astring(name)).ok()
    sizes = [fetch.get(b"RFC822.SIZE") for fetch in session.command("FETCH 1:* RFC822.SIZE").ok().fetched.values()]
    told = session.command("STATUS", astring(name), "(SIZE)").ok().mailbox_status.get(b"SIZE")
    if told is None:
        raise Inconclusive(Reason.PRECONDITION, "STATUS brought no SIZE")
    assert told >= sum(sizes)


@verifies("RFC9051-6.3.12-01", refuted_by=rewrite(rb"\[APPENDUID [^\]]*\] ", b"", of=rb"APPEND .*"))
def test_append_tells_the_uid(dial: ImapDial) -> None:
    """APPEND, SELECT, FETCH UID: APPENDUID has the mailbox's UIDVALIDITY and that UID."""
    session, name = _box(dial)
    appended = session.append(name, MESSAGE).ok()
    selected = session.command("SELECT", astring(name)).ok()
    uid = session.command("FETCH 1 UID").ok().fetched[1].get(b"UID")
    assert b"APPENDUID" in appended.codes
    validity, uids = appended.codes[b"APPENDUID"]
    assert validity == selected.codes[b"UIDVALIDITY"]
    assert bytes(str(uid), "ascii") in repr(uids).encode()


@verifies("RFC9051-6.3.12-02", refuted_by=say(b"<tag> BAD {n+}\r\n", of=rb"STATUS \{\d+\+\}.*"))
def test_short_literals_are_taken_without_waiting(dial: ImapDial) -> None:
    """STATUS with the name as {n+}, and APPEND of 4096 octets so: OK."""
    session, name = _box(dial)
    assert session.command("STATUS", NonSync(name), "(MESSAGES)").is_ok
    head, _, _ = MESSAGE.partition(b"\r\n\r\n")
    exact = (head + b"\r\n\r\n").ljust(4094, b"x") + b"\r\n"
    assert session.command("APPEND", astring(name), NonSync(exact)).is_ok


@verifies("RFC9051-6.3.13-01", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"IDLE.*"))
def test_idle_is_known(dial: ImapDial) -> None:
    """SELECT, IDLE, DONE: a continuation request, and OK."""
    session, name = _box(dial)
    session.command("SELECT", astring(name)).ok()
    refused = session.idle()
    assert refused is None
    assert session.done().is_ok


@verifies("RFC9051-6.3.5-01", refuted_by=rewrite(rb"\[HASCHILDREN\] ", b"", of=rb"DELETE .*"))
def test_the_refusal_to_delete_a_superior_has_its_own_code(dial: ImapDial) -> None:
    """DELETE of a mailbox that has an inferior: OK, or NO with HASCHILDREN."""
    session, name = _box(dial)
    session.command("CREATE", astring(dial.child(name))).ok()
    answer = session.command("DELETE", astring(name))
    assert answer.is_ok or answer.code == b"HASCHILDREN"
