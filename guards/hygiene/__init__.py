"""hygiene: flags what is tracked and should not be, and what breaks on somebody else's machine.

## What it does

Looks at the names and kinds of all paths, and at contents only where nothing else can tell. It reports generated
files, backups and personal files that are tracked; conflicts that were never resolved; files larger than `max-size`;
names that clash on macOS and Windows; symbolic links that are broken, lead outside or lead back to themselves; files
that are private keys; and submodules that are recorded and not named, named and not recorded, or neither.

## Why it matters

None of it is code, so no linter looks at it. It arrives with one `git add -A` and then costs every clone and every
review, breaks checkouts on other systems, or gives away a key.

## Bad

```console
$ git ls-files
.coverage
README.md
Readme.md
deploy/id_ed25519
pkg/__pycache__/app.cpython-312.pyc
settings.py.orig
```

## Good

```console
$ git ls-files
.gitignore
README.md
pkg/app.py
settings.py
```

## Options

`max-size` is the size in bytes up to which a file passes: 5,000,000 by default, and at least 100,000.
With `quarantine`, `--fix` moves private keys and backups out of the tree, to `.guard/quarantine/`, from where they can
be put back.

```toml
[tool.guard.hygiene]
max-size = 1_000_000
exclude = ["docs/_static/demo.mp4"]
```

## How to fix

`guard hygiene --fix` takes generated files, backups, personal files and private keys out of the index, leaves them on
disk, and adds lines to `.gitignore` that keep them out; `guard hygiene --diff` shows it first. Everything else is yours
to decide, and each finding names its command. What was pushed stays in the history: a key must be revoked.

## Limits

- Generated files, backups and personal files are told by their names. `dist`, `build`, `out` and `target` are real
  source folders in many repositories and are left alone, as is test data in folders named like tests or examples.
- A private key is told by its text: PEM, OpenSSH, PGP or PuTTY, at the start of a line. Binary formats (PKCS #12, Java
  key stores, DER) are not recognised. Keys inside code, documents and data files are for the `secrets` guard.
- A conflict needs all of its markers in the usual length; inside a fence of
  Markdown or AsciiDoc, or in a here-document of a test, it is an illustration.
- In a sparse checkout, a link to a path that is not checked out counts as broken, and a submodule as not recorded.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from guards._code.places import is_for_tests
from guards._code.tree import Tree
from guards._core.model import Case, Fact, Finding, Guard, Kind, Need, Select, Source, Trigger
from guards._core.options import option
from guards.hygiene import large, submodules
from guards.hygiene.artifacts import PATH_PATTERN, artifacts
from guards.hygiene.clashes import clashes
from guards.hygiene.conflicts import OPENING, Quoting, conflicts
from guards.hygiene.keys import private_keys
from guards.hygiene.links import links
from guards.hygiene.rules import RULES

T = TypeVar("T")
_LINK = "link"
_CODE = frozenset(
    {
        *(".c", ".cc", ".cpp", ".cs", ".go", ".h", ".hpp", ".java", ".js", ".jsx", ".kt", ".mjs", ".php", ".pl", ".py"),
        *(".pyi", ".rb", ".rs", ".rst", ".scala", ".sh", ".sql", ".swift", ".t", ".ts", ".tsx", ".vue"),
        *(".css", ".html", ".ini", ".ipynb", ".json", ".svg", ".toml", ".xml", ".yaml", ".yml"),
    }
)
"""Where a key stands inside of something else."""


@dataclass(frozen=True, slots=True)
class Options:
    """The table `[tool.guard.hygiene]`."""

    max_size: int = option(5_000_000, "Bytes; a tracked file may be as large as this.", minimum=100_000)
    quarantine: bool = option(False, "`--fix` moves private keys and backups to `.guard/quarantine/`.")


class PathClass(enum.StrEnum):
    """What the path of a file says about its content."""

    ATTRIBUTES = "attributes"
    SUBMODULES = "submodules"
    MARKDOWN = "markdown"
    ASCIIDOC = "asciidoc"
    CODE = "code"
    TEST_CODE = "test code"
    OTHER = "other"
    TEST_DATA = "test data"


_DOCUMENTS = {
    ".adoc": PathClass.ASCIIDOC,
    ".asciidoc": PathClass.ASCIIDOC,
    ".markdown": PathClass.MARKDOWN,
    ".md": PathClass.MARKDOWN,
    ".mdx": PathClass.MARKDOWN,
}
_QUOTING = {
    PathClass.ASCIIDOC: Quoting.ASCIIDOC,
    PathClass.MARKDOWN: Quoting.MARKDOWN,
    PathClass.TEST_CODE: Quoting.HEREDOC,
}


def classify(path: str, scan_slice: Any) -> PathClass:
    """All that scan knows of a path."""
    folder, _, name = path.rpartition("/")
    if name == large.FILE:
        return PathClass.ATTRIBUTES
    if path == submodules.FILE:
        return PathClass.SUBMODULES
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in _DOCUMENTS:
        return _DOCUMENTS[suffix]
    if suffix in _CODE:
        return PathClass.TEST_CODE if is_for_tests(folder) else PathClass.CODE
    return PathClass.TEST_DATA if is_for_tests(folder) else PathClass.OTHER


def scan(source: Source[Options]) -> Iterator[Finding | Fact]:
    """What one file tells by itself."""
    if source.kind is Kind.SYMLINK:
        yield Fact(_LINK, os.fsdecode(source.data))
        return
    max_size, quarantine = source.scan_slice
    if source.size > max_size:
        yield Fact(large.SIZE, source.size)
    if source.path_class == PathClass.ATTRIBUTES:
        yield from large.filters(source.text)
    elif source.path_class == PathClass.SUBMODULES:
        yield from submodules.named_paths(source.text)
    path_class = PathClass(source.path_class)
    for_tests = path_class in {PathClass.TEST_CODE, PathClass.TEST_DATA}
    if OPENING in source.text:
        yield from conflicts(source.text, _QUOTING.get(path_class, Quoting.NONE), for_tests=for_tests)
    if path_class in {PathClass.OTHER, PathClass.TEST_DATA}:
        yield from private_keys(source.text, for_tests=for_tests, quarantine=quarantine)


def judge(case: Case[Options]) -> Iterator[Finding | Need]:
    """What the paths tell together."""
    tree = Tree(case.entries, case.paths)
    sizes = dict(_facts(case, large.SIZE, int))
    needed = {submodules.FILE} | large.attribute_files(sizes)
    missing = tuple(sorted(path for path in needed if path not in case.facts and tree.find(path)))
    if missing:
        yield Need(missing)
        return
    yield from artifacts(case.matched["artifacts"], tree, quarantine=case.options.quarantine)
    yield from clashes(tree)
    yield from large.large_files(sizes, case.facts, tree, case.options.max_size)
    yield from links(dict(_facts(case, _LINK, str)), tree)
    yield from submodules.submodules(_named(case.facts.get(submodules.FILE, ())), tree)


def _facts(case: Case[Options], kind: str, of: type[T]) -> Iterator[tuple[str, T]]:
    for path, facts in case.facts.items():
        for fact in facts:
            if fact.kind == kind and isinstance(fact.data, of):
                yield path, fact.data


def _named(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.kind == submodules.SUBMODULE]


GUARD = Guard(
    id="hygiene",
    summary="Is anything tracked that should not be?",
    rules=RULES,
    options=Options,
    page=__doc__ or "",
    select=Select(kinds=frozenset({Kind.FILE, Kind.SYMLINK})),
    classify=classify,
    scan_slice=lambda options, canonical: (options.max_size, options.quarantine),
    triggers=(
        Trigger(f"^{OPENING.decode()}"),
        Trigger("^-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
        Trigger("^PuTTY-User-Key-File-[123]: "),
    ),
    path_patterns={"artifacts": PATH_PATTERN},
    facts_from=Select(kinds=frozenset({Kind.SYMLINK})),
    asks_for=Select(names=frozenset({large.FILE, submodules.FILE})),
    larger_than=lambda options: options.max_size,
    scan=scan,
    stream=True,
    judge=judge,
    sees_tree=True,
    enabled=True,
)
