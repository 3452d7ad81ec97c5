"""Changing files below a root: each whole or not at all, never through a link, never over somebody else's change.

Folders are entered one by one from the root, anew for every change: what was a folder a moment ago may be a link now.
Where the system cannot open paths relative to a folder, the folders are checked instead, and a race with someone who
swaps them is lost.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_LARGEST = 64 << 20
_UNFINISHED = ".guard-fix-"
"""What the file is called until it is complete."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_HAS_HANDLES = {os.open, os.rename, os.link, os.unlink, os.mkdir, os.stat} <= os.supports_dir_fd
_NOT_FOLLOWING: dict[str, bool] = {"follow_symlinks": False} if os.link in os.supports_follow_symlinks else {}
_NOWHERE = frozenset({"", ".", ".."})
_NOT_OURS = frozenset({".git", ".guard"})


class RefusedError(Exception):
    """A change that is not made; the message is the reason, as a clause."""


class Standing(NamedTuple):
    """A file as it was read."""

    data: bytes
    identity: tuple[int, ...]
    """What differs as soon as the file is another one, or was written to."""
    mode: int
    owner: tuple[int, int]
    changed_ns: int
    """When it was last changed, by the clock of its file system; for a file that cannot tell, when it was written."""


def is_of_the_tree(path: str) -> bool:
    """Whether a path names a file of the tree: below the root, and neither git's nor ours."""
    names = path.split("/")
    return not _NOWHERE & set(names) and not _NOT_OURS & {name.lower() for name in names}


def read(root: str, path: str) -> Standing | None:
    """A file, or None where there is nothing."""
    with _place(root, path) as place:
        return place.read()


def replace(root: str, path: str, data: bytes, before: Standing | None) -> None:
    """Put a file in the place of `before`, with its mode; a new one where that is None."""
    with _place(root, path) as place:
        place.replace(data, before)


def move(root: str, path: str, target: str) -> None:
    """Move a file to where nothing is yet; the folders on the way are made, for their owner only."""
    folder = ""
    for name in target.split("/")[:-1]:
        folder = f"{folder}/{name}" if folder else name
        make_folder(root, folder)
    with _place(root, path) as source, _place(root, target) as place:
        source.move_to(place)


def make_folder(root: str, path: str) -> None:
    """Make a folder for its owner only, unless something is there."""
    with _place(root, path) as place:
        place.make_folder()


def is_file(root: str, path: str) -> bool:
    """Whether a regular file stands there."""
    with _place(root, path) as place:
        return place.is_file()


class _Place:
    """A name in an open folder."""

    def __init__(self, folder: int | None, name: str) -> None:
        self._folder = folder
        self._name = name
        """The full path where there is no handle of the folder."""

    def read(self) -> Standing | None:
        try:
            descriptor = os.open(self._name, _READ, dir_fd=self._folder)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise RefusedError("it is no regular file")
            if status.st_size > _LARGEST:
                raise RefusedError(f"it is larger than {_LARGEST >> 20} MiB")
            return _standing(file, status)

    def replace(self, data: bytes, before: Standing | None) -> None:
        if before is not None and not self._is_writable(before):
            raise RefusedError("it is read-only")
        unfinished = os.path.join(os.path.dirname(self._name), _UNFINISHED + secrets.token_hex(6))
        # A new file gets what the user's mask leaves of this; what replaces another is private until it is complete.
        descriptor = os.open(unfinished, _MAKE, 0o666 if before is None else 0o600, dir_fd=self._folder)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if before is not None:
                    _take_after(descriptor, before)
                os.fsync(descriptor)
            self._put(unfinished, before)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(unfinished, dir_fd=self._folder)
            raise
        self.sync()

    def is_file(self) -> bool:
        return stat.S_ISREG(os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mode)

    def make_folder(self) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._name, 0o700, dir_fd=self._folder)

    def move_to(self, other: _Place) -> None:
        if not self.is_file():
            raise RefusedError("it is no regular file")
        if other._exists():
            raise RefusedError("something is there already")
        os.rename(self._name, other._name, src_dir_fd=self._folder, dst_dir_fd=other._folder)
        other.sync()
        self.sync()

    def sync(self) -> None:
        """Make a new name last. Some file systems cannot be told, and their names last anyway or never."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._folder)

    def _put(self, unfinished: str, before: Standing | None) -> None:
        """The last moment at which a change of somebody else can be seen is this one."""
        if before is None:
            os.link(unfinished, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder, **_NOT_FOLLOWING)
            os.unlink(unfinished, dir_fd=self._folder)
            return
        now = self.read()
        if now is None or now.identity != before.identity or now.data != before.data:
            raise RefusedError("it changed since it was read")
        os.replace(unfinished, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def _is_writable(self, before: Standing) -> bool:
        # Its owner may have closed it on purpose; renaming would not ask, and root may do everything.
        return bool(before.mode & 0o222) and os.access(self._name, os.W_OK, dir_fd=self._folder)

    def _exists(self) -> bool:
        try:
            os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True


@contextlib.contextmanager
def _place(root: str, path: str) -> Iterator[_Place]:
    """A path below the root, its folders entered without following a link; every refusal of the system is ours."""
    folders = path.split("/")
    if _NOWHERE & set(folders):
        raise RefusedError("its path leads out of the tree")
    try:
        if not _HAS_HANDLES:
            yield _Place(None, _checked(root, folders))
            return
        handle = os.open(root, _FOLDER & ~_NO_LINK)
        try:
            for name in folders[:-1]:
                inner = os.open(name, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield _Place(handle, folders[-1])
        finally:
            os.close(handle)
    except OSError as error:
        raise RefusedError(_why(error)) from error


def _checked(root: str, names: list[str]) -> str:
    folder = root
    for name in names[:-1]:
        folder = os.path.join(folder, name)
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
    return os.path.join(folder, names[-1])


def _standing(file: BinaryIO, status: os.stat_result) -> Standing:
    data = file.read(_LARGEST + 1)
    written, changed = status.st_mtime_ns, status.st_ctime_ns
    # On Windows the change time is that of creation.
    changed = changed if os.name == "posix" else written
    identity = (status.st_dev, status.st_ino, status.st_size, written, changed)
    return Standing(data, identity, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid), changed)


def _take_after(descriptor: int, before: Standing) -> None:
    """Give a file the owner, as far as we may, and the mode of the one that it replaces."""
    if hasattr(os, "fchown"):
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != before.owner:
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, *before.owner)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, before.mode)


def _why(error: OSError) -> str:
    return _REASONS.get(error.errno or 0) or (error.strerror or type(error).__name__).lower()


_REASONS = {
    errno.ELOOP: "it is a link",
    errno.ENOTDIR: "a folder on its path is a link or a file",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "it appeared since it was looked for",
    errno.EXDEV: "it lies on another file system",
}
