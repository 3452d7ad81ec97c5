"""`guard doctor`: everything that a verdict rests on beside the repository, in one offline screen."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import os
import platform
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import NamedTuple

import click

import guards
from guards._cli import install
from guards._cli.writing import wants_colour, write_stdout
from guards._core import config, git as git_, programs, runner, seal, waivers, wrapped
from guards._core.errors import GuardError
from guards._core.git import Git
from guards._core.identity import installed_versions
from guards._core.model import ExitCode, Trigger
from guards._core.registry import Registry
from guards._core.runner import Setup
from guards._core.store import open_store
from guards._core.triggers import engine_for
from guards._output import inert, phrases

_LIBRARIES = ("click", "google-re2", "hyperscan", "jsonschema-rs", "pyyaml", "rich")
_EXTRAS = {
    "sqlglot": "pip install 'guard-suite[sql]' lets drift compare facts with tables that SQL creates.",
    "psycopg": "pip install 'guard-suite[postgresql]' lets guard drift live ask PostgreSQL.",
}
"""What some people need, by the name of its distribution."""
_OLDEST_GIT = (2, 35)
_NO_FILE = "no file: defaults apply"
_WIDEST = 100


class Mark(enum.Enum):
    """How a thing is."""

    OK = "ok"
    ABSENT = "--"
    """Not there, and not needed."""
    WRONG = "NO"
    """Missing or unusable, and guard needs it."""


_COLOURS = {Mark.OK: "32", Mark.ABSENT: "2", Mark.WRONG: "1;31"}


class Line(NamedTuple):
    """One thing that was looked at."""

    topic: str
    state: str
    mark: Mark = Mark.OK
    hint: str = ""
    """The next step."""


@click.command("doctor", short_help="Show tools, versions, settings and cache.")
def doctor() -> int:
    """Show what guard finds here: tools, settings, hooks, cache. 2 where something that it needs is not in order."""
    lines = list(_lines(os.getcwd()))
    wrong = list(dict.fromkeys(line.topic for line in lines if line.mark is Mark.WRONG))
    colour = wants_colour("auto", sys.stdout)
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST) if sys.stdout.isatty() else _WIDEST
    said = f"Not in order: {', '.join(wrong)}." if wrong else "Everything that guard needs is here."
    write_stdout("".join(f"{one}\n" for one in (*_shown(lines, width=width, colour=colour), "", said)))
    return ExitCode.ENVIRONMENT if wrong else ExitCode.OK


def _shown(lines: list[Line], *, width: int, colour: bool) -> Iterator[str]:
    column = max(len(line.topic) for line in lines)
    margin = " " * (len("ok  ") + column + 2)
    before = ""
    for line in lines:
        mark = f"\x1b[{_COLOURS[line.mark]}m{line.mark.value}\x1b[0m" if colour else line.mark.value
        topic = "" if line.topic == before else line.topic
        first, *rest = _folded(line.state, width - len(margin))
        yield f"{mark}  {topic:{column}}  {first}".rstrip()
        yield from (margin + one for one in rest)
        step = _folded(line.hint, width - len(margin) - 2)
        yield from (f"{margin}{'  ' if number else '→ '}{one}" for number, one in enumerate(step))
        before = line.topic


def _folded(text: str, width: int) -> list[str]:
    """In lines of a width, but for what has to be copied whole."""
    return textwrap.wrap(inert.one_line(text), max(width, 20), break_long_words=False, break_on_hyphens=False)


def _lines(cwd: str) -> Iterator[Line]:
    yield Line("guard", f"{guards.__version__} at {os.path.dirname(guards.__file__)}")
    yield Line("python", f"{platform.python_version()} at {sys.executable}")
    yield _git_program(cwd)
    yield _engine()
    yield from _libraries()
    yield from _programs(cwd)
    try:
        git = git_.discover(cwd)
    except GuardError as error:
        yield Line("repository", error.message, Mark.WRONG, error.hint or "Guard can look at nothing here before.")
        return
    yield _repository(git, cwd)
    yield from _decisions(cwd)
    if git is not None:
        yield from _hooks(git)
    yield _cache(git.root if git is not None else os.path.realpath(cwd))


# ---- This machine ---------------------------------------------------------------------------------------------------


def _git_program(cwd: str) -> Line:
    executable = programs.find("git", outside=cwd)
    oldest = ".".join(map(str, _OLDEST_GIT))
    hint = f"Install git {oldest} or newer."
    if executable is None:
        return Line("git", "not on PATH", Mark.WRONG, hint)
    try:
        done = programs.run([executable, "--version"], cwd=cwd, env=os.environ, timeout=10)
    except (GuardError, OSError) as error:
        return Line("git", f"{executable} cannot be run: {error}", Mark.WRONG, hint)
    found = re.search(r"\d+\.\d+[\w.]*", done.stdout.decode("utf-8", "replace"))
    if found is None:
        return Line("git", f"{executable} does not tell its version", Mark.WRONG, hint)
    major, minor = map(int, found[0].split(".")[:2])
    state = f"{found[0]} at {executable}"
    if (major, minor) < _OLDEST_GIT:
        return Line("git", f"{state} is too old", Mark.WRONG, hint)
    return Line("git", state)


def _engine() -> Line:
    try:
        engine = engine_for([Trigger("guard", literal=True)], None)
    except GuardError as error:
        return Line("engine", error.message, Mark.WRONG, error.hint)
    hint = "pip install hyperscan is faster." if engine.name == "re2" else ""
    return Line("engine", f"{engine.name} {engine.version}", hint=hint)


def _libraries() -> Iterator[Line]:
    versions = installed_versions()
    found = [f"{name} {versions[name]}" for name in (*_LIBRARIES, *_EXTRAS) if name in versions]
    missing = [name for name in _LIBRARIES if name not in versions and name != "hyperscan"]
    if missing:
        yield Line("libraries", f"not found: {', '.join(missing)}", Mark.WRONG, "pip install guard-suite")
    yield Line("libraries", ", ".join(found))
    for name, hint in _EXTRAS.items():
        if name not in versions:
            yield Line(name, "not installed", Mark.ABSENT, hint)


def _programs(cwd: str) -> Iterator[Line]:
    """The programs that guards wrap. None of them is needed before somebody enables its guard."""
    registry = Registry()
    for guard in map(registry.load, registry.builtin()):
        if guard.program is None:
            continue
        try:
            tool = wrapped.find_tool(guard.program, cwd)
        except wrapped.MissingToolError as error:
            yield Line(guard.program.name, str(error), Mark.ABSENT, f"Only the guard {guard.id} needs it.")
        else:
            yield Line(guard.program.name, f"{tool.version} at {tool.path} (sha256 {_digest(tool.path)})")


def _digest(path: str) -> str:
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[: phrases.SHORT]
    return "unknown"


# ---- This repository ------------------------------------------------------------------------------------------------


def _repository(git: Git | None, cwd: str) -> Line:
    if git is not None:
        return Line("repository", f"{git.root} ({git.algorithm})")
    state = f"none: {os.path.realpath(cwd)} itself is what is checked"
    return Line("repository", state, Mark.ABSENT, "Nothing is staged, ignored or known of the past without git.")


def _decisions(cwd: str) -> Iterator[Line]:
    """What the files of the repository decide about a run."""
    registry = Registry()
    try:
        setup = runner.setup(runner.Request(cwd=cwd, environ=os.environ), registry)
    except config.ConfigError as error:
        shown = error.lines[:_MOST]
        yield from (Line("settings", line, Mark.WRONG) for line in shown[:-1])
        more = len(error.lines) - len(shown)
        said = f"There are {more} more: guard all shows them. " if more else ""
        yield Line("settings", shown[-1], Mark.WRONG, f"{said}No guard runs before this is mended.")
        return
    except GuardError as error:
        yield Line("settings", error.message, Mark.WRONG, error.hint or "No guard runs before this is mended.")
        return
    yield Line("settings", setup.config.path or _NO_FILE)
    yield from _canonical(setup)
    yield from _accepted(setup)
    yield Line("guards", ", ".join(setup.guards))
    if setup.idle and setup.canonical.path:
        yield Line("guards", f"without a section in {setup.canonical.path}: {', '.join(setup.idle)}", Mark.ABSENT)
    if setup.off:
        hint = "`enable` in the settings names guards to run, `skip` those to leave out."
        yield Line("guards", f"not enabled, or skipped: {', '.join(setup.off)}", Mark.ABSENT, hint)
    yield from _installed(registry, setup)


_MOST = 4
"""Of what is wrong with one file, so much is shown."""


def _canonical(setup: Setup) -> Iterator[Line]:
    found = setup.canonical
    if found.problems:
        shown = [f"{phrases.place(one.path, one.span)}: {one.reason}" for one in found.problems[:_MOST]]
        yield from (Line("canonical", said, Mark.WRONG) for said in shown[:-1])
        yield Line("canonical", shown[-1], Mark.WRONG, "What is not understood checks nothing: guard all ends with 3.")
    elif found.path:
        yield Line("canonical", f"{found.path}: {', '.join(found.sections) or 'no section'}")
    else:
        state = f"no file: nothing to check for {', '.join(setup.idle)}" if setup.idle else "no file"
        yield Line("canonical", state, Mark.ABSENT, "guard drift init drafts one.")


def _accepted(setup: Setup) -> Iterator[Line]:
    """The baseline, and the waivers of the settings; those in comments are told by a run."""
    lines, placed = setup.accepted.baseline.values(), setup.config.waivers()
    over = [one for one in placed if one.terms.is_over(waivers.today(time.time_ns()))]
    if not (lines or placed):
        yield Line("accepted", "nothing: no baseline, no waiver in the settings")
        return
    times = phrases.plural(sum(line.times for line in lines), "finding")
    said = f"{times} by the baseline, {phrases.plural(len(placed), 'waiver')} in the settings"
    hint = f"The last day of {phrases.plural(len(over), 'waiver')} has passed: renew it, or mend what it covers."
    yield Line("accepted", said, hint=hint if over else "")


def _installed(registry: Registry, setup: Setup) -> Iterator[Line]:
    try:
        installed = registry.installed()
    except GuardError as error:
        yield Line("installed", error.message, Mark.WRONG, error.hint)
        return
    for name, point in installed.items():
        state = f"{name}, by {point.dist.name}"
        yield (
            Line("installed", state)
            if name in setup.guards
            else Line("installed", state, Mark.ABSENT, f'enable = ["{name}"] in the settings has it run.')
        )


def _hooks(git: Git) -> Iterator[Line]:
    found = install.wiring(git)
    if not found.there:
        hint = "guard install git, guard install pre-commit or guard install github has it called."
        yield Line("hooks", "nothing here calls guard", Mark.ABSENT, hint)
        return
    yield Line("hooks", ", ".join(found.there))
    yield from (Line("hooks", said, Mark.ABSENT) for said in found.unfinished)


def _cache(root: str) -> Line:
    store = open_store(root)
    if store is None:
        hint = f"Its key would be {seal.key_path()}, outside of the tree and yours alone; .guard must be yours as well."
        return Line("cache", "not used: every run looks at everything", Mark.ABSENT, hint)
    count, size = store.size()
    return Line("cache", f"{phrases.plural(count, 'record')}, {size / (1 << 20):.1f} MiB in {store.folder}")
