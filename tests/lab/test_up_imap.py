"""Each server with IMAP: its users get in by every door, and what its target file promises is there.

The promises are those of [facilities] and of the account with the small quota; what a server announces without
having it set up would be judged as if it were broken.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator

import pytest

from conformance import lab, target
from conformance.lab import recipe
from tests.lab.conftest import SERVERS

pytestmark = pytest.mark.timeout(60, func_only=True)  # what a root takes to build is bounded where it is built
PATIENCE = 20.0
IMAP = tuple(name for name in SERVERS if "imap" in recipe.load(name).services)
QUOTA = tuple(name for name in IMAP if recipe.load(name).quota)
SHARED = tuple(name for name in IMAP if "shared-mailbox" in recipe.load(name).facilities)
ADMINISTRATOR = tuple(name for name in IMAP if "administrator" in recipe.load(name).facilities)
SMALL = b"From: user2@mail.test\r\nSubject: small\r\n\r\nOne line.\r\n"
BIG = SMALL + b"One line more.\r\n" * 2000


@pytest.fixture
def described(server: lab.RunningServer) -> target.Target:
    return target.load(server.target_file)


@contextlib.contextmanager
def imap(described: target.Target, user: str = "", password: str = "") -> Iterator[imaplib.IMAP4]:
    """Log in without TLS; as the first account when nobody is named."""
    endpoint = described.endpoint("imap")
    assert endpoint
    client = imaplib.IMAP4(endpoint.host, endpoint.port, timeout=PATIENCE)
    with contextlib.closing(client.socket()):
        client.login(user or described.accounts[0].user, password or described.accounts[0].password)
        yield client
        client.logout()


def authorities(described: target.Target) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=described.tls.ca)


def said(client: imaplib.IMAP4, name: str, *arguments: str) -> tuple[str, bytes]:
    """Give the verdict on a command and every octet of its untagged responses of the same name."""
    verdict, _ = client.xatom(name, *arguments)
    _, lines = client.response(name)
    return verdict, b" ".join(line for line in lines if isinstance(line, bytes))


def personal(client: imaplib.IMAP4) -> str:
    """Give the prefix of a user's own mailboxes, empty where the server knows no namespaces."""
    if b"NAMESPACE" not in client.capability()[1][0]:
        return ""
    found = re.match(rb'\(\("([^"]*)"', client.namespace()[1][0] or b"")
    assert found
    return found[1].decode()


@pytest.mark.parametrize("server", IMAP, indirect=True)
def test_every_account_finds_an_empty_inbox(described: target.Target) -> None:
    for account in described.accounts:
        with imap(described, account.user, account.password) as client:
            assert client.select("INBOX") == ("OK", [b"0"])


@pytest.mark.parametrize("server", IMAP, indirect=True)
def test_a_mailbox_can_be_made_written_and_removed(described: target.Target) -> None:
    with imap(described) as client:
        name = personal(client) + "made"
        assert client.create(name)[0] == "OK"
        assert client.append(name, "", "", SMALL)[0] == "OK"
        assert client.select(name) == ("OK", [b"1"])
        assert client.close()[0] == "OK"
        assert client.delete(name)[0] == "OK"


@pytest.mark.parametrize("server", IMAP, indirect=True)
def test_starttls_and_imaps_show_a_certificate_of_the_authority(described: target.Target) -> None:
    account, context = described.accounts[0], authorities(described)
    plain, secure = described.endpoint("imap"), described.endpoint("imaps")
    assert plain
    assert secure
    upgraded = imaplib.IMAP4(described.tls.server_name, plain.port, timeout=PATIENCE)
    upgraded.starttls(context)
    under = imaplib.IMAP4_SSL(described.tls.server_name, secure.port, ssl_context=context, timeout=PATIENCE)
    for client in (upgraded, under):
        assert client.login(account.user, account.password)[0] == "OK"
        client.logout()


@pytest.mark.parametrize("server", QUOTA, indirect=True)
def test_the_account_with_the_small_quota_is_told_its_limits_and_kept_to_them(described: target.Target) -> None:
    account = described.accounts[-1]
    with imap(described, account.user, account.password) as client:
        verdict, limits = said(client, "GETQUOTAROOT", "INBOX")
        _, roots = client.response("QUOTA")
        limits += b" ".join(line for line in roots if isinstance(line, bytes))
        assert verdict == "OK"
        assert re.search(rb"STORAGE \d+ 20\b", limits), limits
        assert re.search(rb"MESSAGE \d+ " + described.facilities["quota-messages"].encode() + rb"\b", limits), limits
        assert client.append("INBOX", "", "", BIG)[0] == "NO"
        verdicts = [client.append("INBOX", "", "", SMALL)[0] for _ in range(11)]
    assert verdicts == ["OK"] * 10 + ["NO"]


@pytest.mark.parametrize("server", SHARED, indirect=True)
def test_one_mailbox_may_be_written_by_everybody(described: target.Target) -> None:
    name = f'"{described.facilities["shared-mailbox"]}"'
    for account in described.accounts[:2]:
        with imap(described, account.user, account.password) as client:
            assert client.append(name, "", "", SMALL)[0] == "OK"
            assert client.select(name)[0] == "OK"


@pytest.mark.parametrize("server", ADMINISTRATOR, indirect=True)
def test_the_administrator_may_set_a_quota(described: target.Target) -> None:
    words = described.facilities
    with imap(described, words["administrator"], words["administrator-password"]) as client:
        assert said(client, "SETQUOTA", "user/user2", "(STORAGE 4096)")[0] == "OK"


@pytest.mark.parametrize("server", QUOTA, indirect=True)
def test_a_mailbox_can_be_opened_to_somebody_else(described: target.Target) -> None:
    first, second, *_ = described.accounts
    with imap(described) as client:
        name = personal(client) + "opened"
        assert client.create(name)[0] == "OK"
        assert client.setacl(name, second.user, "lrs")[0] == "OK"
    with imap(described, second.user, second.password) as client:
        seen = b" ".join(
            line for pattern in ("*", "#shared.*") for line in client.list('""', pattern)[1] if isinstance(line, bytes)
        )
    assert re.search(rf"{first.user}[/.]opened".encode(), seen), seen
