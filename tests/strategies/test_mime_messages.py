"""Generated messages keep the promises that checks build upon."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.delivery import key_of
from conformance.strategies.messages import LINE_LIMIT
from conformance.strategies.mime_messages import Meaning, messages_with_meaning, partials, subsets

FEW = settings(max_examples=12)


@FEW
@given(messages_with_meaning())
def test_messages_survive_every_way_into_a_maildrop(message: Meaning) -> None:
    lines = message.raw.split(b"\r\n")

    assert lines.pop() == b""
    assert message.raw.isascii()
    assert all(len(line) <= LINE_LIMIT for line in lines)
    assert not any(octet in line for line in lines for octet in b"\r\n\0")
    assert not any(line.lstrip(b">").startswith(b"From ") for line in lines)


@FEW
@given(messages_with_meaning())
def test_messages_are_known_again_by_their_mark(message: Meaning) -> None:
    assert key_of(message.raw) is not None


@FEW
@given(messages_with_meaning())
def test_header_and_text_are_the_message_and_parts_lie_within(message: Meaning) -> None:
    assert message.sections[b"HEADER"] + message.sections[b"TEXT"] == message.sections[b""] == message.raw
    assert all(octets in message.raw for octets in message.sections.values())


@FEW
@given(st.data())
def test_subsets_and_partials_are_about_the_message(data: st.DataObject) -> None:
    message = data.draw(messages_with_meaning())
    names = data.draw(subsets(message))
    start, count = data.draw(partials(message.raw))

    assert names
    assert not any(b":" in name or b" " in name for name in names)
    assert start >= 0
    assert count >= 1
