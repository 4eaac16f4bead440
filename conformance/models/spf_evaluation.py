"""One evaluation of check_host() (RFC 7208 sections 4 to 7), by one reading of what the text leaves open.

Invariant: pure, and bounded by the limits of section 4.6.4 whatever the records say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from conformance.models.answers import Answer, Lookup, Outcome
from conformance.models.spf_results import CHOICES, Conclusion, Result
from conformance.wire import spf, spf_macros
from conformance.wire.spf_macros import MacroString

TERM_LIMIT = 10
"""Terms that cause DNS queries, in one evaluation (RFC 7208 section 4.6.4)."""
NAMES_LIMIT = 10
"""Names out of MX or PTR records whose addresses one term asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The arguments of check_host(), and what a verifier knows besides: its name, and the time in Unix seconds."""

    ip: IPv4Address | IPv6Address
    domain: str
    sender: str
    helo: str
    receiver: str
    now: int
    void_limit: int | None


class _Ended(Exception):
    """An error has ended the whole evaluation: only a record that was not found is anybody's to interpret."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


@dataclass(slots=True)
class _Term:
    """A term while it is evaluated: the domain whose record it stands in, and whether any of its queries was void."""

    domain: str
    void: bool = False


Reason = tuple[str, MacroString]
"""The domain whose record said fail, and its `exp`."""


class Evaluation:
    """Evaluates one question; `met` are the choices that it came upon, `lookups` and `voids` what it counted."""

    def __init__(self, question: Question, lookup: Lookup, reading: Mapping[str, str]) -> None:
        local, _, domain = question.sender.rpartition("@")
        # 4.3: a sender without a local-part
        self._sender = (local or "postmaster", domain)
        # 5: an IPv4 client that comes over IPv6 is an IPv4 client
        self._ip = getattr(question.ip, "ipv4_mapped", None) or question.ip
        self._question = question
        self._lookup = lookup
        self._reading = reading
        self._void_terms = 0
        self.met: set[str] = set()
        self.lookups = 0
        self.voids = 0

    def conclude(self) -> Conclusion:
        """Come to a result, and fetch its explanation (RFC 7208 section 6.2)."""
        try:
            result, reason = self._check(self._question.domain)
        except _Ended as ended:
            return Conclusion(ended.result)
        return Conclusion(result, None if reason is None else self._explanation(*reason))

    def others(self) -> Iterator[Mapping[str, str]]:
        """Yield the readings that differ from this one in one choice that it came upon."""
        for choice in sorted(self.met):
            for option in CHOICES[choice][1:]:
                yield {**self._reading, choice: option}

    def _option(self, choice: str) -> str:
        self.met.add(choice)
        return self._reading.get(choice, CHOICES[choice][0])

    # Records.

    def _check(self, domain: str) -> tuple[Result, Reason | None]:
        """check_host() for a domain (RFC 7208 sections 4.3 to 4.7)."""
        name = domain.removesuffix(".")
        # 4.3: a domain of one label can have no record; 2.3: nor has an address literal
        record = self._record(name) if _well_formed(name) and "." in name and name[0] != "[" else None
        if record is None:
            return Result.NONE, None
        for directive in record.directives:
            if self._matches(directive, _Term(domain)):
                result = Result(spf.QUALIFIERS[directive.qualifier])
                exp = record.modifier("exp") if result is Result.FAIL else None
                return result, None if exp is None else (domain, exp)
        redirect = record.modifier("redirect")
        return (Result.NEUTRAL, None) if redirect is None else self._redirected(redirect, _Term(domain))

    def _record(self, name: str) -> spf.Record | None:
        """Fetch and select a record (RFC 7208 sections 4.4 and 4.5), None without one."""
        texts = [text for text in map(b"".join, self._answer(name, "TXT").values) if spf.is_record(text)]
        if len(texts) > 1 and len(set(texts)) == 1 and self._option("equal records") == "one":
            del texts[1:]
        if not texts:
            return None
        read = spf.read(texts[0])
        if len(texts) > 1 or read.violations:
            raise _Ended(Result.PERMERROR)
        return read.value

    def _redirected(self, redirect: MacroString, term: _Term) -> tuple[Result, Reason | None]:
        """RFC 7208 section 6.1: what the other record comes to, with its own `exp`."""
        self._count_term()
        result, reason = self._check(self._target(redirect, term))
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR)
        return result, reason

    # Mechanisms.

    def _matches(self, directive: spf.Directive, term: _Term) -> bool:
        """Whether a mechanism matches (RFC 7208 section 5)."""
        if directive.name == "all":
            return True
        if directive.network is not None:
            return self._within(directive, directive.network)
        self._count_term()
        target = term.domain.removesuffix(".") if directive.domain is None else self._target(directive.domain, term)
        choice = "malformed include" if directive.name == "include" else "malformed target"
        if not _well_formed(target):
            if self._option(choice) == "permerror":
                raise _Ended(Result.PERMERROR)
            return False
        return bool(getattr(self, f"_{directive.name}")(directive, target, term))

    def _include(self, _directive: spf.Directive, target: str, _term: _Term) -> bool:
        result, _ = self._check(target)
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR)
        return result is Result.PASS

    def _exists(self, _directive: spf.Directive, target: str, term: _Term) -> bool:
        return bool(self._answer(target, "A", term).values)

    def _a(self, directive: spf.Directive, target: str, term: _Term) -> bool:
        return self._any_within(directive, self._answer(target, self._kind, term))

    def _mx(self, directive: spf.Directive, target: str, term: _Term) -> bool:
        # 4.6.4 may be read as if addresses were counted, not names; nobody does, and 5.4 speaks of lookups
        exchanges = self._answer(target, "MX", term).values
        if len(exchanges) > NAMES_LIMIT and self._option("too many MX") == "at once":
            raise _Ended(Result.PERMERROR)
        for place, (_, exchange) in enumerate(exchanges):
            if place == NAMES_LIMIT:
                raise _Ended(Result.PERMERROR)
            name = exchange.removesuffix(".")
            if _well_formed(name) and self._any_within(directive, self._answer(name, self._kind, term)):
                return True
        return False

    def _ptr(self, _directive: spf.Directive, target: str, term: _Term) -> bool:
        # the last list of 5.5 has the relation the wrong way round: its procedure and its example agree
        return any(_is_within(name, target) for name in self._validated(term)[0])

    def _validated(self, term: _Term | None) -> tuple[list[str], bool]:
        """Return the validated names of the client (RFC 7208 section 5.5), and whether a DNS error occurred."""
        pointers = self._answer_or_failure(self._ip.reverse_pointer, "PTR", term)
        names = [name.removesuffix(".") for name in pointers.values]
        if len(names) > NAMES_LIMIT:
            option = self._option("too many PTR")
            names = {"first ten": names[:NAMES_LIMIT], "last ten": names[-NAMES_LIMIT:]}.get(option, [])
        answers = [(name, self._answer_or_failure(name, self._kind, term)) for name in names if _well_formed(name)]
        valid = [name for name, answer in answers if str(self._ip) in map(_canonical, answer.values)]
        failed = any(answer.outcome is Outcome.FAILED for answer in (pointers, *(answer for _, answer in answers)))
        return valid, failed

    # Addresses.

    @property
    def _kind(self) -> str:
        """The type of the addresses that are asked for (RFC 7208 section 5)."""
        return "A" if isinstance(self._ip, IPv4Address) else "AAAA"

    def _any_within(self, directive: spf.Directive, answer: Answer) -> bool:
        family = type(self._ip)
        return any(self._within(directive, family(address)) for address in answer.values)

    def _within(self, directive: spf.Directive, network: IPv4Address | IPv6Address) -> bool:
        """Whether the high-order bits of the client's address are those of a network."""
        if self._ip.version != network.version:
            return False
        length = directive.ip4_length if network.version == 4 else directive.ip6_length
        shift = 0 if length is None else network.max_prefixlen - length
        return int(self._ip) >> shift == int(network) >> shift

    # Limits.

    def _count_term(self) -> None:
        # 4.6.4 limits the terms "during evaluation": those that are never reached do not count
        self.lookups += 1
        if self.lookups > TERM_LIMIT:
            raise _Ended(Result.PERMERROR)

    def _answer(self, name: str, kind: str, term: _Term | None = None) -> Answer:
        """Ask; a failure ends the evaluation (RFC 7208 sections 4.4 and 5)."""
        answer = self._answer_or_failure(name, kind, term)
        if answer.outcome is Outcome.FAILED:
            raise _Ended(Result.TEMPERROR)
        return answer

    def _answer_or_failure(self, name: str, kind: str, term: _Term | None) -> Answer:
        """Ask, and count a void lookup of a term (RFC 7208 section 4.6.4)."""
        answer = self._lookup(name, kind)
        if answer.void and term is not None:
            self.voids += 1
            self._void_terms += not term.void
            term.void = True
            self._limit_voids()
        return answer

    def _limit_voids(self) -> None:
        limit = self._question.void_limit
        if limit is not None and self.voids > limit:
            option = self._option("void lookups")
            counted = {"by term": self._void_terms, "by lookup": self.voids}.get(option, 0)
            if counted > limit:
                raise _Ended(Result.PERMERROR)

    # Macros.

    def _target(self, domain_spec: MacroString, term: _Term) -> str:
        if "p" in spf_macros.letters(domain_spec) and self._option("%{p} counts") == "yes":
            self._count_term()
        return spf_macros.target_name(domain_spec, self._values(domain_spec, term.domain, term))

    def _values(self, string: MacroString, domain: str, term: _Term | None) -> Mapping[str, str]:
        """Return what the macro letters stand for (RFC 7208 section 7.2); that of `p` is looked up only if it is used."""
        local, of_sender = self._sender
        return {
            "s": f"{local}@{of_sender}",
            "l": local,
            "o": of_sender,
            "d": domain,
            "i": spf_macros.dotted(self._ip),
            "p": self._validated_name(domain, term) if "p" in spf_macros.letters(string) else "",
            "v": "in-addr" if self._ip.version == 4 else "ip6",
            "h": self._question.helo,
            "c": str(self._ip),
            "r": self._question.receiver,
            "t": str(self._question.now),
        }

    def _validated_name(self, domain: str, term: _Term | None) -> str:
        names, failed = self._validated(term)
        if failed and self._option("%{p} after an error") == "unknown":
            names = []
        if not names:
            return "unknown"
        option = self._option("%{p} of several") if len(names) > 1 else "first"
        if option != "best":
            return names[0 if option == "first" else -1]
        base = domain.removesuffix(".")
        return min((name for name in names if _is_within(name, base)), key=len, default=names[0])

    def _explanation(self, domain: str, exp: MacroString) -> str | None:
        """Fetch and expand the explanation (RFC 7208 section 6.2); whatever is wrong with it, there is none."""
        target = spf_macros.target_name(exp, self._values(exp, domain, None))
        texts = self._lookup(target, "TXT").values if _well_formed(target) else ()
        if len(texts) != 1:
            return None
        read = spf_macros.explain_string(b"".join(texts[0]))
        text = spf_macros.expand(read.value, self._values(read.value, domain, None))
        return text if not read.violations and text.isascii() else None


def _well_formed(name: str) -> bool:
    """Whether a name can be asked for: labels of 1 to 63 characters, 253 in all, ASCII (RFC 7208 section 4.3).

    Which characters they are is the DNS' matter, which knows no such name.
    """
    return name.isascii() and len(name) <= spf_macros.NAME_LIMIT and all(0 < len(x) <= 63 for x in name.split("."))


def _is_within(name: str, domain: str) -> bool:
    """Whether a name is a domain or a subdomain of it."""
    return f".{name}".lower().endswith(f".{domain}".lower())


def _canonical(address: str) -> str:
    return str(IPv6Address(address)) if ":" in address else address
