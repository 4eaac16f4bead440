"""Macros of SPF (RFC 7208 section 7): macro-string, domain-spec and explain-string read, written and expanded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from conformance.wire.scanner import Message, Parsed, Scanner

LETTERS = "slodiphcrtv"
EXPLANATION_LETTERS = "crt"
"""Those that only the text of an explanation may use (RFC 7208 section 7.2)."""
DELIMITERS = ".-+,/_="
CONSTANTS: Mapping[str, str] = {"%": "%", "_": " ", "-": "%20"}
"""What stands for itself behind a percent sign, and its expansion."""
KEEP_LIMIT = 99_999
"""More right-hand parts than any value has: larger numbers are read as this one."""
NAME_LIMIT = 253
"""Characters of a domain name that is asked for (RFC 7208 section 7.3)."""

_LITERALS = re.compile(rb"[\x21-\x24\x26-\x7e]+")
_TEXT = re.compile(rb"[\x20-\x24\x26-\x7e]+")
_CONSTANT = re.compile(rb"%[%_-]")
_MACRO = re.compile(rb"%\{([slodiphcrtvSLODIPHCRTV])([0-9]*)([rR]?)([.+,/_=-]*)\}")
_TOPLABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """One macro-expand: `letter` in lower case, `url` if it stood in upper case; or one of CONSTANTS as its letter.

    `keep` is the number of right-hand parts to use, 0 for all of them; `delimiters` is empty for the dot.
    """

    letter: str
    url: bool = False
    keep: int = 0
    reverse: bool = False
    delimiters: str = ""


MacroString = tuple[str | Macro, ...]
"""Literal text and macros as they follow each other; no two texts beside each other, none empty."""


def macro_string(at: Scanner) -> MacroString:
    """`macro-string` (RFC 7208 section 7.1), up to the end; what follows a violation is lost."""
    return _parts(at, _LITERALS, "macro-string")


def domain_spec(at: Scanner) -> MacroString:
    """`domain-spec` (RFC 7208 section 7.1), up to the end; a letter that is for explanations only is a violation too."""
    start = at.at
    found = len(at.violations)
    value = macro_string(at)
    if len(at.violations) > found:
        return value
    if not _ends_well(value):
        at.note("domain-end", "a top label behind a dot, or a macro, at the end", start)
    if letters(value) & set(EXPLANATION_LETTERS):
        at.note("macro-letter", "no letter that is for explanations only", start)
    return value


def explain_string(text: bytes) -> Parsed[MacroString]:
    """`explain-string` (RFC 7208 section 7.1): the whole text that an `exp` modifier leads to."""
    at = Scanner(text)
    value = _parts(at, _TEXT, "explain-string")
    return Parsed(Message(text, 0), value, tuple(at.violations))


def _parts(at: Scanner, literals: re.Pattern[bytes], rule: str) -> MacroString:
    parts: list[str | Macro] = []
    while at.at < at.end:
        text = at.take_maybe(literals)
        if text:
            parts.append(text.decode("ascii"))
        elif at.raw.startswith(b"%", at.at):
            parts.extend(_macro(at))
        else:
            at.note(rule, "visible characters and macros")
            at.at = at.end
    return tuple(parts)


def _macro(at: Scanner) -> tuple[Macro, ...]:
    """`macro-expand`; none, with a violation, where a percent sign begins no such thing."""
    if constant := at.take_maybe(_CONSTANT):
        return (Macro(letter=chr(constant[1])),)
    match = _MACRO.match(at.raw, at.at, at.end)
    if match is None:
        at.note("macro-expand", "%{letter}, %%, %_ or %-")
        at.at = at.end
        return ()
    letter, digits, reverse, delimiters = (group.decode("ascii") for group in match.groups())
    number = digits.lstrip("0")
    if digits and not number:
        at.note("transformers", "a number of parts that is not zero", match.start(2), match.end(2))
    at.at = match.end()
    return (
        Macro(
            letter=letter.lower(),
            url=letter.isupper(),
            keep=int(number or 0) if len(number) <= len(str(KEEP_LIMIT)) else KEEP_LIMIT,
            reverse=bool(reverse),
            delimiters=delimiters,
        ),
    )


def _ends_well(value: MacroString) -> bool:
    """`domain-end` (RFC 7208 section 7.1): a macro, or a dot and a top label, which is not all digits."""
    if not value or isinstance(value[-1], Macro):
        return bool(value)
    _, dot, label = value[-1].removesuffix(".").rpartition(".")
    return bool(dot) and _TOPLABEL.fullmatch(label) is not None and not label.isdigit()


def letters(string: MacroString) -> frozenset[str]:
    """Return the letters, in lower case, that an expansion needs values of."""
    return frozenset(part.letter for part in string if isinstance(part, Macro)) - CONSTANTS.keys()


def write(string: MacroString) -> str:
    """Write a macro-string as text."""
    return "".join(part if isinstance(part, str) else _written(part) for part in string)


def _written(macro: Macro) -> str:
    if macro.letter in CONSTANTS:
        return f"%{macro.letter}"
    letter = macro.letter.upper() if macro.url else macro.letter
    return f"%{{{letter}{macro.keep or ''}{'r' * macro.reverse}{macro.delimiters}}}"


def expand(string: MacroString, values: Mapping[str, str]) -> str:
    """Expand all macros (RFC 7208 section 7.3); `values` has those of `letters(string)`."""
    return "".join(part if isinstance(part, str) else _expanded(part, values) for part in string)


def _expanded(macro: Macro, values: Mapping[str, str]) -> str:
    if macro.letter in CONSTANTS:
        return CONSTANTS[macro.letter]
    value = values[macro.letter]
    if macro.keep or macro.reverse or macro.delimiters:
        parts = re.split(f"[{re.escape(macro.delimiters or '.')}]", value)
        if macro.reverse:
            parts.reverse()
        value = ".".join(parts[-macro.keep :])
    return quote(value, safe="", errors="replace") if macro.url else value


def target_name(string: MacroString, values: Mapping[str, str]) -> str:
    """Expand a domain-spec to the name that is asked for: no dot at the end, cut from the left to NAME_LIMIT."""
    name = expand(string, values).removesuffix(".")
    if len(name) <= NAME_LIMIT:
        return name
    return name[name.find(".", len(name) - NAME_LIMIT - 1) + 1 :]


def dotted(ip: IPv4Address | IPv6Address) -> str:
    """Return an address as the `i` macro has it: for IPv6 its hexadecimal digits, each a part (RFC 7208 section 7.3)."""
    return str(ip) if isinstance(ip, IPv4Address) else ".".join(ip.exploded.replace(":", ""))
