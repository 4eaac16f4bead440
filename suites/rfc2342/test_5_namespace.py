"""RFC 2342 sections 2 to 7: NAMESPACE, and what its prefixes are good for."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    astring,
    drop,
    echo,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.wire.rfc2342 import Namespace, NamespaceResponse

pytestmark = needs("NAMESPACE")

NAMESPACE = rb"NAMESPACE"
TOLD = rb"\* NAMESPACE"
REGISTERED = (b"TRANSLATION",)
"""Names of extension data that an RFC defines (RFC 5255 section 3.4)."""


@verifies("RFC2342-2-01", refuted_by=rewrite(rb"NAMESPACE \(\(.*?\)\)", b"NAMESPACE NIL", of=NAMESPACE))
def test_inbox_is_in_a_personal_namespace(dial: ImapDial) -> None:
    """NAMESPACE for a user who has an INBOX: the first class is not NIL."""
    session = dial.login()
    if not session.command("EXAMINE INBOX").is_ok:
        raise Inconclusive(Reason.PRECONDITION, "there is no INBOX")
    assert _told(session).personal


@verifies("RFC2342-2-03", refuted_by=say(b"<tag> OK [READ-WRITE] here\r\n", of=rb"SELECT .*"))
def test_the_mailboxes_of_others_are_closed_without_a_grant(dial: ImapDial) -> None:
    """CREATE a mailbox, SELECT it as another user behind the other users' prefix: refused."""
    own = dial.create(dial.login())[len(dial.profile.prefix) :]
    other = dial.login(1)
    for space in _told(other).other or ():
        name = space.prefix + dial.target.accounts[0].user.encode() + (space.delimiter or b"") + own
        assert other.command("SELECT", quoted(name)).refused
        return
    raise NotSupported("there is no namespace of other users")


@verifies("RFC2342-4-02", refuted_by=say(b"<tag> BAD not now\r\n", of=NAMESPACE, after=1))
def test_namespace_is_taken_in_the_authenticated_and_the_selected_state(dial: ImapDial) -> None:
    """NAMESPACE behind the login, and with INBOX examined: OK, one response each time, and the same."""
    session = dial.login(fresh=True)
    first = session.command("NAMESPACE")
    session.command("EXAMINE INBOX").ok()
    second = session.command("NAMESPACE")
    assert first.is_ok
    assert second.is_ok
    assert len(first.all("NAMESPACE")) == len(second.all("NAMESPACE")) == 1
    assert first.data("NAMESPACE") == second.data("NAMESPACE")


@verifies("RFC2342-4-02", refuted_by=say(b"<tag> OK namespace\r\n", of=NAMESPACE))
def test_namespace_is_refused_before_login(imap: Imap) -> None:
    """NAMESPACE behind the greeting: refused, and nothing is told."""
    if imap.greeting.status == b"PREAUTH":
        raise NotSupported("the connection is authenticated from the beginning")
    answered = imap.command("NAMESPACE")
    assert answered.refused
    assert not answered.all("NAMESPACE")


@verifies("RFC2342-5-03", refuted_by=say(b"<tag> OK namespace\r\n", of=rb"NAMESPACE .*"))
def test_namespace_with_an_argument_is_rejected(dial: ImapDial) -> None:
    """NAMESPACE with a word behind it: refused."""
    assert dial.login().command("NAMESPACE", "INBOX").refused


@verifies(
    "RFC2342-5-04", refuted_by=rewrite(rb"NAMESPACE \(\((.*?)\)", rb'NAMESPACE ((\1 "FLAGS" ("a"))', of=NAMESPACE)
)
def test_extension_data_of_ones_own_begins_with_x(dial: ImapDial) -> None:
    """NAMESPACE: extension data is named X-..., or as an RFC names it."""
    for space in _all(_told(dial.login())):
        for name, _ in space.extensions:
            assert name.upper().startswith(b"X-") or name.upper() in REGISTERED


@verifies("RFC2342-5-05", refuted_by=rewrite(rb'"[^"]"\)', rb'"|")', of=NAMESPACE))
def test_the_delimiter_is_that_of_list(dial: ImapDial) -> None:
    """LIST with each prefix as reference and an empty pattern: the delimiter that NAMESPACE tells."""
    session = dial.login()
    for space in _all(_told(session)):
        entries = session.command("LIST", quoted(space.prefix), '""').ok().all("LIST")
        assert {entry.data.delimiter for entry in entries} <= {space.delimiter}


@verifies("RFC2342-5-06", refuted_by=drop(of=rb"LIST .*", when=rb"\* LIST"))
def test_mailboxes_can_be_created_behind_the_personal_prefix(dial: ImapDial) -> None:
    """CREATE the personal prefix and a name: LIST shows it; where it is refused, that is the site's matter."""
    session, name = dial.login(), dial.name()
    if not any(name.startswith(space.prefix) for space in _told(session).personal or ()):
        raise Inconclusive(Reason.PRECONDITION, "mailboxes can only be created elsewhere")
    session.command("CREATE", astring(name)).ok()
    assert name.lower() in {shown.lower() for shown in session.command('LIST ""', quoted(name)).ok().listed}


@verifies(
    "RFC2342-5-12",
    refuted_by=rewrite(rb"NIL$", b"()", of=NAMESPACE) | rewrite(rb"\(\([^()]*\)\)$", b"()", of=NAMESPACE),
)
def test_a_class_that_is_not_there_is_nil(dial: ImapDial) -> None:
    """NAMESPACE: no class is an empty list."""
    told = _told(dial.login())
    assert () not in (told.personal, told.other, told.shared)


@verifies(
    "RFC2342-5-08",
    "RFC2342-7-01",
    refuted_by=echo(rb'* LIST (\\Noselect) "/" "\1nobody-in-particular"\r\n', of=rb'LIST "" "(.*?)%"'),
)
def test_no_user_is_shown_who_granted_nothing(dial: ImapDial) -> None:
    """LIST the other users' prefix and %: refused, or behind each user shown there is a mailbox that is shown too."""
    session = dial.login(1, fresh=True)
    space = next(iter(_told(session).other or ()), None)
    if space is None:
        raise NotSupported("there is no namespace of other users")
    for user in session.command('LIST ""', quoted(space.prefix + b"%")).listed:
        below = session.command('LIST ""', quoted(user + b"*")).ok().listed.values()
        assert any(not {a.lower() for a in entry.attributes} & {b"\\noselect", b"\\nonexistent"} for entry in below)


@verifies("RFC2342-5-11", refuted_by=drop(of=rb"LIST .*", when=rb"\* LIST"))
def test_granted_mailboxes_are_listed_behind_the_prefix(dial: ImapDial) -> None:
    """Grant lookup and read to another user: LIST shows that user the mailbox behind prefix, user and delimiter."""
    own = _granted(dial)
    session = dial.login(1, fresh=True)
    shown = _others(session, dial)
    assert any(name.lower().endswith(own.lower()) for name in shown)


@verifies("RFC2342-5-07", refuted_by=rewrite(rb'^(\* LIST .*?"?)(\S+?)/user', rb"\1\2/group-of-user", of=rb"LIST .*"))
def test_the_level_behind_the_prefix_is_the_user(dial: ImapDial) -> None:
    """Grant lookup and read to another user: the level behind the other users' prefix is the name of who granted it."""
    own = _granted(dial)
    session = dial.login(1, fresh=True)
    user = dial.target.accounts[0].user.encode()
    space = next(iter(_told(session).other or ()), None)
    name = next((n for n in _others(session, dial) if n.lower().endswith(own.lower())), None)
    if space is None or name is None or not space.delimiter or not name.startswith(space.prefix):
        raise NotSupported("granted mailboxes are not listed among those of other users")
    assert name[len(space.prefix) :].split(space.delimiter)[0] in (user, user.partition(b"@")[0])


def _told(session: Imap) -> NamespaceResponse:
    """The data of the NAMESPACE response; Inconclusive without one."""
    told = session.command("NAMESPACE").ok().data("NAMESPACE")
    if not isinstance(told, NamespaceResponse):
        raise Inconclusive(Reason.PRECONDITION, "NAMESPACE brings no NAMESPACE response")
    return told


def _all(told: NamespaceResponse) -> list[Namespace]:
    return [space for spaces in (told.personal, told.other, told.shared) for space in spaces or ()]


def _granted(dial: ImapDial) -> bytes:
    """A mailbox of the first user that the second one may look up and read; its name without the prefix."""
    session = dial.login().supports("ACL")
    name = dial.create(session)
    with dial.dialler.straight():
        session.command("SETACL", astring(name), astring(dial.account(1).user), "lrs").ok()
    return name[len(dial.profile.prefix) :]


def _others(session: Imap, dial: ImapDial) -> list[bytes]:
    """The names listed behind the prefixes of other users and the first user's name, and behind those of shared mailboxes."""
    told = _told(session)
    user = dial.target.accounts[0].user.encode()
    prefixes = [space.prefix for space in (*(told.other or ()), *(told.shared or ()))]
    prefixes += [space.prefix + user + (space.delimiter or b"") for space in told.other or ()]
    return [n for prefix in prefixes for n in session.command('LIST ""', quoted(prefix + b"*")).listed]
