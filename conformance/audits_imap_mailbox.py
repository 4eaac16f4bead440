r"""What is said of the selected mailbox must agree with what was said of it before: RFC 3501 sections 2.3, 5.2, 5.5, 7.3 and 7.4.

Invariant: message numbers are judged only where it is sure which mailbox they belong to and how many messages it has:
never while SELECT or EXAMINE is in progress, and not behind a VANISHED response.
"""

from __future__ import annotations

from typing import Any

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import inject_before, rewrite, rewrite_raw
from conformance.hearing_imap_memory import STATIC_ITEMS, Record
from conformance.hearing_imap_state import Heard, upper
from conformance.transcript import quote
from conformance.wire.framing import literal_size
from conformance.wire.imap_dialogue import KEPT_OCTETS, Command
from conformance.wire.imap_values import Fetch, Search

NUMBERED = (b"FETCH", b"STORE", b"SEARCH")
"""Commands in whose answers no EXPUNGE may stand (RFC 3501 section 7.4.1)."""
SORTING = (b"SORT", b"THREAD")


def _fetched(heard: Heard) -> Fetch | None:
    data = heard.response.data
    return data if heard.name == b"FETCH" and isinstance(data, Fetch) and not heard.selecting else None


def _trouble(heard: Heard, why: str) -> Trouble:
    return Trouble(heard.start, f"{why}: {quote(bytes(heard.raw[:120]))}")


@audits("RFC3501-2.3.1.2-04", refuted_by=inject_before(b"* 4000000 FETCH (FLAGS ())\r\n", of=rb"FETCH .*"))
def no_message_number_is_above_the_count(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold the numbers of FETCH and EXPUNGE, and those of SEARCH and SORT without UID, against EXISTS and EXPUNGE so far."""
    count, number = heard.state.exists, 0
    if count is None or heard.selecting:
        return None
    if heard.name in (b"FETCH", b"EXPUNGE"):
        number = heard.response.number or 0
    elif heard.name in (b"SEARCH", b"SORT") and heard.verbs == (heard.name,):
        number = max(heard.response.data.numbers, default=0) if isinstance(heard.response.data, Search) else 0
    else:
        return None
    return _trouble(heard, f"there are {count} messages") if number > count else True


@audits("RFC3501-5.2-04", "RFC3501-7.4.1-08", refuted_by=inject_before(b"* 0 EXISTS\r\n", of=rb"NOOP"))
def exists_never_lowers_the_count(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold each EXISTS against the count that EXISTS and EXPUNGE gave so far in this selection."""
    count, number = heard.state.exists, heard.response.number
    if heard.name != b"EXISTS" or count is None or number is None or heard.selecting or not heard.state.selected:
        return None
    return _trouble(heard, f"there were {count} messages") if number < count else True


# When EXPUNGE may come. With NOTIFY (RFC 5465 section 5.3) it may come at any time, to who asked for that.


def _removes(heard: Heard) -> bool:
    """Whether this tells of a message removed now: EXPUNGE, or VANISHED without EARLIER (RFC 7162 section 3.2.10)."""
    if heard.name == b"VANISHED":
        return not getattr(heard.response.data, "earlier", True)
    return heard.name == b"EXPUNGE"


def _incomplete(command: Command) -> bool:
    """Whether the client has yet to send a part of this command: its literal, or what stands behind it."""
    raw = command.raw
    return len(raw) < KEPT_OCTETS and (not raw.endswith(b"\n") or literal_size(raw[-32:]) is not None)


def _expunged(heard: Heard) -> bool:
    return _removes(heard) and heard.state.sure and not heard.state.notified


@audits(
    "RFC3501-7.4.1-02",
    "RFC3501-5.3-01",
    "RFC7162-3.2.10.2-02",
    refuted_by=rewrite_raw(rb"\Z", b"* 1 EXPUNGE\r\n", of=rb"NOOP"),
)
def no_expunge_comes_while_no_command_is_in_progress(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See which commands are in progress where EXPUNGE, or VANISHED without EARLIER, comes; NOTIFY and IDLE permit it."""
    if not _expunged(heard):
        return None
    return _trouble(heard, "no command was in progress") if not heard.in_progress else True


@audits("RFC3501-7.4.1-06", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"APPEND .*", when=rb"\+"))
def no_expunge_comes_before_a_command_with_a_literal_is_complete(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """See whether the client had sent all of its commands where EXPUNGE comes."""
    if not _expunged(heard) or not heard.in_progress:
        return None
    if b"IDLE" in heard.verbs or b"AUTHENTICATE" in heard.verbs:
        return None
    return _trouble(heard, "the command was not complete") if all(map(_incomplete, heard.in_progress)) else True


def _none_during(heard: Heard, verb: bytes) -> Trouble | bool | None:
    """Accuse EXPUNGE where nothing but commands that forbid it are in progress, and this is the oldest."""
    if heard.verb != verb or not _removes(heard):
        return True if heard.verb == verb and heard.completes == b"OK" else None
    if heard.state.notified or not heard.state.sure or any(v not in (*NUMBERED, *SORTING) for v in heard.verbs):
        return None
    return _trouble(heard, f"during {verb.decode()}")


@audits("RFC3501-7.4.1-03", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"FETCH .*"))
def no_expunge_comes_during_fetch(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE, or VANISHED without EARLIER, while FETCH without UID is answered."""
    return _none_during(heard, b"FETCH")


@audits("RFC3501-7.4.1-04", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"STORE .*"))
def no_expunge_comes_during_store(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE, or VANISHED without EARLIER, while STORE without UID is answered."""
    return _none_during(heard, b"STORE")


@audits("RFC3501-7.4.1-05", "RFC4731-3.1-14", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"SEARCH .*"))
def no_expunge_comes_during_search(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE, or VANISHED without EARLIER, while SEARCH without UID is answered."""
    return _none_during(heard, b"SEARCH")


@audits("RFC5256-BASE.6.4.SORT-12", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"SORT .*"))
def no_expunge_comes_during_sort_or_thread(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE, or VANISHED without EARLIER, while SORT or THREAD without UID is answered."""
    return _none_during(heard, heard.verb) if heard.verb in SORTING else None


@audits(
    "RFC3501-6.4.2-02",
    "RFC7162-3.2.8-02",
    refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"CLOSE"),
)
def close_removes_messages_without_expunge(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE and VANISHED while nothing but CLOSE is in progress."""
    if heard.verbs != (b"CLOSE",):
        return None
    return _trouble(heard, "during CLOSE") if _removes(heard) else heard.completes == b"OK" or None


@audits("RFC3691-2-03", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"UNSELECT"))
def unselect_brings_no_expunge(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE and VANISHED while nothing but UNSELECT is in progress."""
    if heard.verbs != (b"UNSELECT",):
        return None
    return _trouble(heard, "during UNSELECT") if _removes(heard) else heard.completes == b"OK" or None


# What FETCH says of a message.


def _known(heard: Heard) -> tuple[Fetch, int, Record | None] | None:
    data, number = _fetched(heard), heard.response.number
    return (data, number, heard.selection.at(number)) if data is not None and number else None


@audits("RFC3501-2.3.1.1-05", refuted_by=rewrite(rb"UID (\d+)", rb"UID 9\1", of=rb"UID FETCH .*", after=5))
def the_uid_of_a_message_never_changes(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Follow the UIDs of a selection through EXPUNGE: the same message, by its number, has the same UID."""
    if b"UID" not in heard.places or (known := _known(heard)) is None:
        return None
    uid, record = known[0].get(b"UID"), known[2]
    if record is None or not record.uid:
        return None
    return _trouble(heard, f"its UID was {record.uid}") if uid != record.uid else True


@audits("RFC3501-2.3.1.1-03", "RFC3501-2.3.1.2-01", refuted_by=rewrite(rb"UID \d+", b"UID 7", of=rb"FETCH .*"))
def uids_ascend_with_message_numbers(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare each UID with those known of the messages before and behind it."""
    if b"UID" not in heard.places or (known := _known(heard)) is None:
        return None
    data, number, record = known
    uid, below, above = data.get(b"UID"), heard.selection.below(number), heard.selection.above(number)
    if record is not None and record.uid:
        return None
    if below and uid <= below:
        return _trouble(heard, f"a message of a lower number has UID {below}")
    return _trouble(heard, f"a message of a higher number has UID {above}") if above and uid >= above else True


@audits("RFC3501-2.3.1.1-14", refuted_by=rewrite(rb"RFC822.SIZE (\d+)", rb"RFC822.SIZE 9\1", of=rb"FETCH 1 .*"))
def size_date_and_structure_of_a_message_never_change(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare RFC822.SIZE, INTERNALDATE, ENVELOPE and BODYSTRUCTURE of a message with what the same selection said before."""
    if (
        heard.places.isdisjoint(STATIC_ITEMS)
        or heard.parsed.violations
        or (known := _known(heard)) is None
        or known[2] is None
    ):
        return None
    told = None
    for name, value in known[0].pairs:
        if name in known[2].statics:
            before, told = known[2].statics[name], True
            if _comparable(before) != _comparable(value):
                return _trouble(heard, f"{name.decode()} was {str(before)[:80]}")
    return told


def _comparable(value: Any) -> Any:
    return value.upper() if isinstance(value, bytes) else value


@audits("RFC3501-7.2.6-02", refuted_by=rewrite(rb"FLAGS \((?=\\)", rb"FLAGS ($Unheard ", of=rb"FETCH .*"))
def every_flag_that_fetch_shows_is_listed_in_flags(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    r"""Hold the flags of FETCH against the last FLAGS response of this selection, \Recent aside."""
    listed = heard.state.flags
    if b"FLAGS" not in heard.places or listed is None or not heard.state.selected or (data := _fetched(heard)) is None:
        return None
    shown = upper(data.get(b"FLAGS")) - {b"\\RECENT"} - listed
    return _trouble(heard, f"FLAGS has no {b' '.join(sorted(shown)).decode('latin-1')}") if shown else True


@audits("RFC3501-6.4.8-09", refuted_by=rewrite(rb" UID \d+|UID \d+ ", b"", of=rb"UID FETCH .*"))
def answers_to_uid_commands_hold_the_uid(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look through the FETCH responses to UID FETCH and UID STORE: of each message that one names with more than its flags, one has the UID."""
    course = heard.course
    if heard.verb not in (b"UID FETCH", b"UID STORE") or heard.completes != b"OK" or course is None or not course.alone:
        return None
    for number, names in course.items.items():
        if b"UID" not in names and names - {b"FLAGS", b"MODSEQ"}:
            return Trouble(heard.start, f"no UID in the FETCH responses for message {number}")
    if not course.items:
        return None
    without = all(b"UID" not in names for names in course.items.values()) and b".SILENT" not in course.raw.upper()
    return Trouble(heard.start, f"no UID in any FETCH response to {quote(course.raw[:60])}") if without else True


@audits("RFC3501-7.4.2-03", refuted_by=rewrite(rb"(BODY\[\S*?\]) ", rb"\1<0> ", of=rb"FETCH 1 \(BODY.PEEK\[\]\)"))
def no_origin_octet_is_sent_unless_a_part_was_asked_for(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for <n> behind a section in FETCH responses while no command in progress asks for a partial fetch."""
    if heard.name != b"FETCH" or not heard.state.sure or not isinstance(heard.response.data, Fetch):
        return None
    partial = any(key.endswith(b">") for key, _ in heard.response.data.pairs)
    if not partial:
        return True if b"BODY[]" in heard.places else None
    asked = any(b"<" in command.raw or len(command.raw) >= KEPT_OCTETS for command in heard.in_progress)
    return True if asked else _trouble(heard, "no partial fetch was asked for")
