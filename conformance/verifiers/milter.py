"""The route through a milter: the harness is the MTA that tells a mail filter of a transaction (protocol version 6).

A packet is a length in four octets, a command in one, and its data. What the filter does to the message at its end is
done to the list of header fields, so that the topmost field is the one that the MTA's would be.
"""

from __future__ import annotations

import itertools
import os
import struct
from dataclasses import dataclass

from conformance.delivery import compose
from conformance.target_verifiers import Verifier
from conformance.transport import dialler
from conformance.transport.dialler import Dialler
from conformance.verifiers import Crashed, Opinion, Query, Unreachable, Verdict, readings, unspeakable
from conformance.verifiers.exchange import Exchange
from conformance.wire import rfc5322

VERSION = 6
ACTIONS = 0x1FF
"""Everything that a filter may do, since what it does is only looked at."""
STEPS_OFFERED = 0xFFFFF
"""Every step may be left out or unanswered; values of fields have no space in front."""
PACKET_LIMIT = 1 << 20
PACKETS_LIMIT = 1000
"""Packets that one answer may have: progress, and changes to the message."""
SENDER_ADDRESS = b"{mail_addr}"
HOST = b"mx.mailconform.invalid"

CONTINUE, ACCEPT, REJECT, TEMPFAIL, REPLY, DISCARD, SKIP, PROGRESS = b"c", b"a", b"r", b"t", b"y", b"d", b"s", b"p"
FINAL = (CONTINUE, ACCEPT, REJECT, TEMPFAIL, REPLY, DISCARD, SKIP)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing an MTA tells of: its command, and the bits by which a filter says "not that" and "no answer from me"."""

    command: bytes
    data: bytes
    unwanted: int
    unanswered: int = 0
    macros: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Transaction:
    """What a filter has been told and has done; fields are whole header fields, topmost first."""

    exchange: Exchange
    fields: list[bytes]
    changes: bytes = b""
    steps: int = 0
    """Protocol bits that the filter has chosen."""


class MilterRoute:
    """See conformance.verifiers.Route."""

    def __init__(self, row: Verifier, caller: Dialler, recipient: str) -> None:
        self.name = row.name
        self._row, self._caller, self._recipient = row, caller, recipient
        self._serial = itertools.count(1)

    def carries(self, query: Query) -> str:
        return unspeakable(query, "\0", "\r", "\n")

    def ask(self, query: Query) -> Verdict:
        if refusal := self.carries(query):
            return Unreachable(why=refusal)
        try:
            stream = self._caller.reach("milter", self._row.address)
        except dialler.Unreachable as error:
            return Unreachable(why=str(error))
        subject = f"mailconform spf {os.getpid():x} {next(self._serial)}"
        raw = compose(b"Hello.\r\n", query.headers, subject=subject).raw
        work = Transaction(Exchange(stream, self._caller.target.patience), [one.raw for one in rfc5322.fields_of(raw)])
        try:
            return self._negotiated(work) or self._told(work, query, raw)
        finally:
            stream.send(packet(b"Q"))
            stream.close()

    def close(self) -> None:
        """Nothing stays open between two queries."""

    def _negotiated(self, work: Transaction) -> Crashed | Unreachable | None:
        work.exchange.ask(packet(b"O", struct.pack(">III", VERSION, ACTIONS, STEPS_OFFERED)))
        said = _packet(work.exchange)
        if not isinstance(said, tuple):
            return said if isinstance(said, Unreachable) else Unreachable(why=said.why)
        if said[0] != b"O" or len(said[1]) < 12:
            return Unreachable(
                why=f"no milter: negotiation was answered by a packet {said[0]!r} of {len(said[1])} octets"
            )
        work.steps = struct.unpack(">III", said[1][:12])[2]
        return None

    def _told(self, work: Transaction, query: Query, raw: bytes) -> Verdict:
        for step in self._steps(query, raw):
            if work.steps & step.unwanted:
                continue
            told = packet(step.command, step.data)
            if step.macros:
                told = packet(b"D", step.command + b"".join(word + b"\0" for word in step.macros)) + told
            work.exchange.ask(told)
            if work.steps & step.unanswered:
                continue
            said = _answer(work)
            if not isinstance(said, tuple):
                return said
            if verdict := self._ended(step, said, work, query):
                return verdict
        if self._row.reads == "reply":
            return Opinion(
                result=None, source="reply", raw=work.changes, note="the message was taken without a word on SPF"
            )
        return readings.of_message(b"".join(work.fields) + b"\r\n" + _body(raw), raw, self._row)

    def _steps(self, query: Query, raw: bytes) -> list[Step]:
        family, sender = (b"4" if query.version == 4 else b"6"), query.mail_from.encode()
        client = b"[%b]\0" % query.ip.encode() + family + (49152).to_bytes(2) + query.ip.encode() + b"\0"
        recipient = self._recipient.encode()
        macros = (b"j", HOST, b"{client_addr}", query.ip.encode(), b"{client_name}", b"unknown")
        return [
            Step(b"C", client, 0x1, 0x1000, macros),
            Step(b"H", query.helo.encode() + b"\0", 0x2, 0x2000),
            Step(b"M", b"<" + sender + b">\0", 0x4, 0x4000, (b"i", b"MAILCONFORM", SENDER_ADDRESS, sender)),
            Step(b"R", b"<" + recipient + b">\0", 0x8, 0x8000, (b"{rcpt_addr}", recipient)),
            Step(b"T", b"", 0x200, 0x10000, (b"i", b"MAILCONFORM")),
            *(Step(b"L", _named(one.raw), 0x20, 0x80) for one in rfc5322.fields_of(raw)),
            Step(b"N", b"", 0x40, 0x40000),
            Step(b"B", _body(raw), 0x10, 0x80000),
            Step(b"E", b"", 0),
        ]

    def _ended(self, step: Step, said: tuple[bytes, bytes], work: Transaction, query: Query) -> Opinion | None:
        """Return what a final answer means; None if the filter goes on, or has come to the end of the message."""
        kind, data = said
        source = f"answer to {step.command.decode()}"
        if kind in (CONTINUE, SKIP) or (kind == ACCEPT and step.command == b"E"):
            return None
        codes = {REJECT: (550, b"5.7.1"), TEMPFAIL: (451, b"4.7.1")}
        if kind in codes or kind == REPLY:
            text = data.rstrip(b"\0").strip()
            digits, words = (text[:3], text[4:]) if kind == REPLY else (b"%d" % codes[kind][0], codes[kind][1])
            opinion = readings.of_reply(
                int(digits) if digits.isdigit() else 550,
                [line[4:] if place else line for place, line in enumerate(words.split(b"\r\n"))],
                row=self._row,
                query=query,
                source=source,
                raw=packet(kind, data),
                alone=True,
            )
            if opinion is not None:
                return opinion
        how = "takes the message unseen" if kind == ACCEPT else "lets the message vanish"
        return Opinion(result=None, source=source, raw=work.changes + packet(kind, data), note=f"the filter {how}")


def packet(command: bytes, data: bytes = b"") -> bytes:
    """Write a packet."""
    return struct.pack(">I", len(data) + 1) + command + data


def _named(one: bytes) -> bytes:
    """A header field as a filter is told it: name and value, each ended by NUL, folded by LF."""
    name, _, value = one.partition(b":")
    return name + b"\0" + value.strip(b" \r\n").replace(b"\r\n", b"\n") + b"\0"


def _packet(exchange: Exchange) -> tuple[bytes, bytes] | Crashed | Unreachable:
    """Return the command and the data of the next packet."""
    head = exchange.exactly(4)
    if not isinstance(head, bytes):
        return head
    size = int.from_bytes(head)
    if not 1 <= size <= PACKET_LIMIT:
        return Unreachable(why=f"no milter: a packet of {size} octets, where {PACKET_LIMIT} are the most")
    body = exchange.exactly(size)
    return (body[:1], body[1:]) if isinstance(body, bytes) else body


def _answer(work: Transaction) -> tuple[bytes, bytes] | Crashed | Unreachable:
    """Return the final packet of an answer, with what came before it done to the header."""
    for _ in range(PACKETS_LIMIT):
        said = _packet(work.exchange)
        if not isinstance(said, tuple) or said[0] in FINAL:
            return said
        if said[0] != PROGRESS:
            work.changes += packet(*said)
            _change(work.fields, *said)
    return Unreachable(why=f"the filter's answer does not end within {PACKETS_LIMIT} packets")


def _change(fields: list[bytes], command: bytes, data: bytes) -> None:
    """Add, insert or change a header field; other changes say nothing of SPF."""
    placed = command in (b"i", b"m") and len(data) >= 4
    if command != b"h" and not placed:
        return
    number = int.from_bytes(data[:4]) if placed else len(fields)
    name, _, value = data[4 if placed else 0 :].partition(b"\0")
    lines = value.partition(b"\0")[0].replace(b"\r\n", b"\n").rstrip(b"\n").replace(b"\n", b"\r\n")
    one = name + b":" + (b"" if lines.startswith((b" ", b"\t")) else b" ") + lines + b"\r\n"
    if command != b"m":
        fields.insert(min(number, len(fields)), one)
        return
    alike = [place for place, field in enumerate(fields) if rfc5322.name_of(field) == name.lower()]
    if 1 <= number <= len(alike):  # counted among the fields of this name; an empty value removes the field
        fields[alike[number - 1] : alike[number - 1] + 1] = [one] if lines else []


def _body(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]
