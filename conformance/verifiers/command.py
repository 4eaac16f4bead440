"""The route through a command: a program that is given a query in its arguments and prints a result, as spfquery does.

No shell is between. The result is the first word of the output that is one, what the row's pattern finds, or that of a
header field that is printed; exit statuses differ from program to program and only tell of a crash.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from dataclasses import replace

from conformance.target_verifiers import Verifier
from conformance.transport.dialler import Dialler
from conformance.verifiers import NO_MESSAGE, Crashed, Opinion, Query, Unreachable, Verdict, readings, unspeakable
from conformance.wire import rfc5322

OUTPUT_LIMIT = 1 << 16
"""Octets of output that a command may write."""
FATAL = (signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)
_TRACEBACK = re.compile(rb"^Traceback \(most recent call last\):", re.MULTILINE)
_DIED = re.compile(rb" at \S+ line [0-9]+\.?\r?$", re.MULTILINE)
"""How Perl ends what it says when a program dies, and also its warnings."""


class CommandRoute:
    """See conformance.verifiers.Route."""

    def __init__(self, row: Verifier, caller: Dialler) -> None:
        self.name = row.name
        self._row = row
        self._caller = caller
        self._words = shlex.split(row.command)
        self._pattern = readings.pattern_of(row, readings.IN_OUTPUT)

    def carries(self, query: Query) -> str:
        return unspeakable(query, "\0") or (NO_MESSAGE if query.headers else "")

    def ask(self, query: Query) -> Verdict:
        if refusal := self.carries(query):
            return Unreachable(why=refusal)
        transcript = self._caller.recorder.new(f"command:{self._words[0]}")
        words = [_filled(word, query) for word in self._words]
        transcript.record("-", "open", shlex.join(words).encode())
        patience = self._caller.target.patience
        try:
            status, output, errors = _run(words, patience)
        except OSError as error:
            return Unreachable(why=f"{self._words[0]}: {error.strerror or error}")
        except _Unbounded as error:
            return Unreachable(why=f"{self._words[0]}: {error}")
        transcript.record("S", "bytes", output)
        transcript.record("-", "note", b"exit status %d, and on stderr: " % status + errors)
        own_words = readings.without(output, query)
        match = self._pattern.search(own_words)
        return self._crash(status, output, errors, match) or self._read(status, output, errors, match)

    def close(self) -> None:
        """Nothing stays open between two queries."""

    def _crash(self, status: int, output: bytes, errors: bytes, match: re.Match[bytes] | None) -> Crashed | None:
        killed = -status if status < 0 else status - 128
        if status < 0 or killed in FATAL:
            return Crashed(why=f"{self._words[0]} was ended by {_signal(killed)}", raw=output + errors)
        died = match is None and _DIED.search(errors)
        if died or _TRACEBACK.search(errors) or _TRACEBACK.search(output):
            last = readings.text_of((errors.strip() or output.strip()).rpartition(b"\n")[2][:200])
            return Crashed(why=f"{self._words[0]} broke: {last}", raw=output + errors)
        return None

    def _read(self, status: int, output: bytes, errors: bytes, match: re.Match[bytes] | None) -> Opinion:
        note = f"exit status {status}"
        if self._row.reads != "output":
            opinion = self._printed(output)
            if opinion.raw:
                return replace(opinion, note=f"{note}, {opinion.note}")
        if match is None:
            said = readings.text_of((errors or output).strip()[:200])
            return Opinion(
                result=None, source="output", raw=output, note=f"{note}, no result's word" + f": {said}" * bool(said)
            )
        return Opinion(
            result=readings.result_of(match[1]),
            explanation=readings.text_of(output[match.end() :].strip()),
            source="output",
            raw=output,
            note=note,
        )

    def _printed(self, output: bytes) -> Opinion:
        """Read the header field among the lines of the output; what else is printed is the explanation."""
        lines = re.sub(rb"^[ \t]*\r?\n", b"", output, flags=re.MULTILINE)
        fields = rfc5322.fields_of(re.sub(rb"\r?\n|(?<!\n)\Z", b"\r\n", lines))
        opinion = readings.of_fields(fields, self._row)
        others = b"".join(field.raw for field in fields if field.raw != opinion.raw)
        return replace(opinion, explanation=readings.text_of(others.strip()) or opinion.explanation)


def _filled(word: str, query: Query) -> str:
    """Put a query into one word of the command line; what it brings is not looked through for names again."""
    given = {"{ip}": query.ip, "{helo}": query.helo, "{sender}": query.mail_from}
    return re.sub(r"\{(?:ip|helo|sender)\}", lambda found: given[found[0]], word)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class _Unbounded(Exception):
    """A command that did not end in time, or wrote without end."""


def _run(words: list[str], patience: float) -> tuple[int, bytes, bytes]:
    """Return exit status, output and errors; raises OSError if the command cannot be started, and _Unbounded.

    The command has a session of its own, so that what it starts ends with it.
    """
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True) as process,
        selectors.DefaultSelector() as waiting,
    ):
        output, errors = bytearray(), bytearray()
        waiting.register(process.stdout, selectors.EVENT_READ, output)  # type: ignore[arg-type]  # a pipe
        waiting.register(process.stderr, selectors.EVENT_READ, errors)  # type: ignore[arg-type]  # a pipe
        deadline = time.monotonic() + patience
        try:
            while waiting.get_map():
                _read_some(waiting, deadline - time.monotonic())
            process.wait(max(0.0, deadline - time.monotonic()))
        except (subprocess.TimeoutExpired, TimeoutError) as error:
            raise _Unbounded(f"did not end within {patience:g} s") from error
        finally:
            if process.poll() is None or waiting.get_map():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, bytes(output), bytes(errors)


def _read_some(waiting: selectors.BaseSelector, left: float) -> None:
    """Read what the pipes have, which are let go of at their end; raises TimeoutError and _Unbounded."""
    ready = waiting.select(left) if left > 0 else []
    if not ready:
        raise TimeoutError
    for key, _ in ready:
        data = os.read(key.fd, OUTPUT_LIMIT)
        key.data.extend(data)
        if not data:
            waiting.unregister(key.fileobj)
        if len(key.data) > OUTPUT_LIMIT:
            raise _Unbounded(f"wrote more than {OUTPUT_LIMIT} octets")
