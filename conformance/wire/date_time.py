"""The date-time of header fields and reports (RFC 5322 sections 3.3 and 4.3), one function per rule.

The obsolete forms are read, each recorded under its own name: `obs-date` (comments between the parts), `obs-year`
(fewer than four digits), `obs-zone` (names of zones).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from conformance.wire import rfc5322
from conformance.wire.scanner import Scanner

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES = {"UT": 0, "GMT": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
"""Hours east of Greenwich of the zones that have a name (RFC 5322 section 4.3); of any other name nothing is known."""

_WORD = re.compile(rb"[A-Za-z]+")
_DIGITS = re.compile(rb"[0-9]{1,9}")
_DAY = re.compile(rb"[0-9]{1,2}(?![0-9])")
_PAIR = re.compile(rb"[0-9]{2}(?![0-9])")
_OFFSET = re.compile(rb"[+-][0-9]{4}(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTime:
    """A date-time as it is written; None stands for what cannot be read.

    `zone` is what is written there, for instance "-0000", which says that the local time is unknown (section 3.3).
    """

    day_name: str | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    zone: str = ""

    @property
    def moment(self) -> dt.datetime | None:
        """The aware moment, None if there is no such; a leap second counts as the one before it."""
        if None in (self.day, self.month, self.year, self.hour, self.minute) or not self.zone:
            return None
        try:
            return dt.datetime(
                self.year or 0, self.month or 0, self.day or 0, self.hour or 0, self.minute or 0,
                min(self.second or 0, 59), tzinfo=self._offset,
            )  # fmt: skip
        except ValueError:
            return None

    def __str__(self) -> str:
        """The date-time in the form of section 3.3; what is None shows as 0."""
        name = "" if self.day_name is None else f"{self.day_name}, "
        month = MONTHS[(self.month or 1) - 1]
        second = "" if self.second is None else f":{self.second:02}"
        time = f"{self.hour or 0:02}:{self.minute or 0:02}{second}"
        return f"{name}{self.day or 0} {month} {self.year or 0:04} {time} {self.zone}"

    @property
    def _offset(self) -> dt.timezone:
        if self.zone[:1] not in "+-":
            return dt.timezone(dt.timedelta(hours=ZONES.get(self.zone.upper(), 0)))
        sign = -1 if self.zone.startswith("-") else 1
        return dt.timezone(sign * dt.timedelta(hours=int(self.zone[1:3]), minutes=int(self.zone[3:])))


def date_time(at: Scanner) -> DateTime:
    """date-time = [ day-of-week "," ] date time [CFWS], up to the end (RFC 5322 section 3.3)."""
    start = at.at
    _gap(at)
    day_name = _day_name(at)
    day = _number(at, _DAY, "day", "one or two digits")
    _gap(at, "day")
    month = _month(at)
    _gap(at, "month")
    year = _year(at)
    _gap(at, "year")
    hour = _number(at, _PAIR, "hour", "two digits", most=23)
    minute = second = None
    if _colon(at, "time-of-day"):
        minute = _number(at, _PAIR, "minute", "two digits", most=59)
        apart = _gap(at)
        if at.maybe(b":"):
            _gap(at)
            second = _number(at, _PAIR, "second", "two digits", most=60)
            apart = _gap(at)
        if not apart:
            at.note("zone", "white space", at.at, at.at)
    zone = _zone(at)
    rfc5322.cfws(at)
    at.finish("date-time", "nothing behind the zone")
    read = DateTime(
        day_name=day_name, day=day, month=month, year=year, hour=hour, minute=minute, second=second, zone=zone
    )
    _sense(at, read, start)
    return read


def _sense(at: Scanner, read: DateTime, start: int) -> None:
    """Hold a date against the calendar, and the name of the day against the date."""
    if None in (read.day, read.month, read.year):
        return
    try:
        date = dt.date(read.year or 0, read.month or 0, read.day or 0)
    except ValueError:
        at.note("date", "a day of the calendar", start, at.end)
        return
    if read.day_name is not None and DAYS[date.weekday()] != read.day_name:
        at.note("day-of-week", DAYS[date.weekday()], start, at.end)


def _gap(at: Scanner, rule: str = "") -> bool:
    """White space between parts, needed if a rule is named, and whether there is any; comments in it are obsolete."""
    start = at.at
    comments = rfc5322.cfws(at)
    if comments:
        at.note("obs-date", "no comment within a date-time", start, at.at)
    elif rule and comments is None:
        at.note(rule, "white space", start, start)
    return comments is not None


def _day_name(at: Scanner) -> str | None:
    start = at.at
    word = at.take_maybe(_WORD).decode().capitalize()
    if not word:
        return None
    _gap(at)
    at.expect(b",", "day-of-week")
    _gap(at)
    if word not in DAYS:
        at.note("day-name", "Mon to Sun", start, at.at)
        return None
    return word


def _month(at: Scanner) -> int | None:
    start = at.at
    word = at.take_maybe(_WORD).decode().capitalize()
    if word not in MONTHS:
        at.note("month-name", "Jan to Dec", start, at.at)
        return None
    return MONTHS.index(word) + 1


def _year(at: Scanner) -> int | None:
    """Year = 4*DIGIT; two digits below 50 mean 20yy, others 19yy, and three 1900 and so many (section 4.3)."""
    start = at.at
    digits = at.take(_DIGITS, "year", "four digits or more")
    if not digits:
        return None
    year = int(digits)
    if len(digits) < 4:
        at.note("obs-year", "four digits or more", start, at.at)
        year += 2000 if len(digits) <= 2 and year < 50 else 1900
    elif year < 1900:
        at.note("year", "1900 or later", start, at.at)
    return year


def _colon(at: Scanner, rule: str) -> bool:
    _gap(at)
    found = at.expect(b":", rule)
    _gap(at)
    return found


def _number(at: Scanner, pattern: re.Pattern[bytes], rule: str, expected: str, most: int = 31) -> int | None:
    start = at.at
    digits = at.take(pattern, rule, expected)
    if not digits:
        at.take_maybe(_DIGITS)
        return None
    if int(digits) > most:
        at.note(rule, f"{most} at most", start, at.at)
    return int(digits)


def _zone(at: Scanner) -> str:
    """Zone = ( "+" / "-" ) 4DIGIT, of which the last two are minutes, below 60 (RFC 5322 section 3.3)."""
    start = at.at
    offset = at.take_maybe(_OFFSET).decode()
    if offset:
        if int(offset[3:]) > 59 or int(offset[1:3]) > 23:
            at.note("zone", "hours below 24 and minutes below 60", start, at.at)
        return offset
    name = at.take_maybe(_WORD).decode()
    if name:
        at.note("obs-zone" if name.upper() in ZONES or len(name) == 1 else "zone", "+hhmm or -hhmm", start, at.at)
    else:
        at.note("zone", "+hhmm or -hhmm")
    return name
