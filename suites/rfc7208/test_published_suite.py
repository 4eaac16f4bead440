"""RFC 7208 section 4, by test vectors that others have published: `--spf-suite FILE` gives each its case."""

from __future__ import annotations

import pytest

from conformance import SpfDial, Vector, right


@pytest.mark.published("RFC7208-2.2-01")
def test_the_published_suite_is_judged_as_it_says(spf: SpfDial, published: Vector) -> None:
    """Publish the scenario's zone and ask of its client: one of the results that the file allows."""
    right(spf, published)
