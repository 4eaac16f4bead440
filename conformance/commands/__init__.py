"""The commands of `mailconform`, one module a group of them; `conformance.cli` puts them together.

Everything here is words and exit codes: what a command does stands in the module it calls. Data goes to standard output,
progress and complaints to standard error.
"""

from __future__ import annotations

import click

from conformance.exits import Exit


class Complaint(click.ClickException):
    """An error that a person caused: one line, and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code
