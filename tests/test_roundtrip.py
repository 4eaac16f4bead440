"""Round trips over servers nobody here wrote, alone and behind a hop that loses, doubles, delays, alters and refuses."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import roundtrip
from conformance.arrivals import Arrivals
from conformance.cleanup import clean
from conformance.embedded import serve
from conformance.exits import Nagios
from conformance.faults import answer, hang_up
from conformance.outcomes import Inconclusive
from conformance.roundtrip_trips import Fault, Order, Report
from conformance.roundtrip_watch import Unseen
from conformance.target import Endpoint, Target, load
from conformance.transport.dialler import Dialler, Recorder
from tests.peers.faulty_hop import DELAY_SECONDS, Manner, hop, target_file
from tests.peers.relay import relayed

WAYS_TO_READ = ("maildir", "imap", "imaps", "pop3", "pop3s")
SENDMAIL = r"""
import smtplib, sys
server = smtplib.SMTP("127.0.0.1", {port})
server.sendmail(sys.argv[1], sys.argv[2:], sys.stdin.buffer.read().replace(b"\n", b"\r\n"))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The demo servers."""
    with serve(tmp_path_factory.mktemp("embedded")) as file:
        yield replace(load(file), patience=3.0)


@pytest.fixture(autouse=True)
def _nothing_is_left(home: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does, no mailbox holds anything afterwards; a second copy comes at once here."""
    monkeypatch.setattr(roundtrip, "SETTLING_SECONDS", 0.3)
    yield
    for account in home.accounts:
        assert [file for place in ("new", "cur") for file in (Path(account.maildir) / place).iterdir()] == []


def order(target: Target, reader: Target, **more: object) -> Order:
    given: dict[str, object] = {
        "way": "smtp", "sender": target.accounts[1], "recipient": "alice@example.org", "account": reader.accounts[0],
        "wait": 5.0,
    }  # fmt: skip
    return Order(target=target, reader=reader, **{**given, **more})  # type: ignore[arg-type]


def read_by(home: Target, way: str) -> Target:
    if way == "maildir":
        return home
    accounts = tuple(replace(account, maildir="") for account in home.accounts)
    return replace(home, accounts=accounts, endpoints=tuple(e for e in home.endpoints if e.scheme == way))


@pytest.fixture
def behind(home: Target) -> Iterator[Callable[..., Report]]:
    """Make round trips behind a hop of some manner."""

    def made(manner: Manner, *, every: int = 1, **more: object) -> Report:
        with hop(manner, home, every=every) as (_, target):
            return roundtrip.perform(order(target, home, **more))

    return made


@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_a_message_comes_back_as_it_was_sent(home: Target, way: str) -> None:
    report = roundtrip.perform(order(home, read_by(home, way), sender=None))

    (trip,) = report.trips
    assert (trip.faults, trip.why, trip.copies) == ((), "", 1)
    assert report.cleared
    assert report.state is Nagios.OK
    assert trip.submit is not None
    assert trip.transit is not None
    assert trip.fetch is not None
    assert trip.total is not None
    assert trip.total <= trip.submit + trip.transit + trip.fetch + 0.001
    assert trip.inserted == ('"x-peer"', '"x-mailfrom"', '"x-rcptto"')


@pytest.mark.parametrize("way", ["submissions", "lmtp"])
def test_it_is_sent_by_other_ways(home: Target, way: str) -> None:
    report = roundtrip.perform(order(home, home, way=way))

    assert report.counts["arrived"] == 1
    assert report.why == "1 of 1 arrived as sent"


def test_a_program_sends_it(home: Target, tmp_path: Path) -> None:
    endpoint = home.endpoint("smtp")
    assert endpoint is not None
    program = tmp_path / "sendmail.py"
    program.write_text(SENDMAIL.format(port=endpoint.port))

    report = roundtrip.perform(order(home, home, way=(sys.executable, str(program), "{sender}", "{recipient}")))

    assert report.trips[0].why == ""
    assert report.counts["arrived"] == 1


def test_what_a_program_complains_of_is_told(home: Target) -> None:
    told = (sys.executable, "-c", "import sys; sys.exit('no such {recipient}')")

    (trip,) = roundtrip.perform(order(home, home, way=told)).trips

    assert trip.faults == (Fault.REFUSED,)
    assert trip.why.endswith('ended with 1: "no such alice@example.org"')


def test_a_program_that_does_not_end_is_ended(home: Target) -> None:
    asleep = (sys.executable, "-c", "import time; time.sleep(60)")
    began = time.monotonic()

    (trip,) = roundtrip.perform(order(home, home, way=asleep, wait=0.5)).trips

    assert trip.faults == (Fault.UNSENT,)
    assert "did not end in time" in trip.why
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("way", ["smtp", "submission"])
def test_a_right_hop_is_seen_on_the_way(behind: Callable[..., Report], way: str) -> None:
    (trip,) = behind(Manner.PLAIN, way=way).trips

    assert trip.faults == ()
    ((stamp, seconds),) = trip.hops
    assert stamp.by == "hop.test"
    assert seconds is not None
    assert seconds < 2


def test_a_clock_that_is_wrong_gives_no_time(behind: Callable[..., Report]) -> None:
    (trip,) = behind(Manner.TURNED).trips

    assert trip.faults == ()
    assert [seconds for _, seconds in trip.hops] == [None]


FAULTY = {
    Manner.LOSES: (Fault.LOST, "not there after 1.5 s", Nagios.CRITICAL),
    Manner.DOUBLES: (Fault.DUPLICATED, "2 copies", Nagios.WARNING),
    Manner.ALTERS: (Fault.ALTERED, 'the body was changed in line 10: "end.\\r\\n" became "End.\\r\\n"', Nagios.WARNING),
    Manner.RENAMES: (Fault.ALTERED, '"subject" was changed: "mailconform round trip', Nagios.WARNING),
    Manner.REFUSES: (Fault.REFUSED, 'RCPT was answered <"550 5.7.1 not for you\\r\\n">', Nagios.CRITICAL),
    Manner.RETURNS: (Fault.REFUSED, "returned: hard failure 5.1.1, says a delivery status", Nagios.CRITICAL),
}


@pytest.mark.parametrize("manner", FAULTY)
def test_a_fault_is_told_apart_and_counted(
    behind: Callable[..., Report], manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in two of four messages, two at a time."""
    fault, why, state = FAULTY[manner]
    if fault is Fault.DUPLICATED:
        monkeypatch.setattr(roundtrip, "SETTLING_SECONDS", 3.0)  # the second copy is late on a busy machine
    wait = 1.5 if fault is Fault.LOST else 5.0

    report = behind(manner, every=2, messages=4, parallel=2, wait=wait)

    assert {name: report.counts[name] for name in Fault if report.counts[name]} == {fault: 2}
    assert all(trip.why.startswith(why) for trip in report.trips if trip.faults)
    assert report.counts["arrived"] == (4 if state is Nagios.WARNING else 2)
    assert report.state is state


@pytest.mark.parametrize(
    ("warn", "critical", "state"),
    [(0.4, 4.0, Nagios.WARNING), (0.2, 0.4, Nagios.CRITICAL), (4.0, None, Nagios.OK)],
)
def test_a_delay_is_what_passes_a_threshold(
    behind: Callable[..., Report], warn: float | None, critical: float | None, state: Nagios
) -> None:
    report = behind(Manner.DELAYS, warn=warn, critical=critical)

    assert report.state is state
    assert report.counts["delayed"] == (state is not Nagios.OK)
    assert report.trips[0].transit is not None
    assert report.trips[0].transit >= DELAY_SECONDS - 0.1


def test_what_comes_too_late_is_removed_by_cleanup(home: Target, tmp_path: Path) -> None:
    reader = read_by(home, "imap")
    later = Arrivals(home, home.accounts[0], Dialler(home, Recorder()))
    with hop(Manner.HOLDS, home) as (faulty, target):
        report = roundtrip.perform(order(target, reader, wait=1.5))
        faulty.released.set()
        assert len(later.wait(b"Subject: mailconform round trip")) == 1

    assert report.counts["lost"] == 1
    assert dict(clean(target_file(reader, tmp_path))) == {"alice": 1, "bob": 0, "carol": 0}


def test_a_downgrade_is_no_alteration(behind: Callable[..., Report]) -> None:
    report = behind(Manner.DOWNGRADES)

    assert report.state is Nagios.OK
    assert report.counts["downgraded"] == 1
    assert report.why == "1 of 1 arrived, 1 downgraded"


def test_nobody_knows_what_became_of_a_message_without_an_answer(behind: Callable[..., Report]) -> None:
    (trip,) = behind(Manner.MUTE, wait=1.0).trips

    assert trip.faults == (Fault.UNSENT,)
    assert trip.why.startswith("nobody knows whether it was taken: no answer")


def test_a_server_that_is_not_there_took_nothing(home: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nobody = replace(home, endpoints=(Endpoint(scheme="smtp", host="127.0.0.1", port=port),))

    (trip,) = roundtrip.perform(order(nobody, home, wait=2.0)).trips

    assert trip.faults == (Fault.UNSENT,)
    assert "connection refused" in trip.why


def test_a_server_that_says_nothing_is_not_waited_for_longer(home: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint(scheme="smtp", host="127.0.0.1", port=silent.getsockname()[1])
        began = time.monotonic()

        report = roundtrip.perform(order(replace(home, endpoints=(endpoint,)), home, wait=1.0, messages=4))

    assert [trip.faults for trip in report.trips] == [(Fault.UNSENT,)] * 4
    assert time.monotonic() - began < 8


def test_a_mailbox_that_cannot_be_seen_is_told(home: Target) -> None:
    imap = read_by(home, "imap")
    locked_out = replace(imap, accounts=(replace(imap.accounts[0], password="wrong"),))

    with pytest.raises(Unseen, match="cannot be seen"):
        roundtrip.perform(order(home, locked_out))
    with pytest.raises(Inconclusive, match="needs a way to see"):
        roundtrip.perform(order(home, read_by(home, "smtp")))


def test_a_mailbox_that_is_lost_for_a_while_is_looked_at_again(home: Target) -> None:
    """Every connection ends behind its second look."""
    imap = read_by(home, "imap")
    with relayed(imap.endpoints[0], hang_up(of=rb"UID SEARCH.*", after=2)) as endpoint, hop(Manner.DELAYS, home) as on:
        report = roundtrip.perform(order(on[1], replace(imap, endpoints=(endpoint,))))

    assert report.counts["arrived"] == 1


def test_mail_that_cannot_be_removed_is_told(home: Target, tmp_path: Path) -> None:
    imap = read_by(home, "imap")
    with relayed(imap.endpoints[0], answer(b"<tag> NO read-only\r\n", of=rb"UID STORE.*")) as endpoint:
        report = roundtrip.perform(order(home, replace(imap, endpoints=(endpoint,))))

    assert not report.cleared
    assert report.state is Nagios.WARNING
    assert report.why == "not everything could be removed"
    maildirs_only = replace(home, endpoints=tuple(e for e in home.endpoints if e.scheme == "smtp"))
    assert dict(clean(target_file(maildirs_only, tmp_path)))["alice"] == 1


def test_a_mailbox_whose_answers_do_not_end_is_not_waited_for(home: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roundtrip, "OPENING_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        endpoint = Endpoint(scheme="imap", host="127.0.0.1", port=listening.getsockname()[1])
        endless = replace(read_by(home, "imap"), endpoints=(endpoint,))

        with pytest.raises(Unseen, match="does not come to an end"):
            roundtrip.perform(order(home, endless))


def drip(listening: socket.socket) -> None:
    """Greet with an octet now and then for two seconds."""
    with listening.accept()[0] as connection:
        for _ in range(40):
            connection.sendall(b"*")
            threading.Event().wait(0.05)


def test_who_interrupts_leaves_nothing_behind(home: Target, tmp_path: Path) -> None:
    with hop(Manner.DELAYS, home) as (faulty, target):
        sending = target_file(target, tmp_path)
        reader = target_file(replace(home, name="reader"), tmp_path)
        words = ["roundtrip", sending, "--read", reader, "--from", "bob"]
        with subprocess.Popen(
            [sys.executable, "-m", "conformance.cli", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as program:
            assert faulty.taken.wait(20)
            program.send_signal(signal.SIGTERM)
            said = program.communicate(timeout=20)

    assert (program.returncode, said) == (2, (b"", b"\n"))
