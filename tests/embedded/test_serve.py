"""The embedded servers work together over one Maildir, and never outlive whoever started them."""

from __future__ import annotations

import imaplib
import os
import poplib
import select
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conformance.embedded import EmbeddedError, serve
from conformance.embedded.children import running
from conformance.embedded.home import Home
from conformance.target import Account, Target, load

PROJECT = Path(__file__).parents[2]
MESSAGE = (
    b"From: Sender <sender@example.com>\r\nTo: alice@example.org\r\nSubject: over one Maildir\r\n\r\n"
    b"first\r\n.begins with a dot\r\n..and with two\r\n\r\nFrom here on " + b"long " * 30 + b"\r\nlast\r\n"
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with serve(tmp_path_factory.mktemp("embedded")) as target_file:
        yield load(target_file)


@pytest.fixture
def trust(target: Target) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=target.tls.ca)


def port(target: Target, scheme: str) -> int:
    endpoint = target.endpoint(scheme)
    assert endpoint is not None
    return endpoint.port


def send(target: Target, recipient: Account, scheme: str = "smtp") -> None:
    client = smtplib.LMTP if scheme == "lmtp" else smtplib.SMTP
    with client("localhost", port(target, scheme)) as smtp:
        smtp.sendmail("sender@example.com", [recipient.address], MESSAGE)


def without_added_headers(message: bytes) -> bytes:
    """Take out what aiosmtpd's handler adds, and give lines the end they have on the wire."""
    lines = message.replace(b"\r\n", b"\n").split(b"\n")
    return b"\r\n".join(line for line in lines if not line.startswith((b"X-Peer:", b"X-MailFrom:", b"X-RcptTo:")))


def retrieved(pop: poplib.POP3, account: Account) -> bytes:
    pop.user(account.user)
    pop.pass_(account.password)
    newest = pop.stat()[0]
    lines = pop.retr(newest)[1]
    pop.quit()
    return b"".join(line + b"\r\n" for line in lines)


def processes_over(directory: Path) -> list[int]:
    """Find the servers that name a directory on their command line."""
    wanted, found = str(directory).encode(), []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in words and any(word.startswith(b"conformance.embedded.") for word in words):
            found.append(int(entry.parent.name))
    return found


@pytest.mark.parametrize("scheme", ["smtp", "lmtp"])
def test_what_is_sent_is_read_by_imap_and_by_pop3(target: Target, scheme: str) -> None:
    bob = target.accounts[1]
    with imaplib.IMAP4("127.0.0.1", port(target, "imap")) as imap:
        imap.login(bob.user, bob.password)
        before = int(imap.select()[1][0] or b"0")
        send(target, bob, scheme)
        imap.noop()
        assert int(imap.untagged_responses["EXISTS"][-1]) == before + 1
        fetched = [part for part in imap.fetch(str(before + 1), "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
        assert [without_added_headers(text) for _, text in fetched] == [MESSAGE]
    with closing(poplib.POP3("127.0.0.1", port(target, "pop3"))) as pop:
        assert without_added_headers(retrieved(pop, bob)) == MESSAGE


def test_pop3_speaks_tls_from_the_start_and_after_stls(target: Target, trust: ssl.SSLContext) -> None:
    alice = target.accounts[0]
    send(target, alice)
    with closing(poplib.POP3_SSL("localhost", port(target, "pop3s"), context=trust)) as implicit:
        assert "STLS" not in implicit.capa()
        assert without_added_headers(retrieved(implicit, alice)) == MESSAGE
    with closing(poplib.POP3("localhost", port(target, "pop3"))) as upgraded:
        assert "STLS" in upgraded.capa()
        upgraded.stls(context=trust)
        assert "STLS" not in upgraded.capa()
        assert without_added_headers(retrieved(upgraded, alice)) == MESSAGE


def test_nothing_sent_in_the_clear_behind_stls_is_obeyed(target: Target, trust: ssl.SSLContext) -> None:
    with socket.create_connection(("localhost", port(target, "pop3")), 5) as plain:
        plain.recv(512)
        plain.sendall(b"STLS\r\nUSER alice\r\nCAP")
        assert plain.recv(512).startswith(b"+OK")
        with trust.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(b"PASS alice-secret\r\n")
            assert secured.recv(512) == b"-ERR USER required before PASS\r\n"


def test_pop3_deletes_on_quit_and_imap_sees_it(target: Target) -> None:
    carol = target.accounts[2]
    send(target, carol)
    with closing(poplib.POP3("127.0.0.1", port(target, "pop3"))) as pop:
        pop.user(carol.user)
        pop.pass_(carol.password)
        assert pop.stat()[0] == 1
        pop.dele(1)
        pop.quit()
    with imaplib.IMAP4("127.0.0.1", port(target, "imap")) as imap:
        imap.login(carol.user, carol.password)
        assert imap.select()[1] == [b"0"]


def test_imap_and_smtp_speak_tls(target: Target, trust: ssl.SSLContext) -> None:
    alice = target.accounts[0]
    with imaplib.IMAP4_SSL("localhost", port(target, "imaps"), ssl_context=trust) as imaps:
        assert "STARTTLS" not in imaps.capabilities
        imaps.login(alice.user, alice.password)
    with imaplib.IMAP4("localhost", port(target, "imap")) as imap:
        imap.starttls(trust)
        imap.login(alice.user, alice.password)
    with smtplib.SMTP("localhost", port(target, "smtp")) as smtp:
        smtp.starttls(context=trust)
        smtp.login(alice.user, alice.password)
    with smtplib.SMTP_SSL("localhost", port(target, "submissions"), context=trust) as submissions:
        assert submissions.login(alice.user, alice.password)[0] == 235


def test_smtp_refuses_strangers_and_knows_the_postmaster(target: Target) -> None:
    with smtplib.SMTP("127.0.0.1", port(target, "smtp")) as smtp:
        smtp.helo()
        smtp.mail("sender@example.com")
        assert smtp.rcpt("nobody@example.org")[0] == 550
        assert smtp.rcpt("alice@example.com")[0] == 550
        assert smtp.docmd("RCPT TO:<Postmaster>")[0] == 250


def test_a_wrong_password_is_refused_everywhere(target: Target, trust: ssl.SSLContext) -> None:
    alice = target.accounts[0]
    with closing(poplib.POP3("127.0.0.1", port(target, "pop3"))) as pop:
        pop.user(alice.user)
        with pytest.raises(poplib.error_proto):
            pop.pass_("wrong")
    with imaplib.IMAP4("127.0.0.1", port(target, "imap")) as imap, pytest.raises(imaplib.IMAP4.error):
        imap.login(alice.user, "wrong")
    with (
        smtplib.SMTP_SSL("localhost", port(target, "submissions"), context=trust) as smtp,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        smtp.login(alice.user, "wrong")


def test_start_takes_under_three_seconds_and_the_end_leaves_nothing(tmp_path: Path) -> None:
    begun = time.monotonic()
    with serve(tmp_path) as target_file:
        assert time.monotonic() - begun < 3
        ports = [endpoint.port for endpoint in load(target_file).endpoints]
        assert len(processes_over(tmp_path)) == 3
    assert processes_over(tmp_path) == []
    assert all(is_closed(each) for each in ports)


def test_an_exception_in_the_block_ends_the_servers_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), serve(tmp_path):
        raise ZeroDivisionError
    assert processes_over(tmp_path) == []


def test_mail_survives_a_second_start_over_the_same_directory(tmp_path: Path) -> None:
    for expected in (1, 2):
        with serve(tmp_path) as target_file:
            target = load(target_file)
            send(target, target.accounts[0])
            with closing(poplib.POP3("127.0.0.1", port(target, "pop3"))) as pop:
                pop.user("alice")
                pop.pass_("alice-secret")
                assert pop.stat()[0] == expected


def test_servers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from conformance.embedded import serve\n"
        "with serve(Path(sys.argv[1])) as target_file: print(target_file, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        target = load(Path(parent.stdout.readline().decode().rstrip("\n")))
        children = [os.pidfd_open(pid) for pid in processes_over(tmp_path)]
        parent.kill()
    assert len(children) == 3
    for child in children:
        ended, _, _ = select.select([child], [], [], 10)
        os.close(child)
        assert ended
    assert all(is_closed(each.port) for each in target.endpoints)


def test_a_server_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with (
        running("smtp", ("smtp",), home) as child,
        pytest.raises(EmbeddedError, match=r"embedded smtp server is silent on smtp(?s:.*)FileNotFoundError"),
    ):
        child.wait_until_it_answers(home)


def is_closed(number: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", number)) != 0
