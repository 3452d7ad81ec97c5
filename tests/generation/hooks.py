"""`.pre-commit-hooks.yaml`: one hook for all guards, and one for each of them."""

from __future__ import annotations

from pathlib import Path

import yaml

from guards._builtin import BUILTIN, load
from guards._cli import install
from tests.generation.tables import table

_HEAD = """\
# Generated from the table of guards. To change it, edit tests/generation/hooks.py and run:
#   python -m tests.generated --write
# What is looked at: what is pushed, else what is staged, else everything; see docs/hooks.md.
"""

_HOOK = """\
- id: {id}
  name: {id}
  description: {description}
  entry: guard {command} --hook
  language: python
  pass_filenames: false
  always_run: true
  require_serial: true
  stages: [pre-commit, pre-merge-commit, pre-push, manual]
  minimum_pre_commit_version: 3.2.0
"""


def manifest() -> str:
    """The manifest for pre-commit and prek."""
    everything = _hook("guard", "all", "Every enabled guard on what is about to be committed or pushed.")
    return "\n".join([_HEAD, everything, *map(_hook_of, BUILTIN)])


def ready_made() -> dict[str, str]:
    """What `guard install` writes, to be copied."""
    scripts = {f"hooks/git/{stage}": install.script(stage) for stage in install.HOOKS}
    return scripts | {"hooks/pre-commit-config.yaml": install.pre_commit(), "hooks/guard.yml": install.workflow()}


def recipe(name: str) -> str:
    """A file of `hooks/`, as a page shows it."""
    language = _LANGUAGES[name.rpartition(".")[2]]
    return f"```{language}\n{(_FOLDER / name).read_text(encoding='utf-8')}```\n"


_FOLDER = Path(__file__).resolve().parent.parent.parent / "hooks"
_LANGUAGES = {"pkl": "text", "toml": "toml", "yaml": "yaml", "yml": "yaml"}


def table_of_action(what: str) -> str:
    """The inputs or the outputs of the action."""
    told = yaml.safe_load((_FOLDER.parent / "action.yml").read_text(encoding="utf-8"))[what]
    rows = [(f"`{name}`", " ".join(one["description"].split())) for name, one in told.items()]
    return table((what.removesuffix("s"), "what it is"), rows)


def table_of_hooks() -> str:
    """The hooks that the manifest offers."""
    rows = [(f"`guard-{guard_id}`", f"`{guard_id}` alone") for guard_id in BUILTIN]
    return table(("id", "runs"), [("`guard`", "every enabled guard"), *rows])


def _hook(hook_id: str, command: str, description: str) -> str:
    return _HOOK.format(id=hook_id, command=command, description=description)


def _hook_of(guard_id: str) -> str:
    """The hook of a guard; a program that it wraps is installed beside it."""
    guard = load(guard_id)
    hook = _hook(f"guard-{guard_id}", guard_id, guard.summary)
    if guard.program is None:
        return hook
    oldest = ".".join(map(str, guard.program.oldest))
    return hook + f"  additional_dependencies: ['{guard.program.name}>={oldest}']\n"
