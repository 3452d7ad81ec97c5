"""The files of `hooks/` are what the runners that they are for can read, and call commands that exist."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import guards
from guards._cli.main import cli
from tests.conftest import Repository
from tests.generated import ROOT

FOLDER = ROOT / "hooks"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
_CALLS = re.compile(r"(?:^|[\s\"'])(?:guard|\"\$guard\") (all [^\"'\n|<&]*)", re.MULTILINE)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in {".yaml", ".yml", ".toml"}], ids=str)
def test_it_parses(path: Path) -> None:
    text = path.read_text()
    found: Any = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    assert isinstance(found, dict)
    assert "guard" in json.dumps(found, default=str)


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name not in {"README.md", "pre-commit-ci.yaml"}], ids=str
)
def test_it_calls_commands_that_exist(path: Path) -> None:
    calls = _CALLS.findall(re.sub(r"\$\{\w+:\+[^}]*\}", "", path.read_text()))
    assert calls
    for call in calls:
        words = shlex.split(call, comments=True)
        name, command, rest = cli.resolve_command(click.Context(cli), words)
        assert command is not None
        command.make_context(name, rest, resilient_parsing=True)


def test_the_scripts_are_shell() -> None:
    scripts = sorted((FOLDER / "git").iterdir())
    assert [one.name for one in scripts] == ["pre-commit", "pre-merge-commit", "pre-push"]
    for script in scripts:
        assert script.stat().st_mode & 0o111
        subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_readme_names_every_file() -> None:
    text = (FOLDER / "README.md").read_text()
    assert [path.name for path in FOLDER.iterdir() if f"({path.name})" not in text] == ["README.md"]


def test_the_manual_names_every_hook() -> None:
    text = (ROOT / "docs" / "hooks.md").read_text()
    hooks: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks if f"`{hook['id']}`" not in text] == []


def test_where_guard_comes_from_is_written_one_way() -> None:
    """A placeholder that nobody can take for an address, and the version that this is."""
    texts = [path.read_text() for path in (*FILES, ROOT / "docs" / "hooks.md", ROOT / "README.md")]
    named = {found for text in texts for found in re.findall(r"[\w./:-]*/guard(?=@| #|\s*$)", text, re.MULTILINE)}
    assert {one for one in named if "bin" not in one} == {"OWNER/guard", "https://github.com/OWNER/guard"}
    assert {found for text in texts for found in re.findall(r"rev: (\S+)", text)} == {f"v{guards.__version__}"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pre-commit-config.yaml", "pre-commit-ci.yaml", "prek.toml"])
def test_the_runners_accept_it(repo: Repository, name: str) -> None:
    for program in ("prek",) if name.endswith(".toml") else ("pre-commit", "prek"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        done = subprocess.run(
            [program, "validate-config", str(FOLDER / name)], cwd=repo.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("program", ["pre-commit", "prek"])
def test_the_runners_accept_the_manifest(repo: Repository, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    done = subprocess.run(
        [program, "validate-manifest", manifest], cwd=repo.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
