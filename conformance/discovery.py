"""What the target says of itself in one protocol: greeting, capabilities by stage, TLS, and which way of logging in works.

Stages are those in which capabilities may differ (RFC 2449 section 5, RFC 3501 section 6.1.1): before TLS, under TLS,
after login. Everything here is a fact or an absence; nothing is judged. How each protocol is asked stands in
discovery_pop3 and discovery_imap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from conformance.target import Target
from conformance.transport.tls import TlsFacts

BEFORE_TLS = "before TLS"
UNDER_TLS = "under TLS"
AFTER_LOGIN = "after login"

Capabilities = Mapping[str, tuple[str, ...]]
"""Name in upper case -> parameters; those of IMAP stand behind "=": AUTH -> PLAIN, LOGIN."""


def quickest(ask: Callable[[], object], times: int = 3) -> float:
    """Return the seconds that a command takes at best: a machine that is busy for a moment is no slow server."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        ask()
        taken.append(time.monotonic() - began)
    return min(taken)


class CannotJudge(Exception):
    """The target cannot be judged at all: dead, silent, another protocol, or the account does not work; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A way in: TLS ("none", "stls" or "starttls", "implicit") and method.

    Methods: "USER", "PLAIN" or "APOP" of POP3, "LOGIN" or "PLAIN" of IMAP.
    """

    tls: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What discovery found; `capabilities` holds only the stages that were reached and where they were told.

    IMAP alone: `preauth`, and the prefix and delimiter of the account's own mailboxes (RFC 2342 section 5).
    """

    target: Target
    protocol: str = "pop3"
    greeting: bytes = b""
    timestamp: bool = False
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    tls: TlsFacts | None = None
    door: Door | None = None
    round_trip: float = 0.0
    prefix: bytes = b""
    delimiter: bytes | None = None
    identity: str = ""

    @property
    def capa(self) -> bool:
        """Whether the server lists capabilities at all (RFC 2449 section 5)."""
        return bool(self.capabilities)

    def announced(self, name: str) -> bool:
        """Whether a capability is listed in any stage, "IDLE" or with a parameter "SASL PLAIN", "AUTH=PLAIN".

        APOP is announced by the greeting (RFC 1939 section 7).
        """
        if name == "APOP":
            return self.timestamp
        if name == "CAPA":
            return self.capa
        tag, _, parameter = name.upper().replace("=", " ", 1).partition(" ")
        listed = [caps[tag] for caps in self.capabilities.values() if tag in caps]
        return any(not parameter or parameter in (p.upper() for p in found) for found in listed)

    def parameters(self, name: str, stage: str) -> tuple[str, ...]:
        """Return the parameters of a capability in a stage, empty without it."""
        return self.capabilities.get(stage, {}).get(name.upper(), ())

    def listed(self, stage: str) -> tuple[str, ...]:
        """Return every capability of a stage as the server writes it: IDLE, AUTH=PLAIN, SASL PLAIN LOGIN."""
        found = self.capabilities.get(stage, {})
        if self.protocol == "imap":
            return tuple(f"{name}={p}" if p else name for name, params in found.items() for p in params or ("",))
        return tuple(" ".join((tag, *params)) for tag, params in found.items())

    @property
    def product(self) -> str:
        """What the server says it is: IMPLEMENTATION (RFC 2449 section 6.9), ID (RFC 2971), or its greeting."""
        named = [" ".join(caps["IMPLEMENTATION"]) for caps in self.capabilities.values() if "IMPLEMENTATION" in caps]
        said = self.greeting.decode("latin-1").strip().removeprefix("+OK").removeprefix("* OK").strip()
        return self.identity or (named[-1] if named else said)
