"""Bodies of test messages keep the promises that checks build upon."""

from __future__ import annotations

from hypothesis import given

from conformance.strategies import messages


@given(messages.bodies())
def test_plain_bodies_survive_every_way_into_a_maildrop(body: bytes) -> None:
    lines = body.split(b"\r\n")

    assert lines.pop() == b""
    assert lines[-1].strip()
    assert all(len(line) <= messages.LINE_LIMIT for line in lines)
    assert not any(octet in line for line in lines for octet in b"\r\n\0")
    assert body.isascii()
    assert not any(line.lstrip(b">").startswith(b"From ") for line in lines)


@given(messages.lone_cr_bodies())
def test_a_lone_cr_never_stands_before_a_line_end(body: bytes) -> None:
    assert b"\r" in body.replace(b"\r\n", b"")
    assert b"\r\r\n" not in body


@given(messages.bodies_with_loose_ends())
def test_only_line_ends_behind_the_last_octet_are_forgiven(body: bytes) -> None:
    assert messages.same_text(body, body + b"\r\n\r\n")
    assert not messages.same_text(body, body + b"x")


def test_a_difference_is_shown_by_its_line() -> None:
    assert messages.first_difference(b"a\r\n..\r\n", b"a\r\n.\r\n") == "line 2 of the body: stored '..', retrieved '.'"
    assert messages.first_difference(b"a", b"a\r\nb").endswith("stored no such line, retrieved 'b'")
