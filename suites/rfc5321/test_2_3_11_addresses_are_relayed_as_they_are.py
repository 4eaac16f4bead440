"""RFC 5321 sections 2.3.11, 2.4, 3.3, 3.6.1, 4.1.1.1, 4.1.1.3, 4.1.2 and 4.5.3.1.1: the envelope towards the next hop."""

from __future__ import annotations

import re

import pytest

from conformance import OVER, Inconclusive, NotSupported, Reason, Relayed, Sink, SmtpDial, lose, relay, say, verifies
from conformance.services.heard import parameters

ROUTE = "@hosta.example,@hostb.example:"
SYNTAX_ERROR = say(b"501 5.1.3 bad address syntax\r\n", of=rb"RCPT TO:<@.*")


def to(dial: SmtpDial, sink: Sink, path: str, author: str = "") -> Relayed:
    """Return a message as it came to the sink; where the path is refused that is policy, and nothing is to be judged."""
    session, specimen = dial.ready(), dial.specimen()
    session.mail(author or dial.sender).ok()
    session.rcpt(path).ok()
    session.data(specimen.raw).ok()
    return sink.one(specimen.key)


def plain(path: bytes) -> bytes:
    """Return a path without its quotes: all quoted forms of a local-part are equivalent (RFC 5321 section 4.1.2)."""
    local, _, domain = path.rpartition(b"@")
    quoted = len(local) > 1 and local.startswith(b'"') and local.endswith(b'"')
    return (re.sub(rb"\\(.)", rb"\1", local[1:-1]) if quoted else local) + b"@" + domain


@verifies("RFC5321-2.3.11-01", refuted_by=relay(rb"[%+!=]", b"."))
@pytest.mark.parametrize("mark", ["%", "+", "!", "="], ids=["percent", "plus", "bang", "equals"])
def test_a_local_part_of_another_domain_is_not_interpreted(dial: SmtpDial, sink: Sink, mark: str) -> None:
    """Relay to a local-part that holds a mark which some give a meaning: it comes as it was given."""
    path = dial.at_sink(f"a{mark}b")
    assert to(dial, sink, path).recipients == (path.encode(),)


@verifies("RFC5321-2.4-03", refuted_by=relay(rb"MiXeD", b"mixed"))
def test_the_letter_case_of_local_parts_is_kept(dial: SmtpDial, sink: Sink) -> None:
    """Relay from and to local-parts of mixed letter case: they come so."""
    author, keeper = dial.at_sink("aUthor-MiXeD"), dial.at_sink("kEeper-MiXeD")
    came = to(dial, sink, keeper, author)
    assert (came.reverse_path, *came.recipients) == (author.encode(), keeper.encode())


@verifies("RFC5321-3.3-06", refuted_by=SYNTAX_ERROR)
def test_a_source_route_is_no_syntax_error(dial: SmtpDial) -> None:
    """RCPT with a source route to the sink: not answered 500 or 501."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert not session.rcpt(ROUTE + dial.at_sink()).syntax_error


@verifies("RFC5321-3.3-07", "RFC5321-3.6.1-02", refuted_by=relay(rb"TO:<", b"TO:<@hostb.example:"))
def test_a_source_route_is_stripped(dial: SmtpDial, sink: Sink) -> None:
    """Relay to a source-routed address at the sink: RCPT there has the last mailbox alone."""
    keeper = dial.at_sink()
    assert to(dial, sink, ROUTE + keeper).recipients == (keeper.encode(),)


@verifies("RFC5321-4.1.1.3-06", refuted_by=relay(rb"FROM:<", b"FROM:<@hosta.example:"))
def test_names_of_a_source_route_do_not_enter_the_reverse_path(dial: SmtpDial, sink: Sink) -> None:
    """Relay to a source-routed address at the sink: MAIL there has no route."""
    author = dial.at_sink("author")
    assert to(dial, sink, ROUTE + dial.at_sink(), author).reverse_path == author.encode()


@verifies("RFC5321-4.1.2-06", refuted_by=say(b"550 5.1.1 nobody of that name\r\n", of=rb'RCPT TO:<".*') | lose())
@pytest.mark.parametrize("form", ["quoted", "escaped"])
def test_a_quoted_local_part_is_the_same_mailbox(dial: SmtpDial, form: str) -> None:
    r"""RCPT to an account's local-part in quotes, plain or with a \ before a letter: it is taken, and arrives there."""
    local, _, domain = dial.address().rpartition("@")
    quoted = f'"{local}"' if form == "quoted" else f'"{local[:1]}\\{local[1:]}"'
    arrivals, session, specimen = dial.arrivals(), dial.ready(), dial.specimen()
    session.mail(dial.sender).ok()
    assert not session.rcpt(f"{quoted}@{domain}").refused
    session.data(specimen.raw).ok()
    assert arrivals.wait(specimen.key)


@verifies("RFC5321-4.1.2-07", refuted_by=relay(rb"TO:<([^@]*)@", rb'TO:<"\1"@'))
def test_needless_quotes_are_left_out(dial: SmtpDial, sink: Sink) -> None:
    """Relay to a quoted local-part that needs no quotes: RCPT at the sink has none."""
    keeper = dial.at_sink()
    local, _, domain = keeper.rpartition("@")
    assert to(dial, sink, f'"{local}"@{domain}').recipients == (keeper.encode(),)


@verifies("RFC5321-4.1.2-08", refuted_by=relay(rb'TO:<"([^"]*)"', rb"TO:<\1"))
@pytest.mark.parametrize("word", ["a b", "a@b", "a\\\\b", "a..b"], ids=["space", "at", "backslash", "dots"])
def test_quotes_that_are_needed_are_kept(dial: SmtpDial, sink: Sink, word: str) -> None:
    """Relay to a local-part that only quotes make one: it comes in quotes, and is the same."""
    local, _, domain = dial.at_sink(word).rpartition("@")
    path = f'"{local}"@{domain}'.encode()
    (came,) = to(dial, sink, path.decode()).recipients
    assert came.startswith(b'"')
    assert plain(came) == plain(path)


@verifies("RFC5321-4.5.3.1.1-01", refuted_by=relay(rb"<(.{40})[^@]*", rb"<\1"))
def test_a_local_part_of_64_octets_is_taken_and_relayed(dial: SmtpDial, sink: Sink) -> None:
    """Relay from and to local-parts of 64 octets: they are taken, and come as they were."""
    author, keeper = fit(dial.at_sink("author")), fit(dial.at_sink())
    session, specimen = dial.ready(), dial.specimen()
    assert not session.mail(author).refused
    assert not session.rcpt(keeper).refused
    session.data(specimen.raw).ok()
    came = sink.one(specimen.key)
    assert (came.reverse_path, *came.recipients) == (author.encode(), keeper.encode())


def fit(address: str) -> str:
    """Return an address with a local-part of exactly 64 octets."""
    local, _, domain = address.rpartition("@")
    return f"{local:x>64}@{domain}"


@verifies("RFC5321-4.1.1.3-08", refuted_by=relay(rb"\A(MAIL FROM:<[^>]*>)", rb"\1 SIZE=1000"))
def test_no_parameter_is_used_that_is_not_offered(dial: SmtpDial, sink: Sink) -> None:
    """Send a message with every parameter that the target offers, for a sink that offers none: none comes."""
    sink.keywords = ()
    keeper, session, specimen = dial.at_sink(), dial.ready(), dial.specimen()
    offered = {"SIZE": f"SIZE={len(specimen.raw)}", "8BITMIME": "BODY=8BITMIME", "DSN": "RET=HDRS ENVID=1"}
    session.mail(dial.sender, *(words for keyword, words in offered.items() if dial.profile.announced(keyword))).ok()
    session.rcpt(keeper, *(["NOTIFY=FAILURE"] if dial.profile.announced("DSN") else [])).ok()
    session.data(specimen.raw).ok()
    came = sink.one(specimen.key)
    assert not came.parameters
    assert not any(parameters(line) for line in came.rcpts)


@verifies("RFC5321-4.1.1.1-14", refuted_by=relay(rb"\A(MAIL FROM:<lower[^>]*>|RCPT TO:<lower[^>]*>).*", rb"\1"))
def test_keywords_of_the_next_hop_are_known_in_any_letter_case(dial: SmtpDial, sink: Sink) -> None:
    """Hand a message to a sink whose keywords are in upper case, and one in lower case: the same parameters come."""
    used = []
    for word in ("upper", "lower"):
        sink.keywords = tuple(getattr(keyword, word)() for keyword in (b"size 50000000", b"8bitmime", b"dsn"))
        session, specimen = dial.ready(), dial.specimen()
        session.mail(dial.at_sink(word)).ok()
        session.rcpt(dial.at_sink(word), *(["NOTIFY=FAILURE"] if dial.profile.announced("DSN") else [])).ok()
        session.data(specimen.raw).ok()
        came = sink.one(specimen.key)
        used.append({*came.parameters, *(name for line in came.rcpts for name in parameters(line))})
    if not used[0]:
        raise NotSupported("the target uses no parameters")
    assert used[0] == used[1]


@verifies("RFC5321-2.4-13", refuted_by=relay(rb"\A(EHLO) \S+", b"\\1 caf\xc3\xa9.test"))
def test_no_octet_above_127_goes_into_commands_where_smtputf8_is_not_offered(dial: SmtpDial, sink: Sink) -> None:
    """Send mail for an address with a letter beyond ASCII, for a sink without SMTPUTF8: it hears ASCII only."""
    if not dial.profile.announced("SMTPUTF8"):
        raise NotSupported("SMTPUTF8 is not announced")
    sink.keywords = (b"SIZE 50000000", b"8BITMIME")
    session = dial.ready()
    session.mail(dial.at_sink("author"), "SMTPUTF8").ok()
    session.rcpt(dial.at_sink("jos\u00e9")).ok()
    session.data(dial.specimen().raw).ok()
    if not sink.conversations(rb"", until=OVER):
        raise Inconclusive(Reason.PRECONDITION, "the target did not call at the sink and go away in time")
    said = sink.lines(rb"", seconds=0.0)
    assert [line for line in said if not line.isascii()] == []
