"""RFC 5819: STATUS as a return option of LIST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance import (
    ImapDial,
    NotSupported,
    Profile,
    astring,
    compose,
    drop,
    forward,
    needs,
    postpone,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer

pytestmark = needs("LIST-STATUS", "LIST-EXTENDED")
RETURNING = rb"LIST .* RETURN .*"
STATUS = rb"\* STATUS"
ITEMS = "MESSAGES UNSEEN UIDNEXT UIDVALIDITY"
UNSELECTABLE = {b"\\noselect", b"\\nonexistent"}


@dataclass(frozen=True)
class Boxes:
    """Mailboxes with one, two and no messages, the first message of each seen."""

    session: Imap
    names: list[bytes]

    @property
    def pattern(self) -> bytes:
        return quoted(self.names[0].removesuffix(b"one") + b"*")


def _boxes(dial: ImapDial) -> Boxes:
    session, base = dial.login(), dial.name()
    names = [base + word for word in (b"-one", b"-two", b"-none")]
    for count, name in zip((1, 2, 0), names, strict=True):
        session.command("CREATE", astring(name)).ok()
        for number in range(count):
            message = compose(b"Message %d.\r\n" % number, subject=f"message {number}")
            session.append(name, message.raw, "" if number else "\\Seen").ok()
    return Boxes(session, names)


def _told(answer: Answer) -> dict[bytes, dict[bytes, Any]]:
    """Name -> items of all STATUS responses for it."""
    found: dict[bytes, dict[bytes, Any]] = {}
    for response in answer.all("STATUS"):
        found.setdefault(response.data.name, {}).update(response.data.items)
    return found


def _unselectable(answer: Answer) -> set[bytes]:
    return {n for n, e in answer.listed.items() if UNSELECTABLE & {a.lower() for a in e.attributes}}


@verifies("RFC5819-2-01", refuted_by=drop(of=RETURNING, when=rb"\* STATUS .*-two"))
def test_each_selectable_name_is_listed_with_its_status(dial: ImapDial) -> None:
    """LIST of three mailboxes, RETURN (STATUS (MESSAGES UNSEEN)): LIST and STATUS for each, with both items."""
    boxes = _boxes(dial)
    answer = boxes.session.command('LIST ""', boxes.pattern, "RETURN (STATUS (MESSAGES UNSEEN))").ok()
    assert set(answer.listed) == set(boxes.names)
    told = _told(answer)
    assert set(told) == set(boxes.names)
    assert all({b"MESSAGES", b"UNSEEN"} <= set(items) for items in told.values())


@verifies("RFC5819-2-02", refuted_by=postpone(of=RETURNING, when=rb"\* LIST"))
def test_a_name_is_listed_before_its_status_is_told(dial: ImapDial) -> None:
    """LIST of three mailboxes, RETURN (STATUS (MESSAGES)): of each, the LIST response comes first."""
    boxes = _boxes(dial)
    answer = boxes.session.command('LIST ""', boxes.pattern, "RETURN (STATUS (MESSAGES))").ok()
    seen: set[bytes] = set()
    for response in answer.responses:
        if response.name == b"LIST":
            seen.add(response.data.name)
        assert response.name != b"STATUS" or response.data.name in seen


@verifies("RFC5819-2-03", refuted_by=rewrite(rb"UNSEEN \d+", b"UNSEEN 0", of=RETURNING, when=STATUS))
def test_the_values_are_those_of_status(dial: ImapDial) -> None:
    """LIST of three mailboxes with different messages, RETURN (STATUS (...)), then STATUS of each: equal values."""
    boxes = _boxes(dial)
    told = _told(boxes.session.command('LIST ""', boxes.pattern, f"RETURN (STATUS ({ITEMS}))").ok())
    for name in boxes.names:
        asked = boxes.session.command("STATUS", astring(name), f"({ITEMS})").ok().mailbox_status
        for item in ITEMS.encode().split():
            assert name not in told or told[name].get(item) == asked.get(item)
    assert {name: items.get(b"MESSAGES") for name, items in told.items()} == dict(
        zip(boxes.names, (1, 2, 0), strict=True)
    )


@verifies("RFC5819-2-04", refuted_by=rewrite(rb"LIST \(", rb"LIST (\\Noselect ", of=RETURNING, when=rb"\* LIST"))
def test_no_status_is_told_of_a_name_that_cannot_be_selected(dial: ImapDial) -> None:
    r"""Delete a mailbox that has an inferior, LIST the top with RETURN (STATUS (MESSAGES)): no STATUS of a \Noselect name."""
    session, root = dial.login(), dial.name("root")
    session.command("CREATE", astring(dial.child(root, "below"))).ok()
    session.command("DELETE", astring(root))  # what is left of it, if anything, is a name that cannot be selected
    answer = session.command('LIST ""', "(", '"%"', quoted(root + b"%"), ")", "RETURN (STATUS (MESSAGES))").ok()
    if not (missing := _unselectable(answer)):
        raise NotSupported("every name that is listed can be selected")
    assert not missing & set(_told(answer))


@verifies("RFC5819-2-07", refuted_by=rewrite(rb"(SIZE|HIGHESTMODSEQ) \d+", rb"\1 77", of=RETURNING, when=STATUS))
def test_items_of_other_extensions_are_told_as_well(dial: ImapDial, profile: Profile) -> None:
    """LIST with RETURN (STATUS (SIZE)) or (HIGHESTMODSEQ), as announced: the values of STATUS."""
    items = [i for i, name in (("SIZE", "STATUS=SIZE"), ("HIGHESTMODSEQ", "CONDSTORE")) if profile.announced(name)]
    if not items:
        raise NotSupported("neither STATUS=SIZE nor CONDSTORE is announced")
    boxes = _boxes(dial)
    for item in items:
        answer = boxes.session.command('LIST ""', boxes.pattern, f"RETURN (STATUS ({item}))")
        assert answer.is_ok
        told = _told(answer)
        for name in boxes.names:
            asked = boxes.session.command("STATUS", astring(name), f"({item})").ok().mailbox_status
            assert told[name].get(item.encode()) == asked.get(item.encode())


@verifies("RFC5819-2-08", refuted_by=forward(rb"LIST\1 RETURN (CHILDREN)", of=rb"LIST(.*) RETURN \(CHILDREN STATUS.*"))
def test_the_status_is_told_beside_what_other_options_bring(dial: ImapDial) -> None:
    r"""LIST (SUBSCRIBED), RETURN (CHILDREN STATUS (MESSAGES)), two of three subscribed: all that was asked for, of these two."""
    boxes = _boxes(dial)
    wanted = set(boxes.names[:2])
    for name in wanted:
        boxes.session.command("SUBSCRIBE", astring(name)).ok()
    words = ("LIST (SUBSCRIBED)", '""', boxes.pattern, "RETURN (CHILDREN STATUS (MESSAGES))")
    answer = boxes.session.command(*words)
    assert answer.is_ok
    assert set(answer.listed) == wanted
    assert {name: items.get(b"MESSAGES") for name, items in _told(answer).items()} == dict(
        zip(boxes.names[:2], (1, 2), strict=True)
    )
    for entry in answer.listed.values():
        assert {b"\\hasnochildren", b"\\noinferiors"} & {flag.lower() for flag in entry.attributes}


@verifies("RFC5819-4-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST .*X-MAILCONFORM.*"))
def test_an_unknown_status_item_is_refused(dial: ImapDial) -> None:
    """LIST with RETURN (STATUS (X-MAILCONFORM)), alone and beside MESSAGES: refused."""
    session = dial.login()
    for items in ("X-MAILCONFORM", "MESSAGES X-MAILCONFORM"):
        answer = session.command(f'LIST "" "INBOX" RETURN (STATUS ({items}))')
        session.must_be_alive()
        assert answer.refused
