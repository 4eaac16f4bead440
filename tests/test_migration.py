"""`migrate check` between two servers: sameness, each fault by its name, resumption, and servers that misbehave."""

from __future__ import annotations

import imaplib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance import exits, migration, migration_imap, migration_pop3, reports
from conformance.discovery import CannotJudge
from conformance.embedded import serve
from conformance.faults import Act, Fault, HangUp, Memory, Reply, answer, hang_up, inject_before, rewrite, rewrite_raw
from conformance.lying import LyingStream
from conformance.migrated import Kind, Migration
from conformance.target import Endpoint, Target, TargetError, load
from conformance.transport.dialler import Dialler, Recorder

SCHEMA = Path(str(reports.__file__)).parent / "schemas" / "migration.json"
ALICE, BOB, CAROL = range(3)
LARGE = b"Message-ID: <large@example.org>\r\n\r\n" + b"A line of a large message.\r\n" * 45_000


def message(number: int) -> bytes:
    return b"From: a@example.org\r\nMessage-ID: <%d@example.org>\r\nSubject: %d\r\n\r\nBody %d\r\n" % ((number,) * 3)


@dataclass
class Two:
    """An old server, and a new one over a copy of its Maildirs."""

    old: Target
    new: Target
    folder: Path

    def file(self, target: Target, account: int, *, endpoints: Sequence[Endpoint] = (), patience: str = "1s") -> Path:
        """Write a target file of one account, over IMAP and POP3 without TLS."""
        chosen = endpoints or [e for e in target.endpoints if e.scheme in ("imap", "pop3")]
        user = target.accounts[account]
        path = self.folder / f"{len(list(self.folder.iterdir()))}.toml"
        lines = [
            f"name = {json.dumps(target.name)}",
            f"endpoints = {json.dumps([str(e) for e in chosen])}",
            f"patience = {json.dumps(patience)}",
            f"tls = {{ca = {json.dumps(target.tls.ca)}, server_name = 'localhost'}}",
            "[[account]]",
            f"user = {json.dumps(user.user)}",
            f"password = {json.dumps(user.password)}",
        ]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def client(target: Target, account: int) -> imaplib.IMAP4:
    endpoint = imap(target)
    imap4 = imaplib.IMAP4("127.0.0.1", endpoint.port)
    imap4.login(target.accounts[account].user, target.accounts[account].password)
    return imap4


def imap(target: Target) -> Endpoint:
    endpoint = target.endpoint("imap")
    assert endpoint is not None
    return endpoint


def fill(target: Target, account: int) -> None:
    with client(target, account) as imap4:
        for name in ("Work", "Work/2024", "Lists"):
            imap4.create(name)
        imap4.subscribe("Work")
        for number in (200, 201):
            imap4.append("Lists", "", '"01-Feb-2026 10:00:00 +0100"', message(number))
        for number in range(12):
            flags = "(\\Seen)" if number % 2 else "(\\Flagged)"
            imap4.append("INBOX", flags, f'"0{1 + number % 9}-Jan-2026 10:00:00 +0000"', message(number))
            imap4.append("Work", "", '"01-Feb-2026 10:00:00 +0100"', message(100 + number))
        imap4.append("Work/2024", "", '"01-Feb-2026 10:00:00 +0100"', LARGE)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("migration")
    (folder / "files").mkdir()
    with ExitStack() as stack:
        old = replace(load(stack.enter_context(serve(folder / "old"))), name="elm")
        for account in (ALICE, BOB):
            fill(old, account)
        shutil.copytree(folder / "old" / "mail", folder / "new" / "mail", symlinks=True)
        new = replace(load(stack.enter_context(serve(folder / "new"))), name="oak")
        spoil(new)
        yield Two(old, new, folder / "files")


def spoil(target: Target) -> None:
    """Do to Bob's mail what a bad copy does."""
    with client(target, BOB) as imap4:
        imap4.select("INBOX")
        imap4.store("4", "-FLAGS", "\\Seen")
        imap4.store("2", "+FLAGS", "\\Deleted")
        imap4.expunge()
        imap4.append("INBOX", "(\\Flagged)", '"01-Jan-2026 10:00:00 +0000"', message(0))
        imap4.append("INBOX", "", '"01-Jan-2026 10:00:00 +0000"', message(999))
        imap4.select("Work")
        imap4.store("3", "+FLAGS", "\\Deleted")
        imap4.expunge()
        imap4.append("Work", "", '"01-Feb-2026 10:00:00 +0100"', message(102).replace(b"Body", b"Boody"))
        imap4.unsubscribe("Work")
        imap4.delete("Work/2024")
        imap4.delete("Lists")
        imap4.create("Lists")
        for number in (200, 201):
            imap4.append("Lists", "", '"01-Feb-2026 10:00:00 +0100"', message(number))
        imap4.create("Extra")


def mailconform(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def checked(old: Path, new: Path, folder: Path) -> Migration:
    return migration.check(old, new, folder, lambda _: None, 60.0)


def lie_of(name: str, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server of this name tell a lie."""
    lies_of({name: fault}, monkeypatch)


def lies_of(lies: Mapping[str, Fault], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each server of these names tell its lie."""

    class Lying(Dialler):
        def __init__(self, target: Target, recorder: Recorder) -> None:
            super().__init__(target, recorder)
            if fault := lies.get(target.name):
                self.lie = lambda stream, endpoint: LyingStream(stream, fault, self, endpoint.protocol)

    monkeypatch.setattr(migration_imap, "Dialler", Lying)
    monkeypatch.setattr(migration_pop3, "Dialler", Lying)


def over_imap(two: Two, account: int = ALICE, patience: str = "1s") -> tuple[Path, Path]:
    """Write the target files of both sides, over IMAP alone."""
    old, new = (two.file(target, account, endpoints=[imap(target)], patience=patience) for target in (two.old, two.new))
    return old, new


def found(migrated: Migration) -> dict[tuple[str, Kind], int]:
    return {(row.mailbox, row.kind): row.count for row in migrated.rows if row.protocol == "imap"}


def test_a_copy_is_the_same_and_nothing_is_changed_by_looking(two: Two, tmp_path: Path) -> None:
    old, new = two.file(two.old, ALICE), two.file(two.new, ALICE)
    for _ in range(2):  # a finished check begins anew
        done = mailconform("migrate", "check", old, new, "--out", tmp_path)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "exit 0  (no difference of the asked classes)"), (
            done
        )
        assert "1 account, 5 mailboxes, 27 messages over IMAP and POP3 · no difference" in done.stdout
    with client(two.new, ALICE) as imap4:
        imap4.select("INBOX", readonly=True)
        assert b"\\Seen" not in imap4.fetch("1", "(FLAGS)")[1][0]  # type: ignore[operator]


@dataclass(eq=False)
class Listening(Fault):
    """Hears the commands."""

    heard: list[bytes] = field(default_factory=list)

    def on_command(self, line: bytes, memory: Memory) -> tuple[bytes, Sequence[Act]] | None:
        self.heard.append(line.strip())
        return None


def test_no_command_is_given_that_changes_something(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = Listening()
    lie_of("elm", listening, monkeypatch)
    checked(*over_imap(two), tmp_path)

    verbs = {line.partition(b" ")[0] for line in listening.heard}
    assert verbs == set(b"CAPABILITY NOOP STARTTLS LOGIN ID LIST LSUB EXAMINE FETCH LOGOUT".split())
    assert all(b"BODY[" not in line for line in listening.heard)


def test_each_fault_is_a_row_of_its_own(two: Two, tmp_path: Path) -> None:
    done = mailconform("migrate", "check", two.file(two.old, BOB), two.file(two.new, BOB), "--out", tmp_path)
    report = json.loads((tmp_path / "migration.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(report)
    rows = {(r["mailbox"], r["difference"]): r for r in report["rows"] if r["protocol"] == "imap"}

    assert done.returncode == 8
    assert {key: row["count"] for key, row in rows.items()} == {
        ("INBOX", "missing"): 1,
        ("INBOX", "flag lost"): 1,
        ("INBOX", "duplicated"): 1,
        ("INBOX", "added"): 1,
        ("Work", "changed"): 1,
        ("Work", "UID changed"): 1,
        ("Work", "subscription lost"): 1,
        ("Work/2024", "mailbox missing"): 1,
        ("Lists", "UIDVALIDITY changed"): 1,
        ("Extra", "mailbox added"): 1,
    }
    assert rows["INBOX", "missing"]["examples"] == ["UID 102 <1@example.org>"] or "<1@" in str(rows["INBOX", "missing"])
    assert "\\seen" in rows["INBOX", "flag lost"]["examples"][0]
    assert rows["Work/2024", "mailbox missing"]["before"] == "1 message"
    assert {r["difference"] for r in report["rows"] if r["protocol"] == "pop3"} >= {"missing", "duplicated", "added"}
    assert "lost" in done.stdout
    assert "| INBOX | missing | 1 |" in (tmp_path / "migration.md").read_text("utf-8")


def test_what_makes_exit_8_can_be_chosen(two: Two, tmp_path: Path) -> None:
    old, new = two.file(two.old, BOB), two.file(two.new, BOB)
    assert mailconform("migrate", "check", old, new, "--out", tmp_path, "--fail-on", "none").returncode == 0

    counts = {"noticed": 2, "harmless": 1}
    codes = [exits.of_migration(counts, compared=1, fail_on=asked)[0] for asked in exits.MIGRATION_FAIL_ON]
    assert codes == [0, 8, 8, 0]
    assert exits.of_migration({}, compared=0)[0] == exits.of_migration({}, compared=1, unjudged=["a"])[0] == 6


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (rewrite(rb"UIDVALIDITY \d+", b"UIDVALIDITY 7", of=rb"EXAMINE \"?Work\"?"),
         {("Work", Kind.UIDVALIDITY_CHANGED): 1}),
        (rewrite(rb"^(Message-ID: <104@)", rb"X-TUID: 1\r\n\1", of=rb"FETCH .*BODY.*"), {("Work", Kind.ALTERED): 1}),
        (rewrite(rb"^Body 104", b"Another", of=rb"FETCH .*BODY.*"), {("Work", Kind.CHANGED): 1}),
        (rewrite(rb"01-Feb-2026 \d\d:", b"01-Feb-2026 23:", of=rb"FETCH 1:1 .*"),
         {("Work/2024", Kind.DATE_CHANGED): 1}),
        (rewrite(rb"RFC822.SIZE \d+", b"RFC822.SIZE " + b"9" * 30, of=rb"FETCH 1:1 .*"),
         {("Work/2024", Kind.SIZE_CHANGED): 1}),
        (rewrite(rb"FLAGS \(", b"FLAGS ($New ", of=rb"FETCH 1:1 .*"), {("Work/2024", Kind.KEYWORD_GAINED): 1}),
    ],
    ids=["UIDVALIDITY", "header", "body", "date", "size", "keyword"],
)  # fmt: skip
def test_what_the_new_server_says_otherwise_is_told(
    two: Two, tmp_path: Path, lie: Fault, expected: dict[tuple[str, Kind], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lie_of("oak", lie, monkeypatch)

    assert found(checked(*over_imap(two), tmp_path)) == expected


def announcing(words: bytes, *answers: Fault) -> Fault:
    """A server that announces more than it has, and answers for that as it is told."""
    lie = rewrite(rb"IMAP4rev1", b"IMAP4rev1 " + words)
    for told in reversed(answers):
        lie = told | lie
    return lie


def acl(rights: bytes) -> Fault:
    """A server that tells of rights on Work, and of none on another mailbox."""
    told = answer(b"* ACL Work user1 lrswipkxtea" + rights + b"\r\n<tag> OK done\r\n", of=rb"GETACL \"?Work\"?")
    return announcing(b"ACL", told, answer(b"<tag> NO there is none\r\n", of=rb"GETACL .*"))


def limited(*resources: bytes) -> Fault:
    """A server whose INBOX has a quota of these resources, each with what is used and the limit."""
    roots = b"".join(b'* QUOTA "" (' + resource + b")\r\n" for resource in resources)
    told = b'* QUOTAROOT INBOX ""\r\n' + roots + b"<tag> OK done\r\n"
    return announcing(b"QUOTA", answer(told, of=rb"GETQUOTAROOT .*"))


def used_for(use: bytes) -> Fault:
    """A server whose mailbox Work has a special use."""
    return rewrite(rb'^\* LIST \((.*\) \S+ "?Work"?)(?=\r|$)', rb"* LIST (\\" + use + rb" \1", of=rb"LIST .*")


BOB_READS = acl(b" bob lrs")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BOB_READS, acl(b" bob lr"), {("Work", Kind.ACL_LOST, "bob lrs", "bob lr")}),
        (BOB_READS, acl(b""), {("Work", Kind.ACL_LOST, "bob lrs", "")}),
        (BOB_READS, acl(b" bob lrsw"), {("Work", Kind.ACL_GAINED, "bob lrs", "bob lrsw")}),
        (BOB_READS, acl(b" bob lrs carol l"), {("Work", Kind.ACL_GAINED, "", "carol l")}),
        (BOB_READS, acl(b" user=bob srl"), set()),
        (acl(b" bob lrcd"), acl(b" bob lrkte"), set()),
        (limited(b"STORAGE 1 100"), limited(b"STORAGE 1 50"), {("", Kind.QUOTA_LOWERED, "STORAGE 100", "STORAGE 50")}),
        (limited(b"STORAGE 1 100"), limited(b"STORAGE 1 200"), {("", Kind.QUOTA_RAISED, "STORAGE 100", "STORAGE 200")}),
        (limited(b"STORAGE 1 100"), limited(), {("", Kind.QUOTA_RAISED, "STORAGE 100", "STORAGE without a limit")}),
        (limited(b"STORAGE 1 100"), limited(b"STORAGE 1 100", b"MESSAGE 1 9"), {("", Kind.QUOTA_LOWERED, "MESSAGE without a limit", "MESSAGE 9")}),
        (limited(b"STORAGE 1 100"), limited(b"STORAGE 9 100"), set()),
        (used_for(b"Sent"), used_for(b"Junk"), {("Work", Kind.SPECIAL_USE_LOST, "\\Sent", "\\Junk")}),
        (used_for(b"Sent"), Fault(), {("Work", Kind.SPECIAL_USE_LOST, "\\Sent", "")}),
        (Fault(), used_for(b"Sent"), set()),
    ],
    ids=[
        "right-lost", "user-lost", "right-gained", "user-gained", "spelled-otherwise", "letters-of-rfc-2086",
        "quota-lowered", "quota-raised", "quota-gone", "quota-of-more", "more-used", "another-use", "use-lost", "use-gained",
    ],
)  # fmt: skip
def test_rights_limits_and_uses_are_compared(
    two: Two,
    tmp_path: Path,
    old: Fault,
    new: Fault,
    expected: set[tuple[str, Kind, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lies_of({"elm": old, "oak": new}, monkeypatch)
    migrated = checked(*over_imap(two, patience="20s"), tmp_path)

    assert {(row.mailbox, row.kind, row.before, row.after) for row in migrated.rows} == expected
    assert migrated.notes == []


@pytest.mark.parametrize(
    ("lie", "what"), [(BOB_READS, "ACL"), (limited(b"STORAGE 1 100"), "quota")], ids=["ACL", "quota"]
)
def test_what_the_new_server_does_not_tell_is_noted(
    two: Two, tmp_path: Path, lie: Fault, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie_of("elm", lie, monkeypatch)
    migrated = checked(*over_imap(two, patience="20s"), tmp_path)

    assert migrated.rows == []
    assert [note.partition(":")[0] for note in migrated.notes] == [f"{what} is not compared"]


@dataclass(eq=False)
class Counting(Fault):
    """Counts the messages whose content is asked for, and hangs up once, in the midst of one."""

    hangs_up: bool = True
    asked: list[bytes] = field(default_factory=list)

    def on_reply(self, reply: Reply, memory: Memory) -> Sequence[Act] | None:
        if reply.final or b" FETCH (" not in reply.raw[:40] or b"BODY[]" not in reply.raw[:200]:
            return None
        if self.hangs_up and len(self.asked) == 7:
            self.hangs_up = False
            return [reply.raw[:50], HangUp()]
        self.asked.append(reply.raw[:30])
        return None


def test_a_check_that_was_cut_short_goes_on(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_imap, "GROUP_OCTETS", 300)
    counting = Counting()
    lie_of("elm", counting, monkeypatch)
    old, new = over_imap(two)
    with pytest.raises(CannotJudge, match=r"old server elm, account alice: .*with --out .* goes on"):
        checked(old, new, tmp_path)
    before = len(counting.asked)
    told: list[str] = []
    migrated = migration.check(old, new, tmp_path, told.append, 60.0)

    assert found(migrated) == {}
    assert "going on" in told[0]
    assert before == 7
    assert len(counting.asked) - before <= 26 - 4 + 3  # the groups that had come were not asked for again


def test_a_folder_belongs_to_one_check(two: Two, tmp_path: Path) -> None:
    checked(two.file(two.old, CAROL), two.file(two.new, CAROL), tmp_path)

    done = mailconform("migrate", "check", two.file(two.old, ALICE), two.file(two.new, ALICE), "--out", tmp_path)

    assert (done.returncode, "another check" in done.stderr, "Traceback" in done.stderr) == (4, True, False)


HOSTILE = {
    "endless literal": rewrite_raw(rb"\{\d+\}", b"{4294967295}", of=rb"FETCH .*BODY.*"),
    "short literal": rewrite_raw(rb"\{(\d)\d*\}", rb"{\1}", of=rb"FETCH .*BODY.*"),
    "flood": inject_before(b"* 1 FETCH (FLAGS ())\r\n" * 50_000, of=rb"FETCH .*"),
    "one number": rewrite(rb"UID \d+", b"UID 7", of=rb"FETCH .*"),
    "no UID": rewrite(rb"UID \d+ ?", b"", of=rb"FETCH .*"),
    "expunge": inject_before(b"* 1 EXPUNGE\r\n", of=rb"FETCH .*"),
    "rejected": rewrite(rb"^(\S+) OK", rb"\1 BAD", of=rb"FETCH .*"),
    "closes": rewrite_raw(rb"(?s).*", b"* BYE enough\r\n", of=rb"FETCH .*"),
}  # fmt: skip


@pytest.mark.parametrize("lie", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_server_is_given_up_in_bounded_time(
    two: Two, tmp_path: Path, lie: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    lie_of("oak", lie, monkeypatch)
    with pytest.raises(CannotJudge) as caught:
        checked(*over_imap(two), tmp_path)

    assert "new server oak" in str(caught.value)
    assert str(caught.value).isprintable()
    assert time.monotonic() - began < 30


HIDDEN = rewrite_raw(rb"BODY\[\] \{\d+\}.*Body 105\r?\n", b"BODY[] NIL", of=rb"FETCH .*BODY.*")


def test_a_message_that_is_not_handed_out_is_told(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lie_of("oak", HIDDEN, monkeypatch)

    assert found(checked(*over_imap(two), tmp_path)) == {("Work", Kind.UNREADABLE): 1}


def test_what_the_old_server_hides_accuses_nobody(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lie_of("elm", HIDDEN, monkeypatch)
    migrated = checked(*over_imap(two), tmp_path)

    assert (found(migrated), len(migrated.unjudged)) == ({}, 1)


def over_pop3(two: Two) -> tuple[Path, Path]:
    """Write the target files of both sides, over POP3 alone."""
    ends = [[e for e in target.endpoints if e.scheme == "pop3"] for target in (two.old, two.new)]
    return two.file(two.old, ALICE, endpoints=ends[0]), two.file(two.new, ALICE, endpoints=ends[1])


@pytest.mark.parametrize(
    ("lie", "kinds", "notes"),
    [
        (rewrite(rb"^(\d+ )", rb"\1x", of=rb"UIDL"), {Kind.UIDL_CHANGED: 12}, 0),
        (answer(b"-ERR no\r\n", of=rb"TOP .*"), {}, 1),
        (answer(b"-ERR no\r\n", of=rb"UIDL"), {}, 1),
        (rewrite(rb"^Subject: 7\r?$", b"Subject: 8", of=rb"TOP .*"), {Kind.CHANGED: 1}, 0),
    ],
    ids=["UIDL", "no TOP", "no UIDL", "header"],
)
def test_a_maildrop_is_compared_by_headers(
    two: Two, tmp_path: Path, lie: Fault, kinds: dict[Kind, int], notes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie_of("oak", lie, monkeypatch)
    migrated = checked(*over_pop3(two), tmp_path)

    assert {row.kind: row.count for row in migrated.rows} == kinds
    assert (len(migrated.notes), migrated.mailboxes, migrated.messages) == (notes, 1, 12)


def test_a_maildrop_that_closes_midway_is_given_up(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lie_of("oak", hang_up(of=rb"TOP 5 0"), monkeypatch)
    with pytest.raises(CannotJudge, match=r"new server oak, account alice: .*goes on"):
        checked(*over_pop3(two), tmp_path)


def test_what_cannot_be_compared_is_a_usage_error(two: Two, tmp_path: Path) -> None:
    smtp = Endpoint(scheme="smtp", host="127.0.0.1", port=25)
    with pytest.raises(TargetError, match="neither IMAP nor POP3"):
        checked(two.file(two.old, ALICE), two.file(two.new, ALICE, endpoints=[smtp]), tmp_path)
    bare = tmp_path / "bare.toml"
    bare.write_text('name = "bare"\nendpoints = ["imap://127.0.0.1:1"]\n', "utf-8")
    with pytest.raises(TargetError, match="as many on both sides"):
        checked(two.file(two.old, ALICE), bare, tmp_path)


def test_a_dead_server_is_exit_6(two: Two, tmp_path: Path) -> None:
    dead = two.file(two.new, ALICE, endpoints=[Endpoint(scheme="imap", host="127.0.0.1", port=1)])
    done = mailconform("migrate", "check", two.file(two.old, ALICE), dead, "--out", tmp_path)

    assert done.returncode == 6
    assert len(done.stderr.splitlines()) == 1
    assert "connection refused" in done.stderr


def test_schema_is_a_schema() -> None:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
