"""RFC 4954 sections 4 and 8: challenges."""

from __future__ import annotations

import re

from conformance import SmtpDial, rewrite, verifies

CHALLENGE = re.compile(rb"334 (?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\r\n")


@verifies("RFC4954-4-06", "RFC4954-8-01", refuted_by=rewrite(rb"^334 (.*)", rb"334 \1 go ahead", of=rb"AUTH .*"))
def test_the_first_challenge_of_each_mechanism_is_base64_and_nothing_else(dial: SmtpDial) -> None:
    """AUTH with each mechanism that EHLO lists, then "*": behind 334 and a space stands base64 alone, or nothing."""
    session, wrong = dial.offering(), []
    for mechanism in session.keywords.get("AUTH", ()):
        said = session.auth(mechanism)
        if said.code == 334:
            wrong += [] if CHALLENGE.fullmatch(said.raw) else [said.raw]
            session.respond(b"*")
    assert wrong == []


@verifies("RFC4954-4-06", "RFC4954-8-01", refuted_by=rewrite(rb"^334 (.+)", rb"334 \1 :", of=rb"[A-Za-z0-9+/=]{4,}"))
def test_the_second_challenge_of_login_is_base64_and_nothing_else(dial: SmtpDial) -> None:
    """AUTH LOGIN and a name, then "*": as for the first challenge."""
    session = dial.offering("LOGIN")
    said = session.auth("LOGIN", lambda _: dial.account().user.encode())
    session.respond(b"*")
    assert said.code != 334 or CHALLENGE.fullmatch(said.raw)
