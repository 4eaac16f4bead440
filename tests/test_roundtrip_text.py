"""How round trips are told: each format as in its golden file, and the codes that the command ends with."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import jsonschema
import pytest

from conformance import cli, roundtrip
from conformance.models.passage import Hop
from conformance.roundtrip_text import RENDERERS
from conformance.roundtrip_trips import Fault, Order, Report, Trip
from conformance.target import Account, Target, parse_endpoint
from tests.peers.smtp_extended import serving

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parent.parent / "reports" / "schemas" / "roundtrip.json"
PAGE = Path(__file__).parent.parent / "docs" / "roundtrip.md"
NOON = dt.datetime(2026, 11, 29, 12, 0, 0, tzinfo=dt.UTC)
ALICE = Account(user="alice", password="secret", address="alice@example.org")
ORDER = Order(
    target=Target(name="relay", endpoints=(parse_endpoint("submission://127.0.0.1:587"),), accounts=(ALICE,)),
    way="submission",
    sender=ALICE,
    recipient='"al\\"ice"@example.org',
    reader=Target(name="store", endpoints=(parse_endpoint("imap://127.0.0.1:143"),), accounts=(ALICE,)),
    account=ALICE,
    messages=6,
    parallel=2,
    wait=30.0,
    warn=1.0,
    critical=5.0,
)
FINE = Trip(
    number=1, copies=1, submit=0.0512, transit=0.71, fetch=0.0049, total=0.7661,
    hops=((Hop(by="relay.test", at=NOON), 0.0), (Hop(by="store.test", at=None), None)),
)  # fmt: skip
ALL = Report(
    order=ORDER,
    trips=(
        FINE,
        replace(FINE, number=2, downgraded=True, inserted=('"x-scanned"',), hops=()),
        Trip(
            number=3,
            faults=(Fault.REFUSED,),
            why='RCPT was answered <"550 no | way\\r\\n">',
            accepted=False,
            submit=0.01,
        ),
        Trip(number=4, faults=(Fault.LOST,), why="not there after 30 s", submit=0.05),
        replace(
            FINE, number=5, faults=(Fault.DUPLICATED, Fault.DELAYED), why="2 copies; more than 1 s", copies=2, total=2.5
        ),
        Trip(number=6, faults=(Fault.UNSENT,), why="the connection: no answer for 3 s", accepted=False, submit=3.0),
    ),
    cleared=False,
)
GOOD = Report(order=replace(ORDER, messages=1, parallel=1), trips=(FINE,))


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize(("name", "report"), [("faults", ALL), ("good", GOOD)], ids=["faults", "good"])
def test_a_report_looks_as_it_did(form: str, name: str, report: Report) -> None:
    path, text = GOLDEN / f"roundtrip-{name}.{form}", RENDERERS[form](report) + "\n"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, "utf-8")

    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("report", [ALL, GOOD], ids=["faults", "good"])
def test_json_is_as_its_schema_says(report: Report) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.Draft202012Validator(schema).validate(json.loads(RENDERERS["json"](report)))


def test_nagios_reads_one_line_with_one_bar() -> None:
    line = RENDERERS["nagios"](ALL)

    assert line.count("\n") == 0
    assert line.count("|") == 1
    for word in line.partition("|")[2].split():
        assert re.fullmatch(r"[a-z]+=[0-9.]+s?;[0-9.]*;[0-9.]*;0(;6)?", word), word


# The command


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run the command; whatever is raised is a failure."""
    monkeypatch.setattr(roundtrip, "SETTLING_SECONDS", 0.1)

    def called(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["mailconform", "roundtrip", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capfd.readouterr()
        return Said(int(str(end.value.code)), captured.out, captured.err)

    return called


def test_a_forward_address_leads_to_another_account(call: Call, tmp_path: Path) -> None:
    with serving(tmp_path) as file:
        said = call(file, "--to", "bob@peer.test", "--account", "bob", "--warn", "5s", "--critical", "8")
        read_wrong = call(file, "--to", "bob@peer.test", "--wait", "300ms")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("extended by smtp://127.0.0.1:")
    assert said.out.endswith("exit 0  (1 of 1 arrived as sent)\n")
    assert read_wrong.code == 1
    assert "1 lost" in read_wrong.out


def test_the_codes_of_nagios(call: Call, tmp_path: Path) -> None:
    with serving(tmp_path) as file:
        fine = call(file, "--format", "nagios")
        late = call(file, "--format", "nagios", "--warn", "0.001")
        refused = call(file, "--format", "nagios", "--to", "nobody@peer.test")
        unknown = call(file, "--format", "nagios", "--account", "carol")
        missing = call("no.toml", "--format", "nagios")
        misspelt = call(file, "--format=nagios", "--mesages", "2")

    assert [said.code for said in (fine, late, refused, unknown, missing, misspelt)] == [0, 1, 2, 3, 3, 3]
    assert misspelt.out.startswith("ROUNDTRIP UNKNOWN - No such option")
    assert fine.out.startswith("ROUNDTRIP OK - 1 of 1 arrived as sent, slowest 0.")
    assert late.out.startswith("ROUNDTRIP WARNING - 1 delayed, slowest 0.")
    assert refused.out.startswith("ROUNDTRIP CRITICAL - 1 refused: RCPT was answered")
    assert unknown.out.startswith(
        "ROUNDTRIP UNKNOWN - --account 'carol': extended has no such account (known: ann, bob)"
    )
    assert all(said.out.count("\n") == 1 and not said.err for said in (fine, late, refused, unknown, missing, misspelt))


def test_a_mailbox_that_is_down_is_critical_for_nagios_and_not_judged_else(call: Call, tmp_path: Path) -> None:
    with serving(tmp_path) as file:
        reader = tmp_path / "reader.toml"
        reader.write_text(
            'name = "reader"\nendpoints = ["imap://127.0.0.1:1"]\n[[account]]\nuser = "a"\npassword = "b"\naddress = "a@x.test"\n'
        )
        plugin = call(file, "--read", reader, "--format", "nagios")
        plain = call(file, "--read", reader)

    assert plugin.code == 2
    assert plugin.out.startswith("ROUNDTRIP CRITICAL - the mailbox of 'a' cannot be seen: ")
    assert plain.code == 6
    assert plain.out == ""


MISTAKES = [
    (["--messages", "500"], "--messages 500: extended allows 200 (mail.max_messages)"),
    (["--warn", "5s", "--critical", "1s"], "--warn 5 is more than --critical 1"),
    (["--warn", "1m"], "a threshold of 60 s is more than --wait 8: it would never be reached"),
    (["--wait", "0s"], "--wait 0: no message is as quick as that"),
    (["--warn", "soon"], "--warn: 'soon' is not a duration such as 30s or 5m"),
    (["--to", "a b@x.test"], "--to 'a b@x.test': give an address of US-ASCII, such as alice@example.org"),
    (["--via", "lmtp"], "extended has no lmtp endpoint to send by"),
    (["--via", "smtp", "--command", "true"], "give --via or --command, not both"),
    (["--command", "no-such-program -i"], "--command: there is no program 'no-such-program'"),
    (
        ["--command", "true {whom}"],
        "--command: '{whom}': only {sender} and {recipient} are filled in; write {{ for a brace",
    ),
    (["--command", "true '"], '--command "true \'": No closing quotation'),
]


@pytest.mark.parametrize(("words", "complaint"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_mistake_is_one_line(call: Call, tmp_path: Path, words: list[str], complaint: str) -> None:
    with serving(tmp_path) as file:
        said = call(file, *words)

    assert (said.code, said.out, said.err) == (4, "", f"mailconform: {complaint}\n")


def test_the_page_tells_of_every_option() -> None:
    told = PAGE.read_text("utf-8")

    assert [option for option in cli.cli.commands["roundtrip"].params if f"`{option.opts[0]}" not in told][1:] == []
