"""What arrives is seen in a maildir, by IMAP and by POP3; what was there before, and what is not ours, is not touched."""

from __future__ import annotations

import contextlib
import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.arrivals import Arrivals, Leavings, _box
from conformance.delivery import Specimen, compose
from conformance.embedded import serve
from conformance.faults import alter, duplicate, lose
from conformance.lying import install, remove
from conformance.outcomes import Inconclusive
from conformance.target import Account, Mail, Target, load, parse_endpoint
from conformance.transport.dialler import Dialler, Recorder

WAYS = {
    "maildir": ("smtp",),
    "imap": ("smtp", "imap"),
    "imaps": ("smtp", "imaps"),
    "pop3": ("smtp", "pop3"),
    "pop3s": ("smtp", "pop3s"),
}
Watch = Callable[[], Arrivals]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with serve(tmp_path_factory.mktemp("embedded")) as target_file:
        yield load(target_file)


@pytest.fixture(params=WAYS)
def target(request: pytest.FixtureRequest, embedded: Target) -> Target:
    """The demo servers, with one way of looking into a mailbox."""
    endpoints = tuple(endpoint for endpoint in embedded.endpoints if endpoint.scheme in WAYS[request.param])
    accounts = embedded.accounts
    if request.param != "maildir":
        accounts = tuple(replace(account, maildir="") for account in accounts)
    return replace(embedded, endpoints=endpoints, accounts=accounts, mail=Mail(delivery_wait=5.0), patience=5.0)


@pytest.fixture
def dialler(target: Target) -> Dialler:
    return Dialler(target, Recorder())


def deliver(target: Target, specimen: Specimen) -> None:
    endpoint = target.endpoint("smtp")
    assert endpoint is not None
    with smtplib.SMTP(endpoint.host, endpoint.port) as client:
        client.sendmail("a@x.test", [target.accounts[0].address], specimen.raw)


def with_crlf(raw: bytes) -> bytes:
    """Give lines their ends: the IMAP server of the demo gives those of its Maildir, which are LF."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


def test_new_mail_is_seen_and_removed(target: Target, dialler: Dialler) -> None:
    account = target.accounts[0]
    old, ours, other = (
        compose(word + b"\r\n.dot\r\n", subject=target.endpoints[-1].scheme) for word in (b"old", b"ours", b"other")
    )
    before = Arrivals(target, account, dialler)
    deliver(target, old)
    before.one(old.key)
    arrivals = Arrivals(target, account, dialler)

    deliver(target, ours)
    deliver(target, other)
    assert ours.same_as(with_crlf(arrivals.one(ours.key)))
    assert arrivals.wait(old.key, seconds=0.0) == []
    arrivals.wait(other.key)
    arrivals.remove()
    later = Arrivals(target, account, dialler)
    deliver(target, ours)
    assert len(later.wait(ours.key)) == 1
    later.remove()
    before.remove()


def test_what_nobody_waited_for_is_removed_and_nothing_else(target: Target, dialler: Dialler) -> None:
    account = target.accounts[0]
    old, ours = (compose(word + b"\r\n", subject=f"left {target.endpoints[-1].scheme}") for word in (b"old", b"ours"))
    foreign = Specimen(b"Subject: from a stranger\r\n\r\nfor somebody\r\n", b"for somebody")
    everything = Arrivals(target, account, dialler)
    deliver(target, old)
    everything.one(old.key)

    leavings = Leavings(target, account)
    for specimen in (ours, foreign):
        deliver(target, specimen)
        everything.one(specimen.key)
    leavings.remove()

    with contextlib.closing(_box(target, account)) as box:
        present = b"".join(box.read(name) for name in box.names())
    assert [specimen.key in present for specimen in (old, foreign, ours)] == [True, True, False]
    everything.remove()


def test_nothing_comes(target: Target, dialler: Dialler) -> None:
    quick = replace(target, mail=Mail(delivery_wait=0.1))
    arrivals = Arrivals(quick, target.accounts[0], dialler)
    assert arrivals.wait(b"no such key") == []
    with pytest.raises(Inconclusive, match="did not arrive"):
        arrivals.one(b"no such key")
    arrivals.remove()


def test_lies_about_what_arrives(target: Target, dialler: Dialler) -> None:
    specimen = compose(b"truth\r\n", subject=f"lies {target.endpoints[-1].scheme}")
    arrivals = Arrivals(target, target.accounts[0], dialler)
    deliver(target, specimen)
    arrivals.one(specimen.key)

    install(alter(b"truth", b"lie") | duplicate(), dialler)
    assert [b"\nlie" in raw for raw in arrivals.wait(specimen.key, 2)] == [True, True]
    install(lose(), dialler)
    assert arrivals.wait(specimen.key, seconds=0.0) == []
    remove(dialler)
    arrivals.remove()


def test_a_mailbox_that_cannot_be_seen(tmp_path: Path) -> None:
    account = Account(user="a", password="b", address="a@x.test")
    smtp, imap = parse_endpoint("smtp://127.0.0.1:1"), parse_endpoint("imap://127.0.0.1:1")
    for endpoints, why in (((smtp,), "needs a way to see"), ((smtp, imap), "cannot be seen")):
        target = Target(name="x", endpoints=endpoints, accounts=(account,))
        with pytest.raises(Inconclusive, match=why):
            Arrivals(target, account, Dialler(target, Recorder()))
        Leavings(target, account).remove()
    missing = replace(account, maildir=str(tmp_path / "not-yet"))
    target = Target(name="x", endpoints=(smtp,), accounts=(missing,))
    assert Arrivals(target, missing, Dialler(target, Recorder())).wait(b"key", seconds=0.0) == []


def test_a_maildir_has_crlf_once_it_is_read(tmp_path: Path) -> None:
    for place in ("new", "cur", "tmp"):
        (tmp_path / place).mkdir()
    account = Account(user="a", password="b", maildir=str(tmp_path))
    target = Target(name="x", endpoints=(parse_endpoint("smtp://127.0.0.1:1"),), accounts=(account,))
    arrivals = Arrivals(target, account, Dialler(target, Recorder()))
    (tmp_path / "new" / "1").write_bytes(b"Subject: x\n\nkey\r\nlast\n")
    (tmp_path / "cur" / "2:2,S").write_bytes(b"Subject: y\n\nkey\n")

    assert arrivals.wait(b"key", 2) == [b"Subject: x\r\n\r\nkey\r\nlast\r\n", b"Subject: y\r\n\r\nkey\r\n"]
    arrivals.remove()
    assert not list(tmp_path.glob("*/*"))
