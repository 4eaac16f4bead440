r"""RFC 2177: IDLE.

What others do while a client idles is done without the fault, by a second session. A server that waits for a mailbox to
be selected, or refuses IDLE with NO, is let alone where the text leaves that open.
"""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    compose,
    drop,
    inject,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.wire.imap import Response

pytestmark = needs("IDLE")
NEWS = compose(b"News.\r\n", subject="news")
SOON = 8.0


def _idling(mailbox: Mailbox) -> Mailbox:
    """Begin IDLE; NotSupported if the server answers NO."""
    refused = mailbox.imap.idle()
    if refused is not None:
        if refused.status == b"NO":
            raise NotSupported(f"IDLE is refused: {refused!r}")
        raise Inconclusive(Reason.PRECONDITION, f"IDLE was answered {refused!r}")
    return mailbox


def _marked(mailbox: Mailbox, numbers: str) -> Mailbox:
    """Another session on the mailbox, in which it has marked messages as deleted; the first one has heard of it."""
    other = mailbox.beside()
    other.flag(numbers, "\\Deleted")
    mailbox.command("NOOP").ok()
    return other


def _hears(mailbox: Mailbox, name: bytes, number: int | None = None) -> int | None:
    """The number of the first response of that name that comes while the client idles, or whether that number comes."""
    patience = min(SOON, mailbox.imap.patience, mailbox.imap.recorder.longest_wait)

    def fits(response: Response) -> bool:
        return response.name == name and number in (None, response.number)

    heard = mailbox.imap.hear_until(fits, patience)
    return heard[-1].number if heard and fits(heard[-1]) else None


@verifies(
    "RFC2177-3-01",
    refuted_by=say(b"<tag> BAD no such command\r\n", of=rb"IDLE") | rewrite(rb"^\+ .*", b"* OK wait", of=rb"IDLE"),
)
def test_idle_is_answered_with_a_continuation_request(mailbox: Mailbox) -> None:
    """IDLE in the selected state, where the server announces it: a continuation request, or NO."""
    refused = mailbox.imap.idle()
    assert refused is None or refused.is_no


@verifies("RFC2177-3-02", refuted_by=answer(b"<tag> BAD select a mailbox first\r\n", of=rb"IDLE"))
def test_idle_is_taken_without_a_mailbox(dial: ImapDial) -> None:
    """IDLE after login, nothing being selected: a continuation request, or NO; DONE ends it."""
    session = dial.login(fresh=True)
    refused = session.idle()
    assert refused is None or refused.is_no
    assert refused is not None or session.done().is_ok


@verifies("RFC2177-3-03", refuted_by=rewrite(rb"^\S+ (BAD|NO).*", b"+ idling", of=rb"IDLE"))
def test_idle_before_login_is_refused(dial: ImapDial) -> None:
    """IDLE before login: BAD or NO, no continuation request."""
    session = dial.imap()
    session.greeting.ok()
    refused = session.idle()
    assert refused is not None
    assert refused.refused


@verifies("RFC2177-3-04", refuted_by=rewrite(rb"^\S+ (BAD|NO).*", b"+ idling", of=rb"IDLE .*"))
def test_idle_with_an_argument_is_refused(mailbox: Mailbox) -> None:
    """IDLE x: BAD or NO, no continuation request."""
    tag = mailbox.imap.begin("IDLE x")
    assert not mailbox.imap.continues(tag)
    assert mailbox.imap.finish(tag).refused


@verifies("RFC2177-3-05", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXISTS"))
def test_new_messages_are_told_while_a_client_idles(mailbox: Mailbox) -> None:
    """Another session appends to a mailbox of two messages while a client idles: EXISTS 3 comes before DONE."""
    mailbox.fill(2)
    other = mailbox.beside()
    _idling(mailbox)
    other.append(NEWS)
    assert _hears(mailbox, b"EXISTS") == 3
    mailbox.imap.done().ok()


@verifies("RFC2177-3-25", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXISTS"))
def test_new_messages_are_told_before_idle_is_completed(mailbox: Mailbox) -> None:
    """Another session appends to a mailbox of two messages while a client idles: EXISTS 3 comes before the tagged response."""
    mailbox.fill(2)
    other = mailbox.beside()
    _idling(mailbox)
    other.append(NEWS)
    told = _hears(mailbox, b"EXISTS")
    assert 3 in (told, mailbox.imap.done().ok().exists)


@verifies("RFC2177-3-06", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXPUNGE"))
def test_removals_are_told_while_a_client_idles(mailbox: Mailbox) -> None:
    """Another session removes the second of three messages while a client idles: EXPUNGE 2 comes before DONE."""
    other = _marked(mailbox.fill(3), "2")
    _idling(mailbox)
    other.purge()
    assert _hears(mailbox, b"EXPUNGE") == 2
    mailbox.imap.done().ok()


@verifies("RFC2177-3-07", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ FETCH"))
def test_changes_of_flags_are_told_while_a_client_idles(mailbox: Mailbox) -> None:
    r"""Another session adds \Answered to the second of three messages while a client idles: FETCH for it comes before DONE."""
    mailbox.fill(3).permits("\\Answered")
    other = mailbox.beside()
    _idling(mailbox)
    other.flag(2, "\\Answered")
    assert _hears(mailbox, b"FETCH") == 2
    mailbox.imap.done().ok()


@verifies("RFC2177-3-08", refuted_by=drop(of=rb"(IDLE|NOOP|FETCH).*", when=rb"\* \d+ RECENT"))
def test_recent_is_told_while_a_client_idles(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""A session without the mailbox appends while a client idles: if FETCH shows the message as \Recent then, RECENT has come."""
    _idling(mailbox)
    with dial.dialler.straight():
        dial.login().append(mailbox.name, NEWS.raw).ok()
    if _hears(mailbox, b"EXISTS") != 1:
        raise Inconclusive(Reason.PRECONDITION, "EXISTS does not come")
    told = mailbox.imap.hear(1.0)
    recents = [told.name if told else b"", *(response.name for response in mailbox.imap.done().ok().responses)]
    shown = mailbox.fetch(1, "FLAGS").get(b"FLAGS") or ()
    if b"\\recent" not in {bytes(flag).lower() for flag in shown}:
        raise Inconclusive(Reason.PRECONDITION, "the new message is not recent in this session")
    assert b"RECENT" in recents


@verifies("RFC2177-3-09", refuted_by=drop(of=rb"IDLE.*"))
@pytest.mark.parametrize("line", [b"DONE\r\n"], ids=["upper-case"])
def test_done_ends_idle_with_ok(mailbox: Mailbox, line: bytes) -> None:
    """IDLE, DONE: the tagged OK."""
    tag = _begun(mailbox)
    mailbox.imap.send(line)
    assert mailbox.imap.finish(tag).status == b"OK"


def _begun(mailbox: Mailbox) -> bytes:
    tag = mailbox.imap.begin("IDLE")
    if not mailbox.imap.continues(tag):
        raise Inconclusive(Reason.PRECONDITION, "no continuation request comes")
    return tag


@verifies("RFC2177-3-10", refuted_by=drop(of=rb"IDLE.*"))
@pytest.mark.parametrize("line", [b"done\r\n", b"Done\r\n"], ids=["lower-case", "mixed"])
def test_done_may_be_written_in_any_letter_case(mailbox: Mailbox, line: bytes) -> None:
    """IDLE, then done or Done: the tagged OK."""
    tag = _begun(mailbox)
    mailbox.imap.send(line)
    assert mailbox.imap.finish(tag).status == b"OK"


@verifies("RFC2177-3-12", refuted_by=drop(of=rb"(NOOP|FETCH .*)"))
def test_commands_are_taken_after_done(mailbox: Mailbox) -> None:
    """IDLE, DONE, NOOP, FETCH, and IDLE once more: each is carried out."""
    _idling(mailbox.fill(1)).imap.done().ok()
    answers = [mailbox.command("NOOP").status, mailbox.command("FETCH 1 FLAGS").status]
    answers.append(_idling(mailbox).imap.done().status)
    assert answers == [b"OK", b"OK", b"OK"]


@verifies("RFC2177-3-13", refuted_by=inject(b"bad1 OK done\r\n", of=rb"IDLE.*", when=rb"\+"))
def test_a_line_that_is_not_done_is_no_command(mailbox: Mailbox) -> None:
    """IDLE, then a line with a tag and NOOP: no OK for that tag comes (BAD for the tag of IDLE, or BYE, may)."""
    tag = _begun(mailbox)
    mailbox.imap.send(b"bad1 NOOP\r\n")
    heard = mailbox.imap.finish(tag, 2.0)
    assert (b"bad1", b"OK") not in [
        (bytes(reply.tag), reply.words[1]) for reply in heard.replies if len(reply.words) > 1
    ]


@verifies("RFC2177-3-14", refuted_by=inject(b"* 1 EXPUNGE\r\n", of=rb"IDLE.*"))
def test_no_expunge_comes_behind_the_end_of_idle(mailbox: Mailbox) -> None:
    """IDLE, DONE, then another session removes two of three messages: no EXPUNGE comes until the next command."""
    mailbox.fill(3)
    other = mailbox.beside()
    _idling(mailbox).imap.done().ok()
    other.expunge("1:2")
    heard = mailbox.imap.hear_until(lambda response: response.name == b"EXPUNGE", 1.5)
    assert b"EXPUNGE" not in [response.name for response in heard]


@verifies("RFC2177-3-15", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXISTS"))
def test_what_came_before_idle_is_told(mailbox: Mailbox) -> None:
    """Another session appends, then IDLE begins: EXISTS comes before DONE."""
    mailbox.fill(1).beside().append(NEWS)
    tag = mailbox.imap.begin("IDLE")
    assert _hears(mailbox, b"EXISTS") == 2
    mailbox.imap.send(b"DONE\r\n")
    mailbox.imap.finish(tag)


@verifies("RFC2177-3-16", refuted_by=rewrite(rb"^\* 2 EXPUNGE", b"* 3 EXPUNGE", of=rb"IDLE.*"))
def test_expunge_responses_count_with_each_removal_while_a_client_idles(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages while a client idles: the EXPUNGE responses, in turn, leave what FETCH shows."""
    uids = mailbox.fill(7).uids()
    other = _marked(mailbox, "2,3,5")
    _idling(mailbox)
    other.purge()
    gone = [_hears(mailbox, b"EXPUNGE") for _ in range(3)]
    if None in gone:
        raise Inconclusive(Reason.PRECONDITION, "not all EXPUNGE responses come while the client idles")
    mailbox.imap.done().ok()
    for number in gone:
        del uids[(number or 1) - 1 : number]
    assert uids == mailbox.uids()


@verifies("RFC2177-3-21", refuted_by=drop(of=rb"NOOP", when=rb"\* \d+ EXISTS"))
def test_others_are_served_when_an_idling_client_goes_away(dial: ImapDial) -> None:
    """One of two clients drops its connection while it idles, a third appends: NOOP brings EXISTS to the other one."""
    mailbox = dial.mailbox(fresh=True)
    other, third = mailbox.beside(), mailbox.beside()
    _idling(mailbox).imap.close()
    third.append(NEWS)
    assert other.imap.poll(lambda heard: heard.exists == 1).exists == 1


@verifies("RFC2177-3-22", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXISTS"))
def test_all_idling_clients_are_told(mailbox: Mailbox) -> None:
    """Three clients idle, a fourth appends one message, or one and seven at once, eight times, where literals need not wait: EXISTS with the last number comes to each."""
    idlers = [_idling(mailbox), _idling(mailbox.beside()), _idling(mailbox.beside())]
    other = mailbox.beside()
    many, times = (8, 8) if other.takes_at_once else (1, 1)
    for first in range(0, many * times, many):
        other.append_at_once(range(first, first + 1))
        other.append_at_once(range(first + 1, first + many))  # they come just while the one before is told
        assert [_hears(idler, b"EXISTS", first + many) for idler in idlers] == [first + many] * 3
    for idler in idlers:
        idler.imap.done().ok()


@verifies("RFC2177-3-23", refuted_by=drop(of=rb"IDLE.*", when=rb"\* \d+ EXISTS"))
def test_a_client_may_idle_after_examine(mailbox: Mailbox) -> None:
    """EXAMINE, IDLE, another session appends: EXISTS comes before DONE."""
    other = mailbox.beside()
    mailbox.select(read_only=True)
    _idling(mailbox)
    other.append(NEWS)
    assert _hears(mailbox, b"EXISTS") == 1
    mailbox.imap.done().ok()


@verifies("RFC2177-4-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"IDLE.*"))
@pytest.mark.parametrize("line", [b" DONE\r\n", b"DONE now\r\n"], ids=["space-before", "word-behind"])
def test_done_with_more_than_its_letters_is_refused(mailbox: Mailbox, line: bytes) -> None:
    """IDLE, then DONE with a space in front or a word behind: no tagged OK."""
    tag = _begun(mailbox)
    mailbox.imap.send(line)
    assert mailbox.imap.finish(tag, 2.0).status != b"OK"
