"""RFC 5258 section 3: several patterns, options, and what an extended LIST may and may not bring."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    NotSupported,
    Profile,
    Reason,
    astring,
    drop,
    forward,
    inject_before,
    needs,
    quoted,
    repeat,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import Imap

pytestmark = needs("LIST-EXTENDED")
LISTED = rb"\* LIST"


def _three(dial: ImapDial) -> tuple[Imap, list[bytes]]:
    """Three mailboxes of our own, their names equal up to the last word."""
    session = dial.login(fresh=True)
    base = dial.name()
    names = [base + word for word in (b"-one", b"-two", b"-three")]
    for name in names:
        session.command("CREATE", astring(name)).ok()
    return session, names


def _all_of(names: list[bytes]) -> bytes:
    return quoted(names[0].removesuffix(b"one") + b"*")


def _flags(attributes: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(attribute.lower() for attribute in attributes)


@verifies("RFC5258-3-01", refuted_by=drop(of=rb'LIST "" \(.*', when=rb"\* LIST .*-two"))
def test_a_name_that_matches_any_of_several_patterns_is_listed(dial: ImapDial) -> None:
    """LIST with the patterns of two out of three mailboxes, one by its name, one with a wildcard: these two."""
    session, (one, two, three) = _three(dial)
    listed = session.command('LIST ""', "(", quoted(one), quoted(two + b"*"), ")").ok().listed
    assert one in listed
    assert two in listed
    assert three not in listed


@verifies("RFC5258-3-02", refuted_by=repeat(of=rb'LIST "" \(.*', when=LISTED))
def test_a_name_that_matches_several_patterns_is_listed_once(dial: ImapDial) -> None:
    """LIST with a name, and two patterns with wildcards that match it too: one response for it."""
    session = dial.login()
    name = dial.create(session)
    answer = session.command('LIST ""', "(", quoted(name + b"*"), quoted(name), quoted(name[:-1] + b"%"), ")").ok()
    assert [response.data.name for response in answer.all("LIST")].count(name) == 1


@verifies("RFC5258-3-03", refuted_by=inject_before(b'* LIST (\\Noselect) "/" ""\r\n', of=rb"LIST .*"))
def test_an_empty_pattern_of_an_extended_list_matches_nothing(dial: ImapDial) -> None:
    """LIST with options in front, behind and in both places, the pattern empty: no response with the name of the root."""
    session = dial.login()
    for words in ('LIST () "" ""', 'LIST "" "" RETURN ()', 'LIST (SUBSCRIBED) "" "" RETURN (CHILDREN)'):
        assert b"" not in session.command(words).ok().listed


@verifies("RFC5258-3-03", refuted_by=inject_before(b'* LIST (\\Noselect) "/" ""\r\n', of=rb"LIST .*"))
def test_an_empty_pattern_among_others_is_ignored(dial: ImapDial) -> None:
    """LIST with an empty pattern and the name of a mailbox: the mailbox, and no response with the name of the root."""
    session = dial.login()
    name = dial.create(session)
    listed = session.command('LIST ""', "(", '""', quoted(name), ")").ok().listed
    assert name in listed
    assert b"" not in listed


@verifies("RFC5258-3-04", refuted_by=say(b"<tag> NO not such a pattern\r\n", of=rb'LIST "" \(.*'))
def test_a_pattern_that_is_not_accepted_does_not_hinder_the_others(dial: ImapDial) -> None:
    """LIST with odd patterns in front of and behind the name of a mailbox: OK, and the mailbox is listed."""
    session = dial.login()
    name = dial.create(session)
    answer = session.command('LIST ""', "(", '"%%*%%*"', '"&-&"', quoted(name), '"//..//"', ")")
    assert answer.is_ok
    assert name in answer.listed


@verifies("RFC5258-3-05", refuted_by=forward(rb"LIST (SUBSCRIBED)\1", of=rb"LIST \(SUBSCRIBED SPECIAL-USE\)(.*)"))
def test_a_name_is_listed_if_it_meets_every_selection_option(dial: ImapDial, profile: Profile) -> None:
    """Subscribe to a new mailbox, LIST by SUBSCRIBED, by SPECIAL-USE and by both: what is in both lists."""
    if not profile.announced("SPECIAL-USE"):
        raise NotSupported("SPECIAL-USE is not announced, so there are no two selection options to join")
    session = dial.login()
    name = dial.create(session)
    session.command("SUBSCRIBE", astring(name)).ok()
    subscribed = set(session.command('LIST (SUBSCRIBED) "" "*"').ok().listed)
    special = set(session.command('LIST (SPECIAL-USE) "" "*"').ok().listed)
    if name not in subscribed or name in special:
        raise Inconclusive(Reason.PRECONDITION, "a subscribed mailbox is not listed as such")
    both = set(session.command('LIST (SUBSCRIBED SPECIAL-USE) "" "*"').ok().listed)
    assert both == subscribed & special


@verifies("RFC5258-3-06", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST .*X-MAILCONFORM.*"))
def test_an_unknown_option_is_answered_bad(dial: ImapDial) -> None:
    """LIST with an option nobody has defined, for selection, for return, and beside known ones: BAD."""
    session = dial.login()
    for words in (
        'LIST (X-MAILCONFORM) "" "INBOX"',
        'LIST (SUBSCRIBED X-MAILCONFORM) "" "INBOX"',
        'LIST "" "INBOX" RETURN (X-MAILCONFORM)',
        'LIST "" "INBOX" RETURN (CHILDREN X-MAILCONFORM)',
    ):
        answer = session.command(words)
        session.must_be_alive()
        assert answer.is_bad


@verifies(
    "RFC5258-3-07", refuted_by=say(b"<tag> BAD twice\r\n", of=rb"LIST .*(SUBSCRIBED SUBSCRIBED|CHILDREN CHILDREN).*")
)
def test_a_repeated_option_counts_once(dial: ImapDial) -> None:
    """LIST with an option twice, for selection and for return: the names and attributes that it brings once."""
    session, (one, two, three) = _three(dial)
    session.command("SUBSCRIBE", astring(two)).ok()
    pattern = _all_of([one])
    for once, twice in (
        (("(SUBSCRIBED)", ""), ("(SUBSCRIBED SUBSCRIBED)", "")),
        (("()", "CHILDREN"), ("()", "CHILDREN CHILDREN")),
    ):
        first = session.command("LIST", once[0], '""', pattern, "RETURN", f"({once[1]})").ok()
        again = session.command("LIST", twice[0], '""', pattern, "RETURN", f"({twice[1]})")
        assert again.is_ok
        for name in (one, two, three):
            assert (name in again.listed) == (name in first.listed)
            if name in first.listed:
                assert _flags(again.listed[name].attributes) == _flags(first.listed[name].attributes)


@verifies(
    "RFC5258-3-08",
    refuted_by=inject_before(b'* LIST (\\Subscribed \\NonExistent) "/" mailconform-gone\r\n', of=rb"LIST .* RETURN .*"),
)
def test_return_options_do_not_bring_more_names(dial: ImapDial) -> None:
    """Subscribe to three mailboxes, delete one, LIST without and with RETURN (SUBSCRIBED CHILDREN): no further name."""
    session, names = _three(dial)
    for name in names:
        session.command("SUBSCRIBE", astring(name)).ok()
    session.command("DELETE", astring(names[2])).ok()
    pattern = _all_of(names)
    before = set(session.command('LIST ""', pattern).ok().listed)
    now = set(session.command('LIST ""', pattern, "RETURN (SUBSCRIBED CHILDREN)").ok().listed)
    assert now <= before


@verifies("RFC5258-3-09", refuted_by=rewrite(rb"$", b' ("X-MAILCONFORM" ("a" "b"))', of=rb'LIST "" .*', when=LISTED))
def test_a_plain_list_brings_no_extended_items(dial: ImapDial) -> None:
    """LIST without any extension in a session that has said nothing else: the responses end behind the name."""
    session, names = _three(dial)
    session.command("SUBSCRIBE", astring(names[0])).ok()
    listed = session.command('LIST "" "*"').ok().listed
    assert not [name for name, entry in listed.items() if entry.extended]


@verifies("RFC5258-3-10", refuted_by=rewrite(rb"\\NonExistent", rb"\\Marked", of=rb"LIST .*", when=LISTED))
def test_a_subscribed_name_that_does_not_exist_is_said_to_be_nonexistent(dial: ImapDial) -> None:
    r"""Subscribe to three mailboxes, delete the second, LIST (SUBSCRIBED): \NonExistent with that one alone."""
    session, names = _three(dial)
    for name in names:
        session.command("SUBSCRIBE", astring(name)).ok()
    session.command("DELETE", astring(names[1])).ok()
    listed = session.command('LIST (SUBSCRIBED) ""', _all_of(names)).ok().listed
    if names[1] not in listed:
        raise NotSupported("a subscription ends when its mailbox is deleted, so nothing that is missing can be listed")
    missing = {name for name, entry in listed.items() if b"\\nonexistent" in _flags(entry.attributes)}
    assert missing == {names[1]}
