"""The doctor names the layer that is in the way, on servers that have exactly one thing wrong, and in bounded time."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import itertools
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import doctor, doctor_dns
from conformance.certificates import authority, issue
from conformance.doctor import Line, Mark, examine, layer_of
from conformance.embedded import serve
from conformance.published_dns import Resolver
from conformance.services.nameserver import NameServer
from conformance.target import Account, Endpoint, Mail, Target, Tls
from conformance.vectors import Record
from tests.peers import wrong
from tests.peers.tls import context
from tests.peers.wrong import Script, dialogue, tagged_dialogue, wrong_server

ALICE = Account(user="alice", password="alice-secret", address="alice@example.org")
GREETINGS = {"pop3": b"+OK ready\r\n", "imap": b"* OK ready\r\n", "smtp": b"220 mail.example.org ready\r\n"}
EHLO = b"250-mail.example.org\r\n250 SIZE 1000\r\n"


def lines(
    scheme: str, port: int, *, account: Account | None = None, host: str = "127.0.0.1", **more: Any
) -> list[Line]:
    endpoint = Endpoint(scheme=scheme, host=host, port=port)
    accounts = (account,) if account else ()
    return list(examine(Target(name="t", endpoints=(endpoint,), accounts=accounts, patience=0.3, **more)))


def seen(scheme: str, script: Script, **more: Any) -> list[Line]:
    with wrong_server(script) as port:
        return lines(scheme, port, **more)


def failure(found: list[Line]) -> tuple[str, str]:
    """Return layer and text of the only line that fails; it is the last one."""
    failed = [line for line in found if line.mark is Mark.FAILS]
    assert failed == found[-1:], found
    return failed[0].layer, failed[0].text


def told(found: list[Line], layer: str) -> list[tuple[Mark, str]]:
    return [(line.mark, line.text) for line in found if line.layer == layer]


# Does it listen?


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    assert failure(lines("pop3", port)) == ("listens", "nobody listens: the connection is refused")


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full: what comes is dropped, as a filter does."""
    with socket.socket() as sock, contextlib.ExitStack() as stack:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
        yield sock.getsockname()[1]


def test_what_is_sent_is_dropped(full_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CONNECT_SECONDS", 0.2)
    layer, text = failure(lines("imap", full_port))
    assert (layer, text.partition(":")[0]) == ("listens", "no answer to a connection in 0.2 s")


def test_a_host_without_an_address() -> None:
    host = f"{'x' * 64}.test"  # too long for a label, so that nobody is asked
    assert failure(lines("imap", 143, host=host)) == ("name", f"{host} has no address: it is no domain name")


# Does it answer?


@pytest.mark.parametrize("scheme", ["pop3", "imap", "smtp"])
@pytest.mark.parametrize(
    "script",
    [wrong.silent, wrong.mute, wrong.garbage, wrong.not_pop3, wrong.closing, wrong.dripping, wrong.endless_line],
)
def test_whatever_listens_is_left_in_time(scheme: str, script: Script) -> None:
    began = time.monotonic()
    layer, text = failure(seen(scheme, script, account=ALICE))
    assert layer == "answers"
    assert text.startswith(f"no {scheme.upper()} greeting: ")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("scheme", ["pop3", "imap", "smtp"])
@pytest.mark.parametrize("then", [wrong.mute, wrong.closing, wrong.flooding, wrong.dripping], ids=lambda s: s.__name__)
def test_one_that_greets_and_says_no_more(scheme: str, then: Script) -> None:
    began = time.monotonic()
    found = seen(scheme, dialogue(GREETINGS[scheme], then=then), account=ALICE)
    assert any(line.mark is Mark.FAILS for line in found)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("scheme", "greeting", "layer"),
    [
        ("pop3", b"-ERR [SYS/TEMP] too many connections\r\n", "limits"),
        ("pop3", b"-ERR no disk space left\r\n", "room"),
        ("pop3", b"-ERR go away\r\n", "answers"),
        ("imap", b"* BYE Too many connections from your address\r\n", "limits"),
        ("smtp", b"421 4.7.0 mail.example.org try again later\r\n", "limits"),
        ("smtp", b"554 no SMTP service here\r\n", "answers"),
        ("smtp", b"452 4.3.1 Insufficient system storage\r\n", "room"),
    ],
)
def test_a_refusal_is_about_what_it_says(scheme: str, greeting: bytes, layer: str) -> None:
    failed, text = failure(seen(scheme, dialogue(greeting)))
    assert failed == layer
    assert text.startswith("the server refuses service: ")


def test_words_that_mean_a_layer() -> None:
    assert layer_of("NO [OVERQUOTA] no", "login") == "room"
    assert layer_of("-ERR wrong password", "login") == "login"


# Is it secure?


def secured(folder: Path, scheme: str = "pop3s", *, server_name: str = "localhost", **certificate: Any) -> list[Line]:
    root = authority()
    (folder / "ca.pem").write_bytes(root.certificate_pem)
    server = context(issue(root, **certificate), folder, highest=ssl.TLSVersion.TLSv1_2)

    def script(sock: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), server.wrap_socket(sock, server_side=True) as secure:
            dialogue(b"+OK ready\r\n", b"-ERR\r\n", b"+OK bye\r\n")(secure)

    return seen(scheme, script, tls=Tls(ca=str(folder / "ca.pem"), server_name=server_name))


def test_a_good_certificate(tmp_path: Path) -> None:
    (mark, text), versions = told(secured(tmp_path), "tls")
    assert mark is Mark.WELL
    assert text.startswith("TLSv1.2, for localhost, 127.0.0.1, ::1, until 20")
    assert versions == (Mark.WELL, "takes TLSv1.2")


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        ({"days": (-9, -1)}, "certificate has expired"),
        ({"days": (1, 9)}, "certificate is not yet valid"),
        ({"names": ("other.example",)}, "the certificate is for other.example, not for localhost"),
    ],
    ids=["expired", "early", "name"],
)
def test_a_certificate_that_is_wrong(tmp_path: Path, certificate: dict[str, Any], said: str) -> None:
    mark, text = told(secured(tmp_path, **certificate), "tls")[0]
    assert (mark, said in text) == (Mark.FAILS, True)


def test_a_certificate_that_expires_soon(tmp_path: Path) -> None:
    mark, text = told(secured(tmp_path, days=(-9, 3)), "tls")[0]
    assert mark is Mark.LOOK
    assert "days left" in text


@pytest.mark.parametrize(
    "script", [wrong.mute, wrong.garbage, dialogue(b"+OK ready\r\n")], ids=["mute", "garbage", "clear"]
)
def test_no_tls_where_it_should_begin(script: Script) -> None:
    layer, text = failure(seen("pop3s", script))
    assert layer == "tls"
    assert "TLS handshake failed: " in text


# Does it let anybody in, and has it room?


def test_a_wrong_password_fails_at_login() -> None:
    replies = (b"+OK ready\r\n", b"-ERR\r\n", b"-ERR\r\n", b"+OK\r\n", b"-ERR alice-secret is wrong\r\n", b"-ERR\r\n")
    layer, text = failure(seen("pop3", dialogue(*replies), account=ALICE))
    assert layer == "login"
    assert text.startswith("alice is refused: USER ")
    assert "alice-secret" not in text


def test_a_login_that_a_full_disk_refuses_fails_at_room() -> None:
    replies = (
        b"+OK ready\r\n",
        b"-ERR\r\n",
        b"-ERR\r\n",
        b"+OK\r\n",
        b"-ERR [SYS/TEMP] no space left\r\n",
        b"-ERR\r\n",
    )
    assert failure(seen("pop3", dialogue(*replies), account=ALICE))[0] == "room"


@pytest.mark.parametrize(
    ("reply", "mark", "layer"),
    [
        (b"250 fine\r\n", Mark.WELL, "room"),
        (b"452 4.3.1 system storage\r\n", Mark.FAILS, "room"),
        (b"552 5.2.2 over quota\r\n", Mark.FAILS, "room"),
        (b"450 4.2.0 greylisted, try later\r\n", Mark.LOOK, "limits"),
        (b"550 5.1.1 no such user\r\n", Mark.FAILS, "mailbox"),
    ],
)
def test_what_a_recipient_is_answered(reply: bytes, mark: Mark, layer: str) -> None:
    script = dialogue(GREETINGS["smtp"], EHLO, b"250 ok\r\n", reply, b"250 ok\r\n", b"221 bye\r\n")
    (found,) = [line for line in seen("smtp", script, account=ALICE) if line.text.startswith("RCPT")]
    assert (found.mark, found.layer) == (mark, layer)


def imap(*later: bytes) -> Script:
    """An IMAP server without TLS whose INBOX has one message, of a date that is given."""
    capability = b"* CAPABILITY IMAP4rev1 QUOTA\r\n<tag> OK done\r\n"
    login = (b"<tag> OK in\r\n", capability)
    return tagged_dialogue(b"* OK ready\r\n", b"<tag> OK\r\n", capability, b"<tag> BAD\r\n", *login, *later)


@pytest.mark.parametrize(("used", "mark"), [(10, Mark.WELL), (100, Mark.FAILS)])
def test_a_quota(used: int, mark: Mark) -> None:
    quota = b'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE %d 100)\r\n<tag> OK done\r\n' % used
    found = seen("imap", imap(b"* 0 EXISTS\r\n<tag> OK [READ-ONLY] done\r\n", quota), account=ALICE)
    assert told(found, "room")[1:] == [(mark, f"quota STORAGE: {used} of 100")]


def test_a_message_from_the_future() -> None:
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(1)).strftime("%d-%b-%Y %H:%M:%S +0000").encode()
    fetched = b'* 1 FETCH (INTERNALDATE "' + tomorrow + b'")\r\n<tag> OK done\r\n'
    found = seen("imap", imap(b"* 1 EXISTS\r\n<tag> OK done\r\n", fetched, b"<tag> BAD\r\n"), account=ALICE)
    ((mark, text),) = told(found, "clock")
    assert mark is Mark.LOOK
    assert text.startswith("the newest message of INBOX is from 86")


@pytest.mark.parametrize(("minutes", "mark"), [(0, Mark.WELL), (-3, Mark.WELL), (60, Mark.FAILS), (-60, Mark.FAILS)])
def test_a_clock_in_the_greeting(minutes: int, mark: Mark) -> None:
    now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    shown = email.utils.format_datetime(now).encode()
    ((found, _),) = told(seen("smtp", dialogue(b"220 x ESMTP; " + shown + b"\r\n", EHLO)), "clock")
    assert found is mark
    stamp = b"+OK <17.%d@mail.example.org>\r\n" % now.timestamp()
    ((found, _),) = told(seen("pop3", dialogue(stamp, b"-ERR\r\n", b"-ERR\r\n")), "clock")
    assert found is mark


@pytest.mark.parametrize(
    "said", [b"+OK <1.2@x>\r\n", b"+OK Xyz, 99 Foo 2026 99:00:00 +9999\r\n", b"+OK <99999999999.1@x>\r\n"]
)
def test_no_clock_is_read_out_of_other_words(said: bytes) -> None:
    assert told(seen("pop3", dialogue(said, b"-ERR\r\n", b"-ERR\r\n")), "clock") == []


def test_a_limit_of_connections() -> None:
    met = itertools.count()

    def script(sock: socket.socket) -> None:
        # the first says whether it listens, the second is talked with, of the three at once the last is refused
        refused = next(met) == 4
        dialogue(b"-ERR too many\r\n" if refused else b"+OK ready\r\n", b"-ERR\r\n", b"-ERR\r\n")(sock)

    layer, text = failure(seen("pop3", script))
    assert (layer, text) == ("limits", 'of 3 connections at once one is refused: "-ERR too many\\r\\n"')


# What does DNS say?


def test_dns_of_hosts_and_domains() -> None:
    target = Target(
        name="t",
        endpoints=tuple(
            Endpoint(scheme="imap", host=host, port=143) for host in ("mail.example.org", "gone.example.org")
        ),
        mail=Mail(local_domains=("example.org", "quiet.example.org")),
    )
    with NameServer("127.0.0.1:0") as names:
        names.publish(
            {
                "mail.example.org": (Record("A", "192.0.2.1"),),
                "1.2.0.192.in-addr.arpa": (Record("PTR", "mail.example.org"),),
                "example.org": (Record("MX", (10, "mail.example.org")),),
            }
        )
        found = list(doctor_dns.examine(target, Resolver((("127.0.0.1", names.port),))))
    assert [(line.mark, line.subject, line.text) for line in found] == [
        (Mark.WELL, "mail.example.org", "192.0.2.1"),
        (Mark.TOLD, "192.0.2.1", "is called mail.example.org"),
        (Mark.FAILS, "gone.example.org", "has no address"),
        (Mark.WELL, "example.org", "MX 10 mail.example.org"),
        (Mark.LOOK, "quiet.example.org", "names nobody who takes its mail (MX)"),
    ]


# The command.


def mailconform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", "doctor", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def test_the_embedded_servers_are_well_and_are_left_as_they_were(tmp_path: Path) -> None:
    with serve(tmp_path) as target:
        message = tmp_path / "alice" / "Maildir" / "new" / "1.x"
        holders = [path for path in tmp_path.rglob("new") if path.is_dir()]
        for folder in holders:
            (folder / message.name).write_text("Subject: x\n\nx\n")
        before = sorted(str(path) for path in tmp_path.rglob("1.x*"))
        done = mailconform(tmp_path, str(target))
        assert sorted(str(path) for path in tmp_path.rglob("1.x*")) == before
    assert holders
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *told_lines, last = done.stdout.splitlines()
    assert last == "exit 0  (nothing is in the way)"
    assert {line.split()[1] for line in told_lines} == {"listens", "answers", "tls", "login", "room", "limits"}


def test_what_fails_is_exit_6_and_named(tmp_path: Path) -> None:
    with wrong_server(wrong.garbage) as port:
        done = mailconform(tmp_path, f"pop3://127.0.0.1:{port}")
    assert (done.returncode, done.stderr) == (6, "")
    assert done.stdout.splitlines()[-1] == f"exit 6  (answers fails at pop3://127.0.0.1:{port})"
    assert "\x1b" not in done.stdout
    assert "\x00" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.toml"], "target file nowhere.toml: No such file or directory"),
        (["gopher://127.0.0.1"], "'gopher://127.0.0.1': unknown scheme 'gopher'"),
        (["pop3://127.0.0.1:1", "--resolver", "nobody"], "'nobody' does not appear to be an IPv4 or IPv6 address"),
        ([], "Missing argument 'TARGET'"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = mailconform(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(f"mailconform: {said}")
    assert len(done.stderr.splitlines()) == 1
