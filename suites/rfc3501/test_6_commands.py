"""RFC 3501 section 6: which commands there are, and in which states."""

from __future__ import annotations

from conformance import ImapDial, Mailbox, NotSupported, astring, say, verifies

IN_BOTH_STATES = (
    'LIST "" ""',
    'LSUB "" "*"',
    "STATUS INBOX (MESSAGES)",
    "EXAMINE INBOX",
)
IN_SELECTED_STATE = ("CHECK", "SEARCH ALL", "FETCH 1 FLAGS", "STORE 1 +FLAGS (\\Seen)", "UID SEARCH ALL", "EXPUNGE")
REJECTED = say(b"<tag> BAD command not allowed now\r\n", of=rb"(LSUB|UID SEARCH|STATUS) .*")
KNOWN = {
    "NAMESPACE": "NAMESPACE",
    "ID": "ID NIL",
    "QUOTA": "GETQUOTAROOT INBOX",
    "ACL": "MYRIGHTS INBOX",
    "ENABLE": "ENABLE X-NO-SUCH-THING",
    "SORT": "SORT (ARRIVAL) US-ASCII ALL",
    "THREAD": "THREAD ORDEREDSUBJECT US-ASCII ALL",
    "CHILDREN": 'LIST "" "*"',
    "UIDPLUS": "UID EXPUNGE 4294967295",
    "UNSELECT": "UNSELECT",
}
"""Capabilities, and a command that each of them adds or promises."""


@verifies("RFC3501-6.3-01", refuted_by=REJECTED)
def test_commands_of_the_authenticated_state_are_taken_while_a_mailbox_is_selected(dial: ImapDial) -> None:
    """LIST, LSUB, STATUS, CREATE, SUBSCRIBE, UNSUBSCRIBE, DELETE and EXAMINE in a selected mailbox: OK, each."""
    mailbox = dial.mailbox()
    other = astring(dial.name())
    lines = [mailbox.command(word, other) for word in ("CREATE", "SUBSCRIBE", "UNSUBSCRIBE", "DELETE")]
    lines += [mailbox.command(line) for line in IN_BOTH_STATES]
    assert not [repr(answer) for answer in lines if not answer.is_ok]


@verifies("RFC3501-6.4-01", refuted_by=REJECTED)
def test_every_command_of_the_selected_state_is_implemented(mailbox: Mailbox) -> None:
    """CHECK, SEARCH, FETCH, STORE, COPY, UID, EXPUNGE and CLOSE in a mailbox with a message: OK, each."""
    mailbox.fill(1)
    answers = [mailbox.command(line) for line in IN_SELECTED_STATE]
    answers += [mailbox.command("COPY 1", astring(mailbox.name)), mailbox.command("CLOSE")]
    assert not [repr(answer) for answer in answers if not answer.is_ok]


@verifies("RFC3501-7.2.1-05", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"(NAMESPACE|ID NIL|UNSELECT)"))
def test_commands_of_the_capabilities_that_are_listed_are_known(mailbox: Mailbox) -> None:
    """A command of each capability that is listed: none is answered BAD."""
    listed = {name: line for name, line in KNOWN.items() if mailbox.imap.announced(name)}
    if "THREAD" in listed and not mailbox.imap.announced("THREAD=ORDEREDSUBJECT"):
        del listed["THREAD"]
    if not listed:
        raise NotSupported("no capability is listed whose command is tried here")
    answers = {name: mailbox.command(line) for name, line in listed.items()}
    assert not [repr(answer) for answer in answers.values() if answer.is_bad]
