"""What holds for every client that works in the place of a session of ours: how it is let in, and what its failure means.

A client gets the greeting that our session has read, TLS done, and logs in by itself. Clients stumble over lawful answers
too, and over their own feet; so one that is not content says something of the server only where that refused it something,
or left it, and did not say that it was not the time for it.
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
_STATUS = {Imap: rb"^[^*+\s]\S* (OK|NO|BAD)\b", Pop3: rb"^(\+OK|-ERR)", Smtp: rb"^([2345])\d\d"}
_REFUSAL = (b"NO", b"BAD", b"-ERR", b"5")
_FAREWELL = rb"^(?:QUIT|\S+ LOGOUT)\b"


@dataclass(frozen=True, slots=True)
class Guest:
    """A client in the place of a session, at a port of 127.0.0.1; `before` is how much our session had said."""

    session: Session
    port: int
    before: int

    def finding(self, complaint: str, seen: str) -> str:
        """Return what is to be said against the server, empty if nothing; Inconclusive if that cannot be told.

        `complaint` is the client's own, empty if it is content; `seen` is what is not as it should be after its work.
        """
        if not (trouble := complaint or seen):
            return ""
        said, heard = self._said(), self.session.stream.transcript.bytes_of("S")
        if not said:
            raise Inconclusive(Reason.NOT_SET_UP, f"it has not spoken to the server: {trouble}")
        if put_off := _found(_NOT_NOW[type(self.session)], heard):
            raise Inconclusive(Reason.THROTTLED, f"{trouble}; the server says {put_off[0].decode('latin-1')}")
        if isinstance(self.session, Pop3) and not _found(_LET_IN, said):  # a lock is not always told by a code
            raise Inconclusive(Reason.PRECONDITION, f"the login is not granted: {trouble}")
        if complaint and not self._refused():
            raise Inconclusive(Reason.AMBIGUOUS, f"the server has refused nothing: {complaint}")
        return trouble

    def _said(self) -> bytes:
        return self.session.stream.transcript.bytes_of("C")[self.before :]

    def _refused(self) -> bool:
        """Whether the last thing that the server said, before the client took its leave, was a refusal, or it hung up."""
        heard = b""
        for event in self.session.stream.transcript:
            if event.side == "C" and event.kind == "bytes" and _found(_FAREWELL, event.data):
                break
            if event.side == "S" and event.kind in ("close", "reset"):
                return True
            heard += event.data if event.side == "S" and event.kind == "bytes" else b""
        statuses = re.findall(_STATUS[type(self.session)], heard, re.MULTILINE | re.IGNORECASE)
        return bool(statuses) and statuses[-1].upper() in _REFUSAL


def _found(pattern: bytes, octets: bytes) -> re.Match[bytes] | None:
    return re.search(pattern, octets, re.MULTILINE | re.IGNORECASE)


@contextlib.contextmanager
def let_in(session: Session) -> Iterator[Guest]:
    """Put a client in the place of a session, which is the client's from now on and ends with it."""
    session.left = True
    greeting = re.sub(_VOID.get(type(session), rb"(?!)"), b"", session.greeting.raw, flags=re.IGNORECASE)
    session.recorder.pace.wait()
    with at_port(session.stream, greeting, session.patience) as port:
        yield Guest(session, port, session.stream.transcript.offsets["C"])
    session.recorder.pace.granted()
