r"""A fixed mailbox in which every search key, sort criterion and thread rule makes a difference (RFC 3501, RFC 5256).

Internal dates lie around midnight in several zones and their order is neither that of the sent dates nor that of the
mailbox; sizes lie at a boundary; subjects carry every artifact of RFC 5256 section 2.1; references break off, run in a
circle and meet duplicates. Invariant: each message can be told by its mark, in Message-ID where the specimen allows it,
else in X-Mailconform, so that what is put into a mailbox is found again and removed.

`\Recent` cannot be set, and storage may choose dates and sizes: `as_mailbox` is the mailbox as it was put in, for a
comparison with a server take what FETCH shows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.models import sample_bodies, sample_threads
from conformance.models.contents import Mailbox, Message
from conformance.models.sample_parts import Draft, key_of

KEYWORDS = (b"$MailconformBlue", b"mailconform-green")
"""Keywords that the sample uses; a server may refuse to keep them (PERMANENTFLAGS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A message to append: its name here, the 24 hex digits of its mark, octets with CRLF, date and flags."""

    name: str
    key: bytes
    octets: bytes
    internaldate: dt.datetime
    flags: frozenset[bytes]

    @property
    def system_flags(self) -> frozenset[bytes]:
        return frozenset(flag for flag in self.flags if flag.startswith(b"\\"))


def _zone(hours: float) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=hours))


def _march(day: int, time: str, zone: float = 0) -> dt.datetime:
    return dt.datetime.combine(dt.date(2020, 3, day), dt.time.fromisoformat(time), _zone(zone))


def _padded(draft: Draft, octets: int) -> Draft:
    """Lengthen the body of a draft until the message has so many octets."""
    short = octets - len(draft.octets)
    lines = (b"x" * 62 + b"\r\n") * (short // 64)
    rest = short - len(lines)
    tail = b"" if rest == 0 else b"y" * (rest - 2) + b"\r\n" if rest >= 2 else b"z"
    return draft.with_body(draft.text + lines + tail)


PLAIN: tuple[Draft, ...] = (
    Draft(
        name="west", internaldate=_march(1, "23:30:00", -8), date="Tue, 15 Jan 2019 23:45:00 -0800",
        subject="Apple", sender='"Smith, Zoe" <zoe.smith@alpha.example>', to="anna@recipients.example",
        cc="carol@copies.example", bcc="hidden@blind.example", flags=(b"\\Seen",),
        body=b"Orchard notes.\r\nThe quick brown fox.\r\n",
    ),
    Draft(
        name="east", internaldate=_march(2, "00:30:00", 9), date="Wed, 16 Jan 2019 00:15:00 +0900",
        subject="Re: apple", sender="Adam <adam@alpha.example>", to="Bob Builder <bob@recipients.example>",
        flags=(b"\\Seen", b"\\Answered"), body=b"ORCHARD NOTES, ANSWERED.\r\n",
    ),
    Draft(
        name="midnight", internaldate=_march(2, "00:00:00"), date="Wed, 16 Jan 2019 00:00:00 +0000",
        subject="Fwd: [orchard] apple (fwd)", sender="MIKE <mike@beta.example>", to="anna@recipients.example",
        cc="Dora <dora@copies.example>", flags=(b"\\Flagged",),
    ),
    Draft(
        name="last-second", internaldate=_march(2, "23:59:59"), date="Wed, 16 Jan 2019 23:59:59 +0000",
        subject="[orchard] Apple", sender="bert@beta.example", to="carl@recipients.example",
        flags=(b"\\Deleted",),
    ),
    Draft(
        name="next-day", internaldate=_march(3, "00:00:00"), date="Thu, 17 Jan 2019 00:00:00 +0000",
        subject="banana", sender="nora@beta.example", to="anna@recipients.example", flags=(b"\\Draft",),
    ),
    Draft(
        name="half-zone", internaldate=_march(3, "00:10:00", 5.5), date="Thu, 17 Jan 2019 00:10:00 +0530",
        subject="Re: Re[2]: Banana", sender="Olga <olga@gamma.example>", to="dave@recipients.example",
        flags=(b"\\Seen", b"\\Flagged", KEYWORDS[0]),
    ),
    Draft(
        name="forwarded", internaldate=_march(4, "12:00:00"), date="Mon, 14 Jan 2019 08:00:00 +0000",
        subject="[Fwd: cherry]", sender="Peter <peter@gamma.example>", to="eve@recipients.example",
        flags=(b"\\Answered", KEYWORDS[1]),
    ),
    Draft(
        name="blob-only", internaldate=_march(4, "11:00:00"), date="Sun, 13 Jan 2019 08:00:00 +0000",
        subject="[blob]", sender="quinn@gamma.example", to="frank@recipients.example",
        flags=(b"\\Seen", b"\\Deleted", *KEYWORDS),
    ),
    Draft(
        name="empty-subject", internaldate=_march(4, "10:00:00"), date="Sat, 12 Jan 2019 08:00:00 +0000",
        subject="", sender="rita@gamma.example", to="gina@recipients.example",
        flags=(b"\\Seen", b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Draft"),
    ),
    Draft(
        name="bare", internaldate=_march(5, "09:00:00"), date="Fri, 11 Jan 2019 08:00:00 +0000",
        subject=None, sender="sven@delta.example", to=None, body=b"No subject, no recipient.\r\n",
    ),
    Draft(
        name="no-date", internaldate=_march(5, "08:00:00"), date=None,
        subject="Undated damson", sender="tina@delta.example", to="hugo@recipients.example", flags=(b"\\Seen",),
    ),
    Draft(
        name="bad-date", internaldate=_march(5, "07:00:00"), date="sometime after lunch",
        subject="Misdated elderberry", sender="ulla@delta.example", to="iris@recipients.example",
    ),
    Draft(
        name="same-moment", internaldate=_march(5, "07:00:00"), date="Wed, 16 Jan 2019 00:00:00 +0000",
        subject="fig", sender="vera@delta.example", to="jack@recipients.example",
        extra=(b"X-Mailconform-Note: first note", b"X-Mailconform-Note: second note", b"X-Mailconform-Empty:"),
    ),
    Draft(
        name="year-end", internaldate=dt.datetime(2019, 12, 31, 22, 0, tzinfo=_zone(-5)),
        date="Mon, 31 Dec 2018 16:01:33 -0800", subject="grape\r\n  \t(fwd)", sender="walt@delta.example",
        to="kate@recipients.example", extra=(b"X-Mailconform-Folded: left\r\n right",), flags=(b"\\Flagged",),
    ),
    _padded(Draft(
        name="size-1999", internaldate=_march(6, "06:00:00"), date="Tue, 1 Jan 2019 00:00:10 +0000",
        subject="Size below", sender="xena@delta.example", to="lena@recipients.example",
    ), 1999),
    _padded(Draft(
        name="size-2000", internaldate=_march(6, "05:00:00"), date="Tue, 1 Jan 2019 00:00:20 GMT",
        subject="Size at", sender="yves@delta.example", to="maja@recipients.example",
    ), 2000),
    _padded(Draft(
        name="size-2001", internaldate=_march(6, "04:00:00"), date="Tue, 1 Jan 2019 00:00:30 -0000 (comment)",
        subject="Size above", sender="zora@delta.example", to="nina@recipients.example", flags=(b"\\Draft", b"\\Seen"),
    ), 2001),
)  # fmt: skip


def _specimen(draft: Draft) -> Specimen:
    return Specimen(
        name=draft.name,
        key=key_of(draft.name),
        octets=draft.octets,
        internaldate=draft.internaldate,
        flags=frozenset(draft.flags),
    )


SAMPLE: tuple[Specimen, ...] = tuple(
    _specimen(draft) for draft in (*PLAIN, *sample_bodies.DRAFTS, *sample_threads.DRAFTS)
)
"""The messages in the order in which they are to be appended."""

FINGERPRINT = hashlib.sha256(b"\0".join(specimen.octets for specimen in SAMPLE)).hexdigest()
"""Changes when a message changes: what is in a mailbox from an earlier run can be told from this sample."""


def number_of(name: str) -> int:
    """Return the sequence number of a specimen in a mailbox that holds the sample alone; raises ValueError."""
    return [specimen.name for specimen in SAMPLE].index(name) + 1


def as_mailbox(specimens: Iterable[Specimen] = SAMPLE, *, first_uid: int = 1, step: int = 1) -> Mailbox:
    """Return the mailbox that holds these messages, just as they were appended."""
    return Mailbox(
        messages=tuple(
            Message(
                number=number,
                uid=first_uid + (number - 1) * step,
                octets=specimen.octets,
                internaldate=specimen.internaldate,
                flags=specimen.flags,
                size=len(specimen.octets),
            )
            for number, specimen in enumerate(specimens, 1)
        )
    )
