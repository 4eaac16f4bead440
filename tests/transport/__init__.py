"""Streams, sessions and faults, held against real sockets."""
