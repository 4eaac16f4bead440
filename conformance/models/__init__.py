"""Oracles of what a mail server must hold, and the machines that hold a target against them."""
