"""RFC 4315 section 3: APPENDUID, COPYUID and UIDNOTSTICKY.

The codes are SHOULDs; what they tell must be true wherever they come, so that the checks of their contents are not
applied where none comes.
"""

from __future__ import annotations

from conformance import (
    ImapDial,
    Mailbox,
    NotSupported,
    Sync,
    astring,
    compose,
    inject_before,
    needs,
    rewrite,
    verifies,
)

pytestmark = needs("UIDPLUS")
SUBJECT = b"BODY[HEADER.FIELDS (SUBJECT)]"


def _subjects(mailbox: Mailbox) -> dict[int, bytes]:
    """UID -> subject of all messages."""
    fetched = mailbox.command("UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])").ok().by_uid
    return {uid: bytes(fetch.get(SUBJECT) or b"").partition(b":")[2].strip() for uid, fetch in fetched.items()}


def _validity(mailbox: Mailbox) -> int:
    status = mailbox.command("STATUS", astring(mailbox.name), "(UIDVALIDITY)").ok().mailbox_status
    return int(status.get(b"UIDVALIDITY") or 0)


@verifies("RFC4315-3-01", refuted_by=rewrite(rb"\[APPENDUID [^]]*\] ", b"", of=rb"APPEND .*"))
def test_append_tells_the_uid(mailbox: Mailbox) -> None:
    """APPEND: the tagged OK has APPENDUID."""
    assert mailbox.imap.append(mailbox.name, compose(b"One.\r\n").raw).ok().code == b"APPENDUID"


@verifies("RFC4315-3-02", refuted_by=rewrite(rb"\[APPENDUID (\d+) (\d+)\]", rb"[APPENDUID \1 \2:\2]", of=rb"APPEND .*"))
def test_appenduid_of_one_message_is_a_single_number(mailbox: Mailbox) -> None:
    """APPEND one message: the UID in APPENDUID is a number, no set."""
    told = mailbox.imap.append(mailbox.name, compose(b"One.\r\n").raw).ok().codes.get(b"APPENDUID")
    if told is None:
        raise NotSupported("no APPENDUID comes")
    assert bytes(told[1]).isdigit()


@verifies(
    "RFC4315-3-01", "RFC4315-3-04", refuted_by=rewrite(rb"\[APPENDUID (\d+) ", rb"[APPENDUID \1 1", of=rb"APPEND .*")
)
def test_appenduid_tells_the_uid_that_the_message_has(mailbox: Mailbox) -> None:
    """APPEND a third message: the UID in APPENDUID is the one under which FETCH finds it."""
    mailbox.fill(2)
    told = mailbox.imap.append(mailbox.name, compose(b"Three.\r\n", subject="third").raw).ok().codes.get(b"APPENDUID")
    if told is None:
        raise NotSupported("no APPENDUID comes")
    mailbox.select()
    assert {uid for uid, subject in _subjects(mailbox).items() if subject == b"third"} == {int(told[1])}


@verifies("RFC4315-3-07", refuted_by=rewrite(rb"\[(APPEND|COPY)UID (\d+) ", rb"[\1UID 1\2 ", of=rb"(APPEND|COPY) .*"))
def test_the_codes_tell_the_uidvalidity_of_the_target(mailbox: Mailbox, dial: ImapDial) -> None:
    """APPEND and COPY to another mailbox: APPENDUID and COPYUID begin with the UIDVALIDITY that STATUS tells of it."""
    target = dial.mailbox()
    mailbox.fill(1)
    answers = (
        mailbox.imap.append(target.name, compose(b"One.\r\n").raw),
        mailbox.command("COPY 1", astring(target.name)),
    )
    told = [
        data[0] for given in answers for name, data in given.ok().codes.items() if name in (b"APPENDUID", b"COPYUID")
    ]
    if not told:
        raise NotSupported("neither APPENDUID nor COPYUID comes")
    assert set(told) == {_validity(target)}


@verifies(
    "RFC4315-3-03",
    refuted_by=rewrite(rb"\[APPENDUID (\d+) (\d+)[:,](\d+)\]", rb"[APPENDUID \1 \3,\2]", of=rb"APPEND .*"),
)
def test_appenduid_of_several_messages_tells_them_in_their_order(mailbox: Mailbox) -> None:
    """MULTIAPPEND of two messages: the UIDs in APPENDUID, in the order written, are those of the first and the second."""
    mailbox.imap.supports("MULTIAPPEND")
    first, second = compose(b"One.\r\n", subject="first"), compose(b"Two.\r\n", subject="second")
    done = mailbox.command("APPEND", astring(mailbox.name), Sync(first.raw), Sync(second.raw)).ok()
    told = done.codes.get(b"APPENDUID")
    if told is None:
        raise NotSupported("no APPENDUID comes")
    mailbox.select()
    found = {subject: uid for uid, subject in _subjects(mailbox).items()}
    low, high = found[b"first"], found[b"second"]
    assert bytes(told[1]) in {b"%d,%d" % (low, high), b"%d:%d" % (low, high)}


@verifies("RFC4315-3-05", refuted_by=rewrite(rb"\[COPYUID [^]]*\] ", b"", of=rb"(UID )?COPY .*"))
def test_copy_and_uid_copy_tell_the_uids(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY and UID COPY: the tagged OK has COPYUID, both times."""
    name = astring(dial.mailbox().name)
    uids = mailbox.fill(2).uids()
    answers = mailbox.command("COPY 1:2", name).ok(), mailbox.command("UID COPY", uids[0], name).ok()
    assert [given.code for given in answers] == [b"COPYUID", b"COPYUID"]


@verifies(
    "RFC4315-3-06", "RFC4315-3-04", refuted_by=rewrite(rb"\[COPYUID (\d+) (\d+)", rb"[COPYUID \1 9\2", of=rb"COPY .*")
)
def test_copyuid_pairs_the_uids_of_sources_and_copies(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 2:4 and COPY 5,1 of five messages: COPYUID pairs the UIDs of source and copy of each message, and names no other."""
    target = dial.mailbox(compose(b"Already there.\r\n", subject="already there"))
    mailbox.fill(5)
    answers = [mailbox.command("COPY", numbers, astring(target.name)).ok() for numbers in ("2:4", "5,1")]
    if not all(given.codes.get(b"COPYUID") for given in answers):
        raise NotSupported("no COPYUID comes")
    target.select()
    sources, copies = _subjects(mailbox), _subjects(target)
    pairs = [{(sources.get(old), copies.get(new)) for old, new in given.copied} for given in answers]
    assert pairs == [{(b"message %d" % n, b"message %d" % n) for n in numbers} for numbers in ((2, 3, 4), (5, 1))]


@verifies(
    "RFC4315-3-06", refuted_by=rewrite(rb"\[COPYUID (\d+) (\S+) (\d+)\S*\]", rb"[COPYUID \1 \2 \3]", of=rb"COPY .*")
)
def test_copyuid_has_as_many_source_as_target_uids(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1:3: COPYUID has three UIDs on either side."""
    copied = mailbox.fill(3).command("COPY 1:3", astring(dial.mailbox().name)).ok()
    if b"COPYUID" not in copied.codes:
        raise NotSupported("no COPYUID comes")
    _, sources, targets = copied.codes[b"COPYUID"]
    assert (_count(sources), _count(targets)) == (3, 3)


def _count(uids: bytes) -> int:
    """How many UIDs a set holds."""
    ends = [[int(end) for end in part.split(b":") if end.isdigit()] for part in bytes(uids).split(b",")]
    return sum(abs(part[-1] - part[0]) + 1 for part in ends if part)


@verifies("RFC4315-3-08", refuted_by=rewrite(rb"OK ", b"OK [COPYUID 1 1 1] ", of=rb"UID COPY .*"))
def test_no_copyuid_comes_where_nothing_was_copied(mailbox: Mailbox, dial: ImapDial) -> None:
    """UID COPY of a UID that was never given: OK without COPYUID."""
    unused = mailbox.fill(1).uids()[-1] + 1000
    copied = mailbox.command("UID COPY", unused, astring(dial.mailbox().name)).ok()
    assert b"COPYUID" not in copied.codes


@verifies("RFC4315-3-11", refuted_by=inject_before(b"* NO [UIDNOTSTICKY] UIDs do not last\r\n", of=rb"SELECT .*"))
def test_uids_last_in_mailboxes_that_clients_create(mailbox: Mailbox) -> None:
    """SELECT a mailbox that was created by CREATE: no UIDNOTSTICKY."""
    assert b"UIDNOTSTICKY" not in mailbox.select().codes
