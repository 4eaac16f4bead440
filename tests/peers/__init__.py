"""Tiny peers: right servers that are odd, and wrong ones. Threads on loopback, ended by their context."""
