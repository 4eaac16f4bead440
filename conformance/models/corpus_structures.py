"""Messages of the corpus about MIME: what BODYSTRUCTURE and the body sections make of them (RFC 2045, 2046, 2183, 2231).

A draft is the MIME fields, the body, and what the RFCs leave open about it, "" if nothing; the usual other fields come in
front. Line ends are LF here and become CRLF.
"""

from __future__ import annotations

from conformance.models.corpus_headers import BARE_LF, Draft

_BROKEN = "MIME that RFC 2045 and 2046 do not allow"
_MIXED = b"Content-Type: multipart/mixed; boundary=b1\n"
_INNER = (
    b"From: Inner <inner@mailconform.invalid>\nTo: other@mailconform.invalid\nSubject: %s\n"
    b"Date: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <%s@inner.invalid>\nMIME-Version: 1.0\n"
)
_ONE, _TWO = _INNER % (b"one", b"one"), _INNER % (b"two", b"two")
_TEXT = b"Some text.\nMore of it.\n"

_RFC_EXAMPLE = (
    b"Preamble.\n--b1\nContent-Type: text/plain\n\nPart 1\n--b1\nContent-Type: application/octet-stream\n\nPart 2\n"
    b"--b1\nContent-Type: message/rfc822\n\n" + _ONE + b"Content-Type: multipart/mixed; boundary=b3\n\n"
    b"--b3\nContent-Type: text/plain\n\nPart 3.1\n--b3\nContent-Type: application/octet-stream\n\nPart 3.2\n--b3--\n\n"
    b"--b1\nContent-Type: multipart/mixed; boundary=b4\n\n--b4\nContent-Type: image/gif\n"
    b"Content-Transfer-Encoding: base64\nContent-Description: the picture\n\nR0lGODlhAQABAAAAACw=\n"
    b"--b4\nContent-Type: message/rfc822\n\n" + _TWO + b"Content-Type: multipart/mixed; boundary=c42\n\n"
    b"--c42\nContent-Type: text/plain\n\nPart 4.2.1\n--c42\nContent-Type: multipart/alternative; boundary=d422\n\n"
    b"--d422\nContent-Type: text/plain\n\nPart 4.2.2.1\n--d422\nContent-Type: text/richtext\n\nPart 4.2.2.2\n--d422--\n\n"
    b"--c42--\n\n--b4--\n\n--b1--\nEpilogue.\n"
)

STRUCTURES: dict[str, Draft] = {
    "text-with-charset": (b"Content-Type: text/plain; charset=us-ascii\n", _TEXT, ""),
    "text-without-type": (b"", _TEXT, ""),
    "html": (b"Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: 7bit\n", b"<p>Text.</p>\n", ""),
    "html-without-charset": (b"Content-Type: text/html\n", b"<p>Text.</p>\n", ""),
    "alternative": (
        b"Content-Type: multipart/alternative; boundary=b1\n",
        (b"--b1\nContent-Type: text/plain; charset=us-ascii\n\nText.\n--b1\nContent-Type: text/html; charset=us-ascii\n\n"
        b"<p>Text.</p>\n\n--b1--\n"),
        "",
    ),
    "one-part": (_MIXED, b"--b1\nContent-Type: text/plain\n\nText.\n--b1--\n", ""),
    "typeless-parts": (_MIXED, b"--b1\n\nOne.\n--b1\n\nTwo.\nlines\n\n--b1--\n", ""),
    "rfc-3501-example": (_MIXED, _RFC_EXAMPLE, ""),
    "other-letters": (
        b'CONTENT-TYPE: MULTIPART/Mixed; BOUNDARY="B1"\n',
        b"--B1\ncontent-type: TEXT/Plain; CharSet=US-ASCII\nCONTENT-TRANSFER-ENCODING: QUOTED-Printable\n\nx\n--B1--\n",
        "",
    ),
    "forwarded": (
        _MIXED,
        b"--b1\n\nSee below.\n--b1\nContent-Type: message/rfc822\nContent-Description: Forwarded\n\n" + _ONE + b"\n" + _TEXT
        + b"--b1--\n",
        "",
    ),
    "forwarded-multipart": (
        _MIXED,
        b"--b1\n\nSee below.\n--b1\nContent-Type: message/rfc822\n\n" + _ONE
        + b"Content-Type: multipart/mixed; boundary=b2\n\nInner preamble.\n--b2\n\nFirst.\n--b2\nContent-Type: text/html\n\n"
        b"<p>Second.</p>\n--b2--\nInner epilogue.\n--b1--\n",
        "",
    ),
    "message-alone": (b"Content-Type: message/rfc822\n", _ONE + b"\n" + _TEXT, ""),
    "message-in-message": (
        b"Content-Type: message/rfc822\n", _ONE + b"Content-Type: message/rfc822\n\n" + _TWO + b"\n" + _TEXT, "",
    ),
    "message-without-body": (
        _MIXED, b"--b1\nContent-Type: message/rfc822\n\n" + _ONE + b"\n--b1--\n",
        "the line end behind the inner header is the delimiter's, or its blank line",
    ),
    "digest": (
        b"Content-Type: multipart/digest; boundary=b1\n",
        b"--b1\n\n" + _ONE + b"\n" + _TEXT + b"\n--b1\nContent-Type: message/rfc822\nContent-ID: <two@digest.invalid>\n\n"
        + _TWO + b"\nTwo.\n\n--b1\nContent-Type: text/plain\n\nNo message.\n--b1--\n",
        "",
    ),
    "delivery-report": (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n",
        (b"--b1\n\nIt did not arrive.\n\n--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.invalid\n\n"
        b"Final-Recipient: rfc822; x@a.invalid\nAction: failed\nStatus: 5.0.0\n\n--b1\nContent-Type: text/rfc822-headers\n\n"
        b"Subject: lost\n\n--b1--\n"),
        "",
    ),
    "external-body": (
        b'Content-Type: message/external-body; access-type=URL; URL="http://mailconform.invalid/x"\n',
        b"Content-Type: text/plain\nContent-ID: <outside@mailconform.invalid>\n\nPhantom.\n", "",
    ),
    "empty-parts": (
        _MIXED, b"--b1\nContent-Type: text/plain\n\n\n--b1\nContent-Type: application/x-nothing\n\n\n--b1--\n", "",
    ),
    "parts-of-headers-alone": (
        _MIXED, b"--b1\nContent-Type: text/plain\n\n--b1\n\n--b1\n--b1--\n",
        "without a blank line of its own the line end is the delimiter's (RFC 2046 section 5.1.1), or the header's",
    ),
    "preamble-and-epilogue": (
        _MIXED,
        (b"This is\nthe preamble.\n\n--b1\nContent-Type: text/plain\n\nPart.\n--b1\n\nOther.\n\n--b1--\n\nThis is\n"
        b"the epilogue.\n"),
        "",
    ),
    "folded-type": (
        b'Content-Type: multipart/mixed;\n\tboundary="b1";\n charset=x\n',
        b"--b1\nContent-Type:\n text/plain;\n charset=us-ascii;\n name=folded\n\nText.\n--b1--\n", "",
    ),
    "boundary-with-specials": (
        b'Content-Type: multipart/mixed; boundary="a=_b?(c) :d/e,f\'g"\n',
        b"--a=_b?(c) :d/e,f'g\n\nOne.\n--a=_b?(c) :d/e,f'g\n\nTwo.\n--a=_b?(c) :d/e,f'g--\n", "",
    ),
    "longest-boundary": (
        b"Content-Type: multipart/mixed; boundary=" + b"x" * 70 + b"\n",
        b"--" + b"x" * 70 + b"\n\nOne.\n--" + b"x" * 70 + b"--\n", "",
    ),
    "padded-delimiters": (_MIXED, b"--b1  \n\nOne.\n--b1\t\n\nTwo.\n--b1-- \n", ""),
    "lookalike-delimiters": (
        _MIXED, b"--b1\n\n--\n --b1\nx--b1\n-b1\n--B1\n- --b1\n--b\n--1\n\n--b1--\n--b1\n\nOnly epilogue.\n", "",
    ),
    "delimiter-behind-delimiter": (
        _MIXED,
        b"--b1\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\n\nText.\n--b2--\n--b1\n"
        b"Content-Type: message/rfc822\n\n" + _ONE + b"Content-Type: multipart/mixed; boundary=b2\n\n--b2\n\nText.\n"
        b"--b2--\n--b1--\n",
        "",
    ),
    "boundary-begins-another": (
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"--b\nContent-Type: multipart/mixed; boundary=b-inner\n\n--b-inner\n\nOne.\n--b-inner\n\nTwo.\n--b-inner--\n--b--\n",
        "RFC 2046 section 5.1.1 lets a longer line stand for the boundary that it begins with",
    ),
    "same-boundary-within": (
        _MIXED, b"--b1\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\nOne.\n--b1--\n--b1--\n", _BROKEN,
    ),
    "outer-boundary-ends-inner": (
        _MIXED, b"--b1\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\n\nInner.\n--b1\n\nOuter.\n--b1--\n", _BROKEN,
    ),
    "no-closing-delimiter": (_MIXED, b"--b1\n\nOne.\n--b1\nContent-Type: text/html\n\nTwo.\n", _BROKEN),
    "closing-delimiter-alone": (_MIXED, b"--b1--\nNothing.\n", _BROKEN),
    "no-delimiter": (_MIXED, _TEXT, _BROKEN),
    "empty-multipart": (_MIXED, b"", _BROKEN),
    "no-boundary": (b"Content-Type: multipart/mixed\n", b"--b1\n\nOne.\n--b1--\n", _BROKEN),
    "no-mime-version": (
        b"X-Not-MIME-Version: 1.0\nFrom: a@mailconform.invalid\nDate: Sat, 21 Nov 2026 12:00:00 +0000\n" + _MIXED,
        b"--b1\n\nOne.\n--b1--\n", "without MIME-Version it need not be MIME (RFC 2045 section 4)",
    ),
    "type-twice": (b"Content-Type: text/html\nContent-Type: text/plain\n", _TEXT, _BROKEN),
    "type-without-subtype": (b"Content-Type: text\n", _TEXT, _BROKEN),
    "empty-type": (b"Content-Type:\nContent-Transfer-Encoding:\n", _TEXT, _BROKEN),
    "unknown-type": (
        b"Content-Type: x-mailconform/x-unknown; x-param=1\nContent-Transfer-Encoding: x-rot13\n", _TEXT, "",
    ),
    "comments-in-mime-fields": (
        (b"Content-Type: text/(a)plain (b); (c) charset=(d)us-ascii (e)\nContent-Transfer-Encoding: (f) 7bit\n"
        b"Content-ID: (g) <commented@mailconform.invalid>\n"),
        _TEXT, "comments in MIME fields, which many take for text",
    ),
    "quoted-parameters": (
        b'Content-Type: text/plain; charset="us-ascii"; name="a \\"quoted\\" \\\\ name; with=all"; empty=""\n', _TEXT, "",
    ),
    "rfc-2231": (
        (b"Content-Type: application/x-stuff; name*0*=utf-8'en'%e2%82%ac%20; name*1=\"rates and\"; name*2*=%20more; x=y\n"
        b"Content-Disposition: attachment; filename*=iso-8859-1''na%EFve.txt\n"),
        _TEXT, "RFC 3501 does not mention RFC 2231",
    ),
    "fields-of-parts": (
        _MIXED,
        (b'--b1\nContent-Type: image/png; name="a b.png"\nContent-ID: <part1@mailconform.invalid>\n'
        b"Content-Description: A picture, described\nContent-Transfer-Encoding: base64\n"
        b'Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Disposition: attachment; filename="a b.png"; size=8\n'
        b"Content-Language: de, en-GB\nContent-Location: http://mailconform.invalid/a.png\n\niVBORw0K\n"
        b"--b1\nContent-Type: text/plain\nContent-Disposition: inline\nContent-Language: fr\n\nText.\n--b1--\n"),
        "",
    ),
    "fields-of-multiparts": (
        _MIXED + b"Content-Disposition: inline; x=y\nContent-Language: en\nContent-Location: cid:whole\n",
        (b'--b1\nContent-Type: multipart/related; boundary=b2; type="text/html"; start="<a@b.invalid>"\n'
        b"Content-Disposition: attachment\n\n--b2\nContent-Type: text/html\nContent-ID: <a@b.invalid>\n\nx\n--b2--\n\n--b1--\n"),
        "",
    ),
    "encodings": (
        _MIXED,
        (b"--b1\nContent-Transfer-Encoding: quoted-printable\n\nA =3D sign,=20\na long line,=\n broken.\n"
        b"--b1\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nQSBsaW5lLg0KQW5vdGhlcg==\n\n"
        b"--b1\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: BASE64\n\nAAEC\n"
        b"--b1\nContent-Transfer-Encoding: 8bit\n\nSeven.\n--b1\nContent-Transfer-Encoding: binary\n\nSeven.\n--b1--\n"),
        "",
    ),
    "encoded-message": (
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n", b"U3ViamVjdDogeA0KDQp4DQo=\n", _BROKEN,
    ),
    "eight-bit-body": (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", b"Gr\xc3\xbc\xc3\x9fe.\n", "",
    ),
    "eight-bit-undeclared": (b"Content-Type: text/plain\n", b"Gr\xfc\xdfe.\n", _BROKEN),
    "no-line-end": (b"Content-Type: text/plain\n", b"One line.\nNo end", ""),
    "no-line-end-in-parts": (_MIXED, b"--b1\n\nNo end\n--b1\n\nOne end\n\n--b1--", ""),
    "blank-lines": (b"Content-Type: text/plain\n", b"\n\n\nText.\n\n\n", ""),
    "full-lines": (b"Content-Type: text/plain\n", (b"x" * 998 + b"\n") * 3, ""),
    "overlong-lines": (b"Content-Type: text/plain\n", b"x" * 1000 + b"\n" + b"y" * 8193 + b"\nEnd.\n", ""),
    "lone-lf": (
        b"Content-Type: text/plain\n", b"a%sb\nc%s%sd\n" % (BARE_LF, BARE_LF, BARE_LF),
        "an LF alone is no line end, and no text either",
    ),
    "lone-cr": (b"Content-Type: text/plain\n", b"a\rb\nc\r\rd\n", "a CR alone is no line end, and no text either"),
    "protocol-lookalikes": (
        b"Content-Type: text/plain\n", b'* 1 EXPUNGE\n)\na1 OK done\n{5}\n.\n..\n+ go on\n"\\\n* BYE\n', "",
    ),
}  # fmt: skip
