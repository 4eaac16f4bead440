"""Which packages and data files ship: found here, so that a new server or suite folder ships without a list to keep."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def data_files(folder: str, *patterns: str) -> list[str]:
    """Return every file below a folder that matches a pattern, relative to that folder."""
    base = ROOT / folder
    return sorted(
        {str(path.relative_to(base)) for pattern in patterns for path in base.rglob(pattern) if path.is_file()}
    )


setup(
    packages=[
        *find_packages(include=["conformance", "conformance.*"]),
        *(f"conformance.{name}" for name in find_packages(include=["reports", "reports.*"])),
        "conformance.suites",
    ],
    package_data={
        "conformance": [*data_files("conformance", "servers/**/*", "*.toml", "*.ini", "py.typed")],
        "conformance.reports": data_files("reports", "*.html", "*.css", "*.js", "*.json"),
        "conformance.suites": data_files("suites", "*.py", "*.jsonl", "*.txt", "*.yml"),
    },
)
