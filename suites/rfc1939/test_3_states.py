"""RFC 1939 section 3: commands that are unknown, malformed, not implemented, or out of their state are refused with -ERR.

Each command out of state has a connection of its own, and no check sends many wrong commands on one: a server may have
enough of a client after some.
"""

import pytest

from conformance import Maildrop, NotSupported, Pop3, Pop3Dial, Profile, answer, forward, hang_up, say, verifies

DONE = b"+OK done\r\n"


@verifies("RFC1939-3-14", "RFC1939-3-18", "RFC1939-5-06", refuted_by=answer(b"+OK 0 0\r\n", of=rb"STAT"))
def test_stat_is_refused_before_login(pop3: Pop3) -> None:
    """STAT as the first command."""
    assert pop3.command("STAT").negative


@pytest.mark.parametrize(
    "line",
    ["LIST", "LIST 1", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 0", "UIDL"],
    ids=lambda line: line.replace(" ", "-"),
)
@verifies("RFC1939-3-18", refuted_by=answer(DONE, of=rb"(LIST|RETR|DELE|NOOP|RSET|TOP|UIDL).*"))
def test_a_transaction_command_is_refused_before_login(pop3: Pop3, line: str) -> None:
    """The command as the first one of a connection; optional ones too, for they are unknown then, or out of state."""
    assert pop3.command(line, lines=False).negative


@verifies("RFC1939-3-18", refuted_by=say(DONE, of=rb"USER .*"))
def test_user_is_refused_after_login(dial: Pop3Dial) -> None:
    """USER behind a login: -ERR, and unless the server ends the connection, STAT still knows the maildrop."""
    pop3 = dial.login()
    assert pop3.command("USER", dial.account().user).negative
    after = pop3.command("STAT")
    assert after.positive or after.reply is None


@verifies("RFC1939-3-15", refuted_by=hang_up(of=rb"XYZZ"))
def test_an_unknown_command_is_refused_before_login(pop3: Pop3) -> None:
    """XYZZ in the AUTHORIZATION state."""
    assert pop3.command("XYZZ").negative


@verifies("RFC1939-3-15", refuted_by=forward(b"NOOP", of=rb"XYZZ"))
def test_an_unknown_command_is_refused_after_login(dial: Pop3Dial) -> None:
    """XYZZ in the TRANSACTION state."""
    assert dial.login().command("XYZZ").negative


@verifies("RFC1939-3-16", refuted_by=forward(rb"\1 1", of=rb"(RETR|DELE)"))
def test_retr_and_dele_without_a_number_are_refused(maildrop: Maildrop) -> None:
    """RETR and DELE alone, with mail in the maildrop."""
    pop3 = maildrop.open()
    for keyword in ("RETR", "DELE"):
        assert pop3.command(keyword).negative


@pytest.mark.parametrize("argument", ["abc", "-1", "1x"])
@verifies("RFC1939-3-16", refuted_by=forward(rb"\1 1", of=rb"(RETR|DELE|LIST) .*"))
def test_what_is_no_message_number_is_refused(maildrop: Maildrop, argument: str) -> None:
    """LIST, RETR and DELE with an argument that is not a decimal number, with mail in the maildrop."""
    pop3 = maildrop.open()
    for keyword in ("LIST", "RETR", "DELE"):
        assert pop3.command(keyword, argument).negative


@verifies("RFC1939-3-24", refuted_by=forward(rb"\1", of=rb"(STAT|NOOP|RSET) .*"))
def test_an_argument_to_a_command_that_takes_none_is_refused(maildrop: Maildrop) -> None:
    """STAT, NOOP and RSET with a word behind them."""
    pop3 = maildrop.open()
    for keyword in ("STAT", "NOOP", "RSET"):
        assert pop3.command(keyword, "surplus").negative


@verifies("RFC1939-3-24", refuted_by=forward(rb"\1 \2", of=rb"(LIST|RETR|DELE) (\d+) .*"))
def test_a_second_argument_to_a_command_that_takes_one_is_refused(maildrop: Maildrop) -> None:
    """LIST, RETR and DELE with two numbers of messages."""
    pop3 = maildrop.open()
    for keyword in ("LIST", "RETR", "DELE"):
        assert pop3.command(keyword, pop3.own[0], pop3.own[1]).negative


@verifies("RFC1939-3-19", refuted_by=say(DONE, of=rb"APOP .*"))
def test_apop_is_refused_where_the_greeting_has_no_timestamp(pop3: Pop3, dial: Pop3Dial) -> None:
    """APOP with a name and a digest, on a server that does not implement it."""
    if pop3.timestamp:
        raise NotSupported(f"the server implements APOP, its greeting has a timestamp: {pop3.greeting!r}")
    assert pop3.command("APOP", dial.account().user, "0" * 32).negative


@verifies("RFC1939-3-19", refuted_by=hang_up(of=rb"(TOP|UIDL).*"))
def test_top_and_uidl_are_answered_where_they_are_not_announced(maildrop: Maildrop, profile: Profile) -> None:
    """TOP and UIDL, as far as CAPA does not list them: granted or refused with -ERR, but answered."""
    unlisted = [name for name in ("TOP", "UIDL") if not profile.announced(name)]
    if not unlisted:
        raise NotSupported("the server implements TOP and UIDL, CAPA lists them")
    pop3 = maildrop.open()
    for name in unlisted:
        answered = pop3.command(name, pop3.own[0], 0) if name == "TOP" else pop3.command(name)
        assert answered.positive or answered.negative
