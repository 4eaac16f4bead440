"""The table of a transaction says what RFC 5321 says of its order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models.transaction import COMMANDS, END, TABLE, State, Transaction


def walked(*said: tuple[bytes, int]) -> Transaction:
    """A session in which these commands had these replies, all of them right."""
    transaction = Transaction()
    for verb, code in said:
        assert not transaction.differs(verb, code)
    return transaction


MESSAGE = ((b"EHLO", 250), (b"MAIL", 250), (b"RCPT", 250), (b"DATA", 354), (END, 250))


def test_a_message_leads_back_to_where_it_began() -> None:
    assert walked(*MESSAGE, *MESSAGE[1:]).state is State.READY


@pytest.mark.parametrize(
    ("before", "verb", "code"),
    [
        ((), b"RCPT", 250),
        ((), b"RSET", 503),
        (MESSAGE[:1], b"RCPT", 250),
        (MESSAGE[:1], b"MAIL", 503),
        (MESSAGE[:2], b"RCPT", 503),
        (MESSAGE[:3], b"DATA", 503),
        ((*MESSAGE[:3], (b"RSET", 250)), b"RCPT", 250),
        ((*MESSAGE[:3], (b"EHLO", 250)), b"RCPT", 250),
        ((*MESSAGE[:3], (b"MAIL", 503)), b"DATA", 503),
        ((*MESSAGE[:2], (b"DATA", 354)), END, 250),
        (MESSAGE, b"RCPT", 250),
        (MESSAGE[:1], b"XMAILCONFORM", 250),
        (MESSAGE[:1], b"NOOP", 0),
    ],
)
def test_what_is_out_of_order_differs(before: tuple[tuple[bytes, int], ...], verb: bytes, code: int) -> None:
    transaction = walked(*before)

    assert verb.decode() in transaction.differs(verb, code)


@pytest.mark.parametrize(
    "said",
    [
        ((b"MAIL", 503), (b"EHLO", 250)),
        ((b"MAIL", 250), (b"RCPT", 250), (b"DATA", 354)),
        ((b"RSET", 250), (b"NOOP", 250), (b"VRFY", 252), (b"VRFY", 502)),
        ((b"EHLO", 250), (b"EHLO", 503), (b"MAIL", 250)),
        ((b"EHLO", 250), (b"MAIL", 250), (b"RCPT", 250), (b"MAIL", 503), (b"DATA", 354)),
        ((b"EHLO", 250), (b"MAIL", 250), (b"RCPT", 250), (b"MAIL", 250), (b"RCPT", 250)),
        ((b"EHLO", 250), (b"DATA", 354), (END, 554)),
        ((b"EHLO", 250), (b"DATA", 503), (b"MAIL", 250)),
    ],
)
def test_where_the_rfc_leaves_a_choice_both_ways_are_right(said: tuple[tuple[bytes, int], ...]) -> None:
    walked(*said)


@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.sampled_from((250, 354, 503, 0)))))
def test_no_conversation_leads_out_of_the_table(said: list[tuple[bytes, int]]) -> None:
    transaction = Transaction()
    for verb, code in said:
        transaction.differs(verb, code)
        if transaction.state in (State.DATA, State.EMPTY):
            transaction.differs(END, 250)

        assert (transaction.state, b"NOOP") in TABLE
