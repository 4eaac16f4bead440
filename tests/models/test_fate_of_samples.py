"""The classifier held against the samples of flufl.bounce, which its source distribution brings; they are never kept here.

Runs only where MAILCONFORM_BOUNCE_SAMPLES is set: to a folder that holds the unpacked distribution, or to "download".
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from conformance.models.fate import Fate, fate_of

WHERE = os.environ.get("MAILCONFORM_BOUNCE_SAMPLES", "")
LEAST = 0.95
FAILURES = (Fate.HARD_FAILURE, Fate.SOFT_FAILURE)

pytestmark = pytest.mark.skipif(not WHERE, reason="MAILCONFORM_BOUNCE_SAMPLES is not set")
Expected = dict[str, set[tuple[bytes, bool]]]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests of the distribution, whose folder data/ holds a message a file."""
    folder = Path(WHERE)
    if WHERE == "download":
        folder = tmp_path_factory.mktemp("samples")
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "flufl.bounce"]
        subprocess.run([sys.executable, *command, "--dest", folder], check=True)
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
    return next(folder.rglob("test_detectors.py")).parent


def expected(samples: Path) -> Expected:
    """What its own tests say: for each file the addresses, in lower case, and whether they are told to be temporary."""
    tree = ast.parse((samples / "test_detectors.py").read_text())
    table = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "DETECTORS"
    )
    found: Expected = {}
    for _detector, file, addresses, is_temporary in table:
        found.setdefault(file, set()).update((address.lower(), is_temporary) for address in addresses)
    return found


def test_nearly_all_samples_are_classified_as_their_own_tests_say(samples: Path) -> None:
    wanted = expected(samples)
    wrong = []
    for file, addresses in sorted(wanted.items()):
        seen = fate_of((samples / "data" / file).read_bytes())
        failed = {(address, False) for address in seen.addresses(*FAILURES)}
        if failed | {(address, True) for address in seen.addresses(Fate.DELAYED)} != addresses:
            wrong.append(file)
    rate = 1 - len(wrong) / len(wanted)

    assert rate >= LEAST, f"{len(wanted) - len(wrong)} of {len(wanted)} samples; otherwise: {', '.join(wrong)}"


@pytest.mark.parametrize("file", ["groupwise_03.txt", "qmail_08.txt"])
def test_what_is_no_bounce_is_not_taken_for_one(samples: Path, file: str) -> None:
    assert fate_of((samples / "data" / file).read_bytes()).fate in (Fate.NONE, Fate.AUTO_REPLY)
