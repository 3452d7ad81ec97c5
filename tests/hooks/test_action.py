"""The action: its script hands on what came of a run, and its file is pinned and inert."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
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
        (programs / "guard").chmod(0o755)
        env = command.environment(home)
        self._env = {
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
            ["bash", "-e", str(SCRIPT)], cwd=self.repo.root, env={**self._env, **env}, capture_output=True, text=True,
            check=False, timeout=120,
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


@pytest.mark.slow
def test_zizmor_finds_nothing() -> None:
    if shutil.which("zizmor") is None:
        pytest.skip("zizmor is not installed")
    paths = [str(ROOT / "action.yml"), str(ROOT / "hooks" / "guard.yml")]
    done = subprocess.run(["zizmor", "--offline", "-q", *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
