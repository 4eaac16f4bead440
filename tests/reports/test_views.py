"""What stands behind the views of the page: root causes, differences, capabilities, generated checks, waivers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import runs

from conformance.reports import html
from conformance.reports.capabilities import rows, stages
from conformance.reports.causes import causes, stops
from conformance.reports.deviations import problems, waived
from conformance.reports.differences import Parting, differences
from conformance.reports.generated import generated
from conformance.requirements import Level
from conformance.results import Evidence, Result, Run
from conformance.verdicts import Outcome, Reason, Verdict

STAT, SIZE, GREETS, UIDL = "RFC1939-5-02", "RFC1939-5-09", "RFC1939-3-01", "RFC1939-7-06"


def broken(target: str, check: str, requirement: str = STAT, line: int = 10) -> Result:
    at = Evidence(transcript="transcripts/0001.txt", line=line)
    return runs.result(target, check, check, requirement, Outcome.BROKEN, observed="+OK 2", evidence=at)


def held(target: str, check: str, requirement: str = STAT) -> Result:
    return runs.result(target, check, check, requirement, Outcome.HELD)


def unclear(target: str, check: str, reason: Reason) -> Result:
    return runs.result(target, check, check, STAT, Outcome.UNCLEAR, reason=reason, why="421 too many connections")


def folded(run: Run) -> list[tuple[str, list[str]]]:
    return [(cause.head.check, [other.check for other in cause.folded]) for cause in causes(run)]


def test_checks_of_one_statement_are_one_cause(tmp_path: Path) -> None:
    run = runs.write(tmp_path, (broken("alder", "a"), broken("alder", "b", line=4), broken("alder", "c", SIZE, line=2)))
    assert folded(run) == [("rfc1939/a", ["rfc1939/b"]), ("rfc1939/c", [])]


def test_checks_decided_by_one_line_are_one_cause(tmp_path: Path) -> None:
    run = runs.write(tmp_path, (broken("alder", "a"), broken("alder", "b", SIZE)))
    assert folded(run) == [("rfc1939/a", ["rfc1939/b"])]


def test_what_accuses_another_target_is_not_folded(tmp_path: Path) -> None:
    run = runs.write(tmp_path, (broken("alder", "a"), broken("alder", "b"), broken("birch", "b")))
    assert folded(run) == [("rfc1939/b", ["rfc1939/a"])]
    run = runs.write(tmp_path, (broken("alder", "a"), broken("birch", "b")))
    assert folded(run) == [("rfc1939/a", []), ("rfc1939/b", [])]


def test_what_stopped_many_checks_on_a_target_is_told_once(tmp_path: Path) -> None:
    throttled = tuple(unclear("alder", f"a{n}", Reason.THROTTLED) for n in range(3))
    few = tuple(unclear("birch", f"a{n}", Reason.SILENT) for n in range(2))
    (stop,) = stops(runs.write(tmp_path, (*throttled, *few)))
    assert (stop.target, stop.reason, len(stop.results), stop.why) == (
        "alder",
        "throttled",
        3,
        "421 too many connections",
    )


def test_differences_are_sorted_by_what_they_mean(two: Run) -> None:
    found = [(d.parting.name, d.name.partition("/")[2]) for d in differences(two)]
    assert found == [
        ("MUST", "reply-line-has-at-most-512-octets"),
        ("SHOULD", "split-command-is-assembled"),
        ("SHOULD", "capabilities-are-announced-early"),
        ("CHOICE", "uidl-is-offered"),
        ("OFFERED", "apop-refuses-another-timestamp"),
        ("OFFERED", "plaintext-before-tls-is-dropped"),
        ("OFFERED", "stls-is-refused-after-login"),
        ("UNKNOWN", "locked-maildrop-is-refused-with-a-reason"),
        ("UNKNOWN", "top-sends-header-and-lines"),
    ]


def test_one_target_differs_from_nobody(interrupted: Run) -> None:
    assert differences(interrupted) == ()


def test_another_observation_of_a_may_is_another_choice(tmp_path: Path) -> None:
    said = [runs.result(t, "u", "U", UIDL, Outcome.BROKEN, observed=t) for t in ("alder", "birch")]
    (found,) = differences(runs.write(tmp_path, tuple(said)))
    assert (found.parting, found.level) == (Parting.CHOICE, Level.MAY)


def announcing(tmp_path: Path, *said: str) -> Run:
    header = runs.run_fields(["alder"])
    header["targets"][0]["announced"]["capabilities"] = {"POP3 before TLS": said, "POP3 after login": ["uidl"]}
    found = (
        runs.result("alder", "s", "S", "RFC2595-4-01", Outcome.HELD),
        runs.result("alder", "t", "T", "RFC2595-4-02", Outcome.BROKEN),
    )
    return runs.write(tmp_path, found, **header)  # fmt: skip


def test_capability_is_announced_and_proven_apart(tmp_path: Path) -> None:
    run = announcing(tmp_path, "STLS", "UIDL", "X-OWN a b")
    own, stls, uidl = sorted(rows(run), key=lambda row: row.keyword != "X-OWN")
    assert (own.place, own.parameters["alder"], own.proven) == (None, ("a b",), {})
    assert (stls.keyword, stls.place, stls.stages["alder"]) == ("STLS", (2595, "4"), ("before TLS",))
    assert (stls.proven["alder"].held, stls.proven["alder"].judged, stls.proven["alder"].verdict) == (
        1,
        2,
        Verdict.FAIL,
    )
    assert uidl.stages["alder"] == ("before TLS", "after login")
    assert stages(run) == {"POP3": ("before TLS", "after login")}


def test_generated_check_shows_what_the_client_said(two: Run) -> None:
    first, second = generated(two)
    assert (first.name, second.name) == ("rfc1939/split-command-is-assembled", "rfc1939/top-sends-header-and-lines")
    (found,) = first.found
    assert [sent.said.text for sent in found.sent] == ["STAT␍␊", "USER alice␍␊", "PASS ******␍␊", "STAT␍␊"]
    assert found.sent[0].hexadecimal == "53 54 41 54 0d 0a"
    assert found.again == "mailconform run alder.toml -s rfc1939/split-command-is-assembled -vv"
    assert second.found == ()


def test_run_that_does_not_tell_has_no_generated_check(two: Run) -> None:
    old = {key: value for key, value in two.header.items() if key != "generated"}
    assert generated(replace(two, header=old)) == ()


def test_waivers_are_grouped_by_reason_with_their_problems(two: Run) -> None:
    (one,) = waived(two)
    assert one.reason.startswith("known, goes away")
    assert [result.check for result in one.results] == ["rfc1939/reply-line-has-at-most-512-octets"]
    assert problems(two) == problems(replace(two, footer=None)) == ()


def test_what_is_wrong_with_waivers_stands_in_the_menu_and_in_their_view(two: Run) -> None:
    run = replace(two, footer={**(two.footer or {}), "waiver_problems": ["waiver expired on 2026-10-01: a on <b>"]})
    page = html.render(run)
    assert problems(run) == ("waiver expired on 2026-10-01: a on <b>",)
    assert 'Waivers <span class="quiet">1!</span>' in page
    assert "<li>waiver expired on 2026-10-01: a on &lt;b&gt;</li>" in page
