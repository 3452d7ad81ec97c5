"""Which records are ours: a MAC under a key of this user that no tree can know.

Nothing but plain files is ever opened: a pipe in the place of a record must not hold up a run.
Imports nothing but built-in modules: the first milliseconds of a run go through here.
"""

import os
import stat
from _blake2 import blake2b

SIZE = 16
_KEY_SIZE = 32
_LARGEST = 1 << 30
"""Bytes; no record of ours comes near."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def mac(key: bytes, name: str, data: bytes) -> bytes:
    """The seal of a record under its name: a record cannot be passed off as another one."""
    state = blake2b(os.fsencode(name), key=key, digest_size=SIZE)
    state.update(b"\0")
    state.update(data)
    return state.digest()


def opened(key: bytes, name: str, record: bytes) -> bytes | None:
    """The data of a record with a valid seal."""
    data = record[SIZE:]
    return data if mac(key, name, data) == record[:SIZE] else None


def is_ours(root: str) -> bool:
    """Whether the folders of the run store are real ones of this user, or not there yet."""
    for folder in (os.path.join(root, ".guard"), os.path.join(root, ".guard", "cache")):
        try:
            status = os.lstat(folder)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        foreign = hasattr(os, "geteuid") and status.st_uid not in {os.geteuid(), 0}
        if not stat.S_ISDIR(status.st_mode) or foreign:
            return False
    return True


def record(root: str, name: str) -> bytes | None:
    """What stands in the run store under a name, if it is a plain file that could be a record."""
    return plain(os.path.join(root, ".guard", "cache", name), follow=False) if is_ours(root) else None


def plain(path: str, *, follow: bool = True) -> bytes | None:
    """The content of a plain file; None for anything else, which is not even waited for."""
    try:
        descriptor = os.open(path, _FLAGS if follow else _FLAGS | _NO_LINK)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            return file.readall()
    except OSError:
        return None
    finally:
        os.close(descriptor)


def key_path() -> str:
    """Where this user's key is kept."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "guard", "key")


def read_key(root: str) -> bytes | None:
    """The key of this user's records: from `GUARD_CACHE_KEY` (for CI), or from its file.

    Never one inside the tree: whoever writes the tree would be believed.
    """
    given = os.environ.get("GUARD_CACHE_KEY")
    if given:
        return blake2b(os.fsencode(given), digest_size=_KEY_SIZE).digest()
    path = key_path()
    folder = os.path.realpath(root)
    if os.path.realpath(path).startswith(folder.rstrip("/") + "/"):
        return None
    return _content(path)


def _content(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077):
            return None
        key = os.read(descriptor, _KEY_SIZE + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return key if len(key) == _KEY_SIZE else None
