"""The routes through an MTA: the address gets there by every one of them, and each kind of answer has its value."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.target import Account, Endpoint, Mail, Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.verifiers import Crashed, Opinion, Query, Unreachable, Verdict
from conformance.verifiers.routes import open_route
from conformance.verifiers.smtp import xtext
from tests.peers import wrong
from tests.peers.verifiers import Answers, mta

ANN = "ann@peer.test"
FIELD = b"Received-SPF: softfail (peer.test: of two minds) identity=mailfrom; client-ip=127.0.0.9;\n"
RESULTS = b"Authentication-Results: %b; spf=%b smtp.mailfrom=a.test\n"


@contextlib.contextmanager
def asking(
    script: wrong.Script, maildir: Path, *, patience: float = 5.0, account: bool = True, wait: float = 5.0, **row: str
) -> Iterator[tuple[Dialler, Verifier]]:
    with wrong.wrong_server(script) as port:
        target = Target(
            name="peer",
            endpoints=(Endpoint(scheme="smtp", host="127.0.0.1", port=port),),
            accounts=(Account(user="ann", password="x", address=ANN, maildir=str(maildir)),) if account else (),
            mail=Mail(delivery_wait=wait),
            patience=patience,
        )
        yield Dialler(target, Recorder()), Verifier(**{"route": "bind", "reads": "received-spf", "name": "peer", **row})


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for place in ("new", "cur", "tmp"):
        (tmp_path / place).mkdir()
    return tmp_path


def verdict(script: wrong.Script, maildir: Path, query: Query | None = None, **row: object) -> Verdict:
    with asking(script, maildir, **row) as (caller, setting):  # type: ignore[arg-type]
        route = open_route(setting, caller)
        try:
            return route.ask(query or Query(ip="127.0.0.9", helo="a.test", mail_from="joe@a.test"))
        finally:
            route.close()


@pytest.mark.parametrize(
    ("route", "ip"),
    [
        ("bind", "127.0.0.9"),
        ("xclient", "192.0.2.7"),
        ("xclient", "2001:db8::7"),
        ("proxy-v1", "192.0.2.7"),
        ("proxy-v1", "2001:db8::7"),
        ("proxy-v2", "192.0.2.7"),
        ("proxy-v2", "2001:db8::7"),
    ],
)
def test_the_address_of_a_query_gets_there(maildir: Path, route: str, ip: str) -> None:
    script = mta({ip: ("header", FIELD)}, maildir, proxied=route.startswith("proxy"))

    said = verdict(script, maildir, Query(ip=ip, helo="a.test", mail_from="joe@a.test"), route=route)
    assert isinstance(said, Opinion)
    assert (said.result, said.explanation, said.note) == ("softfail", "peer.test: of two minds", "identity=mailfrom")
    assert said.raw == FIELD.replace(b"\n", b"\r\n")
    assert not list(maildir.glob("*/*"))


def test_names_and_paths_get_there_as_they_are(maildir: Path) -> None:
    heard: list[bytes] = []
    verdict(mta({}, maildir, heard=heard), maildir, Query(ip="192.0.2.1", helo="a+b=ü", mail_from=""), route="xclient")

    assert b"XCLIENT ADDR=192.0.2.1 NAME=[UNAVAILABLE] HELO=a+2Bb+3D+C3+BC" in heard
    assert b"MAIL FROM:<>" in heard
    assert heard.count("EHLO a+b=ü".encode()) == 2


@pytest.mark.parametrize(
    ("place", "reply", "result"),
    [
        ("MAIL", b"550 5.7.23 sorry\r\n", "fail"),
        ("RCPT", b"550-5.7.23 no\r\n550 5.7.23 you know why\r\n", "fail"),
        ("DATA", b"550 5.7.24 broken\r\n", "permerror"),
        ("end", b"451 4.7.24 later\r\n", "temperror"),
        ("MAIL", b"550 5.7.1 SPF MAIL FROM check failed: see http://a.test/pass\r\n", "fail"),
        ("EHLO", b"550 5.7.1 [SPF] Permanent Error\r\n", "permerror"),
        ("MAIL", b"451 4.4.3 SPF cannot be looked at\r\n", "temperror"),
        ("MAIL", b"550 5.5.2 SPF cannot be understood\r\n", "permerror"),
        ("MAIL", b"550 5.7.1 SPF says you must not\r\n", "fail"),
    ],
)
@pytest.mark.parametrize("reads", ["reply", "received-spf"])
def test_a_reply_that_speaks_of_spf_is_a_verdict(
    maildir: Path, place: str, reply: bytes, result: str, reads: str
) -> None:
    said = verdict(mta({"127.0.0.9": (place, reply)}, maildir), maildir, reads=reads)

    assert isinstance(said, Opinion)
    assert (said.result, said.raw) == (result, reply)
    assert said.source == f"reply to {'DATA' if place == 'end' else place}"


def test_the_explanation_is_the_text_of_all_lines(maildir: Path) -> None:
    reply = b"550-5.7.23 SPF fail:\r\n550 5.7.23 a.test explains: go away\r\n"

    said = verdict(mta({"127.0.0.9": ("MAIL", reply)}, maildir), maildir)
    assert isinstance(said, Opinion)
    assert said.explanation == "SPF fail: a.test explains: go away"


def test_a_reply_is_read_by_the_pattern_of_the_target_file(maildir: Path) -> None:
    script = mta({"127.0.0.9": ("MAIL", b"550 verdict<softfail>\r\n")}, maildir)

    said = verdict(script, maildir, pattern="verdict<([a-z]+)>")
    assert isinstance(said, Opinion)
    assert said.result == "softfail"


def test_what_the_client_has_said_is_no_verdict(maildir: Path) -> None:
    query = Query(ip="127.0.0.9", helo="spf.pass.test", mail_from="joe@spf.fail.test")
    script = mta({"127.0.0.9": ("MAIL", b"550 5.1.8 <joe@spf.fail.test> of spf.pass.test is unknown\r\n")}, maildir)

    assert isinstance(verdict(script, maildir, query), Unreachable)


@pytest.mark.parametrize(
    ("place", "reply", "why"),
    [
        ("MAIL", b"501 5.1.7 bad address\r\n", 'MAIL was answered <"501 5.1.7 bad address\\r\\n">, which says nothing'),
        ("MAIL", b"553 no\r\n", "MAIL was answered"),
        ("RCPT", b"450 4.2.0 greylisted\r\n", "RCPT was answered"),
        ("EHLO", b"501 5.5.4 bad name\r\n", "EHLO was answered"),
        ("MAIL", b"garbage \xff\r\n", "MAIL was answered"),
        ("lost", b"", "did not arrive within 0.2 s: raise delivery_wait"),
    ],
)
def test_an_answer_before_spf_is_no_verdict(maildir: Path, place: str, reply: bytes, why: str) -> None:
    said = verdict(mta({"127.0.0.9": (place, reply)}, maildir), maildir, wait=0.2)

    assert isinstance(said, Unreachable)
    assert why in said.why


@pytest.mark.parametrize("place", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_ends_at_a_check_is_a_crash(maildir: Path, place: str) -> None:
    said = verdict(mta({"127.0.0.9": (place, b"")}, maildir), maildir)

    assert isinstance(said, Crashed)
    assert place in said.why


@pytest.mark.parametrize(
    "script",
    [
        wrong.silent,
        wrong.garbage,
        wrong.endless_line,
        wrong.closing,
        wrong.dripping,
        wrong.dialogue(b"220 x\r\n", then=wrong.mute),
        wrong.dialogue(b"220 x\r\n", b"250 x\r\n", then=wrong.mute),
        wrong.dialogue(b"220 x\r\n", b"250 x\r\n", b"250 half an ans", then=wrong.mute),
        wrong.dialogue(b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", then=wrong.endless_line),
        wrong.dialogue(b"554 go away\r\n"),
    ],
)
@pytest.mark.parametrize("route", ["bind", "xclient", "proxy-v2"])
def test_an_mta_that_misbehaves_is_not_reached(maildir: Path, script: wrong.Script, route: str) -> None:
    assert isinstance(verdict(script, maildir, route=route, patience=0.2), Unreachable)


# What arrives.


@pytest.mark.parametrize(
    ("header", "setting", "result", "note"),
    [
        (RESULTS % (b"peer.test", b"pass"), {}, "pass", "identity=mailfrom"),
        (RESULTS % (b"other.test", b"fail") + RESULTS % (b"PEER.test", b"pass"), {}, "pass", "identity=mailfrom"),
        (RESULTS % (b"other.test", b"fail") + RESULTS % (b"peer.test", b"pass"), {"authserv_id": ""}, "fail", "identity=mailfrom"),
        (RESULTS % (b"other.test", b"fail"), {}, None, "no Authentication-Results of peer.test field"),
        (b"Authentication-Results: peer.test; spf=policy smtp.helo=x\n", {}, None, "identity=helo"),
        (b"Authentication-Results: peer.test; none\n", {}, None, "no Authentication-Results of peer.test field"),
        (b"Authentication-Results: peer.test; dkim=pass\nX: y\n" + RESULTS % (b"peer.test", b"none"), {}, "none", "identity=mailfrom"),
        (b"Authentication-Results: peer.test; spf=fail smtp.helo=x; spf=pass smtp.mailfrom=y\n", {}, "pass", "identity=mailfrom"),
        (b"", {}, None, "no Authentication-Results of peer.test field"),
    ],
)  # fmt: skip
def test_authentication_results_count_if_they_are_the_verifiers(
    maildir: Path, header: bytes, setting: dict[str, str], result: str | None, note: str
) -> None:
    row = {"reads": "authentication-results", "authserv_id": "peer.test", **setting}

    said = verdict(mta({"127.0.0.9": ("header", header)}, maildir), maildir, **row)
    assert isinstance(said, Opinion)
    assert (said.result, said.note) == (result, note)


def test_a_field_for_each_identity(maildir: Path) -> None:
    header = b"Received-SPF: fail (x) identity=helo;\n" + FIELD + b"Received: x\n" + FIELD.replace(b"softfail", b"pass")

    said = verdict(mta({"127.0.0.9": ("header", header)}, maildir), maildir)
    assert isinstance(said, Opinion)
    assert said.result == "softfail"


def test_a_message_is_seen_with_the_fields_that_it_brought(maildir: Path) -> None:
    brought = FIELD.replace(b"\n", b"\r\n")
    query = Query(ip="127.0.0.9", helo="a.test", mail_from="joe@a.test", headers=brought)

    said = verdict(mta({"127.0.0.9": ("header", FIELD)}, maildir), maildir, query)
    assert isinstance(said, Opinion)
    assert (said.result, said.message.count(brought)) == (
        "softfail",
        2,
    )  # one that is equal is the verifier's all the same
    said = verdict(mta({}, maildir), maildir, query)
    assert isinstance(said, Opinion)
    assert (said.result, said.message.count(brought)) == (None, 1)


def test_a_refusal_of_an_address_is_no_verdict(maildir: Path) -> None:
    """An MTA may put words on SPF behind each of its refusals."""
    script = mta({"127.0.0.9": ("MAIL", b"501 5.1.7 bad address. Refused for SPF.\r\n")}, maildir)

    assert isinstance(verdict(script, maildir), Unreachable)


def test_a_message_taken_without_a_word(maildir: Path) -> None:
    with asking(mta({}, maildir), maildir, reads="reply") as (caller, setting):
        route = open_route(setting, caller)
        said = [route.ask(Query(ip="127.0.0.9", helo="a.test")) for _ in range(2)]

        assert [isinstance(one, Opinion) and one.result for one in said] == [None, None]
        assert len(list(maildir.glob("new/*"))) == 2
        route.close()
        route.close()
    assert not list(maildir.glob("*/*"))


# What cannot be carried.


def test_what_a_route_cannot_carry(maildir: Path) -> None:
    with asking(mta({}, maildir), maildir) as (caller, row):
        bind = open_route(row, caller)
        for query, why in (
            (Query(ip="2001:db8::1", helo="a"), "is not reached from an IPv6 address"),
            (Query(ip="nowhere", helo="a"), "'nowhere' does not appear to be an IPv4 or IPv6 address"),
            (Query(ip="127.0.0.9", helo="a\r\nQUIT"), "helo holds '\\r'"),
            (Query(ip="127.0.0.9", helo="a", mail_from="\0"), "mail_from holds '\\x00'"),
            (Query(ip="127.0.0.9", helo="a", mail_from="\udcff"), "mail_from is no text"),
        ):
            assert why in bind.carries(query)
            assert bind.ask(query) == Unreachable(why=bind.carries(query))
        assert bind.carries(Query(ip="127.0.0.9", helo="", mail_from="a..b@[x")) == ""
        assert not caller.recorder.transcripts


def test_a_name_of_the_loopback_is_reached_from_an_ipv4_address() -> None:
    target = Target(name="peer", endpoints=(Endpoint(scheme="smtp", host="localhost", port=25),))
    route = open_route(Verifier(route="bind", reads="received-spf"), Dialler(target, Recorder()))

    assert route.carries(Query(ip="127.0.0.9", helo="a")) == ""
    assert route.carries(Query(ip="::1", helo="a")) != ""


def test_an_address_that_is_not_this_hosts(maildir: Path) -> None:
    said = verdict(mta({}, maildir), maildir, Query(ip="192.0.2.1", helo="a"))

    assert isinstance(said, Unreachable)
    assert "from 192.0.2.1: Cannot assign requested address: give this host that address" in said.why


def test_nobody_listens(maildir: Path) -> None:
    said = verdict(mta({}, maildir), maildir, address="127.0.0.1:1")

    assert said == Unreachable(why="smtp://127.0.0.1:1: connection refused")


@pytest.mark.parametrize(("reads", "reached"), [("received-spf", False), ("reply", True)])
def test_a_mailbox_is_needed_where_a_field_is_read(maildir: Path, reads: str, reached: bool) -> None:
    answers: Answers = {"127.0.0.9": ("RCPT", b"550 5.7.23 no\r\n")}

    said = verdict(mta(answers, maildir), maildir, account=False, reads=reads, recipient="bob@peer.test")
    assert isinstance(said, Opinion if reached else Unreachable)
    assert reached or "needs [[account]] with address = 'bob@peer.test'" in repr(said)


def test_every_octet_is_in_the_transcript(maildir: Path) -> None:
    with asking(mta({}, maildir, proxied=True), maildir, route="proxy-v1") as (caller, row):
        open_route(row, caller).ask(Query(ip="192.0.2.1", helo="a.test"))
        (transcript,) = caller.recorder.transcripts

    assert transcript.bytes_of("C").startswith(b"EHLO a.test\r\nMAIL FROM:<>\r\n")
    assert b"said before: PROXY TCP4 192.0.2.1 127.0.0.1 " in b"".join(e.data for e in transcript if e.kind == "note")


def test_xtext() -> None:
    assert xtext("a+b=c d~!") == "a+2Bb+3Dc+20d~!"
