"""The run store, `.guard/` at the root: self-ignored, written whole or not at all, and believed only with a valid MAC.

Everything in it can be lost at any time: a record that is missing, damaged or not ours is a cold run, never an error.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator

from guards._core import seal
from guards._core.programs import is_below
from guards._core.workspace import STORE

_KEY_SIZE = 32
_KEPT_FOR = 30 * 86400
_SWEPT_EVERY = 86400
_SWEPT = "swept"
"""The file whose time stamp says when old records were last looked for."""
_UNFINISHED = ".writing-"
_UNFINISHED_FOR = 3600
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is guard's cache. It can be deleted at any time (guard cache clear), but for quarantine/:\n"
    "# that is what `guard --fix` was told to move there.\n"
)


class Store:
    """Authenticated records of one repository, by name."""

    def __init__(self, root: str, key: bytes) -> None:
        self._root = root
        self.key = key
        self.folder = os.path.join(root, STORE, "cache")

    def load(self, name: str) -> bytes | None:
        """A record, if it is there, whole and written with our key."""
        record = seal.record(self._root, name)
        return seal.opened(self.key, name, record) if record else None

    def save(self, name: str, data: bytes) -> bool:
        """Replace a record. False where this tree cannot be written to: then the run is just not remembered.

        Not forced to disk: a record that a power failure cut short has no valid seal, and costs a cold run.
        """
        path = os.path.join(self.folder, name)
        try:
            self._prepare()
            _replace(path, seal.mac(self.key, name, data), data)
        except IsADirectoryError:
            return self._make_room(path) and self.save(name, data)
        except OSError:
            return False
        self._sweep_now_and_then()
        return True

    def names(self, prefix: str) -> list[str]:
        """The records whose names begin so, oldest name first."""
        try:
            return sorted(name for name in os.listdir(self.folder) if name.startswith(prefix))
        except OSError:
            return []

    def size_of(self, name: str) -> int:
        """The bytes of a record; none where there is no record any more."""
        try:
            return os.lstat(os.path.join(self.folder, name)).st_size
        except OSError:
            return 0

    def drop(self, name: str) -> None:
        """Forget a record."""
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self.folder, name))

    def sweep(self) -> None:
        """Forget what nobody used for a month, and what writers that were killed left behind."""
        now = time.time()
        for path, status in self._files():
            unfinished = os.path.basename(path).startswith(_UNFINISHED)
            # One from the future was written by a clock that was wrong: nobody can tell its age.
            if not now - (_UNFINISHED_FOR if unfinished else _KEPT_FOR) <= status.st_mtime <= now + _SWEPT_EVERY:
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
                if item.name != _SWEPT and item.is_file(follow_symlinks=False):
                    yield item.path, item.stat(follow_symlinks=False)

    def _prepare(self) -> None:
        """Make the folders, and the file that keeps them out of git before anything else is in them."""
        top = os.path.join(self._root, STORE)
        os.makedirs(top, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            path = os.path.join(top, name)
            if not os.path.lexists(path):
                _replace(path, text.encode())
        os.makedirs(self.folder, exist_ok=True)

    def _make_room(self, path: str) -> bool:
        """Take away an empty folder that stands where a record belongs."""
        try:
            os.rmdir(path)
        except OSError:
            return False
        return True

    def _sweep_now_and_then(self) -> None:
        """Sweep once a day, whoever writes first."""
        path = os.path.join(self.folder, _SWEPT)
        with contextlib.suppress(OSError):
            try:
                due = abs(time.time() - os.lstat(path).st_mtime) > _SWEPT_EVERY
            except FileNotFoundError:
                due = True
            if due:
                _replace(path)
                self.sweep()


def open_store(root: str) -> Store | None:
    """The store of a repository; None where it cannot be trusted or has no key to be trusted with."""
    key = user_key(root) if seal.is_ours(root) else None
    return Store(root, key) if key is not None else None


def _replace(path: str, *pieces: bytes) -> None:
    """Put a file in place, whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(prefix=_UNFINISHED, dir=os.path.dirname(path))
    try:
        with open(descriptor, "wb") as file:
            file.writelines(pieces)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


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
        descriptor, temporary = tempfile.mkstemp(prefix=_UNFINISHED, dir=os.path.dirname(path))
    except OSError:
        return
    with contextlib.suppress(OSError):
        with open(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_SIZE))
        os.link(temporary, path)
    with contextlib.suppress(OSError):
        os.unlink(temporary)
