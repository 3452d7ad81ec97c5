"""Everything in the repository that is written from the code: `python -m tests.generated --check | --write`.

`--check` prints how the files differ from what the code says, and then exits with 1. `--write` makes them agree. Whole
files are listed in `files`; in pages that people write, a block between two comments is generated.
"""

from __future__ import annotations

import argparse
import difflib
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.generation import example, hooks, pages, schemas, signs, tables

ROOT = Path(__file__).resolve().parent.parent

FOLDERS = ("docs/guards", "docs/rules")
"""Everything in these is generated: a page without a guard or a rule is a leftover."""

RECIPES = {
    "github": "guard.yml",
    "gitlab": "gitlab-ci.yml",
    "hk": "hk.pkl",
    "lefthook": "lefthook.yml",
    "pre-commit-ci": "pre-commit-ci.yaml",
    "prek": "prek.toml",
}
"""Block to the file of `hooks/` that it shows."""

BLOCKS: Mapping[str, Callable[[], str]] = {
    "action-inputs": functools.partial(hooks.table_of_action, "inputs"),
    "action-outputs": functools.partial(hooks.table_of_action, "outputs"),
    "command-help": tables.command_help,
    "commands": tables.commands,
    "credential-formats": tables.credential_formats,
    "exit-codes": tables.exit_codes,
    "formats": tables.formats,
    "guard-options": tables.guard_options,
    "guards": functools.partial(tables.guards, pages="guards"),
    "guards-from-the-root": functools.partial(tables.guards, pages="docs/guards"),
    "hooks": hooks.table_of_hooks,
    "other-options": tables.other_options,
    "problem-kinds": tables.problem_kinds,
    "rules": tables.rules,
    "run-options": tables.run_options,
    "sections": tables.sections,
    "settings": tables.settings,
    **{f"recipe-{name}": functools.partial(hooks.recipe, file) for name, file in RECIPES.items()},
    **example.blocks(),
}
"""Name to the text of a block."""

_BLOCK = re.compile(r"^(<!-- generated: ([a-z-]+) -->\n).*?^(<!-- end of \2 -->\n)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"^<!-- generated: ", re.MULTILINE)


def files() -> dict[str, str]:
    """Path to the text that must stand there."""
    found = {
        ".pre-commit-hooks.yaml": hooks.manifest(),
        "guards/_schemas/canonical.schema.json": schemas.canonical_schema(),
        "guards/_schemas/config.schema.json": schemas.config_schema(),
        "guards/_core/known_signs.json": signs.known_signs(),
        **hooks.ready_made(),
        **dict(pages.pages()),
    }
    for path in _written_by_people(found):
        text = (ROOT / path).read_text(encoding="utf-8")
        if _OPENING.search(text):
            found[path] = filled(text, path)
    return found


def filled(text: str, path: str) -> str:
    """A page with its generated blocks as they must be; ValueError where its marks are not in order."""
    matches = list(_BLOCK.finditer(text))
    if len(matches) != len(_OPENING.findall(text)):
        raise ValueError(f"{path}: a generated block is not closed by its `<!-- end of … -->`")
    for match in matches:
        if match[2] not in BLOCKS:
            raise ValueError(f"{path}: there is no block {match[2]!r}; known: {', '.join(BLOCKS)}")
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", text)


def _written_by_people(generated: Mapping[str, str]) -> Iterator[str]:
    for file in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))):
        path = file.relative_to(ROOT).as_posix()
        if path not in generated and not path.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
            yield path


def leftovers(wanted: Mapping[str, str]) -> list[str]:
    """Files in generated folders that nothing generates any more."""
    there = [file.relative_to(ROOT).as_posix() for folder in FOLDERS for file in (ROOT / folder).rglob("*.md")]
    return sorted(set(there) - set(wanted))


def differences() -> str:
    """How the files on disk differ from what the code says, as a diff; empty where they do not."""
    wanted = files()
    lines: list[str] = []
    for path in sorted([*wanted, *leftovers(wanted)]):
        lines += difflib.unified_diff(_lines(_on_disk(path)), _lines(wanted.get(path, "")), path, f"{path} (generated)")
    return "".join(lines)


def write() -> list[str]:
    """Make the files agree; which were changed."""
    wanted = files()
    changed = [path for path, text in wanted.items() if _on_disk(path) != text]
    for path in changed:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(wanted[path], encoding="utf-8", newline="\n")
    gone = leftovers(wanted)
    for path in gone:
        (ROOT / path).unlink()
    return [*changed, *gone]


def _on_disk(path: str) -> str:
    file = ROOT / path
    return file.read_bytes().decode("utf-8") if file.is_file() else ""


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description="Files written from the code.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="print what differs, and exit with 1 if anything does")
    what.add_argument("--write", action="store_true", help="make the files agree with the code")
    if parser.parse_args(arguments).write:
        sys.stdout.write("".join(f"wrote {path}\n" for path in write()))
        return 0
    found = differences()
    sys.stdout.write(found)
    if found:
        sys.stderr.write("Generated files are out of date: run `python -m tests.generated --write`.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
