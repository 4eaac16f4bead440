"""`python -m benchmarks [TARGET.toml]`: prints every ratio in the protocols that it speaks; without a file the embedded servers are used."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from benchmarks import commands_imap, commands_pop3, commands_smtp, load_smtp, memory, spf, suites
from conformance import embedded, running
from conformance.target import load

COMMANDS = {"pop3": commands_pop3, "imap": commands_imap, "smtp": commands_smtp}


def main(file: Path) -> None:
    """Measure against one target and print the table."""
    target = load(file)
    spoken = running.spoken(target)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # where the scheduler puts a client makes more of a difference than its code
    rows = [row for name, commands in COMMANDS.items() if name in spoken for row in commands.measure(target)]
    os.sched_setaffinity(0, cores)
    rows += [
        *(memory.measure() if "pop3" in spoken else ()),
        *load_smtp.measure(target),
        *spf.measure(target),
        *suites.measure(file, spoken),
    ]
    print(f"target: {target.name} ({target.product})")
    print(tabulate(rows, headers=["what", "measured", "against", "ratio", "aim"], disable_numparse=True))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch, embedded.serve(Path(scratch)) as made:
            main(made)
