"""Messages as they are read: fields and trees of parts, held against an oracle that others have; quirks; hostile octets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models import mime
from conformance.strategies.mime_messages import Meaning, messages_with_meaning
from conformance.wire import message, message_fields
from conformance.wire.address_list import Mailbox
from conformance.wire.message import DEPTH_LIMIT, Entity
from conformance.wire.scanner import Parsed
from tests.wire.effort import Copied, calls

HEAD = b"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nFrom: a@b.test\r\n"
MIME = HEAD + b"MIME-Version: 1.0\r\n"
TREE = (
    MIME + b"Content-Type: multipart/mixed; boundary=outer\r\n\r\npreamble\r\n"
    b"--outer\r\nContent-Disposition: inline; filename=x\r\n\r\none\r\n"
    b'--outer\r\nContent-Type: multipart/digest; boundary="outer b"\r\n\r\n'
    b"--outer b\r\n\r\n" + HEAD + b"\r\ntwo\r\n--outer b--\r\n\r\nepilogue of the inner one\r\n"
    b"--outer \t\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n"
    b"--outer--\r\nepilogue\r\n"
)  # fmt: skip


def said(raw: bytes) -> Parsed[Entity]:
    return message.read(raw)


def rules(raw: bytes) -> set[str]:
    return {violation.rule for violation in said(raw).violations}


def test_a_tree_is_read() -> None:
    parsed = said(TREE)
    entity = parsed.value

    assert parsed.violations == ()
    assert [part.media.essence for part in entity.walk()] == [
        "multipart/mixed", "text/plain", "multipart/digest", "message/rfc822", "text/plain", "text/plain",
    ]  # fmt: skip
    one, digest, encoded = entity.parts
    assert one.disposition is not None
    assert one.disposition.type == "inline"
    assert digest.parts[0].parts[0].body == b"two"
    assert (encoded.encoding, encoded.content) == ("base64", b"hello")
    assert encoded.raw == b"Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8="
    assert TREE[encoded.body_start : encoded.end] == b"aGVs\r\nbG8="


def test_fields_are_found_by_name_and_read() -> None:
    entity = said(b"FROM : a@b.test\r\nSubject: =?utf-8?q?gr=C3=BC?=\r\n  n\r\nsubject: again\r\n\r\n").value

    assert entity.text("subject") == b"=?utf-8?q?gr=C3=BC?=  n"
    assert len(entity.all("Subject")) == 2
    (sender, subject, _again) = entity.fields
    assert message_fields.read(subject).value == "grü  n"
    assert message_fields.read(sender).value == (Mailbox(local_part=b"a", domain=b"b.test"),)
    assert entity.first("To") is None
    assert entity.text("To") == b""


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "7bit", "x-mine"])
def test_content_is_decoded_as_far_as_it_can_be(encoding: str) -> None:
    body = {"quoted-printable": b"a=3D=\r\nb", "base64": b"YT1i!", "7bit": b"a=b", "x-mine": b"a=b"}[encoding]

    assert message.decoded(body, encoding) == b"a=b"


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        ("CRLF", HEAD.replace(b"\r\n", b"\n") + b"\n"),
        ("CRLF", HEAD + b"\r\na\rb"),
        ("line-length", HEAD + b"\r\n" + b"a" * 999),
        ("field", HEAD + b"no field\r\n\r\n"),
        ("obs-optional", HEAD + b"X-A : b\r\n\r\n"),
        ("utext", HEAD + b"X-A: \xe9\r\n\r\n"),
        ("UTF8-non-ascii", HEAD + "X-A: é\r\n\r\n".encode()),
        ("fields", b"From: a@b.test\r\n\r\n"),
        ("fields", b"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n"),
        ("fields", HEAD + b"To: a@b.test\r\nTo: c@d.test\r\n\r\n"),
        ("fields", HEAD + b"Content-Type: text/plain\r\n\r\n"),
        ("fields", MIME + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n"),
        ("fields", HEAD.replace(b"a@b.test", b"a@b.test, c@d.test") + b"\r\n"),
        ("addr-spec", HEAD + b"Bcc: root\r\n\r\n"),
        ("month-name", HEAD.replace(b"Nov", b"11") + b"\r\n"),
        ("path", HEAD + b"Return-Path: a@b.test\r\n\r\n"),
        ("boundary", MIME + b"Content-Type: multipart/mixed\r\n\r\n"),
        ("boundary", TREE.replace(b'"outer b"', b"outer")),
        ("multipart-body", MIME + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x--\r\n"),
        ("close-delimiter", TREE.replace(b"--outer--", b"")),
        ("close-delimiter", TREE.replace(b"--outer b--", b"")),
        ("composite-encoding", MIME + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
        ("7bit", HEAD + b"\r\n\xe9"),
        ("base64", MIME + b"Content-Transfer-Encoding: base64\r\n\r\na-b\r\n"),
        ("base64", MIME + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"a" * 77),
        ("quoted-printable", MIME + b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=b\r\n"),
        ("quoted-printable", MIME + b"Content-Transfer-Encoding: quoted-printable\r\n\r\na \r\n"),
    ],
)
def test_a_departure_has_a_name(rule: str, raw: bytes) -> None:
    assert rule in rules(raw)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\r\n",
        HEAD,
        HEAD + b"Bcc:\r\nReturn-Path: <>\r\nTo: Undisclosed:;\r\n\r\ntext",
        HEAD.replace(b"a@b.test", b"a@b.test, c@d.test\r\nSender: a@b.test") + b"\r\n",
        MIME + b"Content-Transfer-Encoding: 8bit\r\n\r\n\xe9\r\n",
        MIME + b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=E9=\r\nb =20\r\n",
    ],
)  # fmt: skip
def test_right_messages_have_no_violations(raw: bytes) -> None:
    assert said(raw).violations == ()


def test_an_encoded_message_may_be_global() -> None:
    raw = MIME + b"Content-Type: message/global\r\nContent-Transfer-Encoding: base64\r\n\r\nRnJvbTogYUBiLnRlc3Q=\r\n"

    assert said(raw).violations == ()
    assert said(said(raw).value.content).value.text("From") == b"a@b.test"


def same(ours: Entity, theirs: mime.Entity) -> None:
    """Hold one tree against the other, octet for octet."""
    assert ours.body == theirs.octets.body
    assert ours.media.essence.encode() == b"/".join((theirs.media.type, theirs.media.subtype)).lower()
    below = theirs.parts or ((theirs.message,) if theirs.message else ())
    assert len(ours.parts) == len(below)
    for one, other in zip(ours.parts, below, strict=True):
        same(one, other)


@given(messages_with_meaning())
def test_trees_are_those_of_the_oracle(meaning: Meaning) -> None:
    same(said(meaning.raw).value, mime.read(meaning.raw))


@given(messages_with_meaning(), st.data())
def test_every_prefix_can_be_read(meaning: Meaning, data: st.DataObject) -> None:
    cut = meaning.raw[: data.draw(st.integers(0, len(meaning.raw)))]

    assert said(cut).value.end == len(cut)


PIECES = st.lists(
    st.sampled_from(
        [b"Content-Type: ", b"multipart/mixed; boundary=", b"message/rfc822", b"x", b"--x", b"--", b"\r\n", b"\r\n\r\n", b"\n", b"\r",
         b" ", b"From: a@b", b"\xff", b"\0", b"Content-Transfer-Encoding: base64", b"multipart/digest; boundary=xx"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=80) | PIECES)
def test_no_octets_are_too_much(raw: bytes) -> None:
    parsed = said(raw)

    for entity in parsed.value.walk():
        assert 0 <= entity.start <= entity.body_start <= entity.end <= len(raw)
        assert all(raw[field.start :].startswith(field.raw) for field in entity.fields)
        message.decoded(entity.body, entity.encoding)
    assert all(0 <= v.start <= v.end <= len(raw) for v in parsed.violations)
    assert all(raw[v.start : v.end].startswith(v.got) for v in parsed.violations)


@pytest.mark.parametrize("media", [b"message/rfc822\r\n\r\n", b"multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n"])
def test_depth_has_a_limit(media: bytes) -> None:
    levels = (b"Content-Type: " + (media % (n, n) if b"%" in media else media) for n in range(5 * DEPTH_LIMIT))
    parsed = said(b"".join(levels))

    assert "depth" in {violation.rule for violation in parsed.violations} or len(parsed.violations) == 100
    assert len(parsed.value.walk()) == DEPTH_LIMIT + 1


@pytest.mark.parametrize(
    "piece",
    [b"a", b"a\r\n", b"X-A: b\r\n", b"--x\r\n", b"--x\r\n\r\n", b"--y\r\n", b"--x--\r\n", b"-", b" ", b"=", b"\n", b"\r", b"--x\r\nContent-Type: message/rfc822\r\n\r\n", b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n", b"Content-Type: message/rfc822\r\n\r\n"],
)  # fmt: skip
@pytest.mark.parametrize("head", [b"", MIME + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"])
def test_reading_takes_effort_in_proportion(head: bytes, piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(head + piece * count)
        return calls(lambda: said(watched)) + watched.copied

    assert effort(800) < 3 * effort(400) + 1000
