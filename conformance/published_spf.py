"""A published SPF record, judged without a message (RFC 7208): its terms are walked as if none of them matched.

What an evaluation asks for depends on the client's address, so lookups without an answer are counted for both families.
Hosts of `mx` are counted and not asked for: a verifier's own limit holds for them. Invariant: the walk ends; a record
that leads back to itself is not walked again, and neither are more than TERMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.published_dns import UDP_OCTETS, Answer, Resolver, Spent
from conformance.published_findings import Finding, Level, Place, seam, violation
from conformance.wire import spf, spf_macros
from conformance.wire.scanner import VIOLATION_LIMIT, Parsed
from conformance.wire.spf import Directive, Modifier, Record
from conformance.wire.spf_macros import MacroString

LOOKUPS = 10
VOID_LOOKUPS = 2
EXCHANGES = 10
"""Addresses that one `mx` may ask for (RFC 7208 section 4.6.4)."""
TERMS = 100
FAMILIES: Mapping[str, str] = {"A": "IPv4", "AAAA": "IPv6"}

_SECTIONS: Mapping[str, str] = {
    "version": "4.5",
    "terms": "4.6.1",
    "mechanism": "4.6.1",
    "name": "4.6.1",
    "modifier": "6",
    "all": "5.1",
    "include": "5.2",
    "a": "5.3",
    "mx": "5.4",
    "ptr": "5.5",
    "ip4": "5.6",
    "ip6": "5.6",
    "ip4-network": "5.6",
    "ip6-network": "5.6",
    "ip4-cidr-length": "5.6",
    "ip6-cidr-length": "5.6",
    "exists": "5.7",
    "redirect": "6.1",
    "exp": "6.2",
}
"""The section of a term, and of a grammar rule; the others are about macros, section 7.1."""


@dataclass(frozen=True, slots=True)
class _Here:
    """A record on the walk: its name, what was read of it, and the names that led to it, its own included."""

    name: str
    read: Parsed[Record]
    path: tuple[str, ...]

    @property
    def text(self) -> bytes:
        return self.read.message.raw

    @property
    def terms(self) -> tuple[Directive | Modifier, ...]:
        return self.read.value.terms

    def broken(self, term: Directive | Modifier) -> bool:
        """Whether something is, or may be, wrong in a term, so that it leads nowhere: not all violations may be kept."""
        found = self.read.violations
        return len(found) >= VIOLATION_LIMIT or any(term.start <= each.start <= term.end for each in found)

    def place(self, term: Directive | Modifier) -> Place:
        return Place(self.name, self.text, term.start, term.end)


class Walk:
    """Judges the record of a domain; `findings` holds each finding once, in the order of the walk.

    `lookups` counts the terms that cause lookups, `void` those without an answer for clients of each family.
    """

    def __init__(self, domain: str, resolver: Resolver) -> None:
        self.lookups = 0
        self.void = dict.fromkeys(FAMILIES, 0)
        self.records: dict[str, bytes] = {}
        self._domain = domain
        self._resolver = resolver
        self._findings: dict[Finding, None] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)

    def judge(self, answer: Answer) -> None:
        """Judge what the domain's TXT records are, and all that they lead to."""
        place = Place(self._domain)
        try:
            self._type_99()
            texts = [text for text in answer.texts if spf.is_record(text)]
            for text in answer.texts:
                if text not in texts and b"v=spf1" in text.lower():
                    self._tell(
                        Level.NOTE,
                        "4.5",
                        "this is no SPF record: it does not begin with v=spf1 and a space",
                        Place(self._domain, text, 0, len(text)),
                    )
            if not texts:
                self._tell(Level.WARNING, "4.5", "there is no SPF record: the result is none", place)
            elif len(texts) > 1:
                self._tell(Level.ERROR, "3.2", f"there are {len(texts)} SPF records: {_PERMERROR}", place)
            else:
                self._explicit_end(self._record(self._domain, answer, ()))
        except Spent as spent:
            self._tell(Level.UNANSWERED, "4.6.4", f"the walk ends here: {spent}; what is left is not judged", place)

    def _tell(self, level: Level, section: str, sentence: str, place: Place) -> None:
        self._findings[Finding(level, 7208, section, sentence, place)] = None

    def _type_99(self) -> None:
        place = Place(self._domain)
        answer = self._resolver.ask(self._domain, "SPF")
        if answer.trouble:
            self._tell(
                Level.NOTE, "3.1", f"whether there is a record of type SPF is not known: {answer.trouble}", place
            )
        elif answer.records:
            self._tell(Level.ERROR, "3.1", "there is a record of type SPF (99): only TXT is for SPF", place)

    # One record

    def _record(self, name: str, answer: Answer, path: tuple[str, ...]) -> _Here:
        strings = next(strings for strings in answer.strings if spf.is_record(b"".join(strings)))
        text = b"".join(strings)
        here = _Here(name, spf.read(text), (*path, name.lower()))
        self.records[name] = text
        if answer.octets > UDP_OCTETS:
            self._tell(
                Level.WARNING,
                "3.4",
                f"the answer has {answer.octets} octets: more than the {UDP_OCTETS} that fit in UDP",
                Place(name, text),
            )
        if len(strings) > 1:
            self._tell(Level.NOTE, "3.3", f"the record stands in {len(strings)} strings", Place(name, text))
            self._findings |= dict.fromkeys(seam(name, strings, 7208, "3.3"))
        for found in here.read.violations:
            self._findings[violation(found, 7208, _SECTIONS.get(found.rule, "7.1"), name, text)] = None
        self._spelling(here)
        self._terms(here)
        return here

    def _spelling(self, here: _Here) -> None:
        names = [(0, len(b"v=spf1")), *((term.start, term.start + len(term.name) + 1) for term in here.terms)]
        for start, end in names:
            word = here.text[start:end]
            if word != word.lower():
                place = Place(here.name, here.text, start, end)
                self._tell(Level.NOTE, "4.6.1", "upper case: allowed, and a stumbling block for verifiers", place)
                return

    def _terms(self, here: _Here) -> None:
        """Take each term that is evaluated; the mechanisms behind `all` and a redirect beside it are not."""
        mechanisms = [term for term in here.terms if isinstance(term, Directive)]
        ends = next((at for at, term in enumerate(mechanisms, 1) if term.name == "all"), len(mechanisms))
        if mechanisms[ends:]:
            place = Place(here.name, here.text, mechanisms[ends].start, mechanisms[-1].end)
            self._tell(Level.NOTE, "5.1", "mechanisms behind all are ignored", place)
        for term in mechanisms[:ends]:
            self._directive(term, here)
        ignored = any(term.name == "all" for term in mechanisms)
        for modifier in here.terms:
            if isinstance(modifier, Modifier) and modifier.name == "redirect":
                self._redirect(modifier, here, ignored=ignored)

    def _explicit_end(self, here: _Here) -> None:
        """Whether the domain's own record says what holds where nothing matches (RFC 7208 section 4.7)."""
        if not any(term.name in ("all", "redirect") for term in here.terms):
            self._tell(
                Level.NOTE,
                "4.7",
                "neither all nor redirect: the result is neutral where nothing matches",
                Place(here.name, here.text, len(here.text), len(here.text)),
            )

    # One term

    def _directive(self, term: Directive, here: _Here) -> None:
        place = here.place(term)
        match term.name:
            case "all" if term.qualifier == "+":
                self._tell(Level.WARNING, "5.1", "everybody is authorized", place)
            case "all" if term.qualifier == "?":
                self._tell(Level.NOTE, "5.1", "?all says nothing of anybody else", place)
            case "ptr":
                self._tell(Level.WARNING, "5.5", "ptr is slow and not reliable: it should not be published", place)
                self._looks_up(place)
            case "include" | "a" | "mx" | "exists":
                self._looks_up(place)
                self._follow(term, term.domain, here)

    def _redirect(self, term: Modifier, here: _Here, *, ignored: bool) -> None:
        place = here.place(term)
        if ignored:
            self._tell(Level.NOTE, "6.1", "redirect is ignored beside all", place)
            return
        if term is not here.terms[-1]:
            self._tell(Level.WARNING, "6.1", "redirect should be the last term", place)
        self._looks_up(place)
        self._follow(term, term.value, here)

    def _looks_up(self, place: Place) -> None:
        self.lookups += 1
        if self.lookups == LOOKUPS + 1:
            sentence = f"from here on more than {LOOKUPS} terms cause lookups: {_PERMERROR}"
            self._tell(Level.ERROR, "4.6.4", sentence, place)
        if self.lookups > TERMS:
            raise Spent(f"{TERMS} terms cause lookups")

    def _follow(self, term: Directive | Modifier, domain: MacroString | None, here: _Here) -> None:
        """Ask for what a term leads to, unless it is broken or depends on the message."""
        place = here.place(term)
        letters = spf_macros.letters(domain or ())
        if "p" in letters:
            self._tell(Level.WARNING, "7.2", "the macro p should not be published", place)
            self._looks_up(place)
        if letters - {"d"}:
            self._tell(Level.UNJUDGED, "7", "what this leads to depends on the message", place)
        elif not here.broken(term):
            self._arrive(term.name, self._target(domain, here, place), here, place)

    def _target(self, domain: MacroString | None, here: _Here, place: Place) -> str:
        """Return the name that a term is about (RFC 7208 section 4.8)."""
        if domain is None:
            return here.name
        if isinstance(domain[-1], str) and domain[-1].endswith("."):
            self._tell(Level.WARNING, "7.3", "a dot at the end of a name should not be published", place)
        return spf_macros.target_name(domain, {"d": here.name})

    def _arrive(self, kind: str, target: str, here: _Here, place: Place) -> None:
        if kind in ("include", "redirect"):
            self._enter(kind, target, here, place)
            return
        questions = {"a": tuple(FAMILIES), "mx": ("MX",), "exists": ("A",)}[kind]
        answers = {question: self._resolver.ask(target, question) for question in questions}
        troubles = [answer.trouble for answer in answers.values() if answer.trouble]
        if troubles:
            self._unanswered(target, troubles[0], place, _SECTIONS[kind])
            return
        self._count_void([family for family in FAMILIES if answers.get(family, answers[questions[0]]).void], place)
        if all(answer.void for answer in answers.values()):
            self._tell(Level.NOTE, _SECTIONS[kind], f"{target} has no such record: this matches nobody", place)
        exchanges = len(answers[questions[0]].records) if kind == "mx" else 0
        if exchanges > EXCHANGES:
            sentence = f"{target} has {exchanges} MX records, and {EXCHANGES} may be looked up: {_PERMERROR}"
            self._tell(Level.ERROR, "4.6.4", sentence, place)

    def _enter(self, kind: str, target: str, here: _Here, place: Place) -> None:
        """Walk on in the record of another domain (RFC 7208 sections 5.2 and 6.1)."""
        section = _SECTIONS[kind]
        if target.lower() in here.path:
            self._tell(Level.ERROR, "4.6.4", f"this leads back to {target}, without end: {_PERMERROR}", place)
            return
        answer = self._resolver.ask(target, "TXT")
        texts = [text for text in answer.texts if spf.is_record(text)]
        if answer.void:
            self._count_void(list(FAMILIES), place)
        if answer.trouble:
            self._unanswered(target, answer.trouble, place, section)
        elif not texts:
            self._tell(Level.ERROR, section, f"{target} has no SPF record: {_PERMERROR}", place)
        elif len(texts) > 1:
            self._tell(Level.ERROR, "3.2", f"{target} has {len(texts)} SPF records: {_PERMERROR}", place)
        else:
            self._record(target, answer, here.path)

    def _count_void(self, families: list[str], place: Place) -> None:
        for family in families:
            self.void[family] += 1
            if self.void[family] == VOID_LOOKUPS + 1:
                self._tell(
                    Level.WARNING,
                    "4.6.4",
                    f"for clients with {FAMILIES[family]}, from here on more than {VOID_LOOKUPS} lookups find nothing: permerror",
                    place,
                )

    def _unanswered(self, target: str, trouble: str, place: Place, section: str) -> None:
        self._tell(Level.UNANSWERED, section, f"{target} is not to be had: {trouble}", place)


_PERMERROR = "the result is permerror"
