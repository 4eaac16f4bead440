"""SEARCH=FUZZY (RFC 6203 section 7): how well each message of a search result fits."""

from __future__ import annotations

from conformance.wire.imap_lexical import number
from conformance.wire.imap_registers import search_return_data
from conformance.wire.imap_structure import parenthesised
from conformance.wire.scanner import Scanner


@search_return_data(b"RELEVANCY")
def score_list(at: Scanner) -> tuple[int, ...]:
    """score-list = "(" [score *(SP score)] ")"."""
    return parenthesised(at, score, "score-list")


def score(at: Scanner) -> int:
    """Score = 1*3DIGIT, from 1 to 100."""
    start = at.at
    value = number(at, "score", 100)
    if not value:
        at.note("score", "1 to 100", start, at.at)
    return value
