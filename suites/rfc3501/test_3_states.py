"""RFC 3501 sections 3 and 6: which commands belong to which state, and what leads from one state to another."""

from __future__ import annotations

import itertools

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    Reset,
    Sync,
    answer,
    astring,
    drop,
    forward,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import Word

AS_OK = (rb"^(\S+) (NO|BAD)", rb"\1 OK")
SELECTED_COMMANDS = (
    "FETCH 1 FLAGS", "STORE 1 +FLAGS (\\Seen)", "SEARCH ALL", "COPY 1 INBOX", "EXPUNGE", "CHECK", "CLOSE",
    "UID FETCH 1:* FLAGS", "UID SEARCH ALL", "UID STORE 1:* +FLAGS (\\Seen)", "UID COPY 1:* INBOX",
)  # fmt: skip
AUTHENTICATED_COMMANDS: tuple[tuple[Word, ...], ...] = (
    ("SELECT INBOX",), ("EXAMINE INBOX",), ("CREATE mailconform-none",), ("DELETE mailconform-none",),
    ("RENAME mailconform-none mailconform-other",), ("SUBSCRIBE INBOX",), ("UNSUBSCRIBE INBOX",), ('LIST "" "*"',),
    ('LSUB "" "*"',), ("STATUS INBOX (MESSAGES)",), ("APPEND INBOX", Sync(b"Subject: none\r\n\r\n")),
)  # fmt: skip
DATA = {b"LIST", b"LSUB", b"STATUS", b"SEARCH", b"FETCH", b"EXISTS", b"EXPUNGE"}
FEW = 2  # servers may give up on a client that errs again and again


def unauthenticated(dial: ImapDial) -> Imap:
    """Open a connection on which nobody has logged in; NotSupported where the greeting is PREAUTH."""
    session = dial.imap()
    if session.greeting.status == b"PREAUTH":
        raise NotSupported("the greeting is PREAUTH: the client is authenticated from the start")
    return session


def carried_out(said: Answer) -> bool:
    """Whether a command was accepted, or brought data in spite of a refusal; silence is Inconclusive."""
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"{said.asked} was answered {said!r}")
    return not said.refused or bool(DATA & {response.name for response in said.responses})


@verifies(
    "RFC3501-3.1-01", "RFC3501-6.2-03", "RFC3501-3-01", refuted_by=rewrite(*AS_OK, of=rb"STATUS .*|LIST .*|APPEND .*")
)
def test_commands_on_mailboxes_are_refused_before_login(dial: ImapDial) -> None:
    """Every command of the authenticated state, two on a connection: refused, and no data of a mailbox comes."""
    everything = iter(AUTHENTICATED_COMMANDS)
    while batch := tuple(itertools.islice(everything, FEW)):
        session = unauthenticated(dial)
        accepted = [words for words in batch if carried_out(session.command(*words))]
        session.leave()
        assert not accepted


@verifies("RFC3501-3.1-01", "RFC3501-6.2-03", "RFC3501-3-01", refuted_by=rewrite(*AS_OK, of=rb"(UID )?SEARCH .*"))
def test_commands_on_messages_are_refused_before_login(dial: ImapDial) -> None:
    """Every command of the selected state, two on a connection: refused, and no data of messages comes."""
    everything = iter(SELECTED_COMMANDS)
    while batch := tuple(itertools.islice(everything, FEW)):
        session = unauthenticated(dial)
        accepted = [line for line in batch if carried_out(session.command(line))]
        session.leave()
        assert not accepted


@verifies("RFC3501-7.1.1-01", refuted_by=rewrite(*AS_OK, of=rb"SELECT .*"))
def test_a_greeting_of_ok_leaves_the_client_unauthenticated(imap: Imap) -> None:
    """The greeting is OK: SELECT INBOX is refused."""
    if imap.greeting.status != b"OK":
        raise NotSupported("the greeting is not OK")
    assert not carried_out(imap.command("SELECT INBOX"))


@verifies("RFC3501-7.1.4-01", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 NO", of=rb"LIST .*"))
def test_a_greeting_of_preauth_leaves_the_client_authenticated(imap: Imap) -> None:
    """The greeting is PREAUTH: LIST is answered OK."""
    if imap.greeting.status != b"PREAUTH":
        raise NotSupported("the greeting is not PREAUTH")
    assert imap.command('LIST "" ""').is_ok


@verifies("RFC3501-3.2-01", "RFC3501-3-01", refuted_by=rewrite(*AS_OK, of=rb"CHECK|CLOSE|(UID )?SEARCH .*"))
def test_commands_on_messages_are_refused_while_no_mailbox_is_selected(dial: ImapDial) -> None:
    """Log in and select nothing: every command of the selected state is refused."""
    answers = dial.login().each(*SELECTED_COMMANDS)
    assert not [line for line, said in answers.items() if carried_out(said)]


@verifies("RFC3501-3.2-02", refuted_by=answer(b"<tag> NO no such mailbox\r\n", of=rb"(SELECT|EXAMINE) .*missing.*"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_a_failed_select_leaves_no_mailbox_selected(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """A mailbox is selected, SELECT (EXAMINE) of one that does not exist fails: FETCH and SEARCH are refused."""
    mailbox.append()
    mailbox.select()
    failed = mailbox.command(command, astring(dial.name("missing")))
    if not failed.refused:
        raise Inconclusive(Reason.PRECONDITION, f"{command} of a missing mailbox was answered {failed!r}")
    assert not carried_out(mailbox.command("FETCH 1 (UID)"))
    assert not carried_out(mailbox.command("SEARCH ALL"))


@verifies("RFC3501-3.2-02", refuted_by=answer(b"<tag> OK closed\r\n", of=rb"CLOSE"))
def test_close_leaves_no_mailbox_selected(mailbox: Mailbox) -> None:
    """CLOSE, then FETCH and SEARCH: refused."""
    mailbox.append()
    mailbox.select()
    mailbox.command("CLOSE").ok()
    assert not carried_out(mailbox.command("FETCH 1 (UID)"))
    assert not carried_out(mailbox.command("SEARCH ALL"))


def right_login(dial: ImapDial, session: Imap, method: str) -> Answer:
    """Log in with right credentials by LOGIN or AUTHENTICATE PLAIN; whatever comes."""
    account = dial.account()
    enter = session.login if method == "LOGIN" else session.authenticate_plain
    return enter(account.user, account.password)


@verifies("RFC3501-6.2-01", "RFC3501-3-01", refuted_by=rewrite(*AS_OK, of=rb"LOGIN .*|AUTHENTICATE .*", after=0))
@pytest.mark.parametrize("method", ["LOGIN", "PLAIN"])
def test_a_second_login_is_refused(dial: ImapDial, method: str) -> None:
    """LOGIN (AUTHENTICATE PLAIN) with right credentials in a session that is logged in: refused."""
    session = dial.login(fresh=True)
    assert right_login(dial, session, method).refused


@verifies("RFC3501-6.2-01", refuted_by=say(b"<tag> NO log in first\r\n", of=rb"STATUS .*"))
@pytest.mark.parametrize("method", ["LOGIN", "PLAIN"])
def test_a_refused_second_login_leaves_the_session_authenticated(dial: ImapDial, method: str) -> None:
    """A second LOGIN (AUTHENTICATE PLAIN) with a wrong password: STATUS INBOX works as before."""
    session = dial.login(fresh=True)
    enter = session.login if method == "LOGIN" else session.authenticate_plain
    enter(dial.account().user, "wrong-password")
    assert session.command("STATUS INBOX (UIDVALIDITY)").is_ok


@verifies("RFC3501-3-01", "RFC2595-3.1-04", refuted_by=say(b"<tag> OK begin\r\n", of=rb"STARTTLS"))
def test_starttls_is_refused_after_login(dial: ImapDial) -> None:
    """Log in, then STARTTLS: refused."""
    session = dial.login(fresh=True)
    said = session.command("STARTTLS")
    if said.status == b"OK":
        session.close()  # the server waits for a handshake now
    assert said.refused


def uids_of_first(fetched: Answer) -> list[int]:
    """The UID of message 1; Inconclusive if the connection ended, as it may behind errors."""
    if fetched.final is None:
        raise Inconclusive(Reason.CONNECTION_LOST, f"FETCH was answered {fetched!r}")
    return [fetch.get(b"UID") for number, fetch in fetched.fetched.items() if number == 1 and fetched.is_ok]


@verifies("RFC3501-6-01", refuted_by=say(b"<tag> BAD no mailbox is selected\r\n", of=rb"FETCH 1 \(UID\)"))
def test_a_command_answered_bad_changes_no_state(mailbox: Mailbox) -> None:
    """Commands that are answered BAD, some of them nearly CLOSE, LOGOUT and SELECT: the mailbox stays selected."""
    mailbox.append()
    mailbox.select()
    uids = mailbox.uids()
    for line in ("XYZZY", "CLOSEX", "LOGOUTX", 'STATUS "INBOX', "SELECTX INBOX", "FETCH", "STORE 1"):
        if not mailbox.command(line).is_bad:
            break
        assert uids_of_first(mailbox.command("FETCH 1 (UID)")) == uids


@verifies("RFC3501-6-02", refuted_by=say(b"<tag> BAD no mailbox is selected\r\n", of=rb"FETCH 1 \(UID\)"))
def test_a_command_answered_no_changes_no_state(mailbox: Mailbox, dial: ImapDial) -> None:
    """Commands that are answered NO (CREATE INBOX, DELETE and STATUS of what does not exist, COPY to it): still selected."""
    mailbox.append()
    mailbox.select()
    uids = mailbox.uids()
    missing = astring(dial.name("missing"))
    lines: tuple[tuple[Word, ...], ...] = (
        ("CREATE INBOX",), ("DELETE", missing), ("STATUS", missing, "(MESSAGES)"), ("COPY 1", missing),
        ("RENAME", missing, astring(dial.name("other"))),
    )  # fmt: skip
    for words in lines:
        if mailbox.command(*words).is_no:
            assert uids_of_first(mailbox.command("FETCH 1 (UID)")) == uids


@verifies("RFC3501-6-03", refuted_by=answer(b"<tag> BAD unknown command\r\n", of=rb"(?-i:[A-Z]?[a-z].*)"))
@pytest.mark.parametrize("first", [0, 1, 9], ids=["mixed", "mixed-otherwise", "lower"])
def test_commands_are_taken_in_any_letter_case(mailbox: Mailbox, first: int) -> None:
    """Commands of every state in other letter case: OK, as in upper case."""
    mailbox.append()
    name = astring(mailbox.name)
    words = {"NOOP": (), "CAPABILITY": (), "LIST": ('""', '""'), "STATUS": (name, "(MESSAGES)"), "SELECT": (name,)}
    words |= {"FETCH": ("1", "FLAGS"), "UID SEARCH": ("ALL",), "STORE": ("1", "+FLAGS", "(\\Seen)"), "CLOSE": ()}
    for verb, rest in words.items():
        spelled = "".join(c if at % 2 == first else c.lower() for at, c in enumerate(verb))
        assert mailbox.command(spelled, *rest).is_ok


def in_state(dial: ImapDial, state: str) -> Imap:
    """Return a session in a state; what leads there is said without the fault."""
    with dial.dialler.straight():
        if state == "unauthenticated":
            return unauthenticated(dial)
        return dial.login(fresh=True) if state == "authenticated" else dial.mailbox(fresh=True).imap


each_state = pytest.mark.parametrize("state", ["unauthenticated", "authenticated", "selected"])


@verifies("RFC3501-6.1-01", "RFC3501-6.1.2-01", refuted_by=say(b"<tag> NO not now\r\n", of=rb"NOOP"))
@each_state
def test_noop_is_accepted_in_every_state(dial: ImapDial, state: str) -> None:
    """NOOP twice before login, after it, and with a mailbox selected: OK."""
    session = in_state(dial, state)
    assert session.command("NOOP").is_ok
    assert session.command("NOOP").is_ok


@verifies("RFC3501-6.1-01", refuted_by=say(b"<tag> BAD not now\r\n", of=rb"CAPABILITY"))
@each_state
def test_capability_is_accepted_in_every_state(dial: ImapDial, state: str) -> None:
    """CAPABILITY before login, after it, and with a mailbox selected: OK, with a CAPABILITY response."""
    said = in_state(dial, state).command("CAPABILITY")
    assert said.is_ok
    assert said.all("CAPABILITY")


@verifies("RFC3501-3.4-01", "RFC3501-6.1.3-01", "RFC3501-6.1-01", refuted_by=drop(of=rb"LOGOUT", when=rb"\* BYE"))
@each_state
def test_logout_is_answered_by_bye_and_then_ok(dial: ImapDial, state: str) -> None:
    """LOGOUT in each state: an untagged BYE, and behind it the tagged OK."""
    said = in_state(dial, state).command("LOGOUT")
    assert b"BYE" in [response.name for response in said.responses]
    assert said.status == b"OK"


@verifies(
    "RFC3501-7.1.5-01",
    "RFC3501-3.4-01",
    refuted_by=answer(b"* BYE see you\r\n<tag> OK done\r\n", of=rb"LOGOUT"),
)
@each_state
def test_the_connection_ends_behind_the_ok_to_logout(dial: ImapDial, state: str) -> None:
    """LOGOUT in each state: the server closes the connection."""
    session = in_state(dial, state)
    session.command("LOGOUT").ok()
    assert session.closes()


@verifies("RFC3501-6.1.3-02", refuted_by=forward(b"CLOSE", of=rb"NOOP"))
def test_logout_keeps_messages_marked_deleted(mailbox: Mailbox) -> None:
    r"""\Deleted on one of two messages, NOOP, LOGOUT: a later session sees both."""
    mailbox.fill(2)
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("NOOP")
    mailbox.command("LOGOUT")
    assert mailbox.count() == 2


def erring_until_the_end(dial: ImapDial) -> tuple[Imap, bool]:
    """Err again and again until the server ends the connection; whether it says BYE. NotSupported if it never ends it."""
    session = dial.imap()
    for _ in range(60):
        said = session.command("XYZZY")
        if b"BYE" in [response.name for response in said.responses]:
            return session, True
        if isinstance(said.ending, Closed | Reset):
            return session, False
    raise NotSupported("sixty unknown commands do not make the server end the connection")


@verifies("RFC3501-3.4-02", "RFC3501-9-61", refuted_by=drop(of=rb".*", when=rb"\* BYE"))
def test_a_server_that_ends_the_connection_says_bye_first(dial: ImapDial) -> None:
    """Unknown commands before login, up to sixty: if the server ends the connection, BYE comes before the end."""
    _, polite = erring_until_the_end(dial)
    assert polite


@verifies("RFC3501-7.1.5-02", refuted_by=say(b"* BYE enough\r\n<tag> BAD what?\r\n", of=rb"XYZZY"))
def test_the_connection_ends_behind_a_bye(dial: ImapDial) -> None:
    """Unknown commands before login, up to sixty: if BYE comes, the connection ends behind it."""
    session, polite = erring_until_the_end(dial)
    if not polite:
        raise NotSupported("the connection ends without BYE: another check accuses that")
    assert session.closes()
