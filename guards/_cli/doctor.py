"""`guard doctor`: everything that a verdict rests on beside the repository, in one offline screen."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import click

import guards
from guards._cli.writing import write_stdout
from guards._core import canonical, config, git as git_, programs, seal, wrapped
from guards._core.errors import GuardError
from guards._core.identity import installed_versions
from guards._core.model import ExitCode, Trigger
from guards._core.registry import Registry
from guards._core.store import open_store
from guards._core.triggers import engine_for

_LIBRARIES = ("click", "google-re2", "hyperscan", "jsonschema-rs", "pyyaml", "rich")


class Line(NamedTuple):
    """One thing that was looked at."""

    topic: str
    state: str
    ok: bool = True
    """False where something that guard needs is missing or unusable."""
    hint: str = ""


@click.command("doctor", short_help="Show tools, versions, settings and cache.")
def doctor() -> int:
    """Show what guard finds here: versions, engines, settings, cache. 2 where something that it needs is missing."""
    lines = list(_lines(os.getcwd()))
    width = max(len(line.topic) for line in lines)
    for line in lines:
        mark = "ok " if line.ok else "NO "
        write_stdout(f"{mark} {line.topic:{width}}  {line.state}\n")
        if line.hint:
            write_stdout(f"    {'':{width}}  {line.hint}\n")
    return ExitCode.OK if all(line.ok for line in lines) else ExitCode.ENVIRONMENT


def _lines(cwd: str) -> Iterator[Line]:
    yield Line("guard", f"{guards.__version__} at {os.path.dirname(guards.__file__)}")
    yield Line("python", f"{platform.python_version()} at {sys.executable}")
    yield from _git(cwd)
    yield _engine()
    versions = installed_versions()
    found = [f"{name} {versions[name]}" for name in _LIBRARIES if name in versions]
    missing = [name for name in _LIBRARIES if name not in versions and name != "hyperscan"]
    yield Line("libraries", ", ".join(found))
    if missing:
        yield Line("libraries", f"not found: {', '.join(missing)}", ok=False, hint="pip install guard-suite")
    root = _root(cwd)
    yield from _programs(root)
    yield from _settings(root)
    yield _cache(root)
    yield from _guards()


def _git(cwd: str) -> Iterator[Line]:
    executable = programs.find("git", outside=cwd)
    if executable is None:
        yield Line("git", "not on PATH", ok=False, hint="Install git 2.35 or newer.")
        return
    done = programs.run([executable, "--version"], cwd=cwd, env=os.environ, timeout=10)
    yield Line("git", f"{done.stdout.decode('utf-8', 'replace').split()[-1]} at {executable}")
    try:
        git = git_.discover(cwd)
    except GuardError as error:
        yield Line("repository", error.message, ok=False, hint=error.hint)
        return
    yield Line("repository", f"{git.root} ({git.algorithm})" if git else "none: the folder itself is what is checked")


def _engine() -> Line:
    try:
        engine = engine_for([Trigger("guard", literal=True)], None)
    except GuardError as error:
        return Line("engine", error.message, ok=False, hint=error.hint)
    if engine.name == "re2":
        return Line("engine", f"re2 {engine.version}", hint="Vectorscan would be faster: pip install hyperscan")
    return Line("engine", f"{engine.name} {engine.version}")


def _root(cwd: str) -> str:
    try:
        return git_.root_of(cwd)
    except GuardError:  # told with the repository
        return os.path.realpath(cwd)


def _settings(root: str) -> Iterator[Line]:
    try:
        found = config.path_among(dict(_files(root, config.FILES)))
    except config.ConfigError as error:
        yield Line("settings", error.lines[0], ok=False, hint="Guard does not run before this is mended.")
    else:
        yield Line("settings", found or _NO_FILE)
    yield Line("canonical", ", ".join(name for name, _ in _files(root, canonical.FILES)) or _NO_FILE)


_NO_FILE = "no file: defaults apply"


def _files(root: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        with contextlib.suppress(OSError), open(os.path.join(root, name), "rb") as file:
            yield name, file.read()


def _programs(root: str) -> Iterator[Line]:
    """The programs that guards wrap. None of them is needed before somebody enables its guard."""
    registry = Registry()
    for guard in map(registry.load, registry.builtin()):
        if guard.program is None:
            continue
        try:
            tool = wrapped.find_tool(guard.program, root)
        except wrapped.MissingToolError as error:
            yield Line(guard.program.name, f"the guard {guard.id} cannot run: {error}")
        else:
            yield Line(guard.program.name, f"{tool.version} at {tool.path}")


def _cache(root: str) -> Line:
    store = open_store(root)
    if store is None:
        return Line(
            "cache", "not used", hint=f"Its key would be {seal.key_path()}, outside of the tree and yours alone."
        )
    count, size = store.size()
    return Line("cache", f"{count:,} records, {size / (1 << 20):.1f} MiB in {store.folder}")


def _guards() -> Iterator[Line]:
    registry = Registry()
    yield Line("guards", ", ".join(registry.builtin()))
    try:
        installed = registry.installed()
    except GuardError as error:
        yield Line("guards", error.message, ok=False, hint=error.hint)
        return
    if installed:
        yield Line("installed", ", ".join(f"{name} ({point.dist.name})" for name, point in installed.items()))
