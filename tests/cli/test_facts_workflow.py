"""The workflow of the manual that proposes what canonical.yaml says: its commands, with a real git and a gh of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import STARTER, Command
from tests.conftest import Repository

PAGE = Path(__file__).parents[2] / "docs" / "canonical.md"


@pytest.fixture
def jobs() -> dict[str, list[str]]:
    """Job to the commands of its steps, without those that install."""
    (text,) = re.findall(r"```yaml\n(# \.github/workflows/facts\.yml.*?)```", PAGE.read_text(), re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]
    steps = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in found.items()}
    return {name: [one for one in commands if "pip install" not in one] for name, commands in steps.items()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="workflows are written for bash")
def test_what_differs_is_proposed_on_a_branch(
    repo: Repository, command: Command, home: Path, tmp_path: Path, jobs: dict[str, list[str]]
) -> None:
    repo.commit(
        {
            "canonical.yaml": "guard: 1\nfacts: {port: {kind: port, value: 8090}}\nbind: {port: [.env#PORT]}\n",
            ".env": "# the port\nPORT=8081 \n",
        }
    )
    origin = tmp_path / "origin.git"
    repo.run("clone", "-q", "--bare", ".", str(origin))
    tools = tmp_path / "bin"
    tools.mkdir()
    starter = f"#!{sys.executable} -P\n{STARTER}\n"
    for name, text in (("guard", starter), ("gh", f'#!/bin/sh\necho "$@" >> {tools}/said\n[ "$1 $2" != "pr view" ]\n')):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    out = tmp_path / "output"
    env = command.environment(home) | {"GITHUB_OUTPUT": str(out), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    env["PATH"] = f"{tools}{os.pathsep}{env['PATH']}"

    def do(job: str, folder: str, **more: str) -> Path:
        at = tmp_path / folder
        repo.run("clone", "-q", str(origin), str(at))
        for one in jobs[job]:
            subprocess.run(["bash", "-e", "-c", one], cwd=at, env=env | more, check=True, timeout=60)
        return at

    do("write", "first")
    assert "drift/value" in (tmp_path / "summary").read_text()
    patch = out.read_text().removeprefix("patch=").strip()
    do("propose", "second", PATCH=patch)
    shown = subprocess.run(["git", "-C", origin, "show", "facts:.env"], capture_output=True, text=True, check=True)
    assert shown.stdout == "# the port\nPORT=8090 \n"
    assert (tools / "said").read_text().split("\n")[-2] == "pr create --head facts --fill"
    out.unlink()
    repo.commit({".env": "PORT=8090\n"})
    repo.run("push", "-q", str(origin), "main")
    do("write", "third")
    assert out.read_text() == "patch=\n"
