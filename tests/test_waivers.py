"""Known deviations: what they forgive, what they do not, and what is said of the waivers themselves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from conformance import running, waivers
from conformance.requirements import Level
from conformance.results import Result
from conformance.verdicts import Outcome, Verdict, judge
from conformance.waivers import Waiver, WaiverError

TODAY = dt.date(2026, 11, 21)
WAIVER = Waiver(check="rfc1939/noop-is-answered", target="dovecot*", reason="known", expires=TODAY)
ENTRY = """
[[waive]]
check = "rfc1939/noop-is-answered"
target = "dovecot"
reason = "issue 12"
owner = "postmaster"
added = 2026-01-01
expires = 2026-12-31
"""


def found(outcome: Outcome = Outcome.BROKEN, level: Level = Level.MUST, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "target": "dovecot-2", "check": "rfc1939/noop-is-answered", "title": "", "requirements": ("RFC1939-5-01",), "rfc": 1939,
        "section": "5", "level": level, "inferred": False, "outcome": outcome, "verdict": judge(outcome, level), "observed": "-ERR what",
    }  # fmt: skip
    return Result(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"target": "dovecot-2"}, True),
        ({"target": "courier"}, False),
        ({"target": "Dovecot*"}, False),
        ({"check": "rfc1939/other"}, False),
        ({"observed": "what$"}, True),
        ({"observed": "^what"}, False),
        ({"expires": None}, True),
        ({"expires": TODAY - dt.timedelta(1)}, False),
        ({"expires": TODAY + dt.timedelta(1)}, True),
    ],
)
def test_what_a_waiver_covers(changes: dict[str, Any], covered: bool) -> None:
    fields = {"check": WAIVER.check, "target": WAIVER.target, "reason": "known", "expires": TODAY}

    assert Waiver(**{**fields, **changes}).covers(found(), TODAY) is covered


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("level", Level)
def test_only_findings_are_forgiven(outcome: Outcome, level: Level) -> None:
    result = found(outcome, level)

    assert WAIVER.covers(result, TODAY) is (result.verdict in (Verdict.FAIL, Verdict.WARN))


def test_a_waived_finding_stays_a_finding() -> None:
    waived = waivers.apply(found(), [WAIVER], TODAY)

    assert (waived.verdict, waived.waiver) == (Verdict.FAIL, "known")
    assert waivers.apply(found(check="rfc1939/other"), [WAIVER], TODAY).waiver is None


def problems(*given: Waiver, results: tuple[Result, ...] = ()) -> list[str]:
    return waivers.problems(given, results, ["rfc1939/noop-is-answered", "rfc1939/list"], TODAY)


def test_what_is_wrong_with_waivers_is_said() -> None:
    unknown = Waiver(check="rfc1939/nobody", target="*", reason="x")
    expired = Waiver(check="rfc1939/list", target="*", reason="x", expires=TODAY - dt.timedelta(1))
    parametrised = Waiver(check="rfc1939/list[UIDL]", target="*", reason="x")

    assert problems(WAIVER, unknown, expired, parametrised) == [
        "waiver names an unknown check: rfc1939/nobody",
        "waiver expired on 2026-11-20: rfc1939/list on *",
    ]


def test_the_nearest_check_is_named() -> None:
    slip = Waiver(check="rfc1939/noop-is-anwsered", target="*", reason="x")

    assert problems(slip) == [
        "waiver names an unknown check: rfc1939/noop-is-anwsered (did you mean rfc1939/noop-is-answered?)"
    ]


def test_a_waiver_for_another_answer_is_said() -> None:
    other = Waiver(check="rfc1939/list", target="*", reason="x", observed="^no$")
    said = ["waiver no longer fits: rfc1939/list on * is waived for '^no$', and observed is '-ERR what'"]

    assert problems(other, results=(found(check="rfc1939/list"),)) == said
    assert problems(other, results=(found(check="rfc1939/list", observed="no"),)) == []
    assert problems(other, results=(found(check="rfc1939/list", waiver="another one covers it"),)) == []
    assert waivers.pressing([*said, "waiver expired"], strict=False) == ["waiver expired"]
    assert waivers.pressing(said, strict=True) == said


def test_a_waived_check_that_passes_is_said() -> None:
    said = ["unexpected pass: rfc1939/noop-is-answered on dovecot* is waived, and passes"]

    assert problems(WAIVER, results=(found(Outcome.HELD),)) == said
    assert problems(WAIVER, results=(found(), found(Outcome.HELD, target="courier"))) == []


def test_a_waiver_without_a_case_stands_for_every_case() -> None:
    whole = Waiver(check="rfc1939/list", target="*", reason="x")
    one, other = (found(check=f"rfc1939/list[{case}]") for case in ("UIDL", "LIST"))
    passed = found(Outcome.HELD, check="rfc1939/list[LIST]")

    assert [waivers.apply(result, [whole], TODAY).waiver for result in (one, other)] == ["x", "x"]
    assert problems(whole, results=(one, passed)) == []
    assert problems(whole, results=(passed,)) == ["unexpected pass: rfc1939/list on * is waived, and passes"]


def test_what_generated_input_may_miss_may_pass() -> None:
    sometimes = Waiver(check="rfc1939/list", target="*", reason="x", sometimes=True)

    assert problems(sometimes, results=(found(Outcome.HELD, check="rfc1939/list"),)) == []


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(ENTRY)

    assert waivers.load(tmp_path / "w.toml") == (
        Waiver(check="rfc1939/noop-is-answered", target="dovecot", reason="issue 12", expires=dt.date(2026, 12, 31)),
    )


def test_a_file_may_extend_others(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(ENTRY)
    (tmp_path / "w.toml").write_text('extends = ["base.toml"]\n' + ENTRY.replace("noop", "stat"))

    assert [w.check for w in waivers.load(tmp_path / "w.toml")] == [
        "rfc1939/noop-is-answered",
        "rfc1939/stat-is-answered",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[waive", "waivers file .*w.toml: "),
        ("\xff", "waivers file .*w.toml: "),
        *((ENTRY.replace(f"{key} =", f"# {key} ="), f"waiver 1 has no {key}") for key in ("check", "target", "reason", "owner", "added", "expires")),
        (ENTRY.replace("2026-12-31", '"2026-12-31"'), "write added and expires as dates"),
        (ENTRY.replace("2026-12-31", "2026-12-31T00:00:00"), "write added and expires as dates"),
        (ENTRY.replace("2026-12-31", "2027-12-31"), "it may last 400 days at most"),
        (ENTRY + 'observed = "("\n', "observed is no regular expression"),
        (ENTRY + "observed = 5\n", "observed is no text"),
        ("waive = 5", "write \\[\\[waive\\]\\]"),
        ("waive = [5]", "write \\[\\[waive\\]\\]"),
        (ENTRY.replace('"rfc1939/noop-is-answered"', "7"), "waiver 1: check is no text"),
        ('extends = "base.toml"', "extends is no list of file names"),
        ("extends = [1]", "extends is no list of file names"),
        ('extends = ["w.toml"]', "extends itself"),
        ('extends = ["nobody.toml"]', "nobody.toml: No such file"),
        ('extend = ["base.toml"]\n', "unknown key extend"),
        (ENTRY + 'ower = "x"\n', "waiver 1: unknown key ower"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_names_file_and_entry(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.toml").write_text(text, "latin-1")

    with pytest.raises(WaiverError, match=said) as caught:
        waivers.load(tmp_path / "w.toml")
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(f"waivers file {tmp_path}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=r"nothing.toml: No such file or directory"):
        waivers.load(tmp_path / "nothing.toml")


DEVIATION = '[[deviation]]\ncheck = "rfc1939/x"\nsection = "5"\nreason = "known"\nobserved = "-ERR"\n'


def test_deviations_of_a_lab_server_are_waivers_for_it_alone(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(DEVIATION)

    assert waivers.load_deviations(tmp_path / "d.toml", "dovecot") == (
        Waiver(check="rfc1939/x", target="dovecot", reason="known", section="5", observed="-ERR"),
    )
    assert waivers.load_deviations(tmp_path / "none.toml", "dovecot") == ()


def test_a_deviation_may_name_cases(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(DEVIATION + 'cases = ["a", "b"]\n')
    assert [w.check for w in waivers.load_deviations(tmp_path / "d.toml", "x")] == ["rfc1939/x[a]", "rfc1939/x[b]"]
    (tmp_path / "d.toml").write_text(DEVIATION + "cases = 3\n")
    with pytest.raises(WaiverError, match="deviation 1: cases is no list of texts"):
        waivers.load_deviations(tmp_path / "d.toml", "x")


@pytest.mark.parametrize("key", ["check", "section", "reason"])
def test_a_deviation_has_a_check_a_section_and_a_reason(tmp_path: Path, key: str) -> None:
    (tmp_path / "d.toml").write_text(DEVIATION.replace(f"{key} =", f"# {key} ="))

    with pytest.raises(WaiverError, match=f"deviation 1 has no {key}"):
        waivers.load_deviations(tmp_path / "d.toml", "dovecot")


def test_the_deviations_of_the_lab_name_checks_that_there_are(collected: list[dict[str, Any]]) -> None:
    names = {row["check"].partition("[")[0] for row in collected} | running.proven()  # some need a file
    for file in running.LAB_SERVERS.glob("*/deviations.toml"):
        for waiver in waivers.load_deviations(file, file.parent.name):
            assert waiver.check.partition("[")[0] in names, f"{file}: {waiver.check}"
