"""`guard install`: what it writes calls guard, what was there stays, and it comes out again without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from guards._cli import install
from tests.cli.command import Command, Result
from tests.conftest import _AUTHOR, Repository

Guard = Callable[..., Result]
HOOKS = ("pre-commit", "pre-merge-commit", "pre-push")
CONFIG, WORKFLOW = ".pre-commit-config.yaml", ".github/workflows/guard.yml"
BAD = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"


def hook(repo: Repository, name: str) -> Path:
    return repo.root / ".git" / "hooks" / name


def files(repo: Repository) -> dict[str, tuple[bytes, int]]:
    """Everything that could be written: path to content and mode."""
    there = [path for path in repo.root.rglob("*") if path.is_file() and "objects" not in path.parts]
    return {
        str(path.relative_to(repo.root)): (path.read_bytes(), path.stat().st_mode)
        for path in there
        if path.name not in {"index", "guard.toml"}
    }


EXISTING = {
    "nothing": {},
    "hooks": {
        ".git/hooks/pre-commit": "#!/usr/bin/env bash\nset -e\necho theirs >> ran\n",
        ".git/hooks/pre-push": "#!/bin/sh\ncat > refs\nexit 0\n",
    },
    "a config": {
        CONFIG: "# ours\ndefault_stages: [pre-commit]   # so\nrepos:  # the list\n"
        "- repo: meta\n  hooks:\n  - id: identity\n"
    },
    "an indented config": {CONFIG: "repos:\n    - repo: meta\n      hooks: [{id: identity}]\nfail_fast: true\n"},
    "an empty config": {CONFIG: "repos:\n"},
}


@pytest.mark.parametrize("kind", ["git", "pre-commit", "github"])
@pytest.mark.parametrize("existing", EXISTING)
def test_it_adds_once_and_leaves_without_a_trace(repo: Repository, guard: Guard, kind: str, existing: str) -> None:
    for path, text in EXISTING[existing].items():
        repo.write(path, text, executable="hooks" in path)
    before = files(repo)
    assert guard("install", kind, "--check").code == 1
    assert guard("install", kind, "--uninstall").code == 0
    assert files(repo) == before
    assert guard("install", kind).code == 0
    installed = files(repo)
    assert installed != before
    assert guard("install", kind).code == 0
    assert guard("install", kind, "--check").code == 0
    assert files(repo) == installed
    assert guard("install", kind, "--uninstall").code == 0
    left = {path: told for path, told in files(repo).items() if told[0] != b"repos:\n" or path in before}
    assert left == {path: told for path, told in before.items() if path in left}
    assert before.keys() - left.keys() <= {CONFIG}


@pytest.mark.parametrize("kind", ["git", "pre-commit", "github"])
def test_what_is_out_of_date_is_brought_up_to_date(repo: Repository, guard: Guard, kind: str) -> None:
    guard("install", kind)
    path = {"git": hook(repo, "pre-commit"), "pre-commit": repo.root / CONFIG, "github": repo.root / WORKFLOW}[kind]
    wanted = path.read_text()
    path.write_text(wanted.replace(" all ", " hygiene "))
    assert guard("install", kind, "--check").code == 1
    assert guard("install", kind).code == 0
    assert path.read_text() == wanted


def test_a_config_keeps_its_words_and_gets_a_hook(repo: Repository, guard: Guard) -> None:
    text = EXISTING["a config"][CONFIG]
    repo.write(CONFIG, text)
    guard("install", "pre-commit")
    after = (repo.root / CONFIG).read_text()
    assert all(line in after.splitlines() for line in text.splitlines())
    repos = yaml.safe_load(after)["repos"]
    assert [[one["id"] for one in each["hooks"]] for each in repos] == [["guard"], ["identity"]]
    assert (repos[0]["hooks"][0]["entry"], repos[0]["hooks"][0]["pass_filenames"]) == ("guard all --hook", False)


REFUSED = {
    "a hook in another language": ("git", ".git/hooks/pre-push", "#!/usr/bin/python3\nprint()\n"),
    "a hook of which a mark is gone": ("git", ".git/hooks/pre-commit", "#!/bin/sh\n# <<< guard <<<\n"),
    "a config in one line": ("pre-commit", CONFIG, "repos: []\n"),
    "a config that is no YAML": ("pre-commit", CONFIG, "repos:\n  - {\n"),
    "a workflow of somebody else": ("github", WORKFLOW, "name: mine\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_added_to_is_left_alone(repo: Repository, guard: Guard, name: str) -> None:
    kind, path, text = REFUSED[name]
    repo.write(path, text)
    done = guard("install", kind)
    assert done.code == 2
    assert (repo.root / path).read_text() == text


def test_a_guard_hook_from_another_place_is_enough(repo: Repository, guard: Guard) -> None:
    text = "repos:\n- repo: https://example.org/guard\n  rev: v1\n  hooks: [{id: guard}]\n"
    repo.write(CONFIG, text)
    assert guard("install", "pre-commit", "--check").code == 0
    assert guard("install", "pre-commit").code == 0
    assert (repo.root / CONFIG).read_text() == text


def test_links_and_folders_of_others_are_not_written_to(repo: Repository, guard: Guard, tmp_path: Path) -> None:
    outside = tmp_path / "shared"
    outside.mkdir()
    repo.config("core.hooksPath", str(outside))
    assert guard("install", "git").code == 2
    repo.config("core.hooksPath", "tools/hooks")
    assert guard("install", "git").code == 0
    assert os.access(repo.root / "tools/hooks/pre-commit", os.X_OK)
    (repo.root / "tools/hooks/pre-commit").unlink()
    repo.link("tools/hooks/pre-commit", "../other")
    assert guard("install", "git").code == 2
    assert list(outside.iterdir()) == []


@pytest.fixture
def shell(command: Command, home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which `guard` is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    words = " ".join(f"'{word}'" for word in command.argv())
    (folder / "guard").write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    (folder / "guard").chmod(0o755)
    env = command.environment(home)
    return {**env, **_AUTHOR, "PATH": f"{folder}{os.pathsep}{env['PATH']}"}


def git(repo: Repository, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *words], cwd=repo.root, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_commits_go_through_both_hooks(repo: Repository, guard: Guard, shell: dict[str, str]) -> None:
    repo.commit({"a.txt": "x\n"})
    repo.write(".git/hooks/pre-commit", EXISTING["hooks"][".git/hooks/pre-commit"], executable=True)
    guard("install", "git")
    repo.write("a.txt", BAD)
    repo.stage("a.txt")
    done = git(repo, shell, "commit", "-m", "x")
    assert (done.returncode, "hygiene/merge-conflict" in done.stdout + done.stderr) == (1, True)
    assert not (repo.root / "ran").exists()
    repo.write("a.txt", "y\n")
    repo.stage("a.txt")
    assert git(repo, shell, "commit", "-m", "x").returncode == 0
    assert (repo.root / "ran").read_text() == "theirs\n"


def test_pushes_are_looked_at_and_handed_on(
    repo: Repository, guard: Guard, shell: dict[str, str], tmp_path: Path
) -> None:
    """A new branch as a whole, a known one since where it was, a deleted one not at all; other hooks read on."""
    remote = Repository(tmp_path / "remote", "--bare")
    repo.run("remote", "add", "origin", str(remote.root))
    old = repo.commit({"old.txt": BAD})
    repo.write(".git/hooks/pre-push", EXISTING["hooks"][".git/hooks/pre-push"], executable=True)
    repo.run("push", "-q", "--no-verify", "origin", "main")
    guard("install", "git")
    fine = repo.commit({"a.txt": "y\n"})
    done = git(repo, shell, "push", "origin", "main")
    assert (done.returncode, (repo.root / "refs").read_text().split()[1::2]) == (0, [fine, old])
    (repo.root / "refs").unlink()
    assert git(repo, shell, "push", "origin", "main:other").returncode != 0
    repo.write("b.txt", BAD)
    repo.stage("b.txt")
    repo.run("commit", "-q", "--no-verify", "-m", "x")
    assert git(repo, shell, "push", "origin", "main").returncode != 0
    assert not (repo.root / "refs").exists()
    repo.run("push", "-q", "--no-verify", "origin", "main:other")
    assert git(repo, shell, "push", "-q", "origin", ":other").returncode == 0


def test_without_guard_a_commit_is_refused(repo: Repository, guard: Guard, shell: dict[str, str]) -> None:
    """Never green because nobody looked."""
    repo.commit({"a.txt": "x\n"})
    guard("install", "git")
    path = hook(repo, "pre-commit")
    path.write_text(path.read_text().replace("guard=$(command -v guard ||", "guard=$(command -v gone ||"))
    repo.write("a.txt", "y\n")
    repo.stage("a.txt")
    env = {**shell, "PATH": os.defpath}
    found = Path(sys.executable).with_name("guard").exists()
    assert (git(repo, env, "commit", "-m", "x").returncode == 0) == found


def test_the_workflow_has_the_least_permissions_and_no_text_of_others_in_its_commands() -> None:
    told = yaml.safe_load(install.workflow())
    (job,) = told["jobs"].values()
    assert (told["permissions"], job["permissions"]) == ({}, {"contents": "read"})
    assert all(
        "@" in step["uses"] and len(step["uses"].partition("@")[2]) == 40 for step in job["steps"] if "uses" in step
    )
    assert not any("${{" in step.get("run", "") for step in job["steps"])
