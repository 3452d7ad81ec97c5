"""Guard as a user has it, and its peers: installed from wheels into environments of their own, byte code compiled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.corpora import WORK

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

PIP, OLD_PIP, UV = "26.3", "23.2.1", "0.13.8"
"""The installers whose scripts are compared. Scripts by pip before 25 import `re` to strip the suffix of their name."""

PEERS = {
    "bandit": "1.9.4",
    "check-jsonschema": "0.39.0",
    "detect-secrets": "1.5.0",
    "import-linter": "2.16",
    "jsonschema": "4.26.0",
    "kingfisher-bin": "2.14.0",
    "pre-commit": "4.7.0",
    "pre-commit-hooks": "6.0.0",
    "prek": "0.5.11",
    "ruff": "0.17.5",
    "uv": UV,
}

_IDLE_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "idle-guard"
version = "1"

[project.entry-points.guards]
"idle-guard.idle" = "idle_guard:GUARD"

[tool.hatch.build.targets.wheel]
include = ["idle_guard.py"]
"""
_IDLE_MODULE = '''\
"""A guard that asks for every file with a word that no file holds."""

from dataclasses import dataclass

from guards import Guard, Rule, Trigger


@dataclass(frozen=True, slots=True)
class Options:
    """None."""


def scan(source):
    raise AssertionError("no file holds the word")


GUARD = Guard(
    id="idle-guard.idle",
    summary="Nothing.",
    rules=(Rule("idle-guard.idle/word", "The word is there."),),
    options=Options,
    triggers=(Trigger("Xq7" + "Zv9" + "Kw3", literal=True),),
    scan=scan,
)
'''


def wheel() -> str:
    """The wheel of this checkout as it is now."""
    return _wheel_of(ROOT, "guard")


def by_pip(wheels: Sequence[str], name: str = "pip", version: str = PIP) -> str:
    """The folder of commands of an environment into which this version of pip installed these wheels."""
    folder = os.path.join(WORK, "environments", name)
    commands = os.path.join(folder, "bin")
    pip = (os.path.join(commands, "python"), "-m", "pip")
    if not os.path.exists(os.path.join(folder, "complete")):
        _new_environment(folder)
        _run(*pip, "install", "--quiet", f"pip=={version}")
        _complete(folder)
    _run(*pip, "install", "--quiet", *wheels)  # what this version needs and the last one did not
    _run(*pip, "install", "--quiet", "--no-deps", "--force-reinstall", *wheels)
    return commands


def by_uv(wheels: Sequence[str], uv: str) -> str:
    """The folder of commands of an environment into which uv installed these wheels."""
    folder = os.path.join(WORK, "environments", "uv")
    commands = os.path.join(folder, "bin")
    if not os.path.exists(os.path.join(folder, "complete")):
        _new_environment(folder)
        _complete(folder)
    options = ("--quiet", "--compile-bytecode", "--reinstall-package", "guard-suite")
    _run(uv, "pip", "install", *options, "--python", os.path.join(commands, "python"), *wheels)
    return commands


def peers() -> str:
    """The folder of commands of an environment with everything that guard is compared with."""
    folder = os.path.join(WORK, "environments", "peers")
    commands = os.path.join(folder, "bin")
    wanted = [f"{name}=={version}" for name, version in sorted(PEERS.items())]
    if not os.path.exists(os.path.join(folder, "complete")):
        _new_environment(folder)
        _run(os.path.join(commands, "python"), "-m", "pip", "install", "--quiet", *wanted)
        _complete(folder)
    return commands


def idle_guard() -> str:
    """The wheel of a third-party guard that triggers on nothing."""
    folder = os.path.join(WORK, "idle-guard")
    os.makedirs(folder, exist_ok=True)
    for name, text in (("pyproject.toml", _IDLE_PROJECT), ("idle_guard.py", _IDLE_MODULE)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return _wheel_of(folder, "idle")


def _wheel_of(project: str, name: str) -> str:
    folder = os.path.join(WORK, "wheels", name)
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, project)
    (built,) = os.listdir(folder)
    return os.path.join(folder, built)


def _new_environment(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", folder)


def _complete(folder: str) -> None:
    """Mark an environment as usable: one that was interrupted is made anew."""
    with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
        pass


def _run(*command: str) -> None:
    """An installer's words are for stderr: stdout is for results."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
