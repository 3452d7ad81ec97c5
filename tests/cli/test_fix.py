"""`--fix` and `--diff` as their users meet them, with the fixes of hygiene in real repositories."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.conftest import Guard
from tests.conftest import Repository

ARTIFACTS = {
    "pkg/__pycache__/x.pyc": b"1",
    "a b/settings.py.orig": b"2",
    ".DS_Store": b"3",
    "ü/ñ/.coverage": b"4",
    "venv/pyvenv.cfg": b"5",
    "venv/bin/python": b"6",
}
LINES = {"__pycache__/", "*.orig", ".DS_Store", ".coverage", "/venv/"}


def key() -> bytes:
    """A private key that nobody has: a SEQUENCE of noise."""
    import base64

    body = os.urandom(120)
    text = base64.b64encode(b"\x30\x78" + body)
    dashes = b"-" * 5
    return b"\n".join([dashes + b"BEGIN PRIVATE KEY" + dashes, text, dashes + b"END PRIVATE KEY" + dashes, b""])


def tracked(repo: Repository) -> set[str]:
    return {os.fsdecode(path) for path in repo.run("ls-files", "-z").split(b"\0") if path}


def disk(repo: Repository) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.root)): path.read_bytes()
        for path in repo.root.rglob("*")
        if path.is_file() and path.relative_to(repo.root).parts[0] not in {".git", ".guard"}
    }


def force_commit(repo: Repository, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        repo.write(path, data)
    repo.run("add", "-A", "-f")
    repo.run("commit", "-q", "-m", "a change")


def test_artifacts_are_untracked_ignored_and_kept(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {**ARTIFACTS, "README.md": b"ok", ".gitignore": b"*.log\r\nlast"})
    head = repo.id_of("HEAD")
    result = guard("all", "--fix", "--format", "json")
    report = result.report
    assert result.code == report["exit_code"] == 1
    assert {finding["status"] for finding in report["findings"]} == {"fixed"}
    assert report["summary"]["fixed"] == 5
    assert report["summary"]["new"] == 0
    assert tracked(repo) == {"README.md", ".gitignore"}
    text = (repo.root / ".gitignore").read_bytes()
    assert text.startswith(b"*.log\r\nlast\r\n")
    assert set(text.decode().split("\r\n")[2:-1]) == LINES
    assert disk(repo) == {**ARTIFACTS, "README.md": b"ok", ".gitignore": text}
    assert repo.run("status", "--porcelain", "--untracked-files=all").decode().count("??") == 0
    assert repo.id_of("HEAD") == head, "what is committed is the user's to decide"
    again = guard("all", "--fix")
    assert again.code == 0
    assert disk(repo)[".gitignore"] == text


def test_a_report_of_fixes_is_never_repeated_from_a_record(guard: Guard, repo: Repository) -> None:
    """The command line is the same, the state is the one before, and there is something to do again."""
    force_commit(repo, ARTIFACTS)
    for _ in range(3):
        assert guard("all", "--fix").code == 1
        assert tracked(repo) == set()
        assert "would" not in guard("all", "--diff").out
        repo.run("reset", "-q", "--hard")
        (repo.root / ".gitignore").unlink()


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github", "markdown", "junit", "gitlab", "csv", "agent"])
def test_every_format_is_written_and_tells_of_what_was_fixed(guard: Guard, repo: Repository, name: str) -> None:
    force_commit(repo, {".DS_Store": b"1"})
    result = guard("all", "--fix", "--format", name)
    assert result.code == 1
    assert result.err == ""
    if name in {"json", "sarif", "gitlab"}:
        json.loads(result.out)
    if name != "gitlab":  # an array of issues that are there has no place for one that is not
        assert "fixed" in result.out.lower()


def test_lines_that_are_there_already_are_not_added_again(guard: Guard, repo: Repository) -> None:
    """In any folder, and by any pattern that covers them."""
    force_commit(repo, {"a/x.orig": b"", "b/.DS_Store": b"", "b/.gitignore": b".DS*\n", ".gitignore": b"*.or*\n"})
    before = disk(repo)
    assert guard("all", "--fix").code == 1
    assert disk(repo) == before
    assert tracked(repo) == {".gitignore", "b/.gitignore"}


def test_what_only_this_clone_ignores_gets_its_line(guard: Guard, repo: Repository, home: Path) -> None:
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "exclude").write_text("*.orig\n")
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text(".DS_Store\n")
    force_commit(repo, {"x.orig": b"", ".DS_Store": b""})
    guard("all", "--fix")
    assert (repo.root / ".gitignore").read_bytes() == b"*.orig\n.DS_Store\n"


def test_a_folder_that_takes_a_file_back_in_is_asked_first(guard: Guard, repo: Repository) -> None:
    """Its .gitignore has the last word, so a line at the root would keep nothing out."""
    force_commit(repo, {"a/x.orig": b"", "a/.gitignore": b"!x.orig\n", "b/y.orig": b""})
    result = guard("all", "--fix", "--format", "json")
    found = {finding["path"]: finding for finding in result.report["findings"]}
    assert found["a/x.orig"]["status"] == "new"
    assert found["a/x.orig"]["hint"].startswith("Not fixed: a/.gitignore says not to ignore it.")
    assert found["b/y.orig"]["status"] == "fixed"
    assert result.code == 1, "a warning alone would not fail the run, a fix that is not made does"


def test_a_link_in_the_place_of_gitignore_is_not_followed(guard: Guard, repo: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"text\n")
    force_commit(repo, {".DS_Store": b""})
    repo.link(".gitignore", str(outside))
    result = guard("all", "--fix", "--format", "json")
    assert outside.read_bytes() == b"text\n"
    assert tracked(repo) == {".DS_Store"}
    (hint,) = (one["hint"] for one in result.report["findings"] if one["path"] == ".DS_Store")
    assert hint.startswith("Not fixed: .gitignore: it is a link.")


def test_an_index_that_is_locked_is_left_alone(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {".DS_Store": b""})
    (repo.root / ".git" / "index.lock").write_bytes(b"")
    result = guard("all", "--fix", "--format", "json")
    assert result.code == 1
    assert "index.lock" in result.report["findings"][0]["hint"]
    assert tracked(repo) == {".DS_Store"}
    (repo.root / ".git" / "index.lock").unlink()
    assert guard("all", "--fix").code == 1
    assert tracked(repo) == set()
    assert disk(repo)[".gitignore"] == b".DS_Store\n"


def test_a_submodule_among_artifacts_is_not_let_go(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {"node_modules/a.js": b""})
    repo.run("update-index", "--add", "--cacheinfo", f"160000,{repo.id_of('HEAD')},node_modules/sub")
    (repo.root / "node_modules" / "sub").mkdir()
    result = guard("all", "--fix", "--format", "json")
    hints = {one["rule"]: one["hint"] for one in result.report["findings"]}
    assert hints["hygiene/generated-file"].startswith("Not fixed: it holds a submodule.")
    assert "node_modules/sub" in tracked(repo)


def test_a_conflict_is_not_resolved_by_untracking(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {"x.orig": b"1", "y.orig": b"1"})
    repo.run("checkout", "-q", "-b", "side")
    force_commit(repo, {"x.orig": b"2"})
    repo.run("checkout", "-q", "main")
    force_commit(repo, {"x.orig": b"3"})
    assert repo.attempt("merge", "-q", "side") == 1
    findings = guard("all", "--fix", "--format", "json").report["findings"]
    found = {one["path"]: one for one in findings if one["rule"] == "hygiene/backup-file"}
    assert found["x.orig"]["hint"].startswith("Not fixed: its merge is not finished.")
    assert found["y.orig"]["status"] == "fixed"
    assert tracked(repo) == {"x.orig"}


def test_nothing_of_the_repository_runs_when_its_index_is_written(guard: Guard, repo: Repository) -> None:
    """A hook of git would run whenever the index changes; so would a file system monitor and filters."""
    force_commit(repo, {".DS_Store": b"", "a.dat": b"", ".gitattributes": b"* filter=evil\n"})
    ran = repo.root.parent / "ran"
    for folder in (".git/hooks", "hooks"):
        (repo.root / folder).mkdir(exist_ok=True)
        for name in ("post-index-change", "fsmonitor", "pre-commit"):
            repo.write(f"{folder}/{name}", f"#!/bin/sh\ntouch '{ran}'\n", executable=True)
    for setting in ("core.hooksPath=hooks", "core.fsmonitor=hooks/fsmonitor", f"filter.evil.clean=touch '{ran}'; cat"):
        repo.config(*setting.split("=", 1))
    repo.write("a.dat", "changed")
    assert guard("all", "--fix").code == 1
    assert not ran.exists()
    assert ".DS_Store" not in tracked(repo)
    assert ran.exists(), "git of itself runs them"


# ---- Private keys and the quarantine ---------------------------------------------------------------------------------


def test_a_private_key_is_let_go_and_its_owner_told_to_revoke_it(guard: Guard, repo: Repository) -> None:
    text = key()
    force_commit(repo, {"deploy/id rsa*": text, "tests/key.pem": text})
    repo.write("other.key", text)
    result = guard("hygiene", "--fix")
    assert tracked(repo) == {"tests/key.pem"}, "what tests read is on purpose"
    assert (repo.root / ".gitignore").read_bytes() == b"/deploy/id rsa\\*\n/other.key\n"
    assert disk(repo)["deploy/id rsa*"] == text
    assert result.out.count("it must be revoked all the same") == 2
    assert text.split(b"\n")[1].decode() not in result.out


def test_quarantine_moves_keys_and_backups_to_where_they_can_be_put_back(guard: Guard, repo: Repository) -> None:
    text = key()
    files = {"deploy/id_rsa": text, "a b/ü.orig": b"2", ".DS_Store": b"3"}
    force_commit(repo, {**files, "guard.toml": b"[hygiene]\nquarantine = true\n"})
    (repo.root / "deploy" / "id_rsa").chmod(0o600)
    shown = guard("all", "--diff")
    assert set(disk(repo)) == {*files, "guard.toml"}, "showing does nothing"
    assert shown.out.count("$ mv -- ") == 2
    assert guard("all", "--fix").code == 1
    assert set(disk(repo)) == {".DS_Store", ".gitignore", "guard.toml"}
    assert tracked(repo) == {"guard.toml"}
    (run,) = (repo.root / ".guard" / "quarantine").iterdir()
    manifest = json.loads((run / "manifest.json").read_bytes())
    assert manifest["schema"] == "guard-quarantine/1"
    assert manifest["files"] == ["a b/ü.orig", "deploy/id_rsa"]
    for path in manifest["files"]:
        assert (run / "files" / path).read_bytes() == files[path]
        (run / "files" / path).rename(repo.root / path)
    assert (repo.root / "deploy" / "id_rsa").stat().st_mode & 0o777 == 0o600
    assert {path: data for path, data in disk(repo).items() if path in files} == files
    assert guard("all", "--fix").code == 0
    assert not repo.run("status", "--porcelain").decode().count(".guard")


def test_a_quarantine_that_leads_elsewhere_is_not_used(guard: Guard, repo: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    force_commit(repo, {"x.orig": b"1", "guard.toml": b"[hygiene]\nquarantine = true\n"})
    (repo.root / ".guard").mkdir()
    (repo.root / ".guard" / "quarantine").symlink_to(outside)
    result = guard("all", "--fix", "--format", "json", "--no-cache")
    assert list(outside.iterdir()) == []
    assert disk(repo)["x.orig"] == b"1"
    assert tracked(repo) == {"x.orig", "guard.toml"}
    assert result.report["findings"][0]["hint"].startswith("Not fixed: .guard/quarantine")


# ---- What goes together ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--fix", "--diff"])
@pytest.mark.parametrize("view", [["--staged"], ["--rev", "HEAD"]])
def test_only_the_work_tree_is_fixed(guard: Guard, repo: Repository, option: str, view: list[str]) -> None:
    force_commit(repo, {".DS_Store": b""})
    result = guard("all", option, *view, "--format", "json")
    assert result.code == result.report["exit_code"] == 2
    assert (
        f"{option} is about the files on disk, so it does not go with {view[0]}"
        in result.report["problems"][0]["reason"]
    )
    assert tracked(repo) == {".DS_Store"}


def test_fix_and_diff_are_two_different_wishes(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {".DS_Store": b""})
    assert guard("all", "--fix", "--diff").code == 2
    assert tracked(repo) == {".DS_Store"}


def test_a_path_or_a_revision_limits_what_is_fixed(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {"a/x.orig": b"", "b/x.orig": b"", "c/x.orig": b""})
    base = repo.id_of("HEAD")
    guard("all", "--fix", "a")
    assert tracked(repo) == {"b/x.orig", "c/x.orig"}
    force_commit(repo, {"d/x.bak": b""})
    repo.run("rm", "-q", "--cached", "a/x.orig")
    guard("all", "--fix", "--since", base)
    assert tracked(repo) >= {"b/x.orig", "c/x.orig"}
    assert "d/x.bak" not in tracked(repo)


@pytest.mark.parametrize("name", ["text", "json", "markdown", "agent", "sarif"])
def test_a_patch_goes_where_it_spoils_no_report(guard: Guard, repo: Repository, name: str) -> None:
    force_commit(repo, {"x.orig": b"", ".gitignore": b"*.log"})
    before = disk(repo)
    plain = guard("all", "--format", name, "--no-cache")
    shown = guard("all", "--diff", "--format", name, "--no-cache")
    patch = "--- a/.gitignore\n+++ b/.gitignore\n@@ -1 +1,2 @@\n-*.log\n\\ No newline at end of file\n+*.log\n+*.orig\n"
    patch += "$ git rm --cached -- x.orig\n\n"
    assert shown.code == plain.code
    assert disk(repo) == before
    assert tracked(repo) == {"x.orig", ".gitignore"}
    if name == "text":
        assert shown.out.startswith(patch)
    else:
        assert shown.err == patch
        assert re.sub(r"\d", "", shown.out.partition("results")[2]) == re.sub(
            r"\d", "", plain.out.partition("results")[2]
        )


def test_a_patch_is_one_that_git_takes(guard: Guard, repo: Repository) -> None:
    force_commit(repo, {"x.orig": b"", ".DS_Store": b"", ".gitignore": b"a\r\nlast line"})
    patch = guard("all", "--diff").out.partition("$ ")[0]
    guard("all", "--fix")
    wanted = (repo.root / ".gitignore").read_bytes()
    repo.write(".gitignore", "a\r\nlast line")
    repo.run("apply", "--unidiff-zero", stdin=patch.encode())
    assert (repo.root / ".gitignore").read_bytes() == wanted


# ---- Being cut off ---------------------------------------------------------------------------------------------------

_CUT = """
import os, signal, subprocess, sys
from guards._core import fixes

left = [int(sys.argv.pop(1))]
how = sys.argv.pop(1)

def cut(name, real):
    def call(*arguments, **more):
        left[0] -= 1
        if left[0] == 0 and how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if left[0] == 0 and how == "full" and name != "unlink":
            raise OSError(28, "No space left on device")
        return real(*arguments, **more)
    return call

def carry_out(*arguments, **more):
    for name in ("fsync", "link", "unlink", "replace", "rename", "mkdir"):
        setattr(os, name, cut(name, getattr(os, name)))
    try:
        return real(*arguments, **more)
    finally:
        print("all steps done" if left[0] > 0 else "cut off", file=sys.stderr)
        left[0] = 0

real, fixes.carry_out = fixes.carry_out, carry_out
from guards._front import command
command()
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "full"])
def test_cut_off_anywhere_nothing_is_lost_and_the_next_run_finishes(
    command: Command, repo: Repository, home: Path, tmp_path: Path, how: str
) -> None:
    """Killed, or refused by the system, at each step of the doing in turn."""
    text = key()
    files = {"k/id_rsa": text, "x.orig": b"2" * 100, "y.pyc": b"3", ".gitignore": b"old\n"}
    force_commit(repo, {**files, "guard.toml": b"[hygiene]\nquarantine = true\n"})
    repo.run("gc", "-q")
    environment = command.environment(home)
    gitignores = {b"old\n", b"old\n*.orig\n*.py[co]\n/k/id_rsa\n"}
    steps = 0
    for step in range(1, 200):
        subprocess.run(["rm", "-rf", ".guard"], cwd=repo.root, check=True)
        repo.run("reset", "-q", "--hard")
        argv = [sys.executable, "-P", "-c", _CUT, str(step), how, "all", "--fix", "--no-cache", "--jobs", "1"]
        done = subprocess.run(argv, cwd=repo.root, env=environment, capture_output=True, check=False, timeout=60)
        assert done.returncode in {-signal.SIGKILL, 1, 4}, done.stderr
        assert b"Traceback" not in done.stderr
        if b"all steps done" in done.stderr:
            break
        here = disk(repo)
        assert here[".gitignore"] in gitignores
        kept = {path.name: path.read_bytes() for path in (repo.root / ".guard").rglob("files/**/*") if path.is_file()}
        for path in ("k/id_rsa", "x.orig", "y.pyc"):
            assert {**{Path(one).name: data for one, data in here.items()}, **kept}[Path(path).name] == files[path]
        (repo.root / ".git" / "index.lock").unlink(missing_ok=True)
        assert command.run(["all", "--fix", "--no-cache"], repo.root, environment).code in {0, 1}
        assert tracked(repo) == {".gitignore", "guard.toml"}
        assert disk(repo)[".gitignore"] in gitignores - {b"old\n"}
        steps = step
    assert steps > 12
