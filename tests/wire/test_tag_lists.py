"""Lists of tag=value, the DKIM keys and DMARC records that are such lists: right ones, wrong ones, and any octets."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import dkim_key, dmarc, tag_list
from conformance.wire.dkim_key import DkimKey
from conformance.wire.dmarc import Dmarc, Uri
from conformance.wire.scanner import Parsed
from conformance.wire.tag_list import Tag
from tests.wire.effort import Copied, calls

KEY = base64.b64encode(b"any octets")


def rules(parsed: Parsed[Any]) -> set[str]:
    return {violation.rule for violation in parsed.violations}


# tag-list


def test_tags_are_read_in_order_with_their_places() -> None:
    parsed = tag_list.read(b"a=1; b_2 = x y \t; C=;")

    assert parsed.violations == ()
    assert parsed.value == (Tag("a", b"1"), Tag("b_2", b"x y"), Tag("C", b""))
    assert [(tag.start, tag.value_start, tag.end) for tag in parsed.value] == [(0, 2, 3), (5, 11, 14), (18, 20, 20)]


@pytest.mark.parametrize(
    ("rule", "text", "place"),
    [
        ("tag-name", b"", (0, 0)),
        ("tag-name", b"a=b;;c=d", (4, 4)),
        ("tag-name", b"a=b; ", (5, 5)),
        ("tag-name", b"1a=b", (0, 4)),
        ("tag-name", b"=b", (0, 2)),
        ("tag-spec", b"a", (1, 1)),
        ("tag-spec", b"a-b=c", (1, 5)),
        ("tag-value", b"a=b\xe4c", (3, 5)),
        ("tag-value", b"a=b\r\nc", (3, 6)),
        ("tag-value", b"a=\0", (2, 3)),
        ("duplicate-tag", b"a=1; b=2; a=3", (10, 13)),
    ],
)
def test_a_departure_has_a_name_and_a_place(rule: str, text: bytes, place: tuple[int, int]) -> None:
    (violation,) = tag_list.read(text).violations

    assert (violation.rule, (violation.start, violation.end)) == (rule, place)


def test_the_first_of_two_tags_is_kept() -> None:
    assert tag_list.read(b"a=1; a=2").value == (Tag("a", b"1"),)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
VALUES = st.from_regex(rb"([!-:<-~]([!-:<-~ \t]{0,10}[!-:<-~])?)?", fullmatch=True)
SPACES = st.sampled_from([b"", b" ", b"\t ", b"\r\n ", b" \r\n\t"])


@given(
    st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=6, unique_by=lambda pair: pair[0]),
    st.data(),
    st.booleans(),
)
def test_a_list_that_is_written_is_read_back(pairs: list[tuple[str, bytes]], data: st.DataObject, last: bool) -> None:
    def space() -> bytes:
        return data.draw(SPACES)

    text = b";".join(
        space() + name.encode() + space() + b"=" + space() + value + (space() if value else b"")
        for name, value in pairs
    )
    parsed = tag_list.read(text + b";" * last)

    assert parsed.violations == ()
    assert parsed.value == tuple(Tag(name, value) for name, value in pairs)
    assert all(text[tag.value_start : tag.end] == tag.value for tag in parsed.value)


# DKIM keys


def test_a_key_has_the_defaults_of_the_section() -> None:
    parsed = dkim_key.read(b"p=" + KEY)

    assert parsed.violations == ()
    assert parsed.value == DkimKey(key=b"any octets", tags=(Tag("p", KEY),))


def test_every_tag_of_a_key_is_read() -> None:
    parsed = dkim_key.read(
        b"v=DKIM1; h=sha1 : SHA256; k=rsa; n=a=20b; s=email:*; t=y:s; x=1; p= " + KEY[:4] + b" " + KEY[4:]
    )
    key = parsed.value

    assert parsed.violations == ()
    assert (key.hashes, key.key_type, key.services, key.flags) == (
        ("sha1", "sha256"),
        "rsa",
        ("email", "*"),
        ("y", "s"),
    )
    assert (key.notes, key.key, key.revoked) == (b"a=20b", b"any octets", False)


def test_an_empty_key_is_a_revoked_one() -> None:
    parsed = dkim_key.read(b"v=DKIM1; p=")

    assert parsed.value.revoked
    assert parsed.violations == ()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("key-v-tag", b"v=DKIM1.0; p="),
        ("key-v-tag", b"v=dkim1; p="),
        ("key-v-tag", b"p=; v=DKIM1"),
        ("key-h-tag", b"h=; p="),
        ("key-h-tag", b"h=sha256:; p="),
        ("key-h-tag", b"h=sha256,sha1; p="),
        ("key-k-tag", b"k=rsa:dsa; p="),
        ("key-k-tag", b"k=*; p="),
        ("key-n-tag", b"n=a=b; p="),
        ("key-p-tag", b"v=DKIM1"),
        ("key-p-tag", b"P=" + KEY),
        ("key-p-tag", b"p=!"),
        ("key-p-tag", b"p=abc"),
        ("key-p-tag", b"p=ab=c"),
        ("key-s-tag", b"s=e-; p="),
        ("key-t-tag", b"t=y s; p="),
        ("tag-name", b"v=DKIM1; p=; "),
        ("duplicate-tag", b"p=; p="),
    ],
)
def test_a_departure_of_a_key_has_a_name(rule: str, text: bytes) -> None:
    assert rules(dkim_key.read(text)) == {rule}


@given(st.binary(max_size=60), st.data())
def test_a_key_is_read_back_wherever_white_space_stands_in_it(key: bytes, data: st.DataObject) -> None:
    text = base64.b64encode(key)
    at = data.draw(st.integers(0, len(text)))
    parsed = dkim_key.read(b"v=DKIM1; p=" + text[:at] + b" \t" * bool(key) + text[at:])

    assert (parsed.value.key, parsed.violations) == (key, ())


# DMARC records


def test_a_record_has_the_defaults_of_the_section() -> None:
    parsed = dmarc.read(b"v=DMARC1; p=none")

    assert parsed.violations == ()
    assert parsed.value == Dmarc(policy="none")


def test_every_tag_of_a_record_is_read() -> None:
    parsed = dmarc.read(
        b"v=DMARC1;p=Reject; sp=quarantine; rua=mailto:a@x.test!10M , https://x.test/%21; ruf=mailto:b@x.test;"
        b" adkim=s; aspf=S; ri=3600; fo=1:d : s; rf=afrf; pct=020; new=x; "
    )

    assert parsed.violations == ()
    assert parsed.value == Dmarc(
        policy="reject",
        subdomain_policy="quarantine",
        rua=(Uri(uri="mailto:a@x.test", limit="10m"), Uri(uri="https://x.test/%21")),
        ruf=(Uri(uri="mailto:b@x.test"),),
        adkim="s",
        aspf="s",
        interval=3600,
        options=("1", "d", "s"),
        percent=20,
    )
    assert [tag.name for tag in parsed.value.unknown] == ["new"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("dmarc-version", b"p=none"),
        ("dmarc-version", b"v=dmarc1; p=none"),
        ("dmarc-version", b"v=DMARC1.0; p=none"),
        ("dmarc-request", b"v=DMARC1"),
        ("dmarc-request", b"v=DMARC1;"),
        ("dmarc-request", b"v=DMARC1; p=any"),
        ("dmarc-request", b"v=DMARC1; p="),
        ("dmarc-request", b"v=DMARC1; sp=none; p=none"),
        ("dmarc-srequest", b"v=DMARC1; p=none; sp=x"),
        ("dmarc-auri", b"v=DMARC1; p=none; rua=a@x.test"),
        ("dmarc-auri", b"v=DMARC1; p=none; rua=mailto:a@x.test,"),
        ("dmarc-auri", b"v=DMARC1; p=none; rua=mailto:a@x.test!10x"),
        ("dmarc-auri", b"v=DMARC1; p=none; rua=mailto:a@x.test!18446744073709551616"),
        ("dmarc-auri", b"v=DMARC1; p=none; rua=mailto:%zz@x.test"),
        ("dmarc-furi", b"v=DMARC1; p=none; ruf="),
        ("dmarc-adkim", b"v=DMARC1; p=none; adkim=relaxed"),
        ("dmarc-aspf", b"v=DMARC1; p=none; aspf="),
        ("dmarc-ainterval", b"v=DMARC1; p=none; ri=4294967296"),
        ("dmarc-ainterval", b"v=DMARC1; p=none; ri=-1"),
        ("dmarc-ainterval", b"v=DMARC1; p=none; ri=" + b"9" * 5000),
        ("dmarc-fo", b"v=DMARC1; p=none; fo=0:2"),
        ("dmarc-rfmt", b"v=DMARC1; p=none; rf=iodef"),
        ("dmarc-percent", b"v=DMARC1; p=none; pct=101"),
        ("dmarc-percent", b"v=DMARC1; p=none; pct=0050"),
        ("tag-name", b"v=DMARC1;; p=none"),
        ("duplicate-tag", b"v=DMARC1; p=none; p=none"),
    ],
)
def test_a_departure_of_a_record_has_a_name(rule: str, text: bytes) -> None:
    assert rules(dmarc.read(text)) == {rule}


def test_the_version_comes_first() -> None:
    assert "dmarc-version" in rules(dmarc.read(b"p=none; v=DMARC1"))


@pytest.mark.parametrize(
    ("text", "it_is"),
    [
        (b"v=DMARC1; p=none", True),
        (b"v = DMARC1 ;", True),
        (b"v=DMARC1", True),
        (b"V=DMARC1;", False),
        (b"v=DMARC10;", False),
        (b"v=DMARC1 p=none", False),
        (b"p=none; v=DMARC1", False),
    ],
)
def test_a_record_begins_with_the_version(text: bytes, it_is: bool) -> None:
    assert dmarc.is_record(text) is it_is


ADDRESSES = st.from_regex(r"[a-z0-9.+_-]{1,9}@[a-z]{1,6}\.test", fullmatch=True)
URIS = st.builds(
    lambda address, limit: Uri(uri=f"mailto:{address}", limit=limit),
    ADDRESSES,
    st.just("") | st.from_regex(r"[0-9]{1,9}[kmgt]?", fullmatch=True),
)


@given(
    st.builds(
        Dmarc,
        policy=st.sampled_from(dmarc.POLICIES),
        subdomain_policy=st.none() | st.sampled_from(dmarc.POLICIES),
        rua=st.lists(URIS, max_size=3).map(tuple),
        ruf=st.lists(URIS, max_size=2).map(tuple),
        adkim=st.sampled_from("rs"),
        aspf=st.sampled_from("rs"),
        interval=st.integers(0, 2**32 - 1),
        options=st.lists(st.sampled_from("01ds"), min_size=1, max_size=4).map(tuple),
        percent=st.integers(0, 100),
    ),
    st.data(),
)
def test_a_record_that_is_written_is_read_back(record: Dmarc, data: st.DataObject) -> None:
    def uris(of: tuple[Uri, ...]) -> str:
        return " , ".join(uri.uri + ("!" + uri.limit if uri.limit else "") for uri in of)

    more = {
        "sp": record.subdomain_policy or "",
        "rua": uris(record.rua),
        "ruf": uris(record.ruf),
        "adkim": record.adkim,
        "aspf": record.aspf,
        "ri": str(record.interval),
        "fo": ":".join(record.options),
        "pct": str(record.percent),
    }
    tags = data.draw(st.permutations([f"{name}={value}" for name, value in more.items() if value]))
    parsed = dmarc.read("; ".join(["v=DMARC1", f"p={record.policy}", *tags]).encode())

    assert (parsed.value, parsed.violations) == (record, ())


# Any octets

PIECES = st.lists(
    st.sampled_from([b"v=", b"DMARC1", b"DKIM1", b";", b"=", b" ", b"p", b"rua=", b"mailto:a@b", b",", b"!", b":", b"t=", b"\r\n", b"\xff", b"\0", b"pct=9"]),
    max_size=25,
).map(b"".join)  # fmt: skip


@pytest.mark.parametrize("read", [tag_list.read, dkim_key.read, dmarc.read])
@given(text=st.binary(max_size=60) | PIECES)
def test_no_octets_are_too_much(read: Any, text: bytes) -> None:
    parsed = read(text)

    assert all(0 <= v.start <= v.end <= len(text) for v in parsed.violations)
    assert all(text[v.start : v.end].startswith(v.got) for v in parsed.violations)


@pytest.mark.parametrize("read", [tag_list.read, dkim_key.read, dmarc.read])
@pytest.mark.parametrize(
    "piece", [b";", b"a=", b"a=b;", b" ", b"\r\n ", b"\r\n", b",", b":", b"x", b"!", b"=", b"-", b"a:", b"%"]
)
def test_reading_takes_effort_in_proportion(read: Any, piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(b"v=DMARC1; p=none; t=a; rua=" + piece * count)
        return calls(lambda: read(watched)) + watched.copied

    assert effort(2000) < 3 * effort(1000) + 1000
