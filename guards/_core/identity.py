"""What a guard's facts depend on beside the bytes: its code, its engines, and the slice of settings that scan sees."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from guards._core.fingerprint import digest
from guards._core.model import Guard
from guards._core.scanning import Task

_FORMAT = "3"


def task_fingerprint(task: Task, algorithm: str, *, largest: int = 0) -> str:
    """The identity under which a task's facts are kept. Whatever changes it makes them unknown, never wrong.

    `largest`: the size up to which files are read whole. A larger one is streamed or refused, whatever is known of it.
    """
    documents = [digest(path, hashlib.blake2b(data).hexdigest()) for path, data in sorted(task.readable.items())]
    scan = (repr(task.scan_slice), repr(task.large), repr(task.triggers), algorithm, str(largest))
    tool = (task.tool.name, task.tool.version) if task.tool is not None else ()
    return digest(guard_fingerprint(task.guard), *scan, *documents, *tool)


def guard_fingerprint(guard: Guard[Any]) -> str:
    """The identity of a guard, whatever its options: its code and its engines."""
    engines = [f"{name}={installed_versions().get(name.lower().replace('_', '-'), '')}" for name in guard.engines]
    return digest(_FORMAT, guard.id, code_of(guard.module), sys.version, *engines)


def code_of(module: str) -> str:
    """The identity of a guard's code: its own package, and this one, whose helpers it uses."""
    package = module.partition(".")[0]
    ours = code_digest("guards")
    return ours if package == "guards" else digest(ours, code_digest(package))


@functools.cache
def code_digest(package: str) -> str:
    """A digest of all source files of a package or module that is loaded."""
    state = hashlib.blake2b(digest_size=16)
    for folder, path in sources(package):
        with open(path, "rb") as source:
            name = os.fsencode(path.removeprefix(folder))  # wherever it is installed
            state.update(hashlib.blake2b(name + b"\0" + source.read()).digest())
    return state.hexdigest()


def sources(package: str) -> list[tuple[str, str]]:
    """The files that a loaded package or module consists of, data beside the code included, each after its folder."""
    module = sys.modules[package]
    folders = list(getattr(module, "__path__", ()))
    if folders:
        return sorted((folder, path) for folder in folders for path in _files(folder))
    file = getattr(module, "__file__", None)
    return [(os.path.dirname(file), file)] if file else []


def _files(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        paths = (os.path.join(parent, name) for name in names)
        yield from (path for path in paths if os.path.isfile(path))


@functools.cache
def installed_versions() -> dict[str, str]:
    """Distribution name (lower case, hyphens) to version, from the names of the `.dist-info` folders.

    `importlib.metadata` would say the same at the cost of a large import.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                distribution, _, version = name.removesuffix(".dist-info").rpartition("-")
                found.setdefault(distribution.lower().replace("_", "-"), version)
    return found
