"""What each view shows of every shape that a tree can have: nothing left out, nothing from elsewhere, no hang."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from guards._core import workspace
from guards._core.errors import GuardError
from guards._core.git import Change, discover
from guards._core.model import Entry, Kind, ProblemKind
from guards._core.workspace import Commit, Folder, Index, Listing, UnreadableError, View, Worktree, blob_id
from tests.conftest import Repository

V = TypeVar("V", bound=View)

MANY = 1 << 20
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


_OPEN: list[View] = []


@pytest.fixture(autouse=True)
def _close_views() -> Iterator[None]:
    yield
    close_views()


def close_views() -> None:
    while _OPEN:
        _OPEN.pop().close()


def opened(view: V) -> V:
    """A view that is closed after the test."""
    _OPEN.append(view)
    return view


def worktree(repo: Repository, *, untracked: bool = True) -> Worktree:
    return opened(Worktree(repo.git(), untracked=untracked))


def index_of(repo: Repository) -> Index:
    return opened(Index(repo.git()))


def commit_of(repo: Repository, revision: str = "HEAD") -> Commit:
    return opened(Commit(repo.git(), repo.id_of(revision)))


def folder(root: Path) -> Folder:
    return opened(Folder(str(root)))


def content(view: View, path: str) -> bytes:
    entry = view.listing().find(path)
    assert entry is not None
    return view.read(entry, MANY).data


def kinds(listing: Listing) -> dict[str, Kind]:
    return {entry.path: entry.kind for entry in listing.entries}


def without_content(view: View, path: str) -> str:
    """Why a path that is listed cannot be read."""
    entry = view.listing().find(path)
    assert entry is not None
    with pytest.raises(UnreadableError) as caught:
        view.read(entry, MANY)
    return str(caught.value)


# --- work tree ----------------------------------------------------------------------------------------------------


def test_a_work_tree_is_what_git_tracks_or_does_not_ignore(repo: Repository) -> None:
    repo.commit({"kept": "1", "gone": "2", "changed": "3", "run.sh": "4", "ignored-but-tracked.log": "5"})
    repo.write("run.sh", "4", executable=True)
    (repo.root / "gone").unlink()
    repo.write("changed", "other")
    repo.write("new/file", "6")
    repo.write("noise.log", "7")
    repo.write(".gitignore", "*.log\n")
    listing = worktree(repo).listing()
    assert kinds(listing) == dict.fromkeys(
        [".gitignore", "changed", "ignored-but-tracked.log", "kept", "new/file", "run.sh"], Kind.FILE
    )
    by_path = {entry.path: entry for entry in listing.entries}
    assert by_path["kept"] == Entry("kept", Kind.FILE, blob_id(b"1"), executable=False, tracked=True)
    assert by_path["changed"].blob == ""
    assert (by_path["run.sh"].executable, by_path["run.sh"].blob) == (True, "")
    assert not by_path["new/file"].tracked
    assert listing.problems == ()
    assert [entry.path for entry in listing.entries] == sorted(by_path)


def test_tracked_only_leaves_untracked_files_out(repo: Repository) -> None:
    repo.commit({"a": "1"})
    repo.write("b", "2")
    assert list(kinds(worktree(repo, untracked=False).listing())) == ["a"]


def test_the_disk_is_read_and_not_the_index(repo: Repository) -> None:
    repo.commit({"a": "committed"})
    repo.write("a", "staged")
    repo.stage()
    repo.write("a", "on disk")
    assert content(worktree(repo), "a") == b"on disk"
    assert content(index_of(repo), "a") == b"staged"
    assert content(commit_of(repo), "a") == b"committed"


def test_a_tracked_file_that_became_something_else_is_that(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"link": "1", "folder": "2", "pipe": "3", "socket": "4", "was-link": "5"})
    repo.link("was-link", "nowhere")
    repo.stage()
    repo.link("link", str(tmp_path / "outside"))
    (tmp_path / "outside").write_text("not ours")
    (repo.root / "folder").unlink()
    repo.write("folder/inside", "6")
    (repo.root / "pipe").unlink()
    os.mkfifo(repo.root / "pipe")
    (repo.root / "socket").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(repo.root / "socket"))
    repo.write("was-link", "a file")
    view = worktree(repo)
    listing = view.listing()
    assert kinds(listing) == {
        "folder/inside": Kind.FILE, "link": Kind.SYMLINK, "pipe": Kind.FILE, "socket": Kind.FILE, "was-link": Kind.FILE,
    }  # fmt: skip
    assert content(view, "link") == os.fsencode(tmp_path / "outside")
    assert content(view, "was-link") == b"a file"
    assert without_content(view, "pipe") == "not a regular file"
    assert without_content(view, "socket") == "not a regular file"


def test_links_are_read_as_links_wherever_they_lead(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("not ours")
    repo.commit({"dir/file": "1"})
    for name, target in {
        "to-file": "dir/file",
        "to-dir": "dir",
        "out": "../outside",
        "loop": "loop",
        "odd": "a\nb",
    }.items():
        repo.link(name, target)
    for staged in (False, True):
        if staged:
            repo.stage()
        view = worktree(repo)
        assert kinds(view.listing()) == {
            "dir/file": Kind.FILE, "loop": Kind.SYMLINK, "odd": Kind.SYMLINK, "out": Kind.SYMLINK,
            "to-dir": Kind.SYMLINK, "to-file": Kind.SYMLINK,
        }  # fmt: skip
        assert content(view, "out") == b"../outside"
        assert content(view, "odd") == b"a\nb"
    assert content(index_of(repo), "to-file") == b"dir/file"


ODD_NAMES = [
    b"line\nfeed", b"escape\x1b[31m", b"-leading", b"--all", b"trailing ", b" leading", b"caf\xe9", b"\xff\xfe",
    b"tab\t", b"quote\"'", b"back\\slash", b"x" * 255, "é".encode(), "e\u0301".encode(), b":(glob)*", b"!bang",
    b"#hash", b"::stop-commands::x\r", b"a/b c/" + b"d" * 200,
]  # fmt: skip


@pytest.mark.parametrize("staged", [False, True])
def test_every_name_that_the_system_allows_is_listed_and_read(repo: Repository, staged: bool) -> None:
    for number, name in enumerate(ODD_NAMES):
        path = os.path.join(os.fsencode(repo.root), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"content %d" % number)
    views: list[View] = [worktree(repo), folder(repo.root)]
    if staged:
        repo.stage()
        views.append(index_of(repo))
        repo.run("commit", "-q", "-m", "names")
        views.append(commit_of(repo))
    for view in views:
        listing = view.listing()
        listed = {os.fsencode(e.path): view.read(e, MANY).data for e in listing.entries if ".git/" not in e.path}
        assert listed == {name: b"content %d" % number for number, name in enumerate(ODD_NAMES)}
        assert listing.problems == ()
        view.close()


def test_names_that_differ_in_case_only_are_two_files(repo: Repository) -> None:
    """A config copied from a system that cannot tell them apart must not hide one."""
    repo.commit({"readme": "1", "Folder/a": "2"})
    repo.config("core.ignoreCase", "true")
    repo.write("README", "3")
    repo.write("folder/a", "4")
    if (repo.root / "readme").read_text() == "3":
        pytest.skip("this file system ignores case")
    assert sorted(kinds(worktree(repo).listing())) == ["Folder/a", "README", "folder/a", "readme"]


@pytest.mark.parametrize("extra", [None, "core.ignoreStat"])
def test_no_setting_hides_a_change_that_keeps_size_and_time(repo: Repository, extra: str | None) -> None:
    """Who can write the file can also set its time back, and put settings into the repository."""
    os.utime(repo.write("a", "old"), (1_000_000_000, 1_000_000_000))
    repo.config("core.checkStat", "minimal")
    repo.config("core.trustctime", "false")
    if extra:
        repo.config(extra, "true")
    repo.commit()
    os.utime(repo.write("b", "new"), (1_000_000_000, 1_000_000_000))
    (repo.root / "b").rename(repo.root / "a")
    view = worktree(repo)
    entry = view.listing().find("a")
    assert entry is not None
    assert entry.blob == ""
    assert view.read(entry, MANY)[:2] == (3, b"new")
    assert [change.path for change in view.changes("HEAD")] == ["a"]


def test_a_link_that_became_a_file_is_a_file_whatever_config_says(repo: Repository) -> None:
    repo.link("a", "target")
    repo.commit()
    repo.config("core.symlinks", "false")
    repo.write("a", "a file")
    assert kinds(worktree(repo).listing()) == {"a": Kind.FILE}


def test_what_git_was_told_not_to_look_at_is_looked_at(repo: Repository) -> None:
    repo.commit({"same": "1", "changed": "2", "gone": "3", "link": "4", "folder": "5", "quiet": "6"})
    repo.run("update-index", "--assume-unchanged", "same", "changed", "gone", "link", "folder")
    repo.write("changed", "other")
    (repo.root / "gone").unlink()
    repo.link("link", "x")
    (repo.root / "folder").unlink()
    repo.write("folder/new", "7")
    view = worktree(repo)
    assert kinds(view.listing()) == {
        "changed": Kind.FILE, "folder/new": Kind.FILE, "link": Kind.SYMLINK, "quiet": Kind.FILE, "same": Kind.FILE,
    }  # fmt: skip
    assert {e.path: bool(e.blob) for e in view.listing().entries if e.tracked} == {
        "changed": False, "link": False, "quiet": True, "same": False,
    }  # fmt: skip
    assert content(view, "changed") == b"other"
    modes = {change.path: (change.old_mode, change.new_mode) for change in view.changes("HEAD")}
    assert modes == {
        "changed": ("100644", "100644"), "folder": ("100644", "000000"), "folder/new": ("000000", "100644"),
        "gone": ("100644", "000000"), "link": ("100644", "120000"), "same": ("100644", "100644"),
    }  # fmt: skip


@pytest.mark.parametrize("expect_files", [None, "true"])
def test_a_file_that_should_be_skipped_but_is_there_is_checked(repo: Repository, expect_files: str | None) -> None:
    """`--skip-worktree` hides local edits from git; they are on disk all the same."""
    repo.commit({"here": "1", "not-here": "2"})
    if expect_files:
        repo.config("core.sparseCheckout", "true")
        repo.config("sparse.expectFilesOutsideOfPatterns", expect_files)
    repo.run("update-index", "--skip-worktree", "here", "not-here")
    (repo.root / "not-here").unlink()
    repo.write("here", "edited")
    view = worktree(repo)
    listing = view.listing()
    assert kinds(listing) == {"here": Kind.FILE}
    assert content(view, "here") == b"edited"
    assert listing.absent == {"not-here": "not in this sparse checkout"}
    assert [change.path for change in view.changes("HEAD")] == ["here"]


@pytest.mark.parametrize("sparse_index", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_checkout_names_what_it_leaves_out(repo: Repository, sparse_index: str) -> None:
    commit = repo.commit({"top": "1", "in/a": "2", "out/b": "3", "out/deep/c": "4"})
    repo.run("sparse-checkout", "set", "--cone", sparse_index, "in")
    view = worktree(repo)
    listing = view.listing()
    assert sorted(kinds(listing)) == ["in/a", "top"]
    assert sorted(listing.absent) == ["out/b", "out/deep/c"]
    assert view.changes("HEAD") == []
    assert sorted(kinds(index_of(repo).listing())) == ["in/a", "out/b", "out/deep/c", "top"]
    assert sorted(kinds(commit_of(repo, commit).listing())) == ["in/a", "out/b", "out/deep/c", "top"]


def test_intent_to_add_is_a_file_on_disk(repo: Repository) -> None:
    repo.commit({"a": "1"})
    repo.write("later", "2")
    repo.run("add", "-N", "later")
    view = worktree(repo)
    entry = view.listing().find("later")
    assert entry is not None
    assert entry.blob == ""
    assert content(view, "later") == b"2"
    assert [change.path for change in view.changes("HEAD")] == ["later"]
    assert index_of(repo).changes("HEAD") == []


def conflict(repo: Repository) -> None:
    """A merge that stopped: both changed `both`; theirs was deleted here."""
    repo.commit({"both": "base", "theirs": "base", "calm": "x"})
    repo.run("checkout", "-q", "-b", "other")
    repo.commit({"both": "other", "theirs": "other"})
    repo.run("checkout", "-q", "main")
    (repo.root / "theirs").unlink()
    repo.commit({"both": "ours"})
    assert repo.attempt("merge", "other") == 1


def test_an_unfinished_merge_is_read_from_disk_and_has_no_content_in_the_index(repo: Repository) -> None:
    conflict(repo)
    view = worktree(repo)
    assert sorted(kinds(view.listing())) == ["both", "calm", "theirs"]
    assert b"<<<<<<<" in content(view, "both")
    assert content(view, "theirs") == b"other"
    (repo.root / "theirs").unlink()
    assert sorted(kinds(worktree(repo).listing())) == ["both", "calm"]
    index = index_of(repo).listing()
    assert index.unmerged == ("both", "theirs")
    assert sorted(kinds(index)) == ["calm"]


def test_submodules_are_entries_and_their_files_are_their_own_affair(repo: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit({"lib.txt": "x"})
    commit = repo.commit({"a": "1"})
    repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "sub")
    repo.run("commit", "-q", "-m", "submodule")
    expected = {".gitmodules": Kind.FILE, "a": Kind.FILE, "sub": Kind.GITLINK}
    for view in (worktree(repo), index_of(repo), commit_of(repo)):
        assert kinds(view.listing()) == expected
        assert sorted(change.path for change in view.changes(commit)) == [".gitmodules", "sub"]
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(repo.root), str(clone)], check=True)
    uninitialised = discover(str(clone))
    assert uninitialised is not None
    assert kinds(opened(Worktree(uninitialised)).listing()) == expected


def test_a_file_in_the_place_of_a_submodule_is_a_file(repo: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit({"lib.txt": "x"})
    repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "sub")
    repo.commit()
    shutil.rmtree(repo.root / "sub")
    repo.write("sub", "a file")
    view = worktree(repo)
    assert kinds(view.listing())["sub"] is Kind.FILE
    assert content(view, "sub") == b"a file"
    assert [change.path for change in view.changes("HEAD")] == ["sub"]


def test_config_does_not_make_listings_go_into_submodules(repo: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit({"lib.txt": "x"})
    repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "sub")
    repo.commit()
    repo.config("submodule.recurse", "true")
    repo.config("diff.ignoreSubmodules", "all")
    library_file = repo.root / "sub" / "lib.txt"
    library_file.write_text("changed")
    for view in (worktree(repo), index_of(repo)):
        assert kinds(view.listing()) == {".gitmodules": Kind.FILE, "sub": Kind.GITLINK}


def test_a_repository_inside_is_named_and_not_entered(repo: Repository) -> None:
    repo.commit({"a": "1"})
    Repository(repo.root / "inner").commit({"file": "x"})
    listing = worktree(repo).listing()
    assert kinds(listing) == {"a": Kind.FILE, "inner": Kind.GITLINK}
    inner = listing.find("inner")
    assert inner is not None
    assert not inner.tracked


@pytest.mark.parametrize("path", [".guard/cache/x", ".guard", ".Guard/x", ".GUARD/y"])
def test_a_tracked_run_store_is_a_problem_and_never_read(repo: Repository, path: str) -> None:
    repo.commit({path: "planted", ".guardrail": "1", "sub/.guard/x": "2"})
    for view in (worktree(repo), index_of(repo), commit_of(repo)):
        listing = view.listing()
        assert sorted(kinds(listing)) == [".guardrail", "sub/.guard/x"]
        assert [(problem.path, problem.kind) for problem in listing.problems] == [(path, ProblemKind.CONFIG)]
        assert "must not be tracked" in listing.problems[0].reason


def test_an_untracked_run_store_is_no_part_of_the_tree(repo: Repository) -> None:
    repo.commit({"a": "1"})
    repo.write(".guard/cache/x", "ours")
    for view in (worktree(repo), folder(repo.root)):
        listing = view.listing()
        assert not [path for path in kinds(listing) if path.startswith(".guard")]
        assert listing.problems == ()


# --- index --------------------------------------------------------------------------------------------------------


def test_the_index_of_a_partial_commit_is_the_one_that_git_names(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit PATH` runs its hooks with GIT_INDEX_FILE set to a temporary index."""
    repo.commit({"a": "1", "b": "1"})
    repo.write("a", "staged, not committed")
    repo.stage("a")
    repo.write("b", "committed by path")
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    program = textwrap.dedent(f"""\
        import os, sys
        sys.path.insert(0, {os.getcwd()!r})
        from guards._core import git, workspace
        view = workspace.Index(git.discover(os.getcwd()))
        for entry in view.listing().entries:
            print(entry.path, view.read(entry, 100).data)
        print(sorted(change.path for change in view.changes("HEAD")))
        """)
    (repo.root / ".git" / "look.py").write_text(program)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} .git/look.py >.git/seen\n")
    hook.chmod(0o755)
    for name in [name for name in os.environ if name.startswith("COV_")]:
        monkeypatch.delenv(name)
    repo.run("commit", "-q", "-m", "partial", "b")
    seen = (repo.root / ".git" / "seen").read_text()
    assert seen == "a b'1'\nb b'committed by path'\n['b']\n"


@pytest.mark.parametrize(
    "prepare",
    [
        ("config", "core.untrackedCache", "true"),
        ("config", "index.version", "4"),
        ("config", "index.skipHash", "true"),
        ("update-index", "--split-index"),
        ("update-index", "--force-untracked-cache"),
        ("update-index", "--index-version=4"),
    ],
    ids=lambda words: "-".join(words[1:]),
)
def test_every_form_of_index_lists_the_same(repo: Repository, prepare: tuple[str, ...]) -> None:
    commit = repo.commit({"a": "1", "b/c": "2"})
    repo.run(*prepare)
    repo.write("b/c", "changed")
    repo.write("d", "new")
    repo.stage("b")
    for view in (worktree(repo), index_of(repo)):
        assert {change.path for change in view.changes(commit)} >= {"b/c"}
    assert sorted(kinds(worktree(repo).listing())) == ["a", "b/c", "d"]
    assert content(index_of(repo), "b/c") == b"changed"


def test_before_the_first_commit_everything_staged_is_new(repo: Repository) -> None:
    repo.write("a", "1")
    repo.stage()
    index = index_of(repo)
    assert [(c.old_mode, c.new_mode, c.path) for c in index.changes(repo.git().empty_tree())] == [
        ("000000", "100644", "a")
    ]
    assert content(worktree(repo), "a") == b"1"


def test_a_sha256_repository_has_the_same_views(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "r", "--object-format=sha256")
    commit = repo.commit({"a": "1"})
    for view in (worktree(repo), index_of(repo), commit_of(repo, commit)):
        (entry,) = view.listing().entries
        assert entry.blob == blob_id(b"1", algorithm="sha256")
        assert view.read(entry, MANY)[:2] == (1, b"1")
        assert view.algorithm == "sha256"
        view.close()
    repo.write("b", "2")
    repo.stage()
    assert [change.path for change in index_of(repo).changes(commit)] == ["b"]


def test_a_linked_work_tree_has_its_own_index_and_head(repo: Repository, tmp_path: Path) -> None:
    first = repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    repo.run("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), first)
    git = discover(str(tmp_path / "linked"))
    assert git is not None
    assert git.head() == first
    assert content(opened(Worktree(git)), "a") == b"1"
    assert content(opened(Index(git)), "a") == b"1"


def test_objects_borrowed_from_another_repository_are_read(repo: Repository, tmp_path: Path) -> None:
    commit = repo.commit({"a": "borrowed"})
    subprocess.run(["git", "clone", "-q", "--shared", str(repo.root), str(tmp_path / "clone")], check=True)
    git = discover(str(tmp_path / "clone"))
    assert git is not None
    assert content(opened(Commit(git, commit)), "a") == b"borrowed"
    shutil.rmtree(repo.root)
    with pytest.raises(GuardError):
        Commit(git, commit).listing()


def test_a_blob_that_a_partial_clone_left_out_is_unreadable_and_fetched_from_nowhere(
    repo: Repository, tmp_path: Path
) -> None:
    """Quickly, too; and what is here can be read before and after."""
    repo.commit({"a": "1", "b": "old, long ago"})
    first = repo.id_of("HEAD")
    repo.commit({"b": "new"})
    repo.config("uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    source = f"file://{repo.root}"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", source, str(clone)], check=True, timeout=60)
    git = discover(str(clone))
    assert git is not None
    view = opened(Commit(git, first))
    started = time.monotonic()
    assert "partial clone" in without_content(view, "b") or "not in this clone" in without_content(view, "b")
    assert content(view, "a") == b"1"
    assert content(opened(Index(git)), "b") == b"new"
    assert time.monotonic() - started < 10
    stream = view.open(next(e for e in view.listing().entries if e.path == "b"))
    with stream, pytest.raises(OSError, match="partial clone"):
        stream.read()
    listed = subprocess.run(
        ["git", "rev-list", "--objects", "--all", "--missing=print"], cwd=clone, capture_output=True, check=True
    )
    assert b"?" + blob_id(b"old, long ago").encode() in listed.stdout
    view.close()


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["worktree", "index", "commit", "folder"])
def any_view(request: pytest.FixtureRequest, repo: Repository) -> tuple[str, Callable[[], View]]:
    """Each view of a repository that holds `small`, `empty` and `large`."""
    commit = repo.commit({"small": "0123456789", "empty": "", "large": b"0123456789" * 300_000})

    def open_view() -> View:
        views: dict[str, Callable[[], View]] = {
            "worktree": lambda: worktree(repo),
            "index": lambda: index_of(repo),
            "commit": lambda: commit_of(repo, commit),
            "folder": lambda: folder(repo.root),
        }
        return views[request.param]()

    return request.param, open_view


def test_reading_gives_the_size_and_at_most_the_limit(any_view: tuple[str, Callable[[], View]]) -> None:
    view = any_view[1]()
    listing = view.listing()
    for path, size in {"small": 10, "empty": 0, "large": 3_000_000}.items():
        entry = listing.find(path)
        assert entry is not None
        whole = (b"0123456789" * 300_000)[:size]
        for limit in (0, 1, 9, 10, 11, 2_999_999, 3_000_000, 3_000_001):
            found = view.read(entry, limit)
            assert found.data == whole[:limit]
            assert found.size == size
        with view.open(entry) as stream:
            assert stream.read() == whole


def test_several_streams_and_reads_do_not_disturb_each_other(any_view: tuple[str, Callable[[], View]]) -> None:
    view = any_view[1]()
    listing = view.listing()
    large, small = listing.find("large"), listing.find("small")
    assert large is not None
    assert small is not None
    with view.open(large) as one, view.open(large) as two:
        assert one.read(15) == b"012345678901234"
        assert view.read(small, MANY).data == b"0123456789"
        assert two.read(3) == b"012"
        assert one.read(5) == b"56789"


def test_a_view_is_read_in_every_process_that_a_run_forks(any_view: tuple[str, Callable[[], View]]) -> None:
    view = any_view[1]()
    small = view.listing().find("small")
    assert small is not None
    assert view.read(small, MANY).data == b"0123456789"
    children = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            good = all(view.read(small, MANY).data == b"0123456789" for _ in range(50))
            os._exit(0 if good else 1)
        children.append(pid)
    assert all(view.read(small, MANY).data == b"0123456789" for _ in range(50))
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]


def test_a_file_that_claims_no_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of /proc have size 0 and content; their reads are short as well."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc here")
    view = opened(Folder("/proc/self"))
    found = view.read(Entry("status", Kind.FILE, ""), MANY)
    assert b"\nPid:" in found.data
    assert found.size == len(found.data)
    assert view.read(Entry("status", Kind.FILE, ""), 10).size > 10


def test_short_reads_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that gives three bytes at a time."""
    data = bytes(range(100))
    (tmp_path / "a").write_bytes(data)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 3)))
    for claimed in (0, 1, 50, 99, 100, 101, 1000):
        for most in (1, 50, 100, 101, 1000):
            with open(tmp_path / "a", "rb") as file:
                found = workspace._read_up_to(file.fileno(), most, claimed)
            assert found == data[:most], (claimed, most)


def test_a_file_that_is_cut_while_it_is_read_has_the_size_of_what_it_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    view = folder(tmp_path)
    real = workspace._read_up_to

    def cut_first(descriptor: int, most: int, expected: int) -> bytes:
        os.truncate(tmp_path / "a", 40)
        return real(descriptor, most, expected)

    monkeypatch.setattr(workspace, "_read_up_to", cut_first)
    assert view.read(Entry("a", Kind.FILE, ""), MANY)[:2] == (40, b"x" * 40)


def test_a_disk_that_fails_while_it_is_read_is_said(tmp_path: Path) -> None:
    """The memory of a process is a regular file that nobody can read from its start."""
    if not os.path.exists("/proc/self/mem"):
        pytest.skip("no /proc here")
    with pytest.raises(UnreadableError, match="Input/output error"):
        folder(Path("/proc/self")).read(Entry("mem", Kind.FILE, ""), MANY)


def test_the_identity_of_content_is_given_only_where_it_is_certain(repo: Repository) -> None:
    repo.commit({"a": "1"})
    file = repo.root / "a"
    view = worktree(repo)
    young = view.listing().find("a")
    assert young is not None
    assert view.read(young, MANY).blob == "", "a file this young could change again without showing it"
    index = index_of(repo)
    entry = index.listing().find("a")
    assert entry is not None
    assert index.read(entry, MANY).blob == blob_id(b"1")
    assert file.stat().st_size == 1


@pytest.mark.parametrize("where", ["tracked", "untracked", "ignored", "below", "gone", "info", "autocrlf"])
def test_identity_is_not_trusted_where_git_converts_content(repo: Repository, where: str) -> None:
    """What a filter, a line-end setting or an encoding makes of a file has not the blob's bytes."""
    repo.commit({"sub/a": "1", "b": "2", ".gitignore": "ignored\n"})
    assert _certain(worktree(repo)) == {"sub/a", "b", ".gitignore"}
    rule = "* text=auto\n"
    if where in {"tracked", "gone"}:
        repo.commit({".gitattributes": rule})
        if where == "gone":
            (repo.root / ".gitattributes").unlink()
    elif where == "info":
        repo.write(".git/info/attributes", rule)
    elif where == "autocrlf":
        repo.config("core.autocrlf", "true")
    else:
        if where == "ignored":
            repo.commit({".gitignore": ".gitattributes\n"})
        repo.write("sub/.gitattributes" if where == "below" else ".gitattributes", rule)
    for untracked in (True, False):
        assert _certain(worktree(repo, untracked=untracked)) == ({"b", ".gitignore"} if where == "below" else set())


def test_the_base_is_read_by_its_blobs_where_disk_has_no_identity(repo: Repository) -> None:
    """What git may convert on disk is the same blob in the commit that a run compares with."""
    base = repo.commit({".gitattributes": "* text=auto\n", "same": "1", "other": "2"})
    repo.write("other", "3")
    view = worktree(repo)
    found = {entry.path: entry.blob for entry in workspace.before(view, view.changes(base))}
    assert found == {entry.path: entry.blob for entry in commit_of(repo, base).listing().entries}


def test_identity_is_trusted_beside_what_git_converts(repo: Repository) -> None:
    """Attributes speak of the files below their folder that their pattern names, and of no others."""
    attributes = "*.bin -text\n*.cmd text eol=crlf\n# * text\n*.svg diff=image linguist-generated\n"
    repo.commit({"a.py": "1", "a.bin": "2", "a.cmd": "3", "sub/b.CMD": "4", "a.svg": "5", "sub/c": "6", "other/c": "7"})
    repo.commit({".gitattributes": attributes, "sub/.gitattributes": "c ident\n"})
    certain = _certain(worktree(repo))
    assert certain == {"a.py", "a.bin", "a.svg", "other/c", ".gitattributes"}


def _certain(view: Worktree) -> set[str]:
    """The paths whose identity the index tells."""
    return {entry.path for entry in view.listing().entries if entry.blob}


# --- nothing from outside -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("tracked", [False, True])
def test_a_folder_that_becomes_a_link_leads_nowhere(
    repo: Repository, tmp_path: Path, tracked: bool, read_before: bool
) -> None:
    """Whether it is replaced before or after the first look into it."""
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    for name in ("deep/a", "deep/b"):
        (outside / name).write_text("canary")
    repo.write("dir/deep/a", "ours")
    repo.write("dir/deep/b", "ours")
    if tracked:
        repo.commit()
    views: list[View] = [worktree(repo), folder(repo.root)]
    entries = [[e for e in view.listing().entries if e.path.startswith("dir/")] for view in views]
    if read_before:
        assert [view.read(mine[0], MANY).data for view, mine in zip(views, entries, strict=True)] == [b"ours"] * 2
    (repo.root / "dir").rename(repo.root / "moved")
    repo.link("dir", str(outside))
    for view, mine in zip(views, entries, strict=True):
        for entry in mine:
            with contextlib.suppress(UnreadableError):
                assert view.read(entry, MANY).data == b"ours", "the folder that it was, or nothing"
        view.close()
        with pytest.raises(UnreadableError, match="a link"):
            view.read(mine[1], MANY)
        with pytest.raises(UnreadableError, match="a link"):
            view.open(mine[1])


def test_a_file_that_becomes_a_link_is_refused(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("canary")
    repo.commit({"a": "ours"})
    view = worktree(repo)
    entry = view.listing().find("a")
    assert entry is not None
    repo.link("a", str(tmp_path / "outside"))
    with pytest.raises(UnreadableError, match="is a link"):
        view.read(entry, MANY)
    with pytest.raises(UnreadableError, match="is a link"):
        view.open(entry)


def test_a_walk_does_not_enter_a_folder_that_becomes_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary").write_text("x")
    (tmp_path / "root" / "a").mkdir(parents=True)
    view = folder(tmp_path / "root")
    found: list[Entry] = []
    assert list(view._list("", found)) == ["a"]
    (tmp_path / "root" / "a").rmdir()
    (tmp_path / "root" / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="Not a directory"):
        list(view._list("a", found))
    assert found == []


@pytest.mark.parametrize("path", ["../outside", "dir/../../outside", "/etc/passwd", "", "dir//a", "./a", "dir/."])
def test_no_path_of_an_index_leads_out_of_the_tree(repo: Repository, tmp_path: Path, path: str) -> None:
    """Git refuses to add such paths, but an index need not have been written by git."""
    (tmp_path / "outside").write_text("canary")
    repo.write("dir/a", "1")
    view = worktree(repo)
    for kind in (Kind.FILE, Kind.SYMLINK):
        with pytest.raises(UnreadableError, match="leads out of the tree"):
            view.read(Entry(path, kind, ""), MANY)


def test_a_forged_index_cannot_name_a_file_outside(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("canary")
    repo.commit({"xx/outside": "1"})
    index = repo.root / ".git" / "index"
    forged = index.read_bytes().replace(b"xx/outside", b"../outside")
    index.write_bytes(forged[:-20] + __import__("hashlib").sha1(forged[:-20]).digest())
    view = worktree(repo)
    entry = view.listing().find("../outside")
    if entry is None:
        return  # a git that refuses the index, or leaves the path out, is as good
    with pytest.raises(UnreadableError, match="leads out of the tree"):
        view.read(entry, MANY)


def test_a_path_of_a_thousand_folders_is_read(tmp_path: Path) -> None:
    path = "/".join(["d"] * 1000)
    subprocess.run(["mkdir", "-p", path], cwd=tmp_path, check=True)
    try:
        (tmp_path / path / "file").write_text("deep")
        view = folder(tmp_path)
        (entry,) = view.listing().entries
        assert view.read(entry, MANY).data == b"deep"
    finally:
        subprocess.run(["rm", "-rf", "d"], cwd=tmp_path, check=True)  # too deep for the cleaning of pytest


def test_open_folders_are_bounded_and_given_back(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / "f").write_text(str(number))
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    view = folder(tmp_path)
    for entry in view.listing().entries:
        view.read(entry, MANY)
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before + 70
    view.close()
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_where_folders_cannot_be_held_open_they_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portable way reads the same and refuses the same links."""
    monkeypatch.setattr(workspace, "_HAS_FOLDER_HANDLES", False)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("canary")
    (tmp_path / "root" / "d").mkdir(parents=True)
    (tmp_path / "root" / "d" / "a").write_text("ours")
    (tmp_path / "root" / "link").symlink_to("d")
    view = folder(tmp_path / "root")
    a, link = view.listing().entries
    assert (view.read(a, MANY).data, view.read(link, MANY).data) == (b"ours", b"d")
    (tmp_path / "root" / "d").rename(tmp_path / "root" / "e")
    (tmp_path / "root" / "d").symlink_to(tmp_path / "outside")
    with pytest.raises(UnreadableError, match="a link"):
        view.read(a, MANY)


# --- what cannot be looked at -------------------------------------------------------------------------------------


def as_nobody(repo: Path, program: str) -> str:
    """What a program prints that has the rights of nobody."""
    prelude = f"""\
        import os
        from guards._core import git, workspace
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        os.chdir({str(repo)!r})
        """
    reachable = repo
    while reachable != reachable.parent:
        reachable.chmod(reachable.stat().st_mode | 0o011)
        reachable = reachable.parent
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(prelude) + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"HOME": "/nonexistent", "PYTHONPATH": os.getcwd()},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not IS_ROOT, reason="needs root to become somebody else")
def test_files_and_folders_without_permission_are_unreadable_and_said_to_be() -> None:
    """Git succeeds, with a word on stderr, after what it could not list or compare."""
    with tempfile.TemporaryDirectory() as place:
        repo = Repository(Path(place) / "repo")
        repo.commit({"fine": "1", "locked/tracked": "2", "unreadable": "3"})
        repo.write("closed/untracked", "4")
        repo.write("secret-untracked", "5")
        for parent, _, names in os.walk(repo.root):
            for path in [parent, *(os.path.join(parent, name) for name in names)]:
                os.chown(path, 65534, 65534)
        for name in ("locked", "closed", "unreadable", "secret-untracked"):
            (repo.root / name).chmod(0)
        program = """\
            for view in (workspace.Worktree(git.discover(".")), workspace.Folder(os.getcwd())):
                listing = view.listing()
                print(sorted((p.path, p.reason, p.kind.value) for p in listing.problems))
                for entry in listing.entries:
                    if entry.path.startswith(".git/"):
                        continue
                    try:
                        print(entry.path, bool(entry.blob), view.read(entry, 100).data)
                    except workspace.UnreadableError as error:
                        print(entry.path, bool(entry.blob), error)
            """
        try:
            seen = as_nobody(repo.root, program)
        finally:
            for name in ("locked", "closed"):
                (repo.root / name).chmod(0o755)
    reason = "cannot list this folder: permission denied"
    unlisted = str([("closed", reason, "unreadable"), ("locked", reason, "unreadable")])
    assert seen.splitlines() == [
        unlisted,
        "fine False b'1'",
        "locked/tracked False permission denied",
        "secret-untracked False permission denied",
        "unreadable False permission denied",
        unlisted,
        "fine False b'1'",
        "secret-untracked False permission denied",
        "unreadable False permission denied",
    ]


def test_an_unknown_complaint_of_git_is_a_problem_and_a_missing_settings_file_is_not() -> None:
    from guards._core.programs import Completed

    said = b"warning: unable to access '/x/.config/git/ignore': Permission denied\nwarning: what is this\n"
    lines = workspace._complaints(Completed(0, b"", said))
    assert lines == ["warning: what is this"]
    problem = workspace._passed_over(lines[0])
    assert (problem.kind, problem.path) == (ProblemKind.UNREADABLE, "")
    assert "what is this" in problem.reason


def test_a_plain_folder_holds_every_file_and_names_special_ones(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("1")
    (tmp_path / ".hidden").write_text("2")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe")
    if IS_ROOT:
        with contextlib.suppress(PermissionError):
            os.mknod(tmp_path / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    view = folder(tmp_path)
    found = kinds(view.listing())
    device = found.pop("device", Kind.SPECIAL)
    assert found == {
        ".hidden": Kind.FILE, "a/b/file": Kind.FILE, "dangling": Kind.SYMLINK, "pipe": Kind.SPECIAL, "up": Kind.SYMLINK,
    }  # fmt: skip
    assert device is Kind.SPECIAL
    assert without_content(view, "pipe") == "not a regular file"
    with pytest.raises(GuardError, match="no git repository"):
        view.changes("HEAD")


def test_a_file_that_is_gone_when_it_is_read_is_unreadable(repo: Repository) -> None:
    repo.commit({"a": "1"})
    view = worktree(repo)
    entry = view.listing().find("a")
    assert entry is not None
    (repo.root / "a").unlink()
    with pytest.raises(UnreadableError, match="no such file"):
        view.read(entry, MANY)


# --- changes ------------------------------------------------------------------------------------------------------

Shape = dict[str, tuple[str, bytes]]


def tree_of(repo: Repository) -> Shape:
    """What is on disk, the slow and simple way: path to kind and content."""
    found: Shape = {}
    for folder, folders, names in os.walk(repo.root):
        if ".git" in folders:
            folders.remove(".git")
        for name in [*names, *(f for f in folders if os.path.islink(os.path.join(folder, f)))]:
            full = os.path.join(folder, name)
            path = os.path.relpath(full, repo.root)
            if os.path.islink(full):
                found[path] = ("link", os.fsencode(os.readlink(full)))
            else:
                executable = bool(os.stat(full).st_mode & 0o100)
                found[path] = ("executable" if executable else "file", Path(full).read_bytes())
    return found


def shape_of(view: View) -> Shape:
    """The same from a view."""
    found: Shape = {}
    for entry in view.listing().entries:
        word = "link" if entry.kind is Kind.SYMLINK else "executable" if entry.executable else "file"
        found[entry.path] = (word, view.read(entry, MANY).data)
    return found


PATHS = st.sampled_from(["a", "b", "d", "d/a", "d/b", "d/e/c", "e", "é", "x y"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write"] * 3 + ["run", "link", "remove", "stage", "stage-one", "forget", "assume", "skip"]),
        PATHS,
        st.sampled_from([b"", b"1", b"2", b"a much longer content\n"]),
    ),
    max_size=14,
)  # fmt: skip


def apply(repo: Repository, step: str, path: str, data: bytes) -> None:
    full = repo.root / path
    if step in {"write", "run", "link"}:
        for parent in reversed(full.parents):
            if parent != repo.root and repo.root in parent.parents and (parent.is_symlink() or parent.is_file()):
                parent.unlink()
        if full.is_dir() and not full.is_symlink():
            shutil.rmtree(full)
        if step == "link":
            repo.link(path, os.fsdecode(data) or "nowhere")
        else:
            repo.write(path, data, executable=step == "run")
    elif step == "remove":
        if full.is_dir() and not full.is_symlink():
            shutil.rmtree(full)
        elif os.path.lexists(full):
            full.unlink()
    elif step == "stage":
        repo.stage()
    else:
        command = {
            "stage-one": ("add", "-A", "--ignore-errors", "--", path),
            "forget": ("rm", "-q", "-r", "--cached", "--ignore-unmatch", "--", path),
            "assume": ("update-index", "--assume-unchanged", "--", path),
            "skip": ("update-index", "--skip-worktree", "--", path),
        }[step]
        repo.attempt(*command)


def difference(old: Shape, new: Shape) -> set[str]:
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


# Without shrinking: each example is a dozen processes, and the steps of a failure are few enough to read.
@settings(max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(first=STEPS, then=STEPS)
def test_changes_are_what_two_listings_differ_in(
    first: list[tuple[str, str, bytes]], then: list[tuple[str, str, bytes]]
) -> None:
    """For every view, after any edits; the work tree may name more, where git only knows that a file was touched."""
    with tempfile.TemporaryDirectory() as place:
        repo = Repository(Path(place))
        for step in first:
            apply(repo, *step)
        repo.stage()
        repo.run("commit", "-q", "--allow-empty", "-m", "first")
        base = repo.id_of("HEAD")
        for step in then:
            apply(repo, *step)
        before = commit_of(repo, base)
        index, disk = index_of(repo), worktree(repo)
        old = shape_of(before)
        assert shape_of(disk) == tree_of(repo)
        assert {change.path for change in index.changes(base)} == difference(old, shape_of(index))
        named = disk.changes(base)
        differing = difference(old, tree_of(repo)) - set(disk.listing().absent)
        assert {change.path for change in named} >= differing
        for change in named:
            if change.path not in differing:
                assert change.old_mode == change.new_mode
        for view in (index, disk):
            assert_leads_back(before, view, view.changes(base))
        close_views()


def assert_leads_back(before: Commit, view: View, changes: list[Change]) -> None:
    """`before` undoes the changes: its entries are those of the commit, save those absent from this view by design."""
    listing = view.listing()
    back = {(e.path, e.kind, e.executable) for e in workspace.before(view, changes)}
    assert back == {(e.path, e.kind, e.executable) for e in before.listing().entries if e.path not in listing.absent}


def test_changes_between_commits_are_exact(repo: Repository) -> None:
    first = repo.commit({"same": "1", "changed": "2", "gone": "3", "mode": "4"})
    (repo.root / "gone").unlink()
    repo.write("mode", "4", executable=True)
    second = repo.commit({"changed": "other", "new": "5"})
    changes = {c.path: (c.old_mode, c.new_mode, c.old_blob, c.new_blob) for c in commit_of(repo, second).changes(first)}
    none = "0" * 40
    assert changes == {
        "changed": ("100644", "100644", blob_id(b"2"), blob_id(b"other")),
        "gone": ("100644", "000000", blob_id(b"3"), none),
        "mode": ("100644", "100755", blob_id(b"4"), blob_id(b"4")),
        "new": ("000000", "100644", none, blob_id(b"5")),
    }


# --- paths of a command line --------------------------------------------------------------------------------------


def test_arguments_become_paths_of_the_tree(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "link-out").symlink_to("/etc")
    (root / "to-deep").symlink_to("sub/deep")
    paths = [
        "x",
        "./y",
        "..",
        "../z/",
        "deep",
        ".",
        str(root / "abs"),
        "../link-out",
        "../link-out/",
        "../to-deep/f",
        "-x",
    ]
    assert workspace.relative_paths(str(root), str(root / "sub"), paths) == [
        "sub/x", "sub/y", "", "z", "sub/deep", "sub", "abs", "link-out", "link-out", "sub/deep/f", "sub/-x",
    ]  # fmt: skip


@pytest.mark.parametrize("argument", ["..", "/", "/etc/passwd", "../other", "link-out/passwd", "sub/../../x"])
def test_an_argument_outside_of_the_tree_is_an_error(tmp_path: Path, argument: str) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "link-out").symlink_to("/etc")
    with pytest.raises(GuardError, match="is outside of"):
        workspace.relative_paths(str(root), str(root), [argument])


def test_a_name_that_begins_with_two_dots_is_inside(tmp_path: Path) -> None:
    assert workspace.relative_paths(str(tmp_path), str(tmp_path), ["..name", "...", "..."]) == ["..name", "...", "..."]


def test_a_selection_is_the_path_itself_and_what_is_below() -> None:
    entries = [Entry(path, Kind.FILE, "") for path in ("a", "a.b", "a/b", "a/b/c", "ab", "b/a")]
    assert [e.path for e in workspace.select(entries, ["a"])] == ["a", "a/b", "a/b/c"]
    assert [e.path for e in workspace.select(entries, ["a/b", "ab"])] == ["a/b", "a/b/c", "ab"]
    assert workspace.select(entries, [""]) == tuple(entries)
    assert workspace.select(entries, []) == ()


def test_a_listing_finds_each_of_its_entries_and_no_other() -> None:
    entries = tuple(sorted(Entry(path, Kind.FILE, "") for path in ("a", "b/c", "é", "\udcff")))
    listing = Listing(entries)
    assert [listing.find(entry.path) for entry in entries] == list(entries)
    assert [listing.find(path) for path in ("", "aa", "b", "z")] == [None] * 4


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_blob_ids_are_those_of_git(tmp_path: Path, algorithm: str) -> None:
    repo = Repository(tmp_path / "r", f"--object-format={algorithm}")
    for data in (b"", b"x", b"a\0b\n" * 1000):
        assert blob_id(data, algorithm=algorithm) == repo.run("hash-object", "--stdin", stdin=data).decode().strip()
