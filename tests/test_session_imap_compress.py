"""COMPRESS in the IMAP session: octets that come in one segment with OK are compressed already (RFC 4978 section 3)."""

from __future__ import annotations

import socket
import zlib

import pytest

from conformance import hearing_imap, lying
from conformance.discovery import Profile
from conformance.faults import Fault, drop
from conformance.sessions.imap import Imap
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong


def compressing(sock: socket.socket) -> None:
    """Greet, answer COMPRESS and flush an empty block and a response with it; then answer each deflated command OK."""
    packer, unpacker = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)
    sock.sendall(b"* OK ready\r\n")
    tag = sock.recv(4096).split(b" ")[0]
    early = packer.flush(zlib.Z_SYNC_FLUSH) + packer.compress(b"* OK early\r\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    sock.sendall(tag + b" OK active\r\n" + early)
    while data := sock.recv(4096):
        answer = unpacker.decompress(data).split(b" ")[0] + b" OK done\r\n"
        sock.sendall(packer.compress(answer) + packer.flush(zlib.Z_SYNC_FLUSH))


@pytest.mark.parametrize("fault", [None, drop(of=rb"NEVER")], ids=["straight", "through a fault"])
def test_what_comes_with_the_ok_to_compress_is_inflated(fault: Fault | None) -> None:
    with wrong.wrong_server(compressing) as port:
        endpoint = Endpoint(scheme="imap", host="127.0.0.1", port=port)
        target = Target(name="peer", endpoints=(endpoint,))
        dialler = Dialler(target, Recorder())
        if fault is not None:
            lying.install(fault, dialler)
        session = Imap(dialler.open(endpoint), dialler.recorder, 5.0, lambda _: True)
        session.command("COMPRESS DEFLATE").ok()
        session.compress()
        answer = session.command("NOOP")
        session.close()

    heard = list(hearing_imap.conversations(session.stream.transcript, Profile(target=target, protocol="imap")))
    assert answer.status == b"OK"
    assert [response.text for response in answer.all("OK")] == [b"early"]
    assert not any(h.parsed.violations for h in heard)
    assert [h.name for h in heard] == [b"OK"] * 4
