"""Messages of the corpus about the formats themselves, each with what a reader must see in it (RFC 5322, 2045, 2046, 2183).

What must be seen is written by hand beside the message, and only where the RFCs leave one reading: `shape` is the tree of
media types, `parts` are the octets of sections by their names in FETCH (RFC 3501 section 6.4.5), `mailboxes` are those
of an address field. Line ends are LF here and become CRLF.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Format:
    """Fields beside the usual ones, a body, and what must be seen."""

    fields: bytes
    body: bytes = b"Text.\n"
    shape: str = "text/plain"
    parts: Mapping[str, bytes] = field(default_factory=dict)
    mailboxes: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)


_MIXED = b"Content-Type: multipart/mixed; boundary=b1\n"
_TWO = b"--b1\nContent-Type: text/plain\n\nOne.\n--b1\nContent-Type: text/html\n\n<p>Two.</p>\n\n--b1--\n"
_TWO_SHAPE = "mixed(text/plain, text/html)"
_TWO_PARTS = {"1": b"One.", "2": b"<p>Two.</p>\n"}
_HOST = b"@mailconform.invalid"
_CHARACTERS = b"'()+_,-./:=? 09azAZ"
_SEVENTY = b"0123456789" * 7


def _two(boundary: bytes) -> bytes:
    return _TWO.replace(b"b1", boundary)


def _inner(*fields: bytes) -> bytes:
    return b"From: inner@mailconform.invalid\nDate: Fri, 20 Nov 2026 12:00:00 +0000\n" + b"".join(fields) + b"\n"


STRUCTURES: Mapping[str, Format] = {
    "no-type": Format(b""),
    "no-types-of-parts": Format(
        _MIXED, b"--b1\n\nOne.\n--b1\nContent-Description: two\n\nTwo.\n--b1--\n", "mixed(text/plain, text/plain)",
        {"1": b"One.", "2": b"Two."},
    ),
    "quoted-values": Format(
        b'Content-Type: text/html; charset="us-ascii"; name="a name"; x-one=two; x-two="three"\n', b"<p>\n", "text/html",
    ),
    "version-behind-a-comment": Format(
        b"MIME-Version: (made by hand) 1.0\n" + _MIXED, _TWO, _TWO_SHAPE, _TWO_PARTS,
    ),
    "version-before-a-comment": Format(
        b"MIME-Version: 1.0 (made by hand)\n" + _MIXED, _TWO, _TWO_SHAPE, _TWO_PARTS,
    ),
    "version-around-a-comment": Format(
        b"MIME-Version: 1.(made by hand)0\n" + _MIXED, _TWO, _TWO_SHAPE, _TWO_PARTS,
    ),
    "unknown-parameters": Format(
        b'Content-Type: multipart/mixed; x-one="; boundary=b9"; boundary=b1; bound="b8"; x-boundary=b7\n',
        _TWO, _TWO_SHAPE, _TWO_PARTS,
    ),
    "types-in-any-case": Format(
        b"CONTENT-TYPE: MultiPart/MIXED; BOUNDARY=b1\n",
        b"--b1\ncontent-TYPE: TEXT/Html\ncontent-TRANSFER-encoding: Base64\n\nPHA+\n--b1\nContent-type: Image/GIF\n\nGIF\n--b1--\n",
        "mixed(text/html, image/gif)", {"1": b"PHA+", "2": b"GIF"},
    ),
    "types-with-comments": Format(
        b"Content-Type: multipart/mixed (of two); boundary=b1 (the first)\n",
        b"--b1\nContent-Type: text/html; charset=us-ascii (no need for more)\n\n<p>\n--b1\n"
        b"Content-Type: image/gif (a picture; of (nothing))\n\nGIF\n--b1--\n",
        "mixed(text/html, image/gif)", {"1": b"<p>", "2": b"GIF"},
    ),
    "boundary-of-all-characters": Format(
        b'Content-Type: multipart/mixed; boundary="%s"\n' % _CHARACTERS, _two(_CHARACTERS), _TWO_SHAPE, _TWO_PARTS,
    ),
    "boundary-of-70-octets": Format(
        b"Content-Type: multipart/mixed; boundary=%s\n" % _SEVENTY, _two(_SEVENTY), _TWO_SHAPE, _TWO_PARTS,
    ),
    "padding-behind-delimiters": Format(
        _MIXED,
        b"--b1   \nContent-Type: multipart/alternative; boundary=b2\n\n--b2\t\n\nOne.\n--b2 \t\nContent-Type: text/html\n\n"
        b"<p>\n--b2--  \n\n--b1\t\t\nContent-Type: image/gif\n\nGIF\n--b1--\t\n",
        "mixed(alternative(text/plain, text/html), image/gif)", {"1.1": b"One.", "1.2": b"<p>", "2": b"GIF"},
    ),
    "text-around-the-parts": Format(
        _MIXED,
        b"Content-Type: text/html\n\nNo part.\n-- b1\n\n" + _TWO + b"\nContent-Type: image/gif\n\n--b1\n\nNo part either.\n",
        _TWO_SHAPE, _TWO_PARTS,
    ),
    "line-ends-of-parts": Format(
        _MIXED,
        b"--b1\n\nNone\n--b1\n\nOne\n\n--b1\n\nTwo\n\n\n--b1\n\n\n--b1\n\n\n\n--b1--\n",
        "mixed(text/plain, text/plain, text/plain, text/plain, text/plain)",
        {"1": b"None", "2": b"One\n", "3": b"Two\n\n", "4": b"", "5": b"\n"},
    ),
    "text-like-a-message": Format(
        _MIXED,
        b"--b1\n\nSubject: text\n\nNo header.\n--b1\nContent-Type: message/rfc822\n\n" + _inner(b"Subject: inner\n")
        + b"Inner.\n--b1\nContent-Type: message/external-body; access-type=local-file; name=x\n\nContent-Type: image/gif\n"
        b"Content-ID: <outside@mailconform.invalid>\n\n\n--b1--\n",
        "mixed(text/plain, message/rfc822(text/plain), message/external-body)",
        {"1": b"Subject: text\n\nNo header.", "2.HEADER": _inner(b"Subject: inner\n")},
    ),
    "outer-ends-inner": Format(
        _MIXED,
        b"--b1\nContent-Type: multipart/alternative; boundary=b2\n\n--b2\n\nInner.\n--b2\nContent-Type: text/html\n\n"
        b"<p>Cut off\n--b1\nContent-Type: image/gif\n\nGIF\n--b1--\n",
        "mixed(alternative(text/plain, text/html), image/gif)", {"1.1": b"Inner.", "1.2": b"<p>Cut off", "2": b"GIF"},
    ),
    "outer-ends-a-message": Format(
        _MIXED,
        b"--b1\nContent-Type: message/rfc822\n\n"
        + _inner(b"MIME-Version: 1.0\n", b"Content-Type: multipart/mixed; boundary=b2\n")
        + b"--b2\nContent-Type: text/html\n\n<p>Cut off\n--b1\nContent-Type: image/gif\n\nGIF\n--b1--\n",
        "mixed(message/rfc822(mixed(text/html)), image/gif)", {"1.1": b"<p>Cut off", "2": b"GIF"},
    ),
    "outer-ends-three": Format(
        _MIXED,
        b"--b1\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\nContent-Type: multipart/mixed; boundary=b3\n\n--b3\n\n"
        b"Innermost.\n--b1\nContent-Type: image/gif\n\nGIF\n--b1--\n",
        "mixed(mixed(mixed(text/plain)), image/gif)", {"1.1.1": b"Innermost.", "2": b"GIF"},
    ),
    "no-end": Format(
        _MIXED, _TWO.removesuffix(b"\n--b1--\n"), _TWO_SHAPE, {"1": b"One."},
    ),
    "unknown-multipart": Format(
        b"Content-Type: multipart/x-mailconform; boundary=b1; start=1\n", _TWO, "x-mailconform(text/plain, text/html)",
        _TWO_PARTS,
    ),
    "message-of-few-fields": Format(
        _MIXED, b"--b1\nContent-Type: message/rfc822\n\nSubject: few\n\nInner.\n\n--b1--\n",
        "mixed(message/rfc822(text/plain))",
        {"1.HEADER": b"Subject: few\n\n"},
    ),
    "messages-four-deep": Format(
        _MIXED,
        b"--b1\nContent-Type: message/rfc822\n\n"
        + _inner(b"MIME-Version: 1.0\n", b"Content-Type: multipart/mixed; boundary=b2\n")
        + b"--b2\nContent-Type: message/rfc822\n\n"
        + _inner(b"MIME-Version: 1.0\n", b"Content-Type: multipart/mixed; boundary=b3\n")
        + b"--b3\n\nDeep.\n--b3\nContent-Type: image/gif\n\nGIF\n--b3--\n\n--b2--\n\n--b1--\n",
        "mixed(message/rfc822(mixed(message/rfc822(mixed(text/plain, image/gif)))))",
        {"1.1.1": b"Deep.", "1.1.2": b"GIF", "1.1.1.MIME": b"\n", "1.1.2.MIME": b"Content-Type: image/gif\n\n"},
    ),
    "unknown-messages": Format(
        _MIXED,
        b"--b1\nContent-Type: message/x-mailconform\n\nSubject: x\n\nOne.\n--b1\n"
        b'Content-Type: message/partial; id="a@mailconform.invalid"; number=1; total=2\n\nSubject: y\n\nTwo.\n--b1--\n',
        "mixed(message/x-mailconform, message/partial)",
        {"1": b"Subject: x\n\nOne.", "2": b"Subject: y\n\nTwo."},
    ),
    "dispositions": Format(
        _MIXED + b"Content-Disposition: inline; x-whole=1\n",
        b'--b1\nContent-Type: image/gif\nContent-Disposition: attachment; filename="a; b=\'c\', (d).gif";\n'
        b' creation-date="Fri, 20 Nov 2026 12:00:00 +0100"; modification-date="Fri, 20 Nov 2026 13:00:00 +0100";\n'
        b' read-date="Sat, 21 Nov 2026 12:00:00 -0500"; size=3\n\nGIF\n'
        b"--b1\nContent-Type: image/gif\nContent-Disposition: x-mailconform; x-parameter=y\n\nGIF\n"
        b"--b1\nContent-Type: image/gif\n\nGIF\n--b1--\n",
        "mixed(image/gif, image/gif, image/gif)", {"1": b"GIF", "2": b"GIF", "3": b"GIF"},
    ),
}  # fmt: skip

ADDRESSES: Mapping[str, Format] = {
    "comments-in-addresses": Format(
        b"From: (a) Ann (b) Author (c) <(d)ann(e)@(f)mailconform.invalid(g)>(h)\n"
        b"To: (nobody@nowhere.invalid, ) bob@mailconform.invalid (one (two,\n (three@four.invalid)) \\) <five@six.invalid>),\n"
        b" (seven) carol@mailconform.invalid\n",
        mailboxes={"from": (b"ann" + _HOST,), "to": (b"bob" + _HOST, b"carol" + _HOST)},
    ),
    "quoted-names": Format(
        b'From: "Ann, \\"the\\" <author@nowhere.invalid>" <ann@mailconform.invalid>\n'
        b'To: "a, b" <one@mailconform.invalid>, "semi; colon: @" <two@mailconform.invalid>,\n "c (d" <three@mailconform.invalid>\n',
        mailboxes={
            "from": (b"ann" + _HOST,), "to": (b"one" + _HOST, b"two" + _HOST, b"three" + _HOST),
        },
    ),
    "domain-literals": Format(
        b"From: <ann@[127.0.0.1]>\nTo: Bob <bob@[IPv6:2001:db8::1]>\n",
        mailboxes={"from": (b"ann@[127.0.0.1]",), "to": (b"bob@[ipv6:2001:db8::1]",)},
    ),
    "group": Format(
        b"To: Friends of ours: Ann <ann@mailconform.invalid>, bob@mailconform.invalid;, carol@mailconform.invalid\n",
        mailboxes={"to": (b"ann" + _HOST, b"bob" + _HOST, b"carol" + _HOST)},
    ),
    "group-of-nobody": Format(b"To: Undisclosed recipients:;\n", mailboxes={"to": ()}),
    "quoted-local-parts": Format(
        b'From: "ann author"@mailconform.invalid\nTo: <"two..periods"@mailconform.invalid>, "a@b"@mailconform.invalid\n',
        mailboxes={"from": (b"ann author" + _HOST,), "to": (b"two..periods" + _HOST, b"a@b" + _HOST)},
    ),
    "encoded-specials": Format(
        b"From: =?utf-8?q?Author=2C_Ann_=3Ca=40b=3E?= <ann@mailconform.invalid>\n"
        b"To: =?utf-8?b?YSwgYjs=?= <one@mailconform.invalid>, =?us-ascii?q?c=28d?= =?us-ascii?q?=22e?= <two@mailconform.invalid>\n",
        mailboxes={"from": (b"ann" + _HOST,), "to": (b"one" + _HOST, b"two" + _HOST)},
    ),
}  # fmt: skip

OBSOLETE: Mapping[str, Format] = {
    "obsolete-spaces": Format(
        b"From: ann . author @ mailconform . invalid\nTo: Bob <bob(x) . (y) b\n @mailconform . invalid>\n",
        mailboxes={"from": (b"ann.author" + _HOST,), "to": (b"bob.b" + _HOST,)},
    ),
    "obsolete-lists": Format(
        b"From: ann@mailconform.invalid\nTo: ,one@mailconform.invalid, , (nobody) ,two@mailconform.invalid,,\n",
        mailboxes={"to": (b"one" + _HOST, b"two" + _HOST)},
    ),
    "obsolete-phrase": Format(
        b'From: J. Q. Public <ann@mailconform.invalid>\nTo: Dr. "B." O. B. <bob@mailconform.invalid>, C.D. <carol@mailconform.invalid>\n',
        mailboxes={"from": (b"ann" + _HOST,), "to": (b"bob" + _HOST, b"carol" + _HOST)},
    ),
    "obsolete-colons": Format(
        b"From : ann@mailconform.invalid\nTo\t: bob@mailconform.invalid\n",
        mailboxes={"from": (b"ann" + _HOST,), "to": (b"bob" + _HOST,)},
    ),
    "obsolete-folds": Format(
        b"From: Ann\n  \n <ann@mailconform.invalid>\nTo: bob@mailconform.invalid,\n \t\n carol@mailconform.invalid\n",
        mailboxes={"from": (b"ann" + _HOST,), "to": (b"bob" + _HOST, b"carol" + _HOST)},
    ),
    "words-in-reply-to": Format(b'In-Reply-To: Your message of "Friday" <before@mailconform.invalid>\n'),
    "to-twice": Format(
        b"From: ann@mailconform.invalid\nTo: one@mailconform.invalid\nTo: two@mailconform.invalid\n",
        mailboxes={"to": (b"one" + _HOST, b"two" + _HOST)},
    ),
}  # fmt: skip
"""Addresses and fields in the forms of RFC 5322 section 4, which must be read and may not be written."""

DATES: Mapping[str, tuple[bytes, str]] = {
    "two-digits-late": (b"Fri, 21 Nov 97 09:55:06 -0600", "21-Nov-1997"),
    "two-digits-early": (b"21 Nov 26 12:00:00 +0000", "21-Nov-2026"),
    "three-digits": (b"9 Jan 103 12:00:00 +0000", "9-Jan-2003"),
    "spaces": (b"Thu , 13  Feb\n 1997  23 : 32 : 54 -0330", "13-Feb-1997"),
    "comments": (b"Fri (a day), 14(the (14th)) Feb (x) 1997 23:32(y):54 -0330", "14-Feb-1997"),
    "zone-of-universal-time": (b"Sat, 2 May 1998 12:00:00 UT", "2-May-1998"),
    "zone-of-the-east": (b"Sun, 3 May 1998 12:00 EST", "3-May-1998"),
    "zone-of-one-letter": (b"Mon, 4 May 1998 12:00:00 Z", "4-May-1998"),
    "zone-unknown": (b"Tue, 5 May 1998 12:00:00 MEZ", "5-May-1998"),
}
"""Date fields in obsolete forms (RFC 5322 section 4.3), and the day that each of them means, as SEARCH writes it."""

WRONG_WORDS = (
    b"=?utf-8?q?unfinished",
    b"=?x-no-such-charset?q?abc?=",
    b"=?utf-8?b?!!!?=",
    b"=?utf-8?b?YQ?=",
    b"=?utf-8?z?abc?=",
    b"=?utf-8?q?=ZZ=C3?=",
    b"=?utf-8?q??=",
    b"=????=",
    b"=?utf-8?q?" + b"x" * 100 + b"?=",
)
"""What looks like an encoded word and is none, or one that cannot be decoded (RFC 2047 sections 2 and 6.3)."""
