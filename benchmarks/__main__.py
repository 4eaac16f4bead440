"""`python -m benchmarks [TARGET.toml]`: prints every ratio; without a target file the embedded servers are used."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from benchmarks import commands, memory, suites
from conformance import embedded
from conformance.target import load


def main(file: Path) -> None:
    """Measure against one target and print the table."""
    target = load(file)
    rows = [*commands.measure(target), *memory.measure(), *suites.measure(file)]
    print(f"target: {target.name} ({target.product})")
    print(tabulate(rows, headers=["what", "measured", "against", "ratio", "aim"], disable_numparse=True))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch, embedded.serve(Path(scratch)) as made:
            main(made)
