"""Right IMAP responses and the values they stand for: what the tests of the grammar read, bend and break."""

from __future__ import annotations

from typing import Any

from conformance.wire.imap import Code, Fetch, MailboxList, MailboxStatus, Response, Search
from conformance.wire.imap_body import Address, Envelope, Multipart, Part

Example = tuple[bytes, Response]


def status(name: bytes, code: Code | None, text: bytes, tag: bytes = b"*") -> Response:
    return Response(tag, name, code=code, text=text)


def data(name: bytes, value: Any, number: int | None = None) -> Response:
    return Response(b"*", name, number=number, data=value)


def fetch(*pairs: tuple[bytes, Any]) -> Response:
    return data(b"FETCH", Fetch(pairs), 1)


TERRY = Address(b"Terry Gray", None, b"gray", b"cac.example")
GROUP = (Address(None, None, b"staff", None), Address(None, None, b"a", b"b.example"), Address(None, None, None, None))
LETTER = Envelope(
    b"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", b"a summary", (TERRY,), (TERRY,), (TERRY,), GROUP, None, None, None, b"<1@c>"
)  # fmt: skip
SENT_LETTER = (
    b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "a summary"'
    + b' (("Terry Gray" NIL "gray" "cac.example"))' * 3
    + b' ((NIL NIL "staff" NIL)(NIL NIL "a" "b.example")(NIL NIL NIL NIL)) NIL NIL NIL "<1@c>")'
)
PLAIN = Part(b"TEXT", b"PLAIN", ((b"CHARSET", b"US-ASCII"),), None, None, b"7BIT", 3028, 92)
SENT_PLAIN = b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92)'
IMAGE = Part(b"image", b"gif", None, b"<i@d>", b"a picture", b"base64", 10)
SENT_IMAGE = b'("image" "gif" NIL "<i@d>" "a picture" "base64" 10)'
ATTACHED = Part(
    b"text", b"x", None, None, None, b"8bit", 1, 2, None, None, b"md5",
    (b"inline", ((b"filename", b"f"),)), (b"en", b"de"), b"http://l", (5, None, (b"e", (1,))), extended=True,
)  # fmt: skip
SENT_ATTACHED = (
    b'("text" "x" NIL NIL NIL "8bit" 1 2 "md5" ("inline" ("filename" "f")) ("en" "de") "http://l" 5 NIL ("e" (1)))'
)
FORWARDED = Part(b"MESSAGE", b"RFC822", None, None, None, b"7BIT", 300, 7, LETTER, PLAIN)
SENT_FORWARDED = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 300 ' + SENT_LETTER + b" " + SENT_PLAIN + b" 7)"
MIXED = Multipart((PLAIN, Multipart((IMAGE, PLAIN), b"ALTERNATIVE"), FORWARDED), b"MIXED")
SENT_MIXED = b"(" + SENT_PLAIN + b"(" + SENT_IMAGE + SENT_PLAIN + b' "ALTERNATIVE")' + SENT_FORWARDED + b' "MIXED")'

STATUSES: list[Example] = [
    (b"* OK ready", status(b"OK", None, b"ready")),
    (b"* PREAUTH you are in", status(b"PREAUTH", None, b"you are in")),
    (b"* BYE  two spaces", status(b"BYE", None, b" two spaces")),
    (b"* BAD a\ttab", status(b"BAD", None, b"a\ttab")),
    (b"a.1 OK done", status(b"OK", None, b"done", b"a.1")),
    (b"] NO no", status(b"NO", None, b"no", b"]")),
    (b"a BAD [ALERT] what", status(b"BAD", Code(b"ALERT"), b"what", b"a")),
    (b"* OK [PARSE] x", status(b"OK", Code(b"PARSE"), b"x")),
    (b"a OK [READ-ONLY] x", status(b"OK", Code(b"READ-ONLY"), b"x", b"a")),
    (b"a OK [READ-WRITE] x", status(b"OK", Code(b"READ-WRITE"), b"x", b"a")),
    (b"a NO [TRYCREATE] x", status(b"NO", Code(b"TRYCREATE"), b"x", b"a")),
    (b"* OK [UIDNEXT 4392] x", status(b"OK", Code(b"UIDNEXT", 4392), b"x")),
    (b"* OK [UIDVALIDITY 4294967295] x", status(b"OK", Code(b"UIDVALIDITY", 4294967295), b"x")),
    (b"* OK [UNSEEN 12] x", status(b"OK", Code(b"UNSEEN", 12), b"x")),
    (b"a NO [BADCHARSET] x", status(b"NO", Code(b"BADCHARSET", ()), b"x", b"a")),
    (b'a NO [BADCHARSET (UTF-8 "k]i8")] x', status(b"NO", Code(b"BADCHARSET", (b"UTF-8", b"k]i8")), b"x", b"a")),
    (b"* OK [CAPABILITY IMAP4rev1 IDLE] x", status(b"OK", Code(b"CAPABILITY", (b"IMAP4rev1", b"IDLE")), b"x")),
    (b"* OK [PERMANENTFLAGS ()] x", status(b"OK", Code(b"PERMANENTFLAGS", ()), b"x")),
    (b"* OK [PERMANENTFLAGS (\\Seen $F \\*)] x", status(b"OK", Code(b"PERMANENTFLAGS", (b"\\Seen", b"$F", b"\\*")), b"x")),
    (b"* OK [X-NEW] x", status(b"OK", Code(b"X-NEW", b""), b"x")),
    (b'* OK [X-NEW (any "thing) at all] x', status(b"OK", Code(b"X-NEW", b'(any "thing) at all'), b"x")),
    (b"* OK [ready, says nobody", status(b"OK", None, b"[ready, says nobody")),
    (b"* OK [X-NEW ] x", status(b"OK", None, b"[X-NEW ] x")),
    (b"* OK [X-NEW(y)] x", status(b"OK", None, b"[X-NEW(y)] x")),
    (b"* OK [] x", status(b"OK", None, b"[] x")),
    (b"+ ", status(b"", None, b"", b"+")),
    (b"+ YWJj", status(b"", None, b"YWJj", b"+")),
    (b"+ [ALERT] go on", status(b"", Code(b"ALERT"), b"go on", b"+")),
]  # fmt: skip
MAILBOX_DATA: list[Example] = [
    (b"* CAPABILITY STARTTLS AUTH=GSSAPI IMAP4rev1", data(b"CAPABILITY", (b"STARTTLS", b"AUTH=GSSAPI", b"IMAP4rev1"))),
    (b"* CAPABILITY imap4REV2", data(b"CAPABILITY", (b"imap4REV2",))),
    (b"* FLAGS ()", data(b"FLAGS", ())),
    (b"* FLAGS (\\Answered \\Seen $Forwarded \\XNew)", data(b"FLAGS", (b"\\Answered", b"\\Seen", b"$Forwarded", b"\\XNew"))),
    (b'* LIST (\\Noselect \\XNew) "/" ~/Mail/foo', data(b"LIST", MailboxList((b"\\Noselect", b"\\XNew"), b"/", b"~/Mail/foo"))),
    (b'* LIST () "\\\\" "a \\"b\\""', data(b"LIST", MailboxList((), b"\\", b'a "b"'))),
    (b"* LSUB () NIL NIL", data(b"LSUB", MailboxList((), None, b"NIL"))),
    (b"* LIST () nil {5}\r\na\r\n )", data(b"LIST", MailboxList((), None, b"a\r\n )"))),
    (b'* LIST () "." ""', data(b"LIST", MailboxList((), b".", b""))),
    (b"* LIST () NIL x ()", data(b"LIST", MailboxList((), None, b"x"))),
    (b'* LIST () NIL x (v (a ("b")) "W" 1:*)', data(b"LIST", MailboxList((), None, b"x", ((b"V", (b"a", (b"b",))), (b"W", b"1:*"))))),
    (b"* SEARCH", data(b"SEARCH", Search(()))),
    (b"* SEARCH 2 84 882", data(b"SEARCH", Search((2, 84, 882)))),
    (b"* STATUS blurdy ()", data(b"STATUS", MailboxStatus(b"blurdy"))),
    (
        b"* STATUS {3}\r\na b (MESSAGES 231 UNSEEN 0 RECENT 007 UIDNEXT 44292 UIDVALIDITY 1 X (a NIL))",
        data(b"STATUS", MailboxStatus(b"a b", {
            b"MESSAGES": 231, b"UNSEEN": 0, b"RECENT": 7, b"UIDNEXT": 44292, b"UIDVALIDITY": 1, b"X": (b"a", None)
        })),
    ),
    (b"* 0 EXISTS", data(b"EXISTS", None, 0)),
    (b"* 4294967295 RECENT", data(b"RECENT", None, 4294967295)),
    (b"* 44 EXPUNGE", data(b"EXPUNGE", None, 44)),
    (b"* XNEW", data(b"XNEW", ())),
    (b'* XNEW a "b" {1}\r\nc ~{1}\r\n\x00 (1 (NIL ())) \\f* 2:3,*', data(b"XNEW", (b"a", b"b", b"c", b"\x00", (1, (None, ())), b"\\f*", b"2:3,*"))),
    (b"* 5 XNEW (a)", data(b"XNEW", ((b"a",),), 5)),
]  # fmt: skip
FETCHES: list[Example] = [
    (b"* 1 FETCH (FLAGS (\\Seen \\Recent $x))", fetch((b"FLAGS", (b"\\Seen", b"\\Recent", b"$x")))),
    (b"* 1 FETCH (UID 4827313 FLAGS () UID 4827313)", fetch((b"UID", 4827313), (b"FLAGS", ()), (b"UID", 4827313))),
    (b'* 1 FETCH (INTERNALDATE " 7-jul-1996 02:44:25 -0700")', fetch((b"INTERNALDATE", b" 7-jul-1996 02:44:25 -0700"))),
    (b"* 1 FETCH (RFC822.SIZE 0 RFC822 NIL)", fetch((b"RFC822.SIZE", 0), (b"RFC822", None))),
    (b'* 1 FETCH (RFC822.HEADER "" RFC822.TEXT {3}\r\n\xe4(")', fetch((b"RFC822.HEADER", b""), (b"RFC822.TEXT", b'\xe4("'))),
    (b'* 1 FETCH (BODY[] "x" BODY[TEXT] nil)', fetch((b"BODY[]", b"x"), (b"BODY[TEXT]", None))),
    (b'* 1 FETCH (BODY[1.2.MIME]<0> "x" BODY[HEADER] "y")', fetch((b"BODY[1.2.MIME]<0>", b"x"), (b"BODY[HEADER]", b"y"))),
    (
        b'* 1 FETCH (BODY[HEADER.FIELDS ("Date" {7}\r\nsubject X-Y)]<12> "x")',
        fetch((b"BODY[HEADER.FIELDS (DATE SUBJECT X-Y)]<12>", b"x")),
    ),
    (b'* 1 FETCH (BODY[3.header.fields.not (Date)] "x")', fetch((b"BODY[3.HEADER.FIELDS.NOT (DATE)]", b"x"))),
    (b"* 1 FETCH (X-GM-MSGID 12 X[any <thing>]<3> (a) ODD nil)", fetch((b"X-GM-MSGID", 12), (b"X[any <thing>]<3>", (b"a",)), (b"ODD", None))),
    (b"* 1 FETCH (ENVELOPE " + SENT_LETTER + b")", fetch((b"ENVELOPE", LETTER))),
    (b"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))", fetch((b"ENVELOPE", Envelope(*[None] * 10)))),
    (b"* 1 FETCH (BODY " + SENT_PLAIN + b")", fetch((b"BODY", PLAIN))),
    (b"* 1 FETCH (BODY " + SENT_IMAGE + b")", fetch((b"BODY", IMAGE))),
    (b"* 1 FETCH (BODYSTRUCTURE " + SENT_MIXED + b")", fetch((b"BODYSTRUCTURE", MIXED))),
    (b"* 1 FETCH (BODYSTRUCTURE " + SENT_ATTACHED + b")", fetch((b"BODYSTRUCTURE", ATTACHED))),
    (
        b"* 1 FETCH (BODYSTRUCTURE (" + SENT_IMAGE + b' "mixed" ("boundary" "b") NIL "en" NIL))',
        fetch((b"BODYSTRUCTURE", Multipart((IMAGE,), b"mixed", ((b"boundary", b"b"),), None, (b"en",), None, extended=True))),
    ),
    (
        b"* 1 FETCH (BODYSTRUCTURE (" + SENT_IMAGE + b' "mixed" NIL))',
        fetch((b"BODYSTRUCTURE", Multipart((IMAGE,), b"mixed", extended=True))),
    ),
    (
        b"* 1 FETCH (BODY ({4}\r\ntext {1}\r\nx NIL NIL NIL {4}\r\n7bit 1 1))",
        fetch((b"BODY", Part(b"text", b"x", None, None, None, b"7bit", 1, 1))),
    ),
    (
        b'* 1 FETCH (BODY ("message" "global" NIL NIL NIL "8bit" 1))',
        fetch((b"BODY", Part(b"message", b"global", None, None, None, b"8bit", 1))),
    ),
]  # fmt: skip
CORE = STATUSES + MAILBOX_DATA + FETCHES
