"""Golden conversations in IMAP: one that each audit must object to, and legal or unreadable ones in which none may.

tests/transcripts/imap holds them as transcripts. An audit's own carries its slug and must trigger that audit alone;
`clean` feeds every audit; whatever is called `odd-...` is legal, or cannot be read without doubt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import audits
from conformance.audits_imap_grammar import grammar
from conformance.discovery import Capabilities, Profile
from conformance.faults import drop
from conformance.hearing_imap import conversations
from conformance.judging import audits_imap
from conformance.target import Target
from conformance.transcript import Event, Transcript, from_text
from tests.wire.effort import calls

GOLDEN = Path(__file__).parent / "transcripts" / "imap"
ODD = sorted(path.stem for path in GOLDEN.glob("odd-*.txt"))

assert audits_imap
AUDITS = [audit for audit in audits.AUDITS if audit.protocol == "imap"]


def slug(audit: audits.Audit) -> str:
    return audit.id.partition("/")[2]


def transcript_of(name: str) -> Transcript:
    """Read a golden conversation back into a transcript."""
    return spoken(from_text((GOLDEN / f"{name}.txt").read_text("utf-8")))


def spoken(events: list[Event]) -> Transcript:
    transcript = Transcript(1, "imap://127.0.0.1:143")
    for event in events:
        transcript.record(event.side, event.kind, event.data)
    return transcript


def turns(*said: tuple[str, bytes]) -> Transcript:
    return spoken([Event(at_ns=0, connection=1, side=s, kind="bytes", offset=0, data=data) for s, data in said])  # type: ignore[arg-type]


def profile_of(transcript: Transcript) -> Profile:
    """Take as announced what CAPABILITY says in the conversation itself."""
    listed: dict[str, Capabilities] = {}
    for heard in conversations(transcript, Profile(target=Target(name="golden", endpoints=()), protocol="imap")):
        if heard.name == b"CAPABILITY":
            names = [word.decode("latin-1").upper().partition("=") for word in heard.response.data]
            listed[f"reply {heard.start}"] = {name: (value,) if value else () for name, _, value in names}
    return Profile(target=Target(name="golden", endpoints=()), protocol="imap", capabilities=listed)


def findings(transcript: Transcript) -> dict[str, audits.Finding]:
    auditor = audits.Auditor(profile_of(transcript), conversations)
    auditor.read([transcript], lambda connection, offset: (str(connection), offset))
    return auditor.findings


def troubles(transcript: Transcript) -> dict[str, str]:
    return {audit: finding.trouble.observed for audit, finding in findings(transcript).items() if finding.trouble}


@pytest.mark.parametrize("audit", AUDITS, ids=slug)
def test_each_audit_objects_to_its_golden_conversation_alone(audit: audits.Audit) -> None:
    assert list(troubles(transcript_of(slug(audit)))) == [audit.id]


@pytest.mark.parametrize("audit", AUDITS, ids=slug)
def test_trouble_points_at_what_the_server_sent(audit: audits.Audit) -> None:
    transcript = transcript_of(slug(audit))
    trouble = findings(transcript)[audit.id].trouble
    assert trouble is not None
    assert 0 <= trouble.offset < transcript.offsets["S"]
    assert trouble.observed.isprintable()


def test_a_clean_conversation_feeds_every_audit_and_troubles_none() -> None:
    found = findings(transcript_of("clean"))
    assert {audit: finding.trouble for audit, finding in found.items() if finding.trouble} == {}
    assert [audit for audit, finding in found.items() if not finding.held] == []


@pytest.mark.parametrize("name", ODD)
def test_no_audit_objects_to_what_is_legal_or_cannot_be_read(name: str) -> None:
    assert troubles(transcript_of(name)) == {}


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.txt")))
def test_the_segments_of_the_server_make_no_difference(name: str) -> None:
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


def test_every_golden_conversation_belongs_to_an_audit() -> None:
    names = {path.stem for path in GOLDEN.glob("*.txt")} - set(ODD) - {"clean"}
    assert names == {slug(audit) for audit in AUDITS}


def test_a_violation_has_one_owner() -> None:
    with pytest.raises(ValueError, match="b'UID' belongs to"):
        grammar("another", "RFC3501-9-58", at=(b"UID",), rules=("", "nz-number"), refuted_by=drop(of=rb".*"))


SELECTED = (
    ("S", b"* OK ready\r\n"),
    ("C", b"a1 SELECT box\r\n"),
    (
        "S",
        b"* 5000 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\na1 OK open\r\n",
    ),
)


def long_answers(count: int) -> dict[str, str]:
    """So many FETCH responses, as many EXPUNGEs, and a message of 400 times so many quotes."""
    fetched = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n, n) for n in range(count, 0, -1))
    size = 400 * count
    message = b"* 1 FETCH (BODY[] {%d}\r\n" % size + size * b'"' + b")\r\n"
    return troubles(
        turns(
            *SELECTED,
            ("C", b"a2 UID FETCH 1:* (FLAGS)\r\n"),
            ("S", fetched + b"a2 OK done\r\n"),
            ("C", b"a3 FETCH 1 (BODY.PEEK[])\r\n"),
            ("S", message + b"a3 OK done\r\n"),
            ("C", b"a4 EXPUNGE\r\n"),
            ("S", count * b"* 1 EXPUNGE\r\n" + b"a4 OK done\r\n"),
            ("C", b"a5 FETCH 1 (UID)\r\n"),
            ("S", b"* 1 FETCH (UID 1)\r\na5 OK done\r\n"),
        )
    )


def test_long_conversations_are_read_in_linear_time() -> None:
    """Twice the responses are twice the effort at most; five thousand come to their end, as they do not in quadratic time."""
    once, twice = (calls(lambda n=n: long_answers(n)) for n in (200, 400))
    assert twice <= 2 * once + 200
    assert list(long_answers(5_000)) == ["rfc3501/no-message-number-is-above-the-count"]


def test_what_a_server_counts_does_not_fill_the_memory() -> None:
    """Numbers and sets as large as the grammar permits."""
    said = b"* 4294967295 FETCH (UID 4294967295)\r\n* VANISHED 1:4294967295\r\n* OK [COPYUID 1 1:4294967295 1:4294967295] x\r\n"
    assert set(troubles(turns(*SELECTED, ("C", b"a2 NOOP\r\n"), ("S", said + b"a2 OK done\r\n")))) == {
        "rfc3501/no-message-number-is-above-the-count",
        "rfc3501/no-extension-is-used-before-the-client-asks-for-it",
    }
