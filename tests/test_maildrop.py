"""The maildrop: known mail is put into place, found again and removed; anybody else's is never touched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import cleanup, maildrop
from conformance.delivery import DeliveryError, Specimen, compose, deliver, key_of, ways
from conformance.dial_pop3 import Pop3Dial
from conformance.discovery_pop3 import discover
from conformance.maildrop import STOCK, Maildrop
from conformance.outcomes import Inconclusive
from conformance.strategies import messages
from conformance.target import Account, Endpoint, Mail, Target, load
from conformance.transport.dialler import Dialler, Recorder
from conformance.verdicts import Reason
from tests.peers.pop3 import Oddity, serving

OURS = compose(b"ours\r\n", subject="ours")
ID = b"Message-ID: <mailconform." + OURS.key + b"@mailconform.invalid>"
FOREIGN = {
    "1.plain": b"From: eve@example.org\nSubject: hello\nMessage-ID: <1@example.org>\n\nHello!\n",
    "2.no-header": b"\njust a body\n",
    "3.quoted": b"From: eve@example.org\nSubject: Fwd: ours\n\n" + ID + b"\n\nforwarded\n",
    "4.referring": b"From: eve@example.org\nIn-Reply-To: <mailconform." + OURS.key + b"@mailconform.invalid>\nX-" + ID + b"\n\n\n",
    "5.like-ours": b"Message-ID: <mailconform.list@example.org>\n\nThe mailconform mailing list.\n",
    "6.almost": b"Message-ID: <mailconform." + OURS.key + b"@example.org>\n\nx\n",
    "7.empty": b"",
}  # fmt: skip


@contextlib.contextmanager
def dropped(folder: Path, oddity: Oddity, *, foreign: bool = True) -> Iterator[tuple[Maildrop, Path]]:
    """Give a maildrop with somebody else's mail in it, and its folder."""
    with serving(folder, oddity, tls=False) as file:
        for name, octets in FOREIGN.items() if foreign else ():
            (folder / "alice" / "new" / name).write_bytes(octets)
        dialler = Dialler(load(file), Recorder())
        dial = Pop3Dial(discover(dialler.target, dialler), dialler)
        try:
            yield Maildrop(dial), folder / "alice"
        finally:
            dial.hang_up_all()


def kept(folder: Path) -> dict[str, bytes]:
    """Every message of a Maildir that is not ours, by the first part of its name."""
    files = [path for part in ("new", "cur") for path in (folder / part).iterdir()]
    return {path.name.partition(":")[0]: path.read_bytes() for path in files if "Q" not in path.name}


def ours(folder: Path) -> int:
    return sum(len(list((folder / part).glob("*Q*"))) for part in ("new", "cur"))


ODD = [
    Oddity(),
    Oddity(uidl=False),
    Oddity(top=False, uidl=False),
    Oddity(top=False),
    Oddity(reverse=True, status_header=True),
]


@pytest.mark.parametrize("oddity", ODD, ids=["plain", "no-uidl", "neither", "no-top", "newest-first"])
def test_foreign_mail_is_never_touched(tmp_path: Path, oddity: Oddity) -> None:
    with dropped(tmp_path, oddity) as (drop, folder):
        session = drop.open()
        assert len(set(session.own)) == 3
        session.leave()
        assert (kept(folder), ours(folder)) == (FOREIGN, 3)
        with pytest.raises(Inconclusive, match="needs a maildrop without other mail, and 'alice' has some") as caught:
            drop.empty()
        assert caught.value.reason is Reason.NOT_SET_UP
        drop._dial.hang_up_all()
        drop.open(OURS).leave()
        assert drop.clear() == 1
        assert (kept(folder), ours(folder)) == (FOREIGN, 0)
        assert drop.clear() == 0


def test_a_unique_id_that_is_given_again_removes_nobodys_mail(tmp_path: Path) -> None:
    """A server may break what RFC 1939 section 7 says of unique-ids: only a message's own header makes it ours."""
    with dropped(tmp_path, Oddity()) as (drop, folder):
        drop.open().leave()
        drop._known = dict.fromkeys(drop._known, OURS.key)

        assert drop.clear() == 3
        assert (kept(folder), ours(folder)) == (FOREIGN, 0)


def test_cleanup_removes_what_a_run_has_left_in_every_account(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False) as file:
        for account in load(file).accounts:
            for _ in range(2):
                deliver(load(file), account, OURS)
            (Path(account.maildir) / "new" / "1.plain").write_bytes(FOREIGN["1.plain"])

        assert list(cleanup.clean(file)) == [("alice", 2), ("bob", 2)]
        assert list(cleanup.clean(file)) == [("alice", 0), ("bob", 0)]
        assert kept(tmp_path / "alice") == kept(tmp_path / "bob") == {"1.plain": FOREIGN["1.plain"]}


def test_numbers_are_those_of_the_messages_asked_for(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity(reverse=True)) as (drop, _):
        session = drop.open(OURS, *STOCK)
        for specimen, number in zip((OURS, *STOCK), session.own, strict=True):
            assert specimen.same_as(session.command("RETR", number).body)


def test_what_is_there_is_not_delivered_again(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity(), foreign=False) as (drop, folder):
        for _ in range(3):
            drop.open().leave()
        assert ours(folder) == 3


def test_an_empty_maildrop_is_empty(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity(), foreign=False) as (drop, _):
        drop.open().leave()
        session = drop.empty()

        assert session.own == ()
        assert session.command("STAT").drop_listing().first == 0


def test_a_crowd_of_our_own_mail_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrop, "CROWD", 4)
    with dropped(tmp_path, Oddity()) as (drop, folder):
        drop.open(*STOCK, OURS, compose(b"five\r\n")).leave()
        drop.open(compose(b"six\r\n")).leave()

        assert (kept(folder), ours(folder)) == (FOREIGN, 1)


def test_finding_delivers_nothing(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity()) as (drop, folder):
        drop.open(OURS).leave()
        session = drop.find(STOCK[0], OURS)

        assert session.own[0] == 0
        assert OURS.same_as(session.command("RETR", session.own[1]).body)
        assert ours(folder) == 1


def test_mail_that_does_not_arrive_is_told(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity()) as (drop, _):
        (tmp_path / "elsewhere").mkdir()
        for part in ("tmp", "new"):
            (tmp_path / "elsewhere" / part).mkdir()
        astray = replace(drop.account, maildir=str(tmp_path / "elsewhere"))
        drop._dial.target = replace(drop._dial.target, accounts=(astray,), mail=Mail(delivery_wait=0.05))
        with pytest.raises(Inconclusive, match="test mail did not arrive within 0 s") as caught:
            drop.open()
        assert caught.value.reason is Reason.NOT_SET_UP


def test_no_way_into_the_maildrop_is_told(tmp_path: Path) -> None:
    with dropped(tmp_path, Oddity()) as (drop, _):
        drop._dial.target = replace(drop._dial.target, accounts=(Account(user="alice", password="alice-secret"),))
        with pytest.raises(Inconclusive, match="no way to put test mail into the maildrop"):
            drop.open()


# Specimens and ways.


@given(messages.bodies(), st.text("abc", max_size=3))
def test_equal_messages_have_equal_keys_and_others_have_others(body: bytes, subject: str) -> None:
    specimen = compose(body, subject=subject)

    assert specimen == compose(body, subject=subject)
    assert key_of(specimen.raw) == key_of(specimen.raw.replace(b"\r\n", b"\n")) == specimen.key
    assert specimen.body == body
    assert compose(body + b"x\r\n", subject=subject).key != specimen.key


@pytest.mark.parametrize("name", FOREIGN)
def test_nobody_elses_message_has_a_key(name: str) -> None:
    assert key_of(FOREIGN[name]) is None
    assert key_of(FOREIGN[name].replace(b"\n", b"\r\n")) is None


@pytest.mark.parametrize(
    ("retrieved", "same"),
    [
        (OURS.raw, True),
        (b"Received: by us\r\n" + OURS.raw, True),
        (OURS.raw.replace(b"\r\n\r\n", b"\r\nStatus: RO\r\n\r\n"), True),
        (OURS.raw + b"\r\n", False),
        (OURS.raw.replace(b"Subject: ours\r\n", b""), False),
        (OURS.raw.replace(b"ours\r\n", b"theirs\r\n"), False),
        (b"", False),
    ],
)
def test_a_delivery_may_add_header_fields_and_nothing_else(retrieved: bytes, same: bool) -> None:
    assert OURS.same_as(retrieved) is same


def test_the_most_exact_way_comes_first() -> None:
    endpoints = tuple(Endpoint(scheme=s, host="h", port=1) for s in ("smtp", "lmtp", "imap", "pop3"))
    target = Target(name="x", endpoints=endpoints)
    everything = Account(user="a", password="b", address="a@h", maildir="/m", mbox="/x")

    assert [name for name, _ in ways(target, everything)] == ["maildir", "mbox", "imap", "lmtp", "smtp"]
    assert [name for name, _ in ways(target, replace(everything, maildir="", address=""))] == ["mbox", "imap"]


def test_a_maildir_gets_the_message_with_line_feeds(tmp_path: Path) -> None:
    for part in ("tmp", "new"):
        (tmp_path / part).mkdir()
    deliver(Target(name="x", endpoints=()), Account(user="a", password="b", maildir=str(tmp_path)), OURS)

    assert [path.read_bytes() for path in (tmp_path / "new").iterdir()] == [OURS.raw.replace(b"\r\n", b"\n")]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_mbox_is_appended_to_and_its_separators_are_quoted(tmp_path: Path) -> None:
    spool = tmp_path / "alice"
    spool.write_bytes(b"From eve@h Sat Nov 21 12:00:00 2026\nSubject: x\n\ny\n\n")
    specimen = compose(b"From here\r\n>From there\r\n>>From\r\nFroms\r\nend")
    deliver(Target(name="x", endpoints=()), Account(user="a", password="b", mbox=str(spool)), specimen)
    text = spool.read_bytes()

    assert text.startswith(b"From eve@h Sat Nov 21 12:00:00 2026\nSubject: x\n\ny\n\nFrom sender@mailconform.invalid ")
    assert text.endswith(b"\n\n>From here\n>>From there\n>>From\nFroms\nend\n\n")
    assert not (tmp_path / "alice.lock").exists()


def test_a_delivery_that_fails_says_by_which_way(tmp_path: Path) -> None:
    nowhere = Account(user="a", password="b", maildir=str(tmp_path / "nowhere"))
    with pytest.raises(DeliveryError, match=r"delivery by maildir: .*No such file"):
        deliver(Target(name="x", endpoints=()), nowhere, OURS)
    with pytest.raises(DeliveryError, match="no way to put test mail"):
        deliver(Target(name="x", endpoints=()), Account(user="a", password="b"), Specimen(b"", b""))
