"""Selectors: which checks are meant, in the words of people.

`rfc1939`, `rfc1939/5` (a section and what is below it), `rfc1939/stat-*`, `pop3` (a protocol), `level:must`,
`needs:stls`, `proves:rfc2045` (what proves a statement of an RFC, in whichever suite it stands); several, also with commas
between them, are a union, `!selector` removes. `dsn`, `mdn`, `3834` and `format` are words for what serves one purpose.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

from conformance.checks import PROTOCOLS, Check
from conformance.requirements import Catalogue, Level, Requirement

PURPOSES: dict[str, tuple[str, ...]] = {
    "mdn": ("rfc8098", "rfc3798", "rfc2298", "rfc3503"),
    "3834": ("rfc3834",),
    "format": tuple(f"proves:rfc{rfc}" for rfc in (5322, 2822, 2045, 2046, 2047, 2048, 2049, 2183)),
    "dsn": ("rfc3461", "rfc3462", "rfc3463", "rfc3464", "rfc6522", "interop/no-message-is-without-a-fate"),
}
"""Words for what serves one purpose, and the selectors they stand for."""
_COMMA = re.compile(r",(?![^\[\]]*\])")
_LEVELS = {level.lower().replace(" ", "-"): level for level in Level}


class SelectorError(Exception):
    """A selector that cannot be read or that means nothing here; the message names it."""


def parts(selector: str) -> list[str]:
    """Return the selectors between whose commas there are; a comma within the brackets of a case is none of these."""
    return _COMMA.split(selector)


def select(checks: Iterable[Check], selectors: Sequence[str], catalogue: Catalogue) -> list[Check]:
    """Return the checks that the selectors mean, in their order; raises SelectorError for one that matches nothing."""
    everything = list(checks)
    wanted = [s for s in selectors if not s.startswith("!")]
    unwanted = [s[1:] for s in selectors if s.startswith("!")]
    chosen = (
        {c.id for s in wanted for c in _matching(s, everything, catalogue)} if wanted else {c.id for c in everything}
    )
    removed = {c.id for s in unwanted for c in _matching(s, everything, catalogue)}
    return [check for check in everything if check.id in chosen - removed]


def _matching(selector: str, checks: list[Check], catalogue: Catalogue) -> list[Check]:
    found = [c for c in checks if _meant(selector, c, [catalogue[r] for r in c.requirements])]
    if not found and not _known(selector, catalogue):
        raise SelectorError(
            f"selector {selector!r} is unknown: give rfc1939, rfc1939/5, rfc1939/stat-*, pop3, dsn, level:must or needs:stls"
        )
    return found


def _known(selector: str, catalogue: Catalogue) -> bool:
    return (
        selector in PROTOCOLS
        or selector in PURPOSES
        or selector in {f"rfc{rfc}" for rfc in catalogue.rfcs}
        or ":" in selector
    )


def _meant(selector: str, check: Check, requirements: list[Requirement]) -> bool:
    kind, colon, word = selector.partition(":")
    if colon:
        return _has(kind, word, check, requirements)
    if selector in PURPOSES:
        return any(_meant(part, check, requirements) for part in PURPOSES[selector])
    if selector in PROTOCOLS:
        return selector in check.protocols
    if "/" not in selector:
        return fnmatch.fnmatch(check.id, f"{selector}/*")
    suite, _, rest = selector.partition("/")
    in_section = check.id.startswith(f"{suite}/") and any(f"{r.section}.".startswith(f"{rest}.") for r in requirements)
    named = selector in (check.id, check.id.partition("[")[0]) or fnmatch.fnmatchcase(check.id, selector)
    return in_section or named


def _has(kind: str, word: str, check: Check, requirements: list[Requirement]) -> bool:
    if kind == "level" and word.lower() in _LEVELS:
        return any(r.level is _LEVELS[word.lower()] for r in requirements)
    if kind == "needs":
        return any(n.lower().startswith(word.lower()) for n in check.needs)
    if kind == "proves" and word.startswith("rfc"):
        return any(word == f"rfc{r.rfc}" for r in requirements)
    raise SelectorError(
        f"selector {kind}:{word}: known are needs:CAPABILITY, proves:rfcNNNN, {', '.join(f'level:{w}' for w in _LEVELS)}"
    )
