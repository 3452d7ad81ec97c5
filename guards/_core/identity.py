"""What a guard's facts depend on beside the bytes: its code, its engines, and the slice of settings that scan sees."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
from collections.abc import Iterator

import guards
from guards._core.fingerprint import digest
from guards._core.scanning import Task

_FORMAT = "1"


def task_fingerprint(task: Task, algorithm: str) -> str:
    """The identity under which a task's facts are kept. Whatever changes it makes them unknown, never wrong."""
    guard = task.guard
    documents = [digest(path, hashlib.blake2b(data).hexdigest()) for path, data in sorted(task.documents.items())]
    engines = [f"{name}={installed_versions().get(name.lower().replace('_', '-'), '')}" for name in guard.engines]
    code = code_digest("guards") if guard.scan is None else code_of(guard.scan.__module__)
    triggers = repr(guard.triggers)
    return digest(
        _FORMAT,
        guard.id,
        code,
        repr(task.scan_slice),
        triggers,
        algorithm,
        platform.python_version(),
        *engines,
        *documents,
    )


def code_of(module: str) -> str:
    """The identity of a guard's code: its own package, and this one, whose helpers it uses."""
    package = module.partition(".")[0]
    ours = code_digest("guards")
    return ours if package == "guards" else digest(ours, code_digest(package))


@functools.cache
def code_digest(package: str) -> str:
    """A digest of all source files of a package or module that is loaded."""
    module = sys.modules[package]
    file = getattr(module, "__file__", None)
    if file is None:
        return digest(package, guards.__version__)
    folder = os.path.dirname(file) if hasattr(module, "__path__") else ""
    state = hashlib.blake2b(digest_size=16)
    for path in sorted(_sources(folder)) if folder else [file]:
        with open(path, "rb") as source:
            state.update(hashlib.blake2b(path.removeprefix(folder).encode() + source.read()).digest())
    return state.hexdigest()


def _sources(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        yield from (os.path.join(parent, name) for name in names if name.endswith((".py", ".json", ".toml", ".yaml")))


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
