"""Each server with SMTP: what it offers, whom it lets in, what it refuses, and where mail goes.

The promises are those of the target file: local mail is in a Maildir at once, what the lab's one other domain is sent
is handed on to a port where the harness may listen, and nothing else is relayed for a stranger.
"""

from __future__ import annotations

import mailbox
import smtplib
import ssl
import time
from collections.abc import Iterator
from email.utils import make_msgid

import pytest

from conformance import lab, target
from conformance.lab import recipe
from conformance.services.sink import Sink
from conformance.transport.dialler import Dialler, Recorder
from tests.lab.conftest import SERVERS

pytestmark = pytest.mark.timeout(60, func_only=True)  # what a root takes to build is bounded where it is built
PATIENCE = 20.0
SMTP = tuple(name for name in SERVERS if "smtp" in recipe.load(name).services)
SINK = tuple(name for name in SMTP if recipe.load(name).sink)
SUBMISSION_ONLY = tuple(name for name in SERVERS if "submission" in recipe.load(name).services and name not in SMTP)
KEYWORDS = {
    "aiosmtpd": "8bitmime auth help size smtputf8 starttls",
    "courier-mta": "8bitmime auth dsn pipelining size smtputf8 starttls xexdata xsecurity xverp",
    "exim": "8bitmime auth chunking dsn expn help pipeconnect pipelining prdr size smtputf8 starttls vrfy",
    "haraka": "8bitmime auth pipelining size smtputf8 starttls",
    "opensmtpd": "8bitmime dsn enhancedstatuscodes help size starttls",
    "postfix": "8bitmime auth chunking dsn enhancedstatuscodes etrn pipelining size smtputf8 starttls vrfy",
    "sendmail": "8bitmime auth deliverby dsn enhancedstatuscodes etrn expn help pipelining size starttls verb",
}
"""What EHLO lists, by server; one that is like another lists no less."""


@pytest.fixture
def described(server: lab.RunningServer) -> target.Target:
    return target.load(server.target_file)


@pytest.fixture
def client(described: target.Target) -> Iterator[smtplib.SMTP]:
    endpoint = described.endpoint("smtp")
    assert endpoint
    with smtplib.SMTP(endpoint.host, endpoint.port, "client.test", PATIENCE) as client:
        client.ehlo()
        yield client


@pytest.fixture
def sink(described: target.Target) -> Iterator[Sink]:
    sink = Sink(described.mail.smarthost_sink, Dialler(described, Recorder()))
    yield sink
    sink.close()


def message(identifier: str) -> bytes:
    return f"From: user2@mail.test\r\nTo: user1@mail.test\r\nMessage-ID: {identifier}\r\n\r\nOne line.\r\n".encode()


def there(account: target.Account, identifier: str) -> bool:
    return any(each["Message-ID"] == identifier for each in mailbox.Maildir(account.maildir, create=False))


def arrives(account: target.Account, identifier: str) -> bool:
    """Whether it is in the Maildir within the two seconds that are enough for every server."""
    deadline = time.monotonic() + 2
    while not (seen := there(account, identifier)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


@pytest.mark.parametrize("server", SMTP, indirect=True)
def test_ehlo_lists_what_the_server_can(server: lab.RunningServer, client: smtplib.SMTP) -> None:
    expected = KEYWORDS[recipe.load(server.name).like or server.name].split()

    assert set(expected) - set(client.esmtp_features) == set()


@pytest.mark.parametrize("server", SMTP, indirect=True)
@pytest.mark.parametrize(
    ("address", "readers"), [("user1@mail.test", [0]), ("postmaster@mail.test", [0]), ("both@mail.test", [0, 1])]
)
def test_local_mail_is_soon_in_the_maildir(
    described: target.Target, client: smtplib.SMTP, address: str, readers: list[int]
) -> None:
    identifier = make_msgid(domain="client.test")
    client.sendmail("", address, message(identifier))

    for reader in readers:
        assert arrives(described.accounts[reader], identifier)


@pytest.mark.parametrize("server", SMTP, indirect=True)
def test_whoever_is_nobody_or_elsewhere_is_refused(described: target.Target, client: smtplib.SMTP) -> None:
    client.mail("someone@client.test")
    for address in (*described.mail.unknown, *described.mail.foreign):
        assert client.rcpt(address)[0] // 10 in (50, 51, 55), address


@pytest.mark.parametrize("server", SINK, indirect=True)
def test_mail_for_the_sink_is_handed_on_and_tried_again(client: smtplib.SMTP, sink: Sink) -> None:
    sink.reply(b"451 4.3.0 Not now\r\n", to=b"RCPT TO:<later@", times=1)
    recipients = ("somebody@sink.test", "forward@mail.test", "later@sink.test")
    identifiers = {address: make_msgid(domain="client.test") for address in recipients}
    for address, identifier in identifiers.items():
        client.sendmail("user2@mail.test", address, message(identifier))

    for address, identifier in identifiers.items():
        assert len(sink.wait(identifier.encode(), seconds=PATIENCE)) == 1, address
    assert len(sink.lines(rb"RCPT TO:<later@")) == 2


@pytest.mark.parametrize("server", SMTP, indirect=True)
def test_submission_wants_a_user_and_shows_a_certificate_of_the_authority(described: target.Target) -> None:
    endpoint = described.endpoint("submission")
    assert endpoint
    with smtplib.SMTP(described.tls.server_name, endpoint.port, "client.test", PATIENCE) as client:
        client.ehlo()
        assert client.mail("user1@mail.test")[0] in (530, 535)
        client.starttls(context=ssl.create_default_context(cafile=described.tls.ca))
        client.login(described.accounts[0].user, described.accounts[0].password)
        assert client.mail(described.accounts[0].address)[0] == 250
        assert client.rcpt(described.accounts[1].address)[0] == 250


@pytest.mark.parametrize("server", SMTP, indirect=True)
def test_implicit_tls_shows_a_certificate_of_the_authority(described: target.Target) -> None:
    endpoint = described.endpoint("smtps")
    assert endpoint
    context = ssl.create_default_context(cafile=described.tls.ca)
    with smtplib.SMTP_SSL(described.tls.server_name, endpoint.port, timeout=PATIENCE, context=context) as client:
        assert client.ehlo()[0] == 250
        assert client.login(described.accounts[1].user, described.accounts[1].password)[0] == 235


@pytest.mark.parametrize("server", SUBMISSION_ONLY, indirect=True)
def test_what_a_user_submits_is_handed_on(described: target.Target, sink: Sink) -> None:
    endpoint, account = described.endpoint("submission"), described.accounts[0]
    assert endpoint
    identifier = make_msgid(domain="client.test")
    with smtplib.SMTP(described.tls.server_name, endpoint.port, "client.test", PATIENCE) as client:
        client.starttls(context=ssl.create_default_context(cafile=described.tls.ca))
        client.login(account.user, account.password)
        client.sendmail(account.address, "somebody@sink.test", message(identifier))

    assert len(sink.wait(identifier.encode(), seconds=PATIENCE)) == 1
