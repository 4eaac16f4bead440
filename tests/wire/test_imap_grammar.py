"""The grammar of RFC 3501's responses: what is right is read as it was meant, what breaks a rule is called by that rule."""

from __future__ import annotations

import pytest

from conformance.wire.imap import Atom, Literal, Literal8, Quoted, Response
from conformance.wire.imap_grammar import read
from conformance.wire.scanner import Message, Parsed
from tests.wire.imap_examples import CORE, SENT_ATTACHED, SENT_FORWARDED, SENT_IMAGE, SENT_LETTER, SENT_PLAIN

BODY = b"* 1 FETCH (BODYSTRUCTURE "


def parsed(line: bytes) -> Parsed[Response]:
    return read(Message(line, 0))


def rules_of(line: bytes) -> list[str]:
    return [violation.rule for violation in parsed(line + b"\r\n").violations]


def shown(line: bytes) -> str:
    return line[:60].decode("latin-1").encode("unicode_escape").decode()


@pytest.mark.parametrize(("line", "value"), CORE, ids=[shown(line) for line, _ in CORE])
def test_what_is_right_is_read(line: bytes, value: Response) -> None:
    message = Message(line + b"\r\n", 7)

    assert read(message) == Parsed(message, value, ())


@pytest.mark.parametrize(("line", "_value"), CORE, ids=[shown(line) for line, _ in CORE])
def test_a_line_end_is_crlf(line: bytes, _value: Response) -> None:
    assert "CRLF" in {violation.rule for violation in parsed(line).violations}
    assert [violation.rule for violation in parsed(line + b"\n").violations] == ["CRLF"]
    assert parsed(line + b"\n").value == _value


BROKEN: list[tuple[str, bytes]] = [
    # lines as a whole
    ("tag", b""),
    ("tag", b" OK x"),
    ("tag", b"a{b OK x"),
    ("tag", b"a+b OK x"),
    ("tag", b"\xe4 OK x"),
    ("resp-cond-state", b"a BYE x"),
    ("resp-cond-state", b"a PREAUTH x"),
    ("resp-cond-state", b"a FETCH x"),
    ("resp-cond-state", b"a "),
    ("response-data", b"* (OK)"),
    ("response-data", b"* 5 CAPABILITY IMAP4rev1"),
    ("response-data", b"* 44 EXPUNGE now"),
    ("response-data", b"* FLAGS () ()"),
    ("response-data", b"* 5 OK x"),
    ("SP", b"*"),
    ("SP", b"*OK x"),
    ("SP", b"*  OK x"),
    ("SP", b"*\tOK x"),
    ("SP", b"a  OK x"),
    ("SP", b"+"),
    ("SP", b"+go on"),
    ("SP", b"* 5  EXISTS"),
    ("SP", b"* 5 EXISTS "),
    ("SP", b"* OK[ALERT] x"),
    ("SP", b"* OK [ALERT]x"),
    ("SP", b"* SEARCH 1 "),
    ("SP", b"* SEARCH "),
    ("SP", b"* SEARCH 1  2"),
    ("SP", b"* SEARCH 1\t2"),
    ("SP", b"* SEARCH 1)"),
    ("SP", b"* STATUS x (MESSAGES 1) "),
    ("SP", b"* FLAGS (\\Seen )"),
    ("SP", b"* FLAGS ( \\Seen)"),
    ("SP", b"* FLAGS(\\Seen)"),
    ("SP", b'* LIST (\\Noselect)"/" x'),
    ("SP", b'* LIST () "/"x'),
    ("SP", b"* 1 FETCH (FLAGS ()UID 5)"),
    ("SP", b"* 1 FETCH(UID 5)"),
    ("SP", b"* 1 FETCH (UID)"),
    # text and response codes
    ("text", b"* OK"),
    ("text", b"* OK "),
    ("text", b"a OK [UIDNEXT 1]"),
    ("text", b"a OK [UIDNEXT 1] "),
    ("text", b"* OK gr\xfc\xdfe"),
    ("text", b"* OK a\x00b"),
    ("text", b"* OK a\rb"),
    ("text", b"+ \xff"),
    ("resp-text-code", b"* OK [UIDNEXT 5 x"),
    ("resp-text-code", b"* OK [UIDNEXT 5 6] x"),
    ("resp-text-code", b"* OK [ALERT now] x"),
    ("resp-text-code", b"* NO [BADCHARSET UTF-8] x"),
    ("resp-text-code", b"* NO [BADCHARSET ()] x"),
    ("resp-text-code", b"* OK [PERMANENTFLAGS \\*] x"),
    ("text", b"* OK [X-NEW \xe4] x"),
    ("SP", b"* OK [UIDNEXT] x"),
    ("SP", b"* OK [UIDNEXT  5] x"),
    ("nz-number", b"* OK [UIDNEXT 0] x"),
    ("nz-number", b"* OK [UIDVALIDITY 4294967296] x"),
    ("nz-number", b"* OK [UNSEEN -1] x"),
    ("flag-perm", b"* OK [PERMANENTFLAGS (\\Seen *)] x"),
    ("recent-flag", b"* OK [PERMANENTFLAGS (\\Recent)] x"),
    ("capability-data", b"* OK [CAPABILITY IDLE] x"),
    # data of mailboxes
    ("capability-data", b"* CAPABILITY IMAP4"),
    ("capability-data", b"* CAPABILITY"),
    ("capability", b'* CAPABILITY IMAP4rev1 "IDLE"'),
    ("capability", b"* CAPABILITY IMAP4rev1 I\xffDLE"),
    ("flag-list", b"* FLAGS \\Seen"),
    ("flag-list", b"* FLAGS (\\Seen"),
    ("flag", b"* FLAGS (\\)"),
    ("flag", b"* FLAGS (a*b)"),
    ("flag", b'* FLAGS ("a")'),
    ("recent-flag", b"* FLAGS (\\Seen \\Recent)"),
    ("mailbox-list", b'* LIST \\Noselect "/" x'),
    ("mailbox-list", b"* LIST () / x"),
    ("mailbox-list", b'* LIST () "" x'),
    ("mailbox-list", b'* LIST () "//" x'),
    ("mailbox-list", b"* LIST () {1}\r\n/ x"),
    ("mbx-list-oflag", b'* LIST (Noselect) "/" x'),
    ("mbx-list-sflag", b'* LIST (\\marked \\Unmarked) "/" x'),
    ("mbox-list-extended", b'* LIST () "/" x y'),
    ("mbox-list-extended", b'* LIST () "/" x (a (b)'),
    ("astring", b'* LIST () "/" a%b'),
    ("astring", b'* LIST () "/" \xe4'),
    ("astring", b'* LIST () "/" ('),
    ("quoted", b'* LIST () "/" "a'),
    ("quoted", b'* LIST () "/" "\xe4"'),
    ("quoted", b'* LIST () "/" "a\\b"'),
    ("quoted", b'* LIST () "/" "a\x00b"'),
    ("literal", b'* LIST () "/" {5}\r\nabc'),
    ("literal", b'* LIST () "/" {3+}\r\nabc'),
    ("literal", b'* LIST () "/" ~{3}\r\nabc'),
    ("literal", b'* LIST () "/" {}'),
    ("CHAR8", b'* LIST () "/" {3}\r\na\x00c'),
    ("CRLF", b'* LIST () "/" {3}\nabc'),
    ("nz-number", b"* SEARCH 0"),
    ("nz-number", b"* SEARCH 01"),
    ("nz-number", b"* SEARCH 1,2"),
    ("nz-number", b"* SEARCH x"),
    ("number", b"* STATUS x (MESSAGES -1)"),
    ("number", b"* STATUS x (MESSAGES 4294967296)"),
    ("number", b'* STATUS x (MESSAGES "1")'),
    ("nz-number", b"* STATUS x (UIDNEXT 0)"),
    ("status-att-list", b"* STATUS x MESSAGES 1"),
    ("status-att", b'* STATUS x ("MESSAGES" 1)'),
    ("number", b"* 4294967296 EXISTS"),
    ("number", b"* EXISTS"),
    ("nz-number", b"* 0 EXPUNGE"),
    ("nz-number", b"* 01 EXPUNGE"),
    ("nz-number", b"* 0 FETCH (UID 1)"),
    ("tagged-ext-val", b"* XNEW (a"),
    ("tagged-ext-val", b"* XNEW a\x01"),
    ("tagged-ext-val", b"* XNEW )"),
    # FETCH
    ("msg-att", b"* 1 FETCH ()"),
    ("msg-att", b"* 1 FETCH FLAGS ()"),
    ("msg-att", b"* 1 FETCH (UID 5"),
    ("msg-att-static", b'* 1 FETCH (BODY.PEEK[] "x")'),
    ("msg-att-static", b'* 1 FETCH (BODY[]<0 "x")'),
    ("number", b'* 1 FETCH (BODY[]<a> "x")'),
    ("section-spec", b'* 1 FETCH (BODY[0] "x")'),
    ("section-spec", b'* 1 FETCH (BODY[1.] "x")'),
    ("section-spec", b'* 1 FETCH (BODY[MIME] "x")'),
    ("section-spec", b'* 1 FETCH (BODY[FROM] "x")'),
    ("section", b'* 1 FETCH (BODY[HEADER (DATE)] "x")'),
    ("section", b'* 1 FETCH (X[ "x")'),
    ("header-list", b'* 1 FETCH (BODY[HEADER.FIELDS ()] "x")'),
    ("header-list", b'* 1 FETCH (BODY[HEADER.FIELDS Date] "x")'),
    ("flag-fetch", b"* 1 FETCH (FLAGS \\Seen)"),
    ("flag", b"* 1 FETCH (FLAGS (\\*))"),
    ("nz-number", b"* 1 FETCH (UID 0)"),
    ("number", b"* 1 FETCH (RFC822.SIZE x)"),
    ("nstring", b"* 1 FETCH (BODY[] x)"),
    ("nstring", b"* 1 FETCH (BODY[] NILS)"),
    ("date-day-fixed", b'* 1 FETCH (INTERNALDATE "7-Jul-1996 02:44:25 -0700")'),
    ("date-month", b'* 1 FETCH (INTERNALDATE "17-Xul-1996 02:44:25 -0700")'),
    ("date-year", b'* 1 FETCH (INTERNALDATE "17-Jul-96 02:44:25 -0700")'),
    ("time", b'* 1 FETCH (INTERNALDATE "17-Jul-1996 2:44:25 -0700")'),
    ("zone", b'* 1 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 GMT")'),
    ("SP", b'* 1 FETCH (INTERNALDATE "17-Jul-1996  02:44:25 -0700")'),
    ("date-time", b'* 1 FETCH (INTERNALDATE "17 Jul 1996 02:44:25 -0700")'),
    ("date-time", b'* 1 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 -0700 (PDT)")'),
    ("date-time", b"* 1 FETCH (INTERNALDATE NIL)"),
    ("date-time", b"* 1 FETCH (INTERNALDATE {26}\r\n17-Jul-1996 02:44:25 -0700)"),
    # ENVELOPE
    ("envelope", b"* 1 FETCH (ENVELOPE NIL)"),
    ("envelope", b"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))"),
    ("SP", b"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))"),
    ("env-date", b"* 1 FETCH (ENVELOPE (today NIL NIL NIL NIL NIL NIL NIL NIL NIL))"),
    ("env-from", b"* 1 FETCH (ENVELOPE (NIL NIL () NIL NIL NIL NIL NIL NIL NIL))"),
    ("env-sender", b'* 1 FETCH (ENVELOPE (NIL NIL NIL "a@b" NIL NIL NIL NIL NIL NIL))'),
    ("env-to", b"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL ((NIL NIL NIL NIL) (NIL NIL NIL NIL)) NIL NIL NIL NIL))"),
    ("address", b'* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL "a" "b" "c")) NIL NIL NIL NIL NIL NIL NIL))'),
    ("SP", b'* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL "a")) NIL NIL NIL NIL NIL NIL NIL))'),
    ("quoted", b"* 1 FETCH (ENVELOPE " + SENT_LETTER.replace(b"summary", b"s\xfcmmary") + b")"),
    # BODY and BODYSTRUCTURE
    ("body", BODY + b"NIL)"),
    ("body-ext-1part", b"* 1 FETCH (BODY " + SENT_ATTACHED + b")"),
    ("body-ext-mpart", b"* 1 FETCH (BODY (" + SENT_IMAGE + b' "mixed" NIL))'),
    ("body-ext-1part", b"* 1 FETCH (BODY (" + SENT_IMAGE[:-1] + b' NIL) "mixed"))'),
    ("body-ext-1part", b"* 1 FETCH (BODY " + SENT_FORWARDED.replace(b" 3028 92", b" 3028 92 NIL") + b")"),
    ("body-type-mpart", BODY + b"(" + SENT_IMAGE + b" " + SENT_IMAGE + b' "mixed"))'),
    ("SP", BODY + b"(" + SENT_IMAGE + b'"mixed"))'),
    ("media-subtype", BODY + b"(" + SENT_IMAGE + b" mixed))"),
    ("media-subtype", BODY + SENT_IMAGE.replace(b'"gif"', b"NIL") + b")"),
    ("body-fld-enc", BODY + SENT_IMAGE.replace(b'"base64"', b"NIL") + b")"),
    ("body-fld-octets", BODY + SENT_IMAGE.replace(b" 10", b" NIL") + b")"),
    ("body-fld-octets", BODY + SENT_IMAGE.replace(b" 10", b" -1") + b")"),
    ("body-fld-id", BODY + SENT_IMAGE.replace(b'"<i@d>"', b"5") + b")"),
    ("body-type-mpart", BODY + b'( "mixed" NIL NIL NIL))'),
    ("body-type-mpart", BODY + b'("mixed"))'),
    ("body-fld-lines", BODY + SENT_PLAIN.replace(b" 92", b"") + b")"),
    ("body-fld-param", BODY + SENT_IMAGE.replace(b" NIL", b" ()", 1) + b")"),
    ("body-fld-param", BODY + SENT_PLAIN.replace(b' "US-ASCII"', b"") + b")"),
    ("body-fld-param", BODY + SENT_PLAIN.replace(b'"US-ASCII"', b"NIL") + b")"),
    ("body-type-msg", BODY + b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 300))'),
    ("body-fld-dsp", BODY + SENT_IMAGE[:-1] + b' NIL "inline"))'),
    ("SP", BODY + SENT_IMAGE[:-1] + b' NIL ("inline")))'),
    ("media-basic", BODY + SENT_IMAGE.replace(b'"image"', b"NIL") + b")"),
    ("body-fld-lines", BODY + SENT_PLAIN.replace(b" 92", b" NIL") + b")"),
    ("body-fld-desc", BODY + SENT_IMAGE.replace(b'"a picture"', b"x") + b")"),
    ("body-fld-dsp", BODY + SENT_IMAGE[:-1] + b" NIL (inline NIL)))"),
    ("body-fld-md5", BODY + SENT_IMAGE[:-1] + b" 5))"),
    ("body-fld-loc", BODY + SENT_IMAGE[:-1] + b" NIL NIL NIL here))"),
    ("body-fld-lang", BODY + SENT_IMAGE[:-1] + b" NIL NIL en))"),
    ("body-fld-lang", BODY + SENT_IMAGE[:-1] + b" NIL NIL (en)))"),
    ("env-message-id", b"* 1 FETCH (ENVELOPE " + SENT_LETTER.replace(b'"<1@c>"', b"<1@c>") + b")"),
    ("addr-host", b"* 1 FETCH (ENVELOPE " + SENT_LETTER.replace(b'"b.example"', b"b.example") + b")"),
    ("body-fld-lang", BODY + SENT_IMAGE[:-1] + b" NIL NIL ()))"),
    ("nesting", BODY + b"(" * 200),
    ("nesting", b"* XNEW " + b"(" * 200),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "line"), BROKEN, ids=[f"{rule}-{shown(line)}" for rule, line in BROKEN])
def test_what_breaks_one_rule_is_called_by_that_rule(rule: str, line: bytes) -> None:
    assert rules_of(line) == [rule]


def test_of_two_broken_rules_both_are_told() -> None:
    assert rules_of(b'* 0 FETCH (UID 0 BODY[] "\xe4" FLAGS (\\Seen  \\*))') == [
        "nz-number", "nz-number", "quoted", "SP", "flag",
    ]  # fmt: skip


def test_a_literal_in_a_place_of_its_own_is_stepped_over() -> None:
    assert rules_of(b"* 1 FETCH (ENVELOPE {3}\r\n) ( UID 7)") == ["envelope"]
    assert parsed(b"* 1 FETCH (ENVELOPE {3}\r\n) ( UID 7)\r\n").value.data.get(b"UID") == 7


def test_what_follows_a_broken_item_is_read() -> None:
    value = parsed(b'* 1 FETCH (UID x FLAGS (a*b \\Seen) RFC822.SIZE 7 BODY[] "\xe4\\x")\r\n').value

    assert value.data.pairs == (
        (b"UID", 0), (b"FLAGS", (b"a*b", b"\\Seen")), (b"RFC822.SIZE", 7), (b"BODY[]", b"\xe4x"),
    )  # fmt: skip


def test_a_word_keeps_its_form() -> None:
    forms = parsed(b'* XNEW a "a" {1}\r\na ~{1}\r\na\r\n').value.data

    assert [type(one) for one in forms] == [Atom, Quoted, Literal, Literal8]
    assert set(forms) == {b"a"}


def test_a_name_of_a_mailbox_keeps_its_form() -> None:
    names = [parsed(b"* LIST () NIL " + name + b"\r\n").value.data.name for name in (b"a", b'"a"', b"{1}\r\na")]

    assert [type(name) for name in names] == [Atom, Quoted, Literal]


@pytest.mark.parametrize("line", [b"* 1 FETCH (FLAGS () UID 3)", b"* 1 FETCH ()"])
def test_an_item_is_found_by_its_name(line: bytes) -> None:
    value = parsed(line + b"\r\n").value.data

    assert (b"UID" in value) == (value.get(b"UID") == 3)
    assert value.get(b"BODY[]") is None
    assert b"BODY[]" not in value


def test_a_bytearray_is_read_like_bytes() -> None:
    line = b'* 1 FETCH (BODY[] {4}\r\n\x00abc RFC822 "x" ODD (a))\r\n'
    message = Message(bytearray(line), 0)  # type: ignore[arg-type]  # what a framer hands over when it is large

    assert read(message).value == parsed(line).value
    assert all(type(value) is not bytearray for _, value in read(message).value.data.pairs)


def test_the_number_of_violations_is_bounded() -> None:
    assert len(parsed(b"* SEARCH" + b" x" * 5000 + b"\r\n").violations) == 100


def test_the_examples_name_every_kind_of_data() -> None:
    names = {example.name for _, example in CORE}

    assert names >= {b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH", b"CAPABILITY", b"FLAGS", b"LIST", b"LSUB", b"SEARCH"}
    assert names >= {b"STATUS", b"EXISTS", b"RECENT", b"EXPUNGE", b"FETCH"}
