"""RFC 1939 section 7: UIDL and the unique-id."""

import re

from conformance import (
    STOCK,
    Maildrop,
    Pop3,
    Specimen,
    compose,
    fickle,
    forward,
    inject,
    rewrite,
    say,
    stale,
    verifies,
)

ABOVE_32_BITS = 2**32 + 1
OLD = compose(b"The old message, which is removed.\r\n", subject="old")
NEW = compose(b"The new message, which has nothing of the old.\r\n", subject="new")


@verifies("RFC1939-7-08", refuted_by=rewrite(rb"^1 \S+\r\n", b"", of=rb"UIDL"))
def test_uidl_has_one_line_for_each_message(maildrop: Maildrop) -> None:
    """UIDL: as many lines as STAT counts messages, each with a number of its own."""
    pop3 = _with_uidl(maildrop)
    count = pop3.command("STAT").drop_listing().first
    listed = pop3.command("UIDL")
    assert listed.positive
    assert len(listed.lines) == len(listed.unique_ids()) == count


@verifies("RFC1939-7-09", refuted_by=inject(b".\r\n", of=rb"UIDL \d+"))
def test_uidl_with_a_number_is_answered_in_one_line(maildrop: Maildrop) -> None:
    """UIDL with the number of a message: +OK, number and unique-id in one line, and nothing behind it."""
    pop3 = _with_uidl(maildrop)
    listed = pop3.command("UIDL", pop3.own[1])
    assert re.match(rb"\+OK 0*%d [^ \r\n]" % pop3.own[1], listed.raw)
    assert pop3.nothing_follows()


@verifies("RFC1939-7-09", refuted_by=rewrite(rb"^\+OK (\d+) [!-~]", rb"+OK \1 ~", of=rb"UIDL \d+"))
def test_uidl_gives_one_unique_id_with_and_without_a_number(maildrop: Maildrop) -> None:
    """UIDL, then UIDL with the number of each test message: equal unique-ids."""
    pop3 = _with_uidl(maildrop)
    ids = pop3.command("UIDL").ok().unique_ids()
    for number in pop3.own:
        assert pop3.command("UIDL", number).unique_id() == ids.get(number)


@verifies("RFC1939-7-12", refuted_by=rewrite(rb"^(\d+) [!-~]+", rb"\1 same", of=rb"UIDL"))
def test_different_messages_have_different_unique_ids(maildrop: Maildrop) -> None:
    """UIDL over three messages that differ in header and body."""
    pop3 = _with_uidl(maildrop)
    ids = pop3.command("UIDL").ok().unique_ids()
    assert len({ids[number] for number in pop3.own}) == len(pop3.own)


@verifies("RFC1939-7-13", refuted_by=rewrite(rb"^(\d+) [!-~]+", rb"\1 id\1", of=rb"UIDL"))
def test_unique_ids_stay_when_a_removal_changes_the_numbers(maildrop: Maildrop) -> None:
    """Remove the first of four messages: in the next session the others have new numbers and their old unique-ids."""
    pop3 = _with_uidl(maildrop, *STOCK, OLD)
    first = pop3.own.index(min(pop3.own))
    rest = [specimen for place, specimen in enumerate((*STOCK, OLD)) if place != first]
    ids = pop3.command("UIDL").ok().unique_ids()
    before = [ids[number] for place, number in enumerate(pop3.own) if place != first]
    pop3.command("DELE", pop3.own[first]).ok()
    pop3.quit().ok()
    assert _unique_ids(maildrop.open(*rest)) == before


@verifies("RFC1939-7-14", refuted_by=fickle(rb"^\d+ [!-~]+", of=rb"UIDL"))
def test_unique_ids_stay_when_a_session_ends_without_quit(maildrop: Maildrop) -> None:
    """UIDL on a message that no session has seen, drop the connection, UIDL in the next session: the same unique-id."""
    _without(maildrop, NEW)
    pop3 = _with_uidl(maildrop, NEW)
    before = _unique_ids(pop3)
    pop3.close()
    pop3 = maildrop.find(NEW)
    assert _unique_ids(pop3) == before


@verifies("RFC1939-7-15", refuted_by=rewrite(rb"^(\d+) [!-~]+", rb"\1 id\1", of=rb"UIDL"))
def test_the_unique_id_of_a_removed_message_is_not_given_again(maildrop: Maildrop) -> None:
    """Note all unique-ids, remove a message, deliver another: its unique-id is none of those."""
    _without(maildrop, NEW)
    pop3 = _with_uidl(maildrop, OLD)
    seen = set(pop3.command("UIDL").ok().unique_ids().values())
    pop3.command("DELE", pop3.own[0]).ok()
    pop3.quit().ok()
    assert _unique_ids(maildrop.open(NEW))[0] not in seen


@verifies("RFC1939-7-16", refuted_by=stale(of=rb"UIDL"))
def test_uidl_leaves_out_messages_marked_deleted(maildrop: Maildrop) -> None:
    """DELE one message: UIDL has every line but that one's, as before."""
    pop3 = _with_uidl(maildrop)
    rest = pop3.command("UIDL").ok().unique_ids()
    del rest[pop3.own[1]]
    pop3.command("DELE", pop3.own[1]).ok()
    assert pop3.command("UIDL").ok().unique_ids() == rest


@verifies("RFC1939-7-16", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_uidl_refuses_the_number_of_a_message_marked_deleted(maildrop: Maildrop) -> None:
    """DELE, then UIDL with the same number."""
    pop3 = _with_uidl(maildrop)
    pop3.command("DELE", pop3.own[1]).ok()
    assert pop3.command("UIDL", pop3.own[1]).negative


@verifies("RFC1939-7-16", refuted_by=forward(b"UIDL 1", of=rb"UIDL %d" % ABOVE_32_BITS))
def test_uidl_refuses_the_number_of_no_message(maildrop: Maildrop) -> None:
    """UIDL 0, the number behind the last, and the first one again but for 32 bits."""
    pop3 = _with_uidl(maildrop)
    for number in (0, pop3.command("STAT").drop_listing().first + 1, ABOVE_32_BITS):
        assert pop3.command("UIDL", number).negative


@verifies("RFC1939-7-17", refuted_by=say(b"-ERR no messages\r\n", of=rb"UIDL"))
def test_uidl_on_an_empty_maildrop_is_granted_without_lines(maildrop: Maildrop) -> None:
    """UIDL in a maildrop that holds no message: +OK, and the line that ends the listing."""
    _with_uidl(maildrop).leave()
    pop3 = maildrop.empty()
    listed = pop3.command("UIDL")
    assert listed.positive
    assert listed.lines == []


@verifies("RFC1939-7-34", refuted_by=say(b"+OK 1 abc\r\n", of=rb"UIDL 1"))
def test_uidl_is_refused_before_login(pop3: Pop3) -> None:
    """UIDL and UIDL 1 behind the greeting."""
    pop3.greeting.ok()
    for line in ("UIDL", "UIDL 1"):
        assert pop3.command(line).negative


@verifies("RFC1939-7-36", refuted_by=rewrite(rb"^(\d+) ([!-~]+)", rb"\1 \2x", of=rb"UIDL", after=1))
def test_unique_ids_stay_within_a_session(maildrop: Maildrop) -> None:
    """UIDL before DELE, behind it and behind RSET: each message has one unique-id."""
    pop3 = _with_uidl(maildrop)
    before = pop3.command("UIDL").ok().unique_ids()
    pop3.command("DELE", pop3.own[0]).ok()
    meanwhile = pop3.command("UIDL").ok().unique_ids()
    pop3.command("RSET").ok()
    assert pop3.command("UIDL").ok().unique_ids() == before
    assert meanwhile.items() <= before.items()


def _with_uidl(maildrop: Maildrop, *specimens: Specimen) -> Pop3:
    """Open the maildrop; not supported where UIDL is refused and not announced."""
    pop3 = maildrop.open(*specimens)
    pop3.command("UIDL", pop3.own[0]).supported("UIDL").ok()
    return pop3


def _unique_ids(pop3: Pop3) -> list[bytes | None]:
    ids = pop3.command("UIDL").ok().unique_ids()
    return [ids.get(number) for number in pop3.own]


def _without(maildrop: Maildrop, specimen: Specimen) -> None:
    """Remove a message, so that it is new to the server when it comes again."""
    pop3 = maildrop.open(specimen)
    pop3.command("DELE", pop3.own[0]).ok()
    pop3.quit().ok()
