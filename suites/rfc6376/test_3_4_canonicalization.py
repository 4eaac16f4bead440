"""RFC 6376 sections 3.4 and 3.7: what a message may suffer on its way under each canonical form, and what not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance import DkimDial, Signature, fails, misjudge, passes, replacing, verifies

SUBJECT = b"Subject: mailconform"


def under(c: str) -> Signature:
    return Signature(tags={"c": c})


def body(text: bytes) -> Callable[[bytes], bytes]:
    """A message with this body."""
    return lambda message: message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + text


@verifies("RFC6376-3.4-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("c", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"])
def test_each_canonicalization_is_known(dkim: DkimDial, c: str) -> None:
    """A message that is signed under it passes."""
    passes(dkim, under(c))


@verifies("RFC6376-3.5-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("c", [None, "simple", "relaxed"])
def test_a_canonicalization_that_is_left_out_is_simple(dkim: DkimDial, c: str | None) -> None:
    """Without c= both are simple, and with one word the body's is."""
    passes(dkim, under(c or "simple/simple") if c else Signature(tags={"c": None}))


@verifies("RFC6376-3.4.1-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("change", ["case", "space", "fold"])
def test_a_simple_header_is_not_changed(dkim: DkimDial, change: str) -> None:
    """A field's name in capitals, one space more, or a fold: the signature does not pass."""
    new = {"case": b"SUBJECT: mailconform", "space": b"Subject:  mailconform", "fold": b"Subject:\r\n mailconform"}
    fails(dkim, under("simple/simple"), after=replacing(SUBJECT, new[change]))


@verifies("RFC6376-3.4.2-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("change", ["case", "spaces", "tab", "fold", "behind", "before-colon"])
def test_a_relaxed_header_may_be_folded_and_spaced(dkim: DkimDial, change: str) -> None:
    """A field's name in capitals, other white space, and folds: the signature passes."""
    new = {
        "case": b"SUBJECT: mailconform",
        "spaces": b"Subject:   mailconform",
        "tab": b"Subject:\tmailconform",
        "fold": b"Subject:\r\n mailconform",
        "behind": b"To: <recipient@mailconform.invalid> \t\r\nSubject: mailconform",
        "before-colon": b"Subject : mailconform",
    }[change]
    old = b"To: <recipient@mailconform.invalid>\r\n" + SUBJECT if change == "behind" else SUBJECT
    passes(dkim, Signature(), after=replacing(old, new))


@verifies("RFC6376-3.4.2-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("change", ["text", "joined", "case"])
def test_a_relaxed_header_keeps_its_text(dkim: DkimDial, change: str) -> None:
    """Another word, white space that is gone, or other letters in a value: the signature does not pass."""
    new = {"text": b"Subject: another", "joined": b"Subject: mail conform", "case": b"Subject: Mailconform"}
    fails(dkim, Signature(), after=replacing(SUBJECT, new[change]))


@verifies("RFC6376-3.4.3-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize(
    "sent", [b"Hello.\r\n\r\n\r\n", b"", b"\r\n", b"\r\n\r\n"], ids=["lines", "none", "one", "two"]
)
def test_empty_lines_at_the_end_of_a_simple_body_count_nothing(dkim: DkimDial, sent: bytes) -> None:
    """A body is signed without the empty lines at its end, an empty one as CRLF, and is sent with them."""
    passes(dkim, under("relaxed/simple"), before=body(sent))


@verifies("RFC6376-3.4.3-02", refuted_by=misjudge("pass"))
@pytest.mark.parametrize(
    "sent", [b"Hello. \r\n", b"\r\nHello.\r\n", b"Hello.\r\n\r\n.\r\n"], ids=["space", "first", "line"]
)
def test_a_simple_body_is_not_changed(dkim: DkimDial, sent: bytes) -> None:
    """One space more at the end of a line, an empty line in front, or a line behind: the signature does not pass."""
    fails(dkim, under("relaxed/simple"), after=body(sent))


@verifies("RFC6376-3.4.4-01", refuted_by=misjudge("fail"))
@pytest.mark.parametrize(
    "sent",
    [b"Hello, \t world. \r\n", b"Hello,\tworld.\r\n \r\n\r\n", b"Hello, world.\t\r\n\t\r\n"],
    ids=["spaces", "lines", "tabs"],
)
def test_white_space_in_a_relaxed_body_may_change(dkim: DkimDial, sent: bytes) -> None:
    """Runs of white space, white space at the ends of lines, and lines of it at the end: the signature passes."""
    passes(dkim, Signature(), before=body(b"Hello, world.\r\n"), after=body(sent))


@verifies("RFC6376-3.4.4-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("sent", [b"", b"\r\n", b" \r\n\r\n"], ids=["none", "line", "space"])
def test_an_empty_body_is_nothing_where_it_is_relaxed(dkim: DkimDial, sent: bytes) -> None:
    """A message without a body is signed as relaxed, and has empty lines when it is sent."""
    passes(dkim, Signature(), before=body(b""), after=body(sent))


@verifies("RFC6376-3.4.4-03", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("sent", [b" Hello, world.\r\n", b"Hello,world.\r\n"], ids=["indented", "joined"])
def test_white_space_in_a_relaxed_body_does_not_come_or_go(dkim: DkimDial, sent: bytes) -> None:
    """White space at the start of a line where there was none, or none where there was: the signature does not pass."""
    fails(dkim, Signature(), before=body(b"Hello, world.\r\n"), after=body(sent))


@verifies("RFC6376-3.7-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("c", ["simple/simple", "relaxed/relaxed"])
def test_a_message_is_hashed_as_it_is_without_dots(dkim: DkimDial, c: str) -> None:
    """A body with lines that begin with a dot, which SMTP doubles, passes."""
    passes(dkim, under(c), before=body(b".\r\n..\r\n. .\r\nHello.\r\n"))
