"""RFC 5322 sections 3.2 and 3.4: what ENVELOPE makes of addresses with comments and quoted strings in them."""

from __future__ import annotations

from conformance import ImapDial, rewrite, verifies
from conformance.checks_formats import format_shelf, misaddressed
from conformance.wire.imap_body import Envelope

FETCH = rb"FETCH .*ENVELOPE.*"


def groups(dial: ImapDial, name: str) -> list[tuple[bytes | None, bytes | None]]:
    """To as ENVELOPE has it, without display names: mailboxes and hosts; no host for start and end of a group."""
    envelope = format_shelf(dial).fetch("(ENVELOPE)", name)[name].get(b"ENVELOPE")
    return [(one.mailbox, one.host) for one in envelope.to or ()] if isinstance(envelope, Envelope) else []


@verifies("RFC5322-3.2.2-02", refuted_by=rewrite(rb'NIL "carol"', b'NIL "seven"', of=FETCH))
def test_comments_among_the_tokens_of_an_address_are_no_more_than_a_space(dial: ImapDial) -> None:
    """FETCH ENVELOPE of addresses with comments around each token, folded and nested, with commas and addresses in them."""
    assert misaddressed(dial, "comments-in-addresses") == []


@verifies("RFC5322-3.2.4-02", refuted_by=rewrite(rb'NIL "one"', b'NIL "a"', of=FETCH))
def test_what_stands_in_a_quoted_name_is_text(dial: ImapDial) -> None:
    """FETCH ENVELOPE of names in quotes with commas, colons, brackets and an address in them: one mailbox for each."""
    assert misaddressed(dial, "quoted-names") == []


@verifies("RFC5322-3.4.1-02", refuted_by=rewrite(rb'"ann author"', b'"ann"', of=FETCH))
def test_a_quoted_local_part_is_one_word(dial: ImapDial) -> None:
    """FETCH ENVELOPE of local parts in quotes with a space, two periods and an at sign in them: mailboxes and hosts."""
    assert misaddressed(dial, "quoted-local-parts") == []


@verifies("RFC5322-3.4.1-01", refuted_by=rewrite(rb"\[127\.0\.0\.1\]", b"mailconform.invalid", of=FETCH))
def test_a_domain_literal_is_a_domain(dial: ImapDial) -> None:
    """FETCH ENVELOPE of <ann@[127.0.0.1]> and an address at an IPv6 literal: mailboxes and hosts."""
    assert misaddressed(dial, "domain-literals") == []


@verifies("RFC5322-3.4-01", refuted_by=rewrite(rb"\(NIL NIL NIL NIL\)", b"", of=FETCH))
def test_a_group_is_told_from_its_members(dial: ImapDial) -> None:
    """FETCH ENVELOPE of To with a group and a mailbox behind it: start of the group, two members, its end, the mailbox."""
    host = b"mailconform.invalid"
    members = [(b"ann", host), (b"bob", host)]
    assert groups(dial, "group") == [(b"Friends of ours", None), *members, (None, None), (b"carol", host)]


@verifies("RFC5322-3.4-02", refuted_by=rewrite(rb"\(NIL NIL NIL NIL\)", b"", of=FETCH))
def test_a_group_of_nobody_is_a_group(dial: ImapDial) -> None:
    """FETCH ENVELOPE of `To: Undisclosed recipients:;`: start and end of the group."""
    assert groups(dial, "group-of-nobody") == [(b"Undisclosed recipients", None), (None, None)]
