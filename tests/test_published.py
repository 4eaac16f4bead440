"""The command spf-record against a name server on loopback: each finding, the bounds, and how it looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import cli, published_dns, published_text
from conformance.discovery import CannotJudge
from conformance.exits import Exit
from conformance.published import Published, domain_name, judge
from conformance.published_findings import Finding, Level, Place
from conformance.services.nameserver import NameServer
from conformance.vectors import Entry, Record, Trouble, Zone
from tests.peers.publishing import DOMAIN, HOST, resolver, told, txt

Judge = Callable[..., Published]
PAGE = Path(__file__).parent.parent / "docs" / "spf-record.md"


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer("127.0.0.1:0") as serving:
        yield serving


@pytest.fixture
def judged(names: NameServer) -> Judge:
    """Judge example.com with this SPF record, or these entries, and other names beside it."""

    def look(record: str | tuple[Entry, ...], zone: Zone | None = None) -> Published:
        entries = (Record("TXT", record),) if isinstance(record, str) else record
        names.publish({DOMAIN: (*entries, *HOST), **(zone or {})})
        return judge(DOMAIN, resolver(names))

    return look


def test_a_right_record_is_fine(judged: Judge) -> None:
    report = judged(
        "v=spf1 ip4:192.0.2.0/24 a mx:mx.example.com/24 include:_spf.%{d} -all",
        {
            "mx.example.com": (Record("MX", (10, "m.example.com")),),
            "_spf.example.com": txt("v=spf1 ip6:2001:db8::/32 -all"),
        },
    )

    assert told(report) == set()
    assert (report.exit, report.lookups, set(report.void.values())) == (Exit.JUDGED, 3, {0})
    assert list(report.records) == ["example.com", "_spf.example.com"]


# What is found in the record itself


@pytest.mark.parametrize(
    ("record", "level", "section", "place"),
    [
        ("v=spf1 +all", "warning", "5.1", "+all"),
        ("v=spf1 ip4:192.0.2.1 all", "warning", "5.1", "all"),
        ("v=spf1 ?all", "note", "5.1", "?all"),
        ("v=spf1 ip4:192.0.2.1", "note", "4.7", ""),
        ("v=spf1 ptr -all", "warning", "5.5", "ptr"),
        ("v=spf1 -all a mx", "note", "5.1", "a mx"),
        ("v=spf1 a -all a", "note", "5.1", "a"),
        ("v=spf1 redirect=x.example.com -all", "note", "6.1", "redirect=x.example.com"),
        ("v=spf1 IP4:192.0.2.1 -all", "note", "4.6.1", "IP4:"),
        ("V=SPF1 -all", "note", "4.6.1", "V=SPF1"),
        ("v=spf1 a:%{i}.example.com -all", "unjudged", "7", "a:%{i}.example.com"),
        ("v=spf1 a:example.com. -all", "warning", "7.3", "a:example.com."),
        ("v=spf1 ip4:192.0.2.256 -all", "error", "5.6", "6"),
        ("v=spf1 ip5:192.0.2.1 -all", "error", "4.6.1", "ip5:192.0.2.1"),
        ("v=spf1 a:foo -all", "error", "7.1", "foo"),
        ("v=spf1 include -all", "error", "5.2", ""),
        ("v=spf1 a:%{z}.example.com -all", "error", "7.1", "%{z}.example.com"),
        ("v=spf1 -all\tx", "error", "5.1", "\tx"),
        ("v=spf1 exists:gone.example.com -all", "note", "5.7", "exists:gone.example.com"),
        ("v=spf1 mx -all", "note", "5.4", "mx"),
        ("v=spf1 a:gone.example.com -all", "note", "5.3", "a:gone.example.com"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_record_is_found_once(
    judged: Judge, record: str, level: str, section: str, place: str
) -> None:
    report = judged(record)

    assert told(report) == {(level, section, place)}
    assert report.exit == (Exit.FINDINGS if level in ("error", "warning") else Exit.JUDGED)


def test_the_macro_p_is_warned_of_and_takes_a_lookup(judged: Judge) -> None:
    report = judged("v=spf1 exists:%{p}.example.com -all")

    assert {(level, section) for level, section, _ in told(report)} == {("warning", "7.2"), ("unjudged", "7")}
    assert report.lookups == 2


def test_redirect_should_come_last(judged: Judge) -> None:
    report = judged("v=spf1 redirect=x.example.com a", {"x.example.com": txt("v=spf1 -all")})

    assert told(report) == {("warning", "6.1", "redirect=x.example.com")}


@pytest.mark.parametrize(
    ("entries", "level", "section"),
    [
        ((), "warning", "4.5"),
        (txt("other text"), "warning", "4.5"),
        (txt("v=spf1 -all", "v=spf1 ~all"), "error", "3.2"),
        ((Record("SPF", "v=spf1 -all"), *txt("v=spf1 -all")), "error", "3.1"),
        (txt("v=spf1 -all", "x" * 500), "warning", "3.4"),
        (txt((b"v=spf1 ", b"-all")), "note", "3.3"),
    ],
)
def test_what_is_wrong_around_a_record_is_found_once(
    judged: Judge, entries: tuple[Entry, ...], level: str, section: str
) -> None:
    assert {(found[0], found[1]) for found in told(judged(entries))} == {(level, section)}


def test_a_record_of_type_spf_alone_is_none(judged: Judge) -> None:
    report = judged((Record("SPF", "v=spf1 -all"),))

    assert {(level, section) for level, section, _ in told(report)} == {("error", "3.1"), ("warning", "4.5")}


def test_a_text_that_only_looks_like_a_record_is_told_of(judged: Judge) -> None:
    report = judged(txt(" v=spf1 -all"))

    assert told(report) == {("note", "4.5", " v=spf1 -all"), ("warning", "4.5", "")}


def test_strings_that_meet_inside_a_word_are_told_of(judged: Judge) -> None:
    report = judged(txt((b"v=spf1 ip4:192.0.2.1", b"x ", b"-all")))

    assert ("note", "3.3", "ip4:192.0.2.1x") in told(report)


def test_a_size_is_that_of_the_whole_answer(judged: Judge, names: NameServer) -> None:
    judged("v=spf1 " + "ip4:192.0.2.1 " * 33 + "-all")
    small = judged("v=spf1 " + "ip4:192.0.2.1 " * 31 + "-all")

    assert told(small) == {("note", "3.3", "")}
    assert not [query for query in names.queries if query.transport == "tcp"]


# What it leads to


@pytest.mark.parametrize(
    ("other", "level", "section"),
    [
        ((), "error", "5.2"),
        (txt("other text"), "error", "5.2"),
        (txt("v=spf1 -all", "v=spf1 -all x"), "error", "3.2"),
        (txt("v=spf1 include:example.com -all"), "error", "4.6.4"),
        ((Trouble.SERVFAIL,), "unanswered", "5.2"),
        ((Trouble.REFUSED,), "unanswered", "5.2"),
        ((Trouble.TRUNCATED,), "unanswered", "5.2"),
    ],
)
def test_an_include_that_leads_nowhere_is_found_once(
    judged: Judge, other: tuple[Entry, ...], level: str, section: str
) -> None:
    report = judged("v=spf1 include:x.example.com -all", {"x.example.com": other})

    assert {(found[0], found[1]) for found in told(report)} == {(level, section)}
    assert report.exit == (Exit.CANNOT_JUDGE if level == "unanswered" else Exit.FINDINGS)


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT, Trouble.WRONG_ID])
def test_silence_on_the_way_is_no_finding_and_not_fine(
    judged: Judge, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.2)
    report = judged("v=spf1 include:x.example.com -all", {"x.example.com": (trouble,)})

    assert told(report) == {("unanswered", "5.2", "include:x.example.com")}
    assert "no answer within 0.2 seconds" in next(f.sentence for f in report.findings if f.level is Level.UNANSWERED)
    assert report.exit is Exit.CANNOT_JUDGE


def test_a_redirect_to_no_record_is_found(judged: Judge) -> None:
    assert told(judged("v=spf1 redirect=x.example.com")) == {("error", "6.1", "redirect=x.example.com")}


def test_what_a_redirect_leads_to_is_judged(judged: Judge) -> None:
    report = judged("v=spf1 redirect=x.example.com", {"x.example.com": txt("v=spf1 ip4:192.0.2.0/33 -all")})

    assert told(report) == {("error", "5.6", "/33")}
    assert report.findings[0].place.name == "x.example.com"


def test_aliases_are_followed(judged: Judge) -> None:
    zone: Zone = {"x.example.com": (Record("CNAME", "y.example.com"),), "y.example.com": txt("v=spf1 -all")}

    assert told(judged("v=spf1 include:x.example.com -all", zone)) == set()


def test_one_mx_too_many_is_found(judged: Judge) -> None:
    exchanges = tuple(Record("MX", (place, f"m{place}.example.com")) for place in range(11))

    assert told(judged("v=spf1 mx:x.example.com -all", {"x.example.com": exchanges})) == {
        ("error", "4.6.4", "mx:x.example.com")
    }
    assert told(judged("v=spf1 mx:x.example.com -all", {"x.example.com": exchanges[:10]})) == set()


# Limits


def test_lookups_are_counted_through_includes_up_to_ten(judged: Judge) -> None:
    inner = {"x.example.com": txt("v=spf1 " + "a:example.com " * 4 + "-all")}

    assert told(judged("v=spf1 " + "a " * 5 + "include:x.example.com -all", inner)) == set()
    report = judged("v=spf1 " + "a " * 4 + "include:x.example.com a exists:example.com -all", inner)
    assert told(report) == {("error", "4.6.4", "exists:example.com")}
    assert report.lookups == 11


def test_terms_behind_all_take_no_lookups(judged: Judge) -> None:
    assert judged("v=spf1 a -all " + "a " * 20).lookups == 1


def test_lookups_that_find_nothing_are_counted_for_each_family(judged: Judge) -> None:
    only_ipv4: Zone = {f"{name}.example.com": (Record("A", "192.0.2.1"),) for name in "xyz"}
    report = judged("v=spf1 a:x.example.com a:y.example.com a:z.example.com -all", only_ipv4)

    assert told(report) == {("warning", "4.6.4", "a:z.example.com")}
    assert (report.void, "IPv6" in report.findings[0].sentence) == ({"A": 0, "AAAA": 3}, True)


def test_records_that_lead_to_each_other_end(judged: Judge, names: NameServer) -> None:
    zone: Zone = {
        "x.example.com": txt("v=spf1 include:y.example.com -all"),
        "y.example.com": txt("v=spf1 include:X.example.com redirect=example.com"),
    }
    report = judged("v=spf1 include:x.example.com -all", zone)

    assert told(report) == {("error", "4.6.4", "include:X.example.com"), ("error", "4.6.4", "redirect=example.com")}
    assert len(names.queries) == 5


def test_records_that_branch_without_end_end(judged: Judge, names: NameServer) -> None:
    zone: Zone = {
        f"x{place}.example.com": txt("v=spf1 " + f"include:x{place + 1}.example.com " * 9 + "-all")
        for place in range(9)
    }
    report = judged("v=spf1 include:x0.example.com -all", zone)

    assert "100 terms cause lookups" in next(f.sentence for f in report.findings if f.level is Level.UNANSWERED)
    assert report.exit is Exit.FINDINGS


def test_no_more_than_fifty_questions_are_asked(judged: Judge, names: NameServer) -> None:
    record = "v=spf1 " + " ".join(f"a:x{place}.example.com" for place in range(60)) + " -all"
    report = judged(record, {f"x{place}.example.com": HOST for place in range(60)})

    assert len({(query.name, query.type) for query in names.queries}) == 50
    assert report.count(Level.UNANSWERED) == 2


def test_time_is_bounded_for_all_questions_together(judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_dns, "ALL_SECONDS", -1.0)
    with pytest.raises(published_dns.Spent, match="-1 seconds are over"):
        judged("v=spf1 -all")


# The resolver


def test_a_resolver_that_is_silent_is_one_line(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.1)
    names.publish({DOMAIN: (Trouble.TIMEOUT,)})
    with pytest.raises(CannotJudge, match=r"example.com is not to be had from 127.0.0.1:\d+: no answer within 0.1 s"):
        judge(DOMAIN, resolver(names))


@pytest.mark.parametrize("text", ["", ".", "a..b", "-", "a b", "x" * 64, "ä.test", "a." * 127 + "b", "a\n"])
def test_what_is_no_domain_is_told_so(text: str) -> None:
    with pytest.raises(ValueError, match="is no domain name"):
        domain_name(text)


# Octets of strangers

TERMS = st.lists(
    st.sampled_from([b"a", b"mx", b"include:", b"x.example.com", b"redirect=", b" ", b" ", b"%{d}", b"%{i}", b"%", b"/33", b"-all", b"exists:", b"\xff", b"\x1b[2J", b"."]),
    max_size=15,
).map(b"".join)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[NameServer]:
    with NameServer("127.0.0.1:0") as serving:
        yield serving


@given(TERMS | st.binary(max_size=40), TERMS, TERMS)
def test_any_records_make_a_report(shared: NameServer, spf: bytes, other: bytes, tags: bytes) -> None:
    shared.publish(
        {
            DOMAIN: (Record("TXT", b"v=spf1 " + spf),),
            "x.example.com": (Record("TXT", b"v=spf1 " + other),),
            "_dmarc.example.com": (Record("TXT", b"v=DMARC1; " + tags),),
            "s._domainkey.example.com": (Record("TXT", tags),),
        }
    )
    report = judge(DOMAIN, resolver(shared), ["s"])

    assert published_text.table(report).replace("\n", "").isprintable()
    assert len(json.loads(published_text.as_json(report))["findings"]) == len(report.findings)
    assert all(0 <= f.place.start <= f.place.end <= len(f.place.text) for f in report.findings)


# The command

EXAMPLE: Zone = {
    "example.com": (
        *txt("v=spf1 mx include:_spf.example.net ptr include:gone.example.net exists:%{i}.l.example.com ~all"),
        Record("MX", (10, "mail.example.com")),
    ),
    "_spf.example.net": txt("v=spf1 ip4:192.0.2.0/33 a:mail.example.net -all"),
    "mail.example.net": HOST,
    "_dmarc.example.com": txt("v=DMARC1; p=none; pct=200"),
    "s1._domainkey.example.com": txt("v=DKIM1; k=rsa; p="),
}


@pytest.fixture
def call(
    names: NameServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run the command with this name server as its resolver: the exit code, and what was printed."""

    def called(*arguments: str) -> tuple[int, str, str]:
        words = ["spf-record", "--resolver", f"127.0.0.1:{names.port}", *arguments]
        monkeypatch.setattr(sys, "argv", ["mailconform", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return called


Call = Callable[..., tuple[int, str, str]]


def test_the_documentation_shows_what_is_printed(names: NameServer, call: Call) -> None:
    names.publish(EXAMPLE)
    code, out, err = call("example.com", "--selector", "s1")

    assert (code, err) == (1, "")
    assert f"```\n{out}```" in PAGE.read_text("utf-8").replace("```console", "```")


def test_json_has_the_same(names: NameServer, call: Call) -> None:
    names.publish(EXAMPLE)
    code, out, _ = call("example.com", "--selector", "s1", "--json")
    data = json.loads(out)

    assert code == 1
    assert (data["domain"], data["lookups"], data["void_lookups"]) == ("example.com", 6, {"IPv4": 1, "IPv6": 1})
    assert data["records"]["_dmarc.example.com"] == "v=DMARC1; p=none; pct=200"
    (finding,) = [finding for finding in data["findings"] if finding["section"] == "5.6"]
    assert finding == {
        "level": "error",
        "rfc": 7208,
        "section": "5.6",
        "sentence": "ip4-cidr-length: expected is / and a number from 0 to 32, and there is '/33'",
        "name": "_spf.example.net",
        "record": "v=spf1 ip4:192.0.2.0/33 a:mail.example.net -all",
        "start": 20,
        "end": 23,
    }


def test_nothing_found_ends_with_0(names: NameServer, call: Call) -> None:
    names.publish({DOMAIN: txt("v=spf1 -all"), "_dmarc.example.com": txt("v=DMARC1; p=reject")})

    assert call("Example.com.") == (
        0,
        """Example.com  v=spf1 -all
_dmarc.Example.com  v=DMARC1; p=reject

Example.com: nothing found; SPF takes 0 of 10 lookups, of 2 that may find nothing 0 with IPv4, 0 with IPv6
""",
        "",
    )


def test_a_silent_resolver_ends_with_6(names: NameServer, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.1)
    names.publish({DOMAIN: (Trouble.TIMEOUT,)})
    code, out, err = call("example.com")

    assert (code, out, err.count("\n")) == (6, "", 1)
    assert "no answer within 0.1 seconds" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a..b"], "mailconform: 'a..b' is no domain name in US-ASCII\n"),
        (["example.com", "--selector", "a b"], "mailconform: 'a b' is no domain name in US-ASCII\n"),
        (
            ["example.com", "--resolver", "nobody"],
            "mailconform: 'nobody' does not appear to be an IPv4 or IPv6 address\n",
        ),
        ([], "mailconform: Missing argument 'DOMAIN'.\n"),
    ],
)
def test_a_mistake_is_one_line(call: Call, arguments: list[str], said: str) -> None:
    assert call(*arguments) == (int(Exit.USAGE), "", said)


def test_a_long_record_is_shown_around_its_place() -> None:
    text = b"v=spf1 " + b"a:x.example.com " * 40 + b"\x1b[2J " + b"b " * 100
    place = Place("example.com", text, 647, 651)
    report = Published(domain="example.com", records={}, lookups=0, void={"A": 0, "AAAA": 0}, findings=(Finding(Level.ERROR, 7208, "4.6.1", "x", place),))  # fmt: skip
    _, head, record, mark, *_ = published_text.table(report).split("\n")

    assert head == "✘ error      RFC 7208 4.6.1   example.com: x"
    assert record[mark.index("^") : mark.rindex("^") + 1] == "\\027[2J"
    assert len(record) <= 80
    assert record.strip().startswith("…")
    assert record.endswith("…")
