"""RFC 3503: the keyword $MDNSent.

A server that permits neither $MDNSent nor new keywords does not follow this profile, and is not judged by it.
"""

from __future__ import annotations

from conformance import (
    ImapDial,
    Mailbox,
    NotSupported,
    answer,
    astring,
    compose,
    drop,
    forward,
    rewrite,
    say,
    verifies,
)

MDNSENT = b"$mdnsent"
LOST = rewrite(rb"\$MDNSent ?", b"", of=rb"(FETCH|STORE) .*")


@verifies("RFC3503-2-01", refuted_by=rewrite(rb"FLAGS \([^)]*\)", rb"FLAGS (\\Seen)", of=rb"SELECT .*"))
def test_a_mailbox_that_keeps_mdnsent_lists_it(mailbox: Mailbox) -> None:
    r"""$MDNSent can be stored for good and \* is not listed: PERMANENTFLAGS lists $MDNSent."""
    mailbox.fill(1)
    stored = mailbox.command("STORE 1 +FLAGS ($MDNSent)")
    if not stored.is_ok or MDNSENT not in mailbox.beside().flags(1):
        raise NotSupported("$MDNSent cannot be stored for good")
    listed = {bytes(flag).lower() for flag in mailbox.select().codes.get(b"PERMANENTFLAGS") or (b"\\*",)}
    assert listed & {MDNSENT, b"\\*"}


@verifies("RFC3503-4.1-01", refuted_by=LOST)
def test_mdnsent_lasts_beyond_the_session(dial: ImapDial) -> None:
    """STORE +FLAGS ($MDNSent) to the second of three messages, log out: a later session finds it there, and only there."""
    mailbox = dial.mailbox(fresh=True).fill(3).permits("$MDNSent")
    mailbox.command("STORE 2 +FLAGS ($MDNSent)").ok()
    mailbox.imap.leave()
    assert [MDNSENT in flags for _, flags in sorted(mailbox.beside().every_flag().items())] == [False, True, False]


@verifies("RFC3503-4.1-02", refuted_by=LOST)
def test_append_sets_mdnsent(mailbox: Mailbox) -> None:
    r"""APPEND with ($MDNSent \Seen): FETCH FLAGS shows both."""
    mailbox.permits("$MDNSent", "\\Seen").append(compose(b"Read.\r\n"), "$MDNSent \\Seen")
    mailbox.select()
    assert mailbox.flags(1) >= {MDNSENT, b"\\seen"}


@verifies("RFC3503-4.2-01", refuted_by=LOST)
def test_a_copy_keeps_mdnsent(mailbox: Mailbox, dial: ImapDial) -> None:
    """A message with $MDNSent, COPY: the copy has it."""
    target = dial.mailbox().permits("$MDNSent")
    mailbox.fill(2).permits("$MDNSent").flag(2, "$MDNSent")
    mailbox.command("COPY 2", astring(target.name)).ok()
    target.select()
    assert MDNSENT in target.flags(1)


@verifies("RFC3503-4.2-02", refuted_by=answer(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH KEYWORD .*"))
def test_messages_are_found_by_mdnsent(mailbox: Mailbox) -> None:
    """The second of three messages has $MDNSent: SEARCH KEYWORD $MDNSent finds it, UNKEYWORD the two others."""
    mailbox.fill(3).permits("$MDNSent").flag(2, "$MDNSent")
    found = [mailbox.command("SEARCH", key, "$MDNSent").ok().found for key in ("KEYWORD", "UNKEYWORD")]
    assert [sorted(numbers) for numbers in found] == [[2], [1, 3]]


@verifies("RFC3503-5-01", refuted_by=answer(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH .*"))
def test_mdnsent_is_the_same_in_any_letter_case(mailbox: Mailbox) -> None:
    """STORE +FLAGS ($mdnsent): SEARCH KEYWORD $MDNSENT and $MdnSent find the message."""
    mailbox.fill(2).permits("$MDNSent")
    mailbox.command("STORE 2 +FLAGS ($mdnsent)").ok()
    found = [mailbox.command("SEARCH KEYWORD", name).ok().found for name in ("$MDNSENT", "$MdnSent")]
    assert found == [(2,), (2,)]


@verifies("RFC3503-5-03", refuted_by=LOST)
def test_fetch_shows_mdnsent_after_store(mailbox: Mailbox) -> None:
    """STORE 1 +FLAGS ($MDNSent) of two messages: its FETCH response and FETCH FLAGS show it; the second message has it not."""
    mailbox.fill(2).permits("$MDNSent")
    stored = mailbox.command("STORE 1 +FLAGS ($MDNSent)").ok()
    assert MDNSENT in (stored.flags(1) or ())
    assert [MDNSENT in mailbox.flags(number) for number in (1, 2)] == [True, False]


@verifies("RFC3503-5-04", refuted_by=drop(of=rb"(STORE|FETCH) .*|NOOP", when=rb"\* FLAGS"))
def test_flags_is_sent_again_for_a_new_keyword(mailbox: Mailbox) -> None:
    """STORE +FLAGS ($MDNSent) where SELECT did not list it in FLAGS, FETCH FLAGS, NOOP: FLAGS with $MDNSent comes."""
    mailbox.fill(1).permits("$MDNSent")
    listed = {bytes(flag).lower() for flag in mailbox.selected_answer.data("FLAGS") or ()}
    if MDNSENT in listed:
        raise NotSupported("FLAGS lists $MDNSent from the beginning")
    answers = [mailbox.command(line).ok() for line in ("STORE 1 +FLAGS ($MDNSent)", "FETCH 1 FLAGS", "NOOP")]
    told = {bytes(flag).lower() for given in answers for response in given.all("FLAGS") for flag in response.data}
    assert MDNSENT in told


@verifies("RFC3503-7-01", refuted_by=say(b"<tag> BAD no such flag\r\n", of=rb"STORE .*"))
def test_mdnsent_is_taken_as_a_flag(mailbox: Mailbox) -> None:
    """STORE +FLAGS ($MDNSent): not BAD."""
    assert not mailbox.fill(1).permits("$MDNSent").command("STORE 1 +FLAGS ($MDNSent)").is_bad


@verifies("RFC3503-4.1-01", refuted_by=forward(rb"STORE 1 FLAGS \1", of=rb"STORE 1 \+FLAGS (.*)"))
def test_mdnsent_stays_when_other_flags_change(mailbox: Mailbox) -> None:
    r"""A message with $MDNSent \Seen: STORE -FLAGS (\Seen), then +FLAGS (\Flagged): it has $MDNSent and \Flagged."""
    mailbox.fill(1).permits("$MDNSent", "\\Seen", "\\Flagged").flag(1, "$MDNSent \\Seen")
    mailbox.command("STORE 1 -FLAGS (\\Seen)").ok()
    mailbox.command("STORE 1 +FLAGS (\\Flagged)").ok()
    assert {MDNSENT, b"\\flagged"} == mailbox.flags(1) & {MDNSENT, b"\\flagged", b"\\seen"}
