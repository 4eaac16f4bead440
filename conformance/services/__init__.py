"""Servers that the harness plays towards the target: the next hop of its mail, and the name server that it asks."""
