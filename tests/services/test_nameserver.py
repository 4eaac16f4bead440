"""The name server: each kind of answer, each trouble, the log, and clients that mean no good."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.services import nameserver, zones
from conformance.services.nameserver import NameServer, NameServerError
from conformance.services.zones import Published, Query, ZoneError
from conformance.vectors import Record, Trouble, Zone

ZONE: Zone = {
    "example.com": (
        Record("TXT", (b"v=spf1 ", b"-all")),
        Record("MX", (20, "b.mail.example.com")),
        Record("MX", (10, "a.mail.example.com")),
    ),
    "a.mail.example.com": (Record("A", "192.0.2.1"), Record("A", "192.0.2.2"), Record("AAAA", "2001:db8::1")),
    "alias.example.com": (Record("CNAME", "Middle.example.com"),),
    "middle.example.com": (Record("CNAME", "a.mail.example.com"),),
    "loop.example.com": (Record("CNAME", "pool.example.com"),),
    "pool.example.com": (Record("CNAME", "loop.example.com"),),
    "dangling.example.com": (Record("CNAME", "nowhere.example.org"),),
    "broken.example.com": (Record("CNAME", "servfail.example.com"),),
    "*.wild.example.com": (Record("TXT", (b"any",)),),
    "below.there.wild.example.com": (Record("A", "192.0.2.3"),),
    "1.2.0.192.in-addr.arpa": (Record("PTR", "a.mail.example.com"),),
    "old.example.com": (Record("SPF", (b"v=spf1 -all",)),),
    "long.example.com": (Record("TXT", "x" * 700),),
    "huge.example.com": (Record("TXT", b"y" * 9000),),
    "empty.example.com": (Record("TXT", ()),),
    "null.example.com": (Record("MX", (0, "")),),
    **{
        f"{trouble.lower()}.example.com": (Record("A", "192.0.2.9"), trouble)
        for trouble in Trouble
    },
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer("127.0.0.1:0") as serving:
        serving.publish(ZONE)
        yield serving


def ask(server: NameServer, name: str, kind: str = "TXT", *, tcp: bool = False, **more: Any) -> dns.message.Message:
    query = dns.message.make_query(dns.name.Name([*name.encode().split(b"."), b""]), kind, **more)
    put = dns.query.tcp if tcp else dns.query.udp
    return put(query, "127.0.0.1", timeout=5, port=server.port)


def values(response: dns.message.Message) -> list[str]:
    return [rdata.to_text() for rrset in response.answer for rdata in rrset]


# Answers


def test_a_record_is_answered_in_its_strings_with_no_time_to_live(server: NameServer) -> None:
    response = ask(server, "example.com")

    assert values(response) == ['"v=spf1 " "-all"']
    assert response.answer[0].ttl == 0
    assert response.flags & dns.flags.AA
    assert not response.flags & dns.flags.TC


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("example.com", "MX", ["20 b.mail.example.com.", "10 a.mail.example.com."]),
        ("a.mail.example.com", "A", ["192.0.2.1", "192.0.2.2"]),
        ("a.mail.example.com", "AAAA", ["2001:db8::1"]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["a.mail.example.com."]),
        ("old.example.com", "SPF", ['"v=spf1 -all"']),
        ("empty.example.com", "TXT", ['""']),
        ("null.example.com", "MX", ["0 ."]),
        ("a.mail.example.com", "ANY", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
    ],
)
def test_each_type_is_answered_in_the_order_of_the_zone(
    server: NameServer, name: str, kind: str, expected: list[str]
) -> None:
    assert values(ask(server, name, kind)) == expected


def test_reverse_names_of_ipv6_are_names_like_others(server: NameServer) -> None:
    reverse = ipaddress.ip_address("2001:db8::1").reverse_pointer
    server.publish({reverse: (Record("PTR", "a.example.com"),)})

    assert values(ask(server, reverse, "PTR")) == ["a.example.com."]


def test_names_differ_in_no_letter_case_and_come_back_as_asked(server: NameServer) -> None:
    response = ask(server, "EXAMPLE.cOm")

    assert response.answer[0].name.labels == (b"EXAMPLE", b"cOm", b"")
    assert values(response) == ['"v=spf1 " "-all"']


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("example.com", "A", "NOERROR"),
        ("mail.example.com", "TXT", "NOERROR"),
        ("com", "TXT", "NOERROR"),
        ("old.example.com", "TXT", "NOERROR"),
        ("nobody.example.com", "TXT", "NXDOMAIN"),
        ("example.org", "TXT", "NXDOMAIN"),
        ("dangling.example.com", "A", "NXDOMAIN"),
        ("there.wild.example.com", "TXT", "NOERROR"),
        ("other.below.there.wild.example.com", "TXT", "NXDOMAIN"),
        ("x.wild.example.com", "A", "NOERROR"),
    ],
)
def test_no_such_name_and_no_such_record_are_told_apart(server: NameServer, name: str, kind: str, rcode: str) -> None:
    response = ask(server, name, kind)

    assert dns.rcode.to_text(response.rcode()) == rcode
    assert [rrset for rrset in response.answer if rrset.rdtype != dns.rdatatype.CNAME] == []
    assert [rrset.rdtype for rrset in response.authority] == [dns.rdatatype.SOA]


def test_aliases_are_followed(server: NameServer) -> None:
    assert values(ask(server, "alias.example.com", "A")) == [
        "Middle.example.com.", "a.mail.example.com.", "192.0.2.1", "192.0.2.2",
    ]  # fmt: skip
    assert values(ask(server, "alias.example.com", "CNAME")) == ["Middle.example.com."]


def test_aliases_in_a_circle_come_to_an_end(server: NameServer) -> None:
    assert values(ask(server, "loop.example.com", "A")) == ["pool.example.com.", "loop.example.com."]


def test_the_trouble_an_alias_leads_to_is_had(server: NameServer) -> None:
    assert ask(server, "broken.example.com", "TXT").rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize("name", ["a.wild.example.com", "a.b.wild.example.com"])
def test_a_wildcard_answers_under_the_name_that_was_asked(server: NameServer, name: str) -> None:
    response = ask(server, name)

    assert (values(response), str(response.answer[0].name)) == (['"any"'], f"{name}.")


def test_a_name_too_long_for_a_wildcard_is_no_name(server: NameServer) -> None:
    name = ".".join(["x" * 60] * 4 + ["y" * 9])

    assert ask(server, name).rcode() == dns.rcode.NXDOMAIN


def test_publishing_switches_what_is_answered_and_forgets_what_was_asked(server: NameServer) -> None:
    ask(server, "example.com")
    server.publish({"example.org": (Record("TXT", (b"new",)),)})

    assert server.queries == ()
    assert ask(server, "example.com").rcode() == dns.rcode.NXDOMAIN
    assert values(ask(server, "example.org")) == ['"new"']


# Sizes


def test_an_answer_above_512_octets_is_cut_over_udp_and_whole_over_tcp(server: NameServer) -> None:
    response = ask(server, "long.example.com")

    assert response.flags & dns.flags.TC
    assert response.answer == []
    assert b"".join(ask(server, "long.example.com", tcp=True).answer[0][0].strings) == b"x" * 700


def test_text_is_cut_into_strings_of_255_octets(server: NameServer) -> None:
    (rdata,) = ask(server, "long.example.com", tcp=True).answer[0]

    assert [len(string) for string in rdata.strings] == [255, 255, 190]


def test_edns_makes_room(server: NameServer) -> None:
    response = ask(server, "long.example.com", use_edns=0, payload=1232)

    assert not response.flags & dns.flags.TC
    assert (response.edns, response.payload) == (0, 4096)


def test_a_server_takes_no_larger_datagrams_than_it_says(server: NameServer) -> None:
    assert ask(server, "huge.example.com", use_edns=0, payload=65535).flags & dns.flags.TC


def test_another_version_of_edns_is_told_so(server: NameServer) -> None:
    response = ask(server, "example.com", use_edns=1)

    assert (response.rcode(), response.answer) == (dns.rcode.BADVERS, [])


def test_records_that_no_message_holds_are_nowhere_whole(server: NameServer) -> None:
    server.publish({"a.test": tuple(Record("TXT", b"%02d" % number + b"x" * 1000) for number in range(70))})
    response = ask(server, "a.test", tcp=True)

    assert response.flags & dns.flags.TC
    assert response.answer == []


# Troubles


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize(("name", "rcode"), [("servfail", dns.rcode.SERVFAIL), ("refused", dns.rcode.REFUSED)])
def test_a_trouble_may_be_a_word(server: NameServer, name: str, rcode: dns.rcode.Rcode, tcp: bool) -> None:
    response = ask(server, f"{name}.example.com", tcp=tcp)

    assert (response.rcode(), response.answer) == (rcode, [])


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_trouble_leaves_the_types_alone_that_have_records(server: NameServer, trouble: Trouble) -> None:
    assert values(ask(server, f"{trouble.lower()}.example.com", "A")) == ["192.0.2.9"]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_truncated_answer_is_nowhere_whole(server: NameServer, tcp: bool) -> None:
    response = ask(server, "truncated.example.com", tcp=tcp)

    assert response.flags & dns.flags.TC
    assert (response.rcode(), response.answer) == (dns.rcode.NOERROR, [])


def test_an_answer_may_have_another_identifier(server: NameServer) -> None:
    query = dns.message.make_query("wrong_id.example.com", "TXT")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(query.to_wire(), ("127.0.0.1", server.port))
        said = dns.message.from_wire(client.recv(65535))

    assert said.id == query.id ^ 1


def test_silence_is_an_answer_too(server: NameServer) -> None:
    """Both questions go the same way, and the second is answered first: the first is not answered at all."""
    silent = dns.message.make_query("timeout.example.com", "TXT")
    heard = dns.message.make_query("example.com", "TXT")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        for query in (silent, heard):
            client.sendto(query.to_wire(), ("127.0.0.1", server.port))
        assert dns.message.from_wire(client.recv(65535)).id == heard.id
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        for query in (silent, heard):
            dns.query.send_tcp(client, query)
        assert dns.query.receive_tcp(client)[0].id == heard.id


# The log


def test_the_log_holds_every_question_in_order(server: NameServer) -> None:
    ask(server, "Example.com")
    ask(server, "old.example.com", "SPF", tcp=True)
    ask(server, "nobody.example.org", "A")

    assert server.queries == (
        Query("Example.com", "TXT", "udp"),
        Query("old.example.com", "SPF", "tcp"),
        Query("nobody.example.org", "A", "udp"),
    )


def test_a_question_is_waited_for(server: NameServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for name in ("timeout.example.com", "TIMEOUT.example.com"):
            client.sendto(dns.message.make_query(name, "TXT").to_wire(), ("127.0.0.1", server.port))
        asked = server.wait("Timeout.example.com", "TXT", count=2)

    assert [query.name for query in asked] == ["timeout.example.com", "TIMEOUT.example.com"]
    assert server.wait("timeout.example.com", "SPF", seconds=0) == ()


def test_the_log_does_not_grow_for_ever(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "KEPT_QUERIES", 2)
    for name in ("a.test", "b.test", "c.test"):
        ask(server, name)

    assert [query.name for query in server.queries] == ["a.test", "b.test"]


# Mistakes


def test_a_port_that_is_taken_is_one_clear_error(server: NameServer) -> None:
    with pytest.raises(NameServerError, match=rf"cannot listen at 127.0.0.1:{server.port}: Address already in use"):
        NameServer(f"127.0.0.1:{server.port}")


def test_a_port_that_is_taken_for_datagrams_alone_is_one_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NameServerError, match="Address already in use"):
            NameServer(f"127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:"])
def test_an_address_that_is_none_is_one_clear_error(address: str) -> None:
    with pytest.raises(NameServerError, match="the name server cannot listen at"):
        NameServer(address)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"a..b": ()}, "zone, a..b: 'a..b' is no domain name"),
        ({"x" * 64 + ".test": ()}, "is no domain name"),
        ({"a.test": (Record("MX", (10, "a..b")),)}, "zone, a.test MX: 'a..b' is no domain name"),
        ({"a.test": (Record("A", "192.0.2.256"),)}, "zone, a.test A: '192.0.2.256'"),
        ({"a.test": (Record("MX", "a.test"),)}, "zone, a.test MX: 'a.test'"),
        ({"a.test": (Record("TXT", (b"x" * 256,)),)}, "zone, a.test TXT:"),
        ({"a.test": (Record("TXT", b"x" * 65_400),)}, "more than 65535 octets"),
        ({"a.test": (Record("SRV", ""),)}, "zone, a.test SRV: records of this type are not known here"),
    ],
)
def test_a_zone_that_dns_cannot_carry_is_one_clear_error(server: NameServer, entries: Zone, said: str) -> None:
    with pytest.raises(ZoneError) as error:
        server.publish(entries)

    assert said in str(error.value)
    assert values(ask(server, "example.com")) == ['"v=spf1 " "-all"']


# Hostile clients

QUERY = dns.message.make_query("example.com", "TXT", use_edns=0, id=4711).to_wire()


@pytest.mark.parametrize(
    ("octets", "rcode"),
    [
        (QUERY[:2] + b"\x28" + QUERY[3:], dns.rcode.NOTIMP),
        (QUERY[:-3], dns.rcode.FORMERR),
        (QUERY[:12] + b"\xc0\x0c" + QUERY[14:], dns.rcode.FORMERR),
        (QUERY[:4] + b"\0\2" + QUERY[6:], dns.rcode.FORMERR),
        (QUERY[:4] + b"\0\0" + QUERY[6:], dns.rcode.FORMERR),
    ],
    ids=["opcode", "cut", "pointer", "two-questions", "no-question"],
)
def test_a_query_that_cannot_be_read_is_told_so(server: NameServer, octets: bytes, rcode: dns.rcode.Rcode) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(octets, ("127.0.0.1", server.port))
        said = dns.message.from_wire(client.recv(65535))

    assert (said.id, said.rcode(), said.question) == (int.from_bytes(octets[:2], "big"), rcode, [])


def test_another_class_than_in_is_refused(server: NameServer) -> None:
    assert ask(server, "example.com", rdclass="CH").rcode() == dns.rcode.REFUSED


PUBLISHED = Published(ZONE)


@given(
    st.binary(max_size=80)
    | st.tuples(st.integers(0, len(QUERY) - 1), st.binary(max_size=3)).map(
        lambda two: QUERY[: two[0]] + two[1] + QUERY[two[0] + len(two[1]) :]
    )
)
def test_no_octets_are_too_much(octets: bytes) -> None:
    asked = zones.question(octets)
    if isinstance(asked, dns.message.Message):
        zones.logged(asked, "udp")
        answer = zones.answer(PUBLISHED, asked, "udp")
        assert answer is None or len(answer) <= 4096
    elif asked is not None:
        assert (asked[:2], len(asked)) == (octets[:2], 12)


@given(
    st.lists(st.sampled_from([b"a", b"*", b"A", b"b", b"\0", b"."]), max_size=5),
    st.lists(st.sampled_from(["a", "*", "b"]), max_size=4),
)
def test_a_name_exists_with_every_name_above_it(labels: list[bytes], owner: list[str]) -> None:
    published = Published({".".join(owner): (Record("A", "192.0.2.1"),)})
    name = dns.name.Name([*labels, b""])
    found = published.look_up(name, dns.rdatatype.A)

    if found.exists:
        while name != dns.name.root:
            name = name.parent()
            assert published.look_up(name, dns.rdatatype.A).exists
    if found.rrsets:
        assert found.rrsets[0].name.labels == (*labels, b"")


def test_datagrams_of_rubbish_lose_no_question(server: NameServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for octets in (b"", b"\0", b"\xff" * 60_000, QUERY[:11], b"\x80" * 12):
            client.sendto(octets, ("127.0.0.1", server.port))
        assert values(ask(server, "example.com")) == ['"v=spf1 " "-all"']


@pytest.mark.parametrize(
    "octets", [b"", b"\0", b"\0\x40", b"\0\x40half", b"\0\0", b"\0\x0bshort msg..", b"\xff\xff" + b"x" * 1000]
)
def test_a_client_that_stops_inside_a_message_holds_nobody_up(server: NameServer, octets: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(octets)
        assert values(ask(server, "example.com", tcp=True)) == ['"v=spf1 " "-all"']


def test_a_client_that_stops_inside_a_message_is_left(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "IDLE_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"\0\x40half")

        assert client.recv(1) == b""


def test_several_questions_go_on_one_connection(server: NameServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall((len(QUERY).to_bytes(2, "big") + QUERY) * 3)
        answers = [dns.query.receive_tcp(client)[0] for _ in range(3)]

    assert [values(answer) for answer in answers] == [['"v=spf1 " "-all"']] * 3


def test_one_client_too_many_ends_the_oldest_connection(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "CONNECTIONS", 3)
    with contextlib.ExitStack() as opened:
        silent = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5)) for _ in range(3)
        ]
        assert values(ask(server, "example.com", tcp=True)) == ['"v=spf1 " "-all"']
        assert silent[0].recv(1) == b""


def test_closing_ends_connections_that_are_open() -> None:
    with NameServer("127.0.0.1:0") as serving:
        client = socket.create_connection(("127.0.0.1", serving.port), timeout=5)
        dns.query.send_tcp(client, dns.message.make_query("a.test", "A"))
        dns.query.receive_tcp(client)
    with client:
        assert client.recv(1) == b""


def test_a_server_listens_at_ipv6_too() -> None:
    with NameServer("[::1]:0") as serving:
        query = dns.message.make_query("a.test", "A")

        assert dns.query.udp(query, "::1", timeout=5, port=serving.port).rcode() == dns.rcode.NXDOMAIN
