"""imaplib2 over a recorded stream: what it asks, hears and cannot make out, and that faults and transcripts see all of it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from conformance import lying
from conformance.faults import Fault, drop, rewrite
from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.verdicts import Reason
from conformance.witnesses.imap import Witness
from tests.peers import wrong

ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n<tag> OK done\r\n",
    b"SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n<tag> OK [READ-WRITE] done\r\n",
    b"SEARCH": b"* SEARCH 3 1\r\n<tag> OK done\r\n",
    b"STORE": b"<tag> OK done\r\n",
    b"COPY": b"<tag> NO [TRYCREATE] no such mailbox\r\n",
    b"FETCH": b"* 1 FETCH (FLAGS (\\Seen \\Recent))\r\n* 2 FETCH (FLAGS ())\r\n<tag> OK done\r\n",
    b"EXPUNGE": b"* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n<tag> OK done\r\n",
    b"IDLE": b"+ idling\r\n* 3 EXISTS\r\n",
    b"LOGOUT": b"* BYE bye\r\n<tag> OK done\r\n",
}
TEXT = b"* 1 FETCH (BODY[] {9}\r\nline\r\n\r\n!)\r\n<tag> OK done\r\n"


def by_verb(answers: dict[bytes, bytes]) -> wrong.Script:
    """Answer each command by its verb; DONE completes the IDLE in front of it, as `<tag> OK` does any other."""

    def script(sock: socket.socket) -> None:
        sock.sendall(b"* OK ready\r\n")
        idling = b""
        for line in sock.makefile("rb"):
            tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
            if tag == b"DONE":
                sock.sendall(idling + b" OK done\r\n")
                continue
            verb = rest.partition(b" ")[0].upper()
            idling = tag if verb == b"IDLE" else idling
            sock.sendall(answers.get(verb, b"<tag> BAD unknown\r\n").replace(b"<tag>", tag))

    return script


@contextlib.contextmanager
def session(
    answers: dict[bytes, bytes] | None = None, fault: Fault | None = None, patience: float = 5.0
) -> Iterator[Imap]:
    with wrong.wrong_server(by_verb(ANSWERS | (answers or {}))) as port:
        endpoint = Endpoint(scheme="imap", host="127.0.0.1", port=port)
        dialler = Dialler(Target(name="peer", endpoints=(endpoint,)), Recorder())
        if fault is not None:
            lying.install(fault, dialler)
        yield Imap(dialler.open(endpoint), dialler.recorder, patience, lambda _: True)


def test_it_asks_and_tells_what_it_was_told() -> None:
    with session() as imap, Witness(imap) as witness:
        assert witness.select(b"INBOX") == 2
        assert witness.search("ALL") == (1, 3)
        assert witness.flags() == {1: frozenset({b"\\seen"}), 2: frozenset()}
        assert witness.expunge() == (1, 1)


def test_a_message_comes_with_every_octet() -> None:
    with session({b"FETCH": TEXT}) as imap, Witness(imap) as witness:
        witness.select(b"INBOX")
        assert witness.text(1) == b"line\r\n\r\n!"


def test_the_transcript_holds_both_sides_and_not_the_greeting_of_ours() -> None:
    with session() as imap, Witness(imap) as witness:
        witness.select(b"INBOX")
        witness.store("1", "+FLAGS", "\\Seen")
        transcript = imap.stream.transcript

    assert b'SELECT "INBOX"\r\n' in transcript.bytes_of("C")
    assert b"STORE 1 +FLAGS (\\Seen)\r\n" in transcript.bytes_of("C")
    assert b"* 2 EXISTS\r\n" in transcript.bytes_of("S")
    assert b"PREAUTH" not in transcript.bytes_of("S")


def test_faults_lie_to_it() -> None:
    with session(fault=rewrite(rb"2 EXISTS", b"7 EXISTS", of=rb"SELECT .*")) as imap, Witness(imap) as witness:
        assert witness.select(b"INBOX") == 7


def test_it_hears_in_idle_what_comes_by_itself() -> None:
    with session() as imap, Witness(imap) as witness:
        witness.select(b"INBOX")
        witness.idle()
        assert ("EXISTS", b"3") in witness.hear_until(lambda heard: heard == ("EXISTS", b"3"), 5.0)
        assert witness.search("ALL") == (1, 3), "IDLE is over, and it goes on"


def test_it_waits_no_longer_than_it_is_told() -> None:
    with session(fault=drop(of=rb"IDLE", when=rb"\* \d+ EXISTS")) as imap, Witness(imap) as witness:
        witness.select(b"INBOX")
        witness.idle()
        assert ("EXISTS", b"3") not in witness.hear_until(lambda heard: heard == ("EXISTS", b"3"), 0.5)


def watch(imap: Imap) -> None:
    with Witness(imap) as witness:
        witness.select(b"INBOX")
        witness.idle()
        witness.hear_until(lambda _: True, 1.0)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({b"SELECT": b"<tag> NO no\r\n"}, Reason.PRECONDITION),
        ({b"SELECT": b"<tag> BAD no\r\n"}, Reason.AMBIGUOUS),
        ({b"SELECT": b"* BYE no more\r\n"}, Reason.AMBIGUOUS),
        ({b"CAPABILITY": b"* capability imap4rev1\r\n<tag> ok\r\n"}, Reason.AMBIGUOUS),
        ({b"CAPABILITY": b"* CAPABILITY IMAP2\r\n<tag> OK done\r\n"}, Reason.AMBIGUOUS),
        ({b"IDLE": b"<tag> NO not here\r\n"}, Reason.PRECONDITION),
    ],
)
def test_what_it_cannot_make_out_accuses_nobody(answers: dict[bytes, bytes], reason: Reason) -> None:
    before = threading.active_count()

    with session(answers, patience=1.0) as imap, pytest.raises(Inconclusive) as raised:
        watch(imap)

    assert raised.value.reason == reason
    assert threading.active_count() <= before + 2, "the peer's own threads, and none of imaplib2's"


def test_a_refused_command_is_a_precondition() -> None:
    with session() as imap, Witness(imap) as witness:
        witness.select(b"INBOX")
        with pytest.raises(Inconclusive) as raised:
            witness.copy("1", b"missing")
    assert raised.value.reason == Reason.PRECONDITION
