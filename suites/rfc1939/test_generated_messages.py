"""RFC 1939 sections 3, 5 and 11: stored messages of every shape come back as they are."""

from collections.abc import Callable
from zlib import crc32

from hypothesis import example, given, seed
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance import (
    Answer,
    Inconclusive,
    Maildrop,
    Pop3,
    Pop3Dial,
    Reason,
    Specimen,
    compose,
    rewrite,
    rewrite_raw,
    verifies,
)
from conformance.delivery import ways
from conformance.strategies import messages
from conformance.strategies.budgets import batches

EXACT = {"maildir", "mbox"}
DIRECT = EXACT | {"imap", "imaps"}
HARD = [
    b"".join(line + b"\r\n" for line in messages.DOTTED),
    b"\r\n\r\n..\r\n   \r\nspaces behind   \r\n." + b"." * 997 + b"\r\n" + b"x" * 998 + b"\r\n.end\r\n",
    b".\r\n",
    b"".join(line + b"\r\n" for line in messages.LOOKALIKES),
]
LOOSE = [b"", b".", b"no line end", b"blank lines at the end\r\n\r\n\r\n"]


@verifies("RFC1939-5-15", refuted_by=rewrite(rb"[ \t]+\r$", b"\r", of=rb"RETR \d+"))
def test_every_body_of_text_is_retrieved_unchanged(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Bodies with dots, blank lines, trailing spaces and lines up to 998 octets, put into place and retrieved."""

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        body = _body(pop3.command("RETR", number).ok())
        assert messages.same_text(specimen.body, body), messages.first_difference(specimen.body, body)

    _each(dial, maildrop, HARD, messages.bodies(), compare)


@verifies("RFC1939-3-12", refuted_by=rewrite_raw(rb"\r\n\.\.(?=\.)", b"\r\n.", of=rb"RETR \d+"))
def test_every_line_of_a_message_that_begins_with_a_dot_gets_one_more(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """The same bodies, retrieved and looked at as they come over the wire."""

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        lines = pop3.command("RETR", number).ok().lines
        sent = b"\r\n".join(lines[lines.index(b"") + 1 :])
        wanted = b"\r\n".join(b"." * line.startswith(b".") + line for line in specimen.body.split(b"\r\n"))
        assert messages.same_text(wanted, sent), messages.first_difference(wanted, sent)

    _each(dial, maildrop, HARD, messages.bodies(), compare)


@verifies(
    "RFC1939-11-01", "RFC1939-11-02", refuted_by=rewrite(rb"^Subject:", b"Status: RO\r\nSubject:", of=rb"RETR \d+")
)
def test_the_size_of_every_message_is_the_number_of_its_octets(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """LIST of the same messages: as many octets as RETR sends, CRLF counted as two and stuffed dots not at all."""

    def compare(pop3: Pop3, number: int, _: Specimen) -> None:
        size = pop3.command("LIST", number).scan_listing().second
        octets = len(pop3.command("RETR", number).ok().body)
        assert octets == size, f"LIST says {size} octets, RETR sends {octets}"

    _each(dial, maildrop, HARD, messages.bodies(), compare)


@verifies("RFC1939-5-15", refuted_by=rewrite(rb"^no line end\r\n(?:\r\n)?\Z", b"", of=rb"RETR \d+"))
def test_a_body_that_ends_anyhow_is_retrieved_to_its_end(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Empty bodies, bodies without a last line end or with blank lines behind: all is there up to the last octet seen."""

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        body = _body(pop3.command("RETR", number).ok())
        assert messages.same_text(specimen.body, body), messages.first_difference(specimen.body, body)

    _each(dial, maildrop, LOOSE, messages.bodies_with_loose_ends(), compare, examples=1)


@verifies("RFC1939-11-04", refuted_by=rewrite(rb"[\x80-\xff]", b"?", of=rb"RETR \d+"))
def test_octets_above_127_are_retrieved_unchanged(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Bodies with 8-bit octets; where IMAP or SMTP carried them in, a change may have been made on the way."""

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        body = _body(pop3.command("RETR", number).ok())
        same = messages.same_text(specimen.body, body)
        _certain(dial, maildrop, specimen, same, EXACT)
        assert same, messages.first_difference(specimen.body, body)

    _each(dial, maildrop, [b"caf\xe9\r\n"], messages.eight_bit_bodies(), compare, examples=1)


@verifies("RFC1939-11-04", refuted_by=rewrite(rb"^(?!.*: )(.{998})(?=[^\r])", rb"\1\r\n", of=rb"RETR \d+"))
def test_lines_above_998_octets_are_retrieved_unchanged(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Bodies with lines up to 20000 octets; where SMTP carried them in, a change may have been made on the way."""

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        body = _body(pop3.command("RETR", number).ok())
        same = messages.same_text(specimen.body, body)
        _certain(dial, maildrop, specimen, same, DIRECT)
        assert same, messages.first_difference(specimen.body, body)

    _each(dial, maildrop, [b"x" * 4095 + b".\r\n"], messages.long_line_bodies(), compare, examples=1)


@verifies("RFC1939-11-04", refuted_by=rewrite(rb"\r(?!\n)", b"\r\n", of=rb"RETR \d+"))
def test_a_cr_inside_a_line_is_retrieved_unchanged(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Bodies with a CR that no LF follows, also in front of a dot; only files carry it in."""
    if not {name for name, _ in ways(dial.target, dial.account())[:1]} & EXACT:
        raise Inconclusive(Reason.NOT_SET_UP, "needs storage that takes files: add maildir = or mbox = to the account")

    def compare(pop3: Pop3, number: int, specimen: Specimen) -> None:
        body = _body(pop3.command("RETR", number).ok())
        assert messages.same_text(specimen.body, body), messages.first_difference(specimen.body, body)

    _each(dial, maildrop, [b"one\r.\rtwo\r\n"], messages.lone_cr_bodies(), compare, examples=1)


def _each(
    dial: Pop3Dial,
    maildrop: Maildrop,
    first: list[bytes],
    bodies: SearchStrategy[bytes],
    compare: Callable[[Pop3, int, Specimen], None],
    *,
    examples: int = 2,
) -> None:
    """Store batches of messages, the known hard ones first, and compare each; equal strategies draw equal batches."""

    @seed(1939)
    @batches(examples)
    @given(st.lists(bodies, min_size=4, max_size=4, unique=True))
    @example(first)
    def each(drawn: list[bytes]) -> None:
        dial.begin_example()
        specimens = [compose(body, subject=f"generated {crc32(body)}") for body in drawn]
        pop3 = maildrop.open(*specimens)
        for number, specimen in zip(pop3.own, specimens, strict=True):
            compare(pop3, number, specimen)

    each()


def _body(retrieved: Answer) -> bytes:
    return retrieved.body.partition(b"\r\n\r\n")[2]


def _certain(dial: Pop3Dial, maildrop: Maildrop, specimen: Specimen, same: bool, exact: set[str]) -> None:
    """A way of delivery may change a message, but not one that was once retrieved unchanged."""
    name = ways(dial.target, dial.account())[0][0]
    if same:
        maildrop.intact.add(specimen.key)
    elif name not in exact and specimen.key not in maildrop.intact:
        raise Inconclusive(Reason.AMBIGUOUS, f"the body came back changed, and delivery by {name} may have done that")
