"""What SMTP clients and servers may say is drawn as the docstrings say, and its spelling means its value."""

from __future__ import annotations

import ipaddress
import re

from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import smtp as said
from conformance.strategies import smtp_commands as commands
from conformance.strategies.pop3 import Spelled
from conformance.strategies.smtp_commands import NULL, VERBS, Line, Parameter, Path
from conformance.wire import smtp

DOT_STRING = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
QUOTED = re.compile(rb'"(?:[ !#-\[\]-~]|\\[ -~])*"')
DOMAIN = re.compile(rb"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
PARAMETER = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]*(?:=[!-<>-~]+)?")
XTEXT = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
PATH_LIMIT, LOCAL_LIMIT = 256, 64


def local_of(raw: bytes) -> bytes:
    """What a local-part means."""
    return re.sub(rb"\\(.)", rb"\1", raw[1:-1], flags=re.DOTALL) if raw.startswith(b'"') else raw


def read(raw: bytes) -> Path:
    """A path read by other means than it was made by."""
    inside = raw[1:-1]
    route: list[bytes] = []
    if inside.startswith(b"@"):
        hosts, _, inside = inside.partition(b":")
        route = [host.removeprefix(b"@") for host in hosts.split(b",")]
    local, _, domain = inside.rpartition(b"@")
    assert DOT_STRING.fullmatch(local) or QUOTED.fullmatch(local) or not inside
    return Path(local_of(local), domain, tuple(route))


@given(commands.reverse_paths())
def test_a_path_means_what_it_spells(path: Spelled[Path]) -> None:
    assert (path.raw[:1], path.raw[-1:]) == (b"<", b">")
    assert read(path.raw) == path.value
    assert len(path.raw) <= PATH_LIMIT
    assert path == NULL or path.value.domain


@given(commands.local_parts())
def test_a_local_part_is_an_atom_with_dots_or_quoted(local: Spelled[bytes]) -> None:
    assert DOT_STRING.fullmatch(local.raw) or QUOTED.fullmatch(local.raw)
    assert local_of(local.raw) == local.value
    assert len(local.raw) <= LOCAL_LIMIT


@given(commands.domains())
def test_a_domain_has_labels_of_letters_digits_and_inner_hyphens(domain: bytes) -> None:
    assert DOMAIN.fullmatch(domain)
    assert domain.rpartition(b".")[2].isalpha()


@given(commands.address_literals())
def test_an_address_literal_is_an_address(literal: bytes) -> None:
    inside = literal[1:-1].decode()
    tagged = inside.lower().startswith("ipv6:")

    assert ipaddress.ip_address(inside[5 * tagged :]).version == (6 if tagged else 4)


@given(commands.spellings_of(b"user.one@mail.test"))
def test_every_spelling_of_a_mailbox_names_it(path: Spelled[Path]) -> None:
    again = read(path.raw)

    assert (again.local, again.domain.lower()) == (b"user.one", b"mail.test")
    assert again == path.value


@given(commands.parameters())
def test_a_parameter_is_a_keyword_and_maybe_a_value(parameter: Spelled[Parameter]) -> None:
    keyword, _, value = parameter.raw.partition(b"=")

    assert PARAMETER.fullmatch(parameter.raw)
    assert (keyword.upper(), value or None) == parameter.value


@given(commands.xtexts())
def test_xtext_hides_what_is_no_xchar(text: Spelled[bytes]) -> None:
    assert XTEXT.fullmatch(text.raw)
    assert re.sub(rb"\+(..)", lambda found: bytes.fromhex(found[1].decode()), text.raw) == text.value


@given(commands.command_lines())
def test_a_command_line_is_its_verb_in_some_letter_case_and_its_argument(line: Spelled[Line]) -> None:
    verb, _, rest = line.raw.partition(b" ")

    assert verb.upper() == line.value.verb == smtp.verb_of(line.raw)
    assert line.value.verb in VERBS
    assert len(line.raw) + 2 <= smtp.COMMAND_LIMIT
    if line.value.path is None:
        assert rest == line.value.argument
    else:
        assert rest.upper().startswith((b"FROM:<", b"TO:<"))
        assert rest.count(b"=") >= sum(value is not None for _, value in line.value.parameters)


@given(commands.spelled_like(b"MAIL FROM:<User@Mail.Test> SIZE=1"))
def test_what_is_spelled_otherwise_keeps_its_argument(line: bytes) -> None:
    assert line.upper().startswith(b"MAIL FROM:")
    assert line.endswith(b"<User@Mail.Test> SIZE=1")


@given(commands.batches(st.just(b"NOOP"), 3))
def test_a_batch_has_one_line_at_least(lines: tuple[bytes, ...]) -> None:
    assert 1 <= len(lines) <= 3


@given(commands.unknown_verbs())
def test_unknown_verbs_are_known_to_nobody(line: bytes) -> None:
    verb = smtp.verb_of(line)

    assert verb.isalpha()
    assert verb.startswith(b"XQ")


@given(commands.malformed_lines())
def test_malformed_lines_name_no_mailbox(line: bytes) -> None:
    verb = smtp.verb_of(line)

    assert verb not in {b"MAIL", b"RCPT"} or b"<" not in line or line == b"RCPT TO:<>"
    assert verb not in {b"EHLO", b"HELO"} or line == verb


@given(commands.broken_paths())
def test_broken_paths_end_inside_quotes(path: bytes) -> None:
    assert path.startswith(b'<"')
    assert path.count(b'"') == 1


@given(
    st.one_of(commands.malformed_lines(), commands.doubtful_lines(), commands.command_lines().map(lambda one: one.raw))
)
def test_nothing_that_is_said_is_more_than_a_line(line: bytes) -> None:
    assert not set(line) & set(b"\r\n\0")


@given(said.replies())
def test_the_lines_of_a_reply_have_one_code(reply: Spelled[tuple[smtp.ReplyLine, ...]]) -> None:
    assert len({line.code for line in reply.value}) == 1
    assert [line.separator == b"-" for line in reply.value] == [True] * (len(reply.value) - 1) + [False]
    assert reply.raw == b"".join(line.code + line.separator + line.text + b"\r\n" for line in reply.value)
