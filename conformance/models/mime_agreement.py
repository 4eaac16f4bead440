"""Whether a server's ENVELOPE, BODY or BODYSTRUCTURE is one that RFC 3501 allows for a message, and if not, why.

`agrees` is strict where the RFC speaks and tolerant exactly where it is silent. Some latitude belongs to a value, as the
octets of the message give rise to it (see `conformance.models.mime_latitude`); what is tolerated of every message
stands here:

- Letter case of types, encodings, parameter names, dispositions, languages and hosts, and of charset names: MIME and
  the mail RFCs compare them without it, and servers are known to show all of them in one case.
- The order of parameters: RFC 2045 section 5.1 gives it no meaning.
- Extension data that is left out, all or the last of it: RFC 3501 section 7.4.2 says that it can be returned, not that
  it must be.
- A charset parameter for text that states none: RFC 3501 has the server default various fields as necessary.
- Parameters of RFC 2231 as sent or put together: RFC 3501 is older than most implementations of it and names neither.
- The empty string for a personal name or route that is not there: RFC 3501 section 7.4.2 speaks of NIL for members of
  the envelope and for groups, and says of others that clients should take both for the same.
- White space within personal names: a phrase is a sequence of words (RFC 2822 section 3.2.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.models.mime_latitude import Anything, squeezed
from conformance.models.mime_parameters import parameters_differ
from conformance.wire.imap_body import Address, Envelope, Multipart, Part

Structure = Part | Multipart
Pair = tuple[bytes, tuple[tuple[bytes, bytes], ...] | None]


def agrees(expected: Envelope | Structure, got: object) -> str:
    """Say how what a server shows differs from what the oracle computed; empty if it is allowed."""
    return next(_differences(expected, got), "")


def differences(expected: Envelope | Structure, got: object) -> tuple[str, ...]:
    """Return all differences, for a check that is about some members: each begins with its place and a colon.

    Places are like `envelope.from` and `part 1.2: parameters`, or `structure: parameters` of the message itself.
    """
    return tuple(_differences(expected, got))


def _differences(expected: Envelope | Structure, got: object) -> Iterator[str]:
    return _envelope(expected, got, "envelope") if isinstance(expected, Envelope) else _structure(expected, got, "")


def _shown(value: object) -> str:
    text = "NIL" if value is None else repr(value)
    return text if len(text) <= 160 else text[:160] + "..."


def _unlike(where: str, expected: object, got: object) -> Iterator[str]:
    yield f"{where}: expected {_shown(expected)}, got {_shown(got)}"


def _value(expected: Any, got: Any, where: str) -> Iterator[str]:
    """Compare one string or number, with the latitude it brings along."""
    if not (expected.admits(got) if hasattr(expected, "admits") else expected == got):
        yield from _unlike(where, expected, got)


def _word(expected: bytes | None, got: Any, where: str) -> Iterator[str]:
    """Compare a word in which letter case means nothing."""
    allowed = {word.lower() for word in (expected, *getattr(expected, "others", ())) if word is not None}
    same = got.lower() in allowed if isinstance(got, bytes) else expected is None and got is None
    if not same:
        yield from _unlike(where, expected, got)


def _envelope(expected: Envelope, got: Any, where: str) -> Iterator[str]:
    if not isinstance(got, Envelope):
        yield from _unlike(where, expected, got)
        return
    for name in ("date", "subject", "in_reply_to", "message_id"):
        yield from _value(getattr(expected, name), getattr(got, name), f"{where}.{name}")
    for name in ("from_", "sender", "reply_to", "to", "cc", "bcc"):
        yield from _addresses(getattr(expected, name), getattr(got, name), f"{where}.{name.strip('_')}")
    for name in ("sender", "reply_to"):  # the same value as the from member, however that is spelled
        if getattr(getattr(expected, name), "defaulted", False) and getattr(got, name) != got.from_:
            yield from _unlike(f"{where}.{name} stands for the from member", got.from_, getattr(got, name))


def _addresses(expected: Any, got: Any, where: str) -> Iterator[str]:
    readings = (expected, *getattr(expected, "others", ()))
    if not any(_same_addresses(reading, got) for reading in readings):
        yield from _unlike(where, expected, got)


def _same_addresses(expected: tuple[Address, ...] | None, got: Any) -> bool:
    if expected is None or not isinstance(got, tuple):
        return expected is None and got is None
    return len(expected) == len(got) and all(map(_same_address, expected, got))


def _same_address(expected: Address, got: Address) -> bool:
    """Whether two address structures say the same: the mailbox name octet by octet, the host without letter case."""
    name = squeezed(got.name) if got.name is not None else None
    adl = b"".join(got.adl.split()) if got.adl is not None else None
    hosts = isinstance(expected.host, Anything) or _lower(expected.host) == _lower(got.host)
    mailbox = got.mailbox if expected.host is not None or got.mailbox is None else squeezed(got.mailbox)
    return hosts and not any(
        (
            *(_value(expected.name, name, "") if expected.name is not None or name else ()),
            *(_value(expected.adl, adl, "") if expected.adl is not None or adl else ()),
            *_value(expected.mailbox, mailbox, ""),
        )
    )


def _lower(value: bytes | None) -> bytes | None:
    return value.lower() if value is not None else None


def _structure(expected: Structure, got: Any, number: str) -> Iterator[str]:
    """Compare two structures; a multipart in which no part can be found may be shown as anything.

    The grammar has no multipart without parts, and RFC 2046 does not say what such a body is.
    """
    where = f"part {number}" if number else "structure"
    if isinstance(expected, Multipart):
        if expected.parts:
            yield from _multipart(expected, got, number, where)
    elif isinstance(got, Part):
        yield from _part(expected, got, number, where)
    else:
        yield from _unlike(where, expected, got)


def _multipart(expected: Multipart, got: Any, number: str, where: str) -> Iterator[str]:
    if not isinstance(got, Multipart):
        yield from _unlike(where, expected, got)
        return
    if len(expected.parts) != len(got.parts):
        yield from _unlike(f"{where}: number of parts", len(expected.parts), len(got.parts))
    for place, (own, theirs) in enumerate(zip(expected.parts, got.parts, strict=False), 1):
        yield from _structure(own, theirs, f"{number}.{place}".strip("."))
    yield from _word(expected.subtype, got.subtype, f"{where}: subtype")
    yield from _extension(expected, got, where)


def _part(expected: Part, got: Part, number: str, where: str) -> Iterator[str]:
    yield from _word(expected.type, got.type, f"{where}: type")
    yield from _word(expected.subtype, got.subtype, f"{where}: subtype")
    is_text = expected.type.lower() == b"text"
    yield from parameters_differ(expected.params, got.params, f"{where}: parameters", is_text=is_text)
    yield from _value(expected.id, got.id, f"{where}: id")
    yield from _value(expected.description, got.description, f"{where}: description")
    yield from _word(expected.encoding, got.encoding, f"{where}: encoding")
    yield from _value(expected.size, got.size, f"{where}: size in octets")
    yield from _value(expected.lines, got.lines, f"{where}: size in lines")
    if expected.envelope is not None:
        yield from _envelope(expected.envelope, got.envelope, f"{where}: envelope")
    if expected.body is not None:
        below = f"{number or 1}" if isinstance(expected.body, Multipart) else f"{number or 1}.1"
        yield from _structure(expected.body, got.body, below)
    yield from _extension(expected, got, where)


def _extension(expected: Any, got: Any, where: str) -> Iterator[str]:
    """Compare extension data, as far as there is some; BODY has none, and nothing is defined behind the location."""
    if got.extended and not expected.extended:
        yield f"{where}: BODY shows extension data"
    if not (got.extended and expected.extended):
        return
    if isinstance(expected, Multipart):
        yield from parameters_differ(expected.params, got.params, f"{where}: parameters")
    else:
        yield from _value(expected.md5, got.md5, f"{where}: MD5")
    if got.unsent < 3:
        yield from _disposition(expected.disposition, got.disposition, f"{where}: disposition")
    if got.unsent < 2 and _tags(expected.language) != _tags(got.language):
        yield from _unlike(f"{where}: language", expected.language, got.language)
    if got.unsent < 1:
        yield from _value(expected.location, got.location, f"{where}: location")
    if got.extensions:
        yield f"{where}: undefined extension data {_shown(got.extensions)}"


def _disposition(expected: Pair | None, got: Any, where: str) -> Iterator[str]:
    if expected is None or got is None:
        if expected is not got:
            yield from _unlike(where, expected, got)
        return
    yield from _word(expected[0], got[0], where)
    yield from parameters_differ(expected[1], got[1], where)


def _tags(language: tuple[bytes, ...] | None) -> list[bytes]:
    """Return the tags alone: "a string or parenthesized list" leaves open how several of them are shown."""
    return [tag.strip().lower() for tag in b",".join(language or ()).split(b",")]
