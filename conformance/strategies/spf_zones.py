"""Small zones that hang together, and clients who are asked about in them: questions to check_host() of RFC 7208."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.vectors import Case, Entry, Record, Zone

NAMES = tuple(f"{word}.generated.example" for word in ("one", "two", "three"))
HELO = "mail.generated.example"
"""A name without a record, of which no verifier has an opinion."""
ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.1")
LONG_ADDRESSES = ("2001:db8::1", "2001:db8:1::1")
NETWORKS = ("ip4:192.0.2.1", "ip4:192.0.2.0/30", "ip4:198.51.100.0/24", "ip6:2001:db8::1", "ip6:2001:db8::/48")
BROKEN = (
    "foo",
    "ip4:192.0.2",
    "a:",
    "include",
    "ip6:2001:db8::/129",
    "a/33",
    "-all:x",
    "redirect=",
    "exists:%{z}.example",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A zone and a client that is asked about; `case` has no results: an oracle finds them."""

    zone: Zone
    case: Case


def questions() -> SearchStrategy[Question]:
    """Clients with a few addresses, senders of a few domains, zones in which these depend on each other."""
    return st.builds(
        lambda zone, host, sender, local: Question(
            zone=zone,
            case=Case(name="generated", spec=(), host=host, helo=HELO, mailfrom=f"{local}@{sender}", results=()),
        ),
        zones(),
        st.sampled_from(ADDRESSES + LONG_ADDRESSES),
        st.sampled_from(NAMES),
        st.sampled_from(("user", "user+detail", "a-b")),
    )


def zones() -> SearchStrategy[Zone]:
    """For each name its addresses, its exchangers, and no record of SPF, one, or seldom two."""
    return st.fixed_dictionaries({name: _entries() for name in NAMES})


def _entries() -> SearchStrategy[tuple[Entry, ...]]:
    records = st.one_of(*[_records()] * 6, st.just(()), st.tuples(_record(), _record()))
    addresses = st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=2)
    long_addresses = st.lists(st.sampled_from(LONG_ADDRESSES), unique=True, max_size=2)
    exchangers = st.lists(st.sampled_from(NAMES), unique=True, max_size=2)
    return st.tuples(records, addresses, long_addresses, exchangers).map(
        lambda said: (
            *said[0],
            *(Record("A", address) for address in said[1]),
            *(Record("AAAA", address) for address in said[2]),
            *(Record("MX", (10, name)) for name in said[3]),
        )
    )


def _records() -> SearchStrategy[tuple[Record, ...]]:
    return _record().map(lambda record: (record,))


def _record() -> SearchStrategy[Record]:
    terms = st.tuples(st.lists(_directive(), max_size=4), _end()).map(
        lambda said: " ".join(["v=spf1", *said[0], *said[1]])
    )
    return terms.map(lambda text: Record("TXT", (text.encode("ascii"),)))


def _directive() -> SearchStrategy[str]:
    name = st.sampled_from(NAMES)
    mechanism = st.one_of(
        st.sampled_from(NETWORKS),
        st.sampled_from(("a", "mx", "a/30", "mx//48", "a/24//64")),
        st.tuples(st.sampled_from(("a", "mx", "include", "exists")), name).map(":".join),
        st.sampled_from(("exists:%{d}", "include:%{h}", "a:%{o}", "exists:%{ir}.%{v}.generated.example")),
    )
    sound = st.tuples(st.sampled_from(("", "", "+", "-", "~", "?")), mechanism).map("".join)
    return st.one_of(*[sound] * 8, st.sampled_from(BROKEN), st.just("x-unknown=%{d}"))


def _end() -> SearchStrategy[list[str]]:
    return st.one_of(
        st.sampled_from((["-all"], ["~all"], ["?all"], ["+all"], ["all"], [])),
        st.sampled_from(NAMES).map(lambda name: [f"redirect={name}"]),
    )
