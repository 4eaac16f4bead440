"""Messages of the corpus about header fields: what ENVELOPE makes of them (RFC 3501 section 7.4.2, RFC 2822 section 3).

A draft is the fields, the body (None: not even a blank line), and what the RFCs leave open about it, "" if nothing.
Line ends are LF here and become CRLF; BARE_LF stands for an LF alone.
"""

from __future__ import annotations

Draft = tuple[bytes, bytes | None, str]

BARE_LF = b"\x1a"

_FROM = b"From: Sender <sender@mailconform.invalid>\n"
_TO = b"To: recipient@mailconform.invalid\n"
_DATE = b"Date: Sat, 21 Nov 2026 12:00:00 +0000\n"
_USUAL = _FROM + _TO + _DATE
_BODY = b"One line.\nAnother line.\n"
_OBSOLETE = "obsolete syntax of RFC 2822 section 4"
_INVALID = "the message is not what RFC 2822 allows"

HEADERS: dict[str, Draft] = {
    "plain": (_USUAL + b"Subject: plain\n", _BODY, ""),
    "all-members": (
        _DATE + b"Subject: Every member of an envelope\nFrom: Ann Author <ann@mailconform.invalid>\n"
        b"Sender: Sid Secretary <sid@mailconform.invalid>\nReply-To: Answers <answers@mailconform.invalid>\n"
        b"To: One <one@mailconform.invalid>, two@mailconform.invalid\nCc: Three <three@mailconform.invalid>\n"
        b"Bcc: four@mailconform.invalid\nIn-Reply-To: <before@mailconform.invalid>\n"
        b"References: <first@mailconform.invalid> <before@mailconform.invalid>\n",
        _BODY, "",
    ),
    "several-authors": (
        _DATE + b"Subject: two\nFrom: Ann <ann@mailconform.invalid>, Bob <bob@mailconform.invalid>\n"
        b"Sender: ann@mailconform.invalid\n" + _TO,
        _BODY, "",
    ),
    "two-reply-to": (_USUAL + b"Subject: x\nReply-To: a@mailconform.invalid, B <b@mailconform.invalid>\n", _BODY, ""),
    "group": (
        _FROM + _DATE + b"Subject: group\nTo: before@mailconform.invalid, Friends: Ann <ann@mailconform.invalid>,"
        b" bob@mailconform.invalid;, after@mailconform.invalid\n",
        _BODY, "",
    ),
    "group-of-words": (
        _FROM + _DATE + b'Subject: group\nTo: "A Group" of Friends:ann@mailconform.invalid;\n', _BODY, "",
    ),
    "empty-group": (_FROM + _DATE + b"Subject: group\nTo: Undisclosed recipients:;\n", _BODY, ""),
    "encoded-words": (
        b"From: =?ISO-8859-1?Q?J=F6rg?= <joerg@mailconform.invalid>\n" + _TO + _DATE
        + b"Subject: =?UTF-8?B?R3LDvMOfZQ==?= and =?UTF-8?Q?more_=28of_it=29?=\n",
        _BODY, "",
    ),
    "quoted-name": (
        b'From: "John Q. \\"Public\\"" <john@mailconform.invalid>\nCc: "Doe, Jane" <jane@mailconform.invalid>\n'
        + _TO + _DATE + b"Subject: quoted\n",
        _BODY, "",
    ),
    "quoted-local-part": (
        b'From: Joe <"joe spaced"@mailconform.invalid>\n' + _TO + _DATE + b"Subject: quoted\n", _BODY, "",
    ),
    "dotted-phrase": (
        b"From: John Q. Public <john.q@mailconform.invalid>\n" + _TO + _DATE + b"Subject: phrase\n", _BODY, "",
    ),
    "comment-behind-address": (
        b"From: ann@mailconform.invalid (Ann Author)\n" + _TO + _DATE + b"Subject: comment\n", _BODY, "",
    ),
    "comments-everywhere": (
        b"From: (a) Ann (b (nested \\) c)) Author (d) <(e)ann(f)@(g)mailconform.invalid(h)>(i)\n"
        + _TO + _DATE + b"Subject: comments (these are none)\n",
        _BODY, "comments inside addresses: what becomes of them is left open",
    ),
    "domain-literal": (_FROM + b"To: Postmaster <postmaster@[127.0.0.1]>\n" + _DATE + b"Subject: x\n", _BODY, ""),
    "many-recipients": (
        _FROM + b"To: " + b",\n ".join(b"Number %d <number%d@mailconform.invalid>" % (n, n) for n in range(200)) + b"\n"
        + _DATE + b"Subject: many\n",
        _BODY, "",
    ),
    "route": (
        b"From: Ann <@one.invalid,@two.invalid:ann@mailconform.invalid>\n" + _TO + _DATE + b"Subject: x\n",
        _BODY, _OBSOLETE,
    ),
    "spaced-address": (b"From: ann . author @ mailconform . invalid\n" + _TO + _DATE + b"Subject: x\n", _BODY, _OBSOLETE),
    "null-address": (b"From: <>\n" + _TO + _DATE + b"Subject: x\n", _BODY, _INVALID),
    "no-host": (_FROM + b"To: root, Ann <ann>\n" + _DATE + b"Subject: x\n", _BODY, _INVALID),
    "semicolons-between": (
        _FROM + b"To: a@mailconform.invalid; b@mailconform.invalid\n" + _DATE + b"Subject: x\n", _BODY, _INVALID,
    ),
    "broken-addresses": (
        b'From: "unended <a@mailconform.invalid>\nTo: ,,, <x@y, (z\nCc: @ > ] a@b@c\n' + _DATE, _BODY, _INVALID,
    ),
    "absent-fields": (_FROM + _DATE, _BODY, ""),
    "no-date": (_FROM + _TO + b"Subject: x\n", _BODY, _INVALID),
    "no-from": (_TO + _DATE + b"Subject: x\n", _BODY, _INVALID),
    "no-message-id": (_USUAL + b"Subject: x\n", _BODY, ""),
    "message-id-without-brackets": (_USUAL + b"Subject: x\nMessage-ID: x@mailconform.invalid\n", _BODY, _INVALID),
    "no-fields-but-the-mark": (b"", _BODY, _INVALID),
    "empty-fields": (_FROM + _DATE + b"Subject:\nSender:\nReply-To: \nTo:\nCc: \nBcc:\n", _BODY, ""),
    "empty-in-reply-to": (_USUAL + b"Subject: x\nIn-Reply-To:\n", _BODY, _INVALID),
    "in-reply-to-with-words": (
        _USUAL + b"Subject: x\nIn-Reply-To: Your message of Friday <before@mailconform.invalid>\n", _BODY, _OBSOLETE,
    ),
    "several-in-reply-to": (
        _USUAL + b"Subject: x\nIn-Reply-To: <one@mailconform.invalid> <two@mailconform.invalid>\n", _BODY, "",
    ),
    "fields-twice": (
        _USUAL + b"Subject: one\nSubject: two\nFrom: b@mailconform.invalid\nTo: c@mailconform.invalid\nDate: later\n",
        _BODY, "fields that may stand there once stand there twice",
    ),
    "trace-fields": (
        b"Received: from a.invalid by b.invalid; Sat, 21 Nov 2026 12:00:03 +0000\n"
        b"Received: from c.invalid\n by a.invalid;\n\tSat, 21 Nov 2026 12:00:02 +0000\n"
        b"Received: by c.invalid; Sat, 21 Nov 2026 12:00:01 +0000\n" + _USUAL + b"Subject: trace\n",
        _BODY, "",
    ),
    "names-in-other-case": (
        (b"FROM: Sender <sender@mailconform.invalid>\nto: recipient@mailconform.invalid\n"
        b"dAtE: Sat, 21 Nov 2026 12:00:00 +0000\nSUBJECT: letters\n"),
        _BODY, "",
    ),
    "names-alike": (
        _USUAL + b"Subject: alike\nX-Foo: one\nX-Foo-Bar: two\nX-Fo: three\nx-foo: four\nSubject-X: five\n", _BODY, "",
    ),
    "folded-fields": (
        b"From: Sender\n <sender@mailconform.invalid>\nTo: one@mailconform.invalid,\n\ttwo@mailconform.invalid,\n"
        b"  Three <three@mailconform.invalid>\n" + _DATE + b"Subject: folded\n once and\n\ttwice\n",
        _BODY, "",
    ),
    "folded-before-the-text": (_USUAL + b"Subject:\n behind the fold\n", _BODY, ""),
    "blank-fold": (_USUAL + b"Subject: a fold of\n \n nothing\n", _BODY, _OBSOLETE),
    "space-before-the-colon": (_USUAL + b"Subject : x\nCc : c@mailconform.invalid\n", _BODY, _OBSOLETE),
    "no-field-line": (_USUAL + b"this line is no field\nSubject: x\n", _BODY, _INVALID),
    "folded-by-lf-alone": (
        _FROM + b"To: one@mailconform.invalid,%s two@mailconform.invalid\n" % BARE_LF
        + _DATE + b"Subject: folded%s\tby LF\n" % BARE_LF,
        _BODY, "an LF alone is no line end, and no text either",
    ),
    "nil": (b"From: NIL <nil@mailconform.invalid>\n" + _TO + _DATE + b"Subject: NIL\n", _BODY, ""),
    "quotes-in-subject": (_USUAL + b'Subject: a "quoted" word, a \\ and {5}\n', _BODY, ""),
    "spaces-in-subject": (_USUAL + b"Subject:   two  spaces\tand a tab  \n", _BODY, ""),
    "long-subject": (_USUAL + b"Subject: " + b"x" * 900 + b"\n", _BODY, ""),
    "zone-in-a-comment": (
        _FROM + _TO + b"Date: Sat, 21 Nov 2026 13:00:00 +0100 (CET)\nSubject: x\n", _BODY, "",
    ),
    "obsolete-date": (_FROM + _TO + b"Date: 21 Nov 26 12:00 EST\nSubject: x\n", _BODY, _OBSOLETE),
    "no-date-in-the-date": (_FROM + _TO + b"Date: yesterday\nSubject: x\n", _BODY, _INVALID),
    "eight-bit-header": (
        b"From: J\xf6rg <joerg@mailconform.invalid>\n" + _TO + _DATE + b"Subject: Gr\xc3\xbc\xc3\x9fe\n",
        _BODY, "headers must be 7-bit (RFC 3501 section 7.4.2), and how they become so is left open",
    ),
    "no-body": (_USUAL + b"Subject: no body\n", None, ""),
    "empty-body": (_USUAL + b"Subject: empty body\n", b"", ""),
    "one-empty-line": (_USUAL + b"Subject: one line end\n", b"\n", ""),
}  # fmt: skip
