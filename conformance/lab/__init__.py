"""Real mail servers on loopback, from Debian's packages, each in a file system and namespaces of its own.

A server is a folder under `servers/`; adding one adds a folder and no Python. `up` gives a target file the harness
reads like any other. Needs Linux, root, debootstrap and an apt that knows a Debian archive.
"""

from conformance.lab.errors import LabError
from conformance.lab.lifecycle import RunningServer, build, down, running, up
from conformance.lab.recipe import names, speaking

__all__ = ["LabError", "RunningServer", "build", "down", "names", "running", "speaking", "up"]
