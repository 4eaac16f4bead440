"""RFC 5321 sections 3.5 and 7.3: VRFY and EXPN.

A server may keep to itself whom it knows: 252 is always right, and a command that is not there is no fault here, but
for the two checks that are about its being there.
"""

from __future__ import annotations

import re

import pytest

from conformance import Inconclusive, NotSupported, Reason, Smtp, SmtpDial, rewrite, say, verifies
from conformance.sessions.smtp import UNKNOWN_COMMAND, Answer

SHOWN = (250, 251, 551)
"""Answers that give a mailbox (RFC 5321 sections 3.5.1 and 3.5.2); 252 may, and none is demanded of it."""
MAILBOX = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^\s<>()",;:@]+)@[^\s<>(),;@]+')
verbs = pytest.mark.parametrize("verb", ["VRFY", "EXPN"])


def listed_name(dial: SmtpDial) -> str:
    """Return what EXPN may have something to say of: the alias of the target file, or an account."""
    return dial.target.facilities.get("alias", dial.address())


def asked(session: Smtp, verb: str, argument: str) -> Answer:
    """Return the answer of a server that has the command; NotSupported if it has not."""
    answer = session.command(verb, argument)
    if answer.code in UNKNOWN_COMMAND:
        raise NotSupported(f"{verb} was answered {answer!r}")
    return answer


def shown(dial: SmtpDial, verb: str) -> tuple[Smtp, Answer]:
    """Return a session, and an answer about an account that has to give a mailbox; NotSupported with another."""
    session = dial.ready()
    answer = asked(session, verb, dial.address())
    if not answer.says(*SHOWN):
        raise NotSupported(f"{verb} shows no mailbox: {answer!r}")
    return session, answer


def mailboxes(answer: Answer) -> list[bytes]:
    """The mailboxes that an answer gives, without the full stop of a sentence."""
    return [found.rstrip(b".") for line in answer.lines for found in MAILBOX.findall(line)]


@verifies("RFC5321-3.5.3-04", "RFC5321-3.5.1-01", refuted_by=say(b"502 5.5.1 no VRFY\r\n", of=rb"VRFY .*"))
def test_vrfy_is_implemented(dial: SmtpDial) -> None:
    """VRFY of an account: neither 500 nor 502."""
    assert not dial.ready().command("VRFY", dial.address()).says(*UNKNOWN_COMMAND)


@verifies("RFC5321-3.5.1-01", refuted_by=say(b"502 5.5.1 no EXPN\r\n", of=rb"EXPN .*"))
def test_expn_is_implemented(dial: SmtpDial) -> None:
    """EXPN of an alias, or of an account: not 502, and not what a command is answered that does not exist.

    500 may be said of the name, too (RFC 5321 section 4.3.2).
    """
    session = dial.ready()
    unknown = session.command("FLUX", listed_name(dial)).code
    assert not session.command("EXPN", listed_name(dial)).says(502, unknown)


@verifies("RFC5321-3.5.1-02", refuted_by=say(b"250 2.1.5 yes, he lives here\r\n", of=rb"VRFY .*"))
def test_vrfy_gives_the_mailbox(dial: SmtpDial) -> None:
    """VRFY of an account, answered 250: a line gives a mailbox, local part and domain."""
    _, answer = shown(dial, "VRFY")
    assert mailboxes(answer)


@verifies("RFC5321-3.5.1-04", refuted_by=say(b"250 2.1.5 <a@one.test> <b@two.test>\r\n", of=rb"EXPN .*"))
def test_expn_gives_one_mailbox_a_line(dial: SmtpDial) -> None:
    """EXPN of an alias, or of an account, answered 250: each line gives exactly one mailbox."""
    answer = asked(dial.ready(), "EXPN", listed_name(dial))
    if not answer.says(250):
        raise NotSupported(f"EXPN shows no mailbox: {answer!r}")
    assert all(len(set(MAILBOX.findall(line))) == 1 for line in answer.lines)


@verifies(
    "RFC5321-3.5.1-07", "RFC5321-7.3-01", "RFC5321-7.3-02", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"VRFY .*")
)
def test_vrfy_does_not_deny_an_account(dial: SmtpDial) -> None:
    """VRFY of an account, with its domain and without: at least one of them is not refused, for it is no lie to say 252."""
    session = dial.ready()
    address = dial.address()
    answers = [asked(session, "VRFY", name) for name in (address, address.rpartition("@")[0])]
    if any(answer.code == 530 for answer in answers):
        raise NotSupported("VRFY is for those who have logged in")
    assert not all(answer.refused for answer in answers)


@verifies("RFC5321-3.5.1-08", refuted_by=say(b"501 5.1.3 no domains, please\r\n", of=rb"VRFY .*@.*"))
def test_vrfy_takes_a_name_with_its_domain(dial: SmtpDial) -> None:
    """VRFY of an account by its whole address: not refused."""
    answer = asked(dial.ready(), "VRFY", dial.address())
    if answer.code == 530:
        raise NotSupported("VRFY is for those who have logged in")
    assert not answer.refused


@verifies("RFC5321-3.5.2-01", refuted_by=say(b"250 2.1.5 <user@localhost>\r\n", of=rb"(VRFY|EXPN) .*"))
@verbs
def test_mailboxes_have_fully_qualified_domains(dial: SmtpDial, verb: str) -> None:
    """VRFY and EXPN of an account, answered 250, 251 or 551: mailboxes, each with a domain of two labels or more."""
    _, answer = shown(dial, verb)
    found = mailboxes(answer)
    assert found
    assert all(b"." in box.rpartition(b"@")[2] or box.endswith(b"]") for box in found)


@verifies("RFC5321-3.5.2-02", refuted_by=say(b"250 2.1.5 user@mail.test\r\n", of=rb"(VRFY|EXPN) .*"))
@verbs
def test_mailboxes_stand_in_angle_brackets(dial: SmtpDial, verb: str) -> None:
    """VRFY and EXPN of an account: each mailbox of a 2yz or 551 answer stands in angle brackets."""
    answer = asked(dial.ready(), verb, dial.address())
    found = mailboxes(answer)
    if not (found and answer.says(*SHOWN, 252)):
        raise NotSupported(f"{verb} shows no mailbox: {answer!r}")
    assert all(b"<" + box + b">" in answer.raw for box in found)


@verifies("RFC5321-3.5.2-03", refuted_by=say(b"250 2.1.5 <nobody@mailconform.invalid>\r\n", of=rb"(VRFY|EXPN) .*"))
@verbs
def test_mailboxes_are_recipients(dial: SmtpDial, verb: str) -> None:
    """What VRFY and EXPN give for an account is a recipient: RCPT to it is 2yz, as it is for the account."""
    session, answer = shown(dial, verb)
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    assert all(session.rcpt(box).positive for box in mailboxes(answer))


@verifies("RFC5321-3.5.2-04", refuted_by=say(b"250 2.1.5 <@relay.test:user@mail.test>\r\n", of=rb"(VRFY|EXPN) .*"))
@verbs
def test_no_source_routes_are_given(dial: SmtpDial, verb: str) -> None:
    """VRFY and EXPN of an account: no path with hosts in front of the mailbox."""
    _, answer = shown(dial, verb)
    assert not re.search(rb"<@[^<>]*:", answer.raw)


@verifies(
    "RFC5321-3.5.2-05",
    refuted_by=say(b"250 2.1.5 <user@mail.test>\r\n", of=rb"EXPN .*") | rewrite(rb"EXPN", b"XEXPN", of=rb"EHLO .*"),
)
def test_expn_is_listed_if_it_works(dial: SmtpDial) -> None:
    """EXPN of an alias, or of an account, answered 250: EHLO lists EXPN."""
    session = dial.smtp()
    session.greeting.ok()
    listed = session.hello().ok().keywords
    answer = asked(session, "EXPN", listed_name(dial))
    if not answer.says(250):
        raise NotSupported(f"EXPN shows no mailbox: {answer!r}")
    assert "EXPN" in listed


@verifies("RFC5321-3.5.3-01", refuted_by=rewrite(rb"^\d+", b"250", of=rb"(VRFY|EXPN) .*"))
@verbs
def test_250_is_not_said_of_a_name_that_nobody_has(dial: SmtpDial, verb: str) -> None:
    """VRFY and EXPN of an address that nobody has, and to which RCPT is refused: not 250."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    if not (dial.target.mail.unknown or session.rcpt(dial.unknown).refused):
        raise Inconclusive(Reason.NOT_SET_UP, "needs unknown = in [mail]: an address that nobody has")
    assert not session.command(verb, dial.unknown).says(250)


@verifies("RFC5321-3.5.3-03", refuted_by=rewrite(rb"^\d+", b"550", of=rb"VRFY .*"))
def test_252_is_said_of_an_address_that_is_relayed_to(dial: SmtpDial) -> None:
    """VRFY of an address whose mail is passed on to the sink, and which RCPT takes: 252."""
    session = dial.ready()
    address = dial.at_sink()
    session.mail(dial.sender).ok()
    session.rcpt(address).ok()
    assert asked(session, "VRFY", address).says(252)
