"""What `migrate check` and `capacity` print and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema

from conformance import reports
from conformance.measured import Capacity, Timing
from conformance.migrated import MEANINGS, Kind, Migration, Notice, Row
from conformance.reports import capacity, migration

FOUND = Migration(
    old="elm",
    new="oak",
    products=("Elm 1", ""),
    accounts=1,
    protocols=("imap", "pop3"),
    mailboxes=3,
    messages=70,
    rows=[
        Row(account="alice", protocol="imap", mailbox="Work", kind=Kind.ADDED, count=1, examples=["UID 9 <9@x>"]),
        Row(account="alice", protocol="imap", mailbox="INBOX", kind=Kind.UIDVALIDITY_CHANGED, before="1", after="2"),
        Row(
            account="alice", protocol="imap", mailbox="A\x1b[31m|B<b>", kind=Kind.MISSING, count=30,
            examples=[f"UID {n} <{n}@x>\r\n\u202e|*" for n in range(20)],
        ),
        Row(account="alice", protocol="pop3", mailbox="", kind=Kind.UIDL_CHANGED, count=2, examples=["UIDL a: now b"]),
        Row(account="alice", protocol="imap", mailbox="Old", kind=Kind.MAILBOX_MISSING, before="1 message"),
    ],
    notes=["ACL is not compared"],
    unjudged=["alice, Odd: the old server does not open it"],
)  # fmt: skip
MEASURED = Capacity(
    targets=(("elm", "Elm 1"), ("oak<", "")),
    sizes=(100, 1000),
    commands=("SELECT", "SORT"),
    timings=[
        Timing(target="elm", messages=100, command="SELECT", cold=0.01, warm=0.002),
        Timing(target="elm", messages=1000, command="SELECT", cold=0.2, warm=0.0305),
        Timing(target="oak<", messages=100, command="SELECT", cold=0.003, warm=0.001),
        Timing(target="oak<", messages=1000, command="SELECT", cold=0.003, warm=0.001),
        Timing(target="elm", messages=100, command="SORT", why="SORT is not announced"),
        Timing(target="elm", messages=1000, command="SORT", why="SORT is not announced"),
    ],
)


def test_a_check_on_the_console(golden: Callable[[str, str], None]) -> None:
    text = migration.console(FOUND)
    assert all(line.isprintable() for line in text.splitlines())
    golden("migration.txt", text + "\n")


def test_a_check_as_markdown(golden: Callable[[str, str], None]) -> None:
    golden("migration.md", migration.markdown(FOUND))


def test_a_check_as_json_validates(golden: Callable[[str, str], None]) -> None:
    schema = json.loads((Path(str(reports.__file__)).parent / "schemas" / "migration.json").read_text("utf-8"))
    text = migration.as_json(FOUND)
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    assert text.isascii()
    golden("migration.json", text + "\n")


def test_nothing_is_said_of_nothing() -> None:
    same = Migration(
        old="a", new="b", products=("", ""), accounts=1, protocols=("imap",), mailboxes=1, messages=1, rows=()
    )
    assert migration.console(same) == "a → b\n1 account, 1 mailbox, 1 message over IMAP · no difference"


def test_every_kind_has_a_meaning_and_the_worst_come_first() -> None:
    order = [list(Notice).index(MEANINGS[kind][0]) for kind in Kind]
    assert order == sorted(order)


def test_a_measurement_as_text(golden: Callable[[str, str], None]) -> None:
    golden("capacity.txt", capacity.console(MEASURED) + "\n")
    golden("capacity.md", capacity.markdown(MEASURED))


def test_a_measurement_as_a_picture(golden: Callable[[str, str], None]) -> None:
    text = capacity.picture(MEASURED)
    drawn = ET.fromstring(text)
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}polyline")) == 4
    golden("capacity.svg", text)
