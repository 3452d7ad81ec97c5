"""Throw-away repositories whose commits go through a real hook: git's own, that of pre-commit, that of prek."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import STARTER, Command
from tests.conftest import _AUTHOR, Repository
from tests.generated import ROOT

STAGES = ("pre-commit", "pre-merge-commit")
_PARTS = ("guards", "LICENSE", "README.md", "pyproject.toml", ".pre-commit-hooks.yaml")


@dataclass(frozen=True, slots=True)
class Done:
    """How a git command ended, and what the hook that it called found; None where it called none."""

    code: int
    report: dict[str, Any] | None
    said: str = field(compare=False, default="")

    @property
    def found(self) -> list[tuple[str, str]]:
        """Rule and path of each finding."""
        assert self.report is not None, self.said
        return sorted((one["rule"], one["path"]) for one in self.report["findings"])

    @property
    def view(self) -> str:
        """What was looked at."""
        assert self.report is not None, self.said
        view: str = self.report["run"]["view"]
        return view


class Hooked:
    """A repository with a hook."""

    def __init__(self, folder: Path, command: Command) -> None:
        self.repo = Repository(folder / "re po")
        self._command = command
        self._written = folder / "report.json"
        home = folder / "home"
        home.mkdir()
        self._env = {**command.environment(home), **_AUTHOR, "GIT_EDITOR": "true"}

    @property
    def words(self) -> list[str]:
        """The guard command of this test."""
        return [sys.executable, "-P", "-c", STARTER]

    @property
    def output(self) -> str:
        """An option that leaves the report of a hook where we find it."""
        return f"--output=json={self._written}"

    def run(self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
        """Run a program in the repository."""
        self._written.unlink(missing_ok=True)
        environment = {**self._env, **(env or {})}
        done = subprocess.run(
            words, cwd=cwd or self.repo.root, env=environment, capture_output=True, check=False, timeout=600
        )
        report = json.loads(self._written.read_bytes()) if self._written.exists() else None
        return Done(done.returncode, report, (done.stdout + done.stderr).decode(errors="replace"))

    def git(self, *words: str, cwd: Path | None = None) -> Done:
        """Run git, which may call the hook."""
        return self.run("git", *words, cwd=cwd)

    def guard(self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
        """Run guard by hand."""
        return self.run(*self.words, *words, self.output, cwd=cwd, env=env)

    def untouched(self) -> tuple[bytes, ...]:
        """What no hook may change."""
        files = sorted(
            path for path in self.repo.root.rglob("*") if path.is_file() and not {".git", ".guard"} & set(path.parts)
        )
        stash = self.repo.run("stash", "list")
        return (self.repo.run("ls-files", "-s"), stash, *(str(path).encode() + path.read_bytes() for path in files))


def with_git(hooked: Hooked) -> None:
    """Plain hooks of git."""
    for stage in STAGES:
        script = hooked.repo.root / ".git" / "hooks" / stage
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\nexec {shlex.join([*hooked.words, 'all', '--hook', hooked.output])}\n")
        script.chmod(0o755)


@dataclass(frozen=True, slots=True)
class Tool:
    """pre-commit or prek, with guard's own repository as it would be cloned."""

    program: str
    home: Path
    source: Path
    revision: str

    def environment(self) -> dict[str, str]:
        """What the tool is told: where to keep what it installs, once for all tests."""
        allowed = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        pip = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "UV_", "SSL_"))}
        return {"PRE_COMMIT_HOME": str(self.home), "PREK_HOME": str(self.home), **allowed, **pip}

    def __call__(self, hooked: Hooked) -> None:
        config = hooked.repo.root.parent / "hooks.yaml"
        hook = {"id": "guard", "args": [hooked.output]}
        config.write_text(json.dumps({"repos": [{"repo": str(self.source), "rev": self.revision, "hooks": [hook]}]}))
        hooked._env.update(self.environment())
        kinds = [word for stage in STAGES for word in ("--hook-type", stage)]
        done = hooked.run(self.program, "install", "-c", str(config), *kinds)
        assert done.code == 0, done.said

    def run(self, hooked: Hooked, *words: str) -> Done:
        """`pre-commit run`."""
        config = str(hooked.repo.root.parent / "hooks.yaml")
        return hooked.run(self.program, "run", "-c", config, *words)


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """From a copy of the package, as everywhere."""
    made = Command(tmp_path_factory.mktemp("command"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Guard's own repository as hook runners clone it, and its only commit."""
    repo = Repository(tmp_path_factory.mktemp("source") / "guard")
    for part in _PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, repo.root / part)
    return repo.root, repo.commit()


def _tool(name: str, source: tuple[Path, str], home: Path) -> Tool:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return Tool(program, home, *source)


@pytest.fixture(scope="session")
def pre_commit(source: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Tool:
    return _tool("pre-commit", source, tmp_path_factory.mktemp("pre-commit"))


@pytest.fixture(scope="session")
def prek(source: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Tool:
    return _tool("prek", source, tmp_path_factory.mktemp("prek"))


def staged(hooked: Hooked) -> Sequence[tuple[str, str]]:
    """What `guard all --staged` finds now."""
    return hooked.guard("all", "--staged").found
