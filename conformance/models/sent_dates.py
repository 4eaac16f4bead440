"""Dates of Date: fields, and how sure one can be of them (RFC 5322 sections 3.3 and 4.3; RFC 5256 section 2.2).

SEARCH takes the date as it is written, without time and zone (RFC 3501 section 6.4.4); SORT and THREAD take the moment
in UTC. Invariant: a moment is called certain only if the field stands once and is written as RFC 5322 says, apart from
the obsolete zone names, which every mail program reads. For everything else the RFCs leave several readings open, and
`readings` yields them all.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EARLIEST = (
    dt.datetime(1, 1, 2, tzinfo=dt.UTC),
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
)
"""What servers take for the earliest possible date; a day off the calendar's edge, so that zones can be added."""

_DATE_TIME = re.compile(
    r"\s*(?:(?P<dow>[a-z]{3})\s*,)?\s*(?P<day>\d{1,2})\s+(?P<month>[a-z]{3})\s+(?P<year>\d{4})"
    r"\s+(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s+(?P<zone>[+-]\d{4}|[a-z]{2,3})\s*(?:\([^()]*\)\s*)?\Z",
    re.IGNORECASE,
)
_ZONES = {
    "ut": 0, "gmt": 0, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
}  # fmt: skip


def date_time(text: str) -> dt.datetime | None:
    """Read an RFC 5322 date-time, folded or not, into an aware moment; None if it is not written as section 3.3 says."""
    found = _DATE_TIME.match(text.replace("\r\n", ""))
    zone = found and _zone(found["zone"].lower())
    if not found or zone is None or found["month"].lower() not in MONTHS:
        return None
    try:
        moment = dt.datetime(
            int(found["year"]), MONTHS.index(found["month"].lower()) + 1, int(found["day"]),
            int(found["hour"]), int(found["minute"]), int(found["second"] or 0), tzinfo=zone,
        )  # fmt: skip
    except ValueError:
        return None
    return moment if found["dow"] is None or DAYS[moment.weekday()] == found["dow"].lower() else None


def _zone(text: str) -> dt.timezone | None:
    if text[0] not in "+-":
        return dt.timezone(dt.timedelta(hours=_ZONES[text])) if text in _ZONES else None
    hours, minutes = int(text[1:3]), int(text[3:])
    if hours > 23 or minutes > 59:
        return None
    return dt.timezone((-1 if text[0] == "-" else 1) * dt.timedelta(hours=hours, minutes=minutes))


def certain(fields: tuple[str, ...]) -> dt.datetime | None:
    """Return the moment of the Date: fields of one message if there is exactly one, well written; else None."""
    return date_time(fields[0]) if len(fields) == 1 else None


def readings(fields: tuple[str, ...], internaldate: dt.datetime) -> tuple[dt.datetime, ...]:
    """Return the sent dates that RFC 5256 section 2.2 allows to be read: one, or several where it contradicts itself.

    A missing Date: is the internal date. Of one that cannot be read, one paragraph says "earliest possible" and
    another says "internal date"; what a lenient reader makes of it is as good.
    """
    if not fields:
        return (internaldate,)
    moment = certain(fields)
    if moment is not None:
        return (moment,)
    lenient = [found for text in fields if (found := _lenient(text)) is not None]
    return tuple(dict.fromkeys([*lenient, internaldate, *EARLIEST]))


def _lenient(text: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
