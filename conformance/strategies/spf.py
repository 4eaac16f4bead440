"""SPF records by their grammar (RFC 7208 sections 7.1 and 12), as values and as text."""

from __future__ import annotations

import string

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import Spelled
from conformance.wire import spf
from conformance.wire.spf import Directive, Modifier, Record
from conformance.wire.spf_macros import CONSTANTS, DELIMITERS, EXPLANATION_LETTERS, LETTERS, Macro, MacroString

_LITERALS = "".join(chr(octet) for octet in range(0x21, 0x7F) if chr(octet) != "%")
_ALPHANUM = string.ascii_letters + string.digits


def macros(letters: str = LETTERS) -> SearchStrategy[Macro]:
    """One macro-expand (RFC 7208 section 7.1)."""
    return st.one_of(
        st.sampled_from(sorted(CONSTANTS)).map(lambda sign: Macro(letter=sign)),
        st.builds(
            Macro,
            letter=st.sampled_from(letters),
            url=st.booleans(),
            keep=st.integers(0, 130),
            reverse=st.booleans(),
            delimiters=st.text(DELIMITERS, max_size=3),
        ),
    )


def macro_strings(letters: str = LETTERS, literals: str = _LITERALS) -> SearchStrategy[MacroString]:
    """Any macro-string, also an empty one; with a space among the literals, any explain-string."""
    parts = st.one_of(st.text(literals, min_size=1, max_size=9), macros(letters))
    return st.lists(parts, max_size=5).map(_merged)


def domain_specs() -> SearchStrategy[MacroString]:
    """Any domain-spec: what is for explanations only left out."""
    letters = "".join(letter for letter in LETTERS if letter not in EXPLANATION_LETTERS)
    labels = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,8}[A-Za-z0-9])?", fullmatch=True, alphabet=_ALPHANUM + "-")
    top = st.tuples(labels.filter(lambda label: not label.isdigit()), st.sampled_from(["", "."]))
    ends = st.one_of(macros(letters), top.map(lambda said: f".{said[0]}{said[1]}"))
    return st.tuples(macro_strings(letters), ends).map(lambda said: _merged([*said[0], said[1]]))


def _merged(parts: list[str | Macro]) -> MacroString:
    """Put texts beside each other together."""
    merged: list[str | Macro] = []
    for part in parts:
        if merged and isinstance(part, str) and isinstance(merged[-1], str):
            part = merged.pop() + part  # type: ignore[operator]  # noqa: PLW2901
        merged.append(part)
    return tuple(merged)


def directives() -> SearchStrategy[Directive]:
    """Every mechanism with every qualifier and every part that it may have."""
    qualifiers = st.sampled_from(sorted(spf.QUALIFIERS))
    ip4 = st.none() | st.integers(0, 32)
    ip6 = st.none() | st.integers(0, 128)
    optional = st.none() | domain_specs()
    return st.one_of(
        st.builds(Directive, name=st.just("all"), qualifier=qualifiers),
        st.builds(Directive, name=st.sampled_from(["include", "exists"]), qualifier=qualifiers, domain=domain_specs()),
        st.builds(Directive, name=st.just("ptr"), qualifier=qualifiers, domain=optional),
        st.builds(
            Directive,
            name=st.sampled_from(["a", "mx"]),
            qualifier=qualifiers,
            domain=optional,
            ip4_length=ip4,
            ip6_length=ip6,
        ),
        st.builds(Directive, name=st.just("ip4"), qualifier=qualifiers, network=st.ip_addresses(v=4), ip4_length=ip4),
        st.builds(Directive, name=st.just("ip6"), qualifier=qualifiers, network=st.ip_addresses(v=6), ip6_length=ip6),
    )


def modifiers() -> SearchStrategy[Modifier]:
    """Modifiers that are unknown: the two that are known stand once in a record."""
    names = st.from_regex(
        r"[a-z][a-z0-9_.-]{0,9}", fullmatch=True, alphabet=string.ascii_lowercase + string.digits + "_.-"
    )
    unknown = names.filter(lambda name: name not in ("redirect", "exp"))
    return st.builds(Modifier, name=unknown, value=macro_strings())


def records() -> SearchStrategy[Record]:
    """Whole records, the known modifiers at any place."""
    known = st.lists(st.sampled_from(["redirect", "exp"]), unique=True).flatmap(
        lambda names: st.tuples(*(st.builds(Modifier, name=st.just(name), value=domain_specs()) for name in names))
    )
    others = st.lists(st.one_of(directives(), modifiers()), max_size=6)
    terms = st.tuples(known, others).flatmap(lambda said: st.permutations([*said[0], *said[1]]))
    return terms.map(lambda said: Record(tuple(said)))


def spelled_records() -> SearchStrategy[Spelled[Record]]:
    """Records in any spelling: names in any letter case, `+` written out or not, one space or more, spaces at the end."""
    return records().flatmap(lambda record: _spelled(record).map(lambda text: Spelled(record, text.encode("ascii"))))


def _spelled(record: Record) -> SearchStrategy[str]:
    terms = [_spelled_term(term) for term in record.terms]
    spaces = st.integers(1, 3).map(" ".__mul__)
    pieces = [st.tuples(spaces, term).map("".join) for term in terms]
    version = st.sampled_from(["v=spf1", "V=SPF1", "v=Spf1"])
    return st.tuples(version, *pieces, st.sampled_from(["", " ", "  "])).map("".join)


def _spelled_term(term: Directive | Modifier) -> SearchStrategy[str]:
    text = spf.write(Record((term,))).removeprefix("v=spf1 ")
    sign = text[: len(text) - len(text.lstrip("+-~?"))]
    rest = text[len(sign) + len(term.name) :]
    signs = [sign] if sign or isinstance(term, Modifier) else ["", "+"]
    names = st.sampled_from([term.name, term.name.upper(), term.name.title()])
    return st.tuples(st.sampled_from(signs), names).map(lambda said: f"{said[0]}{said[1]}{rest}")
