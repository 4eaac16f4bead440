"""How a report on round trips looks: for people, as JSON, as Prometheus' text, and as the one line of a Nagios plugin.

Each is a pure function of a Report. Invariant: what a server has said gets to a terminal as printable US-ASCII only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import fmean

from conformance import exits
from conformance.exits import Nagios
from conformance.roundtrip_trips import LEGS, Fault, Order, Report, Trip

MARKS = {Nagios.OK: "✔", Nagios.WARNING: "▲", Nagios.CRITICAL: "✘"}
STATISTICS: Mapping[str, Callable[[Iterable[float]], float]] = {"minimum": min, "mean": fmean, "maximum": max}
NAME = "ROUNDTRIP"


# For people


def plain(report: Report) -> str:
    """Render a report for people: a line for each message, the counts, and the exit code with its reason."""
    order = report.order
    lines = [
        f"{order.target.name} by {order.by}, to {order.recipient}, read at {order.reader.name} as {order.account.user}"
    ]
    lines += [line for trip in report.trips for line in _trip(report, trip)]
    counts = report.counts
    lines += [
        "",
        f"{order.messages} sent: "
        + ", ".join(f"{counts[name]} {name}" for name in ("accepted", "arrived", *map(str, Fault))),
    ]
    if counts[Fault.LOST] or not report.cleared:
        lines.append("what is left, or comes later, is removed by mailconform cleanup")
    code, why = exits.of_round_trip(report.state, report.why)
    return "\n".join([*lines, f"exit {int(code)}  ({why})"])


def _trip(report: Report, trip: Trip) -> Iterator[str]:
    state = max((report.gravity(trip, fault) for fault in trip.faults), default=Nagios.OK)
    said = "+".join(trip.faults) or ("downgraded" if trip.downgraded else "as sent")
    legs = ", ".join(f"{leg} {time:.2f}" for leg in LEGS[:-1] if (time := getattr(trip, leg)) is not None)
    total = "" if trip.total is None else f"{_time(trip.total)}  "
    yield f"{MARKS[state]} {trip.number:>3}  {said}  {total}({legs})".removesuffix("  ()")
    if trip.why:
        yield f"       {trip.why}"
    if trip.inserted:
        yield f"       with fields of others among its own: {', '.join(trip.inserted)}"
    if trip.hops:
        stamps = (f"{hop.by} {'?' if time is None else f'{time:.0f} s'}" for hop, time in trip.hops)
        yield f"       stamped by {', '.join(stamps)}"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s"


# For programs


def as_json(report: Report) -> str:
    """Render a report for programs; its schema is reports/schemas/roundtrip.json."""
    order, (code, why) = report.order, exits.of_round_trip(report.state, report.why)
    return json.dumps(
        {
            "format": 1,
            "target": order.target.name,
            "by": order.by,
            "recipient": order.recipient,
            "reader": order.reader.name,
            "account": order.account.user,
            "messages": order.messages,
            "parallel": order.parallel,
            "wait": order.wait,
            "warn": order.warn,
            "critical": order.critical,
            "counts": report.counts,
            "seconds": {leg: _statistics(report.times(leg)) for leg in LEGS},
            "trips": [_as_dict(trip) for trip in report.trips],
            "cleared": report.cleared,
            "state": report.state.name.lower(),
            "exit": int(code),
            "why": why,
        },
        indent=1,
        ensure_ascii=False,
    )


def _as_dict(trip: Trip) -> dict[str, object]:
    return {
        "number": trip.number,
        "faults": [str(fault) for fault in trip.faults],
        "why": trip.why,
        "copies": trip.copies,
        "accepted": trip.accepted,
        "downgraded": trip.downgraded,
        "inserted": list(trip.inserted),
        **{leg: _rounded(getattr(trip, leg)) for leg in LEGS},
        "hops": [
            {"by": hop.by, "at": hop.at.isoformat() if hop.at else None, "seconds": _rounded(time)}
            for hop, time in trip.hops
        ],
    }


def _statistics(times: list[float]) -> dict[str, float | None]:
    return {name: _rounded(count(times)) if times else None for name, count in STATISTICS.items()}


def _rounded(time: float | None) -> float | None:
    return None if time is None else round(time, 3)


def prometheus(report: Report) -> str:
    """Render a report as Prometheus' text, for the textfile collector: gauges, one sample a line."""
    order = report.order
    where = f'target="{_label(order.target.name)}",recipient="{_label(order.recipient)}",reader="{_label(order.reader.name)}"'
    return "\n".join(
        [
            "# HELP mailconform_roundtrip_state What the round trips found: 0 ok, 1 warning, 2 critical.",
            "# TYPE mailconform_roundtrip_state gauge",
            f"mailconform_roundtrip_state{{{where}}} {int(report.state)}",
            "# HELP mailconform_roundtrip_messages Messages of the last call, by what became of them.",
            "# TYPE mailconform_roundtrip_messages gauge",
            *(
                f'mailconform_roundtrip_messages{{{where},outcome="{name}"}} {count}'
                for name, count in report.counts.items()
            ),
            "# HELP mailconform_roundtrip_seconds How long each leg took, over the messages that have it.",
            "# TYPE mailconform_roundtrip_seconds gauge",
            *(
                f'mailconform_roundtrip_seconds{{{where},leg="{leg}",statistic="{name}"}} {count(report.times(leg)):.3f}'
                for leg in LEGS
                for name, count in STATISTICS.items()
                if report.times(leg)
            ),
        ]
    )


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


# For Nagios


def nagios(report: Report) -> str:
    """Render a report as the line of a plugin: state, words, and behind the bar the performance data."""
    order, counts = report.order, report.counts
    slowest = max(report.times("total"), default=None)
    words = report.why + ("" if slowest is None else f", slowest {_time(slowest)}")
    first = next((trip.why for trip in report.trips if trip.why), "")
    data = [
        *(_perfdata(leg, max(times), order) for leg in reversed(LEGS) if (times := report.times(leg))),
        *(f"{name}={counts[name]};;;0;{order.messages}" for name in ("accepted", "arrived", *map(str, Fault))),
    ]
    return nagios_line(report.state, words + (f": {first}" if first else ""), " ".join(data))


def nagios_line(state: Nagios, words: str, data: str = "") -> str:
    """Return the one line; a bar in the words would begin the performance data."""
    return f"{NAME} {state.name} - {words.replace('|', '/')}" + (f" | {data}" if data else "")


def _perfdata(leg: str, time: float, order: Order) -> str:
    limits = (order.warn, order.critical) if leg == "total" else (None, None)
    shown = ";".join("" if limit is None else f"{limit:g}" for limit in limits)
    return f"{leg}={time:.3f}s;{shown};0"


RENDERERS = {"plain": plain, "json": as_json, "prometheus": prometheus, "nagios": nagios}
