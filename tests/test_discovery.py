"""Discovery: what the target says of itself in each stage, and through which door one gets in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, CannotJudge, Door, Profile
from conformance.discovery_pop3 import discover
from conformance.target import Account, Endpoint, Target, load
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong
from tests.peers.pop3 import Oddity, serving


def profile_of(target: Target) -> Profile:
    return discover(target, Dialler(target, Recorder()))


PLAIN = Oddity()


def found(folder: Path, oddity: Oddity = PLAIN, *, tls: bool = False, **changes: object) -> Profile:
    with serving(folder, oddity, tls=tls) as file:
        return profile_of(replace(load(file), **changes))


def test_everything_that_a_server_says_of_itself(tmp_path: Path) -> None:
    profile = found(tmp_path, tls=True)

    assert profile.greeting.startswith(b"+OK ready <")
    assert profile.timestamp
    assert set(profile.capabilities) == {BEFORE_TLS, UNDER_TLS, AFTER_LOGIN}
    assert ("STLS" in profile.capabilities[BEFORE_TLS], "STLS" in profile.capabilities[UNDER_TLS]) == (True, False)
    assert profile.parameters("sasl", BEFORE_TLS) == ("PLAIN", "CRAM-MD5")
    assert profile.parameters("SASL", "in the evening") == profile.parameters("NONE", BEFORE_TLS) == ()
    assert profile.tls is not None
    assert (profile.tls.trouble, profile.product) == ("", "Reference 1.0")
    assert profile.door == Door(tls="none", method="USER")
    assert 0 < profile.round_trip < 5


@pytest.mark.parametrize(
    ("name", "announced"), [("APOP", True), ("CAPA", True), ("uidl", True), ("STLS", False), ("UTF8", False)]
)
def test_what_is_announced(tmp_path: Path, name: str, announced: bool) -> None:
    assert found(tmp_path).announced(name) is announced


def test_a_server_without_capa_announces_nothing_but_apop(tmp_path: Path) -> None:
    profile = found(tmp_path, Oddity(capa=False))

    assert (profile.capabilities, profile.capa) == ({}, False)
    assert (profile.announced("TOP"), profile.announced("CAPA"), profile.announced("APOP")) == (False, False, True)
    assert profile.product.startswith("ready <")


@pytest.mark.parametrize(
    ("oddity", "door"),
    [
        (Oddity(), Door(tls="none", method="USER")),
        (Oddity(user=False), Door(tls="none", method="PLAIN")),
        (Oddity(user=False, auth=False), Door(tls="none", method="APOP")),
    ],
)
def test_the_door_is_the_first_that_opens(tmp_path: Path, oddity: Oddity, door: Door) -> None:
    assert found(tmp_path, oddity).door == door


def test_a_server_of_implicit_tls_alone_is_entered_so(tmp_path: Path) -> None:
    with serving(tmp_path) as file:
        target = load(file)
        profile = profile_of(replace(target, endpoints=target.endpoints[1:]))

    assert profile.door == Door(tls="implicit", method="USER")
    assert set(profile.capabilities) == {UNDER_TLS, AFTER_LOGIN}


def test_stls_is_a_door_where_clear_logins_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, Oddity(clear_passwords=False, apop=False)) as file:
        target = load(file)
        profile = profile_of(replace(target, endpoints=target.endpoints[:1]))

    assert profile.door is not None
    assert profile.door.tls == "stls"


def test_without_an_account_nobody_logs_in(tmp_path: Path) -> None:
    profile = found(tmp_path, accounts=())

    assert (profile.door, set(profile.capabilities)) == (None, {BEFORE_TLS})


def test_one_account_is_enough_to_know_a_stranger(tmp_path: Path) -> None:
    with pytest.raises(
        CannotJudge, match=r"account 'eve' cannot log in: USER \(none\): <.-ERR \[AUTH\] .*; PLAIN \(none\): "
    ):
        found(tmp_path, accounts=(Account(user="eve", password="x"),))


def test_a_server_that_lets_nobody_in_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CannotJudge, match="account 'alice' cannot log in: "):
        found(tmp_path, Oddity(user=False, auth=False, apop=False))


def test_a_target_of_other_protocols_cannot_be_judged() -> None:
    target = Target(name="web", endpoints=(Endpoint(scheme="imap", host="127.0.0.1", port=143),))

    with pytest.raises(CannotJudge, match="web has no pop3:// or pop3s:// endpoint"):
        profile_of(target)


def test_capability_lines_that_are_odd_are_read_as_far_as_they_go() -> None:
    capa = b"+OK\r\nTOP\r\n\r\nSASL  PLAIN\r\n\xff\xfe\r\nuidl\r\nTOP again\r\n.\r\n"
    script = wrong.dialogue(b"+OK Odd 1.0\r\n", capa, b"-ERR no\r\n", b"+OK\r\n")
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=port)
        profile = profile_of(Target(name="odd", endpoints=(endpoint,), patience=0.3))

    assert profile.capabilities == {BEFORE_TLS: {"TOP": ("again",), "SASL": ("", "PLAIN"), "UIDL": ()}}
    assert profile.product == "Odd 1.0"


def test_a_stls_that_ends_in_no_handshake_is_no_stage() -> None:
    script = wrong.dialogue(b"+OK\r\n", b"+OK\r\nSTLS\r\n.\r\n", b"+OK begin\r\n", b"no TLS here\r\n")
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=port)
        profile = profile_of(Target(name="odd", endpoints=(endpoint,), patience=1.0))

    assert (set(profile.capabilities), profile.tls) == ({BEFORE_TLS}, None)
