"""Values of header fields with their spellings: dates, address lists, MIME parameters (RFC 5322, RFC 2045, RFC 2231).

Each strategy builds its meaning first and spells it then, in ways that the grammar allows without its obsolete forms:
folds, comments, quotes, letter case. What is drawn has no violation.
"""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import Spelled
from conformance.wire import encoded_words, mime_fields, rfc5322
from conformance.wire.address_list import Address, Group, Mailbox
from conformance.wire.auto_submitted import KEYWORDS, AutoSubmitted
from conformance.wire.date_time import DAYS, MONTHS, DateTime
from conformance.wire.mime_fields import Media, Parameter

_ATEXT = "abcxyzABC019!#$%&'*+/=?^_`{|}~-"
_QUOTABLE = 'abcxyz 019()<>@,;:.[]"\\'
_LABEL = "abcxyz019"
_CHARSETS = ("utf-8", "iso-8859-1", "us-ascii")


def spaces() -> SearchStrategy[bytes]:
    """White space, folded or not, that may stand where FWS is needed."""
    return st.sampled_from((b" ", b" ", b"  ", b"\t", b"\r\n ", b"\r\n\t"))


def gaps() -> SearchStrategy[bytes]:
    """CFWS: white space and comments, nested ones too, or nothing (RFC 5322 section 3.2.2)."""
    return st.sampled_from((b"", b"", b" ", b"\r\n ", b" (a (b) c) ", b"(\\))", b"\r\n (x)\r\n "))


@st.composite
def date_times(draw: st.DrawFn) -> Spelled[DateTime]:
    """Date-times of section 3.3, with and without the name of the day and the second."""
    date = draw(st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 31)))
    hour, minute = draw(st.integers(0, 23)), draw(st.integers(0, 59))
    second = draw(st.none() | st.integers(0, 60))
    zone = f"{draw(st.sampled_from('+-'))}{draw(st.integers(0, 23)):02}{draw(st.integers(0, 59)):02}"
    day_name = draw(st.sampled_from((None, DAYS[date.weekday()])))
    value = DateTime(
        day_name=day_name, day=date.day, month=date.month, year=date.year, hour=hour, minute=minute, second=second,
        zone=zone,
    )  # fmt: skip
    day = draw(st.sampled_from((f"{date.day}", f"{date.day:02}")))
    time = f"{hour:02}:{minute:02}" + ("" if second is None else f":{second:02}")
    words = (day, MONTHS[date.month - 1], f"{date.year:04}", time, zone)
    spelled = b"".join(draw(spaces()) + word.encode() for word in words)
    return Spelled(value, (b"" if day_name is None else day_name.encode() + b",") + spelled)


def _dot_atoms(alphabet: str) -> SearchStrategy[bytes]:
    atoms = st.text(alphabet, min_size=1, max_size=8)
    return st.lists(atoms, min_size=1, max_size=3).map(lambda some: ".".join(some).encode())


def _quotables() -> SearchStrategy[bytes]:
    return st.text(_QUOTABLE, max_size=12).map(str.encode)


@st.composite
def mailboxes(draw: st.DrawFn) -> Spelled[Mailbox]:
    """Mailboxes, with or without a display-name (RFC 5322 section 3.4); comments stand in front of all and are kept."""
    local = draw(_dot_atoms(_ATEXT) | _quotables())
    domain = draw(_dot_atoms(_LABEL) | st.sampled_from((b"[192.0.2.1]", b"[IPv6:2001:db8::1]")))
    comments = tuple(draw(st.lists(st.sampled_from((b"x", b"a (b)", b"")), max_size=2)))
    before = b"".join(b"(" + comment + b") " for comment in comments)
    name = draw(st.none() | _quotables().map(lambda text: b" ".join(text.split())).filter(bool))
    value = Mailbox(local_part=local, domain=domain, display_name=name, comments=comments)
    if name is not None:
        return Spelled(value, before + rfc5322.quoted(name) + draw(spaces()) + b"<" + value.addr_spec + b">")
    return Spelled(value, before + (value.addr_spec if draw(st.booleans()) else b"<" + value.addr_spec + b">"))


@st.composite
def groups(draw: st.DrawFn) -> Spelled[Group]:
    """Groups of none to three mailboxes."""
    name = draw(_dot_atoms("abcXYZ019").map(lambda text: text.replace(b".", b" ")))
    members = draw(st.lists(mailboxes(), max_size=3))
    value = Group(display_name=name, members=tuple(member.value for member in members))
    return Spelled(value, name + b": " + b",\r\n ".join(member.raw for member in members) + b";")


@st.composite
def address_lists(draw: st.DrawFn) -> Spelled[tuple[Address, ...]]:
    """Lists of one to four addresses."""
    some: list[Spelled[Mailbox] | Spelled[Group]] = draw(st.lists(mailboxes() | groups(), min_size=1, max_size=4))
    raw = some[0].raw + b"".join(b"," + draw(spaces()) + one.raw for one in some[1:])
    return Spelled(tuple(one.value for one in some), raw)


@st.composite
def parameter_lists(draw: st.DrawFn) -> Spelled[tuple[Parameter, ...]]:
    """Parameters as tokens, quoted, in sections, or encoded with a charset (RFC 2045 section 5.1, RFC 2231)."""
    names = draw(st.lists(st.text(_LABEL, min_size=1, max_size=6), max_size=3, unique=True))
    some = [draw(_parameters(name)) for name in names]
    raw = b"".join(draw(gaps()) + b";" + draw(gaps()) + one.raw for one in some)
    return Spelled(tuple(one.value for one in some), raw)


@st.composite
def _parameters(draw: st.DrawFn, name: str) -> Spelled[Parameter]:
    shown = draw(st.sampled_from((name, name.upper()))).encode()
    gap = draw(gaps())
    match draw(st.sampled_from(("token", "quoted", "sections", "encoded"))):
        case "token":
            token = draw(st.text(_LABEL + "!#$%&'+-^_`{|}~.", min_size=1, max_size=12)).encode()
            return Spelled(Parameter(name=name, value=token), shown + gap + b"=" + gap + token)
        case "quoted":
            text = draw(_quotables())
            return Spelled(Parameter(name=name, value=text), shown + gap + b"=" + gap + rfc5322.quoted(text))
        case "sections":
            pieces = draw(st.lists(_quotables(), min_size=1, max_size=4))
            spelled = [shown + b"*%d=" % place + rfc5322.quoted(text) for place, text in enumerate(pieces)]
            return Spelled(Parameter(name=name, value=b"".join(pieces)), b"; ".join(draw(st.permutations(spelled))))
    value = Parameter(
        name=name, value=draw(st.binary(max_size=12)), charset=draw(st.sampled_from(_CHARSETS)),
        language=draw(st.sampled_from((None, "en", "de-at"))),
    )  # fmt: skip
    return Spelled(value, mime_fields.write_parameters((value,)).removeprefix(b"; "))


@st.composite
def medias(draw: st.DrawFn) -> Spelled[Media]:
    """Media types that are no multipart, with parameters."""
    kind, subtype = draw(st.sampled_from(("text", "application", "x-y"))), draw(st.sampled_from(("plain", "z.z+xml")))
    given = draw(parameter_lists())
    raw = draw(st.sampled_from((kind, kind.upper()))).encode() + b"/" + subtype.encode() + given.raw
    return Spelled(Media(type=kind, subtype=subtype, parameters=given.value), raw)


@st.composite
def auto_submitteds(draw: st.DrawFn) -> Spelled[AutoSubmitted]:
    """Bodies of Auto-Submitted (RFC 3834 section 5.1)."""
    keyword = draw(st.sampled_from((*KEYWORDS, "x-mine")))
    given = draw(parameter_lists())
    return Spelled(AutoSubmitted(keyword=keyword, parameters=given.value), keyword.encode() + given.raw)


def encoded_texts() -> SearchStrategy[Spelled[str]]:
    """Texts of any characters as encoded words (RFC 2047)."""
    characters = st.characters(codec="utf-8")
    return st.text(characters, min_size=1, max_size=40).map(lambda text: Spelled(text, encoded_words.write(text)))
