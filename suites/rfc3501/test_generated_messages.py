"""RFC 3501 sections 6.4.5 and 7.4.2 over generated messages: MIME trees of every shape, headers of every spelling.

Each example is a mailbox of a few messages on a connection of its own. What FETCH gives is held against what the oracle
reads in the text that BODY[] gives.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from conformance import ImapDial, Mailbox, confuse, rewrite, verifies
from conformance.models import mime
from conformance.models.mime_agreement import agrees
from conformance.models.shelf import brought, expected_section, sections_of
from conformance.strategies.budgets import batches
from conformance.strategies.mime_messages import Meaning, messages_with_meaning, partials, subsets
from conformance.wire.imap_values import Fetch

FETCH = rb"FETCH .*"
MOST_SECTIONS = 60


def _several() -> SearchStrategy[list[Meaning]]:
    return st.lists(messages_with_meaning(), min_size=3, max_size=5)


def _kept(dial: ImapDial, messages: list[Meaning]) -> tuple[Mailbox, list[mime.Entity]]:
    """A mailbox of these messages, and what the oracle reads in each as the server keeps it."""
    dial.begin_example()
    mailbox = dial.mailbox(*(message.raw for message in messages))
    with dial.dialler.straight():
        fetched = [mailbox.fetch(number, "(BODY.PEEK[])") for number in range(1, len(messages) + 1)]
    return mailbox, [mime.read(found.get(b"BODY[]") or b"") for found in fetched]


def _fetch(mailbox: Mailbox, number: int, items: str) -> Fetch:
    """The items of a message, none of them if the server refuses."""
    return brought(mailbox.command("FETCH", number, items)).get(number, Fetch(()))


def _unlike(mailbox: Mailbox, number: int, entity: mime.Entity, specs: list[str]) -> dict[str, object]:
    """Section -> what came and what should have come, of those sections of a message that are not right."""
    got = sections_of(lambda items: _fetch(mailbox, number, items), specs)
    wanted = {spec: expected_section(entity, spec) for spec in specs}
    return {spec: (got[spec], wanted[spec]) for spec in specs if got[spec] != wanted[spec]}


@verifies("RFC3501-2.4-01", refuted_by=confuse(b"[1]", b"[TEXT]", verb=b"FETCH"))
def test_every_section_of_any_message_is_what_the_message_has_there(dial: ImapDial) -> None:
    """Append drawn messages, FETCH every section of each: the octets that stand there."""

    @batches(5)
    @given(st.data())
    def each(data: DataObject) -> None:
        mailbox, entities = _kept(dial, data.draw(_several()))
        for number, entity in enumerate(entities, 1):
            specs = [name.decode() for name in mime.settled(entity)][:MOST_SECTIONS]
            assert _unlike(mailbox, number, entity, specs) == {}, f"message {number}"

    each()


@verifies(
    "RFC3501-6.4.5-39",
    refuted_by=rewrite(rb'(?i)("[^" ]+" (?:NIL|\([^)]*\)) (?:NIL|"[^"]*")) NIL', rb'\1 "x"', of=FETCH),
)
def test_bodystructure_describes_the_tree_of_any_message(dial: ImapDial) -> None:
    """Append drawn messages, FETCH BODYSTRUCTURE and BODY: what the MIME fields and the octets of all parts say."""

    @batches(5)
    @given(st.data())
    def each(data: DataObject) -> None:
        mailbox, entities = _kept(dial, data.draw(_several()))
        for number, entity in enumerate(entities, 1):
            fetched = _fetch(mailbox, number, "(BODYSTRUCTURE BODY)")
            assert agrees(mime.bodystructure(entity), fetched.get(b"BODYSTRUCTURE")) == "", f"message {number}"
            assert agrees(mime.body(entity), fetched.get(b"BODY")) == "", f"message {number}"

    each()


@verifies("RFC3501-6.4.5-41", refuted_by=rewrite(rb'"mailconform\.invalid"', b'"mailconform"', of=FETCH))
def test_the_envelope_is_the_parsed_header_of_any_message(dial: ImapDial) -> None:
    """Append drawn messages, FETCH ENVELOPE: what their headers say."""

    @batches(5)
    @given(st.data())
    def each(data: DataObject) -> None:
        mailbox, entities = _kept(dial, data.draw(_several()))
        for number, entity in enumerate(entities, 1):
            got = _fetch(mailbox, number, "(ENVELOPE)").get(b"ENVELOPE")
            assert agrees(mime.envelope(entity), got) == "", f"message {number}"

    each()


@verifies("RFC3501-6.4.5-26", refuted_by=rewrite(rb"(?s)\A(.+).\Z", rb"\1", of=rb"FETCH .*<.*"))
def test_any_piece_of_any_section_is_cut_out_of_it(dial: ImapDial) -> None:
    """Append drawn messages, FETCH drawn pieces of their sections: these octets, as far as there are some."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        mailbox, entities = _kept(dial, data.draw(_several()))
        for number, entity in enumerate(entities, 1):
            specs = []
            settled = mime.settled(entity)
            for name in data.draw(st.lists(st.sampled_from(sorted(settled)), min_size=1, max_size=6)):
                start, count = data.draw(partials(settled[name]))
                specs.append(f"{name.decode()}<{start}.{count}>")
            for spec in dict.fromkeys(specs):
                assert _unlike(mailbox, number, entity, [spec]) == {}, f"message {number}"

    each()


@verifies("RFC3501-6.4.5-10", "RFC3501-6.4.5-11", refuted_by=rewrite(rb"(?i)^(MIME-Version|Date):.*\n", b"", of=FETCH))
def test_any_subset_of_any_header_has_its_fields(dial: ImapDial) -> None:
    """Append drawn messages, FETCH HEADER.FIELDS and HEADER.FIELDS.NOT with drawn names: these fields, or the others."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        messages = data.draw(_several())
        mailbox, entities = _kept(dial, messages)
        for number, (message, entity) in enumerate(zip(messages, entities, strict=True), 1):
            names = b" ".join(data.draw(subsets(message))).decode()
            specs = [f"HEADER.FIELDS ({names})", f"HEADER.FIELDS.NOT ({names})"]
            assert _unlike(mailbox, number, entity, specs) == {}, f"message {number}"

    each()
