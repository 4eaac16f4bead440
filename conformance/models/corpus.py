"""The project's own messages: every shape of header and body that FETCH has to understand, by name.

Each Case has its octets with CRLF line ends and the Message-ID mark by which test mail is known again; a case about a
missing or odd Message-ID has no mark and has to be removed by whoever puts it into place. Two things tell how far a
check may go with it:

- `plain`: RFC 3501 and what it builds on leave one reading, apart from the latitude that the oracle knows of. A check
  may accuse on its ENVELOPE, BODY, BODYSTRUCTURE and on all settled sections. Of the others `doubt` says what is open:
  a check may compare the octets of BODY[], BODY[HEADER] and BODY[TEXT], and no more.
- `exact`: every way into a maildrop keeps its octets (SMTP, IMAP APPEND, mbox and maildir files). Those of the others may
  be changed on the way by right: compare with what BODY[] gives, not with what was sent.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

from conformance.delivery import DOMAIN, MARK, Specimen
from conformance.models.corpus_headers import BARE_LF, HEADERS
from conformance.models.corpus_structures import STRUCTURES

LINE_LIMIT = 998  # octets before the line end (RFC 5322 section 2.1.1)
MEGABYTE = 1 << 20
UNMARKED = ("no-message-id", "message-id-without-brackets")

_USUAL = b"""\
From: Sender <sender@mailconform.invalid>
To: Recipient <recipient@mailconform.invalid>
Date: Sat, 21 Nov 2026 12:00:00 +0000
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A message of the corpus; `doubt` says which part of it the RFCs leave open, empty for a plain one."""

    name: str
    specimen: Specimen
    doubt: str

    @property
    def raw(self) -> bytes:
        """The octets as they are put into place, CRLF at the line ends."""
        return self.specimen.raw

    @property
    def plain(self) -> bool:
        """Whether a check may accuse on what a server makes of it."""
        return not self.doubt

    @property
    def exact(self) -> bool:
        """Whether every way of delivery keeps its octets (see `conformance.strategies.messages`)."""
        lines = self.raw.split(b"\r\n")
        whole = self.raw.isascii() and b"\0" not in self.raw and b"\r\n\r\n" in self.raw
        ended = len(lines) > 2 and lines[-1] == b"" and lines[-2].strip() != b""
        return whole and ended and not any(_changeable(line) for line in lines)


def _changeable(line: bytes) -> bool:
    """Whether SMTP, an mbox spool or an IMAP server may make something else of a line."""
    return len(line) > LINE_LIMIT or b"\r" in line or b"\n" in line or line.lstrip(b">").startswith(b"From ")


@functools.cache
def corpus() -> dict[str, Case]:
    """Return all cases by name, the largest of them a megabyte; equal from run to run."""
    made = [marked(name, *draft) for name, draft in HEADERS.items()]
    made += [_of_structure(name, *draft) for name, draft in STRUCTURES.items()]
    made += [wide(200), deep(30), large(MEGABYTE)]
    return {case.name: case for case in made}


def case(name: str) -> Case:
    """Return the case of this name; KeyError if there is none."""
    return corpus()[name]


def plain_cases() -> tuple[Case, ...]:
    """Return the cases on whose meaning a check may accuse, and that every way of delivery keeps as they are."""
    return tuple(one for one in corpus().values() if one.plain and one.exact)


def large(octets: int) -> Case:
    """Make a message with one base64 part of so many octets, line ends included, rounded up to a whole line."""
    lines = -(-octets // 78)
    part = b"".join(b"%076d\n" % number for number in range(lines))
    body = b"--large\n\nBefore.\n--large\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
    return _of_structure(
        f"large-{octets}", b'Content-Type: multipart/mixed; boundary="large"\n', body + part + b"\n--large--\n", ""
    )


def wide(parts: int) -> Case:
    """Make a multipart of so many small parts."""
    body = b"".join(b"--wide\nContent-ID: <%d@mailconform.invalid>\n\nPart %d.\n" % (n, n) for n in range(1, parts + 1))
    return _of_structure(f"wide-{parts}", b"Content-Type: multipart/mixed; boundary=wide\n", body + b"--wide--\n", "")


def deep(levels: int) -> Case:
    """Make so many multiparts in one another, with one text in the innermost."""
    inner, kind = b"The innermost.\n", b"Content-Type: text/plain; charset=us-ascii\n"
    for level in range(levels, 0, -1):
        inner = b"--level%d.\n%s\n%s\n--level%d.--\n" % (level, kind, inner, level)
        kind = b'Content-Type: multipart/mixed; boundary="level%d."\n' % level
    return _of_structure(f"deep-{levels}", kind, inner, "")


def _of_structure(name: str, fields: bytes, body: bytes | None, doubt: str) -> Case:
    usual = b"%sSubject: %s\nMIME-Version: 1.0\n" % (_USUAL, name.encode())
    return marked(name, (b"" if b"MIME-Version" in fields else usual) + fields, body, doubt)


def marked(name: str, fields: bytes, body: bytes | None, doubt: str) -> Case:
    """Make a case of fields and body: the mark in front, CRLF at the line ends."""
    text = fields if body is None else fields + b"\n" + body
    digest = hashlib.sha256(name.encode() + b"\0" + text).hexdigest()[:24].encode()
    mark = b"" if name in UNMARKED else MARK + digest + b"@" + DOMAIN.encode() + b">\n"
    return Case(name, Specimen((mark + text).replace(b"\n", b"\r\n").replace(BARE_LF, b"\n"), digest), doubt)
