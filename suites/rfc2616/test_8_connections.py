"""RFC 2616 sections 8 and 14.10: connections that last, requests ahead of responses, and 100 (Continue)."""

from __future__ import annotations

from conformance import (
    NOWHERE,
    HttpDial,
    Inconclusive,
    NotSupported,
    Reason,
    drop,
    forward,
    hang_up,
    needs,
    say,
    verifies,
)
from conformance.faults import ANY
from conformance.sessions.http import Answer

pytestmark = needs("HTTP/1.1")

NONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
EXPECTING = ("Content-Length: 4", "Expect: 100-continue")


def came(said: Answer) -> Answer:
    """A response that came, as a precondition."""
    if said.reply is None:
        raise Inconclusive(Reason.CONNECTION_LOST, f"no response came: {said!r}")
    return said


def closes(said: Answer) -> bool:
    """Whether a response announces the end of the connection."""
    return "close" in (said.field("Connection") or "").lower()


@verifies("RFC2616-8.1.2-01", refuted_by=hang_up(of=rb"GET .*", after=1))
def test_connections_persist_by_default(dial: HttpDial) -> None:
    """Two requests, one after the other, on one connection: two responses, or Connection: close in the first."""
    session = dial.http()
    first = came(session.request("GET", dial.page))
    assert closes(first) or session.request("GET", dial.page).reply


@verifies("RFC2616-8.1.2.1-01", refuted_by=hang_up(of=rb"GET .*", saying=NONE))
def test_the_end_of_a_connection_is_announced(dial: HttpDial) -> None:
    """GET, and look at the connection for a moment: it is open, or the response has told of its end."""
    session = dial.http()
    said = came(session.request("GET", dial.page))
    assert closes(said) or not session.closes(0.3)


@verifies("RFC2616-14.10-01", refuted_by=forward(rb"X-Connection: \1", of=rb"Connection: (.*)"))
def test_the_connection_is_not_kept_where_the_client_wants_it_closed(dial: HttpDial) -> None:
    """GET with Connection: close, and once it is answered another GET: no response to the second."""
    session = dial.http()
    came(session.request("GET", dial.page, "Connection: close"))
    assert session.ending or session.request("GET", dial.page).reply is None


@verifies("RFC2616-8.1.2.2-01", refuted_by=say(NONE, of=rb"GET /(?!mailconform-no).*", after=1))
def test_pipelined_requests_are_answered_in_order(dial: HttpDial) -> None:
    """Six requests in one write, for a page and for none in turn: as many codes as come are in that order."""
    alone = [came(dial.get(uri=uri)).code for uri in (dial.page, NOWHERE)]
    if alone[0] == alone[1]:
        raise Inconclusive(Reason.AMBIGUOUS, f"what is there and what is not are both answered {alone[0]}")
    session = dial.http()
    session.send(b"".join(session.compose("GET", uri) for uri in (dial.page, NOWHERE) * 3))
    codes = [said.code for said in (session.final() for _ in range(6)) if said.reply]
    if len(codes) < 2:
        raise Inconclusive(Reason.CONNECTION_LOST, "the connection ended behind the first response")
    assert codes == (alone * 3)[: len(codes)]


@verifies("RFC2616-8.2.3-01", refuted_by=drop(of=rb"POST .*", when=ANY))
def test_an_expectation_of_100_is_answered_before_the_body(dial: HttpDial) -> None:
    """POST with Expect: 100-continue, the body held back: 100 or a final code."""
    session = dial.http()
    session.send(session.compose("POST", NOWHERE, *EXPECTING))
    assert session.receive().reply


@verifies("RFC2616-8.2.3-02", refuted_by=drop(of=rb"POST .*"))
def test_a_final_code_comes_behind_100(dial: HttpDial) -> None:
    """POST with Expect: 100-continue; where 100 comes, the body, and then a final code."""
    session = dial.http()
    session.send(session.compose("POST", dial.page, *EXPECTING))
    first = came(session.receive())
    if first.code != 100:
        raise NotSupported(f"the final code {first.code} came before the body")
    session.send(b"none")
    assert session.final().reply
