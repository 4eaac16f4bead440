"""A measurement of capacity as a table and as a picture.

Invariant: the picture is one SVG file of some kilobytes, without scripts and references; whatever a server said is
harmless where it is shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape

from tabulate import tabulate

from conformance.measured import Capacity, Timing
from conformance.reports.markdown import prose
from conformance.reports.text import shortened, visible

FORMAT = 1
PICTURE = "capacity.svg"
_COLOURS = ("#0b62a3", "#b3420d")
_PANEL, _PLOT, _COLUMNS, _TOP, _LEFT = (240, 170), (150, 105), 3, 40, 65
_SAID_CHARACTERS = 100


def console(capacity: Capacity) -> str:
    """Write a measurement as a plain table: milliseconds, cold and warm."""
    return "\n\n".join(filter(None, [_table(capacity, "simple"), "\n".join(_reasons(capacity))]))


def as_json(capacity: Capacity) -> str:
    """Write a measurement as one JSON object (schema `capacity`), times in seconds."""
    facts = {
        "format": FORMAT,
        "kind": "capacity",
        "targets": [{"target": name, "product": product} for name, product in capacity.targets],
        "sizes": list(capacity.sizes),
        "commands": list(capacity.commands),
        "timings": [asdict(timing) for timing in capacity.timings],
    }
    return json.dumps(facts, indent=2)


def markdown(capacity: Capacity) -> str:
    """Write a measurement as GitHub-flavoured Markdown, the picture beside it."""
    names = " and ".join(
        prose(visible(f"{name} ({product})" if product else name)) for name, product in capacity.targets
    )
    said = "\n".join(f"- {prose(line)}" for line in _reasons(capacity))
    parts = [
        f"# Capacity of {names}",
        f"![Milliseconds by number of messages]({PICTURE})",
        _table(capacity, "github"),
        said,
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(capacity: Capacity, form: str) -> str:
    heads = ["command", *(f"{name} {size}" for name, _ in capacity.targets for size in capacity.sizes)]
    heads += [f"{name} growth" for name, _ in capacity.targets] if len(capacity.sizes) > 1 else []
    rows = []
    for command in capacity.commands:
        cells = [_cell(capacity.timing(name, size, command)) for name, _ in capacity.targets for size in capacity.sizes]
        growth = [_growth(_series(capacity, name, command)) for name, _ in capacity.targets]
        rows.append([command, *cells, *(growth if len(capacity.sizes) > 1 else [])])
    align = ("left", *("right" for _ in heads[1:]))
    table = tabulate(rows, headers=heads, tablefmt=form, colalign=align, disable_numparse=True)
    return f"Milliseconds, cold / warm\n\n{table}"


def _series(capacity: Capacity, name: str, command: str) -> list[Timing]:
    found = [capacity.timing(name, size, command) for size in capacity.sizes]
    return [timing for timing in found if timing.warm is not None]


def _cell(timing: Timing) -> str:
    if timing.cold is None or timing.warm is None:
        return "-"
    return f"{_milliseconds(timing.cold)} / {_milliseconds(timing.warm)}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def _growth(series: Sequence[Timing]) -> str:
    """How often longer the warm command takes on the largest mailbox, and how often larger that is."""
    if len(series) < 2 or not series[0].warm or not series[-1].warm:
        return "-"
    return f"x{series[-1].warm / series[0].warm:.1f} for x{series[-1].messages / series[0].messages:.1f}"


def _reasons(capacity: Capacity) -> Iterator[str]:
    told = {(t.target, t.command): t.why for t in capacity.timings if t.warm is None}
    for (target, command), why in told.items():
        yield visible(f"{target}: {command} is not measured: {shortened(why, _SAID_CHARACTERS)}")


def picture(capacity: Capacity) -> str:
    """Draw one panel a command: milliseconds by messages, both axes logarithmic, warm as a line, cold as dashes."""
    commands = [c for c in capacity.commands if any(_series(capacity, name, c) for name, _ in capacity.targets)]
    rows = math.ceil(len(commands) / _COLUMNS)
    width, height = _PANEL[0] * _COLUMNS, _PANEL[1] * rows + _TOP
    legend = "".join(
        f'<text x="{20 + 330 * place}" y="22" fill="{_COLOURS[place]}">{escape(visible(name))}: — warm, - - cold</text>'
        for place, (name, _) in enumerate(capacity.targets)
    )
    panels = "".join(
        f'<g transform="translate({_PANEL[0] * (place % _COLUMNS) + _LEFT},'
        f'{_PANEL[1] * (place // _COLUMNS) + _TOP + 20})">'
        f"{_panel(capacity, command)}</g>"
        for place, command in enumerate(commands)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        f"{legend}{panels}</svg>\n"
    )


def _panel(capacity: Capacity, command: str) -> str:
    timings = [t for name, _ in capacity.targets for t in _series(capacity, name, command)]
    values = [max(s, 1e-5) for t in timings for s in (t.cold, t.warm) if s is not None]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = math.log10(capacity.sizes[0]), math.log10(capacity.sizes[-1])

    def at(messages: int, seconds: float) -> str:
        across = (math.log10(messages) - first) / (last - first) if last > first else 0.5
        up = (math.log10(max(seconds, 1e-5)) - low) / (high - low)
        return f"{across * _PLOT[0]:.1f},{(1 - up) * _PLOT[1]:.1f}"

    drawn = [f'<text x="0" y="-6" font-weight="bold">{escape(command)}</text>']
    for power in range(low, high + 1):
        y = (1 - (power - low) / (high - low)) * _PLOT[1]
        drawn.append(f'<path d="M0 {y:.1f}H{_PLOT[0]}" stroke="#ddd"/>')
        drawn.append(f'<text x="-4" y="{y + 4:.1f}" text-anchor="end" fill="#555">{10 ** (power + 3):g} ms</text>')
    for size in (capacity.sizes[0], capacity.sizes[-1]):
        x = at(size, 1.0).partition(",")[0]
        drawn.append(f'<text x="{x}" y="{_PLOT[1] + 14}" text-anchor="middle" fill="#555">{size}</text>')
    for place, (name, _) in enumerate(capacity.targets):
        series = _series(capacity, name, command)
        for seconds, dashes in (([t.warm for t in series], ""), ([t.cold for t in series], ' stroke-dasharray="4 3"')):
            points = [at(t.messages, s) for t, s in zip(series, seconds, strict=True) if s is not None]
            drawn.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{_COLOURS[place]}"{dashes}/>')
            for point in points:
                across, up = point.split(",")
                drawn.append(f'<circle cx="{across}" cy="{up}" r="2.5" fill="{_COLOURS[place]}"/>')
    return "".join(drawn)
