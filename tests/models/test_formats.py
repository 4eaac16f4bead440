"""The messages about formats: what is written beside them is what the oracle reads, and Python's email package."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

import pytest

from conformance.models import mime
from conformance.models.corpus_formats import ADDRESSES, DATES, OBSOLETE, STRUCTURES, Format
from conformance.models.formats import current, formats, mailboxes, part_of, seen, shape
from conformance.wire import message
from conformance.wire.date_time import MONTHS, date_time
from conformance.wire.imap_body import Part
from conformance.wire.scanner import Scanner


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_oracle_sees_the_tree_and_the_parts(name: str) -> None:
    entity, wanted = mime.read(formats()[name].raw), seen()[name]
    structure = mime.bodystructure(entity)

    assert shape(structure) == wanted.shape
    for spec, text in wanted.parts.items():
        octets = text.replace(b"\n", b"\r\n")
        assert mime.section(entity, spec.encode()) == octets, spec
        part = part_of(structure, spec) if spec.replace(".", "").isdigit() else None
        assert part is None or (isinstance(part, Part) and part.size == len(octets)), spec


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_reader_of_messages_sees_the_tree(name: str) -> None:
    assert read(message.read(formats()[name].raw).value) == seen()[name].shape


def read(entity: message.Entity) -> str:
    inner = ", ".join(map(read, entity.parts))
    if entity.media.type == "multipart":
        return f"{entity.media.subtype}({inner})"
    return entity.media.essence + (f"({inner})" if inner else "")


@pytest.mark.parametrize("name", STRUCTURES)
def test_another_reader_sees_the_leaves(name: str) -> None:
    if name in ("text-like-a-message", "unknown-messages", "types-with-comments"):
        pytest.skip("the email package takes any message/* for a message, and comments for parts of a type")
    parsed = email.message_from_bytes(formats()[name].raw, policy=email.policy.compat32)
    inside = seen()[name].shape.replace("(", ", ").replace(")", "").split(", ")
    wanted = [one for one in inside if "/" in one and one != "message/rfc822"]

    assert [
        part.get_content_type() for part in parsed.walk() if isinstance(part, Message) and not part.is_multipart()
    ] == wanted


@pytest.mark.parametrize("name", [*ADDRESSES, *OBSOLETE])
def test_the_oracle_sees_the_mailboxes(name: str) -> None:
    envelope = mime.envelope(mime.read(formats()[name].raw))
    got = {"from": envelope.from_, "to": envelope.to}

    for member, wanted in seen()[name].mailboxes.items():
        assert mailboxes(got[member]) == [one.replace(b" ", b"") for one in wanted]


@pytest.mark.parametrize("name", DATES)
def test_the_days_are_right(name: str) -> None:
    read = date_time(Scanner(DATES[name][0].replace(b"\n", b"\r\n")))

    assert f"{read.day}-{MONTHS[(read.month or 1) - 1]}-{read.year}" == DATES[name][1]


def test_what_is_obsolete_is_apart() -> None:
    assert set(formats()) - set(current()) == {*OBSOLETE, *DATES}


def test_what_is_no_structure_has_no_shape() -> None:
    assert shape(None) == ""


def test_messages_bring_along_what_they_do_not_have_in_common() -> None:
    raw = formats()["to-twice"].raw

    assert (raw.count(b"\r\nTo: "), raw.count(b"\r\nFrom: "), raw.count(b"\r\nDate: ")) == (2, 1, 1)
    assert seen()["two-digits-late"] == Format(b"Date: Fri, 21 Nov 97 09:55:06 -0600\n")
