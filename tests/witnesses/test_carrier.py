"""The carrier ends with either side, in whatever way that side ends."""

from __future__ import annotations

import socket
import struct
import threading

from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.witnesses.carrier import carry
from tests.peers import wrong


def test_it_ends_when_the_client_resets_the_connection() -> None:
    with wrong.wrong_server(lambda sock: sock.recv(1)) as port:
        endpoint = Endpoint(scheme="imap", host="127.0.0.1", port=port)
        stream = Dialler(Target(name="peer", endpoints=(endpoint,)), Recorder()).open(endpoint)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            ours, _ = listener.accept()
        carrier = threading.Thread(target=carry, args=(stream, ours))
        carrier.start()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        carrier.join(5)
        stream.close()

        assert not carrier.is_alive()
        assert ours.fileno() == -1
