"""Status codes: class, subject and detail (RFC 3463 section 2), as reports carry them (RFC 3464 section 2.3.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.wire import rfc5322
from conformance.wire.scanner import Scanner

SUCCESS, TRANSIENT, PERMANENT = 2, 4, 5
"""Classes of a code (RFC 3463 section 3.1)."""
DETAILS: Mapping[int, int] = {0: 0, 1: 11, 2: 4, 3: 6, 4: 8, 5: 7, 6: 10, 7: 30}
"""The highest detail that is registered for each subject (RFC 3463 section 3, and the register of RFC 5248)."""

_CODE = re.compile(rb"([0-9])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
_LOST = re.compile(rb"[^ \t\r\n(]+")


@dataclass(frozen=True, slots=True)
class Status:
    """A status code; of each class, subject and detail the number."""

    kind: int
    subject: int
    detail: int

    def __str__(self) -> str:
        return f"{self.kind}.{self.subject}.{self.detail}"

    @property
    def is_registered(self) -> bool:
        """Whether its class is defined, and the detail is one of those of its subject."""
        return self.kind in (SUCCESS, TRANSIENT, PERMANENT) and self.detail <= DETAILS.get(self.subject, -1)


def status_code(at: Scanner) -> Status | None:
    """status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT, without leading zeros; None if there is none here."""
    start = at.at
    found = _CODE.match(at.raw, at.at, at.end)
    if found is None:
        at.take_maybe(_LOST)
        at.note("status-code", "a class, a subject and a detail with dots between", start, at.at)
        return None
    at.at = found.end()
    code = Status(int(found[1]), int(found[2]), int(found[3]))
    if found[0] != str(code).encode():
        at.note("status-code", "no leading zeros", start, at.at)
    if code.kind not in (SUCCESS, TRANSIENT, PERMANENT):
        at.note("class", "2, 4 or 5", start, at.at)
    return code


def status(at: Scanner) -> Status | None:
    """The body of a Status field, up to the end: a code, which a comment may follow (RFC 3464 section 2.3.4)."""
    rfc5322.cfws(at)
    found = status_code(at)
    rfc5322.cfws(at)
    at.finish("status-field", "nothing but a comment behind the code")
    return found
