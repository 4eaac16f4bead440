"""Each server starts, greets on every port, lets its users in, takes mail, and leaves nothing behind when it ends.

What only IMAP can show is in test_up_imap, what only SMTP in test_up_smtp, what verifies SPF in test_up_spf.
"""

from __future__ import annotations

import contextlib
import imaplib
import mailbox
import os
import poplib
import select
import smtplib
import ssl
import time
from pathlib import Path

import pytest

from conformance import lab, target
from conformance.lab import namespaces, recipe
from conformance.lab.readiness import greets
from tests.lab.conftest import SERVERS

pytestmark = pytest.mark.timeout(60, func_only=True)  # what a root takes to build is bounded where it is built
PATIENCE = 20.0
POP3 = tuple(name for name in SERVERS if "pop3" in recipe.load(name).services)
KEEPING = tuple(name for name in SERVERS if recipe.load(name).keeps_mail and recipe.load(name).endpoints)
APOP = ("cyrus", "cyrus310", "dovecot", "dovecot24", "solid-pop3d")
TLS = tuple(name for name in SERVERS if "pop3s" in recipe.load(name).services)
MESSAGE = b"From: user2@mail.test\r\nTo: user1@mail.test\r\nSubject: one\r\n\r\nOne line.\r\n"


@pytest.fixture
def described(server: lab.RunningServer) -> target.Target:
    return target.load(server.target_file)


def pop3(described: target.Target) -> poplib.POP3:
    endpoint = described.endpoint("pop3")
    assert endpoint
    return poplib.POP3(endpoint.host, endpoint.port, timeout=PATIENCE)


def imap(described: target.Target, account: target.Account) -> imaplib.IMAP4:
    endpoint = described.endpoint("imap")
    assert endpoint
    client = imaplib.IMAP4(endpoint.host, endpoint.port, timeout=PATIENCE)
    client.login(account.user, account.password)
    return client


def count(described: target.Target, account: target.Account) -> int:
    if account.maildir:
        return len(mailbox.Maildir(account.maildir, create=False))
    if not described.endpoint("pop3"):
        client = imap(described, account)
        with contextlib.closing(client.socket()):
            return int(client.select("INBOX")[1][0] or b"")
    return count_by_pop3(described, account)


def count_by_pop3(described: target.Target, account: target.Account) -> int:
    client = pop3(described)
    with contextlib.closing(client):
        client.user(account.user)
        client.pass_(account.password)
        waiting, _ = client.stat()
        client.quit()
    return waiting


def test_every_port_greets(server: lab.RunningServer) -> None:
    ports = recipe.load(server.name).ports.items()

    greeted = namespaces.within(server.pid, lambda: [greets(service, number) for service, number in ports])

    assert greeted == [True] * len(ports)


def test_the_product_carries_its_version(server: lab.RunningServer, described: target.Target) -> None:
    assert server.version[0].isdigit()
    assert described.product == f"{recipe.load(server.name).product} {server.version}"


@pytest.mark.parametrize("server", KEEPING, indirect=True)
def test_every_account_finds_an_empty_maildrop(described: target.Target) -> None:
    assert [count(described, account) for account in described.accounts] == [0, 0, 0]


@pytest.mark.parametrize("server", POP3, indirect=True)
def test_a_wrong_password_is_refused(described: target.Target) -> None:
    client = pop3(described)
    with contextlib.closing(client):
        client.user(described.accounts[0].user)
        with pytest.raises(poplib.error_proto):
            client.pass_("wrong")


@pytest.mark.parametrize("server", APOP, indirect=True)
def test_apop_lets_every_account_in(described: target.Target) -> None:
    for account in described.accounts:
        client = pop3(described)
        with contextlib.closing(client):
            assert client.apop(account.user, account.password).startswith(b"+OK")
            client.quit()


@pytest.mark.parametrize("server", TLS, indirect=True)
def test_implicit_tls_shows_a_certificate_of_the_authority(described: target.Target) -> None:
    endpoint = described.endpoint("pop3s")
    assert endpoint
    context = ssl.create_default_context(cafile=described.tls.ca)
    client = poplib.POP3_SSL(described.tls.server_name, endpoint.port, context=context, timeout=PATIENCE)
    with contextlib.closing(client):
        client.user(described.accounts[0].user)
        assert client.pass_(described.accounts[0].password).startswith(b"+OK")
        client.quit()


@pytest.mark.parametrize("server", KEEPING, indirect=True)
def test_mail_put_in_is_there_and_gone_after_the_next_start(described: target.Target) -> None:
    account = described.accounts[0]
    put(described, account)
    assert count(described, account) == 1

    again = target.load(lab.up(described.name).target_file)

    assert count(again, again.accounts[0]) == 0


def put(described: target.Target, account: target.Account) -> None:
    if account.mbox:
        Path(account.mbox).write_bytes(b"From user2@mail.test Thu Jan  1 00:00:00 1970\n" + MESSAGE.replace(b"\r", b""))
        return
    if account.maildir:
        put_by_smtp(described, account)
        return
    client = imap(described, account)
    assert client.append("INBOX", "", "", MESSAGE)[0] == "OK"
    client.logout()


def put_by_smtp(described: target.Target, account: target.Account) -> None:
    """Send it and wait until it is there: a server of SMTP has taken a message before it has delivered it."""
    endpoint = described.endpoint("smtp")
    assert endpoint
    with smtplib.SMTP(endpoint.host, endpoint.port, timeout=PATIENCE) as client:
        client.sendmail("user2@mail.test", account.address, MESSAGE)
    deadline = time.monotonic() + PATIENCE
    while not count(described, account) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_down_ends_every_process_of_it(server: lab.RunningServer) -> None:
    now = lab.running()[server.name]
    inside = living_in(Path(f"/proc/{now.pid}/ns/pid").readlink())
    watches = watched(inside)
    assert now.pid in watches

    assert lab.down(server.name)

    try:
        assert [pid for pid, watch in watches.items() if not ended(watch)] == []
    finally:
        for watch in watches.values():
            os.close(watch)
    assert server.name not in lab.running()
    assert not now.target_file.exists()
    assert not lab.down(server.name)


def watched(processes: list[int]) -> dict[int, int]:
    """Give a handle on each process that is still there: one that served a connection may have ended meanwhile."""
    watches = {}
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            watches[pid] = os.pidfd_open(pid)
    return watches


def ended(watch: int) -> bool:
    """Whether a process has ended, or does so within five seconds (the kernel may need a moment on a busy machine)."""
    poll = select.poll()
    poll.register(watch, select.POLLIN)
    return bool(poll.poll(5000))


def living_in(namespace: Path) -> list[int]:
    """Give the processes of one pid namespace."""
    found = []
    for each in Path("/proc").glob("[0-9]*/ns/pid"):
        with contextlib.suppress(OSError):
            if each.readlink() == namespace:
                found.append(int(each.parts[2]))
    return found
