"""What holds for every client that works in the place of a session of ours: how it is let in, and what its failure means.

A client gets the greeting that our session has read, TLS done, and logs in by itself. That it does not get through is a
finding only if the server has not said that it is not the time for it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import NOT_NOW
from conformance.sessions.pop3 import Pop3
from conformance.sessions.smtp import Smtp
from conformance.verdicts import Reason
from conformance.witnesses.carrier import at_port

Session = Imap | Pop3 | Smtp

_VOID = {
    Imap: rb"\[CAPABILITY [^]\r\n]*\] ?",  # of the time before STARTTLS, where that was said (RFC 3501 section 6.2.1)
    Pop3: rb" ?<[^>\r\n]*>",  # invites to APOP, whose secret may be another one than the password (RFC 1939 section 7)
}
_NOT_NOW = {
    Imap: rb"^\S+ (?:NO|BYE) \[(?:%b)\]" % b"|".join(NOT_NOW),
    Pop3: rb"^-ERR \[(?:LOGIN-DELAY|IN-USE|SYS/TEMP)\]",
    Smtp: rb"^4\d\d",
}
"""What puts a client off (RFC 5530 section 3; RFC 2449 section 8.1, RFC 3206 section 4; RFC 5321 section 4.2.1)."""
_LET_IN = rb"^(?:STAT|LIST|UIDL|TOP|RETR)\b"
"""What a client says once its login is granted (RFC 1939 section 5)."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A client in the place of a session, at a port of 127.0.0.1; `before` is how much our session had said."""

    session: Session
    port: int
    before: int

    def in_earnest(self, trouble: str) -> str:
        """Return what the client did not get, empty if nothing; Inconclusive if it never spoke, or was put off.

        A maildrop that is not opened may still be locked, which not every server says by a code (RFC 1939 section 4).
        """
        transcript = self.session.stream.transcript
        said, heard = transcript.bytes_of("C")[self.before :], transcript.bytes_of("S")
        if not trouble:
            return ""
        if not said:
            raise Inconclusive(Reason.NOT_SET_UP, f"it has not spoken to the server: {trouble}")
        if put_off := re.search(_NOT_NOW[type(self.session)], heard, re.MULTILINE | re.IGNORECASE):
            raise Inconclusive(Reason.THROTTLED, f"{trouble}; the server says {put_off[0].decode('latin-1')}")
        if isinstance(self.session, Pop3) and not re.search(_LET_IN, said, re.MULTILINE | re.IGNORECASE):
            raise Inconclusive(Reason.PRECONDITION, f"the login is not granted: {trouble}")
        return trouble


@contextlib.contextmanager
def let_in(session: Session) -> Iterator[Guest]:
    """Put a client in the place of a session, which is the client's from now on and ends with it."""
    session.left = True
    greeting = re.sub(_VOID.get(type(session), rb"(?!)"), b"", session.greeting.raw, flags=re.IGNORECASE)
    session.recorder.pace.wait()
    with at_port(session.stream, greeting, session.patience) as port:
        yield Guest(session, port, session.stream.transcript.offsets["C"])
    session.recorder.pace.granted()
