"""RFC 5321 section 4.5.3.1: what every server can take, and how it says that something is too much.

A name that nobody has is refused by some servers, whatever its length: a short one of the same kind is tried first.
"""

from __future__ import annotations

from conformance import NotSupported, Sink, Smtp, SmtpDial, alter, inject, relay, say, verifies
from conformance.wire.smtp import COMMAND_LIMIT

LOCAL_PART, PATH, TEXT_LINE, CONTENT = 64, 256, 1000, 65_536
TOO_LONG = b"501 5.1.7 Path too long\r\n"
RECIPIENTS = 120


def domain_of(size: int) -> str:
    """A domain name of so many octets below .invalid, made of labels of 60 at most."""
    end = ".invalid"
    labels = ("." + "x" * 59) * 5
    return "x" + labels[-(size - len(end)) :][1:] + end


def path_taken(smtp: Smtp, local: str, domain: str) -> bool:
    """Whether a reverse-path is accepted; that a short one of the same kind is, is a precondition."""
    smtp.mail("x@x.invalid").ok()
    smtp.command("RSET").ok()
    return smtp.mail(f"{local}@{domain}").positive


@verifies("RFC5321-4.5.3.1.2-01", refuted_by=say(TOO_LONG, of=rb"MAIL .{200,}"))
def test_the_longest_domain_that_fits_a_path_is_accepted(smtp: Smtp) -> None:
    """MAIL from one letter at a domain that leaves no octet of the path free: accepted."""
    assert path_taken(smtp, "x", domain_of(PATH - len("<x@>")))


@verifies("RFC5321-4.5.3.1.3-01", refuted_by=say(TOO_LONG, of=rb"MAIL .{200,}"))
def test_a_path_of_256_octets_is_accepted(smtp: Smtp) -> None:
    """MAIL with a local-part of 64 octets and a domain that makes up 256, angle brackets included: accepted."""
    assert path_taken(smtp, "x" * LOCAL_PART, domain_of(PATH - LOCAL_PART - len("<@>")))


@verifies("RFC5321-4.5.3.1.3-02", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .{280,}"))
def test_a_path_above_256_octets_is_refused(smtp: Smtp) -> None:
    """MAIL with a path of 300 octets: 5yz, which is as right as taking it."""
    assert not path_taken(smtp, "x" * LOCAL_PART, domain_of(300 - LOCAL_PART - len("<@>")))


@verifies("RFC5321-4.5.3.1.1-02", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .{280,}"))
def test_a_local_part_above_64_octets_is_refused(smtp: Smtp) -> None:
    """MAIL with a local-part of 300 octets: 5yz, which is as right as taking it."""
    assert not path_taken(smtp, "x" * 300, "x.invalid")


@verifies("RFC5321-4.5.3.1.4-01", refuted_by=say(b"500 5.5.2 Line too long\r\n", of=rb"NOOP .{300,}"))
def test_a_command_line_of_512_octets_is_taken(smtp: Smtp) -> None:
    """NOOP with a word that fills the line up to 512 octets, CRLF included: 250, as with a short word."""
    smtp.command("NOOP x").ok()
    assert smtp.command(b"NOOP " + b"x" * (COMMAND_LIMIT - len(b"NOOP \r\n"))).says(250)


@verifies("RFC5321-4.5.3.1.4-02", refuted_by=inject(b"500 5.5.2 What?\r\n", of=rb"NOOP .{5000,}"))
def test_an_overlong_command_line_is_answered_once(smtp: Smtp) -> None:
    """NOOP with 10000 octets behind it: one reply, and the next NOOP is answered 250; or 421 and the end."""
    said = smtp.command(b"NOOP " + b"x" * 10_000)
    assert said.code
    if said.code == 421:
        raise NotSupported(f"the connection ends: {said!r}")
    assert smtp.nothing_follows()
    assert smtp.command("NOOP").says(250)


def arrived(dial: SmtpDial, body: bytes) -> bytes:
    """Send a message with this body to the first account, and return the body that arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen(body)
    dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    return arrivals.one(specimen.key).partition(b"\r\n\r\n")[2]


@verifies("RFC5321-4.5.3.1.6-02", refuted_by=alter(rb"x\r\n", b"\r\n"))
def test_a_stuffed_dot_does_not_count_towards_the_line(dial: SmtpDial) -> None:
    """A line of 1000 octets, CRLF included, that begins with a dot, so that 1001 are sent: it arrives whole."""
    line = b"." + b"x" * (TEXT_LINE - 3) + b"\r\n"
    assert arrived(dial, line) == line


@verifies("RFC5321-4.5.3.1.6-03", refuted_by=alter(rb"x{100}\r\n", b"\r\n"))
def test_a_line_above_1000_octets_is_refused_or_arrives_whole(dial: SmtpDial) -> None:
    """A line of 5000 octets: refused with 5yz, or every octet arrives, be it in several lines."""
    arrivals, specimen = dial.arrivals(), dial.specimen(b"x" * 5000 + b"\r\n")
    if dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).refused:
        raise NotSupported("it is refused, and nothing arrives")
    assert arrivals.one(specimen.key).partition(b"\r\n\r\n")[2].count(b"x") == 5000


@verifies("RFC5321-4.5.3.1.7-01", refuted_by=alter(rb"y\r\n\Z", b""))
def test_a_message_of_64k_octets_is_accepted_and_arrives(dial: SmtpDial) -> None:
    """A message of 65536 octets, header section included: accepted, and its body arrives whole."""
    arrivals, head = dial.arrivals(), len(dial.specimen(b"").raw)
    lines, rest = divmod(CONTENT - head, 64)
    specimen = dial.specimen(
        b"x" * 62 + b"\r\n" + b"".join([b"x" * 62 + b"\r\n"] * (lines - 2)) + b"x" * (61 + rest) + b"y\r\n"
    )
    assert dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).positive
    assert arrivals.one(specimen.key).endswith(specimen.body)


@verifies("RFC5321-4.5.3.1.8-03", refuted_by=say(b"554 5.6.0 Too many recipients in header\r\n", of=rb"\."))
def test_a_message_with_500_addresses_in_its_header_is_accepted(dial: SmtpDial) -> None:
    """A Cc: field of 500 addresses, one a line, and one recipient: accepted."""
    copies = b",\r\n ".join(b"<user%d@mailconform.invalid>" % n for n in range(500))
    arrivals, specimen = dial.arrivals(), dial.specimen(headers=b"Cc: " + copies + b"\r\n")
    assert dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).positive
    arrivals.one(specimen.key)


@verifies("RFC5321-4.5.3.1.8-05", refuted_by=relay(rb"^RCPT TO:<[^>]*7@.*", b""))
def test_no_recipient_that_was_accepted_is_dropped(dial: SmtpDial, sink: Sink) -> None:
    """Name 120 recipients of the next hop: each one that is answered 2yz is named to it."""
    session, specimen = dial.ready(), dial.specimen()
    session.mail(dial.sender).ok()
    wanted = [dial.at_sink() for _ in range(RECIPIENTS)]
    accepted = [address.encode() for address in wanted if session.rcpt(address).code // 100 == 2]
    session.data(specimen.raw).ok()
    named = b"\n".join(sink.lines(rb"RCPT TO:", len(accepted)))
    assert [address for address in accepted if address not in named] == []
