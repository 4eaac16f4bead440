"""Golden conversations in SMTP: one that each audit must object to, and legal or unreadable ones in which none may.

tests/transcripts/smtp holds them as transcripts. An audit's own carries its slug and must trigger that audit alone;
`clean` feeds every audit; whatever is called `odd-...` is legal, or cannot be read without doubt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import audits
from conformance.discovery import Capabilities, Profile
from conformance.hearing_smtp import Heard, conversations
from conformance.judging import audits_smtp
from conformance.target import Target
from conformance.transcript import Event, Transcript, from_text
from tests.wire.effort import calls

GOLDEN = Path(__file__).parent / "transcripts" / "smtp"
ODD = sorted(path.stem for path in GOLDEN.glob("odd-*.txt"))

assert audits_smtp
AUDITS = [audit for audit in audits.AUDITS if audit.protocol == "smtp"]


def slug(audit: audits.Audit) -> str:
    return audit.id.partition("/")[2]


def transcript_of(name: str) -> Transcript:
    """Read a golden conversation back into a transcript."""
    return spoken(from_text((GOLDEN / f"{name}.txt").read_text("utf-8")))


def spoken(events: list[Event], scheme: str = "smtp") -> Transcript:
    transcript = Transcript(1, f"{scheme}://127.0.0.1:25")
    for event in events:
        transcript.record(event.side, event.kind, event.data)
    return transcript


def turns(*said: tuple[str, bytes], scheme: str = "smtp") -> Transcript:
    events = [Event(at_ns=0, connection=1, side=s, kind="bytes", offset=0, data=data) for s, data in said]  # type: ignore[arg-type]
    return spoken(events, scheme)


def listening(transcript: Transcript, protocol: str = "smtp") -> list[Heard]:
    return list(conversations(transcript, Profile(target=Target(name="golden", endpoints=()), protocol=protocol)))


def profile_of(transcript: Transcript) -> Profile:
    """Take as announced what EHLO says in the conversation itself."""
    listed: dict[str, Capabilities] = {}
    for heard in listening(transcript):
        if heard.keywords is not None:
            listed[f"EHLO {sorted(heard.keywords)}"] = {keyword.decode(): () for keyword in heard.keywords}
    return Profile(target=Target(name="golden", endpoints=()), protocol="smtp", capabilities=listed)


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


def talk(count: int) -> Transcript:
    """So many commands, lines of mail data, and lines of a help text, the last of which is wrong."""
    greeting = [("S", b"220 mail.example.org\r\n"), ("C", b"EHLO x.example\r\n"), ("S", b"250 mail.example.org\r\n")]
    many = [("C", count * b"NOOP\r\n"), ("S", count * b"250 ok\r\n")]
    data = [
        ("C", b"DATA\r\n"),
        ("S", b"354 go\r\n"),
        ("C", count * b"..dots\r\n"),
        ("C", b".\r\n"),
        ("S", b"250 ok\r\n"),
    ]
    return turns(*greeting, *many, *data, ("C", b"HELP\r\n"), ("S", count * b"214-helpful\r\n" + b"211 end\r\n"))


def test_a_long_conversation_is_read_in_linear_time() -> None:
    """Twice the lines are twice the effort at most; twenty thousand come to their end, as they do not in quadratic time."""
    once, twice = (calls(lambda n=n: troubles(talk(n))) for n in (500, 1000))
    assert twice <= 2 * once + 200
    assert list(troubles(talk(20_000))) == ["rfc5321/all-lines-of-a-reply-have-one-code"]


def test_every_golden_conversation_belongs_to_an_audit() -> None:
    names = {path.stem for path in GOLDEN.glob("*.txt")} - set(ODD) - {"clean"}
    assert names == {slug(audit) for audit in AUDITS}


@pytest.mark.parametrize(
    ("first", "named"), [(b"PIPELINING", False), (b"SIZE 1000", False), (b"size", True), (b"pipelining.test hi", True)]
)
def test_an_ehlo_answer_that_begins_with_a_keyword_lacks_the_name(first: bytes, named: bool) -> None:
    said = turns(("S", b"220 a.test ESMTP\r\n"), ("C", b"EHLO b\r\n"), ("S", b"250-%b\r\n250 HELP\r\n" % first))
    about = "rfc5321/the-answer-to-ehlo-begins-with-a-domain-or-an-address-literal"
    assert (about not in troubles(said)) is named


def test_in_lmtp_the_mail_data_is_answered_once_for_each_recipient() -> None:
    """RFC 2033 section 4.2: two of three recipients were accepted, so two replies, and no third that nobody asked for."""
    before = [
        ("S", b"220 mail.example.org LMTP\r\n"),
        ("C", b"LHLO x.example\r\n"),
        ("S", b"250 mail.example.org\r\n"),
        ("C", b"MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n"),
        ("S", b"250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"),
        ("C", b"text\r\n.\r\n"),
    ]
    right = listening(turns(*before, ("S", b"250 ok\r\n452 full\r\n"), scheme="lmtp"), "lmtp")
    wrong = listening(turns(*before, ("S", b"250 ok\r\n550 no\r\n250 ok\r\n"), scheme="lmtp"), "lmtp")

    assert [(heard.code, heard.reply.unsolicited) for heard in right[-2:]] == [(250, False), (452, False)]
    assert [heard.reply.unsolicited for heard in wrong[-2:]] == [False, True]
    rule = next(audit.rule for audit in audits.AUDITS if audit.protocol == "lmtp")
    assert all(rule(heard, profile_of(turns(*before))) is True for heard in right)
    assert [rule(heard, profile_of(turns(*before))) for heard in wrong[-1:]] == [
        audits.Trouble(wrong[-1].reply.start, 'nobody asked for "250 ok\\r\\n"')
    ]


def test_what_was_heard_is_known_with_its_state() -> None:
    heard = listening(transcript_of("clean"))

    assert [h.verb for h in heard[:3]] == [b"", b"NOOP", b"EHLO"]
    assert heard[0].is_greeting
    assert heard[1].keywords is None
    assert [h.is_challenge for h in heard if h.code == 334] == [True, True]
    assert (heard[-1].under_tls, heard[-1].logged_in, heard[-1].verb) == (True, False, b"QUIT")
    assert heard[-1].names == {b"mail.example.org"}
    assert [h.logged_in for h in heard if h.verb == b"STARTTLS"] == [True]
    assert heard[-1].alone
