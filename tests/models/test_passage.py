"""The octets of a message on its way: what may be added and encoded anew is told apart from every other change."""

from __future__ import annotations

import base64
import datetime as dt
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models.passage import Hop, Passage, compare, hops, seconds

FIELDS = (
    b"From: <a@x.test>",
    b"To: <b@x.test>",
    b"Subject: one,\r\n two",
    b"MIME-Version: 1.0",
    b"Content-Type: text/plain; charset=utf-8",
    b"Content-Transfer-Encoding: 8bit",
)
BODY = "one\r\n.two \r\n\r\ngrüße\r\n".encode()
TRACE = (
    b"Return-Path: <a@x.test>",
    b"Delivered-To: b@x.test",
    b"Received: from x.test ([192.0.2.1]) by y.test with ESMTP;\r\n\tSun, 29 Nov 2026 12:00:07 +0000",
    b"Received: by x.test (Some MTA) id 1; Sun, 29 Nov 2026 13:00:02 +0100 (CET)",
    b"X-Spam: no",
)
NOON = dt.datetime(2026, 11, 29, 12, 0, 0, tzinfo=dt.UTC)

lines = st.binary(max_size=60).map(lambda octets: octets.translate(None, b"\r\n") + b"\r\n")
bodies = st.lists(lines, max_size=6).map(b"".join)


def message(*fields: bytes, body: bytes = BODY) -> bytes:
    return b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


SENT = message(*FIELDS)


@given(st.lists(st.sampled_from(TRACE), max_size=6), bodies, st.booleans())
def test_trace_in_front_is_no_alteration(trace: list[bytes], body: bytes, local: bool) -> None:
    sent = message(*FIELDS, body=body)
    arrived = message(*trace, *FIELDS, body=body)

    passage = compare(
        sent, arrived.replace(b"\r\n", b"\n") if local and b"\n" not in body.replace(b"\r\n", b"") else arrived
    )

    assert passage == Passage(added=tuple(field + b"\r\n" for field in trace))


@given(st.data(), st.lists(st.sampled_from(TRACE), max_size=3))
def test_a_changed_octet_is_an_alteration(data: st.DataObject, trace: list[bytes]) -> None:
    """Anywhere in what was sent, the ends of lines excepted."""
    place = data.draw(st.sampled_from([at for at, octet in enumerate(SENT) if octet not in b"\r\n"]))
    other = data.draw(st.integers(0x21, 0x7E).filter(lambda octet: octet != SENT[place]))
    changed = SENT[:place] + bytes([other]) + SENT[place + 1 :]

    assert compare(SENT, message(*trace, body=b"")[:-2] + changed).alterations


@given(st.data())
def test_an_octet_too_few_or_too_many_is_an_alteration(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SENT) - 1).filter(lambda at: SENT[at] not in b"\r\n"))
    more = data.draw(st.booleans())

    changed = SENT[:place] + b"x" + SENT[place:] if more else SENT[:place] + SENT[place + 1 :]

    assert compare(SENT, changed).alterations or compare(SENT, changed).added


@given(bodies.filter(lambda body: not body.isascii()), st.sampled_from(["base64", "quoted-printable"]))
def test_a_body_encoded_anew_is_a_downgrade(body: bytes, encoding: str) -> None:
    fields = [field.replace(b"8bit", encoding.encode()) for field in FIELDS]
    encoded = (
        base64.encodebytes(body).replace(b"\n", b"\r\n")
        if encoding == "base64"
        else quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    )

    passage = compare(message(*FIELDS, body=body), message(*TRACE, *fields, body=encoded))

    assert passage.downgraded
    assert passage.alterations == ()


def test_a_body_that_decodes_to_something_else_is_no_downgrade() -> None:
    fields = [field.replace(b"8bit", b"base64") for field in FIELDS]

    passage = compare(SENT, message(*fields, body=base64.encodebytes(BODY + b"more\r\n")))

    assert not passage.downgraded
    assert [sentence.partition(":")[0] for sentence in passage.alterations] == [
        '"content-transfer-encoding" was changed',
        "the body was changed in line 1",
    ]


@given(st.integers(0, len(FIELDS) - 1))
def test_a_field_that_is_gone_is_an_alteration(place: int) -> None:
    (sentence,) = compare(SENT, message(*TRACE, *FIELDS[:place], *FIELDS[place + 1 :])).alterations

    assert sentence.endswith(" is gone")


def test_fields_put_elsewhere_are_told_apart() -> None:
    passage = compare(SENT, message(*TRACE, *FIELDS[:3], b"X-Scanned: yes", *FIELDS[3:], b"Sender: <a@x.test>"))

    assert passage.inserted == ('"x-scanned"', '"sender"')
    assert passage.alterations == ()


@pytest.mark.parametrize(
    ("arrived", "sentence"),
    [
        (message(FIELDS[2], *FIELDS), '"subject" stands there 2 times'),
        (message(*FIELDS[3:], *FIELDS[:3]), "the fields stand in another order"),
        (
            message(*FIELDS, body=BODY + b"-- \r\nfooter\r\n"),
            '13 octets were added to the body: "-- \\r\\nfooter\\r\\n"',
        ),
        (message(*FIELDS, body=BODY[:5]), "the body ends 18 octets early"),
        (message(*FIELDS, body=BODY.replace(b".two", b"..two")), 'the body was changed in line 2: "two '),
        (message(*FIELDS).replace(b",\r\n two", b", two"), '"subject" was changed: "\\r\\n two" became " two"'),
        (b"", '"from" is gone'),
        (b"\r\n\0\r", '"from" is gone'),
    ],
)
def test_an_alteration_is_one_sentence(arrived: bytes, sentence: str) -> None:
    assert compare(SENT, arrived).alterations[0].startswith(sentence)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_octets_raise(sent: bytes, arrived: bytes) -> None:
    hops(compare(sent, arrived))


@given(st.binary(max_size=300))
def test_every_message_is_itself(octets: bytes) -> None:
    passage = compare(octets, octets)

    assert (passage.added, passage.inserted, passage.downgraded) == ((), (), False)


def test_hops_are_read_from_the_trace_and_not_from_what_was_sent() -> None:
    sent = message(*FIELDS, b"Received: by before.test; Sun, 29 Nov 2026 11:00:00 +0000")

    stamped = hops(compare(SENT, message(*TRACE, body=b"")[:-2] + sent))

    assert stamped == (
        Hop(by="x.test", at=NOON + dt.timedelta(seconds=2)),
        Hop(by="y.test", at=NOON + dt.timedelta(seconds=7)),
    )
    assert seconds(stamped, NOON, NOON + dt.timedelta(seconds=8)) == (2.0, 5.0)


@pytest.mark.parametrize(("offset", "took"), [(-1, 0.0), (-5, None), (9, 9.0), (20, None)])
def test_only_clocks_that_agree_give_a_time(offset: int, took: float | None) -> None:
    stamped = (Hop(by="x.test", at=NOON + dt.timedelta(seconds=offset)),)

    assert seconds(stamped, NOON, NOON + dt.timedelta(seconds=10)) == (took,)
    assert seconds((Hop(by="x.test", at=None),), NOON, NOON) == (None,)
