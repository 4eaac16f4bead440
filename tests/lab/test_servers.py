"""The folders of the lab's servers say what is needed and nothing that nobody reads; no root is needed to see that."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance import lab, target
from conformance.lab import recipe, roots, target_file
from conformance.lab.commands import lab as commands
from conformance.lab.services import FIRST_PORT, SERVICES, SINK_OFFSET
from conformance.target_verifiers import METHODS

MINIMAL: dict[str, Any] = {
    "index": 1,
    "product": "Nobody's",
    "suite": "bookworm",
    "packages": ["nothing"],
    "version": "true",
    "services": ["pop3"],
}


@pytest.fixture(params=lab.names())
def server(request: pytest.FixtureRequest) -> recipe.Recipe:
    return recipe.load(request.param)


def test_every_folder_is_a_server() -> None:
    folders = {path.name for path in recipe.SERVERS.iterdir() if path.is_dir()}

    assert folders == set(lab.names())


def test_a_server_lets_mail_be_read_or_sent_or_verifies_or_is_a_web_front_and_has_packages(
    server: recipe.Recipe,
) -> None:
    assert {"pop3", "imap", "smtp", "lmtp", "submission", "http"} & set(server.services) or server.rows()
    assert server.packages


def test_every_template_renders_and_every_file_of_the_folder_is_used(server: recipe.Recipe) -> None:
    used = {source if isinstance(source, str) else source["from"] for source in server.files.values()}
    there = {path.name for path in server.folder.iterdir()}

    assert (f"/lab/{recipe.START}" in {file.path for file in server.installed()}) is bool(server.services)
    assert there - used <= {recipe.DESCRIPTION, recipe.START, recipe.READY, "deviations.toml"}


def test_every_port_is_written_into_some_file_or_served_by_inetd(server: recipe.Recipe) -> None:
    texts = "\n".join(file.text for file in server.installed())

    for service, port in server.ports.items():
        assert str(port) in texts or service in server.inetd
    assert not server.sink or str(server.sink_port) in texts


def test_no_two_servers_share_a_port() -> None:
    ports = Counter(port for name in lab.names() for port in recipe.load(name).ports.values())

    assert [port for port, count in ports.items() if count > 1] == []
    assert min(ports) > FIRST_PORT


def test_no_two_services_share_an_offset() -> None:
    assert len({SINK_OFFSET, *(service.offset for service in SERVICES.values())}) == len(SERVICES) + 1


def test_the_harness_reads_the_target_file(server: recipe.Recipe, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    file = tmp_path / "target.toml"
    file.write_text(target_file.render(server, "1.0", tmp_path / "ca.pem", pid=1), "utf-8")

    read = target.load(file)

    assert read.name == read.lab["server"] == server.name
    assert {endpoint.scheme: endpoint.port for endpoint in read.endpoints} == server.endpoints
    assert [account.user for account in read.accounts] == ["user1", "user2", "user3"]
    assert [account.quota for account in read.accounts] == ["", "", server.quota or ""]
    assert all(bool(account.mbox) == bool(server.spool) for account in read.accounts)
    assert all(bool(account.maildir) == bool(server.maildir) for account in read.accounts)
    dns = {"dns": f"{server.nameserver}:53"} if server.dns else {}
    assert read.facilities == {"client-certificates": "none", **server.facilities, **dns}
    for method in METHODS:
        rows = getattr(read, method)
        assert [(row.name, row.method) for row in rows] == [(row["name"], method) for row in getattr(server, method)]


@pytest.mark.parametrize("method", METHODS)
def test_who_verifies_is_chosen_for_that_and_takes_no_part_in_runs_of_smtp(method: str) -> None:
    verifying = {name for name in lab.names() if method in recipe.load(name).rows()}

    assert verifying
    assert set(lab.speaking({method})) == verifying
    assert not verifying & set(lab.speaking({"smtp", "lmtp", "imap", "pop3"}))


def test_a_way_to_a_verifier_leads_into_the_server_that_runs(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    rows = [
        {"route": "xclient", "address": "127.0.0.1:@port_xclient@"},
        {"route": "policy", "address": "unix:/run/policy"},
        {"route": "command", "command": "spfquery {ip}"},
    ]
    server = recipe.read("nobody", {**MINIMAL, "services": ["xclient"], "dns": True, "spf": rows})
    file = tmp_path / "target.toml"
    file.write_text(target_file.render(server, "1.0", tmp_path / "ca.pem", pid=77), "utf-8")

    read = target.load(file)

    assert server.protocols == {"spf"}
    assert not read.endpoints
    assert read.facilities["dns"] == "127.53.1.53:53"
    assert [row.address for row in read.spf] == ["127.0.0.1:12126", "unix:/proc/77/root/run/policy", ""]
    assert read.spf[2].command.startswith("nsenter --target=77 --mount ")
    assert read.spf[2].command.endswith(" spfquery {ip}")


def test_mail_can_be_put_into_every_server_that_keeps_it(server: recipe.Recipe) -> None:
    ways = {"imap", "lmtp", "smtp", "bind", "xclient", "proxy"}
    assert server.spool or ways & set(server.services) or not server.keeps_mail


def test_a_server_of_smtp_says_what_it_refuses_and_where_its_mail_can_be_found(
    server: recipe.Recipe, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").touch()
    file = tmp_path / "target.toml"
    file.write_text(target_file.render(server, "1.0", tmp_path / "ca.pem", pid=1), "utf-8")

    mail = target.load(file).mail

    kept = server.keeps_mail and {"smtp", "submission", "lmtp"} & set(server.services)
    assert bool(mail.local_domains) == bool(mail.unknown) == bool(kept)
    assert bool(mail.foreign) == bool(kept and {"smtp", "submission"} & set(server.services))
    assert (mail.smarthost_sink, mail.sink_domain) == (
        (f"127.0.0.1:{server.sink_port}", "sink.test") if server.sink else ("", "")
    )


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"pakages": []}, "unknown key pakages; did you mean packages?"),
        ({"services": ["pop4"]}, "unknown service pop4; did you mean pop3?"),
    ],
)
def test_a_mistake_in_a_folder_is_named_with_the_nearest_right_word(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(lab.LabError) as raised:
        recipe.read("nobody", {**MINIMAL, **changed})

    assert complaint in str(raised.value)


def test_a_server_like_another_differs_in_what_its_folder_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "SERVERS", tmp_path)
    for name, files in {"first": ("start.sh", "conf", "users"), "second": ("users",)}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_text(f"{name} @port_pop3@\n")
    described = [*(f"{key} = {json.dumps(value)}" for key, value in MINIMAL.items())]
    (tmp_path / "first" / "server.toml").write_text("\n".join([*described, "[files]", 'c = "conf"', 'u = "users"']))
    (tmp_path / "second" / "server.toml").write_text('like = "first"\nindex = 2\n')

    second = recipe.load("second")

    assert (second.index, second.product) == (2, "Nobody's")
    assert [file.text for file in second.installed()] == ["first 12210\n", "second 12210\n", "first 12210\n"]


def test_a_server_that_is_like_nobody_is_an_error() -> None:
    with pytest.raises(lab.LabError, match=r"like: no server is called dovcot; did you mean dovecot"):
        recipe.read("nobody", {**MINIMAL, "like": "dovcot"})


def test_a_python_program_that_is_not_installed_is_one_line() -> None:
    absent = recipe.read("nobody", {**MINIMAL, "suite": "python", "packages": ["no-such-program"]})

    assert roots.find(absent) is None
    with nobody(), pytest.raises(lab.LabError, match=r"nobody needs Python packages: pip install no-such-program"):
        roots.build_all((absent,), lambda _: None)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(lab.LabError, match=r"server\.toml: product is missing"):
        recipe.read("nobody", {key: value for key, value in MINIMAL.items() if key != "product"})


def test_a_program_that_npm_installs_tells_its_version_itself() -> None:
    said = {key: value for key, value in MINIMAL.items() if key != "version"}

    assert recipe.read("nobody", {**said, "npm": ["program@1.0"]}).npm == ("program@1.0",)


def test_an_unknown_name_in_a_template_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "SERVERS", tmp_path)
    (tmp_path / "nobody").mkdir()
    (tmp_path / "nobody" / "conf").write_text("listen @port_pop@\n")

    with pytest.raises(lab.LabError, match=r"nobody/conf: nothing is called @port_pop@; did you mean port_pop3\?"):
        recipe.read("nobody", {**MINIMAL, "files": {"/etc/conf": "conf"}}).installed()


def test_a_port_of_another_server_may_be_written_into_a_template() -> None:
    (text,) = (file.text for file in recipe.load("postfix").installed() if file.path == "/etc/postfix/main.cf")

    assert f"lmtp:inet:127.0.0.1:{recipe.load('dovecot').ports['lmtp']} " in text
    assert f"smtp:[127.0.0.1]:{recipe.load('exim').ports['smtp']} " in text


def test_an_unknown_server_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(lab.LabError, match="no server called dovcot; did you mean dovecot"):
        recipe.load("dovcot")


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be nobody for a while, where this is the superuser."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["up", "dovecot"], "starting dovecot needs root"),
        (["build", "dovecot"], "building the root of dovecot needs root"),
    ],
)
def test_without_root_one_line_says_what_needs_it(
    arguments: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILCONFORM_CACHE", str(tmp_path))

    with nobody():
        refused = CliRunner().invoke(commands, arguments).exception

    assert isinstance(refused, lab.LabError)
    assert str(refused).startswith(complaint)
    assert "\n" not in str(refused)


def test_everybody_may_see_the_list() -> None:
    with nobody():
        shown = CliRunner().invoke(commands, ["list"], catch_exceptions=False)

    assert [line.split()[0] for line in shown.output.splitlines()[2:]] == list(lab.names())


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser comes so far that a tool could be missing")
def test_a_missing_tool_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCONFORM_CACHE", str(tmp_path))
    monkeypatch.setattr(roots, "PATH", str(tmp_path))

    refused = CliRunner().invoke(commands, ["build"]).exception

    assert str(refused) == "building a root needs debootstrap: apt-get install debootstrap"


def test_all_and_a_name_are_too_much() -> None:
    refused = CliRunner().invoke(commands, ["down", "all", "dovecot"]).exception

    assert str(refused) == "give names or all, not both"
