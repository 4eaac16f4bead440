"""Where the embedded servers live: whose mail, in which Maildirs, under which certificate.

Parent and children each make a Home of the same directory, so nothing but the directory's name and the listening
sockets need to pass between them.
"""

from __future__ import annotations

import mailbox
from dataclasses import dataclass
from pathlib import Path

from conformance import certificates

DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class Resident:
    """One user who has mail here."""

    user: str
    password: str


RESIDENTS = tuple(Resident(user, f"{user}-secret") for user in ("alice", "bob", "carol"))


@dataclass(frozen=True, slots=True)
class Home:
    """The paths below one directory."""

    directory: Path

    @property
    def authority_file(self) -> Path:
        return self.directory / "tls" / "ca.pem"

    @property
    def chain_file(self) -> Path:
        return self.directory / "tls" / "server.pem"

    @property
    def key_file(self) -> Path:
        return self.directory / "tls" / "server.key"

    @property
    def scratch(self) -> Path:
        """A place for temporary files on the Maildirs' own file system: pymap renames them into place."""
        return self.directory / "tmp"

    @property
    def target_file(self) -> Path:
        return self.directory / "mailconform.toml"

    @property
    def mail(self) -> Path:
        return self.directory / "mail"

    def maildir(self, user: str) -> Path:
        return self.mail / user

    def log_file(self, server: str) -> Path:
        return self.directory / f"{server}.log"

    def prepare(self) -> None:
        """Make folders, new certificates, and a Maildir with a Trash for each resident; raises OSError."""
        for folder in (self.mail, self.scratch, self.authority_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        authority = certificates.authority()
        self.authority_file.write_bytes(authority.certificate_pem)
        certificates.issue(authority).write(self.chain_file.parent, self.chain_file.stem)
        for resident in RESIDENTS:
            # twisted.mail moves what POP3 deletes into .Trash, and makes that folder only with the Maildir itself.
            mailbox.Maildir(self.maildir(resident.user)).add_folder("Trash")
