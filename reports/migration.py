"""A migration's check for a terminal, for a pull request and for other programs.

Invariant: the worst first; counts are of all messages, names of some; whatever a server said is harmless where it is
shown, and JSON is pure ASCII.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tabulate import tabulate

from conformance.migrated import MEANINGS, Kind, Migration, Notice, Row
from conformance.reports.markdown import limited, prose
from conformance.reports.text import plural, shortened, visible, wrapped
from conformance.results import FORMAT

_WIDTH = 100
_SHOWN = 5
_SAID_CHARACTERS = 200


def console(migration: Migration) -> str:
    """Write a check as plain text."""
    kinds = [(kind.value, number, kind_notice(kind), MEANINGS[kind][1]) for kind, number in migration.counts().items()]
    table = tabulate(kinds, headers=["difference", "n", "class", "what a client notices"], disable_numparse=True)
    said = [wrapped(f"! {visible(line)}", _WIDTH, "  ") for line in (*migration.unjudged, *migration.notes)]
    rows = [line for row in sorted_rows(migration) for line in _lines(row)]
    parts = [f"{_heading(migration)}\n{summary(migration)}", "\n".join(said), table if kinds else "", "\n".join(rows)]
    return "\n\n".join(filter(None, parts))


def markdown(migration: Migration) -> str:
    """Write a check as GitHub-flavoured Markdown, small enough to be pasted."""
    kinds = [
        f"| {kind.value} | {number} | {kind_notice(kind)} | {MEANINGS[kind][1]} |"
        for kind, number in migration.counts().items()
    ]
    head = ["| difference | n | class | what a client notices |", "| --- | ---: | --- | --- |"]
    rows = [
        "| account | mailbox | difference | n | old | new | which |",
        "| --- | --- | --- | ---: | --- | --- | --- |",
    ]
    rows += ["| " + " | ".join(_cells(row)) + " |" for row in sorted_rows(migration)]
    said = [f"- {prose(line)}" for line in (*migration.unjudged, *migration.notes)]
    parts = [f"# {prose(migration.old)} → {prose(migration.new)}", summary(migration), "\n".join(said)]
    parts += ["\n".join(head + kinds), "\n".join(rows)] if kinds else []
    return limited("\n\n".join(filter(None, parts)) + "\n")


def as_json(migration: Migration) -> str:
    """Write a check as one JSON object."""
    facts = {
        "format": FORMAT,
        "kind": "migration",
        "old": {"target": migration.old, "product": migration.products[0]},
        "new": {"target": migration.new, "product": migration.products[1]},
        "accounts": migration.accounts,
        "protocols": list(migration.protocols),
        "mailboxes": migration.mailboxes,
        "messages": migration.messages,
        "counts": {kind.value: number for kind, number in migration.counts().items()},
        "rows": [_facts(row) for row in sorted_rows(migration)],
        "notes": list(migration.notes),
        "unjudged": list(migration.unjudged),
    }
    return json.dumps(facts, indent=2)


def summary(migration: Migration) -> str:
    """Return what was compared, and how many differences of each class there are."""
    told = by_notice(migration)
    found = " · ".join(f"{told[notice]} {notice.value}" for notice in Notice if told[notice]) or "no difference"
    mailboxes = "1 mailbox" if migration.mailboxes == 1 else f"{migration.mailboxes} mailboxes"
    compared = f"{plural(migration.accounts, 'account')}, {mailboxes}, {plural(migration.messages, 'message')}"
    return f"{compared} over {' and '.join(p.upper() for p in migration.protocols)} · {found}"


def by_notice(migration: Migration) -> Counter[str]:
    """Return how many differences there are of each class."""
    told = Counter[str]()
    for row in migration.rows:
        told[row.notice] += row.count
    return told


def kind_notice(kind: Kind) -> str:
    """Return the class of a kind, as a word."""
    return MEANINGS[kind][0].value


def sorted_rows(migration: Migration) -> list[Row]:
    """Return the rows, the worst first, then as they were found."""
    kinds = list(Kind)
    return sorted(migration.rows, key=lambda row: kinds.index(row.kind))


def _heading(migration: Migration) -> str:
    sides = zip((migration.old, migration.new), migration.products, strict=True)
    words = [
        f"{visible(name)} ({shortened(visible(product), 60)})" if product else visible(name) for name, product in sides
    ]
    return f"{words[0]} → {words[1]}"


def _where(row: Row) -> str:
    return f"{row.account}  {row.protocol}  {row.mailbox}".rstrip()


def _change(row: Row) -> str:
    return f"{row.before or '-'} → {row.after or '-'}" if row.before or row.after else ""


def _lines(row: Row) -> Iterator[str]:
    number = f"  {plural(row.count, 'message')}" if row.examples else ""
    change = f"  {shortened(_change(row), _SAID_CHARACTERS)}" if _change(row) else ""
    yield visible(f"{row.kind.value:<20}  {_where(row)}{number}{change}")
    for example in row.examples[:_SHOWN]:
        yield visible(f"{'':<22}{shortened(example, _SAID_CHARACTERS)}")
    if row.examples and row.count > _SHOWN:
        yield f"{'':<22}and {row.count - len(row.examples[:_SHOWN])} more"


def _cells(row: Row) -> tuple[str, ...]:
    which = "<br>".join(prose(shortened(example, _SAID_CHARACTERS)) for example in row.examples[:_SHOWN])
    place = row.mailbox or f"({row.protocol})"
    said = (prose(shortened(words, _SAID_CHARACTERS)) for words in (row.before, row.after))
    return prose(row.account), prose(place), row.kind.value, str(row.count), *said, which


def _facts(row: Row) -> Mapping[str, Any]:
    return {
        "account": row.account,
        "protocol": row.protocol,
        "mailbox": row.mailbox,
        "difference": row.kind.value,
        "class": row.notice.value,
        "count": row.count,
        "before": row.before,
        "after": row.after,
        "examples": list(row.examples),
    }
