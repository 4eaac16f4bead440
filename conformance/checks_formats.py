"""What checks of formats at an IMAP server share: its view of the messages of `corpus_formats`, held against what stands there.

What must be seen is written beside each message by hand; see `conformance.models.corpus_formats`.
"""

from __future__ import annotations

from conformance.dial_imap import ImapDial
from conformance.models.formats import current, mailboxes, part_of, seen, shape
from conformance.models.shelf import Shelf
from conformance.wire.imap_body import Envelope, Multipart, Part


def format_shelf(dial: ImapDial) -> Shelf:
    """Return the mailbox of these messages, examined; what is obsolete is not among them."""
    return Shelf(dial, current(), "formats")


def misread(dial: ImapDial, *names: str, octets: bool = False) -> dict[str, list[str]]:
    """Message -> what the server sees otherwise in it: the tree of BODYSTRUCTURE, and octets and sizes of parts if asked for."""
    shelf = format_shelf(dial)
    fetched = shelf.fetch("(BODYSTRUCTURE)", *names)
    found = {name: _unlike(shelf, name, fetched[name].get(b"BODYSTRUCTURE"), octets=octets) for name in names}
    return {name: wrong for name, wrong in found.items() if wrong}


def _unlike(shelf: Shelf, name: str, structure: object, *, octets: bool) -> list[str]:
    wanted = seen()[name]
    if not isinstance(structure, Part | Multipart) or shape(structure) != wanted.shape:
        return [f"expected {wanted.shape}, got {shape(structure)}"]
    parts = {spec: text.replace(b"\n", b"\r\n") for spec, text in wanted.parts.items() if octets}
    got = shelf.sections(name, list(parts))
    wrong = [f"BODY[{spec}]: expected {parts[spec]!r}, got {got[spec]!r}" for spec in parts if got[spec] != parts[spec]]
    for spec, text in parts.items():
        part = part_of(structure, spec) if spec.replace(".", "").isdigit() else None
        if isinstance(part, Part) and part.size != len(text):
            wrong.append(f"size of part {spec}: expected {len(text)}, got {part.size}")
    return wrong


def misaddressed(dial: ImapDial, name: str) -> list[str]:
    """Return the members of ENVELOPE of a message that name other mailboxes than its fields do."""
    return unlike_addresses(name, format_shelf(dial).fetch("(ENVELOPE)", name)[name].get(b"ENVELOPE"))


def unlike_addresses(name: str, envelope: object) -> list[str]:
    """Return the members of an ENVELOPE that name other mailboxes than the fields of this message do."""
    if not isinstance(envelope, Envelope):
        return [f"no ENVELOPE came: {envelope!r}"]
    got = {"from": envelope.from_, "to": envelope.to}
    return [
        f"{member}: expected {list(wanted)}, got {mailboxes(got[member])}"
        for member, wanted in seen()[name].mailboxes.items()
        if mailboxes(got[member]) != [address.replace(b" ", b"") for address in wanted]
    ]
