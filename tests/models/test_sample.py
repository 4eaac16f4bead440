"""The sample mailbox keeps its marks, its order and its limits."""

from __future__ import annotations

import re

from conformance.delivery import key_of
from conformance.models import sample


def test_each_message_carries_its_mark() -> None:
    for specimen in sample.SAMPLE:
        mark = re.search(rb"^X-Mailconform: ([0-9a-f]{24})\r$", specimen.octets, re.MULTILINE)
        assert (mark[1] if mark else key_of(specimen.octets)) == specimen.key, specimen.name


def test_names_and_marks_are_unique_and_the_octets_fixed() -> None:
    assert len({specimen.name for specimen in sample.SAMPLE}) == len(sample.SAMPLE)
    assert len({specimen.key for specimen in sample.SAMPLE}) == len(sample.SAMPLE)
    assert len({specimen.octets for specimen in sample.SAMPLE}) == len(sample.SAMPLE)
    assert all(b"\n" not in specimen.octets.replace(b"\r\n", b"") for specimen in sample.SAMPLE)


def test_headers_are_ascii_and_lines_short() -> None:
    for specimen in sample.SAMPLE:
        header, _, body = specimen.octets.partition(b"\r\n\r\n")
        assert header.isascii()
        assert max(map(len, specimen.octets.split(b"\r\n"))) <= 998
        assert body.isascii() or b"8bit" in header


def test_sizes_lie_at_the_boundary() -> None:
    for size in (1999, 2000, 2001):
        assert len(sample.SAMPLE[sample.number_of(f"size-{size}") - 1].octets) == size


def test_the_mailbox_numbers_its_messages() -> None:
    box = sample.as_mailbox(first_uid=7, step=3)

    assert [m.number for m in box.messages] == list(range(1, len(sample.SAMPLE) + 1))
    assert [m.uid for m in box.messages[:3]] == [7, 10, 13]
    assert box.uid_of(2) == 10
    assert sample.SAMPLE[0].system_flags == {b"\\Seen"}
