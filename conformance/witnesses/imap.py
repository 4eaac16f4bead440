"""imaplib2, a threaded IMAP client that others wrote, as a witness: the same server seen by other eyes.

It gets a connection that is logged in, and is told so by a PREAUTH greeting (RFC 3501 section 7.1.4) that is ours and not
the server's. Only `open_socket` is overridden: imaplib2 holds one end of a socket pair, a thread carries octets between the
other end and the session's stream. So the transcript holds every octet, audits hear it, faults lie to it, and TLS or
compression below make no difference, while reading, threads and IDLE are imaplib2's own.

A client library is built to succeed with bad servers, and knows no lower-case keywords; so what it does not see says
little. Whoever asks it holds its answer against that of our own session: see suites/interop.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, Self

from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.verdicts import Reason
from conformance.wire.imap_commands import quoted
from conformance.witnesses.carrier import carry

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import imaplib2

GREETING = b"* PREAUTH logged in already\r\n"
IDLE_ROUND = 1
"""Whole seconds after which imaplib2 ends IDLE by itself; it is begun again until what is waited for has come."""

Heard = tuple[str, bytes]
"""Name of an untagged response and its data, as imaplib2 keeps them: EXISTS and b"3", FETCH and b"1 (FLAGS ())"."""


class _Client(imaplib2.IMAP4):  # type: ignore[misc]  # imaplib2 has no types
    """imaplib2 on one end of a socket pair."""

    def __init__(self, sock: socket.socket, patience: float) -> None:
        self._given = sock
        super().__init__(timeout=patience)

    def open_socket(self) -> socket.socket:
        return self._given

    def _print_log(self) -> None:
        """Keep what imaplib2 would write to stderr when a command fails; the transcript holds it."""


class Witness:
    """imaplib2 in the place of a session that is logged in; a context manager, since its threads must be ended.

    What it cannot make out raises Inconclusive: a second opinion that is missing accuses nobody.
    """

    def __init__(self, session: Imap) -> None:
        session.left = True  # the stream is the witness's now
        self._stream = session.stream
        self._patience = session.patience
        ours, theirs = socket.socketpair()
        ours.sendall(GREETING)
        self._carrier = threading.Thread(target=carry, args=(self._stream, ours), daemon=True)
        self._carrier.start()
        self._ended = threading.Event()
        self._refusal = ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # imaplib2 names its threads in an old way
            try:
                self._client = self._told(lambda: _Client(theirs, self._patience))
            except Inconclusive:
                self._release()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Log out, end imaplib2's threads and close the connection."""
        with contextlib.suppress(imaplib2.IMAP4.error, OSError):  # it may have ended, one way or another
            self._client.logout()
        self._release()

    def _release(self) -> None:
        self._carrier.join(self._patience)
        self._stream.close()

    def _told(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except (imaplib2.IMAP4.error, OSError, ValueError, TypeError, IndexError) as error:
            raise Inconclusive(Reason.AMBIGUOUS, f"imaplib2 cannot go on: {error}") from error

    def _asked(self, method: str, *words: str | bytes | bool) -> list[Any]:
        """Call a method of imaplib2, and return its data; Inconclusive unless it is answered OK."""
        status, data = self._told(lambda: getattr(self._client, method)(*words))
        if status != "OK":
            raise Inconclusive(Reason.PRECONDITION, f"imaplib2's {method} was answered {status} {data!r}")
        return [item for item in data if item is not None]

    # Commands

    def select(self, name: bytes, *, read_only: bool = False) -> int:
        """Select or examine a mailbox, and return how many messages EXISTS counts (RFC 3501 section 6.3.1)."""
        counted = self._asked("select", quoted(name), read_only)
        return self._told(lambda: int(counted[-1]))  # type: ignore[no-any-return]

    def store(self, numbers: str, item: str, flags: str) -> None:
        r"""Change flags: "1:2", "+FLAGS", "\Seen" (RFC 3501 section 6.4.6)."""
        self._asked("store", numbers, item, f"({flags})")

    def search(self, keys: str) -> tuple[int, ...]:
        """Return the numbers found, in ascending order (RFC 3501 section 6.4.4)."""
        found = b" ".join(self._asked("search", "", keys))
        return self._told(lambda: tuple(sorted(int(number) for number in found.split())))  # type: ignore[no-any-return]

    def flags(self) -> dict[int, frozenset[bytes]]:
        r"""Return number -> flags of all messages, lower case, without \Recent."""
        found: dict[int, frozenset[bytes]] = {}
        for item in self._asked("fetch", "1:*", "(FLAGS)"):
            line = item if isinstance(item, bytes) else item[0]
            number = re.match(rb"\d+", line)
            if number:
                flags = (flag.lower() for flag in imaplib2.ParseFlags(b" " + line))
                found[int(number[0])] = frozenset(flags) - {b"\\recent"}
        return found

    def text(self, number: int) -> bytes:
        """Return the octets of a whole message, which must come as a literal; BODY.PEEK[]."""
        pairs = [item for item in self._asked("fetch", str(number), "(BODY.PEEK[])") if isinstance(item, tuple)]
        if not pairs:
            raise Inconclusive(Reason.AMBIGUOUS, "imaplib2 has seen no literal")
        return bytes(pairs[0][1])

    def copy(self, numbers: str, name: bytes) -> None:
        """Copy messages (RFC 3501 section 6.4.7)."""
        self._asked("copy", numbers, quoted(name))

    def expunge(self) -> tuple[int, ...]:
        """Remove what is marked, and return the numbers of the EXPUNGE responses as they came (RFC 3501 section 6.4.3)."""
        return tuple(int(number) for number in self._asked("expunge"))

    # IDLE

    def idle(self) -> None:
        """Begin to wait in IDLE (RFC 2177); returns once the server waits with us, Inconclusive if it refuses."""
        self._ended.clear()
        self._refusal = ""
        self._told(lambda: self._client.idle(timeout=IDLE_ROUND, callback=self._idle_ended))

    def _idle_ended(self, outcome: tuple[tuple[str, Any] | None, Any, tuple[Any, Any] | None]) -> None:
        answered, _, error = outcome
        if error is not None or answered is None or answered[0] != "OK":
            self._refusal = f"{error or answered!r}"
        self._ended.set()

    def hear_until(self, fits: Callable[[Heard], bool], seconds: float) -> list[Heard]:
        """Wait in IDLE, behind idle(), until a response fits or so many seconds are over; return all that came.

        imaplib2 ends IDLE when something has come, and after IDLE_ROUND; it is begun again while time is left.
        """
        deadline = time.monotonic() + seconds
        heard: list[Heard] = []
        while True:
            if not self._ended.wait(self._patience + IDLE_ROUND):
                raise Inconclusive(Reason.SILENT, "imaplib2's IDLE does not come to its end")
            if self._refusal:
                raise Inconclusive(Reason.PRECONDITION, f"imaplib2's IDLE was answered {self._refusal}")
            heard += self._arrived()
            if any(map(fits, heard)) or time.monotonic() > deadline:
                return heard
            self.idle()

    def _arrived(self) -> list[Heard]:
        """Take the untagged responses that imaplib2 has kept, but for the mark by which it ends IDLE itself."""
        kept = [(name, item) for name, data in self._client.pop_untagged_responses() for item in data]
        return [(name, item[0] if isinstance(item, tuple) else item) for name, item in kept if name != "IDLE"]
