"""Reads an account over IMAP and changes nothing there: EXAMINE, BODY.PEEK, LIST, LSUB, GETACL, GETQUOTAROOT.

A mailbox is read in windows of messages and a large message in pieces; what has been read is forgotten behind each, so
that memory depends on neither. Messages are asked for by number: only an answer to another command than FETCH may
renumber them (RFC 3501 section 7.4.1), and no other is given while a mailbox is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance import discovery_imap
from conformance.discovery import CannotJudge
from conformance.migration_content import Content, Digests
from conformance.migration_store import Envelope, Kept
from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import value_of
from conformance.target import Target
from conformance.transcript import quote
from conformance.transport.dialler import Dialler, Recorder, Unreachable
from conformance.verdicts import Reason
from conformance.wire.date_time import date_time
from conformance.wire.imap_commands import astring
from conformance.wire.imap_dialogue import Reply
from conformance.wire.imap_values import Fetch, MailboxList
from conformance.wire.rfc2342 import NamespaceResponse
from conformance.wire.scanner import Message, parse

WINDOW = 500
"""Messages asked for at once; responses to it beyond a few times as many are a flood."""
GROUP_OCTETS = 1 << 22
PIECE_OCTETS = 1 << 20
SLACK_OCTETS = 1 << 20
RESPONSES_EACH = 8
_ITEMS = (b"UID", b"FLAGS", b"RFC822.SIZE")
_LARGEST = (1 << 62) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A mailbox by its name on the wire, whether it can be selected, and what LIST and LSUB say of it."""

    name: bytes
    selectable: bool
    subscribed: bool
    uses: frozenset[str]


class ImapAccount:
    """The account of a target with one account, logged in; raises CannotJudge, later Inconclusive."""

    def __init__(self, target: Target, expires: float) -> None:
        self.recorder = Recorder()
        self.recorder.expires = expires
        self._dialler = Dialler(target, self.recorder)
        self.profile = discovery_imap.discover(target, self._dialler, read_only=True)
        self.session = self._enter()
        self.strangers: list[bytes] = []
        self.folders = self._list()

    def _enter(self) -> Imap:
        door, account = self.profile.door, self.profile.target.accounts[0]
        try:
            session = discovery_imap.enter(door, self.profile, self._dialler) if door else None
        except Unreachable as error:
            raise CannotJudge(str(error)) from error
        if session is None or door is None:
            raise CannotJudge(f"{self.profile.target.name}: account {account.user!r} cannot log in any more")
        discovery_imap.knock(session, door, account).ok()
        return session

    def leave(self) -> None:
        """End the session."""
        self.session.leave()

    # Mailboxes

    def _list(self) -> dict[str, Folder]:
        extended = self.profile.announced("LIST-EXTENDED") and self.profile.announced("SPECIAL-USE")
        listed = self.session.command('LIST "" "*"' + (" RETURN (SPECIAL-USE)" if extended else "")).ok().listed
        subscribed = self.session.command('LSUB "" "*"').ok().subscribed
        told = self.session.command("NAMESPACE").data("NAMESPACE") if self.profile.announced("NAMESPACE") else None
        self.strangers = others(told)
        prefix = self._prefix(told, list(listed))
        folders = {}
        for name, entry in listed.items():
            if any(name.startswith(other) for other in self.strangers):
                continue
            attributes = {attribute.lower() for attribute in entry.attributes}
            folders[path_of(entry, prefix)] = Folder(
                name=bytes(name),
                selectable=not attributes & {b"\\noselect", b"\\nonexistent"},
                subscribed=name in subscribed,
                uses=frozenset(str(a, "latin-1") for a in entry.attributes if a.lower() in _SPECIAL_USES),
            )
        return folders

    def _prefix(self, told: NamespaceResponse | None, names: Sequence[bytes]) -> bytes:
        """What stands in front of the account's own names: as NAMESPACE says, or INBOX where all are below it."""
        if told is not None:
            return bytes(told.personal[0].prefix) if told.personal else b""
        if not self.profile.delimiter:
            return b""
        below = b"INBOX" + self.profile.delimiter
        own = [name for name in names if name.upper() != b"INBOX"]
        return below if own and all(name.upper().startswith(below) for name in own) else b""

    def examine(self, folder: Folder) -> tuple[int, int] | str:
        """Open a mailbox read-only and return UIDVALIDITY (0 if none is told) and messages, or the refusal."""
        self._awake()
        answer = self.session.command("EXAMINE", astring(folder.name))
        if answer.refused:
            return repr(answer)
        told = answer.ok().codes.get(b"UIDVALIDITY")
        return told if isinstance(told, int) and told <= _LARGEST else 0, answer.exists or 0

    def _awake(self) -> None:
        """Log in again if the server has ended a session that waited for the other side for long."""
        if self.session.command("NOOP").status != b"OK":
            self.session.close()
            self.session = self._enter()

    def rights(self, folder: Folder) -> dict[str, str] | None:
        """Who has which rights, the account's own left out; None if the server does not tell (RFC 4314 section 3.3)."""
        if not self.profile.announced("ACL"):
            return None
        self._awake()
        told = self.session.command("GETACL", astring(folder.name)).data("ACL")
        own = {self.profile.target.accounts[0].user, "owner", "administrators"}  # the last is a group that Courier has
        entries = told.entries if told else ()
        named = {  # Courier writes user=alice where others write alice
            str(who, "latin-1").removeprefix("user="): spelled(str(rights, "latin-1")) for who, rights in entries
        }
        return {who: rights for who, rights in named.items() if who not in own} if told else None

    def quota(self) -> dict[str, int] | None:
        """Resource -> lowest limit on INBOX; None if the server does not tell (RFC 9208 section 4.1.2)."""
        if not self.profile.announced("QUOTA"):
            return None
        limits: dict[str, int] = {}
        for response in self.session.command("GETQUOTAROOT INBOX").all("QUOTA"):
            for resource in response.data.resources:
                name = str(resource.name, "latin-1")
                limits[name] = min(resource.limit, limits.get(name, resource.limit))
        return limits

    # Messages

    def listing(self, exists: int) -> Iterator[list[Envelope]]:
        """Yield what the opened mailbox says of its messages, in windows."""
        highest = 0
        for first in range(1, exists + 1, WINDOW):
            last = min(first + WINDOW - 1, exists)
            items: dict[int, dict[bytes, object]] = {}
            asked = f"FETCH {first}:{last} (UID FLAGS INTERNALDATE RFC822.SIZE)"
            for number, fetch in self._fetched(asked, last - first + 1, octets=SLACK_OCTETS):
                if first <= number <= last:
                    items.setdefault(number, {}).update(fetch.pairs)
            window = [self._envelope(number, found) for number, found in sorted(items.items())]
            for envelope in window:
                if int(envelope.uid) <= highest:
                    raise Inconclusive(
                        Reason.AMBIGUOUS, f"UID {envelope.uid} comes behind {highest} (RFC 3501 section 2.3.1.1)"
                    )
                highest = int(envelope.uid)
            yield window
            self._turn_page()

    def _envelope(self, number: int, found: dict[bytes, object]) -> Envelope:
        uid, flags, size = (found.get(item) for item in _ITEMS)
        if not isinstance(uid, int) or not isinstance(size, int) or not isinstance(flags, tuple):
            raise Inconclusive(Reason.AMBIGUOUS, f"FETCH does not tell UID, FLAGS and RFC822.SIZE of message {number}")
        names = {str(bytes(flag), "latin-1").lower() for flag in flags} - {"\\recent"}
        date = found.get(b"INTERNALDATE")
        return Envelope(
            uid=str(uid), number=number, size=min(size, _LARGEST), date=_seconds(date), flags=" ".join(sorted(names))
        )

    def contents(self, wanted: Sequence[Kept]) -> Iterator[tuple[int, Digests | None]]:
        """Yield id and digests of each message, in some order; None for one that the server does not hand out."""
        group: list[Kept] = []
        for message in wanted:
            if message.size > PIECE_OCTETS:
                yield message.id, self._large(message)
                continue
            if sum(one.size for one in group) + message.size > GROUP_OCTETS:
                yield from self._group(group)
                group = []
            group.append(message)
        yield from self._group(group)

    def _group(self, group: Sequence[Kept]) -> Iterator[tuple[int, Digests | None]]:
        found: dict[int, Digests] = {}
        if group:
            by_number = {message.number: message for message in group}
            octets = 4 * sum(message.size for message in group) + SLACK_OCTETS
            asked = f"FETCH {numbers(list(by_number))} (UID BODY.PEEK[])"
            for number, fetch in self._fetched(asked, len(group), octets=octets):
                body = fetch.get(b"BODY[]")
                if isinstance(body, bytes) and self._is(by_number.get(number), fetch):
                    content = Content()
                    content.feed(body)
                    found[number] = content.done()
            self._turn_page()
        for message in group:
            yield message.id, found.get(message.number)

    def _large(self, message: Kept) -> Digests | None:
        content = Content()
        for first in range(0, 2 * message.size + SLACK_OCTETS, PIECE_OCTETS):
            asked = f"FETCH {message.number} (UID BODY.PEEK[]<{first}.{PIECE_OCTETS}>)"
            piece = None
            for _, fetch in self._fetched(asked, 1, octets=2 * PIECE_OCTETS):
                body = fetch.get(b"BODY[]<%d>" % first)
                piece = body if isinstance(body, bytes) and self._is(message, fetch) else piece
            self._turn_page()
            if piece is None:
                return None
            if len(piece) > PIECE_OCTETS:
                raise Inconclusive(
                    Reason.AMBIGUOUS, f"UID {message.uid}: more octets come than a piece was asked to have"
                )
            content.feed(piece)
            if len(piece) < PIECE_OCTETS:
                return content.done()
        raise Inconclusive(Reason.AMBIGUOUS, f"UID {message.uid} is twice as large as RFC822.SIZE says, and has no end")

    @staticmethod
    def _is(message: Kept | None, fetch: Fetch) -> bool:
        """Whether this is what was asked for; raises Inconclusive if the number is another message's now."""
        uid = fetch.get(b"UID")
        if message is not None and isinstance(uid, int) and str(uid) != message.uid:
            why = f"message {message.number} was UID {message.uid} and is UID {uid} now"
            raise Inconclusive(Reason.AMBIGUOUS, why)
        return message is not None

    def _fetched(self, asked: str, messages: int, *, octets: int) -> Iterator[tuple[int, Fetch]]:
        """Yield FETCH responses as they come, none if refused. Raises Inconclusive if more comes than can be meant."""
        tag = self.session.begin(asked)
        left = RESPONSES_EACH * messages + WINDOW
        while True:
            reply = self.session.await_reply()
            if not isinstance(reply, Reply):
                raise Inconclusive(Reason.CONNECTION_LOST, f"{asked.partition('(')[2][:-1]} was answered by {reply}")
            if reply.final and reply.command and reply.command.tag == tag:
                if reply.status not in (b"OK", b"NO"):
                    raise Inconclusive(Reason.PRECONDITION, f"{asked[:60]} was answered {quote(reply.raw[:120])}")
                return
            octets -= len(reply.raw)
            left -= 1
            if octets < 0 or left < 0:
                self.session.close()
                raise Inconclusive(Reason.AMBIGUOUS, f"{asked[:60]}: more is sent than was asked for")
            response = value_of(reply)
            if response.name == b"EXPUNGE":
                raise Inconclusive(
                    Reason.AMBIGUOUS, "messages are renumbered in the midst of FETCH (RFC 3501 section 7.4.1)"
                )
            if response.name == b"FETCH" and isinstance(response.data, Fetch):
                yield response.number or 0, response.data

    def _turn_page(self) -> None:
        """Forget what was said: a transcript of a whole mailbox would be as large as the mailbox."""
        self.recorder.clear()
        self.session.resume()


_SPECIAL_USES = frozenset(rb"\all \archive \drafts \flagged \important \junk \sent \trash".split())
"""What a mailbox may be for (RFC 6154 section 2, RFC 8457 section 3)."""


def others(told: NamespaceResponse | None) -> list[bytes]:
    """Return the prefixes behind which mailboxes are not the account's own (RFC 2342 section 5)."""
    described = [*((told.other if told else None) or ()), *((told.shared if told else None) or ())]
    return [bytes(one.prefix) for one in described if one.prefix]


def path_of(entry: MailboxList, prefix: bytes) -> str:
    r"""Return a name as parts between "/", whatever the server's delimiter and prefix are; "/" in a part is "\/"."""
    name = bytes(entry.name)
    if prefix and name.startswith(prefix) and name != prefix:
        name = name[len(prefix) :]
    parts = name.split(entry.delimiter) if entry.delimiter else [name]
    if parts[0].upper() == b"INBOX":
        parts[0] = b"INBOX"
    return "/".join(part.decode("utf-8", "replace").replace("\\", "\\\\").replace("/", "\\/") for part in parts)


def spelled(rights: str) -> str:
    """Write rights in the letters of RFC 4314: the c and d of RFC 2086 stand for others (section 2.1.1)."""
    letters = set(rights)
    letters |= {"k"} if "c" in letters else set()
    letters |= {"t", "e"} if "d" in letters else set()
    return "".join(sorted(letters - {"c", "d"}))


def numbers(wanted: Sequence[int]) -> str:
    """Write ascending numbers as a sequence-set, runs of them as ranges (RFC 3501 section 9)."""
    runs: list[list[int]] = []
    for number in wanted:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}:{last}" if last > first else str(first) for first, last in runs)


def _seconds(date: object) -> int:
    """Seconds since 1970 of an INTERNALDATE, 0 if it cannot be read."""
    text = bytes(date).strip().replace(b"-", b" ", 2) if isinstance(date, bytes) else b""
    moment = parse(Message(text, 0), date_time).value.moment
    return int(moment.timestamp()) if moment else 0
