"""RFC 6376 section 3.2: lists of tags, in signatures."""

from __future__ import annotations

import pytest

from conformance import DkimDial, Signature, fails, misjudge, passes, replacing, verifies
from conformance.dial_dkim import DOMAIN
from conformance.wire.dkim import body_hash


@verifies("RFC6376-3.2-01", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("twice", [("d", DOMAIN), ("h", "from:subject"), ("z9", "foo")], ids=lambda pair: pair[0])
def test_a_tag_that_stands_twice_makes_a_signature_invalid(dkim: DkimDial, twice: tuple[str, str]) -> None:
    """A signature over a list in which one tag stands twice, known or not, does not pass."""
    fails(dkim, Signature(tags={"z9": "foo"}, more=(twice,)))


@verifies("RFC6376-3.2-02", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("form", ["spaces", "folded", "semicolon"])
def test_white_space_and_a_last_semicolon_are_allowed(dkim: DkimDial, form: str) -> None:
    """Tags with spaces or a fold around the equals sign, and a list that ends with a semicolon, pass."""
    equals = {"spaces": " = ", "folded": "\r\n =\r\n "}.get(form, "=")
    passes(dkim, Signature(equals=equals, end=";" if form == "semicolon" else ""))


@verifies("RFC6376-3.2-03", refuted_by=misjudge("pass"))
@pytest.mark.parametrize("tag", ["v", "bh", "d"])
def test_names_of_tags_are_case_sensitive(dkim: DkimDial, tag: str) -> None:
    """A signature with V=, BH= or D= has not the tag of small letters, which is required."""
    value = {"v": "1", "bh": body_hash(b"Hello.\r\n", "relaxed"), "d": DOMAIN}[tag]
    fails(dkim, Signature(tags={tag: None, tag.upper(): value}))


@verifies("RFC6376-3.2-04", refuted_by=misjudge("fail"))
def test_tags_stand_in_any_order(dkim: DkimDial) -> None:
    """A signature whose b= and bh= come first, and v= last, passes."""
    passes(dkim, Signature(first=("b", "bh", "h", "s", "d", "c", "a", "v")))


@verifies("RFC6376-3.2-05", refuted_by=misjudge("fail"))
@pytest.mark.parametrize("tag", [("z9", "foo"), ("x_y", "a b"), ("unknown", "")], ids=lambda pair: pair[0])
def test_tags_that_are_unknown_are_ignored(dkim: DkimDial, tag: tuple[str, str]) -> None:
    """A signature with a tag that nobody knows passes."""
    passes(dkim, Signature(more=(tag,)))


@verifies("RFC6376-3.7-01", refuted_by=misjudge("pass"))
def test_tags_that_are_unknown_are_signed(dkim: DkimDial) -> None:
    """A tag that nobody knows is altered on its way: the signature does not pass."""
    fails(dkim, Signature(more=(("z9", "foo"),)), after=replacing(b"z9=foo", b"z9=bar"))
