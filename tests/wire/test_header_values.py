"""Values of header fields: dates, addresses, identifiers, parameters, encoded words; right ones, obsolete ones, wrong ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import header_values
from conformance.strategies.pop3 import Spelled
from conformance.wire import address_list, encoded_words, message_fields, mime_fields
from conformance.wire.address_list import Address, Group, Mailbox
from conformance.wire.date_time import DateTime, date_time
from conformance.wire.mime_fields import Media, Parameter
from conformance.wire.scanner import Scanner
from tests.wire.effort import Copied, calls

Rule = Callable[[Scanner], Any]


def said(rule: Rule, body: bytes) -> tuple[Any, set[str]]:
    at = Scanner(body)
    value = rule(at)
    assert at.at == at.end
    return value, {violation.rule for violation in at.violations}


@given(header_values.date_times())
def test_date_times_are_read(spelled: Spelled[DateTime]) -> None:
    assert said(date_time, spelled.raw) == (spelled.value, set())
    assert said(date_time, str(spelled.value).encode()) == (spelled.value, set())


def test_a_date_time_is_a_moment() -> None:
    value, rules = said(date_time, b" Sat, 21 Nov 2026 12:00:60 -0330 (half past)")

    assert rules == set()
    assert value.moment == dt.datetime(2026, 11, 21, 15, 30, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("year", "body"),
    [(2026, b"21 Nov 26 12:00 GMT"), (1999, b"21 Nov 99 12:00 EST"), (1999, b"21 Nov 099 12:00 +0000")],
)
def test_obsolete_date_times_are_read(year: int, body: bytes) -> None:
    value, rules = said(date_time, body)

    assert value.moment.year == year
    assert "obs-year" in rules
    assert rules <= {"obs-year", "obs-zone"}


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("day-of-week", b"Fri, 21 Nov 2026 12:00 +0000"),
        ("day-of-week", b"Sat 21 Nov 2026 12:00 +0000"),
        ("day-name", b"Sam, 21 Nov 2026 12:00 +0000"),
        ("date", b"31 Nov 2026 12:00 +0000"),
        ("day", b"32 Nov 2026 12:00 +0000"),
        ("day", b"121 Nov 2026 12:00 +0000"),
        ("month-name", b"21 11 2026 12:00 +0000"),
        ("year", b"21 Nov 1826 12:00 +0000"),
        ("hour", b"21 Nov 2026 24:00 +0000"),
        ("hour", b"21 Nov 2026 1:00 +0000"),
        ("minute", b"21 Nov 2026 12:60 +0000"),
        ("second", b"21 Nov 2026 12:00:61 +0000"),
        ("zone", b"21 Nov 2026 12:00"),
        ("zone", b"21 Nov 2026 12:00 +0060"),
        ("zone", b"21 Nov 2026 12:00 MEZ"),
        ("obs-date", b"21 (x) Nov 2026 12:00 +0000"),
        ("date-time", b"21 Nov 2026 12:00 +0000 later"),
        ("day", b""),
    ],
)
def test_a_wrong_date_time_has_a_name(rule: str, body: bytes) -> None:
    assert rule in said(date_time, body)[1]


@given(header_values.address_lists())
def test_address_lists_are_read(spelled: Spelled[tuple[Address, ...]]) -> None:
    assert said(address_list.address_list, spelled.raw) == (spelled.value, set())


@given(header_values.address_lists())
def test_address_lists_are_read_as_they_are_written(spelled: Spelled[tuple[Address, ...]]) -> None:
    again, rules = said(address_list.address_list, address_list.write(spelled.value))

    assert rules == set()
    assert address_list.write(again) == address_list.write(spelled.value)


def test_addresses_of_every_kind() -> None:
    value, rules = said(
        address_list.address_list,
        b'Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>, "Joe Q. Public" <john.q@x.test>,\r\n'
        b" A Group(Some people): Chris Jones <c@(x)y.test>, joe@[192.0.2.1] ;, Undisclosed:;",
    )  # fmt: skip

    assert rules == set()
    assert value == (
        Mailbox(
            local_part=b"pete", domain=b"silly.test", display_name=b"Pete",
            comments=(b"A nice \\) chap", b"his account", b"his host"),
        ),
        Mailbox(local_part=b"john.q", domain=b"x.test", display_name=b"Joe Q. Public"),
        Group(
            display_name=b"A Group",
            members=(
                Mailbox(local_part=b"c", domain=b"y.test", display_name=b"Chris Jones", comments=(b"x",)),
                Mailbox(local_part=b"joe", domain=b"[192.0.2.1]"),
            ),
        ),
        Group(display_name=b"Undisclosed"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "body", "specs"),
    [
        ("obs-phrase", b"Joe Q. Public <a@b.test>", [b"a@b.test"]),
        ("obs-route", b"<@c.test,@d.test:a@b.test>", [b"a@b.test"]),
        ("obs-local-part", b"a . b@c.test", [b"a.b@c.test"]),
        ("obs-local-part", b'"a".b@c.test', [b"a.b@c.test"]),
        ("obs-domain", b"a@b . test", [b"a@b.test"]),
        ("obs-addr-list", b"a@b.test,, c@d.test", [b"a@b.test", b"c@d.test"]),
        ("obs-addr-list", b",a@b.test,", [b"a@b.test"]),
        ("obs-group-list", b"x: ,a@b.test;", [b"a@b.test"]),
        ("obs-dtext", b"a@[\\a]", [b"a@[\\a]"]),
        ("addr-spec", b"root, a@b.test", [b"root", b"a@b.test"]),
        ("address-list", b"", []),
        ("address-list", b"a@b.test c@d.test", [b"a@b.test", b"c@d.test"]),
        ("address", b"a@b.test, <>>, c@d.test", None),
        ("angle-addr", b"<a@b.test", [b"a@b.test"]),
        ("local-part", b"<@>", None),
        ("local-part", b"a..b@c.test", [b'"a..b"@c.test']),
        ("domain", b"a@", [b"a"]),
        ("domain-literal", b"a@[1", [b"a@[1"]),
        ("group", b"x: a@b.test", [b"a@b.test"]),
        ("quoted-string", b'"a', None),
        ("comment", b"a@b.test (x", [b"a@b.test"]),
    ],
)
def test_addresses_that_depart_are_read_and_named(rule: str, body: bytes, specs: list[bytes] | None) -> None:
    value, rules = said(address_list.address_list, body)

    assert rule in rules
    boxes = [box for one in value for box in (one.members if isinstance(one, Group) else (one,))]
    assert specs is None or [box.addr_spec for box in boxes] == specs


def test_a_mailbox_is_one_and_no_group() -> None:
    assert said(address_list.mailbox, b"a@b.test, c@d.test")[1] == {"mailbox"}
    assert said(address_list.mailbox_list, b"x: a@b.test;")[1] == {"mailbox-list"}


@pytest.mark.parametrize(
    ("body", "ids", "rules"),
    [
        (b" <a@b>\r\n <c.d@[x]>", (b"<a@b>", b"<c.d@[x]>"), set()),
        (b'(x)<"a b"@c.test>', (b'<"ab"@c.test>',), {"obs-id"}),
        (b"Your message <a@b>", (b"<a@b>",), {"obs-phrase"}),
        (b"<a>", (b"<a>",), {"msg-id"}),
        (b"<a@b", (), {"msg-id"}),
        (b"", (), {"msg-id"}),
    ],
)
def test_message_identifiers_are_read(body: bytes, ids: tuple[bytes, ...], rules: set[str]) -> None:
    assert said(message_fields.msg_ids, body) == (ids, rules)


def test_an_identifier_is_one() -> None:
    assert said(message_fields.msg_id, b"<a@b>") == (b"<a@b>", set())
    assert said(message_fields.msg_id, b"<a@b> <c@d>") == (b"<a@b>", {"msg-id"})


@pytest.mark.parametrize("body", [b"21 Nov", b"31 Nov 2026 12:00 +0000", b"21 Nov 2026 12:00"])
def test_what_is_no_date_time_is_no_moment(body: bytes) -> None:
    assert said(date_time, body)[0].moment is None


def test_keywords_are_phrases() -> None:
    assert said(message_fields.phrases, b' a b, "c, d"') == ((b"a b", b"c, d"), set())


@given(header_values.medias())
def test_media_types_are_read(spelled: Spelled[Media]) -> None:
    assert said(mime_fields.content_type, spelled.raw) == (spelled.value, set())


@given(header_values.parameter_lists())
def test_parameters_are_read_as_they_are_written(spelled: Spelled[tuple[Parameter, ...]]) -> None:
    assert said(mime_fields.parameters, mime_fields.write_parameters(spelled.value)) == (spelled.value, set())


def test_a_parameter_in_sections_has_the_charset_of_the_first() -> None:
    value, rules = said(
        mime_fields.content_disposition, b"attachment; name*1=c; name*0*=utf-8'de'gr%C3%BC; name*2*=%20d"
    )

    assert rules == set()
    assert value.parameters == (Parameter(name="name", value=b"gr\xc3\xbcc d", charset="utf-8", language="de"),)
    assert value.parameters[0].text == "grüc d"


@pytest.mark.parametrize(
    ("rule", "parse", "body"),
    [
        ("type", mime_fields.content_type, b"/plain"),
        ("content", mime_fields.content_type, b"text"),
        ("subtype", mime_fields.content_type, b"text/"),
        ("boundary", mime_fields.content_type, b"multipart/mixed"),
        ("boundary", mime_fields.content_type, b"multipart/mixed; boundary=" + b"a" * 71),
        ("boundary", mime_fields.content_type, b'multipart/mixed; boundary="a "'),
        ("parameter", mime_fields.content_type, b"text/plain;"),
        ("parameter", mime_fields.content_type, b"text/plain; charset"),
        ("parameter", mime_fields.content_type, b"text/plain charset=x"),
        ("parameter", mime_fields.content_type, b"text/plain; a=b; a=c"),
        ("parameter", mime_fields.content_type, b"text/plain; a=b; a*0=c"),
        ("attribute", mime_fields.content_type, b"text/plain; =x"),
        ("value", mime_fields.content_type, b"text/plain; a="),
        ("unquoted-value", mime_fields.content_type, b"text/plain; a=b/c"),
        ("section", mime_fields.content_type, b"text/plain; a*1=x"),
        ("section", mime_fields.content_type, b"text/plain; a*0=x; a*2=y"),
        ("section", mime_fields.content_type, b"text/plain; a*00=x"),
        ("section", mime_fields.content_type, b"text/plain; *=x"),
        ("extended-value", mime_fields.content_type, b"text/plain; a*=x"),
        ("ext-octet", mime_fields.content_type, b"text/plain; a*=''%4"),
        ("mechanism", mime_fields.content_transfer_encoding, b"8-bit"),
        ("mechanism", mime_fields.content_transfer_encoding, b""),
        ("encoding", mime_fields.content_transfer_encoding, b"7bit 8bit"),
        ("disposition-type", mime_fields.content_disposition, b"; a=b"),
        ("size-parm", mime_fields.content_disposition, b"inline; size=big"),
        ("date-time", mime_fields.content_disposition, b'inline; creation-date="now"'),
        ("version", mime_fields.mime_version, b"1"),
        ("encoded-word", encoded_words.unstructured, b"=?utf-8?x?a?="),
        ("encoded-word", encoded_words.unstructured, b"a=?utf-8?q?a?="),
        ("encoded-word", encoded_words.unstructured, b"=?utf-8?q?" + b"a" * 70 + b"?="),
        ("encoded-text", encoded_words.unstructured, b"=?utf-8?q?=4?="),
        ("encoded-text", encoded_words.unstructured, b"=?utf-8?b?=4?="),
        ("encoded-text", encoded_words.unstructured, b"=?utf-8?q?=FF?="),
        ("encoded-text", encoded_words.unstructured, b"=?idna?q?a?="),
    ],
)  # fmt: skip
def test_a_departure_has_a_name(rule: str, parse: Rule, body: bytes) -> None:
    assert rule in said(parse, body)[1]


def test_a_version_may_have_comments_anywhere() -> None:
    assert said(mime_fields.mime_version, b" 1(x).(y)0 (z)") == ("1.0", set())


@given(header_values.encoded_texts())
def test_encoded_words_are_read(spelled: Spelled[str]) -> None:
    assert said(encoded_words.unstructured, spelled.raw) == (spelled.value, set())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"=?ISO-8859-1?Q?a?= b", "a b"),
        (b"=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1*en?Q?a_b?=", "a b"),
        (b"x =?utf-8?q?a b?= \xff", "x =?utf-8?q?a b?= �"),
        (b"a = b", "a = b"),
    ],
)
def test_text_around_encoded_words_stays(body: bytes, text: str) -> None:
    assert said(encoded_words.unstructured, body)[0] == text


RULES: list[Rule] = [
    date_time, address_list.address_list, message_fields.msg_ids, message_fields.phrases, message_fields.path,
    mime_fields.content_type, mime_fields.content_disposition, mime_fields.content_transfer_encoding,
    mime_fields.mime_version, encoded_words.unstructured,
]  # fmt: skip
OCTETS = st.lists(
    st.sampled_from([b"a", b"1", b" ", b"(", b")", b'"', b"\\", b";", b"=", b".", b"/", b"@", b"<", b">", b",", b":", b"[", b"]", b"*", b"%", b"'", b"?", b"=?utf-8?q?", b"?=", b"\r\n ", b"\n", b"\xff", b"\0", b"Nov"]),
    max_size=25,
).map(b"".join)  # fmt: skip


@given(st.sampled_from(RULES), st.binary(max_size=60) | OCTETS)
def test_no_octets_are_too_much(rule: Rule, octets: bytes) -> None:
    at = Scanner(octets)
    rule(at)

    assert at.at == at.end
    assert all(0 <= v.start <= v.end <= len(octets) for v in at.violations)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize(
    "piece",
    [b"a", b"a ", b"a,", b",", b"(", b"()", b'"', b'"" ', b"<", b"<>", b"<a@b>", b"a@b,", b"@", b"[", b":", b"a:", b";", b"; a=b", b"; a*0=b", b"*", b"=", b"=?", b"=?a?q?a?= ", b"%", b".", b"\r\n ", b"\xff", b"1", b"\\"],
)  # fmt: skip
def test_reading_takes_effort_in_proportion(rule: Rule, piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(b"text/plain; a=" + piece * count)
        return calls(lambda: rule(Scanner(watched))) + watched.copied

    assert effort(400) < 3 * effort(200) + 1000
