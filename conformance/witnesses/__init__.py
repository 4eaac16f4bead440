"""Clients that others wrote, over recorded streams: independent second opinions, never verdicts of their own."""
