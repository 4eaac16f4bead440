"""Target files and URLs: every mistake is one line that names the key and the nearest right one; nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import target
from conformance.target import Account, Endpoint, Limits, Mail, Target, TargetError, Tls
from conformance.target_verifiers import Verifier

SPF = "[[spf]]\nroute = "
SMALLEST = 'name = "alder"\nendpoints = ["pop3://127.0.0.1:110"]\n'
FULL = """
name = "alder-2.1"
label = "Alder on mail1"
product = "Alder 2.1"
endpoints = ["pop3://mail.example.org", "pop3s://[::1]:1995", "submission://mail.example.org"]
patience = "5s"
[tls]
ca = "ca.pem"
verify = false
server_name = "mail.example.org"
[[account]]
user = "alice"
password = "secret"
address = "alice@example.org"
quota = "64K"
maildir = "/var/mail/alice"
mbox = "/var/spool/alice"
[[account]]
user = "bob"
password_from = "file:bob.secret"
[mail]
local_domains = ["example.org"]
unknown = ["nobody@example.org"]
foreign = ["somebody@example.net", "other@example.com"]
smarthost_sink = "127.0.0.1:2525"
sink_domain = "sink.example"
delivery_wait = 10
max_messages = 5
[facilities]
dns = "127.0.0.1:5353"
[[spf]]
route = "policy"
address = "unix:/run/spf"
name = "alder-spf"
[[spf]]
route = "command"
command = "spfquery -i {ip} -h {helo} -s {sender}"
pattern = "^([a-z]+)"
[limits]
login_delay = "2m"
banner_delay = "500ms"
conn_rate = "30/m"
max_conns = 10
[lab]
server = "alder"
"""


def load(tmp_path: Path, text: str) -> Target:
    (tmp_path / "mailconform.toml").write_text(text, "utf-8")
    return target.load(tmp_path / "mailconform.toml")


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(TargetError) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"target file {tmp_path / 'mailconform.toml'}: ")
    assert len(said.splitlines()) == 1
    return said.removeprefix(f"target file {tmp_path / 'mailconform.toml'}: ")


def test_the_smallest_file_is_enough(tmp_path: Path) -> None:
    endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=110)

    assert load(tmp_path, SMALLEST) == Target(name="alder", endpoints=(endpoint,))


def test_everything_a_file_may_say(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    (tmp_path / "bob.secret").write_text("bobs own\r\n")

    assert load(tmp_path, FULL) == Target(
        name="alder-2.1",
        label="Alder on mail1",
        product="Alder 2.1",
        endpoints=(
            Endpoint(scheme="pop3", host="mail.example.org", port=110),
            Endpoint(scheme="pop3s", host="::1", port=1995),
            Endpoint(scheme="submission", host="mail.example.org", port=587),
        ),
        accounts=(
            Account(
                user="alice",
                password="secret",
                address="alice@example.org",
                quota="64K",
                maildir="/var/mail/alice",
                mbox="/var/spool/alice",
            ),
            Account(user="bob", password="bobs own"),
        ),
        tls=Tls(ca=str(tmp_path / "ca.pem"), verify=False, server_name="mail.example.org"),
        mail=Mail(
            local_domains=("example.org",),
            unknown=("nobody@example.org",),
            foreign=("somebody@example.net", "other@example.com"),
            smarthost_sink="127.0.0.1:2525",
            sink_domain="sink.example",
            delivery_wait=10,
            max_messages=5,
        ),
        limits=Limits(login_delay=120, banner_delay=0.5, conn_rate="30/m", max_conns=10),
        facilities={"dns": "127.0.0.1:5353"},
        spf=(
            Verifier(route="policy", address="unix:/run/spf", name="alder-spf", reads="received-spf"),
            Verifier(
                route="command",
                command="spfquery -i {ip} -h {helo} -s {sender}",
                name="command",
                reads="output",
                pattern="^([a-z]+)",
            ),
        ),
        lab={"server": "alder"},
        patience=5,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = alder", "Invalid value (at line 1, column 8)"),
        (SMALLEST + "[tls", "Expected ']' at the end of a table declaration (at "),
        ("", "name is missing"),
        ('name = ""', "name is missing"),
        ("name = 5", "name = 5: give text in quotes"),
        ('name = "Alder"', "name = 'Alder': give a name of a-z, 0-9, '.' and '-'"),
        ('name = "../up"', "name = '../up': give a name"),
        ('name = "a"', 'endpoints: give a list such as ["pop3://127.0.0.1:110"]'),
        ('name = "a"\nendpoints = "pop3://h"', "endpoints: give a list"),
        ('name = "a"\nendpoints = []', "endpoints: give a list"),
        ('name = "a"\nendpoints = [110]', "endpoints: give a list"),
        ('name = "a"\nendpoints = ["pop4://h"]', "'pop4://h': unknown scheme 'pop4' (did you mean 'pop3'?)"),
        (SMALLEST.replace("endpoints", "endpoint"), "unknown key endpoint (did you mean 'endpoints'?)"),
        (SMALLEST + "colour = 1", "unknown key colour (known: account, dkim, dmarc, endpoints, facilities, lab, "),
        (SMALLEST + '"x\\ny" = 1', "unknown key x\\ny (known: "),
        (SMALLEST + 'patience = "soon"', "patience: 'soon' is not a duration such as 30s or 5m"),
        (SMALLEST + "patience = true", "patience: True is not a duration"),
        (SMALLEST + "patience = -1", "patience: -1 is not a duration"),
        (SMALLEST + "patience = [1]", "patience: [1] is not a duration"),
        (SMALLEST + "label = 1", "label = 1: give text in quotes"),
        (SMALLEST + "product = []", "product = []: give text in quotes"),
        (SMALLEST + "tls = 1", "tls: write a table, [tls]"),
        (SMALLEST + "[tls]\nverfy = true", "unknown key tls.verfy (did you mean 'verify'?)"),
        (SMALLEST + '[tls]\nverify = "no"', "tls.verify = 'no': write true or false, without quotes"),
        (SMALLEST + "[tls]\nserver_name = 1", "tls.server_name = 1: give text in quotes"),
        (SMALLEST + '[tls]\nca = "nowhere.pem"', "tls.ca: no file '/"),
        (SMALLEST + "[tls]\nca = 1", "tls.ca = 1: give text in quotes"),
        (SMALLEST + '[account]\nuser = "a"', "account: write [[account]], with two brackets"),
        (SMALLEST + "account = [1]", "account: write [[account]], with two brackets"),
        (SMALLEST + '[[account]]\npassword = "x"', "account.user is missing"),
        (SMALLEST + '[[account]]\nuser = "a"', "account 'a': give password or password_from"),
        (SMALLEST + '[[account]]\nuser = "a"\npasword = "x"', "unknown key account.pasword (did you mean 'password'?)"),
        (SMALLEST + '[[account]]\nuser = "a"\npassword = 1', "account.password = 1: give text in quotes"),
        (SMALLEST + '[[account]]\nuser = "a"\npassword_from = 1', "account.password_from = 1: give text in quotes"),
        (SMALLEST + '[[account]]\nuser = "a"\npassword = "x\\r\\nQUIT"', "account 'a': neither user nor password may hold a line end"),
        (SMALLEST + '[[account]]\nuser = "a"\npassword = "x"\nquota = 5', "account.quota = 5: give text in quotes"),
        (SMALLEST + '[mail]\nlocal_domains = "example.org"', "mail.local_domains: give a list"),
        (SMALLEST + "[mail]\nlocal_domains = [1]", "mail.local_domains: give a list"),
        (SMALLEST + '[mail]\nlocal_domains = ["me@example.org"]', "mail.local_domains: give a list"),
        (SMALLEST + '[mail]\nunknown = "nobody@h"', 'mail.unknown: give a list such as ["nobody@example.org"]'),
        (SMALLEST + '[mail]\nunknown = ["nobody"]', "mail.unknown: give a list"),
        (SMALLEST + '[mail]\nforeign = ["h"]', 'mail.foreign: give a list such as ["somebody@example.net"]'),
        (SMALLEST + '[mail]\nforeign = ["a\\n@h"]', "mail.foreign: give a list"),
        (SMALLEST + "[mail]\nsmarthost_sink = 2525", "mail.smarthost_sink = 2525: give text in quotes"),
        (SMALLEST + '[mail]\nsmarthost_sink = "127.0.0.1"', "mail.smarthost_sink = '127.0.0.1': give an address and a port"),
        (SMALLEST + '[mail]\nsmarthost_sink = "::1:25"', "mail.smarthost_sink = '::1:25': give an address and a port"),
        (SMALLEST + '[mail]\nsmarthost_sink = "h:25"', "mail: smarthost_sink and sink_domain go together"),
        (SMALLEST + '[mail]\nsink_domain = "h"', "mail: smarthost_sink and sink_domain go together"),
        (SMALLEST + "[mail]\nsink_domain = 1", "mail.sink_domain = 1: give text in quotes"),
        (SMALLEST + '[mail]\nmax_messages = "many"', "mail.max_messages = 'many': give a number"),
        (SMALLEST + "[mail]\ndelivery_weight = 1", "unknown key mail.delivery_weight (did you mean 'delivery_wait'?)"),
        (SMALLEST + '[limits]\nlogin_delay = "1d"', "limits.login_delay: '1d' is not a duration"),
        (SMALLEST + '[limits]\nconn_rate = "0/m"', "limits.conn_rate = '0/m': give a rate such as 30/m or 2/s"),
        (SMALLEST + '[limits]\nconn_rate = "30"', "limits.conn_rate = '30': give a rate"),
        (SMALLEST + "[limits]\nconn_rate = 30", "limits.conn_rate = 30: give text in quotes"),
        (SMALLEST + "[limits]\nmax_conns = true", "limits.max_conns = True: give a number"),
        (SMALLEST + "[limits]\nmax_conns = -1", "limits.max_conns = -1: give a number"),
        (SMALLEST + "[facilities]\ndns = 53", "facilities.dns = 53: give text in quotes"),
        (SMALLEST + '[facilities]\ndns = "53"', "facilities.dns = '53': give an address and a port such as"),
        (SMALLEST + "spf = 1", "spf: write [[spf]], with two brackets"),
        (SMALLEST + "[spf]", "spf: write [[spf]], with two brackets"),
        (SMALLEST + "[[spf]]", "spf.route is missing"),
        (SMALLEST + SPF + "1", "spf.route = 1: give text in quotes"),
        (SMALLEST + SPF + '"xlient"', "spf.route = 'xlient': unknown (did you mean 'xclient'?)"),
        (SMALLEST + SPF + '"bind"', "spf: route = 'bind' needs an smtp:// endpoint, or address ="),
        (SMALLEST + SPF + '"bind"\nadress = "h:25"', "unknown key spf.adress (did you mean 'address'?)"),
        (SMALLEST + SPF + '"bind"\naddress = "unix:/x"', "spf.address = 'unix:/x': give \"127.0.0.1:2525\""),
        (SMALLEST + SPF + '"bind"\naddress = "h:25"\ncommand = "x"', "spf.command: that is for route = 'command', and this row's is"),
        (SMALLEST + "[[dkim]]", "dkim.route is missing"),
        (SMALLEST + '[[dkim]]\nroute = "milter"\naddress = "h:1"', "dkim.route = 'milter': give one of bind, xclient, proxy-v1"),
        (SMALLEST + '[[dmarc]]\nroute = "bind"\naddress = "h:1"\nreads = "reply"', "dmarc.reads = 'reply': that is always auth"),
        (SMALLEST + SPF + '"milter"', "spf.address: route = 'milter' needs one, such as \"127.0.0.1:8891\" or \"unix:/run/spf\""),
        (SMALLEST + SPF + '"policy"\naddress = "x"', "spf.address = 'x': give"),
        (SMALLEST + SPF + '"command"', "spf.command = '': give a command line with {ip}, {helo} and {sender}"),
        (SMALLEST + SPF + '"command"\ncommand = "a \'{ip}"', "spf.command = \"a '{ip}\": No closing quotation"),
        (SMALLEST + SPF + '"command"\ncommand = "a {ip}"\naddress = "h:1"', "spf.address: a command has none"),
        (SMALLEST + SPF + '"command"\ncommand = "a {ip}"\nreads = "reply"', "spf.reads = 'reply': give one of output, received-spf, auth"),
        (SMALLEST + SPF + '"policy"\naddress = "h:1"\nreads = "x"', "spf.reads = 'x': give one of reply, received-spf, auth"),
        (SMALLEST + SPF + '"policy"\naddress = "h:1"\nrecipient = "x"', "spf.recipient = 'x': give an address"),
        (SMALLEST + SPF + '"policy"\naddress = "h:1"\npattern = "("', "spf.pattern = '(': missing ), unterminated subpattern"),
        (SMALLEST + SPF + '"policy"\naddress = "h:1"\npattern = "x"', "spf.pattern = 'x': put the result's word into a group"),
        (SMALLEST + "[lab]\nserver = 1", "lab.server = 1: give text in quotes"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_key(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text).startswith(said)


def test_a_verifier_alone_is_a_target(tmp_path: Path) -> None:
    read = load(tmp_path, 'name = "a"\n' + SPF + '"command"\ncommand = "spfquery {ip}"')

    assert (read.endpoints, [row.name for row in read.spf]) == ((), ["command"])


def test_an_smtp_route_goes_to_the_endpoint_unless_it_has_an_address(tmp_path: Path) -> None:
    smtp = 'name = "a"\nendpoints = ["smtp://h"]\n'

    assert load(tmp_path, smtp + SPF + '"xclient"').spf == (
        Verifier(route="xclient", name="xclient", reads="received-spf"),
    )
    assert load(tmp_path, smtp + SPF + '"proxy-v1"\naddress = "[::1]:26"').spf[0].address == "[::1]:26"


def test_who_verifies_dkim_and_dmarc_is_read_from_their_field(tmp_path: Path) -> None:
    smtp = 'name = "a"\nendpoints = ["smtp://h:25"]\n'

    read = load(tmp_path, smtp + '[[dkim]]\nroute = "bind"\n[[dmarc]]\nroute = "xclient"\nname = "d"')

    reads = "authentication-results"
    assert read.dkim == (Verifier(route="bind", method="dkim", name="bind", reads=reads),)
    assert read.dmarc == (Verifier(route="xclient", method="dmarc", name="d", reads=reads),)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"^target file .*nowhere.toml: No such file or directory$"):
        target.load(tmp_path / "nowhere.toml")
    with pytest.raises(TargetError, match="Is a directory"):
        target.load(tmp_path)
    (tmp_path / "x.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(TargetError, match=r"x.toml: .*utf-8"):
        target.load(tmp_path / "x.toml")


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-3, 3), st.floats(), st.text(max_size=4), st.sampled_from(("30s", "pop3://h", "file:x", "env:X\0", "1/m"))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(("user", "password", "password_from", "ca", "maildir", "max_conns", "login_delay", "x")), inner, max_size=4),
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=80)
@given(st.dictionaries(st.sampled_from(sorted({*target._PLAIN_KEYS, "x"})), VALUES, max_size=5))
def test_whatever_a_file_says_it_is_read_or_refused_in_one_line(data: dict[str, Any]) -> None:
    try:
        read = target._target({"name": "a", "endpoints": ["pop3://h"], **data}, Path("/nowhere"))
    except TargetError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - reading it is right too
    else:
        json.dumps({**read.lab, **read.facilities})
        assert read.patience >= 0


# Passwords.


def test_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALICE_PASSWORD", " with spaces ")

    assert target.read_password("env:ALICE_PASSWORD") == " with spaces "


def test_a_password_from_a_file_beside_the_target_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("für immer\n")

    assert target.read_password("file:secret", tmp_path) == "für immer"
    assert target.read_password(f"file:{tmp_path / 'secret'}") == "für immer"


def test_a_password_from_a_command() -> None:
    assert target.read_password("cmd:printf 'a:b\\n'") == "a:b"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("env:NO_SUCH_VARIABLE_HERE", "environment variable NO_SUCH_VARIABLE_HERE is not set"),
        ("env:NOT_TEXT", "gives no text"),
        ("file:/nowhere/secret", "No such file or directory"),
        ("file:a\0b", "gives no text: embedded null byte"),
        ("file:binary", "gives no text: 'utf-8' codec"),
        ("cmd:exit 3", "the command did not give a password"),
        ("cmd:printf '\\377'", "gives no text: 'utf-8' codec"),
        ("cmd:a\0b", "gives no text: embedded null byte"),
        ("keyring", "is none of env:NAME, file:PATH, cmd:COMMAND"),
        ("secret", "is none of env:NAME, file:PATH, cmd:COMMAND"),
        ("", "is none of env:NAME, file:PATH, cmd:COMMAND"),
        ("file:a\nb", "No such file or directory"),
    ],
)
def test_a_password_source_that_gives_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    monkeypatch.setenv("NOT_TEXT", "\udcff")
    (tmp_path / "binary").write_bytes(b"\xff")

    with pytest.raises(TargetError) as caught:
        target.read_password(source, tmp_path)
    assert str(caught.value).startswith(f"password source {source!r}")
    assert said in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Account(user="alice", password="secret"))


# URLs and durations.


@pytest.mark.parametrize(
    ("url", "endpoint", "name"),
    [
        ("pop3://Mail.Example.org", "pop3://mail.example.org:110", "mail-example-org"),
        ("pop3s://127.0.0.1", "pop3s://127.0.0.1:995", "127-0-0-1"),
        ("pop3s://[::1]:9950", "pop3s://[::1]:9950", "1"),
        ("lmtp://h", "lmtp://h:24", "h"),
        ("pop3://[::]", "pop3://[::]:110", "target"),
    ],
)
def test_a_url_is_a_target(url: str, endpoint: str, name: str) -> None:
    found = target.from_url(url)

    assert (str(found.endpoints[0]), found.name, found.accounts) == (endpoint, name, ())


def test_a_url_may_name_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "x")

    assert target.from_url("pop3://al%40ex.org@h", password_from="env:PW").accounts == (
        Account(user="al@ex.org", password="x", address="al@ex.org"),
    )
    assert target.from_url("pop3://h", user="bob", password_from="env:PW").accounts == (
        Account(user="bob", password="x"),
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example.org", "unknown scheme ''"),
        ("gopher://h", "unknown scheme 'gopher' "),
        ("pop://h", "unknown scheme 'pop' (did you mean 'pop3'?)"),
        ("pop3://", "names no host"),
        ("pop3://h:99999", "is not a URL: Port out of range"),
        ("pop3://h:x", "is not a URL: Port could not be cast"),
        ("pop3://h:0", "nobody listens on port 0"),
        ("pop3://[::1", "is not a URL: Invalid IPv6 URL"),
        ("pop3://alice@h", "account 'alice' has no password: give --password-from"),
    ],
)
def test_a_url_that_is_none_is_named(url: str, said: str) -> None:
    with pytest.raises(TargetError) as caught:
        target.from_url(url)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (30, 30),
        (0.5, 0.5),
        ("30", 30),
        ("30s", 30),
        ("1.5s", 1.5),
        ("250ms", 0.25),
        ("5m", 300),
        ("2h", 7200),
        ("5 m", 300),
        ("0", 0),
    ],
)
def test_durations(text: str | float, read: float) -> None:
    assert target.seconds(text) == pytest.approx(read)


@pytest.mark.parametrize(
    "text", ["", "s", "1d", "-1", "1e3", "٣s", "1m30s", "9" * 400, float("inf"), float("nan"), "1,5s"]
)
def test_what_is_no_duration(text: str | float) -> None:
    with pytest.raises(TargetError, match="is not a duration such as 30s or 5m"):
        target.seconds(text)


@pytest.mark.parametrize(
    ("scheme", "implicit", "protocol"),
    [
        ("pop3", False, "pop3"), ("pop3s", True, "pop3"), ("imap", False, "imap"), ("imaps", True, "imap"), ("smtp", False, "smtp"),
        ("smtps", True, "smtp"), ("submission", False, "smtp"), ("submissions", True, "smtp"), ("lmtp", False, "lmtp"),
    ],
)  # fmt: skip
def test_schemes(scheme: str, implicit: bool, protocol: str) -> None:
    endpoint = target.parse_endpoint(f"{scheme}://h")

    assert (endpoint.implicit_tls, endpoint.protocol) == (implicit, protocol)
    assert target.parse_endpoint(str(endpoint)) == endpoint


def test_an_endpoint_is_found_by_the_first_scheme_that_there_is(tmp_path: Path) -> None:
    of = load(tmp_path, SMALLEST.replace('"]', '", "pop3s://h", "pop3://other"]'))

    assert str(of.endpoint("imap", "pop3")) == "pop3://127.0.0.1:110"
    assert of.endpoint("imap") is None


def test_checks_that_the_target_does_not_survive_are_named(tmp_path: Path) -> None:
    found = load(tmp_path, SMALLEST + 'spare = ["rfc1939/quit", "rfc3501/*-names", "rfc5321/a[b]"]\n')

    spared = ("rfc1939/quit", "rfc1939/quit[x]", "rfc3501/long-names[y]", "rfc5321/a[b]")
    assert [found.spares(name) for name in (*spared, "rfc1939/quits", "rfc5321/a[c]")] == [True] * 4 + [False] * 2


def test_spare_is_a_list(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="spare: give a list"):
        load(tmp_path, SMALLEST + 'spare = "rfc1939/quit"\n')
