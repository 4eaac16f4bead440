"""Messages of the sample mailbox whose texts are encoded or lie deep: encoded words, transfer encodings, MIME parts.

What they are for: a search for a string with or without CHARSET (RFC 3501 section 6.4.4), and subjects in encoded words
as keys of a sort (RFC 5256 section 2.1, step 1). Invariant: every octet above 127 stands in a body that declares it.
"""

from __future__ import annotations

import base64
import datetime as dt

from conformance.models.sample_parts import Draft

_MIME = b"MIME-Version: 1.0"


def _at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2020, 3, day, hour, 15, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def _typed(content: bytes, encoding: bytes = b"7bit") -> tuple[bytes, ...]:
    return (_MIME, b"Content-Type: " + content, b"Content-Transfer-Encoding: " + encoding)


_BASE64 = base64.encodebytes("Das Obst ist süß: gooseberry.\r\n".encode()).replace(b"\n", b"\r\n")
_INNER = (
    b"From: inner@epsilon.example\r\nSubject: Nectarine inside\r\nDate: Tue, 5 Feb 2019 10:00:00 +0000\r\n"
    b"\r\nThe embedded message speaks of nectar.\r\n"
)
_MIXED = (
    b"This preamble mentions rhubarb.\r\n"
    b"--edge\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThe first part grows quince.\r\n"
    b'--edge\r\nContent-Type: text/html; charset=us-ascii\r\n\r\n<p class="tamarind">The second <b>part</b> grows loquat.</p>\r\n'
    b'--edge\r\nContent-Type: application/octet-stream; name="pomelo.bin"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"kumquat\x00\x01\x02").replace(b"\n", b"\r\n") +
    b"--edge\r\nContent-Type: message/rfc822\r\n\r\n" + _INNER +
    b"--edge--\r\nThis epilogue mentions sorrel.\r\n"
)  # fmt: skip

DRAFTS: tuple[Draft, ...] = (
    Draft(
        name="encoded-subject", internaldate=_at(7, 9), date="Mon, 4 Feb 2019 09:00:00 +0100",
        subject="=?UTF-8?Q?Re=3A_R=C3=BCben?= =?utf-8?b?IHVuZCBLcmF1dA==?=",
        sender="=?ISO-8859-1?Q?J=F6rg_M=FCller?= <joerg@epsilon.example>", flags=(b"\\Seen",),
    ),
    Draft(
        name="quoted-printable", internaldate=_at(7, 8), date="Mon, 4 Feb 2019 10:00:00 +0100",
        subject="=?us-ascii?q?ap?= =?us-ascii?q?ple?=", sender="kurt@epsilon.example",
        extra=_typed(b"text/plain; charset=utf-8", b"quoted-printable"),
        body=b"Die s=C3=BC=C3=9Fe Birne f=\r\n=C3=A4llt vom B=61um.\r\nPlain pear stays.\r\n",
    ),
    Draft(
        name="base64", internaldate=_at(7, 7), date="Mon, 4 Feb 2019 11:00:00 +0100",
        subject="Encoded body", sender="lars@epsilon.example", flags=(b"\\Answered",),
        extra=_typed(b"text/plain; charset=utf-8", b"base64"), body=_BASE64,
    ),
    Draft(
        name="eight-bit", internaldate=_at(7, 6), date="Mon, 4 Feb 2019 12:00:00 +0100",
        subject="Eight bits", sender="mona@epsilon.example",
        extra=_typed(b"text/plain; charset=iso-8859-1", b"8bit"),
        body="Mirabelle, Pflaume, Sch\xf6nheit und Caf\xe9.\r\n".encode("latin-1"),
    ),
    Draft(
        name="multipart", internaldate=_at(8, 9), date="Mon, 4 Feb 2019 13:00:00 +0100",
        subject="Many parts", sender="nils@epsilon.example", to="Team: olaf@epsilon.example, pia@epsilon.example;",
        extra=(_MIME, b'Content-Type: multipart/mixed; boundary="edge"'), body=_MIXED,
    ),
    Draft(
        name="no-body", internaldate=_at(8, 8), date="Mon, 4 Feb 2019 14:00:00 +0100",
        subject="Nothing below", sender="owen@epsilon.example", cc="zack@copies.example, carol@copies.example",
        body=b"",
    ),
)  # fmt: skip
