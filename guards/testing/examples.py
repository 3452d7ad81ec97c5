"""Examples in folders: `good/<case>/` and `bad/<case>/` are small repositories, and each is a test.

A case holds its files as they are, and `expect.toml`, which is not one of them: what the guard must find, and what
cannot lie in a folder of yours as it is.

```toml
options = {max-size = 100_000}          # the guard's table
canonical = "guard: 1"                  # the text of canonical.yaml
earlier = ["guard: 1"]                  # what it was in earlier commits, the oldest first
shallow = true                          # the clone has no more than the last of these commits

[[finding]]                             # in the order of a report; only the keys that stand here are compared
rule = "hygiene/broken-symlink"
path = "docs/latest"

[text]                                  # path to the content of a file
"settings.py.orig" = "DEBUG = True"
[zeros]                                 # path to the size of a file of NULs
"big.bin" = 200_000
[link]                                  # path to the target of a symbolic link
"docs/latest" = "v9"
[submodule]                             # path to a commit id
"vendor/lib" = "0123456789012345678901234567890123456789"
[untracked]                             # path to the content of a file that git does not track
"notes.txt" = "to do"
```
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from guards._core.model import Guard
from guards._core.report import Report, Reported
from guards.testing.repositories import Content, Link, Submodule, run_guard

_EXPECT = "expect.toml"
_TABLES = ("text", "zeros", "link", "submodule", "untracked")
_KEYS = frozenset({"rule", "path", "level", "line", "column", "end_line", "end_column", "subject", "message", "hint"})


class Example(Struct, frozen=True):
    """A small repository, and what a guard must say of it."""

    name: str
    """`good/…` or `bad/…`."""
    tree: Mapping[str, Content]
    untracked: Mapping[str, Content] = field(default_factory=dict)
    findings: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    canonical: str = ""
    earlier: tuple[str, ...] = ()
    shallow: bool = False

    def __str__(self) -> str:
        return self.name


def examples(folder: str | os.PathLike[str]) -> list[Example]:
    """The examples in `good` and `bad` of a folder, sorted by name. ValueError tells what is wrong with one."""
    found = []
    for kind in ("bad", "good"):
        cases = os.path.join(folder, kind)
        found += [_example(f"{kind}/{name}", os.path.join(cases, name)) for name in sorted(os.listdir(cases))]
    return found


def check_example(guard: Guard[Any], example: Example) -> None:
    """Run the guard on an example. AssertionError shows what was expected and what came."""
    report = run_guard(
        guard,
        example.tree,
        untracked=example.untracked,
        options=example.options,
        canonical=example.canonical,
        earlier=example.earlier,
        shallow=example.shallow,
    )
    problems = [f"{problem.path or '(run)'}: {problem.reason}" for problem in report.problems]
    if problems:
        raise AssertionError(f"{example}: not everything was checked: {'; '.join(problems)}")
    if len(report.findings) != len(example.findings) or any(
        _differs(*pair) for pair in zip(example.findings, report.findings, strict=True)
    ):
        raise AssertionError(f"{example}: {_difference(example, report)}")


def _example(name: str, folder: str) -> Example:
    path = os.path.join(folder, _EXPECT)
    table: dict[str, Any] = {}
    if os.path.exists(path):
        with open(path, "rb") as file:
            table = tomllib.load(file)
    unknown = set(table) - {"finding", "options", "canonical", "earlier", "shallow", *_TABLES}
    unknown |= {key for finding in table.get("finding", ()) for key in finding} - _KEYS
    if unknown:
        raise ValueError(f"{path}: unknown keys: {', '.join(sorted(unknown))}")
    if name.startswith("bad/") != bool(table.get("finding")):
        raise ValueError(f"{path}: a bad example has findings, a good one has none")
    return Example(
        name,
        {**dict(_files(folder)), **dict(_made(table))},
        _texts(table.get("untracked", {})),
        tuple(table.get("finding", ())),
        table.get("options", {}),
        table.get("canonical", ""),
        tuple(table.get("earlier", ())),
        table.get("shallow", False),
    )


def _files(folder: str) -> Iterator[tuple[str, bytes]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(parent, name)
            path = os.path.relpath(full, folder).replace(os.sep, "/")
            if path != _EXPECT:
                with open(full, "rb") as file:
                    yield path, file.read()


def _made(table: Mapping[str, Any]) -> Iterator[tuple[str, Content]]:
    yield from _texts(table.get("text", {})).items()
    yield from ((path, bytes(size)) for path, size in table.get("zeros", {}).items())
    yield from ((path, Link(target)) for path, target in table.get("link", {}).items())
    yield from ((path, Submodule(commit)) for path, commit in table.get("submodule", {}).items())


def _texts(table: Mapping[str, str]) -> dict[str, Content]:
    return {path: text.encode() for path, text in table.items()}


def _differs(expected: Mapping[str, Any], finding: Reported) -> bool:
    return expected != _shown(finding, expected)


def _shown(finding: Reported, keys: Mapping[str, Any]) -> dict[str, Any]:
    span = finding.span._asdict() if finding.span else {}
    return {key: span[key] if key in span else getattr(finding, key, None) for key in keys}


def _difference(example: Example, report: Report) -> str:
    lines = ["expected"]
    lines += [f"  {dict(expected)}" for expected in example.findings] or ["  nothing"]
    lines.append("found")
    keys = dict.fromkeys(("rule", "path", "line", "level", "subject", "message"))
    lines += [f"  {_shown(finding, keys)}" for finding in report.findings] or ["  nothing"]
    return "\n".join(lines)
