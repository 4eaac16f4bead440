"""The first messages of a TLS handshake, written and read by hand (RFC 5246 section 7.4.1, RFC 8446 section 4.1).

For checks of what a library does not let a client say: suites that nobody has, extensions that nobody knows (RFC 8701).
The handshake is not gone on with, so keys and randomness do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

ALERT, HANDSHAKE = 21, 22
SERVER_HELLO = 2
TLS12, TLS13 = 0x0303, 0x0304
SUITES = (0x1301, 0x1302, 0x1303, 0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0xCCA9, 0x009E, 0x009F, 0xC013, 0x002F)
"""AES-GCM and ChaCha20 with forward secrecy, in TLS 1.3 and 1.2, and two that every older server has."""
GREASE = 0x1A1A
"""A value that is reserved so that nobody may know it (RFC 8701 section 2)."""
SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, VERSIONS, KEY_SHARE = 0, 10, 11, 13, 43, 51
_GROUPS = (0x001D, 0x0017, 0x0018)
_SIGNATURES = (0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807)
_RANDOM = bytes(range(32))


def _vector(size: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(size) + octets


def _numbers(values: tuple[int, ...]) -> bytes:
    return b"".join(value.to_bytes(2) for value in values)


def _extension(kind: int, octets: bytes) -> bytes:
    return kind.to_bytes(2) + _vector(2, octets)


def client_hello(
    *,
    suites: tuple[int, ...] = SUITES,
    versions: tuple[int, ...] = (TLS13, TLS12),
    name: str = "",
    grease: bool = False,
) -> bytes:
    """Write a ClientHello in one record; TLS 1.2 alone is offered as it was before there was an extension for versions."""
    unknown = (GREASE,) if grease else ()
    extensions = _extension(SERVER_NAME, _vector(2, b"\0" + _vector(2, name.encode("idna")))) if name else b""
    extensions += _extension(GROUPS, _vector(2, _numbers(unknown + _GROUPS)))
    extensions += _extension(POINT_FORMATS, _vector(1, b"\0"))
    extensions += _extension(SIGNATURES, _vector(2, _numbers(_SIGNATURES)))
    if TLS13 in versions:
        extensions += _extension(VERSIONS, _vector(1, _numbers(unknown + versions)))
        extensions += _extension(KEY_SHARE, _vector(2, b"\x00\x1d" + _vector(2, _RANDOM)))
    if grease:
        extensions += _extension(GREASE, b"") + _extension(0xFAFA, b"\0unknown")
    body = TLS12.to_bytes(2) + _RANDOM + _vector(1, _RANDOM)
    body += _vector(2, _numbers(unknown + suites)) + _vector(1, b"\0") + _vector(2, extensions)
    return b"\x16\x03\x01" + _vector(2, b"\x01" + _vector(3, body))


@dataclass(frozen=True, slots=True)
class Answer:
    """What begins the answer to a ClientHello: its record type (0 if it is no TLS), and the version of a ServerHello."""

    record: int
    version: int = 0

    @property
    def is_server_hello(self) -> bool:
        """Whether the server goes on with the handshake."""
        return self.version > 0

    @property
    def is_alert(self) -> bool:
        """Whether the server ends it as TLS demands."""
        return self.record == ALERT


def read(octets: bytes) -> Answer:
    """Read the first record of a server; what is cut off does not matter, since a ServerHello stands in front."""
    if len(octets) < 5 or octets[0] not in (ALERT, HANDSHAKE) or octets[1] != 3:
        return Answer(0)
    message = octets[5:]
    if octets[0] == ALERT or message[:1] != bytes([SERVER_HELLO]):
        return Answer(octets[0])
    return Answer(HANDSHAKE, _version(message[4:]))


def _version(hello: bytes) -> int:
    """Return what a ServerHello selects: its supported_versions if it has one, else its version (RFC 8446 section 4.2.1)."""
    behind = 35 + hello[34] + 3 if len(hello) > 34 else len(hello)
    rest = hello[behind + 2 :]
    while len(rest) >= 4:
        size = int.from_bytes(rest[2:4])
        if int.from_bytes(rest[:2]) == VERSIONS:
            return int.from_bytes(rest[4:6])
        rest = rest[4 + size :]
    return int.from_bytes(hello[:2])
