"""What the responses of IMAP's extensions must obey beyond their grammar, whose rows stand in audits_imap_extension_rows."""

from __future__ import annotations

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import drop, inject_before, rewrite, say
from conformance.hearing_imap_state import Heard, upper
from conformance.transcript import quote
from conformance.wire.imap_values import MailboxList
from conformance.wire.rfc2342 import Namespace, NamespaceResponse
from conformance.wire.rfc4314 import ListRights
from conformance.wire.rfc4731 import Esearch


def _trouble(heard: Heard, why: str) -> Trouble:
    return Trouble(heard.start, f"{why}: {quote(bytes(heard.raw[:160]))}")


def _namespaces(heard: Heard) -> list[Namespace]:
    data = heard.response.data
    if heard.name != b"NAMESPACE" or not isinstance(data, NamespaceResponse):
        return []
    return [one for kind in (data.personal, data.other, data.shared) for one in kind or ()]


@audits(
    "RFC2342-6-02",
    refuted_by=rewrite(rb"\* NAMESPACE .*", b'* NAMESPACE (({5}\r\nbo\xeete "/")) NIL NIL', of=rb"NAMESPACE"),
)
def namespace_prefixes_have_no_8_bit_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the octets of each prefix: modified UTF-7 has none above 127; not where UTF-8 was enabled."""
    found = _namespaces(heard)
    if not found or heard.state.wide:
        return None
    return all(one.prefix.isascii() for one in found) or _trouble(heard, "an octet above 127 in a prefix")


@audits(
    "RFC2342-5-04",
    refuted_by=rewrite(rb"\* NAMESPACE .*", b'* NAMESPACE (("" "/" "ODD" ("x"))) NIL NIL', of=rb"NAMESPACE"),
)
def namespace_extensions_are_known_or_begin_with_x(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the names of extension data of NAMESPACE: X- or TRANSLATION (RFC 5255 section 3.4)."""
    found = _namespaces(heard)
    if not found:
        return None
    names = {bytes(name).upper() for one in found for name, _ in one.extensions}
    strange = [name for name in names if not name.startswith(b"X-") and name != b"TRANSLATION"]
    return _trouble(heard, f"{strange[0].decode('latin-1')} is no such name") if strange else True


@audits("RFC4314-3.7-01", refuted_by=rewrite(rb"(\* LISTRIGHTS .*)$", rb"\1 zz", of=rb"LISTRIGHTS .*"))
def listrights_names_each_right_once(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Count the letters in all strings of each LISTRIGHTS response; the virtual c and d (RFC 4314 section 2.1.1) are let pass."""
    data = heard.response.data
    if heard.name != b"LISTRIGHTS" or not isinstance(data, ListRights):
        return None
    letters = [right for right in data.required + b"".join(data.optional) if right not in b"cd"]
    return len(set(letters)) == len(letters) or _trouble(heard, "a right is named twice")


@audits(
    "RFC5258-3.5-01",
    refuted_by=rewrite(rb"(\* LIST \S.*)$", rb'\1 ("CHILDINFO" ("SUBSCRIBED"))', of=rb'LIST "" .* RETURN .*'),
)
def childinfo_comes_with_recursivematch_only(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for CHILDINFO in LIST responses to commands that do not say RECURSIVEMATCH, where the client uses extensions at all."""
    data = heard.response.data
    if heard.name != b"LIST" or not isinstance(data, MailboxList) or heard.state.base or heard.state.notified:
        return None
    if b"CHILDINFO" not in [name for name, _ in data.extended]:
        return True
    asked = any(b"RECURSIVEMATCH" in command.raw.upper() for command in heard.in_progress)
    return asked or not heard.state.sure or _trouble(heard, "RECURSIVEMATCH was not said")


def _esearch(heard: Heard) -> Esearch | None:
    data = heard.response.data
    return data if heard.name == b"ESEARCH" and isinstance(data, Esearch) else None


@audits("RFC4731-3.1-02", refuted_by=rewrite(rb'\(TAG "[^"]*"\)', b'(TAG "other")', of=rb"SEARCH RETURN .*"))
def esearch_names_the_tag_of_its_command(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold the tag in each ESEARCH response against the tags of this connection so far (a search may be kept up to date, RFC 5267)."""
    data = _esearch(heard)
    if data is None or not heard.state.sure:
        return None
    tags = heard.done | {command.tag for command in heard.in_progress}
    if data.tag is None:
        asked = any(b"RETURN" in command.raw.upper() for command in heard.in_progress)
        return _trouble(heard, "no tag is named") if asked else None
    return data.tag in tags or _trouble(heard, "no command had this tag")


@audits("RFC4731-3.1-03", refuted_by=rewrite(rb"(ESEARCH \(TAG [^)]*\)) UID", rb"\1", of=rb"UID SEARCH RETURN .*"))
def esearch_says_uid_where_uids_were_asked_for(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for UID in each ESEARCH response: there if the command of its tag is UID SEARCH or another UID command, and else not."""
    data = _esearch(heard)
    command = next((c for c in heard.in_progress if data is not None and c.tag == data.tag), None)
    if data is None or command is None or not data.pairs or heard.state.enabled & {b"UIDONLY"}:
        return None
    return data.uid == command.verb.startswith(b"UID ") or _trouble(
        heard, f"in answer to {command.verb.decode('latin-1')}"
    )


@audits("RFC9051-7.3.4-01", refuted_by=rewrite(rb"MIN (\d+)", rb"MIN \1 MIN \1", of=rb"SEARCH RETURN .*"))
def each_item_of_esearch_comes_once(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the names in each ESEARCH response; the updates of RFC 5267 may repeat theirs."""
    data = _esearch(heard)
    if data is None:
        return None
    names = [name for name, _ in data.pairs if name not in (b"ADDTO", b"REMOVEFROM")]
    return len(set(names)) == len(names) or _trouble(heard, "an item is there twice")


@audits("RFC5161-3.1-07", refuted_by=rewrite(rb"\* ENABLED", b"* ENABLED X-UNASKED", of=rb"ENABLE .*"))
def enabled_names_only_what_was_asked_for(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold the names of ENABLED against the words of ENABLE commands in progress and before; CONDSTORE comes with QRESYNC."""
    asked = upper([word for command in heard.in_progress for word in command.text.split()])
    if heard.name != b"ENABLED" or b"ENABLE" not in asked or not heard.state.sure:
        return None
    implied = {b"CONDSTORE"} if b"QRESYNC" in asked else set()
    more = upper(heard.response.data) - asked - implied - heard.state.enabled
    return _trouble(heard, "a name that was not asked for") if more else True


def count_of(uids: bytes) -> int:
    """Return how many UIDs a set without "*" names, as it is written."""
    count = 0
    for part in bytes(uids).split(b","):
        first, _, last = part.partition(b":")
        count += abs(int(last or first) - int(first)) + 1
    return count


@audits(
    "RFC4315-3-06", refuted_by=rewrite(rb"\[COPYUID (\d+) (\S+) \S+\]", rb"[COPYUID \1 \2 1:4000]", of=rb"UID COPY .*")
)
def copyuid_gives_a_target_uid_for_each_source_uid(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Count the UIDs in both sets of each COPYUID code."""
    code = heard.response.code
    if code is None or code.name != b"COPYUID" or heard.parsed.violations:
        return None
    _, source, target = code.data
    return count_of(source) == count_of(target) or _trouble(heard, "the sets are not of one size")


@audits(
    "RFC4315-3-02",
    refuted_by=rewrite(rb"\[APPENDUID (\d+) (\d+)\]", rb"[APPENDUID \1 \2:4294967295]", of=rb"APPEND .*"),
)
def appenduid_of_one_message_is_one_uid(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Count the UIDs in APPENDUID codes where MULTIAPPEND is not announced, so that the command has one message."""
    code = heard.response.code
    if code is None or code.name != b"APPENDUID" or heard.parsed.violations or heard.verb != b"APPEND":
        return None
    return None if _profile.announced("MULTIAPPEND") else count_of(code.data[1]) == 1 or _trouble(heard, "not one UID")


@audits("RFC7162-3.2.10-01", refuted_by=rewrite(rb"\* VANISHED \d+$", b"* 2 EXPUNGE", of=rb"EXPUNGE"))
def vanished_takes_the_place_of_expunge_with_qresync(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for EXPUNGE behind an ENABLED response that named QRESYNC."""
    if b"QRESYNC" not in heard.state.enabled:
        return None
    return _trouble(heard, "QRESYNC is enabled") if heard.name == b"EXPUNGE" else heard.name == b"VANISHED" or None


@audits("RFC7162-3.1.2-01", refuted_by=drop(of=rb"SELECT .*", when=rb"\* OK \[HIGHESTMODSEQ"))
def selecting_brings_highestmodseq_once_condstore_is_enabled(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether HIGHESTMODSEQ or NOMODSEQ stands between SELECT or EXAMINE and its OK, behind an ENABLED response with CONDSTORE or QRESYNC."""
    course = heard.course
    if heard.completes != b"OK" or heard.verb not in (b"SELECT", b"EXAMINE") or course is None or not course.alone:
        return None
    if not heard.state.enabled & {b"CONDSTORE", b"QRESYNC"}:
        return None
    told = course.codes & {b"HIGHESTMODSEQ", b"NOMODSEQ"}
    return bool(told) or _trouble(heard, "neither HIGHESTMODSEQ nor NOMODSEQ before it")


@audits("RFC7162-3.2.10-02", refuted_by=say(b"* VANISHED (EARLIER) 1\r\n", of=rb"EXPUNGE", when=rb"\* VANISHED"))
def earlier_is_said_of_former_expunges_only(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for VANISHED (EARLIER) while neither SELECT, EXAMINE nor UID FETCH is in progress (RFC 7162 sections 3.2.5 and 3.2.6)."""
    if heard.name != b"VANISHED" or not heard.state.sure:
        return None
    if not getattr(heard.response.data, "earlier", False):
        return True
    asked = any(verb in (b"SELECT", b"EXAMINE", b"UID FETCH") for verb in heard.verbs)
    return asked or _trouble(heard, "no command in progress asks for former expunges")


@audits("RFC9208-4.3.1-03", refuted_by=inject_before(b"* NO [OVERQUOTA] the mailbox is full\r\n", of=rb"LIST .*"))
def untagged_overquota_comes_with_a_mailbox_or_a_command_that_adds(
    heard: Heard, _profile: Profile
) -> Trouble | bool | None:
    """Look for untagged OVERQUOTA while it is sure that no mailbox is selected and that no command adds messages."""
    if heard.code != b"OVERQUOTA" or heard.response.tag != b"*" or not heard.state.sure:
        return None
    adds = any(verb.endswith((b"APPEND", b"COPY", b"MOVE", b"REPLACE")) for verb in heard.verbs)
    return adds or heard.state.selected != b"" or _trouble(heard, "no mailbox is selected")
