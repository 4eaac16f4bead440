"""The action and the recipes of docs/ci.md do what they say, on the embedded servers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from conformance import results
from conformance.commands.runs import run as run_command
from conformance.embedded import serve

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
GITHUB, GITLAB = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
BROKEN = "rfc1939/broken-*"
HELD = "rfc1939/held-*"
SUITE = '''
from conformance import say, verifies

LIE = say(b"-ERR lie\\r\\n", of=rb"CAPA")


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_broken_always(pop3):
    """Demand what no server does."""
    assert pop3.command("CAPA").text == b"welcome"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_held_always(pop3):
    """Ask for CAPA."""
    assert pop3.command("CAPA").positive
'''
PROGRAM = """#!{python}
import sys
from pathlib import Path
from conformance import cli, runner

runner.suite_folders = lambda: (Path({suites!r}),)  # two checks: collecting thousands for each run takes its time
sys.argv[0] = "mailconform"
cli.main()
"""


@dataclass(frozen=True)
class Said:
    """How a step ended: exit code, standard output, what stands in the files of the job."""

    code: int
    out: str
    err: str
    summary: str
    outputs: dict[str, str]


@dataclass(frozen=True)
class Job:
    """A job's folder with a target file, and an installed harness where the action puts it."""

    folder: Path

    def action(self, **inputs: str) -> Said:
        """Run the last step of the action with these inputs, as its runner does."""
        (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
        given = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        names = {name: re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value) for name, value in step["env"].items()}
        return self.step(step["run"], **{name: given[match[1]] for name, match in names.items() if match})

    def step(self, script: str, **environment: str) -> Said:
        """Run a step's script in a bash that stops at the first error."""
        files = {name: self.folder / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for file in files.values():
            file.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=100,
            env=os.environ | {name: str(file) for name, file in files.items()} | environment
            | {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(self.folder), "PATH": f"{self.folder}/mailconform/bin:{os.environ['PATH']}"},
        )  # fmt: skip
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return Said(done.returncode, done.stdout, done.stderr, files["GITHUB_STEP_SUMMARY"].read_text("utf-8"), outputs)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    folder = tmp_path_factory.mktemp("job")
    program = folder / "mailconform" / "bin" / "mailconform"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM.format(python=sys.executable, suites=str(folder / "suites")))
    program.chmod(0o755)
    (folder / "suites" / "rfc1939").mkdir(parents=True)
    (folder / "suites" / "rfc1939" / "test_small.py").write_text(SUITE)
    for name in ("servers", "ci", "rfc1939"):
        (folder / name).mkdir()
    (folder / "rfc1939" / "broken-file").touch()  # what a selector would become if the shell took it for a pattern
    (folder / "ci" / "waivers.toml").write_text("")
    with serve(folder / "servers") as target:
        (folder / "ci" / "mailconform.toml").write_text(target.read_text())
        yield Job(folder)


@pytest.fixture(scope="module")
def failed(job: Job) -> Said:
    return job.action(target_file="ci/mailconform.toml", select=f"{BROKEN}\n{HELD}", baseline="nowhere")


def annotations(said: Said) -> list[str]:
    """Return the commands that a runner would obey: those that stand outside of what was stopped."""
    obeyed, word = [], ""
    for line in said.out.splitlines():
        if word and line == f"::{word}::":
            word = ""
        elif not word and line.startswith("::stop-commands::"):
            word = line.removeprefix("::stop-commands::")
        elif not word and line.startswith("::"):
            obeyed.append(line)
    assert not word
    return obeyed


def test_findings_fail_the_step_and_are_annotated(failed: Said) -> None:
    assert failed.code == 1, failed.out + failed.err
    first, *told = annotations(failed)
    assert first == "::notice title=mailconform::no baseline yet in nowhere: every finding counts"
    assert told
    assert all(line.startswith("::error title=MUST RFC 1939 section 3::embedded: Broken always; ") for line in told)
    assert failed.summary.startswith("# Mail standards report\n")


def test_outputs_name_the_run_folder(failed: Said) -> None:
    folder = Path(failed.outputs["folder"])
    assert failed.outputs["exit-code"] == "1"
    log = json.loads((folder / "results.sarif").read_text("utf-8"))
    assert len(log["runs"][0]["results"]) == len(annotations(failed)) - 1
    checks = [result.check for result in results.read(folder).results]
    assert checks == ["rfc1939/broken-always", "rfc1939/held-always"]  # both selectors have arrived, each as one word


def test_what_the_baseline_has_fails_no_step(job: Job, failed: Said) -> None:
    again = job.action(target_file="ci/mailconform.toml", select=BROKEN, baseline=failed.outputs["folder"])
    assert (again.code, annotations(again)) == (0, []), again.out + again.err
    assert "0 new findings" in again.summary


def test_a_wrong_input_names_no_folder(job: Job) -> None:
    said = job.action(target_file="nowhere.toml", waivers="ci/waivers.toml")
    assert (said.code, said.outputs) == (4, {"exit-code": "4"})
    assert said.err == "mailconform: target file nowhere.toml: No such file or directory\n"


def test_the_install_step_installs_this_repository() -> None:
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("name") == "Install"]
    assert '-m pip install --quiet "$GITHUB_ACTION_PATH"' in step["run"]
    assert not [
        step for step in ACTION["runs"]["steps"] if "${{" in step["run"]
    ]  # inputs come as variables, never as script


def test_the_github_recipe_gives_the_action_what_it_takes() -> None:
    (step,) = [step for step in GITHUB["jobs"]["mail-conformance"]["steps"] if step.get("id") == "mail"]
    assert step["with"].keys() <= ACTION["inputs"].keys()
    used = set(re.findall(r"steps\.mail\.outputs\.([a-z-]+)", PAGE))
    assert used == ACTION["outputs"].keys()


def test_the_gitlab_recipe_runs(job: Job, failed: Said) -> None:
    shutil.copytree(failed.outputs["folder"], job.folder / "baseline")
    script = "\n".join(GITLAB["mail-conformance"]["script"])
    quick = script.replace("mailconform run", f"mailconform run -s '{BROKEN}'")
    said = job.step(quick, CI_COMMIT_BRANCH="main", CI_DEFAULT_BRANCH="main")
    kept, run = (results.read(job.folder / name) for name in ("baseline", "mailconform-run"))
    assert (said.code, kept.header["run"]) == (0, run.header["run"]), said.out + said.err
    assert (job.folder / "mailconform-run" / "junit.xml").is_file()


def test_the_options_of_the_page_are_those_of_the_command() -> None:
    known = {name for parameter in run_command.params for name in parameter.opts}
    lines = [line for line in PAGE.splitlines() if "mailconform run" in line or line.startswith("- `--")]
    named = set(re.findall(r"--[a-z-]+", " ".join(lines)))
    assert {"--baseline", "--waivers", "--out", "--fail-on"} <= named <= known
