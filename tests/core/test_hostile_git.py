"""Whatever a repository says, git starts no program of its choosing for us: each one would leave a canary."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from guards._core import programs
from guards._core.errors import GuardError
from guards._core.git import discover
from guards._core.workspace import Commit, Index, UnreadableError, View, Worktree
from tests.conftest import Repository

MANY = 1 << 20


class Trap:
    """Programs that leave a file behind when they run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def program(self, name: str) -> str:
        """The path of a program that leaves the canary `name`, passes its input on, and succeeds."""
        script = self.folder / f"run-{name}"
        script.write_text(f"#!/bin/sh\n: >'{self.folder}/canary-{name}'\nexec cat\n")
        script.chmod(0o755)
        return str(script)

    def canaries(self) -> list[str]:
        """Which programs ran."""
        return sorted(path.name.removeprefix("canary-") for path in self.folder.glob("canary-*"))

    def reset(self) -> None:
        """Forget the canaries so far."""
        for path in self.folder.glob("canary-*"):
            path.unlink()


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


def look_everywhere(start: str, base: str = "HEAD~1") -> int:
    """List, compare and read every view from a folder; how many entries were read."""
    git = discover(start)
    assert git is not None
    views: list[View] = [
        Worktree(git), Worktree(git, untracked=False), Index(git), Commit(git, git.commit_of("HEAD")),
    ]  # fmt: skip
    count = 0
    for view in views:
        view.changes(git.commit_of(base))
        for entry in view.listing().entries:
            try:
                view.read(entry, MANY)
                with view.open(entry) as stream:
                    stream.read(10)
            except (UnreadableError, OSError):
                continue
            count += 1
        view.close()
    git.head()
    git.empty_tree()
    return count


ATTRIBUTES = "* filter=evil diff=evil merge=evil\n*.lfs filter=evil.process\n*.eq filter=a=b\n*.inc filter=included\n"


def booby_trapped(repo: Repository, trap: Trap) -> None:
    """A repository with a program in every setting that takes one, and every reason for git to start it."""
    repo.commit({"a.txt": "1", "b.lfs": "2", "c.eq": "3", "d.inc": "4", ".gitattributes": ATTRIBUTES})
    repo.commit({"a.txt": "11", "b.lfs": "22"})
    settings = {
        "core.fsmonitor": "fsmonitor", "core.hooksPath": "", "core.pager": "pager", "core.editor": "editor",
        "core.sshCommand": "ssh", "core.askPass": "askpass", "core.gitProxy": "proxy",
        "credential.helper": "credential",
        "core.alternateRefsCommand": "alternates", "sequence.editor": "sequence", "diff.external": "diff",
        "diff.evil.command": "diff-driver", "diff.evil.textconv": "textconv", "merge.evil.driver": "merge",
        "filter.evil.clean": "clean", "filter.evil.smudge": "smudge", "filter.evil.process.clean": "clean-dotted",
        "filter.a=b.clean": "clean-equals", "gpg.program": "gpg", "gpg.ssh.program": "gpg-ssh",
        "gpg.ssh.defaultKeyCommand": "gpg-key", "uploadpack.packObjectsHook": "pack-hook",
        "remote.origin.uploadpack": "uploadpack", "remote.origin.receivepack": "receivepack",
        "trailer.x.command": "trailer", "trailer.x.cmd": "trailer-cmd", "interactive.diffFilter": "diff-filter",
        "pager.ls-files": "pager-ls-files", "pager.config": "pager-config", "pager.diff-files": "pager-diff",
        "web.browser": "browser", "man.viewer": "man", "browser.x.cmd": "browser-cmd", "mergetool.x.cmd": "mergetool",
        "difftool.x.cmd": "difftool", "sendemail.smtpServer": "sendemail", "submodule.x.update": "submodule",
        "http.proxyCookieCmd": "cookie", "bisect.x": "bisect", "fsmonitor.socketDir": "socket",
    }  # fmt: skip
    for key, name in settings.items():
        value = trap.program(name) if name else str(trap.folder / "hooks")
        repo.config(key, f"!{value}" if key == "submodule.x.update" else value)
    repo.config("filter.evil.required", "true")
    repo.config("remote.origin.url", f"ext::{trap.program('transport')} %S")
    repo.config("core.pager", trap.program("pager"))
    repo.config("log.showSignature", "true")
    for name in ("ls-files", "diff-files", "diff-index", "rev-parse", "cat-file", "config", "ls-tree"):
        repo.config(f"alias.{name}", f"!{trap.program('alias')}")
    included = repo.root / ".git" / "more"
    program = trap.program("included")
    included.write_text(
        f'[filter "included"]\n\tclean = {program}\n\tprocess = {program}\n[core]\n\tfsmonitor = {program}\n'
    )
    repo.config("include.path", "more")
    hooks = trap.folder / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout", "fsmonitor-watchman"):
        (hooks / name).symlink_to(trap.program(f"hook-{name}"))
    # Files of the same second as the index must be compared by content: this is when git runs filters.
    for path in ("a.txt", "b.lfs", "c.eq", "d.inc"):
        os.utime(repo.root / path, None)
    stamp = (repo.root / ".git" / "index").stat().st_mtime_ns + 1_000_000_000
    for path in ("a.txt", "b.lfs", "c.eq", "d.inc", ".git/index"):
        os.utime(repo.root / path, ns=(stamp, stamp))
    trap.reset()


def test_no_setting_of_a_repository_starts_a_program(repo: Repository, trap: Trap) -> None:
    booby_trapped(repo, trap)
    assert look_everywhere(str(repo.root)) >= 5 * 4
    assert trap.canaries() == []


def test_the_traps_are_real(repo: Repository, trap: Trap) -> None:
    """Plain git, asked the same, starts several of them."""
    booby_trapped(repo, trap)
    for command in (
        ["ls-files", "-s"],
        ["diff-files", "--raw"],
        ["diff", "HEAD~1"],
        ["status"],
        ["cat-file", "--filters", "HEAD:a.txt"],
    ):
        repo.attempt(*command)
    repo.attempt("fetch", "origin")
    assert {"fsmonitor", "included"} & set(trap.canaries())
    assert {"clean", "diff-driver", "smudge"} <= set(trap.canaries())


def test_filters_in_every_spelling_are_switched_off(repo: Repository, trap: Trap) -> None:
    """One that is written oddly, in capitals, twice, or for the work tree alone."""
    program = trap.program("clean")
    names = ["plain", "with space", "dots.in.name", "equals=sign", 'quote"', "back\\slash", "MiXed", "clean", "é", "-x"]
    repo.write(".gitattributes", "".join(f"f{i} filter={name}\n" for i, name in enumerate(names) if " " not in name))
    for number in range(len(names)):
        repo.write(f"f{number}", "x")
    repo.commit()
    for name in names:
        repo.config(f"filter.{name}.clean", program)
        repo.config(f"filter.{name}.required", "true")
    repo.config("extensions.worktreeConfig", "true")
    repo.run("config", "--worktree", "filter.MiXed.process", trap.program("process"))
    with open(repo.root / ".git" / "config", "a") as config:
        config.write(f'[FILTER "plain"]\n\tCLEAN = {program}\n[filter]\n\tclean = {program}\n')
    for number in range(len(names)):
        os.utime(repo.root / f"f{number}", None)
    os.utime(repo.root / ".git" / "index", None)
    trap.reset()
    git = discover(str(repo.root))
    assert git is not None
    view = Worktree(git)
    assert len(view.listing().entries) == len(names) + 1
    view.changes("HEAD")
    assert trap.canaries() == []


def test_an_embedded_bare_repository_is_a_folder_like_others(repo: Repository, trap: Trap) -> None:
    """It survives a clone, and git run inside of it would obey its config."""
    inner = Repository(repo.root / "vendor" / "inner", "--bare")
    inner.config("core.fsmonitor", trap.program("fsmonitor"))
    inner.config("core.bare", "false")
    inner.config("core.worktree", str(repo.root / "vendor"))
    inner.config("filter.x.clean", trap.program("clean"))
    (inner.root / "refs" / "keep").write_text("")
    (inner.root / "objects" / "keep").write_text("")
    repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    trap.reset()
    for start in (inner.root, inner.root / "objects", repo.root):
        git = discover(str(start))
        assert git is not None
        assert git.root == os.path.realpath(repo.root)
        assert look_everywhere(str(start)) > 0
    assert trap.canaries() == []


def test_settings_from_the_environment_are_not_taken(
    repo: Repository, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    program = trap.program("environment")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={program}'")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", program)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(trap.folder / "global"))
    (trap.folder / "global").write_text(f"[core]\n\tfsmonitor = {program}\n")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", program)
    monkeypatch.setenv("GIT_SSH_COMMAND", program)
    monkeypatch.setenv("GIT_ASKPASS", program)
    monkeypatch.setenv("GIT_PAGER", program)
    monkeypatch.setenv("GIT_EDITOR", program)
    monkeypatch.setenv("GIT_PROXY_COMMAND", program)
    monkeypatch.setenv("GIT_EXEC_PATH", str(trap.folder))
    monkeypatch.setenv("GIT_TRACE", str(trap.folder / "canary-trace"))
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trap.folder / "canary-trace2"))
    monkeypatch.setenv("GIT_REDIRECT_STDOUT", str(trap.folder / "canary-redirect"))
    assert look_everywhere(str(repo.root)) == 4
    assert trap.canaries() == []


@pytest.mark.parametrize("where", [".", "bin", "sub"])
def test_a_git_inside_the_tree_is_never_run(
    repo: Repository, trap: Trap, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Also where guard is started further down, and where the folder on PATH is a link into the tree."""
    repo.commit({"a": "1", "sub/deep/b": "2"})
    repo.commit({"a": "2"})
    fake = repo.root / where / "git"
    fake.parent.mkdir(exist_ok=True)
    fake.symlink_to(trap.program("git"))
    linked = trap.folder / "linked"
    linked.symlink_to(fake.parent)
    real = os.environ["PATH"]
    for path in (fake.parent, linked, Path(os.path.relpath(fake.parent)), Path(".")):
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.pathsep}{real}")
        for start in (repo.root, repo.root / "sub", repo.root / "sub" / "deep"):
            monkeypatch.chdir(start)
            assert look_everywhere(str(start)) > 0
            monkeypatch.undo()
            monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.pathsep}{real}")
    assert trap.canaries() == []


def test_a_program_is_found_outside_of_the_tree_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for folder in (tree / "bin", outside):
        folder.mkdir(parents=True)
        (folder / "tool").write_text("#!/bin/sh\n")
        (folder / "tool").chmod(0o755)
    (outside / "disguised").symlink_to(tree / "bin" / "tool")
    (tree / "bin" / "out").symlink_to(outside / "tool")
    (outside / "folder").mkdir()
    (outside / "plain").write_text("not a program")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tree / "bin"), "relative", "", str(outside)]))
    assert programs.find("tool", outside=str(tree)) == str(outside / "tool")
    assert programs.find("disguised", outside=str(tree)) is None
    assert programs.find("out", outside=str(tree)) is None, "the tree could make the link lead elsewhere"
    assert programs.find("folder", outside=str(tree)) is None
    assert programs.find("plain", outside=str(tree)) is None
    assert programs.find("tool", outside=str(outside)) == str(tree / "bin" / "tool")


def test_a_missing_object_starts_no_transport(repo: Repository, trap: Trap, tmp_path: Path) -> None:
    """A partial clone fetches what it lacks, by a program that its config names."""
    repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    repo.config("uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--filter=blob:none", f"file://{repo.root}", str(clone)], check=True, timeout=60
    )
    for url in (
        f"ext::{trap.program('ext')} %S",
        f"ssh://{trap.folder}/x",
        f"file://{repo.root}",
        "https://127.0.0.1:1/x",
    ):
        for key, value in {
            "remote.origin.url": url, "core.sshCommand": trap.program("ssh"), "protocol.allow": "always",
            "protocol.ext.allow": "always", "protocol.file.allow": "always", "protocol.ssh.allow": "always",
            "protocol.https.allow": "always", "remote.origin.uploadpack": trap.program("uploadpack"),
            "credential.helper": trap.program("credential"), "remote.origin.vcs": "",
        }.items():  # fmt: skip
            subprocess.run(["git", "config", key, value], cwd=clone, check=True)
        git = discover(str(clone))
        assert git is not None
        view = Commit(git, git.commit_of("HEAD~1"))
        (entry,) = view.listing().entries
        with pytest.raises(UnreadableError):
            view.read(entry, MANY)
        view.close()
    assert trap.canaries() == []


def test_a_forged_git_file_and_gitmodules_start_nothing(repo: Repository, trap: Trap, tmp_path: Path) -> None:
    program = trap.program("submodule")
    modules = (
        f'[submodule "x"]\n\tpath = x\n\turl = ext::{program}\n\tupdate = !{program}\n\tfetchRecurseSubmodules = true\n'
    )
    repo.commit({".gitmodules": modules, "a": "1"})
    inner = Repository(tmp_path / "inner")
    inner.commit({"f": "1"})
    inner.config("core.fsmonitor", program)
    inner.config("filter.x.clean", program)
    repo.write("x/.git", f"gitdir: {inner.root}/.git\n")
    repo.run("update-index", "--add", "--cacheinfo", f"160000,{inner.id_of('HEAD')},x")
    repo.run("commit", "-q", "-m", "x")
    repo.config("submodule.recurse", "true")
    repo.config("diff.submodule", "log")
    repo.config("status.submoduleSummary", "true")
    assert look_everywhere(str(repo.root)) > 0
    assert trap.canaries() == []


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [booby_trapped, None], ids=["booby-trapped", "partial-clone"])
def test_the_system_sees_no_other_program_than_git(
    repo: Repository, trap: Trap, tmp_path: Path, strace: str, prepare: Callable[[Repository, Trap], None] | None
) -> None:
    """Every execve of a whole look, our own start left out: git by its full path, and git's own helper of that name."""
    start = repo.root
    if prepare:
        prepare(repo, trap)
    else:
        repo.commit({"a": "1"})
        repo.commit({"a": "2"})
        repo.config("uploadpack.allowFilter", "true")
        start = tmp_path / "clone"
        subprocess.run(["git", "clone", "-q", "--filter=blob:none", f"file://{repo.root}", str(start)], check=True)
    program = textwrap.dedent(f"""\
        import sys
        sys.path.insert(0, {os.getcwd()!r})
        from tests.core.test_hostile_git import look_everywhere
        look_everywhere({str(start)!r})
        """)
    log = tmp_path / "log"
    traced = [strace, "-f", "-qq", "-e", "trace=execve,execveat", "-o", str(log), sys.executable, "-c", program]
    done = subprocess.run(traced, capture_output=True, timeout=120, check=False, cwd=tmp_path)
    if b"PTRACE" in done.stderr or not log.exists():
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr.decode()
    started = [
        line.split('"')[1]
        for line in log.read_text().splitlines()
        if "execve" in line and '"' in line and " = 0" in line
    ]
    git = programs.find("git", outside=str(repo.root))
    assert started[0] == sys.executable
    assert len(started) > 10
    exec_path = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    assert set(started[1:]) <= {git, f"{exec_path}/git"}
    assert trap.canaries() == []


def test_a_config_that_cannot_be_read_is_an_error(repo: Repository) -> None:
    repo.commit({"a": "1"})
    repo.config("include.path", "more")
    (repo.root / ".git" / "more").write_text("[core\nfsmonitor = x")
    with pytest.raises(GuardError, match="bad config"):
        discover(str(repo.root))
