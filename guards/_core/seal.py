"""Which records are ours: a MAC under a key of this user that no tree can know.

Imports nothing but built-in modules: the first milliseconds of a run go through here.
"""

from __future__ import annotations

import os
import stat
from _blake2 import blake2b

SIZE = 16
_KEY_SIZE = 32


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
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077):
            return None
        key = os.read(descriptor, _KEY_SIZE + 1)
    finally:
        os.close(descriptor)
    return key if len(key) == _KEY_SIZE else None
