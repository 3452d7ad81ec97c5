"""Changing files below a root: whole or not at all, through no link, over nobody's change."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from guards._core import replacing
from guards._core.replacing import RefusedError, Standing, is_of_the_tree, move, read, replace

OUTSIDE = b"not yours"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(OUTSIDE)
    return tmp_path / "root"


def standing(root: Path, path: str) -> Standing:
    found = read(str(root), path)
    assert found is not None
    return found


def test_a_file_is_replaced_and_keeps_its_mode(root: Path) -> None:
    file = root / "deep" / "er" / "a b ü"
    file.write_bytes(b"old")
    file.chmod(0o751)
    replace(str(root), "deep/er/a b ü", b"new", standing(root, "deep/er/a b ü"))
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o7777 == 0o751
    assert os.listdir(file.parent) == [file.name]


def test_a_name_that_is_not_utf8_is_a_name(root: Path) -> None:
    path = os.fsdecode(b"caf\xe9")
    (root / path).write_bytes(b"old")
    replace(str(root), path, b"new", standing(root, path))
    assert (root / path).read_bytes() == b"new"


def test_a_new_file_is_made_only_where_nothing_is(root: Path) -> None:
    assert read(str(root), "new") is None
    replace(str(root), "new", b"text", None)
    assert (root / "new").read_bytes() == b"text"
    mask = os.umask(0)
    os.umask(mask)
    assert (root / "new").stat().st_mode & 0o777 == 0o666 & ~mask
    with pytest.raises(RefusedError, match="appeared"):
        replace(str(root), "new", b"other", None)
    assert (root / "new").read_bytes() == b"text"
    assert sorted(os.listdir(root)) == ["deep", "new"]


@pytest.mark.parametrize("path", ["../outside/file", "deep/../../outside/file", "", ".", "deep//x", "/etc/passwd"])
def test_no_path_leads_out(root: Path, path: str) -> None:
    with pytest.raises(RefusedError):
        read(str(root), path)
    with pytest.raises(RefusedError):
        replace(str(root), path, b"x", None)


@pytest.mark.parametrize("path", [".git/config", ".GIT/x", "a/.git/x", ".guard/x", "a/../b", "/x", "a//b", ""])
def test_git_and_the_store_are_no_part_of_the_tree(path: str) -> None:
    assert not is_of_the_tree(path)
    assert is_of_the_tree(".github/x")


def linked_file(root: Path) -> None:
    (root / "deep" / "file").unlink()
    (root / "deep" / "file").symlink_to(root.parent / "outside" / "file")


def linked_folder(root: Path) -> None:
    (root / "deep").rename(root / "was")
    (root / "deep").symlink_to(root.parent / "outside")


def linked_folder_inside(root: Path) -> None:
    """Also a link to a folder of the tree is not the folder."""
    (root / "deep").rename(root / "was")
    (root / "deep").symlink_to("was")


def other_text(root: Path) -> None:
    (root / "deep" / "file").write_bytes(b"OLD")


def same_text_in_another_file(root: Path) -> None:
    (root / "other").write_bytes(b"old")
    (root / "other").replace(root / "deep" / "file")


def gone(root: Path) -> None:
    (root / "deep" / "file").unlink()


def folder(root: Path) -> None:
    (root / "deep" / "file").unlink()
    (root / "deep" / "file").mkdir()


ATTACKS = [linked_file, linked_folder, linked_folder_inside, other_text, same_text_in_another_file, gone, folder]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_changed_between_reading_and_writing_is_left_alone(root: Path, attack: Callable[[Path], None]) -> None:
    (root / "deep" / "file").write_bytes(b"old")
    before = standing(root, "deep/file")
    attack(root)
    seen = snapshot(root.parent)
    with pytest.raises(RefusedError):
        replace(str(root), "deep/file", b"new", before)
    assert snapshot(root.parent) == seen


@pytest.mark.parametrize("attack", [linked_file, other_text, same_text_in_another_file, gone])
def test_what_changed_while_writing_is_left_alone(
    root: Path, attack: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the last moment that there is: the new text is complete and about to be put in place."""
    (root / "deep" / "file").write_bytes(b"old")
    before = standing(root, "deep/file")
    real = os.fsync

    def sync_and_attack(descriptor: int) -> None:
        real(descriptor)
        attack(root)

    monkeypatch.setattr(os, "fsync", sync_and_attack)
    with pytest.raises(RefusedError):
        replace(str(root), "deep/file", b"new", before)
    left = snapshot(root.parent)
    assert left["outside/file"] == OUTSIDE
    assert b"new" not in left.values()
    assert not any(".guard-fix-" in path for path in left)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file and link below a folder."""
    return {
        str(path.relative_to(folder)): os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_what_is_no_regular_file_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(root / "socket"))
        for name in ("pipe", "socket", "deep"):
            with pytest.raises(RefusedError):
                read(str(root), name)


def test_a_read_only_file_is_left_alone(root: Path) -> None:
    file = root / "file"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(RefusedError, match="read-only"):
        replace(str(root), "file", b"new", standing(root, "file"))
    assert file.read_bytes() == b"old"


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_system_that_refuses_leaves_the_old_text(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    (root / "file").write_bytes(b"old")
    before = standing(root, "file")
    real = getattr(os, name)

    def refuse(*arguments: object, **more: object) -> object:
        if name == "open" and not str(arguments[0]).startswith(".guard-fix-"):
            return real(*arguments, **more)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, refuse)
    with pytest.raises(RefusedError, match=os.strerror(code).lower()):
        replace(str(root), "file", b"new", before)
    monkeypatch.undo()
    assert snapshot(root) == {"file": b"old"}


def test_a_file_too_large_to_hold_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "_LARGEST", 3)
    (root / "file").write_bytes(b"four")
    with pytest.raises(RefusedError, match="larger"):
        read(str(root), "file")


def test_moving_never_overwrites_and_never_follows(root: Path) -> None:
    (root / "file").write_bytes(b"text")
    move(str(root), "file", "kept/a/file")
    assert snapshot(root) == {"kept/a/file": b"text"}
    assert (root / "kept").stat().st_mode & 0o777 == 0o700
    (root / "file").write_bytes(b"other")
    with pytest.raises(RefusedError, match="there already"):
        move(str(root), "file", "kept/a/file")
    (root / "link").symlink_to(root.parent / "outside")
    with pytest.raises(RefusedError):
        move(str(root), "file", "link/file")
    with pytest.raises(RefusedError, match="no regular file"):
        move(str(root), "link", "kept/link")
    assert (root.parent / "outside" / "file").read_bytes() == OUTSIDE


def test_without_handles_of_folders_links_are_refused_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of systems that cannot open relative to a folder."""
    monkeypatch.setattr(replacing, "_HAS_HANDLES", False)
    (root / "deep" / "file").write_bytes(b"old")
    replace(str(root), "deep/file", b"new", standing(root, "deep/file"))
    replace(str(root), "deep/made", b"new", None)
    move(str(root), "deep/made", "kept/made")
    assert snapshot(root) == {"deep/file": b"new", "kept/made": b"new"}
    before = standing(root, "deep/file")
    linked_folder(root)
    with pytest.raises(RefusedError, match="is a link or a file"):
        replace(str(root), "deep/file", b"newer", before)
