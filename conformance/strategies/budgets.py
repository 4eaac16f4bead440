"""How much a generated check may cost the target: settings for `@given`, read when the check runs.

The profile that the plugin loads knows how fast the target answers and sets the upper bound; a check may ask for less.
Examples that cost connections or deliveries are not shortened: hundreds of trials would be needed, and each is a batch
whose accusation names the one line or message that it is about.
"""

from __future__ import annotations

from hypothesis import Phase, settings


def examples(most: int) -> settings:
    """So many examples at most, shortened on failure: for those that need no connection of their own."""
    return settings(max_examples=min(most, settings().max_examples))


def batches(most: int) -> settings:
    """So many examples at most, taken as they are: for those that connect or deliver."""
    return settings(max_examples=min(most, settings().max_examples), phases=(Phase.explicit, Phase.generate))
