"""Bodies of Internet messages for maildrops: every shape of line that a POP3 server may trip over (RFC 1939 section 3).

Invariant: what a plain body holds survives each way into a maildrop (see `conformance.delivery`), so that a difference
in RETR is the server's doing. Three things do not survive everywhere, and have strategies of their own: octets above
127 (SMTP and IMAP may convert them), a CR alone (IMAP and SMTP clients make a line end of it), and lines of more than
998 octets (SMTP cuts or refuses them). A line never begins with "From " behind any number of ">": mbox spools quote
that. The end of a body is the storage's own: mbox adds a line end, SMTP too; `same_text` therefore forgives the line
ends behind the last visible octet, and nothing else.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LINE_LIMIT = 998  # RFC 5322 section 2.1.1, line end left out

_VISIBLE = bytes(range(0x21, 0x7F))
_PLAIN = bytes(range(0x20, 0x7F)) + b"\t"
_FIRST = bytes(octet for octet in _PLAIN if octet not in b"F>")
DOTTED = (b".", b"..", b"...", b". ", b".x", b"..x", b" .", b".\t", b".From ", b".+OK", b". .")
LOOKALIKES = (b"+OK", b"-ERR no such message", b"QUIT", b"RETR 1", b"Subject: not a header", b"--", b"=2E", b"&", b"%")


def _octets(alphabet: bytes, smallest: int, largest: int) -> SearchStrategy[bytes]:
    return st.lists(st.sampled_from(alphabet), min_size=smallest, max_size=largest).map(bytes)


def blank_lines() -> SearchStrategy[bytes]:
    """Lines that show nothing: empty, or of spaces and tabs alone."""
    return st.sampled_from((b"", b"", b" ", b"   ", b"\t", b" \t "))


def dotted_lines() -> SearchStrategy[bytes]:
    """Lines that begin with a dot or look so: what byte-stuffing is about (RFC 1939 section 3)."""
    return st.one_of(
        st.sampled_from(DOTTED), st.builds(bytes.__add__, st.sampled_from((b".", b"..")), _octets(_PLAIN, 0, 12))
    )


def text_lines() -> SearchStrategy[bytes]:
    """Lines of printable US-ASCII and tabs, also with spaces behind."""
    return st.builds(
        lambda first, text, spaces: first + text + b" " * spaces,
        _octets(_FIRST, 1, 1),
        _octets(_PLAIN, 0, 40),
        st.integers(0, 3),
    )


def full_lines() -> SearchStrategy[bytes]:
    """Lines of 900 to 998 octets: as long as they may be (RFC 5322 section 2.1.1)."""
    return st.builds(
        lambda first, size: bytes([first]) * size, st.sampled_from(b"x.0 "), st.integers(900, LINE_LIMIT)
    ).map(lambda line: line[:-1] + b"|")


def lines() -> SearchStrategy[bytes]:
    """Lines of a plain body, without line ends."""
    return st.one_of(dotted_lines(), text_lines(), blank_lines(), st.sampled_from(LOOKALIKES), full_lines())


def _joined(all_lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in all_lines)


def bodies() -> SearchStrategy[bytes]:
    """Plain bodies: CRLF behind each line, the last one not blank; every way of delivery keeps them."""
    last = st.one_of(dotted_lines(), text_lines(), st.sampled_from(LOOKALIKES)).map(
        lambda line: line + b"|" if not line.strip() else line
    )
    return st.builds(lambda some, one: _joined([*some, one]), st.lists(lines(), max_size=12), last)


def bodies_with_loose_ends() -> SearchStrategy[bytes]:
    """Bodies that are empty, that have no line end behind the last line, or that have blank lines at their end.

    How storage counts and ends them is its own affair: compare them with `same_text`, and never their sizes.
    """
    unended = st.builds(bytes.__add__, bodies(), st.one_of(dotted_lines(), text_lines()))
    trailed = st.builds(lambda body, size: body + b"\r\n" * size, bodies(), st.integers(1, 4))
    return st.one_of(st.just(b""), unended, trailed)


def eight_bit_bodies() -> SearchStrategy[bytes]:
    """Bodies with octets above 127; only storage that takes files keeps them for certain."""
    high = _octets(bytes(range(0x80, 0x100)), 1, 20)
    mixed = st.builds(
        lambda dots, a, b: dots + a + b, st.sampled_from((b"", b".", b"..")), high, _octets(_VISIBLE, 0, 10)
    )
    return st.lists(st.one_of(mixed, mixed, dotted_lines()), min_size=1, max_size=8).map(
        lambda some: _joined([b"caf\xe9", *some, b"end"])
    )


def long_line_bodies() -> SearchStrategy[bytes]:
    """Bodies with lines above 998 octets, and just around the sizes of usual buffers."""
    sizes = st.one_of(
        st.sampled_from((999, 1000, 1001, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8193)),
        st.integers(999, 20000),
    )
    line = st.builds(lambda size, dot: b"y" * dot + b"." * (size - 2 * dot) + b"z" * dot, sizes, st.integers(0, 400))
    return st.lists(st.one_of(line, dotted_lines()), max_size=3).flatmap(
        lambda some: line.map(lambda one: _joined([*some, one, b"end"]))
    )


def lone_cr_bodies() -> SearchStrategy[bytes]:
    """Bodies with a CR inside lines, never directly in front of a line end; only storage that takes files keeps them."""
    parts = st.lists(st.one_of(_octets(_VISIBLE, 1, 10), st.sampled_from(DOTTED[:3])), min_size=2, max_size=4)
    return st.lists(parts.map(b"\r".join), min_size=1, max_size=5).map(lambda some: _joined([*some, b"end"]))


def same_text(stored: bytes, retrieved: bytes) -> bool:
    """Whether two bodies are the same up to the line ends behind the last visible octet."""
    return stored.rstrip(b"\r\n") == retrieved.rstrip(b"\r\n")


def first_difference(stored: bytes, retrieved: bytes) -> str:
    """Say where two bodies part: the first line that differs, as stored and as retrieved."""
    here, there = stored.split(b"\r\n"), retrieved.split(b"\r\n")
    place = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    shown = [repr(side[place][:60])[1:] if place < len(side) else "no such line" for side in (here, there)]
    return f"line {place + 1} of the body: stored {shown[0]}, retrieved {shown[1]}"
