"""RFC 3516: BINARY, parts without their content transfer encoding.

What must come is decoded by Python's own base64 and quopri from the octets that the check has written.
"""

from __future__ import annotations

import base64

from conformance import (
    Binary,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    answer,
    astring,
    compose,
    confuse,
    forward,
    needs,
    rewrite,
    rewrite_raw,
    verifies,
)
from conformance.models import mime
from conformance.models.shelf import brought
from conformance.wire.imap_body import Multipart, Part
from conformance.wire.imap_values import Fetch

pytestmark = needs("BINARY")

FETCH = rb"FETCH .*BINARY.*"
TEXT = "Größe: 5 €.\r\nZweite Zeile.\r\n".encode()
DATA = bytes(range(256)) * 4
PICTURE = b"\x89PNG\r\n\x1a\n without that octet \xff\xfe\r\n"


def _encoded(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _quoted_printable(octets: bytes) -> bytes:
    """Every octet but letters, digits and line ends as =XX, with soft line breaks within the lines."""
    spelled = b"".join(
        bytes([octet]) if octet in b"\r\n" or bytes([octet]).isalnum() else b"=%02X" % octet for octet in octets
    )
    return spelled.replace(b"=E2", b"=\r\n=E2")


PARTS: tuple[tuple[bytes, bytes, bytes, bytes], ...] = (
    (b"text/plain; charset=utf-8", b"base64", _encoded(TEXT), TEXT),
    (b"application/octet-stream", b"base64", _encoded(DATA), DATA),
    (b"text/plain; charset=utf-8", b"quoted-printable", _quoted_printable(TEXT), TEXT),
    (b"text/plain", b"7bit", b"Plain text,\r\n.not encoded.\r\n", b"Plain text,\r\n.not encoded.\r\n"),
    (b"image/png", b"base64", _encoded(PICTURE), PICTURE),
    (b"text/plain; charset=us-ascii", b"QUOTED-PRINTABLE", b"a=3Db=\r\n c\r\n", b"a=b c\r\n"),
)
"""Type, encoding, encoded octets, decoded octets of each part."""
DECODED = {f"{number}": part[3] for number, part in enumerate(PARTS, 1)}
_FIELDS = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n"
MESSAGE = compose(
    b"".join(
        b"--b1\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n" % (kind, encoding, octets)
        for kind, encoding, octets, _ in PARTS
    )
    + b"--b1--\r\n",
    subject="=?utf-8?q?gr=C3=BCn?=",
    headers=_FIELDS,
)
UNKNOWN = compose(
    b"Tbzr grkg.\r\n",
    subject="an encoding of nobody's",
    headers=b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-rot13\r\n",
)


def _parts(dial: ImapDial) -> Mailbox:
    return dial.collection(MESSAGE, key="binary")


def _fetch(mailbox: Mailbox, items: str) -> Fetch:
    """Items of message 1; none if the server refuses."""
    return brought(mailbox.command("FETCH 1", items)).get(1, Fetch(()))


def _texts(fetched: Fetch, names: dict[str, str]) -> dict[str, bytes | None]:
    """Key -> octets of the item of that name, b"" for NIL, None if it did not come."""
    there = {key: fetched.get(name.encode()) for key, name in names.items() if name.encode() in fetched}
    return {key: (there[key] or b"") if key in there else None for key in names}


@verifies("RFC3516-4.1-01", refuted_by=answer(b"<tag> BAD what?\r\n", of=FETCH))
def test_a_server_that_announces_binary_takes_its_items(dial: ImapDial) -> None:
    """FETCH BINARY.SIZE[4] and BINARY.PEEK[4] of a part without encoding: not BAD."""
    mailbox = _parts(dial)
    assert not mailbox.command("FETCH 1 (BINARY.SIZE[4])").is_bad
    assert not mailbox.command("FETCH 1 (BINARY.PEEK[4])").is_bad


@verifies(
    "RFC3516-4.2-01",
    refuted_by=forward(rb"\1BODY.PEEK[\2", of=rb"(FETCH .*?)BINARY\.PEEK\[(.*)") | rewrite(rb"BODY\[", b"BINARY["),
)
def test_binary_brings_a_part_without_its_encoding(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK of parts in base64, in quoted-printable and in none: the octets that were encoded."""
    mailbox = _parts(dial)
    fetched = {key: _fetch(mailbox, f"(BINARY.PEEK[{key}])") for key in DECODED}
    assert {key: found.get(f"BINARY[{key}]".encode()) for key, found in fetched.items()} == DECODED


@verifies("RFC3516-4.2-02", refuted_by=forward(rb"\1BINARY[\2", of=rb"(FETCH .*)BINARY\.PEEK\[(.*)"))
def test_binary_sets_seen_and_binary_peek_does_not(mailbox: Mailbox) -> None:
    """FETCH BINARY.PEEK[1], FLAGS, BINARY[1], FLAGS: seen behind the second alone."""
    mailbox.append(MESSAGE)
    mailbox.select()
    mailbox.permits("\\Seen")
    if b"\\seen" in mailbox.flags():
        raise Inconclusive(Reason.PRECONDITION, "the message has been seen from the start")
    mailbox.command("FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])").ok()
    assert b"\\seen" not in mailbox.flags()
    mailbox.command("FETCH 1 (BINARY[1])").ok()
    assert b"\\seen" in mailbox.flags()


@verifies("RFC3516-4.2-03", refuted_by=confuse(b"<3.5>", b"<4.5>", verb=b"FETCH"))
def test_a_piece_of_a_part_is_cut_out_of_the_decoded_octets(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK[n]<3.5> and others, within a part, across its end and behind it: these octets of the decoded part."""
    mailbox = _parts(dial)
    pieces = [("1", 3, 5), ("1", 0, 7), ("2", 1000, 100), ("2", 77, 160), ("3", 8, 30), ("6", 2, 3), ("4", 0, 9999)]
    for key, start, count in (*pieces, ("1", len(TEXT) + 9, 5)):
        got = _texts(_fetch(mailbox, f"(BINARY.PEEK[{key}]<{start}.{count}>)"), {key: f"BINARY[{key}]<{start}>"})[key]
        assert got == DECODED[key][start : start + count], f"BINARY[{key}]<{start}.{count}>"


@verifies("RFC3516-4.2-04", refuted_by=answer(b"<tag> BAD what?\r\n", of=FETCH))
def test_binary_of_no_part_brings_the_whole_message(mailbox: Mailbox) -> None:
    """FETCH BINARY.PEEK[] of a message in plain text: OK, and its header and text."""
    mailbox.append(compose(b"A line.\r\nAnother.\r\n", subject="plain"))
    mailbox.select()
    with mailbox.dial.dialler.straight():
        whole = mailbox.fetch(1, "(BODY.PEEK[])").get(b"BODY[]")
    assert _fetch(mailbox, "(BINARY.PEEK[])").get(b"BINARY[]") == whole


@verifies("RFC3516-4.3-01", refuted_by=rewrite(rb"BINARY\.SIZE\[(\d+)\] (\d+)", rb"BINARY.SIZE[\1] 1\2", of=FETCH))
def test_binary_size_is_the_number_of_octets_that_binary_brings(dial: ImapDial) -> None:
    """FETCH BINARY.SIZE of every part of a message: the length of its decoded octets."""
    mailbox = _parts(dial)
    items = " ".join(f"BINARY.SIZE[{key}]" for key in DECODED)
    fetched = _fetch(mailbox, f"({items})")
    sizes = {key: fetched.get(f"BINARY.SIZE[{key}]".encode()) for key in DECODED}
    brings = {key: _fetch(mailbox, f"(BINARY.PEEK[{key}])").get(f"BINARY[{key}]".encode()) for key in DECODED}
    assert sizes == {key: len(octets or b"") for key, octets in brings.items()}


@verifies("RFC3516-4.3-02", refuted_by=rewrite_raw(rb"\] \{", b"] ~{", of=FETCH))
def test_data_without_nul_comes_as_a_string(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK of parts with octets above 127 and without NUL: a string, no literal8."""
    answer = _parts(dial).command("FETCH 1 (BINARY.PEEK[1] BINARY.PEEK[3] BINARY.PEEK[5])").ok()
    assert [reply.raw[:80] for reply in answer.replies if b" ~{" in reply.raw] == []


@verifies("RFC3516-4.3-03", refuted_by=rewrite_raw(rb" ~\{", b" {", of=FETCH))
def test_data_with_nul_comes_as_a_literal8(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK of a part with NUL in base64: ~{n} and the octets."""
    answer = _parts(dial).command("FETCH 1 (BINARY.PEEK[2])").ok()
    if (answer.fetched[1].get(b"BINARY[2]") or b"").find(b"\0") < 0:
        raise Inconclusive(Reason.PRECONDITION, "the NUL octets are not in what came")
    assert any(b"~{%d}\r\n" % len(DATA) in reply.raw for reply in answer.replies)


@verifies("RFC3516-4.3-04", refuted_by=rewrite(rb"UNKNOWN-CTE", b"SERVER-BUG", of=FETCH))
def test_an_encoding_that_is_not_known_is_answered_no_unknown_cte(mailbox: Mailbox) -> None:
    """Append a part in an encoding x-rot13, FETCH BINARY.PEEK[1] and BINARY.SIZE[1]: NO [UNKNOWN-CTE]."""
    mailbox.append(UNKNOWN)
    mailbox.select()
    for item in ("BINARY.PEEK[1]", "BINARY.SIZE[1]"):
        refused = mailbox.command(f"FETCH 1 ({item})")
        assert (refused.status, refused.code) == (b"NO", b"UNKNOWN-CTE")


def _append_binary(mailbox: Mailbox) -> None:
    """Append a message with a part in the encoding `binary` as a literal8; Inconclusive if the server stores no such thing."""
    raw = compose(
        b"--b1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + DATA
        + b"\r\n--b1--\r\n",
        subject="binary",
        headers=_FIELDS,
    ).raw
    with mailbox.dial.dialler.straight():
        appended = mailbox.command("APPEND", astring(mailbox.name), Binary(raw))
        if not appended.is_ok:
            raise Inconclusive(Reason.PRECONDITION, f"no binary content can be stored here: {appended!r}")
        mailbox.select()


@verifies("RFC3516-4.4-01", refuted_by=rewrite(rb"\x80\x81", b"??", of=FETCH))
def test_binary_data_is_stored_without_loss_or_refused(mailbox: Mailbox) -> None:
    """APPEND a literal8 with every octet there is, FETCH BINARY.PEEK[1]: these octets. (NO, best with UNKNOWN-CTE, is lawful.)"""
    _append_binary(mailbox)
    assert _fetch(mailbox, "(BINARY.PEEK[1])").get(b"BINARY[1]") == DATA


@verifies(
    "RFC3516-6-02",
    "RFC3501-7.4.2-05",
    refuted_by=rewrite(rb'"(?:base64|BASE64|binary|BINARY)" ', b'"x-raw" ', of=rb"FETCH .*"),
)
def test_binary_data_is_shown_in_an_encoding_of_the_base_protocol(mailbox: Mailbox) -> None:
    """APPEND a literal8 with NUL, FETCH BODYSTRUCTURE and BODY.PEEK[1]: an encoding of MIME, size and octets agree with it."""
    _append_binary(mailbox)
    fetched = _fetch(mailbox, "(BODYSTRUCTURE BODY.PEEK[])")
    text, structure = fetched.get(b"BODY[]") or b"", fetched.get(b"BODYSTRUCTURE")
    assert isinstance(structure, Multipart)
    shown = structure.parts[0]
    assert isinstance(shown, Part)
    assert shown.encoding.lower() in {b"base64", b"quoted-printable"}
    assert shown.size == len(mime.section(mime.read(text), b"1") or b"")
    assert b"\0" not in text


@verifies("RFC3516-5-01", refuted_by=rewrite(rb"=\?utf-8\?q\?gr=C3=BCn\?=", "grün".encode(), of=rb"FETCH .*"))
def test_encoded_words_in_a_header_stay_encoded(dial: ImapDial) -> None:
    """FETCH a part by BINARY and the header of the same message: the encoded words as they were sent."""
    fetched = _fetch(_parts(dial), "(BINARY.PEEK[1] BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert b"=?utf-8?q?gr=C3=BCn?=" in (fetched.get(b"BODY[HEADER.FIELDS (SUBJECT)]") or b"")


@verifies("RFC3516-6-01", refuted_by=rewrite(rb"\r\n", b"\n", of=FETCH))
def test_text_comes_with_crlf_line_ends(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK of text parts in 7bit and in quoted-printable: no LF without CR in front of it."""
    mailbox = _parts(dial)
    texts = {
        key: _fetch(mailbox, f"(BINARY.PEEK[{key}])").get(f"BINARY[{key}]".encode()) or b"" for key in ("3", "4", "6")
    }
    assert {
        key: text for key, text in texts.items() if text.count(b"\n") != text.count(b"\r\n") or b"\n" not in text
    } == {}


@verifies("RFC3516-7-01", refuted_by=forward(rb"\1[1\2", of=rb"(FETCH .*BINARY.*)\[(?:1\.MIME|TEXT|HEADER)(.*)"))
def test_sections_other_than_part_numbers_are_answered_bad(dial: ImapDial) -> None:
    """FETCH BINARY.PEEK[TEXT], BINARY.PEEK[HEADER] and BINARY.SIZE[1.MIME]: BAD."""
    mailbox = _parts(dial)
    for item in ("BINARY.PEEK[TEXT]", "BINARY.PEEK[HEADER]", "BINARY.SIZE[1.MIME]"):
        assert mailbox.command(f"FETCH 1 ({item})").is_bad, item
