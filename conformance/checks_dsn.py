"""What checks of delivery status notifications share: how notices are brought about, and what they tell.

Sender and recipients are new addresses at the sink, which refuses who is to be refused: a notice comes to where the
mail went out to, and none is mistaken for another's.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from conformance.delivery import Specimen
from conformance.dial_smtp import SmtpDial
from conformance.models.fate import Fate, fate_of
from conformance.outcomes import Inconclusive, NotSupported
from conformance.services.heard import Relayed
from conformance.services.sink import Sink
from conformance.sessions.smtp import Answer
from conformance.vectors import Record
from conformance.verdicts import Reason
from conformance.wire import dsn, message
from conformance.wire.dsn import Notification, PerRecipient
from conformance.wire.message import Entity
from conformance.wire.scanner import Violation

REFUSAL = b"550 5.1.1 nobody of that name here\r\n"
WITHOUT_DSN = (b"PIPELINING", b"SIZE 50000000", b"8BITMIME", b"ENHANCEDSTATUSCODES")
"""What a next hop lists that does not know DSN."""
NULL_MX = (Record("MX", (0, "")), Record("A", "127.255.255.254"))
"""The records of a domain that takes no mail (RFC 7505 section 3); its address is one where nobody listens."""
LATE_SECONDS = 0.2
"""How long a notice that should not come is waited for, once one has come that should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What came back to the sender of a message: as it was sent, as a tree of entities, and read as a notification."""

    relayed: Relayed = field(repr=False)
    entity: Entity = field(repr=False)
    author: str
    recipient: str
    sent: Specimen

    @property
    def report(self) -> Notification:
        """The notification; NotSupported if the notice has not its form."""
        read = dsn.of(self.entity)
        if read is None:
            raise NotSupported("the notice is no multipart/report with a message/delivery-status")
        return read

    @property
    def told(self) -> PerRecipient:
        """The first group of recipient fields; that there is one is a precondition."""
        if not self.report.recipients:
            raise Inconclusive(Reason.PRECONDITION, "the notice has no fields of a recipient")
        return self.report.recipients[0]

    @property
    def returned(self) -> Entity:
        """The third part; NotSupported without one."""
        found = self.report.report.returned
        if found is None:
            raise NotSupported("nothing of the message is returned")
        return found

    def violations(self, *rules: str) -> list[Violation]:
        """Return what violates one of these rules."""
        return [violation for violation in self.report.violations if violation.rule in rules]


def send(
    dial: SmtpDial,
    author: str,
    *recipients: tuple[str, ...],
    mail: tuple[str, ...] = (),
    specimen: Specimen | None = None,
) -> Specimen:
    """Send a message; a recipient is an address and the parameters of its RCPT. That all is accepted is a precondition.

    NotSupported if there are parameters and DSN is not announced, or if what the sink refuses is refused at once.
    """
    asks = bool(mail) or any(len(one) > 1 for one in recipients)
    session = dial.having("DSN") if asks else dial.ready()
    sent = specimen or dial.specimen()
    session.mail(author, *mail).ok()
    for address, *parameters in recipients:
        answer = session.rcpt(address, *parameters)
        if answer.refused and dial.asked_at_sink(address):
            raise NotSupported("mail is handed on while the client waits, and a refusal with it: no notice is due")
        answer.ok()
    session.data(sent.raw).ok()
    return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """What became of a message to a domain that is nobody's: the reply that refused it, or the last one; what came back; whether a next hop took it."""

    recipient: str
    answer: Answer
    notices: list[Relayed]
    handed_on: bool = False


def outward(dial: SmtpDial, sink: Sink, *records: Record) -> Outward:
    """Send a message, logged in, to a domain below .invalid (RFC 6761 section 6.4) that has these records, or does not exist.

    Inconclusive if the target does not ask the harness's name server for it.
    """
    author, names, session = dial.at_sink("author"), dial.names, dial.login()
    domain = f"{author.partition('@')[0]}.invalid"
    recipient = f"somebody@{domain}"
    names.publish({domain: records} if records else {})
    session.mail(author).ok()
    answer = session.rcpt(recipient)
    if answer.positive:
        answer = session.data(dial.specimen().raw)
    if answer.refused:
        return Outward(recipient=recipient, answer=answer, notices=[])
    notices = sink.notices(author)
    if sink.mail_to(recipient, seconds=0.0):
        return Outward(recipient=recipient, answer=answer, notices=notices, handed_on=True)
    if not any(query.name.lower().endswith(domain) for query in names.queries):
        raise Inconclusive(Reason.PRECONDITION, "the target did not ask for the domain in time")
    return Outward(recipient=recipient, answer=answer, notices=notices)


def bounced(
    dial: SmtpDial,
    sink: Sink,
    *rcpt: str,
    mail: tuple[str, ...] = (),
    recipient: str = "",
    refusal: bytes = REFUSAL,
    specimen: Specimen | None = None,
) -> Notice:
    """Send a message to an address that the sink refuses, with these parameters of RCPT, and return what comes back.

    That something comes is a precondition: RFC 5321 section 3.6.3 has checks of its own for it.
    """
    author, keeper = dial.at_sink("author"), recipient or dial.at_sink()
    sink.reply(refusal, to=b"RCPT", about=f"to:<{keeper}")
    sent = send(dial, author, (keeper, *rcpt), mail=mail, specimen=specimen)
    came = sink.notices(author)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    return _notice(came[0], author, keeper, sent)


def granted(
    dial: SmtpDial, sink: Sink, *rcpt: str, mail: tuple[str, ...] = (), specimen: Specimen | None = None
) -> Notice:
    """Send a message to an account with these parameters of RCPT, and return the report that comes back.

    NotSupported if none comes: that it comes has a check of its own.
    """
    author, address = dial.at_sink("author"), dial.address()
    sent = send(dial, author, (address, *rcpt), mail=mail, specimen=specimen)
    came = sink.notices(author)
    if not came:
        raise NotSupported("no report of delivery came")
    return _notice(came[0], author, address, sent)


def _notice(came: Relayed, author: str, recipient: str, sent: Specimen) -> Notice:
    return Notice(relayed=came, entity=message.read(came.raw).value, author=author, recipient=recipient, sent=sent)


def reported(sink: Sink, author: str, about: str = "") -> list[tuple[str, Fate]]:
    """Return of whom and what the notices tell that came to an author, in whatever form: address in lower case, fate.

    What they are waited for is one `about` an address, or any; that it comes is a precondition.
    """
    for count in itertools.count(1):
        came = sink.notices(author, count)
        if any(about.encode().lower() in notice.raw.lower() for notice in came):
            break
        if len(came) < count:
            raise Inconclusive(Reason.PRECONDITION, f"no notice came about {about or 'the message'} in time")
    return fates(sink.notices(author, len(came) + 1, seconds=LATE_SECONDS))


def fates(notices: list[Relayed]) -> list[tuple[str, Fate]]:
    """Return of whom and what notices tell, in whatever form: address in lower case, fate."""
    return [
        (one.address.decode("latin-1").lower(), one.fate)
        for notice in notices
        for one in fate_of(notice.raw).recipients
    ]
