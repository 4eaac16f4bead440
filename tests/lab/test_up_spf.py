"""Each verifier of SPF says by every way what it finds, of clients of both families and of the null reverse-path.

The names are the harness's own, so each verdict also shows that the server asks nobody else. Where a server has a network
of its own, the harness is in there too.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import pytest

from conformance import lab, runner, target
from conformance.lab import namespaces, recipe
from conformance.services.nameserver import NameServer
from conformance.transport.dialler import Dialler, Recorder
from conformance.vectors import Record, Zone
from conformance.verifiers import Opinion, Query, Verdict
from conformance.verifiers.routes import open_route
from tests.lab.conftest import SERVERS

pytestmark = pytest.mark.timeout(60, func_only=True)  # what a root takes to build is bounded where it is built
VERIFYING = tuple(name for name in SERVERS if recipe.load(name).spf)
CLIENT = "192.0.2.9"
POLICIES = {
    "pass": "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all",
    "fail": "v=spf1 -all",
    "softfail": "v=spf1 ~all",
    "neutral": "v=spf1 ?all",
    "permerror": "v=spf1 include:none.test -all",
    "none": "no policy",
}
ZONE: Zone = {f"{result}.test": (Record("TXT", (policy.encode(),)),) for result, policy in POLICIES.items()}
UNSAID = {("courier-spf", "permerror"), ("courier-spf", "none")}
"""Courier says error and unknown, as was done before RFC 4408, and the latter where there is no policy as well."""
HELO_UNHEARD = {"courier-spf", "pyspf-milter"}
"""Courier would write two fields; the milter takes the name of the client's address for that in HELO."""


@pytest.fixture
def described(server: lab.RunningServer) -> target.Target:
    return target.load(server.target_file)


@pytest.fixture
def names(server: lab.RunningServer, described: target.Target) -> Iterator[NameServer]:
    with namespaces.within(server.pid, lambda: NameServer(described.facilities["dns"])) as names:
        names.publish(ZONE)
        yield names


def verdicts(server: lab.RunningServer, query: Query) -> set[str | None]:
    """Ask by every way that carries the query."""
    described = target.load(server.target_file)
    caller = Dialler(described, Recorder())

    def said() -> Iterator[Verdict]:
        for row in described.spf:
            with contextlib.closing(open_route(row, caller)) as route:
                if not route.carries(query):
                    yield route.ask(query)

    found = namespaces.within(server.pid, lambda: list(said()))
    assert [one for one in found if not isinstance(one, Opinion)] == []
    return {one.result for one in found if isinstance(one, Opinion)}


@pytest.mark.parametrize(
    ("server", "result"),
    [(name, result) for name in VERIFYING for result in POLICIES if (name, result) not in UNSAID],
    indirect=["server"],
)
def test_each_result_is_seen_by_every_way(server: lab.RunningServer, names: NameServer, result: str) -> None:
    query = Query(ip=CLIENT, helo="none.test", mail_from=f"someone@{result}.test")

    assert verdicts(server, query) == {result}
    assert names.wait(f"{result}.test", "TXT")


@pytest.mark.parametrize("server", VERIFYING, indirect=True)
@pytest.mark.parametrize(("ip", "result"), [("2001:db8::9", "pass"), ("2001:db9::9", "fail"), ("198.51.100.7", "fail")])
@pytest.mark.usefixtures("names")
def test_any_address_can_be_the_client(server: lab.RunningServer, ip: str, result: str) -> None:
    query = Query(ip=ip, helo="none.test", mail_from="someone@pass.test")

    assert verdicts(server, query) == {result}


@pytest.mark.parametrize("server", [name for name in VERIFYING if name not in HELO_UNHEARD], indirect=True)
@pytest.mark.parametrize("result", ["pass", "fail"])
@pytest.mark.usefixtures("names")
def test_the_name_in_helo_stands_for_the_null_reverse_path(server: lab.RunningServer, result: str) -> None:
    query = Query(ip=CLIENT, helo=f"{result}.test")

    assert verdicts(server, query) == {result}


@pytest.mark.parametrize("server", VERIFYING, indirect=True)
def test_a_run_is_in_the_network_of_its_target(server: lab.RunningServer) -> None:
    command = [*runner.entering(str(server.target_file)), "readlink", "/proc/self/ns/net"]

    network = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert network == str(namespaces.network(server.pid).readlink())
