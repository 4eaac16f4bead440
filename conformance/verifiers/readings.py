"""What a verifier's words mean: replies of RFC 7208 section 8 and RFC 7372, and the two header fields of section 9.

Of DKIM and DMARC the Authentication-Results field alone tells (RFC 8601), or a reply that refuses for their sake.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from conformance.target_verifiers import Verifier
from conformance.verifiers import Opinion, Query
from conformance.wire import received_spf, rfc5322, rfc8601
from conformance.wire.received_spf import RESULTS
from conformance.wire.scanner import Message
from conformance.wire.smtp import enhanced_of

TEXT_LIMIT = 1 << 12
"""Octets of a reply's text that are looked at: a verifier has said what it thinks by then."""
WORDS = rb"perm(?:anent )?error|temp(?:orary )?error|softfail|neutral|none|pass|fail"
IN_REPLY = re.compile(rb"\bspf\b.{0,200}?\b(" + WORDS + rb")(?:ed|ure|s)?\b", re.IGNORECASE | re.DOTALL)
IN_OUTPUT = re.compile(
    rb"(?<![\w.@-])(" + b"|".join(sorted(map(str.encode, RESULTS))) + rb")(?![\w@-]|\.\w)", re.IGNORECASE
)
"""A result that stands alone: a label of a domain is none."""
_SPF = re.compile(rb"\bspf\b", re.IGNORECASE)
_OF_ADDRESSES = re.compile(rb"[45]\.1\.")
"""Status codes of an address itself (RFC 3463 section 3.2): an MTA may speak of SPF behind each of its refusals."""


def pattern_of(row: Verifier, default: re.Pattern[bytes]) -> re.Pattern[bytes]:
    """Return the pattern that finds the result's word."""
    return re.compile(row.pattern.encode()) if row.pattern else default


def result_of(word: bytes | None) -> str | None:
    """Return the result that a word names, in any case, None if it names none."""
    plain = (word or b"").decode("latin-1").lower()
    spelled = plain.replace("permanent error", "permerror").replace("temporary error", "temperror")
    return spelled if spelled in RESULTS else None


def text_of(octets: bytes) -> str:
    """Return octets as text, those that are no UTF-8 as escapes."""
    return octets.decode("utf-8", "backslashreplace")


def of_reply(
    code: int, texts: Sequence[bytes], *, row: Verifier, query: Query, source: str, raw: bytes, alone: bool = False
) -> Opinion | None:
    """Read a negative reply; None if it is not about what is verified. `alone` says that its sender looks at nothing else.

    The enhanced codes of RFC 7372 section 3.2 count first, then the words, then, where SPF is spoken of, the codes of
    RFC 7208 section 8. What the query itself has said is no word of the verifier's.
    """
    if row.method != "spf":
        return _of_other_reply(code, without(b" ".join(texts)[:TEXT_LIMIT], query), row.method, source, raw)
    enhanced = enhanced_of(texts[-1]) if texts else b""
    text = b" ".join(line.removeprefix(enhanced_of(line)).strip() for line in texts)[:TEXT_LIMIT]
    result, note = _by_code(code, enhanced), f"enhanced status code {text_of(enhanced)}"
    if result is None:
        own_words = without(text, query)
        match = pattern_of(row, IN_REPLY).search(own_words)
        result, note = result_of(match[1]) if match else None, "by its words"
        if result is None and not _OF_ADDRESSES.match(enhanced) and (alone or _SPF.search(own_words)):
            result, note = _by_class(code, enhanced), "by the reply code alone"
    if result is None:
        return None
    return Opinion(result=result, explanation=text_of(text), source=source, raw=raw, note=note)


def _of_other_reply(code: int, text: bytes, method: str, source: str, raw: bytes) -> Opinion | None:
    """Read a reply that names DKIM or DMARC: a message is refused for nothing but a failure."""
    if not re.search(rb"\b" + method.encode() + rb"\b", text, re.IGNORECASE):
        return None
    result = "temperror" if code < 500 else "fail"
    return Opinion(result=result, explanation=text_of(text), source=source, raw=raw, note="by the reply code alone")


def _by_code(code: int, enhanced: bytes) -> str | None:
    kind, _, detail = enhanced.partition(b".")
    if detail == b"7.23":
        return "fail"
    if detail == b"7.24":
        return "temperror" if kind == b"4" or code < 500 else "permerror"
    return None


def _by_class(code: int, enhanced: bytes) -> str:
    if code < 500:
        return "temperror"
    return "permerror" if enhanced == b"5.5.2" else "fail"


def without(text: bytes, query: Query) -> bytes:
    """Write x for the addresses and names that a query has brought: a verifier may repeat them."""
    for words in (query.mail_from, query.mail_from.rpartition("@")[2], query.helo):
        said = words.encode()
        if b"." in said or b"@" in said:
            text = text.replace(said, b"x" * len(said))
    return text


def of_message(message: bytes, sent: bytes, row: Verifier) -> Opinion:
    """Read the verifier's field off a message as it arrived; what stood in the message as sent is nobody's verdict.

    A field that was sent and arrives more than once was written again, and is his.
    """
    ours = Counter(rfc5322.unfolded(field.raw) for field in rfc5322.fields_of(sent))
    fields = []
    for field in reversed(rfc5322.fields_of(message)):
        text = rfc5322.unfolded(field.raw)
        ours[text] -= 1
        if ours[text] < 0:
            fields.append(field)
    return replace(of_fields(fields[::-1], row), message=message)


def of_fields(fields: Sequence[Message], row: Verifier) -> Opinion:
    """Read the topmost field of the verifier's (RFC 7208 section 9.1), and those of its kind right below it.

    A verifier may write one for each identity: then that for MAIL FROM counts.
    """
    if row.method != "spf":
        return _of_other_fields(fields, row)
    read = _received_spf if row.reads == "received-spf" else _authentication_results
    found: list[tuple[str, Opinion]] = []
    for field in fields:
        opinions = read(field, row)
        if found and not opinions:
            break
        found += opinions
    if not found:
        return Opinion(result=None, source=row.reads, note=f"no {_called(row)} field")
    return next((opinion for identity, opinion in found if identity == "mailfrom"), found[0][1])


def _of_other_fields(fields: Sequence[Message], row: Verifier) -> Opinion:
    """Read what the verifier's Authentication-Results fields say of DKIM or DMARC.

    A message may have several signatures: one that passes is enough. Of what is not mentioned there is none.
    """
    found = [(field, _infos(field, row)) for field in fields]
    infos = [info for _, told in found for info in told]
    results = [info.result for info in infos]
    told = [text for info in infos for text in (*([info.reason] if info.reason else ()), *info.comments)]
    return Opinion(
        result="pass" if "pass" in results else next(iter(results), "none"),
        explanation=text_of(_in_one_line(b"; ".join(told))),
        source=row.reads,
        raw=b"".join(field.raw for field, told in found if told),
        note="" if infos else f"no word on {row.method} in a {_called(row)} field",
    )


def _infos(field: Message, row: Verifier) -> tuple[rfc8601.ResInfo, ...]:
    """Return what an Authentication-Results field of the right authserv-id says of the row's method."""
    if rfc5322.name_of(field.raw) != rfc8601.NAME.lower():
        return ()
    said = rfc8601.read(field).value
    if row.authserv_id and text_of(said.authserv_id).lower() != row.authserv_id.lower():
        return ()
    return said.of(row.method)


def _called(row: Verifier) -> str:
    name = received_spf.NAME if row.reads == "received-spf" else rfc8601.NAME
    return name.decode() + (f" of {row.authserv_id}" if row.authserv_id and row.reads != "received-spf" else "")


def _in_one_line(text: bytes) -> bytes:
    return re.sub(rb"[ \t]*\r?\n[ \t]*", b" ", text)


def _received_spf(field: Message, row: Verifier) -> list[tuple[str, Opinion]]:
    """Return the identity and the opinion of a Received-SPF field, nothing for any other."""
    if rfc5322.name_of(field.raw) != received_spf.NAME.lower():
        return []
    said = received_spf.read(field).value
    told = [part for part in (said.comment, said.value("problem")) if part]
    opinion = Opinion(
        result=said.result or None,
        explanation=text_of(_in_one_line(b"; ".join(told))),
        source=row.reads,
        raw=field.raw,
        note=f"identity={said.identity}" if said.identity else "",
    )
    return [(said.identity, opinion)]


def _authentication_results(field: Message, row: Verifier) -> list[tuple[str, Opinion]]:
    """Return the identities and opinions on SPF of an Authentication-Results field of the right authserv-id."""
    found = []
    for info in _infos(field, row):
        named = [p.name for p in info.properties if p.ptype == "smtp" and p.name in received_spf.IDENTITIES]
        identity = "mailfrom" if "mailfrom" in named else next(iter(named), "")
        opinion = Opinion(
            result=result_of(info.result.encode()),
            explanation=text_of(_in_one_line(info.reason or b"; ".join(info.comments))),
            source=row.reads,
            raw=field.raw,
            note=f"identity={identity}" if identity else f"spf={info.result}",
        )
        found.append((identity, opinion))
    return found
