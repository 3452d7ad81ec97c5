"""The run store, `.guard/` at the root: self-ignored, written whole or not at all, and believed only with a valid MAC.

Everything in it can be lost at any time: a record that is missing, damaged or not ours is a cold run, never an error.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator

from guards._core import seal
from guards._core.programs import is_below
from guards._core.workspace import STORE

_KEY_SIZE = 32
_KEPT_FOR = 30 * 86400
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is guard's cache. It can be deleted at any time: guard cache clear\n"
)


class Store:
    """Authenticated records of one repository, by name."""

    def __init__(self, root: str, key: bytes) -> None:
        self._root = root
        self._key = key
        self.folder = os.path.join(root, STORE, "cache")

    def load(self, name: str) -> bytes | None:
        """A record, if it is there, whole and written with our key."""
        try:
            descriptor = os.open(os.path.join(self.folder, name), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with open(descriptor, "rb") as file:
                record = file.read()
        except OSError:
            return None
        return seal.opened(self._key, name, record)

    def save(self, name: str, data: bytes) -> bool:
        """Replace a record. False where this tree cannot be written to: then the run is just not remembered."""
        try:
            self._prepare()
            descriptor, temporary = tempfile.mkstemp(prefix=".writing-", dir=self.folder)
        except OSError:
            return False
        try:
            with open(descriptor, "wb") as file:
                file.write(seal.mac(self._key, name, data))
                file.write(data)
            os.replace(temporary, os.path.join(self.folder, name))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            return False
        return True

    def names(self, prefix: str) -> list[str]:
        """The records whose names begin so, oldest name first."""
        try:
            return sorted(name for name in os.listdir(self.folder) if name.startswith(prefix))
        except OSError:
            return []

    def drop(self, name: str) -> None:
        """Forget a record."""
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self.folder, name))

    def sweep(self) -> None:
        """Forget what nobody used for a month, and what writers that were killed left behind."""
        oldest = time.time() - _KEPT_FOR
        for path, status in self._files():
            stale = time.time() - 3600 if os.path.basename(path).startswith(".writing-") else oldest
            if status.st_mtime < stale:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def touch(self, name: str) -> None:
        """Remember that a record is in use, at most once a day."""
        path = os.path.join(self.folder, name)
        with contextlib.suppress(OSError):
            if os.stat(path).st_mtime < time.time() - 86400:
                os.utime(path)

    def size(self) -> tuple[int, int]:
        """How many records there are, and their bytes."""
        sizes = [status.st_size for _, status in self._files()]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Forget everything; how many records that were."""
        count = 0
        for path, _ in self._files():
            with contextlib.suppress(OSError):
                os.unlink(path)
                count += 1
        return count

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        with contextlib.suppress(OSError), os.scandir(self.folder) as items:
            for item in items:
                if item.is_file(follow_symlinks=False):
                    yield item.path, item.stat(follow_symlinks=False)

    def _prepare(self) -> None:
        if os.path.isdir(self.folder):
            return
        top = os.path.join(self._root, STORE)
        os.makedirs(self.folder, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            with contextlib.suppress(FileExistsError), open(os.path.join(top, name), "x", encoding="utf-8") as file:
                file.write(text)


def open_store(root: str) -> Store | None:
    """The store of a repository; None where it cannot be trusted or has no key to be trusted with."""
    for folder in (os.path.join(root, STORE), os.path.join(root, STORE, "cache")):
        with contextlib.suppress(FileNotFoundError):
            try:
                status = os.lstat(folder)
            except NotADirectoryError:
                return None
            foreign = hasattr(os, "geteuid") and status.st_uid not in {os.geteuid(), 0}
            if not stat.S_ISDIR(status.st_mode) or foreign:
                return None
    key = user_key(root)
    return Store(root, key) if key is not None else None


def user_key(root: str) -> bytes | None:
    """The key of this user's records, made when there is none yet; None where it could not be a secret."""
    path = seal.key_path()
    if seal.read_key(root) is None and not is_below(path, os.path.realpath(root)) and not os.path.lexists(path):
        _make_key(path)
    return seal.read_key(root)


def _make_key(path: str) -> None:
    """Make the key; of several runs that try at once, one wins and all take its key."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_SIZE))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        os.unlink(temporary)
    except OSError:
        return
