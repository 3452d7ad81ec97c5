"""Which repository a folder belongs to, and what git's output means, whatever stands in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guards._core import git as git_
from guards._core.errors import GuardError
from guards._core.git import BlobReader, Change, Git, IndexEntry, discover
from tests.conftest import Repository

NAMES = st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name)
IDS = st.sampled_from(["a" * 40, "0" * 40, "b" * 64])
MODES = st.sampled_from(["100644", "100755", "120000", "160000", "000000"])


@given(st.lists(st.tuples(st.sampled_from("HSMhs"), MODES, IDS, st.integers(0, 3), NAMES)))
def test_the_index_is_read_back_whatever_the_names(rows: list[tuple[str, str, str, int, bytes]]) -> None:
    output = b"".join(f"{tag} {mode} {blob} {stage}\t".encode() + name + b"\0" for tag, mode, blob, stage, name in rows)
    expected = [IndexEntry(tag, mode, blob, stage, os.fsdecode(name)) for tag, mode, blob, stage, name in rows]
    assert list(git_.parse_index(output)) == expected


@given(st.lists(st.tuples(MODES, IDS, NAMES)))
def test_a_tree_is_read_back_whatever_the_names(rows: list[tuple[str, str, bytes]]) -> None:
    output = b"".join(f"{mode} blob {blob}\t".encode() + name + b"\0" for mode, blob, name in rows)
    assert [(e.mode, e.blob, os.fsencode(e.path)) for e in git_.parse_tree(output)] == rows


@given(st.lists(st.tuples(MODES, MODES, IDS, IDS, NAMES), min_size=1), st.data())
def test_changes_are_read_back_and_a_cut_list_is_an_error(
    rows: list[tuple[str, str, str, str, bytes]], data: st.DataObject
) -> None:
    output = b"".join(f":{a} {b} {c} {d} M\0".encode() + name + b"\0" for a, b, c, d, name in rows)
    assert list(git_.parse_changes(output)) == [Change(a, b, c, d, os.fsdecode(name)) for a, b, c, d, name in rows]
    cut = output[: data.draw(st.integers(1, len(output) - 1))]
    whole = [output[: i + 1] for i, byte in enumerate(output) if byte == 0][1::2]
    if cut not in whole:
        with pytest.raises(GuardError, match="ends in the middle"):
            list(git_.parse_changes(cut))


def test_settings_keep_equal_signs_line_feeds_and_keys_without_value() -> None:
    output = b"filter.a=b.clean\ncat -n\nx=y\0filter.c.required\0"
    assert git_.parse_settings(output) == {"filter.a=b.clean": "cat -n\nx=y", "filter.c.required": ""}


def test_paths_that_are_not_utf8_survive() -> None:
    assert git_.parse_paths(b"a\xff\0\xc3\xa9\n\0") == ["a\udcff", "é\n"]


# --- discover -----------------------------------------------------------------------------------------------------


def test_a_folder_without_git_has_no_repository(tmp_path: Path) -> None:
    assert discover(str(tmp_path)) is None


def test_the_root_is_found_from_below_and_through_a_link(repo: Repository, tmp_path: Path) -> None:
    (repo.root / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(repo.root / "a")
    for start in (repo.root, repo.root / "a" / "b", tmp_path / "link" / "b"):
        git = discover(str(start))
        assert git is not None
        assert git.root == os.path.realpath(repo.root)


def test_a_root_whose_name_ends_with_a_line_feed_is_itself(tmp_path: Path) -> None:
    git = Repository(tmp_path / "odd\n").git()
    assert git.root == os.path.realpath(tmp_path / "odd\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [("gitdir: /nowhere/at/all\n", "not a git repository"), ("nonsense", "invalid gitfile format")],
)
def test_a_git_file_that_leads_nowhere_is_an_error_and_no_plain_folder(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / ".git").write_text(content)
    with pytest.raises(GuardError, match=said):
        discover(str(tmp_path))


def test_an_empty_git_folder_is_an_error_even_inside_of_another_repository(repo: Repository, tmp_path: Path) -> None:
    """Git would go on to the outer repository; what was asked for is here."""
    (repo.root / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(GuardError, match="elsewhere"):
        discover(str(repo.root / "inner"))
    (tmp_path / "alone" / ".git").mkdir(parents=True)
    with pytest.raises(GuardError, match="not a git repository"):
        discover(str(tmp_path / "alone"))


def test_a_damaged_config_is_an_error(repo: Repository) -> None:
    (repo.root / ".git" / "config").write_text("[core\n")
    with pytest.raises(GuardError, match="bad config"):
        discover(str(repo.root))


@pytest.mark.parametrize("below", ["", "hooks", "objects/pack"])
def test_a_bare_repository_is_a_clear_error(tmp_path: Path, below: str) -> None:
    bare = Repository(tmp_path / "bare.git", "--bare").root
    (bare / below).mkdir(parents=True, exist_ok=True)
    with pytest.raises(GuardError, match=r"bare\.git is a bare repository"):
        discover(str(bare / below))


@pytest.mark.parametrize("target", ["..", "inside"])
def test_a_work_tree_that_config_moves_is_refused(repo: Repository, target: str) -> None:
    """Neither a folder above, whose files are none of our business, nor one that leaves out most of what is here."""
    (repo.root / "inside").mkdir()
    repo.config("core.worktree", str(repo.root / target))
    with pytest.raises(GuardError, match="elsewhere"):
        discover(str(repo.root))


def test_a_submodule_and_a_linked_work_tree_are_repositories_of_their_own(repo: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit({"lib.txt": "x"})
    repo.commit({"a.txt": "x"})
    repo.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "sub")
    repo.run("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    for folder in (repo.root / "sub", tmp_path / "linked"):
        git = discover(str(folder))
        assert git is not None
        assert git.root == os.path.realpath(folder)


def test_a_linked_work_tree_whose_repository_is_gone_is_an_error(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"a.txt": "x"})
    repo.run("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    shutil.rmtree(repo.root)
    with pytest.raises(GuardError, match="not a git repository"):
        discover(str(tmp_path / "linked"))


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="needs root to give files away")
def test_a_repository_of_somebody_else_is_an_error_with_the_way_out(repo: Repository) -> None:
    repo.commit({"a.txt": "x"})
    for folder, _, names in os.walk(repo.root):
        for path in [folder, *(os.path.join(folder, name) for name in names)]:
            os.lchown(path, 4242, 4242)
    with pytest.raises(GuardError, match="dubious ownership") as caught:
        discover(str(repo.root))
    assert caught.value.hint.startswith("git config --global --add safe.directory")


def test_a_repository_in_sha256_says_so(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "r", "--object-format=sha256")
    commit = repo.commit({"a": "x"})
    git = repo.git()
    assert git.algorithm == "sha256"
    assert git.head() == commit
    assert len(git.empty_tree()) == 64


def test_a_hooks_git_dir_counts_from_where_the_hook_stands(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git gives hooks a relative GIT_DIR; guard may be started further down."""
    repo.commit({"sub/a.txt": "x"})
    for start, git_dir in ((repo.root, ".git"), (repo.root / "sub", "../.git"), (repo.root, str(repo.root / ".git"))):
        monkeypatch.setenv("GIT_DIR", git_dir)
        monkeypatch.setenv("GIT_WORK_TREE", str(repo.root))
        git = discover(str(start))
        assert git is not None
        assert [e.path for e in git_.parse_index(git.output("ls-files", "-s", "-v", "-z"))] == ["sub/a.txt"]


def test_a_git_dir_and_work_tree_that_a_person_sets_are_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How people keep their dotfiles: a bare repository beside the files."""
    bare = Repository(tmp_path / "dotfiles.git", "--bare")
    home = tmp_path / "files"
    home.mkdir()
    monkeypatch.setenv("GIT_DIR", str(bare.root))
    monkeypatch.setenv("GIT_WORK_TREE", str(home))
    git = discover(str(home))
    assert git is not None
    assert git.root == os.path.realpath(home)


def test_without_git_on_path_a_repository_is_an_error(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GuardError, match="git is not on PATH"):
        discover(str(repo.root))


# --- revisions ----------------------------------------------------------------------------------------------------


def test_revisions_are_commits_or_errors(repo: Repository) -> None:
    git = repo.git()
    assert git.head() == ""
    first = repo.commit({"a": "1"})
    second = repo.commit({"a": "2"})
    repo.run("tag", "-a", "-m", "annotated", "v1", first)
    assert git.head() == second
    assert [git.commit_of(name) for name in ("HEAD~1", "v1", "main^", first[:12])] == [first] * 4
    for wrong in ("nope", "", "HEAD^{tree}", "HEAD:a", f"{first}..{second}", "--all", "-n1", "--output=/tmp/x"):
        with pytest.raises(GuardError, match="no revision"):
            git.commit_of(wrong)


def test_a_detached_head_is_a_head(repo: Repository) -> None:
    first = repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    repo.run("checkout", "-q", "--detach", first)
    assert repo.git().head() == first


def test_a_revision_beyond_a_shallow_clone_is_a_clear_error(repo: Repository, tmp_path: Path) -> None:
    first = repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.root}", str(shallow)], check=True)
    git = discover(str(shallow))
    assert git is not None
    for revision in (first, "HEAD~1"):
        with pytest.raises(GuardError, match="no revision") as caught:
            git.commit_of(revision)
        assert "shallow" in caught.value.hint


# --- a command's end ----------------------------------------------------------------------------------------------


def test_a_command_that_fails_says_what_git_said(repo: Repository) -> None:
    git = repo.git()
    with pytest.raises(GuardError, match=r"git ls-tree failed: .*nope"):
        git.output("ls-tree", "nope")
    with git.start("ls-tree", "nope") as running, pytest.raises(GuardError, match=r"git ls-tree failed: .*nope"):
        running.output()


def test_a_command_that_never_ends_is_an_error(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = tmp_path / "git"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(git_, "_TIMEOUT", 0.2)
    git = Git(str(sleeper), str(repo.root))
    with pytest.raises(GuardError, match="no answer"):
        git.output("ls-files")
    with git.start("ls-files") as running, pytest.raises(GuardError, match="no answer"):
        running.output()


def test_leaving_a_running_command_ends_it(repo: Repository, tmp_path: Path) -> None:
    sleeper = tmp_path / "git"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    with Git(str(sleeper), str(repo.root)).start("ls-files") as running:
        process = running._process
    assert process.returncode is not None


# --- blobs --------------------------------------------------------------------------------------------------------


def blob(repo: Repository, data: bytes) -> str:
    return repo.run("hash-object", "-w", "--stdin", stdin=data).decode().strip()


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_blobs_come_back_whole_or_as_much_as_was_asked(tmp_path: Path, algorithm: str) -> None:
    repo = Repository(tmp_path / "r", f"--object-format={algorithm}")
    contents = [b"", b"\n", b"x" * 100, b"a blob 3\nb\n" * 50, os.urandom(3 << 20)]
    ids = [blob(repo, data) for data in contents]
    reader = BlobReader(repo.git())
    try:
        for data, one in zip(contents, ids, strict=True):
            assert reader.read(one, 1 << 30) == (len(data), data)
            assert reader.read(one, 10) == (len(data), data[:10])
            assert reader.read(one, 0) == (len(data), b"")
            assert b"".join(reader.chunks(one)) == data
    finally:
        reader.close()


def test_an_object_that_is_no_blob_is_refused_and_its_content_answers_nothing(repo: Repository) -> None:
    """A message made to look like git's answer must not be taken for the next file."""
    wanted = blob(repo, b"the real one\n")
    fake = f"{wanted} blob 5\nhello\n" * 3
    repo.commit({"a": "1"})
    repo.run("commit", "-q", "--allow-empty", "-m", fake)
    commit = repo.id_of("HEAD")
    reader = BlobReader(repo.git())
    try:
        for other in (commit, f"{commit}^{{tree}}"):
            with pytest.raises(LookupError, match="not a file"):
                reader.read(other, 100)
            assert reader.read(wanted, 100) == (13, b"the real one\n")
        with pytest.raises(LookupError, match="not in this clone"):
            reader.read("f" * 40, 100)
        assert reader.read(wanted, 100) == (13, b"the real one\n")
    finally:
        reader.close()


def test_a_damaged_object_is_never_a_shorter_file(repo: Repository) -> None:
    """Git announces a size, then fails: what came until then is not the file."""
    data = b"".join(b"%d," % number for number in range(200_000))
    one = blob(repo, data)
    file = repo.root / ".git" / "objects" / one[:2] / one[2:]
    file.chmod(0o644)
    packed = file.read_bytes()
    file.write_bytes(packed[: len(packed) // 2])
    assert zlib.decompressobj().decompress(packed).startswith(b"blob ")
    reader = BlobReader(repo.git())
    with pytest.raises(LookupError, match="damaged"):
        reader.read(one, 1 << 30)
    assert reader.ended
    reader.close()
    reader = BlobReader(repo.git())
    with pytest.raises(LookupError, match="damaged"):
        b"".join(reader.chunks(one))
    reader.close()


def test_a_reader_whose_git_died_raises(repo: Repository) -> None:
    one = blob(repo, b"x")
    reader = BlobReader(repo.git())
    reader._process.kill()
    reader._process.wait()
    with pytest.raises(LookupError):
        reader.read(one, 10)
    assert reader.ended
    reader.close()


def test_a_replacement_is_not_what_would_be_committed(repo: Repository) -> None:
    """`git replace` shows other bytes under an id than those that a push sends."""
    real, other = blob(repo, b"real\n"), blob(repo, b"harmless\n")
    repo.run("replace", real, other)
    reader = BlobReader(repo.git())
    assert reader.read(real, 100) == (5, b"real\n")
    reader.close()
