"""How much a generated check may cost the target: settings for `@given`, read when the check runs.

The profile that the plugin loads knows how fast the target answers and allows so many examples; a check asks for a
number on a fast target, and gets the same part of what a slow one is allowed, at least one.
An example is a batch on a connection of its own, so that a failure leaves nothing behind for the next one. It is not
shortened: hundreds of trials would be needed, and the accusation names the one line or message that it is about.
"""

from __future__ import annotations

from hypothesis import Phase, settings

FAST = 25  # examples that the profile allows on a target that answers at once


def part_of(most: int) -> int:
    """How many examples out of `most` the present target may be asked for."""
    return max(1, min(most, most * settings().max_examples // FAST))


def batches(most: int) -> settings:
    """So many examples on a fast target, taken as they are drawn."""
    return settings(max_examples=part_of(most), phases=(Phase.explicit, Phase.generate))
