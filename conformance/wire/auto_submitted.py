"""The Auto-Submitted header field, by which automatic mail is known (RFC 3834 section 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.wire import mime_fields, rfc5322
from conformance.wire.mime_fields import Parameter
from conformance.wire.scanner import Scanner

KEYWORDS = ("no", "auto-generated", "auto-replied")

_TOKEN = re.compile(rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoSubmitted:
    """What a field says: its keyword in lower case, one of KEYWORDS or an extension, and its parameters."""

    keyword: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def is_automatic(self) -> bool:
        """Whether no person sent the message: anything but "no" says so (RFC 3834 section 2)."""
        return self.keyword not in ("", "no")


def auto_submitted(at: Scanner) -> AutoSubmitted:
    """( "no" / "auto-generated" / "auto-replied" / extension ) *( ";" parameter ), up to the end (RFC 3834 section 5.1)."""
    rfc5322.cfws(at)
    keyword = at.take(_TOKEN, "auto-submitted", " / ".join(KEYWORDS) + " or a token").decode().lower()
    return AutoSubmitted(keyword=keyword, parameters=mime_fields.parameters(at))


def write(said: AutoSubmitted) -> bytes:
    """Write the body of a field on one line."""
    return said.keyword.encode() + mime_fields.write_parameters(said.parameters)
