"""What pages show of the worked example: its files, and what guard really says in a copy of it.

Output that nobody runs is wrong after a while. So every block of it is made by running the command in a throw-away git
repository; how long a run took is left out, being another time each time.
"""

from __future__ import annotations

import atexit
import difflib
import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from string import ascii_letters, hexdigits
from typing import Any, NamedTuple

from guards._builtin import BUILTIN
from tests.cli.command import Command

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "examples"
SHOP = FOLDER / "shop"

_TIMES = re.compile(r" · [\d.]+ s$|(?<=  )[\d.]+ s(?=  |$)", re.MULTILINE)
_JUNK = ("__pycache__", ".ruff_cache", ".mypy_cache", ".guard")
_GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org")


class Edit(NamedTuple):
    """A file that is changed, or made where nothing is replaced."""

    file: str
    new: str
    old: str = ""


class Mistake(NamedTuple):
    """What somebody does to the shop, and what guard has to say to it."""

    name: str
    edits: tuple[Edit, ...]
    finds: tuple[str, ...]
    code: int
    command: str = "guard all"
    then: str = ""


class Said(NamedTuple):
    """How a command ended."""

    command: str
    code: int
    text: str
    report: Mapping[str, Any]

    @property
    def finds(self) -> list[str]:
        """Place and rule of each finding that is new."""
        new = (one for one in self.report["findings"] if one["status"] == "new")
        return sorted(f"{one['path']}:{one['line']} {one['rule']}" for one in new)

    @property
    def block(self) -> str:
        """The command and what it printed, as a page shows it."""
        return f"$ {self.command}\n{_TIMES.sub(_untimed, self.text).rstrip()}\n"


def _untimed(time: re.Match[str]) -> str:
    """Nothing, or in a table what is as wide."""
    return "" if time[0].startswith(" ·") else "…".ljust(len(time[0]))


class Copy:
    """A copy of the shop in a repository of its own, with everything committed."""

    def __init__(self, folder: Path, *, without: Sequence[str] = ()) -> None:
        self._command = _command()
        self.root = folder / "shop"
        self._home = folder / "home"
        self._home.mkdir()
        shutil.copytree(SHOP, self.root, ignore=shutil.ignore_patterns(*_JUNK, *without))
        self.git("init", "--quiet", "--initial-branch=main", "--template=")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=The shop")

    def git(self, *arguments: str, fails: bool = False) -> str:
        """Run git, which has to succeed, or to fail; what it says."""
        done = subprocess.run(
            [*_GIT, *arguments], cwd=self.root, check=False, capture_output=True, text=True, env=self._environment()
        )
        said = done.stdout + done.stderr
        if (done.returncode != 0) != fails:
            raise ValueError(f"git {' '.join(arguments)} ends with {done.returncode}: {said}")
        return said

    def guard(self, command: str) -> Said:
        """Run a command line of guard."""
        program, *words = shlex.split(command)
        assert program == "guard"
        report = self._home / "report.json"
        runs = words[0] in {"all", "run", *BUILTIN}
        written = [f"--output=json={report}"] if runs else []
        done = self._command.run([*words, *written], self.root, self._environment())
        found = json.loads(report.read_text(encoding="utf-8")) if runs else {}
        return Said(command, done.code, done.out + done.err, found)

    def run(self, command: str) -> Said:
        """Run another program, which is installed beside this Python."""
        program, *words = shlex.split(command)
        argv = [os.path.join(sysconfig.get_path("scripts"), program), *words]
        done = subprocess.run(
            argv, cwd=self.root, env=self._environment(), capture_output=True, text=True, check=False, timeout=120
        )
        return Said(command, done.returncode, done.stdout, {})

    def make(self, mistake: Mistake) -> None:
        """Do what somebody did."""
        for edit in mistake.edits:
            file = self.root / edit.file
            file.write_text(after(edit), encoding="utf-8")

    def mend(self) -> None:
        """Be as committed again, but for what guard remembers."""
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "--force", "-d")

    def _environment(self) -> dict[str, str]:
        return self._command.environment(self._home)


def mistakes() -> list[Mistake]:
    """Those of the guide, in its order."""
    listed: list[dict[str, Any]] = tomllib.loads((FOLDER / "mistakes.toml").read_text(encoding="utf-8"))["mistake"]
    return [
        Mistake(**{**one, "edits": tuple(Edit(**edit) for edit in one["edits"]), "finds": tuple(one["finds"])})
        for one in listed
    ]


def before(edit: Edit) -> str:
    """A file of the shop as it is; empty where it is only made."""
    return (SHOP / edit.file).read_text(encoding="utf-8") if edit.old else ""


def after(edit: Edit) -> str:
    """A file of the shop as the mistake leaves it."""
    if not edit.old:
        return edit.new.lstrip("\n")
    if edit.old not in before(edit):
        raise ValueError(f"{edit.file} of the shop does not hold {edit.old!r}")
    return before(edit).replace(edit.old, edit.new)


@contextmanager
def copy(*, without: Sequence[str] = ()) -> Iterator[Copy]:
    """A copy, for as long as it is wanted."""
    with tempfile.TemporaryDirectory(prefix="guard-example-") as folder:
        yield Copy(Path(folder), without=without)


@functools.cache
def _command() -> Command:
    """The command, in a process that has imported everything once for all copies, until this one ends."""
    folder = tempfile.TemporaryDirectory(prefix="guard-command-")
    command = Command(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(command.close)  # first: what is registered last runs first
    return command


@functools.cache
def told() -> Mapping[str, tuple[Said, ...]]:
    """What guard says of the shop as it is (`clean`), and of each mistake."""
    found: dict[str, tuple[Said, ...]] = {}
    with copy() as shop:
        found["clean"] = (shop.guard("guard all"),)
        for mistake in mistakes():
            shop.make(mistake)
            found[mistake.name] = tuple(map(shop.guard, filter(None, (mistake.command, mistake.then))))
            shop.mend()
    check(found)
    return found


def check(found: Mapping[str, Sequence[Said]]) -> None:
    """ValueError where guard says something else than the guide promises: then one of them is wrong."""
    wanted: dict[str, tuple[int, list[str]]] = {"clean": (0, [])} | {
        one.name: (one.code, sorted(one.finds)) for one in mistakes()
    }
    for name, (code, finds) in wanted.items():
        said = found[name][0]
        if (said.code, said.finds) != (code, finds):
            raise ValueError(f"{name}: ends with {said.code} and finds {said.finds}, not {code} and {finds}")


@functools.cache
def first_steps() -> Mapping[str, Said]:
    """What somebody sees who begins: the shop before it had a canonical.yaml, and with something to find."""
    with copy(without=["canonical.yaml", "README.md"]) as shop:
        (shop.root / "src/shop/service.py.orig").write_text("# before the merge\n", encoding="utf-8")
        shop.git("add", "--all", "--force")
        shop.git("commit", "--quiet", "--message=Everything")
        commands = ("guard all", "guard init", "guard init --yes", "guard all", "guard install git")
        looked, drafted, _, again, installed = map(shop.guard, commands)
        shop.git("add", "--all")
        shop.git("commit", "--quiet", "--message=Begin with guard")
        shop.make(next(one for one in mistakes() if one.name == "port"))
        command = 'git commit --all --message "Another port"'
        refused = Said(command, 1, shop.git(*shlex.split(command)[1:], fails=True), {})
        explained = shop.guard("guard explain compose.yaml:5")
    return {
        "look": looked,
        "init": drafted,
        "again": again,
        "install": installed,
        "refused": refused,
        "explain": explained,
    }


_CONTRACT = """
[tool.importlinter]
root_package = "shop"

[[tool.importlinter.contracts]]
name = "downwards"
type = "layers"
layers = ["shop.api", "shop.service", "shop.clients", "shop.domain"]
"""


@functools.cache
def of_import_linter() -> Said:
    """What guard says of a broken contract that stands where import-linter reads it."""
    with copy(without=["canonical.yaml"]) as shop:
        with open(shop.root / "pyproject.toml", "a", encoding="utf-8") as file:
            file.write(_CONTRACT)
        shop.make(next(one for one in mistakes() if one.name == "layers"))
        (shop.root / "canonical.yaml").write_text("guard: 1\nlayers: {}\n", encoding="utf-8")
        return shop.guard("guard boundaries")


@functools.cache
def of_detect_secrets() -> tuple[Said, Said]:
    """What becomes of a baseline of detect-secrets. The secrets are made here, the same each time."""
    with copy(without=["canonical.yaml"]) as shop:
        random = Random("guide")
        key, token = ("".join(random.choices(letters, k=40)) for letters in (hexdigits.lower()[:16], ascii_letters))
        lines = [f'API_KEY = "{key}"', 'PASSWORD = "correct-horse-battery-9"', f'secret_token = "{token}"', ""]
        (shop.root / "src/shop/settings.py").write_text("\n".join(lines), encoding="utf-8")
        shop.git("add", "--all")
        scanned = shop.run("detect-secrets scan")
        (shop.root / ".secrets.baseline").write_text(scanned.text, encoding="utf-8")
        shop.git("add", "--all")
        return shop.guard("guard baseline create --from .secrets.baseline"), shop.guard("guard secrets")


# ---- Blocks of pages ------------------------------------------------------------------------------------------------


def blocks() -> dict[str, Callable[[], str]]:
    """Name to the text of each block that is about the shop."""
    return {
        "shop-files": _files,
        "shop-canonical": lambda: _fence("yaml", (SHOP / "canonical.yaml").read_text(encoding="utf-8")),
        "shop-clean": lambda: _fence("console", told()["clean"][0].block),
        **{f"shop-{mistake.name}": functools.partial(_mistake, mistake) for mistake in mistakes()},
        "shop-document-alone": lambda: _fence("console", told()["document"][0].block),
        "migrating-import-linter": lambda: _fence("console", of_import_linter().block),
        "migrating-detect-secrets": lambda: "\n".join(_fence("console", said.block) for said in of_detect_secrets()),
        **{f"start-{step}": functools.partial(_first_step, step) for step in _STEPS},
    }


_STEPS = ("look", "init", "again", "install", "refused", "explain")


def _first_step(step: str) -> str:
    return _fence("console", first_steps()[step].block)


def _files() -> str:
    paths = sorted(path.relative_to(SHOP) for path in SHOP.rglob("*") if path.is_file())
    return _fence("text", "".join(f"{path.as_posix()}\n" for path in paths if not set(_JUNK) & set(path.parts)))


def _mistake(mistake: Mistake) -> str:
    parts = [_fence("diff", "".join(map(_diff, mistake.edits)))]
    parts += [_fence("console", said.block) for said in told()[mistake.name]]
    return "\n".join(parts)


def _diff(edit: Edit) -> str:
    old, new = before(edit).splitlines(keepends=True), after(edit).splitlines(keepends=True)
    names = (f"a/{edit.file}" if edit.old else "/dev/null", f"b/{edit.file}")
    return "".join(difflib.unified_diff(old, new, *names, n=1))


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text}```\n"
