"""What an answer must bring before its completion, and where response codes may stand: RFC 3501 sections 6 and 7.1, RFC 5530.

Required data is looked for only behind OK and while no other command was in progress. A command that begins with the
keyword alone is meant: what an extension adds (RETURN, IMAP4rev2) may change what is required.
"""

from __future__ import annotations

import re

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import Fault, drop, inject_before, rewrite
from conformance.hearing_imap_state import SELECTING, Heard
from conformance.transcript import quote

ADDING = (b"APPEND", b"COPY", b"UID COPY", b"MOVE", b"UID MOVE", b"REPLACE", b"UID REPLACE")
"""Commands that put messages into a named mailbox."""
ENTERING = (b"LOGIN", b"AUTHENTICATE")
_RETURN = re.compile(rb"\S+ (?:UID )?(?:SEARCH|SORT|THREAD) RETURN\b", re.IGNORECASE)
_FUZZY = re.compile(rb"\bFUZZY\b", re.IGNORECASE)


def brings(
    title: str, *requirements: str, verbs: tuple[bytes, ...], names: tuple[bytes, ...], refuted_by: Fault | None = None
) -> None:
    """Register an audit: an OK to these commands stands behind a response of one of these names."""

    def rule(heard: Heard, _profile: Profile) -> Trouble | bool | None:
        course = heard.course
        if heard.verb not in verbs or heard.completes != b"OK" or course is None or not course.alone:
            return None
        if any(name in course.names for name in names):
            return True
        if not heard.state.sure or _other_answer(heard, course.raw):
            return None
        return Trouble(heard.start, f"OK without {names[0].decode()} to {quote(course.raw[:80])}")

    rule.__name__ = title.replace(" ", "_")
    said = " or ".join(verb.decode() for verb in verbs)
    rule.__doc__ = (
        f"See what came between {said} and its OK: {' or '.join(name.decode() for name in names)} must be there."
    )
    of = rb"(%b)\b.*" % b"|".join(verbs)
    when = rb"\* (\d+ )?(%b)\b" % b"|".join(names)
    audits(*requirements, refuted_by=refuted_by or drop(of=of, when=when), protocol="imap")(rule)


def _other_answer(heard: Heard, raw: bytes) -> bool:
    """Whether what was said, or enabled before, changes the response that is required; ENABLE alone is no command."""
    if heard.state.enabled & {b"IMAP4REV2", b"UIDONLY"} or heard.state.wide or raw.upper().endswith(b" ENABLE\r\n"):
        return True
    return _RETURN.match(raw) is not None or _FUZZY.search(raw) is not None


brings("capability is answered by its response", "RFC3501-6.1.1-01", verbs=(b"CAPABILITY",), names=(b"CAPABILITY",))
brings("selecting brings flags", "RFC3501-6.3.1-01", "RFC3501-6.3.1-11", verbs=SELECTING, names=(b"FLAGS",))
brings("selecting brings exists", "RFC3501-6.3.1-02", "RFC3501-6.3.1-11", verbs=SELECTING, names=(b"EXISTS",))
brings("selecting brings recent", "RFC3501-6.3.1-03", "RFC3501-6.3.1-11", verbs=SELECTING, names=(b"RECENT",))
brings("status is answered by its response", "RFC3501-6.3.10-01", verbs=(b"STATUS",), names=(b"STATUS",))
brings(
    "search is answered by its response",
    "RFC3501-6.4.4-02",
    verbs=(b"SEARCH", b"UID SEARCH"),
    names=(b"SEARCH", b"ESEARCH"),
)
brings("sort is answered by its response", "RFC5256-BASE.6.4.SORT-01", "RFC5256-BASE.6.4.SORT-11", verbs=(b"SORT", b"UID SORT"), names=(b"SORT", b"ESEARCH"))  # fmt: skip
brings("namespace is answered by one response", "RFC2342-5-01", verbs=(b"NAMESPACE",), names=(b"NAMESPACE",))
brings("id is answered by its response", "RFC2971-3.1-01", verbs=(b"ID",), names=(b"ID",))
brings("getquota is answered by its response", "RFC2087-4.2-01", verbs=(b"GETQUOTA",), names=(b"QUOTA",))
brings("getquotaroot is answered by its response", "RFC2087-4.3-01", verbs=(b"GETQUOTAROOT",), names=(b"QUOTAROOT",))
brings("getacl is answered by its response", "RFC4314-3.3-01", verbs=(b"GETACL",), names=(b"ACL",))
brings("listrights is answered by its response", "RFC4314-3.4-01", verbs=(b"LISTRIGHTS",), names=(b"LISTRIGHTS",))
brings("myrights is answered by its response", "RFC4314-3.5-01", verbs=(b"MYRIGHTS",), names=(b"MYRIGHTS",))
brings("enable is answered by its response", "RFC5161-3.1-04", verbs=(b"ENABLE",), names=(b"ENABLED",))


def _selection_code(code: bytes, heard: Heard) -> Trouble | bool | None:
    course = heard.course
    if heard.verb not in SELECTING or heard.completes != b"OK" or course is None or not course.alone:
        return None
    if code in course.codes:
        return True
    return Trouble(heard.start, f"no untagged OK [{code.decode()}] to {quote(course.raw[:80])}")


@audits(
    "RFC3501-6.3.1-10",
    "RFC3501-2.3.1.1-11",
    refuted_by=drop(of=rb"(SELECT|EXAMINE) .*", when=rb"\* OK \[UIDVALIDITY"),
)
def selecting_brings_uidvalidity(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether an untagged status response with the code UIDVALIDITY stands between SELECT or EXAMINE and its OK."""
    found = _selection_code(b"UIDVALIDITY", heard)
    return None if isinstance(found, Trouble) and heard.course and b"UIDNOTSTICKY" in heard.course.codes else found


@audits("RFC3501-6.3.1-09", refuted_by=drop(of=rb"(SELECT|EXAMINE) .*", when=rb"\* OK \[UIDNEXT"))
def selecting_brings_uidnext(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """See whether an untagged status response with the code UIDNEXT stands between SELECT or EXAMINE and its OK."""
    return _selection_code(b"UIDNEXT", heard)


@audits("RFC3501-6.3.2-02", refuted_by=rewrite(rb"OK \[READ-ONLY\]", b"OK [READ-WRITE]", of=rb"EXAMINE .*"))
def examine_is_completed_with_read_only(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the response code of each OK to EXAMINE."""
    if heard.verb != b"EXAMINE" or heard.completes != b"OK":
        return None
    return heard.code == b"READ-ONLY" or Trouble(heard.start, quote(bytes(heard.raw[:120])))


@audits("RFC2087-4.3-02", refuted_by=drop(of=rb"GETQUOTAROOT .*", when=rb"\* QUOTA "))
def each_quota_root_listed_comes_with_its_quota(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Hold the roots that QUOTAROOT lists against the QUOTA responses of the same GETQUOTAROOT."""
    course = heard.course
    if heard.verb != b"GETQUOTAROOT" or heard.completes != b"OK" or course is None or not course.alone:
        return None
    roots = {bytes(root) for r in course.responses if r.name == b"QUOTAROOT" for root in r.data.roots}
    told = {bytes(r.data.root) for r in course.responses if r.name == b"QUOTA"}
    if not roots:
        return None
    return Trouble(heard.start, f"no QUOTA of {sorted(roots - told)}") if roots - told else True


# Where codes may stand.


def _placed(heard: Heard, code: bytes, right: bool) -> Trouble | bool | None:
    return None if heard.code != code else right or Trouble(heard.start, quote(bytes(heard.raw[:160])))


@audits(
    "RFC3501-7.1-04", refuted_by=rewrite(rb"(\S+) (OK|NO) (\[.*?\] )?", rb"\1 \2 [TRYCREATE] ", of=rb"(LIST|SEARCH) .*")
)
def trycreate_stands_where_a_target_is_missing(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every response with TRYCREATE: it is a NO to APPEND, COPY, MOVE or REPLACE (an untagged NO while one is in progress)."""
    adding = any(verb in ADDING for verb in (heard.verbs if heard.response.tag == b"*" else (heard.verb,)))
    return _placed(heard, b"TRYCREATE", (adding and heard.name == b"NO") or not heard.state.sure)


@audits("RFC2221-3-05", refuted_by=inject_before(b"* OK [REFERRAL imap://mail.test/] elsewhere\r\n", of=rb"NOOP"))
def a_referral_stands_in_a_tagged_no_or_ok_or_in_bye(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every response with REFERRAL."""
    right = heard.name == b"BYE" or (heard.response.tag != b"*" and heard.name in (b"OK", b"NO"))
    return _placed(heard, b"REFERRAL", right)


@audits("RFC5530-3-02", refuted_by=rewrite(rb"(\S+) OK (\[.*?\] )?", rb"\1 OK [AUTHENTICATIONFAILED] ", of=rb"LIST .*"))
def authenticationfailed_stands_in_a_no_to_a_login(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every tagged response with AUTHENTICATIONFAILED: it is a NO, and to LOGIN or AUTHENTICATE (URLAUTH's commands aside)."""
    if heard.response.tag == b"*":
        return None
    right = heard.name == b"NO" and heard.verb in (*ENTERING, b"UNAUTHENTICATE")
    return _placed(heard, b"AUTHENTICATIONFAILED", right or not heard.state.sure)


@audits("RFC5530-3-07", refuted_by=rewrite(rb"(\S+) OK (\[.*?\] )?", rb"\1 OK [PRIVACYREQUIRED] ", of=rb"NOOP"))
def privacyrequired_is_said_without_privacy_only(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every response with PRIVACYREQUIRED: it refuses, and the connection is not under TLS."""
    return _placed(heard, b"PRIVACYREQUIRED", not heard.state.under_tls and heard.name != b"OK")


@audits("RFC5530-3-13", refuted_by=rewrite(rb"(\S+) OK (\[.*?\] )?", rb"\1 OK [CANNOT] ", of=rb"NOOP"))
def cannot_is_not_said_with_ok(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at every tagged response with CANNOT."""
    return None if heard.response.tag == b"*" else _placed(heard, b"CANNOT", heard.name != b"OK")
