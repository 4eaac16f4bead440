"""How the sink is scripted: which commands are answered otherwise than usual."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.faults import Act

BEGINNING = (b"", b"EHLO", b"LHLO", b"HELO", b"STARTTLS")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is answered to commands that fit a pattern; `left` counts the times, below 0 for ever."""

    pattern: bytes
    acts: Sequence[Act]
    left: int
    about: bytes = b""
    tls: bool | None = None
    """Only under TLS, only in clear, or in either case."""

    def fits(self, command: bytes, envelope: bytes, *, tls: bool) -> bool:
        """Whether a command is meant; b"" is the greeting alone, and b"." the end of the mail data."""
        if not self.left or self.about not in envelope or self.tls not in (None, tls):
            return False
        if self.pattern in (b"", b"."):
            return command == self.pattern
        return re.match(self.pattern, command, re.IGNORECASE) is not None

    @property
    def begins(self) -> bool:
        """Whether it is for what a connection begins with: the greeting, the first command, STARTTLS."""
        return any(self.fits(command, self.about, tls=bool(self.tls)) for command in BEGINNING)
