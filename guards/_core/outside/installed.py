"""What is installed in an environment of Python, read from its files: no interpreter is started."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

from guards._code.packages import normalized

_METADATA = ((".dist-info", "METADATA"), (".egg-info", "PKG-INFO"))
_FIELD = re.compile(rb"^(Name|Version):[ \t]*(\S+)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_HEAD = 1 << 16
"""Bytes in which the two fields stand: they are the first ones."""


def installed_in(environment: str) -> dict[str, str]:
    """Normalised name to version, of an environment or a folder of packages; nothing where there is none."""
    found = {}
    folders = [environment, *_folders_of_packages(environment)]
    for folder in folders:
        for path in _metadata(folder):
            fields = {key.lower(): value.decode("utf-8", "replace") for key, value in _FIELD.findall(_head(path))}
            if b"name" in fields and b"version" in fields:
                found[normalized(fields[b"name"])] = fields[b"version"]
    return found


def _folders_of_packages(environment: str) -> Iterator[str]:
    for library in ("lib", "lib64", "Lib"):
        yield os.path.join(environment, library, "site-packages")
        parent = os.path.join(environment, library)
        names = (name for name in _names(parent) if name.startswith(("python", "pypy")))
        yield from (os.path.join(parent, name, "site-packages") for name in names)


def _metadata(folder: str) -> Iterator[str]:
    for name in _names(folder):
        yield from (os.path.join(folder, name, file) for suffix, file in _METADATA if name.endswith(suffix))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _head(path: str) -> bytes:
    """The beginning of a file; nothing of what is no ordinary file, which might never end."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return b""
    with open(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return b""
        return file.read(_HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
