"""The pytest plugin: collects checks, hands them to the judge, writes the run down, sets the exit code.

Inert where no target is given: it loads in every pytest run of its environment. Only public hooks are used.
"""

from __future__ import annotations

import datetime as dt
import inspect
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance import exits, running, waivers
from conformance.audit_proofs import hear_out, refute_audits
from conformance.checks import Check, check_of
from conformance.dial import Dial
from conformance.discovery import CannotJudge, Profile
from conformance.exits import Exit
from conformance.judging import Judge
from conformance.maildrop import Maildrop
from conformance.outcomes import Inconclusive, NotSupported
from conformance.requirements import CatalogueError
from conformance.selection import SelectorError, select
from conformance.sessions.pop3 import Pop3
from conformance.target import Target, TargetError

OPTIONS = {
    "target": "target file or URL",
    "out": "run folder",
    "waivers": "waivers file",
    "selectors": "selectors, separated by blanks",
    "fail-on": "must, should, any or none",
    "deadline": "seconds for the whole run",
    "refute": "also run each check through its fault: 1",
    "list": "file that takes what every check says of itself, as JSON",
    "pipe": "descriptor that takes the result lines instead of the run folder",
}
RUN = pytest.StashKey["TargetRun"]()


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
    config.addinivalue_line("markers", "needs(*capabilities): announced capabilities a check needs")


def _option(config: pytest.Config, name: str) -> str:
    return str(
        config.getoption(f"--mailconform-{name}") or config.getini(f"mailconform_{name.replace('-', '_')}") or ""
    )


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


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    checks = {item.nodeid: check for item in items if isinstance(item, pytest.Function) and (check := check_of(item))}
    if not checks:
        return
    try:
        catalogue = running.catalogue()
        everything = [*checks.values(), *running.audit_checks()]
        running.validate(everything, catalogue)
        chosen = {c.id for c in select(everything, _option(config, "selectors").split(), catalogue)}
    except (CatalogueError, SelectorError) as error:
        raise pytest.UsageError(str(error)) from error
    if _option(config, "list"):
        running.write_list(Path(_option(config, "list")), checks.values(), chosen)
    dropped = [item for item in items if item.nodeid in checks and checks[item.nodeid].id not in chosen]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)
    if _option(config, "target") and not config.option.collectonly:
        _begin(session, config, checks, chosen)


def _begin(session: pytest.Session, config: pytest.Config, checks: dict[str, Check], chosen: set[str]) -> None:
    pipe = _option(config, "pipe")
    try:
        target = running.load_target(_option(config, "target"))
        given = _option(config, "waivers")
        known = (*running.known_deviations(target), *(waivers.load(Path(given)) if given else ()))
        file = running.RunFile(Path(_option(config, "out") or running.fresh_folder()), known, pipe)
    except (TargetError, waivers.WaiverError) as error:
        raise pytest.UsageError(str(error)) from error
    try:
        session.stash[RUN] = _target_run(config, target, file, checks, chosen)
    except CannotJudge as error:
        file.trouble(Exit.CANNOT_JUDGE, f"{target.name}: {error}", target)
        pytest.exit(f"{target.name}: {error}", returncode=int(Exit.CANNOT_JUDGE))


def _target_run(
    config: pytest.Config, target: Target, file: running.RunFile, checks: dict[str, Check], chosen: set[str]
) -> TargetRun:
    judge = running.open_judge(target, file.folder, file.result, float(_option(config, "deadline") or 1200))
    profile = "standard" if target.accounts else "safe"
    file.header(running.header([judge.profile], checks.values(), profile=profile))
    return TargetRun(judge, file, checks, chosen, bool(_option(config, "refute")))


def pytest_runtest_setup(item: pytest.Item) -> None:
    run = item.session.stash.get(RUN, None)
    if run is not None and item.nodeid in run.checks and run.module != item.path:
        run.module = item.path
        run.judge.control()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    run = item.session.stash.get(RUN, None)
    if run is not None and item.nodeid in run.checks and (nextitem is None or nextitem.path != item.path):
        run.judge.release(run.judge.control())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    run = pyfuncitem.session.stash.get(RUN, None)
    check = run.checks.get(pyfuncitem.nodeid) if run else None
    if run is None or check is None:
        return None

    def body() -> None:
        names = inspect.signature(pyfuncitem.obj).parameters
        given = {name: pyfuncitem.funcargs[name] for name in names}
        if "pop3" in given:
            given["pop3"] = run.judge.dial.pop3()  # a new connection for every attempt
        pyfuncitem.obj(**given)

    attempt = run.judge.check(check, body)
    if run.refute and check.refuted_by is not None:
        run.proofs[check.id] = run.judge.refutation(check, attempt, body)
    if attempt.error is not None:
        raise attempt.error
    return True


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
def dial(_run: TargetRun) -> Dial:
    """Opens sessions; generating checks take this and open their own."""
    return _run.judge.dial


@pytest.fixture(scope="session")
def profile(_run: TargetRun) -> Profile:
    """What the target says of itself."""
    return _run.judge.profile


@pytest.fixture(scope="session")
def target(_run: TargetRun) -> Target:
    """The target file's contents."""
    return _run.judge.profile.target


@pytest.fixture(scope="session")
def maildrop(_run: TargetRun) -> Maildrop:
    """A maildrop that holds known mail."""
    return _run.judge.maildrop


@pytest.fixture
def pop3(_run: TargetRun) -> Pop3 | None:
    """A connection in AUTHORIZATION state; the judge opens a new one for each attempt, so there is none yet here."""
    return None
