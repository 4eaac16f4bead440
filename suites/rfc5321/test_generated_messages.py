"""RFC 5321 sections 3.3, 3.6.3 and 4.5: whatever the lines of a message look like, what is accepted arrives as it was."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, seed
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance import NotSupported, Sink, Smtp, SmtpDial, Specimen, alter, verifies
from conformance.strategies import messages
from conformance.strategies.budgets import batches

HARD = [
    b"".join(line + b"\r\n" for line in messages.DOTTED),
    b"\r\n\r\n..\r\n   \r\nspaces behind   \r\n." + b"." * 997 + b"\r\n" + b"x" * 998 + b"\r\n.end\r\n",
    b".\r\n",
    b"",
]
LONG = [b"." * size + b"\r\nend\r\n" for size in (998, 999, 1000, 1001)] + [b"x" * 10000 + b"\r\nend\r\n"]
EIGHT = [bytes(range(0x80, 0x100)) + b"\r\n", b"\xff\r\n.\xfe\r\n"]


def each(
    dial: SmtpDial,
    first: list[bytes],
    bodies: SearchStrategy[bytes],
    compare: Callable[[Smtp, Specimen], None],
    *,
    examples: int = 2,
) -> None:
    """Send batches of messages over a connection each, the known hard ones first; equal strategies draw equal batches."""

    @seed(5321)
    @batches(examples)
    @given(st.lists(bodies, min_size=4, max_size=4, unique=True))
    @example(first)
    def drawn(batch: list[bytes]) -> None:
        dial.begin_example()
        session = dial.ready()
        for body in batch:
            compare(session, dial.specimen(body))

    drawn()


def same(sent: bytes, arrived: bytes) -> None:
    """Accuse if a body is not the same octet by octet."""
    body = arrived.partition(b"\r\n\r\n")[2]
    assert body == sent, messages.first_difference(sent, body)


@verifies("RFC5321-3.3-12", refuted_by=alter(rb"\r\n\.(?=[^\r])", b"\r\n"))
def test_every_body_of_text_arrives_as_it_was(dial: SmtpDial) -> None:
    """Bodies with dots, blank lines, trailing spaces and lines up to 998 octets: the mailbox has the same octets."""

    def compare(session: Smtp, specimen: Specimen) -> None:
        arrivals = dial.arrivals()
        session.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
        same(specimen.body, arrivals.one(specimen.key))

    each(dial, HARD, messages.bodies(), compare)


@verifies("RFC5321-3.6.3-07", refuted_by=alter(rb"\r\n\.(?=[^\r])", b"\r\n"))
def test_every_body_of_text_is_relayed_as_it_was(dial: SmtpDial, sink: Sink) -> None:
    """Bodies with dots, blank lines, trailing spaces and lines up to 998 octets: the sink gets the same octets."""

    def compare(session: Smtp, specimen: Specimen) -> None:
        session.transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
        same(specimen.body, sink.one(specimen.key).raw)

    each(dial, HARD, messages.bodies(), compare)


@verifies("RFC5321-3.6.3-06", refuted_by=alter(rb"[\x80-\xff]", b"?"))
def test_octets_above_127_are_relayed_as_they_were(dial: SmtpDial, sink: Sink) -> None:
    """Bodies with 8-bit octets, announced with BODY=8BITMIME, to a sink that takes them: the same octets come."""
    if not dial.profile.announced("8BITMIME"):
        raise NotSupported("8BITMIME is not announced")

    def compare(session: Smtp, specimen: Specimen) -> None:
        session.mail(dial.sender, "BODY=8BITMIME").ok()
        session.rcpt(dial.at_sink()).ok()
        session.data(specimen.raw).ok()
        same(specimen.body, sink.one(specimen.key).raw)

    each(dial, EIGHT, messages.eight_bit_bodies(), compare, examples=1)


@verifies("RFC5321-4.5.3.1.6-03", refuted_by=alter(rb"(xxxxxxxx|\.{8}){120}[x.]+", b""))
def test_long_lines_are_refused_or_carried(dial: SmtpDial, sink: Sink) -> None:  # noqa: ARG001 - it listens
    """Lines of 998 to 10000 octets to the sink: refused, returned, or they come, be it in several lines."""

    def compare(session: Smtp, specimen: Specimen) -> None:
        arrivals, keeper = dial.arrivals(), dial.at_sink()
        if session.transaction(dial.sender, keeper, text=specimen.raw).refused:
            return
        came = dial.fate(keeper, arrivals)
        if not isinstance(came, bytes):
            octets = iter(came.raw.partition(b"\r\n\r\n")[2])
            assert all(octet in octets for octet in specimen.body), "octets of a long line are gone"

    each(dial, LONG, messages.long_line_bodies(), compare, examples=1)
