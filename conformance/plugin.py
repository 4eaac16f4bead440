"""The pytest plugin: collects checks, hands them to the judge, writes the run down, sets the exit code.

Inert where no target is given: it loads in every pytest run of its environment. Only public hooks are used.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance import exits, results, results_earlier, running, waivers
from conformance.audit_proofs import hear_out, refute_audits
from conformance.checks import Check, check_of
from conformance.checks_spf import Vector, of_files
from conformance.discovery import CannotJudge
from conformance.exits import Exit
from conformance.judging import Judge
from conformance.maildrop import Maildrop
from conformance.outcomes import Inconclusive, NotSupported
from conformance.requirements import CatalogueError
from conformance.selection import SelectorError, select
from conformance.target import Target, TargetError
from conformance.vectors import VectorError

OPTIONS = {
    "target": "target file or URL",
    "out": "run folder",
    "waivers": "waivers file",
    "selectors": "selectors, separated by blanks, or one a line",
    "fail-on": "must, should, any or none",
    "deadline": "seconds for the whole run",
    "retries": "how often a failure is confirmed (2)",
    "refute": "also run each check through its fault: 1",
    "spf-suite": "file of SPF test vectors in the openspf YAML dialect",
    "again": "earlier run folder: only what failed or could not be judged there",
    "list": "file that takes what every check says of itself, as JSON",
    "surveyed": "file with the ids of what is run, whatever the selectors say, and what a header tells of all, as JSON",
    "pipe": "descriptor that takes the result lines instead of the run folder",
}
RUN = pytest.StashKey["TargetRun"]()
PUBLISHED = pytest.StashKey[Mapping[str, Vector]]()
"""The test vectors of the file that is given."""
NOT_GIVEN = pytest.mark.not_given
"""Of a check that has no cases unless a file of them is given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mailconform", "conformance of mail servers")
    for name, text in OPTIONS.items():
        group.addoption(f"--mailconform-{name}", default="", help=text)
        parser.addini(f"mailconform_{name.replace('-', '_')}", text, default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "verifies(*requirements, refuted_by): the requirements a check proves, and the fault that must break it",
    )
    config.addinivalue_line("markers", "speaks(*protocols): those of a module whose RFC serves several")
    config.addinivalue_line("markers", "published(*requirements): what the cases of a file that is given prove")
    config.addinivalue_line("markers", "not_given: a check whose cases come from a file that is not given")
    config.addinivalue_line("markers", "needs(*capabilities): announced capabilities a check needs")
    file = _option(config, "spf-suite")
    try:
        config.stash[PUBLISHED] = of_files([Path(file)]) if file else {}
    except VectorError as error:
        raise pytest.UsageError(str(error)) from error


def _option(config: pytest.Config, name: str) -> str:
    return str(
        config.getoption(f"--mailconform-{name}") or config.getini(f"mailconform_{name.replace('-', '_')}") or ""
    )


def _selectors(config: pytest.Config) -> list[str]:
    """Return the selectors: one a line where each has its line end, else separated by blanks."""
    text = _option(config, "selectors")
    return text.splitlines() if text.endswith("\n") else text.split()


@dataclass(slots=True)
class TargetRun:
    """One target in one pytest session."""

    judge: Judge
    run: running.RunFile
    checks: dict[str, Check]
    chosen: set[str]
    refute: bool
    module: Path | None = None
    proofs: dict[str, str] = field(default_factory=dict)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give checks that take `published` a case for each vector of the file that is given; without one they have none."""
    if "published" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("published")
    cases = [
        pytest.param(vector, id=name, marks=pytest.mark.verifies(*mark.args, refuted_by=vector.lie))
        for name, vector in metafunc.config.stash[PUBLISHED].items()
        if mark
    ]
    metafunc.parametrize("published", cases or [pytest.param(None, marks=NOT_GIVEN)])


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if NOT_GIVEN.mark not in item.iter_markers()]
    checks = {item.nodeid: check for item in items if isinstance(item, pytest.Function) and (check := check_of(item))}
    if not checks:
        return
    try:
        everything = [*checks.values(), *running.audit_checks()]
        chosen = _chosen(config, everything)
        if earlier := _option(config, "again"):
            chosen &= _left_open(config, results.read(Path(earlier)))
    except (CatalogueError, SelectorError, results.ResultsError, TargetError) as error:
        raise pytest.UsageError(str(error)) from error
    if _option(config, "list"):
        running.write_list(Path(_option(config, "list")), checks.values())
    dropped = [item for item in items if item.nodeid in checks and checks[item.nodeid].id not in chosen]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)
    if _option(config, "target") and not config.option.collectonly:
        run = _begin(config, checks, everything, chosen)
        session.stash[RUN] = run
        unspoken = [
            item for item in items if item.nodeid in checks and run.checks[item.nodeid].protocol not in run.judge.dials
        ]
        items[:] = [item for item in items if item not in unspoken]


def _chosen(config: pytest.Config, everything: list[Check]) -> set[str]:
    """Return the ids of what is to be run: as a survey has found it, or by the selectors."""
    if survey := _option(config, "surveyed"):
        return set(json.loads(Path(survey).read_text("utf-8"))["chosen"])
    catalogue = running.catalogue()
    running.validate(everything, catalogue)
    return {c.id for c in select(everything, _selectors(config), catalogue)}


def _left_open(config: pytest.Config, earlier: results.Run) -> frozenset[str]:
    """Return what an earlier run left open on the target, or on any where none is given."""
    given = _option(config, "target")
    return results_earlier.open_checks(earlier, [running.load_target(given).name] if given else earlier.targets)


def _begin(config: pytest.Config, checks: dict[str, Check], everything: list[Check], chosen: set[str]) -> TargetRun:
    pipe = _option(config, "pipe")
    try:
        target = running.load_target(_option(config, "target"))
        given = _option(config, "waivers")
        known = (*running.known_deviations(target), *(waivers.load(Path(given)) if given else ()))
        file = running.RunFile(Path(_option(config, "out") or running.fresh_folder()), known, pipe)
    except (TargetError, waivers.WaiverError) as error:
        raise pytest.UsageError(str(error)) from error
    spoken = running.spoken(target)
    asked = {c.among(spoken).protocol for c in everything if c.id in chosen}
    protocols = [name for name in spoken if name in asked]
    here = {node: check.among(spoken) for node, check in checks.items()}
    try:
        return _target_run(config, target, file, here, chosen, protocols)
    except CannotJudge as error:
        why = f"{target.name}: {error}"
        file.trouble(Exit.CANNOT_JUDGE, why, target)
    pytest.exit(why, returncode=int(Exit.CANNOT_JUDGE))


def _target_run(  # noqa: PLR0917
    config: pytest.Config,
    target: Target,
    file: running.RunFile,
    checks: dict[str, Check],
    chosen: set[str],
    protocols: list[str],
) -> TargetRun:
    deadline = float(_option(config, "deadline") or 1200)
    retries = int(_option(config, "retries") or 2)
    judge = running.open_judge(target, file, deadline, protocols, retries)
    profile = "standard" if target.accounts else "safe"
    survey = _option(config, "surveyed")
    told = json.loads(Path(survey).read_text("utf-8"))["told"] if survey else running.told(checks.values())
    file.header(running.header([judge.profiles.values()], told, profile=profile))
    return TargetRun(judge, file, checks, chosen, bool(_option(config, "refute")))


def pytest_runtest_setup(item: pytest.Item) -> None:
    run = item.session.stash.get(RUN, None)
    if run is not None and item.nodeid in run.checks and run.module != item.path:
        run.module = item.path
        run.judge.control(run.checks[item.nodeid].protocol)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    run = item.session.stash.get(RUN, None)
    if run is not None and item.nodeid in run.checks and (nextitem is None or nextitem.path != item.path):
        run.judge.release(run.judge.control(run.checks[item.nodeid].protocol))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    run = pyfuncitem.session.stash.get(RUN, None)
    check = run.checks.get(pyfuncitem.nodeid) if run else None
    if run is None or check is None:
        return None

    def body() -> None:
        names = inspect.signature(pyfuncitem.obj).parameters
        given = {name: pyfuncitem.funcargs[name] for name in names}
        pyfuncitem.obj(**{**given, **_opened(run.judge, check, given)})

    attempt = run.judge.check(check, body)
    if run.refute and check.refuted_by is not None:
        run.proofs[check.id] = run.judge.refutation(check, attempt, body)
    if attempt.error is not None:
        raise attempt.error
    return True


def _opened(judge: Judge, check: Check, names: Collection[str]) -> dict[str, Any]:
    """Return what is new for every attempt: the dial of the check's protocol, its profile, sessions and mailboxes."""
    makers: dict[str, Callable[[], Any]] = {
        "dial": lambda: judge.dials[check.protocol],
        "profile": lambda: judge.profiles[check.protocol],
        "pop3": lambda: judge.pop3.pop3(),  # noqa: PLW0108 - a target without POP3 says so when it is called
        "imap": lambda: judge.imap.imap(),  # noqa: PLW0108
        "mailbox": lambda: judge.imap.mailbox(),  # noqa: PLW0108
        "smtp": lambda: judge.smtp.ready(),  # noqa: PLW0108
        "lmtp": lambda: judge.lmtp.ready(),  # noqa: PLW0108
        "sink": lambda: (judge.lmtp if check.protocol == "lmtp" else judge.smtp).sink(),  # noqa: PLW0108
        "spf": lambda: judge.spf,
        "dkim": lambda: judge.dkim,
        "dmarc": lambda: judge.dmarc,
    }
    return {name: make() for name, make in makers.items() if name in names}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note a check whose fixtures failed; a plain skip is the check's own wish."""
    run = item.session.stash.get(RUN, None)
    check = run.checks.get(item.nodeid) if run else None
    if run is None or check is None or call.when != "setup" or call.excinfo is None:
        return
    error = call.excinfo.value
    if not isinstance(error, pytest.skip.Exception) or isinstance(error, Inconclusive | NotSupported):
        run.judge.unbegun(check, error)


def pytest_sessionfinish(session: pytest.Session) -> None:
    run = session.stash.get(RUN, None)
    if run is None:
        return
    if not session.shouldstop:
        hear_out(run.judge, run.chosen)
    run.judge.finish(run.chosen)
    if run.refute and not session.shouldstop:
        run.proofs.update(refute_audits(run.judge, run.chosen))
    problems = waivers.problems(
        run.run.waivers, run.run.results, running.known_checks(run.checks.values()), dt.datetime.now(dt.UTC).date()
    )
    code, why = exits.of(
        run.run.results, fail_on=_option(session.config, "fail-on") or "must", waiver_problems=problems
    )
    if session.shouldstop or session.exitstatus == pytest.ExitCode.INTERRUPTED:
        code, why = Exit.INTERRUPTED, "the run was interrupted"
    run.run.footer(code, why, run.judge, run.proofs)
    session.exitstatus = int(code)


@pytest.fixture(scope="session")
def _run(request: pytest.FixtureRequest) -> TargetRun:
    run = request.session.stash.get(RUN, None)
    if run is None:
        pytest.skip("no target: give --mailconform-target FILE")
    return run


@pytest.fixture(scope="session")
def target(_run: TargetRun) -> Target:
    """The target file's contents."""
    return _run.judge.target


@pytest.fixture(scope="session")
def maildrop(_run: TargetRun) -> Maildrop | None:
    """A maildrop that holds known mail."""
    return _run.judge.maildrop


@pytest.fixture(scope="session")
def dial(_run: TargetRun) -> None:
    """Opens sessions in the check's protocol; generating checks take this and open their own."""


@pytest.fixture(scope="session")
def profile(_run: TargetRun) -> None:
    """What the target says of itself in the check's protocol."""


@pytest.fixture
def pop3(_run: TargetRun) -> None:
    """A POP3 connection in AUTHORIZATION state; the judge opens a new one for each attempt."""


@pytest.fixture
def imap(_run: TargetRun) -> None:
    """An IMAP connection that is not authenticated; the judge opens a new one for each attempt."""


@pytest.fixture
def smtp(_run: TargetRun) -> None:
    """An SMTP session that may send mail: greeting and EHLO done; the judge opens a new one for each attempt."""


@pytest.fixture
def lmtp(_run: TargetRun) -> None:
    """An LMTP session that may send mail: greeting and LHLO done; the judge opens a new one for each attempt."""


@pytest.fixture
def sink(_run: TargetRun) -> None:
    """The next hop that the target relays to, with nothing heard and nothing scripted yet."""


@pytest.fixture
def spf(_run: TargetRun) -> None:
    """The target's verifier of SPF, and the name server that it asks."""


@pytest.fixture
def dkim(_run: TargetRun) -> None:
    """The target's verifier of DKIM, and the name server that it asks."""


@pytest.fixture
def dmarc(_run: TargetRun) -> None:
    """The target's verifier of DMARC, and the name server that it asks."""


@pytest.fixture
def mailbox(_run: TargetRun) -> None:
    """A new empty IMAP mailbox, selected; the judge makes one for each attempt."""
