"""Golden conversations: one that each audit must object to, and legal or unreadable ones in which none may.

tests/transcripts/pop3 holds them as transcripts. An audit's own carries its slug and must trigger that audit alone;
`clean` feeds every audit; whatever is called `odd-...` is legal, or cannot be read without doubt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import audits
from conformance.discovery import Profile
from conformance.hearing_pop3 import conversations
from conformance.judging import audits_pop3
from conformance.target import Target
from conformance.transcript import Event, Transcript, from_text
from conformance.wire import pop3
from conformance.wire.scanner import parse
from tests.wire.effort import calls

GOLDEN = Path(__file__).parent / "transcripts" / "pop3"
ODD = sorted(path.stem for path in GOLDEN.glob("odd-*.txt"))
NOT_IN_ONE_CLEAN_CONVERSATION = {
    "rfc2449/a-server-that-sends-response-codes-announces-them",
    "rfc2449/a-response-code-stands-at-the-beginning-of-the-text",
    "rfc2449/text-in-an-opening-bracket-is-a-response-code",
    "rfc2449/the-code-login-delay-refuses-only-authentication-commands",
    "rfc2449/the-code-in-use-refuses-only-finished-authentications",
}

assert audits_pop3
AUDITS = [audit for audit in audits.AUDITS if audit.protocol == "pop3"]


def slug(audit: audits.Audit) -> str:
    return audit.id.partition("/")[2]


def transcript_of(name: str) -> Transcript:
    """Read a golden conversation back into a transcript."""
    return spoken(from_text((GOLDEN / f"{name}.txt").read_text("utf-8")))


def spoken(events: list[Event]) -> Transcript:
    transcript = Transcript(1, "pop3://127.0.0.1:110")
    for event in events:
        transcript.record(event.side, event.kind, event.data)
    return transcript


def profile_of(transcript: Transcript) -> Profile:
    """Take as announced what CAPA says in the conversation itself."""
    listed = {}
    for heard in conversations(transcript, Profile(target=Target(name="golden", endpoints=()), capabilities={"": {}})):
        if heard.verb == b"CAPA" and heard.positive:
            lines = [parse(line, pop3.capability).value for line in pop3.body_lines(heard.reply)]
            listed[f"reply {heard.reply.line.start}"] = {line.tag.decode().upper(): () for line in lines}
    return Profile(target=Target(name="golden", endpoints=()), capabilities=listed)


def findings(transcript: Transcript) -> dict[str, audits.Finding]:
    auditor = audits.Auditor(profile_of(transcript), conversations)
    auditor.read([transcript], lambda connection, offset: (str(connection), offset))
    return auditor.findings


def troubles(transcript: Transcript) -> dict[str, str]:
    found = findings(transcript)
    return {audit: finding.trouble.observed for audit, finding in found.items() if finding.trouble}


@pytest.mark.parametrize("audit", AUDITS, ids=slug)
def test_each_audit_objects_to_its_golden_conversation_alone(audit):
    assert list(troubles(transcript_of(slug(audit)))) == [audit.id]


@pytest.mark.parametrize("audit", AUDITS, ids=slug)
def test_trouble_points_at_what_the_server_sent(audit):
    transcript = transcript_of(slug(audit))
    finding = findings(transcript)[audit.id]
    assert 0 <= finding.trouble.offset < transcript.offsets["S"]
    assert finding.trouble.observed.isprintable()


def test_a_clean_conversation_feeds_every_audit_and_troubles_none():
    found = findings(transcript_of("clean"))
    assert not [audit for audit, finding in found.items() if finding.trouble]
    assert {audit for audit, finding in found.items() if not finding.held} == NOT_IN_ONE_CLEAN_CONVERSATION


@pytest.mark.parametrize("name", ODD)
def test_no_audit_objects_to_what_is_legal_or_cannot_be_read(name):
    assert troubles(transcript_of(name)) == {}


def test_codes_that_stand_where_they_may_feed_the_audits_of_codes():
    found = findings(transcript_of("odd-codes"))
    assert all(found[audit].held for audit in NOT_IN_ONE_CLEAN_CONVERSATION)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_the_segments_of_the_server_make_no_difference(name):
    """Server octets one by one: what is found does not depend on how they are cut."""
    whole = transcript_of(name)
    cut = [
        Event(at_ns=0, connection=1, side=event.side, kind=event.kind, offset=0, data=event.data[i : i + 1])
        if event.kind == "bytes" and event.side == "S"
        else event
        for event in whole
        for i in range(len(event.data) if event.kind == "bytes" and event.side == "S" else 1)
    ]
    assert troubles(spoken(cut)) == troubles(whole)


def long_replies(count: int) -> Transcript:
    """A listing of so many messages with its last line wrong, and a message of ten times so many lines, full of dots."""
    listing = b"+OK\r\n" + b"".join(b"%d 120\r\n" % n for n in range(count)) + b"x\r\n.\r\n"
    message = b"+OK\r\n" + b"Subject: dots\r\n\r\n" + 10 * count * b"..dots\r\n" + b".\r\n"
    turns = [("S", b"+OK\r\n"), ("C", b"LIST\r\n"), ("S", listing), ("C", b"RETR 1\r\n"), ("S", message)]
    return spoken([Event(at_ns=0, connection=1, side=s, kind="bytes", offset=0, data=data) for s, data in turns])


def test_long_replies_are_read_in_linear_time() -> None:
    """Twice the lines are twice the effort at most; a million come to their end, as they do not in quadratic time."""
    once, twice = (calls(lambda n=n: troubles(long_replies(n))) for n in (500, 1000))
    assert twice <= 2 * once + 200
    assert list(troubles(long_replies(100_000))) == ["rfc1939/each-scan-listing-is-a-number-and-a-size"]


def test_every_golden_conversation_belongs_to_an_audit():
    names = {path.stem for path in GOLDEN.glob("*.txt")} - set(ODD) - {"clean"}
    assert names == {slug(audit) for audit in AUDITS}
