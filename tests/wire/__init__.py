"""Readers of the wire, held against everything that may be said and much that may not."""
