"""Selectors: what people mean by them, and what is said when they mean nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import Check
from conformance.requirements import Catalogue, Level, Requirement
from conformance.selection import SelectorError, parts, select


def requirement(identifier: str, rfc: int, section: str, level: str) -> Requirement:
    return Requirement(id=identifier, rfc=rfc, section=section, level=Level(level), text="", testable="yes", how="")


CATALOGUE = Catalogue(
    [
        requirement("A", 1939, "5", "MUST"),
        requirement("B", 1939, "5.1", "SHOULD"),
        requirement("C", 1939, "51", "MUST NOT"),
        requirement("D", 2595, "4", "MAY"),
        requirement("E", 3464, "2", "MUST"),
        requirement("F", 2045, "5.1", "MUST"),
    ]
)


def check(identifier: str, *requirements: str, needs: tuple[str, ...] = ()) -> Check:
    return Check(id=identifier, title="", how="", requirements=requirements, refuted_by=None, needs=needs)


STAT = check("rfc1939/stat-counts", "A")
LIST = check("rfc1939/list-counts[LIST 1]", "B")
OTHER = check("rfc1939/other", "C")
TLS = check("rfc2595/stls-works", "D", needs=("STLS",))
MODEL = check("models/agree", "A", needs=("SASL PLAIN", "UIDL"))
DSN = check("rfc3464/a-report-is-a-report", "E")
FATE = check("interop/no-message-is-without-a-fate[delivered]", "E")
STRUCTURE = check("rfc3501/bodystructure-describes-the-tree", "A", "F")
ALL = [STAT, LIST, OTHER, TLS, MODEL]


@pytest.mark.parametrize(
    ("selectors", "chosen"),
    [
        ((), ALL),
        (("rfc1939",), [STAT, LIST, OTHER]),
        (("rfc1939/5",), [STAT, LIST]),
        (("rfc1939/5.1",), [LIST]),
        (("rfc1939/51",), [OTHER]),
        (("rfc1939/stat-*",), [STAT]),
        (("rfc1939/*-counts*",), [STAT, LIST]),
        (("rfc1939/stat-counts",), [STAT]),
        (("rfc1939/list-counts",), [LIST]),
        (("rfc1939/list-counts[LIST 1]",), [LIST]),
        (("models",), [MODEL]),
        (("rfc2595", "models"), [TLS, MODEL]),
        (("pop3",), ALL),
        (("level:must",), [STAT, MODEL]),
        (("level:must-not",), [OTHER]),
        (("level:MUST", "level:may"), [STAT, TLS, MODEL]),
        (("needs:stls",), [TLS]),
        (("needs:sasl",), [MODEL]),
        (("needs:SASL PLAIN",), [MODEL]),
        (("!rfc1939",), [TLS, MODEL]),
        (("rfc1939", "!rfc1939/5"), [OTHER]),
        (("!level:must", "!needs:stls"), [LIST, OTHER]),
        (("level:grammar",), []),
        (("needs:utf8",), []),
    ],
)
def test_what_is_meant(selectors: tuple[str, ...], chosen: list[Check]) -> None:
    assert select(ALL, selectors, CATALOGUE) == chosen


@pytest.mark.parametrize(
    "selector",
    ["rfc9999", "stat", "rfc1939/nobody-*", "rfc1939/9", "rfc9999/5", "", "!rfc9999", "colour:red", "level:ought"],
)
def test_what_means_nothing_is_named(selector: str) -> None:
    with pytest.raises(SelectorError, match="selector") as caught:
        select(ALL, [selector], CATALOGUE)
    assert selector.removeprefix("!") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_known_rfc_without_checks_is_no_mistake() -> None:
    assert select([STAT], ["rfc2595"], CATALOGUE) == []


def test_a_word_for_a_purpose_is_all_that_serves_it() -> None:
    assert select([*ALL, DSN, FATE], ("dsn",), CATALOGUE) == [DSN, FATE]
    assert select([*ALL, DSN, FATE], ("!dsn",), CATALOGUE) == ALL
    assert select(ALL, ("dsn",), CATALOGUE) == []


def test_the_formats_are_what_proves_their_statements_in_whichever_suite() -> None:
    assert select([*ALL, DSN, STRUCTURE], ("format",), CATALOGUE) == [STRUCTURE]
    assert select([*ALL, DSN, STRUCTURE], ("proves:rfc2045",), CATALOGUE) == [STRUCTURE]
    assert select([*ALL, DSN, STRUCTURE], ("dsn", "format"), CATALOGUE) == [DSN, STRUCTURE]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("dsn", ["dsn"]),
        ("dsn,mdn,3834,format", ["dsn", "mdn", "3834", "format"]),
        ("rfc1939/list-counts[1,2],dsn", ["rfc1939/list-counts[1,2]", "dsn"]),
        ("dsn,", ["dsn", ""]),
    ],
)
def test_commas_stand_between_selectors(given: str, meant: list[str]) -> None:
    assert parts(given) == meant


def test_a_check_of_several_protocols_is_meant_by_each_and_asked_in_the_first_that_a_target_speaks() -> None:
    either = replace(OTHER, protocols=("lmtp", "smtp"))

    assert select([STAT, either], ["smtp"], CATALOGUE) == select([STAT, either], ["lmtp"], CATALOGUE) == [either]
    assert [either.among(spoken).protocol for spoken in (["smtp"], ["smtp", "lmtp"], ["pop3"])] == [
        "smtp",
        "lmtp",
        "lmtp",
    ]
