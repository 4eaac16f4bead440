"""RFC 3501 section 2.3.1: message numbers, unique identifiers and sequence numbers."""

from __future__ import annotations

from itertools import pairwise

from conformance import ImapDial, Mailbox, compose, fickle, forward, rewrite, verifies

KEY = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
STATIC = "(UID INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE RFC822.HEADER BODY.PEEK[] BODY.PEEK[TEXT])"
VOLATILE = (b"FLAGS", b"MODSEQ")
FETCHED = rb"\* \d+ FETCH"


@verifies("RFC3501-2.3.1.1-01", refuted_by=rewrite(rb"UID \d+", b"UID 4294967296", of=rb"FETCH .*"))
def test_each_message_has_a_uid_of_32_bits(mailbox: Mailbox) -> None:
    """FETCH 1:* (UID) in a mailbox of three messages: three UIDs, each between 1 and 4294967295."""
    uids = mailbox.fill(3).uids()
    assert len(uids) == 3
    assert all(0 < uid < 2**32 for uid in uids)


@verifies("RFC3501-2.3.1.1-03", refuted_by=rewrite(rb"UID (\d+)", rb"UID 7", of=rb"FETCH .*"))
def test_uids_ascend_along_the_message_numbers(mailbox: Mailbox) -> None:
    """FETCH 1:* (UID) in a mailbox of five messages, then once more without the third: strictly ascending."""
    assert _ascending(mailbox.fill(5).uids())
    mailbox.command("STORE 3 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert _ascending(mailbox.fill(1).uids())


@verifies("RFC3501-2.3.1.1-04", refuted_by=rewrite(rb"UID \d+", b"UID 1", of=rb"FETCH .*"))
def test_a_retired_uid_is_not_given_again(mailbox: Mailbox) -> None:
    """Expunge the newest message, append another: its UID is higher."""
    mailbox.fill(2)
    retired = mailbox.uids()[-1]
    mailbox.command("STORE 2 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    mailbox.append()
    mailbox.select()
    assert mailbox.uids()[-1] > retired


@verifies("RFC3501-2.3.1.1-05", refuted_by=rewrite(rb"UID (\d+)", rb"UID 9\1", of=rb"FETCH .*", when=FETCHED, after=4))
def test_a_message_keeps_its_uid_while_others_come_and_go(mailbox: Mailbox) -> None:
    """Another session expunges the first of four messages and appends two: the other three have their UIDs still."""
    known = _keys(mailbox.fill(4))
    other = mailbox.beside()
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    other.command("EXPUNGE").ok()
    other.append(compose(b"The first that comes.\r\n"))
    other.append(compose(b"The second that comes.\r\n"))
    mailbox.command("NOOP").ok()
    mailbox.command("NOOP").ok()
    now = _keys(mailbox)
    stayed = [key for key in known if key in now]
    assert [now[key] for key in stayed] == [known[key] for key in stayed]
    assert len(stayed) >= 3


@verifies("RFC3501-2.3.1.1-06", refuted_by=fickle(rb"UID \d+", of=rb"FETCH .*", when=FETCHED))
def test_uids_last_beyond_the_session(dial: ImapDial) -> None:
    """FETCH the UIDs of three messages in one session, log out, and in another: equal ones."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    before = mailbox.command("FETCH 1:* (UID)").ok().fetched
    mailbox.imap.leave()
    again = _again(dial, mailbox).command("FETCH 1:* (UID)").ok().fetched
    assert {n: f.get(b"UID") for n, f in again.items()} == {n: f.get(b"UID") for n, f in before.items()}


@verifies("RFC3501-2.3.1.1-07", refuted_by=fickle(rb"UID \d+", of=rb"FETCH .*", when=FETCHED))
def test_uids_that_change_between_sessions_have_another_uidvalidity(dial: ImapDial) -> None:
    """FETCH UID and Message-ID of three messages in two sessions: different UIDs come with a greater UIDVALIDITY."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    before, validity = _keys(mailbox), _validity(mailbox)
    mailbox.imap.leave()
    again = _again(dial, mailbox)
    assert _keys(again) == before or _validity(again) > validity


@verifies("RFC3501-2.3.1.1-15", refuted_by=forward(b"NOOP", of=rb"STORE 2 .*"))
def test_flags_last_beyond_the_session(dial: ImapDial) -> None:
    """STORE flags of three messages, log out, FETCH FLAGS in another session: each message has its own permanent flags."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    wanted = {1: b"\\flagged", 2: b"\\seen \\answered", 3: b"\\draft \\flagged"}
    for number, flags in wanted.items():
        mailbox.command("STORE", number, "FLAGS", b"(" + flags + b")").ok()
    listed = mailbox.selected_answer.codes.get(b"PERMANENTFLAGS")
    lasting = {flag.lower() for flag in listed} if listed is not None else set(b" ".join(wanted.values()).split())
    mailbox.imap.leave()
    again = _again(dial, mailbox)
    for number, flags in wanted.items():
        assert again.flags(number) & lasting == lasting & set(flags.split())


@verifies("RFC3501-2.3.1.1-14", refuted_by=fickle(rb"RFC822.SIZE \d+", of=rb"FETCH .*"))
def test_what_a_uid_stands_for_never_changes(dial: ImapDial) -> None:
    """FETCH all that is not a flag, change flags, expunge the first message, log in anew: equal data for equal UIDs."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    before, validity = _static(mailbox), _validity(mailbox)
    mailbox.command("STORE 2:3 +FLAGS.SILENT (\\Seen \\Flagged)").ok()
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    mailbox.imap.leave()
    again = _again(dial, mailbox)
    if _validity(again) == validity:
        assert _static(again) == {uid: before[uid] for uid in list(before)[1:]}


@verifies("RFC3501-2.3.1.2-01", refuted_by=rewrite(rb"^\* (\d+) FETCH", rb"* 9\1 FETCH", of=rb"FETCH .*", when=FETCHED))
def test_messages_are_numbered_from_one_to_exists(mailbox: Mailbox) -> None:
    """FETCH 1:* (UID) in a mailbox of five messages: the numbers are those up to EXISTS, the UIDs ascend with them."""
    mailbox.fill(5)
    fetched = mailbox.command("FETCH 1:* (UID)").ok().fetched
    assert sorted(fetched) == list(range(1, (mailbox.selected_answer.exists or 0) + 1))
    assert _ascending([fetched[number].get(b"UID") for number in sorted(fetched)])


@verifies("RFC3501-2.3.1.2-02", refuted_by=rewrite(rb"^\* 4 ", rb"* 1 ", of=rb"FETCH .*", when=FETCHED))
def test_a_new_message_has_the_number_behind_the_last(mailbox: Mailbox) -> None:
    """Append to the selected mailbox of three: messages 1 to 3 stay what they were, and 4 is the new one."""
    before = _numbered(mailbox.fill(3))
    mailbox.append()
    mailbox.command("NOOP").ok()
    now = _numbered(mailbox)
    assert sorted(now) == [1, 2, 3, 4]
    assert {number: now[number] for number in before} == before
    assert now[4] not in before.values()


@verifies("RFC3501-2.3.1.2-03", refuted_by=rewrite(rb"^\* 3 ", rb"* 5 ", of=rb"FETCH .*", when=FETCHED, after=5))
def test_numbers_close_up_when_a_message_is_removed(mailbox: Mailbox) -> None:
    """Expunge the second and the fourth of five messages: 1, 3 and 5 are now 1, 2 and 3."""
    before = _numbered(mailbox.fill(5))
    mailbox.command("STORE 2,4 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert _numbered(mailbox) == {1: before[1], 2: before[3], 3: before[5]}


@verifies("RFC3501-2.3.1.2-03", refuted_by=forward(b"NOOP", of=rb"EXPUNGE"))
def test_the_count_falls_with_each_message_removed(mailbox: Mailbox) -> None:
    """Expunge two of five messages: another session that selects the mailbox counts three."""
    mailbox.fill(5)
    mailbox.command("STORE 2,4 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert mailbox.count() == 3


def _ascending(uids: list[int]) -> bool:
    return all(earlier < later for earlier, later in pairwise(uids))


def _again(dial: ImapDial, mailbox: Mailbox) -> Mailbox:
    """The same mailbox, selected on a new connection."""
    again = Mailbox(dial, dial.login(fresh=True), mailbox.name)
    again.select()
    return again


def _keys(mailbox: Mailbox) -> dict[bytes, int]:
    """Message-ID field -> UID of every message."""
    fetched = mailbox.command(f"FETCH 1:* (UID {KEY})").ok().fetched
    return {found.get(KEY.replace(".PEEK", "").encode()): found.get(b"UID") for found in fetched.values()}


def _numbered(mailbox: Mailbox) -> dict[int, bytes]:
    """Number -> Message-ID field of every message."""
    fetched = mailbox.command(f"FETCH 1:* (UID {KEY})").ok().fetched
    return {number: found.get(KEY.replace(".PEEK", "").encode()) for number, found in fetched.items()}


def _validity(mailbox: Mailbox) -> int:
    return int(mailbox.selected_answer.codes.get(b"UIDVALIDITY") or 0)


def _static(mailbox: Mailbox) -> dict[int, dict[bytes, object]]:
    """UID -> all data items of the message that may never change."""
    fetched = mailbox.command(f"FETCH 1:* {STATIC}").ok().fetched
    return {
        found.get(b"UID"): {name: value for name, value in found.pairs if name not in VOLATILE}
        for _, found in sorted(fetched.items())
    }
