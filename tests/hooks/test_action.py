"""The action: its script hands on what came of a run, and its file is pinned and inert."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import Command
from tests.conftest import Repository
from tests.generated import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPT = ROOT / ".github" / "action" / "run.sh"


class Runner:
    """A runner of GitHub, as far as the script sees one."""

    def __init__(self, folder: Path, command: Command) -> None:
        self.repo = Repository(folder / "repo")
        self.folder = folder
        home, programs = folder / "home", folder / "bin"
        home.mkdir()
        programs.mkdir()
        words = " ".join(f"'{word}'" for word in command.argv())
        (programs / "guard").write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        python = _PYTHON.format(programs=programs, folder=folder, python=sys.executable)
        (programs / "python").write_text(python)
        for program in programs.iterdir():
            program.chmod(0o755)
        env = command.environment(home)
        self.environment = {
            **env,
            "PATH": f"{programs}:{env['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }

    def run(self, **env: str) -> tuple[int, dict[str, str], str]:
        """Exit code of the step, its outputs, and what it printed."""
        (self.folder / "output").write_text("")
        (self.folder / "summary").write_text("")
        done = subprocess.run(
            ["bash", "-e", str(SCRIPT)], cwd=self.repo.root, env={**self.environment, **env}, capture_output=True,
            text=True, check=False, timeout=120,
        )  # fmt: skip
        lines = (self.folder / "output").read_text().splitlines()
        return done.returncode, dict(line.split("=", 1) for line in lines), done.stdout + done.stderr


@pytest.fixture
def runner(tmp_path: Path, command: Command) -> Runner:
    made = Runner(tmp_path, command)
    made.repo.commit({"a.txt": "x\n"})
    return made


def test_what_came_of_a_run_is_handed_on(runner: Runner) -> None:
    """A clean run, one with findings, and one that could not begin; the step itself does not fail."""
    code, outputs, _ = runner.run()
    assert (code, outputs["exit-code"], outputs["verdict"], outputs["new"]) == (0, "0", "pass", "0")
    runner.repo.write("bad.json", "{\n")
    code, outputs, said = runner.run()
    assert (code, outputs["exit-code"], outputs["verdict"], outputs["error"]) == (0, "3", "fail", "1")
    assert "::error" in said
    assert json.loads(Path(outputs["json"]).read_text())["exit_code"] == 3
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert "bad.json" in (runner.folder / "summary").read_text()
    code, outputs, _ = runner.run(SINCE="nowhere")
    assert (code, outputs["exit-code"], outputs["verdict"]) == (0, "2", "incomplete")


def test_the_inputs_arrive(runner: Runner) -> None:
    base = runner.repo.id_of("HEAD")
    runner.repo.commit({"bad.json": "{\n", "a.orig": "x\n"})
    assert runner.run()[1]["exit-code"] == "3"
    assert runner.run(GUARDS="hygiene")[1]["exit-code"] == "0"
    assert runner.run(GUARDS="hygiene, versions", FAIL_LEVEL="warning")[1]["exit-code"] == "1"
    assert runner.run(BASE=base)[1]["new"] == "2"
    assert runner.run(BASE=runner.repo.id_of("HEAD"))[1]["new"] == "0"
    assert runner.run(BASE=runner.repo.id_of("HEAD"), SINCE="none")[1]["new"] == "2"
    runner.repo.write("guard.toml", 'skip = ["schema"]\n')
    assert runner.run()[1]["exit-code"] == "0"
    assert runner.run(POLICY_FROM=base)[1]["exit-code"] == "3"


@pytest.mark.parametrize("guards", ["--exit-zero", "hygiene;id", "$(id)", "hygiene --exit-zero", "../x"])
def test_what_is_no_name_of_a_guard_is_refused(runner: Runner, guards: str) -> None:
    code, outputs, said = runner.run(GUARDS=guards)
    assert (code, outputs) == (2, {})
    assert "uid=" not in said


def test_the_file_says_what_the_script_does() -> None:
    """Every output is one that the script writes, every action is pinned, and no command holds an expression."""
    written = {"exit-code", "verdict", "error", "warning", "note", "new", "baselined", "waived", "problems"}
    assert set(ACTION["outputs"]) == written | {"json", "sarif", "markdown"}
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.run.outputs.{name} }}}}"
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "uses" not in step or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
    (run,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
    used = {value for value in run["env"].values() if "inputs." in value}
    told = {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"] if not name.startswith("sarif")}
    assert used == told


def test_everything_is_installed_by_hash() -> None:
    """Each requirement of the package, and what builds it, with hashes."""
    text = (ROOT / ".github" / "action" / "requirements.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    needed = {
        "click",
        "detect-secrets",
        "google-re2",
        "hyperscan",
        "jsonschema-rs",
        "orjson",
        "packaging",
        "pyyaml",
        "rich",
    }
    assert needed | {"hatchling"} <= pinned
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


# ---- All steps, as a runner goes through them ------------------------------------------------------------------------

_PYTHON = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "{programs}/guard" "{programs}/python" "$3/bin/" ;;
  "-m pip "*) echo "$@" >>"{folder}/installed" ;;
  *) exec {python} "$@" ;;
esac
"""
"""Installs nothing, and notes what would be."""
MAIN = {"event_name": "push", "ref_name": "main", "sha": "1" * 40, "event": {"repository": {"default_branch": "main"}}}


@dataclass
class Job:
    """The steps of the action in a job: conditions and expressions are worked out as a runner does."""

    runner: Runner
    github: dict[str, Any]
    inputs: dict[str, str]
    uploads: bool = True
    """Whether an upload to code scanning is allowed."""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    status: str = "success"
    said: str = ""

    def go(self, *, cancel: Path | None = None) -> Job:
        """All steps. `cancel`: the job is cancelled in the step that runs guard, once this file is there."""
        for step in ACTION["runs"]["steps"]:
            name = step.get("name") or step["uses"].partition("@")[0]
            if not self._true(step.get("if", "success()")):
                continue
            self.ran.append(name)
            outcome, outputs = self._step(step, cancel if step.get("id") == "run" else None)
            self.steps[step.get("id", name)] = {"outcome": outcome, "outputs": outputs}
            if outcome != "success" and not step.get("continue-on-error"):
                self.status = "failure" if self.status == "success" else self.status
        return self

    def _step(self, step: dict[str, Any], cancel: Path | None) -> tuple[str, dict[str, str]]:
        if "uses" in step:
            allowed = self.uploads or "upload-sarif" not in step["uses"]
            return "success" if allowed else "failure", {}
        output = self.runner.folder / "output"
        output.write_text("")
        env = {**self.runner.environment, "GITHUB_ACTION_PATH": str(ROOT)}
        env |= {key: self._filled(value) for key, value in step.get("env", {}).items()}
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.runner.repo.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if cancel is not None:
            while not cancel.exists() and process.poll() is None:
                time.sleep(0.01)
            self.status = "cancelled"
            process.send_signal(signal.SIGINT)
        self.said += process.communicate(timeout=60)[0]
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return "success" if process.returncode == 0 else "failure", outputs

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: str(self._value(found[1]) or ""), text)

    def _true(self, condition: str) -> bool:
        state = re.search(r"\b(?:always|success|failure|cancelled)\(\)", condition)
        return bool(self._value(condition)) and (state is not None or self.status == "success")

    def _value(self, expression: str) -> Any:
        """The few forms of expressions that the action uses."""
        known = {"always()": "True", "success()": repr(self.status == "success"), "&&": " and ", "||": " or "}
        for old, new in known.items():
            expression = expression.replace(old, new)
        contexts = {"inputs": self.inputs, "github": self.github, "steps": self.steps, "runner": {"os": "Linux"}}
        path = re.compile(r"\b(inputs|github|steps|runner)((?:\.[\w-]+)+)")
        return eval(path.sub(lambda found: repr(_at(contexts[found[1]], found[2])), expression))


def _at(value: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def job(runner: Runner, github: dict[str, Any], **inputs: str) -> Job:
    """A job with these inputs, and the defaults of all others."""
    defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
    return Job(runner, github, {**defaults, **{name.replace("_", "-"): value for name, value in inputs.items()}})


def pull_request(base: str) -> dict[str, Any]:
    """What a pull request brings along."""
    return {"event_name": "pull_request", "ref_name": "1/merge", "event": {"pull_request": {"base": {"sha": base}}}}


UPLOAD, WORD, FAIL = "Upload to code scanning", "Say that nothing was uploaded", "Fail where guard did"
RECALL, REMEMBER = "Recall what guard learned", "Remember what guard learned"


@pytest.mark.slow
def test_a_push_is_looked_at_as_a_whole(runner: Runner) -> None:
    done = job(runner, MAIN).go()
    assert (done.status, done.steps["run"]["outputs"]["verdict"]) == ("success", "pass")
    assert done.ran == ["actions/setup-python", "Install guard", "Run guard", FAIL]
    installed = (runner.folder / "installed").read_text().splitlines()
    assert "--require-hashes" in installed[0]
    assert "--no-deps --no-build-isolation" in installed[1]
    runner.repo.commit({"bad.json": "{\n"})
    done = job(runner, MAIN).go()
    assert (done.status, done.steps["run"]["outputs"]["error"]) == ("failure", "1")


@pytest.mark.slow
def test_a_pull_request_answers_for_what_it_changes(runner: Runner) -> None:
    base = runner.repo.commit({"old.json": "{\n"})
    runner.repo.commit({"a.txt": "y\n"})
    assert job(runner, pull_request(base)).go().status == "success"
    assert job(runner, pull_request(base), since="none").go().status == "failure"
    runner.repo.commit({"bad.json": "{\n"})
    done = job(runner, pull_request(base), sarif="true").go()
    assert done.status == "failure"
    assert done.steps["run"]["outputs"]["new"] == "1"
    assert (UPLOAD in done.ran, WORD in done.ran) == (True, False)
    queue = {"event_name": "merge_group", "event": {"merge_group": {"base_sha": base}}}
    assert job(runner, queue).go().steps["run"]["outputs"]["new"] == "1"


@pytest.mark.parametrize("bad", [False, True])
def test_a_fork_may_not_upload_and_fails_only_for_what_it_did(runner: Runner, bad: bool) -> None:
    """Annotations and the summary have everything, too."""
    base = runner.repo.id_of("HEAD")
    runner.repo.commit({"new.json": "{\n" if bad else "{}\n"})
    done = job(runner, pull_request(base), sarif="true")
    done.uploads = False
    done.go()
    assert done.status == ("failure" if bad else "success")
    assert WORD in done.ran
    assert "::warning::The report was not uploaded" in done.said
    assert ("::error" in done.said) is bad
    assert ("new.json" in (runner.folder / "summary").read_text()) is bad


def test_what_keeps_guard_from_looking_fails_the_job(runner: Runner) -> None:
    runner.repo.commit({"guard.toml": "jbos = 1\n"})
    done = job(runner, MAIN, sarif="true").go()
    outputs = done.steps["run"]["outputs"]
    assert (done.status, outputs["verdict"], outputs["exit-code"]) == ("failure", "incomplete", "2")
    assert FAIL in done.ran
    (runner.folder / "bin" / "guard").write_text("#!/bin/sh\nexit 127\n")  # it cannot even begin
    done = job(runner, MAIN, sarif="true").go()
    outputs = done.steps["run"]["outputs"]
    assert (done.status, outputs["verdict"], outputs["exit-code"]) == ("failure", "incomplete", "127")


def test_a_job_that_is_cancelled_hands_on_what_is_known(runner: Runner) -> None:
    """The signal goes to the shell of the step alone."""
    begun = runner.folder / "begun"
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        f"open({str(begun)!r}, 'w')\n"
        "time.sleep(60)\n"
    )
    (runner.folder / "slow.py").write_text(script)
    (runner.folder / "bin" / "guard").write_text(f"#!/bin/sh\nexec {sys.executable} {runner.folder / 'slow.py'}\n")
    done = job(runner, MAIN, cache_key="secret").go(cancel=begun)
    outputs = done.steps["run"]["outputs"]
    assert (done.status, outputs["exit-code"], outputs["verdict"]) == ("cancelled", "5", "incomplete")
    assert (FAIL in done.ran, REMEMBER in done.ran) == (True, False)


def test_only_the_main_branch_writes_what_others_recall(runner: Runner) -> None:
    """And it is sealed by a secret, which a fork does not have."""
    (runner.folder / "bin" / "guard").write_text("#!/bin/sh\nexit 0\n")
    base = runner.repo.id_of("HEAD")
    other = {**MAIN, "ref_name": "feature"}
    cases = ((MAIN, "secret"), (other, "secret"), (pull_request(base), "secret"), (pull_request(base), ""), (MAIN, ""))
    told = []
    for github, key in cases:
        done = job(runner, github, cache_key=key).go()
        told.append((RECALL in done.ran, REMEMBER in done.ran))
    assert told == [(True, True), (True, False), (True, False), (False, False), (False, False)]


@pytest.mark.slow
def test_what_another_key_sealed_is_not_believed(runner: Runner) -> None:
    """A cache that somebody made up costs time and nothing else."""
    for key, cached in (("ours", False), ("ours", True), ("theirs", False)):
        code, outputs, _ = runner.run(GUARD_CACHE_KEY=key)
        assert (code, outputs["exit-code"]) == (0, "0")
        ledgers = [one["ledger"] for one in json.loads(Path(outputs["json"]).read_text())["guards"]]
        assert any(ledger["cached"] for ledger in ledgers) is cached


def test_our_own_workflow_calls_it() -> None:
    """On itself, with what it needs and no more."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    (steps,) = [
        one["steps"] for one in workflow["jobs"].values() if any(step.get("uses") == "./" for step in one["steps"])
    ]
    assert steps[0]["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert set(steps[1].get("with", {})) <= set(ACTION["inputs"])


def test_their_files_fit_their_schemas(command: Command, tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo")
    files = {path: (ROOT / path).read_bytes() for path in ("action.yml", ".github/workflows/ci.yml")}
    repo.commit({**files, ".github/workflows/guard.yml": (ROOT / "hooks" / "guard.yml").read_bytes()})
    done = command.run(["schema", "--format", "json"], repo.root, command.environment(tmp_path))
    assert done.report["findings"] == []
    assert [one["ledger"]["checked"] for one in done.report["guards"]] == [3]


@pytest.mark.slow
def test_zizmor_finds_nothing() -> None:
    if shutil.which("zizmor") is None:
        pytest.skip("zizmor is not installed")
    paths = [str(ROOT / "action.yml"), str(ROOT / "hooks" / "guard.yml"), str(ROOT / ".github" / "workflows")]
    done = subprocess.run(["zizmor", "--offline", "-q", *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
