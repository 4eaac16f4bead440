"""The lab as a whole: one matrix of its servers, every finding known, the same verdicts again, every check proven."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from conformance import campaign, running, surveying, target
from conformance.lab import recipe
from conformance.verdicts import Verdict
from tests.lab.conftest import SERVERS, WHOLE
from tests.peers import smtp_extended, smtp_starttls
from tests.peers.pop3 import Oddity, serving
from tests.peers.repaired_imap import REPAIRS, repaired

PROVEN = running.SUITES / "proven.txt"

pytestmark = pytest.mark.timeout(1800)

SPEAKING = {
    protocol: tuple(name for name in recipe.speaking({protocol}) if name in SERVERS)
    for protocol in ("pop3", "imap", "smtp", "spf", "dkim", "dmarc", "lmtp", "http")
}
WHOLLY: dict[str, tuple[str, ...]] = {
    "pop3": ("dovecot", "popa3d"), "imap": ("dovecot",), "smtp": ("postfix",), "lmtp": ("dovecot",),
    "spf": ("postfix-spf",), "dkim": ("postfix-opendkim",), "dmarc": ("postfix-opendkim",), "http": ("apache",),
}  # fmt: skip
JUDGED = SPEAKING if WHOLE else WHOLLY
"""Servers that everything is run on."""
PART: dict[str, tuple[str, ...]] = {
    "pop3": ("rfc1939/5", "rfc2449/5"), "imap": ("rfc3501/6.3.3", "rfc3501/6.4.6", "rfc4315"), "smtp": ("rfc5321/4.1.1", "rfc3834/2"),
    "lmtp": ("rfc2033", "rfc3834"), "spf": ("rfc7208/5",), "http": ("rfc2616/9",),
    "dkim": ("rfc6376/3.6",), "dmarc": ("rfc7489/6.3",),
}  # fmt: skip
"""Checks that are run on the others."""
RUNS = [
    f"{protocol}{part}"
    for protocol, names in SPEAKING.items()
    for part in (("",) if WHOLE or set(names) <= set(JUDGED[protocol]) else ("", " in part"))
]
REFUTED: dict[str, tuple[str, ...]] = (
    {
        "pop3": ("dovecot", "cyrus", "popa3d"),
        "imap": ("dovecot", "dovecot24", "cyrus310", "courier", "pymap", "nginx"),
        "smtp": SPEAKING["smtp"],
        "lmtp": SPEAKING["lmtp"],
        "spf": SPEAKING["spf"],
        "dkim": SPEAKING["dkim"],
        "dmarc": SPEAKING["dmarc"],
        "http": SPEAKING["http"],
    }
    if WHOLE
    else {
        "pop3": ("dovecot", "popa3d"),
        "imap": ("dovecot",),
        "smtp": ("postfix",),
        "lmtp": ("dovecot",),
        "spf": ("postfix-spf",),
        "dkim": ("postfix-opendkim",),
        "dmarc": ("postfix-opendkim",),
        "http": ("apache",),
    }
)
"""Servers on which checks are also held through their faults; of the whole lab as many as it takes to prove every check."""
REFUTABLE: dict[str, tuple[str, ...]] = {
    "pop3": ("pop3",) if WHOLE else ("rfc1939/5", "rfc1939/6", "rfc2449"),
    "imap": ("imap",) if WHOLE else ("rfc3501/6.3", "rfc3501/6.4.6", "rfc4315", "rfc6851"),
    "smtp": ("smtp",) if WHOLE else ("rfc5321/4.1", "rfc2920", "rfc4954"),
    "lmtp": ("lmtp",),
    "spf": ("spf",) if WHOLE else ("rfc7208/5.1", "rfc7208/9.1", "rfc7208/4.6"),
    "dkim": ("dkim",) if WHOLE else ("rfc6376/3.2", "rfc6376/6"),
    "dmarc": ("dmarc",),
    "http": ("http",),
}
"""Checks that are held through their faults, and run a second time, each time."""
REFERENCES = {
    "reference": Oddity(),
    "reference-no-clear-passwords": Oddity(clear_passwords=False, other_secret=True),
}
"""Configurations that no server of the lab has, of the server that obeys the RFCs: some checks are proven on it alone."""
EXTENDED: dict[str, tuple[str, tuple[bytes, ...], tuple[str, ...]]] = {
    "extended": (
        "smtp",
        (b"SIZE 0", b"DELIVERBY 100"),
        (
            "rfc1870/a-maximum-of-zero-is-none",
            "rfc2852/less-than-the-least-time-with-mode-r-is-refused",
            "rfc3030/3",
            "rfc3461/envid-that-stands-for-what-is-not-printable-is-refused",
            "rfc3461/orcpt-that-stands-for-what-is-not-printable-is-refused",
            "rfc3463/the-bad-syntax-of-a-recipient-is-5-1-3",
            "rfc3463/the-bad-syntax-of-a-sender-is-5-1-7",
            "rfc4954/an-initial-response-is-answered-501-where-the-server-speaks-first",
            "rfc4954/the-501-for-an-initial-response-out-of-place-has-the-code-5-7-0",
            "rfc5321/552-behind-a-hundred-recipients-is-too-many-for-now",
            "rfc6409/a-sender-field-that-is-added-holds-a-valid-address",
            "rfc6531/no-utf8-is-sent-to-who-has-not-asked-for-it",
            "rfc6531/non-ascii-addresses-are-refused-with-550-or-553",
        ),
    ),
    "any-size": ("smtp", (b"SIZE",), ("rfc1870/a-size-beyond-all-resources-is-not-accepted",)),
    "one-size": (
        "smtp",
        (b"SIZE 100000", b"DELIVERBY"),
        (
            "rfc1870/a-message-of-the-maximum-size-is-not-refused-as-too-large",
            "rfc2852/mode-n-goes-on-when-the-time-has-passed",
        ),
    ),
    "without-recipients": ("lmtp", (), ("rfc2033/the-last-chunk-without-recipients-is-not-answered",)),
}
"""SMTP servers that no server of the lab is like: scheme, keywords besides the usual ones, and the checks proven there alone."""
DEMANDED = (
    "rfc3207/every-command-that-needs-tls-is-answered-530",
    "rfc3207/commands-that-need-no-tls-are-carried-out",
    "rfc3207/the-530-for-want-of-tls-has-the-code-5-7-0",
)
"""Checks of a server that demands TLS."""
PROTOCOLS = pytest.mark.parametrize("protocol", list(SPEAKING))
Runs = dict[str, campaign.Done]


@pytest.fixture(scope="module")
def first(lab_servers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run everything on some servers, or on all, and a part on the others."""
    jobs = {}
    for protocol, names in SPEAKING.items():
        others = tuple(name for name in names if name not in JUDGED[protocol])
        wholly = [lab_servers[name] for name in JUDGED[protocol]]
        whole = partial(performed, wholly, protocol, folder=tmp_path_factory.mktemp(protocol))
        jobs[protocol] = Job(JUDGED[protocol], whole)
        if others:
            folder = tmp_path_factory.mktemp(f"{protocol}-in-part")
            files = [lab_servers[name] for name in others]
            jobs[f"{protocol} in part"] = Job(others, partial(performed, files, *PART[protocol], folder=folder))
    return side_by_side(jobs)


@dataclass(frozen=True, slots=True)
class Job:
    """A run on servers of the lab, which nothing else uses meanwhile; without any, on peers of its own."""

    servers: tuple[str, ...]
    run: Callable[[], campaign.Done]

    def perform(self, locks: Mapping[str, threading.Lock]) -> campaign.Done:
        with contextlib.ExitStack() as held:
            for name in sorted(self.servers):  # in one order, so that no two jobs wait for each other
                held.enter_context(locks[name])
            return self.run()


def side_by_side(jobs: Mapping[str, Job]) -> Runs:
    """Run jobs of different servers at once, since most of their time is waiting; those of one, one after the other."""
    locks = {name: threading.Lock() for job in jobs.values() for name in job.servers}
    with ThreadPoolExecutor(len(jobs)) as lanes:
        running = {name: lanes.submit(job.perform, locks) for name, job in jobs.items()}
        return {name: each.result() for name, each in running.items()}


def performed(files: Iterable[Path], *selectors: str, folder: Path, refute: bool = False) -> campaign.Done:
    wanted = campaign.Wanted(selectors=selectors, folder=folder, refute=refute, quiet=True, deadline=1700)
    return campaign.perform([str(file) for file in files], wanted)


@pytest.fixture(scope="module")
def refuted(lab_servers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run each check as it is and through its fault."""
    jobs: dict[str, Job] = {}
    with contextlib.ExitStack() as peers:
        for protocol, names in REFUTED.items():
            files = [lab_servers[name] for name in names]
            if protocol == "pop3":
                for name, oddity in REFERENCES.items():
                    files.append(peers.enter_context(serving(tmp_path_factory.mktemp(name), oddity, name=name)))
            folder = tmp_path_factory.mktemp("refuted")
            jobs[protocol] = Job(names, partial(performed, files, *REFUTABLE[protocol], folder=folder, refute=True))
        for name, repair in REPAIRS.items():
            if repair.server in lab_servers:
                work = partial(mended, lab_servers[repair.server], tmp_path_factory.mktemp(name), name)
                jobs[name] = Job((repair.server,), work)
        for name in EXTENDED:
            jobs[name] = Job((), partial(extended, tmp_path_factory.mktemp(name), name))
        demanding = smtp_starttls.serving(tmp_path_factory.mktemp("tls"), smtp_starttls.Manners(demands_tls=True))
        behind, folder = peers.enter_context(demanding), tmp_path_factory.mktemp("demanded")
        jobs["demands-tls"] = Job((), partial(performed, [behind], *DEMANDED, folder=folder, refute=True))
        jobs["login-delay"] = Job((), partial(delayed, tmp_path_factory.mktemp("delayed")))
        if "exim" in lab_servers:
            work = partial(under_tls, lab_servers["exim"], tmp_path_factory.mktemp("exim-under-tls"))
            jobs["exim-under-tls"] = Job(("exim",), work)
        return side_by_side(jobs)


@pytest.fixture(scope="module")
def again(lab_servers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run what is also refuted a second time as it is."""
    return side_by_side(
        {
            protocol: Job(
                JUDGED[protocol],
                partial(
                    performed,
                    [lab_servers[name] for name in JUDGED[protocol]],
                    *REFUTABLE[protocol],
                    folder=tmp_path_factory.mktemp(f"{protocol}-again"),
                ),
            )
            for protocol in SPEAKING
        }
    )


def under_tls(file: Path, folder: Path) -> campaign.Done:
    """Refute the check of mail that is submitted under TLS on a server of which only the port with implicit TLS is known."""
    endpoint = target.load(file).endpoint("smtps")
    behind = folder / "exim-under-tls.toml"
    text = re.sub(r"(?m)^endpoints = .*$", f'endpoints = ["{endpoint}"]', file.read_text("utf-8"))
    behind.write_text(re.sub(r"(?m)^name = .*$", 'name = "exim-under-tls"', text, count=1), "utf-8")
    check = "rfc8314/the-received-field-of-a-submitted-message-names-the-cipher-suite"
    return performed([behind], check, folder=folder / "out", refute=True)


def extended(folder: Path, name: str) -> campaign.Done:
    """Refute the checks that an extended SMTP server is there for."""
    scheme, keywords, checks = EXTENDED[name]
    with smtp_extended.serving(folder, *keywords, name=name, scheme=scheme) as file:
        return performed([file], *checks, folder=folder / "out", refute=True)


def mended(file: Path, folder: Path, name: str) -> campaign.Done:
    """Refute the checks that a configuration is there for which no server of the lab has."""
    with repaired(file, folder, name) as behind:
        return performed([behind], *REPAIRS[name].checks, folder=folder / "out", refute=True)


def delayed(folder: Path) -> campaign.Done:
    """Refute the checks that need a server which keeps its LOGIN-DELAY."""
    with serving(folder, Oddity(login_delay=1), name="login-delay") as file:
        return performed([file], "rfc2449/6.5", folder=folder / "out", refute=True)


@pytest.mark.parametrize("run", RUNS)
def test_every_finding_is_a_known_deviation(first: Runs, run: str) -> None:
    unknown = [
        f"{r.target} {r.check}: {r.observed}"
        for r in first[run].run.results
        if r.verdict is Verdict.FAIL and r.waiver is None
    ]

    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize("run", RUNS)
def test_every_known_deviation_is_still_there(first: Runs, run: str) -> None:
    assert first[run].run.footer is not None
    assert first[run].run.footer["waiver_problems"] == []


@pytest.mark.parametrize("run", RUNS)
def test_every_server_is_judged(first: Runs, run: str) -> None:
    judgements = (Verdict.PASS, Verdict.FAIL, Verdict.WARN)
    counts = Counter(r.target for r in first[run].run.results if r.verdict in judgements)

    protocol, _, part = run.partition(" ")
    assert set(counts) == {name for name in SPEAKING[protocol] if (name in JUDGED[protocol]) is not bool(part)}
    assert min(counts.values()) > (10 if part or protocol == "lmtp" else 50), counts


@pytest.mark.parametrize("run", RUNS)
def test_no_check_stumbles_over_an_answer(first: Runs, run: str) -> None:
    stumbled = [f"{r.target} {r.check}: {r.why}" for r in first[run].run.results if "an answer lacks what" in r.why]

    assert not stumbled, "\n".join(stumbled)


def test_no_check_survives_its_fault_and_each_is_proven_somewhere(refuted: Runs) -> None:
    words = [
        (target, check, word)
        for done in refuted.values()
        for target, proofs in done.proofs.items()
        for check, word in proofs.items()
    ]
    proven = {check.partition("[")[0] for _, check, word in words if word == "proven"}

    blunt = [row for row in words if row[2].startswith("unproven")]
    assert WHOLE or blunt == []
    # of the whole lab some do what is right in a way that a lie cannot touch: then it bites elsewhere
    assert {check.partition("[")[0] for _, check, _ in blunt} <= proven
    if os.environ.get("UPDATE_GOLDEN"):
        PROVEN.write_text("\n".join(sorted(proven)) + "\n", "utf-8")
    assert proven <= running.proven()
    assert not WHOLE or proven == running.proven()


def test_every_check_has_been_proven() -> None:
    assert {row["check"].partition("[")[0] for row in surveying.collect(list(SPEAKING))} - running.proven() == set()


@PROTOCOLS
def test_a_second_run_gives_the_same_verdicts(first: Runs, again: Runs, protocol: str) -> None:
    before, after = verdicts(first[protocol]), verdicts(again[protocol])
    assert {key: (before[key], after[key]) for key in after if before[key] is not after[key]} == {}


def verdicts(done: campaign.Done) -> dict[tuple[str, str], Verdict]:
    return {(r.target, r.check): r.verdict for r in done.run.results}
