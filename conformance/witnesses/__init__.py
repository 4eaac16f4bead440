"""Clients that others wrote, over recorded streams: second opinions, and whether real clients get through at all."""
