"""RFC 3501 section 7.1: what the codes of a selected mailbox promise about flags, and how BYE ends."""

from __future__ import annotations

import secrets

from conformance import Mailbox, NotSupported, drop, forward, rewrite, verifies


def permanent(mailbox: Mailbox) -> set[bytes]:
    """The flags of the PERMANENTFLAGS code of the selected mailbox, in lower case; NotSupported without one."""
    found = mailbox.selected_answer.codes.get(b"PERMANENTFLAGS")
    if found is None:
        raise NotSupported("no PERMANENTFLAGS code came with SELECT: every flag counts as permanent")
    return {bytes(flag).lower() for flag in found}


def keyword() -> bytes:
    """A keyword that nobody has used yet."""
    return b"mailconform" + secrets.token_hex(4).encode()


@verifies("RFC3501-7.1-02", refuted_by=rewrite(rb"\\Flagged ?", b"", of=rb"FETCH .*"))
def test_permanent_flags_outlast_the_session(mailbox: Mailbox) -> None:
    """STORE of each system flag that PERMANENTFLAGS lists: another session sees it."""
    mailbox.append()
    mailbox.select()
    flags = {b"\\seen", b"\\answered", b"\\flagged", b"\\deleted", b"\\draft"} & permanent(mailbox)
    mailbox.command("STORE 1 +FLAGS (", *sorted(flags), ")").ok()
    mailbox.command("NOOP")
    assert flags <= mailbox.beside(read_only=True).flags(1)


@verifies("RFC3501-7.1-02", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Answered ", of=rb"FETCH .*"))
def test_flags_that_are_not_permanent_end_with_the_session(mailbox: Mailbox) -> None:
    """STORE of the system flags that FLAGS lists and PERMANENTFLAGS does not: another session sees none of them."""
    mailbox.append()
    mailbox.select()
    known = {bytes(flag).lower() for flag in mailbox.selected_answer.data("FLAGS") or ()}
    passing = ({b"\\seen", b"\\answered", b"\\flagged", b"\\deleted", b"\\draft"} & known) - permanent(mailbox)
    if not passing:
        raise NotSupported("every system flag is permanent")
    mailbox.command("STORE 1 +FLAGS (", *sorted(passing), ")")
    assert not passing & mailbox.beside(read_only=True).flags(1)


@verifies("RFC3501-7.1-03", refuted_by=forward(b"NOOP", of=rb"STORE .*"))
def test_new_keywords_can_be_created_where_permanentflags_says_so(mailbox: Mailbox) -> None:
    r"""PERMANENTFLAGS has \*: STORE of a new keyword is OK, FETCH shows it, and so does another session."""
    mailbox.append()
    mailbox.select()
    if b"\\*" not in permanent(mailbox):
        raise NotSupported("PERMANENTFLAGS has no \\*")
    word = keyword()
    assert mailbox.command("STORE 1 +FLAGS (", word, ")").is_ok
    assert word in mailbox.flags(1)
    assert word in mailbox.beside(read_only=True).flags(1)


@verifies("RFC3501-7.1-08", refuted_by=drop(of=rb"STORE .*|NOOP", when=rb"\* FLAGS"))
def test_a_new_keyword_is_announced_before_it_is_used(mailbox: Mailbox) -> None:
    """STORE of a new keyword: FLAGS with it comes no later than a FETCH response that shows it."""
    mailbox.append()
    mailbox.select()
    if b"\\*" not in permanent(mailbox):
        raise NotSupported("PERMANENTFLAGS has no \\*")
    word = keyword()
    announced = False
    for said in (
        mailbox.command("STORE 1 +FLAGS (", word, ")").ok(),
        mailbox.command("NOOP"),
        mailbox.command("FETCH 1 FLAGS"),
    ):
        for response in said.responses:
            if response.name == b"FLAGS":
                announced = announced or word in [bytes(flag).lower() for flag in response.data or ()]
            elif response.name == b"FETCH" and word in [
                bytes(flag).lower() for flag in response.data.get(b"FLAGS") or ()
            ]:
                assert announced
