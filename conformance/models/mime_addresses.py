"""Address lists of RFC 2822 section 3.4 (with the obsolete forms of 4.4) as address structures of RFC 3501 section 7.4.2.

A group is its start (name in the mailbox field, host NIL), its members, and its end (both NIL). What RFC 3501 does not
say: whether a comment serves as the name of an address that has none, whether a route is shown that RFC 2822 wants
ignored, whether a local part that must be quoted keeps its quotes, and what stands for a host that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.models.mime_latitude import Anything, OneOf, squeezed, unfolded
from conformance.models.mime_tokens import ADDRESS_SPECIALS, Kind, Token, tokens
from conformance.wire.imap_body import Address

END_OF_GROUP = Address(None, None, None, None)


def addresses(field_body: bytes) -> tuple[Address, ...]:
    """Read a list of addresses; of a broken one, as much as can be made out."""
    return tuple(_Reader(list(tokens(field_body, ADDRESS_SPECIALS))).address_list())


class _Reader:
    """Goes through the tokens of one field, comments gathered at the side."""

    def __init__(self, all_tokens: list[Token]) -> None:
        self.tokens = all_tokens
        self.place = 0
        self.comments: list[Token] = []

    def peek(self) -> Token | None:
        """The next token that is no comment."""
        while self.place < len(self.tokens) and self.tokens[self.place].kind is Kind.COMMENT:
            self.comments.append(self.tokens[self.place])
            self.place += 1
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def skip(self, special: bytes) -> bool:
        """Step over this special if it comes next."""
        token = self.peek()
        found = token is not None and token.is_special(special)
        self.place += found
        return found

    def until(self, specials: bytes) -> list[Token]:
        """Take tokens up to one of these specials, or to the end."""
        taken: list[Token] = []
        while (token := self.peek()) is not None and not token.is_special(specials):
            taken.append(token)
            self.place += 1
        return taken

    def address_list(self) -> Iterator[Address]:
        """address-list = (address *("," address)), empty members allowed as of old (RFC 2822 section 4.4)."""
        while self.peek() is not None:
            self.comments.clear()
            begin = self.place
            yield from self.address(in_group=False)
            while self.skip(b","):
                pass
            self.place += self.place == begin  # a stray special is stepped over

    def address(self, *, in_group: bool) -> Iterator[Address]:
        """Read address = mailbox / group (RFC 2822 section 3.4)."""
        first = self.until(b"<@:,;>")
        if self.skip(b"<"):
            yield self.name_addr(first)
        elif self.skip(b"@"):
            yield self.mailbox(None, None, first, self.until(b",;<>:"))
        elif not in_group and self.skip(b":"):
            yield Address(None, None, _phrase(first), None)
            yield from self.members()
        elif first:
            yield self.mailbox(None, None, first, None)

    def members(self) -> Iterator[Address]:
        """Read the mailboxes of a group up to its semicolon."""
        while self.peek() is not None and not self.skip(b";"):
            self.comments.clear()
            begin = self.place
            yield from self.address(in_group=True)
            while self.skip(b","):
                pass
            self.place += self.place == begin
        yield END_OF_GROUP

    def name_addr(self, phrase: list[Token]) -> Address:
        """Read the rest of name-addr = [display-name] "<" [route] addr-spec ">" (RFC 2822 sections 3.4 and 4.4)."""
        route = self.until(b":>") if (token := self.peek()) and token.is_special(b"@,") else []
        if route:
            self.skip(b":")
        local = self.until(b"@>,;")
        domain = self.until(b">,;") if self.skip(b"@") else None
        self.skip(b">")
        return self.mailbox(phrase, route, local, domain)

    def mailbox(
        self, phrase: list[Token] | None, route: list[Token] | None, local: list[Token], domain: list[Token] | None
    ) -> Address:
        """Make the address structure of what was read; the comments behind it are still to be taken in."""
        self.peek()
        adl = b"".join(token.raw for token in route or ())
        if not local and domain is None:  # "<>" is no address
            return Address(self.name(phrase), OneOf(adl, (None,)) if adl else None, Anything(), Anything())
        return Address(self.name(phrase), OneOf(adl, (None,)) if adl else None, _local_part(local), _domain(domain))

    def name(self, phrase: list[Token] | None) -> bytes | None:
        """Return the personal name: the phrase, or what comments say where there is none."""
        if phrase:
            return _phrase(phrase, [comment.raw for comment in self.comments])
        if not self.comments:
            return None
        said = [comment.value for comment in self.comments]
        return OneOf(squeezed(said[-1]), (None, b"", *said, *map(squeezed, said), b" ".join(said)))


def _phrase(phrase: list[Token], comments: list[bytes] | None = None) -> bytes:
    """Join words by single spaces; quoted pairs may stay as they stand, and comments within may be shown."""
    name = squeezed(b" ".join(token.value for token in phrase))
    as_sent = squeezed(b" ".join(getattr(token.text, "others", (token.value,))[0] or b"" for token in phrase))
    empty = (None,) if not name else ()
    shown = tuple(squeezed(name + b" " + comment) for comment in comments or ())
    return OneOf(name, (as_sent, *empty, *shown))


def _local_part(local: list[Token]) -> bytes:
    """Join local-part; one in quotes may keep them, as RFC 3501 does not say whether the mailbox name has them."""
    value, raw = b"".join(token.value for token in local), b"".join(unfolded(token.raw) for token in local)
    return OneOf(value, (raw, raw.strip(b'"'))) if raw != value else value


def _domain(domain: list[Token] | None) -> bytes:
    """Join domain or domain-literal; a host that is missing may be called anything, as NIL would begin a group."""
    return b"".join(unfolded(token.raw) for token in domain) if domain else Anything()
