"""RFC 3501 section 6.3.8: LIST, which names match which pattern."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from conformance import (
    Imap,
    ImapDial,
    NotSupported,
    Sync,
    astring,
    drop,
    echo,
    forward,
    inject_before,
    quoted,
    repeat,
    rewrite,
    say,
    verifies,
)
from conformance.models.mailbox_names import is_inbox, listed
from conformance.strategies.budgets import batches
from conformance.strategies.imap_names import list_patterns

LIST = rb"LIST .*"
LISTED = rb"\* LIST"
NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})


@verifies("RFC3501-6.3.8-07", "RFC3501-6.3.8-04", refuted_by=forward(rb"LIST\1%\2", of=rb"LIST(.*)\*(.*)"))
def test_a_star_matches_any_characters(dial: ImapDial) -> None:
    """LIST with * behind, in front of and between letters, and across levels: the names that match, and no others."""
    session, root, names = _tree(dial)
    for tail in (b"*", b"/*", b"/al*", b"*m", b"*/one*", b"/*p*a*", b"/deep*two", b"*one", b"/a*", b"/alpha*"):
        assert not _wrong(dial, session, root + tail.replace(b"/", _delimiter(dial)), names)


@verifies("RFC3501-6.3.8-08", "RFC3501-6.3.8-04", refuted_by=forward(rb"LIST\1*\2", of=rb"LIST(.*)%(.*)"))
def test_a_percent_stops_at_the_delimiter(dial: ImapDial) -> None:
    """LIST with % for a part of a level, for a level, and for two: the names that match, and none further down."""
    session, root, names = _tree(dial)
    for tail in (b"%", b"/%", b"/al%", b"/%a", b"/%/one%", b"/%/%", b"/deep/%", b"/%lph%", b"%alpha", b"/z%a"):
        assert not _wrong(dial, session, root + tail.replace(b"/", _delimiter(dial)), names)


@verifies(
    "RFC3501-6.3.8-09", "RFC3501-6.3.8-04", refuted_by=forward(rb'LIST "" "\1*"', of=rb'LIST "" "([^"*%]*[*%]).*"')
)
def test_wildcards_may_stand_anywhere_and_more_than_once(dial: ImapDial) -> None:
    """LIST with both wildcards, several of them, side by side: the names that match, and no others."""
    session, root, names = _tree(dial)
    for tail in (b"*%", b"%*", b"/%p*", b"**", b"/%%", b"/*l%", b"/d%/*", b"*/%n%", b"/*/%/two", b"%/%l*a"):
        assert not _wrong(dial, session, root + tail.replace(b"/", _delimiter(dial)), names)


@verifies(
    "RFC3501-6.3.8-04", "RFC3501-6.3.8-07", "RFC3501-6.3.8-08", "RFC3501-6.3.8-09", "RFC3501-6.3.8-11",
    refuted_by=forward(rb"LIST\1*\2", of=rb"LIST(.*)%(.*)"),
)  # fmt: skip
def test_list_shows_the_names_that_match_any_pattern(dial: ImapDial) -> None:
    """LIST with generated patterns, quoted, as literals and bare: the names that match by our own reckoning."""

    @batches(5)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        session, root, names = _tree(dial)
        drawn = st.lists(list_patterns(root, names, dial.profile.delimiter), min_size=12, max_size=12)
        for pattern in data.draw(drawn):
            given_names = session.command('LIST ""', *pattern.words).ok().listed
            wrong = listed(pattern.value, names, dial.profile.delimiter).differs_from(given_names, names)
            assert not wrong, f"LIST {pattern.value!r}: {wrong}"

    each()


@verifies("RFC3501-6.3.8-10", refuted_by=rewrite(rb"\\No[Ss]elect|\\NonExistent", rb"\\Marked", of=LIST))
def test_levels_that_are_no_mailboxes_are_shown_so(dial: ImapDial) -> None:
    r"""LIST with % at the end, where only names below were created: the level, with \Noselect unless it can be selected."""
    session, root, _ = _tree(dial)
    deep = dial.child(root, "deep")
    for level, pattern in ((root, root + b"%"), (deep, deep[:-2] + b"%")):
        found = _found(session, pattern)
        assert level.lower() in found
        if not found[level.lower()] & NO_MAILBOX:
            assert session.command("EXAMINE", astring(level)).is_ok


@verifies("RFC3501-6.3.8-11", "RFC3501-6.3.8-19", refuted_by=forward(rb'LIST "" \1*', of=rb'LIST "" ([^"*]+)'))
def test_a_pattern_without_wildcard_matches_that_name_alone(dial: ImapDial) -> None:
    """LIST the names of mailboxes, and names of none that begin or end like theirs: just the name, or OK alone."""
    session, _, names = _tree(dial)
    for name in names:
        assert set(_found(session, name, bare=True)) == {name.lower()}
    for name in (names[0][:-1], names[0] + b"x", dial.name("missing")):
        assert not _found(session, name, bare=True)


@verifies("RFC3501-6.3.8-19", refuted_by=say(b"<tag> NO no match\r\n", of=LIST))
def test_list_without_a_match_is_granted(dial: ImapDial) -> None:
    """LIST a name of no mailbox, also with wildcards behind it: OK, and no LIST response."""
    session, name = dial.login(), dial.name("missing")
    for tail in (b"", b"*", b"%"):
        answered = session.command('LIST ""', quoted(name + tail))
        assert answered.is_ok
        assert not answered.listed


@verifies("RFC3501-6.3.8-05", refuted_by=drop(of=LIST, when=LISTED))
def test_list_of_nothing_tells_the_delimiter(dial: ImapDial) -> None:
    """LIST "" "": one LIST response, with the delimiter that INBOX or our own mailboxes have, or NIL."""
    answered = dial.login().command('LIST "" ""')
    assert answered.is_ok
    assert len(answered.all("LIST")) == 1


@verifies("RFC3501-6.3.8-06", refuted_by=drop(of=LIST, when=LISTED))
def test_an_empty_pattern_is_answered_where_the_reference_does_not_exist(dial: ImapDial) -> None:
    """LIST with the name of no mailbox and a delimiter as reference, and an empty pattern: one response, with our delimiter."""
    reference = dial.name("missing") + _delimiter(dial)
    answered = dial.login().command("LIST", quoted(reference), '""')
    assert answered.is_ok
    assert [entry.data.delimiter for entry in answered.all("LIST")] == [dial.profile.delimiter]


@verifies(
    "RFC3501-6.3.8-12", "RFC3501-6.3.8-13", refuted_by=forward(rb'LIST "" \2', of=rb'LIST ("[^"]+") (.+)')
)  # fmt: skip
def test_a_level_as_reference_is_put_in_front_of_the_pattern(dial: ImapDial) -> None:
    """LIST with a level and the delimiter as reference: the names below it that match, in full."""
    session, root, names = _tree(dial)
    delimiter = _delimiter(dial)
    for tail in (b"%", b"*", b"al*", b"alpha", b"deep" + delimiter + b"%"):
        answered = session.command("LIST", quoted(root + delimiter), quoted(tail)).ok()
        pattern = root + delimiter + tail
        assert not listed(pattern, names, dial.profile.delimiter).differs_from(answered.listed, names)


@verifies("RFC3501-6.3.8-14", refuted_by=drop(of=LIST, when=rb'\* LIST \(.*?\) \S+ "?INBOX"?\r'))
@pytest.mark.parametrize("pattern", ["INBOX", "IN*", "*", "%", "I%X", "INBOX*", "%BOX"])
def test_inbox_is_listed_where_the_pattern_matches_it(dial: ImapDial, pattern: str) -> None:
    """LIST with patterns that match INBOX in capitals: it is listed, in any letter case."""
    assert any(is_inbox(name) for name in dial.login().command('LIST ""', quoted(pattern)).ok().listed)


@verifies(
    "RFC3501-6.3.8-14", "RFC3501-6.3.8-04", refuted_by=inject_before(b'* LIST () "/" INBOX\r\n', of=LIST)
)  # fmt: skip
def test_inbox_is_not_listed_where_no_pattern_matches_it(dial: ImapDial) -> None:
    """LIST with patterns that do not match INBOX: it is not listed."""
    session = dial.login()
    for pattern in ("INBO", "IN%Y", "X*", "*mailconform*"):
        assert not any(is_inbox(name) for name in session.command('LIST ""', quoted(pattern)).ok().listed)


@verifies("RFC3501-6.3.8-16", refuted_by=repeat(of=LIST, when=rb'\* LIST \(.*?\) \S+ "?INBOX"?\r'))
def test_inbox_is_listed_once(dial: ImapDial) -> None:
    """LIST with * and with %: one response for INBOX each time."""
    session = dial.login()
    for pattern in ("*", "%"):
        entries = session.command('LIST ""', quoted(pattern)).ok().all("LIST")
        assert sum(is_inbox(entry.data.name) for entry in entries) == 1


@verifies("RFC3501-6.3.8-17", "RFC3501-7.2.2-07", refuted_by=rewrite(rb"alpha", b"alpho", of=LIST))
def test_listed_names_can_be_used_as_they_are(dial: ImapDial) -> None:
    r"""EXAMINE and STATUS each name of ours that LIST shows without \Noselect, spaces and signs among them, and INBOX: OK."""
    session, root, names = _tree(dial)
    with dial.dialler.straight():
        for odd in (b"two words", b"R&-D", b"&U,BTFw-"):
            session.command("CREATE", quoted(root + odd))
    entries = session.command('LIST ""', quoted(root + b"*")).ok().listed.values()
    shown = [e.name for e in entries if not {a.lower() for a in e.attributes} & NO_MAILBOX]
    assert len(shown) >= len(names)
    for name in (*shown, b"INBOX"):
        assert session.command("EXAMINE", quoted(name)).is_ok
        assert session.command("STATUS", quoted(name), "(MESSAGES)").is_ok


@verifies("RFC3501-6.3.8-18", refuted_by=say(b"<tag> BAD string expected\r\n", of=rb"LIST .*\{.*"))
def test_list_takes_its_arguments_in_every_form(dial: ImapDial) -> None:
    """LIST with reference and pattern as quoted strings, as literals and bare: the same names each time."""
    session, root, names = _tree(dial)
    pattern = root + b"*"
    for words in (('""', quoted(pattern)), ('""', pattern), (Sync(b""), Sync(pattern)), ('""', Sync(pattern))):
        answered = session.command("LIST", *words)
        assert answered.is_ok
        assert not listed(pattern, names, dial.profile.delimiter).differs_from(answered.listed, names)


@verifies("RFC3501-6.3.8-20", refuted_by=echo(rb'* LIST () "/" \1\r\n', of=rb'LIST "" ("[^*"]+")'))
def test_list_does_not_show_the_mailboxes_of_others(dial: ImapDial) -> None:
    """CREATE a mailbox as one user, LIST its name and all names as another: it is not there."""
    name = dial.create(dial.login())
    own = name[len(dial.profile.prefix) :]
    other = dial.login(1)
    for pattern in (name, dial.profile.prefix + b"*", b"*"):
        assert not any(shown.lower().endswith(own.lower()) for shown in _found(other, pattern))


def _delimiter(dial: ImapDial) -> bytes:
    if not dial.profile.delimiter:
        raise NotSupported("there is no hierarchy delimiter: LIST says NIL")
    return dial.profile.delimiter


def _tree(dial: ImapDial) -> tuple[Imap, bytes, list[bytes]]:
    """A session, a level that was not created itself, and the mailboxes below it, in one to three levels."""
    session, root = dial.login(), dial.name("root")
    deep = dial.child(dial.child(root, "deep"), "one")
    names = [*(dial.child(root, word) for word in ("alpha", "album", "zeta")), dial.child(deep, "two")]
    with dial.dialler.straight():
        for name in names:
            session.command("CREATE", astring(name)).ok()
    return session, root, names


def _wrong(dial: ImapDial, session: Imap, pattern: bytes, names: list[bytes]) -> str:
    """What is wrong with the names that LIST shows for a pattern; empty if nothing is."""
    shown = session.command('LIST ""', quoted(pattern)).ok().listed
    wrong = listed(pattern, names, dial.profile.delimiter).differs_from(shown, names)
    return f"LIST {pattern!r}: {wrong}" if wrong else ""


def _found(session: Imap, pattern: bytes, *, bare: bool = False) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes of what LIST shows, in small letters."""
    found = session.command('LIST ""', astring(pattern) if bare else quoted(pattern)).ok().listed
    return {name.lower(): frozenset(a.lower() for a in entry.attributes) for name, entry in found.items()}
