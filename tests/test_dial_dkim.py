"""DKIM and DMARC through the dial: what a message is made into, and what an MTA's field is taken for."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from conformance.checks_dkim import fails, passes
from conformance.dial_dkim import DkimDial, Signature, replacing, signed
from conformance.dial_dmarc import MONITORED, NEWS, ORG, DmarcDial, authored
from conformance.dial_verifiers import discovering
from conformance.discovery import CannotJudge, Profile
from conformance.outcomes import Inconclusive, NotSupported
from conformance.target import Account, Endpoint, Mail, Target
from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler, Recorder
from conformance.vectors import Record, Trouble
from tests.peers.verifiers import mta
from tests.peers.wrong import wrong_server

ANN = "ann@peer.test"
FIELD = b"Authentication-Results: peer.test; dkim=%b header.d=a.test\r\n"
MESSAGE = b"From: <sender@mailconform.invalid>\r\nTo: <a@mailconform.invalid>\r\n\r\nHello.\r\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as there:
        return int(there.getsockname()[1])


def target(port: int, maildir: Path) -> Target:
    for place in ("new", "cur", "tmp"):
        (maildir / place).mkdir()
    row = {"route": "bind", "name": "peer", "reads": "authentication-results"}
    return Target(
        name="peer",
        endpoints=(Endpoint(scheme="smtp", host="127.0.0.1", port=port),),
        accounts=(Account(user="ann", password="x", address=ANN, maildir=str(maildir)),),
        mail=Mail(delivery_wait=5.0),
        facilities={"dns": f"127.0.0.1:{free_port()}"},
        dkim=(Verifier(**row, method="dkim"),),
        patience=5.0,
    )


@pytest.mark.parametrize(
    ("result", "of_good", "of_bad"),
    [
        (b"pass", None, AssertionError),
        (b"fail", AssertionError, None),
        (b"policy", NotSupported, None),
        (b"temperror", Inconclusive, None),
    ],
)
def test_a_verifier_is_accused_of_what_it_says(
    tmp_path: Path, result: bytes, of_good: type[BaseException] | None, of_bad: type[BaseException] | None
) -> None:
    with wrong_server(mta({"127.0.0.1": ("", FIELD % result)}, tmp_path)) as port:
        of = target(port, tmp_path)
        dial = DkimDial(Profile(target=of, protocol="dkim"), Dialler(of, Recorder()))
        try:
            for ask, wanted in ((passes, of_good), (fails, of_bad)):
                if wanted is None:
                    ask(dial, Signature())
                else:
                    with pytest.raises(wanted):
                        ask(dial, Signature())
        finally:
            dial.retire()


def test_a_verifier_that_lets_everything_pass_is_not_judged(tmp_path: Path) -> None:
    with wrong_server(mta({"127.0.0.1": ("", FIELD % b"pass")}, tmp_path)) as port:
        of = target(port, tmp_path)
        with pytest.raises(CannotJudge, match="the verifier says pass of a plain message that is fail or neutral"):
            discovering(DkimDial)(of, Dialler(of, Recorder()))


def test_a_message_is_changed_before_it_is_signed_and_on_its_way() -> None:
    zone, query = signed(Signature(), before=replacing(b"Hello", b"Hi"), after=replacing(b"Hi", b"Ho"))

    made = query.made(MESSAGE)

    assert made.startswith(b"DKIM-Signature: v=1;")
    assert b"\r\nFrom: <sender@signer.mailconform.example>\r\n" in made
    assert made.endswith(b"\r\n\r\nHo.\r\n")
    assert [name.partition(".")[2] for name in zone] == ["_domainkey.signer.mailconform.example"]


def test_a_change_that_finds_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="is not in the message"):
        replacing(b"nowhere", b"x")(MESSAGE)


def test_what_authors_publish_stands_where_verifiers_ask() -> None:
    zone, query = authored({**MONITORED, NEWS: ("a", "b")}, author=NEWS, signers=(ORG,), sender=ORG, null=True)

    assert zone[f"_dmarc.{ORG}"] == (Record("TXT", (b"v=DMARC1; p=none",)),)
    assert zone[f"_dmarc.{NEWS}"] == (Record("TXT", (b"a",)), Record("TXT", (b"b",)))
    assert [entry.type for entry in zone[ORG]] == ["A", "TXT"]  # type: ignore[union-attr]
    assert [entry.type for entry in zone[NEWS]] == ["A"]  # type: ignore[union-attr]
    assert (query.helo, query.mail_from) == (ORG, "")
    assert b"\r\nFrom: <sender@news.example.com>\r\n" in query.made(MESSAGE)


def test_a_policy_that_is_not_answered_for_is_trouble() -> None:
    zone, query = authored({ORG: Trouble.SERVFAIL})

    assert zone[f"_dmarc.{ORG}"] == (Trouble.SERVFAIL,)
    assert query.mail_from == "sender@example.net"
    assert DmarcDial.method == "dmarc"
