"""RFC 2449 section 6.6: commands sent without waiting are processed in turn."""

import contextlib
import time

from conformance import (
    Maildrop,
    NotSupported,
    Pop3,
    Pop3Dial,
    compose,
    hang_up,
    needs,
    repeat,
    rewrite,
    say,
    stale,
    verifies,
)

pytestmark = needs("PIPELINING")

MANY = 100
LONG = compose(b"".join(b"%04d%s\r\n" % (n, 70 * b"x") for n in range(250)), subject="19000 octets")


@verifies("RFC2449-6.6-01", refuted_by=repeat(of=rb"STAT", after=1))
def test_pipelined_commands_are_answered_in_turn(maildrop: Maildrop) -> None:
    """STAT, LIST, NOOP, RETR, DELE and RSET in one write bring what they bring one by one."""
    pop3 = maildrop.open()
    lines = ("STAT", "LIST", "NOOP", f"RETR {pop3.own[0]}", f"DELE {pop3.own[0]}", "RSET")
    singly = [pop3.command(line).ok() for line in lines]
    pop3.send("".join(f"{line}\r\n" for line in lines).encode())
    together = [pop3.receive() for _ in lines]
    assert [answer.status for answer in together] == [b"+OK"] * len(lines)
    assert [answer.body for answer in together] == [answer.body for answer in singly]
    assert together[0].raw == singly[0].raw


@needs("USER")
@verifies("RFC2449-6.6-02", refuted_by=say(b"-ERR log in first\r\n", of=rb"STAT"))
def test_a_login_and_what_follows_it_may_be_pipelined(dial: Pop3Dial) -> None:
    """USER, PASS and STAT in one write, with the right password; a refused login must work step by step."""
    account, tls = dial.account(), _where_user_is_announced(dial)
    pop3 = dial.pop3(tls)
    pop3.send(f"USER {account.user}\r\nPASS {account.password}\r\nSTAT\r\n".encode())
    statuses = [pop3.receive().status for _ in range(3)]
    if statuses[:2] != [b"+OK", b"+OK"]:
        dial.pop3(tls).user_pass(account.user, account.password).ok()
    assert statuses == [b"+OK"] * 3


def _where_user_is_announced(dial: Pop3Dial) -> str:
    for tls in ("none", "stls", "implicit"):
        with contextlib.suppress(NotSupported):
            session = dial.pop3(tls)
            listed = session.command("CAPA").ok().capabilities()
            session.leave()
            if {b"USER", b"PIPELINING"} <= listed.keys():
                return tls
    raise NotSupported("no connection announces USER and PIPELINING")


@verifies("RFC2449-6.6-03", refuted_by=hang_up(of=rb"RETR .*", after=4))
def test_commands_that_arrive_during_long_replies_are_answered(maildrop: Maildrop) -> None:
    """RETR of 19000 octets up to a hundred times in one write, as often as two seconds allow: every reply comes, whole."""
    pop3 = maildrop.open(LONG)
    began = time.monotonic()
    pop3.command("RETR", pop3.own[0]).ok()
    times = max(5, min(MANY, int(2 / (time.monotonic() - began))))
    pop3.send(times * f"RETR {pop3.own[0]}\r\n".encode())
    assert [pop3.receive().body.endswith(LONG.body) for _ in range(times)] == [True] * times


@verifies("RFC2449-6.6-04", refuted_by=stale(of=rb"STAT"))
def test_a_pipelined_command_sees_what_those_before_it_did(maildrop: Maildrop) -> None:
    """STAT, DELE, STAT, RSET, STAT in one write: the count falls by one and comes back."""
    pop3 = maildrop.open()
    pop3.send(f"STAT\r\nDELE {pop3.own[0]}\r\nSTAT\r\nRSET\r\nSTAT\r\n".encode())
    first, _, second, _, third = (pop3.receive().ok() for _ in range(5))
    count = first.drop_listing().first
    assert (second.drop_listing().first, third.drop_listing().first) == (count - 1, count)


@verifies("RFC2449-6.6-05", refuted_by=rewrite(rb"^PIPELINING\r\n", b"", of=rb"CAPA", after=1))
def test_pipelining_is_announced_in_both_states_or_in_none(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login on one connection."""
    before = b"PIPELINING" in pop3.command("CAPA").ok().capabilities()
    dial.knock(pop3).ok()
    assert (b"PIPELINING" in pop3.command("CAPA").ok().capabilities()) == before
