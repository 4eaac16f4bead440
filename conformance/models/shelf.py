"""Messages of the corpus in a mailbox of the target, beside what the oracle reads in them: for checks of FETCH.

RFC 3501 section 6.4.5. The mailbox is made once a run and only examined. The oracle reads what BODY[] gives, fetched
without the fault: a server that keeps another text than it was given is accused of that by one check, and judged by its
own text in all the others.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from conformance.dial_imap import ImapDial
from conformance.models import mime
from conformance.models.corpus import Case, plain_cases
from conformance.outcomes import Inconclusive
from conformance.sessions.imap_answer import Answer
from conformance.verdicts import Reason
from conformance.wire.imap_values import Fetch

LARGEST = 1 << 15
LINE_LIMIT = 900  # octets of a command: servers need not take more than a thousand (RFC 2683 section 3.2.1.5)
_NAMES = re.compile(rb"(.*HEADER\.FIELDS(?:\.NOT)?) \(([^)]*)\)(.*)", re.DOTALL)


@functools.cache
def shelved() -> dict[str, Case]:
    """Return the messages that stand in the mailbox, in the order of their numbers: plain, exact, none of them large."""
    return {case.name: case for case in plain_cases() if len(case.raw) <= LARGEST}


class Shelf:
    """The mailbox, examined in a session; messages go by the names that the corpus gives them.

    By default it holds the plain ones; `key` is the name of another collection of cases.
    """

    def __init__(self, dial: ImapDial, cases: Mapping[str, Case] | None = None, key: str = "corpus") -> None:
        held = shelved() if cases is None else cases
        self.mailbox = dial.collection(*(case.specimen for case in held.values()), key=key)
        self._straight = dial.dialler.straight
        self._number = {name: number for number, name in enumerate(held, 1)}
        if self.mailbox.selected_answer.exists != len(self._number):
            raise Inconclusive(
                Reason.PRECONDITION, f"{len(self._number)} messages were appended, and not all are there"
            )

    def number(self, name: str) -> int:
        """Return the message number of a message."""
        return self._number[name]

    def fetch(self, items: str, *names: str) -> dict[str, Fetch]:
        """Fetch items of these messages, of all if none is named, in one command.

        A message of which nothing came has an empty Fetch; see brought().
        """
        wanted = names or tuple(self._number)
        numbers = ",".join(str(self._number[name]) for name in names) or "1:*"
        fetched = brought(self.mailbox.command("FETCH", numbers, items))
        return {name: fetched.get(self._number[name], Fetch(())) for name in wanted}

    def entities(self, *names: str) -> dict[str, mime.Entity]:
        """Return what the oracle reads in these messages, in all if none is named, by the text that BODY[] gives."""
        with self._straight():
            fetched = self.fetch("(BODY.PEEK[])", *names)
        if missing := [name for name, found in fetched.items() if not found.get(b"BODY[]")]:
            raise Inconclusive(Reason.PRECONDITION, f"no text of these messages is to be had: {missing}")
        return {name: mime.read(found.get(b"BODY[]")) for name, found in fetched.items()}

    def entity(self, name: str) -> mime.Entity:
        """Return what the oracle reads in one message."""
        return self.entities(name)[name]

    def sections(self, name: str, specs: Sequence[str]) -> dict[str, bytes | None]:
        """Fetch BODY.PEEK[...] of one message for each of these, "1.MIME" or "TEXT<3.5>"; None for an item that did not come."""
        return sections_of(lambda items: self.fetch(items, name)[name], specs)

    def expected(self, name: str, specs: Sequence[str]) -> dict[str, bytes | None]:
        """Return what sections() has to give of one message by the oracle; None for a section that is not there."""
        entity = self.entity(name)
        return {spec: expected_section(entity, spec) for spec in specs}


def brought(answer: Answer) -> dict[int, Fetch]:
    """Return what FETCH brought: message number -> items; nothing if it was refused, and whoever demands them may accuse.

    Raises Inconclusive if the server says nothing, or "not now".
    """
    return answer.fetched if answer.is_ok or answer.refused else answer.ok().fetched


def sections_of(fetch: Callable[[str], Fetch], specs: Sequence[str]) -> dict[str, bytes | None]:
    """Fetch BODY.PEEK[...] for each of these, "1.MIME" or "TEXT<3.5>", in commands of a fair length.

    `fetch` is given a parenthesised list of items. None stands for an item that did not come.
    """
    found: dict[str, bytes | None] = {}
    for batch in _batches(specs):
        items = " ".join(f"BODY.PEEK[{spec.replace('<', ']<', 1)}" + ("" if "<" in spec else "]") for spec in batch)
        fetched = fetch(f"({items})")
        found |= {spec: text_of(fetched, spec) for spec in batch}
    return found


def _batches(specs: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for spec in specs:
        if batch and sum(len(one) + 12 for one in (*batch, spec)) > LINE_LIMIT:
            yield batch
            batch = []
        batch.append(spec)
    if batch:
        yield batch


def expected_section(entity: mime.Entity, spec: str) -> bytes | None:
    """Return what BODY[spec] has to give of a message by the oracle, "1<3.5>" included; None for a section that is not there."""
    section, _, part = spec.partition("<")
    octets = mime.section(entity, section.encode())
    start, count = (int(number) for number in (part[:-1] or "0.0").split("."))
    return mime.partial(octets, start, count) if part and octets is not None else octets


def text_of(fetched: Fetch, spec: str) -> bytes | None:
    """Return the octets of BODY[spec], b"" where NIL stands for them; None if no such item came.

    `spec` is as in the command, "HEADER.FIELDS (DATE)" or "1<3.5>". The names of a list of fields may come in any order.
    """
    wanted = _unordered(_key(spec))
    return next((value or b"" for name, value in fetched.pairs if _unordered(name) == wanted), None)


def _key(spec: str) -> bytes:
    section, _, partial = spec.partition("<")
    origin = f"<{partial.partition('.')[0]}>" if partial else ""
    return f"BODY[{section.upper()}]{origin}".encode()


def _unordered(name: bytes) -> tuple[bytes, ...]:
    found = _NAMES.fullmatch(name)
    return (found[1], *sorted(found[2].split()), found[3]) if found else (name,)
