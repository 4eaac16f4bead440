"""What an IMAP command brought: its responses, read, or the ending that came instead of a completion.

Servers may split, repeat and mix responses (RFC 3501 sections 5.2 and 7): data of one kind is gathered here from all
responses of the Answer, so that a check does not depend on how often or in what order it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.outcomes import Inconclusive, NotSupported
from conformance.transcript import quote
from conformance.transport.stream import Ending
from conformance.verdicts import Reason
from conformance.wire.framing import Overlong
from conformance.wire.imap import MailboxList, MailboxStatus, Response
from conformance.wire.imap_dialogue import Reply
from conformance.wire.imap_values import Fetch

if TYPE_CHECKING:
    from conformance.sessions.imap import Imap

NOT_NOW = (b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG")
NOTHING = Response(tag=b"", name=b"", number=None, data=None, code=None, text=b"")


def value_of(reply: Reply) -> Response:
    """Read a response, whatever is wrong with it."""
    return reply.parsed.value


def expanded(uids: bytes) -> list[int]:
    """The UIDs of a set in the order written, ranges ascending, a few thousand at most (RFC 4315 section 3)."""
    found: list[int] = []
    for part in bytes(uids).split(b","):
        low, _, high = part.partition(b":")
        ends = sorted(int(end) for end in (low, high or low) if end.isdigit())
        found += range(ends[0], min(ends[-1], ends[0] + 5000) + 1) if ends else []
    return found


class Answer:
    """The responses up to the completion of one command, or up to the ending that came instead."""

    def __init__(self, session: Imap, tag: bytes, replies: list[Reply], ending: Ending | Overlong | None) -> None:
        self._session = session
        self._tag = tag
        self.replies = replies
        self.ending = ending

    def __repr__(self) -> str:
        before = f"{len(self.replies) - 1} responses + " if len(self.replies) > 1 else ""
        last = quote(self.replies[-1].raw[:160]) if self.replies else ""
        return f"<{before}{last}{f' {self.ending}' if self.ending is not None else ''}>"

    def _look(self, reply: Reply | None) -> None:
        transcript = self._session.stream.transcript
        offset = reply.message.start if reply else transcript.offsets["S"]
        self._session.recorder.decide(transcript, offset)

    @property
    def final(self) -> Reply | None:
        """The response that completed the command (or the greeting), None if there was none."""
        last = self.replies[-1] if self.replies else None
        found = last if last is not None and last.final else None
        self._look(found)
        return found

    @property
    def tagged(self) -> Response:
        """The completion, read; an empty Response if none came."""
        return value_of(self.final) if self.final else NOTHING

    @property
    def status(self) -> bytes:
        """OK, NO or BAD of the completion (greeting: also PREAUTH, BYE), empty if there was none; never raises."""
        return self.tagged.name

    @property
    def raw(self) -> bytes:
        """Every octet of the responses."""
        return b"".join(reply.raw for reply in self.replies)

    def _not_now(self) -> None:
        if self.status == b"NO" and self.code in NOT_NOW:
            raise Inconclusive(Reason.THROTTLED, f"the server says not now: {self!r}")

    @property
    def is_ok(self) -> bool:
        """Whether the command was completed OK; raises Inconclusive if the server says "not now" (RFC 5530)."""
        self._not_now()
        return self.status == b"OK"

    @property
    def is_no(self) -> bool:
        """Whether the command failed: NO; raises Inconclusive if the server says "not now"."""
        self._not_now()
        return self.status == b"NO"

    @property
    def is_bad(self) -> bool:
        """Whether the command was rejected: BAD."""
        return self.status == b"BAD"

    @property
    def refused(self) -> bool:
        """Whether the answer is NO or BAD; raises Inconclusive if the server says "not now"."""
        return self.is_no or self.is_bad

    def ok(self) -> Answer:
        """Demand OK as a precondition; raises Inconclusive."""
        if self.status != b"OK":
            reason = Reason.SILENT if self.final is None else Reason.PRECONDITION
            raise Inconclusive(reason, f"{self.asked} was answered {self!r}")
        return self

    def supported(self, capability: str) -> Answer:
        """Raise NotSupported if the command was rejected and the capability is not announced."""
        if self.status == b"BAD" and not self._session.announced(capability):
            raise NotSupported(f"{capability} is not announced, and {self.asked} was answered {self!r}")
        return self

    @property
    def asked(self) -> str:
        """The command this answers, quoted: its keyword only, so that no credential is shown."""
        command = self.replies[-1].command if self.replies else None
        return quote(command.verb if command else self._tag or b"(greeting)")

    # Data

    @property
    def responses(self) -> tuple[Response, ...]:
        """All responses but the completion, read, in their order."""
        return tuple(value_of(reply) for reply in self.replies if not reply.final)

    def all(self, name: str) -> list[Response]:
        """Return the responses of one kind, "EXISTS" or "FETCH", in their order."""
        found = [(reply, value_of(reply)) for reply in self.replies if not reply.final]
        chosen = [(reply, value) for reply, value in found if value.name == name.encode()]
        if chosen:
            self._look(chosen[-1][0])
        return [value for _, value in chosen]

    def data(self, name: str) -> Any:
        """Return the data of the last response of a kind, None if none came."""
        found = self.all(name)
        return found[-1].data if found else None

    @property
    def code(self) -> bytes:
        """The name of the completion's response code in upper case, empty without one (RFC 3501 section 7.1)."""
        code = self.tagged.code
        return code.name if code else b""

    @property
    def codes(self) -> dict[bytes, Any]:
        """The response codes of all status responses, tagged and untagged: name -> data."""
        every = [value_of(reply) for reply in self.replies]
        return {value.code.name: value.code.data for value in every if value.code}

    @property
    def exists(self) -> int | None:
        """The number of the last EXISTS response (RFC 3501 section 7.3.1)."""
        found = self.all("EXISTS")
        return found[-1].number if found else None

    @property
    def recent(self) -> int | None:
        """The number of the last RECENT response (RFC 3501 section 7.3.2)."""
        found = self.all("RECENT")
        return found[-1].number if found else None

    @property
    def expunged(self) -> list[int]:
        """The numbers of the EXPUNGE responses, as they came (RFC 3501 section 7.4.1)."""
        return [response.number or 0 for response in self.all("EXPUNGE")]

    @property
    def found(self) -> tuple[int, ...]:
        """The numbers of all SEARCH responses (RFC 3501 section 7.2.5)."""
        return tuple(number for response in self.all("SEARCH") for number in response.data.numbers)

    @property
    def fetched(self) -> dict[int, Fetch]:
        """Message number -> data items, put together from all FETCH responses for it (RFC 3501 section 7.4.2)."""
        gathered: dict[int, Fetch] = {}
        for response in self.all("FETCH"):
            number = response.number or 0
            before = gathered[number].pairs if number in gathered else ()
            gathered[number] = Fetch(pairs=(*before, *response.data.pairs))
        return gathered

    @property
    def by_uid(self) -> dict[int, Fetch]:
        """UID -> data items of the messages whose FETCH responses name one (RFC 3501 section 6.4.8)."""
        return {fetch.get(b"UID"): fetch for fetch in self.fetched.values() if b"UID" in fetch}

    def flags(self, number: int) -> frozenset[bytes] | None:
        """The flags a message was last said to have, lower case, without Recent; None if nothing was said of them."""
        said = [r.data.get(b"FLAGS") for r in self.all("FETCH") if r.number == number and b"FLAGS" in r.data]
        return frozenset(bytes(flag).lower() for flag in said[-1] or ()) - {b"\\recent"} if said else None

    def remaining(self, uids: list[int]) -> list[int]:
        """Apply the EXPUNGE responses to the UIDs in order of their numbers (RFC 3501 section 7.4.1)."""
        left = list(uids)
        for number in self.expunged:
            del left[number - 1 : number]
        return left

    @property
    def copied(self) -> list[tuple[int, int]]:
        """Source and target UID of each message, as COPYUID tells them, in its order (RFC 4315 section 3)."""
        told = self.codes.get(b"COPYUID")
        return list(zip(expanded(told[1]), expanded(told[2]), strict=False)) if told else []

    @property
    def listed(self) -> dict[bytes, MailboxList]:
        """Name -> data of the LIST responses (RFC 3501 section 7.2.2)."""
        return {response.data.name: response.data for response in self.all("LIST")}

    @property
    def subscribed(self) -> dict[bytes, MailboxList]:
        """Name -> data of the LSUB responses (RFC 3501 section 7.2.3)."""
        return {response.data.name: response.data for response in self.all("LSUB")}

    @property
    def mailbox_status(self) -> dict[bytes, Any]:
        """Item -> value of all STATUS responses (RFC 3501 section 7.2.4)."""
        gathered: dict[bytes, Any] = {}
        for response in self.all("STATUS"):
            if isinstance(response.data, MailboxStatus):
                gathered.update(response.data.items)
        return gathered

    @property
    def capabilities(self) -> tuple[bytes, ...]:
        """The names of all CAPABILITY responses and response codes, in upper case, in their order (RFC 3501 section 7.2.1)."""
        listed = [name for response in self.all("CAPABILITY") for name in response.data]
        coded = self.codes.get(b"CAPABILITY") or ()
        return tuple(name.upper() for name in (*listed, *coded))
