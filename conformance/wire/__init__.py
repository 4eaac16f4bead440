"""Grammars of the wire, sans-IO: octets in, values and named violations out. Nothing here knows a socket."""
