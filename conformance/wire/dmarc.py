"""DMARC policy records (RFC 7489 sections 6.3 and 6.4): read with every violation in its place.

The ABNF has the words of values in quotes, so their letter case is free, but for the version. Tags that are not known
are no violations: they are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.wire import tag_list
from conformance.wire.scanner import Message, Parsed, Scanner
from conformance.wire.tag_list import Tag

POLICIES = ("none", "quarantine", "reject")
FORMATS = ("afrf",)
"""The reporting formats that are registered (RFC 7489 section 11.4)."""

_KNOWN = frozenset({"v", "p", "sp", "rua", "ruf", "adkim", "aspf", "ri", "fo", "rf", "pct"})
_START = re.compile(rb"[ \t]*v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_NUMBERS = {
    "dmarc-ainterval": (re.compile(rb"[0-9]{1,20}"), 2**32 - 1, 86_400),
    "dmarc-percent": (re.compile(rb"[0-9]{1,3}"), 100, 100),
}
"""The form, the largest number and the default."""
_URI = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9A-Fa-f]{2})+")
_LIMIT = re.compile(rb"([0-9]{1,20})[kmgtKMGT]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """Where reports go; `limit` is the largest size wanted, as written ("10m"), empty without one."""

    uri: str
    limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """What a record asks for; tags that are left out, or broken, have their defaults.

    `policy` is None where p= is missing or none of POLICIES, and `subdomain_policy` where p= holds for subdomains too.
    `interval` is in seconds. `tags` are all that stand there, known or not.
    """

    policy: str | None
    subdomain_policy: str | None = None
    rua: tuple[Uri, ...] = ()
    ruf: tuple[Uri, ...] = ()
    adkim: str = "r"
    aspf: str = "r"
    interval: int = 86_400
    options: tuple[str, ...] = ("0",)
    formats: tuple[str, ...] = FORMATS
    percent: int = 100
    tags: tuple[Tag, ...] = field(default=(), compare=False)

    def tag(self, name: str) -> Tag | None:
        """Return the tag of this name, None without it."""
        return next((tag for tag in self.tags if tag.name == name), None)

    @property
    def unknown(self) -> tuple[Tag, ...]:
        """The tags that receivers ignore."""
        return tuple(tag for tag in self.tags if tag.name not in _KNOWN)


def is_record(text: bytes) -> bool:
    """Whether a text begins with the version, so that it is not discarded (RFC 7489 section 6.6.3)."""
    return _START.match(text) is not None


def read(text: bytes) -> Parsed[Dmarc]:
    """dmarc-record: read a whole text; a dmarc-sep at the end may have white space behind it."""
    at = Scanner(text, end=len(text.rstrip(b" \t")))
    tags = {tag.name: tag for tag in tag_list.tag_list(at)}
    order = list(tags)
    _version(at, tags.get("v"), first=order[:1] == ["v"])
    policy = _word(at, tags.get("p"), "dmarc-request", POLICIES)
    if "p" not in tags:
        at.note("dmarc-request", "p=none, p=quarantine or p=reject", at.end, at.end)
    elif order[0] == "v" and order[1] != "p":
        at.note("dmarc-request", "p= right behind v=", tags["p"].start, tags["p"].end)
    value = Dmarc(
        policy=policy,
        subdomain_policy=_word(at, tags.get("sp"), "dmarc-srequest", POLICIES),
        rua=_uris(at, tags.get("rua"), "dmarc-auri"),
        ruf=_uris(at, tags.get("ruf"), "dmarc-furi"),
        adkim=_word(at, tags.get("adkim"), "dmarc-adkim", ("r", "s")) or "r",
        aspf=_word(at, tags.get("aspf"), "dmarc-aspf", ("r", "s")) or "r",
        interval=_number(at, tags.get("ri"), "dmarc-ainterval"),
        options=_listed(at, tags.get("fo"), "dmarc-fo", ("0", "1", "d", "s")) or ("0",),
        formats=_listed(at, tags.get("rf"), "dmarc-rfmt", FORMATS) or FORMATS,
        percent=_number(at, tags.get("pct"), "dmarc-percent"),
        tags=tuple(tags.values()),
    )
    return Parsed(Message(text, 0), value, tuple(at.violations))


def _version(at: Scanner, tag: Tag | None, *, first: bool) -> None:
    """dmarc-version = "v" *WSP "=" *WSP "DMARC1", letter for letter, before all others."""
    if tag is None:
        at.note("dmarc-version", "v=DMARC1", 0, 0)
    elif tag.value != b"DMARC1":
        at.note("dmarc-version", "DMARC1", tag.value_start, tag.end)
    elif not first:
        at.note("dmarc-version", "v= before all other tags", tag.start, tag.end)


def _word(at: Scanner, tag: Tag | None, rule: str, words: tuple[str, ...]) -> str | None:
    """One of these words; None without the tag, or with a violation."""
    if tag is None:
        return None
    word = tag.value.decode("latin-1").lower()
    if word in words:
        return word
    at.note(rule, " / ".join(words), tag.value_start, tag.end)
    return None


def _number(at: Scanner, tag: Tag | None, rule: str) -> int:
    """1*DIGIT up to a largest number; the default without the tag, or with a violation."""
    form, most, default = _NUMBERS[rule]
    if tag is None:
        return default
    if form.fullmatch(tag.value) and int(tag.value) <= most:
        return int(tag.value)
    at.note(rule, f"a number from 0 to {most}", tag.value_start, tag.end)
    return default


def _listed(at: Scanner, tag: Tag | None, rule: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Some of these words, with ":" between."""
    if tag is None:
        return ()
    found = [part.strip(b" \t").decode("latin-1").lower() for part in tag.value.split(b":")]
    if not set(found) <= set(words):
        at.note(rule, f"{' / '.join(words)}, with ':' between", tag.value_start, tag.end)
    return tuple(word for word in found if word in words)


def _uris(at: Scanner, tag: Tag | None, rule: str) -> tuple[Uri, ...]:
    """dmarc-uri *(*WSP "," *WSP dmarc-uri); one that is none is left out, with a violation."""
    uris = []
    start = tag.value_start if tag is not None else 0
    for part in tag.value.split(b",") if tag is not None else ():
        text = part.strip(b" \t")
        uri, mark, limit = text.partition(b"!")
        begins = start + part.find(text)
        if not _URI.fullmatch(uri):
            at.note(rule, "a URI, with ',' and '!' in it encoded", begins, begins + len(text))
        elif mark and not _fits(limit):
            at.note(rule, "a size of up to 64 bits behind '!', then k, m, g, t or nothing", begins, begins + len(text))
        else:
            uris.append(Uri(uri=uri.decode("ascii"), limit=limit.decode("ascii").lower()))
        start += len(part) + 1
    return tuple(uris)


def _fits(limit: bytes) -> bool:
    match = _LIMIT.fullmatch(limit)
    return match is not None and int(match[1]) < 2**64
