"""Who may say what when, whatever mailbox is selected: RFC 3501 sections 2.2, 5.1, 6.1, 7.1, 7.2 and 9.

Invariant: who belongs to what is judged only while every command so far can be read in one way (`state.sure`): behind
a line that no grammar allows, a server may have seen other commands than the client meant.
"""

from __future__ import annotations

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import inject, inject_before, repeat, rewrite, say
from conformance.hearing_imap_state import Heard, top_of, upper
from conformance.transcript import quote
from conformance.wire.imap_dialogue import CONVERSES, KEPT_OCTETS
from conformance.wire.imap_registers import RESPONSES
from conformance.wire.imap_values import Fetch, MailboxList

GREETINGS = (b"OK", b"PREAUTH", b"BYE")
BASE_NAMES = frozenset(
    b"OK NO BAD BYE PREAUTH CAPABILITY FLAGS LIST LSUB SEARCH STATUS EXISTS RECENT EXPUNGE FETCH".split()
)
LISTING = (b"LIST", b"LSUB")


def _trouble(heard: Heard, why: str) -> Trouble:
    return Trouble(heard.start, f"{why}: {quote(bytes(heard.raw[:160]))}")


@audits("RFC3501-2.2.2-01", refuted_by=inject(b"stray OK done\r\n", of=rb"NOOP"))
def every_line_begins_with_an_asterisk_a_plus_or_a_tag_in_progress(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Hold the first word of every response against the tags of the commands in progress."""
    if not heard.state.sure or heard.raw[:1] == b"+":
        return None
    tag = heard.reply.tag
    known = tag in heard.done or tag.upper() in [command.tag.upper() for command in heard.in_progress]
    return _trouble(heard, "no command in progress has this tag") if heard.reply.stray and not known else True


@audits("RFC3501-2.2.2-02", refuted_by=repeat(of=rb"NOOP"))
def each_command_is_completed_once_with_its_own_tag(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for a second completion of a command, and for a tag that comes back in another letter case."""
    if not heard.state.sure:
        return None
    tag = heard.reply.tag
    if not heard.reply.stray:
        return bool(heard.completes) or None
    if tag in heard.done:
        return _trouble(heard, "this command was complete")
    spelled = [command.tag for command in heard.in_progress if command.tag.upper() == tag.upper()]
    return _trouble(heard, f"the command's tag is {spelled[0].decode('latin-1')}") if spelled else None


@audits("RFC3501-9-19", refuted_by=rewrite(rb"^\* \w+ (\[.*?\] )?", b"* HELLO ", of=rb""))
def the_greeting_is_an_untagged_ok_preauth_or_bye(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read the first response of each connection."""
    if not heard.reply.greeting:
        return None
    right = heard.response.tag == b"*" and heard.name in GREETINGS
    return right or _trouble(heard, "neither OK nor PREAUTH nor BYE")


@audits("RFC3501-7.1.4-01", refuted_by=inject_before(b"* PREAUTH welcome\r\n", of=rb"NOOP"))
def preauth_is_only_a_greeting(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for PREAUTH anywhere but in the first response."""
    if heard.reply.greeting:
        return True
    return _trouble(heard, "not the first response") if heard.name == b"PREAUTH" else None


@audits(
    "RFC3501-6.1.3-01", refuted_by=say(b"<tag> OK bye\r\n", of=rb"LOGOUT", when=rb"\* BYE") | say(b"", of=rb"LOGOUT")
)
def logout_is_answered_by_bye_and_then_ok(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether BYE has come where LOGOUT is completed OK."""
    if heard.verb != b"LOGOUT" or heard.completes != b"OK":
        return None
    return heard.state.farewell is not None or _trouble(heard, "no BYE before it")


@audits("RFC3501-7.1.5-02", refuted_by=inject_before(b"* BYE going down\r\n", of=rb"NOOP"))
def nothing_is_done_any_more_after_bye(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for an OK to a command that was sent after BYE had come."""
    farewell, command = heard.state.farewell, heard.reply.command
    if heard.name == b"BYE":
        return True
    if farewell is None or command is None or heard.completes != b"OK" or command.start < farewell:
        return None
    return _trouble(heard, "BYE came before this command was sent")


@audits("RFC3501-7.5-01", "RFC3501-2.2.1-01", refuted_by=inject_before(b"+ go on\r\n", of=rb"NOOP"))
def a_continuation_request_comes_only_where_something_is_to_be_sent(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """See whether some command in progress is IDLE, AUTHENTICATE, or has announced a literal."""
    if heard.response.tag != b"+" or not heard.state.sure:
        return None
    waits = any(
        verb in CONVERSES or b"{" in command.raw or len(command.raw) >= KEPT_OCTETS
        for verb, command in zip(heard.verbs, heard.in_progress, strict=False)
    )
    return waits or _trouble(heard, "no command in progress has more to send")


@audits(
    "RFC3501-9-59", refuted_by=rewrite(rb"\* CAPABILITY IMAP4rev1", b"* CAPABILITY IMAP4rev1 IMAP4", of=rb"CAPABILITY")
)
def imap4_is_the_first_capability(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at CAPABILITY responses that list IMAP4, the name of RFC 1730's protocol."""
    if heard.name != b"CAPABILITY":
        return None
    listed = [word.upper() for word in heard.response.data or ()]
    if b"IMAP4" not in listed:
        return None
    return listed[0] == b"IMAP4" or _trouble(heard, "IMAP4 is not the first")


@audits("RFC3501-6.5.1-01", refuted_by=inject_before(b"* X-NEWS hello\r\n", of=rb"NOOP"))
def no_experimental_response_comes_unasked(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for untagged responses whose name begins with X while no command in progress does."""
    if heard.response.tag != b"*":
        return None
    if not heard.name.startswith(b"X"):
        return True
    asked = any(verb.startswith((b"X", b"UID X")) for verb in heard.verbs)
    return True if asked or not heard.state.base else _trouble(heard, "nobody asked for it")


@audits("RFC3501-9-64", refuted_by=inject_before(b'* NAMESPACE (("" "/")) NIL NIL\r\n', of=rb"NOOP"))
def base_commands_bring_base_responses(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at untagged responses of a session that has said nothing but the commands of RFC 3501: known extensions' responses have no place there."""
    if heard.response.tag != b"*" or not heard.state.base or heard.reply.greeting:
        return None
    strange = heard.name in RESPONSES and heard.name not in BASE_NAMES and heard.name not in (b"ESEARCH", b"VANISHED")
    return _trouble(heard, "no response of the base protocol") if strange else True


@audits("RFC3501-6.1.1-04", "RFC3501-7.2.1-04", refuted_by=inject_before(b"* ESEARCH COUNT 2\r\n", of=rb"SEARCH ALL"))
def no_extension_is_used_before_the_client_asks_for_it(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for ESEARCH, VANISHED and CHILDINFO in a session that has said nothing but the commands of RFC 3501."""
    if heard.response.tag != b"*" or not heard.state.base:
        return None
    data = heard.response.data
    extended = isinstance(data, MailboxList) and bool(data.extended)
    used = heard.name in (b"ESEARCH", b"VANISHED") or extended
    return _trouble(heard, "only base commands were sent") if used else True


@audits("RFC7162-3.1-08", refuted_by=rewrite(rb"FETCH \(", b"FETCH (MODSEQ (7) ", of=rb"FETCH .*"))
def modseq_is_sent_only_to_clients_that_enabled_it(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for MODSEQ in FETCH responses of a connection on which nobody has named CONDSTORE, QRESYNC, MODSEQ or CHANGEDSINCE."""
    if heard.name != b"FETCH" or heard.state.condstore or not isinstance(heard.response.data, Fetch):
        return None
    return _trouble(heard, "nobody asked for it") if b"MODSEQ" in heard.places else True


# Names of mailboxes.


@audits("RFC3501-7.2.2-05", "RFC3501-5.1.1-01", refuted_by=rewrite(rb'"[/.]"', b'"~"', of=rb"LIST .*", after=1))
def one_delimiter_serves_all_below_a_top_level_name(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold the delimiter of each LIST and LSUB response against the first one of the same top-level name; NIL says nothing."""
    data = heard.response.data
    if heard.name not in LISTING or not isinstance(data, MailboxList) or not data.delimiter:
        return None
    first = heard.delimiters.get(top_of(data))
    if first is None or not top_of(data):
        return None
    return data.delimiter == first or _trouble(heard, f"the delimiter was {quote(first)}")


@audits("RFC3501-5.1-02", refuted_by=rewrite(rb'("\\?."|NIL) (\S+)$', b"\\1 {3}\r\nb\xf6x", of=rb"LSUB .*"))
def no_mailbox_name_has_8_bit_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the octets of names in LIST and LSUB; not where UTF-8 was enabled."""
    data = heard.response.data
    if heard.name not in LISTING or not isinstance(data, MailboxList) or heard.state.wide:
        return None
    return data.name.isascii() or _trouble(heard, "an octet above 127 in the name")


def _attributes(heard: Heard) -> frozenset[bytes]:
    data = heard.response.data
    return upper(data.attributes) if heard.name in LISTING and isinstance(data, MailboxList) else frozenset()


@audits(
    "RFC3348-3-08", refuted_by=rewrite(rb"\* LIST \(.*?\)", b"* LIST (\\\\HasChildren \\\\Noinferiors)", of=rb"LIST .*")
)
def haschildren_never_stands_beside_noinferiors(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the attributes of each LIST and LSUB response."""
    if b"\\HASCHILDREN" not in (found := _attributes(heard)):
        return None
    return b"\\NOINFERIORS" not in found or _trouble(heard, "both attributes")


@audits(
    "RFC3348-3-06",
    refuted_by=rewrite(rb"\* LIST \(.*?\)", b"* LIST (\\\\HasNoChildren \\\\Noinferiors)", of=rb"LIST .*"),
)
def hasnochildren_is_left_out_beside_noinferiors(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the attributes of each LIST and LSUB response."""
    if b"\\HASNOCHILDREN" not in (found := _attributes(heard)):
        return None
    return b"\\NOINFERIORS" not in found or _trouble(heard, "both attributes")
