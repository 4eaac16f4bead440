"""How much a generated check may cost the target: settings for `@given`, read when the check runs.

The profile that the plugin loads knows how fast the target answers and sets the upper bound; a check may ask for less.
An example is a batch on a connection of its own, so that a failure leaves nothing behind for the next one. It is not
shortened: hundreds of trials would be needed, and the accusation names the one line or message that it is about.
"""

from __future__ import annotations

from hypothesis import Phase, settings


def batches(most: int) -> settings:
    """So many examples at most, taken as they are drawn."""
    return settings(max_examples=min(most, settings().max_examples), phases=(Phase.explicit, Phase.generate))
