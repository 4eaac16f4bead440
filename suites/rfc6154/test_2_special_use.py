"""RFC 6154 sections 2 and 4: mailboxes with a special use in LIST, and in METADATA."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    NotSupported,
    Profile,
    Reason,
    astring,
    drop,
    forward,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer

pytestmark = needs("SPECIAL-USE")
USES = rb"(?i)\\(all|archive|drafts|flagged|important|junk|sent|trash)"
COMPARED = {b"\\all", b"\\archive", b"\\drafts", b"\\flagged", b"\\important", b"\\junk", b"\\sent", b"\\trash"}
ORDINARY = {
    b"\\marked", b"\\unmarked", b"\\noselect", b"\\noinferiors", b"\\haschildren", b"\\hasnochildren", b"\\nonexistent",
    b"\\subscribed", b"\\remote",
}  # fmt: skip
"""The attributes of RFC 3501 and RFC 5258, which say nothing of a mailbox's use."""


def _attributes(answer: Answer) -> dict[bytes, frozenset[bytes]]:
    return {name: frozenset(flag.lower() for flag in entry.attributes) for name, entry in answer.listed.items()}


def _uses(answer: Answer) -> dict[bytes, frozenset[bytes]]:
    """Name -> special uses in lower case, those of RFC 6154 and RFC 8457 alone: others may be no uses at all."""
    told = {name: attributes & COMPARED for name, attributes in _attributes(answer).items()}
    return {name: uses for name, uses in told.items() if uses}


def _known(session: Imap) -> dict[bytes, frozenset[bytes]]:
    found = _uses(session.command('LIST "" "*" RETURN (SPECIAL-USE)').ok())
    if not found:
        raise NotSupported("no mailbox of this account has a special use")
    return found


@verifies("RFC6154-2-01", refuted_by=say(b"<tag> BAD unknown option\r\n", of=rb"LIST .*SPECIAL-USE.*"))
@pytest.mark.parametrize("words", ['(SPECIAL-USE) "" "*"', '"" "*" RETURN (SPECIAL-USE)', '(special-use) "" "%"'])
def test_special_uses_may_be_asked_for(dial: ImapDial, words: str) -> None:
    """LIST with SPECIAL-USE for selection and for return: OK."""
    assert dial.login().command("LIST", words).is_ok


@verifies("RFC6154-2-02", refuted_by=forward(rb"LIST\1", of=rb"LIST \(SPECIAL-USE\)(.*)"))
def test_mailboxes_without_a_special_use_are_not_selected(dial: ImapDial) -> None:
    """LIST (SPECIAL-USE) beside a new ordinary mailbox: each name listed has an attribute that says what it is for."""
    session = dial.login()
    ordinary = dial.create(session)
    answer = session.command('LIST (SPECIAL-USE) "" "*"').ok()
    assert ordinary not in answer.listed
    assert all(attributes - ORDINARY for attributes in _attributes(answer).values())


@verifies("RFC6154-2-03", refuted_by=rewrite(USES, rb"\\Marked", of=rb'LIST "" "\*" RETURN.*', when=rb"\* LIST"))
def test_special_uses_are_returned(dial: ImapDial) -> None:
    """LIST (SPECIAL-USE), then LIST of all with RETURN (SPECIAL-USE): the same attributes with the same names."""
    session = dial.login()
    selected = _uses(session.command('LIST (SPECIAL-USE) "" "*"').ok())
    if not selected:
        raise NotSupported("no mailbox of this account has a special use")
    assert _uses(session.command('LIST "" "*" RETURN (SPECIAL-USE)').ok()) == selected


@verifies("RFC6154-2-04", refuted_by=rewrite(USES, rb"\\Marked", of=rb"LIST \(SPECIAL-USE\).*", when=rb"\* LIST"))
def test_selected_names_show_their_special_use_unasked(dial: ImapDial) -> None:
    """LIST of all with RETURN (SPECIAL-USE), then LIST (SPECIAL-USE) alone: the same attributes with the same names."""
    session = dial.login()
    known = _known(session)
    selected = _uses(session.command('LIST (SPECIAL-USE) "" "*"').ok())
    assert selected == known


@verifies("RFC6154-2-02", refuted_by=drop(of=rb"LIST \(SPECIAL-USE\).*", when=rb"\* LIST .*(sent|trash|important)"))
def test_every_mailbox_with_a_special_use_is_selected(dial: ImapDial) -> None:
    """LIST of all with RETURN (SPECIAL-USE), then LIST (SPECIAL-USE): no name with a use is missing."""
    session = dial.login()
    known = _known(session)
    assert set(known) <= set(session.command('LIST (SPECIAL-USE) "" "*"').ok().listed)


# METADATA


@verifies("RFC6154-4-01", refuted_by=rewrite(USES, rb"\\\\Other", of=rb"GETMETADATA .*"))
def test_the_special_use_is_an_annotation_too(dial: ImapDial, profile: Profile) -> None:
    """GETMETADATA /private/specialuse of each mailbox with a use: its attributes; of an ordinary one: none."""
    if not profile.announced("METADATA"):
        raise NotSupported("METADATA is not announced")
    session = dial.login()
    known = _known(session)
    for name, uses in known.items():
        assert _annotated(session, name) & COMPARED == uses
    assert not _annotated(session, dial.create(session))


def _annotated(session: Imap, name: bytes) -> frozenset[bytes]:
    told = session.command("GETMETADATA", astring(name), "/private/specialuse").ok().all("METADATA")
    values = [value for data in told for entry, value in data.data.values if entry.lower() == b"/private/specialuse"]
    return frozenset(use.lower() for value in values if value for use in value.split())


@verifies("RFC6154-4-02", refuted_by=say(b"<tag> OK done\r\n", of=rb"SETMETADATA .*"))
def test_a_special_use_that_does_not_exist_cannot_be_annotated(dial: ImapDial, profile: Profile) -> None:
    r"""SETMETADATA /private/specialuse with \X-Mailconform: refused, unless CREATE takes that use."""
    if not profile.announced("METADATA"):
        raise NotSupported("METADATA is not announced")
    session = dial.login()
    name = dial.create(session)
    if profile.announced("CREATE-SPECIAL-USE"):
        answer = session.command("CREATE", astring(dial.name()), "(USE (\\X-Mailconform))")
        if answer.status == b"OK":
            raise Inconclusive(Reason.AMBIGUOUS, "the server takes any special use in CREATE")
    answer = session.command("SETMETADATA", astring(name), '(/private/specialuse "\\\\X-Mailconform")')
    session.must_be_alive()
    assert answer.refused
