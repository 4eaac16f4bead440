"""The catalogue: what the RFCs demand of a server, one requirement a line of JSON.

Invariant: an id is written out once and means the same for ever (it is appended or retired, never renumbered or
reused), because results, waivers and history are joined on it. The texts are the project's own paraphrases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TITLES = {
    1652: "SMTP Service Extension for 8bit-MIMEtransport",
    1734: "POP3 AUTHentication command",
    1870: "SMTP Service Extension for Message Size Declaration",
    1894: "An Extensible Message Format for Delivery Status Notifications (1996)",
    1939: "Post Office Protocol - Version 3",
    1945: "Hypertext Transfer Protocol -- HTTP/1.0",
    2033: "Local Mail Transfer Protocol",
    2034: "SMTP Service Extension for Returning Enhanced Error Codes",
    2045: "Multipurpose Internet Mail Extensions (MIME) Part One: Format of Internet Message Bodies",
    2046: "MIME Part Two: Media Types",
    2047: "MIME Part Three: Message Header Extensions for Non-ASCII Text",
    2048: "MIME Part Four: Registration Procedures",
    2049: "MIME Part Five: Conformance Criteria and Examples",
    2087: "IMAP4 QUOTA extension",
    2088: "IMAP4 non-synchronizing literals",
    2142: "Mailbox Names for Common Services, Roles and Functions",
    2177: "IMAP4 IDLE command",
    2180: "IMAP4 Multi-Accessed Mailbox Practice",
    2183: "Content-Disposition Header Field",
    2221: "IMAP4 Login Referrals",
    2246: "The TLS Protocol Version 1.0",
    2298: "An Extensible Message Format for Message Disposition Notifications (1998)",
    2342: "IMAP4 Namespace",
    2449: "POP3 Extension Mechanism",
    2476: "Message Submission (1998)",
    2554: "SMTP Service Extension for Authentication (1999)",
    2595: "Using TLS with IMAP, POP3 and ACAP",
    2616: "Hypertext Transfer Protocol -- HTTP/1.1",
    2683: "IMAP4 Implementation Recommendations",
    2821: "Simple Mail Transfer Protocol (2001)",
    2822: "Internet Message Format (2001)",
    2852: "Deliver By SMTP Service Extension",
    2920: "SMTP Service Extension for Command Pipelining",
    2971: "IMAP4 ID extension",
    3030: "SMTP Service Extensions for Transmission of Large and Binary MIME Messages",
    3207: "SMTP Service Extension for Secure SMTP over TLS",
    3348: "IMAP4 Child Mailbox Extension",
    3461: "SMTP Service Extension for Delivery Status Notifications",
    3462: "The Multipart/Report Content Type (2003)",
    3463: "Enhanced Mail System Status Codes",
    3464: "An Extensible Message Format for Delivery Status Notifications",
    3501: "Internet Message Access Protocol - Version 4rev1",
    3502: "IMAP MULTIAPPEND Extension",
    3503: "Message Disposition Notification Profile for IMAP",
    3516: "IMAP4 Binary Content Extension",
    3691: "IMAP UNSELECT command",
    3798: "Message Disposition Notification (2004)",
    3834: "Recommendations for Automatic Responses to Electronic Mail",
    4314: "IMAP4 Access Control List Extension",
    4315: "IMAP UIDPLUS extension",
    4408: "Sender Policy Framework (SPF) for Authorizing Use of Domains in E-Mail, Version 1 (2006)",
    4467: "IMAP URLAUTH Extension",
    4469: "IMAP CATENATE Extension",
    4731: "IMAP4 Extension to SEARCH for Controlling What Is Returned",
    4954: "SMTP Service Extension for Authentication",
    4959: "IMAP Extension for SASL Initial Client Response",
    4978: "IMAP COMPRESS Extension",
    5032: "IMAP WITHIN Search Extension",
    5034: "POP3 SASL Authentication Mechanism",
    5161: "IMAP ENABLE Extension",
    5182: "IMAP Extension for Referencing the Last SEARCH Result",
    5256: "IMAP SORT and THREAD Extensions",
    5258: "IMAP4 LIST Command Extensions",
    5321: "Simple Mail Transfer Protocol",
    5322: "Internet Message Format",
    5464: "IMAP METADATA Extension",
    5465: "IMAP NOTIFY Extension",
    5530: "IMAP Response Codes",
    5819: "IMAP4 Extension for STATUS Information in Extended LIST",
    6152: "SMTP Service Extension for 8-bit MIME Transport",
    6154: "IMAP LIST Extension for Special-Use Mailboxes",
    6376: "DomainKeys Identified Mail (DKIM) Signatures",
    6409: "Message Submission for Mail",
    6522: "The Multipart/Report Media Type for the Reporting of Mail System Administrative Messages",
    6531: "SMTP Extension for Internationalized Email",
    6851: "IMAP MOVE Extension",
    6855: "IMAP Support for UTF-8",
    7162: "IMAP CONDSTORE and QRESYNC",
    7208: "Sender Policy Framework (SPF) for Authorizing Use of Domains in Email, Version 1",
    7372: "Email Authentication Status Codes",
    7489: "Domain-based Message Authentication, Reporting, and Conformance (DMARC)",
    7504: "SMTP 521 and 556 Reply Codes",
    7505: "A Null MX No Service Resource Record for Domains That Accept No Mail",
    7888: "IMAP4 Non-synchronizing Literals",
    8098: "Message Disposition Notification",
    8314: "Cleartext Considered Obsolete: Use of TLS",
    8438: "IMAP Extension for STATUS=SIZE",
    8474: "IMAP Extension for Object Identifiers",
    8508: "IMAP REPLACE Extension",
    8601: "Message Header Field for Indicating Message Authentication Status",
    9051: "Internet Message Access Protocol - Version 4rev2",
    9208: "IMAP QUOTA Extension",
}


class Level(StrEnum):
    """Key word of a requirement (RFC 2119), or GRAMMAR where an ABNF rule demands it."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    GRAMMAR = "GRAMMAR"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"

    @property
    def strength(self) -> int:
        """2 for MUST, MUST NOT and GRAMMAR, 1 for SHOULD and SHOULD NOT, 0 for MAY."""
        return {"MAY": 0, "SHOULD": 1, "SHOULD NOT": 1}.get(self.value, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One demand of one RFC section on a server."""

    id: str
    rfc: int
    section: str
    level: Level
    text: str
    testable: str
    how: str
    needs: tuple[str, ...] = ()
    inferred: bool = False
    unchecked: str | None = None
    retired: bool = False

    @property
    def wants_check(self) -> bool:
        """Whether a check or a reason is owed: testable "yes", stronger than MAY, not retired."""
        return self.testable == "yes" and self.level.strength > 0 and not self.retired


class CatalogueError(Exception):
    """A requirements file that cannot be read; the message names file, line and cause."""


class Catalogue:
    """All requirements of one or more RFCs, by id.

    Raises CatalogueError for an unreadable line or an id given twice.
    """

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        self._by_id: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._by_id:
                raise CatalogueError(f"requirement {requirement.id} is defined twice")
            self._by_id[requirement.id] = requirement

    @classmethod
    def load(cls, suites: Path) -> Catalogue:
        """Read every `rfc*/requirements.jsonl` below a suites folder."""
        files = sorted(suites.glob("rfc*/requirements.jsonl"))
        return cls(requirement for file in files for requirement in _read(file))

    def __getitem__(self, identifier: str) -> Requirement:
        return self._by_id[identifier]

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._by_id

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def rfcs(self) -> tuple[int, ...]:
        """RFC numbers, ascending."""
        return tuple(sorted({requirement.rfc for requirement in self}))

    def of(self, rfc: int) -> tuple[Requirement, ...]:
        """Return the requirements of one RFC in file order, retired ones left out."""
        return tuple(r for r in self if r.rfc == rfc and not r.retired)


def _read(file: Path) -> Iterator[Requirement]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            fields = json.loads(line)
            yield Requirement(**{**fields, "level": Level(fields["level"]), "needs": tuple(fields["needs"])})
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogueError(f"{file}:{number}: {error}") from error
