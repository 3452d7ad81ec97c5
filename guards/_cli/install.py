"""`guard install`: have guard called where changes are made, beside whatever is called there already.

What is written stands between two marks, so that it is found again, brought up to date, and taken out. The rest of a
file stays as it is, byte for byte; a file that cannot be added to is left alone and said to be.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click
from msgspec import Struct

import guards
from guards._cli.writing import write_stdout
from guards._core import git as git_
from guards._core.errors import GuardError
from guards._core.git import Git
from guards._core.model import ExitCode

_BEGIN = "# >>> guard >>> written by `guard install`, and taken out by it with --uninstall"
_END = "# <<< guard <<<"
_MARKED = re.compile(rf"^[ ]*{re.escape(_BEGIN)}\n.*?^[ ]*{re.escape(_END)}\n", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"#!\s*(?:/usr)?(?:/bin/)?(?:env\s+)?\S*?\b(?:ba|da|k|z)?sh\b[^\n]*\n")
_LARGEST = 1 << 20

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SETUP_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"


class Target(Struct, frozen=True):
    """A file that calls guard."""

    path: str
    shown: str
    added: Callable[[str | None], str]
    """The text of the file, if there is one, to the text with what calls guard; GuardError where that is impossible."""
    bare: str = ""
    """What is left of a file that held nothing else: then it goes."""
    executable: bool = False


def _command(name: str, summary: str) -> click.Command:
    @click.command(name, short_help=summary, help=f"{summary} Safe to repeat; what else stands there stays.")
    @click.option("--check", is_flag=True, help="Change nothing; 1 where it is missing or out of date.")
    @click.option("--uninstall", is_flag=True, help="Take out what was written, and nothing else.")
    def command(check: bool, uninstall: bool) -> int:
        if check and uninstall:
            raise click.UsageError("--check and --uninstall are two different things.")
        git = git_.discover(os.getcwd())
        if git is None:
            raise GuardError(f"{os.getcwd()} is in no git repository")
        act = _check if check else _uninstall if uninstall else _install
        return max(map(act, _KINDS[name](git)))

    return command


def _install(target: Target) -> int:
    before = _read(target)
    after = target.added(before)
    if after != before:
        _write(target, after)
    write_stdout(f"{'there already' if after == before else 'wrote'}: {target.shown}\n")
    return ExitCode.OK


def _check(target: Target) -> int:
    found = _state(target)
    write_stdout(f"{found}: {target.shown}\n")
    return ExitCode.OK if found == _THERE else ExitCode.FINDINGS


_THERE, _MISSING, _OLD = "there", "missing", "out of date"


def _state(target: Target) -> str:
    before = _read(target)
    if before is None:
        return _MISSING
    if target.added(before) == before:
        return _THERE
    return _OLD if _BEGIN in before else _MISSING


class Wiring(NamedTuple):
    """What calls guard in a repository."""

    there: tuple[str, ...]
    """Files that do, as they are shown."""
    unfinished: tuple[str, ...] = ()
    """Why some of them may not do it, each with the command that mends it."""


def wiring(git: Git) -> Wiring:
    """What `guard install` writes, as far as it is there. A file that cannot be read calls nothing that we know of."""
    there: list[str] = []
    unfinished: list[str] = []
    for name, targets in _KINDS.items():
        states: dict[str, str] = {}
        with contextlib.suppress(GuardError):
            for target in targets(git):
                with contextlib.suppress(GuardError):
                    states[target.shown] = _state(target)
        called = [shown for shown, found in states.items() if found != _MISSING]
        there += called
        if _OLD in states.values():
            unfinished.append(f"{name}: out of date; guard install {name} brings it up to date")
        elif called and len(called) < len(states):
            unfinished.append(f"{name}: some are missing; guard install {name} writes them")
    with contextlib.suppress(GuardError):  # hooks outside of the repository are none of ours
        if _CONFIG in there and not os.path.exists(os.path.join(_hooks_folder(git)[0], "pre-commit")):
            unfinished.append(f"git does not call what {_CONFIG} says: pre-commit install, or prek install")
    return Wiring(tuple(there), tuple(unfinished))


def _uninstall(target: Target) -> int:
    before = _read(target)
    after = _MARKED.sub("", before) if before is not None else None
    if after == before:
        write_stdout(f"not there: {target.shown}\n")
    elif after is None or after.strip() == target.bare:
        os.unlink(target.path)
        write_stdout(f"removed: {target.shown}\n")
    else:
        _write(target, after)
        write_stdout(f"taken out: {target.shown}\n")
    return ExitCode.OK


def _read(target: Target) -> str | None:
    try:
        if os.path.islink(target.path):
            raise GuardError(f"{target.shown} is a link", hint="Add guard to what it points at yourself.")
        with open(target.path, encoding="utf-8", newline="") as file:
            text = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise GuardError(f"cannot read {target.shown}: {error}") from error
    if len(text) == _LARGEST or text.count(_BEGIN) != text.count(_END) or text.count(_BEGIN) > 1:
        raise GuardError(
            f"{target.shown} is not as guard left it", hint=f"Take out what stands at {_BEGIN!r} yourself."
        )
    return text


def _write(target: Target, text: str) -> None:
    """Whole or not at all, with the mode that it had."""
    temporary = f"{target.path}.{os.getpid()}.guard"
    try:
        os.makedirs(os.path.dirname(target.path), exist_ok=True)
        mode = stat.S_IMODE(os.stat(target.path).st_mode) if os.path.exists(target.path) else 0o644
        with open(temporary, "x", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(temporary, mode | 0o111 if target.executable else mode)
        os.replace(temporary, target.path)
    except OSError as error:
        raise GuardError(f"cannot write {target.shown}: {error.strerror}") from error


def _block(text: str, indent: str = "") -> str:
    lines = [_BEGIN, *text.splitlines(), _END]
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in lines)


# --- hooks of git ---------------------------------------------------------------------------------------------------

_FIND = """\
guard=$(command -v guard || echo {guard})
"""
_PRE_COMMIT = '"$guard" all --hook || exit $?\n'
_PRE_PUSH = """\
guard_refs=$(cat)
while read -r guard_ref guard_new guard_remote guard_old; do
  case $guard_new in *[!0]*) ;; *) continue ;; esac # a ref is deleted, or there is none
  if git cat-file -e "$guard_old^{commit}" 2>/dev/null; then
    PRE_COMMIT_FROM_REF=$guard_old PRE_COMMIT_TO_REF=$guard_new "$guard" all --hook </dev/null || exit $?
  else # a new branch, or one whose remote state is not here
    "$guard" all --rev "$guard_new" </dev/null || exit $?
  fi
done <<GUARD_REFS
$guard_refs
GUARD_REFS
exec <<GUARD_REFS
$guard_refs
GUARD_REFS
"""
"""Reads what git tells a hook, and hands it on to what comes after."""
HOOKS = {"pre-commit": _PRE_COMMIT, "pre-merge-commit": _PRE_COMMIT, "pre-push": _PRE_PUSH}


def script(stage: str, *, guard: str = "guard") -> str:
    """A hook that does nothing else."""
    return _with_hook(stage, guard)(None)


def _with_hook(stage: str, guard: str) -> Callable[[str | None], str]:
    block = _block(_FIND.format(guard=shlex.quote(guard)) + HOOKS[stage])

    def added(before: str | None) -> str:
        text = before or "#!/bin/sh\n"
        if _MARKED.search(text):
            return _MARKED.sub(lambda _: block, text)
        start = _SHELL.match(text)
        if start is None:
            hint = f"Have it call `guard all --hook`, or move it to {stage}.d and call it from a shell script."
            raise GuardError(f"there is a hook {stage} that is no shell script", hint=hint)
        return text[: start.end()] + block + text[start.end() :]

    return added


def _git_hooks(git: Git) -> Iterable[Target]:
    folder, shown = _hooks_folder(git)
    guard = os.path.join(os.path.dirname(sys.executable), "guard")
    for stage in HOOKS:
        path = os.path.join(folder, stage)
        yield Target(path, f"{shown}/{stage}", _with_hook(stage, guard), bare="#!/bin/sh", executable=True)


def _hooks_folder(git: Git) -> tuple[str, str]:
    """Where git looks for hooks. What the repository says counts, though guard itself never runs any."""
    said = os.fsdecode(git.attempt("config", "-z", "--get-all", "--type=path", "core.hooksPath").stdout).split("\0")
    own = [path for path in said[:-1] if path != os.devnull]
    if not own:
        common = os.fsdecode(git.output("rev-parse", "--git-common-dir").removesuffix(b"\n"))
        return os.path.join(git.root, common, "hooks"), ".git/hooks"
    folder = os.path.join(git.root, own[-1])
    if not os.path.realpath(folder).startswith(os.path.realpath(git.root) + os.sep):
        raise GuardError(f"core.hooksPath is {own[-1]}, outside of this repository", hint="Others may use it, too.")
    return folder, own[-1].rstrip("/")


# --- pre-commit -----------------------------------------------------------------------------------------------------

_CONFIG = ".pre-commit-config.yaml"
_LOCAL = """\
- repo: local
  hooks:
    - id: guard
      name: guard
      entry: guard all --hook
      language: system
      pass_filenames: false
      always_run: true
      require_serial: true
      stages: [pre-commit, pre-merge-commit, pre-push, manual]
"""
_REPOS = re.compile(r"^repos:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)
_ITEM = re.compile(r"^([ ]*)- ", re.MULTILINE)


def pre_commit() -> str:
    """A configuration that holds nothing else."""
    return _with_pre_commit(None)


def _with_pre_commit(before: str | None) -> str:
    if before is None or not before.strip():
        return "repos:\n" + _block(_LOCAL, "  ")
    found = _REPOS.search(before)
    item = _ITEM.search(before, found.end()) if found else None
    indent = item[1] if item else "  "
    if _MARKED.search(before):
        return _MARKED.sub(lambda _: _block(_LOCAL, indent), before)
    old = _parsed(before)
    if _calls_guard(old):
        return before
    if found is None or not isinstance(old, dict):
        raise GuardError(f"{_CONFIG} has no list of repos that can be added to", hint=f"Add this to it:\n{_LOCAL}")
    after = before[: found.end()] + _block(_LOCAL, indent) + before[found.end() :]
    (ours,) = _parsed(_LOCAL) or [None]
    if _parsed(after) != {**old, "repos": [ours, *(old.get("repos") or [])]}:
        raise GuardError(f"{_CONFIG} is written in a way that cannot be added to", hint=f"Add this to it:\n{_LOCAL}")
    return after


def _parsed(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _calls_guard(config: Any) -> bool:
    """Whether a hook of guard is there, from its own repository for example."""
    try:
        ids = [hook["id"] for repo in config["repos"] for hook in repo["hooks"]]
    except (TypeError, KeyError):
        return False
    return any(str(one) == "guard" for one in ids)


def _pre_commit(git: Git) -> Iterable[Target]:
    yield Target(os.path.join(git.root, _CONFIG), _CONFIG, _with_pre_commit, bare="repos:")


# --- GitHub ---------------------------------------------------------------------------------------------------------

_WORKFLOW = ".github/workflows/guard.yml"
_JOB = """\
name: guard

on:
  pull_request:
  push:
    branches: [main, master]

permissions: {{}}

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: ${{{{ github.event_name == 'pull_request' }}}}

jobs:
  guard:
    name: guard
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read
    steps:
      - uses: {checkout}
        with:
          fetch-depth: 0 # to compare with where a pull request began
          persist-credentials: false
      - uses: {setup_python}
        with:
          python-version: "3.12"
      - run: python -m pip install 'guard-suite=={version}'
      - env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
        run: guard all ${{BASE:+"--since=$BASE"}} --format github --output "markdown=$GITHUB_STEP_SUMMARY"
"""


def workflow() -> str:
    """The workflow as it is written."""
    return _block(_JOB.format(checkout=CHECKOUT, setup_python=SETUP_PYTHON, version=guards.__version__))


def _with_workflow(before: str | None) -> str:
    if before is not None and before.strip() and not _MARKED.search(before):
        raise GuardError(
            f"there is a {_WORKFLOW} that guard did not write", hint="Move it, or add guard to it yourself."
        )
    return _MARKED.sub(lambda _: workflow(), before) if before and before.strip() else workflow()


def _github(git: Git) -> Iterable[Target]:
    yield Target(os.path.join(git.root, _WORKFLOW), _WORKFLOW, _with_workflow)


@click.group("install", short_help="Have guard called by git, by pre-commit, on GitHub.")
def install() -> None:
    """Have guard called where changes are made. What is there already stays."""


_KINDS: Mapping[str, Callable[[Git], Iterable[Target]]] = {
    "git": _git_hooks,
    "pre-commit": _pre_commit,
    "github": _github,
}

install.add_command(_command("git", "Hooks of git: pre-commit, pre-merge-commit, pre-push."))
install.add_command(_command("pre-commit", "A hook in .pre-commit-config.yaml, for pre-commit and prek."))
install.add_command(_command("github", "A workflow of GitHub Actions."))
