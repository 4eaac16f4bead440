"""Files of SPF vectors: what the dialect says, and one clear line for whatever is wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import vectors
from conformance.vectors import Case, Record, Trouble, VectorError

SMALLEST = """
description: Smallest
tests:
  one:
    spec: 4.10
    helo: h.example
    host: 192.0.2.1
    mailfrom: ""
    result: pass
zonedata: {}
"""


def load(tmp_path: Path, text: str) -> tuple[vectors.Scenario, ...]:
    path = tmp_path / "x.yml"
    path.write_text(text, "utf-8")
    return vectors.load(path)


def zone(tmp_path: Path, entries: str) -> tuple[vectors.Entry, ...]:
    (scenario,) = load(tmp_path, SMALLEST.replace("zonedata: {}", f"zonedata:\n  A.example.: {entries}"))
    return scenario.zone["a.example"]


def test_the_smallest_file(tmp_path: Path) -> None:
    (scenario,) = load(tmp_path, SMALLEST)

    assert scenario.description == "Smallest"
    assert scenario.zone == {}
    assert scenario.cases == (
        Case(name="one", spec=("4.10",), host="192.0.2.1", helo="h.example", mailfrom="", results=("pass",)),
    )


def test_everything_that_a_case_may_say(tmp_path: Path) -> None:
    text = """
description: Everything
comment: for whom it may concern
tests:
  one:
    description: >-
      in
      two lines
    comment: why
    spec: [4.3/1, "5, 6.2"]
    helo: h.example
    host: 2001:db8::1
    mailfrom: u@a.example
    result: [Pass, fail]
    explanation: DEFAULT
    strict: 2
zonedata:
"""

    (scenario,) = load(tmp_path, text)

    assert scenario.cases == (
        Case(
            name="one", spec=("4.3/1", "5", "6.2"), host="2001:db8::1", helo="h.example", mailfrom="u@a.example",
            results=("pass", "fail"), explanation="DEFAULT", description="in two lines", comment="why",
        ),
    )  # fmt: skip


def test_a_file_has_a_scenario_for_each_document(tmp_path: Path) -> None:
    assert [scenario.description for scenario in load(tmp_path, f"{SMALLEST}---{SMALLEST}")] == ["Smallest", "Smallest"]


def test_records_of_every_type(tmp_path: Path) -> None:
    entries = (
        "[A: 192.0.2.1, AAAA: '2001:db8::1', MX: [10, M.example.], PTR: p.example., CNAME: c.example, TXT: t, SPF: s,"
        ' TXT: [a, ""], SPF: [], TXT: ""]'
    )

    assert zone(tmp_path, entries) == (
        Record("A", "192.0.2.1"), Record("AAAA", "2001:db8::1"), Record("MX", (10, "M.example")), Record("PTR", "p.example"),
        Record("CNAME", "c.example"), Record("TXT", (b"t",)), Record("SPF", (b"s",)), Record("TXT", (b"a", b"")),
        Record("SPF", ()), Record("TXT", (b"",)),
    )  # fmt: skip


def test_spf_records_are_copied_where_there_is_no_txt(tmp_path: Path) -> None:
    both = (Record("SPF", (b"v=spf1",)), Record("TXT", (b"v=spf1",)))

    assert zone(tmp_path, "[SPF: v=spf1]") == both
    assert zone(tmp_path, "[SPF: v=spf1, TIMEOUT]") == (*both, Trouble.TIMEOUT)
    assert zone(tmp_path, "[SPF: v=spf1, TXT: x]") == (both[0], Record("TXT", (b"x",)))
    assert zone(tmp_path, "[SPF: v=spf1, TXT: NONE]") == (both[0],)
    assert zone(tmp_path, "[TXT: NONE, SPF: NONE]") == ()


def test_octets_are_characters_and_long_strings_are_cut(tmp_path: Path) -> None:
    assert zone(tmp_path, r'[TXT: "\xff\0"]') == (Record("TXT", (b"\xff\0",)),)
    assert zone(tmp_path, f"[TXT: {'x' * 300}]") == (Record("TXT", (b"x" * 255, b"x" * 45)),)


@pytest.mark.parametrize("word", list(Trouble))
def test_every_trouble_has_its_word(tmp_path: Path, word: str) -> None:
    assert zone(tmp_path, f"[{word}]") == (Trouble(word),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", " has no scenario"),
        ("---", ": scenario 1 is no mapping"),
        ("[", ": while parsing a flow node"),
        ("a: b\na: c", ": a stands twice"),
        ("[[]]: b", ": while constructing a mapping"),
        ("\0", ": unacceptable character"),
        ("description: x", ": scenario 'x' has no tests"),
        ("tests: {}", ": scenario 1 has no description"),
        ("description: []", ": scenario 1: description is no text"),
        ("description: x\nunknown: y", ": scenario 1: unknown key unknown (known: description, comment, tests, zonedata)"),
        ("description: x\ntests: []", ": scenario 'x' has no tests"),
        ("description: x\ntests: [y]", ": scenario 'x': tests is no mapping"),
        ("description: x\ntests: {one: y}", ": scenario 'x': case one is no mapping"),
        (SMALLEST.replace("spec: 4.10", "specs: 4.10"), ": scenario 'Smallest': case one: unknown key specs (known: descr"),
        (SMALLEST.replace("    spec: 4.10\n", ""), ": scenario 'Smallest': case one has no spec"),
        (SMALLEST.replace("    helo: h.example\n", ""), ": scenario 'Smallest': case one has no helo"),
        (SMALLEST.replace('    mailfrom: ""\n', ""), ": scenario 'Smallest': case one has no mailfrom"),
        (SMALLEST.replace('mailfrom: ""', "mailfrom: []"), ": scenario 'Smallest': case one: mailfrom is no text"),
        (SMALLEST.replace("192.0.2.1", "192.0.2"), ": scenario 'Smallest': case one: host '192.0.2' is no IP address"),
        (SMALLEST.replace("pass", "passed"), ": scenario 'Smallest': case one: result 'passed' is none of none, neutral, "),
        (SMALLEST.replace("pass", "{a: b}"), ": scenario 'Smallest': case one: result is no text and no list of texts"),
        (SMALLEST.replace("pass", "[]"), ": scenario 'Smallest': case one has no result"),
        (SMALLEST.replace("{}", "[x]"), ": scenario 'Smallest': zonedata is no mapping"),
        (SMALLEST.replace("{}", "{a.example: x}"), ": scenario 'Smallest': a.example has no list of records"),
        (SMALLEST.replace("{}", "{a.example: [], A.Example.: []}"), ": scenario 'Smallest': A.Example. stands twice"),
        (SMALLEST.replace("{}", "{a.example: [LATE]}"), ": scenario 'Smallest': a.example: 'LATE' is none of TIMEOUT, "),
        (SMALLEST.replace("{}", "{a.example: [[]]}"), ": scenario 'Smallest': a.example: an entry is no record and no word"),
        (SMALLEST.replace("{}", "{a.example: [NS: x]}"), ": scenario 'Smallest': a.example: type 'NS' is none of A, AAAA, "),
        (SMALLEST.replace("{}", "{a.example: [A: x]}"), ": scenario 'Smallest': a.example: 'x' is no value of A"),
        (SMALLEST.replace("{}", "{a.example: [A: []]}"), ": scenario 'Smallest': a.example: [] is no value of A"),
        (SMALLEST.replace("{}", "{a.example: [MX: 10]}"), ": scenario 'Smallest': a.example: '10' is no value of MX"),
        (SMALLEST.replace("{}", "{a.example: [MX: [65536, a]]}"), ": scenario 'Smallest': a.example: ['65536', 'a'] is no v"),
        (SMALLEST.replace("{}", "{a.example: [PTR: []]}"), ": scenario 'Smallest': a.example: [] is no value of PTR"),
        (SMALLEST.replace("{}", "{a.example: [TXT: {a: b}]}"), ": scenario 'Smallest': a.example: {'a': 'b'} is no value"),
        (SMALLEST.replace("{}", "{a.example: [TXT: €]}"), ": scenario 'Smallest': a.example: '€' is no value of TXT"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_where(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(VectorError) as raised:
        load(tmp_path, text)

    assert str(raised.value).startswith(f"{tmp_path / 'x.yml'}{line}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 100_000])
def test_what_is_too_deep_is_said_by_either_reader_of_yaml(tmp_path: Path, text: str) -> None:
    with pytest.raises(VectorError, match=r"too deep|nesting depth"):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match=r"y\.yml: No such file or directory$"):
        vectors.load(tmp_path / "y.yml")


def test_a_file_in_another_encoding_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_bytes(b"\xff")

    with pytest.raises(VectorError, match=r"x\.yml: 'utf-8' codec can't decode"):
        vectors.load(tmp_path / "x.yml")
