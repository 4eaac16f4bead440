"""RFC 3501 section 5.1: INBOX, letter case, odd characters and international names."""

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
    forward,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.strategies.budgets import batches
from conformance.strategies.imap_names import mailbox_names

CREATE = rb"CREATE .*"
GRANTED = say(b"<tag> OK created\r\n", of=CREATE)
INTERNATIONAL = (b"&ZeVnLIqe-", b"&U,BTFw-", b"a&AOQA9g-b", b"&2D3eAA-", b"&BD8EQAQ4BDIENQRC-", b"&Jjo-!")
ODD = (b"two words", b"a(b", b"a)b", b"a{b", b'a"b', b"a]b", b"a\\b")


@verifies("RFC3501-5.1-01", refuted_by=GRANTED)
@pytest.mark.parametrize("word", [b"caf\xc3\xa9", b"caf\xe9"], ids=["utf-8", "latin-1"])
def test_eight_bit_names_cannot_be_created(dial: ImapDial, word: bytes) -> None:
    """CREATE a name with octets above 127 as a literal: refused."""
    assert dial.login().command("CREATE", Sync(dial.name(word))).refused


@verifies("RFC3501-5.1-02", refuted_by=rewrite(rb"INBOX", b"INB\xd6X", of=rb"(LIST|LSUB) .*"))
def test_listed_names_have_seven_bits(dial: ImapDial) -> None:
    """CREATE an international name, LIST and LSUB all names: no octet above 127."""
    session, name = dial.login(), dial.name(INTERNATIONAL[0])
    with dial.dialler.straight():
        session.command("CREATE", astring(name))
        session.command("SUBSCRIBE", astring(name))
        session.command("SUBSCRIBE INBOX")
    names = [*session.command('LIST "" "*"').ok().listed, *session.command('LSUB "" "*"').ok().subscribed]
    assert all(shown.isascii() for shown in names)


@verifies("RFC3501-5.1-03", refuted_by=say(b"<tag> NO no such mailbox\r\n", of=rb"(EXAMINE|STATUS) INBOX.*", after=1))
def test_inbox_is_one_mailbox_in_any_letter_case(dial: ImapDial) -> None:
    """EXAMINE and STATUS INBOX, inbox and InBoX, also quoted: the same UIDVALIDITY."""
    session = dial.login()
    seen = []
    for name in ("INBOX", "inbox", "InBoX", '"inBox"', Sync(b"Inbox")):
        examined = session.command("EXAMINE", name)
        told = session.command("STATUS", name, "(UIDVALIDITY)")
        assert examined.is_ok
        assert told.is_ok
        seen += [examined.codes.get(b"UIDVALIDITY"), told.mailbox_status.get(b"UIDVALIDITY")]
    assert len(set(seen)) == 1


@verifies("RFC3501-5.1-04", refuted_by=forward(rb"EXAMINE \1&ZeVnLIqe-", of=rb"EXAMINE (.*)&zeVnLIqe-"))
def test_letter_case_matters_in_the_shifted_part_of_a_name(dial: ImapDial) -> None:
    """CREATE an international name, EXAMINE it with one letter of its BASE64 in the other case: refused."""
    session, name = dial.login(), dial.name(b"&ZeVnLIqe-")
    if not session.command("CREATE", astring(name)).is_ok:
        raise NotSupported("international names are not taken")
    assert session.command("EXAMINE", astring(name)).is_ok
    assert session.command("EXAMINE", astring(name.replace(b"&Ze", b"&ze"))).refused


@verifies(
    "RFC3501-5.1-05",
    refuted_by=say(b"<tag> OK [READ-ONLY] here\r\n", of=rb"EXAMINE .*") | GRANTED,
)
def test_letter_case_of_names_is_taken_alike_everywhere(dial: ImapDial) -> None:
    """CREATE a name, EXAMINE, STATUS and CREATE it in other letter case: one mailbox for all of them, or another for all."""
    session, name = dial.login(), dial.name("Mixed")
    other = name[: -len(b"Mixed")] + b"mIXED"
    with dial.dialler.straight():
        session.command("CREATE", astring(name)).ok()
    same = [session.command("EXAMINE", astring(other)).is_ok]
    same.append(session.command("STATUS", astring(other), "(MESSAGES)").is_ok)
    same.append(session.command("CREATE", astring(other)).refused)
    assert len(set(same)) == 1


@verifies("RFC3501-5.1-06", refuted_by=say(b"<tag> BAD what?\r\n", of=rb"CREATE .*"))
def test_names_that_need_quotes_can_be_used_or_are_refused(dial: ImapDial) -> None:
    """CREATE names with a space, brackets, a quote, a backslash: NO, or OK and EXAMINE takes them quoted and as literals."""
    session = dial.login()
    for word in ODD:
        if dial.profile.delimiter and dial.profile.delimiter in word:
            continue
        name = dial.name(word)
        created = session.command("CREATE", quoted(name))
        assert not created.is_bad
        if created.is_ok:
            assert session.command("EXAMINE", quoted(name)).is_ok
            assert session.command("EXAMINE", Sync(name)).is_ok
            assert name in session.command('LIST ""', Sync(name[:-1] + b"%")).ok().listed


@verifies(
    "RFC3501-5.1.1-01",
    "RFC3501-7.2.2-05",
    "RFC3501-7.2.2-08",
    refuted_by=rewrite(rb'(\)) \S+ ("?\S*level)', rb"\1 NIL \2", of=rb"LIST .*"),
)
def test_one_delimiter_divides_all_levels_of_a_name(dial: ImapDial) -> None:
    """CREATE a name of three levels, LIST it and the levels above: one delimiter, which is not NIL."""
    session, top = dial.login(), dial.name("level")
    middle = dial.child(top, "middle")
    below = dial.child(middle, "below")
    with dial.dialler.straight():
        session.command("CREATE", astring(below)).ok()
    entries = [session.command('LIST ""', quoted(name + b"%")).ok().listed.values() for name in (top, middle, below)]
    assert {entry.delimiter for found in entries for entry in found} == {dial.profile.delimiter}


@verifies("RFC3501-5.1.3-01", refuted_by=rewrite(rb"&([^-]*)-", rb"&\1A-", of=rb"LIST .*"))
def test_international_names_are_kept_as_given(dial: ImapDial) -> None:
    """CREATE names in modified UTF-7 of several scripts: refused, or LIST shows the same octets and EXAMINE takes them."""
    session = dial.login()
    kept = [_is_kept(session, dial.name(word)) for word in INTERNATIONAL]
    if not any(known is not None for known in kept):
        raise NotSupported("international names are not taken")
    assert False not in kept


@verifies("RFC3501-5.1.3-02", refuted_by=rewrite(rb"&-", b"&", of=rb"LIST .*"))
def test_an_ampersand_is_kept_as_given(dial: ImapDial) -> None:
    """CREATE names with &-, at the end and inside: refused, or LIST shows the same octets and EXAMINE takes them."""
    session = dial.login()
    kept = [_is_kept(session, dial.name(word)) for word in (b"Tom &- Jerry", b"R&-D", b"a&-")]
    if not any(known is not None for known in kept):
        raise NotSupported("names with an ampersand are not taken")
    assert False not in kept


@verifies("RFC3501-5.1.3-01", "RFC3501-5.1.3-02", refuted_by=rewrite(rb"&([^-]+)-", rb"&\1A-", of=rb"LIST .*"))
def test_generated_names_are_kept_as_given(dial: ImapDial) -> None:
    """CREATE generated names of letters, digits, spaces and international text, quoted or as literals: LIST shows each as given."""

    @batches(3)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        session = dial.login()
        for said in data.draw(
            st.lists(mailbox_names(dial.name()), min_size=8, max_size=8, unique_by=lambda s: s.value.lower())
        ):
            if session.command("CREATE", *said.words).is_ok:
                shown = session.command('LIST ""', *said.words).ok().listed
                assert list(shown) == [said.value], f"CREATE {said.value!r}, LIST shows {list(shown)!r}"

    each()


@verifies("RFC3501-5.1.3-03", refuted_by=GRANTED)
@pytest.mark.parametrize("word", ["&Jjo!", "&Jjo", "a&"])
def test_a_name_that_does_not_shift_back_cannot_be_created(dial: ImapDial, word: str) -> None:
    """CREATE a name whose BASE64 does not end with a hyphen: refused."""
    assert dial.login().command("CREATE", quoted(dial.name(word))).refused


@verifies("RFC3501-5.1.3-04", refuted_by=GRANTED)
def test_a_name_with_a_superfluous_shift_cannot_be_created(dial: ImapDial) -> None:
    """CREATE a name that shifts to US-ASCII and at once to BASE64 again: refused."""
    assert dial.login().command("CREATE", quoted(dial.name(b"&U,BTFw-&ZeVnLIqe-"))).refused


@verifies("RFC3501-5.1.3-05", refuted_by=GRANTED)
def test_a_name_with_printable_ascii_in_base64_cannot_be_created(dial: ImapDial) -> None:
    """CREATE a name with "ab" in BASE64: refused."""
    assert dial.login().command("CREATE", quoted(dial.name(b"&AGEAYg-"))).refused


@verifies("RFC3501-5.1.3-06", refuted_by=GRANTED)
def test_a_name_with_half_a_surrogate_pair_cannot_be_created(dial: ImapDial) -> None:
    """CREATE a name with one half of a surrogate pair in BASE64: refused."""
    assert dial.login().command("CREATE", quoted(dial.name(b"&2D0-"))).refused


def _is_kept(session: Imap, name: bytes) -> bool | None:
    """Whether a created name is listed with the same octets and can be examined; None if it cannot be created."""
    if not session.command("CREATE", quoted(name)).is_ok:
        return None
    listed = session.command('LIST ""', quoted(name)).ok().listed
    return list(listed) == [name] and session.command("EXAMINE", quoted(name)).is_ok
