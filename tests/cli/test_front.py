"""What a start costs, as a contract: which modules the short ways may import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.conftest import Repository

_LISTED = """
import os, sys
before = set(sys.modules)
sys.argv[0] = "guard"
from guards._front import main
code = main()
sys.stdout.flush()
os.write(2, "\\n".join(sorted(set(sys.modules) - before)).encode())
sys.exit(code)
"""
_BUILT_IN = {*sys.builtin_module_names, "_blake2"}
"""And two of the interpreter's own that cost next to nothing."""
VERSION = {"guards", "guards._front"}
REPLAY = {*VERSION, "guards._core", "guards._core.replay", "guards._core.seal"}
STAGED = {*REPLAY, "guards._core.staged"}
EDITED = {*STAGED, "guards._core.edited"}


def _imported(command: Command, cwd: Path, home: Path, *arguments: str) -> tuple[int, str, set[str]]:
    """How the command ended, what it printed, and which modules it imported that a bare interpreter had not."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _LISTED, *arguments],
        cwd=cwd,
        env=command.environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, set(done.stderr.split()) - _BUILT_IN


@pytest.fixture
def aged(repo: Repository) -> Repository:
    """A committed repository, old enough for git and guard to trust its time stamps."""
    repo.commit({"a.json": "{}\n", "b.js": "text\n"})
    return repo


def test_version_imports_nothing(command: Command, tmp_path: Path, home: Path) -> None:
    code, out, imported = _imported(command, tmp_path, home, "--version")
    assert (code, out.split()[0]) == (0, "guard")
    assert imported == VERSION


@pytest.mark.parametrize("arguments", [["all"], ["all", "--format=json"], ["all", "--rev=HEAD"], ["all", "--staged"]])
def test_a_run_over_the_same_state_imports_almost_nothing(
    command: Command, aged: Repository, home: Path, arguments: list[str]
) -> None:
    first = _imported(command, aged.root, home, *arguments)
    assert "guards._cli.main" in first[2]
    code, out, imported = _imported(command, aged.root, home, *arguments)
    assert code == first[0] == 0
    assert out
    assert imported <= (STAGED if "--staged" in arguments else REPLAY)


def test_an_ordinary_edit_imports_what_compares_it(command: Command, aged: Repository, home: Path) -> None:
    assert _imported(command, aged.root, home, "all")[0] == 0
    aged.write("b.js", "other text\n")
    code, out, imported = _imported(command, aged.root, home, "all")
    assert (code, out.split()[0]) == (0, "✓")
    assert imported <= {*EDITED, "hyperscan._hs_ext"}


def test_a_changed_file_is_looked_at_by_a_whole_run(command: Command, aged: Repository, home: Path) -> None:
    """The list above is short because of what was kept, not because nothing is done."""
    assert _imported(command, aged.root, home, "all")[0] == 0
    aged.write("a.json", "{")
    code, _, imported = _imported(command, aged.root, home, "all")
    assert code == 3
    assert "guards._cli.main" in imported


def test_a_cache_that_cannot_be_written_is_still_read(command: Command, aged: Repository, home: Path) -> None:
    """Nobody writes a byte to answer again: neither the cache nor byte code beside the modules."""
    _imported(command, aged.root, home, "all")
    cache = aged.root / ".guard" / "cache"
    before = {path.name: path.lstat().st_mtime_ns for path in cache.iterdir()}
    cache.chmod(0o500)
    try:
        code, _, imported = _imported(command, aged.root, home, "all")
    finally:
        cache.chmod(0o700)
    assert (code, imported) == (0, REPLAY)
    assert {path.name: path.lstat().st_mtime_ns for path in cache.iterdir()} == before
    assert list(command.package.rglob("__pycache__")) == []


def test_a_broken_installation_is_no_finding(command: Command, tmp_path: Path, home: Path) -> None:
    """Python's own exit code for an import that fails is 1, which means findings."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import sys; sys.modules['click'] = None\n" + _LISTED, "all"],
        cwd=tmp_path,
        env=command.environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 5
    assert "cannot start" in done.stderr
    assert "Traceback" not in done.stderr
