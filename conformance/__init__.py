"""Mailconform: judges mail servers by the RFCs, over the wire."""
