"""Where a report goes: pipes that close, disks that are full, files that must be whole or not there."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guards._cli import progress
from guards._core.scanning import silenced
from tests.cli.command import Command
from tests.cli.conftest import Guard
from tests.conftest import Repository

_CONFLICT = "<" * 7 + " ours\na\n" + "=" * 7 + "\nb\n" + ">" * 7 + " theirs\n"
FULL = Path("/dev/full")


@pytest.fixture
def broken(repo: Repository) -> Repository:
    """A repository with enough findings to fill a pipe."""
    repo.commit({f"x{number}.py": _CONFLICT for number in range(300)})
    return repo


def test_a_reader_that_goes_away_changes_nothing(command: Command, broken: Repository, home: Path) -> None:
    """Twice: a run that is repeated writes by another way."""
    for _ in range(2):
        for form in ("text", "json"):
            process = command.start(["all", f"--format={form}"], broken.root, command.environment(home))
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(1)
            process.stdout.close()
            err = process.stderr.read()
            process.stderr.close()
            assert (process.wait(timeout=60), err) == (1, b"")


def test_a_reader_that_was_never_there(command: Command, broken: Repository, home: Path) -> None:
    result = command.spawn(["all"], broken.root, command.environment(home), stdout=None, preexec_fn=lambda: os.close(1))
    assert result.code == 1
    assert "Traceback" not in result.err


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["all"], ["all", "--format=json"], ["list"], ["--version"], ["--help"],
                                       ["doctor"], ["explain", "hygiene"]], ids=" ".join)  # fmt: skip
def test_a_full_disk_behind_stdout(command: Command, repo: Repository, home: Path, arguments: list[str]) -> None:
    """A report that nobody got is not a pass, also where a run is repeated."""
    repo.commit({"a.json": "{}\n"})
    for _ in range(2):
        with FULL.open("wb") as full:
            result = command.spawn(arguments, repo.root, command.environment(home), stdout=full)
        assert result.code == 2, result.err
        assert "cannot write" in result.err
        assert "Traceback" not in result.err


def test_a_full_disk_after_a_run_that_went_well(command: Command, repo: Repository, home: Path) -> None:
    repo.commit({"a.json": "{}\n"})
    env = command.environment(home)
    assert command.spawn(["all"], repo.root, env).code == 0
    with FULL.open("wb") as full:
        assert command.spawn(["all"], repo.root, env, stdout=full).code == 2


def _no_place(repo: Repository) -> dict[str, Path]:
    (repo.root / "folder").mkdir()
    (repo.root / "file").write_text("")
    return {name: repo.root / name for name in ("folder", "file/below")}


@pytest.mark.parametrize("name", ["folder", "file/below"])
def test_an_output_that_cannot_be_written_is_2_and_told_on_stdout(guard: Guard, repo: Repository, name: str) -> None:
    """The other reports are still written, and say so too."""
    path = _no_place(repo)[name]
    repo.commit({"a.json": "{}\n"})
    other = repo.root / ".git" / "other.json"
    result = guard("all", "--format=json", f"--output=sarif={path}", f"--output=json={other}")
    assert (result.code, result.report["exit_code"], result.report["verdict"]) == (2, 2, "incomplete")
    assert any(str(path) in problem["reason"] for problem in result.report["problems"])
    assert json.loads(other.read_text())["exit_code"] == 2


def test_an_output_in_a_folder_that_is_not_there_yet(guard: Guard, repo: Repository, home: Path) -> None:
    repo.commit({"a.json": "{}\n"})
    path = home / "new" / "folder" / "x.json"
    assert guard("all", f"--output=json={path}").code == 0
    assert json.loads(path.read_text())["exit_code"] == 0
    assert os.listdir(path.parent) == ["x.json"]


@pytest.mark.parametrize("kind", ["file", "folder", "pipe"])
def test_a_link_in_the_tree_is_replaced_and_not_followed(guard: Guard, repo: Repository, home: Path, kind: str) -> None:
    """Whoever writes the tree could otherwise choose which file of ours is overwritten, or what we wait for."""
    target = home / "target"
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
    else:
        os.mkfifo(target)
    repo.commit({"a.json": "{}\n"})
    repo.link("report.json", str(target))
    assert guard("hygiene", "--output=json=report.json", "--exit-zero").code == 0
    assert not (repo.root / "report.json").is_symlink()
    assert json.loads((repo.root / "report.json").read_text())["schema"] == "guard-report/1"
    assert kind != "file" or target.read_text() == "mine"


def test_help_for_a_reader_that_goes_away(command: Command, tmp_path: Path) -> None:
    for arguments in (["--help"], ["all", "--help"], ["list"], ["--version"]):
        reader, writer = os.pipe()
        os.close(reader)
        result = command.spawn(arguments, tmp_path, command.environment(tmp_path), stdout=writer)
        os.close(writer)
        assert (arguments, result.code, result.err) == (arguments, 0, "")


def test_devices_are_written_to_and_not_replaced(command: Command, repo: Repository, home: Path) -> None:
    repo.commit({"a.json": "{}\n"})
    result = command.spawn(["all", "-q", "--output=json=/dev/stdout", "--output=sarif=/dev/null"], repo.root,
                           command.environment(home))  # fmt: skip
    assert result.code == 0
    assert '"guard-report/1"' in result.out
    assert "checked 1 file" in result.out
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_an_output_keeps_the_rights_of_a_new_file(guard: Guard, repo: Repository, home: Path) -> None:
    repo.commit({"a.json": "{}\n"})
    path = home / "x.json"
    guard("all", f"--output=json={path}")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


_PAUSED = """
import os, sys
real = os.replace
def replace(source, target, **more):
    if str(target).endswith("x.json"):
        print("about to replace", flush=True)
        sys.stdin.read(1)
    real(source, target, **more)
os.replace = replace
from guards._front import command
command()
"""


def test_a_kill_while_writing_leaves_the_old_report(command: Command, repo: Repository, home: Path) -> None:
    """At the last moment before the new one is in place."""
    repo.commit({"a.json": "{}\n"})
    path = home / "x.json"
    path.write_text("old")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _PAUSED, "all", "-q", f"--output=json={path}"],
        cwd=repo.root,
        env=command.environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"about to replace\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    assert path.read_text() == "old"


def test_a_signal_while_writing_waits_for_the_whole_report(command: Command, repo: Repository, home: Path) -> None:
    repo.commit({"a.json": "{}\n"})
    path = home / "x.json"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _PAUSED, "all", "-q", f"--output=json={path}"],
        cwd=repo.root,
        env=command.environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"about to replace\n"
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    process.communicate(b"x", timeout=10)
    assert json.loads(path.read_text())["verdict"] == "pass"
    assert process.returncode == 0, "the run was over: its report is complete, and so is its code"


def test_a_progress_bar_gives_the_streams_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens while guards run, who may not print: what stands for the streams then must not stay."""
    _, follower = os.openpty()
    with open(follower, "w", encoding="utf-8") as terminal, monkeypatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stderr", terminal)
        patch.setattr(progress, "_PATIENCE", -1.0)
        stdout = sys.stdout
        with progress.progress_bar(enabled=True) as tell:
            with silenced():
                tell(1, 2)
            assert sys.stdout is stdout
        assert (sys.stdout, sys.stderr) == (stdout, terminal)
