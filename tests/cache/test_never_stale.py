"""Whatever happens to a repository, a run that remembers says what a run that knows nothing says.

A mutation is a generator: what it does before `yield` is part of the scene, which is then looked at until its record
exists and has answered once; what it does afterwards is the attack.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cache.running import CONFIG, Scene, at
from tests.conftest import Repository

Attack = Callable[[Scene], Iterator[None]]
_RACY_SECONDS = 2.1


@dataclass(frozen=True, slots=True)
class Mutation:
    """An attack, and what is expected of it."""

    attack: Attack
    shows: bool
    """Whether a cold run must see it: an attack that changes nothing proves nothing."""
    recorded: bool
    """Whether the scene must be remembered as a whole; what is only partly known may be, or not."""


_MUTATIONS: dict[str, Mutation] = {}
_MARKS: dict[str, list[pytest.MarkDecorator]] = {}
_NO_TRACE = "git calls the file clean, and nothing is left that tells of the conversion which made it so"


def mutation(
    *, shows: bool = True, slow: bool = False, recorded: bool = True, limit: str = ""
) -> Callable[[Attack], Attack]:
    """Put an attack on the list. `limit`: why it is known to succeed."""

    def decorate(attack: Attack) -> Attack:
        name = attack.__name__.replace("_", "-").strip("-")
        assert name not in _MUTATIONS, name
        _MUTATIONS[name] = Mutation(attack, shows, recorded)
        _MARKS[name] = [pytest.mark.slow] if slow else []
        _MARKS[name] += [pytest.mark.xfail(reason=limit, strict=True)] if limit else []
        return attack

    return decorate


def age() -> None:
    """Let everything become old enough that its time stamps are believed."""
    time.sleep(_RACY_SECONDS)


def status(path: Path) -> os.stat_result:
    return path.lstat()


def edit_unseen(path: Path, content: bytes) -> None:
    """Put as many other bytes into a file and set its times back; only ctime tells."""
    before = path.stat()
    assert len(content) == before.st_size
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# --- Files that git tracks ----------------------------------------------------------------------------------------


@mutation()
def edit_tracked(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def edit_tracked_keeping_size_and_time(scene: Scene) -> Iterator[None]:
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation()
def edit_tracked_in_place_keeping_size_and_time_when_old(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--refresh")
    age()
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation()
def edit_twice_right_after_checkout(scene: Scene) -> Iterator[None]:
    scene.repo.write("a.txt", "uno\n")
    scene.repo.run("checkout", "--", "a.txt")
    edit_unseen(scene.root / "a.txt", b"tre\n")
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation()
def edit_dirty_file_again_keeping_size_and_time(scene: Scene) -> Iterator[None]:
    scene.repo.write("a.txt", "not\n")
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation(shows=False)
def edit_and_put_back(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("a.txt", "BAD\n")
    scene.repo.write("a.txt", "one\n")


_FACT = "guard: 1\nfacts: {{api.port: {{kind: port, value: {}}}}}\nbind: {{api.port: [app.toml#port]}}\n"


def _facts(scene: Scene, *ports: int) -> None:
    """A fact that has had these values, the last of which stands where it is bound; 8081 stands elsewhere."""
    scene.repo.write("app.toml", "port = 8080\n")
    scene.repo.write("run.sh", "API_PORT=8081\n")
    for port in ports:
        scene.repo.commit({"canonical.yaml": _FACT.format(port)})


@mutation()
def canonical_had_another_value_meanwhile(scene: Scene) -> Iterator[None]:
    """Two commits later every file is as it was; only the history is another."""
    _facts(scene, 8080)
    yield
    _facts(scene, 8081, 8080)


@mutation()
def the_branch_is_another_with_the_same_files(scene: Scene) -> Iterator[None]:
    _facts(scene, 8080)
    scene.repo.run("checkout", "-q", "-b", "other")
    _facts(scene, 8081, 8080)
    scene.repo.run("checkout", "-q", "main")
    yield
    scene.repo.run("checkout", "-q", "other")


@mutation()
def head_is_set_back_and_the_files_stay(scene: Scene) -> Iterator[None]:
    _facts(scene, 8080, 8081, 8080)
    scene.repo.run("reset", "-q", "--hard", "HEAD~2")
    yield
    scene.repo.run("reset", "-q", "--soft", "HEAD@{1}")


@mutation()
def a_shallow_clone_gets_its_history(scene: Scene) -> Iterator[None]:
    _facts(scene, 8081, 8080)
    shallow = scene.root / ".git/shallow"
    shallow.write_text(scene.repo.id_of("HEAD") + "\n")
    yield
    shallow.unlink()


@mutation()
def the_ignored_canonical_yaml_of_a_project_is_edited(scene: Scene) -> Iterator[None]:
    _facts(scene, 8080)
    scene.repo.write("hidden/canonical.yaml", "guard: 1\nbind: {api.port: [no.toml#port]}\n")
    scene.repo.commit({"canonical.yaml": _FACT.format(8080) + "projects: [hidden]\n"})
    yield
    scene.repo.write("hidden/canonical.yaml", "guard: 1\n")


@mutation(shows=False)
def history_is_grafted(scene: Scene) -> Iterator[None]:
    _facts(scene, 8080)
    here = scene.repo.id_of("HEAD")
    _facts(scene, 8081, 8080)
    other = scene.repo.id_of("HEAD")
    scene.repo.run("reset", "-q", "--hard", here)
    yield
    (scene.root / ".git/info").mkdir(exist_ok=True)
    (scene.root / ".git/info/grafts").write_text(f"{here} {other}\n")


@mutation(shows=False)
def touch(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").touch()


@mutation(shows=False)
def touch_and_refresh(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").touch()
    scene.repo.run("status")


@mutation()
def chmod_tracked(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").chmod(0o755)


@mutation()
def chmod_dirty(scene: Scene) -> Iterator[None]:
    scene.repo.write("a.txt", "dirty\n")
    yield
    (scene.root / "a.txt").chmod(0o755)


@mutation()
def remove_tracked(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").unlink()


@mutation()
def rename_tracked(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").rename(scene.root / "c.txt")


@mutation()
def swap_two_files(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").rename(scene.root / "t")
    (scene.root / "sub/b.txt").rename(scene.root / "a.txt")
    (scene.root / "t").rename(scene.root / "sub/b.txt")


@mutation(shows=False)
def replace_by_an_equal_file(scene: Scene) -> Iterator[None]:
    yield
    shutil.copy2(scene.root / "a.txt", scene.root / "t")
    (scene.root / "t").rename(scene.root / "a.txt")


@mutation()
def file_becomes_link(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.link("a.txt", "sub/b.txt")


@mutation()
def file_becomes_a_link_of_the_same_blob(scene: Scene) -> Iterator[None]:
    """A link's blob is its target: the bytes are the same, what they mean is not."""
    scene.repo.commit({"t.txt": "sub/b.txt"})
    yield
    scene.repo.link("t.txt", "sub/b.txt")
    scene.repo.commit()


@mutation()
def link_becomes_a_file_of_the_same_blob(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("link", "a.txt")


@mutation()
def file_becomes_folder(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").unlink()
    scene.repo.write("a.txt/inner", "BAD\n")


@mutation()
def file_becomes_fifo(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "a.txt").unlink()
    os.mkfifo(scene.root / "a.txt")


@mutation(recorded=False)
def fifo_becomes_file(scene: Scene) -> Iterator[None]:
    (scene.root / "a.txt").unlink()
    os.mkfifo(scene.root / "a.txt")
    yield
    (scene.root / "a.txt").unlink()
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def folder_becomes_a_link(scene: Scene) -> Iterator[None]:
    (scene.folder / "elsewhere").mkdir()
    (scene.folder / "elsewhere" / "b.txt").write_text("two\n")
    yield
    shutil.rmtree(scene.root / "sub")
    scene.repo.link("sub", str(scene.folder / "elsewhere"))


@mutation()
def link_points_elsewhere(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.link("link", "b.txt")


# --- Files that git does not track --------------------------------------------------------------------------------


@mutation()
def add_untracked(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("new.txt", "BAD\n")


@mutation()
def edit_untracked(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("untracked.txt", "BAD\n")


@mutation()
def edit_untracked_keeping_size_and_time(scene: Scene) -> Iterator[None]:
    scene.repo.write("untracked.txt", "not bad")
    yield
    edit_unseen(scene.root / "untracked.txt", b"now BAD")


@mutation()
def edit_old_untracked_keeping_size_and_time(scene: Scene) -> Iterator[None]:
    scene.repo.write("untracked.txt", "not bad")
    age()
    yield
    edit_unseen(scene.root / "untracked.txt", b"now BAD")


@mutation()
def edit_untracked_with_time_in_the_future(scene: Scene) -> Iterator[None]:
    file = scene.repo.write("untracked.txt", "not bad")
    os.utime(file, (4e9, 4e9))
    yield
    edit_unseen(file, b"now BAD")


@mutation()
def chmod_untracked(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "untracked.txt").chmod(0o755)


@mutation()
def chmod_old_untracked(scene: Scene) -> Iterator[None]:
    age()
    yield
    (scene.root / "untracked.txt").chmod(0o755)


@mutation()
def remove_untracked(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / "untracked.txt").unlink()


@mutation()
def untracked_becomes_a_link_with_the_same_content(scene: Scene) -> Iterator[None]:
    yield
    (scene.folder / "same").write_text("loose\n")
    scene.repo.link("untracked.txt", str(scene.folder / "same"))


@mutation(shows=False)
def untracked_repository_changes_inside(scene: Scene) -> Iterator[None]:
    inner = Repository(scene.root / "inner")
    inner.commit({"x": "1\n"})
    yield
    inner.write("x", "BAD\n")


@mutation()
def gitignore_reveals(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write(".gitignore", "/hidden/\n")


@mutation()
def gitignore_hides(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write(".gitignore", "*.log\n/hidden/\nuntracked.txt\n")


@mutation()
def gitignore_that_is_ignored_reveals(scene: Scene) -> Iterator[None]:
    scene.repo.write("sub/.gitignore", "*\n")
    scene.repo.write("sub/loose", "BAD\n")
    yield
    scene.repo.write("sub/.gitignore", ".gitignore\n")


@mutation()
def info_exclude_hides(scene: Scene) -> Iterator[None]:
    yield
    (scene.root / ".git/info").mkdir(exist_ok=True)
    (scene.root / ".git/info/exclude").write_text("untracked.txt\n")


@mutation()
def excludes_file_of_the_user_hides(scene: Scene) -> Iterator[None]:
    (scene.home / "ignore").write_text("*.orig\n")
    (scene.home / ".gitconfig").write_text(f"[core]\nexcludesFile = {scene.home}/ignore\n")
    yield
    (scene.home / "ignore").write_text("untracked.txt\n")


@mutation()
def excludes_file_is_set(scene: Scene) -> Iterator[None]:
    (scene.home / "ignore").write_text("untracked.txt\n")
    yield
    (scene.home / ".gitconfig").write_text(f"[core]\nexcludesFile = {scene.home}/ignore\n")


@mutation()
def force_add_of_an_ignored_file(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.run("add", "-f", "ignored.log")


@mutation()
def first_index_holds_an_ignored_file(scene: Scene) -> Iterator[None]:
    """Before the first `git add` there is no index whose content could be compared."""
    shutil.rmtree(scene.root / ".git")
    scene.repo.run("init", "-q", "-b", "main", "--template=")
    yield
    scene.repo.run("add", "-f", "ignored.log")


# --- Git's own doings ---------------------------------------------------------------------------------------------


@mutation(shows=True)
def git_add(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.stage("untracked.txt")


@mutation()
def git_commit(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.commit({"a.txt": "BAD\n"})


@mutation()
def amend_without_a_change(scene: Scene) -> Iterator[None]:
    """The tree stays; the commit that the report names does not."""
    yield
    scene.repo.run("commit", "-q", "--amend", "-m", "said otherwise")


@mutation()
def switch_branch(scene: Scene) -> Iterator[None]:
    scene.repo.run("switch", "-q", "-c", "other")
    scene.repo.commit({"a.txt": "BAD\n"})
    scene.repo.run("switch", "-q", "main")
    yield
    scene.repo.run("switch", "-q", "other")


@mutation(shows=False)
def switch_branch_and_back(scene: Scene) -> Iterator[None]:
    scene.repo.run("switch", "-q", "-c", "other")
    scene.repo.commit({"a.txt": "BAD\n"})
    scene.repo.run("switch", "-q", "main")
    yield
    scene.repo.run("switch", "-q", "other")
    scene.run()
    scene.repo.run("switch", "-q", "main")


@mutation()
def stash(scene: Scene) -> Iterator[None]:
    scene.repo.write("a.txt", "BAD\n")
    yield
    scene.repo.run("stash", "-q")


@mutation()
def reset_soft(scene: Scene) -> Iterator[None]:
    scene.repo.commit({"a.txt": "later\n"})
    yield
    scene.repo.run("reset", "-q", "--soft", "HEAD^")


@mutation()
def reset_soft_under_staged(scene: Scene) -> Iterator[None]:
    """Index and files stay; what is staged does not."""
    scene.repo.commit({"a.txt": "BAD\n"})
    scene.args.append("--staged")
    yield
    scene.repo.run("reset", "-q", "--soft", "HEAD^")


@mutation()
def stage_another_content_under_staged(scene: Scene) -> Iterator[None]:
    scene.args.append("--staged")
    scene.repo.write("a.txt", "fine\n")
    scene.repo.stage()
    yield
    scene.repo.write("a.txt", "BAD\n")
    scene.repo.stage()


@mutation()
def merge_conflict(scene: Scene) -> Iterator[None]:
    scene.repo.run("switch", "-q", "-c", "other")
    scene.repo.commit({"a.txt": "BAD\n"})
    scene.repo.run("switch", "-q", "main")
    scene.repo.commit({"a.txt": "mine\n"})
    yield
    with pytest.raises(AssertionError, match="git merge"):
        scene.repo.run("merge", "-q", "other")


@mutation(shows=False)
def status_refreshes_the_index(scene: Scene) -> Iterator[None]:
    (scene.root / "a.txt").touch()
    yield
    scene.repo.run("status")


@mutation(shows=False)
def references_are_packed(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.run("pack-refs", "--all")


@mutation()
def packed_reference_moves(scene: Scene) -> Iterator[None]:
    scene.repo.run("pack-refs", "--all")
    yield
    scene.repo.run("commit", "-q", "--allow-empty", "-m", "more")


@mutation()
def detach_head_elsewhere(scene: Scene) -> Iterator[None]:
    scene.repo.run("commit", "-q", "--allow-empty", "-m", "more")
    scene.repo.run("checkout", "-q", "--detach")
    yield
    scene.repo.run("checkout", "-q", "HEAD^")


@mutation()
def head_moves_under_rev(scene: Scene) -> Iterator[None]:
    scene.args += ["--rev", "HEAD"]
    yield
    scene.repo.commit({"a.txt": "BAD\n"})


@mutation(shows=False)
def files_change_under_rev(scene: Scene) -> Iterator[None]:
    scene.args += ["--rev", "HEAD"]
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def config_of_a_commit_changes_under_rev(scene: Scene) -> Iterator[None]:
    scene.args += ["--rev", "HEAD"]
    yield
    scene.repo.commit({"guard.toml": CONFIG + '[levels]\n"acme.watch/entry" = "error"\n'})


# --- Indexes of every kind ----------------------------------------------------------------------------------------


@mutation(shows=False)
def index_without_hash(scene: Scene) -> Iterator[None]:
    scene.repo.config("index.skipHash", "true")
    scene.repo.commit({"a.txt": "fine\n"})
    yield
    scene.repo.run("update-index", "--cacheinfo", f"100644,{scene.repo.id_of('HEAD:sub/b.txt')},a.txt")


@mutation()
def index_with_zero_trailer(scene: Scene) -> Iterator[None]:
    """What git writes with `index.skipHash`, also where the installed git knows no such setting."""
    _strip_hash(scene)
    yield
    index = scene.root / ".git/index"
    data = index.read_bytes()
    index.write_bytes(data.replace(b"sub/b.txt", b"sub/c.txt"))


def _strip_hash(scene: Scene) -> None:
    index = scene.root / ".git/index"
    data = index.read_bytes()
    index.write_bytes(data[:-20] + bytes(20))


@mutation()
def edit_under_assume_unchanged(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--assume-unchanged", "a.txt")
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def assume_unchanged_file_goes(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--assume-unchanged", "a.txt")
    yield
    (scene.root / "a.txt").unlink()


@mutation()
def assume_unchanged_file_comes(scene: Scene) -> Iterator[None]:
    """Git was told not to look, so it says nothing of the file that was not there."""
    scene.repo.run("update-index", "--assume-unchanged", "a.txt")
    (scene.root / "a.txt").unlink()
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def chmod_under_assume_unchanged(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--assume-unchanged", "a.txt")
    yield
    (scene.root / "a.txt").chmod(0o755)


@mutation()
def edit_under_skip_worktree(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--skip-worktree", "a.txt")
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation(recorded=False)
def skip_worktree_file_comes(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--skip-worktree", "a.txt")
    (scene.root / "a.txt").unlink()
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def skip_worktree_file_goes(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--skip-worktree", "a.txt")
    yield
    (scene.root / "a.txt").unlink()


@mutation()
def split_index(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--split-index")
    yield
    scene.repo.run("update-index", "--split-index", "--add", "untracked.txt")


@mutation()
def untracked_cache(scene: Scene) -> Iterator[None]:
    scene.repo.run("update-index", "--force-untracked-cache")
    scene.repo.run("status")
    age()
    scene.repo.run("status")
    yield
    scene.repo.write("sub/new.txt", "BAD\n")


@mutation()
def fsmonitor_that_lies(scene: Scene) -> Iterator[None]:
    """A monitor that never saw anything change, in an index that believes it."""
    hook = scene.folder / "monitor"
    hook.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    hook.chmod(0o755)
    scene.repo.config("core.fsmonitor", str(hook))
    scene.repo.config("core.fsmonitorHookVersion", "2")
    scene.repo.run("update-index", "--fsmonitor")
    scene.repo.run("status")
    scene.repo.run("update-index", "--fsmonitor-valid", "a.txt")
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def git_is_told_to_ignore_ctime(scene: Scene) -> Iterator[None]:
    scene.repo.config("core.trustctime", "false")
    scene.repo.config("core.checkStat", "minimal")
    age()
    scene.repo.run("update-index", "--refresh")
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation()
def git_is_told_to_ignore_modes(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.config("core.fileMode", "false")
    scene.repo.write("a.txt", "BAD\n")
    (scene.root / "a.txt").chmod(0o755)


@mutation()
def sparse_checkout_is_switched_on(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.run("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")


@mutation(recorded=False)
def sparse_checkout_is_switched_off(scene: Scene) -> Iterator[None]:
    scene.repo.run("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    yield
    scene.repo.run("sparse-checkout", "disable")


@mutation(recorded=False)
def file_comes_outside_of_the_sparse_checkout(scene: Scene) -> Iterator[None]:
    scene.repo.run("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    yield
    scene.repo.write("sub/b.txt", "BAD\n")


@mutation()
def another_index_was_looked_at_before(scene: Scene) -> Iterator[None]:
    """A hook's temporary index is clean; the repository's own is not."""
    scene.args.append("--staged")
    other = scene.root / ".git/other"
    shutil.copy(scene.root / ".git/index", other)
    yield
    scene.repo.write("a.txt", "BAD\n")
    scene.repo.stage()
    (scene.root / ".git/untouched").touch()
    scene.env["GIT_INDEX_FILE"] = str(other)
    for _ in range(2):
        scene.run()
    del scene.env["GIT_INDEX_FILE"]


# --- Content that git turns into other content --------------------------------------------------------------------


def _convert(scene: Scene, attributes: str, content: bytes) -> None:
    scene.repo.commit({".gitattributes": attributes, "c.txt": content})


@mutation()
def line_ends_change_under_eol(scene: Scene) -> Iterator[None]:
    """Other bytes on disk, the same blob, and an index that was refreshed: clean for git."""
    _convert(scene, "c.txt text eol=lf\n", b"x\ny\n")
    yield
    scene.repo.write("c.txt", b"x\r\ny\r\n")
    scene.repo.run("status")
    scene.repo.run("add", "c.txt")


@mutation()
def line_ends_change_under_text_auto(scene: Scene) -> Iterator[None]:
    _convert(scene, "* text=auto\n", b"x\ny\n")
    yield
    scene.repo.write("c.txt", b"x\r\ny\r\n")
    scene.repo.run("add", "c.txt")


@mutation()
def line_ends_change_under_autocrlf_of_the_user(scene: Scene) -> Iterator[None]:
    (scene.home / ".gitconfig").write_text("[core]\nautocrlf = input\n")
    scene.repo.commit({"c.txt": b"x\ny\n"})
    yield
    scene.repo.write("c.txt", b"x\r\ny\r\n")
    scene.repo.run("add", "c.txt", env={"HOME": str(scene.home)})


@mutation()
def clean_filter_hides_an_edit(scene: Scene) -> Iterator[None]:
    scene.repo.config("filter.quiet.clean", "sed s/BAD/two/")
    _convert(scene, "c.txt filter=quiet\n", b"two\n")
    yield
    scene.repo.write("c.txt", "BAD\n")
    scene.repo.run("status")
    scene.repo.run("add", "c.txt")


@mutation(limit=_NO_TRACE)
def filter_was_configured_only_while_adding(scene: Scene) -> Iterator[None]:
    """The filter is gone, attributes and all; the index still says clean of what it never saw."""
    yield
    scene.repo.write(".git/info/attributes", "a.txt filter=quiet\n")
    scene.repo.config("filter.quiet.clean", "sed s/BAD/one/")
    scene.repo.write("a.txt", "BAD\n")
    age()
    scene.repo.run("add", "a.txt")
    (scene.root / ".git/info/attributes").unlink()
    scene.repo.run("config", "--remove-section", "filter.quiet")
    assert not scene.repo.run("diff-files")


@mutation()
def large_file_pointer_becomes_content(scene: Scene) -> Iterator[None]:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    scene.repo.config("filter.lfs.clean", f"printf '{pointer.decode().replace(chr(10), chr(92) + 'n')}'")
    scene.repo.config("filter.lfs.smudge", "cat")
    _convert(scene, "*.bin filter=lfs\n", b"")
    scene.repo.write("big.bin", pointer)
    scene.repo.commit()
    yield
    scene.repo.write("big.bin", "BAD\n")
    scene.repo.run("add", "big.bin")


@mutation()
def work_tree_encoding(scene: Scene) -> Iterator[None]:
    _convert(scene, "c.txt text\n", b"x\n")
    yield
    scene.repo.write(".gitattributes", "c.txt text working-tree-encoding=UTF-16\n")
    (scene.root / "c.txt").unlink()
    scene.repo.run("checkout", "--", "c.txt")


@mutation()
def ident(scene: Scene) -> Iterator[None]:
    _convert(scene, "c.txt -ident\n", b"$Id$\n")
    yield
    scene.repo.write(".gitattributes", "c.txt ident\n")
    (scene.root / "c.txt").unlink()
    scene.repo.run("checkout", "--", "c.txt")


@mutation(limit=_NO_TRACE)
def attributes_go_and_converted_files_stay(scene: Scene) -> Iterator[None]:
    """Disk has what a conversion once made of a blob that is known from elsewhere; nothing tells of it any more."""
    scene.repo.commit({"c.txt": b"x\ny\n", "known.txt": b"x\ny\n"})
    yield
    scene.repo.commit({".gitattributes": "c.txt text eol=crlf\n"})
    (scene.root / "c.txt").unlink()
    scene.repo.run("checkout", "--", "c.txt")
    age()
    scene.repo.run("update-index", "--refresh")
    (scene.root / ".gitattributes").unlink()
    scene.repo.run("rm", "-q", "--cached", ".gitattributes")
    assert (scene.root / "c.txt").read_bytes() == b"x\r\ny\r\n"


# --- Repositories in repositories, and of other kinds -------------------------------------------------------------


def _with_submodule(scene: Scene) -> Repository:
    inner = Repository(scene.folder / "inner")
    inner.commit({"x": "1\n"})
    scene.repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "module")
    scene.repo.commit()
    return at(scene.root / "module")


@mutation(shows=False)
def submodule_moves(scene: Scene) -> Iterator[None]:
    inner = _with_submodule(scene)
    yield
    inner.commit({"x": "BAD\n"})


@mutation(shows=False)
def submodule_is_dirty(scene: Scene) -> Iterator[None]:
    inner = _with_submodule(scene)
    yield
    inner.write("x", "BAD\n")


@mutation()
def submodule_goes(scene: Scene) -> Iterator[None]:
    _with_submodule(scene)
    yield
    shutil.rmtree(scene.root / "module")


@mutation()
def sha256_repository(scene: Scene) -> Iterator[None]:
    shutil.rmtree(scene.root / ".git")
    scene.repo.run("init", "-q", "-b", "main", "--template=", "--object-format=sha256")
    scene.repo.commit()
    scene.run("--rev", "HEAD")
    yield
    edit_unseen(scene.root / "a.txt", b"BAD\n")


@mutation()
def sha256_index_changes(scene: Scene) -> Iterator[None]:
    shutil.rmtree(scene.root / ".git")
    scene.repo.run("init", "-q", "-b", "main", "--template=", "--object-format=sha256")
    scene.repo.commit()
    yield
    scene.repo.run("add", "-f", "ignored.log")


@mutation()
def linked_worktree(scene: Scene) -> Iterator[None]:
    scene.repo.run("worktree", "add", "-q", "../linked")
    scene.enter(scene.folder / "linked")
    yield
    scene.repo.write("a.txt", "BAD\n")


@mutation(recorded=False)
def linked_worktree_with_a_line_feed_in_its_path(scene: Scene) -> Iterator[None]:
    """Git names its files a line each; a path may hold a line end."""
    folder = scene.folder / "two\nlines"
    scene.root.rename(folder)
    scene.repo.root = folder
    scene.repo.run("worktree", "add", "-q", "../linked")
    scene.enter(scene.folder / "linked")
    scene.repo.write("ignored.log", "BAD\n")
    scene.args.append("--staged")
    yield
    scene.repo.run("add", "-f", "ignored.log")


@mutation()
def branch_of_a_linked_worktree_moves(scene: Scene) -> Iterator[None]:
    scene.repo.run("worktree", "add", "-q", "../linked")
    main = scene.repo
    scene.enter(scene.folder / "linked")
    scene.args += ["--rev", "HEAD"]
    yield
    tip = main.run("commit-tree", "HEAD^{tree}", "-m", "moved").decode().strip()
    main.run("update-ref", "refs/heads/linked", tip)


# --- Settings -----------------------------------------------------------------------------------------------------


@mutation()
def guard_toml_is_edited(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("guard.toml", CONFIG + '[levels]\n"acme.watch/entry" = "error"\n')


@mutation()
def guard_toml_that_is_ignored_is_edited(scene: Scene) -> Iterator[None]:
    scene.repo.run("rm", "-q", "--cached", "guard.toml")
    scene.repo.commit({".gitignore": "*.log\nguard.toml\n"})
    yield
    scene.repo.write("guard.toml", CONFIG + '[levels]\n"acme.watch/entry" = "error"\n')


@mutation()
def guard_toml_that_is_ignored_becomes_a_link_to_its_content(scene: Scene) -> Iterator[None]:
    scene.repo.run("rm", "-q", "--cached", "guard.toml")
    scene.repo.commit({".gitignore": "*.log\nguard.toml\n"})
    yield
    (scene.folder / "settings").write_text(CONFIG)
    scene.repo.link("guard.toml", str(scene.folder / "settings"))


@mutation()
def guard_toml_that_is_ignored_comes(scene: Scene) -> Iterator[None]:
    scene.repo.run("rm", "-q", "guard.toml")
    scene.repo.commit({".gitignore": "*.log\nguard.toml\n"})
    yield
    scene.repo.write("guard.toml", CONFIG)


@mutation()
def pyproject_is_edited(scene: Scene) -> Iterator[None]:
    settings = "[tool.guard]\n" + CONFIG
    scene.repo.run("rm", "-q", "guard.toml")
    scene.repo.commit({"pyproject.toml": settings})
    yield
    scene.repo.write("pyproject.toml", settings + '[tool.guard."acme.watch"]\nword = "other"\n')


@mutation()
def pyproject_gets_settings_too(scene: Scene) -> Iterator[None]:
    scene.repo.commit({".gitignore": "*.log\npyproject.toml\n"})
    yield
    scene.repo.write("pyproject.toml", "[tool.guard]\n")


@mutation()
def option_of_a_guard_changes(scene: Scene) -> Iterator[None]:
    yield
    scene.repo.write("guard.toml", CONFIG + '["acme.watch"]\nword = "other"\n')


@mutation()
def config_file_elsewhere_is_edited(scene: Scene) -> Iterator[None]:
    file = scene.folder / "strict.toml"
    file.write_text(CONFIG)
    scene.args += ["--config", "../strict.toml"]
    yield
    file.write_text(CONFIG + '["acme.watch"]\nword = "other"\n')


@mutation()
def guard_variable_is_set(scene: Scene) -> Iterator[None]:
    yield
    scene.env["GUARD_FAIL_LEVEL"] = "note"


@mutation()
def guard_variable_is_changed(scene: Scene) -> Iterator[None]:
    scene.env["GUARD_PROFILE"] = "dev"
    yield
    scene.env["GUARD_PROFILE"] = "prod"


@mutation()
def size_limit_is_lowered(scene: Scene) -> Iterator[None]:
    """What is known of a file's bytes is of a file that was read whole."""
    yield
    scene.env["GUARD_MAX_FILE_SIZE"] = "3"


@mutation(recorded=False)
def size_limit_is_raised(scene: Scene) -> Iterator[None]:
    scene.env["GUARD_MAX_FILE_SIZE"] = "3"
    yield
    del scene.env["GUARD_MAX_FILE_SIZE"]


@mutation()
def canonical_is_edited(scene: Scene) -> Iterator[None]:
    scene.repo.commit({"canonical.yaml": "guard: 1\nwatch: {a: one}\n"})
    yield
    scene.repo.write("canonical.yaml", "guard: 1\nwatch: {a: two}\n")


@mutation()
def ignored_canonical_in_config_is_edited(scene: Scene) -> Iterator[None]:
    scene.repo.commit({".gitignore": "*.log\nconfig/\n"})
    scene.repo.write("config/canonical.yaml", "guard: 1\nwatch: {a: one}\n")
    yield
    scene.repo.write("config/canonical.yaml", "guard: 1\nwatch: {a: two}\n")


@mutation()
def second_canonical_comes(scene: Scene) -> Iterator[None]:
    scene.repo.commit({"canonical.yaml": "guard: 1\nwatch: {a: one}\n", ".gitignore": "*.log\nconfig/\n"})
    yield
    scene.repo.write("config/canonical.yaml", "guard: 1\n")


@mutation()
def canonical_elsewhere_is_edited(scene: Scene) -> Iterator[None]:
    file = scene.folder / "truth.yaml"
    file.write_text("guard: 1\nwatch: {a: one}\n")
    scene.args += ["--canonical", str(file)]
    yield
    file.write_text("guard: 1\nwatch: {a: two}\n")


@mutation()
def schema_is_edited(scene: Scene) -> Iterator[None]:
    """A document that scan reads beside the file: every file's facts depend on it."""
    yield
    edit_unseen(scene.root / "schemas/s.json", b"[]\n")


@mutation()
def schema_of_the_schema_guard_is_edited(scene: Scene) -> Iterator[None]:
    scene.repo.commit(
        {
            "guard.toml": 'skip = ["hygiene"]\n',
            "canonical.yaml": 'guard: 1\nschemas: {"data/*.json": schemas/s.json}\n',
            "data/d.json": '{"a": 1}\n',
            "schemas/s.json": '{"type": "object"}\n',
        }
    )
    yield
    scene.repo.write("schemas/s.json", '{"type": "array" }\n')


# --- The command line and where it stands -------------------------------------------------------------------------


@mutation(shows=False)
def another_folder(scene: Scene) -> Iterator[None]:
    yield
    scene.cwd = scene.root / "sub"


@mutation()
def relative_path_in_another_folder(scene: Scene) -> Iterator[None]:
    scene.repo.commit({"sub/sub/b.txt": "BAD\n"})
    scene.args.append("sub")
    yield
    scene.cwd = scene.root / "sub"


@mutation()
def arguments_that_only_look_alike(scene: Scene) -> Iterator[None]:
    """One argument with a line feed in it, against two."""
    scene.repo.commit({"a.txt": "BAD\n"})
    scene.repo.write("sub\n--exit-zero/x", "BAD\n")
    scene.args += [".", "sub", "--exit-zero"]
    yield
    scene.args = [*scene.args[:-2], "sub\n--exit-zero"]


@mutation(shows=False)
def another_width(scene: Scene) -> Iterator[None]:
    yield
    scene.env["COLUMNS"] = "40"


@mutation(shows=False)
def another_home(scene: Scene) -> Iterator[None]:
    yield
    scene.home = scene.folder / "home-2"
    scene.home.mkdir()


@mutation(shows=False)
def no_temporary_folder(scene: Scene) -> Iterator[None]:
    yield
    scene.env["TMPDIR"] = "/nonexistent"


@mutation(shows=False)
def repository_is_looked_at_through_a_link(scene: Scene) -> Iterator[None]:
    (scene.folder / "alias").symlink_to(scene.root)
    yield
    scene.cwd = scene.folder / "alias"


@mutation()
def a_repository_comes_in_between(scene: Scene) -> Iterator[None]:
    """What was a folder of one repository is now another repository."""
    scene.cwd = scene.root / "sub"
    yield
    Repository(scene.root / "sub").commit({"x.txt": "1\n"})


# --- The key, and where things may be written ---------------------------------------------------------------------


def _key(scene: Scene) -> Path:
    return scene.home / ".local/state/guard/key"


@mutation(shows=False)
def key_is_replaced(scene: Scene) -> Iterator[None]:
    yield
    _key(scene).write_bytes(os.urandom(32))


@mutation()
def key_is_removed_and_a_file_edited(scene: Scene) -> Iterator[None]:
    yield
    _key(scene).unlink()
    scene.repo.write("a.txt", "BAD\n")


@mutation(shows=False)
def key_is_open_to_others(scene: Scene) -> Iterator[None]:
    yield
    _key(scene).chmod(0o644)


@mutation(shows=False)
def key_is_cut(scene: Scene) -> Iterator[None]:
    yield
    _key(scene).write_bytes(_key(scene).read_bytes()[:16])


@mutation(shows=False)
def key_is_a_fifo(scene: Scene) -> Iterator[None]:
    yield
    _key(scene).unlink()
    os.mkfifo(_key(scene), 0o600)


@mutation(shows=False)
def key_is_given_by_the_environment(scene: Scene) -> Iterator[None]:
    scene.env["GUARD_CACHE_KEY"] = "one key"
    yield
    scene.env["GUARD_CACHE_KEY"] = "another key"


@mutation(shows=False)
def key_would_be_inside_of_the_tree(scene: Scene) -> Iterator[None]:
    scene.repo.write("hidden/guard/key", os.urandom(32)).chmod(0o600)
    yield
    scene.env["XDG_STATE_HOME"] = str(scene.root / "hidden")


@mutation()
def store_is_read_only(scene: Scene) -> Iterator[None]:
    yield
    for path in (scene.cache, scene.root / ".guard"):
        path.chmod(0o555)
    scene.repo.write("a.txt", "BAD\n")


@mutation()
def store_is_gone(scene: Scene) -> Iterator[None]:
    yield
    shutil.rmtree(scene.root / ".guard")
    scene.repo.write("untracked.txt", "BAD\n")


@mutation()
def settings_of_git_change_the_attributes(scene: Scene) -> Iterator[None]:
    (scene.home / "attributes").write_text("a.txt -text\n")
    yield
    (scene.home / ".gitconfig").write_text(f"[core]\nattributesFile = {scene.home}/attributes\n")
    edit_unseen(scene.root / "a.txt", b"BAD\n")


# --- The test -----------------------------------------------------------------------------------------------------


def _remember(scene: Scene, *, recorded: bool) -> tuple[int, object]:
    """Run until the state is remembered and the record has answered; what was said."""
    scene.settle()
    first = scene.run()
    written = scene.records()
    second = scene.run()
    assert second.said == first.said
    if recorded:
        assert written, "nothing was recorded"
        assert scene.records() == written, "the second run did not find the record"
    return first.said


_IN_THE_GATE = 2
"""One of so many: each of them takes a second, and all of them are run with the slow tests."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[*_MARKS[name], *([pytest.mark.slow] if number % _IN_THE_GATE else [])])
        for number, name in enumerate(_MUTATIONS)
    ],
)
def test_a_run_that_remembers_says_what_one_that_knows_nothing_says(name: str, scene: Scene) -> None:
    attack = _MUTATIONS[name].attack(scene)
    next(attack)
    before = _remember(scene, recorded=_MUTATIONS[name].recorded)
    next(attack, None)
    warm, again, cold = scene.run(), scene.run(), scene.cold()
    assert warm.said == cold.said
    assert again.said == cold.said
    assert (cold.said != before) == _MUTATIONS[name].shows


def test_every_file_has_a_mode_that_the_test_can_put_back(scene: Scene) -> None:
    """`edit_unseen` leaves no trace but ctime: the attack is the one that it claims to be."""
    file = scene.root / "a.txt"
    before = status(file)
    edit_unseen(file, b"BAD\n")
    after = status(file)
    same = (before.st_size, before.st_mtime_ns, before.st_ino, stat.S_IMODE(before.st_mode))
    assert (after.st_size, after.st_mtime_ns, after.st_ino, stat.S_IMODE(after.st_mode)) == same
    assert after.st_ctime_ns > before.st_ctime_ns
