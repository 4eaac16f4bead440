"""The IMAP session: against servers that say every right and every wrong thing."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Iterator

import pytest

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed, Silence
from conformance.verdicts import Reason
from conformance.wire.framing import Overlong
from conformance.wire.imap_commands import Sync
from tests.peers import wrong


@contextlib.contextmanager
def scripted(script: wrong.Script, patience: float = 5.0, announced: tuple[str, ...] = ()) -> Iterator[Imap]:
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="imap", host="127.0.0.1", port=port)
        dialler = Dialler(Target(name="peer", endpoints=(endpoint,)), Recorder())
        session = Imap(dialler.open(endpoint), dialler.recorder, patience, announced.__contains__)
        try:
            yield session
        finally:
            session.close()


@contextlib.contextmanager
def saying(*replies: bytes, then: wrong.Script = wrong.closing, patience: float = 5.0) -> Iterator[Imap]:
    """Talk to a server that greets, and answers line by line; `<tag>` in an answer is the tag of that line."""
    with scripted(wrong.tagged_dialogue(b"* OK ready\r\n", *replies, then=then), patience) as session:
        yield session


def test_an_answer_gathers_what_came_until_the_completion() -> None:
    with saying(b"* 3 EXISTS\r\n* 2 FETCH (UID 5)\r\n* 2 FETCH (FLAGS (\\Seen))\r\n<tag> OK [X-ODD] done\r\n") as imap:
        answer = imap.command("NOOP")

    assert (imap.greeting.status, answer.status, answer.code) == (b"OK", b"OK", b"X-ODD")
    assert answer.is_ok
    assert (answer.exists, answer.recent, answer.expunged) == (3, None, [])
    assert dict(answer.fetched[2].pairs) == {b"UID": 5, b"FLAGS": (b"\\Seen",)}
    assert list(answer.by_uid) == [5]


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (b"<tag> NO [ALERT] no\r\n", (False, True, False, True)),
        (b"<tag> BAD no\r\n", (False, False, True, True)),
        (b"<tag> ok\r\n", (True, False, False, False)),
        (b"<tag> MAYBE\r\n", (False, False, False, False)),
        (b"* OK no tag\r\n", (False, False, False, False)),
    ],
)
def test_a_completion_is_read_as_what_it_is(reply: bytes, read: tuple[bool, ...]) -> None:
    with saying(reply) as imap:
        answer = imap.command("NOOP", patience=0.3)

    assert (answer.is_ok, answer.is_no, answer.is_bad, answer.refused) == read


def test_not_now_is_inconclusive_and_a_refused_precondition_says_what_was_asked() -> None:
    with saying(b"<tag> NO [UNAVAILABLE] later\r\n") as imap:
        answer = imap.command("LOGIN a b")
        with pytest.raises(Inconclusive, match="not now") as caught:
            _ = answer.is_no
        assert caught.value.reason is Reason.THROTTLED
        with pytest.raises(Inconclusive, match='"LOGIN" was answered'):
            answer.ok()


def test_a_rejected_command_of_an_extension_is_not_supported() -> None:
    with saying(b"<tag> BAD what\r\n") as imap, pytest.raises(NotSupported, match="MOVE is not announced"):
        imap.command("MOVE 1 x").supported("MOVE")


@pytest.mark.parametrize(
    ("then", "ending"),
    [(wrong.closing, Closed), (wrong.mute, Silence), (wrong.endless_literal, Overlong), (wrong.dripping, Silence)],
)
def test_an_ending_instead_of_a_completion_is_a_value(then: wrong.Script, ending: type) -> None:
    began = time.monotonic()
    with saying(then=then, patience=0.4) as imap:
        imap.send(b"wake up\r\n")
        answer = imap.command("NOOP")

    assert isinstance(answer.ending, ending)
    assert answer.status == b""
    assert not imap.reusable
    assert time.monotonic() - began < 8


def test_an_endless_flood_of_responses_ends() -> None:
    began = time.monotonic()
    with saying(then=wrong.flooding, patience=0.1) as imap:
        imap.send(b"wake up\r\n")
        answer = imap.command("NOOP")

    assert isinstance(answer.ending, Overlong)
    assert time.monotonic() - began < 20


def test_a_synchronizing_literal_waits_and_is_not_sent_when_it_is_refused() -> None:
    with saying(b"<tag> NO too large\r\n", b"<tag> OK\r\n") as imap:
        assert imap.append("x", b"abc").status == b"NO"
        assert imap.command("NOOP").status == b"OK"
        assert b"abc" not in imap.stream.transcript.bytes_of("C")


def test_pipelined_commands_have_an_answer_each_whatever_the_order() -> None:
    with scripted(wrong.dialogue(b"* OK\r\n", b"", b"b OK [TWO] x\r\n* 1 EXISTS\r\na OK [ONE] y\r\n")) as imap:
        imap.begin("NOOP", tag=b"a")
        imap.begin("NOOP", tag=b"b")
        first, second = imap.finish(b"a"), imap.finish(b"b")

    assert (first.code, first.exists) == (b"ONE", 1)
    assert second.code == b"TWO"


def test_idle_hears_what_comes_by_itself() -> None:
    with saying(b"+ idling\r\n* 4 EXISTS\r\n", b"c OK\r\n") as imap:
        assert imap.idle() is None
        heard = imap.hear()
        assert heard is not None
        assert (heard.name, heard.number) == (b"EXISTS", 4)
        assert imap.hear(0.1) is None


def test_a_refused_idle_is_an_answer() -> None:
    with saying(b"<tag> BAD no\r\n") as imap:
        refused = imap.idle()
        assert refused is not None
        assert refused.is_bad


def test_authenticate_answers_challenges_and_stops_when_refused() -> None:
    with saying(b"+ aGVsbG8=\r\n", b"+\r\n", b"c OK\r\n") as imap:
        seen: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            seen.append(challenge)
            return b"x"

        imap.authenticate("ODD", answer, answer, initial=b"")
        assert seen == [b"hello", b""]
        assert b" AUTHENTICATE ODD =\r\n" in imap.stream.transcript.bytes_of("C")


def test_a_connection_that_said_something_lasting_is_not_used_again() -> None:
    with saying(b"<tag> OK\r\n", b"<tag> OK\r\n", b"<tag> OK\r\n", then=wrong.silent) as imap:
        imap.login("a", "b")
        assert imap.reusable
        imap.command("NOOP")
        assert imap.reusable
        imap.resume()
        assert imap.stream.transcript.offsets["C"] > 0
        imap.command("ENABLE CONDSTORE")
        assert not imap.reusable


def test_a_literal_in_the_middle_of_a_command_is_sent_in_its_turn() -> None:
    with saying(b"+ go\r\n", b"+ go\r\n", b"c OK\r\n") as imap:
        imap.begin("LOGIN", Sync(b"one\r"), Sync(b"two\r"))
        said = imap.stream.transcript.bytes_of("C")

    assert said.endswith(b" LOGIN {4}\r\none\r {4}\r\ntwo\r\r\n")


def test_offered_octets_bring_every_response_in_front_of_noop() -> None:
    with saying(b"* BAD no tag\r\n", b"<tag> OK still here\r\n") as imap:
        said = imap.offer(b"\r\n")

    assert [(response.tag, response.name) for response in said] == [(b"*", b"BAD")]


def test_offered_octets_that_end_the_session_say_nothing() -> None:
    with saying(b"* BYE enough\r\n") as imap, pytest.raises(Inconclusive, match="is not answered"):
        imap.offer(b"junk\r\n")


def test_each_command_is_followed_by_noop() -> None:
    with saying(b"<tag> BAD what?\r\n", b"<tag> OK\r\n", b"<tag> NO no\r\n", b"<tag> OK\r\n") as imap:
        answers = imap.each("XYZZY", "DELETE INBOX")

    assert [answer.status for answer in answers.values()] == [b"BAD", b"NO"]


def test_a_session_that_the_server_has_ended_meanwhile_is_disturbed() -> None:
    with saying(b"<tag> OK done\r\n", then=wrong.mute) as imap:
        imap.command("NOOP")
        assert not imap.disturbed

    with saying(b"<tag> OK done\r\n") as imap:
        imap.command("NOOP")
        imap.stream.send(b"\r\n")  # the server ends on the next line
        assert select.select([imap.stream], [], [], 5)[0]
        assert imap.disturbed
