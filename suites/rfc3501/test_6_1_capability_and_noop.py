"""RFC 3501 section 6.1: what CAPABILITY lists, and what NOOP tells."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    drop,
    inject_before,
    repeat,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer

BASE = {
    b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH", b"CAPABILITY", b"FLAGS", b"LIST", b"LSUB", b"SEARCH", b"STATUS", b"EXISTS",
    b"RECENT", b"EXPUNGE", b"FETCH",
}  # fmt: skip


@verifies("RFC3501-6.1.1-01", refuted_by=repeat(of=rb"CAPABILITY", when=rb"\* CAPABILITY"))
def test_capability_brings_one_capability_response(imap: Imap) -> None:
    """CAPABILITY behind the greeting: one untagged CAPABILITY, then the tagged OK."""
    said = imap.command("CAPABILITY")
    assert said.is_ok
    assert len(said.all("CAPABILITY")) == 1


@verifies("RFC3501-6.1.1-02", "RFC3501-7.2.1-01", refuted_by=rewrite(rb"IMAP4rev1", b"IMAP4", of=rb"CAPABILITY"))
def test_capability_lists_imap4rev1(imap: Imap) -> None:
    """CAPABILITY before login: IMAP4rev1 is among the capabilities, in any letter case."""
    assert b"IMAP4REV1" in [name.upper() for name in imap.command("CAPABILITY").ok().data("CAPABILITY") or ()]


@verifies("RFC3501-6.1.1-02", refuted_by=rewrite(rb"IMAP4rev1", b"IMAP4", of=rb"CAPABILITY"))
def test_capability_lists_imap4rev1_after_login(dial: ImapDial) -> None:
    """CAPABILITY after login: IMAP4rev1 is among the capabilities, in any letter case."""
    assert b"IMAP4REV1" in [name.upper() for name in dial.login().command("CAPABILITY").ok().data("CAPABILITY") or ()]


@verifies(
    "RFC3501-9-59", refuted_by=rewrite(rb"CAPABILITY IMAP4rev1", b"CAPABILITY IMAP4rev1 IMAP4", of=rb"CAPABILITY")
)
def test_imap4_is_listed_first_where_it_is_listed(imap: Imap) -> None:
    """CAPABILITY: the atom IMAP4, if it is there, comes first."""
    names = [name.upper() for name in imap.command("CAPABILITY").ok().data("CAPABILITY") or ()]
    assert b"IMAP4" not in names[1:]


@verifies(
    "RFC3501-7.1-06",
    refuted_by=rewrite(rb"(\[CAPABILITY[^\]]*)\]", rb"\1 XMAGIC]", of=rb""),
)
def test_a_capability_code_in_the_greeting_lists_what_capability_lists(dial: ImapDial) -> None:
    """The code in the greeting and the answer to CAPABILITY: the same set, order and letter case aside."""
    imap = dial.imap("none" if dial.target.endpoint("imap") else "implicit")
    code = imap.greeting.codes.get(b"CAPABILITY")
    if code is None:
        raise NotSupported("the greeting bears no CAPABILITY code")
    listed = imap.command("CAPABILITY").ok().data("CAPABILITY") or ()
    assert {name.upper() for name in code} == {name.upper() for name in listed}


@verifies(
    "RFC3501-6.1.1-03", refuted_by=say(b"<tag> BAD unknown mechanism\r\n", of=rb"AUTHENTICATE .*", when=rb"\+|\S+ NO")
)
def test_each_listed_mechanism_is_supported(dial: ImapDial) -> None:
    """AUTHENTICATE with each mechanism that CAPABILITY lists: a challenge, or NO where it is not set up; never BAD."""
    listed = [name[5:] for name in dial.imap().command("CAPABILITY").ok().capabilities if name.startswith(b"AUTH=")]
    if not listed:
        raise NotSupported("CAPABILITY lists no mechanism")
    for mechanism in dict.fromkeys(listed):
        session = dial.imap()
        tag = session.begin("AUTHENTICATE", mechanism)
        if session.continues(tag):
            session.send(b"*\r\n")
            session.finish(tag)
        elif (said := session.finish(tag)).status != b"NO":
            assert not said.is_bad, f"AUTHENTICATE {mechanism!r} is answered {said!r}"
            raise Inconclusive(Reason.PRECONDITION, f"AUTHENTICATE {mechanism!r} is answered {said!r}")
        session.leave()


@verifies(
    "RFC3501-6.1.1-04",
    "RFC3501-7.2.1-04",
    "RFC3501-9-64",
    refuted_by=inject_before(b'* ESEARCH (TAG "x") ALL 1\r\n', of=rb"SEARCH .*")
    | rewrite(rb"FETCH \(", b"FETCH (MODSEQ (12) ", of=rb"STORE .*"),
)
def test_base_commands_bring_nothing_of_extensions(mailbox: Mailbox) -> None:
    """SELECT, FETCH, STORE, SEARCH, LIST, STATUS, EXPUNGE, CLOSE on a connection that enables nothing: base responses alone."""
    mailbox.fill(3)
    lines = (
        "FETCH 1:3 (FLAGS UID)", "STORE 1 +FLAGS (\\Seen)", "SEARCH ALL", "UID SEARCH SEEN", 'LIST "" "*"', "NOOP", "CHECK",
        "STATUS INBOX (MESSAGES)", "STORE 2 +FLAGS (\\Deleted)", "EXPUNGE", "UID FETCH 1:* (FLAGS)", "CLOSE",
    )  # fmt: skip
    answers = [mailbox.select(), *(mailbox.command(line) for line in lines)]
    assert not [r for said in answers for r in said.responses if r.name not in BASE and r.tag == b"*"]
    assert not [fetch for said in answers for fetch in said.fetched.values() if b"MODSEQ" in fetch]


@verifies("RFC3501-6.1.2-02", "RFC3501-7-01", refuted_by=drop(of=rb"NOOP|CHECK", when=rb"\* \d+ EXISTS"))
def test_noop_tells_of_new_messages(mailbox: Mailbox) -> None:
    """Another session appends a message: one of our NOOPs brings EXISTS with the new count."""
    mailbox.fill(2)
    mailbox.beside().append()
    assert mailbox.imap.poll(lambda said: said.exists == 3).exists == 3


@verifies("RFC3501-6.1.2-02", "RFC3501-7-02", refuted_by=drop(of=rb"NOOP", when=rb"\* \d+ EXPUNGE"))
def test_noop_tells_of_expunged_messages(mailbox: Mailbox) -> None:
    """Another session expunges the second of three messages: one of our NOOPs brings EXPUNGE 2."""
    mailbox.fill(3)
    other = mailbox.beside()
    with mailbox.dial.dialler.straight():
        other.command("STORE 2 +FLAGS.SILENT (\\Deleted)").ok()
        other.command("EXPUNGE").ok()
    assert mailbox.imap.poll(lambda said: said.expunged == [2]).expunged == [2]


@verifies("RFC3501-6.1.2-02", "RFC3501-7-02", refuted_by=drop(of=rb"NOOP", when=rb"\* \d+ FETCH"))
def test_noop_tells_of_changed_flags(mailbox: Mailbox) -> None:
    """Another session flags the second of three messages: one of our NOOPs brings its flags."""
    mailbox.fill(3)
    other = mailbox.beside()
    with mailbox.dial.dialler.straight():
        other.command("STORE 2 +FLAGS.SILENT (\\Flagged)").ok()

    def flagged(said: Answer) -> bool:
        flags = said.fetched[2].get(b"FLAGS") if 2 in said.fetched else None
        return b"\\flagged" in [bytes(flag).lower() for flag in flags or ()]

    assert flagged(mailbox.imap.poll(flagged))
