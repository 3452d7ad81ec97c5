"""ruff: what ruff says of the Python files, in the same report.

## What it does

Runs [ruff](https://docs.astral.sh/ruff/) on the Python files that nothing is known about, and reports what it says
under its own codes: `ruff/S101`, `ruff/F401`. What it has seen once is not given to it again, on any branch.

ruff is not part of guard: `pip install 'guard-suite[ruff]'` installs it beside guard, and a `ruff` on `PATH` is taken
otherwise, from version 0.9.0 on. Its version is part of what is remembered. A `ruff` inside of the repository is never
run, unless guard itself runs from that environment.

## Why it matters

A linter that runs beside the other guards has its own way of choosing files, of accepting old findings and of failing.
Here a finding of ruff counts as any other one does, and a ruff that crashed, was cut off or passed over a file never
makes a run green.

## Bad

```python
import subprocess

subprocess.call(command, shell=True)
```

## Good

```python
import subprocess

subprocess.call(["git", "status"])
```

## Options

The settings of ruff in the repository (`ruff.toml`, `[tool.ruff]`) are not read: they may take further files from
outside of it, leave files out, and change with a folder. What this guard checks stands in its own table.

```toml
[tool.guard.ruff]
select = ["B", "E9", "F", "S"]
ignore = ["S101"]
target-version = "py312"
per-file-ignores = {"tests/**" = ["S"], "**/__init__.py" = ["F401"]}
```

Selectors are as in ruff: a code or the beginning of one. The globs of `per-file-ignores` are those of guard.

## How to fix

`ruff rule S602` explains a rule, `ruff check --fix` mends much of what is found. `# noqa: S602` in the line accepts it.

## Limits

- Each file is looked at alone. Rules that need to know its folder, its neighbours or its mode are never reported:
  A005, EXE001, EXE002, I001, INP001, N999, PLC2701, TC001 and TC002. Naming one of them in `select` is an error.
- Of a file's name ruff is told whether it is `__init__.py`, `__main__.py`, a test, private, or a stub.
- Notebooks are not looked at.
- A file that is not UTF-8 is a problem, since ruff does not read it.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guards._core.globs import Matcher, matcher
from guards._core.model import (
    Finding,
    Guard,
    Level,
    Output,
    Problem,
    ProblemKind,
    Program,
    Rule,
    Select,
    Span,
    Told,
)
from guards._core.options import option

_SELECTOR = "^[A-Z]+[0-9]*$"
_CODE = re.compile("[A-Z]+[0-9]+")
_LOOKING = re.compile(rb"\bChecking: (.*)$", re.MULTILINE)
"""How it says on stderr, with `--verbose`, that it looks at a file: in its report only files with findings appear."""
_UNANSWERABLE = frozenset({"A005", "EXE001", "EXE002", "I001", "INP001", "N999", "PLC2701", "TC001", "TC002"})
_UNREADABLE = "E902"
_SYNTAX = "invalid-syntax"
_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Options:
    """The table `[tool.guard.ruff]`."""

    select: tuple[str, ...] = option(("F", "S"), "Codes to report, or the beginnings of codes.", pattern=_SELECTOR)
    ignore: tuple[str, ...] = option(("S101",), "Codes to leave out of these.", pattern=_SELECTOR)
    per_file_ignores: Mapping[str, tuple[str, ...]] = option({}, "Codes to leave out in the files that a glob matches.")
    preview: bool = option(False, "Also rules that ruff has not settled on.")
    line_length: int = option(88, "Characters that a line may have, for the rules about it.", minimum=1)
    target_version: str = option("py313", "The oldest Python that the code is for.", pattern=r"^py3\d+$")

    def __post_init__(self) -> None:
        for code in self.select:
            if code in _UNANSWERABLE or code in {"I", "INP"}:
                raise ValueError(f"{code} needs more than a file's content, and is not supported")
        for glob, codes in self.per_file_ignores.items():
            matcher([glob])
            for code in codes:
                if not re.search(_SELECTOR, code):
                    raise ValueError(f"per-file-ignores: {code!r} is no code of ruff")


def classify(path: str, options: Options) -> str:
    """What ruff's rules may know of a path: what it is to its package, and which codes do not count in it."""
    name, _, suffix = path.rpartition("/")[2].rpartition(".")
    ignored = {code for glob, codes in options.per_file_ignores.items() if _matcher(glob)(path) for code in codes}
    return f"{_neutral(name)}.{suffix.lower()}{_SEPARATOR}{','.join(sorted(ignored))}"


@functools.cache
def _matcher(glob: str) -> Matcher:
    return matcher([glob])


def _neutral(name: str) -> str:
    """A module's name without what is of no concern to any rule."""
    if name in {"__init__", "__main__"}:
        return name
    if name.startswith("_"):
        return "_private"
    return "test_module" if name.startswith("test_") else "module"


def command(options: Options, names: Sequence[str]) -> list[str]:
    """The arguments of ruff: nothing but these decides what it does."""
    return [
        "check",
        "--isolated",
        "--no-cache",
        "--no-fix",
        "--verbose",
        "--output-format=json",
        f"--select={','.join((*options.select, _UNREADABLE))}",
        f"--ignore={','.join((*options.ignore, *sorted(_UNANSWERABLE)))}",
        f"--line-length={options.line_length}",
        f"--target-version={options.target_version}",
        "--preview" if options.preview else "--no-preview",
        "--",
        *names,
    ]


def parse(output: Output, classes: Mapping[str, str]) -> Iterator[Told | Problem]:
    """What ruff saw in each file that it says it looked at."""
    if output.returncode == 2 and re.search(rb"rule selector|invalid value", output.stderr):
        yield Problem(
            "ruff knows no rule of one of the names in select, ignore or per-file-ignores, or no such Python",
            ProblemKind.CONFIG,
        )
        return
    found: dict[str, list[Finding | Problem]] = {
        _name(os.fsdecode(path), output): [] for path in _LOOKING.findall(output.stderr)
    }
    said = json.loads(output.stdout)
    if output.returncode != bool(said):
        raise ValueError("its exit code and its report contradict each other")
    for item in said:
        name = _name(item["filename"], output)
        ignored = tuple(filter(None, classes.get(name, "").rpartition(_SEPARATOR)[2].split(",")))
        code = item["code"] or ""
        if not code.startswith(ignored):
            found.setdefault(name, []).append(_seen(code, item))
    for name, seen in found.items():
        yield Told(name, tuple(seen))


def _name(path: str, output: Output) -> str:
    return path.removeprefix(output.folder + os.sep).replace(os.sep, "/")


def _seen(code: str, item: Mapping[str, Any]) -> Finding | Problem:
    if code == _UNREADABLE:
        return Problem("ruff cannot read it: it is no UTF-8 text", ProblemKind.UNREADABLE)
    message = str(item["message"])
    if not code and message.startswith("SyntaxError: "):  # before 0.13
        code, message = _SYNTAX, message.removeprefix("SyntaxError: ")
    if code != _SYNTAX and not _CODE.fullmatch(code):
        return Problem("ruff failed on it", ProblemKind.TOOL_FAILED)
    start, end = item["location"], item["end_location"]
    span = Span(int(start["row"]), int(start["column"]), int(end["row"]), int(end["column"]))
    subject = message if code in _VALUES else ""
    hint = item["fix"]["message"] if item["fix"] else None
    return Finding(f"ruff/{code}", message, span=span, subject=subject, hint=f"{hint}." if hint else "")


_VALUES = {
    "S105": "A value that looks like a password is assigned in the code.",
    "S106": "A value that looks like a password is passed in the code.",
    "S107": "A value that looks like a password is a default in the code.",
}
"""What stands in their lines must not be shown."""
_HELP_FOR_VALUES = """Whoever can read the code has the password, and its history keeps it.

Bad:

```python
{bad}
```

Good: take it from the environment or from a secret store when the program runs."""
_BAD = {"S105": 'password = "…"', "S106": 'connect(password="…")', "S107": 'def connect(password="…"): ...'}


def rule(rule_id: str) -> Rule | None:
    """The rule of one of ruff's codes. Which of them exist only the installed ruff knows."""
    code = rule_id.removeprefix("ruff/")
    if not _CODE.fullmatch(code):
        return None
    return Rule(
        rule_id,
        f"ruff's rule {code} is broken.",
        help=f"`ruff rule {code}` explains it, and so does https://docs.astral.sh/ruff/rules/.",
        tags=("security",) if re.fullmatch(r"S\d+", code) else (),
    )


RULES = (
    *(
        Rule(
            f"ruff/{code}",
            summary,
            help=_HELP_FOR_VALUES.format(bad=_BAD[code]),
            tags=("security",),
            sensitive=True,
        )
        for code, summary in _VALUES.items()
    ),
    Rule(
        f"ruff/{_SYNTAX}",
        "A file is no Python of the wanted version.",
        Level.ERROR,
        help="Nothing that ruff says of the rest of the file can be relied on.\n\n"
        "Bad:\n\n```python\ntotal = (1 +\n```\n\nGood:\n\n```python\ntotal = 1 + 2\n```\n\n"
        "Mend the file, or set `target-version` to the Python that it is written for.",
    ),
)

GUARD = Guard(
    id="ruff",
    summary="What does ruff say of the Python files?",
    page=__doc__ or "",
    rules=RULES,
    options=Options,
    select=Select(suffixes=frozenset({".py", ".pyi"})),
    classify=classify,
    scan_slice=lambda options, canonical: options,
    program=Program(
        name="ruff",
        install="pip install 'guard-suite[ruff]'",
        oldest=(0, 9, 0),
        file_name=lambda path_class: path_class.partition(_SEPARATOR)[0],
        command=command,
        parse=parse,
        rule=rule,
        uses_all_processors=True,
    ),
)
