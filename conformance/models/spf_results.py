"""What check_host() may come to (RFC 7208 section 2.6), and the choices that the text leaves on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CHOICES: Mapping[str, tuple[str, ...]] = {
    # 4.8: a target-name with an empty or an overlong label; some do not match, others give permerror
    "malformed target": ("no match", "permerror"),
    # 4.3 gives none, which 5.2 makes permerror; but 4.8 calls check_host() with such a domain undefined
    "malformed include": ("permerror", "no match"),
    # 4.6.4: "terms" with void queries, known as void "lookups"; the limit is a SHOULD, and configurable
    "void lookups": ("by term", "by lookup", "unlimited"),
    # 4.6.4 ignores all but the first ten, and their order is the server's; 5.5 ends without a match
    "too many PTR": ("first ten", "last ten", "none"),
    # 4.6.4: permerror if more than ten are asked for, which a match before may prevent
    "too many MX": ("when reached", "at once"),
    # 4.6.4 lists the terms that count, and yet has %{p} "included in the overall limit"
    "%{p} counts": ("no", "yes"),
    # 7.3: the domain itself, else a subdomain SHOULD be used, else any
    "%{p} of several": ("best", "first", "last"),
    # 7.3: "unknown" if a DNS error occurs; 5.5: a name is skipped whose addresses cannot be had
    "%{p} after an error": ("skip", "unknown"),
    # RFC 2181 section 5: there are no two equal records, so that a resolver may drop one
    "equal records": ("two", "one"),
}
"""What the text leaves to a verifier: the options of each choice, the one that it says most plainly first."""


class Result(StrEnum):
    """The results of check_host() (RFC 7208 section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A result, and the text that `exp` gives it: None for the verifier's own text, or none at all."""

    result: Result
    explanation: str | None = None
