"""Sockets and TLS: octets to and from a peer, every one of them recorded. Nothing here knows a grammar."""
