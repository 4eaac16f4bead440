"""RFC 5464 sections 4.2 and 4.3: the options of GETMETADATA, and what SETMETADATA sets, replaces and removes."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    NotSupported,
    astring,
    forward,
    inject_before,
    needs,
    rewrite,
    say,
    string,
    verifies,
)
from conformance.sessions.imap_answer import Answer

pytestmark = needs("METADATA")
COMMENT = b"/shared/comment"
OURS = b"/shared/vendor/mailconform/test"
HUGE = 256 * 1024


def _box(dial: ImapDial, **values: bytes) -> tuple[Imap, bytes]:
    """A mailbox with entries below our own, "a_b" for a/b."""
    session = dial.login()
    name = dial.create(session)
    for word, value in values.items():
        _set(session, name, (_entry(word), value)).ok()
    return session, name


def _entry(word: str) -> bytes:
    return OURS + b"/" + word.replace("_", "/").encode()


def _set(session: Imap, name: bytes, *pairs: tuple[bytes, bytes | None]) -> Answer:
    words = [word for entry, value in pairs for word in (astring(entry), b"NIL" if value is None else string(value))]
    return session.command("SETMETADATA", astring(name), "(", *words, ")")


def _values(asked: Answer) -> dict[bytes, bytes]:
    """Entry in lower case -> value, of all METADATA responses, those that say NIL left out."""
    told = [pair for response in asked.all("METADATA") for pair in response.data.values]
    return {entry.lower(): bytes(value) for entry, value in told if value is not None}


def _asked(session: Imap, name: bytes, option: str, *entries: bytes) -> Answer:
    """GETMETADATA with an option before the mailbox as in the ABNF, or else behind it as in the examples."""
    words: tuple[bytes, ...] = entries if len(entries) == 1 else (b"(", *entries, b")")
    asked = session.command("GETMETADATA", f"({option})", astring(name), *words)
    return asked if asked.status != b"BAD" else session.command("GETMETADATA", astring(name), f"({option})", *words)


@verifies("RFC5464-4.2-01", refuted_by=rewrite(rb"second", b"other", of=rb"GETMETADATA .*"))
def test_entries_are_returned_with_their_values(dial: ImapDial) -> None:
    """SETMETADATA of two of three entries, GETMETADATA of these two, then of one: their values, for that mailbox."""
    session, name = _box(dial, one=b"first", two=b"second", three=b"third")
    asked = session.command("GETMETADATA", astring(name), "(", _entry("one"), _entry("two"), ")")
    assert asked.is_ok
    assert _values(asked) == {_entry("one"): b"first", _entry("two"): b"second"}
    assert all(response.data.mailbox == name for response in asked.all("METADATA"))
    assert _values(session.command("GETMETADATA", astring(name), _entry("two")).ok()) == {_entry("two"): b"second"}


@verifies("RFC5464-4.2-02", refuted_by=say(b"<tag> NO no such entry\r\n", of=rb"GETMETADATA .*"))
def test_an_entry_without_value_is_nil_or_left_out(dial: ImapDial) -> None:
    """GETMETADATA of an entry that was never set: OK, and no value."""
    session, name = _box(dial)
    for entry in (COMMENT, _entry("never")):
        asked = session.command("GETMETADATA", astring(name), entry)
        assert asked.is_ok
        assert not _values(asked)


@verifies("RFC5464-4.2.1-01", refuted_by=rewrite(rb"LONGENTRIES \d+", b"LONGENTRIES 4", of=rb"GETMETADATA .*"))
def test_values_above_the_maximum_size_are_left_out_and_counted(dial: ImapDial) -> None:
    """GETMETADATA (MAXSIZE 10) of values of 9, 10, 11 and 30 octets: the first two, and LONGENTRIES 30."""
    session, name = _box(dial, a=b"a" * 9, b=b"b" * 10, c=b"c" * 11, d=b"d" * 30)
    asked = _asked(session, name, "MAXSIZE 10", *(_entry(word) for word in "abcd"))
    assert asked.is_ok
    assert _values(asked) == {_entry("a"): b"a" * 9, _entry("b"): b"b" * 10}
    assert asked.code == b"METADATA"
    assert asked.codes[b"METADATA"] == (b"LONGENTRIES", 30)


@verifies("RFC5464-4.2.1-01", refuted_by=forward(rb"\1 1\2", of=rb"(GETMETADATA .*MAXSIZE) 10(\).*)"))
def test_values_up_to_the_maximum_size_are_returned(dial: ImapDial) -> None:
    """GETMETADATA (MAXSIZE 10) of values of 9 and 10 octets: both."""
    session, name = _box(dial, a=b"a" * 9, b=b"b" * 10)
    asked = _asked(session, name, "MAXSIZE 10", _entry("a"), _entry("b"))
    assert asked.is_ok
    assert _values(asked) == {_entry("a"): b"a" * 9, _entry("b"): b"b" * 10}


@verifies("RFC5464-4.2.2-01", refuted_by=forward(rb"\1 infinity\2", of=rb"(GETMETADATA .*DEPTH) 1(\).*)"))
def test_entries_below_are_returned_down_to_the_depth(dial: ImapDial) -> None:
    """Set a, a/b, a/b/c and ab, GETMETADATA with DEPTH 0, 1 and infinity of a: one, two, three entries, never ab."""
    session, name = _box(dial, a=b"1", a_b=b"2", a_b_c=b"3", ab=b"4")
    wanted = {_entry("a"): b"1", _entry("a_b"): b"2", _entry("a_b_c"): b"3"}
    for count, depth in ((1, "0"), (2, "1"), (3, "infinity")):
        asked = _asked(session, name, f"DEPTH {depth}", _entry("a"))
        assert asked.is_ok
        assert _values(asked) == dict(list(wanted.items())[:count])


@verifies("RFC5464-4.2.2-01", refuted_by=forward(rb"GETMETADATA \1", of=rb"GETMETADATA \(DEPTH \w+\) (.*)"))
def test_entries_below_are_returned_though_the_entry_has_no_value(dial: ImapDial) -> None:
    """Set a/b and a/b/c, GETMETADATA with DEPTH 1 and infinity of a: one, two entries."""
    session, name = _box(dial, a_b=b"2", a_b_c=b"3")
    assert _values(_asked(session, name, "DEPTH 1", _entry("a")).ok()) == {_entry("a_b"): b"2"}
    assert set(_values(_asked(session, name, "DEPTH infinity", _entry("a")).ok())) == {_entry("a_b"), _entry("a_b_c")}


@verifies("RFC5464-4.2.2-02", refuted_by=forward(rb"GETMETADATA (DEPTH 1) \1", of=rb"GETMETADATA ([^(].*)"))
def test_without_a_depth_nothing_below_is_returned(dial: ImapDial) -> None:
    """Set a and a/b, GETMETADATA of a: a alone."""
    session, name = _box(dial, a=b"1", a_b=b"2")
    assert _values(session.command("GETMETADATA", astring(name), _entry("a")).ok()) == {_entry("a"): b"1"}


@verifies("RFC5464-4.2.2-02", refuted_by=say(b"<tag> OK done\r\n", of=rb"GETMETADATA .*"))
def test_another_depth_is_answered_bad(dial: ImapDial) -> None:
    """GETMETADATA with DEPTH 2 and with a word that is none: BAD."""
    session, name = _box(dial)
    for depth in ("2", "all"):
        asked = _asked(session, name, f"DEPTH {depth}", COMMENT)
        session.must_be_alive()
        assert asked.is_bad


@verifies("RFC5464-4.3-01", refuted_by=forward(b"NOOP", of=rb"SETMETADATA .*NIL.*"))
def test_entries_are_set_replaced_and_removed(dial: ImapDial) -> None:
    """SETMETADATA of two entries, of one of them again, and to NIL: GETMETADATA has what was set last."""
    session, name = _box(dial)
    one, two = _entry("one"), _entry("two")
    steps: list[tuple[tuple[tuple[bytes, bytes | None], ...], dict[bytes, bytes]]] = [
        (((one, b"1"), (two, b"2")), {one: b"1", two: b"2"}),
        (((one, b"more than 1"),), {one: b"more than 1", two: b"2"}),
        (((one, None),), {two: b"2"}),
    ]
    for pairs, wanted in steps:
        assert _set(session, name, *pairs).is_ok
        assert _values(session.command("GETMETADATA", astring(name), "(", one, two, ")").ok()) == wanted


@verifies(
    "RFC5464-4.3-02", refuted_by=inject_before(b'* METADATA box (/shared/comment "x")\r\n', of=rb"SETMETADATA .*")
)
def test_what_one_sets_oneself_is_not_told(dial: ImapDial) -> None:
    """SETMETADATA, then NOOP: no METADATA response."""
    session, name = _box(dial)
    assert not _set(session, name, (COMMENT, b"x")).ok().all("METADATA")
    assert not session.command("NOOP").ok().all("METADATA")


@verifies("RFC5464-4.3-05", refuted_by=say(b"<tag> NO not private\r\n", of=rb"SETMETADATA .*/private.*"))
def test_a_private_entry_is_taken_or_refused_with_its_reason(dial: ImapDial) -> None:
    """SETMETADATA of /private/comment: OK, or NO with METADATA NOPRIVATE."""
    session, name = _box(dial)
    asked = _set(session, name, (b"/private/comment", b"x"))
    assert asked.is_ok or asked.codes.get(b"METADATA") == (b"NOPRIVATE", None)


@verifies(
    "RFC5464-4.3-06",
    refuted_by=forward(rb"\1)", of=rb"(SETMETADATA \S+ \(/shared/comment \S+) .*")
    | say(b"<tag> NO no\r\n", of=rb"SETMETADATA .*/private.*"),
)
def test_nothing_is_set_if_one_of_the_entries_fails(dial: ImapDial) -> None:
    """SETMETADATA of a good entry, and of a special use that does not exist or a huge value, in either order: nothing is set."""
    session, name = _box(dial)
    good = (COMMENT, b"x")
    bad = [(b"/private/specialuse", b"\\X-Mailconform"), (b"/private/comment", b"\x7f" * HUGE)]
    failed = False
    for pairs in [(good, each) for each in bad] + [(each, good) for each in bad]:
        if _set(session, name, *pairs).refused:
            failed = True
            assert not _values(session.command("GETMETADATA", astring(name), COMMENT).ok())
        _set(session, name, (COMMENT, None))
    if not failed:
        raise NotSupported("no entry is refused")
