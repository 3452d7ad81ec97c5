"""A run writes to its store, to its key and where it was told to, and nowhere else; where it cannot, it just runs."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.running import Result, Scene


def _looks(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: kind, mode, owner, times but atime, and content."""
    found: dict[str, tuple[object, ...]] = {}
    for parent, folders, names in os.walk(folder):
        if ".guard" in folders:
            folders.remove(".guard")
        for path in (Path(parent), *(Path(parent, name) for name in names)):
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
            mtime = 0 if path == folder else status.st_mtime_ns  # `.guard` was made in it
            found[str(path)] = (status.st_mode, status.st_uid, status.st_ino, mtime, status.st_size, content)
    return found


@pytest.mark.parametrize("more", [[], ["--no-cache"], ["--staged"], ["--rev", "HEAD"], ["--since", "HEAD"]], ids=str)
def test_a_run_writes_nowhere_but_to_its_store_and_its_key(more: list[str], scene: Scene) -> None:
    """The tree, `.git` byte for byte, HOME and the temporary folder; files that look changed to git included."""
    (scene.root / "sub/b.txt").touch()
    (scene.folder / "tmp").mkdir()
    scene.env["TMPDIR"] = str(scene.folder / "tmp")
    scene.args += more
    before, home = _looks(scene.root), _looks(scene.home)
    for _ in range(3):
        assert scene.run().code == 0
    assert _looks(scene.root) == before
    assert not list((scene.folder / "tmp").iterdir())
    new = {path for path in _looks(scene.home) if path not in home}
    state = scene.home / ".local"
    key = state / "state/guard/key"
    assert new <= {str(path) for path in (state, state / "state", state / "state/guard", key)}
    if "--no-cache" in more:  # the key tells secrets apart, whatever is remembered
        assert not (scene.root / ".guard").exists()
    else:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert {path.name for path in (scene.root / ".guard").iterdir()} == {".gitignore", "CACHEDIR.TAG", "cache"}


def test_the_store_keeps_itself_out_of_git(scene: Scene) -> None:
    scene.run()
    assert b".guard" not in scene.repo.run("status", "--porcelain", "--untracked-files=all")
    scene.repo.stage()
    assert b".guard" not in scene.repo.run("ls-files")


def test_a_replayed_report_goes_to_the_same_file_as_the_first(scene: Scene) -> None:
    file = scene.folder / "report.json"
    scene.args += ["--output", f"json={file}"]
    scene.settle()
    scene.run()
    written = scene.records()
    assert written
    first = file.read_text()
    file.unlink()
    scene.run()
    assert scene.records() == written
    assert len(file.read_text().splitlines()) == len(first.splitlines())
    assert [path.name for path in scene.folder.iterdir() if "report" in path.name] == ["report.json"]


def test_a_pipe_that_a_report_goes_to_stays_a_pipe(scene: Scene) -> None:
    """Replaced by a file, `/dev/stderr` would be gone for everybody; here it is a pipe of our own."""
    pipe = scene.folder / "pipe"
    os.mkfifo(pipe)
    scene.args += ["--output", f"json={pipe}"]
    scene.settle()
    for _ in range(3):
        received: list[bytes] = []
        reader = threading.Thread(target=lambda into=received: into.append(pipe.read_bytes()), daemon=True)
        reader.start()
        assert scene.run().code == 0
        reader.join(20)
        assert stat.S_ISFIFO(pipe.lstat().st_mode)
        assert received
        assert b"guard-report/1" in received[0]


def test_settings_that_come_through_a_pipe_are_read_once_and_by_the_run(scene: Scene) -> None:
    """A record that rests on a pipe could only be checked by taking what is in it away from the run."""
    pipe = scene.folder / "settings"
    os.mkfifo(pipe)
    scene.args += ["--config", str(pipe)]
    strict = (scene.root / "guard.toml").read_bytes() + b'[levels]\n"acme.watch/entry" = "error"\n'
    scene.settle()
    for content, code in (((scene.root / "guard.toml").read_bytes(), 0), (strict, 1), (strict, 1)):
        writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
        writer.start()
        assert scene.run().code == code
        writer.join(20)


# --- Where it cannot write ----------------------------------------------------------------------------------------

_MS_RDONLY, _MS_REMOUNT, _MS_BIND = 1, 32, 4096


def _mount(source: str, target: Path, kind: str, flags: int, data: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), bytes(target), kind.encode(), flags, data.encode()):
        pytest.skip(f"cannot mount here: {os.strerror(ctypes.get_errno())}")


def _unmount(target: Path) -> None:
    assert ctypes.CDLL(None).umount2(bytes(target), 2) == 0


def test_a_tree_on_a_read_only_file_system_is_just_looked_at(scene: Scene) -> None:
    scene.repo.write("a.txt", "BAD\n")
    cold = scene.cold()
    _mount(str(scene.root), scene.root, "", _MS_BIND)
    try:
        _mount("", scene.root, "", _MS_BIND | _MS_REMOUNT | _MS_RDONLY)
        with pytest.raises(OSError, match="Read-only"):
            (scene.root / "x").touch()
        for _ in range(2):
            assert scene.run().said == cold.said
    finally:
        _unmount(scene.root)
    assert not (scene.root / ".guard").exists()


@pytest.mark.parametrize("place", ["root", "home"])
def test_a_full_disk_costs_the_memory_and_nothing_else(place: str, scene: Scene) -> None:
    """A real file system of a few pages, for the store or for the key."""
    scene.repo.write("a.txt", "BAD\n")
    cold = scene.cold()
    folder = scene.root / ".guard" if place == "root" else scene.home
    folder.mkdir(exist_ok=True)
    _mount("tmpfs", folder, "tmpfs", 0, "size=8k,nr_inodes=7")
    try:
        for _ in range(3):
            result = scene.run()
            assert result.said == cold.said
    finally:
        _unmount(folder)


@pytest.mark.parametrize("home", ["/proc/self", "/dev/null", "a file"])
def test_without_a_place_for_the_key_nothing_is_remembered(home: str, scene: Scene) -> None:
    cold = scene.cold()
    (scene.folder / "a file").touch()
    scene.home = scene.folder / home
    for _ in range(2):
        assert scene.run().said == cold.said
    assert not scene.records("")


# --- What fails on the way ----------------------------------------------------------------------------------------

_MOST = 200


def _failing_in_turn(scene: Scene, error: str) -> Iterator[tuple[Result, int]]:
    """Runs of which the first operation fails, then the second, until there are no more."""
    for number in range(1, _MOST):
        result, fired = scene.run_with_fault(number, getattr(errno, error))
        yield result, number
        if not fired:
            return
    pytest.fail("it never ends")


_ERRORS = ["ENOSPC", *(pytest.param(name, marks=pytest.mark.slow) for name in ("EIO", "EROFS", "EMFILE", "EACCES"))]


@pytest.mark.parametrize("error", _ERRORS)
def test_whichever_operation_on_our_own_files_fails_a_first_run_is_right(error: str, scene: Scene) -> None:
    scene.repo.write("a.txt", "BAD\n")
    cold = scene.cold()
    count = 0
    for result, number in _failing_in_turn(scene, error):
        assert result.said == cold.said, f"operation {number}"
        shutil.rmtree(scene.root / ".guard", ignore_errors=True)
        shutil.rmtree(scene.home / ".local", ignore_errors=True)
        count = number
    assert count > 20


@pytest.mark.slow
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS", "EMFILE", "EACCES"])
def test_whichever_operation_on_our_own_files_fails_a_later_run_is_right(error: str, scene: Scene) -> None:
    """Over whatever the runs before left behind, with a file that changed since."""
    count = 0
    (scene.root / "sub/b.txt").write_text("0\n")
    for result, number in _failing_in_turn(scene, error):
        assert result.said == scene.cold().said, f"operation {number}"
        (scene.root / "sub/b.txt").write_text(f"BAD {number}\n")
        count = number
    assert count > 10
    assert scene.run().said == scene.cold().said
